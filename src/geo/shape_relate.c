// What holds and what touches what, kind by kind.
#include "geo/distance.h"
#include "geo/shape_private.h"
#include "geo/trig.h"

bool shape_polygon_index(struct shape polygon, struct ring_index *index)
{
    const struct edges edges = edges_of_part(polygon);
    const size_t before = (size_t)(edges.points - RING_INDEX_HEADER_SIZE - polygon.bytes.data);
    return ring_index_open(
        (struct bytes){.data = polygon.bytes.data + before, .size = polygon.bytes.size - before},
        index);
}

static bool polygon_covers(struct shape polygon, struct geo_point point)
{
    struct ring_index index;
    if (!shape_polygon_index(polygon, &index)) {
        return false;
    }
    const bool is_on_antimeridian = point.lng_e7 == GEO_LNG_MAX || point.lng_e7 == -GEO_LNG_MAX;
    const struct geo_point mirrored = {.lng_e7 = -point.lng_e7, .lat_e7 = point.lat_e7};
    return ring_index_covers(&index, point) ||
           (is_on_antimeridian && ring_index_covers(&index, mirrored));
}

static bool group_contains_point(struct shape group, struct geo_point point)
{
    struct shape_rest rest = shape_parts(group);
    struct shape part;
    while (shape_part_next(&rest, &part)) {
        if (shape_contains_point(part, point)) {
            return true;
        }
    }
    return false;
}

bool shape_contains_point(struct shape shape, struct geo_point point)
{
    if (shape.bytes.size == 0 || !box_holds_point(shape_box(shape), point)) {
        return false;
    }
    const bool is_pole = point.lat_e7 == GEO_LAT_MAX || point.lat_e7 == -GEO_LAT_MAX;
    struct edges edges;
    switch (shape_kind(shape)) {
    case SHAPE_POINT:
    case SHAPE_BOX:
        return true;
    case SHAPE_LINE:
        edges = edges_of_part(shape);
        return is_pole || edges_hold_point(&edges, point);
    case SHAPE_POLYGON:
        return is_pole || box_is_point(shape_box(shape)) || polygon_covers(shape, point);
    case SHAPE_CIRCLE:
        return distance_m(shape_centre(shape), point) <= shape_circle_radius_m(shape);
    case SHAPE_GROUP:
        break;
    }
    return group_contains_point(shape, point);
}

struct edges edges_of_shape(struct shape shape, struct edges_room *room)
{
    const enum shape_kind kind = shape_kind(shape);
    if (kind == SHAPE_LINE || kind == SHAPE_POLYGON) {
        return edges_of_part(shape);
    }
    if (kind == SHAPE_BOX) {
        return edges_of_box(shape_box(shape), room);
    }
    const struct geo_point point = shape_centre(shape);
    return edges_of_segment(point, point, room);
}

// A point of every chain of `inner` in `outer`? Tells areas in areas once no edges meet.
static bool contains_some_chain(struct shape outer, const struct edges *inner)
{
    uint32_t at = 0;
    for (uint32_t chain = 0; chain < inner->chain_count; chain++) {
        if (shape_contains_point(outer, edges_point(inner, at))) {
            return true;
        }
        at = edges_chain(inner, chain) & ~CHAIN_GOES_ON;
    }
    return false;
}

static bool circle_intersects(struct shape circle, struct shape other)
{
    const struct geo_point centre = shape_centre(circle);
    const double radius_m = shape_circle_radius_m(circle);
    if (shape_kind(other) == SHAPE_CIRCLE) {
        return distance_m(centre, shape_centre(other)) <= radius_m + shape_circle_radius_m(other);
    }
    if (shape_contains_point(other, centre)) {
        return true;
    }
    struct edges_room room;
    const struct edges edges = edges_of_shape(other, &room);
    return edges_nearest_m(&edges, centre, radius_m) <= radius_m;
}

static bool group_intersects(struct shape group, struct shape other)
{
    struct shape_rest rest = shape_parts(group);
    struct shape part;
    while (shape_part_next(&rest, &part)) {
        if (shape_intersects(part, other)) {
            return true;
        }
    }
    return false;
}

