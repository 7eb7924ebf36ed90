// Reverse geocoding: what is here.
//
// Houses, places of interest and streets are taken by distance, then the areas that contain the
// point, the smallest first. A house is preferred to the street it stands on: a street counts as
// farther than it is.
#include <string.h>

#include "geo/distance.h"
#include "search/search_private.h"

static const double street_handicap_m = 25;
static const double settlement_reach_m = 20e3;
static const double poi_handicap_m = 8; // inside a house the address comes before its shops

enum { NEAR_MAX = SEARCH_LIMIT_MAX + 8, AREAS_MAX = 64 };

struct gathering {
    struct searcher *searcher;
    const struct atlas *atlas;
    const struct reverse_query *query;
};

static bool layer_wanted(const struct reverse_query *query, enum atlas_layer layer)
{
    return query->layers == 0 || (query->layers & 1U << layer) != 0;
}

static bool lies_within(const struct reverse_query *query, struct geo_point point)
{
    return query->within == NULL || shape_contains_point(*query->within, point);
}

// Confidence falls with distance, as the accuracy of an address does.
static float confidence_at(double away_m)
{
    static const struct {
        double within_m;
        float confidence;
    } steps[] = {{1, 1.0F}, {10, 0.95F}, {50, 0.9F}, {100, 0.8F}, {250, 0.7F}, {1000, 0.6F}};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        if (away_m <= steps[i].within_m) {
            return steps[i].confidence;
        }
    }
    return 0.5F;
}

// Results are in order of `order_m`: it is their score with its sign turned.
static void near_add(const struct gathering *gathering, uint32_t reference, struct geo_point point,
                     double away_m, double order_m)
{
    if (!lies_within(gathering->query, point)) {
        return;
    }
    const struct search_result result = {
        .reference = reference,
        .match = MATCH_NEAREST,
        .point = point,
        .score = (float)-order_m,
        .confidence = confidence_at(away_m),
        .distance_m = away_m,
    };
    result_add(gathering->searcher, &result);
}

static bool point_wanted(void *context, uint32_t reference)
{
    const struct gathering *const gathering = context;
    if (!lies_within(gathering->query, atlas_point(gathering->atlas, reference))) {
        return false;
    }
    if ((reference & ATLAS_REF_HOUSE) != 0) {
        return layer_wanted(gathering->query, LAYER_ADDRESS);
    }
    return layer_wanted(gathering->query, LAYER_POI);
}

static bool is_house(void *context, uint32_t reference)
{
    (void)context;
    return (reference & ATLAS_REF_HOUSE) != 0;
}

static void points_gather(struct gathering *gathering)
{
    const struct reverse_query *const query = gathering->query;
    if (!layer_wanted(query, LAYER_ADDRESS) && !layer_wanted(query, LAYER_POI)) {
        return;
    }
    struct points_hit hits[NEAR_MAX];
    // One more than wanted: a house and a shop at one point change places.
    const size_t count =
        points_nearest(&gathering->atlas->points, query->point, query->radius_m,
                       query->layers == 0 && query->within == NULL ? NULL : point_wanted, gathering,
                       hits, query->limit + 1);
    for (size_t i = 0; i < count; i++) {
        const bool is_house = (hits[i].reference & ATLAS_REF_HOUSE) != 0;
        near_add(gathering, hits[i].reference, hits[i].point, hits[i].distance_m,
                 hits[i].distance_m + (is_house ? 0 : poi_handicap_m));
    }
}

// Only for those who ask for them: at a corner they are no nearer than the houses.
static void crossings_gather(struct gathering *gathering)
{
    const struct reverse_query *const query = gathering->query;
    if ((query->layers & 1U << LAYER_INTERSECTION) == 0) {
        return;
    }
    struct points_hit hits[NEAR_MAX];
    const size_t count = points_nearest(&gathering->atlas->crossing_points, query->point,
                                        query->radius_m, NULL, NULL, hits, query->limit);
    for (size_t i = 0; i < count; i++) {
        near_add(gathering, hits[i].reference, hits[i].point, hits[i].distance_m,
                 hits[i].distance_m);
    }
}

static void streets_gather(struct gathering *gathering)
{
    const struct reverse_query *const query = gathering->query;
    const struct searcher *const searcher = gathering->searcher;
    if (!layer_wanted(query, LAYER_STREET)) {
        return;
    }
    double radius_m = query->radius_m;
    if (searcher->result_count == searcher->result_limit) {
        // Farther streets would not be kept.
        const double last_m = -(double)searcher->results[searcher->result_count - 1].score;
        radius_m = last_m - street_handicap_m < radius_m ? last_m - street_handicap_m : radius_m;
    }
    if (radius_m <= 0) {
        return;
    }
    struct lines_hit hits[NEAR_MAX];
    const size_t count = lines_nearest(&gathering->atlas->lines, query->point, radius_m, NULL, NULL,
                                       hits, query->within == NULL ? query->limit : NEAR_MAX);
    const uint32_t first = atlas_layer_first(gathering->atlas, LAYER_STREET);
    for (size_t i = 0; i < count; i++) {
        near_add(gathering, hits[i].reference + first, hits[i].point, hits[i].distance_m,
                 hits[i].distance_m + street_handicap_m);
    }
}

