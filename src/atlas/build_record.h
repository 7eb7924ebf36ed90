// Record: a feature as bytes, so that it can wait in a spool or travel through a sorter.
//
// Only what is there is written: a mask says which fields follow, lines are differences of points.
// An address of a city takes 60 to 90 bytes. Rings stay outside (they are large and few; see
// build_record_encode_rings). The bytes never leave one build: no version, no checks beyond those
// of the reader.
#ifndef ATLAS_BUILD_RECORD_H
#define ATLAS_BUILD_RECORD_H

#include "base/buffer.h"
#include "source/feature.h"

// What a decoded feature's arrays live in; reused from record to record. One thread.
struct build_scratch {
    struct memory_account *account;
    struct feature_name *names;
    struct geo_point *points;
    int64_t *nodes;
    struct feature_end *ends;
    struct feature_fact *facts;
    size_t name_capacity, point_capacity, node_capacity, end_capacity, fact_capacity;
};
void build_scratch_free(struct build_scratch *scratch);

// Appends the feature without its rings.
void build_record_encode(const struct feature *feature, struct buffer *buffer);

// Text borrows from `record`, arrays from `scratch` until the next decode.
// Fails: NO_MEMORY; CORRUPT (an assertion of ours: the bytes are our own).
MUST_USE enum status build_record_decode(struct bytes record, struct build_scratch *scratch,
                                         struct feature *feature);

// Rings as flat bytes: ring count, ring ends, points; and back, borrowed in place (`bytes` must be
// aligned to 4).
void build_record_encode_rings(const struct geo_rings *rings, struct buffer *buffer);
struct geo_rings build_record_decode_rings(struct bytes bytes);

#endif
