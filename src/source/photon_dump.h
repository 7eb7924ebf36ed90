// Photon: the dump that Photon (and Nominatim for it) writes, a JSON document a line.
//
//     {"type":"NominatimDumpFile","content":{"version":"0.1.0","data_timestamp":"…",…}}
//     {"type":"Place","content":{"object_type":"W","object_id":1,"categories":["osm.highway.primary"],…}}
//
// Places keep the ids of their OpenStreetMap objects. The parts of an address come from "address", or,
// where the dump refers to other places ("has_addresslines"), from the names of those, which it puts first.
#ifndef SOURCE_PHOTON_DUMP_H
#define SOURCE_PHOTON_DUMP_H

#include "source/input.h"

// Pure.
bool photon_dump_recognise(struct bytes front);

// Fails: CORRUPT without a header; UNSUPPORTED for another version, with it; NO_MEMORY, CANCELLED,
// whatever the sink answered. Broken places are counted and left out.
MUST_USE enum status photon_dump_read(struct input *input, const struct feature_sink *sink,
                                      struct source_summary *summary, struct fault *fault);

#endif
