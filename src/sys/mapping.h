// Mapping: a file read through memory.
//
// A file must not be cut short under a mapping, but files are: the kernel then answers a read beyond
// the new end with SIGBUS, and so it does for a bad disk. Opening a mapping installs a handler that
// maps zero pages over the hole and marks the mapping; the read sees zeros and the process goes on.
// Whoever trusted the bytes asks mapping_is_poisoned and throws the data away. A SIGBUS outside any
// mapping ends the process as before.
//
// This is the one process-wide thing here: a signal has one handler. It is a table of 1024 live
// mappings, written only by open and close. A zeroed mapping is closed. Opening and closing block;
// the bytes may be read by any thread.
#ifndef SYS_MAPPING_H
#define SYS_MAPPING_H

#include "base/bytes.h"
#include "sys/file.h"
#include "sys/sys.h"

struct mapping {
    const struct sys *sys;
    struct sys_region region;
    struct sys_stat stat; // of the file, before it was mapped
};

// Maps the whole file; an empty file gives an empty mapping.
// Fails: NOT_FOUND; IO; UNSUPPORTED when it is not a regular file.
MUST_USE enum status mapping_open(const struct sys *sys, const char *path, struct mapping *mapping,
                                  struct fault *fault);
// The same of a file already open; the file may be closed afterwards.
MUST_USE enum status mapping_open_file(const struct file *file, struct mapping *mapping,
                                       struct fault *fault);
void mapping_close(struct mapping *mapping);

// Valid until mapping_close.
static inline struct bytes mapping_bytes(const struct mapping *mapping)
{
    return (struct bytes){.data = mapping->region.data, .size = mapping->region.size};
}

// True once a read has hit a hole. Never false again. Cost: one relaxed load.
bool mapping_is_poisoned(const struct mapping *mapping);

// Best effort, for any run of bytes inside the mapping; true when the system agreed.
bool mapping_advise(const struct mapping *mapping, struct bytes bytes, enum sys_advice advice);

#endif
