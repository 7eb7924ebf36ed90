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
    unsigned depth;   // of collections in collections
    // What Tile38 takes: places off the globe (longitudes are turned back once, the rest is moved to
    // the edge), and Features of a Point whose properties say {"type":"Circle","radius":METRES}.
    bool is_lenient;
};

struct geojson {
    struct bytes type;       // "Feature", "Point" …
    struct bytes properties; // of a Feature: JSON text; size 0: none
    struct bytes id;         // of a Feature: JSON text; size 0: none
    bool has_z;
    double z;                // of a point
    double lng_deg, lat_deg; // of a point, as written
};

// Appends the shape's bytes to `shape`; on failure nothing. A Feature without geometry and empty
// collections give an empty shape.
// Fails: CORRUPT when it is no JSON; OUT_OF_RANGE with a sentence that names the member
// ("features[3].geometry.coordinates[0][2]: latitude 91 …") when it is no GeoJSON: latitude or
// longitude out of range, lines of fewer than 2 and rings of fewer than 4 positions, unclosed rings,
// missing members; NO_SPACE above a limit; NO_MEMORY.
MUST_USE enum status geojson_read(struct bytes text, const struct geojson_limits *limits,
                                  struct memory_account *account, struct geojson *geojson,
                                  struct buffer *shape, struct fault *fault);

// Appends a shape as a GeoJSON geometry; circles become polygons of 64 edges. Groups of one kind
// become Multi…, others GeometryCollections.
void geojson_write(struct shape shape, struct buffer *out);

#endif
