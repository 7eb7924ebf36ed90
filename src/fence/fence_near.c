// Pairs: objects near to other moving objects.
//
// A pair is kept once: the subject's state at a zone that stands for the other object. Of two objects of
// one collection the one with the lesser id is the subject, whoever moves. Events name who moved first
// (`object`) and the other one second (`other`).
#include "fence/fence_private.h"
#include "geo/distance.h"

struct nearing {
    struct fences *fences;
    struct ledger_turn *turn;
    struct fence *fence;
    struct judged *mover;
    bool is_subject;  // the mover, of this fence; else it is what others are near to
    bool is_mirrored; // one collection: pairs are kept by the lesser id
};

static bool matches_glob(struct bytes pattern, struct bytes id)
{
    return pattern.size == 0 || glob_matches(pattern, id);
}

// May the one as subject be near to the other?
static bool pair_holds(const struct nearing *nearing, const struct judged *subject,
                       struct bytes other, enum member_reason *reason)
{
    *reason = MEMBER_CONDITIONS;
    return matches_glob(nearing->fence->extra->rule.area_match, other) &&
           fence_conditions_hold(nearing->fence, subject, reason);
}

static void pair_decide(const struct nearing *nearing, const struct object *object)
{
    struct fences *const fences = nearing->fences;
    struct fence *const fence = nearing->fence;
    struct row row;
    object_row(object, &row);
    struct judged other = {
        .turn = nearing->turn, .id = object_id(object), .number = object_collection(object)};
    (void)judged_begin(&other, &row, nearing->turn->now_us);
    const struct judged *const mover = nearing->mover;
    const int order = bytes_compare(mover->id, other.id);
    if (!other.has_place || (nearing->is_mirrored && order == 0)) {
        return;
    }
    const bool is_mover_first = nearing->is_mirrored ? order < 0 : nearing->is_subject;
    const struct judged *const first = is_mover_first ? mover : &other;
    const struct judged *const second = is_mover_first ? &other : mover;
    struct subject *subject = subject_find(fences, first->number, first->id);
    struct zone *zone = zone_find(fences, fence, second->id);
    struct member *const member =
        subject == NULL || zone == NULL ? NULL : member_find(subject, zone);
    struct member_state state = member == NULL ? member_new() : member->state;

    enum member_reason reason;
    bool holds = pair_holds(nearing, first, second->id, &reason);
    holds = holds || (nearing->is_mirrored && pair_holds(nearing, second, first->id, &reason));
    const struct rule *const rule = &fence->extra->rule;
    const double apart_m = distance_m(first->point, second->point);
    const double limit_m = rule->radius_m + (state.is_inside ? rule->exit_distance_m : 0);
    const struct member_fix fix = {.event_us = mover->event_us,
                                   .arrival_us = mover->arrival_us,
                                   .is_inside = holds && apart_m <= limit_m,
                                   .reason = holds ? MEMBER_MOVED : reason};
    fences->test_count++;
    if (member == NULL && !fix.is_inside) {
        return;
    }
    if (zone == NULL &&
        zone_make(fences, fence, second->id, (struct shape){0}, &zone) != STATUS_OK) {
        return;
    }
    struct member_events events = {0};
    member_on_fix(&fence->member, &state, &fix, &events);
    fence_raise(fences, &events,
                &(struct raised){
                    .zone = zone, .other = other.id, .distance_m = apart_m, .flags = mover->flags});
    fence_emit(fences, mover, &fences->sink);
    struct judged kept = *first;
    kept.event_us = mover->event_us;
    member_settle(fences, &kept, &subject, zone, member, &state);
    if (subject != NULL) {
        subject_give(fences, subject);
    }
    if (zone->members == NULL) {
        zone_free(fences, zone);
    }
}

// Objects within reach, gathered first: deciding changes what is walked.
struct gathered {
    const struct object **list;
    size_t count, capacity;
    struct memory_account *account;
};

static bool gather(struct gathered *gathered, const struct object *object)
{
    for (size_t i = 0; i < gathered->count; i++) {
        if (gathered->list[i] == object) {
            return true;
        }
    }
    if (memory_grow(gathered->account, &gathered->list, &gathered->capacity, gathered->count + 1,
                    sizeof(struct object *))) {
        gathered->list[gathered->count++] = object;
    }
    return true;
}

static bool gather_near(void *context, const struct object *object, double distance_m)
{
    (void)distance_m;
    return gather(context, object);
}

