// Which command, and how arguments and numbers are written.
#include <math.h>
#include <stdio.h>

#include "base/decimal.h"
#include "command/redis_private.h"

enum { NAME_SHOWN = 128 };

bool redis_is(struct bytes argument, const char *word)
{
    if (argument.size != strlen(word)) {
        return false;
    }
    for (size_t i = 0; i < argument.size; i++) {
        const uint8_t byte = argument.data[i];
        if ((byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte) != (uint8_t)word[i]) {
            return false;
        }
    }
    return true;
}

// As strtod, without blanks and hexadecimal.
bool redis_number(struct bytes argument, double *value)
{
    const bool is_signed =
        argument.size > 0 && (argument.data[0] == '-' || argument.data[0] == '+');
    const struct bytes rest = {.data = argument.data + is_signed,
                               .size = argument.size - is_signed};
    if (redis_is(rest, "inf") || redis_is(rest, "infinity")) {
        *value = is_signed && argument.data[0] == '-' ? -(double)INFINITY : (double)INFINITY;
        return true;
    }
    return argument.size <= DECIMAL_READ_SIZE && decimal_parse(argument, value) && isfinite(*value);
}

// A whole number without a sign but '-', and without zeros before it.
bool redis_integer(struct bytes argument, int64_t *value)
{
    uint64_t number = 0;
    const bool is_negative = argument.size > 0 && argument.data[0] == '-';
    if (argument.size == (size_t)is_negative || argument.size > 20) {
        return false;
    }
    for (size_t i = is_negative; i < argument.size; i++) {
        const uint8_t byte = argument.data[i];
        if (byte < '0' || byte > '9' || number > (UINT64_C(1) << 63) / 10) {
            return false;
        }
        number = number * 10 + (uint64_t)(byte - '0');
    }
    if (number > (uint64_t)INT64_MAX + is_negative) {
        return false;
    }
    *value = is_negative ? (int64_t)(0 - number) : (int64_t)number;
    return true;
}

void redis_error(const struct redis_call *call, const char *text)
{
    resp_write_error(call->out, bytes_from_text(text));
}

void redis_fault(const struct redis_call *call, const struct fault *fault)
{
    char text[sizeof(fault->text) + 8];
    (void)snprintf(text, sizeof(text), "%s %s",
                   fault->status == STATUS_NO_MEMORY || fault->status == STATUS_NO_SPACE ? "OOM"
                                                                                         : "ERR",
                   fault->text);
    redis_error(call, text);
}

static void write_number(const struct redis_call *call, const char *text)
{
    if (call->client->version == RESP_3) {
        buffer_append_u8(call->out, ',');
        buffer_append_text(call->out, text);
        buffer_append_text(call->out, "\r\n");
    } else {
        resp_write_bulk(call->out, bytes_from_text(text));
    }
}

void redis_double(const struct redis_call *call, double value)
{
    char text[64];
    if (isinf(value)) {
        write_number(call, value > 0 ? "inf" : "-inf");
        return;
    }
    (void)snprintf(text, sizeof(text), "%.17g", value);
    write_number(call, text);
}

// Seventeen decimals of the number as 80 bits hold it, without zeros at the end.
void redis_coordinate(const struct redis_call *call, double value)
{
    char text[64];
    int size = snprintf(text, sizeof(text), "%.17Lf", (long double)value);
    while (size > 0 && text[size - 1] == '0') {
        size--;
    }
    size -= size > 0 && text[size - 1] == '.';
    text[size] = '\0';
    write_number(call, strcmp(text, "-0") == 0 ? "0" : text);
}

