#include "codec/csv.h"

struct scan {
    struct bytes text;
    size_t at;
    char delimiter;
    bool is_all;
    struct buffer *scratch;
    struct csv_row *row;
    size_t copied[CSV_COLUMNS_MAX]; // offset in the scratch plus 1 of a field that is there
};

static bool is_line_end(uint8_t byte)
{
    return byte == '\n' || byte == '\r';
}

static bool is_field_end(const struct scan *scan, size_t at)
{
    return scan->text.data[at] == (uint8_t)scan->delimiter || is_line_end(scan->text.data[at]);
}

// A field without quotes: to its end.
static enum csv_step plain_take(struct scan *scan, struct bytes *field)
{
    const size_t begin = scan->at;
    while (scan->at < scan->text.size && !is_field_end(scan, scan->at)) {
        scan->at++;
    }
    *field = (struct bytes){.data = scan->text.data + begin, .size = scan->at - begin};
    return scan->at < scan->text.size || scan->is_all ? CSV_ROW : CSV_MORE;
}

// A quoted field: its text goes to the scratch when it has quotes within or a tail behind it.
static enum csv_step quoted_take(struct scan *scan, struct bytes *field, size_t *copied)
{
    const size_t begin = ++scan->at;
    const size_t offset = scan->scratch->size;
    for (;;) {
        const size_t rest = scan->text.size - scan->at;
        const uint8_t *const quote =
            rest == 0 ? NULL : memchr(scan->text.data + scan->at, '"', rest);
        if (quote == NULL) {
            return scan->is_all ? CSV_BROKEN : CSV_MORE;
        }
        const size_t end = (size_t)(quote - scan->text.data);
        buffer_append(scan->scratch, scan->text.data + scan->at, end - scan->at);
        scan->at = end + 1;
        if (scan->at == scan->text.size && !scan->is_all) {
            return CSV_MORE; // another quote may follow
        }
        if (scan->at < scan->text.size && scan->text.data[scan->at] == '"') {
            buffer_append_u8(scan->scratch, '"');
            scan->at++;
            continue;
        }
        const size_t tail = scan->at;
        struct bytes rest_of_field;
        const enum csv_step step = plain_take(scan, &rest_of_field);
        if (tail == scan->at && end - begin == scan->scratch->size - offset) {
            scan->scratch->size = offset; // as it stands in the text
            *field = (struct bytes){.data = scan->text.data + begin, .size = end - begin};
            return step;
        }
        buffer_append_bytes(scan->scratch, rest_of_field);
        *copied = offset + 1;
        field->size = scan->scratch->size - offset;
        return step;
    }
}

static size_t line_end_skip(struct bytes text, size_t at)
{
    return at + 1 < text.size && text.data[at] == '\r' && text.data[at + 1] == '\n' ? at + 2
                                                                                    : at + 1;
}

// The fields of a row, to behind its line end.
static enum csv_step row_take(struct scan *scan)
{
    struct csv_row *const row = scan->row;
    for (;;) {
        if (row->count == CSV_COLUMNS_MAX) {
            return CSV_BROKEN;
        }
        struct bytes *const field = &row->fields[row->count];
        size_t *const copied = &scan->copied[row->count];
        *copied = 0;
        const bool is_quoted = scan->at < scan->text.size && scan->text.data[scan->at] == '"';
        const enum csv_step step =
            is_quoted ? quoted_take(scan, field, copied) : plain_take(scan, field);
        if (step != CSV_ROW) {
            return step;
        }
        row->count++;
        if (scan->at == scan->text.size) {
            return CSV_ROW;
        }
        if (is_line_end(scan->text.data[scan->at])) {
            if (scan->text.data[scan->at] == '\r' && scan->at + 1 == scan->text.size &&
                !scan->is_all) {
                return CSV_MORE; // its LF may follow
            }
            scan->at = line_end_skip(scan->text, scan->at);
            return CSV_ROW;
        }
        scan->at++;
    }
}

enum csv_step csv_read(struct bytes text, bool is_all, char delimiter, struct buffer *scratch,
                       struct csv_row *row, size_t *used_size)
{
    struct scan scan;
    scan.text = text;
    scan.at = 0;
    scan.delimiter = delimiter;
    scan.is_all = is_all;
    scan.scratch = scratch;
    scan.row = row;
    row->count = 0;
    *used_size = 0;
    buffer_clear(scratch);
    while (scan.at < text.size && is_line_end(text.data[scan.at])) {
        scan.at++;
    }
    if (scan.at == text.size) {
        *used_size = is_all ? text.size : 0;
        return is_all ? CSV_END : CSV_MORE;
    }
    const enum csv_step step = row_take(&scan);
    if (step != CSV_ROW || buffer_status(scratch) != STATUS_OK) {
        return step == CSV_ROW ? CSV_BROKEN : step;
    }
    for (unsigned i = 0; i < row->count; i++) {
        if (scan.copied[i] != 0) {
            row->fields[i].data = scratch->data + scan.copied[i] - 1;
        }
    }
    *used_size = scan.at;
    return CSV_ROW;
}

char csv_delimiter(struct bytes text)
{
    static const char candidates[] = {',', ';', '\t', '|'};
    size_t counts[sizeof(candidates)] = {0};
    bool is_quoted = false;
    for (size_t at = 0; at < text.size && (is_quoted || !is_line_end(text.data[at])); at++) {
        is_quoted = is_quoted != (text.data[at] == '"');
        for (size_t i = 0; !is_quoted && i < sizeof(candidates); i++) {
            counts[i] += text.data[at] == (uint8_t)candidates[i];
        }
    }
    size_t best = 0;
    for (size_t i = 1; i < sizeof(candidates); i++) {
        best = counts[i] > counts[best] ? i : best;
    }
    return candidates[best];
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

int csv_column(const struct csv_row *header, const char *name)
{
    const size_t size = strlen(name);
    for (unsigned i = 0; i < header->count; i++) {
        const struct bytes field = header->fields[i];
        size_t same = 0;
        while (field.size == size && same < size &&
               lower(field.data[same]) == lower((uint8_t)name[same])) {
            same++;
        }
        if (same == size && field.size == size) {
            return (int)i;
        }
    }
    return -1;
}

void csv_write(struct buffer *out, char delimiter, struct bytes field)
{
    bool needs_quotes = false;
    for (size_t i = 0; i < field.size; i++) {
        const uint8_t byte = field.data[i];
        needs_quotes =
            needs_quotes || byte == '"' || byte == (uint8_t)delimiter || is_line_end(byte);
    }
    if (!needs_quotes) {
        buffer_append_bytes(out, field);
        return;
    }
    buffer_append_u8(out, '"');
    for (size_t i = 0; i < field.size; i++) {
        if (field.data[i] == '"') {
            buffer_append_u8(out, '"');
        }
        buffer_append_u8(out, field.data[i]);
    }
    buffer_append_u8(out, '"');
}
