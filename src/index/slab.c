#include "index/slab.h"

#include <assert.h>
#include <string.h>

enum {
    STEPS_OF_RUN = SLAB_RUN_SIZE / SLAB_STEP,
    FINE_CLASSES = 32, // 8, 16 … 256 bytes; then four to a power of two
    FINE_MAX = 256,
    HEAD_STEPS = SLAB_RUN_HEAD / SLAB_STEP,
    NO_CLASS = 255,
    SPAN_CLASS = 254, // a run that belongs to a large block
    AHEAD = 6,        // blocks that are fetched before they are given back
};

struct slab_run {
    uint32_t next; // in the class's list of runs with room, as open_run
    uint32_t previous;
    uint16_t used;  // blocks
    uint16_t fresh; // blocks never used begin here
    uint16_t freed; // first of the list of blocks given back, plus 1
    uint8_t class;
    bool is_listed;
    uint32_t span; // of the first run of a large block: runs, or 0
};

struct slab_chunk {
    uint32_t index;
    uint32_t free_mask; // of runs
    size_t own_size;    // of a block larger than a chunk: its size, else 0
    struct slab_run runs[SLAB_RUNS];
};

static unsigned class_of(size_t size)
{
    if (size <= FINE_MAX) {
        return size == 0 ? 0 : (unsigned)((size + SLAB_STEP - 1) / SLAB_STEP - 1);
    }
    const unsigned power = 63U - (unsigned)__builtin_clzll(size - 1); // 8: 257 to 512 bytes
    const unsigned quarter = (unsigned)((size - 1) >> (power - 2)) & 3U;
    return FINE_CLASSES + (power - 8) * 4 + quarter;
}

static size_t class_size(unsigned class)
{
    if (class < FINE_CLASSES) {
        return (size_t)(class + 1) * SLAB_STEP;
    }
    const unsigned power = 8 + (class - FINE_CLASSES) / 4;
    return ((size_t)1 << power) + ((size_t)((class - FINE_CLASSES) % 4 + 1) << (power - 2));
}

static uint32_t class_blocks(unsigned class)
{
    return (uint32_t)((SLAB_RUN_SIZE - SLAB_RUN_HEAD) / class_size(class));
}

static struct slab_run *run_at(const struct slab *slab, uint32_t name)
{
    return &slab->chunks[(name - 1) / SLAB_RUNS]->runs[(name - 1) % SLAB_RUNS];
}

static bool list_reserve(struct memory_account *account, struct slab_list *list, size_t count)
{
    if (list->first > 0 && list->first + list->count + count > list->capacity &&
        list->first >= list->count) {
        memmove(list->items, list->items + list->first, list->count * sizeof(*list->items));
        list->first = 0;
    }
    return memory_grow(account, &list->items, &list->capacity, list->first + list->count + count,
                       sizeof(*list->items));
}

static bool list_push(struct memory_account *account, struct slab_list *list, slab_handle handle)
{
    if (list->first + list->count == list->capacity && !list_reserve(account, list, 1)) {
        return false;
    }
    list->items[list->first + list->count++] = handle;
    return true;
}

static bool batch_reserve(struct slab *slab)
{
    if (slab->batch_first > 0 && slab->batch_first + slab->batch_count == slab->batch_capacity) {
        memmove(slab->batches, slab->batches + slab->batch_first,
                slab->batch_count * sizeof(*slab->batches));
        slab->batch_first = 0;
    }
    return memory_grow(slab->account, &slab->batches, &slab->batch_capacity,
                       slab->batch_first + slab->batch_count + 1, sizeof(*slab->batches));
}

