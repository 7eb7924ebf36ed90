// CSV (RFC 4180): rows of text, separated by commas or whatever a file uses, in and out.
//
// Line ends are LF, CR LF or CR. A field may be quoted, "" is a quote within; quotes inside an unquoted
// field stand for themselves. Empty lines are no rows. Pure; one thread a scratch buffer.
#ifndef CODEC_CSV_H
#define CODEC_CSV_H

#include "base/buffer.h"
#include "base/bytes.h"

enum { CSV_COLUMNS_MAX = 512 };

struct csv_row {
    struct bytes fields[CSV_COLUMNS_MAX]; // in the text or in the scratch; until the next call
    unsigned count;
};

enum csv_step {
    CSV_ROW,
    CSV_MORE,   // the row does not end in this text
    CSV_END,    // there is no further row
    CSV_BROKEN, // a quote is never closed, there are too many columns, or no memory
};

// Reads the first row of `text`; `is_all` says that nothing follows the text. `used_size` is what to go on
// after, line end and empty lines before it included; of MORE and BROKEN it is 0.
enum csv_step csv_read(struct bytes text, bool is_all, char delimiter, struct buffer *scratch,
                       struct csv_row *row, size_t *used_size);

// The delimiter of a file by its first line: of comma, semicolon, tab and bar the most frequent outside
// quotes; comma when there is none.
char csv_delimiter(struct bytes text);

// Index of the column with this name in a header, whatever its case; -1: none.
int csv_column(const struct csv_row *header, const char *name);

// Appends a field, quoted when it must be.
void csv_write(struct buffer *out, char delimiter, struct bytes field);

#endif
