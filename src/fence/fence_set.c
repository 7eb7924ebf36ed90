// Fences, their zones and the collections they watch, in memory.
#include <assert.h>

#include "fence/fence_private.h"
#include "geo/distance.h"

enum { COVER_CELLS = 8 };

static bool watch_is(const void *thing, const void *key)
{
    const struct watch *const watch = thing;
    const struct bytes *const name = key;
    return bytes_equal(watch->name, *name);
}

struct watch *watch_find(const struct fences *fences, struct bytes name)
{
    return chart_find(&fences->watches, chart_hash(0, name), watch_is, &name);
}

struct watch *watch_take(struct fences *fences, struct bytes name)
{
    struct watch *watch = watch_find(fences, name);
    if (watch == NULL) {
        watch = memory_take_zeroed(fences->account, 1, sizeof *watch + name.size);
        if (watch == NULL) {
            return NULL;
        }
        uint8_t *const copy = (uint8_t *)(watch + 1);
        memcpy(copy, name.data, name.size);
        watch->name = (struct bytes){.data = copy, .size = name.size};
        watch->cells = cells_over(fences->account);
        watch->crossing = cells_over(fences->account);
        if (chart_put(&fences->watches, chart_hash(0, name), watch) != STATUS_OK) {
            memory_give(watch);
            return NULL;
        }
    }
    watch->references++;
    return watch;
}

void watch_give(struct fences *fences, struct watch *watch)
{
    if (watch == NULL || --watch->references != 0) {
        return;
    }
    chart_remove(&fences->watches, chart_hash(0, watch->name), watch);
    cells_free(&watch->cells);
    cells_free(&watch->crossing);
    memory_give(watch->always);
    memory_give(watch->areas);
    memory_give(watch);
}

static bool number_is(const void *thing, const void *key)
{
    const struct fence *const fence = thing;
    const uint32_t *const number = key;
    return fence->number == *number;
}

struct fence *fence_numbered(const struct fences *fences, uint32_t number)
{
    return chart_find(&fences->numbers, chart_hash(number, (struct bytes){0}), number_is, &number);
}

// Lists of fences. ----------------------------------------------------------------------------------

static bool list_add(struct fences *fences, struct fence ***list, size_t *count, size_t *capacity,
                     struct fence *fence)
{
    if (!memory_grow(fences->account, list, capacity, *count + 1, sizeof **list)) {
        return false;
    }
    (*list)[(*count)++] = fence;
    return true;
}

// Order does not matter: events are put in order when all are known.
static void list_drop(struct fence **list, size_t *count, const struct fence *fence)
{
    for (size_t i = 0; i < *count; i++) {
        if (list[i] == fence) {
            list[i] = list[--*count];
            return;
        }
    }
}

// Zones. --------------------------------------------------------------------------------------------

struct zone_key {
    const struct fence *fence;
    struct bytes id;
};

static bool zone_is(const void *thing, const void *key)
{
    const struct zone *const zone = thing;
    const struct zone_key *const wanted = key;
    return zone->fence == wanted->fence && bytes_equal(zone->id, wanted->id);
}

struct zone *zone_find(const struct fences *fences, const struct fence *fence, struct bytes id)
{
    const struct zone_key key = {.fence = fence, .id = id};
    return chart_find(&fences->zones_by, chart_hash(fence->number, id), zone_is, &key);
}

static enum status zone_number(struct fences *fences, struct zone *zone)
{
    if (fences->free_zone_count > 0) {
        zone->number = fences->free_zones[--fences->free_zone_count];
        fences->zones[zone->number] = zone;
        return STATUS_OK;
    }
    // Room to give every number back is taken with the number.
    if (!memory_grow(fences->account, &fences->zones, &fences->zone_capacity,
                     fences->zone_count + 1, sizeof(struct zone *)) ||
        !memory_grow(fences->account, &fences->free_zones, &fences->free_zone_capacity,
                     fences->zone_count + 1, sizeof *fences->free_zones)) {
        return STATUS_NO_MEMORY;
    }
    zone->number = (uint32_t)fences->zone_count;
    fences->zones[fences->zone_count++] = zone;
    return STATUS_OK;
}

static void zone_unnumber(struct fences *fences, struct zone *zone)
{
    fences->zones[zone->number] = NULL;
    fences->free_zones[fences->free_zone_count++] = zone->number;
}

