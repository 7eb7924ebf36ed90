// Place: settlements, areas, postcodes and countries become drafts.
//
// One thing of the world is often several objects of the sources: a boundary relation, the node its
// label stands at, a row of GeoNames. They become one document with the relation's id and extent
// and the node's pin and population; the other ids lead to it.
#ifndef ATLAS_BUILD_PLACE_H
#define ATLAS_BUILD_PLACE_H

#include "atlas/build_world.h"

// Remembers a feature with one of the roles PLACE, AREA, POSTCODE, COUNTRY_SHAPE,
// REGION_SHAPE.
MUST_USE enum status build_place_take(struct world *world, const struct feature *feature,
                                      struct fault *fault);

// Places that several inputs have become one: of equal ids the first that has an outline, else the
// first. Before anything is known by its number in world.places.
MUST_USE enum status build_places_unique(struct world *world, struct fault *fault);

// After everything was collected: countries, layers, twins, drafts with their names.
MUST_USE enum status build_places(struct world *world, struct fault *fault);

// The layer of an administrative level in a country; LAYER_COUNT for levels that mean nothing
// there.
enum atlas_layer build_level_layer(uint16_t country, unsigned admin_level);

// The feature a place was made of; its text and arrays live until the next decode into the scratch.
MUST_USE enum status build_place_feature(struct world *world, const struct place *place,
                                         struct feature *feature);

// Keeps an outline in world.outlines: *run is its number in world.rings.
MUST_USE enum status build_rings_keep(struct world *world, const struct geo_rings *rings,
                                      uint32_t *run, struct fault *fault);

#endif
