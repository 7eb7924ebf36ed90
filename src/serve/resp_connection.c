// Commands of the connection itself, and of the server's settings.
#include <stdio.h>

#include "codec/json_write.h"
#include "serve/resp_private.h"
#include "text/glob.h"

typedef enum status verb(struct resp_ask *ask, struct tile38_request *request);

static bool is_json(const struct resp_ask *ask)
{
    return ask->style.output == TILE38_OUTPUT_JSON;
}

static void lock(struct resp_hub *hub)
{
    (void)pthread_mutex_lock(&hub->lock);
}

static void unlock(struct resp_hub *hub)
{
    (void)pthread_mutex_unlock(&hub->lock);
}

static void reply_text(struct tile38_request *request, const char *member, struct bytes text)
{
    if (request->output != TILE38_OUTPUT_JSON) {
        resp_write_bulk(request->out, text);
        return;
    }
    struct json_writer json = {.out = request->out};
    tile38_json_begin(request);
    buffer_append_format(request->out, ",\"%s\":", member);
    json_text(&json, text);
    tile38_json_end(request);
}

// Small ones. ----------------------------------------------------------------------------------------

static enum status ping(struct resp_ask *ask, struct tile38_request *request)
{
    const bool has_text = ask->count > 1;
    if (ask->peer->mode == RESP_MODE_SUBSCRIBED && !is_json(ask) && ask->style.version == RESP_2) {
        resp_write_array(request->out, 2);
        resp_write_bulk(request->out, BYTES_OF("PONG"));
        resp_write_bulk(request->out, has_text ? ask->words[1] : BYTES_OF(""));
    } else if (!has_text && !is_json(ask)) {
        resp_write_simple(request->out, "PONG");
    } else {
        reply_text(request, tile38_is_word(ask->words[0], "ping") ? "ping" : "echo",
                   has_text ? ask->words[1] : BYTES_OF("pong"));
    }
    return STATUS_OK;
}

static enum status quit(struct resp_ask *ask, struct tile38_request *request)
{
    ask->peer->is_over = true;
    tile38_reply_ok(request);
    return STATUS_OK;
}

static enum status output(struct resp_ask *ask, struct tile38_request *request)
{
    struct resp_peer *const peer = ask->peer;
    if (ask->count > 2) {
        return tile38_fail_count(request);
    }
    if (ask->count == 1) {
        reply_text(request, "output", is_json(ask) ? BYTES_OF("json") : BYTES_OF("resp"));
        return STATUS_OK;
    }
    const bool wants_json = tile38_is_word(ask->words[1], "json");
    if (!wants_json && !tile38_is_word(ask->words[1], "resp")) {
        return tile38_fail_argument(request, ask->words[1]);
    }
    peer->has_output = true;
    peer->output = wants_json ? TILE38_OUTPUT_JSON : TILE38_OUTPUT_RESP;
    ask->style.output = peer->output;
    request->output = peer->output;
    tile38_reply_ok(request);
    return STATUS_OK;
}

static bool is_password(struct resp_hub *hub, struct bytes word)
{
    if (hub->guard->keys != NULL && guard_admits(hub->guard, word)) {
        return true;
    }
    lock(hub);
    const struct bytes known = bytes_from_text(hub->requirepass);
    unsigned difference = known.size == 0 || known.size != word.size;
    for (size_t i = 0; i < word.size && i < known.size; i++) {
        difference |= (unsigned)(known.data[i] ^ word.data[i]);
    }
    unlock(hub);
    return difference == 0;
}

static enum status auth(struct resp_ask *ask, struct tile38_request *request)
{
    struct resp_hub *const hub = ask->peer->front->hub;
    // AUTH password, and Redis's AUTH user password.
    const struct bytes word = ask->count < 2 ? (struct bytes){0} : ask->words[ask->count - 1];
    if (!atomic_load(&hub->needs_password) || ask->count > 3 || !is_password(hub, word)) {
        return tile38_fail(request, "invalid password");
    }
    ask->peer->is_admitted = true;
    tile38_reply_ok(request);
    return STATUS_OK;
}