enum status slab_begin(struct slab *slab, const struct sys *sys, struct memory_account *account,
                       struct fault *fault)
{
    *slab = (struct slab){.sys = sys, .account = account, .turn = 1};
    slab->bases = memory_take_zeroed(account, SLAB_CHUNKS, sizeof(*slab->bases));
    slab->chunks = memory_take_zeroed(account, SLAB_CHUNKS, sizeof(*slab->chunks));
    slab->warm = memory_take_zeroed(account, SLAB_CLASSES, sizeof(*slab->warm));
    if (slab->bases == NULL || slab->chunks == NULL || slab->warm == NULL) {
        slab_end(slab);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for %s", account->name);
    }
    return STATUS_OK;
}

static void chunk_free(struct slab *slab, struct slab_chunk *chunk)
{
    const size_t size = chunk->own_size != 0 ? chunk->own_size : SLAB_CHUNK_SIZE;
    memory_give_aligned(slab->account, slab->bases[chunk->index], size);
    memory_give(chunk);
}

void slab_end(struct slab *slab)
{
    for (uint32_t i = 0; i < slab->chunk_count; i++) {
        if (slab->chunks[i] != NULL) {
            chunk_free(slab, slab->chunks[i]);
        }
    }
    memory_give(slab->bases);
    memory_give(slab->chunks);
    memory_give(slab->warm);
    memory_give(slab->taken.items);
    memory_give(slab->retired.items);
    memory_give(slab->batches);
    *slab = (struct slab){0};
}

// A chunk with `size` bytes (its own, when larger than a chunk).
static struct slab_chunk *chunk_add(struct slab *slab, size_t size)
{
    uint32_t index = 0;
    while (index < slab->chunk_count && slab->chunks[index] != NULL) {
        index++;
    }
    if (index == SLAB_CHUNKS) {
        return NULL;
    }
    struct slab_chunk *const chunk = memory_take_zeroed(slab->account, 1, sizeof(*chunk));
    void *const block = memory_take_aligned(slab->account, SLAB_CHUNK_SIZE, size);
    if (chunk == NULL || block == NULL) {
        memory_give(chunk);
        memory_give_aligned(slab->account, block, size);
        return NULL;
    }
    if (slab->sys != NULL) {
        (void)slab->sys->advise(slab->sys, block, size, SYS_ADVICE_HUGE);
    }
    chunk->index = index;
    slab->bases[index] = block;
    slab->chunks[index] = chunk;
    slab->chunk_count = index < slab->chunk_count ? slab->chunk_count : index + 1;
    for (uint32_t i = 0; i < SLAB_RUNS; i++) {
        chunk->runs[i].class = NO_CLASS;
    }
    if (size > SLAB_CHUNK_SIZE) {
        chunk->own_size = size;
    } else {
        chunk->free_mask = UINT32_MAX;
        slab->free_runs += SLAB_RUNS;
    }
    return chunk;
}

static void chunk_drop(struct slab *slab, struct slab_chunk *chunk)
{
    const uint32_t index = chunk->index;
    chunk_free(slab, chunk);
    slab->bases[index] = NULL;
    slab->chunks[index] = NULL;
}

// The first of `count` free runs in a row of one chunk; NULL when there are none.
static struct slab_chunk *runs_find(struct slab *slab, uint32_t count, uint32_t *first)
{
    const uint32_t mask = count == 32 ? UINT32_MAX : (1U << count) - 1;
    for (uint32_t i = 0; slab->free_runs >= count && i < slab->chunk_count; i++) {
        struct slab_chunk *const chunk = slab->chunks[i];
        if (chunk == NULL || chunk->free_mask == 0) {
            continue;
        }
        for (uint32_t at = 0; at + count <= SLAB_RUNS; at++) {
            if ((chunk->free_mask >> at & mask) == mask) {
                *first = at;
                return chunk;
            }
        }
    }
    return NULL;
}

static struct slab_chunk *runs_take(struct slab *slab, uint32_t count, uint32_t *first)
{
    struct slab_chunk *chunk = runs_find(slab, count, first);
    if (chunk == NULL) {
        *first = 0;
        chunk = chunk_add(slab, SLAB_CHUNK_SIZE);
    }
    if (chunk != NULL) {
        const uint32_t mask = count == 32 ? UINT32_MAX : (1U << count) - 1;
        chunk->free_mask &= ~(mask << *first);
        slab->free_runs -= count;
    }
    return chunk;
}

