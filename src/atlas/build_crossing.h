// Crossing: where streets of different names meet.
//
//   pieces of streets --nodes (a sorter)--> nodes of two streets --pairs (a sorter)--> crossings
//
// Two pieces meet at a node both have; where a source gives no ids of nodes, at a point both have.
// Dual carriageways meet several times within some metres: what lies within 50 m of each other is one
// crossing, in the middle. Its id hashes the two names and its least node, so it outlives a rebuild.
#ifndef ATLAS_BUILD_CROSSING_H
#define ATLAS_BUILD_CROSSING_H

#include "atlas/build_write.h"

// What waits in world->crossings.
struct crossing_draft {
    uint64_t id;
    struct geo_point point;
    uint32_t streets[2]; // drafts
    uint32_t chain;      // list
    uint32_t reserved;
};

// world->crossing_nodes and world->crossings.
MUST_USE enum status build_crossings_new(struct world *world, struct fault *fault);

// Takes the nodes of one piece of a street (a draft).
MUST_USE enum status build_crossing_piece(struct world *world, uint32_t street,
                                          const struct feature *piece, struct fault *fault);

// After the last street with a line, before contexts are settled: finds the crossings.
MUST_USE enum status build_crossings(struct world *world, struct fault *fault);

// Called for each row of XING, in order.
typedef enum status build_crossing_take(void *context, uint64_t id, uint32_t row,
                                        struct fault *fault);

// Writes XING, XREV and XPNT.
MUST_USE enum status build_crossings_write(struct build_output *output, struct build_chains *chains,
                                           build_crossing_take *take, void *context,
                                           struct fault *fault);

#endif
