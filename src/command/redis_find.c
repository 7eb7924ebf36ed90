// The members that lie in an area.
//
// Redis looks at up to nine runs of scores and answers in their order. We find members by place, and
// put them in that order afterwards.
#include <math.h>

#include "command/redis_private.h"

// Redis's earth is a little larger than ours; places in the index are rounded to units.
#define EARTHS  1.000281
#define SLACK_M 0.1

struct finding {
    const struct redis_search *search;
    struct redis_range ranges[9];
    size_t range_count;
    struct buffer *hits;
    // Of the nearest: distances so far, sorted; no member farther than the last of `wanted` matters.
    struct buffer distances;
    size_t wanted;
};

static bool add_hit(struct finding *finding, const struct object *object, double *distance_m)
{
    struct redis_hit hit = {.member = {.score = redis_score_of(object), .name = object_id(object)}};
    if (!(hit.member.score >= 0 && hit.member.score < (double)REDIS_SCORES)) {
        return false;
    }
    const uint64_t score = (uint64_t)hit.member.score;
    hit.place = redis_decode(score);
    if (!redis_area_holds(&finding->search->area, hit.place, &hit.distance_m)) {
        return false;
    }
    bool is_found = false;
    for (size_t i = 0; i < finding->range_count; i++) {
        if (score >= finding->ranges[i].from && score < finding->ranges[i].until) {
            hit.range = i;
            buffer_append(finding->hits, &hit, sizeof(hit));
            is_found = true;
        }
    }
    *distance_m = hit.distance_m;
    return is_found;
}

static bool take_any(void *context, const struct object *object)
{
    double distance_m;
    (void)!add_hit(context, object, &distance_m);
    return true;
}

// Keeps the distances sorted; there are few.
static void keep_distance(struct finding *finding, double distance_m)
{
    buffer_append(&finding->distances, &distance_m, sizeof(distance_m));
    void *const data = finding->distances.data;
    double *const distances = data;
    if (finding->distances.failed) {
        return;
    }
    size_t at = finding->distances.size / sizeof(double) - 1;
    for (; at > 0 && distances[at - 1] > distance_m; at--) {
        distances[at] = distances[at - 1];
    }
    distances[at] = distance_m;
}

static bool take_nearest(void *context, const struct object *object, double distance_m)
{
    struct finding *const finding = context;
    const void *const data = finding->distances.data;
    const double *const distances = data;
    const size_t count = finding->distances.size / sizeof(double);
    if (count >= finding->wanted &&
        distance_m * EARTHS > distances[finding->wanted - 1] + SLACK_M) {
        return false;
    }
    double exact_m;
    if (add_hit(finding, object, &exact_m)) {
        keep_distance(finding, exact_m);
    }
    return !finding->distances.failed;
}

// Of a box: along the meridian, then along the parallel.
static double reach_of_m(const struct redis_area *area)
{
    const double reach =
        area->kind == REDIS_RADIUS ? area->radius : (area->width + area->height) / 2;
    return reach * area->unit_m * 1.001 + 1;
}

static struct geo_point centre_of(const struct redis_area *area)
{
    return GEO_POINT(area->centre.lng_deg, area->centre.lat_deg);
}

// A shape that holds all places of the area.
static void add_region(const struct redis_search *search, struct buffer *region)
{
    const struct redis_area *const area = &search->area;
    const double widest_m = 10e6; // beyond, what Redis's box means is not worth a circle
    if (area->kind == REDIS_POLYGON) {
        shape_add_box(region, shape_box(area->polygon));
    } else if (reach_of_m(area) < widest_m && area->kind == REDIS_RADIUS) {
        shape_add_circle(region, centre_of(area), reach_of_m(area));
    } else {
        shape_add_box(region, (struct geo_box){.west_e7 = -GEO_LNG_MAX,
                                               .south_e7 = -GEO_LAT_MAX,
                                               .east_e7 = GEO_LNG_MAX,
                                               .north_e7 = GEO_LAT_MAX});
    }
}

// A box of Redis is as many metres wide at each of its parallels: more degrees towards the poles.
static bool add_box_region(const struct redis_area *area, struct buffer *region)
{
    const double earth_m = 6371000; // smaller than Redis's
    const double lat_off = area->height * area->unit_m / 2 / earth_m * 180 / M_PI + 1e-4;
    const double lat_far = fabs(area->centre.lat_deg) + lat_off;
    const double turn = fmin(area->width * area->unit_m / 4 / earth_m, M_PI / 2);
    const double share = sin(turn) / cos(fmin(lat_far, 89) * M_PI / 180);
    const double lng_off = share < 1 ? 2 * asin(share) * 180 / M_PI + 1e-4 : 180;
    const double west = area->centre.lng_deg - lng_off;
    const double east = area->centre.lng_deg + lng_off;
    const double south = area->centre.lat_deg - lat_off;
    const double north = area->centre.lat_deg + lat_off;
    if (lng_off >= 90 || lat_far >= 89) {
        return false;
    }
    shape_add_box(region,
                  (struct geo_box){.west_e7 = geo_e7_from_deg(west < -180 ? west + 360 : west),
                                   .south_e7 = geo_e7_from_deg(south),
                                   .east_e7 = geo_e7_from_deg(east > 180 ? east - 360 : east),
                                   .north_e7 = geo_e7_from_deg(north)});
    return true;
}

enum { NEAREST_MAX = 1000 };

void redis_find(const struct redis_call *call, const struct redis_search *search,
                struct buffer *hits)
{
    struct finding finding = {.search = search,
                              .hits = hits,
                              .distances = {.account = call->world->account},
                              .wanted = (size_t)search->count};
    finding.range_count = redis_area_ranges(&search->area, finding.ranges);
    if (search->order == REDIS_ORDER_NEAREST && search->count > 0 && search->count <= NEAREST_MAX &&
        !search->is_any && search->area.kind != REDIS_POLYGON) {
        collection_nearest(search->set, centre_of(&search->area), reach_of_m(&search->area),
                           take_nearest, &finding);
    } else {
        struct buffer region = {.account = call->world->account};
        if (search->area.kind != REDIS_BOX || !add_box_region(&search->area, &region)) {
            add_region(search, &region);
        }
        if (!region.failed) {
            collection_in(search->set, (struct shape){buffer_bytes(&region)}, LIVE_MAY_MEET,
                          take_any, &finding);
        }
        hits->failed |= region.failed;
        buffer_free(&region);
    }
    hits->failed |= finding.distances.failed;
    buffer_free(&finding.distances);
}

// The order in which Redis comes upon them.
int redis_compare_found(const void *left, const void *right)
{
    const struct redis_hit *const a = left;
    const struct redis_hit *const b = right;
    if (a->range != b->range) {
        return a->range < b->range ? -1 : 1;
    }
    const int order = (a->member.score > b->member.score) - (a->member.score < b->member.score);
    return order != 0 ? order : bytes_compare(a->member.name, b->member.name);
}
