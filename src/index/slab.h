// Slab: blocks of memory with 32-bit names, for structures that readers walk while a writer changes
// them.
//
// A handle is the place of a block in steps of 8 bytes: chunk of 2 MiB, then the step in it; 32 GiB in
// all. Blocks of one size class share runs of 64 KiB, so a block costs what it holds, rounded up to
// 8 bytes (above 256 bytes to a quarter of a power of two). Empty chunks go back to the account. Runs
// are aligned and begin with their slab's address, so a block's address is enough to find it.
//
// Copy-on-write in turns. The writer takes blocks and fills them; blocks that a reader may know are
// never changed but replaced and retired. slab_publish ends the turn: what it retired is given back
// when slab_reclaim says that every reader who may hold it has gone. slab_undo gives back what the
// turn took and keeps what it retired, as if the turn had never been.
//
//     writer    all functions but slab_at; one thread
//     readers   slab_at of handles they read from published blocks; any thread
#ifndef INDEX_SLAB_H
#define INDEX_SLAB_H

#include <stdint.h>

#include "base/memory.h"
#include "base/status.h"
#include "sys/sys.h"

typedef uint32_t slab_handle; // 0: none

enum {
    SLAB_STEP = 8,
    SLAB_CHUNK_BITS = 18, // steps of a chunk
    SLAB_CHUNK_SIZE = SLAB_STEP << SLAB_CHUNK_BITS,
    SLAB_CHUNKS = 1 << (32 - SLAB_CHUNK_BITS),
    SLAB_RUN_SIZE = 64 << 10,
    SLAB_RUNS = SLAB_CHUNK_SIZE / SLAB_RUN_SIZE,
    SLAB_CLASSES = 60,
    SLAB_RUN_HEAD = 64,
    SLAB_SMALL_MAX = 20 << 10, // larger blocks take whole runs
    SLAB_WARM_MAX = 512,       // blocks of a class
};

struct slab_list { // of handles, first in, first out
    slab_handle *items;
    size_t first, count, capacity;
};

struct slab_warm { // blocks given back last, to be taken first: they are still in the cache
    slab_handle items[SLAB_WARM_MAX];
    uint32_t count;
};

struct slab_batch {
    uint64_t ticket;
    size_t count; // of retired blocks
};

struct slab_chunk;

struct slab {
    const struct sys *sys; // NULL: no large pages
    struct memory_account *account;
    uint8_t **bases; // of chunks
    struct slab_chunk **chunks;
    uint32_t chunk_count;              // indexes in use are below
    uint32_t open_run[SLAB_CLASSES];   // of runs with room: chunk * SLAB_RUNS + run + 1; 0: none
    struct slab_warm *warm;            // of each class; their runs count them as used
    uint32_t free_count[SLAB_CLASSES]; // blocks in both
    uint32_t free_runs;
    uint32_t turn;          // the number of the turn: blocks remember when they were made
    size_t used_size;       // of blocks in use, retired ones too
    size_t retired_size;    // of blocks that wait for readers
    struct slab_list taken; // in this turn
    struct slab_list retired;
    size_t retired_in_turn; // the last so many of `retired`
    struct slab_batch *batches;
    size_t batch_first, batch_count, batch_capacity;
};

// Chunks are asked to lie in large pages of the system: what is looked up at random then costs one miss
// of the cache, not two.
MUST_USE enum status slab_begin(struct slab *slab, const struct sys *sys,
                                struct memory_account *account, struct fault *fault);
void slab_end(struct slab *slab); // gives everything back; no reader is left

static inline void *slab_at(const struct slab *slab, slab_handle handle)
{
    return slab->bases[handle >> SLAB_CHUNK_BITS] +
           (size_t)(handle & ((1U << SLAB_CHUNK_BITS) - 1)) * SLAB_STEP;
}

// The slab that a block belongs to.
static inline const struct slab *slab_of(const void *block)
{
    const uintptr_t run = (uintptr_t)block & ~(uintptr_t)(SLAB_RUN_SIZE - 1);
    return *(const struct slab *const *)run; // NOLINT(performance-no-int-to-ptr)
}

// Makes sure that the next `count` takes of up to `size` bytes succeed, and as many retirements.
// `limit_size` bounds what the account may come to hold by it; 0: no bound.
MUST_USE bool slab_reserve(struct slab *slab, size_t size, uint32_t count, size_t limit_size);

// A block of at least `size` bytes, uninitialised; aligned to 8, from 512 bytes on to 64. 0: no
// memory, which cannot be after slab_reserve.
MUST_USE slab_handle slab_take(struct slab *slab, size_t size);
// No reader can know it any more once this turn's publication has been seen by all.
void slab_retire(struct slab *slab, slab_handle handle);
size_t slab_block_size(const struct slab *slab, slab_handle handle); // what it occupies

// The turn is over. `ticket` is given to slab_reclaim later: rising numbers.
void slab_publish(struct slab *slab, uint64_t ticket);
// Gives back at most `limit` blocks of turns whose ticket is at most `ticket`.
void slab_reclaim(struct slab *slab, uint64_t ticket, size_t limit);
// `seen` are blocks of this turn that readers may have come upon before its end: they are retired
// with the ticket instead of given back at once.
void slab_undo(struct slab *slab, const slab_handle *seen, size_t seen_count, uint64_t ticket);

#endif
