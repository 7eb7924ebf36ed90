// Outline: the shape of a result as a GeoJSON geometry: its area, its lines, else its point.
//
// Areas keep their holes and islands; what is larger than the arena is given as its point.
#ifndef DIALECT_OUTLINE_H
#define DIALECT_OUTLINE_H

#include "base/arena.h"
#include "search/search.h"

struct outline_question {
    const struct atlas *atlas;
    struct arena *arena; // is left as it was
    const struct search_result *result;
    enum atlas_layer layer; // of the result
    double threshold_deg;   // points nearer to the line between their neighbours may go; 0: none
};

void outline_geojson_write(const struct outline_question *question, struct buffer *out);

#endif
