// OSM keep: the objects an atlas was made of, kept beside it so that changes can be applied to them.
//
// A kept file ("ATLAS.objects") is a PBF extract like any other: sorted, with the replication state in
// its header and, as its source, a JSON text of its owner's. Blocks that no change touches are copied as
// they are; the others are written anew, without the stamps of their objects.
#ifndef SOURCE_OSM_KEEP_H
#define SOURCE_OSM_KEEP_H

#include "source/osm_change.h"
#include "source/source.h"

// The member of a kept file's source that names the extract it was once.
#define OSM_KEEP_NAME "name"

// What the header of an extract says; the texts belong to `pool`.
struct osm_state {
    int64_t data_time_s; // 0 unknown
    uint64_t sequence;
    bool has_sequence;
    struct bytes base_url;
    struct bytes source;
};

// Fails: as source_read; UNSUPPORTED when the input is no PBF.
MUST_USE enum status osm_state_read(const char *input, const struct source_options *options,
                                    struct pool *pool, struct osm_state *state,
                                    struct fault *fault);

struct osm_keep_report {
    uint64_t size;
    uint64_t copied_count, written_count; // of blocks
};

// Writes the extract `input`, with the changes applied, to a new file. `changes` are settled; NULL: none.
// Fails: as osm_state_read; UNSUPPORTED for an extract that is not in order; BUSY when the file is there;
// what writing answers. On failure the file is removed.
MUST_USE enum status osm_keep_write(const char *input, const struct source_options *options,
                                    const struct osm_changes *changes,
                                    const struct osm_state *state, const char *path,
                                    struct osm_keep_report *report, struct fault *fault);

#endif
