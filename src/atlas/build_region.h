// Region: what settlements say of the region they are in, where no boundary tells it.
//
// A row of GeoNames names its region (with admin1CodesASCII among the inputs). Where the settlement lies
// in no region's outline, the region of that code or name in its country contains it; one that nothing else
// knows is made, in the middle of its settlements. An outline of the world layer is simplified: a row that names
// another region that is there is believed (St. Louis is not in Illinois).
#ifndef ATLAS_BUILD_REGION_H
#define ATLAS_BUILD_REGION_H

#include "atlas/build_world.h"

// Sets draft.region of settlements. Once places have their drafts, before the chains are made.
MUST_USE enum status build_regions_name(struct world *world, struct fault *fault);

#endif
