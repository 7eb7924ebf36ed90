// Context: what a point and the words of its address say of where it is.
//
//   point  ->  location: country, locality, postcode boundary, containing drafts (by the areas)
//   words  ->  postcode, city and suburb as tagged: drafts known, or made here when nothing is known
//
// Both together give the chain of a house row or a document: the postcode, the city, the suburb, then
// the containing areas from the smallest to the largest, each once.
#ifndef ATLAS_BUILD_CONTEXT_H
#define ATLAS_BUILD_CONTEXT_H

#include "atlas/build_world.h"

// One for every set of areas that contains some point.
struct location {
    uint32_t list;     // of drafts, smallest first
    uint32_t locality; // the smallest draft of that layer among them; BUILD_NONE
    uint32_t region;   // the same
    uint32_t postcode; // BUILD_NONE
    uint16_t country;  // 0 unknown
    bool has_boundary; // the country is certain
    bool has_part;     // the list has parts of localities
    bool has_parent;   // and what contains localities
};

struct context {
    uint32_t postcode; // drafts or BUILD_NONE
    uint32_t locality;
    uint32_t suburb;
    uint32_t location; // number, for build_location_at
    uint16_t country;
};

// The dictionaries behind it: city names, postcodes, locations met.
MUST_USE enum status build_contexts_new(struct world *world, struct fault *fault);
void build_contexts_free(struct world *world);

// After build_places: makes the documents of postcode outlines; from now on contexts are found.
MUST_USE enum status build_contexts_ready(struct world *world, struct fault *fault);

MUST_USE enum status build_context_find(struct world *world, struct geo_point point,
                                        const struct feature_address *address,
                                        struct context *context, struct fault *fault);

const struct location *build_location_at(const struct world *world, uint32_t location);

// The number of the chain of a context (world->lists), without `self` (BUILD_NONE: no such).
MUST_USE enum status build_context_chain(struct world *world, const struct context *context,
                                         uint32_t self, uint32_t *list, struct fault *fault);

// Drafts made from tags alone get the middle of the addresses that named them. Once, after all
// addresses have been seen.
void build_contexts_settle(struct world *world);

// The chains of places, postcodes and derived localities; then every document of these layers has
// one.
MUST_USE enum status build_place_chains(struct world *world, struct fault *fault);

// Remembers that a settlement bears a name, so that addr:city finds it.
MUST_USE enum status build_gazetteer_add(struct world *world, struct bytes phrase, uint32_t draft,
                                         struct fault *fault);

#endif
