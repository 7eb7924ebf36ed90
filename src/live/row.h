// Row: an object as bytes, the same in memory, in journal records and in the store.
//
//   OFFSET SIZE MEANING
//   0      1    enum row_kind
//   1      2    flags (ROW_HAS_…): which optional parts follow, in this order
//   3      8    lng, lat (e7) of a point; of boxes and GeoJSON the middle of their box; strings: none
//   …           exact doubles | z | times | accuracy, speed, course | expiry | fields | geometry
//
// Built and read through the functions below only; formats/data.md has the table. Little-endian, at
// any alignment.
// Fields are JSON values by name, sorted by name: Tile38's FIELDs and the members of `properties` that
// filters may ask for. Pure; any thread.
#ifndef LIVE_ROW_H
#define LIVE_ROW_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "geo/point.h"
#include "geo/shape.h"

enum row_kind {
    ROW_POINT,
    ROW_BOX,     // Tile38's BOUNDS
    ROW_GEOJSON, // any: the text and its shape
    ROW_STRING,  // Tile38's STRING: no place
};

// Taken apart. Times in microseconds since 1970, 0: none. Borrowed bytes point into the row.
struct row {
    enum row_kind kind;
    struct geo_point point;
    bool has_exact;          // the doubles say more than the e7 integers
    double lng_deg, lat_deg; // of a point
    double box_deg[4];       // of a box: west, south, east, north
    bool has_z;
    double z;
    struct geo_box box;  // of a box
    struct bytes text;   // GeoJSON as it came, or the string
    struct shape shape;  // of ROW_GEOJSON; row_shape gives it for every kind
    struct bytes fields; // encoded: row_field_next
    int64_t event_us;    // when it was measured
    int64_t arrival_us;  // when it was taken in
    int64_t expires_us;  // wall clock; 0: never
    bool has_motion;
    float accuracy_m, speed_mps, course_deg; // negative: not known
};

// Appends. `point` is taken from points only; others get the middle of their box.
void row_write(const struct row *row, struct buffer *out);
// Checks every byte. Fails: CORRUPT, saying what is wrong.
MUST_USE enum status row_read(struct bytes bytes, struct row *row, struct fault *fault);
void row_open(struct bytes bytes, struct row *row); // of bytes that row_read has accepted once

// The geometry of every kind but strings (theirs is empty). `scratch` holds it for points and boxes.
enum { ROW_SCRATCH_SIZE = 64 };
struct shape row_shape(const struct row *row, uint8_t scratch[ROW_SCRATCH_SIZE]);
// The smallest box round it; of a string the empty one.
struct geo_box row_box(const struct row *row);

// Fields: encoded as (name size u16, name, value size u32, value as JSON text), sorted by name.
MUST_USE bool row_field_next(struct bytes *fields, struct bytes *name, struct bytes *value);
bool row_field_find(struct bytes fields, struct bytes name, struct bytes *value);
// Appends `fields` with one changed; a value that is zero (the number 0, the text "" or nothing)
// deletes, as in Tile38.
void row_field_put(struct bytes fields, struct bytes name, struct bytes value, struct buffer *out);

#endif
