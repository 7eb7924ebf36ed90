// Pool: memory for the results of one block or one object, given back all at once.
//
// Chunks are kept between clears, so after the first blocks nothing is allocated any more. One
// thread. A zeroed pool with an account is ready.
#ifndef SOURCE_POOL_H
#define SOURCE_POOL_H

#include <stdint.h>

#include "base/memory.h"

struct pool_chunk;

struct pool {
    struct memory_account *account;
    struct pool_chunk *first, *current;
};

// Uninitialised memory for `count` items, aligned to 16; NULL when the account is full.
MUST_USE void *pool_take(struct pool *pool, size_t count, size_t size);

// Everything taken becomes free.
void pool_clear(struct pool *pool);

void pool_free(struct pool *pool);

#endif
