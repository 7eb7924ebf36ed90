// OSM tags, inside: what single values mean, for the roles of an object and for filling it in.
#ifndef SOURCE_OSM_TAGS_PRIVATE_H
#define SOURCE_OSM_TAGS_PRIVATE_H

#include "source/category.h"
#include "source/osm_tags.h"

// Rank of a highway that people give an address on; -1 for what is no street.
int osm_street_rank(struct bytes highway);

// PLACE_NONE for what is no settlement, region or island.
enum place_type osm_place_type(struct bytes place);

enum interpolation osm_interpolation(struct bytes value);

// The category of the tag whose key is asked first, and that tag; `*tag` stays as it is when there is none.
enum category osm_category(const struct osm_tag *tags, size_t count, struct osm_shape shape,
                           const struct osm_tag **tag);

#endif
