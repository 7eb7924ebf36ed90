// Distance: how far apart places are, in which direction, and the nearest place on a line.
//
// Two earths. The sphere (mean radius) is for ranking and radii: fast, up to 0.56 % off the
// ellipsoid. The ellipsoid (WGS 84) is for answers in metres: C. F. F. Karney, "Algorithms for
// geodesics", J. Geodesy 87 (2013), series to sixth order, the inverse problem solved by
// bracketing.
//
// Lengths in metres, bearings in degrees clockwise from north, [0, 360). Pure; any thread.
#ifndef GEO_DISTANCE_H
#define GEO_DISTANCE_H

#include <stddef.h>

#include "geo/point.h"

// Mean radius of the IUGG.
#define DISTANCE_EARTH_RADIUS_M 6371008.8

// Great circle. Exactly symmetric; 0 only for equal places. Error against the exact great circle:
// below 1e-8 m (tests/oracle/distance_oracle.cc).
double distance_m(struct geo_point from, struct geo_point to);

// Shortest path on the WGS 84 ellipsoid, antipodes included. Error against GeographicLib: below
// 1e-7 m (2 * 10^6 pairs: 2e-8).
double distance_geodesic_m(struct geo_point from, struct geo_point to);

// Direction in which the great circle to `to` leaves `from`; 0 for equal places.
double distance_bearing_deg(struct geo_point from, struct geo_point to);

struct distance_on_line {
    double distance_m;      // from the point to the line, great circle
    double along_m;         // from the line's beginning to the nearest place, along the line
    size_t segment;         // which of the line's count - 1 pieces
    struct geo_point point; // the nearest place
};

// Nearest place of a line of `count` >= 1 points. A piece is straight in a local map around the
// point, which is within 1e-4 of its length for pieces up to 20 km; the first of equals wins.
struct distance_on_line distance_to_line(const struct geo_point *line, size_t count,
                                         struct geo_point point);

// The distance alone, in the local map: within 1e-3 of the great circle up to 20 km, for comparing.
// Cost: a tenth of distance_to_line, which measures the way along the line.
double distance_off_line_m(const struct geo_point *line, size_t count, struct geo_point point);

// Nearest place between two points, as above; `cos_lat` is the cosine of the point's latitude.
struct geo_point distance_nearest(struct geo_point from, struct geo_point to,
                                  struct geo_point point, double cos_lat);

#endif
