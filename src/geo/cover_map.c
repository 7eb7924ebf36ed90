// Coverings of regions drawn on the map of longitude and latitude: boxes and rings.
#include "geo/cover_private.h"
#include "geo/distance.h"

enum { MARGIN_E7 = 2, LEVEL_OF_QUADS = 4 };

static cell_id cell_of(const struct face_square *square)
{
    return cell_parent(
        face_cell_from_square(square->face, (uint32_t)square->i, (uint32_t)square->j),
        square->level);
}

static struct geo_box box_grown(struct geo_box box)
{
    const int64_t west_e7 = (int64_t)box.west_e7 - MARGIN_E7;
    const int64_t east_e7 = (int64_t)box.east_e7 + MARGIN_E7;
    const int64_t turn_e7 = 2 * (int64_t)GEO_LNG_MAX;
    if (!geo_box_crosses_antimeridian(box) && east_e7 - west_e7 >= turn_e7) {
        box.west_e7 = -GEO_LNG_MAX;
        box.east_e7 = GEO_LNG_MAX;
    } else {
        box.west_e7 = (int32_t)(west_e7 < -GEO_LNG_MAX ? west_e7 + turn_e7 : west_e7);
        box.east_e7 = (int32_t)(east_e7 > GEO_LNG_MAX ? east_e7 - turn_e7 : east_e7);
    }
    box.south_e7 = box.south_e7 < MARGIN_E7 - GEO_LAT_MAX ? -GEO_LAT_MAX : box.south_e7 - MARGIN_E7;
    box.north_e7 = box.north_e7 > GEO_LAT_MAX - MARGIN_E7 ? GEO_LAT_MAX : box.north_e7 + MARGIN_E7;
    return box;
}

double cover_box_radius_m(struct geo_box box, struct geo_point centre)
{
    const struct geo_box whole = box_grown(box);
    const int64_t width_e7 = geo_box_crosses_antimeridian(whole)
                                 ? (int64_t)whole.east_e7 + 2 * (int64_t)GEO_LNG_MAX - whole.west_e7
                                 : (int64_t)whole.east_e7 - whole.west_e7;
    if (width_e7 > 10 * GEO_DEGREE_E7) {
        return DISTANCE_EARTH_RADIUS_M * TRIG_PI;
    }
    // No place of a box is farther from its centre than along a parallel and then a meridian.
    const int32_t lat_e7 = whole.south_e7 > 0   ? whole.south_e7
                           : whole.north_e7 < 0 ? whole.north_e7
                                                : 0;
    const struct geo_point aside = {.lng_e7 = whole.west_e7, .lat_e7 = lat_e7};
    const struct geo_point middle = {.lng_e7 = centre.lng_e7, .lat_e7 = lat_e7};
    const struct geo_point above = {.lng_e7 = centre.lng_e7, .lat_e7 = whole.north_e7};
    const struct geo_point below = {.lng_e7 = centre.lng_e7, .lat_e7 = whole.south_e7};
    const double up_m = distance_m(centre, above);
    const double down_m = distance_m(centre, below);
    return distance_m(aside, middle) + (up_m > down_m ? up_m : down_m) + 1;
}

struct geo_box cover_square_box(const struct face_square *square)
{
    return box_grown(cell_box(cell_of(square)));
}

static bool box_holds_box(struct geo_box outer, struct geo_box inner)
{
    const struct geo_point corners[2] = {{.lng_e7 = inner.west_e7, .lat_e7 = inner.south_e7},
                                         {.lng_e7 = inner.east_e7, .lat_e7 = inner.north_e7}};
    const bool is_all_round = outer.west_e7 == -GEO_LNG_MAX && outer.east_e7 == GEO_LNG_MAX;
    // Both ends inside, and what lies between them too.
    return geo_box_contains(outer, corners[0]) && geo_box_contains(outer, corners[1]) &&
           (is_all_round ||
            (geo_box_crosses_antimeridian(inner)
                 ? geo_box_crosses_antimeridian(outer)
                 : !(geo_box_crosses_antimeridian(outer) && inner.west_e7 <= outer.east_e7 &&
                     inner.east_e7 >= outer.west_e7)));
}

// A cell that touches a pole holds the pole, which on the map is a line of all longitudes.
bool cover_pole_line(struct geo_box cell, struct geo_box *line)
{
    *line = (struct geo_box){.west_e7 = -GEO_LNG_MAX,
                             .south_e7 = GEO_LAT_MAX - MARGIN_E7,
                             .east_e7 = GEO_LNG_MAX,
                             .north_e7 = GEO_LAT_MAX};
    if (cell.south_e7 == -GEO_LAT_MAX) {
        line->south_e7 = -GEO_LAT_MAX;
        line->north_e7 = MARGIN_E7 - GEO_LAT_MAX;
    }
    return cell.south_e7 == -GEO_LAT_MAX || cell.north_e7 == GEO_LAT_MAX;
}

static enum cover_relation relate_box_cell(struct geo_box box, struct geo_box cell)
{
    struct geo_box line;
    const bool has_pole = cover_pole_line(cell, &line);
    if (!geo_box_intersects(box, cell) && !(has_pole && geo_box_intersects(box, line))) {
        return COVER_OUTSIDE;
    }
    return box_holds_box(box, cell) && (!has_pole || box_holds_box(box, line)) ? COVER_INSIDE
                                                                               : COVER_EDGE;
}

void cover_relate_box(const void *context, const struct face_square *square,
                      enum cover_relation relations[4])
{
    const struct geo_box *const box = context;
    for (int quarter = 0; quarter < 4; quarter++) {
        const struct face_square child = cover_quarter(square, quarter >> 1, quarter & 1);
        relations[quarter] = relate_box_cell(*box, cover_square_box(&child));
    }
}

