// Coordinates: arrays of positions in up to four brackets, and what they become.
#include <stdio.h>

#include "base/decimal.h"
#include "codec/geojson_private.h"

static uint32_t count_of(const struct buffer *buffer, size_t size)
{
    return (uint32_t)(buffer->size / size);
}

// The place of what is being read, in as many brackets as are open.
static enum status refuse_at(const struct geojson_reading *reading,
                             const struct geojson_place *place, unsigned levels, const char *what)
{
    char text[64] = "";
    size_t size = 0;
    for (unsigned i = 0; i < levels && i < GEOJSON_LEVELS_MAX; i++) {
        size += (size_t)snprintf(text + size, sizeof(text) - size, "[%u]",
                                 reading->coordinates.indexes[i]);
    }
    return geojson_refuse(reading, place, STATUS_OUT_OF_RANGE, "coordinates%s: %s", text, what);
}

// Longitudes are turned round the globe once, what is farther is moved to the edge.
static int64_t moved_to_globe_e7(int64_t value_e7, bool is_known, bool is_lng, struct bytes text)
{
    const int64_t most_e7 = is_lng ? GEO_LNG_MAX : GEO_LAT_MAX;
    if (!is_known) {
        return text.data[0] == '-' ? -most_e7 : most_e7;
    }
    if (is_lng && value_e7 > most_e7 && value_e7 <= 3 * most_e7) {
        return value_e7 - 2 * most_e7;
    }
    if (is_lng && value_e7 < -most_e7 && value_e7 >= -3 * most_e7) {
        return value_e7 + 2 * most_e7;
    }
    return value_e7 < -most_e7 ? -most_e7 : value_e7 > most_e7 ? most_e7 : value_e7;
}

static enum status take_angle(const struct geojson_reading *reading,
                              const struct geojson_place *place, unsigned level, unsigned which,
                              struct bytes text, int32_t *angle_e7)
{
    static const char *const sentences[2] = {
        "the longitude (first number) must lie between -180 and 180",
        "the latitude (second number) must lie between -90 and 90; GeoJSON writes longitude first"};
    const int64_t most_e7 = which == 0 ? GEO_LNG_MAX : GEO_LAT_MAX;
    int64_t value_e7 = 0;
    const bool is_known = json_number_scaled(text, 7, &value_e7);
    if (!is_known || value_e7 < -most_e7 || value_e7 > most_e7) {
        if (!reading->limits->is_lenient) {
            return refuse_at(reading, place, level - 1, sentences[which]);
        }
        value_e7 = moved_to_globe_e7(value_e7, is_known, which == 0, text);
    }
    *angle_e7 = (int32_t)value_e7;
    return STATUS_OK;
}

// Behind the first number of a position; `level` brackets are open.
static enum status take_position(struct geojson_reading *reading, struct json_reader *json,
                                 const struct geojson_place *place, unsigned level,
                                 struct bytes first)
{
    struct geojson_coordinates *const coordinates = &reading->coordinates;
    struct geo_point point;
    struct bytes value = first;
    unsigned count = 0;
    enum json_token token = JSON_NUMBER;
    for (; token == JSON_NUMBER; token = json_next(json, &value), count++) {
        if (count < 2) {
            TRY(take_angle(reading, place, level, count, value,
                           count == 0 ? &point.lng_e7 : &point.lat_e7));
        }
        if (level == 1 && count < 3) { // of a Point
            double *const exact = count == 0   ? &coordinates->lng_deg
                                  : count == 1 ? &coordinates->lat_deg
                                               : &coordinates->z;
            if (!decimal_parse(value, exact)) {
                return refuse_at(reading, place, 0, "a number has too many digits");
            }
            coordinates->has_z = count == 2;
        }
    }
    if (token != JSON_ARRAY_END) {
        return geojson_unexpected(reading, json, place, token, "a number in coordinates");
    }
    if (count < 2) {
        return refuse_at(reading, place, level - 1,
                         "a position has at least two numbers, longitude and latitude");
    }
    if (coordinates->depth != 0 && coordinates->depth != level) {
        return refuse_at(reading, place, level - 1, "positions lie in unequal numbers of brackets");
    }
    coordinates->depth = level;
    if (++reading->point_count > reading->limits->points) {
        return geojson_refuse(reading, place, STATUS_NO_SPACE,
                              "more than %u positions; split the object", reading->limits->points);
    }
    buffer_append(&coordinates->points, &point, sizeof(point));
    return STATUS_OK;
}

