// Memory accounts: every heap byte is taken from an account, and an account has a limit.
//
// A subsystem (the builder, one shard's requests, a queue) opens an account and takes memory from
// it; a full account answers NULL, and the subsystem refuses work with a clear status instead of
// taking the process down. Nothing outside this file calls malloc, realloc or free.
//
// Any thread: the counters are relaxed atomics. Blocks remember their account and size in a 16-byte
// header, so giving back needs only the pointer.
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

struct memory_account {
    const char *name;
    size_t limit_size; // 0: no limit
    _Atomic size_t used_size;
    _Atomic size_t peak_size;
};

// Uninitialised memory for `count` items of `size` bytes, aligned to 16; NULL when the account or
// the machine is full, or when count * size overflows.
MUST_USE void *memory_take(struct memory_account *account, size_t count, size_t size);

// The same, zeroed.
MUST_USE void *memory_take_zeroed(struct memory_account *account, size_t count, size_t size);

// Moves `block` (or NULL) to a block of count * size bytes of the same account; on NULL the old
// block is untouched.
MUST_USE void *memory_resize(struct memory_account *account, void *block, size_t count,
                             size_t size);

// Gives a block back; NULL is accepted.
void memory_give(void *block);

// `size` bytes at a multiple of `alignment` (a power of two), without a header: for blocks that the
// system may hold in large pages. Given back with their size.
MUST_USE void *memory_take_aligned(struct memory_account *account, size_t alignment, size_t size);
void memory_give_aligned(struct memory_account *account, void *block, size_t size);

// Grows `*items` so that it holds at least `needed` items; capacity at least doubles. True on
// success; on false nothing has changed.
MUST_USE bool memory_grow(struct memory_account *account, void *items, size_t *capacity,
                          size_t needed, size_t size);

// Once, when the process starts: blocks of 1 MiB and more go back to the system the moment they are
// given back. Left to itself, malloc keeps them in its heap after the first one, and a builder that
// sorts ten times would hold what its largest sort needed until the end (132 MB of 132, measured).
void memory_set_up(void);

// Gives back to the system what malloc keeps of blocks that were given back: for a thread that has time,
// after much work. Takes milliseconds.
void memory_trim(void);

#endif
