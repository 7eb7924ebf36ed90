// Countries: GeoJSON with country polygons (Natural Earth's admin 0 in any scale, and the like).
//
// A FeatureCollection, one Feature, or a Feature a line. Each feature with a polygon and a country
// code (ISO_A2_EH, ISO_A2, ISO_A3…, ADM0_A3, in either case) becomes a country shape with its names;
// features without a code are counted as left out. Coordinates are rounded to 1e-7 degrees.
#ifndef SOURCE_COUNTRIES_H
#define SOURCE_COUNTRIES_H

#include "source/input.h"

// Fails: CORRUPT with file, byte, line and what is wrong; UNSUPPORTED when no feature is a country;
// NO_MEMORY; CANCELLED; the sink's.
MUST_USE enum status countries_read(struct input *input, const struct feature_sink *sink,
                                    struct source_summary *summary, struct fault *fault);

#endif
