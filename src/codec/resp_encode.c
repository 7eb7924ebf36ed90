#include "codec/resp.h"

// `value` in decimal before `end`; returns where it begins.
static char *digits_before(char *end, uint64_t value)
{
    do {
        *--end = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    return end;
}

static void write_head(struct buffer *out, char kind, bool is_negative, uint64_t value)
{
    char text[24];
    char *const end = text + sizeof(text);
    end[-1] = '\n';
    end[-2] = '\r';
    char *at = digits_before(end - 2, value);
    if (is_negative) {
        *--at = '-';
    }
    *--at = kind;
    buffer_append(out, at, (size_t)(end - at));
}

void resp_write_simple(struct buffer *out, const char *text)
{
    buffer_append(out, "+", 1);
    buffer_append_text(out, text);
    buffer_append(out, "\r\n", 2);
}

void resp_write_error(struct buffer *out, struct bytes text)
{
    buffer_append(out, "-", 1);
    uint8_t *const room = buffer_reserve(out, text.size + 2);
    if (room == NULL) {
        return;
    }
    for (size_t i = 0; i < text.size; i++) {
        room[i] = text.data[i] == '\r' || text.data[i] == '\n' ? ' ' : text.data[i];
    }
    room[text.size] = '\r';
    room[text.size + 1] = '\n';
    out->size += text.size + 2;
}

void resp_write_integer(struct buffer *out, int64_t value)
{
    write_head(out, ':', value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void resp_write_bulk(struct buffer *out, struct bytes value)
{
    write_head(out, '$', false, value.size);
    buffer_append_bytes(out, value);
    buffer_append(out, "\r\n", 2);
}

void resp_write_null(struct buffer *out, enum resp_version version)
{
    buffer_append_text(out, version == RESP_3 ? "_\r\n" : "$-1\r\n");
}

void resp_write_array(struct buffer *out, size_t count)
{
    write_head(out, '*', false, count);
}

void resp_write_map(struct buffer *out, enum resp_version version, size_t pair_count)
{
    write_head(out, version == RESP_3 ? '%' : '*', false,
               version == RESP_3 ? pair_count : pair_count * 2);
}

void resp_write_push(struct buffer *out, enum resp_version version, size_t count)
{
    write_head(out, version == RESP_3 ? '>' : '*', false, count);
}
