#include "source/shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct geo_box shape_points_box(const struct geo_point *points, size_t count)
{
    struct geo_box box = GEO_BOX_EMPTY;
    for (size_t i = 0; i < count; i++) {
        const struct geo_point point = points[i];
        box.west_e7 = i == 0 || point.lng_e7 < box.west_e7 ? point.lng_e7 : box.west_e7;
        box.east_e7 = i == 0 || point.lng_e7 > box.east_e7 ? point.lng_e7 : box.east_e7;
        box.south_e7 = point.lat_e7 < box.south_e7 ? point.lat_e7 : box.south_e7;
        box.north_e7 = point.lat_e7 > box.north_e7 ? point.lat_e7 : box.north_e7;
    }
    return box;
}

static double segment_length(struct geo_point from, struct geo_point to)
{
    const double lng = (double)to.lng_e7 - from.lng_e7;
    const double lat = (double)to.lat_e7 - from.lat_e7;
    return sqrt(lng * lng + lat * lat); // degrees are good enough to find a middle
}

struct geo_point shape_line_middle(const struct geo_point *points, size_t count)
{
    double length = 0;
    for (size_t i = 1; i < count; i++) {
        length += segment_length(points[i - 1], points[i]);
    }
    double rest = length / 2;
    for (size_t i = 1; i < count; i++) {
        const double piece = segment_length(points[i - 1], points[i]);
        if (piece > 0 && rest <= piece) {
            const double share = rest / piece;
            return (struct geo_point){
                .lng_e7 = points[i - 1].lng_e7 +
                          (int32_t)(share * ((double)points[i].lng_e7 - points[i - 1].lng_e7)),
                .lat_e7 = points[i - 1].lat_e7 +
                          (int32_t)(share * ((double)points[i].lat_e7 - points[i - 1].lat_e7))};
        }
        rest -= piece;
    }
    return points[0];
}

struct ring_walk {
    struct geo_point from, to;
    uint32_t ring, position, begin;
};

// The next edge of the rings; the last point of a ring joins to its first.
static bool edge_next(const struct geo_rings *rings, struct ring_walk *walk)
{
    while (walk->ring < rings->ring_count && walk->position == rings->ring_end[walk->ring]) {
        walk->begin = rings->ring_end[walk->ring++];
    }
    if (walk->ring == rings->ring_count) {
        return false;
    }
    const uint32_t next = walk->position + 1;
    walk->from = rings->points[walk->position];
    walk->to = rings->points[next == rings->ring_end[walk->ring] ? walk->begin : next];
    walk->position = next;
    return true;
}

static int32_t clamped(int64_t value, int32_t limit)
{
    return value > limit ? limit : value < -limit ? -limit : (int32_t)value;
}

// The centre of mass, each ring with the sign of its depth: simple rings wind freely, so the sign
// is that of the outermost; good enough to try.
static struct geo_point centroid(const struct geo_rings *rings)
{
    const struct geo_point origin = rings->points[0];
    double area = 0;
    double lng = 0;
    double lat = 0;
    struct ring_walk walk = {0};
    while (edge_next(rings, &walk)) {
        const double ax = (double)walk.from.lng_e7 - origin.lng_e7;
        const double ay = (double)walk.from.lat_e7 - origin.lat_e7;
        const double bx = (double)walk.to.lng_e7 - origin.lng_e7;
        const double by = (double)walk.to.lat_e7 - origin.lat_e7;
        const double cross = ax * by - bx * ay;
        area += cross;
        lng += (ax + bx) * cross;
        lat += (ay + by) * cross;
    }
    const double x = lng / (3 * area);
    const double y = lat / (3 * area);
    // Rings without an area, or that wind against each other, can throw the centre anywhere.
    if (!(fabs(x) < GEO_LNG_MAX && fabs(y) < GEO_LAT_MAX)) {
        return origin;
    }
    return (struct geo_point){.lng_e7 = clamped(origin.lng_e7 + (int64_t)x, GEO_LNG_MAX),
                              .lat_e7 = clamped(origin.lat_e7 + (int64_t)y, GEO_LAT_MAX)};
}

static int by_value(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return (a > b) - (a < b);
}

// Where the rings cross a parallel, ascending.
static size_t crossings_find(const struct geo_rings *rings, int32_t lat_e7, double *crossings)
{
    size_t count = 0;
    struct ring_walk walk = {0};
    while (edge_next(rings, &walk)) {
        if ((walk.from.lat_e7 <= lat_e7) != (walk.to.lat_e7 <= lat_e7)) {
            const double share =
                ((double)lat_e7 - walk.from.lat_e7) / ((double)walk.to.lat_e7 - walk.from.lat_e7);
            crossings[count++] =
                walk.from.lng_e7 + share * ((double)walk.to.lng_e7 - walk.from.lng_e7);
        }
    }
    qsort(crossings, count, sizeof(*crossings), by_value);
    return count;
}

struct geo_point shape_inner_point(const struct geo_rings *rings, struct pool *scratch)
{
    struct geo_point centre = centroid(rings);
    double *const crossings = pool_take(scratch, rings_point_count(rings), sizeof(*crossings));
    if (crossings == NULL) {
        return centre;
    }
    size_t count = crossings_find(rings, centre.lat_e7, crossings);
    if (count == 0) { // a centre thrown outside: the middle latitude crosses every shape with one
        const struct geo_box box = shape_points_box(rings->points, rings_point_count(rings));
        centre.lat_e7 = box.south_e7 + (box.north_e7 - box.south_e7) / 2;
        count = crossings_find(rings, centre.lat_e7, crossings);
    }
    double widest = -1;
    int32_t middle_e7 = rings->points[0].lng_e7;
    for (size_t i = 0; i + 1 < count; i += 2) {
        const double width = crossings[i + 1] - crossings[i];
        if (centre.lng_e7 >= crossings[i] && centre.lng_e7 <= crossings[i + 1]) {
            return centre;
        }
        if (width > widest) {
            widest = width;
            middle_e7 = (int32_t)(crossings[i] + width / 2);
        }
    }
    if (count < 2) {
        return rings->points[0];
    }
    centre.lng_e7 = middle_e7;
    return centre;
}