static void end_level(struct geojson_coordinates *coordinates, unsigned level)
{
    if (level + 1 == coordinates->depth) {
        buffer_append_u32(&coordinates->ring_ends,
                          count_of(&coordinates->points, sizeof(struct geo_point)));
    } else if (level + 2 == coordinates->depth) {
        buffer_append_u32(&coordinates->polygon_ends,
                          count_of(&coordinates->ring_ends, sizeof(uint32_t)));
    }
}

enum status geojson_read_coordinates(struct geojson_reading *reading, struct json_reader *json,
                                     const struct geojson_place *place)
{
    struct geojson_coordinates *const coordinates = &reading->coordinates;
    buffer_clear(&coordinates->points);
    buffer_clear(&coordinates->ring_ends);
    buffer_clear(&coordinates->polygon_ends);
    coordinates->depth = 0;
    coordinates->has_z = false;
    coordinates->indexes[0] = 0;
    unsigned level = 1;
    while (level > 0) {
        struct bytes value;
        const enum json_token token = json_next(json, &value);
        if (token == JSON_ARRAY_BEGIN && level < GEOJSON_LEVELS_MAX) {
            coordinates->indexes[level++] = 0;
            continue;
        }
        if (token == JSON_NUMBER && coordinates->indexes[level - 1] == 0) {
            TRY(take_position(reading, json, place, level, value));
        } else if (token == JSON_ARRAY_END) {
            if (coordinates->indexes[level - 1] == 0 && level > 1) {
                return refuse_at(reading, place, level - 1, "an array without positions");
            }
            end_level(coordinates, level);
        } else {
            return geojson_unexpected(reading, json, place, token, "positions in coordinates");
        }
        level--;
        if (level > 0) {
            coordinates->indexes[level - 1]++;
        }
    }
    TRY(buffer_status(&coordinates->ring_ends));
    TRY(buffer_status(&coordinates->polygon_ends));
    return buffer_status(&coordinates->points);
}

static enum status check_rings(const struct geojson_reading *reading,
                               const struct geojson_place *place, enum geojson_type type)
{
    const struct geojson_coordinates *const coordinates = &reading->coordinates;
    const uint32_t *const ends = geojson_ends(&coordinates->ring_ends);
    const struct geo_point *const points = geojson_points(reading);
    const bool is_area = type == GEOJSON_POLYGON || type == GEOJSON_MULTI_POLYGON;
    const uint32_t needed = is_area ? 4 : 2;
    uint32_t begin = 0;
    for (uint32_t ring = 0; ring < count_of(&coordinates->ring_ends, sizeof(*ends)); ring++) {
        if (ends[ring] - begin < needed) {
            return geojson_refuse(reading, place, STATUS_OUT_OF_RANGE,
                                  is_area ? "coordinates: ring %u has %u positions; a ring has at "
                                            "least 4, the last equal to the first"
                                          : "coordinates: line %u has %u positions; a line has at "
                                            "least 2",
                                  ring, ends[ring] - begin);
        }
        if (is_area && !geo_point_equal(points[begin], points[ends[ring] - 1])) {
            return geojson_refuse(
                reading, place, STATUS_OUT_OF_RANGE,
                "coordinates: ring %u is not closed; its last position must equal "
                "its first",
                ring);
        }
        begin = ends[ring];
    }
    return STATUS_OK;
}

