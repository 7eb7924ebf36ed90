// Track: fixes in, one or many, in several dialects; one turn a request.
#include <stdio.h>

#include "codec/json_slice.h"
#include "command/live_feature.h"
#include "command/live_fix.h"
#include "command/live_private.h"
#include "event/event.h"
#include "fence/fence.h"

enum { FIXES_MAX = 10000 };

enum outcome { OUTCOME_STORED, OUTCOME_LATE, OUTCOME_DUPLICATE, OUTCOME_REFUSED };

struct tracked {
    struct fix_report fix;
    enum outcome outcome;
    bool is_future; // its time was beyond what clocks may differ by
    char message[120];
};

struct track {
    struct bytes collection;
    struct tracked *fixes;
    size_t count, capacity;
    struct buffer fields, encoded; // of one fix, on the ledger's thread
    bool is_single;
};

static void release_track(struct call *call)
{
    struct track *const track = call->state;
    memory_give(track->fixes);
    buffer_free(&track->fields);
    buffer_free(&track->encoded);
}

static struct track *begin_track(struct call *call, struct bytes collection)
{
    struct track *const track = call_take(call, sizeof(*track));
    if (track == NULL) {
        call_fail_memory(call);
        return NULL;
    }
    track->collection = collection;
    track->fields.account = track->encoded.account = call->world->account;
    call->state = track;
    call->release = release_track;
    return track;
}

static enum status add_fix(struct call *call, struct tracked **added, struct fault *fault)
{
    struct track *const track = call->state;
    if (track->count == FIXES_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "a body holds at most %d fixes", FIXES_MAX);
    }
    if (!memory_grow(call->world->account, &track->fixes, &track->capacity, track->count + 1,
                     sizeof(*track->fixes))) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the fixes");
    }
    *added = &track->fixes[track->count++];
    **added = (struct tracked){0};
    return STATUS_OK;
}

// --- On the ledger's thread ---

static void set_motion(const struct fix_report *fix, struct row *row)
{
    row->has_motion = fix->accuracy_m >= 0 || fix->speed_mps >= 0 || fix->course_deg >= 0;
    row->accuracy_m = fix->accuracy_m;
    row->speed_mps = fix->speed_mps;
    row->course_deg = fix->course_deg;
}

static enum status make_row(struct call *call, const struct tracked *tracked,
                            const struct fix *times, struct bytes fields, struct fault *fault)
{
    struct track *const track = call->state;
    const struct fix_report *const report = &tracked->fix;
    struct row row = {.has_z = report->has_altitude,
                      .z = report->altitude_m,
                      .event_us = times->event_us,
                      .arrival_us = times->arrival_us};
    buffer_clear(&track->fields);
    buffer_clear(&track->encoded);
    TRY(feature_set_point(&row, report->lng_deg, report->lat_deg, fault));
    set_motion(report, &row);
    TRY(feature_merge_fields(fields, report->properties, call->world->account, &track->fields,
                             fault));
    row.fields = buffer_bytes(&track->fields);
    row_write(&row, &track->encoded);
    return buffer_status(&track->encoded) == STATUS_OK
               ? STATUS_OK
               : fault_set(fault, STATUS_NO_MEMORY, "no memory for the fix");
}

// What a fix is by its time, of an object that is there.
static enum outcome order_of(const struct call *call, const struct fix_report *report,
                             const struct row *before, int64_t event_us)
{
    const struct track *const track = call->state;
    if (!report->has_time) {
        return OUTCOME_STORED;
    }
    if (call->world->fences != NULL) { // knows the times of the last fixes
        static const enum outcome outcomes[] = {[FENCE_IN_ORDER] = OUTCOME_STORED,
                                                [FENCE_LATE] = OUTCOME_LATE,
                                                [FENCE_DUPLICATE] = OUTCOME_DUPLICATE};
        return outcomes[fences_order(call->world->fences, track->collection, report->id, event_us)];
    }
    return event_us == before->event_us  ? OUTCOME_DUPLICATE
           : event_us < before->event_us ? OUTCOME_LATE
                                         : OUTCOME_STORED;
}

// A fix that is older than what is known: into the history, and before the fences.
static enum status store_late(struct call *call, struct ledger_turn *turn, struct bytes id,
                              struct bytes row)
{
    const struct track *const track = call->state;
    TRY(live_put_past(call->world->live, turn, track->collection, id, row));
    if (call->world->fences != NULL) {
        (void)fences_late(call->world->fences, turn, track->collection, id, row);
    }
    return STATUS_OK;
}