bool shape_intersects(struct shape left, struct shape right)
{
    if (shape_is_empty(left) || shape_is_empty(right) ||
        !box_meets(shape_box(left), shape_box(right))) {
        return false;
    }
    const enum shape_kind left_kind = shape_kind(left);
    const enum shape_kind right_kind = shape_kind(right);
    if (left_kind == SHAPE_GROUP || right_kind == SHAPE_GROUP) {
        return left_kind == SHAPE_GROUP ? group_intersects(left, right)
                                        : group_intersects(right, left);
    }
    if (left_kind == SHAPE_POINT || right_kind == SHAPE_POINT) {
        return left_kind == SHAPE_POINT ? shape_contains_point(right, shape_centre(left))
                                        : shape_contains_point(left, shape_centre(right));
    }
    if (left_kind == SHAPE_CIRCLE || right_kind == SHAPE_CIRCLE) {
        return left_kind == SHAPE_CIRCLE ? circle_intersects(left, right)
                                         : circle_intersects(right, left);
    }
    if ((left_kind == SHAPE_BOX && right_kind == SHAPE_BOX) ||
        box_shares_pole(shape_box(left), shape_box(right)) ||
        (left_kind == SHAPE_BOX && box_holds(shape_box(left), shape_box(right))) ||
        (right_kind == SHAPE_BOX && box_holds(shape_box(right), shape_box(left)))) {
        return true;
    }
    struct edges_room left_room;
    struct edges_room right_room;
    struct edges left_edges = edges_of_shape(left, &left_room);
    struct edges right_edges = edges_of_shape(right, &right_room);
    struct edge_spans left_spans;
    struct edge_spans right_spans;
    edges_span(&left_edges, &left_spans);
    edges_span(&right_edges, &right_spans);
    return edges_meet(&left_edges, &right_edges) || contains_some_chain(left, &right_edges) ||
           contains_some_chain(right, &left_edges);
}

bool shape_meets_segment(struct shape shape, struct geo_point from, struct geo_point to)
{
    struct edges_room room;
    const struct edges segment = edges_of_segment(from, to, &room);
    if (shape_is_empty(shape) || !box_meets(shape_box(shape), segment.box)) {
        return false;
    }
    struct shape_rest rest;
    struct shape part;
    struct edges_room own_room;
    struct edges edges;
    switch (shape_kind(shape)) {
    case SHAPE_GROUP:
        rest = shape_parts(shape);
        while (shape_part_next(&rest, &part)) {
            if (shape_meets_segment(part, from, to)) {
                return true;
            }
        }
        return false;
    case SHAPE_CIRCLE:
        return edges_nearest_m(&segment, shape_centre(shape), shape_circle_radius_m(shape)) <=
               shape_circle_radius_m(shape);
    case SHAPE_POINT:
    case SHAPE_BOX:
    case SHAPE_LINE:
    case SHAPE_POLYGON:
        break;
    }
    edges = edges_of_shape(shape, &own_room);
    return shape_contains_point(shape, from) || shape_contains_point(shape, to) ||
           edges_meet(&edges, &segment);
}

static struct geo_point antipode_of(struct geo_point point)
{
    return (struct geo_point){.lng_e7 = point.lng_e7 > 0 ? point.lng_e7 - GEO_LNG_MAX
                                                         : point.lng_e7 + GEO_LNG_MAX,
                              .lat_e7 = -point.lat_e7};
}

// The farthest place of an area lies on its edge unless the area holds the centre's antipode.
static bool circle_contains(struct shape circle, struct shape inner)
{
    const struct geo_point centre = shape_centre(circle);
    const double radius_m = shape_circle_radius_m(circle);
    if (radius_m >= DISTANCE_EARTH_RADIUS_M * TRIG_PI) {
        return true;
    }
    if (shape_kind(inner) == SHAPE_CIRCLE) {
        return distance_m(centre, shape_centre(inner)) + shape_circle_radius_m(inner) <= radius_m;
    }
    struct edges_room room;
    const struct edges edges = edges_of_shape(inner, &room);
    return edges_are_within_m(&edges, centre, radius_m) &&
           !(edges.is_area && shape_contains_point(inner, antipode_of(centre)));
}

