// Postcode: one document for each code of a country, from its boundary or from the addresses in it.
#ifndef ATLAS_BUILD_POSTCODE_H
#define ATLAS_BUILD_POSTCODE_H

#include "atlas/build_world.h"

// The middle of what has been seen, for documents that only tags know of.
struct build_centre {
    uint32_t draft;
    uint32_t count;
    struct geo_point first;
    int64_t lng_sum_e7, lat_sum_e7;  // of the ways from the first to each, so that 180 is no border
    double lng_squares, lat_squares; // of the same, in degrees
    int32_t west_e7, south_e7, east_e7, north_e7; // the farthest of them
};

static inline void build_centre_add(struct build_centre *centre, struct geo_point point)
{
    if (centre->count++ == 0) {
        centre->first = point;
    }
    const int32_t lng_e7 = (int32_t)geo_lng_turn_e7(centre->first.lng_e7, point.lng_e7);
    const int32_t lat_e7 = point.lat_e7 - centre->first.lat_e7;
    centre->lng_sum_e7 += lng_e7;
    centre->lat_sum_e7 += lat_e7;
    centre->lng_squares += (double)lng_e7 * lng_e7 * 1e-14;
    centre->lat_squares += (double)lat_e7 * lat_e7 * 1e-14;
    centre->west_e7 = lng_e7 < centre->west_e7 ? lng_e7 : centre->west_e7;
    centre->east_e7 = lng_e7 > centre->east_e7 ? lng_e7 : centre->east_e7;
    centre->south_e7 = lat_e7 < centre->south_e7 ? lat_e7 : centre->south_e7;
    centre->north_e7 = lat_e7 > centre->north_e7 ? lat_e7 : centre->north_e7;
}

// Puts the draft's pin there.
void build_centre_settle(const struct build_centre *centre, struct world *world);
// Gives a draft without an outline the extent of what has been seen; what lies more than three standard
// deviations off (a slip in a code) is left out.
void build_centre_bound(const struct build_centre *centre, struct world *world);

MUST_USE enum status build_postcodes_new(struct world *world, struct fault *fault);
void build_postcodes_free(struct world *world);

// The document of a code, made at its first use; BUILD_NONE for what is no single code. A point
// that is not NULL is one of an address with it.
MUST_USE enum status build_postcode_find(struct world *world, struct bytes text, uint16_t country,
                                         const struct geo_point *point, uint32_t *draft,
                                         struct fault *fault);

// Makes the document of a postcode boundary or point.
MUST_USE enum status build_postcode_place(struct world *world, uint32_t place, struct bytes text,
                                          struct fault *fault);

// Counts an address with the code for a locality; BUILD_NONE for either is nothing.
void build_postcode_vote(struct world *world, uint32_t postcode, uint32_t locality);

// Puts the pins of codes without outline in the middle of their addresses.
void build_postcodes_settle(struct world *world);

// Once their chains are known: a code that more than half of its addresses share with one locality lies in
// that; codes without outline get an extent.
MUST_USE enum status build_postcodes_bound(struct world *world, struct fault *fault);

#endif
