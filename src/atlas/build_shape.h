// Shape: outlines of the world layer, which fill in where no source drew the real boundary.
//
// Shapes are drawn coarsely: near a border they take in land of the neighbour, along a coast they
// leave land out. So a shape never contradicts a boundary: where a country's or a region's boundary
// is given whole its shape counts for nothing, and a point that only such a shape holds, or none, is
// of the nearest shape that does count, up to SHAPE_REACH_M away.
#ifndef ATLAS_BUILD_SHAPE_H
#define ATLAS_BUILD_SHAPE_H

#include "atlas/build_area.h"
#include "atlas/build_world.h"

#define BUILD_SHAPE_ROLES (FEATURE_COUNTRY_SHAPE | FEATURE_REGION_SHAPE)

static inline bool build_is_shape(const struct place *place)
{
    return (place->roles & BUILD_SHAPE_ROLES) != 0;
}

MUST_USE enum status build_shapes_new(struct world *world, struct fault *fault);
void build_shapes_free(struct world *world);

// Notes which countries have shapes, regions among them, and whole boundaries. Once everything was
// collected.
void build_shapes_note(struct world *world);

// A time zone: its outline is kept, it is no place.
MUST_USE enum status build_zone_take(struct world *world, const struct feature *feature,
                                     struct fault *fault);

// Joins each shape with the boundary it is the shape of, if one is given: by ISO 3166 code, by name
// where the extents agree. A whole boundary is the document; one cut by the rim of the extract goes
// into the shape. Layers and main phrases are known.
MUST_USE enum status build_shapes_join(struct world *world, struct fault *fault);

// The country of a point by the places whose outlines contain it; 0 unknown. `is_certain`: by a
// boundary, which is worth more than what an address says of itself; a country's shape is not.
uint16_t build_country_among(const struct world *world, const uint32_t *places, size_t count,
                             bool *is_certain);

// The country of a point as above; `tagged` (0 none) is what it says of itself. Where shapes decide,
// the nearest is asked when none contains the point.
uint16_t build_shapes_country(const struct world *world, struct geo_point point, uint16_t tagged,
                              const uint32_t *places, size_t count, bool *is_certain);

// The country of a thing at the rim of the extract: the one that is all around it, 3 km away; of two that meet
// there, the one whose boundary is cut as well. 0 unknown.
uint16_t build_shapes_country_around(const struct world *world, struct geo_point point);

// Of the places around a point, takes out the shapes that do not count for it and puts in those of
// its country and region where only near ones are known. Returns the new count. After the joining.
size_t build_shapes_sift(const struct world *world, struct geo_point point, uint16_t tagged,
                         uint32_t places[BUILD_AREAS_MAX], size_t count);

#endif
