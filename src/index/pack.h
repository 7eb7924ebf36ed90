// Pack: sorts the items of a point or line index and writes its section. Only index uses it.
//
// An item is a few 32-bit words. A block holds 16 items, first words together, then second words,
// so that four items are looked at with one instruction; the last block is filled up with zeros.
//
//   OFFSET  SIZE                  MEANING
//   0       4                     how many items, N
//   4       60                    zero
//   64      words * 64 * blocks   the items, ascending by (leaf cell, reference, bytes)
//   ...     256 * nodes           index/tree.h over the blocks
#ifndef INDEX_PACK_H
#define INDEX_PACK_H

#include "archive/archive_write.h"
#include "geo/cell.h"
#include "index/build.h"
#include "index/tree.h"
#include "sys/sorter.h"

enum { PACK_HEADER_SIZE = 64, PACK_WORDS_MAX = 5 };

struct pack {
    struct sorter *sorter;
    struct memory_account *account;
    size_t word_count; // of an item
    struct tree_box (*box)(const int32_t *item);
    const char *name; // for faults: "point index"
};

// `word_count`, `box` and `name` are set by the caller.
MUST_USE enum status pack_begin(struct pack *pack, const struct index_build_options *options,
                                struct fault *fault);
void pack_end(struct pack *pack);

// The item's bytes are also the last part of its key: equal input gives equal output in any order.
MUST_USE enum status pack_add(struct pack *pack, cell_id leaf, uint32_t reference,
                              const int32_t *item, struct fault *fault);
MUST_USE enum status pack_write(struct pack *pack, struct archive_writer *writer, uint32_t kind,
                                struct fault *fault);

// Finds blocks and tree in a section. An empty section is an empty index.
MUST_USE enum status pack_open(struct bytes section, size_t word_count, const char *name,
                               const void **blocks, struct tree *tree, struct fault *fault);

#endif
