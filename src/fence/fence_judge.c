// One fix at one zone: conditions, area, and what is raised; then events in order.
#include <stdlib.h>

#include "codec/json_write.h"
#include "fence/fence_private.h"
#include "geo/distance.h"

// Values of names for a fence's filter.
struct filtered {
    const struct judged *judged;
    struct filter_scratch scratch;
};

static struct filter_value value_of_number(float number)
{
    return number < 0 ? (struct filter_value){.kind = FILTER_NULL}
                      : (struct filter_value){.kind = FILTER_NUMBER, .number = (double)number};
}

static struct filter_value value_named(const void *context, struct bytes name)
{
    // The scratch is ours; the machine only knows it as context.
    struct filtered *const filtered = *(struct filtered *const *)context;
    const struct judged *const judged = filtered->judged;
    const struct row *const row = judged->row;
    struct bytes value;
    if (row_field_find(row->fields, name, &value)) {
        return filter_value_of_json(value, &filtered->scratch);
    }
    if (bytes_equal(name, BYTES_OF("id"))) {
        return (struct filter_value){.kind = FILTER_TEXT, .text = judged->id};
    }
    if (bytes_equal(name, BYTES_OF("collection"))) {
        return (struct filter_value){.kind = FILTER_TEXT, .text = judged->collection};
    }
    if (bytes_equal(name, BYTES_OF("geometry"))) {
        return (struct filter_value){.kind = FILTER_SHAPE, .shape = judged->shape};
    }
    if (bytes_equal(name, BYTES_OF("time"))) {
        return (struct filter_value){.kind = FILTER_TIME, .time_us = judged->event_us};
    }
    if (row->has_motion && bytes_equal(name, BYTES_OF("speed"))) {
        return value_of_number(row->speed_mps);
    }
    if (row->has_motion && bytes_equal(name, BYTES_OF("course"))) {
        return value_of_number(row->course_deg);
    }
    if (row->has_motion && bytes_equal(name, BYTES_OF("accuracy"))) {
        return value_of_number(row->accuracy_m);
    }
    return (struct filter_value){.kind = FILTER_NULL};
}

static bool filter_holds(const struct filter *filter, const struct judged *judged)
{
    struct filtered filtered UNINITIALIZED;
    filtered.judged = judged;
    filtered.scratch.used = 0;
    struct filtered *const borrowed = &filtered;
    const struct filter_subject subject = {
        .get = value_named, .context = &borrowed, .now_us = judged->event_us};
    return filter_matches(filter, &subject);
}

bool fence_is_open(struct fence *fence, int64_t at_us, int64_t *until_us)
{
    struct fence_extra *const extra = fence->extra;
    if (at_us < extra->open_from_us || at_us >= extra->open_until_us) {
        extra->is_open = schedule_is_open(&extra->rule.schedule, at_us, &extra->open_until_us);
        extra->open_from_us = at_us;
    }
    *until_us = extra->open_until_us;
    return extra->is_open;
}

static bool speed_holds(const struct rule *rule, const struct row *row)
{
    if (rule->speed_min_mps < 0 && rule->speed_max_mps < 0) {
        return true;
    }
    const double speed_mps = row->has_motion ? (double)row->speed_mps : -1;
    return speed_mps >= 0 && (rule->speed_min_mps < 0 || speed_mps >= rule->speed_min_mps) &&
           (rule->speed_max_mps < 0 || speed_mps <= rule->speed_max_mps);
}

bool fence_conditions_hold(struct fence *fence, const struct judged *judged,
                           enum member_reason *reason)
{
    const struct fence_extra *const extra = fence->extra;
    if (extra == NULL) {
        return true;
    }
    int64_t until_us;
    if (!schedule_is_always(&extra->rule.schedule) &&
        !fence_is_open(fence, judged->event_us, &until_us)) {
        *reason = MEMBER_SCHEDULE;
        return false;
    }
    *reason = MEMBER_CONDITIONS;
    return (extra->rule.match.size == 0 || glob_matches(extra->rule.match, judged->id)) &&
           speed_holds(&extra->rule, judged->row) &&
           (extra->filter == NULL || filter_holds(extra->filter, judged));
}

