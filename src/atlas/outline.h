// Outline: the shape of a document, out of the spatial indexes.
//
// Nothing is stored for this: areas are kept whole for "what contains this point", pieces of streets
// for "which street is near", and are put together again. Any thread; memory comes from the arena.
#ifndef ATLAS_OUTLINE_H
#define ATLAS_OUTLINE_H

#include "atlas/atlas.h"
#include "base/arena.h"

// The rings of a document's area, each closed (the last point is the first), holes and islands without
// order or orientation (geo/outline.h nests them), cut at the antimeridian. Points may lie in the
// atlas. False leaves `rings` alone: the document has no area, the atlas is from before outlines could
// be found, or the arena is full.
bool atlas_outline(const struct atlas *atlas, uint32_t doc, struct arena *arena,
                   struct geo_rings *rings);

// The lines of a street: its pieces joined where they meet, each of `lines` one open or closed line.
// False leaves `lines` alone: no street, one that only addresses know of, or the arena is full.
bool atlas_line(const struct atlas *atlas, uint32_t doc, struct arena *arena,
                struct geo_rings *lines);

#endif
