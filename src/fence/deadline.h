// Deadlines: a heap of moments that lie inside the things that wait for them.
//
// One thread. A zeroed deadline waits for nothing.
#ifndef FENCE_DEADLINE_H
#define FENCE_DEADLINE_H

#include <stdint.h>

#include "base/memory.h"
#include "base/status.h"

struct deadline {
    int64_t at_us;
    uint32_t place; // in the heap, from 1; 0: none
    uint32_t kind;  // the owner's: what it lies in
};

struct deadlines {
    struct memory_account *account;
    struct deadline **heap; // the earliest first; from 1
    size_t count, capacity;
};

// Sets, moves or (INT64_MAX) takes away. Fails: NO_MEMORY, only when it was not set; it is not then.
MUST_USE enum status deadline_set(struct deadlines *deadlines, struct deadline *deadline,
                                  int64_t at_us);
static inline struct deadline *deadline_first(const struct deadlines *deadlines)
{
    return deadlines->count == 0 ? NULL : deadlines->heap[1];
}
void deadlines_free(struct deadlines *deadlines);

#endif
