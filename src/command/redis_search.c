// GEOSEARCH, GEORADIUS and their like: one search under six names.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "command/redis_private.h"

enum { POLYGON_MAX = 10000 };

static bool take_length(const struct redis_call *call, size_t at, const char *refusal,
                        double *length)
{
    if (redis_number(call->arguments[at], length)) {
        return true;
    }
    redis_error(call, refusal);
    return false;
}

static bool take_radius(const struct redis_call *call, struct redis_search *search, size_t at)
{
    search->area.kind = REDIS_RADIUS;
    search->has_radius = true;
    if (!take_length(call, at, "ERR need numeric radius", &search->area.radius)) {
        return false;
    }
    if (search->area.radius < 0) {
        redis_error(call, "ERR radius cannot be negative");
        return false;
    }
    return redis_take_unit(call, at + 1, &search->area.unit_m);
}

static bool take_box(const struct redis_call *call, struct redis_search *search, size_t at)
{
    search->area.kind = REDIS_BOX;
    search->has_box = true;
    if (!take_length(call, at, "ERR need numeric width", &search->area.width) ||
        !take_length(call, at + 1, "ERR need numeric height", &search->area.height)) {
        return false;
    }
    if (search->area.width < 0 || search->area.height < 0) {
        redis_error(call, "ERR height or width cannot be negative");
        return false;
    }
    return redis_take_unit(call, at + 2, &search->area.unit_m);
}

// Valkey's BYPOLYGON count lng lat …; distances are from the middle of the corners.
static bool take_polygon(const struct redis_call *call, struct redis_search *search, size_t at,
                         size_t *used)
{
    int64_t count;
    if (!redis_integer(call->arguments[at], &count) || count < 3 || count > POLYGON_MAX) {
        redis_error(call, "ERR BYPOLYGON must have at least 3 vertices");
        return false;
    }
    if ((uint64_t)count * 2 > call->argument_count - at - 1) {
        redis_error(call, REDIS_SYNTAX);
        return false;
    }
    struct buffer points = {.account = call->world->account};
    struct redis_place middle = {0};
    bool is_taken = true;
    for (size_t i = 0; i < (size_t)count && is_taken; i++) {
        struct redis_place place;
        is_taken = redis_take_place(call, at + 1 + 2 * i, &place);
        if (is_taken) {
            const struct geo_point point = GEO_POINT(place.lng_deg, place.lat_deg);
            buffer_append(&points, &point, sizeof(point));
            middle.lng_deg += place.lng_deg / (double)count;
            middle.lat_deg += place.lat_deg / (double)count;
        }
    }
    const uint32_t end = (uint32_t)count;
    const void *const corners = points.data;
    if (is_taken && !points.failed) {
        shape_add_polygon(&search->polygon, corners, &end, 1);
    }
    if (is_taken && (points.failed || search->polygon.failed)) {
        redis_error(call, "OOM no memory for the polygon");
        is_taken = false;
    }
    buffer_free(&points);
    search->area.kind = REDIS_POLYGON;
    search->area.unit_m = 1;
    search->area.centre = middle;
    search->area.polygon = (struct shape){buffer_bytes(&search->polygon)};
    search->has_polygon = true;
    *used = 1 + 2 * (size_t)count;
    return is_taken;
}

static bool take_member(const struct redis_call *call, struct redis_search *search, size_t at)
{
    search->has_member = true;
    if (search->set != NULL &&
        !redis_member_place(search->set, call->arguments[at], &search->area.centre)) {
        redis_error(call, "ERR could not decode requested zset member");
        return false;
    }
    return true;
}

static bool take_count(const struct redis_call *call, struct redis_search *search, size_t at)
{
    if (!redis_integer(call->arguments[at], &search->count)) {
        redis_error(call, REDIS_NO_INTEGER);
        return false;
    }
    if (search->count <= 0) {
        redis_error(call, "ERR COUNT must be > 0");
        return false;
    }
    return true;
}

static bool take_flag(struct redis_search *search, struct bytes option)
{
    if (redis_is(option, "withdist")) {
        search->with_distance = true;
    } else if (redis_is(option, "withhash")) {
        search->with_hash = true;
    } else if (redis_is(option, "withcoord")) {
        search->with_place = true;
    } else if (redis_is(option, "any")) {
        search->is_any = true;
    } else if (redis_is(option, "asc")) {
        search->order = REDIS_ORDER_NEAREST;
    } else if (redis_is(option, "desc")) {
        search->order = REDIS_ORDER_FARTHEST;
    } else if (search->form == REDIS_FORM_SEARCH_STORE && redis_is(option, "storedist")) {
        search->stores_distance = true;
    } else {
        return false;
    }
    return true;
}

