// Kind: what a document must be in the words of OpenStreetMap where its source has no such words.
//
// The builder leaves out of FACT what can be told from the document itself; describing puts it back.
// Pure.
#ifndef ATLAS_KIND_H
#define ATLAS_KIND_H

#include "atlas/layout.h"

struct atlas_kind {
    const char *key, *value; // static; NULL: nothing can be said
};

// From layer, administrative level, place type and rank of the way: of every document but a place of
// interest.
struct atlas_kind atlas_kind_of(const struct atlas_doc *doc);

// Of a place of interest, by its category (source/category.h).
struct atlas_kind atlas_kind_category(uint16_t category);

#endif
