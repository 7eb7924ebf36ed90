// Pack: sorts the items of a point or line index and writes its section. Only index uses it.
//
//   OFFSET  SIZE        MEANING
//   0       4           how many items, N
//   4       60          zero
//   64      N * item    the items, ascending by (leaf cell, reference, bytes)
//   ...     to 64       zero
//   ...     boxes       index/tree.h over the items in blocks of 16
#ifndef INDEX_PACK_H
#define INDEX_PACK_H

#include "archive/archive_write.h"
#include "geo/cell.h"
#include "index/build.h"
#include "index/tree.h"
#include "sys/sorter.h"

enum { PACK_HEADER_SIZE = 64, PACK_ITEM_SIZE_MAX = 32 };

struct pack {
    struct sorter *sorter;
    struct memory_account *account;
    size_t item_size;
    struct tree_box (*box)(const void *item);
    const char *name; // for faults: "point index"
};

// `item_size`, `box` and `name` are set by the caller.
MUST_USE enum status pack_begin(struct pack *pack, const struct index_build_options *options,
                                struct fault *fault);
void pack_end(struct pack *pack);

// The item's bytes are also the last part of its key: equal input gives equal output in any order.
MUST_USE enum status pack_add(struct pack *pack, cell_id leaf, uint32_t reference, const void *item,
                              struct fault *fault);
MUST_USE enum status pack_write(struct pack *pack, struct archive_writer *writer, uint32_t kind,
                                struct fault *fault);

// Finds items and tree in a section. An empty section is an empty index.
MUST_USE enum status pack_open(struct bytes section, size_t item_size, const char *name,
                               const void **items, struct tree *tree, struct fault *fault);

#endif
