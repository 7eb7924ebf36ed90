#include "index/places.h"

#include <assert.h>
#include <stdlib.h>

#include "index/places_private.h"

enum {
    BUILD_POINTS = POINT_LANES - POINT_LANES / 10,
    BUILD_EXTENTS = EXTENT_LANES - EXTENT_LANES / 10,
    BUILD_CHILDREN = CHILDREN - 1,
};

uint64_t places_key(struct tree_box box, bool is_extent)
{
    if (!is_extent) {
        const struct geo_point point = {.lng_e7 = box.west_e7, .lat_e7 = box.south_e7};
        return cell_from_point(point, CELL_LEVEL_MAX);
    }
    const uint32_t width_e7 = (uint32_t)box.east_e7 - (uint32_t)box.west_e7;
    const uint32_t height_e7 = (uint32_t)box.north_e7 - (uint32_t)box.south_e7;
    const uint32_t size_e7 = width_e7 > height_e7 ? width_e7 : height_e7;
    const unsigned bits = size_e7 == 0 ? 0 : 32U - (unsigned)__builtin_clz(size_e7);
    const struct geo_point middle = {.lng_e7 = box.west_e7 + (int32_t)(width_e7 / 2),
                                     .lat_e7 = box.south_e7 + (int32_t)(height_e7 / 2)};
    return (uint64_t)(bits / 3) << 60 | cell_from_point(middle, CELL_LEVEL_MAX) >> 4;
}

static struct places_head *head_at(const struct slab *slab, slab_handle handle)
{
    return slab_at(slab, handle);
}

static struct places_leaf *leaf_at(const struct slab *slab, slab_handle handle)
{
    return slab_at(slab, handle);
}

static struct places_inner *inner_at(const struct slab *slab, slab_handle handle)
{
    return slab_at(slab, handle);
}

// By "is an inner node". A table, so that the compiler calls the library's copy, whose stores the next loads can
// be served from, instead of a string instruction, which they wait for.
static const size_t node_sizes[2] = {sizeof(struct places_leaf), sizeof(struct places_inner)};

// There are no children from `count` on.
static void keys_close(struct places_inner *inner, uint32_t count)
{
    for (uint32_t i = count; i < CHILDREN; i++) {
        inner->key[i] = UINT64_MAX;
    }
}

static slab_handle node_new(struct slab *slab, uint32_t level, bool has_extents)
{
    const size_t size = node_sizes[level > 0];
    const slab_handle handle = slab_take(slab, size);
    if (handle != 0) {
        memset(slab_at(slab, handle), 0, size);
        if (level > 0) {
            keys_close(inner_at(slab, handle), 0);
        }
        *head_at(slab, handle) = (struct places_head){
            .turn = slab->turn, .level = (uint8_t)level, .has_extents = has_extents};
    }
    return handle;
}

// The node as one that may be changed: itself, or a copy that replaces it.
static slab_handle node_own(struct slab *slab, slab_handle handle)
{
    const struct places_head *const head = head_at(slab, handle);
    if (head->turn == slab->turn) {
        return handle;
    }
    const size_t size = node_sizes[head->level > 0];
    const slab_handle copy = slab_take(slab, size);
    assert(copy != 0); // reserved
    memcpy(slab_at(slab, copy), head, size);
    head_at(slab, copy)->turn = slab->turn;
    slab_retire(slab, handle);
    return copy;
}

static struct tree_box leaf_box(struct places_leaf *leaf)
{
    const struct places_lanes lanes = places_lanes_of(leaf);
    struct tree_box box = places_lane_box(&lanes, 0);
    for (uint32_t i = 1; i < leaf->head.count; i++) {
        box = tree_box_union(box, places_lane_box(&lanes, i));
    }
    return box;
}

static struct tree_box node_box(const struct slab *slab, slab_handle handle)
{
    if (head_at(slab, handle)->level == 0) {
        return leaf_box(leaf_at(slab, handle));
    }
    const struct places_inner *const inner = inner_at(slab, handle);
    struct tree_box box = places_child_box(inner, 0);
    for (uint32_t i = 1; i < inner->head.count; i++) {
        box = tree_box_union(box, places_child_box(inner, i));
    }
    return box;
}

