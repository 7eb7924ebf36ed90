// What would fire: for one fix now, and over stored history.
#include "command/fence_private.h"
#include "command/live_feature.h"
#include "command/live_fix.h"
#include "sys/clock.h"

void fence_events_emit(void *context, struct ledger_turn *turn, struct event *event)
{
    struct fence_events *const events = context;
    (void)turn;
    if (events->count == events->limit) {
        events->has_more = true;
        return;
    }
    if (events->count++ != 0) {
        buffer_append_u8(events->json.out, ',');
    }
    event_write_json(event, 0, events->json.out);
}

// --- One fix ---

struct try_fix {
    struct fix_report fix;
    struct buffer row, fields;
};

static void release_try(struct call *call)
{
    struct try_fix *const state = call->state;
    buffer_free(&state->row);
    buffer_free(&state->fields);
}

static enum status make_row(struct call *call, struct try_fix *state, int64_t now_us,
                            struct fault *fault)
{
    const struct fix_report *const fix = &state->fix;
    struct row row = {.has_z = fix->has_altitude,
                      .z = fix->altitude_m,
                      .event_us = fix->has_time ? fix->event_us : now_us,
                      .arrival_us = now_us,
                      .has_motion = true,
                      .accuracy_m = fix->accuracy_m,
                      .speed_mps = fix->speed_mps,
                      .course_deg = fix->course_deg};
    TRY(feature_set_point(&row, fix->lng_deg, fix->lat_deg, fault));
    TRY(feature_merge_fields((struct bytes){0}, fix->properties, call->world->account,
                             &state->fields, fault));
    row.fields = buffer_bytes(&state->fields);
    row_write(&row, &state->row);
    return buffer_status(&state->row) == STATUS_OK
               ? STATUS_OK
               : fault_set(fault, STATUS_NO_MEMORY, "no memory for the fix");
}

static enum status decide_try(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct try_fix *const state = call->state;
    struct fence_events events = {.json = {.out = &call->out}, .limit = 10000};
    TRY(make_row(call, state, turn->now_us, fault));
    buffer_append_text(&call->out, "{\"events\":[");
    TRY(fences_try(call->world->fences, turn->now_us, call->values[TRY_COLLECTION].text,
                   state->fix.id, buffer_bytes(&state->row),
                   &(struct fence_sink){.emit = fence_events_emit, .context = &events}, fault));
    buffer_append_text(&call->out, "]}");
    return STATUS_OK;
}

void fence_try_run(struct call *call)
{
    struct fault fault = {0};
    struct try_fix *const state = call_take(call, sizeof(*state));
    if (state == NULL) {
        call_fail_memory(call);
        return;
    }
    state->row.account = state->fields.account = call->world->account;
    call->state = state;
    call->release = release_try;
    const enum status status = fix_read(call, call->body, &state->fix, &fault);
    if (status != STATUS_OK) {
        live_fail_body(call, status, &fault);
        return;
    }
    call_write(call, DURABILITY_COMMIT, decide_try, fence_answer_ok);
}

// --- History ---

struct past_fences {
    struct rule rule;
    struct buffer space; // of the rule
    struct buffer shape; // of its place
    struct history_range range;
    struct fence_events events;
    struct backfill *backfill;
    struct live_pin pin;
    enum status status;
    bool is_announced;
};

static void release_past(struct call *call)
{
    struct past_fences *const past = call->state;
    backfill_free(past->backfill);
    buffer_free(&past->space);
    buffer_free(&past->shape);
}

static bool on_past(void *context, struct bytes id, int64_t event_us, const struct row *row)
{
    struct past_fences *const past = context;
    struct row fix = *row;
    fix.event_us = event_us;
    past->status = backfill_fix(past->backfill, id, &fix);
    return past->status == STATUS_OK && !past->events.has_more;
}

static bool on_area(void *context, const struct object *object)
{
    struct past_fences *const past = context;
    uint8_t scratch[ROW_SCRATCH_SIZE];
    past->status = backfill_area(past->backfill, object_id(object), object_shape(object, scratch));
    return past->status == STATUS_OK;
}

