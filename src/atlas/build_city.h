// City: the settlement an address says it is in: one that is known, or one made of such words.
#ifndef ATLAS_BUILD_CITY_H
#define ATLAS_BUILD_CITY_H

#include "atlas/build_gazetteer.h"
#include "atlas/build_world.h"

MUST_USE enum status build_cities_new(struct world *world, struct fault *fault);
void build_cities_free(struct world *world);

// Remembers that a settlement bears a name.
MUST_USE enum status build_city_name(struct world *world, struct bytes phrase, uint32_t draft,
                                     struct fault *fault);
// After the last name.
MUST_USE enum status build_cities_ready(struct world *world, struct fault *fault);

// The settlement of that name near the point, or part of one; BUILD_NONE.
MUST_USE enum status build_city_find(struct world *world, const struct gazetteer_question *question,
                                     uint32_t *draft, struct fault *fault);

// The same; where none is near, the locality that only tags know of, made at its first use, one for
// each name of a region (a draft or BUILD_NONE). BUILD_NONE only for what has no letters.
MUST_USE enum status build_city_take(struct world *world, const struct gazetteer_question *question,
                                     uint32_t region, uint32_t *draft, struct fault *fault);

// Gives localities known from tags alone the extent of their addresses; once their chains are known.
void build_cities_bound(struct world *world);

// The settlement (or, `is_part`, the part of one) whose surroundings the point lies in, of the country
// (0: of any); BUILD_NONE.
uint32_t build_city_near(const struct world *world, struct geo_point point, uint16_t country,
                         bool is_part);

// Puts the pins of those made in the middle of their addresses.
void build_cities_settle(struct world *world);

#endif
