// Mapped: any GeoJSON, NDJSON or CSV with a field map that says what its fields mean.
//
// A FeatureCollection, an array or a single feature; a feature or a plain object a line (also behind the
// record separator of RFC 8142); a table with a header. Fields are the members of "properties", of the
// feature itself, or columns; "a.b" is the member b of a.
#ifndef SOURCE_MAPPED_H
#define SOURCE_MAPPED_H

#include "source/input.h"

// Fails: CORRUPT with the file and line or the member of the map; UNSUPPORTED when nothing in the file
// became a feature; NO_MEMORY, CANCELLED, whatever the sink answered. Broken objects are counted and
// left out; a field that no object has is a warning.
MUST_USE enum status mapped_read(struct input *input, const struct feature_sink *sink,
                                 struct source_summary *summary, struct fault *fault);

#endif
