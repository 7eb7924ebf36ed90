// Point and box: places on the globe as whole numbers of 1e-7 degrees, WGS 84.
//
// A unit is 11 mm of latitude, and every angle fits an int32. Whole numbers compare and add
// exactly, so the same input gives the same answer on every machine. Everything here is pure; any
// thread.
#ifndef GEO_POINT_H
#define GEO_POINT_H

#include <stdbool.h>
#include <stdint.h>

#define GEO_DEGREE_E7 10000000
#define GEO_LNG_MAX   1800000000
#define GEO_LAT_MAX   900000000

struct geo_point {
    int32_t lng_e7; // -GEO_LNG_MAX to GEO_LNG_MAX; both ends are the same meridian
    int32_t lat_e7; // -GEO_LAT_MAX to GEO_LAT_MAX
};

// Both ends belong to the box. West > east: the box crosses the antimeridian.
// A box with south > north is empty (GEO_BOX_EMPTY).
struct geo_box {
    int32_t west_e7;
    int32_t south_e7;
    int32_t east_e7;
    int32_t north_e7;
};

#define GEO_BOX_EMPTY  \
    ((struct geo_box){ \
        .west_e7 = 0, .south_e7 = GEO_LAT_MAX, .east_e7 = 0, .north_e7 = -GEO_LAT_MAX})

// Degrees to the nearest unit, halves away from zero. The degrees lie within +-180.
static inline int32_t geo_e7_from_deg(double angle_deg)
{
    const double scaled = angle_deg * GEO_DEGREE_E7;
    return (int32_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

static inline double geo_deg_from_e7(int32_t angle_e7)
{
    return (double)angle_e7 / GEO_DEGREE_E7;
}

// Degrees in the order of GeoJSON: GEO_POINT(9.5215, 47.1410) is Vaduz.
#define GEO_POINT(lng_deg, lat_deg) \
    ((struct geo_point){.lng_e7 = geo_e7_from_deg(lng_deg), .lat_e7 = geo_e7_from_deg(lat_deg)})

static inline bool geo_point_is_valid(struct geo_point point)
{
    return point.lng_e7 >= -GEO_LNG_MAX && point.lng_e7 <= GEO_LNG_MAX &&
           point.lat_e7 >= -GEO_LAT_MAX && point.lat_e7 <= GEO_LAT_MAX;
}

static inline bool geo_point_equal(struct geo_point left, struct geo_point right)
{
    return left.lng_e7 == right.lng_e7 && left.lat_e7 == right.lat_e7;
}

// From one longitude to another the short way round: above -180 degrees, at most 180.
static inline int32_t geo_lng_turn_e7(int32_t from_e7, int32_t to_e7)
{
    int64_t turn_e7 = (int64_t)to_e7 - from_e7;
    if (turn_e7 > GEO_LNG_MAX) {
        turn_e7 -= 2 * (int64_t)GEO_LNG_MAX;
    } else if (turn_e7 <= -GEO_LNG_MAX) {
        turn_e7 += 2 * (int64_t)GEO_LNG_MAX;
    }
    return (int32_t)turn_e7;
}

static inline bool geo_box_is_empty(struct geo_box box)
{
    return box.south_e7 > box.north_e7;
}

static inline bool geo_box_crosses_antimeridian(struct geo_box box)
{
    return box.west_e7 > box.east_e7;
}

static inline bool geo_box_contains(struct geo_box box, struct geo_point point)
{
    const bool is_east_of_west = point.lng_e7 >= box.west_e7;
    const bool is_west_of_east = point.lng_e7 <= box.east_e7;
    return point.lat_e7 >= box.south_e7 && point.lat_e7 <= box.north_e7 &&
           (geo_box_crosses_antimeridian(box) ? is_east_of_west || is_west_of_east
                                              : is_east_of_west && is_west_of_east);
}

bool geo_box_intersects(struct geo_box left, struct geo_box right);

// The smallest box that holds both; of the two ways round the globe, the shorter.
struct geo_box geo_box_union(struct geo_box left, struct geo_box right);

// The smallest box that holds the point and `box`.
struct geo_box geo_box_extend(struct geo_box box, struct geo_point point);

// Middle of the box.
struct geo_point geo_box_centre(struct geo_box box);

// Holds every point within `radius_m` (great circle) of the centre, and at most a few units more.
// A circle over a pole gives all longitudes.
struct geo_box geo_box_around(struct geo_point centre, double radius_m);

#endif
