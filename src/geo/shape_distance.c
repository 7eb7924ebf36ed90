// Distances on the sphere from points to edges that are straight on the map.
//
// Such an edge is no great circle, and its distance from a point has no closed form. Along the edge
// the haversine has a bounded second derivative, so over a piece it is nowhere less than its
// smaller end less an eighth of that bound times the piece's squared length: pieces that cannot hold
// the nearest (or the farthest) place are left alone, the others are halved.
#include <math.h>

#include "geo/distance.h"
#include "geo/shape_private.h"
#include "geo/trig.h"

enum { PIECES_MAX = 64 };

#define RAD_FROM_E7   (TRIG_PI / 180 * 1e-7)
// Pieces are not halved below 1e-9 of a radian (6 mm), nor when that can change a distance by less
// than 1e-9 of itself.
#define PIECE_MIN_RAD 1e-9
#define SHARE_OF_BEST 2e-9

// A point, as what is measured from.
struct origin {
    struct geo_point point;
    double cos_lat;
};

// An edge as seen from an origin: units of longitude and latitude away, and how they change along it.
struct path {
    double lng_e7, lat_e7; // of its beginning, from the origin
    double width_e7, height_e7;
    double from_lat_e7;
    double bend; // bound of the haversine's second derivative over the whole edge
    double length_rad;
};

static double square_of(double value)
{
    return value * value;
}

static struct origin origin_of(struct geo_point point)
{
    return (struct origin){.point = point,
                           .cos_lat = trig_sin_cos(trig_rad_from_e7(point.lat_e7)).cos};
}

static struct path path_of(const struct origin *origin, struct ring_edge edge)
{
    struct path path = {
        .lng_e7 = geo_lng_turn_e7(origin->point.lng_e7, edge.from.lng_e7),
        .lat_e7 = (double)edge.from.lat_e7 - origin->point.lat_e7,
        .width_e7 = (double)edge.to.lng_e7 - edge.from.lng_e7,
        .height_e7 = (double)edge.to.lat_e7 - edge.from.lat_e7,
        .from_lat_e7 = edge.from.lat_e7,
    };
    const double width = fabs(path.width_e7) * RAD_FROM_E7;
    const double height = fabs(path.height_e7) * RAD_FROM_E7;
    path.length_rad = width + height;
    // Second derivatives of the haversine's two terms. Seen from a pole, or along a parallel near one,
    // little bends however wide the path is.
    const double there = trig_sin_cos(path.from_lat_e7 * RAD_FROM_E7).cos + height;
    path.bend = square_of(height) / 2 + origin->cos_lat * (square_of(height) + width * height +
                                                           fmin(there, 1) * square_of(width) / 2);
    return path;
}

static double path_hav(const struct origin *origin, const struct path *path, double share)
{
    const double lat_e7 = path->lat_e7 + share * path->height_e7;
    double lng_e7 = path->lng_e7 + share * path->width_e7;
    lng_e7 = lng_e7 > GEO_LNG_MAX    ? lng_e7 - 2.0 * GEO_LNG_MAX
             : lng_e7 < -GEO_LNG_MAX ? lng_e7 + 2.0 * GEO_LNG_MAX
                                     : lng_e7;
    trig_twin sines;
    trig_twin cosines;
    trig_sin_cos_of_two((trig_twin){lat_e7 * RAD_FROM_E7 / 2, lng_e7 * RAD_FROM_E7 / 2}, &sines,
                        &cosines);
    const double there = (path->from_lat_e7 + share * path->height_e7) * RAD_FROM_E7;
    return sines[0] * sines[0] + origin->cos_lat * trig_sin_cos(there).cos * sines[1] * sines[1];
}

struct piece {
    double begin, end;
    double begin_hav, end_hav;
};

// The smaller of `best` and the least haversine of the path.
static double path_nearest_hav(const struct origin *origin, const struct path *path, double best,
                               double *best_share)
{
    struct piece pieces[PIECES_MAX] = {{.begin = 0,
                                        .end = 1,
                                        .begin_hav = path_hav(origin, path, 0),
                                        .end_hav = path_hav(origin, path, 1)}};
    for (int end = 0; end < 2; end++) {
        const double hav = end == 0 ? pieces[0].begin_hav : pieces[0].end_hav;
        if (hav < best) {
            best = hav;
            *best_share = end;
        }
    }
    int count = 1;
    while (count > 0) {
        const struct piece piece = pieces[--count];
        const double length = piece.end - piece.begin;
        const double gap = path->bend * length * length / 8;
        const double least = fmin(piece.begin_hav, piece.end_hav) - gap;
        if (least >= best || gap <= best * SHARE_OF_BEST ||
            length * path->length_rad < PIECE_MIN_RAD || count + 2 > PIECES_MAX) {
            continue;
        }
        const double middle = (piece.begin + piece.end) / 2;
        const double hav = path_hav(origin, path, middle);
        if (hav < best) {
            best = hav;
            *best_share = middle;
        }
        pieces[count++] = (struct piece){middle, piece.end, hav, piece.end_hav};
        pieces[count++] = (struct piece){piece.begin, middle, piece.begin_hav, hav};
    }
    return best;
}

