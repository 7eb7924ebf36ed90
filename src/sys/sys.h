// Sys: the operating system as a table of functions.
//
// Everything that touches the world (files, folders, mappings, clocks, chance, sleep) goes through a
// `const struct sys *`, so that a test can put a world of its own underneath: files in memory, a
// clock that moves when told, the n-th call failing (sys/sys_memory.h). Most code wants the helpers
// above it: sys/file.h, sys/mapping.h, sys/clock.h.
//
// Descriptors are small integers of the table that gave them. Faults of calls that take a path name
// the path; those of calls on a descriptor do not know it, file_… puts it before them. Calls block;
// any thread.
#ifndef SYS_SYS_H
#define SYS_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum sys_open_mode {
    SYS_OPEN_READ,       // an existing file
    SYS_OPEN_WRITE,      // an existing file, to read and write
    SYS_OPEN_CREATE,     // a new file (mode 0644), to read and write; BUSY when the name is taken
    SYS_OPEN_PRIVATE,    // the same with mode 0600
    SYS_OPEN_TEMPORARY,  // path is a folder: a file without a name, gone when closed
    SYS_OPEN_SEQUENTIAL, // an existing file, to read once from front to back
};

struct sys_stat {
    uint64_t inode;
    uint64_t size;
    int64_t mtime_ns; // since 1970 UTC
    int64_t ctime_ns;
    uint32_t owner; // user id
    uint32_t mode;  // permission bits
    bool is_directory;
    bool is_regular;
};

enum sys_advice {
    SYS_ADVICE_SEQUENTIAL, // will be read front to back
    SYS_ADVICE_NORMAL,     // nothing is known any more
    SYS_ADVICE_NEEDED,     // will be read soon: fetch it now
    SYS_ADVICE_HUGE,       // is large and read here and there: use large pages
    SYS_ADVICE_LOCK,       // stays in memory until unmapped
};

// A file mapped for reading. `hole` belongs to the table.
struct sys_region {
    const uint8_t *data;
    size_t size;
    int hole;
};

struct sys {
    void *context; // the table's own

    // NOT_FOUND: no such file or folder; BUSY: the name is taken; IO: anything else.
    enum status (*open)(const struct sys *sys, const char *path, enum sys_open_mode mode,
                        int *descriptor, struct fault *fault);
    void (*close)(const struct sys *sys, int descriptor);
    // At least one byte, or *got = 0 at the end of the file.
    enum status (*read_at)(const struct sys *sys, int descriptor, void *data, size_t size,
                           uint64_t offset, size_t *got, struct fault *fault);
    // All of it, or a fault with an unknown part of it written. NO_SPACE when the disk is full.
    enum status (*write_at)(const struct sys *sys, int descriptor, const void *data, size_t size,
                            uint64_t offset, struct fault *fault);
    // The same at the current position, for pipes and standard streams.
    enum status (*read)(const struct sys *sys, int descriptor, void *data, size_t size, size_t *got,
                        struct fault *fault);
    enum status (*write)(const struct sys *sys, int descriptor, const void *data, size_t size,
                         struct fault *fault);
    // Says that these bytes will be read soon; the system may fetch them meanwhile. Best effort.
    void (*fetch)(const struct sys *sys, int descriptor, uint64_t offset, uint64_t size);
    enum status (*truncate)(const struct sys *sys, int descriptor, uint64_t size,
                            struct fault *fault);
    // Sets bytes of the disk aside for the file's first `size` bytes; new ones read as zeros. The size
    // becomes at least `size`. NO_SPACE when the disk has too few: the file is as it was.
    enum status (*preallocate)(const struct sys *sys, int descriptor, uint64_t size,
                               struct fault *fault);
    enum status (*sync)(const struct sys *sys, int descriptor, struct fault *fault);
    // Content and size alone: no times. All that a later reader needs.
    enum status (*sync_data)(const struct sys *sys, int descriptor, struct fault *fault);
    // Held until the descriptor is closed or the process ends, however it ends. BUSY when another
    // open file has it.
    enum status (*lock)(const struct sys *sys, int descriptor, struct fault *fault);
    enum status (*stat)(const struct sys *sys, int descriptor, struct sys_stat *stat,
                        struct fault *fault);

    enum status (*stat_path)(const struct sys *sys, const char *path, struct sys_stat *stat,
                             struct fault *fault);
    enum status (*rename)(const struct sys *sys, const char *from, const char *to,
                          struct fault *fault);
    enum status (*unlink)(const struct sys *sys, const char *path, struct fault *fault);
    // OK when it is already there.
    enum status (*make_directory)(const struct sys *sys, const char *path, struct fault *fault);
    // Calls `each` with every name but . and .., in no order.
    enum status (*list_directory)(const struct sys *sys, const char *path,
                                  void (*each)(void *context, const char *name), void *context,
                                  struct fault *fault);
    // Makes creations, renames and removals in the folder survive a power cut.
    enum status (*sync_directory)(const struct sys *sys, const char *path, struct fault *fault);

    // Maps the first `size` bytes, size > 0, for reading. The descriptor may be closed afterwards.
    enum status (*map)(const struct sys *sys, int descriptor, size_t size,
                       struct sys_region *region, struct fault *fault);
    void (*unmap)(const struct sys *sys, struct sys_region *region);
    // True once a read of the region has hit a page the file no longer has (it read zeros).
    bool (*is_holed)(const struct sys *sys, const struct sys_region *region);
    // Best effort; true when the system took the advice. Any run of bytes inside a region; for HUGE
    // any memory.
    bool (*advise)(const struct sys *sys, const void *data, size_t size, enum sys_advice advice);

    uint32_t (*process)(const struct sys *sys); // id of this process
    uint32_t (*user)(const struct sys *sys);    // id of the user the process acts as

    int64_t (*wall_us)(const struct sys *sys);      // since 1970 UTC; may jump
    int64_t (*monotonic_us)(const struct sys *sys); // from an arbitrary start; never goes back
    uint64_t (*random)(const struct sys *sys);      // not guessable (sys_os)
    void (*sleep)(const struct sys *sys, int64_t duration_us);
};

// The real one. Lives as long as the process.
const struct sys *sys_os(void);

#endif