static uint32_t node_items(const struct slab *slab, slab_handle handle)
{
    if (head_at(slab, handle)->level == 0) {
        return head_at(slab, handle)->count;
    }
    const struct places_inner *const inner = inner_at(slab, handle);
    uint32_t count = 0;
    for (uint32_t i = 0; i < inner->head.count; i++) {
        count += inner->count[i];
    }
    return count;
}

static void set_lane(const struct places_lanes *lanes, uint32_t at, struct tree_box box,
                     uint32_t item)
{
    lanes->west[at] = box.west_e7;
    lanes->south[at] = box.south_e7;
    lanes->east[at] = box.east_e7;
    lanes->north[at] = box.north_e7;
    lanes->item[at] = item;
}

static void set_child_box(struct places_inner *inner, uint32_t at, struct tree_box box)
{
    inner->boxes.west_e7[at] = box.west_e7;
    inner->boxes.south_e7[at] = box.south_e7;
    inner->boxes.east_e7[at] = box.east_e7;
    inner->boxes.north_e7[at] = box.north_e7;
}

// A child as its parent knows it.
struct place_child {
    uint64_t key;
    uint32_t tie, count;
    slab_handle handle; // 0: none
    struct tree_box box;
};

static struct place_child child_at(const struct places_inner *inner, uint32_t at)
{
    return (struct place_child){.key = inner->key[at],
                                .tie = inner->tie[at],
                                .count = inner->count[at],
                                .handle = inner->child[at],
                                .box = places_child_box(inner, at)};
}

static void set_child(struct places_inner *inner, uint32_t at, const struct place_child *child)
{
    inner->key[at] = child->key;
    inner->tie[at] = child->tie;
    inner->count[at] = child->count;
    inner->child[at] = child->handle;
    set_child_box(inner, at, child->box);
}

static int by_key(const void *left, const void *right)
{
    const struct places_item *const a = left;
    const struct places_item *const b = right;
    return a->key != b->key ? (a->key > b->key) - (a->key < b->key)
                            : (a->item > b->item) - (a->item < b->item);
}

// Insertion. ----------------------------------------------------------------------------------------

// Half of a full leaf's items go to a new one, with the item that found no room among them or in the
// other half.
static void leaf_split(struct slab *slab, slab_handle handle, const struct places_item *item,
                       bool is_rightmost, struct place_child *sibling)
{
    struct places_leaf *const leaf = leaf_at(slab, handle);
    const struct places_lanes lanes = places_lanes_of(leaf);
    struct places_item items[POINT_LANES + 1];
    const uint32_t count = leaf->head.count;
    for (uint32_t i = 0; i < count; i++) {
        items[i].box = places_lane_box(&lanes, i);
        items[i].item = lanes.item[i];
        items[i].key = places_key(items[i].box, leaf->head.has_extents);
    }
    items[count] = *item;
    qsort(items, count + 1, sizeof(*items), by_key);
    // What comes in rising order leaves full leaves behind.
    const bool is_last = items[count].item == item->item && items[count].key == item->key;
    const uint32_t kept = is_rightmost && is_last ? count : (count + 1) / 2;
    sibling->handle = node_new(slab, 0, leaf->head.has_extents);
    assert(sibling->handle != 0); // reserved
    struct places_leaf *const next = leaf_at(slab, sibling->handle);
    const struct places_lanes beside = places_lanes_of(next);
    for (uint32_t i = 0; i <= count; i++) {
        if (i < kept) {
            set_lane(&lanes, i, items[i].box, items[i].item);
        } else {
            set_lane(&beside, i - kept, items[i].box, items[i].item);
        }
    }
    leaf->head.count = (uint16_t)kept;
    next->head.count = (uint16_t)(count + 1 - kept);
    sibling->key = items[kept].key;
    sibling->tie = items[kept].item;
    sibling->count = next->head.count;
    sibling->box = leaf_box(next);
}

