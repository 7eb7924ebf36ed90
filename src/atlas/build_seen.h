// Seen: objects that several inputs have, such as two extracts that overlap, are taken once.
//
// The ids of each input go to a spool; when a later input has ids of the same kind, those of the earlier
// ones are read into a set (some 12 bytes each). The first input that has an object gives it. With
// one input nothing is kept.
#ifndef ATLAS_BUILD_SEEN_H
#define ATLAS_BUILD_SEEN_H

#include "atlas/build_world.h"

MUST_USE enum status build_seen_new(struct world *world, struct fault *fault);
void build_seen_free(struct world *world);

// Whether an earlier input had the object; if not, it is known from now on.
MUST_USE enum status build_seen_check(struct world *world, const struct feature *feature,
                                      bool *is_seen, struct fault *fault);

#endif
