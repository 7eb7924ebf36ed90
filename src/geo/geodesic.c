// The inverse geodesic problem on WGS 84, after Karney (2013); equation numbers are his.
#include "geo/distance.h"
#include "geo/trig.h"

#define EQUATOR_M  6378137.0
#define FLATTENING (1 / 298.257223563)
#define THIRD      (FLATTENING / (2 - FLATTENING)) // n, eq. 8
#define POLAR_M    (EQUATOR_M * (1 - FLATTENING))
#define SECOND     (FLATTENING * (2 - FLATTENING) / ((1 - FLATTENING) * (1 - FLATTENING))) // e'^2

enum { HALVINGS_MAX = 100 };

// What the two ends of a geodesic and its equatorial azimuth determine.
struct arc {
    double lng_rad;    // turn of longitude
    double distance_m; // filled by arc_length
    double epsilon;    // eq. 16
    double sigma1, sigma2;
};

struct ends {
    struct trig_pair beta1, beta2; // reduced latitudes; beta1 <= -|beta2|
};

// Clenshaw's sum of coefficients[l] * sin(2 l sigma), l from 1.
static double sine_series(const double *coefficients, int count, double sigma)
{
    const struct trig_pair angle = trig_sin_cos(sigma);
    const double twice_cos = 2 * (angle.cos - angle.sin) * (angle.cos + angle.sin);
    double last = 0;
    double before_last = 0;
    for (int l = count; l >= 1; l--) {
        const double next = coefficients[l] + twice_cos * last - before_last;
        before_last = last;
        last = next;
    }
    return 2 * angle.sin * angle.cos * last;
}

// Eq. 17 and 18: the distance integral between the ends.
static double arc_length_m(const struct arc *arc)
{
    const double e = arc->epsilon;
    const double square = e * e;
    const double mean = (1 + square * (1.0 / 4 + square * (1.0 / 64 + square / 256))) / (1 - e);
    const double series[7] = {
        0,
        e * (-1.0 / 2 + square * (3.0 / 16 - square / 32)),
        square * (-1.0 / 16 + square * (1.0 / 32 - square * 9 / 2048)),
        e * square * (-1.0 / 48 + square * 3 / 256),
        square * square * (-5.0 / 512 + square * 3 / 512),
        e * square * square * (-7.0 / 1280),
        square * square * square * (-7.0 / 2048),
    };
    return POLAR_M * mean *
           (arc->sigma2 - arc->sigma1 + sine_series(series, 6, arc->sigma2) -
            sine_series(series, 6, arc->sigma1));
}

// Eq. 24 and 25: what the ellipsoid takes off the longitude of the auxiliary sphere, over
// f sin(alpha0).
static double longitude_integral(double e, double sigma1, double sigma2)
{
    const double n = THIRD;
    const double mean = 1 - e * (1.0 / 2 - n / 2 +
                                 e * (1.0 / 4 + n / 8 - 3 * n * n / 8 +
                                      e * (1.0 / 16 + 3 * n / 16 + n * n / 16 +
                                           e * (3.0 / 64 + n / 32 + e * 3 / 128))));
    const double series[6] = {
        0,
        e * (1.0 / 4 - n / 4 +
             e * (1.0 / 8 - n * n / 8 +
                  e * (3.0 / 64 + 3 * n / 64 - n * n / 64 +
                       e * (5.0 / 128 + n / 64 + e * 3 / 128)))),
        e * e *
            (1.0 / 16 - 3 * n / 32 + n * n / 32 +
             e * (3.0 / 64 - n / 32 - 3 * n * n / 64 + e * (3.0 / 128 + n / 128 + e * 5 / 256))),
        e * e * e *
            (5.0 / 192 - 3 * n / 64 + 5 * n * n / 192 +
             e * (3.0 / 128 - 5 * n / 192 + e * 7 / 512)),
        e * e * e * e * (7.0 / 512 - 7 * n / 256 + e * 7 / 512),
        e * e * e * e * e * 21 / 2560,
    };
    return mean *
           (sigma2 - sigma1 + sine_series(series, 5, sigma2) - sine_series(series, 5, sigma1));
}