// Stores one fix: over what is known of the object, unless something newer is.
static enum status store_fix(struct call *call, struct ledger_turn *turn, struct tracked *tracked,
                             struct fault *fault)
{
    const struct track *const track = call->state;
    const struct fix_report *const report = &tracked->fix;
    const struct collection *collection = NULL;
    struct fix times = {.arrival_us = turn->now_us,
                        .event_us = report->has_time ? report->event_us : turn->now_us};
    struct row before = {0};
    tracked->is_future = fix_bound(&times);
    TRY(live_need_collection(call, turn, track->collection, &collection, fault));
    const struct object *const object = collection_find(collection, report->id);
    if (object != NULL) {
        object_row(object, &before);
        tracked->outcome = order_of(call, report, &before, times.event_us);
    }
    if (tracked->outcome == OUTCOME_DUPLICATE) {
        return STATUS_OK;
    }
    TRY(make_row(call, tracked, &times, before.fields, fault));
    const struct bytes row = buffer_bytes(&track->encoded);
    return tracked->outcome == OUTCOME_LATE ? store_late(call, turn, report->id, row)
                                            : live_put(call->world->live, turn, track->collection,
                                                       report->id, row, "set", fault);
}

// Asks memory for the objects of the fixes from `first` on; returns behind which of them.
static size_t foresee(const struct call *call, size_t first)
{
    enum { AHEAD = 64 };
    const struct track *const track = call->state;
    struct live_name names[AHEAD];
    size_t count = 0;
    for (; count < AHEAD && first + count < track->count; count++) {
        names[count] = (struct live_name){.collection = track->collection,
                                          .id = track->fixes[first + count].fix.id};
    }
    if (count > 1) {
        live_foresee(call->world->live, names, count);
    }
    return first + count;
}

static enum status decide_track(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct track *const track = call->state;
    enum status last = STATUS_OK;
    for (size_t i = 0, foreseen = 0; i < track->count; i++) {
        struct tracked *const tracked = &track->fixes[i];
        struct fault why = {0};
        foreseen = i == foreseen ? foresee(call, i) : foreseen;
        if (tracked->outcome == OUTCOME_REFUSED) {
            continue;
        }
        const enum status status = store_fix(call, turn, tracked, &why);
        if (status != STATUS_OK) {
            tracked->outcome = OUTCOME_REFUSED;
            (void)snprintf(tracked->message, sizeof(tracked->message), "%.110s", why.text);
            last = status;
            *fault = why;
        }
    }
    return track->count == 1 ? last : STATUS_OK;
}

// --- Answers ---

static void write_outcome(struct json_writer *json, const struct tracked *tracked)
{
    static const char *const names[] = {"stored", "late", "duplicate", "refused"};
    json_begin_object(json);
    JSON_KEY(json, "id");
    json_text(json, tracked->fix.id);
    JSON_KEY(json, "status");
    json_text_of(json, names[tracked->outcome]);
    if (tracked->is_future) {
        JSON_KEY(json, "future");
        json_bool(json, true);
    }
    if (tracked->outcome == OUTCOME_REFUSED) {
        JSON_KEY(json, "message");
        json_text_of(json, tracked->message);
    }
    json_end_object(json);
}

static void answer_track(struct call *call)
{
    const struct track *const track = call->state;
    struct json_writer json = {.out = &call->out};
    size_t refused = 0;
    for (size_t i = 0; i < track->count; i++) {
        refused += track->fixes[i].outcome == OUTCOME_REFUSED ? 1 : 0;
    }
    json_begin_object(&json);
    JSON_KEY(&json, "accepted");
    json_unsigned(&json, track->count - refused);
    JSON_KEY(&json, "refused");
    json_unsigned(&json, refused);
    JSON_KEY(&json, "results");
    json_begin_array(&json);
    for (size_t i = 0; i < track->count; i++) {
        write_outcome(&json, &track->fixes[i]);
    }
    json_end_array(&json);
    json_end_object(&json);
    call_answer(call, 200);
}

// What clients of OwnTracks expect: a list of what to show, of which there is nothing.
static void answer_owntracks(struct call *call)
{
    buffer_append_text(&call->out, "[]");
    call_answer(call, 200);
}

static void answer_osmand(struct call *call)
{
    call->content_type = "text/plain; charset=utf-8";
    call_answer(call, 200);
}

// --- Our own dialect ---

