// What every index builder needs from the one who builds.
#ifndef INDEX_BUILD_H
#define INDEX_BUILD_H

#include "base/memory.h"
#include "sys/sys.h"

// Borrowed until the builder is freed.
struct index_build_options {
    const struct sys *sys;
    struct memory_account *account;
    size_t memory_size;    // for sorting; what does not fit goes to temporary files
    const char *directory; // for those
    unsigned threads;      // for sorting; 0 is 1
};

#endif
