// Changes of objects: who moved where, who is gone, whose area is another now.
#include "fence/fence_private.h"

enum { REGION_CELLS = 16 };

// Finding zones. ------------------------------------------------------------------------------------

static void zone_ask(struct fences *fences, struct zone *zone, bool is_certain)
{
    if (zone->asked == fences->round) {
        zone->is_certain |= is_certain;
        return;
    }
    if (!memory_grow(fences->account, &fences->found, &fences->found_capacity,
                     fences->found_count + 1, sizeof(struct zone *))) {
        return; // a few bytes a zone; the account is for the zones themselves
    }
    zone->asked = fences->round;
    zone->is_certain = is_certain;
    zone->member = NULL;
    fences->found[fences->found_count++] = zone;
}

static void note_zone(void *context, uint32_t area, bool is_inside)
{
    struct fences *const fences = context;
    zone_ask(fences, fences->zones[area], is_inside);
}

static void note_zone_near(void *context, uint32_t area, bool is_inside)
{
    (void)is_inside; // of a region: says nothing of the point
    struct fences *const fences = context;
    zone_ask(fences, fences->zones[area], false);
}

static void region_ask(struct fences *fences, const struct cells *cells, struct shape region)
{
    struct cover_cell cover[REGION_CELLS];
    const struct cover_options options = {.max_level = CELL_LEVEL_MAX, .max_cells = REGION_CELLS};
    cells_meeting(cells, cover, shape_cover(region, &options, cover), note_zone_near, fences);
}

static void accuracy_ask(struct fences *fences, const struct watch *watch,
                         const struct judged *judged)
{
    struct cover_cell cover[REGION_CELLS];
    const struct cover_options options = {.max_level = CELL_LEVEL_MAX, .max_cells = REGION_CELLS};
    cells_meeting(&watch->cells, cover,
                  cover_cap(judged->point, judged->accuracy_m, &options, cover), note_zone_near,
                  fences);
}

static void crossing_ask(struct fences *fences, const struct watch *watch,
                         const struct judged *judged)
{
    struct buffer segment SCOPED(buffer_free) = {.account = fences->account};
    const struct geo_point points[2] = {judged->before, judged->point};
    shape_add_line(&segment, points, 2);
    if (buffer_status(&segment) == STATUS_OK) {
        region_ask(fences, &watch->crossing, (struct shape){.bytes = buffer_bytes(&segment)});
    }
}

static void zones_ask(struct fences *fences, const struct watch *watch,
                      const struct subject *subject, const struct judged *judged)
{
    fences->found_count = 0;
    fences->round++;
    if (judged->has_place && watch->cells.levels != 0) {
        if (judged->row->kind == ROW_POINT) {
            cells_at(&watch->cells, cell_from_point(judged->point, CELL_LEVEL_MAX), note_zone,
                     fences);
        } else {
            region_ask(fences, &watch->cells, judged->shape);
        }
        if (watch->accuracy_count > 0 && judged->accuracy_m > 0) {
            accuracy_ask(fences, watch, judged);
        }
        if (judged->has_before && watch->crossing.levels != 0) {
            crossing_ask(fences, watch, judged);
        }
    }
    for (size_t i = 0; i < watch->always_count; i++) {
        struct fence *const fence = watch->always[i];
        if (fence->own.fence != NULL) {
            zone_ask(fences, &fence->own, false);
        }
        for (struct zone *zone = fence->area == RULE_COLLECTION ? fence->zones : NULL; zone != NULL;
             zone = zone->next) {
            zone_ask(fences, zone, false);
        }
    }
    for (struct member *member = subject == NULL ? NULL : subject->members; member != NULL;
         member = member->next) {
        if (member->zone->fence->area != RULE_NEAR) {
            zone_ask(fences, member->zone, false);
            member->zone->member = member;
        }
    }
}

// Deciding. -----------------------------------------------------------------------------------------

// How far back fixes may still be put in order; none do when they carry no time of their own.
static int64_t until_of(const struct subject *subject, const struct fence *fence)
{
    return subject == NULL || subject->window == NULL
               ? INT64_MAX
               : subject->window->times_us[0] - fence->lateness_us;
}