// The geodesic that leaves the first end at azimuth alpha1, followed to the second's latitude.
static struct arc arc_from_azimuth(const struct ends *ends, struct trig_pair alpha1)
{
    const double sin_alpha0 = alpha1.sin * ends->beta1.cos; // eq. 5
    const double along = alpha1.cos * ends->beta1.cos;
    // cos(alpha2) cos(beta2), from eq. 45 in the form that does not cancel.
    const double more = (ends->beta2.cos - ends->beta1.cos) * (ends->beta2.cos + ends->beta1.cos);
    const double squared = along * along + more;
    const double along2 = squared > 0 ? sqrt(squared) : 0;
    const double square0 = along * along + ends->beta1.sin * ends->beta1.sin; // cos^2(alpha0)
    const double k2 = SECOND * square0;                                       // eq. 9
    const double root = sqrt(1 + k2);
    struct arc arc = {
        .epsilon = k2 / ((root + 1) * (root + 1)),
        .sigma1 = trig_atan2(ends->beta1.sin, along), // eq. 11
        .sigma2 = trig_atan2(ends->beta2.sin, along2),
    };
    const double omega1 = trig_atan2(sin_alpha0 * ends->beta1.sin, along); // eq. 12
    const double omega2 = trig_atan2(sin_alpha0 * ends->beta2.sin, along2);
    arc.lng_rad = omega2 - omega1 -
                  FLATTENING * sin_alpha0 * longitude_integral(arc.epsilon, arc.sigma1, arc.sigma2);
    return arc;
}

static struct trig_pair reduced_latitude(int32_t lat_e7)
{
    const struct trig_pair lat = trig_sin_cos(trig_rad_from_e7(lat_e7));
    const double sine = (1 - FLATTENING) * lat.sin; // eq. 6
    const double length = sqrt(sine * sine + lat.cos * lat.cos);
    return (struct trig_pair){.sin = sine / length, .cos = lat.cos / length};
}

// The azimuth that leans so far south of due east. Short lines near the equator lean by less than an
// azimuth near pi / 2 could tell.
static struct trig_pair azimuth_of(double lean_rad)
{
    const struct trig_pair lean = trig_sin_cos(lean_rad);
    return (struct trig_pair){.sin = lean.cos, .cos = -lean.sin};
}

// Longitude grows with the first azimuth, so the azimuth can be enclosed: the Illinois form of
// false position, with a halving whenever that is slow.
static struct arc arc_to_longitude(const struct ends *ends, double lng_rad)
{
    double low = -TRIG_PI / 2;
    double high = TRIG_PI / 2;
    double low_off = -lng_rad;
    double high_off = TRIG_PI - lng_rad;
    double at = low - low_off * (high - low) / (high_off - low_off);
    struct arc arc = arc_from_azimuth(ends, azimuth_of(at));
    int side = 0;
    for (int i = 0; i < HALVINGS_MAX; i++) {
        const double off = arc.lng_rad - lng_rad;
        if (fabs(off) <= 2e-16 || high - low <= 1e-16 * fabs(high + low)) {
            break;
        }
        if (off < 0) {
            low = at;
            low_off = off;
            high_off = side < 0 ? high_off / 2 : high_off;
            side = -1;
        } else {
            high = at;
            high_off = off;
            low_off = side > 0 ? low_off / 2 : low_off;
            side = 1;
        }
        const double guess = low - low_off * (high - low) / (high_off - low_off);
        const bool is_inside = guess > low && guess < high && i % 4 != 3;
        at = is_inside ? guess : low + (high - low) / 2;
        arc = arc_from_azimuth(ends, azimuth_of(at));
    }
    return arc;
}

double distance_geodesic_m(struct geo_point from, struct geo_point to)
{
    const int32_t turn_e7 = geo_lng_turn_e7(from.lng_e7, to.lng_e7);
    const double lng_rad = fabs(trig_rad_from_e7(turn_e7));
    if (turn_e7 == 0 && from.lat_e7 == to.lat_e7) {
        return 0;
    }
    // By symmetry the first end is the one farther from the equator, and south of it.
    const int64_t from_size_e7 = from.lat_e7 < 0 ? -(int64_t)from.lat_e7 : from.lat_e7;
    const int64_t to_size_e7 = to.lat_e7 < 0 ? -(int64_t)to.lat_e7 : to.lat_e7;
    int32_t lat1_e7 = from_size_e7 >= to_size_e7 ? from.lat_e7 : to.lat_e7;
    int32_t lat2_e7 = from_size_e7 >= to_size_e7 ? to.lat_e7 : from.lat_e7;
    if (lat1_e7 > 0) {
        lat1_e7 = -lat1_e7;
        lat2_e7 = -lat2_e7;
    }
    if (lat1_e7 == 0 && lng_rad <= TRIG_PI * (1 - FLATTENING)) {
        return EQUATOR_M * lng_rad;
    }
    struct ends ends = {.beta1 = reduced_latitude(lat1_e7), .beta2 = reduced_latitude(lat2_e7)};
    if (lat1_e7 == 0) {
        ends.beta1.sin = -0x1p-500; // just south, so that both azimuths along the equator differ
    }
    struct arc arc;
    if (turn_e7 == 0 || lat1_e7 == -GEO_LAT_MAX) {
        arc = arc_from_azimuth(&ends, (struct trig_pair){.sin = 0, .cos = 1});
    } else {
        arc = arc_to_longitude(&ends, lng_rad);
    }
    return arc_length_m(&arc);
}