static void gather_id(struct gathered *gathered, const struct collection *collection,
                      struct bytes id)
{
    const struct object *const object = collection_find(collection, id);
    if (object != NULL) {
        (void)gather(gathered, object);
    }
}

// Those the mover has a pair with, in either role.
static void gather_pairs(const struct nearing *nearing, const struct collection *collection,
                         struct gathered *gathered)
{
    const struct judged *const mover = nearing->mover;
    if (nearing->is_subject || nearing->is_mirrored) {
        const struct subject *const subject =
            subject_find(nearing->fences, mover->number, mover->id);
        for (const struct member *member = subject == NULL ? NULL : subject->members;
             member != NULL; member = member->next) {
            if (member->zone->fence == nearing->fence) {
                gather_id(gathered, collection, member->zone->id);
            }
        }
    }
    if (!nearing->is_subject || nearing->is_mirrored) {
        const struct zone *const zone = zone_find(nearing->fences, nearing->fence, mover->id);
        for (const struct member *member = zone == NULL ? NULL : zone->members; member != NULL;
             member = member->zone_next) {
            gather_id(gathered, collection, subject_id(member->subject));
        }
    }
}

static void fence_near(struct nearing *nearing, const struct watch *others)
{
    const struct collection *const collection =
        live_collection(live_view_working(nearing->fences->live), others->name);
    if (collection == NULL) {
        return;
    }
    struct gathered gathered = {.account = nearing->fences->account};
    const struct rule *const rule = &nearing->fence->extra->rule;
    if (nearing->mover->has_place) {
        collection_nearest(collection, nearing->mover->point, rule->radius_m, gather_near,
                           &gathered);
    }
    gather_pairs(nearing, collection, &gathered);
    for (size_t i = 0; i < gathered.count; i++) {
        pair_decide(nearing, gathered.list[i]);
    }
    memory_give(gathered.list);
}

void fence_near_moved(struct fences *fences, struct ledger_turn *turn, struct watch *watch,
                      const struct change *change, const struct row *row)
{
    struct judged mover = {.turn = turn,
                           .collection = watch->name,
                           .id = change->id,
                           .number = collection_number(change->collection)};
    bool has_begun = false;
    for (unsigned role = 0; role < 2; role++) {
        struct fence **const list = role == 0 ? watch->always : watch->areas;
        const size_t count = role == 0 ? watch->always_count : watch->area_count;
        for (size_t i = 0; i < count; i++) {
            struct fence *const fence = list[i];
            const bool is_mirrored = fence->watch == fence->area_watch;
            if (fence->area != RULE_NEAR || (role == 1 && is_mirrored)) {
                continue;
            }
            if (!has_begun) {
                (void)judged_begin(&mover, row, turn->now_us);
                has_begun = true;
            }
            struct nearing nearing = {.fences = fences,
                                      .turn = turn,
                                      .fence = fence,
                                      .mover = &mover,
                                      .is_subject = role == 0,
                                      .is_mirrored = is_mirrored};
            fence_near(&nearing, role == 0 ? fence->area_watch : fence->watch);
        }
    }
}

void fence_near_gone(struct fences *fences, struct ledger_turn *turn, struct zone *zone,
                     const struct change *change)
{
    struct fence *const fence = zone->fence;
    struct row row;
    object_row(change->before, &row);
    const struct judged gone = {.turn = turn,
                                .collection = fence->area_watch->name,
                                .id = change->id,
                                .row = &row,
                                .point = row.point,
                                .event_us = turn->now_us,
                                .arrival_us = turn->now_us};
    if (fence->watch != fence->area_watch) {
        fence_zone_end(fences, turn, zone, fence_reason_of(change->kind), true);
    }
    for (struct member *member = zone->members; member != NULL; member = zone->members) {
        struct subject *const subject = member->subject;
        struct member_events events = {0};
        struct buffer before SCOPED(buffer_free) = {.account = fences->account};
        member_encode(&member->state, &before);
        member_on_end(&fence->member, &member->state, turn->now_us, fence_reason_of(change->kind),
                      &events);
        fence_raise(fences, &events,
                    &(struct raised){.zone = zone, .other = subject_id(subject), .distance_m = -1});
        fence_emit(fences, &gone, &fences->sink);
        member_key(&fences->key, member);
        fence_row_delete(fences, turn, TABLE_MEMBER, buffer_bytes(&fences->key),
                         buffer_bytes(&before));
        member_free(fences, member);
        subject_give(fences, subject);
    }
    zone_free(fences, zone);
}
