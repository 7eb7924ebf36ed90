#include "command/tile38.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/decimal.h"
#include "codec/json_write.h"
#include "command/tile38_private.h"

const struct tile38_command tile38_commands[] = {
    {.name = "set", .run = tile38_set, .place = TILE38_PLACE_TURN, .needs_memory = true},
    {.name = "get", .run = tile38_get, .place = TILE38_PLACE_VIEW},
    {.name = "nearby", .run = tile38_nearby, .place = TILE38_PLACE_VIEW},
    {.name = "within", .run = tile38_within, .place = TILE38_PLACE_VIEW},
    {.name = "intersects", .run = tile38_intersects, .place = TILE38_PLACE_VIEW},
    {.name = "fset", .run = tile38_fset, .place = TILE38_PLACE_TURN, .needs_memory = true},
    {.name = "fget", .run = tile38_fget, .place = TILE38_PLACE_VIEW},
    {.name = "del", .run = tile38_del, .place = TILE38_PLACE_TURN},
    {.name = "pdel", .run = tile38_pdel, .place = TILE38_PLACE_TURN},
    {.name = "drop", .run = tile38_drop, .place = TILE38_PLACE_TURN},
    {.name = "rename", .run = tile38_rename, .place = TILE38_PLACE_TURN},
    {.name = "renamenx", .run = tile38_renamenx, .place = TILE38_PLACE_TURN},
    {.name = "exists", .run = tile38_exists, .place = TILE38_PLACE_VIEW},
    {.name = "fexists", .run = tile38_fexists, .place = TILE38_PLACE_VIEW},
    {.name = "expire", .run = tile38_expire, .place = TILE38_PLACE_TURN},
    {.name = "persist", .run = tile38_persist, .place = TILE38_PLACE_TURN},
    {.name = "ttl", .run = tile38_ttl, .place = TILE38_PLACE_VIEW},
    {.name = "bounds", .run = tile38_bounds, .place = TILE38_PLACE_VIEW},
    {.name = "keys", .run = tile38_keys, .place = TILE38_PLACE_VIEW},
    {.name = "stats", .run = tile38_stats, .place = TILE38_PLACE_VIEW},
    {.name = "type", .run = tile38_type, .place = TILE38_PLACE_VIEW},
    {.name = "flushdb", .run = tile38_flushdb, .place = TILE38_PLACE_TURN},
    {.name = "jset", .run = tile38_jset, .place = TILE38_PLACE_TURN, .needs_memory = true},
    {.name = "jget", .run = tile38_jget, .place = TILE38_PLACE_VIEW},
    {.name = "jdel", .run = tile38_jdel, .place = TILE38_PLACE_TURN},
    {.name = "scan", .run = tile38_scan, .place = TILE38_PLACE_VIEW},
    {.name = "search", .run = tile38_search, .place = TILE38_PLACE_VIEW},
    {.name = "test", .run = tile38_test, .place = TILE38_PLACE_VIEW},
    {.name = "server", .run = tile38_server, .place = TILE38_PLACE_VIEW},
    {.name = "info", .run = tile38_info, .place = TILE38_PLACE_VIEW},
    {.name = "healthz", .run = tile38_healthz, .place = TILE38_PLACE_VIEW},
    {.name = "gc", .run = tile38_gc, .place = TILE38_PLACE_VIEW},
    {.name = "readonly", .run = tile38_readonly, .place = TILE38_PLACE_VIEW},
    {.name = "role", .run = tile38_role, .place = TILE38_PLACE_VIEW},
    {.name = "timeout", .run = tile38_timeout, .place = TILE38_PLACE_VIEW},
    {.name = "sethook", .run = tile38_sethook, .place = TILE38_PLACE_TURN},
    {.name = "setchan", .run = tile38_setchan, .place = TILE38_PLACE_TURN},
    {.name = "delhook", .run = tile38_delhook, .place = TILE38_PLACE_TURN},
    {.name = "delchan", .run = tile38_delchan, .place = TILE38_PLACE_TURN},
    {.name = "pdelhook", .run = tile38_pdelhook, .place = TILE38_PLACE_TURN},
    {.name = "pdelchan", .run = tile38_pdelchan, .place = TILE38_PLACE_TURN},
    {.name = "hooks", .run = tile38_hooks, .place = TILE38_PLACE_TURN, .is_read = true},
    {.name = "chans", .run = tile38_chans, .place = TILE38_PLACE_TURN, .is_read = true},
    {.name = "eval", .run = tile38_eval, .place = TILE38_PLACE_TURN, .is_script = true},
    {.name = "evalsha", .run = tile38_evalsha, .place = TILE38_PLACE_TURN, .is_script = true},
    {.name = "evalro", .run = tile38_eval, .place = TILE38_PLACE_WORKER},
    {.name = "evalrosha", .run = tile38_evalsha, .place = TILE38_PLACE_WORKER},
    {.name = "evalna", .run = tile38_evalna, .place = TILE38_PLACE_WORKER},
    {.name = "evalnasha", .run = tile38_evalnasha, .place = TILE38_PLACE_WORKER},
    {.name = "script", .run = tile38_script, .place = TILE38_PLACE_VIEW},
    {.name = "script load", .run = tile38_script, .place = TILE38_PLACE_VIEW},
    {.name = "script exists", .run = tile38_script, .place = TILE38_PLACE_VIEW},
    {.name = "script flush", .run = tile38_script, .place = TILE38_PLACE_VIEW},
    {.name = "follow", .run = tile38_elsewhere, .place = TILE38_PLACE_VIEW},
    {.name = "slaveof", .run = tile38_elsewhere, .place = TILE38_PLACE_VIEW},
    {.name = "replicaof", .run = tile38_elsewhere, .place = TILE38_PLACE_VIEW},
    {.name = "replconf", .run = tile38_elsewhere, .place = TILE38_PLACE_VIEW},
    {.name = "aof", .run = tile38_elsewhere, .place = TILE38_PLACE_VIEW},
    {.name = "aofmd5", .run = tile38_elsewhere, .place = TILE38_PLACE_VIEW},
    {.name = "aofshrink", .run = tile38_elsewhere, .place = TILE38_PLACE_VIEW},
    {0},
};

