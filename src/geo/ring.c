#include "geo/ring.h"

#define FULL_TURN_E7 (2 * (int64_t)GEO_LNG_MAX)

// Latitude at which an edge that leaves `from_e7` meets the antimeridian after `before_e7` of its
// `turn_e7` units, to the nearest unit. Both are positive.
static int32_t cut_lat_e7(int32_t from_e7, int32_t to_e7, int64_t before_e7, int64_t turn_e7)
{
    const int64_t rise = ((int64_t)to_e7 - from_e7) * before_e7; // at most 1.8e9 * 1.8e9
    const int64_t half = rise < 0 ? -turn_e7 / 2 : turn_e7 / 2;
    return (int32_t)(from_e7 + (rise + half) / turn_e7);
}

int ring_edge_cut(struct geo_point from, struct geo_point to, struct ring_edge pieces[2])
{
    const int64_t apart_e7 = (int64_t)to.lng_e7 - from.lng_e7;
    const bool is_full_circle =
        from.lat_e7 == to.lat_e7 && (apart_e7 == FULL_TURN_E7 || apart_e7 == -FULL_TURN_E7);
    if ((apart_e7 <= GEO_LNG_MAX && apart_e7 >= -GEO_LNG_MAX) || is_full_circle) {
        pieces[0] = (struct ring_edge){.from = from, .to = to};
        return 1;
    }
    // Always computed from the western end (east longitudes) so that both directions cut alike.
    const bool goes_east = apart_e7 < 0;
    const struct geo_point west = goes_east ? from : to;
    const struct geo_point east = goes_east ? to : from;
    const int64_t before_e7 = (int64_t)GEO_LNG_MAX - west.lng_e7;
    const int64_t turn_e7 = (int64_t)east.lng_e7 + FULL_TURN_E7 - west.lng_e7;
    const int32_t lat_e7 =
        turn_e7 == 0 ? west.lat_e7 : cut_lat_e7(west.lat_e7, east.lat_e7, before_e7, turn_e7);
    const struct geo_point left = {.lng_e7 = GEO_LNG_MAX, .lat_e7 = lat_e7};
    const struct geo_point right = {.lng_e7 = -GEO_LNG_MAX, .lat_e7 = lat_e7};
    pieces[0] = (struct ring_edge){.from = from, .to = goes_east ? left : right};
    pieces[1] = (struct ring_edge){.from = goes_east ? right : left, .to = to};
    return 2;
}

struct ring_walk {
    const struct geo_rings *rings;
    uint32_t ring, begin, at;
};

// The next edge of any ring, closing edges included; false after the last.
static bool ring_walk_next(struct ring_walk *walk, struct geo_point *from, struct geo_point *to)
{
    const struct geo_rings *const rings = walk->rings;
    while (walk->ring < rings->ring_count && walk->at >= rings->ring_end[walk->ring]) {
        walk->begin = rings->ring_end[walk->ring];
        walk->at = walk->begin;
        walk->ring++;
    }
    if (walk->ring >= rings->ring_count) {
        return false;
    }
    const uint32_t next = walk->at + 1 < rings->ring_end[walk->ring] ? walk->at + 1 : walk->begin;
    *from = rings->points[walk->at];
    *to = rings->points[next];
    walk->at++;
    return true;
}

// The turn of an edge as it is walked, full circles included.
static int64_t edge_turn_e7(struct geo_point from, struct geo_point to)
{
    const int64_t apart_e7 = (int64_t)to.lng_e7 - from.lng_e7;
    if (from.lat_e7 == to.lat_e7 && (apart_e7 == FULL_TURN_E7 || apart_e7 == -FULL_TURN_E7)) {
        return apart_e7;
    }
    return apart_e7 > GEO_LNG_MAX    ? apart_e7 - FULL_TURN_E7
           : apart_e7 < -GEO_LNG_MAX ? apart_e7 + FULL_TURN_E7
                                     : apart_e7;
}