static bool set_name(struct resp_peer *peer, struct bytes name)
{
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] < '!' || name.data[i] > '~') {
            return false;
        }
    }
    lock(peer->front->hub);
    (void)snprintf(peer->name, sizeof(peer->name), "%.*s", (int)name.size, (const char *)name.data);
    unlock(peer->front->hub);
    return true;
}

static void hello_pair(struct tile38_request *request, const char *name, const char *value,
                       bool is_number)
{
    if (request->output == TILE38_OUTPUT_JSON) {
        buffer_append_format(request->out, is_number ? ",\"%s\":%s" : ",\"%s\":\"%s\"", name,
                             value);
        return;
    }
    resp_write_bulk(request->out, bytes_from_text(name));
    if (is_number) {
        buffer_append_format(request->out, ":%s\r\n", value);
    } else {
        resp_write_bulk(request->out, bytes_from_text(value));
    }
}

static enum status hello(struct resp_ask *ask, struct tile38_request *request)
{
    struct resp_peer *const peer = ask->peer;
    enum resp_version version = ask->style.version;
    if (ask->count > 1) {
        const struct bytes word = ask->words[1];
        if (!bytes_equal(word, BYTES_OF("2")) && !bytes_equal(word, BYTES_OF("3"))) {
            return tile38_fail(request, "NOPROTO unsupported protocol version");
        }
        version = word.data[0] == '3' ? RESP_3 : RESP_2;
    }
    for (size_t i = 2; i < ask->count; i++) {
        if (tile38_is_word(ask->words[i], "auth") && i + 2 < ask->count) {
            if (!is_password(peer->front->hub, ask->words[i + 2])) {
                return tile38_fail(request, "WRONGPASS invalid password");
            }
            peer->is_admitted = true;
            i += 2;
        } else if (tile38_is_word(ask->words[i], "setname") && i + 1 < ask->count) {
            (void)set_name(peer, ask->words[++i]);
        } else {
            return tile38_fail(request, "Syntax error in HELLO option '%.*s'",
                               (int)ask->words[i].size, (const char *)ask->words[i].data);
        }
    }
    if (!peer->is_admitted) {
        return tile38_fail(request, "NOAUTH authentication required");
    }
    peer->version = ask->style.version = request->version = version;
    char id[24];
    (void)snprintf(id, sizeof(id), "%llu", (unsigned long long)peer->id);
    if (is_json(ask)) {
        tile38_json_begin(request);
    } else {
        resp_write_map(request->out, version, 7);
    }
    hello_pair(request, "server", "tile38", false);
    hello_pair(request, "version", "1.37.0", false);
    hello_pair(request, "proto", version == RESP_3 ? "3" : "2", true);
    hello_pair(request, "id", id, true);
    hello_pair(request, "mode", "standalone", false);
    hello_pair(request, "role", "master", false);
    if (is_json(ask)) {
        buffer_append_text(request->out, ",\"modules\":[]");
        tile38_json_end(request);
    } else {
        resp_write_bulk(request->out, BYTES_OF("modules"));
        resp_write_array(request->out, 0);
    }
    return STATUS_OK;
}

// COMMAND and COMMAND DOCS, which interactive clients ask at the beginning: nothing is known.
static enum status command(struct resp_ask *ask, struct tile38_request *request)
{
    if (ask->count > 1 && tile38_is_word(ask->words[1], "count")) {
        resp_write_integer(request->out, 0);
    } else if (is_json(ask)) {
        tile38_reply_ok(request);
    } else {
        resp_write_array(request->out, 0);
    }
    return STATUS_OK;
}

static enum status monitor(struct resp_ask *ask, struct tile38_request *request)
{
    if (ask->count != 1) {
        return tile38_fail_count(request);
    }
    struct resp_peer *const peer = ask->peer;
    peer->mode = RESP_MODE_MONITOR;
    peer->live_frame = ask->style.frame;
    peer->live_output = ask->style.output;
    if (!atomic_exchange(&peer->is_monitor, true)) {
        atomic_fetch_add(&peer->front->hub->monitors, 1);
    }
    tile38_reply_ok(request);
    return STATUS_OK;
}

