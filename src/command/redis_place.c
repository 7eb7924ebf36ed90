// Places as Redis keeps them: geohashes of 26 bits of longitude and 26 of latitude in turn, within
// 85.05112878 degrees of the equator; and the nine squares around a search, in Redis's order.
//
// Distances are Redis's: a sphere of 6,372,797.560856 m, computed with the C library's functions as
// there, so that every digit is the same.
#include <math.h>

#include "command/redis_private.h"

enum { STEP_MAX = 26 };

#define EARTH_M      6372797.560856
#define MERCATOR_M   20037726.37
#define RAD_FROM_DEG (M_PI / 180.0)

// A square of the map: how many bits of each axis, and which.
struct square {
    int step;
    uint32_t x, y;
};

struct bounds {
    double west, south, east, north;
};

// Every second bit, from the lowest.
static uint64_t spread(uint32_t value)
{
    uint64_t bits = value;
    bits = (bits | bits << 16) & UINT64_C(0x0000ffff0000ffff);
    bits = (bits | bits << 8) & UINT64_C(0x00ff00ff00ff00ff);
    bits = (bits | bits << 4) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    bits = (bits | bits << 2) & UINT64_C(0x3333333333333333);
    return (bits | bits << 1) & UINT64_C(0x5555555555555555);
}

static uint32_t gathered(uint64_t bits)
{
    bits &= UINT64_C(0x5555555555555555);
    bits = (bits | bits >> 1) & UINT64_C(0x3333333333333333);
    bits = (bits | bits >> 2) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    bits = (bits | bits >> 4) & UINT64_C(0x00ff00ff00ff00ff);
    bits = (bits | bits >> 8) & UINT64_C(0x0000ffff0000ffff);
    return (uint32_t)(bits | bits >> 16);
}

static struct square square_at(struct redis_place place, int step, double lat_max)
{
    const double share_y = (place.lat_deg + lat_max) / (2 * lat_max);
    const double share_x = (place.lng_deg + REDIS_LNG_MAX) / (2 * REDIS_LNG_MAX);
    const double parts = (double)(UINT64_C(1) << step);
    return (struct square){
        .step = step, .x = (uint32_t)(share_x * parts), .y = (uint32_t)(share_y * parts)};
}

static uint64_t bits_of(struct square square)
{
    return spread(square.y) | spread(square.x) << 1;
}

static struct bounds bounds_of(struct square square)
{
    const double parts = (double)(UINT64_C(1) << square.step);
    const double width = 2 * REDIS_LNG_MAX;
    const double height = 2 * REDIS_LAT_MAX;
    return (struct bounds){.west = -REDIS_LNG_MAX + (square.x * 1.0 / parts) * width,
                           .south = -REDIS_LAT_MAX + (square.y * 1.0 / parts) * height,
                           .east = -REDIS_LNG_MAX + ((square.x + 1) * 1.0 / parts) * width,
                           .north = -REDIS_LAT_MAX + ((square.y + 1) * 1.0 / parts) * height};
}

uint64_t redis_encode(struct redis_place place)
{
    return bits_of(square_at(place, STEP_MAX, REDIS_LAT_MAX));
}

static double clamped(double value, double most)
{
    return value > most ? most : value < -most ? -most : value;
}

struct redis_place redis_decode(uint64_t score)
{
    const struct bounds bounds = bounds_of(
        (struct square){.step = STEP_MAX, .x = gathered(score >> 1), .y = gathered(score)});
    return (struct redis_place){.lng_deg = clamped((bounds.west + bounds.east) / 2, REDIS_LNG_MAX),
                                .lat_deg =
                                    clamped((bounds.south + bounds.north) / 2, REDIS_LAT_MAX)};
}

void redis_geohash(struct redis_place place, char text[11])
{
    static const char letters[] = "0123456789bcdefghjkmnpqrstuvwxyz";
    const uint64_t bits = bits_of(square_at(place, STEP_MAX, 90));
    for (int i = 0; i < 10; i++) {
        text[i] = letters[bits >> (52 - (i + 1) * 5) & 31];
    }
    text[10] = '0';
}

double redis_distance_m(struct redis_place from, struct redis_place to)
{
    const double from_lng = from.lng_deg * RAD_FROM_DEG;
    const double to_lng = to.lng_deg * RAD_FROM_DEG;
    const double v = sin((to_lng - from_lng) / 2);
    const double from_lat = from.lat_deg * RAD_FROM_DEG;
    const double to_lat = to.lat_deg * RAD_FROM_DEG;
    const double u = sin((to_lat - from_lat) / 2);
    return 2.0 * EARTH_M * asin(sqrt(u * u + cos(from_lat) * cos(to_lat) * v * v));
}

static double meridian_distance_m(double from_deg, double to_deg)
{
    return EARTH_M * fabs(to_deg * RAD_FROM_DEG - from_deg * RAD_FROM_DEG);
}

