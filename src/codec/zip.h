// Zip: the members of an archive that lies in memory.
//
// Read from the central directory at the end, as the format wants it, with the zip64 forms of sizes
// and offsets. Members are stored or deflated; encrypted ones are refused. PKWARE APPNOTE 6.3.10.
// Pure; borrows the archive; any thread.
#ifndef CODEC_ZIP_H
#define CODEC_ZIP_H

#include "base/bytes.h"
#include "base/status.h"

struct zip_member {
    struct bytes name;   // as written; folders end in '/'
    struct bytes packed; // inside the archive
    uint64_t size;       // unpacked
    uint32_t crc;
    bool is_deflated; // else stored
};

struct zip_reader {
    struct bytes archive;
    struct reader directory; // what is left of it
    uint64_t left_count;
};

bool zip_recognise(struct bytes front);

// Fails: CORRUPT when the bytes are no archive or one that was cut short.
MUST_USE enum status zip_open(struct bytes archive, struct zip_reader *reader, struct fault *fault);

// The next member. Fails: NOT_FOUND after the last; CORRUPT; UNSUPPORTED (encrypted, other methods).
MUST_USE enum status zip_next(struct zip_reader *reader, struct zip_member *member,
                              struct fault *fault);

#endif