// CLIENT. --------------------------------------------------------------------------------------------

static void write_client(struct buffer *out, const struct resp_peer *peer, long long age,
                         long long idle, bool as_json, bool is_first)
{
    const unsigned long long id = peer->id;
    if (!as_json) {
        buffer_append_format(out, "id=%llu addr=%s name=%s age=%lld idle=%lld\n", id, peer->address,
                             peer->name, age, idle);
        return;
    }
    struct json_writer json = {.out = out};
    buffer_append_format(out, "%s{\"addr\":\"%s\",\"age\":%lld,\"id\":%llu,\"idle\":%lld,\"name\":",
                         is_first ? "" : ",", peer->address, age, id, idle);
    json_text(&json, bytes_from_text(peer->name));
    buffer_append(out, "}", 1);
}

static enum status client_list(struct resp_ask *ask, struct tile38_request *request)
{
    struct resp_hub *const hub = ask->peer->front->hub;
    if (ask->count != 2) {
        return tile38_fail_count(request);
    }
    const int64_t now_us = request->begun_us;
    struct buffer text = {.account = request->out->account};
    bool is_first = true;
    lock(hub);
    for (const struct resp_peer *peer = hub->peers; peer != NULL; peer = peer->hub_next) {
        const long long age = (long long)((now_us - peer->opened_us) / 1000000);
        const long long idle =
            (long long)((now_us - atomic_load_explicit(&peer->last_us, memory_order_relaxed)) /
                        1000000);
        write_client(&text, peer, age < 0 ? 0 : age, idle < 0 ? 0 : idle, is_json(ask), is_first);
        is_first = false;
    }
    unlock(hub);
    if (is_json(ask)) {
        tile38_json_begin(request);
        buffer_append_text(request->out, ",\"list\":[");
        buffer_append_bytes(request->out, buffer_bytes(&text));
        buffer_append(request->out, "]", 1);
        tile38_json_end(request);
    } else {
        resp_write_bulk(request->out, buffer_bytes(&text));
    }
    const enum status status = buffer_status(&text);
    buffer_free(&text);
    return status;
}

static enum status client_kill(struct resp_ask *ask, struct tile38_request *request)
{
    struct resp_hub *const hub = ask->peer->front->hub;
    struct bytes address = {0}, id = {0};
    if (ask->count < 3) {
        return tile38_fail_count(request);
    }
    for (size_t i = 2; i < ask->count; i++) {
        const struct bytes word = ask->words[i];
        const bool is_address = tile38_is_word(word, "addr");
        if (address.data != NULL || id.data != NULL) {
            return tile38_fail_count(request);
        }
        if (word.size != 0 && memchr(word.data, ':', word.size) != NULL) {
            address = word;
        } else if (is_address || tile38_is_word(word, "id")) {
            if (++i == ask->count) {
                return tile38_fail_count(request);
            }
            *(is_address ? &address : &id) = ask->words[i];
        } else {
            return tile38_fail(request, "No such client");
        }
    }
    size_t count = 0;
    lock(hub);
    for (struct resp_peer *peer = hub->peers; peer != NULL; peer = peer->hub_next) {
        char text[24];
        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)peer->id);
        if (id.data != NULL ? bytes_equal(id, bytes_from_text(text))
                            : bytes_equal(address, bytes_from_text(peer->address))) {
            resp_mail_send(peer->front, RESP_MAIL_KILL, peer->id, (struct bytes){0},
                           (struct bytes){0});
            count++;
        }
    }
    unlock(hub);
    if (count == 0) {
        return tile38_fail(request, "No such client");
    }
    tile38_reply_ok(request);
    return STATUS_OK;
}

static enum status client_name(struct resp_ask *ask, struct tile38_request *request, bool sets)
{
    struct resp_peer *const peer = ask->peer;
    if (ask->count != (sets ? 3U : 2U)) {
        return tile38_fail_count(request);
    }
    if (!sets) {
        reply_text(request, "name", bytes_from_text(peer->name));
        return STATUS_OK;
    }
    if (!set_name(peer, ask->words[2])) {
        return tile38_fail(request, "Client names cannot contain spaces, newlines or special "
                                    "characters.");
    }
    tile38_reply_ok(request);
    return STATUS_OK;
}

