// GeoJSON (RFC 7946) in: text -> shape and properties. Strict about what it means, tolerant about what
// it need not understand (foreign members are kept in the text).
//
// The text itself is the canonical form of an object that came as GeoJSON: it is stored and given back;
// the shape is what is computed with. Errors are sentences with the member's path.
// One thread a call; no global state.
#ifndef CODEC_GEOJSON_H
#define CODEC_GEOJSON_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "geo/shape.h"

struct geojson_limits {
    size_t text_size; // longer texts are refused
    uint32_t points;  // in all
    unsigned depth;   // of collections
};

struct geojson {
    struct bytes type;       // "Feature", "Point" …, within the text
    struct bytes properties; // of a Feature: JSON text; size 0: none
    struct bytes id;         // of a Feature: JSON text; size 0: none
    bool has_z;
    double z;                // of a point
    double lng_deg, lat_deg; // of a point, as written
};

// Appends the shape's bytes to `shape`. Latitude and longitude out of range, NaN, empty rings and
// unclosed rings (closed silently only when `is_lenient`) are refused: OUT_OF_RANGE with a sentence.
MUST_USE enum status geojson_read(struct bytes text, const struct geojson_limits *limits,
                                  struct memory_account *account, struct geojson *geojson,
                                  struct buffer *shape, struct fault *fault);

// Appends a shape as a GeoJSON geometry; circles become polygons of 64 edges.
void geojson_write(struct shape shape, struct buffer *out);

#endif
