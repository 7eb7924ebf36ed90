#include "geo/outline.h"

#include <math.h>

static uint32_t ring_first(const struct geo_rings *rings, uint32_t ring)
{
    return ring == 0 ? 0 : rings->ring_end[ring - 1];
}

static struct geo_rings ring_alone(const struct geo_rings *rings, uint32_t ring, uint32_t *end)
{
    const uint32_t first = ring_first(rings, ring);
    *end = rings->ring_end[ring] - first;
    return (struct geo_rings){.points = rings->points + first, .ring_end = end, .ring_count = 1};
}

static bool is_on_edge(const struct geo_rings *ring, struct geo_point point)
{
    for (uint32_t i = 0; i + 1 < ring->ring_end[0]; i++) {
        if (ring_edge_holds(ring->points[i], ring->points[i + 1], point)) {
            return true;
        }
    }
    return false;
}

// Does the outer ring contain the inner one? Asked of a point of it that does not lie on the other.
static bool ring_contains(const struct geo_rings *rings, uint32_t outer, uint32_t inner)
{
    uint32_t outer_end = 0;
    uint32_t inner_end = 0;
    const struct geo_rings around = ring_alone(rings, outer, &outer_end);
    const struct geo_rings within = ring_alone(rings, inner, &inner_end);
    uint32_t at = 0;
    while (at + 1 < inner_end && is_on_edge(&around, within.points[at])) {
        at++;
    }
    return rings_contain(&around, within.points[at]);
}

static struct geo_box ring_box(const struct geo_rings *rings, uint32_t ring)
{
    struct geo_box box = {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN};
    for (uint32_t i = ring_first(rings, ring); i < rings->ring_end[ring]; i++) {
        const struct geo_point point = rings->points[i];
        box.west_e7 = point.lng_e7 < box.west_e7 ? point.lng_e7 : box.west_e7;
        box.south_e7 = point.lat_e7 < box.south_e7 ? point.lat_e7 : box.south_e7;
        box.east_e7 = point.lng_e7 > box.east_e7 ? point.lng_e7 : box.east_e7;
        box.north_e7 = point.lat_e7 > box.north_e7 ? point.lat_e7 : box.north_e7;
    }
    return box;
}

static bool box_holds(struct geo_box outer, struct geo_box inner)
{
    return outer.west_e7 <= inner.west_e7 && outer.south_e7 <= inner.south_e7 &&
           outer.east_e7 >= inner.east_e7 && outer.north_e7 >= inner.north_e7;
}

static double box_size(struct geo_box box)
{
    return ((double)box.east_e7 - box.west_e7) * ((double)box.north_e7 - box.south_e7);
}

const uint32_t *outline_nest(const struct geo_rings *rings, struct arena *arena)
{
    uint32_t *const outers = ARENA_NEW(arena, uint32_t, rings->ring_count);
    struct geo_box *const boxes = ARENA_NEW(arena, struct geo_box, rings->ring_count);
    if (outers == NULL || boxes == NULL) {
        return NULL;
    }
    for (uint32_t ring = 0; ring < rings->ring_count; ring++) {
        boxes[ring] = ring_box(rings, ring);
    }
    for (uint32_t ring = 0; ring < rings->ring_count; ring++) {
        unsigned depth = 0;
        uint32_t nearest = ring; // the smallest that contains it
        for (uint32_t other = 0; other < rings->ring_count; other++) {
            if (other != ring && box_holds(boxes[other], boxes[ring]) &&
                ring_contains(rings, other, ring)) {
                depth++;
                nearest = nearest == ring || box_size(boxes[other]) < box_size(boxes[nearest])
                              ? other
                              : nearest;
            }
        }
        outers[ring] = depth % 2 == 0 ? ring : nearest;
    }
    return outers;
}

// The square of how far a point lies from the edge, on the map.
static double off_edge(struct geo_point point, struct geo_point from, struct geo_point to)
{
    const double edge_x = (double)to.lng_e7 - from.lng_e7;
    const double edge_y = (double)to.lat_e7 - from.lat_e7;
    double x = (double)point.lng_e7 - from.lng_e7;
    double y = (double)point.lat_e7 - from.lat_e7;
    const double square = edge_x * edge_x + edge_y * edge_y;
    if (square > 0) {
        const double part = (x * edge_x + y * edge_y) / square;
        const double on = part < 0 ? 0 : part > 1 ? 1 : part;
        x -= on * edge_x;
        y -= on * edge_y;
    }
    return x * x + y * y;
}

