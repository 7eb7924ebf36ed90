// Tree: boxes over sorted items, sixteen to a node, without pointers.
//
// Items (places, pieces of lines) lie in the order of the Hilbert curve, so neighbours in the array
// are neighbours on the globe. Level 0 has a box for every block of 16 items, level 1 a box for every 16
// of those, up to one box: a packed R-tree (Kamel, Faloutsos: On packing R-trees, CIKM 1993). The
// children of box b of a level are boxes 16 b to 16 b + 15 of the level below, as far as there are.
//
// On disk: the levels one after the other from level 0 up, struct tree_box each. A place near the
// antimeridian is near places on its other side: distances go round, boxes do not cross.
#ifndef INDEX_TREE_H
#define INDEX_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "geo/point.h"

enum { TREE_FANOUT = 16, TREE_LEVELS_MAX = 8 };

struct tree_box {
    int32_t west_e7;
    int32_t south_e7;
    int32_t east_e7;
    int32_t north_e7;
};
_Static_assert(sizeof(struct tree_box) == 16, "tree_box is a format");

struct tree {
    uint32_t item_count;
    int level_count; // 0: no items
    const struct tree_box *levels[TREE_LEVELS_MAX];
    uint32_t box_counts[TREE_LEVELS_MAX];
};

// Boxes of all levels over so many items.
uint64_t tree_boxes(uint32_t item_count);

// `boxes` holds tree_boxes(item_count) of them.
struct tree tree_over(const struct tree_box *boxes, uint32_t item_count);

// Collects the boxes of level 0 while items go by, then all.
struct tree_builder {
    struct buffer boxes; // of level 0; its account is set by the owner
    struct tree_box open;
    uint32_t item_count;
};
void tree_builder_add(struct tree_builder *builder, struct tree_box item);
// Appends the levels above to `boxes`, which then is the tree. Fails: NO_MEMORY.
MUST_USE enum status tree_builder_end(struct tree_builder *builder);

// Is every box above level 0 exactly the box of its children? (Level 0 is for the owner of the items.)
bool tree_is_sound(const struct tree *tree);

static inline struct tree_box tree_box_union(struct tree_box a, struct tree_box b)
{
    return (struct tree_box){.west_e7 = a.west_e7 < b.west_e7 ? a.west_e7 : b.west_e7,
                             .south_e7 = a.south_e7 < b.south_e7 ? a.south_e7 : b.south_e7,
                             .east_e7 = a.east_e7 > b.east_e7 ? a.east_e7 : b.east_e7,
                             .north_e7 = a.north_e7 > b.north_e7 ? a.north_e7 : b.north_e7};
}

// A search around a place. `reach` is the squared chord on the unit sphere beyond which nothing is
// wanted any more: the visitor lowers it as it finds.
struct tree_search {
    struct geo_point centre;
    double reach;
    double cos_lat, sin_lat; // of the centre
    double lat_scale;        // bound = (lat_scale * dlat)^2 + (lng_scale * dlng)^2, units to chord
    double lng_scale;
    bool goes_round; // the antimeridian is within reach
    // Looks at items [first, end) of a block.
    void (*visit)(struct tree_search *search, uint32_t first, uint32_t end);
    void *context;
};

// Begins a search of everything within `radius_m`.
struct tree_search tree_search_around(struct geo_point centre, double radius_m);

// Visits every block that can hold something within reach, nearer boxes first.
void tree_visit(const struct tree *tree, struct tree_search *search);

// Squared chord on the unit sphere between the search's centre and a place: the measure of reach.
double tree_chord(const struct tree_search *search, struct geo_point point);

// At most the squared chord to anything in the box.
double tree_box_bound(const struct tree_search *search, struct tree_box box);

// The great circle that belongs to a squared chord.
double tree_distance_m(double chord);

#endif