static void judge_shape(const struct rule *rule, const struct zone *zone,
                        const struct judged *judged, const struct member_state *state,
                        struct relation *relation)
{
    relation->is_inside = shape_intersects(zone->shape, judged->shape);
    if (rule == NULL || (rule->exit_distance_m <= 0 && rule->approach_m <= 0)) {
        return;
    }
    relation->distance_m = relation->is_inside ? 0 : shape_distance_m(zone->shape, judged->shape);
    const double slack_m = state->is_inside ? rule->exit_distance_m : 0;
    relation->is_inside |= slack_m > 0 && relation->distance_m <= slack_m;
    relation->is_near =
        rule->approach_m > 0 &&
        relation->distance_m <= rule->approach_m + (state->is_near ? rule->exit_distance_m : 0);
}

static bool is_crossing(const struct zone *zone, const struct judged *judged)
{
    return (zone->fence->member.events >> EVENT_CROSS & 1) != 0 && judged->has_before &&
           shape_meets_segment(zone->shape, judged->before, judged->point);
}

struct member_fix fence_judge(struct fences *fences, struct zone *zone, const struct judged *judged,
                              const struct member_state *state, struct raised *like)
{
    struct fence *const fence = zone->fence;
    const struct rule *const rule = fence->extra == NULL ? NULL : &fence->extra->rule;
    struct relation relation = {.distance_m = -1};
    struct member_fix fix = {
        .event_us = judged->event_us, .arrival_us = judged->arrival_us, .reason = MEMBER_MOVED};
    fences->test_count++;
    const bool holds = fence_conditions_hold(fence, judged, &fix.reason);
    if (holds && judged->has_place && zone->shape.bytes.size != 0) {
        fix.reason = MEMBER_MOVED;
        if (judged->shape.bytes.size != 0 && judged->row->kind != ROW_POINT) {
            judge_shape(rule, zone, judged, state, &relation);
        } else if (rule == NULL) {
            relation.is_inside =
                zone->is_certain || shape_contains_point(zone->shape, judged->point);
        } else {
            relation = relation_of(rule, zone->shape, judged->point, judged->accuracy_m,
                                   state->is_inside, state->is_near, zone->is_certain);
        }
        fix.is_crossing = !relation.is_inside && is_crossing(zone, judged);
    }
    fix.is_inside = relation.is_inside;
    fix.is_near = relation.is_near;
    *like = (struct raised){.zone = zone,
                            .confidence = relation.confidence,
                            .distance_m = relation.distance_m,
                            .flags = judged->flags};
    return fix;
}

// Events. -------------------------------------------------------------------------------------------

static unsigned rank_of(enum event_kind kind)
{
    static const uint8_t RANKS[EVENT_KIND_COUNT] = {
        [EVENT_DWELL] = 1, [EVENT_EXIT] = 2,     [EVENT_OUTSIDE] = 3, [EVENT_CROSS] = 4,
        [EVENT_ENTER] = 5, [EVENT_APPROACH] = 6, [EVENT_INSIDE] = 7,
    };
    return RANKS[kind];
}

void fence_raise(struct fences *fences, const struct member_events *events,
                 const struct raised *like)
{
    for (unsigned i = 0; i < events->count; i++) {
        if (!memory_grow(fences->account, &fences->raised, &fences->raised_capacity,
                         fences->raised_count + 1, sizeof *fences->raised)) {
            return; // the account is for fences; what one change raises is a few rows of it
        }
        struct raised *const raised = &fences->raised[fences->raised_count++];
        *raised = *like;
        raised->event = events->list[i];
        raised->rank = rank_of(events->list[i].kind);
    }
}

// By the moment first: what a late fix inserts, or a deadline that has passed, lies before the fix.
static int raised_order(const void *left, const void *right)
{
    const struct raised *const one = left;
    const struct raised *const other = right;
    if (one->event.event_us != other->event.event_us) {
        return one->event.event_us < other->event.event_us ? -1 : 1;
    }
    if (one->rank != other->rank) {
        return one->rank < other->rank ? -1 : 1;
    }
    const int by_fence = bytes_compare(one->zone->fence->id, other->zone->fence->id);
    return by_fence != 0 ? by_fence : bytes_compare(one->zone->id, other->zone->id);
}

