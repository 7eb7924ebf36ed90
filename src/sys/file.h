// File: an open file with its name, and whole files at once.
//
// The path is borrowed and must outlive the file: every fault names it. A zeroed file is closed, so
// SCOPED(file_close) is always right. Calls block; one thread per file, except file_read_at and
// file_write_at, which any number may use at once.
#ifndef SYS_FILE_H
#define SYS_FILE_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "sys/sys.h"

enum { FILE_PATH_MAX = 4096 };

struct file {
    const struct sys *sys; // NULL: closed
    const char *path;
    int descriptor;
};

MUST_USE enum status file_open(const struct sys *sys, const char *path, enum sys_open_mode mode,
                               struct file *file, struct fault *fault);
void file_close(struct file *file);

// Exactly `size` bytes. Fails: CORRUPT when the file ends before.
MUST_USE enum status file_read_at(const struct file *file, void *data, size_t size, uint64_t offset,
                                  struct fault *fault);
// At most `size` bytes, *got = 0 at the end.
MUST_USE enum status file_read_some(const struct file *file, void *data, size_t size,
                                    uint64_t offset, size_t *got, struct fault *fault);
MUST_USE enum status file_write_at(const struct file *file, const void *data, size_t size,
                                   uint64_t offset, struct fault *fault);
MUST_USE enum status file_sync(const struct file *file, struct fault *fault);
MUST_USE enum status file_sync_data(const struct file *file, struct fault *fault);
// Sets bytes of the disk aside; NO_SPACE when there are too few.
MUST_USE enum status file_preallocate(const struct file *file, uint64_t size, struct fault *fault);
MUST_USE enum status file_truncate(const struct file *file, uint64_t size, struct fault *fault);
// Until it is closed; BUSY when another has it.
MUST_USE enum status file_lock(const struct file *file, struct fault *fault);
MUST_USE enum status file_stat(const struct file *file, struct sys_stat *stat, struct fault *fault);

// Appends the whole file to `out`. Fails: OUT_OF_RANGE when it is longer than `limit_size`.
MUST_USE enum status file_read_whole(const struct sys *sys, const char *path, size_t limit_size,
                                     struct buffer *out, struct fault *fault);

// Puts `content` in the place of `path`: either the old file or the whole new one is there, also
// after a power cut (temporary file beside it, sync, rename, sync of the folder).
MUST_USE enum status file_replace(const struct sys *sys, const char *path, struct bytes content,
                                  struct fault *fault);

// Writes the folder of `path` ("." when it names none). Fails: OUT_OF_RANGE when it does not fit.
MUST_USE enum status file_directory(const char *path, char *directory, size_t capacity,
                                    struct fault *fault);

// The last part of a path: what follows the last '/'.
const char *file_base_name(const char *path);

// Writes "DIRECTORY/.NAME.xxxxxxxxxxxxxxxx.tmp": a fresh name beside `path`.
MUST_USE enum status file_name_beside(const struct sys *sys, const char *path, char *beside,
                                      size_t capacity, struct fault *fault);

#endif