static void add_polygon(struct geojson_reading *reading, uint32_t first_ring, uint32_t end_ring)
{
    enum { RINGS_MAX = 64 };
    const uint32_t *const ends = geojson_ends(&reading->coordinates.ring_ends);
    const uint32_t begin = first_ring == 0 ? 0 : ends[first_ring - 1];
    const uint32_t count = end_ring - first_ring;
    uint32_t few[RINGS_MAX] = {0};
    uint32_t *const many =
        count <= RINGS_MAX ? few : memory_take(reading->account, count, sizeof(uint32_t));
    if (many == NULL) {
        reading->shape->failed = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        many[i] = ends[first_ring + i] - begin;
    }
    shape_add_polygon(reading->shape, geojson_points(reading) + begin, many, count);
    if (many != few) {
        memory_give(many);
    }
}

static void add_many(struct geojson_reading *reading, enum geojson_type type)
{
    const struct geojson_coordinates *const coordinates = &reading->coordinates;
    const struct geo_point *const points = geojson_points(reading);
    const uint32_t *const rings = geojson_ends(&coordinates->ring_ends);
    const uint32_t *const polygons = geojson_ends(&coordinates->polygon_ends);
    const uint32_t count =
        type == GEOJSON_MULTI_POINT  ? count_of(&coordinates->points, sizeof(*points))
        : type == GEOJSON_MULTI_LINE ? count_of(&coordinates->ring_ends, sizeof(*rings))
                                     : count_of(&coordinates->polygon_ends, sizeof(*polygons));
    const size_t begun = shape_group_begin(reading->shape);
    for (uint32_t i = 0; i < count; i++) {
        if (type == GEOJSON_MULTI_POINT) {
            shape_add_point(reading->shape, points[i]);
        } else if (type == GEOJSON_MULTI_LINE) {
            const uint32_t begin = i == 0 ? 0 : rings[i - 1];
            shape_add_line(reading->shape, points + begin, rings[i] - begin);
        } else {
            add_polygon(reading, i == 0 ? 0 : polygons[i - 1], polygons[i]);
        }
    }
    shape_group_end(reading->shape, begun);
}

enum status geojson_make_shape(struct geojson_reading *reading, enum geojson_type type,
                               const struct geojson_place *place)
{
    static const uint8_t depths[] = {
        [GEOJSON_POINT] = 1,      [GEOJSON_MULTI_POINT] = 2, [GEOJSON_LINE] = 2,
        [GEOJSON_MULTI_LINE] = 3, [GEOJSON_POLYGON] = 3,     [GEOJSON_MULTI_POLYGON] = 4};
    const struct geojson_coordinates *const coordinates = &reading->coordinates;
    const struct geo_point *const points = geojson_points(reading);
    const bool is_many =
        type == GEOJSON_MULTI_POINT || type == GEOJSON_MULTI_LINE || type == GEOJSON_MULTI_POLYGON;
    if (coordinates->depth != depths[type] && !(coordinates->depth == 0 && is_many)) {
        return geojson_refuse(reading, place, STATUS_OUT_OF_RANGE,
                              "coordinates: positions of this type lie in %u brackets, not %u",
                              depths[type], coordinates->depth);
    }
    if (type != GEOJSON_POINT && type != GEOJSON_MULTI_POINT) {
        TRY(check_rings(reading, place, type));
    }
    if (type == GEOJSON_POINT) {
        shape_add_point(reading->shape, points[0]);
    } else if (type == GEOJSON_LINE) {
        shape_add_line(reading->shape, points, count_of(&coordinates->points, sizeof(*points)));
    } else if (type == GEOJSON_POLYGON) {
        add_polygon(reading, 0, count_of(&coordinates->ring_ends, sizeof(uint32_t)));
    } else {
        add_many(reading, type);
    }
    return buffer_status(reading->shape);
}