static enum status client(struct resp_ask *ask, struct tile38_request *request)
{
    if (ask->count == 1) {
        return tile38_fail_count(request);
    }
    const struct bytes word = ask->words[1];
    if (tile38_is_word(word, "list")) {
        return client_list(ask, request);
    }
    if (tile38_is_word(word, "kill")) {
        return client_kill(ask, request);
    }
    if (tile38_is_word(word, "getname") || tile38_is_word(word, "setname")) {
        return client_name(ask, request, (word.data[0] | 0x20) == 's');
    }
    if (tile38_is_word(word, "id")) {
        resp_write_integer(request->out, (int64_t)ask->peer->id);
        return STATUS_OK;
    }
    if (tile38_is_word(word, "setinfo")) {
        tile38_reply_ok(request);
        return STATUS_OK;
    }
    return tile38_fail(request, "Syntax error, try CLIENT (LIST | KILL | GETNAME | SETNAME)");
}

// CONFIG. --------------------------------------------------------------------------------------------

static bool parse_size(struct bytes text, uint64_t *size)
{
    static const struct {
        const char *unit;
        unsigned shift;
    } units[] = {{"kb", 10}, {"mb", 20}, {"gb", 30}};
    unsigned shift = 0;
    for (size_t i = 0; i < 3 && text.size > 2; i++) {
        if (tile38_is_word((struct bytes){text.data + text.size - 2, 2}, units[i].unit)) {
            shift = units[i].shift;
            text.size -= 2;
            break;
        }
    }
    uint64_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || value > UINT64_MAX / 10 - 9) {
            return false;
        }
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    *size = value << shift;
    return true;
}

static void format_size(uint64_t size, char text[24])
{
    static const char *const units[] = {"", "kb", "mb", "gb"};
    size_t unit = 0;
    while (unit < 3 && size >= 1024) {
        size /= 1024;
        unit++;
    }
    text[0] = '\0';
    if (size != 0) {
        (void)snprintf(text, 24, "%llu%s", (unsigned long long)size, units[unit]);
    }
}

static const char *const properties[] = {"autogc",           "keepalive",  "leaderauth",
                                         "logconfig",        "maxmemory",  "protected-mode",
                                         "replica-priority", "requirepass"};
enum { PROPERTY_COUNT = sizeof(properties) / sizeof(properties[0]) };

static char *text_of(struct resp_hub *hub, const char *name, size_t *capacity)
{
    *capacity = sizeof(hub->requirepass);
    if (strcmp(name, "requirepass") == 0) {
        return hub->requirepass;
    }
    if (strcmp(name, "leaderauth") == 0) {
        return hub->leaderauth;
    }
    if (strcmp(name, "logconfig") == 0) {
        return hub->logconfig;
    }
    *capacity = sizeof(hub->protected_mode);
    return strcmp(name, "protected-mode") == 0 ? hub->protected_mode : NULL;
}

static uint64_t *count_of(struct resp_hub *hub, const char *name)
{
    return strcmp(name, "autogc") == 0      ? &hub->autogc
           : strcmp(name, "keepalive") == 0 ? &hub->keepalive
                                            : &hub->replica_priority;
}

static void format_property(struct resp_hub *hub, const char *name, char text[256])
{
    size_t capacity = 0;
    const char *const value = text_of(hub, name, &capacity);
    if (value != NULL) {
        (void)snprintf(text, 256, "%s", value);
    } else if (strcmp(name, "maxmemory") == 0) {
        format_size(atomic_load(&hub->tile38.memory_max), text);
    } else {
        (void)snprintf(text, 256, "%llu", (unsigned long long)*count_of(hub, name));
    }
}