bool tile38_is_word(struct bytes text, const char *lower)
{
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];
        if (lower[i] == '\0' ||
            (byte >= 'A' && byte <= 'Z' ? byte + 32 : byte) != (uint8_t)lower[i]) {
            return false;
        }
    }
    return lower[text.size] == '\0';
}

static const struct tile38_command *command_of(struct bytes name)
{
    for (const struct tile38_command *command = tile38_commands; command->name != NULL; command++) {
        if (tile38_is_word(name, command->name)) {
            return command;
        }
    }
    return NULL;
}

static bool has_word(const struct bytes *arguments, size_t count, const char *word)
{
    for (size_t i = 2; i < count; i++) {
        if (tile38_is_word(arguments[i], word)) {
            return true;
        }
    }
    return false;
}

// NEARBY … FENCE opens a fence, which is the ledger's business; WHEREEVAL runs Lua for every object.
static enum tile38_place place_of_search(const struct bytes *arguments, size_t count)
{
    return has_word(arguments, count, "fence") ? TILE38_PLACE_TURN
           : has_word(arguments, count, "whereeval") || has_word(arguments, count, "whereevalsha")
               ? TILE38_PLACE_WORKER
               : TILE38_PLACE_VIEW;
}

enum tile38_place tile38_place(const struct bytes *arguments, size_t argument_count)
{
    while (argument_count > 2 && tile38_is_word(arguments[0], "timeout")) {
        arguments += 2;
        argument_count -= 2;
    }
    const struct tile38_command *const command = command_of(arguments[0]);
    if (command == NULL) {
        return TILE38_PLACE_NONE;
    }
    const bool is_search = command->run == tile38_nearby || command->run == tile38_within ||
                           command->run == tile38_intersects || command->run == tile38_scan ||
                           command->run == tile38_search;
    return is_search ? place_of_search(arguments, argument_count) : command->place;
}

void tile38_open(struct tile38 *tile38, struct world *world)
{
    tile38->world = world;
    const struct sys *const sys = world->sys;
    tile38->started_us = sys->monotonic_us(sys);
    (void)snprintf(tile38->server_id, sizeof(tile38->server_id), "%016llx%016llx",
                   (unsigned long long)sys->random(sys), (unsigned long long)sys->random(sys));
}

void tile38_scratch_begin(struct tile38_scratch *scratch, struct memory_account *account)
{
    *scratch = (struct tile38_scratch){.row = {.account = account},
                                       .text = {.account = account},
                                       .shape = {.account = account},
                                       .fields = {.account = account},
                                       .fields_other = {.account = account},
                                       .list = {.account = account}};
}

void tile38_scratch_end(struct tile38_scratch *scratch)
{
    buffer_free(&scratch->row);
    buffer_free(&scratch->text);
    buffer_free(&scratch->shape);
    buffer_free(&scratch->fields);
    buffer_free(&scratch->fields_other);
    buffer_free(&scratch->list);
}

// Running. -------------------------------------------------------------------------------------------

