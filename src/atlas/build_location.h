// Location: what the outlines say of a point. One for every set of areas that some point lies in.
#ifndef ATLAS_BUILD_LOCATION_H
#define ATLAS_BUILD_LOCATION_H

#include "atlas/build_world.h"

enum { BUILD_CHAIN_MAX = 32 }; // documents in a chain; more are left out

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

MUST_USE enum status build_locations_new(struct world *world, struct fault *fault);
void build_locations_free(struct world *world);

// The number of a point's location; `tagged` is the country it says it is in, 0 none. Once the places
// have their drafts.
MUST_USE enum status build_location_find(struct world *world, struct geo_point point,
                                         uint16_t tagged, uint32_t *location, struct fault *fault);
const struct location *build_location_at(const struct world *world, uint32_t location);

// Sets the chain of a place by its pin: wider layers, and of its own layer what is above it.
MUST_USE enum status build_location_chain(struct world *world, uint32_t draft, struct fault *fault);

// Puts a draft at the front of another's chain, unless it is in it.
MUST_USE enum status build_location_lead(struct world *world, uint32_t draft, uint32_t leader,
                                         struct fault *fault);

// The same for all places, postcodes and localities.
MUST_USE enum status build_location_chains(struct world *world, struct fault *fault);

// Is it a region or county that only the world layer tells of?
bool build_is_of_world_layer(const struct world *world, uint32_t draft);

#endif