static enum status run_past(struct call *call, struct past_fences *past, struct live_view view,
                            struct fault *fault)
{
    const struct collection *const subjects = live_collection(view, past->rule.collection);
    const struct collection *const areas = past->rule.area == RULE_COLLECTION
                                               ? live_collection(view, past->rule.area_collection)
                                               : NULL;
    if (subjects == NULL) {
        return fault_set(fault, STATUS_NOT_FOUND, "there is no collection '%.*s'",
                         (int)past->rule.collection.size, (const char *)past->rule.collection.data);
    }
    if (areas != NULL) {
        collection_scan(areas, &(struct live_scan){0}, on_area, past);
    }
    TRY(past->status);
    TRY(live_history_all(call->world->live, collection_number(subjects), &past->range, on_past,
                         past, fault));
    TRY(past->status);
    if (!past->events.has_more) {
        backfill_end(past->backfill);
    }
    return STATUS_OK;
}

static enum status toil_past(struct call *call, struct fault *fault)
{
    struct past_fences *const past = call->state;
    const struct fence_sink sink = {.emit = fence_events_emit, .context = &past->events};
    past->events.json.out = &call->out;
    TRY(backfill_new(&past->rule, past->range.until_us, call->world->account, &sink,
                     &past->backfill, fault));
    buffer_append_text(&call->out, "{\"events\":[");
    const struct live_view view = live_pin_take(call->world->live, &past->pin);
    const enum status status = run_past(call, past, view, fault);
    live_pin_give(call->world->live, &past->pin);
    if (status != STATUS_OK) {
        buffer_clear(&call->out);
        return status == STATUS_NO_MEMORY ? fault_set(fault, status, "no memory for the backfill")
                                          : status;
    }
    buffer_append_text(&call->out, past->events.has_more ? "],\"has_more\":true}" : "]}");
    return STATUS_OK;
}

static void work_past(struct call *call)
{
    call_work(call, toil_past, fence_answer_ok);
}

static struct past_fences *begin_past(struct call *call, unsigned from, unsigned until,
                                      unsigned limit)
{
    if (call->world->is_volatile) {
        call_fail(call, 400, "no_history", "",
                  "--data :memory: keeps no history: give --data a folder");
        return NULL;
    }
    struct past_fences *const past = call_take(call, sizeof(*past));
    if (past == NULL) {
        call_fail_memory(call);
        return NULL;
    }
    past->space.account = past->shape.account = call->world->account;
    past->range.from_us = call->values[from].is_given ? call->values[from].whole : 0;
    past->range.until_us =
        call->values[until].is_given ? call->values[until].whole : sys_wall_us(call->world->sys);
    past->events.limit = (size_t)call->values[limit].whole;
    call->state = past;
    call->release = release_past;
    return past;
}

// The rule of a fence that runs: copied on the ledger's thread.
static enum status decide_rule(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct past_fences *const past = call->state;
    struct rule rule;
    (void)turn;
    if (!fence_find(call->world->fences, call->values[BACKFILL_ID].text, &rule)) {
        return fence_missing(call->values[BACKFILL_ID].text, fault);
    }
    rule_encode(&rule, &past->space);
    TRY(buffer_status(&past->space));
    return rule_decode(buffer_bytes(&past->space), &past->rule, fault);
}

void fence_backfill_run(struct call *call)
{
    if (begin_past(call, BACKFILL_FROM, BACKFILL_UNTIL, BACKFILL_LIMIT) != NULL) {
        call_write(call, DURABILITY_COMMIT, decide_rule, work_past);
    }
}

void fence_draft_run(struct call *call)
{
    struct fault fault = {0};
    struct past_fences *const past = begin_past(call, DRAFT_FROM, DRAFT_UNTIL, DRAFT_LIMIT);
    if (past == NULL) {
        return;
    }
    past->rule.id = BYTES_OF("draft");
    enum status status = rule_read(call->body, call->world->account, &past->rule,
                                   &past->is_announced, &past->space, &fault);
    if (status == STATUS_OK) {
        status = fence_place_find(call, &past->rule, &past->shape, &fault);
    }
    if (status != STATUS_OK) {
        live_fail_body(call, status, &fault);
        return;
    }
    work_past(call);
}
