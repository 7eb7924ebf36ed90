// Arena: a bump allocator. What one request allocates dies with it, at once.
//
// The memory is the caller's and its size is the request's limit: a greedy request fails, the
// server does not. One thread.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/attributes.h"

struct arena {
    char *base;
    size_t used_size;
    size_t capacity_size;
};

struct arena arena_over(void *memory, size_t size);

// Zeroed, aligned memory for `count` items, or NULL when the arena is full.
MUST_USE void *arena_take(struct arena *arena, size_t count, size_t size, size_t align);

#define ARENA_NEW(arena, type, count) \
    ((type *)arena_take((arena), (count), sizeof(type), _Alignof(type)))

// Scratch: memory taken after arena_mark is given back by arena_rewind (made for SCOPED).
struct arena_mark {
    struct arena *arena;
    size_t used_size;
};
struct arena_mark arena_mark(struct arena *arena);
void arena_rewind(const struct arena_mark *mark);

#endif
