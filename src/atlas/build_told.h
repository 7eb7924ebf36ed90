// Told: parts of towns that no outline puts anywhere, but that say which town they are in, as tables of
// places do ("neighbourhood, city, region"). OpenStreetMap's are left to outlines.
#ifndef ATLAS_BUILD_TOLD_H
#define ATLAS_BUILD_TOLD_H

#include "atlas/build_world.h"

// Before the towns are settled: those that only such parts know of are made.
MUST_USE enum status build_told_towns(struct world *world, struct fault *fault);

// After the chains by outlines: the town goes into the chains of its parts.
MUST_USE enum status build_told_chains(struct world *world, struct fault *fault);

#endif
