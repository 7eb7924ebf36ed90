// What building and reading an area index share: where its arrays lie.
#ifndef INDEX_AREAS_PRIVATE_H
#define INDEX_AREAS_PRIVATE_H

#include "index/areas.h"

enum { AREAS_ALIGNMENT = 64 };

struct areas_layout {
    uint64_t starts, lists_of, lists, buckets, entries, shapes;
};

static inline uint64_t areas_align(uint64_t offset)
{
    return (offset + AREAS_ALIGNMENT - 1) / AREAS_ALIGNMENT * AREAS_ALIGNMENT;
}

// Cannot overflow: counts are 32 bits wide.
struct areas_layout areas_layout_of(const struct areas_header *header);

#endif
