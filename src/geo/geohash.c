#include "geo/geohash.h"

#include <string.h>

enum { LETTER_BITS = 5, AXIS_BITS = 30 };

static const char letters[] = "0123456789bcdefghjkmnpqrstuvwxyz";

// Which of 2^30 equal parts of the axis.
static uint32_t part_of(int32_t angle_e7, int64_t most_e7)
{
    const uint64_t from_low_e7 = (uint64_t)(angle_e7 + most_e7);
    const uint64_t part = (from_low_e7 << AXIS_BITS) / (uint64_t)(2 * most_e7);
    const uint64_t last = (UINT64_C(1) << AXIS_BITS) - 1;
    return (uint32_t)(part < last ? part : last);
}

void geohash_format(struct geo_point point, unsigned size, char *text)
{
    const uint32_t axes[2] = {part_of(point.lng_e7, GEO_LNG_MAX),
                              part_of(point.lat_e7, GEO_LAT_MAX)};
    unsigned bit = 0; // longitude first
    for (unsigned i = 0; i < size; i++) {
        unsigned letter = 0;
        for (unsigned k = 0; k < LETTER_BITS; k++, bit++) {
            letter = letter << 1 | (axes[bit & 1] >> (AXIS_BITS - 1 - bit / 2) & 1);
        }
        text[i] = letters[letter];
    }
}

bool geohash_parse(struct bytes text, struct geohash_box *box)
{
    if (text.size == 0 || text.size > GEOHASH_SIZE_MAX) {
        return false;
    }
    double low[2] = {-180, -90};
    double size[2] = {360, 180};
    unsigned bit = 0;
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];
        const int lower = byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
        const char *const found = lower == 0 ? NULL : strchr(letters, lower);
        if (found == NULL) {
            return false;
        }
        for (int k = LETTER_BITS - 1; k >= 0; k--, bit++) {
            size[bit & 1] /= 2; // all exact: few bits
            low[bit & 1] += (found - letters) >> k & 1 ? size[bit & 1] : 0;
        }
    }
    *box = (struct geohash_box){.west_deg = low[0],
                                .south_deg = low[1],
                                .east_deg = low[0] + size[0],
                                .north_deg = low[1] + size[1]};
    return true;
}

struct geo_box geohash_geo_box(struct geohash_box box)
{
    return (struct geo_box){.west_e7 = geo_e7_from_deg(box.west_deg),
                            .south_e7 = geo_e7_from_deg(box.south_deg),
                            .east_e7 = geo_e7_from_deg(box.east_deg),
                            .north_e7 = geo_e7_from_deg(box.north_deg)};
}
