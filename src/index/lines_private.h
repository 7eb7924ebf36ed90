// What building, reading and verifying a line index share.
#ifndef INDEX_LINES_PRIVATE_H
#define INDEX_LINES_PRIVATE_H

#include "geo/cell.h"
#include "index/lines.h"

#define LINES_NAME "line index"

enum { LINES_WORDS = sizeof(struct lines_block) / sizeof(int32_t) / TREE_FANOUT };

// The smallest box of a piece (lng, lat, lng, lat), one that does not cross the antimeridian.
static inline struct tree_box lines_item_box(const int32_t *words)
{
    return (struct tree_box){
        .west_e7 = words[0] < words[2] ? words[0] : words[2],
        .south_e7 = words[1] < words[3] ? words[1] : words[3],
        .east_e7 = words[0] < words[2] ? words[2] : words[0],
        .north_e7 = words[1] < words[3] ? words[3] : words[1],
    };
}

// The leaf in the middle of a piece: where it stands in the order.
static inline cell_id lines_item_leaf(struct geo_point from, struct geo_point to)
{
    const struct geo_point middle = {
        .lng_e7 = (int32_t)(((int64_t)from.lng_e7 + to.lng_e7) / 2),
        .lat_e7 = (int32_t)(((int64_t)from.lat_e7 + to.lat_e7) / 2),
    };
    return cell_from_point(middle, CELL_LEVEL_MAX);
}

#endif
