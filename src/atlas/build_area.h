// Area: which of the places with an outline contain a point, while the build runs.
//
// The same index as the atlas has (index/areas.h), built into a temporary file with the places'
// indices as references, since documents have no numbers yet.
#ifndef ATLAS_BUILD_AREA_H
#define ATLAS_BUILD_AREA_H

#include "atlas/build_world.h"

enum { BUILD_AREAS_MAX = 64 }; // containing one point; more are ignored

// Indexes the rings of all places. Sets world->areas.
MUST_USE enum status build_areas_open(struct world *world, struct fault *fault);
void build_areas_close(struct world *world);

// Places whose outline contains the point, ascending. At most BUILD_AREAS_MAX.
size_t build_areas_at(const struct world *world, struct geo_point point,
                      uint32_t places[BUILD_AREAS_MAX]);

// The outline of a run of world.rings; valid while the spool is.
MUST_USE enum status build_rings_at(struct world *world, uint32_t run, struct geo_rings *rings,
                                    struct fault *fault);

#endif
