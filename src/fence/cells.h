// Cells: which areas may hold a place, by hash of the cells that cover them; and changes as they come.
//
// Every area is registered under a few cells of even levels (coverings, geo/cover.h, coarsened or
// split to even levels), each marked when it lies wholly inside. A place is looked up by asking for
// its cell of every level in use: one probe each, prefetched together, so a lookup costs about one
// cache miss however many areas there are. Cells know which of their sixteen grandchildren lead to
// areas, so a region (an extent, a segment) is walked from its own covering downwards.
//
//   node   cell u64 | 16 bits of grandchildren in use | list of values          24 bytes
//   value  number of the area << 1 | lies wholly inside
//
// One thread. Memory comes from the account; a failed put leaves everything as it was.
#ifndef FENCE_CELLS_H
#define FENCE_CELLS_H

#include "base/memory.h"
#include "geo/cover.h"

enum {
    CELLS_LEVEL_COUNT = 16, // even levels 0 to 30
    CELLS_OF_AREA_MAX = 64, // what cells_settle may give
};

struct cells_node;
struct cells {
    struct memory_account *account;
    struct cells_node *nodes; // open addressing, linear; capacity is a power of two
    size_t capacity, count;
    uint32_t *lists; // blocks of 2, 4, 8 … values
    size_t list_size, list_capacity;
    uint32_t free_lists[32];                  // by log2 of the block's size; 0: none
    uint32_t level_counts[CELLS_LEVEL_COUNT]; // values registered at each level
    uint32_t levels;                          // bit of each with any
};

struct cells cells_over(struct memory_account *account);
void cells_free(struct cells *cells);

// A covering brought to even levels: at most CELLS_OF_AREA_MAX cells, none twice. `count` at most 32.
size_t cells_settle(const struct cover_cell *covering, size_t count,
                    struct cover_cell settled[CELLS_OF_AREA_MAX]);

// Registers an area (number below 2^31) under settled cells. Fails: NO_MEMORY.
MUST_USE enum status cells_put(struct cells *cells, uint32_t area, const struct cover_cell *settled,
                               size_t count);
// The same cells as were put.
void cells_remove(struct cells *cells, uint32_t area, const struct cover_cell *settled,
                  size_t count);

typedef void cells_each(void *context, uint32_t area, bool is_inside);
// Every area that may hold the leaf cell's place; an area may come more than once.
void cells_at(const struct cells *cells, cell_id leaf, cells_each *each, void *context);
// Every area that may meet the region, any number of times; `is_inside` says nothing.
void cells_meeting(const struct cells *cells, const struct cover_cell *region, size_t count,
                   cells_each *each, void *context);

#endif