void member_settle(struct fences *fences, const struct judged *judged, struct subject **subject,
                   struct zone *zone, struct member *member, const struct member_state *state)
{
    const int64_t until_us = until_of(*subject, zone->fence);
    const int64_t now_us = until_us < judged->event_us ? until_us : judged->event_us;
    const bool is_idle = member_is_idle(&zone->fence->member, state, now_us, until_us);
    if (judged->turn == NULL || (member == NULL && is_idle) ||
        (member != NULL && memcmp(&member->state, state, sizeof *state) == 0 && !is_idle)) {
        return;
    }
    struct buffer before SCOPED(buffer_free) = {.account = fences->account};
    if (member != NULL) {
        member_encode(&member->state, &before);
    }
    if (is_idle) {
        member_key(&fences->key, member);
        fence_row_delete(fences, judged->turn, TABLE_MEMBER, buffer_bytes(&fences->key),
                         buffer_bytes(&before));
        member_free(fences, member);
        return;
    }
    if (member == NULL) {
        *subject = subject_take(fences, judged->number, judged->id);
        member = *subject == NULL ? NULL : member_take(fences, *subject, zone);
    }
    if (member == NULL) {
        return; // the account of fences is full: membership is decided anew with the next fix
    }
    member->state = *state;
    if (until_us != INT64_MAX) {
        member_forget(&member->state, until_us);
    }
    member_write(fences, judged->turn, member, buffer_bytes(&before));
}

static void zone_decide(struct fences *fences, const struct judged *judged,
                        struct subject **subject, struct zone *zone)
{
    struct member *const member = zone->member;
    struct member_state state = member == NULL ? member_new() : member->state;
    struct member_events events = {0};
    struct raised like;
    // What is due by now was due before this fix.
    member_on_time(&zone->fence->member, &state, judged->arrival_us, &events);
    const struct member_fix fix = fence_judge(fences, zone, judged, &state, &like);
    member_on_fix(&zone->fence->member, &state, &fix, &events);
    if (events.count > 0) {
        fence_raise(fences, &events, &like);
    }
    member_settle(fences, judged, subject, zone, member, &state);
}

static bool window_insert(struct window *window, int64_t event_us)
{
    uint32_t at = 0;
    while (at < window->count && window->times_us[at] > event_us) {
        at++;
    }
    if (at == WINDOW_FIXES || (at < window->count && window->times_us[at] == event_us)) {
        return false;
    }
    const uint32_t kept = window->count < WINDOW_FIXES ? window->count : WINDOW_FIXES - 1;
    memmove(&window->times_us[at + 1], &window->times_us[at],
            (kept - at) * sizeof *window->times_us);
    window->times_us[at] = event_us;
    window->count = kept + 1;
    return true;
}

// The object's fixes by time. False when this one is late, or known already.
static bool window_admit(struct fences *fences, struct subject **subject, struct judged *judged,
                         bool has_own_time, int64_t before_us)
{
    if (judged->turn == NULL) {
        return true;
    }
    if (has_own_time && (*subject == NULL || (*subject)->window == NULL)) {
        *subject = subject_take(fences, judged->number, judged->id);
        if (*subject == NULL) {
            return true;
        }
        (*subject)->window = memory_take_zeroed(fences->account, 1, sizeof(struct window));
        if ((*subject)->window == NULL) {
            subject_give(fences, *subject);
            *subject = NULL;
            return true;
        }
        if (before_us != 0 && before_us != judged->event_us) {
            (*subject)->window->times_us[0] = before_us;
            (*subject)->window->count = 1;
        }
    }
    struct window *const window = *subject == NULL ? NULL : (*subject)->window;
    if (window == NULL) {
        return true;
    }
    if (window->count > 0 && judged->event_us <= window->times_us[0]) {
        if (has_own_time && judged->event_us != before_us) {
            return false;
        }
        judged->event_us = window->times_us[0]; // a field was changed, or a clock ran ahead
        return true;
    }
    window_insert(window, judged->event_us);
    window_write(fences, judged->turn, *subject);
    return true;
}

// Late fixes. ---------------------------------------------------------------------------------------

static void zone_decide_late(struct fences *fences, const struct judged *judged,
                             struct subject **subject, struct zone *zone, int64_t next_us)
{
    struct member *const member = zone->member;
    struct member_state state = member == NULL ? member_new() : member->state;
    struct member_state then = state;
    struct member_events events = {0};
    struct raised like;
    bool was_inside = false;
    const bool is_known = member_knew(&state, judged->event_us, &was_inside);
    const bool is_within =
        is_known && next_us != 0 &&
        judged->event_us >= (*subject)->window->times_us[0] - zone->fence->lateness_us;
    then.is_inside = is_within && was_inside; // of what was forgotten, the area alone says
    const struct member_fix fix = fence_judge(fences, zone, judged, &then, &like);
    if (is_within) {
        member_on_late(&zone->fence->member, &state, &fix, next_us, &events);
    } else if (fix.is_inside && (zone->fence->member.events >> EVENT_INSIDE & 1) != 0) {
        events.list[events.count++] =
            (struct member_event){.kind = EVENT_INSIDE, .event_us = judged->event_us};
        like.flags |= EVENT_LATE;
    }
    fence_raise(fences, &events, &like);
    if (is_within) {
        member_settle(fences, judged, subject, zone, member, &state);
    }
}

