#include "fence/relation.h"

#include <math.h>

#include "geo/distance.h"
#include "geo/trig.h"

enum { SAMPLES = 64 };
#define GOLDEN_RAD (TRIG_PI * 0.76393202250021030) // the golden angle: pi * (3 - sqrt 5)

// The place at a distance and bearing (radians) from the centre, on the sphere.
static struct geo_point place_at(struct geo_point centre, double distance_rad, double bearing_rad)
{
    const struct trig_pair lat = trig_sin_cos(trig_rad_from_e7(centre.lat_e7));
    const struct trig_pair far = trig_sin_cos(distance_rad);
    const struct trig_pair bearing = trig_sin_cos(bearing_rad);
    const double sin_lat = lat.sin * far.cos + lat.cos * far.sin * bearing.cos;
    const double turn_rad =
        trig_atan2(bearing.sin * far.sin * lat.cos, far.cos - lat.sin * sin_lat);
    const double lat_e7 = trig_asin(sin_lat) * (180e7 / TRIG_PI);
    double lng_e7 = centre.lng_e7 + turn_rad * (180e7 / TRIG_PI);
    lng_e7 += lng_e7 > GEO_LNG_MAX ? -360e7 : lng_e7 < -GEO_LNG_MAX ? 360e7 : 0;
    return (struct geo_point){.lng_e7 = (int32_t)lng_e7, .lat_e7 = (int32_t)lat_e7};
}

double relation_share(struct shape area, struct geo_point centre, double radius_m)
{
    unsigned inside = 0;
    double bearing_rad = 0;
    for (unsigned i = 0; i < SAMPLES; i++) {
        const double distance_rad =
            sqrt((i + 0.5) / SAMPLES) * (radius_m / DISTANCE_EARTH_RADIUS_M);
        bearing_rad += GOLDEN_RAD;
        bearing_rad -= bearing_rad > TRIG_PI ? 2 * TRIG_PI : 0;
        inside += shape_contains_point(area, place_at(centre, distance_rad, bearing_rad));
    }
    return (double)inside / SAMPLES;
}

static unsigned confidence_of(double share)
{
    return share <= 0 ? 0 : share < 1.0 / 3 ? 1 : share < 2.0 / 3 ? 2 : 3;
}

// Distances are measured once, when something asks.
static double distance_to(struct relation *relation, struct shape area, struct geo_point point)
{
    if (relation->distance_m < 0) {
        relation->distance_m = shape_distance_to_point_m(area, point);
    }
    return relation->distance_m;
}

static void judge_by_share(const struct rule *rule, struct shape area, struct geo_point point,
                           double radius_m, struct relation *relation)
{
    const double share = relation_share(area, point, radius_m);
    relation->is_inside = confidence_of(share) >= rule->confidence_min;
    const unsigned confidence = confidence_of(relation->is_inside ? share : 1 - share);
    relation->confidence = confidence == 0 ? 1 : confidence;
}

struct relation relation_of(const struct rule *rule, struct shape area, struct geo_point point,
                            double accuracy_m, bool was_inside, bool was_near, bool is_certain)
{
    struct relation relation = {.distance_m = -1};
    const double radius_m = accuracy_m > 0 ? accuracy_m : 0;
    if (rule->accuracy == RULE_ACCURACY_CONFIDENCE && radius_m > 0) {
        judge_by_share(rule, area, point, radius_m, &relation);
    } else {
        relation.is_inside = is_certain || shape_contains_point(area, point);
        relation.confidence = rule->accuracy == RULE_ACCURACY_CONFIDENCE ? 3 : 0;
    }
    if (!relation.is_inside) {
        const double slack_m = (was_inside ? rule->exit_distance_m : 0) +
                               (rule->accuracy == RULE_ACCURACY_EXPAND ? radius_m : 0);
        if (slack_m > 0 && distance_to(&relation, area, point) <= slack_m) {
            relation.is_inside = true;
            relation.confidence = relation.confidence == 0 ? 0 : 1;
        }
    }
    if (rule->approach_m > 0) {
        const double near_m = rule->approach_m + (was_near ? rule->exit_distance_m : 0);
        relation.is_near = relation.is_inside || distance_to(&relation, area, point) <= near_m;
    }
    return relation;
}

double relation_reach_m(const struct rule *rule)
{
    return rule->approach_m;
}