static enum status config_get(struct resp_ask *ask, struct tile38_request *request)
{
    struct resp_hub *const hub = ask->peer->front->hub;
    if (ask->count != 3) {
        return tile38_fail_count(request);
    }
    struct buffer rows = {.account = request->out->account};
    size_t count = 0;
    lock(hub);
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        if (!glob_matches(ask->words[2], bytes_from_text(properties[i]))) {
            continue;
        }
        char text[256];
        format_property(hub, properties[i], text);
        if (is_json(ask)) {
            struct json_writer json = {.out = &rows};
            buffer_append_format(&rows, "%s\"%s\":", count == 0 ? "" : ",", properties[i]);
            json_text(&json, bytes_from_text(text));
        } else {
            resp_write_bulk(&rows, bytes_from_text(properties[i]));
            resp_write_bulk(&rows, bytes_from_text(text));
        }
        count++;
    }
    unlock(hub);
    if (is_json(ask)) {
        tile38_json_begin(request);
        buffer_append_text(request->out, ",\"properties\":{");
        buffer_append_bytes(request->out, buffer_bytes(&rows));
        buffer_append(request->out, "}", 1);
        tile38_json_end(request);
    } else {
        resp_write_array(request->out, count * 2);
        buffer_append_bytes(request->out, buffer_bytes(&rows));
    }
    const enum status status = buffer_status(&rows);
    buffer_free(&rows);
    return status;
}

// True when the value is one the property may have.
static bool set_property(struct resp_hub *hub, const char *name, struct bytes value)
{
    size_t capacity = 0;
    uint64_t number = 0;
    char *const text = text_of(hub, name, &capacity);
    if (text == NULL) {
        if (!parse_size(value, &number)) {
            return false;
        }
        if (strcmp(name, "maxmemory") == 0) {
            atomic_store(&hub->tile38.memory_max, number);
        } else {
            *count_of(hub, name) = number;
        }
        return true;
    }
    if (value.size >= capacity || (text == hub->protected_mode && !tile38_is_word(value, "yes") &&
                                   !tile38_is_word(value, "no"))) {
        return false;
    }
    (void)snprintf(text, capacity, "%.*s", (int)value.size, (const char *)value.data);
    if (text == hub->requirepass) {
        atomic_store(&hub->needs_password, value.size != 0 || hub->guard->keys != NULL);
    }
    return true;
}

static enum status config_set(struct resp_ask *ask, struct tile38_request *request)
{
    struct resp_hub *const hub = ask->peer->front->hub;
    const bool may_be_short = ask->count == 3 && tile38_is_word(ask->words[2], "requirepass");
    if (ask->count != 4 && !may_be_short) {
        return tile38_fail_count(request);
    }
    const struct bytes value = ask->count == 4 ? ask->words[3] : (struct bytes){0};
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        if (!tile38_is_word(ask->words[2], properties[i])) {
            continue;
        }
        lock(hub);
        const bool is_set = set_property(hub, properties[i], value);
        unlock(hub);
        if (!is_set) {
            return tile38_fail(request, "Invalid argument '%.*s' for CONFIG SET '%s'",
                               (int)value.size, (const char *)value.data, properties[i]);
        }
        tile38_reply_ok(request);
        return STATUS_OK;
    }
    return tile38_fail(request, "Unsupported CONFIG parameter: %.*s", (int)ask->words[2].size,
                       (const char *)ask->words[2].data);
}

static enum status config(struct resp_ask *ask, struct tile38_request *request)
{
    if (ask->count > 1 && tile38_is_word(ask->words[1], "get")) {
        return config_get(ask, request);
    }
    if (ask->count > 1 && tile38_is_word(ask->words[1], "set")) {
        return config_set(ask, request);
    }
    if (ask->count > 1 && tile38_is_word(ask->words[1], "rewrite")) {
        return tile38_fail(request, "CONFIG REWRITE: this server keeps its settings in its options "
                                    "(rhumb serve --config FILE); write them there");
    }
    return tile38_fail(request, "unknown command '%.*s'", (int)ask->words[0].size,
                       (const char *)ask->words[0].data);
}

// SUBSCRIBE and the like. ----------------------------------------------------------------------------

