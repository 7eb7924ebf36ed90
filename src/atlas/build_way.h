// Ways: of which objects of its source a street is made, where it is made of several.
#ifndef ATLAS_BUILD_WAY_H
#define ATLAS_BUILD_WAY_H

#include "atlas/build_write.h"

MUST_USE enum status build_way_add(struct world *world, uint32_t draft, uint64_t id,
                                   struct geo_box box, struct fault *fault);
// The section WAYS.
MUST_USE enum status build_ways_write(struct build_output *output, struct fault *fault);

#endif
