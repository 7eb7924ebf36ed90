// What the files of the GeoJSON reader share.
#ifndef CODEC_GEOJSON_PRIVATE_H
#define CODEC_GEOJSON_PRIVATE_H

#include "codec/geojson.h"
#include "codec/json_read.h"

enum geojson_type {
    GEOJSON_NO_TYPE,
    GEOJSON_POINT,
    GEOJSON_MULTI_POINT,
    GEOJSON_LINE,
    GEOJSON_MULTI_LINE,
    GEOJSON_POLYGON,
    GEOJSON_MULTI_POLYGON,
    GEOJSON_COLLECTION,
    GEOJSON_FEATURE,
    GEOJSON_FEATURES,
    GEOJSON_UNKNOWN,
};

// Where in the text we are, for sentences: features[3].geometry.
struct geojson_place {
    const struct geojson_place *outer;
    const char *member; // NULL: the root
    int64_t index;      // -1: no array
};

enum { GEOJSON_LEVELS_MAX = 4 }; // brackets of a MultiPolygon

// An array of coordinates: positions, and where rings and polygons end.
struct geojson_coordinates {
    struct buffer points;                 // struct geo_point
    struct buffer ring_ends;              // uint32_t: one past a ring's last position
    struct buffer polygon_ends;           // uint32_t: one past a polygon's last ring
    unsigned depth;                       // brackets around a number; 0: there is none
    uint32_t indexes[GEOJSON_LEVELS_MAX]; // of what is being read
    double lng_deg, lat_deg, z;           // of the first position of a Point
    bool has_z;
};

struct geojson_reading {
    const struct geojson_limits *limits;
    struct memory_account *account;
    struct geojson *geojson;
    struct buffer *shape;
    struct fault *fault;
    struct geojson_coordinates coordinates;
    uint64_t point_count;
};

// "features[3].geometry: " and a sentence. Returns the status.
PRINTF_LIKE(4, 5)
enum status geojson_refuse(const struct geojson_reading *reading, const struct geojson_place *place,
                           enum status status, const char *format, ...);
// JSON that is broken, or a sentence about what is there instead of what is wanted.
enum status geojson_unexpected(const struct geojson_reading *reading,
                               const struct json_reader *json, const struct geojson_place *place,
                               enum json_token token, const char *wanted);

// Reads an array whose bracket has been taken.
MUST_USE enum status geojson_read_coordinates(struct geojson_reading *reading,
                                              struct json_reader *json,
                                              const struct geojson_place *place);
// Appends the shape of a geometry of this type.
MUST_USE enum status geojson_make_shape(struct geojson_reading *reading, enum geojson_type type,
                                        const struct geojson_place *place);

static inline const struct geo_point *geojson_points(const struct geojson_reading *reading)
{
    const void *const points = reading->coordinates.points.data;
    return points;
}

static inline const uint32_t *geojson_ends(const struct buffer *ends)
{
    const void *const data = ends->data;
    return data;
}

#endif
