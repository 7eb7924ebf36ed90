// Countries: GeoJSON with the polygons of the world layer, in any scale.
//
//   a polygon with                                      becomes
//   tzid                                                a time zone (timezone-boundary-builder)
//   GEO_ID of level 050                                 a county (US Census Bureau)
//   iso_3166_2, adm1_code                               a region (Natural Earth's admin 1)
//   ISO_A2_EH, ISO_A2, ISO_A3…, ADM0_A3                 a country (Natural Earth's admin 0)
//
// Keys in either case, the first that is there decides; an input that was said to be of one kind
// has only that. A FeatureCollection, one Feature, or a Feature a line. Features without a code are
// counted as left out. Coordinates are rounded to 1e-7 degrees.
#ifndef SOURCE_COUNTRIES_H
#define SOURCE_COUNTRIES_H

#include "source/input.h"

// Fails: CORRUPT with file, byte, line and what is wrong; UNSUPPORTED when no feature is any of these;
// NO_MEMORY; CANCELLED; the sink's.
MUST_USE enum status countries_read(struct input *input, const struct feature_sink *sink,
                                    struct source_summary *summary, struct fault *fault);

#endif
