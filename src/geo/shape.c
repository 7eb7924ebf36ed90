#include "geo/shape.h"

#include "geo/shape_private.h"

enum shape_kind shape_kind(struct shape shape)
{
    return shape.bytes.size == 0 ? SHAPE_GROUP : (enum shape_kind)shape.bytes.data[PART_KIND];
}

static struct geo_point point_at(const uint8_t *at)
{
    return (struct geo_point){.lng_e7 = ring_index_i32(at), .lat_e7 = ring_index_i32(at + 4)};
}

struct geo_box shape_box(struct shape shape)
{
    if (shape.bytes.size == 0) {
        return GEO_BOX_EMPTY;
    }
    if (shape_kind(shape) == SHAPE_POINT) {
        const struct geo_point point = point_at(shape.bytes.data + PART_POINT);
        return (struct geo_box){.west_e7 = point.lng_e7,
                                .south_e7 = point.lat_e7,
                                .east_e7 = point.lng_e7,
                                .north_e7 = point.lat_e7};
    }
    return part_box_at(shape.bytes.data + PART_BOX);
}

struct geo_point shape_centre(struct shape shape)
{
    if (shape_kind(shape) == SHAPE_POINT) {
        return point_at(shape.bytes.data + PART_POINT);
    }
    if (shape_kind(shape) == SHAPE_CIRCLE) {
        return point_at(shape.bytes.data + PART_CENTRE);
    }
    const struct geo_box box = shape_box(shape);
    return geo_box_is_empty(box) ? (struct geo_point){0} : geo_box_centre(box);
}

bool shape_is_empty(struct shape shape)
{
    return geo_box_is_empty(shape_box(shape));
}

double shape_circle_radius_m(struct shape circle)
{
    double radius_m;
    memcpy(&radius_m, circle.bytes.data + PART_RADIUS, sizeof(radius_m));
    return radius_m;
}

struct shape_rest shape_parts(struct shape group)
{
    if (group.bytes.size == 0) {
        return (struct shape_rest){0};
    }
    return (struct shape_rest){
        {.data = group.bytes.data + PART_PARTS, .size = group.bytes.size - PART_PARTS}};
}

bool shape_part_next(struct shape_rest *rest, struct shape *part)
{
    if (rest->bytes.size == 0) {
        return false;
    }
    const size_t size = ring_index_u32(rest->bytes.data + PART_SIZE);
    *part = (struct shape){{.data = rest->bytes.data, .size = size}};
    rest->bytes.data += size;
    rest->bytes.size -= size;
    return true;
}

bool shape_point_next(struct shape shape, struct shape_walk *walk, struct geo_point *point,
                      bool *starts)
{
    const struct edges edges = edges_of_part(shape);
    while (walk->at < edges.point_count) {
        const uint32_t chain = edges_chain(&edges, walk->chain);
        const bool is_cut =
            (chain & CHAIN_GOES_ON) != 0 && walk->at + 1 == (chain & ~CHAIN_GOES_ON);
        if (is_cut) { // two points of the cut
            walk->at += 2;
            walk->chain++;
            continue;
        }
        *point = edges_point(&edges, walk->at);
        *starts = !walk->is_inside;
        walk->at++;
        walk->is_inside = walk->at != (chain & ~CHAIN_GOES_ON);
        walk->chain += !walk->is_inside;
        return true;
    }
    return false;
}

uint64_t shape_point_count(struct shape shape)
{
    uint64_t count = 0;
    struct shape_rest rest = {0};
    struct shape part;
    struct shape_walk walk = {0};
    struct geo_point point;
    bool starts;
    switch (shape_kind(shape)) {
    case SHAPE_POINT:
    case SHAPE_CIRCLE:
        return 1;
    case SHAPE_BOX:
        return 2;
    case SHAPE_LINE:
    case SHAPE_POLYGON:
        while (shape_point_next(shape, &walk, &point, &starts)) {
            count++;
        }
        return count;
    case SHAPE_GROUP:
        break;
    }
    rest = shape_parts(shape);
    while (shape_part_next(&rest, &part)) {
        count += shape_point_count(part);
    }
    return count;
}