static void runs_give(struct slab *slab, struct slab_chunk *chunk, uint32_t first, uint32_t count)
{
    const uint32_t mask = count == 32 ? UINT32_MAX : (1U << count) - 1;
    chunk->free_mask |= mask << first;
    slab->free_runs += count;
    for (uint32_t i = first; i < first + count; i++) {
        chunk->runs[i] = (struct slab_run){.class = NO_CLASS};
    }
    // One empty chunk stays, so that a block given and taken does not ask the system each time.
    if (chunk->free_mask == UINT32_MAX && slab->free_runs >= 2 * SLAB_RUNS) {
        slab->free_runs -= SLAB_RUNS;
        chunk_drop(slab, chunk);
    }
}

static void run_list(struct slab *slab, uint32_t name, unsigned class)
{
    struct slab_run *const run = run_at(slab, name);
    run->previous = 0;
    run->next = slab->open_run[class];
    if (run->next != 0) {
        run_at(slab, run->next)->previous = name;
    }
    slab->open_run[class] = name;
    run->is_listed = true;
}

static void run_unlist(struct slab *slab, uint32_t name, unsigned class)
{
    struct slab_run *const run = run_at(slab, name);
    if (run->next != 0) {
        run_at(slab, run->next)->previous = run->previous;
    }
    if (run->previous != 0) {
        run_at(slab, run->previous)->next = run->next;
    } else {
        slab->open_run[class] = run->next;
    }
    run->is_listed = false;
}

// Writes the head of the run at the handle.
static slab_handle run_begin(struct slab *slab, slab_handle run)
{
    memcpy(slab_at(slab, run), &slab, sizeof(slab));
    return run + HEAD_STEPS;
}

static bool class_grow(struct slab *slab, unsigned class)
{
    uint32_t first;
    struct slab_chunk *const chunk = runs_take(slab, 1, &first);
    if (chunk == NULL) {
        return false;
    }
    const uint32_t name = chunk->index * SLAB_RUNS + first + 1;
    chunk->runs[first] = (struct slab_run){.class = (uint8_t) class};
    slab->free_count[class] += class_blocks(class);
    run_begin(slab, chunk->index << SLAB_CHUNK_BITS | first * STEPS_OF_RUN);
    run_list(slab, name, class);
    return true;
}

bool slab_reserve(struct slab *slab, size_t size, uint32_t count, size_t limit_size)
{
    if (!list_reserve(slab->account, &slab->taken, count) ||
        !list_reserve(slab->account, &slab->retired, count) || !batch_reserve(slab)) {
        return false;
    }
    if (size > SLAB_SMALL_MAX) { // large blocks: checked, not kept
        const size_t used = atomic_load_explicit(&slab->account->used_size, memory_order_relaxed);
        return limit_size == 0 || used + count * (size + SLAB_RUN_SIZE) <= limit_size;
    }
    const unsigned class = class_of(size);
    while (slab->free_count[class] < count) {
        const size_t used = atomic_load_explicit(&slab->account->used_size, memory_order_relaxed);
        if ((limit_size != 0 && slab->free_runs == 0 &&
             used + SLAB_CHUNK_SIZE + sizeof(struct slab_chunk) > limit_size) ||
            !class_grow(slab, class)) {
            return false;
        }
    }
    return true;
}

static slab_handle take_large(struct slab *slab, size_t block_size)
{
    const size_t size = block_size + SLAB_RUN_HEAD;
    if (size > SLAB_CHUNK_SIZE) {
        const struct slab_chunk *const own = chunk_add(slab, size);
        return own == NULL ? 0 : run_begin(slab, own->index << SLAB_CHUNK_BITS);
    }
    const uint32_t count = (uint32_t)((size + SLAB_RUN_SIZE - 1) / SLAB_RUN_SIZE);
    uint32_t first;
    struct slab_chunk *const chunk = runs_take(slab, count, &first);
    if (chunk == NULL) {
        return 0;
    }
    chunk->runs[first] = (struct slab_run){.class = SPAN_CLASS, .span = count};
    return run_begin(slab, chunk->index << SLAB_CHUNK_BITS | first * STEPS_OF_RUN);
}

