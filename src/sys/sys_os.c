#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sys/hole_private.h"
#include "sys/sys.h"

static enum status status_of_errno(void)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return STATUS_NOT_FOUND;
    case EEXIST:
    case EBUSY:
        return STATUS_BUSY;
    case ENOMEM:
        return STATUS_NO_MEMORY;
    case ENOSPC:
    case EDQUOT:
        return STATUS_NO_SPACE;
    default:
        return STATUS_IO;
    }
}

static uint64_t os_random(const struct sys *sys)
{
    (void)sys;
    uint64_t value = 0;
    while (getrandom(&value, sizeof(value), 0) != (ssize_t)sizeof(value)) {
        assert(errno == EINTR);
    }
    return value;
}

// For file systems without O_TMPFILE: a name nobody else has, taken away at once.
static int temporary_by_name(const struct sys *sys, const char *directory)
{
    char path[PATH_MAX];
    const int size = snprintf(path, sizeof(path), "%s/.rhumb.%016llx.tmp", directory,
                              (unsigned long long)os_random(sys));
    if (size < 0 || (size_t)size >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    const int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0) {
        (void)unlink(path);
    }
    return descriptor;
}

static int open_temporary(const struct sys *sys, const char *directory)
{
    const int descriptor = open(directory, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        return temporary_by_name(sys, directory);
    }
    return descriptor;
}

static enum status os_open(const struct sys *sys, const char *path, enum sys_open_mode mode,
                           int *descriptor, struct fault *fault)
{
    int opened = -1;
    switch (mode) {
    case SYS_OPEN_READ:
    case SYS_OPEN_SEQUENTIAL:
        opened = open(path, O_RDONLY | O_CLOEXEC);
        break;
    case SYS_OPEN_WRITE:
        opened = open(path, O_RDWR | O_CLOEXEC);
        break;
    case SYS_OPEN_CREATE:
        opened = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        break;
    case SYS_OPEN_PRIVATE:
        opened = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        break;
    case SYS_OPEN_TEMPORARY:
        opened = open_temporary(sys, path);
        break;
    }
    if (opened < 0) {
        const char *const what = mode == SYS_OPEN_TEMPORARY ? "a temporary file in " : "";
        return fault_set(fault, status_of_errno(), "cannot open %s%s: %m", what, path);
    }
    if (mode == SYS_OPEN_SEQUENTIAL) {
        (void)posix_fadvise(opened, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    *descriptor = opened;
    return STATUS_OK;
}

static void os_close(const struct sys *sys, int descriptor)
{
    (void)sys;
    (void)close(descriptor);
}

// pread and read, pwrite and write differ only in whether they know where.
static const uint64_t AT_POSITION = UINT64_MAX;

static enum status read_once(int descriptor, void *data, size_t size, uint64_t offset, size_t *got,
                             struct fault *fault)
{
    ssize_t taken;
    do {
        taken = offset == AT_POSITION ? read(descriptor, data, size)
                                      : pread(descriptor, data, size, (off_t)offset);
    } while (taken < 0 && errno == EINTR);
    if (taken < 0) {
        return fault_set(fault, STATUS_IO, "cannot read: %m");
    }
    *got = (size_t)taken;
    return STATUS_OK;
}

static enum status os_read_at(const struct sys *sys, int descriptor, void *data, size_t size,
                              uint64_t offset, size_t *got, struct fault *fault)
{
    (void)sys;
    return read_once(descriptor, data, size, offset, got, fault);
}

static enum status os_read(const struct sys *sys, int descriptor, void *data, size_t size,
                           size_t *got, struct fault *fault)
{
    (void)sys;
    return read_once(descriptor, data, size, AT_POSITION, got, fault);
}

static enum status write_all(int descriptor, const void *data, size_t size, uint64_t offset,
                             struct fault *fault)
{
    const char *rest = data;
    while (size != 0) {
        const ssize_t written = offset == AT_POSITION
                                    ? write(descriptor, rest, size)
                                    : pwrite(descriptor, rest, size, (off_t)offset);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            const enum status status =
                errno == ENOSPC || errno == EDQUOT ? STATUS_NO_SPACE : STATUS_IO;
            return fault_set(fault, status, "cannot write: %m");
        }
        rest += written;
        size -= (size_t)written;
        offset += offset == AT_POSITION ? 0 : (uint64_t)written;
    }
    return STATUS_OK;
}

static enum status os_write_at(const struct sys *sys, int descriptor, const void *data, size_t size,
                               uint64_t offset, struct fault *fault)
{
    (void)sys;
    return write_all(descriptor, data, size, offset, fault);
}

static enum status os_write(const struct sys *sys, int descriptor, const void *data, size_t size,
                            struct fault *fault)
{
    (void)sys;
    return write_all(descriptor, data, size, AT_POSITION, fault);
}

static void os_fetch(const struct sys *sys, int descriptor, uint64_t offset, uint64_t size)
{
    (void)sys;
    (void)posix_fadvise(descriptor, (off_t)offset, (off_t)size, POSIX_FADV_WILLNEED);
}

static enum status os_truncate(const struct sys *sys, int descriptor, uint64_t size,
                               struct fault *fault)
{
    (void)sys;
    if (ftruncate(descriptor, (off_t)size) != 0) {
        return fault_set(fault, STATUS_IO, "cannot set the size: %m");
    }
    return STATUS_OK;
}

static enum status os_preallocate(const struct sys *sys, int descriptor, uint64_t size,
                                  struct fault *fault)
{
    (void)sys;
    int error;
    do {
        // Writes zeros where the file system cannot set bytes aside.
        error = posix_fallocate(descriptor, 0, (off_t)size);
    } while (error == EINTR);
    if (error == 0) {
        return STATUS_OK;
    }
    errno = error;
    const enum status status = error == ENOSPC || error == EDQUOT ? STATUS_NO_SPACE : STATUS_IO;
    return fault_set(fault, status, "cannot set %llu bytes aside: %m", (unsigned long long)size);
}

static enum status os_sync_data(const struct sys *sys, int descriptor, struct fault *fault)
{
    (void)sys;
    if (fdatasync(descriptor) != 0) {
        return fault_set(fault, STATUS_IO, "cannot sync: %m");
    }
    return STATUS_OK;
}

static enum status os_lock(const struct sys *sys, int descriptor, struct fault *fault)
{
    (void)sys;
    // The lock belongs to the open file: another descriptor in this process is refused as well.
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(descriptor, F_OFD_SETLK, &whole) != 0) {
        const enum status status = errno == EAGAIN || errno == EACCES ? STATUS_BUSY : STATUS_IO;
        return fault_set(fault, status, "cannot lock: %m");
    }
    return STATUS_OK;
}

