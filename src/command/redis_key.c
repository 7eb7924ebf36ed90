// Strings, and what is done with keys of any type.
#include "command/redis_private.h"
#include "text/glob.h"

// --- SET and GET ---

struct setting {
    bool is_nx, is_xx, gets, keeps;
    bool has_deadline;
    int64_t deadline_us; // 0: none
};

static bool take_time(const struct redis_call *call, struct setting *setting, size_t at,
                      struct bytes option)
{
    const bool is_seconds = redis_is(option, "ex") || redis_is(option, "exat");
    const bool is_absolute = redis_is(option, "exat") || redis_is(option, "pxat");
    const int64_t unit_us = is_seconds ? 1000000 : 1000;
    int64_t count;
    if (!redis_integer(call->arguments[at], &count)) {
        redis_error(call, REDIS_NO_INTEGER);
        return false;
    }
    if (count <= 0 || count > (INT64_MAX - call->now_us) / unit_us) {
        redis_error(call, "ERR invalid expire time in 'set' command");
        return false;
    }
    setting->has_deadline = true;
    setting->deadline_us = count * unit_us + (is_absolute ? 0 : call->now_us);
    return true;
}

static bool take_set_options(const struct redis_call *call, struct setting *setting)
{
    for (size_t i = 3; i < call->argument_count; i++) {
        const struct bytes option = call->arguments[i];
        const bool is_time = redis_is(option, "ex") || redis_is(option, "px") ||
                             redis_is(option, "exat") || redis_is(option, "pxat");
        if (redis_is(option, "nx") && !setting->is_xx) {
            setting->is_nx = true;
        } else if (redis_is(option, "xx") && !setting->is_nx) {
            setting->is_xx = true;
        } else if (redis_is(option, "get")) {
            setting->gets = true;
        } else if (redis_is(option, "keepttl") && !setting->has_deadline) {
            setting->keeps = true;
        } else if (is_time && i + 1 < call->argument_count && !setting->keeps &&
                   !setting->has_deadline) {
            if (!take_time(call, setting, ++i, option)) {
                return false;
            }
        } else {
            redis_error(call, REDIS_SYNTAX);
            return false;
        }
    }
    return true;
}

static void write_string(const struct redis_call *call, const struct object *object)
{
    struct row row;
    if (object == NULL) {
        resp_write_null(call->out, call->client->version);
        return;
    }
    object_row(object, &row);
    resp_write_bulk(call->out, row.text);
}

void redis_set(const struct redis_call *call)
{
    struct setting setting = {0};
    const struct bytes key = call->arguments[1];
    if (!take_set_options(call, &setting)) {
        return;
    }
    const enum redis_type type = redis_type_of(call, key);
    const size_t begun = call->out->size;
    if (setting.gets) {
        if (type == REDIS_SET) {
            redis_error(call, REDIS_WRONG_TYPE);
            return;
        }
        write_string(call, redis_string_find(call, key));
    }
    if ((setting.is_nx && type != REDIS_NONE) || (setting.is_xx && type == REDIS_NONE)) {
        if (!setting.gets) {
            resp_write_null(call->out, call->client->version);
        }
        return;
    }
    const int64_t deadline_us = setting.keeps ? redis_deadline_us(call, key) : setting.deadline_us;
    if (type == REDIS_SET) {
        (void)redis_key_drop(call, key);
    }
    const size_t replied = call->out->size;
    if (!redis_string_put(call, key, call->arguments[2], deadline_us)) {
        if (replied > begun) { // only the error
            memmove(call->out->data + begun, call->out->data + replied, call->out->size - replied);
            call->out->size -= replied - begun;
        }
        return;
    }
    if (!setting.gets) {
        resp_write_simple(call->out, "OK");
    }
}

void redis_get(const struct redis_call *call)
{
    const struct bytes key = call->arguments[1];
    if (redis_type_of(call, key) == REDIS_SET) {
        redis_error(call, REDIS_WRONG_TYPE);
        return;
    }
    write_string(call, redis_string_find(call, key));
}

// --- Any type ---

void redis_del(const struct redis_call *call)
{
    int64_t count = 0;
    for (size_t i = 1; i < call->argument_count; i++) {
        count += redis_key_drop(call, call->arguments[i]);
    }
    resp_write_integer(call->out, count);
}

void redis_exists(const struct redis_call *call)
{
    int64_t count = 0;
    for (size_t i = 1; i < call->argument_count; i++) {
        count += redis_type_of(call, call->arguments[i]) != REDIS_NONE;
    }
    resp_write_integer(call->out, count);
}

void redis_type(const struct redis_call *call)
{
    const enum redis_type type = redis_type_of(call, call->arguments[1]);
    resp_write_simple(call->out, type == REDIS_SET      ? "zset"
                                 : type == REDIS_STRING ? "string"
                                                        : "none");
}

struct listing {
    struct bytes pattern;
    struct buffer items;
    size_t count;
};

static bool list_key(void *context, struct bytes key)
{
    struct listing *const listing = context;
    if (glob_matches(listing->pattern, key)) {
        resp_write_bulk(&listing->items, key);
        listing->count++;
    }
    return true;
}