// Puts a child behind the one at `at`; a full node gives half of its children to a sibling.
static void inner_put(struct slab *slab, struct places_inner *inner, uint32_t at,
                      const struct place_child *child, struct place_child *sibling)
{
    struct places_inner *to = inner;
    if (inner->head.count == CHILDREN) {
        const uint32_t kept = at == CHILDREN ? CHILDREN - 1U : CHILDREN / 2U;
        sibling->handle = node_new(slab, inner->head.level, inner->head.has_extents);
        assert(sibling->handle != 0); // reserved
        to = inner_at(slab, sibling->handle);
        for (uint32_t i = kept; i < CHILDREN; i++) {
            const struct place_child moved = child_at(inner, i);
            set_child(to, i - kept, &moved);
        }
        to->head.count = (uint16_t)(CHILDREN - kept);
        inner->head.count = (uint16_t)kept;
        keys_close(inner, kept);
        sibling->key = to->key[0];
        sibling->tie = to->tie[0];
        if (at > kept) {
            at -= kept;
        } else {
            to = inner;
        }
    }
    for (uint32_t i = to->head.count; i > at; i--) {
        const struct place_child moved = child_at(to, i - 1);
        set_child(to, i, &moved);
    }
    set_child(to, at, child);
    to->head.count++;
    if (sibling->handle != 0) {
        sibling->count = node_items(slab, sibling->handle);
        sibling->box = node_box(slab, sibling->handle);
    }
}

static slab_handle insert_below(struct slab *slab, slab_handle handle,
                                const struct places_item *item, bool is_rightmost,
                                struct place_child *sibling)
{
    const slab_handle own = node_own(slab, handle);
    sibling->handle = 0;
    if (head_at(slab, own)->level == 0) {
        struct places_leaf *const leaf = leaf_at(slab, own);
        if (leaf->head.count == places_lane_count(leaf)) {
            leaf_split(slab, own, item, is_rightmost, sibling);
        } else {
            const struct places_lanes lanes = places_lanes_of(leaf);
            set_lane(&lanes, leaf->head.count++, item->box, item->item);
        }
        return own;
    }
    struct places_inner *const inner = inner_at(slab, own);
    const uint32_t at = places_child_of(inner, item->key, item->item);
    struct place_child beside;
    inner->child[at] = insert_below(slab, inner->child[at], item,
                                    is_rightmost && at + 1U == inner->head.count, &beside);
    if (beside.handle == 0) {
        inner->count[at]++;
        set_child_box(inner, at, tree_box_union(places_child_box(inner, at), item->box));
    } else {
        inner->count[at] = node_items(slab, inner->child[at]);
        set_child_box(inner, at, node_box(slab, inner->child[at]));
        inner_put(slab, inner, at + 1, &beside, sibling);
    }
    return own;
}

void places_insert(struct slab *slab, struct places *places, struct places_item item)
{
    if (places->root == 0) {
        places->root = node_new(slab, 0, places->has_extents);
        assert(places->root != 0); // reserved
        places->level = 0;
        places->box = item.box;
    }
    struct place_child sibling;
    places->root = insert_below(slab, places->root, &item, true, &sibling);
    places->box = tree_box_union(places->box, item.box);
    places->count++;
    if (sibling.handle != 0) {
        const struct place_child first = {.handle = places->root,
                                          .count = node_items(slab, places->root),
                                          .box = node_box(slab, places->root)};
        places->root = node_new(slab, ++places->level, places->has_extents);
        assert(places->root != 0 && places->level < PLACES_LEVELS_MAX);
        struct places_inner *const root = inner_at(slab, places->root);
        set_child(root, 0, &first);
        set_child(root, 1, &sibling);
        root->head.count = 2;
    }
}

// Removal. ------------------------------------------------------------------------------------------

static bool touches_edge(struct tree_box outer, struct tree_box inner)
{
    return outer.west_e7 == inner.west_e7 || outer.south_e7 == inner.south_e7 ||
           outer.east_e7 == inner.east_e7 || outer.north_e7 == inner.north_e7;
}

typedef uint32_t lanes_of_four __attribute__((vector_size(16)));

