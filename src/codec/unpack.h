// Unpack: gzip, zstd, bzip2 and bare deflate, a piece at a time.
//
// Files of several gzip members, zstd frames or bzip2 streams one after another are one stream, as the tools that
// write them mean it. Input and output advance by what was used. Pure; one thread an unpacker.
// RFC 1951, RFC 1952, RFC 8878.
#ifndef CODEC_UNPACK_H
#define CODEC_UNPACK_H

#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"

enum unpack_format {
    UNPACK_NONE, // the bytes as they are
    UNPACK_GZIP,
    UNPACK_ZSTD,
    UNPACK_BZIP2,
    UNPACK_DEFLATE, // inside a zip archive
};

struct unpacker;

MUST_USE enum status unpacker_new(enum unpack_format format, struct memory_account *account,
                                  struct unpacker **unpacker, struct fault *fault);
void unpacker_free(struct unpacker *unpacker); // NULL is accepted

// Takes bytes off the front of `*input` and writes at most `capacity` bytes; `*written` of 0 with
// an empty input means that more input is needed.
// Fails: CORRUPT when the data are damaged.
MUST_USE enum status unpacker_step(struct unpacker *unpacker, struct bytes *input, uint8_t *output,
                                   size_t capacity, size_t *written, struct fault *fault);

// True where the stream may end: not in the middle of a member or frame.
bool unpacker_is_complete(const struct unpacker *unpacker);

// What the first bytes of a file say: UNPACK_GZIP, UNPACK_ZSTD, UNPACK_BZIP2 or
// UNPACK_NONE.
enum unpack_format unpack_recognise(struct bytes front);

#endif
