// Nearby: the places of interest of some categories nearest to a point. Private to the search.
//
// Documents of a layer are numbered by cell, so a circle is a few ranges of them, and the lists of the categories
// are cut by those. Circles grow until enough is found: the cost is that of what is looked at near the point,
// however many places there are farther away.
#ifndef SEARCH_NEARBY_H
#define SEARCH_NEARBY_H

#include "atlas/atlas.h"
#include "index/ranges.h"

struct nearby_hit {
    uint32_t doc;
    double distance_m;
};

struct nearby {
    const struct atlas *atlas;
    struct geo_point centre;
    double radius_m;                    // from the first circle to the last
    const struct ranges_region *region; // where to look at once, instead of circles; NULL: circles
    const struct atlas_list
        *lists; // ascending documents or postings; no list: every place of interest
    unsigned list_count;
    bool (*wanted)(void *context, uint32_t doc); // NULL: all
    void *context;
};

// The at most `capacity` nearest, nearest first, equally near ones by document; each once.
unsigned nearby_find(const struct nearby *nearby, struct nearby_hit *hits, unsigned capacity);

#endif
