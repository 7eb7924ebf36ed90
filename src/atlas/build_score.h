// Score: importance, 0 to 255, one scale for all layers.
//
//   country 220–255 · big city ~200 · town ~150 · village ~110 · street 40–90 · interest 30–120
//
// Decides between things of one name when nothing else does, and what completes a few letters.
#ifndef ATLAS_BUILD_SCORE_H
#define ATLAS_BUILD_SCORE_H

#include <stdbool.h>

#include "atlas/layout.h"

// `is_known`: has an article in Wikipedia or an item in Wikidata. `is_cut`: of an area at the rim
// of the extract only the name is known.
uint8_t build_place_importance(const struct atlas_doc *doc, bool is_known, bool is_cut);
uint8_t build_postcode_importance(void);
uint8_t build_street_importance(unsigned street_rank, uint32_t house_count, bool is_known);
uint8_t build_poi_importance(uint16_t category, bool is_known);

#endif
