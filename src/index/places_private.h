// Nodes of the tree of places. Included by places*.c only.
#ifndef INDEX_PLACES_PRIVATE_H
#define INDEX_PLACES_PRIVATE_H

#include <string.h>

#include "index/places.h"

enum {
    POINT_LANES = 40,
    EXTENT_LANES = 24,
    LEAF_WORDS = 120,
    CHILDREN = TREE_FANOUT,
};

struct places_head {
    uint32_t turn; // of the slab, when it was made
    uint16_t count;
    uint8_t level;
    bool has_extents;
    uint64_t zero; // lanes begin on 16 bytes
};

// Points: lng, lat, item; extents: west, south, east, north, item; each word by word for all lanes.
struct places_leaf {
    struct places_head head;
    int32_t words[LEAF_WORDS];
};
_Static_assert(sizeof(struct places_leaf) <= PLACES_LEAF_SIZE, "a leaf fits its block");

struct places_inner {
    struct places_head head;
    // What is below child i is at or after (key, tie); of child 0 it is not told. Of a child that is not there
    // the key is the highest there is.
    uint64_t key[CHILDREN];
    uint32_t tie[CHILDREN];
    slab_handle child[CHILDREN];
    uint32_t count[CHILDREN];
    struct tree_node boxes;
};
_Static_assert(sizeof(struct places_inner) <= PLACES_NODE_SIZE, "a node fits its block");

struct places_lanes {
    int32_t *west, *south, *east, *north;
    uint32_t *item;
};

static inline struct places_lanes places_lanes_of(struct places_leaf *leaf)
{
    int32_t *const words = leaf->words;
    if (leaf->head.has_extents) {
        return (struct places_lanes){.west = words,
                                     .south = words + EXTENT_LANES,
                                     .east = words + (ptrdiff_t)2 * EXTENT_LANES,
                                     .north = words + (ptrdiff_t)3 * EXTENT_LANES,
                                     .item = (uint32_t *)words + (ptrdiff_t)4 * EXTENT_LANES};
    }
    return (struct places_lanes){.west = words,
                                 .south = words + POINT_LANES,
                                 .east = words,
                                 .north = words + POINT_LANES,
                                 .item = (uint32_t *)words + (ptrdiff_t)2 * POINT_LANES};
}

static inline uint32_t places_lane_count(const struct places_leaf *leaf)
{
    return leaf->head.has_extents ? EXTENT_LANES : POINT_LANES;
}

static inline struct tree_box places_lane_box(const struct places_lanes *lanes, uint32_t at)
{
    return (struct tree_box){.west_e7 = lanes->west[at],
                             .south_e7 = lanes->south[at],
                             .east_e7 = lanes->east[at],
                             .north_e7 = lanes->north[at]};
}

static inline struct tree_box places_child_box(const struct places_inner *inner, uint32_t at)
{
    return (struct tree_box){.west_e7 = inner->boxes.west_e7[at],
                             .south_e7 = inner->boxes.south_e7[at],
                             .east_e7 = inner->boxes.east_e7[at],
                             .north_e7 = inner->boxes.north_e7[at]};
}

// The child that would hold (key, item). Where it is cannot be foretold, so all keys are compared.
static inline uint32_t places_child_of(const struct places_inner *inner, uint64_t key,
                                       uint32_t item)
{
    uint32_t at = 0;
    for (uint32_t i = 1; i < CHILDREN; i++) {
        at += inner->key[i] <= key;
    }
    while (at > 0 && inner->key[at] == key && inner->tie[at] > item) {
        at--;
    }
    return at;
}

#endif