static enum status os_sync(const struct sys *sys, int descriptor, struct fault *fault)
{
    (void)sys;
    if (fsync(descriptor) != 0) {
        return fault_set(fault, STATUS_IO, "cannot sync: %m");
    }
    return STATUS_OK;
}

static struct sys_stat stat_from(const struct stat *found)
{
    return (struct sys_stat){
        .inode = found->st_ino,
        .size = (uint64_t)found->st_size,
        .mtime_ns = (int64_t)found->st_mtim.tv_sec * 1000000000 + found->st_mtim.tv_nsec,
        .ctime_ns = (int64_t)found->st_ctim.tv_sec * 1000000000 + found->st_ctim.tv_nsec,
        .owner = found->st_uid,
        .mode = found->st_mode & 07777,
        .is_directory = S_ISDIR(found->st_mode),
        .is_regular = S_ISREG(found->st_mode),
    };
}

static enum status os_stat(const struct sys *sys, int descriptor, struct sys_stat *stat,
                           struct fault *fault)
{
    (void)sys;
    struct stat found;
    if (fstat(descriptor, &found) != 0) {
        return fault_set(fault, STATUS_IO, "cannot stat: %m");
    }
    *stat = stat_from(&found);
    return STATUS_OK;
}

static enum status os_stat_path(const struct sys *sys, const char *path, struct sys_stat *out,
                                struct fault *fault)
{
    (void)sys;
    struct stat found;
    if (stat(path, &found) != 0) {
        return fault_set(fault, status_of_errno(), "cannot stat %s: %m", path);
    }
    *out = stat_from(&found);
    return STATUS_OK;
}

static enum status os_rename(const struct sys *sys, const char *from, const char *to,
                             struct fault *fault)
{
    (void)sys;
    if (rename(from, to) != 0) {
        return fault_set(fault, status_of_errno(), "cannot rename %s to %s: %m", from, to);
    }
    return STATUS_OK;
}

static enum status os_unlink(const struct sys *sys, const char *path, struct fault *fault)
{
    (void)sys;
    if (unlink(path) != 0) {
        return fault_set(fault, status_of_errno(), "cannot remove %s: %m", path);
    }
    return STATUS_OK;
}

static enum status os_make_directory(const struct sys *sys, const char *path, struct fault *fault)
{
    (void)sys;
    struct stat found;
    if (mkdir(path, 0755) != 0 &&
        !(errno == EEXIST && stat(path, &found) == 0 && S_ISDIR(found.st_mode))) {
        return fault_set(fault, status_of_errno(), "cannot make the folder %s: %m", path);
    }
    return STATUS_OK;
}

static enum status os_list_directory(const struct sys *sys, const char *path,
                                     void (*each)(void *context, const char *name), void *context,
                                     struct fault *fault)
{
    (void)sys;
    DIR *const folder = opendir(path);
    if (folder == NULL) {
        return fault_set(fault, status_of_errno(), "cannot list %s: %m", path);
    }
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            each(context, entry->d_name);
        }
    }
    (void)closedir(folder);
    return STATUS_OK;
}

