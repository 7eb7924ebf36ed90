#include "command/geometry.h"

#include "atlas/outline.h"
#include "geo/outline.h"

// More are not nested: that takes the square of their number.
enum { RINGS_MAX = 4096 };

static const double metres_an_e7 = 0.0111195;

void geometry_write_position(struct json_writer *json, struct geo_point point)
{
    json_begin_array(json);
    json_e7(json, point.lng_e7);
    json_e7(json, point.lat_e7);
    json_end_array(json);
}

void geometry_write_point(struct json_writer *json, struct geo_point point)
{
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "Point");
    JSON_KEY(json, "coordinates");
    geometry_write_position(json, point);
    json_end_object(json);
}

struct span {
    uint32_t first, end;
};

static struct span span_of(const struct geo_rings *rings, uint32_t ring)
{
    return (struct span){ring == 0 ? 0 : rings->ring_end[ring - 1], rings->ring_end[ring]};
}

static void write_positions(struct json_writer *json, const struct geo_rings *rings,
                            struct span span, bool is_backwards)
{
    json_begin_array(json);
    for (uint32_t i = span.first; i < span.end; i++) {
        const uint32_t at = is_backwards ? span.first + span.end - 1 - i : i;
        geometry_write_position(json, rings->points[at]);
    }
    json_end_array(json);
}

// Twice the area, positive when the ring runs counter-clockwise.
static double signed_area(const struct geo_rings *rings, struct span span)
{
    const struct geo_point origin = rings->points[span.first];
    double sum = 0;
    for (uint32_t i = span.first; i + 1 < span.end; i++) {
        const double x = (double)rings->points[i].lng_e7 - origin.lng_e7;
        const double y = (double)rings->points[i].lat_e7 - origin.lat_e7;
        const double next_x = (double)rings->points[i + 1].lng_e7 - origin.lng_e7;
        const double next_y = (double)rings->points[i + 1].lat_e7 - origin.lat_e7;
        sum += x * next_y - next_x * y;
    }
    return sum;
}

static void write_ring(struct json_writer *json, const struct geo_rings *rings, uint32_t ring,
                       bool is_outer)
{
    const struct span span = span_of(rings, ring);
    write_positions(json, rings, span, (signed_area(rings, span) < 0) == is_outer);
}

static void write_polygon(struct json_writer *json, const struct geo_rings *rings,
                          const uint32_t *outers, uint32_t outer)
{
    json_begin_array(json);
    write_ring(json, rings, outer, true);
    for (uint32_t i = 0; i < rings->ring_count; i++) {
        if (i != outer && outers[i] == outer) {
            write_ring(json, rings, i, false);
        }
    }
    json_end_array(json);
}

static void write_area(struct json_writer *json, const struct geo_rings *rings,
                       const uint32_t *outers)
{
    uint32_t outer_count = 0;
    for (uint32_t i = 0; i < rings->ring_count; i++) {
        outer_count += outers[i] == i ? 1 : 0;
    }
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, outer_count == 1 ? "Polygon" : "MultiPolygon");
    JSON_KEY(json, "coordinates");
    if (outer_count != 1) {
        json_begin_array(json);
    }
    for (uint32_t i = 0; i < rings->ring_count; i++) {
        if (outers[i] == i) {
            write_polygon(json, rings, outers, i);
        }
    }
    if (outer_count != 1) {
        json_end_array(json);
    }
    json_end_object(json);
}

static void write_lines(struct json_writer *json, const struct geo_rings *lines)
{
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, lines->ring_count == 1 ? "LineString" : "MultiLineString");
    JSON_KEY(json, "coordinates");
    if (lines->ring_count != 1) {
        json_begin_array(json);
    }
    for (uint32_t i = 0; i < lines->ring_count; i++) {
        write_positions(json, lines, span_of(lines, i), false);
    }
    if (lines->ring_count != 1) {
        json_end_array(json);
    }
    json_end_object(json);
}

bool geometry_write_outline(struct json_writer *json, const struct atlas *atlas, uint32_t reference,
                            struct geometry_options *options, struct arena *arena, bool *is_omitted)
{
    struct geo_rings rings;
    *is_omitted = false;
    if (reference >= atlas->doc_count) {
        return false; // a house, a crossing, a live object
    }
    const bool is_line = atlas_line(atlas, reference, arena, &rings);
    if (!is_line && !atlas_outline(atlas, reference, arena, &rings)) {
        return false;
    }
    *is_omitted = true;
    if (options->tolerance_m > 0 &&
        !outline_simplify(&rings, options->tolerance_m / metres_an_e7, arena, &rings)) {
        return false;
    }
    const uint32_t *const outers =
        is_line || rings.ring_count > RINGS_MAX ? NULL : outline_nest(&rings, arena);
    const uint32_t points = rings_point_count(&rings);
    if (points > options->points || (!is_line && outers == NULL)) {
        return false;
    }
    *is_omitted = false;
    options->points -= points;
    if (is_line) {
        write_lines(json, &rings);
    } else {
        write_area(json, &rings, outers);
    }
    return true;
}
