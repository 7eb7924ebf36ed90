// History: where an object was, read from the store on a worker.
#include <string.h>

#include "command/live_feature.h"
#include "command/live_private.h"

struct history {
    uint32_t collection;
    struct history_range range;
    struct json_writer json;
    uint64_t salt;
    size_t limit, count;
    // The last fix given, and how many of its instant were: several fixes may have one event time.
    int64_t last_us;
    uint32_t last_count;
    // The same of the page before; skipped.
    int64_t after_us;
    uint32_t skip_count;
    bool has_after, has_more;
    struct call *call;
};

static bool on_past(void *context, int64_t event_us, const struct row *row)
{
    struct history *const history = context;
    if (history->has_after && event_us == history->after_us && history->skip_count > 0) {
        history->skip_count--;
        history->last_count++;
        history->last_us = event_us;
        return true;
    }
    if (history->count == history->limit) {
        history->has_more = true;
        return false;
    }
    history->last_count = event_us == history->last_us ? history->last_count + 1 : 1;
    history->last_us = event_us;
    history->count++;
    struct row shown = *row;
    shown.event_us = event_us;
    feature_write(&history->json, history->call->values[HISTORY_ID].text, &shown, (struct bytes){0},
                  -1);
    return true;
}

static enum status toil(struct call *call, struct fault *fault)
{
    struct history *const history = call->state;
    struct json_writer *const json = &history->json;
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "FeatureCollection");
    JSON_KEY(json, "features");
    json_begin_array(json);
    const enum status status =
        live_history(call->world->live, history->collection, call->values[HISTORY_ID].text,
                     &history->range, on_past, history, fault);
    if (status != STATUS_OK) {
        buffer_clear(&call->out);
        return status;
    }
    json_end_array(json);
    if (history->has_more) {
        uint8_t position[12];
        memcpy(position, &history->last_us, 8);
        memcpy(position + 8, &history->last_count, 4);
        cursor_write(json, history->salt,
                     (struct bytes){.data = position, .size = sizeof(position)});
    }
    json_end_object(json);
    return STATUS_OK;
}

static void answer_history(struct call *call)
{
    call_answer(call, 200);
}

static enum status read_cursor(struct call *call, struct history *history, struct fault *fault)
{
    static const unsigned asked[] = {HISTORY_COLLECTION, HISTORY_ID, HISTORY_FROM, HISTORY_UNTIL,
                                     HISTORY_ORDER};
    struct bytes position = {0};
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        history->salt = cursor_hash(history->salt, call->values[asked[i]].text);
    }
    if (!call->values[HISTORY_CURSOR].is_given) {
        return STATUS_OK;
    }
    TRY(cursor_read(call, call->values[HISTORY_CURSOR].text, history->salt, &position, fault));
    if (position.size != 12) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "cursor: it is cut short");
    }
    memcpy(&history->after_us, position.data, 8);
    memcpy(&history->skip_count, position.data + 8, 4);
    history->has_after = true;
    if (history->range.is_descending) {
        history->range.until_us = history->after_us + 1;
    } else {
        history->range.from_us = history->after_us;
    }
    return STATUS_OK;
}

void history_run(struct call *call)
{
    const struct value *const values = call->values;
    struct fault fault = {0};
    if (call->world->is_volatile) {
        call_fail(call, 501, "no_history", "",
                  "with --data :memory: no history is kept; start the server with --data DIR");
        return;
    }
    const struct collection *const collection =
        live_find_collection(call, values[HISTORY_COLLECTION].text);
    if (collection == NULL) {
        return;
    }
    struct history *const history = call_take(call, sizeof(*history));
    if (history == NULL) {
        call_fail_memory(call);
        return;
    }
    *history = (struct history){
        .collection = collection_number(collection),
        .range = {.from_us = values[HISTORY_FROM].is_given ? values[HISTORY_FROM].whole : INT64_MIN,
                  .until_us =
                      values[HISTORY_UNTIL].is_given ? values[HISTORY_UNTIL].whole : INT64_MAX,
                  .is_descending = values[HISTORY_ORDER].whole == 1},
        .json = {.out = &call->out},
        .limit = (size_t)values[HISTORY_LIMIT].whole,
        .last_us = INT64_MIN,
        .call = call,
    };
    call->state = history;
    if (read_cursor(call, history, &fault) != STATUS_OK) {
        call_fail(call, 400, "invalid_parameter", "cursor", "%s", fault.text);
        return;
    }
    call_work(call, toil, answer_history);
}
