// Archive writer: sections, one after the other, into a file that appears whole or not at all.
//
//     archive_writer_open → (archive_writer_section → archive_writer_append …) … → commit → close
//
// Bytes go to a temporary file beside `path`; archive_writer_commit writes table and header, syncs,
// renames it over `path` and syncs the folder. Closing without a commit removes it. The same calls
// give the same bytes (formats/archive.md). One thread; blocks; 1 MiB from the account.
#ifndef ARCHIVE_ARCHIVE_WRITE_H
#define ARCHIVE_ARCHIVE_WRITE_H

#include "archive/archive.h"
#include "base/bytes.h"
#include "base/memory.h"
#include "sys/spool.h"
#include "sys/sys.h"

struct archive_writer;

// `path` is copied.
MUST_USE enum status archive_writer_open(const struct sys *sys, struct memory_account *account,
                                         const char *path, struct archive_writer **writer,
                                         struct fault *fault);

// Begins a section of items of `item_size` bytes, required, version 0; the section before ends. Its
// bytes must then be a multiple of its item_size; each kind may be written once (both asserted).
MUST_USE enum status archive_writer_section(struct archive_writer *writer, uint32_t kind,
                                            uint32_t item_size, struct fault *fault);

// The same for a section that says more about itself.
struct archive_section_options {
    uint32_t kind;
    uint32_t item_size;
    uint16_t version;
    bool is_optional; // a reader that does not know the kind may open the archive all the same
};
MUST_USE enum status archive_writer_section_with(struct archive_writer *writer,
                                                 const struct archive_section_options *options,
                                                 struct fault *fault);

MUST_USE enum status archive_writer_append(struct archive_writer *writer, const void *data,
                                           size_t size, struct fault *fault);
// Everything in the spool.
MUST_USE enum status archive_writer_append_spool(struct archive_writer *writer, struct spool *spool,
                                                 struct fault *fault);

// Bytes appended to the section so far: the section-relative offset of what comes next.
uint64_t archive_writer_position(const struct archive_writer *writer);

MUST_USE enum status archive_writer_commit(struct archive_writer *writer, struct fault *fault);

// NULL is accepted.
void archive_writer_close(struct archive_writer *writer);

#endif