static void reply_subscription(struct resp_ask *ask, struct tile38_request *request,
                               const char *command_name, struct bytes channel)
{
    const size_t count = ask->peer->subscription_count;
    if (!is_json(ask)) {
        resp_write_push(request->out, ask->style.version, 3);
        resp_write_bulk(request->out, bytes_from_text(command_name));
        resp_write_bulk(request->out, channel);
        resp_write_integer(request->out, (int64_t)count);
        return;
    }
    struct json_writer json = {.out = request->out};
    tile38_json_begin(request);
    buffer_append_format(request->out, ",\"command\":\"%s\",\"channel\":", command_name);
    json_text(&json, channel);
    buffer_append_format(request->out, ",\"num\":%zu", count);
    tile38_json_end(request);
}

// A copy for the ledger's thread, of one name.
static struct resp_subscription *copy_of(struct resp_peer *peer, struct bytes name, bool is_pattern)
{
    struct resp_subscription *const copy =
        memory_take(peer->front->account, 1, sizeof(*copy) + name.size);
    if (copy != NULL) {
        *copy =
            (struct resp_subscription){.is_pattern = is_pattern, .name_size = (uint32_t)name.size};
        memcpy(copy->name, name.data, name.size);
    }
    return copy;
}

// One channel or pattern more. Fails in words.
static enum status subscribe_to(struct resp_ask *ask, struct tile38_request *request,
                                struct bytes channel, bool is_pattern)
{
    struct resp_peer *const peer = ask->peer;
    const bool is_stream = !is_pattern && resp_follow_names(channel);
    const enum status status = is_stream ? resp_follow_begin(peer, channel)
                                         : resp_hub_subscribe(peer, channel, is_pattern);
    if (status == STATUS_NO_MEMORY) {
        return tile38_fail(request, "there is no memory for another subscription");
    }
    if (is_stream && status == STATUS_OUT_OF_RANGE) {
        return tile38_fail(request, "rhumb:events:N wants the number of an event, for example "
                                    "rhumb:events:0 for all there are");
    }
    if (is_stream && status == STATUS_BUSY && !resp_follow_is(peer, channel)) {
        return tile38_fail(request, "a connection follows the events once: UNSUBSCRIBE first");
    }
    if (is_stream && status == STATUS_UNSUPPORTED) {
        return tile38_fail(request, "no events are kept here");
    }
    if (!is_stream && status == STATUS_OK) {
        resp_batch_listen(peer->front, copy_of(peer, channel, is_pattern), 1);
    }
    return STATUS_OK;
}

static enum status subscribe(struct resp_ask *ask, struct tile38_request *request)
{
    struct resp_peer *const peer = ask->peer;
    const bool is_pattern = (ask->words[0].data[0] | 0x20) == 'p';
    if (ask->count < 2) {
        return tile38_fail_count(request);
    }
    peer->live_frame = ask->style.frame;
    peer->live_output = ask->style.output;
    for (size_t i = 1; i < ask->count; i++) {
        TRY(subscribe_to(ask, request, ask->words[i], is_pattern));
        peer->mode = RESP_MODE_SUBSCRIBED;
        reply_subscription(ask, request, is_pattern ? "psubscribe" : "subscribe", ask->words[i]);
    }
    return STATUS_OK;
}

static enum status unsubscribe(struct resp_ask *ask, struct tile38_request *request)
{
    struct resp_peer *const peer = ask->peer;
    const bool is_pattern = (ask->words[0].data[0] | 0x20) == 'p';
    const char *const name = is_pattern ? "punsubscribe" : "unsubscribe";
    if (ask->count == 1) {
        resp_follow_end(peer);
        resp_batch_listen(peer->front, resp_hub_unsubscribe_all(peer), -1);
        reply_subscription(ask, request, name, (struct bytes){0});
    }
    for (size_t i = 1; i < ask->count; i++) {
        if (!is_pattern && resp_follow_is(peer, ask->words[i])) {
            resp_follow_end(peer);
        } else {
            resp_batch_listen(peer->front, resp_hub_unsubscribe(peer, ask->words[i], is_pattern),
                              -1);
        }
        reply_subscription(ask, request, name, ask->words[i]);
    }
    if (peer->subscription_count == 0 && peer->mode == RESP_MODE_SUBSCRIBED) {
        peer->mode = RESP_MODE_COMMANDS;
    }
    return STATUS_OK;
}

