// Collect: features come in one by one and are parted into places and things.
#ifndef ATLAS_BUILD_COLLECT_H
#define ATLAS_BUILD_COLLECT_H

#include "atlas/build_world.h"

// What a source calls with each feature; `context` is the world.
MUST_USE enum status build_collect_feature(void *context, const struct feature *feature,
                                           struct fault *fault);

#endif
