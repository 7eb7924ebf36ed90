// What clients say to a server before and beside their work.
#include <inttypes.h>
#include <stdio.h>

#include "command/redis_private.h"
#include "text/glob.h"

static void write_text(const struct redis_call *call, const char *text)
{
    resp_write_bulk(call->out, bytes_from_text(text));
}

void redis_ping(const struct redis_call *call)
{
    if (call->argument_count > 2) {
        redis_error(call, "ERR wrong number of arguments for 'ping' command");
    } else if (call->argument_count == 2) {
        resp_write_bulk(call->out, call->arguments[1]);
    } else {
        resp_write_simple(call->out, "PONG");
    }
}

void redis_echo(const struct redis_call *call)
{
    resp_write_bulk(call->out, call->arguments[1]);
}

void redis_quit(const struct redis_call *call)
{
    call->client->is_over = true;
    resp_write_simple(call->out, "OK");
}

void redis_select(const struct redis_call *call)
{
    int64_t number;
    if (!redis_integer(call->arguments[1], &number)) {
        redis_error(call, REDIS_NO_INTEGER);
    } else if (number != 0) {
        redis_error(call, "ERR DB index is out of range");
    } else {
        resp_write_simple(call->out, "OK");
    }
}

void redis_reset(const struct redis_call *call)
{
    redis_client_begin(call->client, call->settings, call->client->id);
    resp_write_simple(call->out, "RESET");
}

void redis_function(const struct redis_call *call)
{
    if (redis_is(call->arguments[1], "flush")) {
        resp_write_simple(call->out, "OK");
    } else if (redis_is(call->arguments[1], "list")) {
        resp_write_array(call->out, 0);
    } else {
        redis_error(call, "ERR functions are not kept here; FUNCTION FLUSH and LIST answer");
    }
}

// --- Who it is ---

static bool admit(const struct redis_call *call, struct bytes user, struct bytes password)
{
    const struct redis_settings *const settings = call->settings;
    if (redis_is(user, "default") &&
        (settings->admits == NULL || settings->admits(settings->context, password))) {
        call->client->is_admitted = true;
        return true;
    }
    redis_error(call, "WRONGPASS invalid username-password pair or user is disabled.");
    return false;
}

void redis_auth(const struct redis_call *call)
{
    if (call->argument_count > 3) {
        redis_error(call, REDIS_SYNTAX);
        return;
    }
    if (call->argument_count == 2 && call->settings->admits == NULL) {
        redis_error(call, "ERR AUTH <password> called without any password configured for the "
                          "default user. Are you sure your configuration is correct?");
        return;
    }
    const bool has_user = call->argument_count == 3;
    if (admit(call, has_user ? call->arguments[1] : BYTES_OF("default"),
              call->arguments[has_user ? 2 : 1])) {
        resp_write_simple(call->out, "OK");
    }
}

static bool set_name(const struct redis_call *call, struct bytes name)
{
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] < '!' || name.data[i] > '~') {
            redis_error(call, "ERR Client names cannot contain spaces, newlines or special "
                              "characters.");
            return false;
        }
    }
    (void)snprintf(call->client->name, sizeof(call->client->name), "%.*s", (int)name.size,
                   (const char *)name.data);
    return true;
}

static void write_hello(const struct redis_call *call)
{
    const enum resp_version version = call->client->version;
    resp_write_map(call->out, version, 7);
    write_text(call, "server");
    write_text(call, "redis");
    write_text(call, "version");
    write_text(call, call->settings->version);
    write_text(call, "proto");
    resp_write_integer(call->out, version);
    write_text(call, "id");
    resp_write_integer(call->out, (int64_t)call->client->id);
    write_text(call, "mode");
    write_text(call, "standalone");
    write_text(call, "role");
    write_text(call, "master");
    write_text(call, "modules");
    resp_write_array(call->out, 0);
}

void redis_hello(const struct redis_call *call)
{
    int64_t version = call->client->version;
    if (call->argument_count > 1) {
        if (!redis_integer(call->arguments[1], &version)) {
            redis_error(call, "ERR Protocol version is not an integer or out of range");
            return;
        }
        if (version != RESP_2 && version != RESP_3) {
            redis_error(call, "NOPROTO unsupported protocol version");
            return;
        }
    }
    for (size_t i = 2; i < call->argument_count; i++) {
        const size_t behind = call->argument_count - i - 1;
        if (redis_is(call->arguments[i], "auth") && behind >= 2) {
            if (!admit(call, call->arguments[i + 1], call->arguments[i + 2])) {
                return;
            }
            i += 2;
        } else if (redis_is(call->arguments[i], "setname") && behind >= 1) {
            if (!set_name(call, call->arguments[++i])) {
                return;
            }
        } else {
            struct buffer text = {.account = call->world->account};
            buffer_append_text(&text, "ERR Syntax error in HELLO option '");
            buffer_append_bytes(&text, call->arguments[i]);
            buffer_append_text(&text, "'");
            resp_write_error(call->out, buffer_bytes(&text));
            buffer_free(&text);
            return;
        }
    }
    if (!call->client->is_admitted) {
        redis_error(call, "NOAUTH HELLO must be called with the client already authenticated, "
                          "otherwise the HELLO <proto> AUTH <user> <pass> option can be used to "
                          "authenticate the client and select the RESP protocol version at the "
                          "same time");
        return;
    }
    call->client->version = (enum resp_version)version;
    write_hello(call);
}

