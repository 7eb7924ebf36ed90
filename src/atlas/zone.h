// Zone: the time zone of a place, by the outlines of the world layer and by the country.
//
// Outlines of zones are drawn coarsely: near a border or a coast the nearest zone of the place's
// country is preferred (up to 25 km away). Where no outline is given, a country with a single clock
// tells the zone; a country with several does not.
#ifndef ATLAS_ZONE_H
#define ATLAS_ZONE_H

#include "atlas/atlas.h"

// "Europe/Vaduz"; size 0 when nothing tells. `country` as in struct atlas_doc, 0 unknown. The text is
// the atlas's or static. Any thread. Cost: 0.2 us; 20 us where the nearest must be looked for.
struct bytes atlas_zone_in(const struct atlas *atlas, struct geo_point point, uint16_t country);
struct bytes atlas_zone(const struct atlas *atlas, struct geo_point point);

// The country a zone belongs to; 0 several or none.
uint16_t zone_country(struct bytes name);
// The zone that stands for a whole country; size 0 when there is none.
struct bytes zone_of_country(uint16_t country);

#endif
