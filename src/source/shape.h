// Shape: where to put the point of a line or an area, and rings out of loose ways. Pure but for the
// pool.
#ifndef SOURCE_SHAPE_H
#define SOURCE_SHAPE_H

#include "geo/ring.h"
#include "source/pool.h"

// A box around points that lie in one half of the globe; empty for none.
struct geo_box shape_points_box(const struct geo_point *points, size_t count);

// The point half-way along a line of at least one point.
struct geo_point shape_line_middle(const struct geo_point *points, size_t count);

// A point inside the rings: their centroid when that is inside, else the middle of the widest run
// of the inside at its latitude. For rings without an inside, some point of them.
struct geo_point shape_inner_point(const struct geo_rings *rings, struct pool *scratch);

enum shape_role {
    SHAPE_OUTER = 0, // also ways without a role
    SHAPE_INNER,
};

struct shape_way {
    const struct geo_point *points;
    size_t point_count;
    enum shape_role role;
};

// Rings out of the ways of a multipolygon, in any order and direction, by the places of their
// nodes. Stretches that two ways share cancel out, rings that touch in points come apart into
// simple ones, so the even-odd rule gives the area whatever the roles say. Ways that do not close are
// left out, and then inner rings outside of every outer one too; `*is_whole` says that nothing was.
// The rings live in `pool`.
// Fails (false): the pool is full.
MUST_USE bool shape_assemble(const struct shape_way *ways, size_t count, struct pool *pool,
                             struct geo_rings *rings, bool *is_whole);

#endif