// Of GEOSEARCH: where and how far. `*used` arguments behind the option are its own; SIZE_MAX: it is no
// such option.
static bool take_where(const struct redis_call *call, struct redis_search *search, size_t at,
                       size_t *used)
{
    const struct bytes option = call->arguments[at];
    const size_t behind = call->argument_count - at - 1;
    *used = SIZE_MAX;
    if (redis_is(option, "frommember") && behind >= 1 && !search->has_centre) {
        *used = 1;
        return take_member(call, search, at + 1);
    }
    if (redis_is(option, "fromlonlat") && behind >= 2 && !search->has_member) {
        *used = 2;
        search->has_centre = true;
        return redis_take_place(call, at + 1, &search->area.centre);
    }
    if (redis_is(option, "byradius") && behind >= 2 && !search->has_box) {
        *used = 2;
        return take_radius(call, search, at + 1);
    }
    if (redis_is(option, "bybox") && behind >= 3 && !search->has_radius) {
        *used = 3;
        return take_box(call, search, at + 1);
    }
    if (redis_is(option, "bypolygon") && behind >= 1 && !search->has_radius && !search->has_box) {
        return take_polygon(call, search, at + 1, used);
    }
    return true;
}

static bool take_options(const struct redis_call *call, struct redis_search *search, size_t at)
{
    const bool is_search =
        search->form == REDIS_FORM_SEARCH || search->form == REDIS_FORM_SEARCH_STORE;
    for (; at < call->argument_count; at++) {
        const struct bytes option = call->arguments[at];
        const bool has_next = at + 1 < call->argument_count;
        if (take_flag(search, option)) {
            continue;
        }
        if (redis_is(option, "count") && has_next) {
            if (!take_count(call, search, ++at)) {
                return false;
            }
            continue;
        }
        const bool stores_distance = redis_is(option, "storedist");
        if (search->may_store && !is_search && has_next &&
            (stores_distance || redis_is(option, "store"))) {
            search->has_store = true;
            search->stores_distance = stores_distance;
            search->store = call->arguments[++at];
            continue;
        }
        size_t used = SIZE_MAX;
        if (is_search && !take_where(call, search, at, &used)) {
            return false;
        }
        if (used == SIZE_MAX) {
            redis_error(call, REDIS_SYNTAX);
            return false;
        }
        at += used;
    }
    return true;
}

static bool refuse_missing(const struct redis_call *call, const char *what)
{
    char text[256];
    const struct bytes name = call->arguments[0];
    (void)snprintf(text, sizeof(text), "ERR exactly one of %s can be specified for %.*s", what,
                   (int)(name.size < 64 ? name.size : 64), (const char *)name.data);
    redis_error(call, text);
    return false;
}

static bool options_agree(const struct redis_call *call, const struct redis_search *search)
{
    const bool is_search =
        search->form == REDIS_FORM_SEARCH || search->form == REDIS_FORM_SEARCH_STORE;
    if (search->has_store && (search->with_distance || search->with_hash || search->with_place)) {
        redis_error(call, search->form == REDIS_FORM_SEARCH_STORE
                              ? "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and "
                                "WITHCOORD options"
                              : "ERR STORE option in GEORADIUS is not compatible with WITHDIST, "
                                "WITHHASH and WITHCOORD options");
        return false;
    }
    if (is_search && search->has_polygon && (search->has_centre || search->has_member)) {
        redis_error(call, REDIS_SYNTAX);
        return false;
    }
    if (is_search && !search->has_polygon && !search->has_member && !search->has_centre) {
        return refuse_missing(call, "FROMMEMBER or FROMLONLAT");
    }
    if (is_search && !search->has_radius && !search->has_box && !search->has_polygon) {
        return refuse_missing(call, "BYRADIUS and BYBOX");
    }
    if (search->is_any && search->count == 0) {
        redis_error(call, "ERR the ANY argument requires COUNT argument");
        return false;
    }
    return true;
}

static int compare_nearest(const void *left, const void *right)
{
    const struct redis_hit *const a = left;
    const struct redis_hit *const b = right;
    return (a->distance_m > b->distance_m) - (a->distance_m < b->distance_m);
}

static int compare_farthest(const void *left, const void *right)
{
    return -compare_nearest(left, right);
}

