#include "codec/geojson.h"
#include "command/tile38_query.h"
#include "geo/distance.h"

enum status tile38_area_clip(struct tile38_request *request, struct buffer *shapes,
                             struct tile38_area *area, const struct tile38_area *rect)
{
    // The shape must not lie in the buffer that grows.
    struct buffer clipped = {.account = shapes->account};
    const struct shape shape = {.bytes = {shapes->data + area->offset, area->size}};
    const struct shape box = {.bytes = {shapes->data + rect->offset, rect->size}};
    shape_clip(shape, shape_box(box), &clipped);
    area->offset = shapes->size;
    area->size = clipped.size;
    area->is_circle = area->is_rect = false;
    buffer_append_bytes(shapes, buffer_bytes(&clipped));
    const bool is_whole = !clipped.failed && !shapes->failed;
    buffer_free(&clipped);
    return is_whole ? STATUS_OK
                    : tile38_fail(request, "the area is larger than the memory for areas");
}

void tile38_row_clip(struct row *row, struct shape area, struct tile38_row_text *memory)
{
    uint8_t scratch[ROW_SCRATCH_SIZE];
    if (row->kind == ROW_STRING) {
        return;
    }
    buffer_clear(&memory->shape);
    buffer_clear(&memory->text);
    shape_clip(row_shape(row, scratch), shape_box(area), &memory->shape);
    if (memory->shape.size == 0) {
        return;
    }
    row->kind = ROW_GEOJSON;
    row->shape = (struct shape){.bytes = buffer_bytes(&memory->shape)};
    geojson_write(row->shape, &memory->text);
    row->text = buffer_bytes(&memory->text);
}

// BUFFER, as Tile38 makes it: the shape itself, a circle round each of its points, and a strip along
// each of its edges.
struct growth {
    struct buffer *out;
    double distance_m;
};

static double bearing_of(struct geo_point from, struct geo_point to)
{
    return distance_bearing_deg(from, to);
}

static void add_strip(struct growth *growth, struct geo_point from, struct geo_point to)
{
    if (geo_point_equal(from, to)) {
        return;
    }
    const double leaving = bearing_of(from, to), arriving = bearing_of(to, from) + 180;
    const double distance_m = growth->distance_m;
    const struct geo_point corners[4] = {
        shape_place_at(from, distance_m, leaving + 90 >= 360 ? leaving - 270 : leaving + 90),
        shape_place_at(to, distance_m, arriving + 90 >= 360 ? arriving - 270 : arriving + 90),
        shape_place_at(to, distance_m, arriving - 90 >= 360 ? arriving - 450 : arriving - 90),
        shape_place_at(from, distance_m, leaving - 90 < 0 ? leaving + 270 : leaving - 90),
    };
    const uint32_t end = 4;
    shape_add_polygon(growth->out, corners, &end, 1);
}

static void grow_points(struct growth *growth, struct shape shape)
{
    struct shape_walk walk = {0};
    struct geo_point point, last = {0};
    bool starts = false;
    while (shape_point_next(shape, &walk, &point, &starts)) {
        shape_add_circle(growth->out, point, growth->distance_m);
        if (!starts) {
            add_strip(growth, last, point);
        }
        last = point;
    }
}

static void grow_box(struct growth *growth, struct geo_box box)
{
    const struct geo_point corners[5] = {{box.west_e7, box.south_e7},
                                         {box.east_e7, box.south_e7},
                                         {box.east_e7, box.north_e7},
                                         {box.west_e7, box.north_e7},
                                         {box.west_e7, box.south_e7}};
    for (size_t i = 0; i < 4; i++) {
        shape_add_circle(growth->out, corners[i], growth->distance_m);
        add_strip(growth, corners[i], corners[i + 1]);
    }
}

static void grow(struct growth *growth, struct shape shape)
{
    struct shape_rest rest;
    struct shape part;
    switch (shape_kind(shape)) {
    case SHAPE_POINT:
        shape_add_circle(growth->out, shape_centre(shape), growth->distance_m);
        return;
    case SHAPE_CIRCLE:
        shape_add_circle(growth->out, shape_centre(shape),
                         shape_circle_radius_m(shape) + growth->distance_m);
        return;
    case SHAPE_BOX:
        grow_box(growth, shape_box(shape));
        break;
    case SHAPE_LINE:
    case SHAPE_POLYGON:
        grow_points(growth, shape);
        break;
    case SHAPE_GROUP:
    default:
        rest = shape_parts(shape);
        while (shape_part_next(&rest, &part)) {
            grow(growth, part);
        }
        return;
    }
    buffer_append_bytes(growth->out, shape.bytes);
}

enum status tile38_area_grow(struct tile38_request *request, struct buffer *shapes,
                             struct tile38_area *area, double distance_m)
{
    struct buffer grown = {.account = shapes->account};
    struct growth growth = {.out = &grown, .distance_m = distance_m};
    const struct shape shape = {.bytes = {shapes->data + area->offset, area->size}};
    const enum shape_kind kind = shape_kind(shape);
    const bool is_one = kind == SHAPE_POINT || kind == SHAPE_CIRCLE;
    const size_t group = is_one ? 0 : shape_group_begin(&grown);
    grow(&growth, shape);
    if (!is_one) {
        shape_group_end(&grown, group);
    }
    area->offset = shapes->size;
    area->size = grown.size;
    area->is_rect = false;
    buffer_append_bytes(shapes, buffer_bytes(&grown));
    const bool is_whole = !grown.failed && !shapes->failed;
    buffer_free(&grown);
    return is_whole ? STATUS_OK
                    : tile38_fail(request, "the area is larger than the memory for areas");
}