static slab_handle take_small(struct slab *slab, unsigned class)
{
    struct slab_warm *const warm = &slab->warm[class];
    if (warm->count > 0) {
        slab->free_count[class]--;
        return warm->items[--warm->count];
    }
    if (slab->open_run[class] == 0 && !class_grow(slab, class)) {
        return 0;
    }
    const uint32_t name = slab->open_run[class];
    struct slab_run *const run = run_at(slab, name);
    const uint32_t steps = (uint32_t)(class_size(class) / SLAB_STEP);
    const slab_handle begin = (name - 1) * STEPS_OF_RUN + HEAD_STEPS;
    slab_handle handle;
    if (run->freed != 0) {
        handle = begin + (run->freed - 1U) * steps;
        memcpy(&run->freed, slab_at(slab, handle), sizeof(run->freed));
        if (run->freed != 0) { // the next to be taken
            __builtin_prefetch(slab_at(slab, begin + (run->freed - 1U) * steps), 1);
        }
    } else {
        handle = begin + run->fresh++ * steps;
    }
    run->used++;
    slab->free_count[class]--;
    if (run->freed == 0 && run->fresh == class_blocks(class)) {
        run_unlist(slab, name, class);
    }
    return handle;
}

slab_handle slab_take(struct slab *slab, size_t size)
{
    if (!list_reserve(slab->account, &slab->taken, 1)) {
        return 0;
    }
    const slab_handle handle =
        size > SLAB_SMALL_MAX ? take_large(slab, size) : take_small(slab, class_of(size));
    if (handle != 0) {
        slab->taken.items[slab->taken.first + slab->taken.count++] = handle;
        slab->used_size += slab_block_size(slab, handle);
    }
    return handle;
}

size_t slab_block_size(const struct slab *slab, slab_handle handle)
{
    const struct slab_chunk *const chunk = slab->chunks[handle >> SLAB_CHUNK_BITS];
    const struct slab_run *const run = &chunk->runs[handle / STEPS_OF_RUN % SLAB_RUNS];
    return chunk->own_size != 0       ? chunk->own_size - SLAB_RUN_HEAD
           : run->class == SPAN_CLASS ? run->span * (size_t)SLAB_RUN_SIZE - SLAB_RUN_HEAD
                                      : class_size(run->class);
}

// A block of a run goes back to its run.
static void cool(struct slab *slab, slab_handle handle)
{
    struct slab_chunk *const chunk = slab->chunks[handle >> SLAB_CHUNK_BITS];
    const uint32_t name = handle / STEPS_OF_RUN + 1;
    struct slab_run *const run = run_at(slab, name);
    const unsigned class = run->class;
    const uint32_t steps = (uint32_t)(class_size(class) / SLAB_STEP);
    memcpy(slab_at(slab, handle), &run->freed, sizeof(run->freed));
    run->freed = (uint16_t)((handle % STEPS_OF_RUN - HEAD_STEPS) / steps + 1);
    run->used--;
    if (!run->is_listed) {
        run_list(slab, name, class);
    }
    if (run->used == 0 && slab->free_count[class] >= 2 * class_blocks(class)) {
        slab->free_count[class] -= class_blocks(class);
        run_unlist(slab, name, class);
        runs_give(slab, chunk, (name - 1) % SLAB_RUNS, 1);
    }
}