static enum status os_sync_directory(const struct sys *sys, const char *path, struct fault *fault)
{
    (void)sys;
    const int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return fault_set(fault, status_of_errno(), "cannot open the folder %s: %m", path);
    }
    // Some network file systems refuse to sync a folder; they have no weaker promise to keep.
    const bool is_synced = fsync(descriptor) == 0 || errno == EINVAL;
    const enum status status =
        is_synced ? STATUS_OK : fault_set(fault, STATUS_IO, "cannot sync the folder %s: %m", path);
    (void)close(descriptor);
    return status;
}

static enum status os_map(const struct sys *sys, int descriptor, size_t size,
                          struct sys_region *region, struct fault *fault)
{
    (void)sys;
    const int kept = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (kept < 0) {
        return fault_set(fault, STATUS_IO, "cannot map: %m");
    }
    void *const data = mmap(NULL, size, PROT_READ, MAP_SHARED, kept, 0);
    if (data == MAP_FAILED) {
        (void)close(kept);
        return fault_set(fault, status_of_errno(), "cannot map %zu bytes: %m", size);
    }
    const int hole = hole_watch(data, size, kept);
    if (hole < 0) {
        (void)munmap(data, size);
        (void)close(kept);
        return fault_set(fault, STATUS_NO_SPACE, "cannot map: %d files are mapped already",
                         HOLE_MAPPINGS_MAX);
    }
    *region = (struct sys_region){.data = data, .size = size, .hole = hole};
    return STATUS_OK;
}

static void os_unmap(const struct sys *sys, struct sys_region *region)
{
    (void)sys;
    (void)close(hole_forget(region->hole));
    void *data;
    memcpy(&data, &region->data, sizeof(data)); // munmap wants what mmap gave: not const
    (void)munmap(data, region->size);
    *region = (struct sys_region){0};
}

static bool os_is_holed(const struct sys *sys, const struct sys_region *region)
{
    (void)sys;
    return hole_was_hit(region->hole);
}

static bool os_advise(const struct sys *sys, const void *data, size_t size, enum sys_advice advice)
{
    (void)sys;
    const uintptr_t page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    const size_t before = (uintptr_t)data % page_size;
    void *start;
    const char *const aligned = (const char *)data - before;
    memcpy(&start, &aligned, sizeof(start));
    switch (advice) {
    case SYS_ADVICE_SEQUENTIAL:
        return madvise(start, size + before, MADV_SEQUENTIAL) == 0;
    case SYS_ADVICE_NORMAL:
        return madvise(start, size + before, MADV_NORMAL) == 0;
    case SYS_ADVICE_NEEDED:
        return madvise(start, size + before, MADV_WILLNEED) == 0;
    case SYS_ADVICE_HUGE:
        return madvise(start, size + before, MADV_HUGEPAGE) == 0;
    case SYS_ADVICE_LOCK:
        return mlock(start, size + before) == 0;
    }
    return false;
}

static uint32_t os_process(const struct sys *sys)
{
    (void)sys;
    return (uint32_t)getpid();
}

static uint32_t os_user(const struct sys *sys)
{
    (void)sys;
    return geteuid();
}

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t os_wall_us(const struct sys *sys)
{
    (void)sys;
    return clock_us(CLOCK_REALTIME);
}

static int64_t os_monotonic_us(const struct sys *sys)
{
    (void)sys;
    return clock_us(CLOCK_MONOTONIC);
}

static void os_sleep(const struct sys *sys, int64_t duration_us)
{
    (void)sys;
    struct timespec left = {.tv_sec = duration_us / 1000000,
                            .tv_nsec = duration_us % 1000000 * 1000};
    while (duration_us > 0 && nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

const struct sys *sys_os(void)
{
    static const struct sys table = {
        .open = os_open,
        .close = os_close,
        .read_at = os_read_at,
        .write_at = os_write_at,
        .read = os_read,
        .write = os_write,
        .fetch = os_fetch,
        .truncate = os_truncate,
        .preallocate = os_preallocate,
        .sync = os_sync,
        .sync_data = os_sync_data,
        .lock = os_lock,
        .stat = os_stat,
        .stat_path = os_stat_path,
        .rename = os_rename,
        .unlink = os_unlink,
        .make_directory = os_make_directory,
        .list_directory = os_list_directory,
        .sync_directory = os_sync_directory,
        .map = os_map,
        .unmap = os_unmap,
        .is_holed = os_is_holed,
        .advise = os_advise,
        .process = os_process,
        .user = os_user,
        .wall_us = os_wall_us,
        .monotonic_us = os_monotonic_us,
        .random = os_random,
        .sleep = os_sleep,
    };
    return &table;
}