// The cells under which a zone lies: of its shape, or of a circle round all that is within reach.
static size_t zone_cells(const struct zone *zone, double reach_m,
                         struct cover_cell settled[CELLS_OF_AREA_MAX])
{
    const struct cover_options options = {.max_level = CELL_LEVEL_MAX, .max_cells = COVER_CELLS};
    struct cover_cell cover[COVER_CELLS];
    if (reach_m <= 0) {
        return cells_settle(cover, shape_cover(zone->shape, &options, cover), settled);
    }
    const struct geo_box box = shape_box(zone->shape);
    const struct geo_point centre = geo_box_centre(box);
    const int32_t half_width_e7 = geo_lng_turn_e7(centre.lng_e7, box.east_e7);
    const double south_m =
        distance_m(centre, (struct geo_point){.lng_e7 = box.east_e7, .lat_e7 = box.south_e7});
    const double north_m =
        distance_m(centre, (struct geo_point){.lng_e7 = box.east_e7, .lat_e7 = box.north_e7});
    if (half_width_e7 < 0 || half_width_e7 > GEO_LNG_MAX / 2) {
        for (int face = 0; face < CELL_FACES; face++) {
            settled[face] = (struct cover_cell){.cell = cell_from_face(face)};
        }
        return CELL_FACES;
    }
    const double radius_m = (south_m > north_m ? south_m : north_m) + reach_m + 1;
    return cells_settle(cover, cover_cap(centre, radius_m, &options, cover), settled);
}

static double reach_of(const struct fence *fence)
{
    return fence->extra == NULL ? 0 : fence->extra->rule.approach_m;
}

static bool wants(const struct fence *fence, enum event_kind kind)
{
    return (fence->member.events >> kind & 1) != 0;
}

enum status zone_cover(struct fences *fences, struct zone *zone, bool is_put)
{
    (void)fences;
    struct watch *const watch = zone->fence->watch;
    struct cover_cell settled[CELLS_OF_AREA_MAX];
    if (zone->is_covered == is_put || zone->shape.bytes.size == 0) {
        return STATUS_OK;
    }
    const size_t count = zone_cells(zone, reach_of(zone->fence), settled);
    struct cover_cell own[CELLS_OF_AREA_MAX];
    const bool is_crossed = wants(zone->fence, EVENT_CROSS);
    const size_t own_count = is_crossed ? zone_cells(zone, 0, own) : 0;
    if (is_put) {
        TRY(cells_put(&watch->cells, zone->number, settled, count));
        const enum status status = cells_put(&watch->crossing, zone->number, own, own_count);
        if (status != STATUS_OK) {
            cells_remove(&watch->cells, zone->number, settled, count);
            return status;
        }
    } else {
        cells_remove(&watch->cells, zone->number, settled, count);
        cells_remove(&watch->crossing, zone->number, own, own_count);
    }
    zone->is_covered = is_put;
    return STATUS_OK;
}

enum status zone_make(struct fences *fences, struct fence *fence, struct bytes id,
                      struct shape shape, struct zone **made)
{
    struct zone *const zone =
        memory_take_zeroed(fences->account, 1, sizeof *zone + id.size + shape.bytes.size);
    if (zone == NULL) {
        return STATUS_NO_MEMORY;
    }
    uint8_t *const copy = (uint8_t *)(zone + 1);
    memcpy(copy, id.data, id.size);
    if (shape.bytes.size != 0) {
        memcpy(copy + id.size, shape.bytes.data, shape.bytes.size);
    }
    *zone = (struct zone){
        .fence = fence,
        .id = {.data = copy, .size = id.size},
        .shape = {.bytes = {.data = copy + id.size, .size = shape.bytes.size}},
        .is_dynamic = true,
        .next = fence->zones,
    };
    enum status status = zone_number(fences, zone);
    if (status == STATUS_OK) {
        status = chart_put(&fences->zones_by, chart_hash(fence->number, id), zone);
        if (status != STATUS_OK) {
            zone_unnumber(fences, zone);
        }
    }
    if (status == STATUS_OK && fence->area == RULE_COLLECTION) {
        status = zone_cover(fences, zone, true);
        if (status != STATUS_OK) {
            chart_remove(&fences->zones_by, chart_hash(fence->number, id), zone);
            zone_unnumber(fences, zone);
        }
    }
    if (status != STATUS_OK) {
        memory_give(zone);
        return status;
    }
    if (fence->zones != NULL) {
        fence->zones->last = zone;
    }
    fence->zones = zone;
    *made = zone;
    return STATUS_OK;
}