static enum status publish(struct resp_ask *ask, struct tile38_request *request)
{
    if (ask->count != 3) {
        return tile38_fail_count(request);
    }
    const size_t count = resp_hub_publish(ask->peer->front->hub, ask->words[1], ask->words[2]);
    if (is_json(ask)) {
        tile38_json_begin(request);
        buffer_append_format(request->out, ",\"published\":%zu", count);
        tile38_json_end(request);
    } else {
        resp_write_integer(request->out, (int64_t)count);
    }
    return STATUS_OK;
}

static const struct {
    const char *name;
    verb *run;
} verbs[] = {
    {"ping", ping},
    {"echo", ping},
    {"quit", quit},
    {"output", output},
    {"auth", auth},
    {"hello", hello},
    {"client", client},
    {"config", config},
    {"command", command},
    {"monitor", monitor},
    {"subscribe", subscribe},
    {"psubscribe", subscribe},
    {"unsubscribe", unsubscribe},
    {"punsubscribe", unsubscribe},
    {"publish", publish},
};

bool resp_connection_run(struct resp_ask *ask)
{
    // "CONFIG GET" may come as one word.
    struct bytes parts[8];
    const struct resp_ask as_given = *ask;
    const uint8_t *const space = memchr(ask->words[0].data, ' ', ask->words[0].size);
    if (space != NULL && ask->count < 7) {
        const size_t size = (size_t)(space - ask->words[0].data);
        parts[0] = (struct bytes){ask->words[0].data, size};
        parts[1] = (struct bytes){space + 1, ask->words[0].size - size - 1};
        memcpy(parts + 2, ask->words + 1, (ask->count - 1) * sizeof(parts[0]));
        ask->words = parts;
        ask->count++;
    }
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (!tile38_is_word(ask->words[0], verbs[i].name)) {
            continue;
        }
        struct tile38_request request = resp_ask_request(ask);
        const size_t begin = request.out->size;
        if (verbs[i].run(ask, &request) != STATUS_OK) {
            request.out->size = begin;
            tile38_reply_error(&request, bytes_from_text(request.fault.text));
        }
        resp_ask_done(ask, &request);
        return true;
    }
    *ask = as_given;
    return false;
}

bool resp_connection_refuses(struct resp_ask *ask, struct bytes authorization)
{
    struct resp_peer *const peer = ask->peer;
    struct resp_hub *const hub = peer->front->hub;
    const char *why = NULL;
    static const struct bytes bearer = {(const uint8_t *)"Bearer ", 7};
    if (authorization.size > bearer.size &&
        memcmp(authorization.data, bearer.data, bearer.size) == 0) {
        authorization.data += bearer.size;
        authorization.size -= bearer.size;
    }
    if (!peer->is_admitted && atomic_load(&hub->needs_password)) {
        const struct bytes name = ask->words[0];
        if (authorization.size != 0) {
            peer->is_admitted = is_password(hub, authorization);
            why = peer->is_admitted ? NULL : "invalid password";
        } else if (!tile38_is_word(name, "auth") && !tile38_is_word(name, "hello") &&
                   !tile38_is_word(name, "output") && !tile38_is_word(name, "healthz") &&
                   !tile38_is_word(name, "quit")) {
            why = "authentication required";
        }
    }
    if (why == NULL && peer->mode == RESP_MODE_SUBSCRIBED && ask->style.version == RESP_2 &&
        !tile38_is_word(ask->words[0], "ping") && !tile38_is_word(ask->words[0], "quit") &&
        !tile38_is_word(ask->words[0], "subscribe") &&
        !tile38_is_word(ask->words[0], "psubscribe") &&
        !tile38_is_word(ask->words[0], "unsubscribe") &&
        !tile38_is_word(ask->words[0], "punsubscribe")) {
        why = "only (P)SUBSCRIBE / (P)UNSUBSCRIBE / PING / QUIT allowed in this context";
    }
    if (why == NULL) {
        return false;
    }
    struct tile38_request request = resp_ask_request(ask);
    tile38_reply_error(&request, bytes_from_text(why));
    resp_ask_done(ask, &request);
    return true;
}
