#include "command/hook_routes.h"

#include <string.h>

#include "command/live_private.h"
#include "deliver/deliver.h"

enum { HOOKS_LIMIT, HOOKS_CURSOR };
enum { HOOK_ID };
enum { LETTERS_ID, LETTERS_LIMIT, LETTERS_CURSOR };

static enum status no_hook(struct call *call, struct fault *fault)
{
    const struct bytes id = call->values[HOOK_ID].text;
    return fault_set(fault, STATUS_NOT_FOUND, "there is no hook '%.*s'",
                     (int)(id.size < 100 ? id.size : 100), (const char *)id.data);
}

static void answer_ok(struct call *call)
{
    call_answer(call, 200);
}

static void answer_nothing(struct call *call)
{
    call_answer(call, 204);
}

// --- One hook ---

struct put_hook {
    bool is_new;
};

static enum status decide_put(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct put_hook *const put = call->state;
    return deliver_hook_put(call->world->deliver, turn, call->values[HOOK_ID].text, call->body,
                            &put->is_new, &call->out, fault);
}

static void answer_put(struct call *call)
{
    const struct put_hook *const put = call->state;
    call_answer(call, put->is_new ? 201 : 200);
}

static void put_run(struct call *call)
{
    call->state = call_take(call, sizeof(struct put_hook));
    if (call->state == NULL) {
        call_fail_memory(call);
        return;
    }
    call_write(call, DURABILITY_DEFAULT, decide_put, answer_put);
}

static enum status decide_get(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    (void)turn;
    return deliver_hook_show(call->world->deliver, call->values[HOOK_ID].text, &call->out) ==
                   STATUS_OK
               ? STATUS_OK
               : no_hook(call, fault);
}

static void get_run(struct call *call)
{
    call_write(call, DURABILITY_COMMIT, decide_get, answer_ok);
}

static enum status decide_delete(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    const enum status status =
        deliver_hook_delete(call->world->deliver, turn, call->values[HOOK_ID].text);
    return status == STATUS_NOT_FOUND ? no_hook(call, fault) : status;
}

static void delete_run(struct call *call)
{
    call_write(call, DURABILITY_DEFAULT, decide_delete, answer_nothing);
}

static enum status change(struct call *call, struct ledger_turn *turn, enum deliver_change what,
                          struct fault *fault)
{
    return deliver_hook_change(call->world->deliver, turn, call->values[HOOK_ID].text, what,
                               &call->out, fault);
}

static enum status decide_pause(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    return change(call, turn, DELIVER_PAUSE, fault);
}

static enum status decide_resume(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    return change(call, turn, DELIVER_RESUME, fault);
}

static enum status decide_redrive(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    return change(call, turn, DELIVER_REDRIVE, fault);
}

static enum status decide_test(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    return change(call, turn, DELIVER_TEST, fault);
}

static void pause_run(struct call *call)
{
    call_write(call, DURABILITY_DEFAULT, decide_pause, answer_ok);
}

static void resume_run(struct call *call)
{
    call_write(call, DURABILITY_DEFAULT, decide_resume, answer_ok);
}

static void redrive_run(struct call *call)
{
    call_write(call, DURABILITY_DEFAULT, decide_redrive, answer_ok);
}

static void test_run(struct call *call)
{
    call_write(call, DURABILITY_DEFAULT, decide_test, answer_ok);
}

// --- Lists ---

static bool read_after(struct call *call, const struct value *cursor, uint64_t salt,
                       struct bytes *after)
{
    struct fault fault = {0};
    *after = (struct bytes){0};
    if (cursor->is_given && cursor_read(call, cursor->text, salt, after, &fault) != STATUS_OK) {
        call_fail(call, 400, "invalid_parameter", "cursor", "%s", fault.text);
        return false;
    }
    return true;
}

struct list_hooks {
    struct bytes after;
    uint64_t salt;
};

static enum status decide_list(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    const struct list_hooks *const list = call->state;
    struct buffer last SCOPED(buffer_free) = {.account = call->world->account};
    struct json_writer json = {.out = &call->out};
    bool has_more = false;
    (void)turn;
    (void)fault;
    json_begin_object(&json);
    JSON_KEY(&json, "hooks");
    json_begin_array(&json);
    deliver_hook_list(call->world->deliver, list->after, (size_t)call->values[HOOKS_LIMIT].whole,
                      &call->out, &last, &has_more);
    json_end_array(&json);
    if (has_more) {
        cursor_write(&json, list->salt, buffer_bytes(&last));
    }
    json_end_object(&json);
    return STATUS_OK;
}