// Is the haversine nowhere on the path above the limit?
static bool path_is_within(const struct origin *origin, const struct path *path, double limit)
{
    struct piece pieces[PIECES_MAX] = {{.begin = 0,
                                        .end = 1,
                                        .begin_hav = path_hav(origin, path, 0),
                                        .end_hav = path_hav(origin, path, 1)}};
    if (pieces[0].begin_hav > limit || pieces[0].end_hav > limit) {
        return false;
    }
    int count = 1;
    while (count > 0) {
        const struct piece piece = pieces[--count];
        const double length = piece.end - piece.begin;
        const double gap = path->bend * length * length / 8;
        if (fmax(piece.begin_hav, piece.end_hav) + gap <= limit || gap <= limit * SHARE_OF_BEST ||
            length * path->length_rad < PIECE_MIN_RAD || count + 2 > PIECES_MAX) {
            continue;
        }
        const double middle = (piece.begin + piece.end) / 2;
        const double hav = path_hav(origin, path, middle);
        if (hav > limit) {
            return false;
        }
        pieces[count++] = (struct piece){middle, piece.end, hav, piece.end_hav};
        pieces[count++] = (struct piece){piece.begin, middle, piece.begin_hav, hav};
    }
    return true;
}

// Haversines of any place of one box and any of the other are not below this.
static double boxes_apart_hav(struct geo_box left, struct geo_box right)
{
    const int64_t above_e7 = (int64_t)left.south_e7 - right.north_e7;
    const int64_t below_e7 = (int64_t)right.south_e7 - left.north_e7;
    const int64_t rise_e7 = above_e7 > below_e7 ? above_e7 : below_e7;
    const int64_t east_e7 = (int64_t)left.west_e7 - right.east_e7;
    const int64_t west_e7 = (int64_t)right.west_e7 - left.east_e7;
    int64_t turn_e7 = east_e7 > west_e7 ? east_e7 : west_e7;
    // Round the other way: from the eastern side of the one to the western side of the other.
    const int64_t outer_e7 =
        2 * (int64_t)GEO_LNG_MAX -
        ((left.east_e7 > right.east_e7 ? left.east_e7 : right.east_e7) -
         (int64_t)(left.west_e7 < right.west_e7 ? left.west_e7 : right.west_e7));
    turn_e7 = outer_e7 < turn_e7 ? outer_e7 : turn_e7;
    const double rise_sine = rise_e7 <= 0 ? 0 : trig_sin_cos((double)rise_e7 * RAD_FROM_E7 / 2).sin;
    const double hav = rise_sine * rise_sine;
    if (turn_e7 <= 0) {
        return hav;
    }
    const struct geo_box both[2] = {left, right};
    double cosines = 1;
    for (int i = 0; i < 2; i++) {
        const int32_t south_e7 = both[i].south_e7 < 0 ? -both[i].south_e7 : both[i].south_e7;
        const int32_t north_e7 = both[i].north_e7 < 0 ? -both[i].north_e7 : both[i].north_e7;
        cosines *= trig_sin_cos(trig_rad_from_e7(south_e7 > north_e7 ? south_e7 : north_e7)).cos;
    }
    const double turn_sine = trig_sin_cos((double)turn_e7 * RAD_FROM_E7 / 2).sin;
    return hav + cosines * turn_sine * turn_sine * (1 - 1e-12);
}

static double metres_of_hav(double hav)
{
    return 2 * DISTANCE_EARTH_RADIUS_M * trig_asin(sqrt(hav));
}

static double hav_of_metres(double distance_m)
{
    const double half_rad = distance_m / (2 * DISTANCE_EARTH_RADIUS_M);
    if (half_rad >= TRIG_PI / 2) {
        return 1;
    }
    const double sine = trig_sin_cos(half_rad).sin;
    return sine * sine;
}

struct nearest {
    double hav;
    struct ring_edge edge;
    double share;
};

static struct geo_box box_of_chunk(const struct edges *edges, uint32_t chunk)
{
    return part_box_at(edges->chunks + chunk * sizeof(struct geo_box));
}

