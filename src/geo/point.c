#include "geo/point.h"

#include <math.h>

#include "geo/distance.h"
#include "geo/trig.h"

// Units from `west_e7` eastwards to `lng_e7`: 0 to just under a full turn.
static int64_t lng_eastwards_e7(int32_t west_e7, int32_t lng_e7)
{
    const int64_t turn_e7 = (int64_t)lng_e7 - west_e7;
    return turn_e7 < 0 ? turn_e7 + 2 * (int64_t)GEO_LNG_MAX : turn_e7;
}

static int64_t box_width_e7(struct geo_box box)
{
    return geo_box_crosses_antimeridian(box) ? lng_eastwards_e7(box.west_e7, box.east_e7)
                                             : (int64_t)box.east_e7 - box.west_e7;
}

// Does the box hold the meridian?
static bool box_has_lng(struct geo_box box, int32_t lng_e7)
{
    return geo_box_crosses_antimeridian(box) ? lng_e7 >= box.west_e7 || lng_e7 <= box.east_e7
                                             : lng_e7 >= box.west_e7 && lng_e7 <= box.east_e7;
}

bool geo_box_intersects(struct geo_box left, struct geo_box right)
{
    return left.south_e7 <= right.north_e7 && right.south_e7 <= left.north_e7 &&
           !geo_box_is_empty(left) && !geo_box_is_empty(right) &&
           (box_has_lng(left, right.west_e7) || box_has_lng(right, left.west_e7));
}

struct geo_box geo_box_union(struct geo_box left, struct geo_box right)
{
    if (geo_box_is_empty(left) || geo_box_is_empty(right)) {
        return geo_box_is_empty(left) ? right : left;
    }
    struct geo_box both = {
        .south_e7 = left.south_e7 < right.south_e7 ? left.south_e7 : right.south_e7,
        .north_e7 = left.north_e7 > right.north_e7 ? left.north_e7 : right.north_e7,
    };
    // A union begins at one of the two western sides; the one that needs less to hold both wins.
    const int64_t full_e7 = 2 * (int64_t)GEO_LNG_MAX;
    const int64_t left_e7 = box_width_e7(left);
    const int64_t right_e7 = box_width_e7(right);
    const int64_t to_right_e7 = lng_eastwards_e7(left.west_e7, right.west_e7) + right_e7;
    const int64_t to_left_e7 = lng_eastwards_e7(right.west_e7, left.west_e7) + left_e7;
    const int64_t from_left_e7 = to_right_e7 > left_e7 ? to_right_e7 : left_e7;
    const int64_t from_right_e7 = to_left_e7 > right_e7 ? to_left_e7 : right_e7;
    if (from_left_e7 >= full_e7 && from_right_e7 >= full_e7) {
        both.west_e7 = -GEO_LNG_MAX;
        both.east_e7 = GEO_LNG_MAX;
    } else if (from_left_e7 <= from_right_e7) {
        both.west_e7 = left.west_e7;
        both.east_e7 = from_left_e7 > left_e7 ? right.east_e7 : left.east_e7;
    } else {
        both.west_e7 = right.west_e7;
        both.east_e7 = from_right_e7 > right_e7 ? left.east_e7 : right.east_e7;
    }
    return both;
}

struct geo_box geo_box_extend(struct geo_box box, struct geo_point point)
{
    const struct geo_box single = {.west_e7 = point.lng_e7,
                                   .south_e7 = point.lat_e7,
                                   .east_e7 = point.lng_e7,
                                   .north_e7 = point.lat_e7};
    return geo_box_union(box, single);
}

struct geo_point geo_box_centre(struct geo_box box)
{
    int64_t lng_e7 = box.west_e7 + box_width_e7(box) / 2;
    if (lng_e7 > GEO_LNG_MAX) {
        lng_e7 -= 2 * (int64_t)GEO_LNG_MAX;
    }
    const int64_t lat_e7 = ((int64_t)box.south_e7 + box.north_e7) / 2;
    return (struct geo_point){.lng_e7 = (int32_t)lng_e7, .lat_e7 = (int32_t)lat_e7};
}

struct geo_box geo_box_around(struct geo_point centre, double radius_m)
{
    const double e7_from_rad = 180 / TRIG_PI * GEO_DEGREE_E7;
    const double angle_rad = radius_m / DISTANCE_EARTH_RADIUS_M;
    const double wanted_e7 = angle_rad * e7_from_rad + 2;
    const double reach_e7 = wanted_e7 < 2.0 * GEO_LAT_MAX ? wanted_e7 : 2.0 * GEO_LAT_MAX;
    const double south_e7 = centre.lat_e7 - reach_e7;
    const double north_e7 = centre.lat_e7 + reach_e7;
    struct geo_box box = {
        .west_e7 = -GEO_LNG_MAX,
        .south_e7 = south_e7 < -GEO_LAT_MAX ? -GEO_LAT_MAX : (int32_t)south_e7,
        .east_e7 = GEO_LNG_MAX,
        .north_e7 = north_e7 > GEO_LAT_MAX ? GEO_LAT_MAX : (int32_t)north_e7,
    };
    if (south_e7 <= -GEO_LAT_MAX || north_e7 >= GEO_LAT_MAX) {
        return box; // over a pole
    }
    // The widest longitude of a circle that holds no pole: sin(lng) = sin(radius) / cos(lat).
    const double sine =
        trig_sin_cos(angle_rad).sin / trig_sin_cos(trig_rad_from_e7(centre.lat_e7)).cos;
    const double width_e7 = trig_asin(sine) * e7_from_rad + 2;
    if (width_e7 >= GEO_LNG_MAX) {
        return box;
    }
    const int64_t west_e7 = centre.lng_e7 - (int64_t)width_e7;
    const int64_t east_e7 = centre.lng_e7 + (int64_t)width_e7;
    box.west_e7 = (int32_t)(west_e7 < -GEO_LNG_MAX ? west_e7 + 2 * (int64_t)GEO_LNG_MAX : west_e7);
    box.east_e7 = (int32_t)(east_e7 > GEO_LNG_MAX ? east_e7 - 2 * (int64_t)GEO_LNG_MAX : east_e7);
    return box;
}
