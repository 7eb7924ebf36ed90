// What building, reading and verifying a point index share.
#ifndef INDEX_POINTS_PRIVATE_H
#define INDEX_POINTS_PRIVATE_H

#include "index/points.h"

#define POINTS_NAME "point index"

enum { POINTS_WORDS = sizeof(struct points_block) / sizeof(int32_t) / TREE_FANOUT };

static inline struct tree_box points_item_box(const int32_t *words)
{
    return (struct tree_box){
        .west_e7 = words[0], .south_e7 = words[1], .east_e7 = words[0], .north_e7 = words[1]};
}

#endif