static struct geo_box box_of_point(struct geo_point point)
{
    return (struct geo_box){.west_e7 = point.lng_e7,
                            .south_e7 = point.lat_e7,
                            .east_e7 = point.lng_e7,
                            .north_e7 = point.lat_e7};
}

// One chunk's edges, or all of those without chunks.
static struct edge_search chunk_search(const struct edges *edges, uint32_t chunk)
{
    struct edge_search search = edge_search(edges, EDGE_WINDOW_ALL);
    search.chunk = chunk;
    search.chunk_end = chunk + 1;
    return search;
}

static void nearest_in_chunk(const struct edges *edges, uint32_t chunk, const struct origin *origin,
                             struct nearest *nearest)
{
    struct edge_search search = chunk_search(edges, chunk);
    struct ring_edge edge;
    while (edge_next(&search, &edge)) {
        if (boxes_apart_hav(edge_box(edge), box_of_point(origin->point)) >= nearest->hav) {
            continue;
        }
        const struct path path = path_of(origin, edge);
        double share = 0;
        const double hav = path_nearest_hav(origin, &path, nearest->hav, &share);
        if (hav < nearest->hav) {
            *nearest = (struct nearest){.hav = hav, .edge = edge, .share = share};
        }
    }
}

static void nearest_of_edges(const struct edges *edges, const struct origin *origin,
                             struct nearest *nearest)
{
    if (edges->chunk_count == 0) {
        nearest_in_chunk(edges, 0, origin, nearest);
        return;
    }
    // The first point of each chunk first, so that most chunks are seen to be too far.
    for (uint32_t chunk = 0; chunk < edges->chunk_count; chunk++) {
        const struct geo_point point = edges_point(edges, chunk * SHAPE_CHUNK);
        const struct ring_edge edge = {.from = point, .to = point};
        const struct path path = path_of(origin, edge);
        const double hav = path_hav(origin, &path, 0);
        if (hav < nearest->hav) {
            *nearest = (struct nearest){.hav = hav, .edge = edge};
        }
    }
    for (uint32_t chunk = 0; chunk < edges->chunk_count; chunk++) {
        if (boxes_apart_hav(box_of_chunk(edges, chunk), box_of_point(origin->point)) <
            nearest->hav) {
            nearest_in_chunk(edges, chunk, origin, nearest);
        }
    }
}

double edges_nearest_m(const struct edges *edges, struct geo_point point, double limit_m)
{
    const struct origin origin = origin_of(point);
    struct nearest nearest = {.hav = hav_of_metres(limit_m) * (1 + 1e-9) + 1e-30};
    const double limit = nearest.hav;
    nearest_of_edges(edges, &origin, &nearest);
    return nearest.hav < limit ? metres_of_hav(nearest.hav) : (double)INFINITY;
}

bool edges_are_within_m(const struct edges *edges, struct geo_point point, double distance_m)
{
    const struct origin origin = origin_of(point);
    const double limit = hav_of_metres(distance_m) * (1 + 1e-12);
    struct edge_search search = edge_search(edges, EDGE_WINDOW_ALL);
    struct ring_edge edge;
    while (edge_next(&search, &edge)) {
        const struct path path = path_of(&origin, edge);
        if (!path_is_within(&origin, &path, limit)) {
            return false;
        }
    }
    return true;
}

double shape_distance_to_point_m(struct shape shape, struct geo_point point)
{
    double least_m = (double)INFINITY;
    struct shape_rest rest;
    struct shape part;
    struct edges_room room;
    struct edges edges;
    switch (shape_kind(shape)) {
    case SHAPE_POINT:
        return distance_m(shape_centre(shape), point);
    case SHAPE_CIRCLE:
        return fmax(0, distance_m(shape_centre(shape), point) - shape_circle_radius_m(shape));
    case SHAPE_GROUP:
        rest = shape_parts(shape);
        while (least_m > 0 && shape_part_next(&rest, &part)) {
            least_m = fmin(least_m, shape_distance_to_point_m(part, point));
        }
        return least_m;
    case SHAPE_BOX:
    case SHAPE_LINE:
    case SHAPE_POLYGON:
        break;
    }
    if (shape_is_empty(shape) || shape_contains_point(shape, point)) {
        return shape_is_empty(shape) ? least_m : 0;
    }
    edges = edges_of_shape(shape, &room);
    return edges_nearest_m(&edges, point, 2 * TRIG_PI * DISTANCE_EARTH_RADIUS_M);
}

