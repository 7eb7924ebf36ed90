// Rings: areas bounded by closed lines, and whether they hold a point.
//
// A point is inside when a line to it from far outside crosses the rings an odd number of times, so
// holes, islands in holes and touching rings need no roles and no orientation. Edges are straight
// lines in longitude and latitude, as in RFC 7946. An edge goes the short way round the globe: one
// whose ends lie more than 180 degrees apart crosses the antimeridian, and is cut there at the
// nearest unit of latitude. (An edge along a parallel from -180 to exactly 180 spans the globe.) A
// ring that goes once around the globe holds the pole on whose side it lies on average.
//
// All comparisons are of whole numbers, so the answer is exact, and of areas that share an edge
// exactly one holds a point on it. Pure; any thread.
#ifndef GEO_RING_H
#define GEO_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/point.h"

struct geo_rings {
    const struct geo_point *points; // rings one after another; the last point joins to the first,
                                    // and repeating the first at the end changes nothing
    const uint32_t *ring_end;       // one past a ring's last point, for each ring
    uint32_t ring_count;
};

static inline uint32_t rings_point_count(const struct geo_rings *rings)
{
    return rings->ring_count == 0 ? 0 : rings->ring_end[rings->ring_count - 1];
}

// Is the point inside? A point on an edge belongs to the area north of it (of an edge along a
// meridian: east of it). Cost: looks at every edge; geo/ring_index.h is for many questions.
bool rings_contain(const struct geo_rings *rings, struct geo_point point);

// The smallest box that holds the rings; all longitudes and the pole when a ring holds a pole.
struct geo_box rings_box(const struct geo_rings *rings);

// The pieces of one edge that do not cross the antimeridian: one, or two when it is crossed.
// Longitude 180 stays itself at an eastern end.
struct ring_edge {
    struct geo_point from, to;
};
int ring_edge_cut(struct geo_point from, struct geo_point to, struct ring_edge pieces[2]);

// How the poles lie: which of them the rings hold.
struct ring_poles {
    bool has_north, has_south;
};
struct ring_poles rings_poles(const struct geo_rings *rings);

// Does a straight edge cross the line from the point to the north, in the half-open sense that
// counts every place of a ring once? Neither end is more than 180 degrees away.
static inline bool ring_edge_is_above(struct geo_point from, struct geo_point to,
                                      struct geo_point point)
{
    const bool is_from_west = from.lng_e7 <= point.lng_e7;
    if (is_from_west == (to.lng_e7 <= point.lng_e7)) {
        return false;
    }
    const struct geo_point west = is_from_west ? from : to;
    const struct geo_point east = is_from_west ? to : from;
    if (west.lat_e7 <= point.lat_e7 && east.lat_e7 <= point.lat_e7) {
        return false;
    }
    if (west.lat_e7 > point.lat_e7 && east.lat_e7 > point.lat_e7) {
        return true;
    }
    // Two products of at most 3.6e9 * 1.8e9 each fit an int64; their difference would not.
    const int64_t rise =
        ((int64_t)east.lat_e7 - west.lat_e7) * ((int64_t)point.lng_e7 - west.lng_e7);
    const int64_t need =
        ((int64_t)point.lat_e7 - west.lat_e7) * ((int64_t)east.lng_e7 - west.lng_e7);
    return rise > need;
}

// On which side of the line from `from` to `to` does the point lie: 1 left, -1 right, 0 on it? Exact:
// two products of at most 3.6e9 * 1.8e9 each fit an int64; their difference would not.
static inline int ring_edge_side(struct geo_point from, struct geo_point to, struct geo_point point)
{
    const int64_t rise = ((int64_t)to.lng_e7 - from.lng_e7) * ((int64_t)point.lat_e7 - from.lat_e7);
    const int64_t need = ((int64_t)to.lat_e7 - from.lat_e7) * ((int64_t)point.lng_e7 - from.lng_e7);
    return (rise > need) - (rise < need);
}

// Does the straight edge pass through the point? Ends belong to it.
static inline bool ring_edge_holds(struct geo_point from, struct geo_point to,
                                   struct geo_point point)
{
    const bool is_eastwards = from.lng_e7 <= to.lng_e7;
    const bool is_northwards = from.lat_e7 <= to.lat_e7;
    return point.lng_e7 >= (is_eastwards ? from.lng_e7 : to.lng_e7) &&
           point.lng_e7 <= (is_eastwards ? to.lng_e7 : from.lng_e7) &&
           point.lat_e7 >= (is_northwards ? from.lat_e7 : to.lat_e7) &&
           point.lat_e7 <= (is_northwards ? to.lat_e7 : from.lat_e7) &&
           ring_edge_side(from, to, point) == 0;
}

#endif