static void list_run(struct call *call)
{
    struct list_hooks *const list = call_take(call, sizeof(*list));
    call->state = list;
    if (list == NULL) {
        call_fail_memory(call);
        return;
    }
    list->salt = cursor_hash(0, BYTES_OF("hooks"));
    if (read_after(call, &call->values[HOOKS_CURSOR], list->salt, &list->after)) {
        call_write(call, DURABILITY_COMMIT, decide_list, answer_ok);
    }
}

// Dead letters: the number of the hook is the ledger's to tell, the rows are the store's.
struct list_letters {
    uint32_t number;
    uint64_t after, salt;
};

static enum status decide_letters(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct list_letters *const list = call->state;
    (void)turn;
    return deliver_hook_number(call->world->deliver, call->values[LETTERS_ID].text,
                               &list->number) == STATUS_OK
               ? STATUS_OK
               : no_hook(call, fault);
}

static enum status toil_letters(struct call *call, struct fault *fault)
{
    struct list_letters *const list = call->state;
    struct json_writer json = {.out = &call->out};
    bool has_more = false;
    json_begin_object(&json);
    JSON_KEY(&json, "dead_letters");
    json_begin_array(&json);
    TRY(deliver_dead_letters(call->world->deliver, list->number, &list->after,
                             (size_t)call->values[LETTERS_LIMIT].whole, &call->out, &has_more,
                             fault));
    json_end_array(&json);
    if (has_more) {
        cursor_write(
            &json, list->salt,
            (struct bytes){.data = (const uint8_t *)&list->after, .size = sizeof(list->after)});
    }
    json_end_object(&json);
    return STATUS_OK;
}

static void work_letters(struct call *call)
{
    call_work(call, toil_letters, answer_ok);
}

static void letters_run(struct call *call)
{
    struct list_letters *const list = call_take(call, sizeof(*list));
    struct bytes after;
    call->state = list;
    if (list == NULL) {
        call_fail_memory(call);
        return;
    }
    list->salt = cursor_hash(cursor_hash(0, BYTES_OF("letters")), call->values[LETTERS_ID].text);
    if (!read_after(call, &call->values[LETTERS_CURSOR], list->salt, &after)) {
        return;
    }
    if (after.size == sizeof(list->after)) {
        memcpy(&list->after, after.data, sizeof(list->after));
    }
    call_write(call, DURABILITY_COMMIT, decide_letters, work_letters);
}

// --- Rows ---

#define ROW_ID                                                                            \
    {                                                                                     \
        .name = "id", .kind = PARAMETER_NAME, .is_required = true, .example = "dispatch", \
        .help = "The id of a hook."                                                       \
    }
#define ROW_LIMIT                                                                \
    {                                                                            \
        .name = "limit", .kind = PARAMETER_COUNT, .minimum = 1, .maximum = 1000, \
        .fallback = "100", .example = "100", .help = "At most so many."          \
    }
#define ROW_CURSOR                                                     \
    {                                                                  \
        .name = "cursor", .kind = PARAMETER_STRING, .example = "AAAA", \
        .help = "The `next` of the page before."                       \
    }

static const struct parameter list_parameters[] = {
    [HOOKS_LIMIT] = ROW_LIMIT, [HOOKS_CURSOR] = ROW_CURSOR};
static const struct parameter hook_parameters[] = {[HOOK_ID] = ROW_ID};
static const struct parameter letters_parameters[] = {
    [LETTERS_ID] = ROW_ID, [LETTERS_LIMIT] = ROW_LIMIT, [LETTERS_CURSOR] = ROW_CURSOR};

#define HOOK "/v1/hooks/{id}"
#define ACTION(name_, summary_, run_)                                                      \
    {                                                                                      \
        .method = HTTP_METHOD_POST, .path = HOOK "/" name_, .name = name_ "_hook",         \
        .summary = (summary_), ROUTE_PARAMETERS(hook_parameters), .answer_schema = "Hook", \
        .needs_live = true, .run = (run_)                                                  \
    }