static void write_properties(struct bytes names, struct bytes fields, struct buffer *out)
{
    buffer_clear(out);
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    struct bytes name;
    bool has_any = false;
    while (rule_list_next(&names, &name)) {
        struct bytes value;
        if (row_field_find(fields, name, &value)) {
            json_key(&json, name);
            json_raw(&json, value);
            has_any = true;
        }
    }
    json_end_object(&json);
    if (!has_any) {
        buffer_clear(out);
    }
}

static void emit_one(struct fences *fences, const struct judged *judged,
                     const struct raised *raised, const struct fence_sink *sink)
{
    const struct fence *const fence = raised->zone->fence;
    struct event event = {
        .kind = raised->event.kind,
        .collection = judged->collection,
        .object = judged->id,
        .fence = fence->id,
        .other = raised->zone->id,
        .event_us = raised->event.event_us,
        .arrival_us = judged->arrival_us,
        .point = judged->point,
        .confidence = raised->confidence,
        .dwell_us = raised->event.dwell_us,
        .distance_m = -1,
        .flags = raised->flags,
    };
    if (bytes_equal(event.other, judged->id)) { // the pair is kept by its other end
        event.other = raised->other;
    }
    if (event.kind == EVENT_EXIT) {
        event.reason = bytes_from_text(member_reason_name(raised->event.reason));
    }
    if (event.kind == EVENT_APPROACH || fence->area == RULE_NEAR) {
        event.distance_m = raised->distance_m;
    }
    if (event.kind == EVENT_INSIDE && (fence->member.events >> EVENT_ROAM & 1) != 0) {
        event.kind = EVENT_ROAM;
    }
    if (fence->extra != NULL && fence->extra->rule.properties.size != 0 && judged->row != NULL) {
        write_properties(fence->extra->rule.properties, judged->row->fields, &fences->payload);
        event.payload = buffer_bytes(&fences->payload);
    }
    sink->emit(sink->context, judged->turn, &event);
}

void fence_emit(struct fences *fences, const struct judged *judged, const struct fence_sink *sink)
{
    if (fences->raised_count > 1) {
        qsort(fences->raised, fences->raised_count, sizeof *fences->raised, raised_order);
    }
    for (size_t i = 0; i < fences->raised_count; i++) {
        emit_one(fences, judged, &fences->raised[i], sink);
    }
    fences->event_count += fences->raised_count;
    fences->raised_count = 0;
}

bool judged_begin(struct judged *judged, const struct row *row, int64_t now_us)
{
    judged->row = row;
    judged->has_place = row->kind != ROW_STRING;
    judged->shape = row_shape(row, judged->scratch);
    judged->point = row->point;
    judged->accuracy_m = row->has_motion ? (double)row->accuracy_m : -1;
    struct fix fix = {.event_us = row->event_us == 0 ? now_us : row->event_us,
                      .arrival_us = now_us};
    judged->flags = fix_bound(&fix) ? EVENT_FUTURE : 0;
    judged->event_us = fix.event_us;
    judged->arrival_us = now_us;
    return row->event_us != 0 && row->event_us != row->arrival_us;
}

struct judged judged_now(struct fences *fences, struct ledger_turn *turn,
                         const struct subject *subject, struct row *row)
{
    struct judged judged = {.turn = turn,
                            .id = subject_id(subject),
                            .number = subject->collection,
                            .event_us = turn->now_us,
                            .arrival_us = turn->now_us};
    if (fences->live == NULL) { // a backfill: the last fix
        judged.collection = fences->past_collection;
        judged.row = fences->past_row;
        judged.point = fences->past_row->point;
        return judged;
    }
    const struct collection *const collection =
        live_collection_numbered(live_view_working(fences->live), subject->collection);
    const struct object *const object =
        collection == NULL ? NULL : collection_find(collection, judged.id);
    if (object != NULL) {
        judged.collection = collection_name(collection);
        object_row(object, row);
        judged.row = row;
        judged.point = row->point;
    }
    return judged;
}
