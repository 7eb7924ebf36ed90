// Lines: an input read line by line, in memory that does not grow with it.
#ifndef SOURCE_INPUT_LINES_H
#define SOURCE_INPUT_LINES_H

#include "source/input.h"

enum { INPUT_LINES_SIZE_MAX = 1 << 20 }; // of one line

struct input_lines {
    const struct input *input;
    uint8_t *data; // two pieces long
    size_t begin, end;
    uint64_t offset; // in the input, of data[end]
    uint64_t number; // of the line last taken, from 1
};

// Zero `lines` first; close it on every path.
MUST_USE enum status input_lines_open(const struct input *input, struct input_lines *lines,
                                      struct fault *fault);
void input_lines_close(struct input_lines *lines);

// The next line without its end (\n or \r\n), valid until the next call.
// Fails: NOT_FOUND at the end; CORRUPT for a line longer than INPUT_LINES_SIZE_MAX; CANCELLED.
MUST_USE enum status input_lines_next(struct input_lines *lines, struct bytes *line,
                                      struct fault *fault);

// The columns of a line that tabs separate, at most `capacity`; the count of all of them.
size_t input_lines_columns(struct bytes line, struct bytes *columns, size_t capacity);

#endif
