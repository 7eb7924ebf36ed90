// Places: where many items are, as a copy-on-write tree in the blocks of a slab.
//
// A B+tree in the order of the Hilbert curve whose inner nodes also hold the box and the count of what
// is below each child (Kamel, Faloutsos: Hilbert R-tree, VLDB 1994). Points and extents are trees of
// their own: a leaf of 512 bytes holds 40 points or 24 boxes beside their items. Extents are ordered
// by size first, so that large ones do not widen the boxes of small ones. 14 to 21 bytes a point.
//
// Boxes do not cross the antimeridian: an extent that does is given with all longitudes. The tree is
// a value: copying it is taking a snapshot (as index/order.h). Within a leaf items lie as they came;
// places_in gives them in order.
//
//     writer    places_insert, places_remove, places_move: slab_reserve(PLACES_NODE_SIZE,
//               PLACES_RESERVE) before each
//     readers   the others, on any snapshot; any thread
#ifndef INDEX_PLACES_H
#define INDEX_PLACES_H

#include "geo/cell.h"
#include "index/slab.h"
#include "index/tree.h"

enum {
    PLACES_NODE_SIZE = 640, // of inner nodes; leaves have PLACES_LEAF_SIZE
    PLACES_LEAF_SIZE = 512,
    PLACES_LEVELS_MAX = 12,
    PLACES_FORESEEN = 64,
    PLACES_RESERVE = 2 * PLACES_LEVELS_MAX + 2, // nodes of each kind that one change may take
};

struct places {
    slab_handle root; // 0: empty
    uint32_t level;   // of the root; 0: a leaf
    uint64_t count;
    struct tree_box box; // of all
    bool has_extents;    // set once, before the first item
};

struct places_item {
    struct tree_box box; // of a point: both corners the same
    uint32_t item;
    uint64_t key; // places_key of the box
};

// Where on the curve: of a point its leaf cell, of an extent its size and the cell of its middle.
uint64_t places_key(struct tree_box box, bool is_extent);

void places_insert(struct slab *slab, struct places *places, struct places_item item);
// False when it is not there.
bool places_remove(struct slab *slab, struct places *places, struct places_item item);
// Fetches the nodes that a change of these items will touch into the cache, level by level; at most
// PLACES_FORESEEN of them. Writer or reader.
void places_foresee(const struct slab *slab, const struct places *places,
                    const struct places_item *items, size_t count);
// A removal and an insertion; cheaper when both are in one leaf.
bool places_move(struct slab *slab, struct places *places, struct places_item from,
                 struct places_item to);
// Of items sorted by (key, item), into an empty tree; leaves are left a tenth empty. False: no memory.
MUST_USE bool places_build(struct slab *slab, struct places *places,
                           const struct places_item *items, size_t count);
// Retires all nodes.
void places_clear(struct slab *slab, struct places *places);

// Looks around a place, nearer boxes first: `found` is told of every item whose box may be within
// search->around.reach, with the squared chord of a point, and 0 for an extent. It may lower the reach.
struct places_search {
    struct tree_search around; // begun by tree_search_around
    void (*found)(struct places_search *search, uint32_t item, double chord);
    void *context;
};
void places_near(const struct slab *slab, const struct places *places,
                 struct places_search *search);
// A radius within which there are at least `wanted` items, if that can be told from the leaf at the
// place; else a guess. Infinite when the tree is empty.
double places_radius_m(const struct slab *slab, const struct places *places,
                       struct geo_point centre, uint32_t wanted, bool *is_sure);

// Everything whose box meets one of the windows, in order of (key, item). False when `each` said so.
struct places_windows {
    struct tree_box windows[5];
    unsigned count;
};
typedef bool places_each(void *context, uint32_t item, struct tree_box box);
bool places_in(const struct slab *slab, const struct places *places,
               const struct places_windows *windows, places_each *each, void *context);
// How many that are: whole subtrees where their box is inside.
uint64_t places_count(const struct slab *slab, const struct places *places,
                      const struct places_windows *windows);
// The windows of a box that may cross the antimeridian, on a globe whose poles are single places.
struct places_windows places_windows_of(struct geo_box box);

#endif
