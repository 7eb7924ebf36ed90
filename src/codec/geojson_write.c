#include "codec/geojson.h"
#include "codec/json_write.h"

enum { CIRCLE_EDGES = 64 };

static void write_position(struct json_writer *json, struct geo_point point)
{
    json_begin_array(json);
    json_e7(json, point.lng_e7);
    json_e7(json, point.lat_e7);
    json_end_array(json);
}

// The positions of a line, or the rings of a polygon each in brackets.
static void write_positions(struct json_writer *json, struct shape shape)
{
    const bool is_polygon = shape_kind(shape) == SHAPE_POLYGON;
    struct shape_walk walk = {0};
    struct geo_point point;
    bool starts;
    bool is_open = !is_polygon;
    json_begin_array(json);
    while (shape_point_next(shape, &walk, &point, &starts)) {
        if (is_polygon && starts) {
            if (is_open) {
                json_end_array(json);
            }
            json_begin_array(json);
            is_open = true;
        }
        write_position(json, point);
    }
    if (is_polygon && is_open) {
        json_end_array(json);
    }
    json_end_array(json);
}

static void write_box(struct json_writer *json, struct geo_box box)
{
    const struct geo_point corners[5] = {{.lng_e7 = box.west_e7, .lat_e7 = box.south_e7},
                                         {.lng_e7 = box.east_e7, .lat_e7 = box.south_e7},
                                         {.lng_e7 = box.east_e7, .lat_e7 = box.north_e7},
                                         {.lng_e7 = box.west_e7, .lat_e7 = box.north_e7},
                                         {.lng_e7 = box.west_e7, .lat_e7 = box.south_e7}};
    json_begin_array(json);
    json_begin_array(json);
    for (int i = 0; i < 5; i++) {
        write_position(json, corners[i]);
    }
    json_end_array(json);
    json_end_array(json);
}

static void write_coordinates(struct json_writer *json, struct shape shape)
{
    struct buffer circle = {.account = json->out->account};
    switch (shape_kind(shape)) {
    case SHAPE_POINT:
        write_position(json, shape_centre(shape));
        break;
    case SHAPE_BOX:
        write_box(json, shape_box(shape));
        break;
    case SHAPE_LINE:
    case SHAPE_POLYGON:
        write_positions(json, shape);
        break;
    case SHAPE_CIRCLE:
        shape_add_circle_polygon(&circle, shape_centre(shape), shape_circle_radius_m(shape),
                                 CIRCLE_EDGES);
        json->out->failed |= circle.failed;
        if (!circle.failed) {
            write_positions(json, (struct shape){buffer_bytes(&circle)});
        }
        buffer_free(&circle);
        break;
    case SHAPE_GROUP:
        break;
    }
}

static const char *const names[] = {[SHAPE_POINT] = "Point",
                                    [SHAPE_BOX] = "Polygon",
                                    [SHAPE_LINE] = "LineString",
                                    [SHAPE_POLYGON] = "Polygon",
                                    [SHAPE_CIRCLE] = "Polygon"};
static const char *const many_names[] = {[SHAPE_POINT] = "MultiPoint",
                                         [SHAPE_BOX] = "MultiPolygon",
                                         [SHAPE_LINE] = "MultiLineString",
                                         [SHAPE_POLYGON] = "MultiPolygon",
                                         [SHAPE_CIRCLE] = "MultiPolygon"};

// The Multi… type that all parts share, or NULL.
static const char *common_name(struct shape group)
{
    struct shape_rest rest = shape_parts(group);
    struct shape part;
    const char *common = NULL;
    while (shape_part_next(&rest, &part)) {
        const enum shape_kind kind = shape_kind(part);
        if (kind == SHAPE_GROUP || (common != NULL && strcmp(common, many_names[kind]) != 0)) {
            return NULL;
        }
        common = many_names[kind];
    }
    return common;
}

static void write_shape(struct json_writer *json, struct shape shape);

static void write_group(struct json_writer *json, struct shape group)
{
    const char *const name = common_name(group);
    struct shape_rest rest = shape_parts(group);
    struct shape part;
    json_begin_object(json);
    JSON_KEY(json, "type");
    if (name == NULL) {
        json_text_of(json, "GeometryCollection");
        JSON_KEY(json, "geometries");
    } else {
        json_text_of(json, name);
        JSON_KEY(json, "coordinates");
    }
    json_begin_array(json);
    while (shape_part_next(&rest, &part)) {
        if (name == NULL) {
            write_shape(json, part);
        } else {
            write_coordinates(json, part);
        }
    }
    json_end_array(json);
    json_end_object(json);
}

static void write_shape(struct json_writer *json, struct shape shape)
{
    if (shape_kind(shape) == SHAPE_GROUP) {
        write_group(json, shape);
        return;
    }
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, names[shape_kind(shape)]);
    JSON_KEY(json, "coordinates");
    write_coordinates(json, shape);
    json_end_object(json);
}

void geojson_write(struct shape shape, struct buffer *out)
{
    struct json_writer json = {.out = out};
    write_shape(&json, shape);
}
