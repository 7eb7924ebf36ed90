// Tree: boxes over sorted items, sixteen to a node, without pointers.
//
// Items (places, pieces of lines) lie in the order of the Hilbert curve, in blocks of 16, so
// neighbours in the array are neighbours on the globe. A node of level 0 holds the boxes of 16
// blocks, one of level 1 those of 16 nodes below, up to one node: a packed R-tree (Kamel,
// Faloutsos: On packing R-trees, CIKM 1993). Box b of level l is lane b % 16 of node b / 16 and
// stands over block or node b of the level below. The four sides lie side by side (all wests of a
// node, then all souths), so four boxes are looked at with one instruction.
//
// On disk: the levels one after the other from level 0 up, struct tree_node each; lanes that stand
// over nothing are zero. A place near the antimeridian is near places on its other side: distances
// go round, boxes do not cross.
#ifndef INDEX_TREE_H
#define INDEX_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "geo/point.h"
#include "geo/trig.h"

enum { TREE_FANOUT = 16, TREE_LEVELS_MAX = 8 };

struct tree_box {
    int32_t west_e7;
    int32_t south_e7;
    int32_t east_e7;
    int32_t north_e7;
};

struct tree_node {
    int32_t west_e7[TREE_FANOUT];
    int32_t south_e7[TREE_FANOUT];
    int32_t east_e7[TREE_FANOUT];
    int32_t north_e7[TREE_FANOUT];
};
_Static_assert(sizeof(struct tree_node) == 256, "tree_node is a format");

struct tree {
    uint32_t item_count;
    int level_count; // 0: no items
    const struct tree_node *levels[TREE_LEVELS_MAX];
    uint32_t box_counts[TREE_LEVELS_MAX];
};

// Nodes of all levels over so many items.
uint64_t tree_nodes(uint32_t item_count);

// `nodes` holds tree_nodes(item_count) of them.
struct tree tree_over(const struct tree_node *nodes, uint32_t item_count);

static inline struct tree_box tree_box_at(const struct tree *tree, int level, uint32_t box)
{
    const struct tree_node *const node = &tree->levels[level][box / TREE_FANOUT];
    const uint32_t lane = box % TREE_FANOUT;
    return (struct tree_box){.west_e7 = node->west_e7[lane],
                             .south_e7 = node->south_e7[lane],
                             .east_e7 = node->east_e7[lane],
                             .north_e7 = node->north_e7[lane]};
}

// Collects the boxes of blocks while items go by, then makes the nodes of all levels.
struct tree_builder {
    struct buffer boxes; // struct tree_box of each block; its account is set by the owner
    struct buffer nodes; // the tree, after tree_builder_end; its account too
    struct tree_box open;
    uint32_t item_count;
};
void tree_builder_add(struct tree_builder *builder, struct tree_box item);
// Fails: NO_MEMORY.
MUST_USE enum status tree_builder_end(struct tree_builder *builder);
void tree_builder_free(struct tree_builder *builder);

// Is every box above level 0 exactly the box of its node, and every lane over nothing zero? (The
// boxes of level 0 are for the owner of the items.)
bool tree_is_sound(const struct tree *tree);

static inline struct tree_box tree_box_union(struct tree_box a, struct tree_box b)
{
    return (struct tree_box){.west_e7 = a.west_e7 < b.west_e7 ? a.west_e7 : b.west_e7,
                             .south_e7 = a.south_e7 < b.south_e7 ? a.south_e7 : b.south_e7,
                             .east_e7 = a.east_e7 > b.east_e7 ? a.east_e7 : b.east_e7,
                             .north_e7 = a.north_e7 > b.north_e7 ? a.north_e7 : b.north_e7};
}

// Four lanes at once, and a bound for each lane of a block.
typedef int32_t tree_four VECTOR(16);
typedef float tree_four_floats VECTOR(16);

// Lower bounds of squared chords as whole numbers that sort like them: the bits of a float, the
// last four replaced by the lane. TREE_KEY_NONE is for lanes that are not there.
#define TREE_KEY_NONE INT32_MAX
struct tree_keys {
    tree_four fours[TREE_FANOUT / 4];
};

static inline bool tree_box_equal(struct tree_box a, struct tree_box b)
{
    return a.west_e7 == b.west_e7 && a.south_e7 == b.south_e7 && a.east_e7 == b.east_e7 &&
           a.north_e7 == b.north_e7;
}

// A search around a place. `reach` is the squared chord on the unit sphere beyond which nothing is
// wanted any more: the visitor lowers it as it finds.
struct tree_search {
    struct geo_point centre;
    double reach;
    double cos_lat, sin_lat; // of the centre
    float lat_scale;         // bound = (lat_scale * dlat)^2 + (lng_scale * dlng)^2, in 4 units
    float lng_scale;
    bool goes_round; // the antimeridian is within reach
    // Looks at items [first, end) of a block.
    void (*visit)(struct tree_search *search, uint32_t first, uint32_t end);
    void *context;
};

// Begins a search of everything within `radius_m`.
struct tree_search tree_search_around(struct geo_point centre, double radius_m);

// Visits every block that can hold something within reach, nearer boxes first.
void tree_visit(const struct tree *tree, struct tree_search *search);

// Keys of the boxes that span the two corners of each lane, in any order; `count` lanes are there.
struct tree_keys tree_keys_of(const struct tree_search *search, const int32_t *lng_e7,
                              const int32_t *lat_e7, const int32_t *other_lng_e7,
                              const int32_t *other_lat_e7, uint32_t count);

// Takes the lane with the smallest key out; TREE_FANOUT when none is within reach.
static inline uint32_t tree_keys_take(struct tree_keys *keys, double reach)
{
    const tree_four a = keys->fours[0];
    const tree_four b = keys->fours[1];
    const tree_four c = keys->fours[2];
    const tree_four d = keys->fours[3];
    const tree_four ab = (a & (a < b)) | (b & ~(a < b));
    const tree_four cd = (c & (c < d)) | (d & ~(c < d));
    const tree_four all = (ab & (ab < cd)) | (cd & ~(ab < cd));
    const int32_t even = all[0] < all[2] ? all[0] : all[2];
    const int32_t odd = all[1] < all[3] ? all[1] : all[3];
    const int32_t least = even < odd ? even : odd;
    const float reach_up = (float)(reach * (1 + 1e-6));
    int32_t reach_key;
    memcpy(&reach_key, &reach_up, sizeof(reach_key));
    if (least > (reach_key | (TREE_FANOUT - 1)) || least == TREE_KEY_NONE) {
        return TREE_FANOUT;
    }
    for (int i = 0; i < TREE_FANOUT / 4; i++) {
        keys->fours[i] |= (keys->fours[i] == least) & TREE_KEY_NONE;
    }
    return (uint32_t)least & (TREE_FANOUT - 1);
}

// Squared chord on the unit sphere between the search's centre and a place: the measure of reach.
double tree_chord(const struct tree_search *search, struct geo_point point);

// The great circle that belongs to a squared chord.
double tree_distance_m(double chord);

#endif