static enum status read_one(struct call *call, struct bytes text, struct fault *fault)
{
    struct tracked *tracked = NULL;
    struct fault why = {0};
    TRY(add_fix(call, &tracked, fault));
    const struct bytes type = json_slice_find(text, BYTES_OF("_type"));
    const enum status status =
        type.data == NULL ? fix_read(call, text, &tracked->fix, &why)
                          : fix_read_owntracks(call, text, (struct bytes){0}, &tracked->fix, &why);
    if (status != STATUS_OK) {
        const struct bytes id = json_slice_find(text, BYTES_OF("id"));
        tracked->outcome = OUTCOME_REFUSED;
        (void)snprintf(tracked->message, sizeof(tracked->message), "%.110s", why.text);
        if (id.data != NULL) {
            status_ignore(fix_read_id(call, id, &tracked->fix.id, NULL), "it may be what is wrong");
        }
    }
    const struct track *const track = call->state;
    if (status == STATUS_NO_MEMORY || track->is_single) {
        *fault = why;
        return status;
    }
    return STATUS_OK;
}

static enum status read_fixes(struct call *call, struct fault *fault)
{
    struct track *const track = call->state;
    TRY(feature_check_json(call->body, call->world->account, fault));
    const struct bytes text = json_slice_trim(call->body);
    struct bytes rest = text;
    struct bytes item;
    if (text.data[0] == '{') {
        rest = json_slice_find(text, BYTES_OF("fixes"));
        rest = rest.data != NULL ? rest : json_slice_find(text, BYTES_OF("features"));
        if (rest.data == NULL || rest.data[0] != '[') {
            track->is_single = true;
            return read_one(call, text, fault);
        }
    }
    if (rest.data[0] != '[') {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the body is a fix, or an array of fixes");
    }
    while (json_slice_item(&rest, &item)) {
        TRY(read_one(call, item, fault));
    }
    return STATUS_OK;
}

void track_run(struct call *call)
{
    struct fault fault = {0};
    if (begin_track(call, call->values[TRACK_COLLECTION].text) == NULL) {
        return;
    }
    const enum status status = read_fixes(call, &fault);
    if (status != STATUS_OK) {
        live_fail_body(call, status, &fault);
        return;
    }
    const size_t count = ((struct track *)call->state)->count;
    if (count > 1 && !call_charge(call, count - 1)) {
        return;
    }
    call_write(
        call,
        live_durability(call, &call->values[TRACK_DURABILITY], call->values[TRACK_COLLECTION].text),
        decide_track, answer_track);
}

// --- Other dialects ---

// "USER/DEVICE" of the query or of the headers; size 0: not said.
static struct bytes owntracks_device(struct call *call)
{
    const struct bytes user = call->values[OWNTRACKS_USER].is_given
                                  ? call->values[OWNTRACKS_USER].text
                                  : call->fields[HTTP_FIELD_LIMIT_USER];
    const struct bytes device = call->values[OWNTRACKS_DEVICE].is_given
                                    ? call->values[OWNTRACKS_DEVICE].text
                                    : call->fields[HTTP_FIELD_LIMIT_DEVICE];
    if (user.size == 0 || device.size == 0) {
        return user.size != 0 ? user : device;
    }
    uint8_t *const joined = call_take(call, user.size + device.size + 1);
    if (joined == NULL) {
        return (struct bytes){0};
    }
    memcpy(joined, user.data, user.size);
    joined[user.size] = '/';
    memcpy(joined + user.size + 1, device.data, device.size);
    return (struct bytes){.data = joined, .size = user.size + device.size + 1};
}

void track_owntracks_run(struct call *call)
{
    struct fault fault = {0};
    struct tracked *tracked = NULL;
    if (begin_track(call, call->values[OWNTRACKS_COLLECTION].text) == NULL) {
        return;
    }
    enum status status = feature_check_json(call->body, call->world->account, &fault);
    if (status == STATUS_OK) {
        status = add_fix(call, &tracked, &fault);
    }
    if (status == STATUS_OK) {
        status =
            fix_read_owntracks(call, call->body, owntracks_device(call), &tracked->fix, &fault);
    }
    if (status == STATUS_NOT_FOUND) {
        answer_owntracks(call); // a waypoint, a farewell: taken and of no use
    } else if (status != STATUS_OK) {
        live_fail_body(call, status, &fault);
    } else {
        call_write(call, live_durability(call, NULL, call->values[OWNTRACKS_COLLECTION].text),
                   decide_track, answer_owntracks);
    }
}

void track_osmand_run(struct call *call)
{
    struct fault fault = {0};
    struct tracked *tracked = NULL;
    if (begin_track(call, call->values[0].text) == NULL) {
        return;
    }
    enum status status = add_fix(call, &tracked, &fault);
    if (status == STATUS_OK) {
        status = fix_read_osmand(call, live_osmand_parameters, live_osmand_parameter_count,
                                 call->values, &tracked->fix, &fault);
    }
    if (status != STATUS_OK) {
        live_fail_body(call, status, &fault);
        return;
    }
    call_write(call, live_durability(call, NULL, call->values[0].text), decide_track,
               answer_osmand);
}
