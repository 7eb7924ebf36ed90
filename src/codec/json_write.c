#include "codec/json_write.h"

static void separate(struct json_writer *json)
{
    if (json->has_item) {
        buffer_append_u8(json->out, ',');
    }
    json->has_item = true;
}

static void begin(struct json_writer *json, uint8_t bracket)
{
    separate(json);
    buffer_append_u8(json->out, bracket);
    json->has_item = false;
}

static void end(struct json_writer *json, uint8_t bracket)
{
    buffer_append_u8(json->out, bracket);
    json->has_item = true;
}

void json_begin_object(struct json_writer *json)
{
    begin(json, '{');
}

void json_end_object(struct json_writer *json)
{
    end(json, '}');
}

void json_begin_array(struct json_writer *json)
{
    begin(json, '[');
}

void json_end_array(struct json_writer *json)
{
    end(json, ']');
}

// True for bytes that stand for themselves: ASCII but controls, quote and backslash.
static bool is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

// Bytes at the beginning of `text` that stand for themselves; eight at a time, by the exact test for
// "some byte is zero" on the word xored with each forbidden byte.
static size_t plain_size(const uint8_t *text, size_t size)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = UINT64_C(0x8080808080808080);
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, text + i, sizeof(word));
        const uint64_t quote = word ^ ones * '"';
        const uint64_t slash = word ^ ones * '\\';
        // Borrows may spread a hit to higher bytes, never hide one.
        const uint64_t hit =
            (word | ((word - ones * 0x20) | (quote - ones) | (slash - ones))) & tops;
        if (hit != 0) {
            break;
        }
    }
    while (i < size && is_plain(text[i])) {
        i++;
    }
    return i;
}

static void escape(struct buffer *out, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    switch (byte) {
    case '"':
        buffer_append(out, "\\\"", 2);
        break;
    case '\\':
        buffer_append(out, "\\\\", 2);
        break;
    case '\n':
        buffer_append(out, "\\n", 2);
        break;
    case '\t':
        buffer_append(out, "\\t", 2);
        break;
    case '\r':
        buffer_append(out, "\\r", 2);
        break;
    default: {
        const char code[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 0xf]};
        buffer_append(out, code, sizeof(code));
    }
    }
}

static void quote(struct buffer *out, struct bytes text)
{
    buffer_append_u8(out, '"');
    size_t i = 0;
    while (i < text.size) {
        // The longest run that is copied as it stands: ASCII and well-formed sequences.
        const size_t first = i;
        for (;;) {
            i += plain_size(text.data + i, text.size - i);
            const size_t sequence =
                i < text.size && text.data[i] >= 0x80
                    ? bytes_character_size((struct bytes){text.data + i, text.size - i})
                    : 0;
            if (sequence == 0) {
                break;
            }
            i += sequence;
        }
        buffer_append(out, text.data + first, i - first);
        if (i < text.size) {
            if (text.data[i] >= 0x80) {
                buffer_append(out, "\xef\xbf\xbd", 3);
            } else {
                escape(out, text.data[i]);
            }
            i++;
        }
    }
    buffer_append_u8(out, '"');
}

void json_key(struct json_writer *json, struct bytes key)
{
    separate(json);
    quote(json->out, key);
    buffer_append_u8(json->out, ':');
    json->has_item = false;
}

void json_text(struct json_writer *json, struct bytes text)
{
    separate(json);
    quote(json->out, text);
}

void json_unsigned(struct json_writer *json, uint64_t value)
{
    separate(json);
    char digits[20];
    size_t first = sizeof(digits);
    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    buffer_append(json->out, digits + first, sizeof(digits) - first);
}

// value / 10^places, without trailing zeros.
static void fixed(struct buffer *out, int64_t value, unsigned places)
{
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    while (places > 0 && rest % 10 == 0) {
        rest /= 10;
        places--;
    }
    char digits[32];
    size_t first = sizeof(digits);
    for (; places > 0; places--) {
        digits[--first] = (char)('0' + rest % 10);
        rest /= 10;
        if (places == 1) {
            digits[--first] = '.';
        }
    }
    do {
        digits[--first] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0) {
        digits[--first] = '-';
    }
    buffer_append(out, digits + first, sizeof(digits) - first);
}

void json_integer(struct json_writer *json, int64_t value)
{
    separate(json);
    fixed(json->out, value, 0);
}

void json_e7(struct json_writer *json, int32_t value_e7)
{
    separate(json);
    fixed(json->out, value_e7, 7);
}

void json_decimal(struct json_writer *json, double value, unsigned places)
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    const double scaled = value * powers[places];
    if (!(scaled > -9e18 && scaled < 9e18)) {
        json_null(json);
        return;
    }
    separate(json);
    fixed(json->out, (int64_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5), places);
}

void json_bool(struct json_writer *json, bool value)
{
    separate(json);
    buffer_append_text(json->out, value ? "true" : "false");
}

void json_null(struct json_writer *json)
{
    separate(json);
    buffer_append_text(json->out, "null");
}

void json_raw(struct json_writer *json, struct bytes value)
{
    separate(json);
    buffer_append_bytes(json->out, value);
}
