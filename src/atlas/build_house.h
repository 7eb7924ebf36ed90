// House: the addresses of one street become its rows.
#ifndef ATLAS_BUILD_HOUSE_H
#define ATLAS_BUILD_HOUSE_H

#include "atlas/build_locate.h"

struct build_house {
    struct atlas_house house; // chain is a list of drafts; the street is not set
    uint64_t id;
    uint8_t source;
};

// An address that went into a row.
struct build_merge {
    uint64_t id;
    uint32_t position; // of the row in `items`
};

// Those of one street, reused from street to street; zeroed it is empty.
struct build_houses {
    struct build_house *items; // owned: memory_give
    size_t count, capacity;
    struct build_merge *merges; // owned: memory_give
    size_t merge_count, merge_capacity;
};

// Sorts as layout.h says, drops what another row says better, links places of interest to what is
// kept.
MUST_USE enum status build_houses_settle(struct world *world, uint32_t street,
                                         const struct address_row *rows, size_t count,
                                         struct build_houses *houses, struct fault *fault);

#endif