// The lane that holds the item, or how many are used. Without branches: where it is cannot be foretold.
static uint32_t lane_of(struct places_leaf *leaf, uint32_t item)
{
    const struct places_lanes lanes = places_lanes_of(leaf);
    const lanes_of_four wanted = {item, item, item, item};
    const uint32_t used = leaf->head.count;
    const lanes_of_four count = {used, used, used, used};
    lanes_of_four places = {1, 2, 3, 4}; // of the lanes at hand, from 1
    lanes_of_four found = {0};
    for (uint32_t at = 0; at < places_lane_count(leaf); at += 4) {
        lanes_of_four items;
        memcpy(&items, lanes.item + at, sizeof(items));
        found |= (lanes_of_four)(items == wanted) & (lanes_of_four)(places <= count) & places;
        places += 4;
    }
    const uint32_t at = found[0] | found[1] | found[2] | found[3];
    return at == 0 ? used : at - 1;
}

// The leaf where the item is or would be; the path to it by level.
static struct places_leaf *leaf_of(const struct slab *slab, const struct places *places,
                                   uint64_t key, uint32_t item)
{
    slab_handle handle = places->root;
    for (uint32_t level = places->level; level > 0; level--) {
        const struct places_inner *const inner = inner_at(slab, handle);
        handle = inner->child[places_child_of(inner, key, item)];
    }
    return leaf_at(slab, handle);
}

static bool is_there(const struct slab *slab, const struct places *places,
                     const struct places_item *item)
{
    if (places->root == 0) {
        return false;
    }
    struct places_leaf *const leaf = leaf_of(slab, places, item->key, item->item);
    return lane_of(leaf, item->item) < leaf->head.count;
}

static void inner_drop(struct places_inner *inner, uint32_t at)
{
    for (uint32_t i = at + 1; i < inner->head.count; i++) {
        const struct place_child moved = child_at(inner, i);
        set_child(inner, i - 1, &moved);
    }
    inner->head.count--;
    keys_close(inner, inner->head.count);
}

// Moves all of the child behind `at` into the one at `at` when they leave a fifth free.
static void merge(struct slab *slab, struct places_inner *inner, uint32_t at)
{
    if (at + 1U >= inner->head.count) {
        return;
    }
    const struct place_child behind = child_at(inner, at + 1);
    const struct places_head *const head = head_at(slab, behind.handle);
    const uint32_t room = head->level > 0     ? CHILDREN
                          : head->has_extents ? EXTENT_LANES
                                              : POINT_LANES;
    const uint32_t count = head_at(slab, inner->child[at])->count + (uint32_t)head->count;
    if (count > room - room / 5) {
        return;
    }
    inner->child[at] = node_own(slab, inner->child[at]);
    struct places_head *const into = head_at(slab, inner->child[at]);
    for (uint32_t i = 0; i < head->count; i++) {
        if (head->level == 0) {
            const struct places_lanes from = places_lanes_of(leaf_at(slab, behind.handle));
            const struct places_lanes to = places_lanes_of(leaf_at(slab, inner->child[at]));
            set_lane(&to, into->count + i, places_lane_box(&from, i), from.item[i]);
        } else {
            struct place_child moved = child_at(inner_at(slab, behind.handle), i);
            moved.key = i == 0 ? behind.key : moved.key;
            moved.tie = i == 0 ? behind.tie : moved.tie;
            set_child(inner_at(slab, inner->child[at]), into->count + i, &moved);
        }
    }
    into->count = (uint16_t)count;
    inner->count[at] += behind.count;
    set_child_box(inner, at, tree_box_union(places_child_box(inner, at), behind.box));
    slab_retire(slab, behind.handle);
    inner_drop(inner, at + 1);
}

