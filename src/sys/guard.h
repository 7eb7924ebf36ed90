// Guard: what sys/mapping.h does for our mappings, for one that a library made of a file.
//
// A read beyond the end of a file that was cut short then finds zeros instead of ending the process.
// The library's mapping must outlive the guard. A zeroed guard guards nothing.
#ifndef SYS_GUARD_H
#define SYS_GUARD_H

#include <stdbool.h>
#include <stddef.h>

struct guard_mapping {
    int slot; // plus 1; 0 none
};

// `path` is the file that was mapped at `data`. False: it cannot be opened again, or there are too many.
bool guard_mapping_begin(const char *path, const void *data, size_t size,
                         struct guard_mapping *guard);
void guard_mapping_end(struct guard_mapping *guard);
// True once a read has hit a hole: nothing read lately is to be believed.
bool guard_mapping_was_hit(const struct guard_mapping *guard);

#endif
