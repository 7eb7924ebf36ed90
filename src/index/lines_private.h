// What building, reading and verifying a line index share.
#ifndef INDEX_LINES_PRIVATE_H
#define INDEX_LINES_PRIVATE_H

#include "geo/cell.h"
#include "index/lines.h"

#define LINES_NAME "line index"

// The smallest box of a piece; of one that crosses the antimeridian, all longitudes.
static inline struct tree_box lines_item_box(const void *bytes)
{
    struct lines_item item;
    memcpy(&item, bytes, sizeof(item));
    struct tree_box box = {
        .west_e7 = item.from.lng_e7 < item.to.lng_e7 ? item.from.lng_e7 : item.to.lng_e7,
        .south_e7 = item.from.lat_e7 < item.to.lat_e7 ? item.from.lat_e7 : item.to.lat_e7,
        .east_e7 = item.from.lng_e7 < item.to.lng_e7 ? item.to.lng_e7 : item.from.lng_e7,
        .north_e7 = item.from.lat_e7 < item.to.lat_e7 ? item.to.lat_e7 : item.from.lat_e7,
    };
    if ((int64_t)box.east_e7 - box.west_e7 > GEO_LNG_MAX) {
        box.west_e7 = -GEO_LNG_MAX;
        box.east_e7 = GEO_LNG_MAX;
    }
    return box;
}

// The leaf in the middle of a piece: where it stands in the order.
static inline cell_id lines_item_leaf(const struct lines_item *item)
{
    const int64_t turn_e7 = geo_lng_turn_e7(item->from.lng_e7, item->to.lng_e7);
    const int64_t lng_e7 = item->from.lng_e7 + turn_e7 / 2;
    const struct geo_point middle = {
        .lng_e7 = (int32_t)(lng_e7 > GEO_LNG_MAX    ? lng_e7 - 2 * (int64_t)GEO_LNG_MAX
                            : lng_e7 < -GEO_LNG_MAX ? lng_e7 + 2 * (int64_t)GEO_LNG_MAX
                                                    : lng_e7),
        .lat_e7 = (int32_t)(((int64_t)item->from.lat_e7 + item->to.lat_e7) / 2),
    };
    return cell_from_point(middle, CELL_LEVEL_MAX);
}

#endif