// 0 when the node is empty afterwards (it is retired then).
static slab_handle remove_below(struct slab *slab, slab_handle handle,
                                const struct places_item *item)
{
    const slab_handle own = node_own(slab, handle);
    struct places_head *const head = head_at(slab, own);
    if (head->level == 0) {
        struct places_leaf *const leaf = leaf_at(slab, own);
        const struct places_lanes lanes = places_lanes_of(leaf);
        const uint32_t at = lane_of(leaf, item->item);
        const uint32_t last = --head->count;
        set_lane(&lanes, at, places_lane_box(&lanes, last), lanes.item[last]);
    } else {
        struct places_inner *const inner = inner_at(slab, own);
        const uint32_t at = places_child_of(inner, item->key, item->item);
        inner->child[at] = remove_below(slab, inner->child[at], item);
        inner->count[at]--;
        if (inner->child[at] == 0) {
            inner_drop(inner, at);
        } else {
            if (touches_edge(places_child_box(inner, at), item->box)) {
                set_child_box(inner, at, node_box(slab, inner->child[at]));
            }
            const struct places_head *const below = head_at(slab, inner->child[at]);
            const uint32_t room = below->level > 0     ? CHILDREN
                                  : below->has_extents ? EXTENT_LANES
                                                       : POINT_LANES;
            if (below->count < room / 3) {
                merge(slab, inner, at == 0 ? 0 : at - 1);
            }
        }
    }
    if (head->count == 0) {
        slab_retire(slab, own);
        return 0;
    }
    return own;
}

bool places_remove(struct slab *slab, struct places *places, struct places_item item)
{
    if (!is_there(slab, places, &item)) {
        return false;
    }
    places->root = remove_below(slab, places->root, &item);
    places->count--;
    while (places->root != 0 && places->level > 0 && head_at(slab, places->root)->count == 1) {
        const slab_handle only = inner_at(slab, places->root)->child[0];
        slab_retire(slab, places->root);
        places->root = only;
        places->level--;
    }
    if (places->root == 0) {
        places->level = 0;
        places->box = (struct tree_box){0};
    } else if (touches_edge(places->box, item.box)) {
        places->box = node_box(slab, places->root);
    }
    return true;
}

void places_foresee(const struct slab *slab, const struct places *places,
                    const struct places_item *items, size_t count)
{
    enum { LINE = 64 };
    slab_handle nodes[PLACES_FORESEEN];
    assert(count <= PLACES_FORESEEN);
    if (places->root == 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        nodes[i] = places->root;
    }
    for (uint32_t level = places->level; level > 0; level--) {
        const size_t size = node_sizes[level > 1];
        for (size_t i = 0; i < count; i++) {
            const struct places_inner *const inner = inner_at(slab, nodes[i]);
            nodes[i] = inner->child[places_child_of(inner, items[i].key, items[i].item)];
            const char *const child = slab_at(slab, nodes[i]);
            for (size_t at = 0; at < size; at += LINE) {
                __builtin_prefetch(child + at);
            }
        }
    }
}

// Moving. -------------------------------------------------------------------------------------------

// Would both be looked for in the same leaf?
static bool is_one_leaf(const struct slab *slab, const struct places *places,
                        const struct places_item *from, const struct places_item *to)
{
    slab_handle handle = places->root;
    for (uint32_t level = places->level; level > 0; level--) {
        const struct places_inner *const inner = inner_at(slab, handle);
        const uint32_t at = places_child_of(inner, from->key, from->item);
        if (at != places_child_of(inner, to->key, to->item)) {
            return false;
        }
        handle = inner->child[at];
    }
    struct places_leaf *const leaf = leaf_at(slab, handle);
    return lane_of(leaf, from->item) < leaf->head.count;
}

static slab_handle move_below(struct slab *slab, slab_handle handle, const struct places_item *from,
                              const struct places_item *to)
{
    const slab_handle own = node_own(slab, handle);
    if (head_at(slab, own)->level == 0) {
        struct places_leaf *const leaf = leaf_at(slab, own);
        const struct places_lanes lanes = places_lanes_of(leaf);
        set_lane(&lanes, lane_of(leaf, from->item), to->box, to->item);
        return own;
    }
    struct places_inner *const inner = inner_at(slab, own);
    const uint32_t at = places_child_of(inner, from->key, from->item);
    inner->child[at] = move_below(slab, inner->child[at], from, to);
    const struct tree_box box = places_child_box(inner, at);
    set_child_box(inner, at,
                  touches_edge(box, from->box) ? node_box(slab, inner->child[at])
                                               : tree_box_union(box, to->box));
    return own;
}

