// Shape: any geometry of GeoJSON, and a circle, as flat bytes; what holds and what touches what.
//
// A shape is a tree of parts in one run of bytes without pointers, at any alignment: it lies in a
// journal record, in a row of the store and in memory in the same form. Coordinates are struct
// geo_point; edges are straight in longitude and latitude and go the short way round the globe
// (geo/ring.h), so the antimeridian needs no special case; all longitudes at 90 degrees of latitude
// are one place. Predicates are exact in whole numbers, boundaries included: what touches
// intersects, and a shape lies within itself (Tile38's and GEOS's `covers`).
//
// Circles are exact on the sphere (great-circle distance), not polygons. Polygons carry a ring index,
// so that "is the point inside" takes nanoseconds whatever their size, and the boxes of every
// sixteen edges, so that edges are looked at only near each other.
//
//   OFFSET SIZE          MEANING
//   0      1             enum shape_kind
//   1      3             zero
//   4      4             bytes of the part, all of it
//   8      8             POINT: the point; the end
//   8      16            others: struct geo_box
//   24     8, 8          CIRCLE: centre, radius in metres (double)
//   24     4, 4          LINE, POLYGON: points, chains
//   32     4 * chains    one past a chain's last point | 1 << 31 when its ring or line goes on in
//                        the next chain, across the antimeridian, where both have a point of the cut
//   …      16 * chunks   the box of every SHAPE_CHUNK edges; none of a part of few points
//   …                    LINE: points; POLYGON: its ring index (geo/ring_index.h), with the points
//   24                   GROUP: its parts one after another
//
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

enum {
    SHAPE_CHUNK = 16,
    SHAPE_DEPTH_MAX = 64, // groups in groups
    SHAPE_SMALL_SIZE = 40 // a point, a box or a circle is at most this large
};

// A view of encoded bytes.
struct shape {
    struct bytes bytes;
};

// Encoding, into a buffer: begin and end of groups nest. A full account latches the buffer. Lines
// and polygons without points become empty groups. Rings may be closed by repeating their first point
// or not.
void shape_add_point(struct buffer *out, struct geo_point point);
void shape_add_box(struct buffer *out, struct geo_box box);
void shape_add_line(struct buffer *out, const struct geo_point *points, uint32_t count);
void shape_add_polygon(struct buffer *out, const struct geo_point *points, const uint32_t *ring_end,
                       uint32_t ring_count);
// A radius that is negative or no number counts as 0.
void shape_add_circle(struct buffer *out, struct geo_point centre, double radius_m);
// Tile38's SECTOR: a slice of a circle between two bearings, clockwise, as a polygon.
void shape_add_sector(struct buffer *out, struct geo_point centre, double radius_m, double from_deg,
                      double to_deg);
// A circle as a polygon of `count` edges (at least 3), as Tile38 and GeoJSON draw it.
void shape_add_circle_polygon(struct buffer *out, struct geo_point centre, double radius_m,
                              uint32_t count);
// The place so far from another in a direction (degrees clockwise from north, 0 to 360), on the
// sphere.
struct geo_point shape_place_at(struct geo_point from, double distance_m, double bearing_deg);
size_t shape_group_begin(struct buffer *out);
void shape_group_end(struct buffer *out, size_t begun);

// Checks bytes from outside (a journal, a store) once. Fails: CORRUPT.
MUST_USE enum status shape_verify(struct bytes bytes, struct fault *fault);

enum shape_kind shape_kind(struct shape shape);
struct geo_box shape_box(struct shape shape);
struct geo_point shape_centre(struct shape shape); // of its box; a point's is itself
bool shape_is_empty(struct shape shape);
// Coordinates it is written with; a box has 2, a circle 1 (Tile38's num_points).
uint64_t shape_point_count(struct shape shape);

// Taking apart. ------------------------------------------------------------------------------------

// The parts of a group, in order: begin with `*rest = shape_parts(group)`.
struct shape_rest {
    struct bytes bytes;
};
struct shape_rest shape_parts(struct shape group);
MUST_USE bool shape_part_next(struct shape_rest *rest, struct shape *part);
double shape_circle_radius_m(struct shape circle); // its centre is shape_centre
// The points of a line or polygon as they were given, rings closed. Begin zeroed.
struct shape_walk {
    uint32_t at, chain;
    bool is_inside; // a ring or line has begun
};
// False at the end. `starts`: the first point of a line or ring.
MUST_USE bool shape_point_next(struct shape shape, struct shape_walk *walk, struct geo_point *point,
                               bool *starts);

// Predicates. --------------------------------------------------------------------------------------

// Is every place of `inner` in `outer`? Of a group every part must lie in one part of the other,
// as Tile38 has it. Empty shapes contain nothing and are in nothing.
bool shape_contains(struct shape outer, struct shape inner);
// Have they a place in common?
bool shape_intersects(struct shape left, struct shape right);
// The hot case of both.
bool shape_contains_point(struct shape shape, struct geo_point point);
// Does the segment cross or touch it?
bool shape_meets_segment(struct shape shape, struct geo_point from, struct geo_point to);

// 0 when they touch; great circle; between the nearest places. Infinite for empty shapes.
double shape_distance_m(struct shape left, struct shape right);
double shape_distance_to_point_m(struct shape shape, struct geo_point point);

// Cells that hold the shape; as cover_cap.
size_t shape_cover(struct shape shape, const struct cover_options *options,
                   struct cover_cell *cells);

// What of the shape lies in the box, as one shape: Tile38's CLIP. Circles are clipped as polygons of
// 64 edges. Nothing left: an empty group. Pieces without length or area are left out.
void shape_clip(struct shape shape, struct geo_box box, struct buffer *out);

#endif
