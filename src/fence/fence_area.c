// Areas that come, change and go; who is in them by that.
#include "fence/fence_private.h"

static void member_erase(struct fences *fences, struct ledger_turn *turn, struct member *member,
                         struct bytes before)
{
    struct subject *const subject = member->subject;
    member_key(&fences->key, member);
    fence_row_delete(fences, turn, TABLE_MEMBER, buffer_bytes(&fences->key), before);
    member_free(fences, member);
    subject_give(fences, subject);
}

void fence_zone_end(struct fences *fences, struct ledger_turn *turn, struct zone *zone,
                    enum member_reason reason, bool is_announced)
{
    while (zone->members != NULL) {
        struct member *const member = zone->members;
        struct member_events events = {0};
        struct buffer before SCOPED(buffer_free) = {.account = fences->account};
        struct row row;
        member_encode(&member->state, &before);
        const struct judged judged = judged_now(fences, turn, member->subject, &row);
        member_on_end(&zone->fence->member, &member->state, turn->now_us, reason, &events);
        if (is_announced) {
            fence_raise(fences, &events, &(struct raised){.zone = zone, .distance_m = -1});
            fence_emit(fences, &judged, &fences->sink);
        }
        member_erase(fences, turn, member, buffer_bytes(&before));
    }
}

// By an edit, sides change at once and what was pending is forgotten.
static void member_edit(struct fences *fences, struct ledger_turn *turn, struct member *member,
                        bool is_announced)
{
    struct zone *const zone = member->zone;
    struct member_state state = member->state;
    struct member_events events = {0};
    struct row row;
    struct judged judged = judged_now(fences, turn, member->subject, &row);
    struct raised like = {.zone = zone, .distance_m = -1};
    state.pending_count = 0;
    if (judged.row != NULL) {
        (void)judged_begin(&judged, &row, turn->now_us);
        judged.event_us = turn->now_us;
        const struct member_fix fix = fence_judge(fences, zone, &judged, &state, &like);
        state.is_near = fix.is_near;
        if (state.is_inside && !fix.is_inside) {
            member_on_end(&zone->fence->member, &state, turn->now_us, MEMBER_FENCE_CHANGED,
                          &events);
        }
    }
    if (is_announced) {
        fence_raise(fences, &events, &like);
        fence_emit(fences, &judged, &fences->sink);
    }
    struct subject *subject = member->subject;
    member_settle(fences, &judged, &subject, zone, member, &state);
    subject_give(fences, subject);
}

struct beginning {
    struct fences *fences;
    struct ledger_turn *turn;
    struct zone *zone;
    bool is_announced;
};

static bool begin_one(void *context, const struct object *object)
{
    const struct beginning *const beginning = context;
    struct fences *const fences = beginning->fences;
    struct zone *const zone = beginning->zone;
    const struct bytes id = object_id(object);
    struct subject *subject = subject_find(fences, object_collection(object), id);
    struct member *const member = subject == NULL ? NULL : member_find(subject, zone);
    if (member != NULL && member->state.is_inside) {
        return true;
    }
    struct row row;
    object_row(object, &row);
    struct judged judged = {.turn = beginning->turn,
                            .collection = zone->fence->watch->name,
                            .id = id,
                            .number = object_collection(object)};
    (void)judged_begin(&judged, &row, beginning->turn->now_us);
    judged.event_us = beginning->turn->now_us;
    struct member_state state = member == NULL ? member_new() : member->state;
    struct raised like;
    const struct member_fix fix = fence_judge(fences, zone, &judged, &state, &like);
    if (!fix.is_inside) {
        return true;
    }
    struct member_rule rule = zone->fence->member;
    rule.events &= 1U << EVENT_ENTER;
    rule.confirm_count = 0;
    rule.confirm_us = 0;
    struct member_events events = {0};
    member_on_fix(&rule, &state, &fix, &events);
    if (beginning->is_announced) {
        like.flags |= EVENT_INITIAL;
        fence_raise(fences, &events, &like);
        fence_emit(fences, &judged, &fences->sink);
    }
    member_settle(fences, &judged, &subject, zone, member, &state);
    return true;
}

