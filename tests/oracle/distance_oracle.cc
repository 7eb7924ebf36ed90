// Are our distances GeographicLib's? Geodesics on WGS 84 and great circles of the mean radius, from
// neighbours to antipodes.
#include <GeographicLib/Geodesic.hpp>
#include <cmath>

#include "oracle.h"

// In long double, by the angle between unit vectors.
static long double great_circle_m(geo_point a, geo_point b)
{
    const long double rad = 3.14159265358979323846264338327950288L / 180e7L;
    const long double lat_a = a.lat_e7 * rad;
    const long double lat_b = b.lat_e7 * rad;
    const long double turn = (static_cast<int64_t>(b.lng_e7) - a.lng_e7) * rad;
    const long double across = std::cos(lat_b) * std::sin(turn);
    const long double along =
        std::cos(lat_a) * std::sin(lat_b) - std::sin(lat_a) * std::cos(lat_b) * std::cos(turn);
    const long double dot =
        std::sin(lat_a) * std::sin(lat_b) + std::cos(lat_a) * std::cos(lat_b) * std::cos(turn);
    return 6371008.8L * std::atan2(std::hypot(across, along), dot);
}

static double bearing_error_deg(geo_point a, geo_point b)
{
    const double rad = M_PI / 180e7;
    const double turn = static_cast<double>(static_cast<int64_t>(b.lng_e7) - a.lng_e7) * rad;
    const double y = std::cos(b.lat_e7 * rad) * std::sin(turn);
    const double x = std::cos(a.lat_e7 * rad) * std::sin(b.lat_e7 * rad) -
                     std::sin(a.lat_e7 * rad) * std::cos(b.lat_e7 * rad) * std::cos(turn);
    const double bearing_deg = distance_bearing_deg(a, b);
    return std::abs(std::remainder(std::atan2(y, x) * 180 / M_PI - bearing_deg, 360));
}

int main()
{
    Chance chance;
    Verdict verdict;
    const GeographicLib::Geodesic &wgs84 = GeographicLib::Geodesic::WGS84();
    const long count = oracle_count(200000);
    double worst_geodesic_m = 0;
    double worst_circle_m = 0;
    for (long i = 0; i < count; i++) {
        const geo_point a = chance.point();
        geo_point b = chance.point();
        const int64_t reaches_e7[] = {10, 10000, 1000000, 100000000};
        if (i % 3 == 0) {
            b = chance.near(a, reaches_e7[chance.between(0, 3)]);
        } else if (i % 3 == 1) { // about the antipode, where iterations fail
            const geo_point opposite = {
                a.lng_e7 > 0 ? a.lng_e7 - GEO_LNG_MAX : a.lng_e7 + GEO_LNG_MAX, -a.lat_e7};
            b = chance.near(opposite, reaches_e7[chance.between(0, 3)]);
        }
        double theirs_m;
        wgs84.Inverse(a.lat_e7 / 1e7, a.lng_e7 / 1e7, b.lat_e7 / 1e7, b.lng_e7 / 1e7, theirs_m);
        const double off_m = std::abs(distance_geodesic_m(a, b) - theirs_m);
        worst_geodesic_m = std::max(worst_geodesic_m, off_m);
        verdict.check(off_m < 1e-7, "geodesic", a, b);

        const double circle_m = distance_m(a, b);
        const double circle_off_m = std::abs(static_cast<double>(great_circle_m(a, b) - circle_m));
        worst_circle_m = std::max(worst_circle_m, circle_off_m);
        verdict.check(circle_off_m < 1e-8, "great circle", a, b);
        verdict.check(circle_m == distance_m(b, a), "symmetry", a, b);
        if (circle_m > 1 && circle_m < 2e7 && std::abs(a.lat_e7) < 899000000) {
            verdict.check(bearing_error_deg(a, b) < 1e-6, "bearing", a, b);
        }
    }
    std::printf("%ld pairs: worst geodesic %.2e m, worst great circle %.2e m\n", count,
                worst_geodesic_m, worst_circle_m);
    return verdict.exit_status();
}
