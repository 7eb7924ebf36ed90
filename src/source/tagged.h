// Tagged: an object of any source said in OpenStreetMap's words, so that one set of rules
// (osm_tags.h) makes features of all of them.
//
// Keys and values are borrowed until the feature has been taken. One thread.
#ifndef SOURCE_TAGGED_H
#define SOURCE_TAGGED_H

#include "source/geometry.h"
#include "source/osm_tags.h"

struct tagged {
    struct pool *pool;
    struct osm_tag *tags;
    size_t count, capacity;
    bool is_full; // there was no memory for a tag
};

// Empties it. The pool is cleared by its owner.
void tagged_begin(struct tagged *tagged, struct pool *pool);

// Empty values are no tags. Keys that mean nothing to us are passed over.
void tagged_add(struct tagged *tagged, struct bytes key, struct bytes value);

// The same with the key "STEM:LANGUAGE"; without a language just the stem.
void tagged_add_name(struct tagged *tagged, const char *stem, struct bytes language,
                     struct bytes value);

// A JSON text or number as the value it means, kept in the pool; empty for anything else.
struct bytes tagged_value(struct bytes json, struct pool *pool);

// Fills in everything but the id. Fails: NO_MEMORY.
MUST_USE enum status tagged_fill(const struct tagged *tagged, const struct geometry *geometry,
                                 struct feature *feature, struct fault *fault);

#endif
