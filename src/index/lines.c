#include "index/lines.h"

#include "geo/distance.h"
#include "index/lines_private.h"
#include "index/pack.h"

#define FIRST_RADIUS_M 5000.0
#define RADIUS_GROWTH  16
#define RADIUS_GLOBE_M 20100000.0

struct search_context {
    const struct lines_index *index;
    lines_filter *filter;
    void *filter_context;
    struct lines_hit *hits; // distance_m holds the squared chord until the end
    size_t count;
    size_t capacity;
};

enum status lines_open(struct bytes section, struct lines_index *index, struct fault *fault)
{
    const void *blocks;
    struct tree tree;
    TRY(pack_open(section, LINES_WORDS, LINES_NAME, &blocks, &tree, fault));
    *index = (struct lines_index){.blocks = blocks, .tree = tree};
    return STATUS_OK;
}

enum status lines_verify(const struct lines_index *index, struct fault *fault)
{
    cell_id last_cell = 0;
    uint32_t last_reference = 0;
    struct tree_box box = {0};
    for (uint32_t i = 0; i < index->tree.item_count; i++) {
        const struct lines_item item = lines_at(index, i);
        if (!geo_point_is_valid(item.from) || !geo_point_is_valid(item.to)) {
            return fault_set(fault, STATUS_CORRUPT, "line index: piece %u is off the globe", i);
        }
        const cell_id cell = lines_item_leaf(item.from, item.to);
        if (cell < last_cell || (cell == last_cell && item.reference < last_reference)) {
            return fault_set(fault, STATUS_CORRUPT, "line index: piece %u is out of order", i);
        }
        last_cell = cell;
        last_reference = item.reference;
        const int32_t words[] = {item.from.lng_e7, item.from.lat_e7, item.to.lng_e7,
                                 item.to.lat_e7};
        const struct tree_box own = lines_item_box(words);
        box = i % TREE_FANOUT == 0 ? own : tree_box_union(box, own);
        const bool is_last = i % TREE_FANOUT == TREE_FANOUT - 1 || i + 1 == index->tree.item_count;
        if (is_last && !tree_box_equal(box, tree_box_at(&index->tree, 0, i / TREE_FANOUT))) {
            return fault_set(fault, STATUS_CORRUPT, "line index: the box of piece %u is wrong", i);
        }
    }
    return tree_is_sound(&index->tree)
               ? STATUS_OK
               : fault_set(fault, STATUS_CORRUPT, "line index: a box is not that of its children");
}

static bool is_before(const struct lines_hit *left, const struct lines_hit *right)
{
    return left->distance_m < right->distance_m ||
           (left->distance_m <= right->distance_m && left->reference < right->reference);
}

// Each reference stands in `hits` once, with its nearest place.
static void hit_insert(struct search_context *search, struct lines_hit hit)
{
    size_t at = 0;
    while (at < search->count && search->hits[at].reference != hit.reference) {
        at++;
    }
    if (at < search->count) {
        if (!is_before(&hit, &search->hits[at])) {
            return;
        }
    } else if (search->count < search->capacity) {
        at = search->count++;
    } else {
        at = search->capacity - 1;
    }
    for (; at > 0 && is_before(&hit, &search->hits[at - 1]); at--) {
        search->hits[at] = search->hits[at - 1];
    }
    search->hits[at] = hit;
}

static void consider(struct search_context *search, struct tree_search *tree_search,
                     struct lines_hit hit)
{
    const bool is_full = search->count == search->capacity;
    if (hit.distance_m > tree_search->reach ||
        (is_full && !is_before(&hit, &search->hits[search->capacity - 1])) ||
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
    const struct lines_block *const block = &search->index->blocks[first / TREE_FANOUT];
    struct tree_keys keys = tree_keys_of(tree_search, block->from_lng_e7, block->from_lat_e7,
                                         block->to_lng_e7, block->to_lat_e7, end - first);
    for (;;) {
        const uint32_t lane = tree_keys_take(&keys, tree_search->reach);
        if (lane == TREE_FANOUT) {
            return;
        }
        const struct lines_item item = lines_at(search->index, first + lane);
        const struct geo_point point =
            distance_nearest(item.from, item.to, tree_search->centre, tree_search->cos_lat);
        consider(search, tree_search,
                 (struct lines_hit){.reference = item.reference,
                                    .point = point,
                                    .distance_m = tree_chord(tree_search, point)});
    }
}

size_t lines_nearest(const struct lines_index *index, struct geo_point centre, double radius_m,
                     lines_filter *filter, void *context, struct lines_hit *hits, size_t capacity)
{
    struct search_context search = {.index = index,
                                    .filter = filter,
                                    .filter_context = context,
                                    .hits = hits,
                                    .capacity = capacity};
    if (capacity == 0 || !(radius_m >= 0)) {
        return 0;
    }
    const double wanted_m = radius_m < RADIUS_GLOBE_M ? radius_m : RADIUS_GLOBE_M;
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

struct within_context {
    const struct lines_index *index;
    struct geo_box box;
    uint32_t reference;
    lines_take *take;
    void *context;
};

static void within_items(const struct within_context *within, uint32_t block)
{
    const uint32_t first = block * TREE_FANOUT;
    const uint32_t count = within->index->tree.item_count;
    const uint32_t end = count - first < TREE_FANOUT ? count : first + TREE_FANOUT;
    for (uint32_t i = first; i < end; i++) {
        const struct lines_item item = lines_at(within->index, i);
        if (item.reference == within->reference) {
            within->take(within->context, &item);
        }
    }
}

static void within_node(const struct within_context *within, int level, uint32_t node)
{
    const struct tree *const tree = &within->index->tree;
    const uint32_t first = node * TREE_FANOUT;
    const uint32_t count = tree->box_counts[level];
    const uint32_t end = count - first < TREE_FANOUT ? count : first + TREE_FANOUT;
    for (uint32_t i = first; i < end; i++) {
        const struct tree_box box = tree_box_at(tree, level, i);
        const struct geo_box own = {.west_e7 = box.west_e7,
                                    .south_e7 = box.south_e7,
                                    .east_e7 = box.east_e7,
                                    .north_e7 = box.north_e7};
        if (!geo_box_intersects(own, within->box)) {
            continue;
        }
        if (level == 0) {
            within_items(within, i);
        } else {
            within_node(within, level - 1, i);
        }
    }
}

void lines_within(const struct lines_index *index, struct geo_box box, uint32_t reference,
                  lines_take *take, void *context)
{
    const struct within_context within = {
        .index = index, .box = box, .reference = reference, .take = take, .context = context};
    if (index->tree.level_count != 0) {
        within_node(&within, index->tree.level_count - 1, 0);
    }
}