bool redis_area_holds(const struct redis_area *area, struct redis_place place, double *distance_m)
{
    if (area->kind == REDIS_RADIUS) {
        *distance_m = redis_distance_m(area->centre, place);
        return *distance_m <= area->radius * area->unit_m;
    }
    if (area->kind == REDIS_POLYGON) {
        *distance_m = redis_distance_m(area->centre, place);
        return shape_contains_point(area->polygon, GEO_POINT(place.lng_deg, place.lat_deg));
    }
    if (meridian_distance_m(place.lat_deg, area->centre.lat_deg) >
        area->height * area->unit_m / 2) {
        return false;
    }
    const struct redis_place aside = {.lng_deg = area->centre.lng_deg, .lat_deg = place.lat_deg};
    if (redis_distance_m(place, aside) > area->width * area->unit_m / 2) {
        return false;
    }
    *distance_m = redis_distance_m(area->centre, place);
    return true;
}

static int step_for(double reach_m, double lat_deg)
{
    if (!(reach_m > 0)) {
        return STEP_MAX;
    }
    int step = 1;
    while (reach_m < MERCATOR_M) {
        reach_m *= 2;
        step++;
    }
    step -= 2;
    step -= (lat_deg > 66 || lat_deg < -66) + (lat_deg > 80 || lat_deg < -80);
    return step < 1 ? 1 : step > STEP_MAX ? STEP_MAX : step;
}

static struct bounds bounds_of_area(const struct redis_area *area)
{
    if (area->kind == REDIS_POLYGON) {
        const struct geo_box box = shape_box(area->polygon);
        return (struct bounds){.west = geo_deg_from_e7(box.west_e7),
                               .south = geo_deg_from_e7(box.south_e7),
                               .east = geo_deg_from_e7(box.east_e7),
                               .north = geo_deg_from_e7(box.north_e7)};
    }
    const bool is_round = area->kind == REDIS_RADIUS;
    const double height_m = area->unit_m * (is_round ? area->radius : area->height / 2);
    const double width_m = area->unit_m * (is_round ? area->radius : area->width / 2);
    const struct redis_place centre = area->centre;
    const double lat_off = height_m / EARTH_M / RAD_FROM_DEG;
    const double wide_lat =
        centre.lat_deg < 0 ? centre.lat_deg - lat_off : centre.lat_deg + lat_off;
    const double lng_off = width_m / EARTH_M / cos(wide_lat * RAD_FROM_DEG) / RAD_FROM_DEG;
    return (struct bounds){.west = centre.lng_deg - lng_off,
                           .south = centre.lat_deg - lat_off,
                           .east = centre.lng_deg + lng_off,
                           .north = centre.lat_deg + lat_off};
}

static struct square square_beside(struct square square, int east, int north)
{
    const uint32_t mask = (uint32_t)((UINT64_C(1) << square.step) - 1);
    square.x = (square.x + (uint32_t)east) & mask;
    square.y = (square.y + (uint32_t)north) & mask;
    return square;
}

static double reach_of_m(const struct redis_area *area, struct bounds bounds)
{
    if (area->kind == REDIS_RADIUS) {
        return area->radius * area->unit_m;
    }
    if (area->kind == REDIS_BOX) {
        return sqrt((area->width / 2) * (area->width / 2) +
                    (area->height / 2) * (area->height / 2)) *
               area->unit_m;
    }
    return redis_distance_m((struct redis_place){bounds.west, bounds.south},
                            (struct redis_place){bounds.east, bounds.north});
}

// Itself, north, south, east, west, north-east, north-west, south-east, south-west.
static const int8_t beside[9][2] = {{0, 0}, {0, 1},  {0, -1}, {1, 0},  {-1, 0},
                                    {1, 1}, {-1, 1}, {1, -1}, {-1, -1}};

size_t redis_area_ranges(const struct redis_area *area, struct redis_range ranges[9])
{
    const struct bounds wanted = bounds_of_area(area);
    int step = step_for(reach_of_m(area, wanted), area->centre.lat_deg);
    struct square square = square_at(area->centre, step, REDIS_LAT_MAX);
    const bool is_too_small = bounds_of(square_beside(square, 0, 1)).north < wanted.north ||
                              bounds_of(square_beside(square, 0, -1)).south > wanted.south ||
                              bounds_of(square_beside(square, 1, 0)).east < wanted.east ||
                              bounds_of(square_beside(square, -1, 0)).west > wanted.west;
    if (step > 1 && is_too_small) {
        step--;
        square = square_at(area->centre, step, REDIS_LAT_MAX);
    }
    const struct bounds own = bounds_of(square);
    size_t count = 0;
    struct square last = {0};
    bool has_last = false;
    for (int i = 0; i < 9; i++) {
        const int east = beside[i][0];
        const int north = beside[i][1];
        const bool is_useless =
            step >= 2 &&
            ((north < 0 && own.south < wanted.south) || (north > 0 && own.north > wanted.north) ||
             (east < 0 && own.west < wanted.west) || (east > 0 && own.east > wanted.east));
        const struct square next = square_beside(square, east, north);
        if (is_useless || (has_last && next.x == last.x && next.y == last.y)) {
            continue;
        }
        const int shift = 52 - 2 * step;
        ranges[count++] = (struct redis_range){.from = bits_of(next) << shift,
                                               .until = (bits_of(next) + 1) << shift};
        last = next;
        has_last = i > 0; // Redis compares with the one before, but not with the first
    }
    return count;
}