bool fence_subject_late(struct fences *fences, const struct watch *watch, struct judged *judged)
{
    struct subject *subject = subject_find(fences, judged->number, judged->id);
    if (subject == NULL || subject->window == NULL) {
        return false;
    }
    const struct window *const window = subject->window;
    int64_t next_us = 0; // of the fix after it; 0: nothing is known of that time any more
    if (judged->event_us >= window->times_us[window->count - 1] || window->count < WINDOW_FIXES) {
        for (uint32_t i = 0; i < window->count && window->times_us[i] > judged->event_us; i++) {
            next_us = window->times_us[i];
        }
    }
    const bool is_within = judged->event_us >= window->times_us[0] - RULE_LATENESS_US;
    if (next_us != 0 && window_insert(subject->window, judged->event_us)) {
        window_write(fences, judged->turn, subject);
    }
    judged->has_before = false;
    zones_ask(fences, watch, subject, judged);
    for (size_t i = 0; i < fences->found_count; i++) {
        zone_decide_late(fences, judged, &subject, fences->found[i], next_us);
    }
    return is_within && next_us != 0;
}

static void subject_moved(struct fences *fences, const struct watch *watch, struct judged *judged,
                          bool has_own_time, int64_t before_us)
{
    struct subject *subject = subject_find(fences, judged->number, judged->id);
    fences->fix_count++;
    if (!window_admit(fences, &subject, judged, has_own_time, before_us)) {
        (void)fence_subject_late(fences, watch, judged);
        return;
    }
    zones_ask(fences, watch, subject, judged);
    for (size_t i = 0; i < fences->found_count; i++) {
        zone_decide(fences, judged, &subject, fences->found[i]);
    }
    if (subject != NULL) {
        subject_give(fences, subject);
    }
}

void fence_subject_try(struct fences *fences, const struct watch *watch, struct judged *judged)
{
    subject_moved(fences, watch, judged, false, 0);
}

void fence_window_seed(struct fences *fences, const struct judged *judged,
                       const struct object *object)
{
    struct row row;
    object_row(object, &row);
    const int64_t present_us = row.event_us != 0 ? row.event_us : row.arrival_us;
    struct subject *const subject = subject_take(fences, judged->number, judged->id);
    if (subject == NULL || subject->window != NULL) {
        return;
    }
    subject->window = memory_take_zeroed(fences->account, 1, sizeof(struct window));
    if (subject->window == NULL) {
        subject_give(fences, subject);
        return;
    }
    (void)window_insert(subject->window, present_us);
}

// Observed changes. ---------------------------------------------------------------------------------

void fence_subject_fix(struct fences *fences, struct watch *watch, struct judged *judged,
                       bool has_own_time, const struct row *before)
{
    int64_t before_us = 0;
    if (before != NULL) {
        judged->has_before = before->kind != ROW_STRING && judged->has_place;
        judged->before = before->point;
        before_us = before->event_us != 0 ? before->event_us : before->arrival_us;
    }
    subject_moved(fences, watch, judged, has_own_time, before_us);
    fence_emit(fences, judged, &fences->sink);
}

void fence_object_put(struct fences *fences, struct ledger_turn *turn, struct watch *watch,
                      const struct collection *collection, struct bytes id,
                      const struct object *before, const struct row *row)
{
    struct judged judged = {.turn = turn,
                            .collection = collection_name(collection),
                            .id = id,
                            .number = collection_number(collection)};
    const bool has_own_time = judged_begin(&judged, row, turn->now_us);
    struct row old;
    if (before != NULL) {
        object_row(before, &old);
    }
    fence_subject_fix(fences, watch, &judged, has_own_time, before == NULL ? NULL : &old);
}

