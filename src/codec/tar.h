// Tar: the members of an archive that lies in memory.
//
// ustar as POSIX.1 has it, with the long names of pax headers ("path") and of GNU tar ('L'), and sizes in
// base 256. Only regular files are handed out. Pure; borrows the archive; any thread.
#ifndef CODEC_TAR_H
#define CODEC_TAR_H

#include "base/bytes.h"
#include "base/status.h"

enum { TAR_NAME_MAX = 512 }; // longer names are cut, at the front

struct tar_member {
    char name[TAR_NAME_MAX];
    struct bytes content; // inside the archive
};

struct tar_reader {
    struct bytes archive;
    size_t at;
};

// What the first 512 bytes of a file say.
bool tar_recognise(struct bytes front);

// The next file. Fails: NOT_FOUND after the last; CORRUPT, with the byte, for a header whose checksum
// is wrong and an archive that was cut short.
MUST_USE enum status tar_next(struct tar_reader *reader, struct tar_member *member,
                              struct fault *fault);

#endif
