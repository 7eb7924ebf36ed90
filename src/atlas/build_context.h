// Context: what a point and the words of its address say of where it is.
//
//   point  ->  location: country, locality, postcode boundary, containing drafts (by the outlines)
//   words  ->  postcode, city and suburb as tagged: drafts known, or made here when nothing is known
//
// Both together give the chain of a house row or a document: the postcode, the city, the suburb,
// then the containing areas from the smallest to the largest, each once.
#ifndef ATLAS_BUILD_CONTEXT_H
#define ATLAS_BUILD_CONTEXT_H

#include "atlas/build_location.h"
#include "atlas/build_world.h"

struct context {
    uint32_t postcode; // drafts or BUILD_NONE
    uint32_t locality;
    uint32_t suburb;
    uint32_t location; // number, for build_location_at
    uint16_t country;  // 0 unknown
    uint16_t reserved; // 0: contexts are compared as bytes
};

// What contexts are found by; world->locations, cities and postcodes.
MUST_USE enum status build_contexts_new(struct world *world, struct fault *fault);
void build_contexts_free(struct world *world);

// After build_places: makes the documents of postcode outlines; from now on contexts are found.
MUST_USE enum status build_contexts_ready(struct world *world, struct fault *fault);

MUST_USE enum status build_context_find(struct world *world, struct geo_point point,
                                        const struct feature_address *address,
                                        struct context *context, struct fault *fault);

// The number of the chain of a context (world->lists), without `self` (BUILD_NONE: no such).
MUST_USE enum status build_context_chain(struct world *world, const struct context *context,
                                         uint32_t self, uint32_t *list, struct fault *fault);

// Once, after all addresses have been seen: documents made from tags alone get the middle of the
// addresses that named them, and every document of these layers its chain.
MUST_USE enum status build_contexts_settle(struct world *world, struct fault *fault);

#endif
