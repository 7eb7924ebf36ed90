// Twin: which objects of the sources are one place.
#ifndef ATLAS_BUILD_TWIN_H
#define ATLAS_BUILD_TWIN_H

#include "atlas/build_world.h"

struct build_twin {
    uint32_t root; // the place that has the document
    uint32_t place;
};

// Joins places (place.twin) and lists all of them by root, the root itself first. The list, of
// world->place_count items, is the caller's (memory_give), also when this fails.
MUST_USE enum status build_twins_find(struct world *world, struct build_twin **twins,
                                      struct fault *fault);

#endif
