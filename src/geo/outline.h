// Outline: rings made ready to be shown: which is a hole of which, and fewer points.
//
// Pure; memory comes from the caller's arena.
#ifndef GEO_OUTLINE_H
#define GEO_OUTLINE_H

#include "base/arena.h"
#include "geo/ring.h"

// For each ring, the ring that it is a hole in, or itself when it is an outer one: rings that an even
// number of others contain are outer. Rings may touch, not cross. Boxes are kept in the arena.
// Returns one number a ring, or NULL when the arena is full. Cost: a look at every edge for each pair
// of rings whose boxes lie within each other.
const uint32_t *outline_nest(const struct geo_rings *rings, struct arena *arena);

// Leaves out points so that no point was farther than `tolerance_e7` (1e-7 degrees, on the map) from
// what stays (Douglas and Peucker, Cartographica 1973). Closed rings stay closed; one that falls
// below four points is left out, unless nothing would be left: then all stays. Lines keep their ends.
// False when the arena is full: then `simple` is left alone.
bool outline_simplify(const struct geo_rings *rings, double tolerance_e7, struct arena *arena,
                      struct geo_rings *simple);

#endif
