#include "sys/file.h"

#include <stdio.h>
#include <string.h>

enum status file_open(const struct sys *sys, const char *path, enum sys_open_mode mode,
                      struct file *file, struct fault *fault)
{
    int descriptor;
    TRY(sys->open(sys, path, mode, &descriptor, fault));
    *file = (struct file){.sys = sys, .path = path, .descriptor = descriptor};
    return STATUS_OK;
}

void file_close(struct file *file)
{
    if (file->sys != NULL) {
        file->sys->close(file->sys, file->descriptor);
        *file = (struct file){0};
    }
}

static enum status named(const struct file *file, enum status status, struct fault *fault)
{
    return status == STATUS_OK ? STATUS_OK : fault_prefix(fault, status, "%s", file->path);
}

enum status file_read_some(const struct file *file, void *data, size_t size, uint64_t offset,
                           size_t *got, struct fault *fault)
{
    return named(file,
                 file->sys->read_at(file->sys, file->descriptor, data, size, offset, got, fault),
                 fault);
}

enum status file_read_at(const struct file *file, void *data, size_t size, uint64_t offset,
                         struct fault *fault)
{
    uint8_t *rest = data;
    while (size != 0) {
        size_t got;
        TRY(file_read_some(file, rest, size, offset, &got, fault));
        if (got == 0) {
            return fault_set(fault, STATUS_CORRUPT, "%s ends at byte %llu, %zu bytes too early",
                             file->path, (unsigned long long)offset, size);
        }
        rest += got;
        size -= got;
        offset += got;
    }
    return STATUS_OK;
}

enum status file_write_at(const struct file *file, const void *data, size_t size, uint64_t offset,
                          struct fault *fault)
{
    return named(file, file->sys->write_at(file->sys, file->descriptor, data, size, offset, fault),
                 fault);
}

enum status file_sync(const struct file *file, struct fault *fault)
{
    return named(file, file->sys->sync(file->sys, file->descriptor, fault), fault);
}

enum status file_sync_data(const struct file *file, struct fault *fault)
{
    return named(file, file->sys->sync_data(file->sys, file->descriptor, fault), fault);
}

enum status file_preallocate(const struct file *file, uint64_t size, struct fault *fault)
{
    return named(file, file->sys->preallocate(file->sys, file->descriptor, size, fault), fault);
}

enum status file_truncate(const struct file *file, uint64_t size, struct fault *fault)
{
    return named(file, file->sys->truncate(file->sys, file->descriptor, size, fault), fault);
}

enum status file_lock(const struct file *file, struct fault *fault)
{
    return named(file, file->sys->lock(file->sys, file->descriptor, fault), fault);
}

enum status file_stat(const struct file *file, struct sys_stat *stat, struct fault *fault)
{
    return named(file, file->sys->stat(file->sys, file->descriptor, stat, fault), fault);
}

enum status file_read_whole(const struct sys *sys, const char *path, size_t limit_size,
                            struct buffer *out, struct fault *fault)
{
    SCOPED(file_close) struct file file = {0};
    TRY(file_open(sys, path, SYS_OPEN_SEQUENTIAL, &file, fault));
    struct sys_stat stat;
    TRY(file_stat(&file, &stat, fault));

    // The size is a hint: what is read decides, because files in /proc say 0 and files grow.
    size_t piece_size = stat.size < limit_size ? (size_t)stat.size + 1 : limit_size;
    piece_size = piece_size < 4096 ? 4096 : piece_size;
    for (uint64_t offset = 0;;) {
        uint8_t *const room = buffer_reserve(out, piece_size);
        if (room == NULL) {
            return fault_set(fault, STATUS_NO_MEMORY, "%s: no memory to read it", path);
        }
        size_t got;
        TRY(file_read_some(&file, room, piece_size, offset, &got, fault));
        if (got == 0) {
            return STATUS_OK;
        }
        out->size += got;
        offset += got;
        if (offset > limit_size) {
            return fault_set(fault, STATUS_OUT_OF_RANGE, "%s is longer than %zu bytes", path,
                             limit_size);
        }
        piece_size = 64 << 10;
    }
}

const char *file_base_name(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

enum status file_directory(const char *path, char *directory, size_t capacity, struct fault *fault)
{
    const char *const name = file_base_name(path);
    // The slash stays when it is all there is.
    const size_t size = name - path > 1 ? (size_t)(name - path) - 1 : (size_t)(name - path);
    const int written = size == 0 ? snprintf(directory, capacity, ".")
                                  : snprintf(directory, capacity, "%.*s", (int)size, path);
    if (written < 0 || (size_t)written >= capacity) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the path %s is too long", path);
    }
    return STATUS_OK;
}

enum status file_name_beside(const struct sys *sys, const char *path, char *beside, size_t capacity,
                             struct fault *fault)
{
    const char *const name = file_base_name(path);
    const int written = snprintf(beside, capacity, "%.*s.%s.%016llx.tmp", (int)(name - path), path,
                                 name, (unsigned long long)sys->random(sys));
    if (written < 0 || (size_t)written >= capacity) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the path %s is too long", path);
    }
    return STATUS_OK;
}

static enum status write_new(const struct sys *sys, const char *path, struct bytes content,
                             struct fault *fault)
{
    SCOPED(file_close) struct file file = {0};
    TRY(file_open(sys, path, SYS_OPEN_CREATE, &file, fault));
    TRY(file_write_at(&file, content.data, content.size, 0, fault));
    return file_sync(&file, fault);
}

enum status file_replace(const struct sys *sys, const char *path, struct bytes content,
                         struct fault *fault)
{
    char beside[FILE_PATH_MAX];
    char directory[FILE_PATH_MAX];
    TRY(file_name_beside(sys, path, beside, sizeof(beside), fault));
    TRY(file_directory(path, directory, sizeof(directory), fault));

    enum status status = write_new(sys, beside, content, fault);
    if (status == STATUS_OK) {
        status = sys->rename(sys, beside, path, fault);
    }
    if (status != STATUS_OK) {
        status_ignore(sys->unlink(sys, beside, NULL), "the first failure is the one to report");
        return status;
    }
    return sys->sync_directory(sys, directory, fault);
}