// A box of all longitudes has no sides, and none at a pole.
static bool box_contains_circle(struct geo_box box, struct geo_point centre, double radius_m)
{
    struct edges_room room;
    if (box.west_e7 != -GEO_LNG_MAX || box.east_e7 != GEO_LNG_MAX) {
        const struct edges edges = edges_of_box(box, &room);
        return edges_nearest_m(&edges, centre, radius_m) >= radius_m;
    }
    const double reach_e7 = radius_m / (DISTANCE_EARTH_RADIUS_M * TRIG_PI / 180) * GEO_DEGREE_E7;
    return (box.north_e7 == GEO_LAT_MAX || centre.lat_e7 + reach_e7 <= box.north_e7) &&
           (box.south_e7 == -GEO_LAT_MAX || centre.lat_e7 - reach_e7 >= box.south_e7);
}

static bool contains_circle(struct shape outer, struct shape circle)
{
    const struct geo_point centre = shape_centre(circle);
    const double radius_m = shape_circle_radius_m(circle);
    if (!shape_contains_point(outer, centre)) {
        return false;
    }
    if (shape_kind(outer) == SHAPE_BOX) {
        return box_contains_circle(shape_box(outer), centre, radius_m);
    }
    if (shape_kind(outer) != SHAPE_POLYGON || !(radius_m > 0)) {
        return !(radius_m > 0);
    }
    const struct edges edges = edges_of_part(outer);
    return edges_nearest_m(&edges, centre, radius_m) >= radius_m;
}

static bool group_within(struct shape outer, struct shape group)
{
    struct shape_rest rest = shape_parts(group);
    struct shape part;
    bool is_some = false;
    while (shape_part_next(&rest, &part)) {
        if (shape_is_empty(part)) {
            continue;
        }
        if (!shape_contains(outer, part)) {
            return false;
        }
        is_some = true;
    }
    return is_some;
}

static bool group_contains(struct shape group, struct shape inner)
{
    struct shape_rest rest = shape_parts(group);
    struct shape part;
    while (shape_part_next(&rest, &part)) {
        if (shape_contains(part, inner)) {
            return true;
        }
    }
    return false;
}

bool shape_contains(struct shape outer, struct shape inner)
{
    const struct geo_box outer_box = shape_box(outer);
    const struct geo_box inner_box = shape_box(inner);
    const enum shape_kind outer_kind = shape_kind(outer);
    const enum shape_kind inner_kind = shape_kind(inner);
    if (shape_is_empty(outer) || shape_is_empty(inner)) {
        return false;
    }
    if (inner_kind == SHAPE_POINT) {
        return shape_contains_point(outer, shape_centre(inner));
    }
    if (inner_kind == SHAPE_GROUP) {
        return group_within(outer, inner);
    }
    // A circle's box is a little larger than the circle.
    if (outer_kind != SHAPE_CIRCLE && inner_kind != SHAPE_CIRCLE &&
        !box_holds(outer_box, inner_box)) {
        return false;
    }
    if (outer_kind == SHAPE_GROUP) {
        return group_contains(outer, inner);
    }
    if (outer_kind == SHAPE_CIRCLE) {
        return circle_contains(outer, inner);
    }
    if (inner_kind == SHAPE_CIRCLE) {
        return contains_circle(outer, inner);
    }
    if (outer_kind == SHAPE_BOX) {
        return true;
    }
    if (box_is_point(inner_box)) {
        return shape_contains_point(
            outer, (struct geo_point){.lng_e7 = inner_box.west_e7, .lat_e7 = inner_box.south_e7});
    }
    if (outer_kind == SHAPE_POINT) {
        return false;
    }
    struct edges_room room;
    struct edges outer_edges = edges_of_part(outer);
    struct edges inner_edges = edges_of_shape(inner, &room);
    struct edge_spans outer_spans;
    struct edge_spans inner_spans;
    edges_span(&outer_edges, &outer_spans);
    edges_span(&inner_edges, &inner_spans);
    return edges_contain(&outer_edges, &inner_edges);
}