// Into the warm blocks of its class; when these are full, the older half goes back to the runs.
static void give_small(struct slab *slab, slab_handle handle, unsigned class)
{
    enum { HALF = SLAB_WARM_MAX / 2 };
    struct slab_warm *const warm = &slab->warm[class];
    if (warm->count == SLAB_WARM_MAX) {
        for (uint32_t i = 0; i < HALF; i++) {
            if (i + AHEAD < HALF) {
                __builtin_prefetch(slab_at(slab, warm->items[i + AHEAD]), 1);
            }
            cool(slab, warm->items[i]);
        }
        memmove(warm->items, warm->items + HALF, HALF * sizeof(*warm->items));
        warm->count = HALF;
    }
    warm->items[warm->count++] = handle;
    slab->free_count[class]++;
}

static void give(struct slab *slab, slab_handle handle)
{
    struct slab_chunk *const chunk = slab->chunks[handle >> SLAB_CHUNK_BITS];
    slab->used_size -= slab_block_size(slab, handle);
    if (chunk->own_size != 0) {
        chunk_drop(slab, chunk);
        return;
    }
    const uint32_t name = handle / STEPS_OF_RUN + 1;
    const struct slab_run *const run = run_at(slab, name);
    if (run->class == SPAN_CLASS) {
        runs_give(slab, chunk, (name - 1) % SLAB_RUNS, run->span);
        return;
    }
    give_small(slab, handle, run->class);
}

void slab_retire(struct slab *slab, slab_handle handle)
{
    const bool is_noted = list_push(slab->account, &slab->retired, handle);
    assert(is_noted); // slab_reserve made room
    slab->retired_in_turn++;
    slab->retired_size += slab_block_size(slab, handle);
}

void slab_publish(struct slab *slab, uint64_t ticket)
{
    slab->turn++;
    slab->taken.count = 0;
    slab->taken.first = 0;
    if (slab->retired_in_turn == 0) {
        return;
    }
    const bool has_room = batch_reserve(slab);
    assert(has_room); // as slab_reserve made
    slab->batches[slab->batch_first + slab->batch_count++] =
        (struct slab_batch){.ticket = ticket, .count = slab->retired_in_turn};
    slab->retired_in_turn = 0;
}

void slab_reclaim(struct slab *slab, uint64_t ticket, size_t limit)
{
    while (slab->batch_count > 0 && limit > 0) {
        struct slab_batch *const batch = &slab->batches[slab->batch_first];
        if (batch->ticket > ticket) {
            return;
        }
        for (; batch->count > 0 && limit > 0; batch->count--, limit--) {
            const slab_handle handle = slab->retired.items[slab->retired.first++];
            slab->retired.count--;
            slab->retired_size -= slab_block_size(slab, handle);
            give(slab, handle);
        }
        if (batch->count == 0) {
            slab->batch_first = slab->batch_count == 1 ? 0 : slab->batch_first + 1;
            slab->batch_count--;
        }
    }
    if (slab->retired.count == 0) {
        slab->retired.first = 0;
    }
}

static void taken_forget(struct slab *slab, slab_handle handle)
{
    for (size_t i = slab->taken.count; i-- > 0;) {
        if (slab->taken.items[slab->taken.first + i] == handle) {
            slab->taken.items[slab->taken.first + i] = 0;
            return;
        }
    }
}

void slab_undo(struct slab *slab, const slab_handle *seen, size_t seen_count, uint64_t ticket)
{
    for (; slab->retired_in_turn > 0; slab->retired_in_turn--) {
        const slab_handle handle = slab->retired.items[slab->retired.first + --slab->retired.count];
        slab->retired_size -= slab_block_size(slab, handle);
    }
    for (size_t i = 0; i < seen_count; i++) {
        taken_forget(slab, seen[i]);
    }
    for (size_t i = slab->taken.count; i-- > 0;) {
        if (slab->taken.items[slab->taken.first + i] != 0) {
            give(slab, slab->taken.items[slab->taken.first + i]);
        }
    }
    slab->taken.count = 0;
    for (size_t i = 0; i < seen_count; i++) {
        slab_retire(slab, seen[i]);
    }
    slab_publish(slab,
                 ticket); // the turn's number goes on: none of its blocks may pass for writable
}
