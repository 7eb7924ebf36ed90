// Places of interest around a point or in an area, by category and brand, nearest first.
#include "geo/distance.h"
#include "index/ranges.h"
#include "search/nearby.h"
#include "search/scoring.h"

enum { LISTS_MAX = CATEGORY_COUNT };

struct gathering {
    struct searcher *searcher;
    const struct atlas *atlas;
    const struct places_query *query;
    struct search_query area; // box and shape
    struct geo_point centre;
    double radius_m;
    struct atlas_list lists[LISTS_MAX];
    unsigned list_count;
    bool has_lists;  // and nothing else is looked at
    bool has_brands; // categories are still to be asked of each place
};

// --- where ---

static double farthest_corner_m(struct geo_point point, struct geo_box box)
{
    const struct geo_point corners[] = {{box.west_e7, box.south_e7},
                                        {box.west_e7, box.north_e7},
                                        {box.east_e7, box.south_e7},
                                        {box.east_e7, box.north_e7}};
    double farthest_m = 0;
    for (size_t i = 0; i < COUNT_OF(corners); i++) {
        const double away_m = distance_m(point, corners[i]);
        farthest_m = away_m > farthest_m ? away_m : farthest_m;
    }
    return farthest_m + 1;
}

// The box of the smallest of the areas asked for; false: there is none.
static bool area_box(const struct atlas *atlas, const struct places_query *query,
                     struct geo_box *box)
{
    if (query->within != NULL) {
        *box = shape_box(*query->within);
        return true;
    }
    if (query->inside != UINT32_MAX && atlas != NULL) {
        const struct atlas_doc *const doc = &atlas->docs[query->inside];
        const double radius_m = context_radius_m((enum atlas_layer)doc->layer);
        *box = doc->box != 0 ? atlas->boxes[doc->box - 1]
                             : geo_box_around(atlas_point(atlas, query->inside),
                                              radius_m > 0 ? radius_m : SEARCH_PLACES_RADIUS_M);
        return true;
    }
    *box = query->box;
    return query->has_box;
}

static bool is_inside(const struct atlas *atlas, uint32_t doc, uint32_t area)
{
    struct atlas_list chains[2] = {atlas_chain(atlas, atlas->docs[doc].chain)};
    const uint32_t house = atlas->pois[doc - atlas_layer_first(atlas, LAYER_POI)].house;
    if (house != 0) {
        chains[1] = atlas_chain(atlas, atlas->houses[house - 1].chain);
    }
    for (unsigned i = 0; i < COUNT_OF(chains); i++) {
        for (uint32_t k = 0; k < chains[i].count; k++) {
            if (chains[i].items[k] == area) {
                return true;
            }
        }
    }
    return false;
}

// --- what ---

static bool has_category(const struct places_query *query, struct bytes name)
{
    return !query->has_categories || category_set_has(&query->categories, category_from_name(name));
}

static bool is_wikidata(struct bytes brand)
{
    if (brand.size < 2 || brand.data[0] != 'Q') {
        return false;
    }
    for (size_t i = 1; i < brand.size; i++) {
        if (brand.data[i] < '0' || brand.data[i] > '9') {
            return false;
        }
    }
    return true;
}

// Whether the brand of the place is one of those given as "Q37158"; true when none is.
static bool has_brand_id(const struct atlas *atlas, const struct places_query *query, uint32_t doc)
{
    bool is_asked = false;
    for (unsigned i = 0; i < query->brand_count; i++) {
        if (!is_wikidata(query->brands[i])) {
            return true; // by name: the lists are of those
        }
        is_asked = true;
        const struct atlas_list facts = atlas_facts(atlas, doc);
        for (uint32_t k = 0; k < facts.count; k++) {
            if (bytes_equal(atlas_string(atlas, facts.items[2 * (size_t)k]),
                            BYTES_OF("brand:wikidata")) &&
                bytes_equal(atlas_string(atlas, facts.items[2 * (size_t)k + 1]),
                            query->brands[i])) {
                return true;
            }
        }
    }
    return !is_asked;
}

static bool poi_wanted(void *context, uint32_t doc)
{
    const struct gathering *const gathering = context;
    const struct atlas *const atlas = gathering->atlas;
    const struct places_query *const query = gathering->query;
    return candidate_lies_within(&gathering->area, atlas_point(atlas, doc)) &&
           (query->inside == UINT32_MAX || is_inside(atlas, doc, query->inside)) &&
           (!gathering->has_brands ||
            (has_category(query,
                          atlas_string(atlas, atlas->categories[atlas->docs[doc].category])) &&
             has_brand_id(atlas, query, doc)));
}

// The documents that have the brand as a name.
static enum status brand_lists(struct gathering *gathering, struct bytes brand, struct fault *fault)
{
    struct searcher *const searcher = gathering->searcher;
    const struct search_query query = {.text = brand};
    searcher->match_count = 0;
    TRY(query_read(searcher, &query, false, fault));
    matches_find(searcher, gathering->atlas, false);
    for (unsigned i = 0; i < searcher->match_count && gathering->list_count < LISTS_MAX; i++) {
        const struct name_match *const match = &searcher->matches[i];
        if (match->mask == searcher->query.all && !match->is_prefix) {
            const struct postings postings = postings_of(gathering->atlas, match->first);
            gathering->lists[gathering->list_count++] =
                (struct atlas_list){.items = postings.items, .count = postings.count};
        }
    }
    return STATUS_OK;
}

