// Output: a file that is written from front to back and appears only when it is whole.
//
// Bytes go to a temporary file beside it; output_commit syncs it and gives it its name; output_close
// without commit removes it. One thread; blocks.
#ifndef DEMO_OUTPUT_H
#define DEMO_OUTPUT_H

#include "sys/file.h"

struct output {
    struct file file;
    char path[FILE_PATH_MAX];
    char beside[FILE_PATH_MAX];
    uint64_t size;
};

// `output` must stay where it is. DIRECTORY/NAME.
MUST_USE enum status output_open(const struct sys *sys, const char *directory, const char *name,
                                 struct output *output, struct fault *fault);
MUST_USE enum status output_append(struct output *output, struct bytes bytes, struct fault *fault);
MUST_USE enum status output_commit(struct output *output, struct fault *fault);
void output_close(struct output *output);

#endif