static void write_hit(const struct redis_call *call, const struct redis_search *search,
                      const struct redis_hit *hit)
{
    const size_t options = (size_t)search->with_distance + search->with_hash + search->with_place;
    if (options > 0) {
        resp_write_array(call->out, options + 1);
    }
    resp_write_bulk(call->out, hit->member.name);
    if (search->with_distance) {
        redis_write_distance(call, hit->distance_m / search->area.unit_m);
    }
    if (search->with_hash) {
        resp_write_integer(call->out, (int64_t)hit->member.score);
    }
    if (search->with_place) {
        resp_write_array(call->out, 2);
        redis_coordinate(call, hit->place.lng_deg);
        redis_coordinate(call, hit->place.lat_deg);
    }
}

static void store_hits(const struct redis_call *call, const struct redis_search *search,
                       const struct redis_hit *hits, size_t count)
{
    // Names may lie in the set that is dropped: they live until the turn ends.
    (void)redis_key_drop(call, search->store);
    for (size_t i = 0; i < count; i++) {
        const double score = search->stores_distance ? hits[i].distance_m / search->area.unit_m
                                                     : hits[i].member.score;
        if (!redis_set_put(call, search->store, hits[i].member.name, score)) {
            return;
        }
    }
    resp_write_integer(call->out, (int64_t)count);
}

static void answer(const struct redis_call *call, struct redis_search *search)
{
    struct buffer hits = {.account = call->world->account};
    if (search->count != 0 && search->order == REDIS_ORDER_NONE && !search->is_any) {
        search->order = REDIS_ORDER_NEAREST;
    }
    if (search->set != NULL) {
        redis_find(call, search, &hits);
    }
    if (hits.failed) {
        redis_error(call, "OOM no memory for the answer; use COUNT");
        buffer_free(&hits);
        return;
    }
    const void *const data = hits.data;
    const struct redis_hit *const items = data;
    size_t count = hits.size / sizeof(*items);
    if (count > 0) {
        qsort(hits.data, count, sizeof(*items), redis_compare_found);
    }
    if (search->is_any && count > (size_t)search->count) {
        count = (size_t)search->count; // where Redis stops
    }
    if (search->order != REDIS_ORDER_NONE && count > 0) {
        qsort(hits.data, count, sizeof(*items),
              search->order == REDIS_ORDER_NEAREST ? compare_nearest : compare_farthest);
    }
    count = search->count != 0 && (size_t)search->count < count ? (size_t)search->count : count;
    if (search->has_store) {
        store_hits(call, search, items, count);
    } else {
        resp_write_array(call->out, count);
        for (size_t i = 0; i < count; i++) {
            write_hit(call, search, &items[i]);
        }
    }
    buffer_free(&hits);
}

static void run_search(const struct redis_call *call, enum redis_form form, bool may_store)
{
    struct redis_search search = {.form = form,
                                  .may_store = may_store,
                                  .has_store = form == REDIS_FORM_SEARCH_STORE,
                                  .polygon = {.account = call->world->account}};
    search.store = call->arguments[1];
    const size_t key = form == REDIS_FORM_SEARCH_STORE ? 2 : 1;
    bool is_taken = redis_set_find(call, call->arguments[key], &search.set);
    size_t at = key + 1;
    if (is_taken && form == REDIS_FORM_RADIUS) {
        is_taken = redis_take_place(call, 2, &search.area.centre) && take_radius(call, &search, 4);
        at = 6;
    } else if (is_taken && form == REDIS_FORM_RADIUS_MEMBER) {
        at = 5;
        is_taken =
            search.set == NULL || (take_member(call, &search, 2) && take_radius(call, &search, 3));
    }
    if (is_taken && take_options(call, &search, at) && options_agree(call, &search)) {
        answer(call, &search);
    }
    buffer_free(&search.polygon);
}

void redis_geosearch(const struct redis_call *call)
{
    run_search(call, REDIS_FORM_SEARCH, false);
}

void redis_geosearchstore(const struct redis_call *call)
{
    run_search(call, REDIS_FORM_SEARCH_STORE, true);
}

void redis_georadius(const struct redis_call *call)
{
    run_search(call, REDIS_FORM_RADIUS, true);
}

void redis_georadiusbymember(const struct redis_call *call)
{
    run_search(call, REDIS_FORM_RADIUS_MEMBER, true);
}

void redis_georadius_ro(const struct redis_call *call)
{
    run_search(call, REDIS_FORM_RADIUS, false);
}

void redis_georadiusbymember_ro(const struct redis_call *call)
{
    run_search(call, REDIS_FORM_RADIUS_MEMBER, false);
}