size_t cover_box(struct geo_box box, const struct cover_options *options, struct cover_cell *cells)
{
    if (geo_box_is_empty(box)) {
        return 0;
    }
    const struct geo_point centre = geo_box_centre(box);
    const struct cover_region region = {.relate = cover_relate_box, .context = &box};
    return cover_split(&region, centre, cover_box_radius_m(box, centre), options, cells);
}

static bool rings_meet_box(const struct ring_index *rings, struct geo_box box)
{
    const double south = box.south_e7;
    const double north = box.north_e7;
    const double west = box.west_e7;
    const double east = box.east_e7;
    if (!geo_box_crosses_antimeridian(box)) {
        const struct ring_quad quad = {.lng_e7 = {west, east, east, west},
                                       .lat_e7 = {south, south, north, north},
                                       .margin_e7 = MARGIN_E7};
        return ring_index_meets(rings, &quad);
    }
    const struct ring_quad left = {.lng_e7 = {west, GEO_LNG_MAX, GEO_LNG_MAX, west},
                                   .lat_e7 = {south, south, north, north},
                                   .margin_e7 = MARGIN_E7};
    const struct ring_quad right = {.lng_e7 = {-GEO_LNG_MAX, east, east, -GEO_LNG_MAX},
                                    .lat_e7 = {south, south, north, north},
                                    .margin_e7 = MARGIN_E7};
    return ring_index_meets(rings, &left) || ring_index_meets(rings, &right);
}

struct place {
    double lng_e7, lat_e7;
};

static struct place place_on_face(int face, double u, double v)
{
    const double e7_from_rad = 180 / TRIG_PI * GEO_DEGREE_E7;
    const struct face_vector p = face_unframe(face, (struct face_vector){.x = u, .y = v, .z = 1});
    return (struct place){
        .lng_e7 = trig_atan2(p.y, p.x) * e7_from_rad,
        .lat_e7 = trig_atan2(p.z, sqrt(p.x * p.x + p.y * p.y)) * e7_from_rad,
    };
}

// The square as a quadrilateral on the map. Its sides are curves there; by how much they leave the
// straight line is measured at their middles, and twice that becomes the margin.
static struct ring_quad quad_of(const struct face_square *square)
{
    const int64_t side = INT64_C(1) << (CELL_LEVEL_MAX - square->level);
    const double u[2] = {face_u_from_i(square->i), face_u_from_i(square->i + side)};
    const double v[2] = {face_u_from_i(square->j), face_u_from_i(square->j + side)};
    struct ring_quad quad;
    struct place corners[4];
    for (int k = 0; k < 4; k++) { // counter-clockwise on the face, so on the map
        corners[k] = place_on_face(square->face, u[k == 1 || k == 2], v[k >= 2]);
        quad.lng_e7[k] = corners[k].lng_e7;
        quad.lat_e7[k] = corners[k].lat_e7;
    }
    double bend_e7 = 0;
    for (int k = 0; k < 4; k++) {
        const int next = (k + 1) & 3;
        const double mid_u = (u[k == 1 || k == 2] + u[next == 1 || next == 2]) / 2;
        const double mid_v = (v[k >= 2] + v[next >= 2]) / 2;
        const struct place middle = place_on_face(square->face, mid_u, mid_v);
        const double x = middle.lng_e7 - (corners[k].lng_e7 + corners[next].lng_e7) / 2;
        const double y = middle.lat_e7 - (corners[k].lat_e7 + corners[next].lat_e7) / 2;
        const double bend = fabs(x) + fabs(y);
        bend_e7 = bend > bend_e7 ? bend : bend_e7;
    }
    quad.margin_e7 = MARGIN_E7 + 2 * bend_e7;
    return quad;
}

static enum cover_relation relate_square(const struct ring_index *rings,
                                         const struct face_square *square)
{
    const cell_id cell = cell_of(square);
    const struct geo_box box = box_grown(cell_box(cell));
    // Large squares, and those at a pole or the antimeridian, are told by their boxes.
    const bool is_plain = square->level >= LEVEL_OF_QUADS && !geo_box_crosses_antimeridian(box) &&
                          box.west_e7 > -GEO_LNG_MAX + MARGIN_E7 &&
                          box.east_e7 < GEO_LNG_MAX - MARGIN_E7 &&
                          box.south_e7 > -85 * GEO_DEGREE_E7 && box.north_e7 < 85 * GEO_DEGREE_E7;
    struct geo_box line;
    bool is_met =
        rings_meet_box(rings, box) || (cover_pole_line(box, &line) && rings_meet_box(rings, line));
    if (is_met && is_plain) {
        const struct ring_quad quad = quad_of(square);
        is_met = ring_index_meets(rings, &quad);
    }
    if (is_met) {
        return COVER_EDGE;
    }
    return ring_index_contains(rings, cell_centre(cell)) ? COVER_INSIDE : COVER_OUTSIDE;
}

void cover_relate_rings(const void *context, const struct face_square *square,
                        enum cover_relation relations[4])
{
    for (int quarter = 0; quarter < 4; quarter++) {
        const struct face_square child = cover_quarter(square, quarter >> 1, quarter & 1);
        relations[quarter] = relate_square(context, &child);
    }
}

size_t cover_rings(const struct ring_index *rings, const struct cover_options *options,
                   struct cover_cell *cells)
{
    if (rings->point_count == 0) {
        return 0;
    }
    const struct geo_point centre = geo_box_centre(rings->box);
    const double radius_m = rings->poles != 0 ? DISTANCE_EARTH_RADIUS_M * TRIG_PI
                                              : cover_box_radius_m(rings->box, centre);
    const struct cover_region region = {.relate = cover_relate_rings, .context = rings};
    return cover_split(&region, centre, radius_m, options, cells);
}