// The object is gone: everybody it was with hears of it, and nothing of it is kept.
static void subject_end(struct fences *fences, struct ledger_turn *turn, struct subject *subject,
                        struct judged *judged, enum member_reason reason)
{
    while (subject->members != NULL) {
        struct member *const member = subject->members;
        struct member_events events = {0};
        struct buffer before SCOPED(buffer_free) = {.account = fences->account};
        member_encode(&member->state, &before);
        member_on_time(&member->zone->fence->member, &member->state, turn->now_us, &events);
        member_on_end(&member->zone->fence->member, &member->state, judged->event_us, reason,
                      &events);
        fence_raise(fences, &events, &(struct raised){.zone = member->zone, .distance_m = -1});
        member_key(&fences->key, member);
        fence_row_delete(fences, turn, TABLE_MEMBER, buffer_bytes(&fences->key),
                         buffer_bytes(&before));
        member_free(fences, member);
    }
    fence_emit(fences, judged, &fences->sink);
    if (subject->window != NULL) {
        memory_give(subject->window);
        subject->window = NULL;
        window_write(fences, turn, subject);
    }
    subject_give(fences, subject);
}

enum member_reason fence_reason_of(enum change_kind kind)
{
    return kind == CHANGE_EXPIRE ? MEMBER_EXPIRED
           : kind == CHANGE_DROP ? MEMBER_DROPPED
                                 : MEMBER_DELETED;
}

static void object_gone(struct fences *fences, struct ledger_turn *turn,
                        const struct change *change)
{
    struct subject *const subject =
        subject_find(fences, collection_number(change->collection), change->id);
    if (subject == NULL) {
        return;
    }
    struct judged judged = {.turn = turn,
                            .collection = collection_name(change->collection),
                            .id = change->id,
                            .event_us = turn->now_us,
                            .arrival_us = turn->now_us};
    struct row row;
    if (change->before != NULL) {
        object_row(change->before, &row);
        judged.row = &row;
        judged.point = row.point;
    }
    subject_end(fences, turn, subject, &judged, fence_reason_of(change->kind));
}

static void observe_changed(void *context, struct ledger_turn *turn, const struct change *change)
{
    struct fences *const fences = context;
    if (change->after == NULL && fences->subjects.count > 0) {
        object_gone(fences, turn, change);
    }
    if (fences->watches.count == 0) {
        return;
    }
    struct watch *const watch = watch_find(fences, collection_name(change->collection));
    if (watch == NULL) {
        return;
    }
    if (watch->tile38 != NULL) {
        tile38_changed(fences, turn, watch, change);
    }
    if (watch->area_count > 0) {
        fence_area_changed(fences, turn, watch, change);
    }
    if (change->after == NULL ||
        (watch->cells.count == 0 && watch->always_count == 0 && watch->area_count == 0)) {
        return;
    }
    struct row row;
    object_row(change->after, &row);
    if (watch->cells.count != 0 || watch->always_count != 0) {
        fence_object_put(fences, turn, watch, change->collection, change->id, change->before, &row);
    }
    fence_near_moved(fences, turn, watch, change, &row);
}

static void observe_dropped(void *context, struct ledger_turn *turn,
                            const struct collection *collection)
{
    struct fences *const fences = context;
    const uint32_t number = collection_number(collection);
    struct watch *const watch = watch_find(fences, collection_name(collection));
    if (watch != NULL && watch->tile38 != NULL) {
        tile38_dropped(fences, turn, watch, collection);
    }
    if (watch != NULL && watch->area_count > 0) {
        fence_areas_dropped(fences, turn, watch);
    }
    // Ending one moves others in the chart: begin anew after each.
    for (size_t at = 0; fences->subjects.count > 0;) {
        struct subject *const subject = chart_next(&fences->subjects, &at);
        if (subject == NULL) {
            break;
        }
        if (subject->collection != number) {
            continue;
        }
        const struct object *const object = collection_find(collection, subject_id(subject));
        struct buffer id SCOPED(buffer_free) = {.account = fences->account};
        buffer_append_bytes(&id, subject_id(subject));
        struct judged judged = {.turn = turn,
                                .collection = collection_name(collection),
                                .id = buffer_bytes(&id),
                                .event_us = turn->now_us,
                                .arrival_us = turn->now_us};
        struct row row;
        if (object != NULL) {
            object_row(object, &row);
            judged.row = &row;
            judged.point = row.point;
        }
        subject_end(fences, turn, subject, &judged, MEMBER_DROPPED);
        at--; // what was behind may have come here
    }
}

void fence_observe(struct fences *fences)
{
    live_observe(fences->live, &(struct live_observer){.changed = observe_changed,
                                                       .dropped = observe_dropped,
                                                       .context = fences});
}
