// Boxes on the round globe: 180 and -180 degrees are one meridian, a pole is one place.
#include "geo/shape_private.h"

#define TURN_E7 (2 * (int64_t)GEO_LNG_MAX)

// Units from one longitude eastwards to another: 0 to just under a full turn.
static int64_t eastwards_e7(int32_t from_e7, int32_t to_e7)
{
    const int64_t turn_e7 = (int64_t)to_e7 - from_e7;
    return turn_e7 < 0 ? turn_e7 + TURN_E7 : turn_e7 == TURN_E7 ? 0 : turn_e7;
}

static int64_t width_e7(struct geo_box box)
{
    const int64_t turn_e7 = (int64_t)box.east_e7 - box.west_e7;
    return turn_e7 < 0 ? turn_e7 + TURN_E7 : turn_e7;
}

int box_windows(struct geo_box box, struct geo_box windows[2])
{
    windows[0] = box;
    windows[1] = box;
    if (geo_box_crosses_antimeridian(box)) {
        windows[0].east_e7 = GEO_LNG_MAX;
        windows[1].west_e7 = -GEO_LNG_MAX;
        return 2;
    }
    const bool is_west = box.west_e7 == -GEO_LNG_MAX;
    const bool is_east = box.east_e7 == GEO_LNG_MAX;
    if (is_west == is_east) {
        return 1;
    }
    windows[1].west_e7 = is_west ? GEO_LNG_MAX : -GEO_LNG_MAX;
    windows[1].east_e7 = windows[1].west_e7;
    return 2;
}

bool box_meets(struct geo_box left, struct geo_box right)
{
    if (geo_box_is_empty(left) || geo_box_is_empty(right)) {
        return false;
    }
    return box_shares_pole(left, right) ||
           (left.south_e7 <= right.north_e7 && right.south_e7 <= left.north_e7 &&
            (eastwards_e7(left.west_e7, right.west_e7) <= width_e7(left) ||
             eastwards_e7(right.west_e7, left.west_e7) <= width_e7(right)));
}

bool box_holds(struct geo_box outer, struct geo_box inner)
{
    if (geo_box_is_empty(outer) || geo_box_is_empty(inner) || inner.south_e7 < outer.south_e7 ||
        inner.north_e7 > outer.north_e7) {
        return false;
    }
    const bool is_pole = inner.south_e7 == GEO_LAT_MAX || inner.north_e7 == -GEO_LAT_MAX;
    const int64_t outer_e7 = width_e7(outer);
    return is_pole || outer_e7 == TURN_E7 ||
           eastwards_e7(outer.west_e7, inner.west_e7) + width_e7(inner) <= outer_e7;
}

bool box_holds_point(struct geo_box box, struct geo_point point)
{
    if (point.lat_e7 < box.south_e7 || point.lat_e7 > box.north_e7) {
        return false;
    }
    return point.lat_e7 == GEO_LAT_MAX || point.lat_e7 == -GEO_LAT_MAX ||
           eastwards_e7(box.west_e7, point.lng_e7) <= width_e7(box);
}