struct ring_poles rings_poles(const struct geo_rings *rings)
{
    struct ring_poles poles = {0};
    struct ring_walk walk = {.rings = rings};
    struct geo_point from;
    struct geo_point to;
    for (uint32_t ring = 0; ring < rings->ring_count; ring++) {
        struct geo_rings single = {
            .points = rings->points, .ring_end = &rings->ring_end[ring], .ring_count = 1};
        walk = (struct ring_walk){.rings = &single};
        walk.begin = ring == 0 ? 0 : rings->ring_end[ring - 1];
        walk.at = walk.begin;
        int64_t turned_e7 = 0;
        double weighted = 0; // latitude times the longitude it holds for
        while (ring_walk_next(&walk, &from, &to)) {
            const int64_t turn_e7 = edge_turn_e7(from, to);
            turned_e7 += turn_e7;
            weighted +=
                (double)(turn_e7 < 0 ? -turn_e7 : turn_e7) * ((double)from.lat_e7 + to.lat_e7);
        }
        if (turned_e7 / FULL_TURN_E7 % 2 != 0) { // once around, or an odd number of times
            poles.has_north ^= weighted >= 0;
            poles.has_south ^= weighted < 0;
        }
    }
    return poles;
}

bool rings_contain(const struct geo_rings *rings, struct geo_point point)
{
    if (point.lng_e7 == GEO_LNG_MAX) {
        point.lng_e7 = -GEO_LNG_MAX;
    }
    bool is_inside = rings_poles(rings).has_north;
    struct ring_walk walk = {.rings = rings};
    struct geo_point from;
    struct geo_point to;
    while (ring_walk_next(&walk, &from, &to)) {
        struct ring_edge pieces[2];
        const int count = ring_edge_cut(from, to, pieces);
        for (int i = 0; i < count; i++) {
            is_inside ^= ring_edge_is_above(pieces[i].from, pieces[i].to, point);
        }
    }
    return is_inside;
}

struct geo_box rings_box(const struct geo_rings *rings)
{
    struct geo_box box = GEO_BOX_EMPTY;
    for (uint32_t ring = 0; ring < rings->ring_count; ring++) {
        const uint32_t begin = ring == 0 ? 0 : rings->ring_end[ring - 1];
        const uint32_t end = rings->ring_end[ring];
        // Unrolled: the turn since the ring's first point, so that crossing 180 is nothing special.
        int64_t turned_e7 = 0;
        int64_t west_e7 = 0;
        int64_t east_e7 = 0;
        struct geo_box part = GEO_BOX_EMPTY;
        for (uint32_t i = begin; i < end; i++) {
            const struct geo_point from = rings->points[i];
            const struct geo_point to = rings->points[i + 1 < end ? i + 1 : begin];
            part.south_e7 = from.lat_e7 < part.south_e7 ? from.lat_e7 : part.south_e7;
            part.north_e7 = from.lat_e7 > part.north_e7 ? from.lat_e7 : part.north_e7;
            turned_e7 += edge_turn_e7(from, to);
            west_e7 = turned_e7 < west_e7 ? turned_e7 : west_e7;
            east_e7 = turned_e7 > east_e7 ? turned_e7 : east_e7;
        }
        if (begin == end) {
            continue;
        }
        if (east_e7 - west_e7 >= FULL_TURN_E7) {
            part.west_e7 = -GEO_LNG_MAX;
            part.east_e7 = GEO_LNG_MAX;
        } else {
            west_e7 += rings->points[begin].lng_e7;
            east_e7 += rings->points[begin].lng_e7;
            part.west_e7 = (int32_t)(west_e7 < -GEO_LNG_MAX ? west_e7 + FULL_TURN_E7 : west_e7);
            part.east_e7 = (int32_t)(east_e7 > GEO_LNG_MAX ? east_e7 - FULL_TURN_E7 : east_e7);
        }
        box = geo_box_union(box, part);
    }
    const struct ring_poles poles = rings_poles(rings);
    box.north_e7 = poles.has_north ? GEO_LAT_MAX : box.north_e7;
    box.south_e7 = poles.has_south ? -GEO_LAT_MAX : box.south_e7;
    return box;
}
