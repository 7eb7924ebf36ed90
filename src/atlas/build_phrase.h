// Phrase: the normal forms of a name in the builder's hands, and where they are indexed.
//
// A document is indexed under every variant of every one of its names; see text/phrase.h.
#ifndef ATLAS_BUILD_PHRASE_H
#define ATLAS_BUILD_PHRASE_H

#include "atlas/build_world.h"

// Reads a name into world->readings; a name without letters gives none.
MUST_USE enum status build_phrases_read(struct world *world, struct bytes name, uint16_t country,
                                        enum text_phrase_kind kind, struct fault *fault);

// name=* of a feature, else its first name, else empty.
struct bytes build_main_name(const struct feature *feature);

// Gathers the names of one document, from all the objects that went into it.
struct build_names {
    struct world *world;
    uint32_t draft;
    uint16_t country;
    uint32_t main; // string; 0 none yet
    enum text_phrase_kind kind;
    struct buffer triples; // u32: language string, role, string; and so on
    struct buffer indexed; // u64: hashes of what went to the index
};

void build_names_begin(struct build_names *names, struct world *world, uint32_t draft,
                       uint16_t country);
MUST_USE enum status build_names_add(struct build_names *names, const struct feature_name *items,
                                     size_t count, struct fault *fault);
// One more way to find the document, which is not shown.
MUST_USE enum status build_names_index(struct build_names *names, struct bytes text,
                                       enum atlas_name_class name_class, struct fault *fault);
// Sets name and variants of the draft.
MUST_USE enum status build_names_end(struct build_names *names, struct fault *fault);
void build_names_free(struct build_names *names);

#endif