static enum status lists_find(struct gathering *gathering, struct fault *fault)
{
    const struct places_query *const query = gathering->query;
    gathering->has_brands = query->brand_count != 0;
    for (unsigned i = 0; i < query->brand_count; i++) {
        if (!is_wikidata(query->brands[i])) {
            gathering->has_lists = true;
            TRY(brand_lists(gathering, query->brands[i], fault));
        }
    }
    if (!gathering->has_lists && query->has_categories &&
        gathering->atlas->category_index != NULL) {
        gathering->has_lists = true;
        gathering->list_count = kind_lists(gathering->atlas, &query->categories, gathering->lists);
    } else if (query->has_categories) {
        gathering->has_brands = true; // asked of each place
    }
    return STATUS_OK;
}

// --- gathering ---

static void place_add(const struct gathering *gathering, struct search_result result, double away_m)
{
    result.match = MATCH_NEAREST;
    result.score = (float)-away_m;
    result.confidence = 1;
    result.distance_m = away_m;
    result_add(gathering->searcher, &result);
}

static enum status pois_gather(struct gathering *gathering, struct geo_box box, bool has_box,
                               struct fault *fault)
{
    TRY(lists_find(gathering, fault));
    if (gathering->has_lists && gathering->list_count == 0) {
        return STATUS_OK;
    }
    struct nearby_hit hits[SEARCH_LIMIT_MAX + 1];
    struct ranges_region region;
    struct nearby nearby = {
        .atlas = gathering->atlas,
        .centre = gathering->centre,
        .radius_m = gathering->radius_m,
        .lists = gathering->lists,
        .list_count = gathering->list_count,
        .wanted = poi_wanted,
        .context = gathering,
    };
    if (has_box && !geo_box_contains(box, gathering->centre)) {
        // The circles around somebody outside would pass what lies between.
        const struct geo_point middle = geo_box_centre(box);
        region = ranges_region_cap(middle, farthest_corner_m(middle, box));
        nearby.region = &region;
    }
    const unsigned count = nearby_find(&nearby, hits, gathering->query->limit);
    for (unsigned i = 0; i < count; i++) {
        place_add(gathering,
                  (struct search_result){.reference = hits[i].doc,
                                         .point = atlas_point(gathering->atlas, hits[i].doc)},
                  hits[i].distance_m);
    }
    return STATUS_OK;
}

static bool object_is_inside(const struct gathering *gathering, struct geo_point point)
{
    enum { AREAS_MAX = 64 };
    uint32_t docs[AREAS_MAX];
    const uint32_t area = gathering->query->inside;
    if (area == UINT32_MAX) {
        return true;
    }
    const size_t found = areas_at(&gathering->atlas->areas, point, docs, AREAS_MAX);
    for (size_t i = 0; i < found && i < AREAS_MAX; i++) {
        if (docs[i] == area) {
            return true;
        }
    }
    return false;
}

static bool object_has_brand(const struct places_query *query, struct bytes name)
{
    bool has_brand = query->brand_count == 0;
    for (unsigned i = 0; i < query->brand_count; i++) {
        has_brand = has_brand || bytes_equal(query->brands[i], name);
    }
    return has_brand;
}

static bool object_gather(void *context, const struct object *object, double away_m)
{
    struct gathering *const gathering = context;
    struct searcher *const searcher = gathering->searcher;
    struct overlay_place place;
    struct row row;
    buffer_clear(&searcher->texts);
    object_row(object, &row);
    if (overlay_place_read(object, &searcher->texts, &place) == STATUS_OK &&
        place.layer == LAYER_POI && has_category(gathering->query, place.parts[OVERLAY_CATEGORY]) &&
        object_has_brand(gathering->query, place.parts[OVERLAY_NAME]) &&
        candidate_lies_within(&gathering->area, row.point) &&
        object_is_inside(gathering, row.point)) {
        place_add(
            gathering,
            (struct search_result){.reference = UINT32_MAX, .object = object, .point = row.point},
            away_m);
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
            collection_nearest(collection, gathering->centre, gathering->radius_m, object_gather,
                               gathering);
        }
    }
}

enum status search_places(struct searcher *searcher, const struct search_world *world,
                          const struct places_query *query, struct search_result *results,
                          unsigned *count, struct fault *fault)
{
    struct gathering gathering = {
        .searcher = searcher,
        .atlas = world->atlas,
        .query = query,
        .area = {.has_box = query->has_box, .box = query->box, .within = query->within},
    };
    struct geo_box box;
    const bool has_box = area_box(world->atlas, query, &box);
    gathering.centre = query->has_near ? query->near : has_box ? geo_box_centre(box) : query->near;
    gathering.radius_m = has_box ? farthest_corner_m(gathering.centre, box) : 0;
    if (query->radius_m > 0 && (!has_box || query->radius_m < gathering.radius_m)) {
        gathering.radius_m = query->radius_m;
    }
    searcher_begin(searcher, world, query->limit);
    if (world->overlay != NULL) {
        objects_gather(&gathering, world->overlay);
    }
    if (world->atlas != NULL) {
        TRY(pois_gather(&gathering, box, has_box, fault));
    }
    for (unsigned i = 0; i < searcher->result_count; i++) {
        results[i] = searcher->results[i];
        results[i].score = 1;
        results[i].distance_m = query->has_near ? results[i].distance_m : -1;
    }
    *count = searcher->result_count;
    return STATUS_OK;
}
