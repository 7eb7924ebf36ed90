// Geometry: the geometry of a GeoJSON feature as what a feature of ours has.
//
// Any geometry of RFC 7946; of several points or lines the first point or the longest line is taken,
// of a collection the first member that is one of these. Pure but for the pool.
#ifndef SOURCE_GEOMETRY_H
#define SOURCE_GEOMETRY_H

#include "base/bytes.h"
#include "geo/ring.h"
#include "source/pool.h"

enum geometry_kind {
    GEOMETRY_NONE, // null
    GEOMETRY_POINT,
    GEOMETRY_LINE,
    GEOMETRY_AREA,
};

struct geometry {
    enum geometry_kind kind;
    struct geo_point point; // the point; the middle of a line; a place inside an area
    struct geo_box box;
    const struct geo_point *points; // of a line
    size_t point_count;
    struct geo_rings rings; // of an area
};

struct geometry geometry_of_point(struct geo_point point);

// `text` is JSON (json_slice_check). NULL, or what is wrong: static text that ends a sentence.
MUST_USE const char *geometry_read(struct bytes text, struct pool *pool, struct geometry *geometry);

// Degrees as written; false for what is no number or off the globe.
bool geometry_point_read(struct bytes lng, struct bytes lat, struct geo_point *point);

#endif
