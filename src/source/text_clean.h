// Text clean: what the world's files say, as feature.h promises it.
//
// Trimmed, valid UTF-8, without control characters. Text that already is so (nearly all) is handed
// back as it lies; the rest is copied with control characters as spaces and broken bytes left out.
// Pure but for the pool.
#ifndef SOURCE_TEXT_CLEAN_H
#define SOURCE_TEXT_CLEAN_H

#include "base/bytes.h"
#include "source/pool.h"

// Empty when the pool is full.
struct bytes text_clean(struct bytes text, struct pool *pool);

// Takes the part of `*list` before the next `separator` off it, trimmed of spaces; false when the
// list is empty.
bool text_part_next(struct bytes *list, uint8_t separator, struct bytes *part);

// Takes the next line off `*text`, without its end (\n or \r\n); false when the text is empty.
bool text_line_next(struct bytes *text, struct bytes *line);

// Without the mark that some editors leave in front.
struct bytes text_without_mark(struct bytes text);

#endif
