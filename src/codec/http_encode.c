#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "codec/http.h"

const char *http_status_text(unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } texts[] = {
        {100, "Continue"},
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (texts[i].status == status) {
            return texts[i].text;
        }
    }
    return "Unknown";
}

static void append_number(struct buffer *out, size_t value)
{
    char digits[20];
    size_t first = sizeof(digits);
    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    buffer_append(out, digits + first, sizeof(digits) - first);
}

#define APPEND_LITERAL(out, literal) buffer_append((out), (literal), sizeof(literal) - 1)

static void append_status_line(struct buffer *out, unsigned status)
{
    if (LIKELY(status == 200)) {
        APPEND_LITERAL(out, "HTTP/1.1 200 OK\r\n");
        return;
    }
    APPEND_LITERAL(out, "HTTP/1.1 ");
    append_number(out, status);
    buffer_append_u8(out, ' ');
    buffer_append_text(out, http_status_text(status));
    APPEND_LITERAL(out, "\r\n");
}

void http_reply_write(struct buffer *out, const struct http_reply *reply)
{
    assert(reply->status >= 200);
    append_status_line(out, reply->status);
    if (reply->date.size != 0) {
        APPEND_LITERAL(out, "Date: ");
        buffer_append_bytes(out, reply->date);
        APPEND_LITERAL(out, "\r\n");
    }
    if (reply->content_type != NULL) {
        APPEND_LITERAL(out, "Content-Type: ");
        buffer_append_text(out, reply->content_type);
        APPEND_LITERAL(out, "\r\n");
    }
    if (reply->fields != NULL) {
        buffer_append_text(out, reply->fields);
    }
    if (reply->closes) {
        APPEND_LITERAL(out, "Connection: close\r\n");
    }
    if (reply->status == 204) {
        APPEND_LITERAL(out, "\r\n");
        return;
    }
    APPEND_LITERAL(out, "Content-Length: ");
    append_number(out, reply->body.size);
    APPEND_LITERAL(out, "\r\n\r\n");
    if (!reply->is_head) {
        buffer_append_bytes(out, reply->body);
    }
}

bool http_query_next(struct bytes *rest, struct bytes *name, struct bytes *value)
{
    while (rest->size != 0 && rest->data[0] == '&') {
        rest->data++;
        rest->size--;
    }
    if (rest->size == 0) {
        return false;
    }
    const uint8_t *const end = memchr(rest->data, '&', rest->size);
    const size_t size = end == NULL ? rest->size : (size_t)(end - rest->data);
    const uint8_t *const equals = memchr(rest->data, '=', size);
    const size_t name_size = equals == NULL ? size : (size_t)(equals - rest->data);
    *name = (struct bytes){.data = rest->data, .size = name_size};
    *value = equals == NULL ? (struct bytes){.data = rest->data + size}
                            : (struct bytes){.data = equals + 1, .size = size - name_size - 1};
    rest->data += size;
    rest->size -= size;
    return true;
}

// The value of a hexadecimal digit, or -1.
static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const uint8_t lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

size_t http_unescape(struct bytes text, bool is_query, uint8_t *out)
{
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (byte == '%') {
            const int high = text.size - i > 2 ? digit_of(text.data[i + 1]) : -1;
            const int low = text.size - i > 2 ? digit_of(text.data[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return SIZE_MAX;
            }
            byte = (uint8_t)(high << 4 | low);
            i += 2;
        } else if (byte == '+' && is_query) {
            byte = ' ';
        }
        out[size++] = byte;
    }
    return size;
}

void http_escape(struct buffer *out, struct bytes text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t c = text.data[i];
        const bool is_letter = (uint8_t)((c | 0x20) - 'a') < 26;
        if (is_letter || (uint8_t)(c - '0') < 10 || (c != '\0' && strchr("-._~", c) != NULL)) {
            buffer_append_u8(out, c);
        } else {
            const char code[3] = {'%', digits[c >> 4], digits[c & 0xf]};
            buffer_append(out, code, sizeof(code));
        }
    }
}
