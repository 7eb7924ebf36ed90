// Provenance: where answers come from, and whom to name beside them.
#ifndef COMMAND_PROVENANCE_H
#define COMMAND_PROVENANCE_H

#include "codec/json_write.h"
#include "search/search.h"

// The sources that went into an answer, as bits.
struct provenance {
    uint64_t sources[4];
};

// Adds those of a result and of all that contains it.
void provenance_add(struct provenance *provenance, const struct atlas *atlas,
                    const struct search_result *result);

// Writes the array "attribution": of each source that was added.
void provenance_write(struct json_writer *json, const struct atlas *atlas,
                      const struct provenance *provenance);

#endif