void redis_keys_command(const struct redis_call *call)
{
    struct listing listing = {.pattern = call->arguments[1],
                              .items = {.account = call->world->account}};
    redis_keys(call, list_key, &listing);
    if (listing.items.failed) {
        redis_error(call, "OOM no memory for the names");
    } else {
        resp_write_array(call->out, listing.count);
        buffer_append_bytes(call->out, buffer_bytes(&listing.items));
    }
    buffer_free(&listing.items);
}

bool redis_key_counted(void *context, struct bytes key)
{
    int64_t *const count = context;
    (void)key;
    (*count)++;
    return true;
}

void redis_dbsize(const struct redis_call *call)
{
    int64_t count = 0;
    redis_keys(call, redis_key_counted, &count);
    resp_write_integer(call->out, count);
}

void redis_flush(const struct redis_call *call)
{
    if (call->argument_count > 2 ||
        (call->argument_count == 2 && !redis_is(call->arguments[1], "async") &&
         !redis_is(call->arguments[1], "sync"))) {
        redis_error(call, REDIS_SYNTAX);
        return;
    }
    if (redis_clear(call)) {
        resp_write_simple(call->out, "OK");
    } else {
        redis_error(call, "OOM no memory to take keys away");
    }
}

// --- Times ---

static void expire(const struct redis_call *call, int64_t unit_us, const char *refusal)
{
    const struct bytes key = call->arguments[1];
    int64_t count;
    bool is_nx = false;
    bool is_xx = false;
    bool is_gt = false;
    bool is_lt = false;
    for (size_t i = 3; i < call->argument_count; i++) {
        const struct bytes option = call->arguments[i];
        is_nx |= redis_is(option, "nx");
        is_xx |= redis_is(option, "xx");
        is_gt |= redis_is(option, "gt");
        is_lt |= redis_is(option, "lt");
        if (!redis_is(option, "nx") && !redis_is(option, "xx") && !redis_is(option, "gt") &&
            !redis_is(option, "lt")) {
            struct buffer text = {.account = call->world->account};
            buffer_append_text(&text, "ERR Unsupported option ");
            buffer_append_bytes(&text, option);
            resp_write_error(call->out, buffer_bytes(&text));
            buffer_free(&text);
            return;
        }
    }
    if (is_nx && (is_xx || is_gt || is_lt)) {
        redis_error(call, "ERR NX and XX, GT or LT options at the same time are not compatible");
        return;
    }
    if (is_gt && is_lt) {
        redis_error(call, "ERR GT and LT options at the same time are not compatible");
        return;
    }
    if (!redis_integer(call->arguments[2], &count)) {
        redis_error(call, REDIS_NO_INTEGER);
        return;
    }
    if (count > (INT64_MAX - call->now_us) / unit_us || count < INT64_MIN / unit_us) {
        redis_error(call, refusal);
        return;
    }
    const int64_t deadline_us = call->now_us + count * unit_us;
    const bool is_there = redis_type_of(call, key) != REDIS_NONE;
    const int64_t before_us = is_there ? redis_deadline_us(call, key) : 0;
    if (!is_there || (is_nx && before_us != 0) || (is_xx && before_us == 0) ||
        (is_gt && (before_us == 0 || deadline_us <= before_us)) ||
        (is_lt && before_us != 0 && deadline_us >= before_us)) {
        resp_write_integer(call->out, 0);
        return;
    }
    if (count <= 0) {
        (void)redis_key_drop(call, key);
    } else if (!redis_deadline_set(call, key, deadline_us)) {
        return;
    }
    resp_write_integer(call->out, 1);
}

void redis_expire(const struct redis_call *call)
{
    expire(call, 1000000, "ERR invalid expire time in 'expire' command");
}

void redis_pexpire(const struct redis_call *call)
{
    expire(call, 1000, "ERR invalid expire time in 'pexpire' command");
}

// -2: no such key; -1: it does not end.
static void write_left(const struct redis_call *call, int64_t unit_us, int64_t rounding_us)
{
    const struct bytes key = call->arguments[1];
    if (redis_type_of(call, key) == REDIS_NONE) {
        resp_write_integer(call->out, -2);
        return;
    }
    const int64_t deadline_us = redis_deadline_us(call, key);
    resp_write_integer(
        call->out, deadline_us == 0 ? -1 : (deadline_us - call->now_us + rounding_us) / unit_us);
}

void redis_ttl(const struct redis_call *call)
{
    write_left(call, 1000000, 500000);
}

void redis_pttl(const struct redis_call *call)
{
    write_left(call, 1000, 0);
}

void redis_persist(const struct redis_call *call)
{
    const struct bytes key = call->arguments[1];
    const bool has_deadline =
        redis_type_of(call, key) != REDIS_NONE && redis_deadline_us(call, key) != 0;
    if (!has_deadline || redis_deadline_set(call, key, 0)) {
        resp_write_integer(call->out, has_deadline);
    }
}
