// Probe: places around a point, for questions to coarse outlines that the point just misses.
#ifndef ATLAS_PROBE_H
#define ATLAS_PROBE_H

#include "geo/point.h"

enum { PROBE_SIDES = 8, PROBE_COUNT = 6 * PROBE_SIDES };

// The first of those 3 km away.
enum { PROBE_FAR_FIRST = 2 * PROBE_SIDES };

// The i-th of PROBE_COUNT places, from the nearest to 25 km away; eight at each distance.
static inline struct geo_point probe_at(struct geo_point point, unsigned i)
{
    static const uint16_t radius_m[] = {300, 1000, 3000, 8000, 16000, 25000};
    const struct geo_box box = geo_box_around(point, radius_m[i / PROBE_SIDES]);
    const int32_t lngs[] = {box.west_e7, point.lng_e7, box.east_e7};
    const int32_t lats[] = {box.south_e7, point.lat_e7, box.north_e7};
    static const uint8_t columns[PROBE_SIDES] = {1, 2, 1, 0, 0, 2, 2, 0};
    static const uint8_t rows[PROBE_SIDES] = {2, 1, 0, 1, 2, 2, 0, 0};
    return (struct geo_point){.lng_e7 = lngs[columns[i % PROBE_SIDES]],
                              .lat_e7 = lats[rows[i % PROBE_SIDES]]};
}

#endif
