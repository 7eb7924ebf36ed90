// Facts: what the objects that went into one document say besides names and places.
//
// The first object's word counts: a key that is there already is left out.
#ifndef ATLAS_BUILD_FACTS_H
#define ATLAS_BUILD_FACTS_H

#include "atlas/build_world.h"

struct build_facts {
    struct world *world;
    uint32_t kind[2];    // strings; the key 0: not said
    struct buffer pairs; // u32: key string, value string; and so on
};

void build_facts_begin(struct build_facts *facts, struct world *world);

// Takes the facts of an object, and its kind when it is the first that says one; the kind of another,
// when that is a settlement, becomes the fact "linked_place". `has_kind` false: the object's kind is
// of something else that it is too.
MUST_USE enum status build_facts_add(struct build_facts *facts, const struct feature *feature,
                                     bool has_kind, struct fault *fault);

// Sets the facts of the draft, whose layer, types, level and category are known by now.
MUST_USE enum status build_facts_end(struct build_facts *facts, uint32_t draft,
                                     struct fault *fault);
void build_facts_free(struct build_facts *facts);

#endif
