// Objects in an area: boxes first, then the exact relation.
#include "live/live_private.h"

struct area_search {
    const struct live *live;
    struct shape area;
    enum live_relation relation;
    bool is_exact; // windows decide points
    bool is_points;
    live_each *each;
    void *context;
    uint64_t count;
};

static bool relates(const struct area_search *search, const struct object *object)
{
    uint8_t scratch[ROW_SCRATCH_SIZE];
    if (search->relation == LIVE_MAY_MEET) {
        struct row row;
        object_row(object, &row);
        return geo_box_intersects(row_box(&row), shape_box(search->area));
    }
    const struct shape shape = object_shape(object, scratch);
    return search->relation == LIVE_WITHIN ? shape_contains(search->area, shape)
                                           : shape_intersects(search->area, shape);
}

static bool each_item(void *context, uint32_t item, struct tree_box box)
{
    struct area_search *const search = context;
    const struct object *const object = live_version_at(search->live, item);
    if (search->is_points) {
        const struct geo_point point = {.lng_e7 = box.west_e7, .lat_e7 = box.south_e7};
        if (!search->is_exact && !shape_contains_point(search->area, point)) {
            return true;
        }
    } else if (!relates(search, object)) {
        return true;
    }
    search->count++;
    return search->each == NULL || search->each(search->context, object);
}

static struct area_search search_of(const struct collection *collection, struct shape area,
                                    enum live_relation relation)
{
    return (struct area_search){
        .live = collection->live,
        .area = area,
        .relation = relation,
        .is_exact = relation == LIVE_MAY_MEET || shape_kind(area) == SHAPE_BOX,
        .is_points = true,
    };
}

void collection_in(const struct collection *collection, struct shape area,
                   enum live_relation relation, live_each *each, void *context)
{
    if (shape_is_empty(area)) {
        return;
    }
    struct area_search search = search_of(collection, area, relation);
    search.each = each;
    search.context = context;
    const struct slab *const slab = &collection->live->slab;
    const struct places_windows windows = places_windows_of(shape_box(area));
    if (places_in(slab, &collection->points, &windows, each_item, &search)) {
        search.is_points = false;
        (void)places_in(slab, &collection->extents, &windows, each_item, &search);
    }
}

uint64_t collection_count_in(const struct collection *collection, struct shape area,
                             enum live_relation relation)
{
    if (shape_is_empty(area)) {
        return 0;
    }
    struct area_search search = search_of(collection, area, relation);
    const struct slab *const slab = &collection->live->slab;
    const struct places_windows windows = places_windows_of(shape_box(area));
    uint64_t count = 0;
    if (search.is_exact) {
        count = places_count(slab, &collection->points, &windows);
    } else {
        (void)places_in(slab, &collection->points, &windows, each_item, &search);
    }
    search.is_points = false;
    (void)places_in(slab, &collection->extents, &windows, each_item, &search);
    return count + search.count;
}

struct geo_box collection_box(const struct collection *collection)
{
    const struct places *const points = &collection->points;
    const struct places *const extents = &collection->extents;
    struct tree_box box = points->count > 0 ? points->box : extents->box;
    if (points->count + extents->count == 0) {
        return GEO_BOX_EMPTY;
    }
    if (points->count > 0 && extents->count > 0) {
        box = tree_box_union(points->box, extents->box);
    }
    return (struct geo_box){.west_e7 = box.west_e7,
                            .south_e7 = box.south_e7,
                            .east_e7 = box.east_e7,
                            .north_e7 = box.north_e7};
}