static enum status refuse(struct tile38_request *request, const struct tile38_command *command)
{
    struct tile38 *const tile38 = request->tile38;
    if (command == NULL) {
        return tile38_fail(request, "unknown command '%.*s'", (int)request->arguments[0].size,
                           (const char *)request->arguments[0].data);
    }
    if (command->place == TILE38_PLACE_TURN && request->turn == NULL && command->is_read) {
        return tile38_fail(request, "'%s' is not allowed here", command->name);
    }
    if (command->place == TILE38_PLACE_TURN && !command->is_read) {
        if (request->deadline_us != INT64_MAX && !command->is_script) {
            return tile38_fail(request, "timeout not supported for '%s'", command->name);
        }
        if (request->turn == NULL ||
            atomic_load_explicit(&tile38->is_read_only, memory_order_relaxed)) {
            return tile38_fail(request, "read only");
        }
    }
    const uint64_t most = atomic_load_explicit(&tile38->memory_max, memory_order_relaxed);
    if (command->needs_memory && most != 0 && tile38->objects != NULL &&
        atomic_load_explicit(&tile38->objects->used_size, memory_order_relaxed) > most) {
        return tile38_fail(request, "OOM command not allowed when used memory > 'maxmemory'");
    }
    return STATUS_OK;
}

bool tile38_object_of(const struct bytes *arguments, size_t count, struct live_name *name)
{
    static const char *const words[] = {"set", "fset", "get", "del", "jset", "expire"};
    for (size_t i = 0; count >= 3 && i < COUNT_OF(words); i++) {
        if (tile38_is_word(arguments[0], words[i])) {
            *name = (struct live_name){.collection = arguments[1], .id = arguments[2]};
            return true;
        }
    }
    return false;
}

bool tile38_run(struct tile38_request *request)
{
    const size_t begin = request->out->size;
    const struct tile38_command *const command = command_of(request->arguments[0]);
    enum status status = refuse(request, command);
    if (status == STATUS_OK) {
        atomic_fetch_add_explicit(&request->tile38->runs[command - tile38_commands], 1,
                                  memory_order_relaxed);
        status = command->run(request);
    }
    if (status == STATUS_OK && buffer_status(request->out) != STATUS_OK) {
        request->out->failed = false;
        status = tile38_fail(request, "the answer is larger than the memory for answers");
    }
    if (status == STATUS_OK) {
        return true;
    }
    request->out->size = begin;
    tile38_reply_error(request, bytes_from_text(request->fault.text));
    return false;
}

_Static_assert(sizeof(tile38_commands) / sizeof(tile38_commands[0]) <= TILE38_COMMANDS_MAX,
               "every command is counted");

// Failures. ------------------------------------------------------------------------------------------

static const char count_is_wrong[] = "invalid number of arguments";

enum status tile38_fail(struct tile38_request *request, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(request->fault.text, sizeof(request->fault.text), format, arguments);
    va_end(arguments);
    return request->fault.status = STATUS_OUT_OF_RANGE;
}

enum status tile38_fail_count(struct tile38_request *request)
{
    return tile38_fail(request, "%s", count_is_wrong);
}

enum status tile38_fail_argument(struct tile38_request *request, struct bytes argument)
{
    const size_t size = argument.size < 400 ? argument.size : 400;
    return tile38_fail(request, "invalid argument '%.*s'", (int)size, (const char *)argument.data);
}

static bool begins_with_code(struct bytes message)
{
    size_t size = 0;
    while (size < message.size && message.data[size] >= 'A' && message.data[size] <= 'Z') {
        size++;
    }
    return size != 0 && (size == message.size || message.data[size] == ' ');
}

