// Pipeline: pieces of work done on several threads, their results taken in order on one.
//
//     indexes 0, 1, 2 …  --work, any thread-->  slots  --take, the caller's thread, in order-->
//
// At most `slot_count` pieces are between the begin of their work and the end of their taking; a
// slot is the place for the results of one. The caller's thread works too when its next piece is
// not begun yet, so one thread is a plain loop and two are never idle. Order and content of what is
// taken do not depend on the number of threads.
#ifndef SYS_PIPELINE_H
#define SYS_PIPELINE_H

#include <stddef.h>

#include "base/status.h"

#define PIPELINE_THREADS_MAX 32

typedef enum status pipeline_step(void *context, size_t index, size_t slot, struct fault *fault);

struct pipeline {
    unsigned threads;  // >= 1, the caller's with it
    size_t slot_count; // >= 1; twice the threads is plenty
    pipeline_step *work;
    pipeline_step *take;
    void *context;
};

// Does every index below `count`. Returns the failure of the lowest index that failed, whether in
// work or in taking; what lies above it is then not taken.
MUST_USE enum status pipeline_run(const struct pipeline *pipeline, size_t count,
                                  struct fault *fault);

#endif
