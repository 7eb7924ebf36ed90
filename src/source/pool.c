#include "source/pool.h"

#define CHUNK_SIZE ((size_t)64 << 10)

struct pool_chunk {
    struct pool_chunk *next;
    size_t used_size;
    size_t capacity_size;
    size_t reserved; // what follows stays aligned to 16
};
_Static_assert(sizeof(struct pool_chunk) % 16 == 0, "items are aligned to 16");

// A chunk with room for `size`, after the current one.
static struct pool_chunk *chunk_next(struct pool *pool, size_t size)
{
    struct pool_chunk **link = pool->current == NULL ? &pool->first : &pool->current->next;
    if (*link != NULL && (*link)->capacity_size >= size) {
        (*link)->used_size = 0;
        return *link;
    }
    const size_t capacity = size > CHUNK_SIZE ? size : CHUNK_SIZE;
    struct pool_chunk *const chunk = capacity > SIZE_MAX - sizeof(*chunk)
                                         ? NULL
                                         : memory_take(pool->account, 1, sizeof(*chunk) + capacity);
    if (chunk != NULL) {
        *chunk = (struct pool_chunk){.next = *link, .capacity_size = capacity};
        *link = chunk;
    }
    return chunk;
}

void *pool_take(struct pool *pool, size_t count, size_t size)
{
    if (size != 0 && count > (SIZE_MAX - 15) / size) {
        return NULL;
    }
    const size_t wanted = (count * size + 15) & ~(size_t)15;
    struct pool_chunk *chunk = pool->current;
    if (chunk == NULL || chunk->capacity_size - chunk->used_size < wanted) {
        chunk = chunk_next(pool, wanted);
        if (chunk == NULL) {
            return NULL;
        }
        pool->current = chunk;
    }
    void *const taken = (char *)(chunk + 1) + chunk->used_size;
    chunk->used_size += wanted;
    return taken;
}

void pool_clear(struct pool *pool)
{
    pool->current = NULL;
    if (pool->first != NULL) {
        pool->current = pool->first;
        pool->first->used_size = 0;
    }
}

void pool_free(struct pool *pool)
{
    while (pool->first != NULL) {
        struct pool_chunk *const chunk = pool->first;
        pool->first = chunk->next;
        memory_give(chunk);
    }
    pool->current = NULL;
}