const struct redis_entry redis_entries[] = {
    {.name = "geoadd", .run = redis_geoadd, .arity = -5, .is_write = true, .first_key = 1},
    {.name = "geopos", .run = redis_geopos, .arity = -2, .first_key = 1},
    {.name = "geodist", .run = redis_geodist, .arity = -4, .first_key = 1},
    {.name = "geohash", .run = redis_geohash_command, .arity = -2, .first_key = 1},
    {.name = "geosearch", .run = redis_geosearch, .arity = -7, .first_key = 1},
    {.name = "geosearchstore",
     .run = redis_geosearchstore,
     .arity = -8,
     .is_write = true,
     .first_key = 1},
    {.name = "georadius", .run = redis_georadius, .arity = -6, .may_store = true, .first_key = 1},
    {.name = "georadiusbymember",
     .run = redis_georadiusbymember,
     .arity = -5,
     .may_store = true,
     .first_key = 1},
    {.name = "georadius_ro", .run = redis_georadius_ro, .arity = -6, .first_key = 1},
    {.name = "georadiusbymember_ro",
     .run = redis_georadiusbymember_ro,
     .arity = -5,
     .first_key = 1},
    {.name = "zadd", .run = redis_zadd, .arity = -4, .is_write = true, .first_key = 1},
    {.name = "zincrby", .run = redis_zincrby, .arity = 4, .is_write = true, .first_key = 1},
    {.name = "zrem", .run = redis_zrem, .arity = -3, .is_write = true, .first_key = 1},
    {.name = "zrange", .run = redis_zrange, .arity = -4, .first_key = 1},
    {.name = "zrevrange", .run = redis_zrevrange, .arity = -4, .first_key = 1},
    {.name = "zrangebyscore", .run = redis_zrangebyscore, .arity = -4, .first_key = 1},
    {.name = "zscore", .run = redis_zscore, .arity = 3, .first_key = 1},
    {.name = "zmscore", .run = redis_zmscore, .arity = -3, .first_key = 1},
    {.name = "zcard", .run = redis_zcard, .arity = 2, .first_key = 1},
    {.name = "zcount", .run = redis_zcount, .arity = 4, .first_key = 1},
    {.name = "zrank", .run = redis_zrank, .arity = 3, .first_key = 1},
    {.name = "set", .run = redis_set, .arity = -3, .is_write = true, .first_key = 1},
    {.name = "get", .run = redis_get, .arity = 2, .first_key = 1},
    {.name = "del", .run = redis_del, .arity = -2, .is_write = true, .first_key = 1},
    {.name = "unlink", .run = redis_del, .arity = -2, .is_write = true, .first_key = 1},
    {.name = "exists", .run = redis_exists, .arity = -2, .first_key = 1},
    {.name = "type", .run = redis_type, .arity = 2, .first_key = 1},
    {.name = "keys", .run = redis_keys_command, .arity = 2},
    {.name = "expire", .run = redis_expire, .arity = -3, .is_write = true, .first_key = 1},
    {.name = "pexpire", .run = redis_pexpire, .arity = -3, .is_write = true, .first_key = 1},
    {.name = "ttl", .run = redis_ttl, .arity = 2, .first_key = 1},
    {.name = "pttl", .run = redis_pttl, .arity = 2, .first_key = 1},
    {.name = "persist", .run = redis_persist, .arity = 2, .is_write = true, .first_key = 1},
    {.name = "flushall", .run = redis_flush, .arity = -1, .is_write = true},
    {.name = "flushdb", .run = redis_flush, .arity = -1, .is_write = true},
    {.name = "dbsize", .run = redis_dbsize, .arity = 1},
    {.name = "config", .run = redis_config, .arity = -2},
    {.name = "command", .run = redis_command_command, .arity = -1},
    {.name = "function", .run = redis_function, .arity = -2},
    {.name = "ping", .run = redis_ping, .arity = -1},
    {.name = "echo", .run = redis_echo, .arity = 2},
    {.name = "select", .run = redis_select, .arity = 2},
    {.name = "info", .run = redis_info, .arity = -1},
    {.name = "hello", .run = redis_hello, .arity = -1, .needs_no_admission = true},
    {.name = "client", .run = redis_client_command, .arity = -2},
    {.name = "auth", .run = redis_auth, .arity = -2, .needs_no_admission = true},
    {.name = "quit", .run = redis_quit, .arity = -1, .needs_no_admission = true},
    {.name = "reset", .run = redis_reset, .arity = 1, .needs_no_admission = true},
};
const size_t redis_entry_count = COUNT_OF(redis_entries);

const struct redis_entry *redis_entry_find(struct bytes name)
{
    for (size_t i = 0; i < redis_entry_count; i++) {
        if (redis_is(name, redis_entries[i].name)) {
            return &redis_entries[i];
        }
    }
    return NULL;
}

void redis_client_begin(struct redis_client *client, const struct redis_settings *settings,
                        uint64_t id)
{
    *client =
        (struct redis_client){.id = id, .version = RESP_2, .is_admitted = settings->admits == NULL};
}

bool redis_writes(const struct bytes *arguments, size_t argument_count)
{
    const struct redis_entry *const entry = redis_entry_find(arguments[0]);
    if (entry == NULL || !entry->may_store) {
        return entry != NULL && entry->is_write;
    }
    for (size_t i = 1; i < argument_count; i++) {
        if (redis_is(arguments[i], "store") || redis_is(arguments[i], "storedist")) {
            return true;
        }
    }
    return false;
}

static void refuse_unknown(const struct redis_call *call)
{
    char text[512];
    int size =
        snprintf(text, sizeof(text), "ERR unknown command '%.*s', with args beginning with: ",
                 (int)(call->arguments[0].size < NAME_SHOWN ? call->arguments[0].size : NAME_SHOWN),
                 (const char *)call->arguments[0].data);
    const int begin = size;
    for (size_t i = 1; i < call->argument_count && size - begin < NAME_SHOWN; i++) {
        const int room = NAME_SHOWN - (size - begin);
        const struct bytes argument = call->arguments[i];
        size += snprintf(text + size, sizeof(text) - (size_t)size, "'%.*s' ",
                         argument.size < (size_t)room ? (int)argument.size : room,
                         (const char *)argument.data);
    }
    redis_error(call, text);
}

void redis_run(const struct redis_call *call)
{
    const struct redis_entry *const entry = redis_entry_find(call->arguments[0]);
    const int count = (int)call->argument_count;
    if (entry == NULL) {
        refuse_unknown(call);
        return;
    }
    if ((entry->arity > 0 && count != entry->arity) || count < -entry->arity) {
        char text[96];
        (void)snprintf(text, sizeof(text), "ERR wrong number of arguments for '%s' command",
                       entry->name);
        redis_error(call, text);
        return;
    }
    if (!call->client->is_admitted && !entry->needs_no_admission) {
        redis_error(call, "NOAUTH Authentication required.");
        return;
    }
    if (call->turn != NULL && (entry->is_write || entry->may_store)) {
        redis_sweep(call);
    }
    entry->run(call);
}