static struct geo_point place_on(struct ring_edge edge, double share)
{
    const double width_e7 = ((double)edge.to.lng_e7 - edge.from.lng_e7) * share;
    const double height_e7 = ((double)edge.to.lat_e7 - edge.from.lat_e7) * share;
    return (struct geo_point){.lng_e7 = (int32_t)(edge.from.lng_e7 + width_e7),
                              .lat_e7 = (int32_t)(edge.from.lat_e7 + height_e7)};
}

// The ends of each edge against the other; then, as the edges are curves on the globe, to and fro
// between their nearest places.
static double edge_pair_hav(struct ring_edge left, struct ring_edge right, double best)
{
    const struct ring_edge pair[2] = {left, right};
    const double before = best;
    int of = 0;
    double share_there = 0;
    for (int i = 0; i < 4; i++) {
        const struct ring_edge from = pair[i >> 1];
        const struct origin origin = origin_of((i & 1) == 0 ? from.from : from.to);
        const struct path path = path_of(&origin, pair[1 - (i >> 1)]);
        double share = 0;
        const double hav = path_nearest_hav(&origin, &path, best, &share);
        if (hav < best) {
            best = hav;
            of = 1 - (i >> 1);
            share_there = share;
        }
    }
    for (int turn = 0; turn < 8 && best < before; turn++) {
        const struct origin origin = origin_of(place_on(pair[of], share_there));
        const struct path path = path_of(&origin, pair[1 - of]);
        double share = -1;
        const double hav = path_nearest_hav(&origin, &path, best * (1 - 1e-9), &share);
        if (share < 0) {
            break;
        }
        best = hav;
        share_there = share;
        of = 1 - of;
    }
    return best;
}

static double edges_apart_m(const struct edges *left, const struct edges *right)
{
    double best = 1.5;
    const uint32_t left_chunks = left->chunk_count == 0 ? 1 : left->chunk_count;
    const uint32_t right_chunks = right->chunk_count == 0 ? 1 : right->chunk_count;
    for (uint32_t i = 0; i < left_chunks; i++) {
        for (uint32_t j = 0; j < right_chunks; j++) {
            if (left->chunk_count != 0 && right->chunk_count != 0 &&
                boxes_apart_hav(box_of_chunk(left, i), box_of_chunk(right, j)) >= best) {
                continue;
            }
            struct edge_search search = chunk_search(left, i);
            struct ring_edge edge;
            while (edge_next(&search, &edge)) {
                if (right->chunk_count != 0 &&
                    boxes_apart_hav(edge_box(edge), box_of_chunk(right, j)) >= best) {
                    continue;
                }
                struct edge_search others = chunk_search(right, j);
                struct ring_edge other;
                while (edge_next(&others, &other)) {
                    if (boxes_apart_hav(edge_box(edge), edge_box(other)) < best) {
                        best = edge_pair_hav(edge, other, best);
                    }
                }
            }
        }
    }
    return metres_of_hav(best);
}

static double group_apart_m(struct shape group, struct shape other)
{
    double least_m = (double)INFINITY;
    struct shape_rest rest = shape_parts(group);
    struct shape part;
    while (least_m > 0 && shape_part_next(&rest, &part)) {
        least_m = fmin(least_m, shape_distance_m(part, other));
    }
    return least_m;
}

double shape_distance_m(struct shape left, struct shape right)
{
    const enum shape_kind left_kind = shape_kind(left);
    const enum shape_kind right_kind = shape_kind(right);
    if (left_kind == SHAPE_GROUP || right_kind == SHAPE_GROUP) {
        return left_kind == SHAPE_GROUP ? group_apart_m(left, right) : group_apart_m(right, left);
    }
    if (left_kind == SHAPE_POINT || right_kind == SHAPE_POINT) {
        return left_kind == SHAPE_POINT ? shape_distance_to_point_m(right, shape_centre(left))
                                        : shape_distance_to_point_m(left, shape_centre(right));
    }
    if (left_kind == SHAPE_CIRCLE || right_kind == SHAPE_CIRCLE) {
        const struct shape circle = left_kind == SHAPE_CIRCLE ? left : right;
        const struct shape other = left_kind == SHAPE_CIRCLE ? right : left;
        return fmax(0, shape_distance_to_point_m(other, shape_centre(circle)) -
                           shape_circle_radius_m(circle));
    }
    if (shape_is_empty(left) || shape_is_empty(right)) {
        return (double)INFINITY;
    }
    if (shape_intersects(left, right)) {
        return 0;
    }
    struct edges_room left_room;
    struct edges_room right_room;
    const struct edges left_edges = edges_of_shape(left, &left_room);
    const struct edges right_edges = edges_of_shape(right, &right_room);
    return edges_apart_m(&left_edges, &right_edges);
}