// What the nearest house says it is in, of the layers that no outline told: postcodes and localities are
// often known from addresses alone.
static unsigned neighbourly_gather(struct gathering *gathering, unsigned told)
{
    const struct atlas *const atlas = gathering->atlas;
    const struct reverse_query *const query = gathering->query;
    struct points_hit hit;
    if (points_nearest(&atlas->points, query->point, query->radius_m, is_house, gathering, &hit,
                       1) == 0) {
        return told;
    }
    const struct atlas_list chain =
        atlas_chain(atlas, atlas->houses[hit.reference & ~ATLAS_REF_HOUSE].chain);
    for (uint32_t i = 0; i < chain.count; i++) {
        const enum atlas_layer layer = (enum atlas_layer)atlas->docs[chain.items[i]].layer;
        if (layer_wanted(query, layer) && (told & 1U << layer) == 0) {
            near_add(gathering, chain.items[i], atlas_point(atlas, chain.items[i]), hit.distance_m,
                     1e9 * (double)(LAYER_COUNT - layer));
        }
        told |= 1U << layer;
    }
    return told;
}

static bool settlement_wanted(void *context, uint32_t doc)
{
    const struct gathering *const gathering = context;
    return layer_wanted(gathering->query, (enum atlas_layer)gathering->atlas->docs[doc].layer);
}

// Where neither an outline nor a house tells the settlement: the nearest, by where it is drawn.
static void settlement_gather(struct gathering *gathering, unsigned told)
{
    static const unsigned layers =
        1U << LAYER_LOCALITY | 1U << LAYER_BOROUGH | 1U << LAYER_NEIGHBOURHOOD;
    const struct atlas *const atlas = gathering->atlas;
    const struct reverse_query *const query = gathering->query;
    struct points_hit hit;
    if ((told & layers) != 0 || (query->layers != 0 && (query->layers & layers) == 0) ||
        points_nearest(&atlas->settlements, query->point, settlement_reach_m, settlement_wanted,
                       gathering, &hit, 1) == 0) {
        return;
    }
    const enum atlas_layer layer = (enum atlas_layer)atlas->docs[hit.reference].layer;
    near_add(gathering, hit.reference, hit.point, hit.distance_m,
             1e9 * (double)(LAYER_COUNT - layer));
}

// Behind everything that is merely near: the areas, by layer from the smallest.
static void areas_gather(struct gathering *gathering)
{
    const struct atlas *const atlas = gathering->atlas;
    const struct reverse_query *const query = gathering->query;
    uint32_t docs[AREAS_MAX];
    unsigned told = 0;
    const size_t count = atlas_areas_at(atlas, query->point, docs, AREAS_MAX);
    for (size_t i = 0; i < count; i++) {
        const enum atlas_layer layer = (enum atlas_layer)atlas->docs[docs[i]].layer;
        if (layer_wanted(query, layer)) {
            near_add(gathering, docs[i], atlas_point(atlas, docs[i]), 0,
                     1e9 * (double)(LAYER_COUNT - layer));
        }
        told |= 1U << layer;
    }
    settlement_gather(gathering, neighbourly_gather(gathering, told));
}

// Live objects with a name or an address: an address counts as a house does, a name as a place of
// interest.
static bool object_gather(void *context, const struct object *object, double away_m)
{
    const struct gathering *const gathering = context;
    struct searcher *const searcher = gathering->searcher;
    struct overlay_place place;
    buffer_clear(&searcher->texts);
    if (overlay_place_read(object, &searcher->texts, &place) == STATUS_OK &&
        layer_wanted(gathering->query, place.layer)) {
        struct row row;
        object_row(object, &row);
        if (!lies_within(gathering->query, row.point)) {
            return true;
        }
        const double order_m = away_m + (place.layer == LAYER_ADDRESS ? 0 : poi_handicap_m);
        const struct search_result result = {
            .reference = UINT32_MAX,
            .object = object,
            .match = MATCH_NEAREST,
            .point = row.point,
            .score = (float)-order_m,
            .confidence = confidence_at(away_m),
            .distance_m = away_m,
        };
        result_add(searcher, &result);
    }
    return searcher->result_count < searcher->result_limit ||
           away_m < -(double)searcher->results[searcher->result_count - 1].score;
}

static void objects_gather(struct gathering *gathering, const struct overlay *overlay)
{
    if (overlay_snapshot(overlay) == NULL) {
        return;
    }
    const struct live_view view = live_view_now(overlay_live(overlay));
    const struct collection *collection = live_collection_next(view, (struct bytes){0});
    for (; collection != NULL;
         collection = live_collection_next(view, collection_name(collection))) {
        if (collection_settings(collection)->is_searchable) {
            collection_nearest(collection, gathering->query->point, gathering->query->radius_m,
                               object_gather, gathering);
        }
    }
}

enum status search_reverse(struct searcher *searcher, const struct search_world *world,
                           const struct reverse_query *query, struct search_result *results,
                           unsigned *count, struct fault *fault)
{
    (void)fault;
    struct gathering gathering = {.searcher = searcher, .atlas = world->atlas, .query = query};
    searcher_begin(searcher, world, query->limit);
    if (world->overlay != NULL) {
        objects_gather(&gathering, world->overlay);
    }
    if (world->atlas != NULL) {
        points_gather(&gathering);
        crossings_gather(&gathering);
        streets_gather(&gathering);
        if (searcher->result_count < searcher->result_limit) {
            areas_gather(&gathering);
        }
    }
    for (unsigned i = 0; i < searcher->result_count; i++) {
        results[i] = searcher->results[i];
        results[i].score = results[i].confidence;
    }
    *count = searcher->result_count;
    return STATUS_OK;
}