struct span {
    uint32_t first, last;
};

// The point between the ends of the span that lies farthest off; `*off` is the square of how far.
static uint32_t farthest(const struct geo_point *points, struct span span, double *off)
{
    uint32_t best = span.first;
    *off = 0;
    for (uint32_t i = span.first + 1; i < span.last; i++) {
        const double own = off_edge(points[i], points[span.first], points[span.last]);
        if (own > *off) {
            *off = own;
            best = i;
        }
    }
    return best;
}

// Marks what stays between the ends of a span. The larger half waits: 64 halves are more than 2^32
// points have.
static void span_mark(const struct geo_point *points, struct span span, double square,
                      uint8_t *stays)
{
    struct span waiting[64];
    unsigned count = 0;
    waiting[count++] = span;
    while (count > 0) {
        const struct span at = waiting[--count];
        double off = 0;
        const uint32_t middle = farthest(points, at, &off);
        if (middle == at.first || off <= square) {
            continue;
        }
        stays[middle / 8] |= (uint8_t)(1U << middle % 8);
        const struct span left = {at.first, middle};
        const struct span right = {middle, at.last};
        const bool is_left_larger = middle - at.first > at.last - middle;
        waiting[count++] = is_left_larger ? left : right;
        waiting[count++] = is_left_larger ? right : left;
    }
}

// The ends stay, and of a closed ring the point farthest from them.
static void ring_mark(const struct geo_point *points, uint32_t first, uint32_t end, double square,
                      uint8_t *stays)
{
    const uint32_t last = end - 1;
    stays[first / 8] |= (uint8_t)(1U << first % 8);
    stays[last / 8] |= (uint8_t)(1U << last % 8);
    span_mark(points, (struct span){first, last}, square, stays);
}

static bool stays_at(const uint8_t *stays, uint32_t point)
{
    return (stays[point / 8] >> point % 8 & 1) != 0;
}

static uint32_t staying(const uint8_t *stays, uint32_t first, uint32_t end)
{
    uint32_t count = 0;
    for (uint32_t i = first; i < end; i++) {
        count += stays_at(stays, i) ? 1 : 0;
    }
    return count;
}

bool outline_simplify(const struct geo_rings *rings, double tolerance_e7, struct arena *arena,
                      struct geo_rings *simple)
{
    const uint32_t count = rings_point_count(rings);
    uint8_t *const stays = ARENA_NEW(arena, uint8_t, count / 8 + 1);
    uint32_t *const ring_end = ARENA_NEW(arena, uint32_t, rings->ring_count);
    if (stays == NULL || ring_end == NULL) {
        return false;
    }
    for (uint32_t ring = 0; ring < rings->ring_count; ring++) {
        const uint32_t first = ring_first(rings, ring);
        if (rings->ring_end[ring] > first) {
            ring_mark(rings->points, first, rings->ring_end[ring], tolerance_e7 * tolerance_e7,
                      stays);
        }
    }
    struct geo_point *const points = ARENA_NEW(arena, struct geo_point, staying(stays, 0, count));
    if (points == NULL) {
        return false;
    }
    uint32_t used = 0;
    uint32_t ring_count = 0;
    for (uint32_t ring = 0; ring < rings->ring_count; ring++) {
        const uint32_t first = ring_first(rings, ring);
        const uint32_t end = rings->ring_end[ring];
        const bool is_closed =
            end > first && geo_point_equal(rings->points[first], rings->points[end - 1]);
        const uint32_t left = staying(stays, first, end);
        if (left < 2 || (is_closed && left < 4)) {
            continue;
        }
        for (uint32_t i = first; i < end; i++) {
            if (stays_at(stays, i)) {
                points[used++] = rings->points[i];
            }
        }
        ring_end[ring_count++] = used;
    }
    if (ring_count == 0) {
        *simple = *rings;
        return true;
    }
    *simple = (struct geo_rings){.points = points, .ring_end = ring_end, .ring_count = ring_count};
    return true;
}
