// Archive: an immutable file of sections, mapped and read in place.
//
// formats/archive.md has the bytes. Opening maps the file and checks header and section table: O(1)
// in the size of the file. It does not read the sections: whoever will believe them calls
// archive_check (all checksums, all padding), then verifies what they mean, then archive_stamp; the
// next archive_is_stamped says that this very file has been through all that, here, and may be read
// unchecked.
//
// The stamp is a sibling of the file, "DIRECTORY/.NAME.stamp": it dies with the folder it belongs
// to, needs no state directory that a container would forget, and two archives of one name in two
// folders never meet. It is one line of text that binds inode, size, mtime, ctime, the checksum root
// and the version of the checks that passed; a copy, an edit or a restored backup changes at least
// the ctime, which nobody can choose. A stamp counts only when it belongs to this user or root and
// nobody else may write it. In a folder that cannot be written there is no stamp, and the file is
// checked in full each time.
//
// A file cut short under the mapping reads as zeros and poisons the archive (sys/mapping.h); bytes
// must therefore decode safely when they turn to zero under the reader's feet.
//
// Everything returned is valid until archive_close. Opening, checking and stamping block; reading is
// for any thread.
#ifndef ARCHIVE_ARCHIVE_H
#define ARCHIVE_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "sys/sys.h"

#define ARCHIVE_VERSION_MAJOR     1U
#define ARCHIVE_VERSION_MINOR     0U
#define ARCHIVE_VERSION_MAJOR_MIN 1U // the oldest major version still read

// A kind as it reads in a hex dump: ARCHIVE_KIND('N', 'A', 'M', 'E').
#define ARCHIVE_KIND(a, b, c, d) \
    ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

struct archive;

// Fails: NOT_FOUND; IO; CORRUPT when header or table contradict themselves or the file's size;
// UNSUPPORTED when the version is too old or too new, with the command that mends it.
MUST_USE enum status archive_open(const struct sys *sys, struct memory_account *account,
                                  const char *path, struct archive **archive, struct fault *fault);
// The same of an image in memory, borrowed until archive_close; `name` stands in faults, copied.
MUST_USE enum status archive_open_bytes(struct memory_account *account, struct bytes image,
                                        const char *name, struct archive **archive,
                                        struct fault *fault);
// NULL is accepted.
void archive_close(struct archive *archive);

// The section's bytes, or {0} when there is none.
struct bytes archive_section(const struct archive *archive, uint32_t kind);

// The section's items; {0} when there is none or its items are of another size.
struct archive_items {
    const void *data; // aligned to 64
    size_t count;
};
struct archive_items archive_section_items(const struct archive *archive, uint32_t kind,
                                           uint32_t item_size);

// What the section table says, in file order.
struct archive_section_info {
    uint32_t kind;
    uint16_t version;
    bool is_required;
    uint32_t item_size;
    uint64_t item_count;
    uint64_t offset; // in the file
    uint64_t size;
    uint64_t checksum; // XXH3-64
    char name[5];      // the kind as text, unprintable bytes as '?'
};
size_t archive_section_count(const struct archive *archive);
struct archive_section_info archive_section_at(const struct archive *archive, size_t index);

// The file as a whole.
struct archive_summary {
    const char *path;
    uint64_t size;
    uint16_t major, minor;
    uint64_t root; // the checksum that binds all others
};
struct archive_summary archive_describe(const struct archive *archive);

// What a reader knows. Fails: UNSUPPORTED when a required section is not in the list or the version
// of a listed one is above its `version`; CORRUPT when its items are of another size.
struct archive_known {
    uint32_t kind;
    uint32_t item_size;
    uint16_t version; // the newest understood
    bool is_needed;   // CORRUPT when the archive lacks it
};
MUST_USE enum status archive_expect(const struct archive *archive,
                                    const struct archive_known *known, size_t count,
                                    struct fault *fault);

// Reads everything: the checksum of each section, and that all padding is zero.
// Fails: CORRUPT naming the section. Cost: memory speed once cached (see docs/benchmarks.md).
MUST_USE enum status archive_check(const struct archive *archive, struct fault *fault);

// True when this file has passed archive_check and the caller's own checks of version
// `checks_version` on this machine, and has not changed since.
bool archive_is_stamped(const struct archive *archive, uint32_t checks_version);
// Says so for the next time. OK without a stamp where none can be written; CORRUPT when the file has
// changed since it was opened.
MUST_USE enum status archive_stamp(const struct archive *archive, uint32_t checks_version,
                                   struct fault *fault);

// True once a read has hit a hole: nothing read from now on, and nothing read lately, is to be
// believed. Cost: one relaxed load.
bool archive_is_poisoned(const struct archive *archive);

// Fetches the sections now and keeps them in memory; best effort. Returns the bytes locked.
uint64_t archive_lock(const struct archive *archive, const uint32_t *kinds, size_t count);

#endif
