// Circles and their slices as polygons.
#include "geo/distance.h"
#include "geo/shape_private.h"
#include "geo/trig.h"

enum { ARC_EDGES = 64, ARC_EDGES_MAX = 1024 };

#define E7_FROM_RAD  (180 / TRIG_PI * GEO_DEGREE_E7)
#define RAD_FROM_DEG (TRIG_PI / 180)

struct geo_point shape_place_at(struct geo_point from, double distance_m, double bearing_deg)
{
    const double far_rad = distance_m / DISTANCE_EARTH_RADIUS_M;
    const double turned_deg = bearing_deg > 180 ? bearing_deg - 360 : bearing_deg;
    const struct trig_pair far = trig_sin_cos(far_rad);
    const struct trig_pair bearing = trig_sin_cos(turned_deg * RAD_FROM_DEG);
    const struct trig_pair lat = trig_sin_cos(trig_rad_from_e7(from.lat_e7));
    const double up = lat.sin * far.cos + lat.cos * far.sin * bearing.cos;
    const double north = lat.cos * far.cos - lat.sin * far.sin * bearing.cos;
    const double east = bearing.sin * far.sin;
    const double flat = sqrt(north * north + east * east);
    const double lat_e7 = trig_atan2(up, flat) * E7_FROM_RAD;
    double lng_e7 = from.lng_e7 + trig_atan2(east, north) * E7_FROM_RAD;
    lng_e7 = lng_e7 > GEO_LNG_MAX    ? lng_e7 - 2.0 * GEO_LNG_MAX
             : lng_e7 < -GEO_LNG_MAX ? lng_e7 + 2.0 * GEO_LNG_MAX
                                     : lng_e7;
    return (struct geo_point){.lng_e7 = (int32_t)(lng_e7 < 0 ? lng_e7 - 0.5 : lng_e7 + 0.5),
                              .lat_e7 = (int32_t)(lat_e7 < 0 ? lat_e7 - 0.5 : lat_e7 + 0.5)};
}

static double radius_kept_m(double radius_m)
{
    const double most_m = DISTANCE_EARTH_RADIUS_M * TRIG_PI;
    return !(radius_m > 0) ? 0 : radius_m < most_m ? radius_m : most_m;
}

void shape_add_circle_polygon(struct buffer *out, struct geo_point centre, double radius_m,
                              uint32_t count)
{
    struct geo_point points[ARC_EDGES_MAX];
    const uint32_t edges = count < 3 ? 3 : count > ARC_EDGES_MAX ? ARC_EDGES_MAX : count;
    for (uint32_t i = 0; i < edges; i++) { // counter-clockwise, as RFC 7946 wants it
        points[i] = shape_place_at(centre, radius_kept_m(radius_m), 360.0 * (edges - i) / edges);
    }
    shape_add_polygon(out, points, &edges, 1);
}

// A bearing within 0 to 360.
static double bearing_kept_deg(double bearing_deg)
{
    if (!(fabs(bearing_deg) < 1e9)) {
        return 0;
    }
    const double turns = floor(bearing_deg / 360);
    return bearing_deg - turns * 360;
}

void shape_add_sector(struct buffer *out, struct geo_point centre, double radius_m, double from_deg,
                      double to_deg)
{
    const double begin_deg = bearing_kept_deg(from_deg);
    double span_deg = bearing_kept_deg(to_deg) - begin_deg;
    span_deg += span_deg <= 0 ? 360 : 0;
    if (span_deg >= 360) {
        shape_add_circle_polygon(out, centre, radius_m, ARC_EDGES);
        return;
    }
    struct geo_point points[ARC_EDGES + 2] = {centre};
    const uint32_t count = ARC_EDGES + 2;
    for (uint32_t i = 0; i <= ARC_EDGES; i++) {
        const double bearing_deg = begin_deg + span_deg * (ARC_EDGES - i) / ARC_EDGES;
        points[i + 1] =
            shape_place_at(centre, radius_kept_m(radius_m), bearing_kept_deg(bearing_deg));
    }
    shape_add_polygon(out, points, &count, 1);
}
