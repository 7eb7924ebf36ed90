#include "index/points.h"

#include "geo/cell.h"
#include "index/pack.h"
#include "index/points_private.h"

#define FIRST_RADIUS_M 20000.0
#define RADIUS_GROWTH  16
#define RADIUS_GLOBE_M 20100000.0

struct search_context {
    const struct points_block *blocks;
    points_filter *filter;
    void *filter_context;
    struct points_hit *hits; // distance_m holds the squared chord until the end
    size_t count;
    size_t capacity;
};

enum status points_open(struct bytes section, struct points_index *index, struct fault *fault)
{
    const void *blocks;
    struct tree tree;
    TRY(pack_open(section, POINTS_WORDS, POINTS_NAME, &blocks, &tree, fault));
    *index = (struct points_index){.blocks = blocks, .tree = tree};
    return STATUS_OK;
}

enum status points_verify(const struct points_index *index, struct fault *fault)
{
    cell_id last_cell = 0;
    uint32_t last_reference = 0;
    struct tree_box box = {0};
    for (uint32_t i = 0; i < index->tree.item_count; i++) {
        const struct points_item item = points_at(index, i);
        if (!geo_point_is_valid(item.point)) {
            return fault_set(fault, STATUS_CORRUPT, "point index: place %u is off the globe", i);
        }
        const cell_id cell = cell_from_point(item.point, CELL_LEVEL_MAX);
        if (cell < last_cell || (cell == last_cell && item.reference < last_reference)) {
            return fault_set(fault, STATUS_CORRUPT, "point index: place %u is out of order", i);
        }
        last_cell = cell;
        last_reference = item.reference;
        const int32_t words[] = {item.point.lng_e7, item.point.lat_e7};
        const struct tree_box own = points_item_box(words);
        box = i % TREE_FANOUT == 0 ? own : tree_box_union(box, own);
        const bool is_last = i % TREE_FANOUT == TREE_FANOUT - 1 || i + 1 == index->tree.item_count;
        if (is_last && !tree_box_equal(box, tree_box_at(&index->tree, 0, i / TREE_FANOUT))) {
            return fault_set(fault, STATUS_CORRUPT, "point index: the box of place %u is wrong", i);
        }
    }
    return tree_is_sound(&index->tree)
               ? STATUS_OK
               : fault_set(fault, STATUS_CORRUPT, "point index: a box is not that of its children");
}

static void hit_insert(struct search_context *search, struct points_hit hit)
{
    size_t at = search->count < search->capacity ? search->count++ : search->capacity - 1;
    for (; at > 0; at--) {
        const struct points_hit *const before = &search->hits[at - 1];
        if (before->distance_m < hit.distance_m ||
            (before->distance_m <= hit.distance_m && before->reference <= hit.reference)) {
            break;
        }
        search->hits[at] = *before;
    }
    search->hits[at] = hit;
}

static void consider(struct search_context *search, struct tree_search *tree_search,
                     struct points_hit hit)
{
    const struct points_hit *const last =
        search->count < search->capacity ? NULL : &search->hits[search->capacity - 1];
    if (hit.distance_m > tree_search->reach ||
        (last != NULL && hit.distance_m >= last->distance_m && hit.reference >= last->reference) ||
        (search->filter != NULL && !search->filter(search->filter_context, hit.reference))) {
        return;
    }
    hit_insert(search, hit);
    if (search->count == search->capacity) {
        tree_search->reach = search->hits[search->capacity - 1].distance_m;
    }
}

static void visit_items(struct tree_search *tree_search, uint32_t first, uint32_t end)
{
    struct search_context *const search = tree_search->context;
    const struct points_block *const block = &search->blocks[first / TREE_FANOUT];
    struct tree_keys keys = tree_keys_of(tree_search, block->lng_e7, block->lat_e7, block->lng_e7,
                                         block->lat_e7, end - first);
    for (;;) {
        const uint32_t lane = tree_keys_take(&keys, tree_search->reach);
        if (lane == TREE_FANOUT) {
            return;
        }
        const struct geo_point point = {.lng_e7 = block->lng_e7[lane],
                                        .lat_e7 = block->lat_e7[lane]};
        consider(search, tree_search,
                 (struct points_hit){.reference = block->reference[lane],
                                     .point = point,
                                     .distance_m = tree_chord(tree_search, point)});
    }
}

size_t points_nearest(const struct points_index *index, struct geo_point centre, double radius_m,
                      points_filter *filter, void *context, struct points_hit *hits,
                      size_t capacity)
{
    struct search_context search = {.blocks = index->blocks,
                                    .filter = filter,
                                    .filter_context = context,
                                    .hits = hits,
                                    .capacity = capacity};
    if (capacity == 0 || !(radius_m >= 0)) {
        return 0;
    }
    const double wanted_m = radius_m < RADIUS_GLOBE_M ? radius_m : RADIUS_GLOBE_M;
    // Bounds are sharp while the circle is small, so a wide search begins with a small one.
    double reach_m = wanted_m < FIRST_RADIUS_M ? wanted_m : FIRST_RADIUS_M;
    for (;;) {
        struct tree_search tree_search = tree_search_around(centre, reach_m);
        tree_search.visit = visit_items;
        tree_search.context = &search;
        search.count = 0;
        tree_visit(&index->tree, &tree_search);
        if (search.count == capacity || reach_m >= wanted_m) {
            break;
        }
        reach_m = reach_m * RADIUS_GROWTH < wanted_m ? reach_m * RADIUS_GROWTH : wanted_m;
    }
    for (size_t i = 0; i < search.count; i++) {
        hits[i].distance_m = tree_distance_m(hits[i].distance_m);
    }
    return search.count;
}