static const struct route rows[] = {
    {.method = HTTP_METHOD_GET,
     .path = "/v1/hooks",
     .name = "list_hooks",
     .summary = "Lists the hooks, their state and figures.",
     ROUTE_PARAMETERS(list_parameters),
     .answer_schema = "Hooks",
     .needs_live = true,
     .run = list_run},
    {.method = HTTP_METHOD_GET,
     .path = HOOK,
     .name = "get_hook",
     .summary = "Gives a hook's settings, state and figures; of secrets the last four letters.",
     ROUTE_PARAMETERS(hook_parameters),
     .answer_schema = "Hook",
     .needs_live = true,
     .run = get_run},
    {.method = HTTP_METHOD_PUT,
     .path = HOOK,
     .name = "put_hook",
     .summary = "Makes a hook or replaces its settings; deliveries that wait stay. A new hook over "
                "HTTP without secrets gets one, shown in this answer only.",
     ROUTE_PARAMETERS(hook_parameters),
     .body = ROUTE_BODY_JSON,
     .body_schema = "Hook",
     .answer_schema = "Hook",
     .needs_live = true,
     .run = put_run},
    {.method = HTTP_METHOD_DELETE,
     .path = HOOK,
     .name = "delete_hook",
     .summary = "Deletes a hook with everything that waits for it.",
     ROUTE_PARAMETERS(hook_parameters),
     .needs_live = true,
     .run = delete_run},
    ACTION("test", "Sends the hook an event of kind test.", test_run),
    ACTION("pause", "Lets the hook's events wait.", pause_run),
    ACTION("resume", "Goes on: after a pause, after 410 Gone; what failed is tried now.",
           resume_run),
    ACTION("redrive", "Sends the hook's dead letters again.", redrive_run),
    {.method = HTTP_METHOD_GET,
     .path = HOOK "/dead-letters",
     .name = "list_dead_letters",
     .summary = "Lists the events that were given up, and why.",
     ROUTE_PARAMETERS(letters_parameters),
     .answer_schema = "DeadLetters",
     .needs_live = true,
     .run = letters_run},
};

static const char schemas[] =
    "\"Hook\":{\"type\":\"object\",\"properties\":{"
    "\"id\":{\"type\":\"string\"},\"state\":{\"enum\":[\"active\",\"paused\",\"disabled\"]},"
    "\"reason\":{\"type\":\"string\",\"description\":\"Why it is disabled.\"},"
    "\"url\":{\"type\":\"string\",\"description\":\"One URL; or urls.\"},"
    "\"urls\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"description\":\"http, https, "
    "mqtt, mqtts, nats, redis or kafka; several are tried in order until one accepts.\"},"
    "\"secrets\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"description\":\"whsec_ and "
    "base64 (Standard Webhooks); every message carries a signature of each.\"},"
    "\"headers\":{\"type\":\"object\"},"
    "\"fences\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"collections\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"objects\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"kinds\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"batch\":{\"type\":\"integer\",\"description\":\"Events in one request at most; above 1 the "
    "body is an array.\"},\"concurrency\":{\"type\":\"integer\"},"
    "\"max_attempts\":{\"type\":\"integer\",\"description\":\"0: no limit.\"},"
    "\"max_age_s\":{\"type\":\"integer\"},\"timeout_ms\":{\"type\":\"integer\"},"
    "\"retry_ms\":{\"type\":\"integer\"},\"retry_max_ms\":{\"type\":\"integer\"},"
    "\"rate\":{\"type\":\"number\",\"description\":\"Events a second; 0: no limit.\"},"
    "\"created\":{\"type\":\"string\"},\"changed\":{\"type\":\"string\"},"
    "\"figures\":{\"type\":\"object\"}}},"
    "\"Hooks\":{\"type\":\"object\",\"properties\":{\"hooks\":{\"type\":\"array\",\"items\":{"
    "\"$ref\":\"#/components/schemas/Hook\"}},\"next\":{\"type\":\"string\"}}},"
    "\"DeadLetters\":{\"type\":\"object\",\"properties\":{\"dead_letters\":{\"type\":\"array\","
    "\"items\":{\"type\":\"object\",\"properties\":{\"sequence\":{\"type\":\"integer\"},"
    "\"attempts\":{\"type\":\"integer\"},\"given_up\":{\"type\":\"string\"},\"status\":{\"type\":"
    "\"integer\"},\"reason\":{\"type\":\"string\"},\"event\":{\"$ref\":"
    "\"#/components/schemas/Event\"}}}},\"next\":{\"type\":\"string\"}}}";

const struct route_table hook_routes = {rows, COUNT_OF(rows), schemas};