void zone_free(struct fences *fences, struct zone *zone)
{
    while (zone->members != NULL) {
        struct subject *const subject = zone->members->subject;
        member_free(fences, zone->members);
        subject_give(fences, subject);
    }
    status_ignore(zone_cover(fences, zone, false), "taking away needs no memory");
    zone_unnumber(fences, zone);
    if (!zone->is_dynamic) {
        return;
    }
    chart_remove(&fences->zones_by, chart_hash(zone->fence->number, zone->id), zone);
    if (zone->last == NULL) {
        zone->fence->zones = zone->next;
    } else {
        zone->last->next = zone->next;
    }
    if (zone->next != NULL) {
        zone->next->last = zone->last;
    }
    memory_give(zone);
}

// Fences. -------------------------------------------------------------------------------------------

void fence_rule(const struct fence *fence, struct rule *rule)
{
    status_ignore(rule_decode(fence->row, rule, NULL), "it was decoded when it was put");
}

static bool rule_is_plain(const struct rule *rule)
{
    return rule->area != RULE_NEAR && rule->match.size == 0 && rule->filter.size == 0 &&
           rule->exit_distance_m <= 0 && rule->approach_m <= 0 &&
           rule->accuracy == RULE_ACCURACY_IGNORE && rule->speed_min_mps < 0 &&
           rule->speed_max_mps < 0 && rule->properties.size == 0 &&
           schedule_is_always(&rule->schedule);
}

// What is announced for a pair that is near each other is told apart from `inside` when it goes out.
static struct member_rule member_rule_of(const struct rule *rule)
{
    struct member_rule member = rule->member;
    if ((member.events >> EVENT_ROAM & 1) != 0) {
        member.events |= 1U << EVENT_INSIDE;
    }
    return member;
}

static enum status extra_make(struct fences *fences, struct fence *fence, const struct rule *rule,
                              struct fault *fault)
{
    if (rule_is_plain(rule)) {
        return STATUS_OK;
    }
    fence->extra = memory_take_zeroed(fences->account, 1, sizeof *fence->extra);
    if (fence->extra == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "the memory of fences is full");
    }
    fence->extra->rule = *rule;
    fence->extra->open_from_us = INT64_MAX;
    if (rule->filter.size == 0) {
        return STATUS_OK;
    }
    const enum status status =
        filter_compile(FILTER_CQL2, rule->filter, fences->account, &fence->extra->filter, fault);
    return status == STATUS_OK ? STATUS_OK : fault_prefix(fault, status, "\"filter\"");
}

static bool is_always(const struct fence *fence)
{
    return wants(fence, EVENT_OUTSIDE) || fence->area == RULE_NEAR;
}

static void fence_unlink(struct fences *fences, struct fence *fence)
{
    while (fence->zones != NULL) {
        zone_free(fences, fence->zones);
    }
    if (fence->own.fence != NULL) {
        zone_free(fences, &fence->own);
    }
    status_ignore(deadline_set(&fences->deadlines, &fence->deadline, INT64_MAX),
                  "taking away needs no memory");
    if (fence->watch != NULL) {
        list_drop(fence->watch->always, &fence->watch->always_count, fence);
        if (fence->extra != NULL && fence->extra->rule.accuracy != RULE_ACCURACY_IGNORE) {
            fence->watch->accuracy_count--;
        }
    }
    if (fence->area_watch != NULL) {
        list_drop(fence->area_watch->areas, &fence->area_watch->area_count, fence);
    }
    watch_give(fences, fence->watch);
    watch_give(fences, fence->area_watch);
}

static void fence_free(struct fence *fence)
{
    if (fence->extra != NULL) {
        filter_free(fence->extra->filter);
        memory_give(fence->extra);
    }
    memory_give(fence);
}

void fence_remove(struct fences *fences, struct fence *fence)
{
    names_remove(&fences->names, fence->id);
    chart_remove(&fences->numbers, chart_hash(fence->number, (struct bytes){0}), fence);
    fence_unlink(fences, fence);
    fence_free(fence);
}

