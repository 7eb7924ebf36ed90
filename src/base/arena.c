#include "base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

struct arena arena_over(void *memory, size_t size)
{
    return (struct arena){.base = memory, .capacity_size = size};
}

void *arena_take(struct arena *arena, size_t count, size_t size, size_t align)
{
    assert(size > 0);
    assert(align > 0 && (align & (align - 1)) == 0);

    const size_t misaligned = ((uintptr_t)arena->base + arena->used_size) & (align - 1);
    const size_t padding = misaligned == 0 ? 0 : align - misaligned;
    const size_t available = arena->capacity_size - arena->used_size;
    if (padding > available || count > (available - padding) / size) {
        return NULL;
    }
    char *const taken = arena->base + arena->used_size + padding;
    arena->used_size += padding + count * size;
    return memset(taken, 0, count * size);
}

struct arena_mark arena_mark(struct arena *arena)
{
    return (struct arena_mark){.arena = arena, .used_size = arena->used_size};
}

void arena_rewind(const struct arena_mark *mark)
{
    assert(mark->used_size <= mark->arena->used_size);
    mark->arena->used_size = mark->used_size;
}
