// The nearest objects, in exact order, as many as are asked for.
//
// The first sixteen come from a search that keeps the best so far and narrows its reach. Who asks for
// more gets rings: everything farther than the last and within twice the distance (or eight times,
// where little was) is gathered, sorted and given out, and so on.
#include <math.h>
#include <stdlib.h>

#include "geo/distance.h"
#include "geo/trig.h"
#include "live/live_private.h"

enum { FIRST_COUNT = 16 };
#define GLOBE_M 20100000.0

struct near_hit {
    double chord; // squared, on the unit sphere
    slab_handle version;
};

struct near_search {
    struct places_search places; // first
    const struct live *live;
    struct geo_point centre;
    bool has_last; // hits up to this one have been given out
    struct near_hit last;
    double last_m;
    struct near_hit best[FIRST_COUNT];
    size_t count;
    struct buffer *ring; // NULL: the best are kept
};

static struct bytes id_of(const struct live *live, slab_handle version)
{
    return object_id(live_version_at(live, version));
}

// Nearer first; equally near ones by id.
static int compare(const struct live *live, const struct near_hit *left,
                   const struct near_hit *right)
{
    const int order = (left->chord > right->chord) - (left->chord < right->chord);
    return order != 0 || left->version == right->version
               ? order
               : bytes_compare(id_of(live, left->version), id_of(live, right->version));
}

static void keep(struct near_search *search, const struct near_hit *hit)
{
    size_t at = search->count;
    if (at == FIRST_COUNT) {
        if (compare(search->live, hit, &search->best[at - 1]) >= 0) {
            return;
        }
        at--;
    } else {
        search->count++;
    }
    for (; at > 0 && compare(search->live, hit, &search->best[at - 1]) < 0; at--) {
        search->best[at] = search->best[at - 1];
    }
    search->best[at] = *hit;
    if (search->count == FIRST_COUNT) {
        search->places.around.reach = search->best[FIRST_COUNT - 1].chord;
    }
}

static void found_point(struct places_search *places, uint32_t item, double chord)
{
    struct near_search *const search = (struct near_search *)places;
    const struct near_hit hit = {.chord = chord, .version = item};
    if (search->has_last && compare(search->live, &hit, &search->last) <= 0) {
        return;
    }
    if (search->ring != NULL) {
        buffer_append(search->ring, &hit, sizeof(hit));
    } else {
        keep(search, &hit);
    }
}

static double chord_of(double distance_m)
{
    const double angle = distance_m / DISTANCE_EARTH_RADIUS_M;
    const double half_sine = trig_sin_cos((angle < TRIG_PI ? angle : TRIG_PI) / 2).sin;
    return 4 * half_sine * half_sine;
}

static void found_extent(struct places_search *places, uint32_t item, double bound)
{
    struct near_search *const search = (struct near_search *)places;
    uint8_t scratch[ROW_SCRATCH_SIZE];
    const struct shape shape = object_shape(live_version_at(search->live, item), scratch);
    const double chord = chord_of(shape_distance_to_point_m(shape, search->centre));
    (void)bound;
    if (chord <= places->around.reach) {
        found_point(places, item, chord);
    }
}

static void run(struct near_search *search, const struct collection *collection, double radius_m)
{
    const struct slab *const slab = &search->live->slab;
    search->places.around = tree_search_around(search->centre, radius_m);
    search->places.found = found_point;
    search->count = 0;
    places_near(slab, &collection->points, &search->places);
    if (collection->extents.root != 0) {
        search->places.found = found_extent;
        places_near(slab, &collection->extents, &search->places);
    }
}

// Within how much the next sixteen are, or a guess.
static double first_radius_m(const struct near_search *search, const struct collection *collection,
                             double wanted_m)
{
    const struct slab *const slab = &search->live->slab;
    bool is_sure;
    if (wanted_m < 1000) {
        return wanted_m; // small already
    }
    const double points_m =
        places_radius_m(slab, &collection->points, search->centre, FIRST_COUNT, &is_sure);
    const double extents_m = is_sure ? (double)INFINITY
                                     : places_radius_m(slab, &collection->extents, search->centre,
                                                       FIRST_COUNT, &is_sure);
    return fmin(wanted_m, fmin(points_m, extents_m));
}

// Who gets the objects will look at their rows and ids: both come while others are looked at.
static void fetch(const struct live *live, const struct near_hit *hits, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        __builtin_prefetch(live_version_at(live, hits[i].version));
    }
    for (size_t i = 0; i < count; i++) {
        __builtin_prefetch(live_entry_at(live, live_version_at(live, hits[i].version)->entry));
    }
}

// Gives out what was found. False when there will be no more.
static bool give(struct near_search *search, const struct near_hit *hits, size_t count,
                 double radius_m, live_each_near *each, void *context)
{
    for (size_t i = 0; i < count; i++) {
        if (i % FIRST_COUNT == 0) {
            fetch(search->live, hits + i, count - i < FIRST_COUNT ? count - i : FIRST_COUNT);
        }
        // The arc sine is right to a nanometre, which is not to say that it rises.
        const double distance_m = fmax(tree_distance_m(hits[i].chord), search->last_m);
        if (distance_m > radius_m ||
            !each(context, live_version_at(search->live, hits[i].version), distance_m)) {
            return false;
        }
        search->last_m = distance_m;
        search->last = hits[i];
        search->has_last = true;
    }
    return true;
}

static int by_order(const void *left, const void *right, void *live)
{
    return compare(live, left, right);
}

// The rings after the first. When there is no memory for one, the next sixteen are looked for.
static void go_on(struct near_search *search, const struct collection *collection, double wanted_m,
                  double radius_m, live_each_near *each, void *context)
{
    struct buffer ring SCOPED(buffer_free) = {.account = collection->live->account};
    double reach_m = fmax(2 * tree_distance_m(search->last.chord), 1);
    for (;;) {
        buffer_clear(&ring);
        search->ring = &ring;
        run(search, collection, fmin(reach_m, wanted_m));
        if (ring.failed) {
            search->ring = NULL;
            run(search, collection, wanted_m);
            if (!give(search, search->best, search->count, radius_m, each, context) ||
                search->count < FIRST_COUNT) {
                return;
            }
            continue;
        }
        struct near_hit *const hits = (struct near_hit *)(void *)ring.data;
        const size_t count = ring.size / sizeof(*hits);
        if (count > 0) {
            qsort_r(hits, count, sizeof(*hits), by_order, collection->live);
        }
        if (!give(search, hits, count, radius_m, each, context) || reach_m >= wanted_m) {
            return;
        }
        reach_m *= count < FIRST_COUNT ? 8 : 2; // where little is, wider rings
    }
}

void collection_nearest(const struct collection *collection, struct geo_point point,
                        double radius_m, live_each_near *each, void *context)
{
    struct near_search search = {.live = collection->live, .centre = point};
    if (!(radius_m >= 0) || collection->points.count + collection->extents.count == 0) {
        return;
    }
    const double wanted_m = fmin(radius_m, GLOBE_M);
    double reach_m = first_radius_m(&search, collection, wanted_m);
    for (;;) {
        run(&search, collection, reach_m);
        if (search.count == FIRST_COUNT || reach_m >= wanted_m) {
            break;
        }
        reach_m = fmin(reach_m * 4 + 1, wanted_m);
    }
    if (give(&search, search.best, search.count, radius_m, each, context) &&
        search.count == FIRST_COUNT) {
        go_on(&search, collection, wanted_m, radius_m, each, context);
    }
}
