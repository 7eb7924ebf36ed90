#include "geo/distance.h"

#include <assert.h>

#include "geo/trig.h"

// Half the angle of a turn of whole units, squared sine: hav(x) = sin^2(x / 2).
static double haversine(int64_t turn_e7)
{
    const double sine = trig_sin_cos(TRIG_PI / 360 * (1e-7 * (double)turn_e7)).sin;
    return sine * sine;
}

static double haversine_between(struct geo_point from, struct geo_point to)
{
    const double cosines = trig_sin_cos(trig_rad_from_e7(from.lat_e7)).cos *
                           trig_sin_cos(trig_rad_from_e7(to.lat_e7)).cos;
    const int32_t turn_e7 = geo_lng_turn_e7(from.lng_e7, to.lng_e7);
    return haversine((int64_t)to.lat_e7 - from.lat_e7) + cosines * haversine(turn_e7);
}

double distance_m(struct geo_point from, struct geo_point to)
{
    const double hav = haversine_between(from, to);
    if (hav <= 0.5) {
        return 2 * DISTANCE_EARTH_RADIUS_M * trig_asin(sqrt(hav));
    }
    // Beyond a quarter turn the antipode is nearer, and the sine tells angles apart better there.
    const struct geo_point antipode = {
        .lng_e7 = to.lng_e7 > 0 ? to.lng_e7 - GEO_LNG_MAX : to.lng_e7 + GEO_LNG_MAX,
        .lat_e7 = -to.lat_e7,
    };
    const double rest = haversine_between(from, antipode);
    return DISTANCE_EARTH_RADIUS_M * (TRIG_PI - 2 * trig_asin(sqrt(rest)));
}

double distance_bearing_deg(struct geo_point from, struct geo_point to)
{
    const struct trig_pair from_lat = trig_sin_cos(trig_rad_from_e7(from.lat_e7));
    const struct trig_pair to_lat = trig_sin_cos(trig_rad_from_e7(to.lat_e7));
    const double turn_rad = trig_rad_from_e7(geo_lng_turn_e7(from.lng_e7, to.lng_e7));
    const struct trig_pair turn = trig_sin_cos(turn_rad);
    // cos a sin b - sin a cos b cos t, written so that near places do not cancel.
    const double rise_rad = TRIG_PI / 180 * (1e-7 * (double)((int64_t)to.lat_e7 - from.lat_e7));
    const double half_sine = trig_sin_cos(turn_rad / 2).sin;
    const double north =
        trig_sin_cos(rise_rad).sin + 2 * from_lat.sin * to_lat.cos * half_sine * half_sine;
    const double bearing_deg = trig_atan2(to_lat.cos * turn.sin, north) * (180 / TRIG_PI);
    const double turned_deg = bearing_deg < 0 ? bearing_deg + 360 : bearing_deg;
    return turned_deg >= 360 ? 0 : turned_deg;
}

// The place between two at `share` of the way, on the straight line of the map.
static struct geo_point point_between(struct geo_point from, struct geo_point to, double share)
{
    const double turn_e7 = geo_lng_turn_e7(from.lng_e7, to.lng_e7) * share + TRIG_ROUNDER;
    const double rise_e7 = ((double)to.lat_e7 - from.lat_e7) * share + TRIG_ROUNDER;
    int64_t lng_e7 = from.lng_e7 + (int64_t)(int32_t)trig_low_bits(turn_e7);
    if (lng_e7 > GEO_LNG_MAX) {
        lng_e7 -= 2 * (int64_t)GEO_LNG_MAX;
    } else if (lng_e7 < -GEO_LNG_MAX) {
        lng_e7 += 2 * (int64_t)GEO_LNG_MAX;
    }
    return (struct geo_point){.lng_e7 = (int32_t)lng_e7,
                              .lat_e7 = from.lat_e7 + (int32_t)trig_low_bits(rise_e7)};
}

// Share of the way from `from` to `to` at which the straight line of a local map is nearest to
// `point`, and the squared distance there in squared units.
static double nearest_share(struct geo_point from, struct geo_point to, struct geo_point point,
                            double lng_scale, double *square)
{
    const double x = geo_lng_turn_e7(point.lng_e7, from.lng_e7) * lng_scale;
    const double y = (double)from.lat_e7 - point.lat_e7;
    const double width = geo_lng_turn_e7(from.lng_e7, to.lng_e7) * lng_scale;
    const double height = (double)to.lat_e7 - from.lat_e7;
    const double length = width * width + height * height;
    const double scaled = -(x * width + y * height);
    const double share = scaled <= 0 ? 0 : scaled >= length ? 1 : scaled / length;
    const double off_x = x + share * width;
    const double off_y = y + share * height;
    *square = off_x * off_x + off_y * off_y;
    return share;
}

struct geo_point distance_nearest(struct geo_point from, struct geo_point to,
                                  struct geo_point point, double cos_lat)
{
    double square;
    return point_between(from, to, nearest_share(from, to, point, cos_lat, &square));
}

struct distance_on_line distance_to_line(const struct geo_point *line, size_t count,
                                         struct geo_point point)
{
    assert(count >= 1);
    const double lng_scale = trig_sin_cos(trig_rad_from_e7(point.lat_e7)).cos;
    struct distance_on_line best = {.point = line[0]};
    double best_square = HUGE_VAL;
    for (size_t i = 0; i + 1 < count; i++) {
        double square;
        const double share = nearest_share(line[i], line[i + 1], point, lng_scale, &square);
        if (square < best_square) {
            best_square = square;
            best.segment = i;
            best.point = point_between(line[i], line[i + 1], share);
        }
    }
    for (size_t i = 0; i < best.segment; i++) {
        best.along_m += distance_m(line[i], line[i + 1]);
    }
    best.along_m += distance_m(line[best.segment], best.point);
    best.distance_m = distance_m(point, best.point);
    return best;
}

double distance_off_line_m(const struct geo_point *line, size_t count, struct geo_point point)
{
    assert(count >= 1);
    const double unit_m = DISTANCE_EARTH_RADIUS_M * (TRIG_PI / 180 * 1e-7);
    const double lng_scale = trig_sin_cos(trig_rad_from_e7(point.lat_e7)).cos;
    double best_square = HUGE_VAL;
    for (size_t i = 0; i == 0 || i + 1 < count; i++) {
        double square;
        (void)nearest_share(line[i], line[i + 1 < count ? i + 1 : i], point, lng_scale, &square);
        best_square = square < best_square ? square : best_square;
    }
    return sqrt(best_square) * unit_m;
}
