// Spool: bytes too many for memory, written once from front to back, then read.
//
// A spool is a temporary file without a name behind a write buffer; one that stays below the buffer's
// size (256 KiB) never touches a disk. Appending and reading do not overlap: the first read ends the
// writing. Any number of readers may then read at once, each on its own thread.
#ifndef SYS_SPOOL_H
#define SYS_SPOOL_H

#include "base/bytes.h"
#include "base/memory.h"
#include "sys/sys.h"

struct spool;

// `directory` (where the file goes) is borrowed and outlives the spool.
MUST_USE enum status spool_new(const struct sys *sys, struct memory_account *account,
                               const char *directory, struct spool **spool, struct fault *fault);
void spool_free(struct spool *spool);

MUST_USE enum status spool_append(struct spool *spool, const void *data, size_t size,
                                  struct fault *fault);
uint64_t spool_size(const struct spool *spool);

// Ends the writing. Called by the reading functions; by hand before reading from several threads.
MUST_USE enum status spool_end(struct spool *spool, struct fault *fault);

// Exactly `size` bytes. Fails: OUT_OF_RANGE beyond the end.
MUST_USE enum status spool_read_at(struct spool *spool, void *data, size_t size, uint64_t offset,
                                   struct fault *fault);

// The whole as memory, valid until spool_free. Mapped pages count as the process's until the kernel
// wants them back.
MUST_USE enum status spool_map(struct spool *spool, struct bytes *bytes, struct fault *fault);

// Sequential reading in large pieces.
struct spool_reader {
    struct spool *spool; // outlives the reader
    uint8_t *data;
    size_t begin, end; // what of `data` is still unread
    size_t capacity;
    uint64_t offset; // in the spool, of what follows `data`
};
MUST_USE enum status spool_reader_open(struct spool *spool, struct spool_reader *reader,
                                       struct fault *fault);
void spool_reader_close(struct spool_reader *reader);
// The next `size` bytes, valid until the next call. Fails: NOT_FOUND at the end exactly; CORRUPT
// when fewer than `size` are left.
MUST_USE enum status spool_reader_take(struct spool_reader *reader, size_t size,
                                       const uint8_t **data, struct fault *fault);

#endif
