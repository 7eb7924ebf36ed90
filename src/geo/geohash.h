// Geohash: a box of the map as a short text, base 32, bits of longitude and latitude in turn
// (Niemeyer 2008).
//
// Pure; any thread. Encoding is exact in whole numbers; a place at 180 or 90 degrees is in the last
// box.
#ifndef GEO_GEOHASH_H
#define GEO_GEOHASH_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "geo/point.h"

enum { GEOHASH_SIZE_MAX = 12 };

// Writes `size` letters (1 to GEOHASH_SIZE_MAX), no NUL.
void geohash_format(struct geo_point point, unsigned size, char *text);

struct geohash_box {
    double west_deg, south_deg, east_deg, north_deg;
};

// Capitals count as small letters. False for an empty text, one of more than GEOHASH_SIZE_MAX letters
// and letters that no geohash has (a, i, l, o); then nothing is written.
MUST_USE bool geohash_parse(struct bytes text, struct geohash_box *box);

// Rounded to units.
struct geo_box geohash_geo_box(struct geohash_box box);

#endif