void fence_zone_begin(struct fences *fences, struct ledger_turn *turn, struct zone *zone,
                      bool is_announced)
{
    for (struct member *member = zone->members, *next; member != NULL; member = next) {
        next = member->zone_next;
        member_edit(fences, turn, member, is_announced);
    }
    const struct collection *const collection =
        live_collection(live_view_working(fences->live), zone->fence->watch->name);
    struct beginning beginning = {
        .fences = fences, .turn = turn, .zone = zone, .is_announced = is_announced};
    if (collection == NULL || zone->shape.bytes.size == 0) {
        return;
    }
    // With doubt about positions, those outside count too: everybody is asked.
    const bool is_exact =
        zone->fence->extra == NULL || zone->fence->extra->rule.accuracy == RULE_ACCURACY_IGNORE;
    if (is_exact) {
        collection_in(collection, zone->shape, LIVE_MAY_MEET, begin_one, &beginning);
    } else {
        collection_scan(collection, &(struct live_scan){0}, begin_one, &beginning);
    }
}

// Area collections. ---------------------------------------------------------------------------------

struct making {
    struct fences *fences;
    struct fence *fence;
    enum status status;
};

static bool make_one(void *context, const struct object *object)
{
    struct making *const making = context;
    uint8_t scratch[ROW_SCRATCH_SIZE];
    const struct shape shape = object_shape(object, scratch);
    if (shape.bytes.size == 0) {
        return true;
    }
    struct zone *zone = zone_find(making->fences, making->fence, object_id(object));
    struct zone *made;
    making->status = zone_make(making->fences, making->fence, object_id(object), shape, &made);
    if (making->status == STATUS_OK && zone != NULL) { // it waited for its shape, with members
        made->members = zone->members;
        zone->members = NULL;
        for (struct member *member = made->members; member != NULL; member = member->zone_next) {
            member->zone = made;
        }
        zone_free(making->fences, zone);
    }
    return making->status == STATUS_OK;
}

enum status fence_zones_make(struct fences *fences, struct fence *fence)
{
    const struct collection *const collection =
        live_collection(live_view_working(fences->live), fence->area_watch->name);
    struct making making = {.fences = fences, .fence = fence};
    if (collection != NULL) {
        collection_scan(collection, &(struct live_scan){0}, make_one, &making);
    }
    return making.status;
}

static void area_put(struct fences *fences, struct ledger_turn *turn, struct fence *fence,
                     const struct change *change)
{
    struct zone *const old = zone_find(fences, fence, change->id);
    struct making making = {.fences = fences, .fence = fence};
    uint8_t scratch[ROW_SCRATCH_SIZE];
    const struct shape shape = object_shape(change->after, scratch);
    if (old != NULL && bytes_equal(old->shape.bytes, shape.bytes)) {
        return; // only its fields are others
    }
    (void)make_one(&making, change->after);
    struct zone *const zone = zone_find(fences, fence, change->id);
    if (zone == NULL) {
        return; // no place, or no memory: the account of fences says so
    }
    if (shape.bytes.size == 0) {
        fence_zone_end(fences, turn, zone, MEMBER_FENCE_REMOVED, true);
        zone_free(fences, zone);
        return;
    }
    fence_zone_begin(fences, turn, zone, true);
}

void fence_area_changed(struct fences *fences, struct ledger_turn *turn, struct watch *watch,
                        const struct change *change)
{
    for (size_t i = 0; i < watch->area_count; i++) {
        struct fence *const fence = watch->areas[i];
        if (change->after != NULL) {
            if (fence->area == RULE_COLLECTION) {
                area_put(fences, turn, fence, change);
            }
            continue;
        }
        struct zone *const zone = zone_find(fences, fence, change->id);
        if (zone != NULL && fence->area == RULE_NEAR) {
            fence_near_gone(fences, turn, zone, change);
        } else if (zone != NULL) {
            fence_zone_end(fences, turn, zone, MEMBER_FENCE_REMOVED, true);
            zone_free(fences, zone);
        }
    }
}

void fence_areas_dropped(struct fences *fences, struct ledger_turn *turn, struct watch *watch)
{
    for (size_t i = 0; i < watch->area_count; i++) {
        struct fence *const fence = watch->areas[i];
        while (fence->zones != NULL) {
            fence_zone_end(fences, turn, fence->zones,
                           fence->area == RULE_NEAR ? MEMBER_DROPPED : MEMBER_FENCE_REMOVED, true);
            zone_free(fences, fence->zones);
        }
    }
}
