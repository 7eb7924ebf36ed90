// Run: the stages of a build, one after the other (build_world.h has their order).
#ifndef ATLAS_BUILD_RUN_H
#define ATLAS_BUILD_RUN_H

#include "atlas/build_world.h"
#include "atlas/build_write.h"

// Hands all features to build_collect_feature, and says where they are from: `sources` has one item
// for each input of the options.
typedef enum status build_feed(void *context, struct world *world, struct build_source *sources,
                               struct fault *fault);

MUST_USE enum status build_run(const struct build_options *options, build_feed *feed, void *context,
                               struct build_report *report, struct fault *fault);

#endif