bool places_move(struct slab *slab, struct places *places, struct places_item from,
                 struct places_item to)
{
    if (places->root == 0) {
        return false;
    }
    if (!is_one_leaf(slab, places, &from, &to)) {
        if (!places_remove(slab, places, from)) {
            return false;
        }
        places_insert(slab, places, to);
        return true;
    }
    places->root = move_below(slab, places->root, &from, &to);
    places->box = touches_edge(places->box, from.box) ? node_box(slab, places->root)
                                                      : tree_box_union(places->box, to.box);
    return true;
}

// The whole. ----------------------------------------------------------------------------------------

static void clear_below(struct slab *slab, slab_handle handle)
{
    const struct places_head *const head = head_at(slab, handle);
    for (uint32_t i = 0; head->level > 0 && i < head->count; i++) {
        clear_below(slab, inner_at(slab, handle)->child[i]);
    }
    slab_retire(slab, handle);
}

void places_clear(struct slab *slab, struct places *places)
{
    if (places->root != 0) {
        clear_below(slab, places->root);
    }
    *places = (struct places){.has_extents = places->has_extents};
}

// The open node of each level while a tree grows at its right edge.
struct places_builder {
    struct slab *slab;
    bool has_extents;
    uint32_t level;
    struct place_child open[PLACES_LEVELS_MAX]; // handle 0: none
};

static bool builder_close(struct places_builder *builder, uint32_t level)
{
    struct place_child *const done = &builder->open[level];
    done->count = node_items(builder->slab, done->handle);
    done->box = node_box(builder->slab, done->handle);
    struct place_child *const above = &builder->open[level + 1];
    if (above->handle != 0 && head_at(builder->slab, above->handle)->count == BUILD_CHILDREN &&
        !builder_close(builder, level + 1)) {
        return false;
    }
    if (above->handle == 0) {
        *above = (struct place_child){.key = done->key, .tie = done->tie};
        above->handle = node_new(builder->slab, level + 1, builder->has_extents);
        if (above->handle == 0) {
            return false;
        }
        builder->level = level + 1 > builder->level ? level + 1 : builder->level;
    }
    struct places_inner *const inner = inner_at(builder->slab, above->handle);
    set_child(inner, inner->head.count++, done);
    done->handle = 0;
    return true;
}

static bool builder_add(struct places_builder *builder, const struct places_item *item)
{
    struct place_child *const open = &builder->open[0];
    const uint32_t full = builder->has_extents ? BUILD_EXTENTS : BUILD_POINTS;
    if (open->handle != 0 && head_at(builder->slab, open->handle)->count == full &&
        !builder_close(builder, 0)) {
        return false;
    }
    if (open->handle == 0) {
        *open = (struct place_child){.key = item->key, .tie = item->item};
        open->handle = node_new(builder->slab, 0, builder->has_extents);
        if (open->handle == 0) {
            return false;
        }
    }
    struct places_leaf *const leaf = leaf_at(builder->slab, open->handle);
    const struct places_lanes lanes = places_lanes_of(leaf);
    set_lane(&lanes, leaf->head.count++, item->box, item->item);
    return true;
}

bool places_build(struct slab *slab, struct places *places, const struct places_item *items,
                  size_t count)
{
    struct places_builder builder = {.slab = slab, .has_extents = places->has_extents};
    assert(places->root == 0);
    for (size_t i = 0; i < count; i++) {
        if (!builder_add(&builder, &items[i])) {
            return false;
        }
    }
    for (uint32_t level = 0; level < builder.level; level++) {
        if (builder.open[level].handle != 0 && !builder_close(&builder, level)) {
            return false;
        }
    }
    places->root = builder.open[builder.level].handle;
    places->level = builder.level;
    places->count = count;
    if (count > 0) {
        places->box = node_box(slab, places->root);
    }
    return true;
}
