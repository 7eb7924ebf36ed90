// Shape: any geometry of GeoJSON, and a circle, as flat bytes; what holds and what touches what.
//
// A shape is a tree of parts in one run of bytes without pointers: it lies in a journal record, in a
// row of the store and in memory in the same form. Coordinates are struct geo_point; edges are
// straight in longitude and latitude and go the short way round the globe (geo/ring.h), so the
// antimeridian and the poles need no special case. Predicates are exact in whole numbers, boundaries
// included: what touches intersects, and a shape lies within itself (Tile38's and GEOS's `covers`).
//
// Circles are exact on the sphere (great-circle distance), not polygons.
// Pure; any thread.
#ifndef GEO_SHAPE_H
#define GEO_SHAPE_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "geo/cover.h"
#include "geo/point.h"

enum shape_kind {
    SHAPE_POINT,
    SHAPE_BOX, // rectangle
    SHAPE_LINE,
    SHAPE_POLYGON, // outer ring, holes
    SHAPE_CIRCLE,
    SHAPE_GROUP, // several shapes: Multi…, GeometryCollection, FeatureCollection
};

// A view of encoded bytes.
struct shape {
    struct bytes bytes;
};

// Encoding, into a buffer: begin and end of groups nest.
void shape_add_point(struct buffer *out, struct geo_point point);
void shape_add_box(struct buffer *out, struct geo_box box);
void shape_add_line(struct buffer *out, const struct geo_point *points, uint32_t count);
void shape_add_polygon(struct buffer *out, const struct geo_point *points, const uint32_t *ring_end,
                       uint32_t ring_count);
void shape_add_circle(struct buffer *out, struct geo_point centre, double radius_m);
size_t shape_group_begin(struct buffer *out);
void shape_group_end(struct buffer *out, size_t begun);

// Checks bytes from outside (a journal, a store) once. Fails: CORRUPT.
MUST_USE enum status shape_verify(struct bytes bytes, struct fault *fault);

enum shape_kind shape_kind(struct shape shape);
struct geo_box shape_box(struct shape shape);
struct geo_point shape_centre(struct shape shape); // of its box; a point's is itself
bool shape_is_empty(struct shape shape);

// Is every place of `inner` in `outer`?
bool shape_contains(struct shape outer, struct shape inner);
// Have they a place in common?
bool shape_intersects(struct shape left, struct shape right);
// The hot case of both.
bool shape_contains_point(struct shape shape, struct geo_point point);
// 0 when they touch; great circle; between the nearest places.
double shape_distance_m(struct shape left, struct shape right);
double shape_distance_to_point_m(struct shape shape, struct geo_point point);
// Does the segment cross or touch it?
bool shape_meets_segment(struct shape shape, struct geo_point from, struct geo_point to);

// Cells that hold the shape; as cover_cap.
size_t shape_cover(struct shape shape, const struct cover_options *options,
                   struct cover_cell *cells);

#endif