// Everything but its names; on failure the caller unlinks.
static enum status fence_link(struct fences *fences, struct fence *fence, const struct rule *rule)
{
    fence->watch = watch_take(fences, rule->collection);
    if (fence->watch == NULL) {
        return STATUS_NO_MEMORY;
    }
    if (fence->extra != NULL && rule->accuracy != RULE_ACCURACY_IGNORE) {
        fence->watch->accuracy_count++;
    }
    if (is_always(fence) && !list_add(fences, &fence->watch->always, &fence->watch->always_count,
                                      &fence->watch->always_capacity, fence)) {
        return STATUS_NO_MEMORY;
    }
    if (rule->area == RULE_COLLECTION || rule->area == RULE_NEAR) {
        fence->area_watch = watch_take(fences, rule->area_collection);
        if (fence->area_watch == NULL ||
            !list_add(fences, &fence->area_watch->areas, &fence->area_watch->area_count,
                      &fence->area_watch->area_capacity, fence)) {
            return STATUS_NO_MEMORY;
        }
        return STATUS_OK;
    }
    fence->own = (struct zone){.fence = fence, .shape = rule->shape};
    const enum status status = zone_number(fences, &fence->own);
    if (status != STATUS_OK) {
        fence->own.fence = NULL;
        return status;
    }
    return zone_cover(fences, &fence->own, true);
}

static enum status fence_name(struct fences *fences, struct fence *fence)
{
    TRY(names_put(&fences->names, fence->id, fence));
    const enum status status =
        chart_put(&fences->numbers, chart_hash(fence->number, (struct bytes){0}), fence);
    if (status != STATUS_OK) {
        names_remove(&fences->names, fence->id);
    }
    return status;
}

// Members of the fence that was there go over to the new one where their zones do.
static void members_adopt(struct fences *fences, struct fence *old, struct fence *fence)
{
    for (struct zone *zone = old->zones; zone != NULL; zone = zone->next) {
        struct zone *heir = NULL;
        status_ignore(zone_make(fences, fence, zone->id, zone->shape, &heir),
                      "without memory the pair is decided anew");
        if (heir != NULL) {
            heir->members = zone->members;
            zone->members = NULL;
        }
        for (struct member *member = heir == NULL ? NULL : heir->members; member != NULL;
             member = member->zone_next) {
            member->zone = heir;
        }
    }
    if (old->own.fence != NULL && fence->own.fence != NULL) {
        fence->own.members = old->own.members;
        old->own.members = NULL;
        for (struct member *member = fence->own.members; member != NULL;
             member = member->zone_next) {
            member->zone = &fence->own;
        }
    }
}

enum status fence_install(struct fences *fences, struct bytes row, uint32_t number,
                          struct fence **installed, struct fault *fault)
{
    struct fence *const fence = memory_take_zeroed(fences->account, 1, sizeof *fence + row.size);
    if (fence == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "the memory of fences is full");
    }
    uint8_t *const copy = (uint8_t *)(fence + 1);
    memcpy(copy, row.data, row.size);
    fence->row = (struct bytes){.data = copy, .size = row.size};
    fence->number = number;
    fence->deadline.kind = DEADLINE_FENCE;
    struct rule rule;
    enum status status = rule_decode(fence->row, &rule, fault);
    if (status == STATUS_OK) {
        status = extra_make(fences, fence, &rule, fault);
    }
    if (status != STATUS_OK) {
        fence_free(fence);
        return status;
    }
    fence->id = rule.id;
    fence->area = (uint8_t)rule.area;
    fence->member = member_rule_of(&rule);
    fence->lateness_us = rule.lateness_us;
    fence->expires_us = rule.expires_us;
    struct fence *const old = names_find(&fences->names, fence->id);
    status = fence_link(fences, fence, &rule);
    if (status == STATUS_OK) {
        if (old != NULL) {
            names_remove(&fences->names, old->id);
            chart_remove(&fences->numbers, chart_hash(old->number, (struct bytes){0}), old);
        }
        status = fence_name(fences, fence);
        assert(status == STATUS_OK || old == NULL); // what was given back is enough
    }
    if (status != STATUS_OK) {
        fence_unlink(fences, fence);
        fence_free(fence);
        return fault_set(fault, STATUS_NO_MEMORY, "the memory of fences is full");
    }
    if (old != NULL) {
        if (old->area_watch == fence->area_watch && old->watch == fence->watch) {
            members_adopt(fences, old, fence);
        }
        fence_unlink(fences, old);
        fence_free(old);
    }
    *installed = fence;
    return STATUS_OK;
}

void fence_deadline(struct fences *fences, struct fence *fence, int64_t now_us)
{
    int64_t at_us = fence->expires_us == 0 ? INT64_MAX : fence->expires_us;
    if (fence->extra != NULL && !schedule_is_always(&fence->extra->rule.schedule)) {
        int64_t changes_us; // it closes, or it opens and then has a time to close
        (void)fence_is_open(fence, now_us, &changes_us);
        at_us = changes_us < at_us ? changes_us : at_us;
    }
    status_ignore(deadline_set(&fences->deadlines, &fence->deadline, at_us),
                  "without memory it ends with the next restart");
}
