// What building, reading and verifying a point index share.
#ifndef INDEX_POINTS_PRIVATE_H
#define INDEX_POINTS_PRIVATE_H

#include "index/points.h"

#define POINTS_NAME "point index"

static inline struct tree_box points_item_box(const void *bytes)
{
    struct points_item item;
    memcpy(&item, bytes, sizeof(item));
    return (struct tree_box){.west_e7 = item.lng_e7,
                             .south_e7 = item.lat_e7,
                             .east_e7 = item.lng_e7,
                             .north_e7 = item.lat_e7};
}

#endif