void tile38_reply_error(struct tile38_request *request, struct bytes message)
{
    struct buffer *const out = request->out;
    if (tile38_is_json(request)) {
        buffer_append_text(out, "{\"ok\":false,\"err\":");
        tile38_write_json_text(out, message);
        tile38_json_end(request);
        return;
    }
    char text[700];
    int size = 0;
    if (bytes_equal(message, bytes_from_text(count_is_wrong))) {
        const struct bytes name = request->arguments[0];
        char lower[64];
        size_t length = 0;
        for (; length < name.size && length < sizeof(lower) - 1; length++) {
            const uint8_t byte = name.data[length];
            lower[length] = (char)(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
        }
        lower[length] = '\0';
        size =
            snprintf(text, sizeof(text), "ERR wrong number of arguments for '%s' command", lower);
    } else {
        size = snprintf(text, sizeof(text), "%s%.*s", begins_with_code(message) ? "" : "ERR ",
                        (int)message.size, (const char *)message.data);
    }
    const size_t length = (size_t)size < sizeof(text) ? (size_t)size : sizeof(text) - 1;
    resp_write_error(out, (struct bytes){(const uint8_t *)text, length});
}

// Replies. -------------------------------------------------------------------------------------------

void tile38_json_begin(struct tile38_request *request)
{
    buffer_append_text(request->out, "{\"ok\":true");
}

// As Go prints durations: 81ns, 12.5µs, 3ms, 1.25s.
static void write_duration(struct buffer *out, int64_t duration_us)
{
    static const struct {
        int64_t unit_us;
        const char *name;
    } units[] = {{1000000, "s"}, {1000, "ms"}, {1, "µs"}};
    size_t i = 0;
    while (i < 2 && duration_us < units[i].unit_us) {
        i++;
    }
    tile38_write_number(out, (double)duration_us / (double)units[i].unit_us);
    buffer_append_text(out, units[i].name);
}

void tile38_json_end(struct tile38_request *request)
{
    const struct sys *const sys = request->tile38->world->sys;
    const int64_t elapsed_us = sys->monotonic_us(sys) - request->begun_us;
    buffer_append_text(request->out, ",\"elapsed\":\"");
    write_duration(request->out, elapsed_us < 0 ? 0 : elapsed_us);
    buffer_append_text(request->out, "\"}");
}

void tile38_reply_ok(struct tile38_request *request)
{
    if (tile38_is_json(request)) {
        tile38_json_begin(request);
        tile38_json_end(request);
    } else {
        buffer_append(request->out, "+OK\r\n", 5);
    }
}

void tile38_reply_count(struct tile38_request *request, int64_t count)
{
    if (tile38_is_json(request)) {
        tile38_reply_ok(request);
    } else {
        resp_write_integer(request->out, count);
    }
}

void tile38_reply_null(struct tile38_request *request)
{
    resp_write_null(request->out, request->version);
}

void tile38_reply_text(struct tile38_request *request, const char *member, struct bytes text)
{
    if (!tile38_is_json(request)) {
        resp_write_bulk(request->out, text);
        return;
    }
    tile38_json_begin(request);
    buffer_append_format(request->out, ",\"%s\":", member);
    tile38_write_json_text(request->out, text);
    tile38_json_end(request);
}

void tile38_write_number(struct buffer *out, double number)
{
    char text[DECIMAL_SIZE];
    if (isinf(number)) {
        buffer_append_text(out, number < 0 ? "-Inf" : "+Inf");
        return;
    }
    buffer_append(out, text, decimal_format(number, text));
}

void tile38_write_bulk_number(struct buffer *out, double number)
{
    char text[DECIMAL_SIZE];
    const size_t size = decimal_format(number, text);
    resp_write_bulk(out, (struct bytes){(const uint8_t *)text, size});
}

void tile38_write_json_text(struct buffer *out, struct bytes text)
{
    struct json_writer json = {.out = out};
    json_text(&json, text);
}

// Words. ---------------------------------------------------------------------------------------------

bool tile38_take(struct tile38_words *words, struct bytes *word)
{
    if (words->count == 0 || words->at->size == 0) {
        return false;
    }
    *word = *words->at;
    words->at++;
    words->count--;
    return true;
}

bool tile38_number(struct bytes text, double *number)
{
    if (decimal_parse(text, number)) {
        return isfinite(*number);
    }
    const bool is_negative = text.size != 0 && text.data[0] == '-';
    const size_t sign = is_negative || (text.size != 0 && text.data[0] == '+');
    const struct bytes word = {text.data + sign, text.size - sign};
    if (tile38_is_word(word, "inf") || tile38_is_word(word, "infinity")) {
        *number = is_negative ? -(double)INFINITY : (double)INFINITY;
        return true;
    }
    if (tile38_is_word(text, "nan")) {
        *number = (double)NAN;
        return true;
    }
    return false;
}

bool tile38_unsigned(struct bytes text, uint64_t *number)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' ||
            __builtin_mul_overflow(sum, (uint64_t)10, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(text.data[i] - '0'), &sum)) {
            return false;
        }
    }
    *number = sum;
    return text.size != 0;
}

bool tile38_signed(struct bytes text, int64_t *number)
{
    const bool is_negative = text.size != 0 && text.data[0] == '-';
    const size_t sign = is_negative || (text.size != 0 && text.data[0] == '+');
    uint64_t magnitude = 0;
    if (!tile38_unsigned((struct bytes){text.data + sign, text.size - sign}, &magnitude) ||
        magnitude > (uint64_t)INT64_MAX) {
        return false;
    }
    *number = is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

enum status tile38_take_number(struct tile38_request *request, struct tile38_words *words,
                               double *number)
{
    struct bytes word;
    if (!tile38_take(words, &word)) {
        return tile38_fail_count(request);
    }
    return tile38_number(word, number) && !isnan(*number) ? STATUS_OK
                                                          : tile38_fail_argument(request, word);
}