void redis_client_command(const struct redis_call *call)
{
    const struct bytes what = call->arguments[1];
    char text[192];
    if (redis_is(what, "setname") && call->argument_count == 3) {
        if (set_name(call, call->arguments[2])) {
            resp_write_simple(call->out, "OK");
        }
    } else if (redis_is(what, "getname")) {
        if (call->client->name[0] == '\0') {
            resp_write_null(call->out, call->client->version);
        } else {
            write_text(call, call->client->name);
        }
    } else if (redis_is(what, "id")) {
        resp_write_integer(call->out, (int64_t)call->client->id);
    } else if (redis_is(what, "list") || redis_is(what, "info")) {
        (void)snprintf(text, sizeof(text), "id=%" PRIu64 " name=%s db=0 resp=%d\n",
                       call->client->id, call->client->name, (int)call->client->version);
        write_text(call, text);
    } else if (redis_is(what, "setinfo") || redis_is(what, "no-evict") ||
               redis_is(what, "no-touch") || redis_is(what, "reply") ||
               redis_is(what, "tracking") || redis_is(what, "caching")) {
        resp_write_simple(call->out, "OK");
    } else {
        redis_error(call, "ERR unknown subcommand or wrong number of arguments for 'CLIENT'. Try "
                          "SETNAME, GETNAME, ID, LIST, INFO or SETINFO.");
    }
}

// --- What it is ---

void redis_info(const struct redis_call *call)
{
    char text[512];
    int64_t keys = 0;
    const struct live_figures figures = live_figures(call->world->live);
    redis_keys(call, redis_key_counted, &keys);
    (void)snprintf(text, sizeof(text),
                   "# Server\r\nredis_version:%s\r\nredis_mode:standalone\r\narch_bits:64\r\n"
                   "multiplexing_api:epoll\r\ntcp_port:%u\r\n\r\n# Persistence\r\nloading:0\r\n"
                   "\r\n# Memory\r\nused_memory:%zu\r\n\r\n# Replication\r\nrole:master\r\n"
                   "connected_slaves:0\r\n\r\n# Cluster\r\ncluster_enabled:0\r\n\r\n# Keyspace\r\n"
                   "db0:keys=%" PRId64 ",expires=0,avg_ttl=0\r\n",
                   call->settings->version, (unsigned)call->settings->port, figures.used_size,
                   keys);
    write_text(call, text);
}

struct parameter {
    const char *name, *value;
};

// What clients and test suites ask for; nothing of it can be changed here.
static const struct parameter parameters[] = {
    {"appendonly", "yes"},
    {"databases", "1"},
    {"maxmemory", "0"},
    {"maxmemory-policy", "noeviction"},
    {"proto-max-bulk-len", "536870912"},
    {"save", ""},
    {"timeout", "0"},
};

void redis_config(const struct redis_call *call)
{
    const struct bytes what = call->arguments[1];
    if (redis_is(what, "set") && call->argument_count >= 4 && call->argument_count % 2 == 0) {
        resp_write_simple(call->out, "OK");
        return;
    }
    if (redis_is(what, "resetstat") || redis_is(what, "rewrite")) {
        resp_write_simple(call->out, "OK");
        return;
    }
    if (!redis_is(what, "get") || call->argument_count < 3) {
        redis_error(call, "ERR unknown subcommand or wrong number of arguments for 'CONFIG'. Try "
                          "GET or SET.");
        return;
    }
    bool is_asked[COUNT_OF(parameters)] = {false};
    size_t count = 0;
    for (size_t k = 0; k < COUNT_OF(parameters); k++) {
        for (size_t i = 2; i < call->argument_count; i++) {
            is_asked[k] |= glob_matches(call->arguments[i], bytes_from_text(parameters[k].name));
        }
        count += is_asked[k];
    }
    resp_write_map(call->out, call->client->version, count);
    for (size_t k = 0; k < COUNT_OF(parameters); k++) {
        if (is_asked[k]) {
            write_text(call, parameters[k].name);
            write_text(call, parameters[k].value);
        }
    }
}

static void write_entry(const struct redis_call *call, const struct redis_entry *entry)
{
    resp_write_array(call->out, 6);
    write_text(call, entry->name);
    resp_write_integer(call->out, entry->arity);
    resp_write_array(call->out, 1);
    resp_write_simple(call->out, entry->is_write || entry->may_store ? "write" : "readonly");
    resp_write_integer(call->out, entry->first_key);
    resp_write_integer(call->out, entry->first_key);
    resp_write_integer(call->out, entry->first_key != 0);
}

void redis_command_command(const struct redis_call *call)
{
    if (call->argument_count == 1) {
        resp_write_array(call->out, redis_entry_count);
        for (size_t i = 0; i < redis_entry_count; i++) {
            write_entry(call, &redis_entries[i]);
        }
    } else if (redis_is(call->arguments[1], "count")) {
        resp_write_integer(call->out, (int64_t)redis_entry_count);
    } else if (redis_is(call->arguments[1], "docs")) {
        resp_write_map(call->out, call->client->version, 0);
    } else if (redis_is(call->arguments[1], "info")) {
        resp_write_array(call->out, call->argument_count - 2);
        for (size_t i = 2; i < call->argument_count; i++) {
            const struct redis_entry *const entry = redis_entry_find(call->arguments[i]);
            if (entry == NULL) {
                resp_write_null(call->out, call->client->version);
            } else {
                write_entry(call, entry);
            }
        }
    } else {
        redis_error(call, "ERR unknown subcommand of 'COMMAND'. Try COUNT, DOCS or INFO.");
    }
}
