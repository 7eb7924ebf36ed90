#include "filter/value.h"

#include <math.h>

#include "base/decimal.h"
#include "text/utf8.h"

_Static_assert((int)VALUE_JSON == (int)FILTER_JSON, "kinds of filter.h keep their numbers");
_Static_assert(sizeof(struct value) == sizeof(struct filter_value) &&
                   offsetof(struct value, text) == offsetof(struct filter_value, text),
               "values of filter.h are copied as they are");

// Stored rows hold JSON that a parser has accepted; these functions still end and stay inside on any bytes.

uint8_t *value_room(struct filter_scratch *scratch, size_t size)
{
    if (size > sizeof(scratch->bytes) - scratch->used) {
        return NULL;
    }
    uint8_t *const room = scratch->bytes + scratch->used;
    scratch->used += size;
    return room;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static size_t skip_blanks(struct bytes json, size_t at)
{
    while (at < json.size && is_blank(json.data[at])) {
        at++;
    }
    return at;
}

// From the opening quote to behind the closing one.
static size_t skip_text(struct bytes json, size_t at)
{
    for (at++; at < json.size && json.data[at] != '"'; at++) {
        at += json.data[at] == '\\';
    }
    return at < json.size ? at + 1 : json.size;
}

// From the first byte of a value to behind its last.
static size_t skip_value(struct bytes json, size_t at)
{
    if (at < json.size && json.data[at] == '"') {
        return skip_text(json, at);
    }
    size_t depth = 0;
    while (at < json.size) {
        const uint8_t byte = json.data[at];
        if (byte == '"') {
            at = skip_text(json, at);
            continue;
        }
        if (byte == '{' || byte == '[') {
            depth++;
        } else if (byte == '}' || byte == ']') {
            if (depth == 0) {
                return at;
            }
            if (--depth == 0) {
                return at + 1;
            }
        } else if (depth == 0 && (byte == ',' || byte == ':' || is_blank(byte))) {
            return at;
        }
        at++;
    }
    return at;
}

static bool take_hex4(struct bytes text, size_t at, uint32_t *code)
{
    if (text.size < 4 || at > text.size - 4) {
        return false;
    }
    *code = 0;
    for (size_t i = at; i < at + 4; i++) {
        const uint8_t byte = text.data[i];
        const uint32_t digit = byte >= '0' && byte <= '9'   ? (uint32_t)byte - '0'
                               : byte >= 'a' && byte <= 'f' ? (uint32_t)byte - 'a' + 10
                               : byte >= 'A' && byte <= 'F' ? (uint32_t)byte - 'A' + 10
                                                            : 16;
        if (digit > 15) {
            return false;
        }
        *code = *code << 4 | digit;
    }
    return true;
}

// The character behind a backslash at `at - 1`; returns where it ends.
static size_t undo_escape(struct bytes text, size_t at, uint8_t out[4], unsigned *size)
{
    static const char names[] = "bfnrt";
    static const char meant[] = "\b\f\n\r\t";
    const uint8_t byte = at < text.size ? text.data[at] : '\\';
    *size = 1;
    if (byte != 'u') {
        const char *const name = byte == 0 ? NULL : strchr(names, byte);
        out[0] = name == NULL ? byte : (uint8_t)meant[name - names];
        return at + 1;
    }
    uint32_t code = 0;
    if (!take_hex4(text, at + 1, &code)) {
        out[0] = byte;
        return at + 1;
    }
    at += 5;
    uint32_t low = 0;
    if (code >= 0xd800 && code < 0xdc00 && at + 1 < text.size && text.data[at] == '\\' &&
        text.data[at + 1] == 'u' && take_hex4(text, at + 2, &low) && low >= 0xdc00 &&
        low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
    }
    *size = utf8_put(out, code >= 0xd800 && code < 0xe000 ? UTF8_REPLACEMENT : code);
    return at;
}

// The text between quotes. Undoing never makes it longer.
static struct value text_of(struct bytes raw, struct filter_scratch *scratch)
{
    if (raw.size == 0 || memchr(raw.data, '\\', raw.size) == NULL) {
        return value_text(raw);
    }
    uint8_t *const room = value_room(scratch, raw.size + 4);
    if (room == NULL) {
        return value_null();
    }
    size_t size = 0;
    for (size_t at = 0; at < raw.size;) {
        if (raw.data[at] != '\\') {
            room[size++] = raw.data[at++];
            continue;
        }
        unsigned added = 0;
        at = undo_escape(raw, at + 1, room + size, &added);
        size += added;
    }
    scratch->used -= raw.size + 4 - size;
    return value_text((struct bytes){.data = room, .size = size});
}

struct value value_of_json(struct bytes json, struct filter_scratch *scratch)
{
    const size_t begin = skip_blanks(json, 0);
    const size_t end = skip_value(json, begin);
    const struct bytes text = {.data = json.data + begin, .size = end - begin};
    if (text.size == 0) {
        return (struct value){.kind = VALUE_UNDEFINED};
    }
    double number = 0;
    switch (text.data[0]) {
    case '{':
    case '[':
        return (struct value){.kind = VALUE_JSON, .text = text};
    case '"':
        return text_of(
            (struct bytes){.data = text.data + 1, .size = text.size >= 2 ? text.size - 2 : 0},
            scratch);
    case 't':
    case 'f':
        return value_bool(text.data[0] == 't');
    case 'n':
        return value_null();
    default:
        return decimal_parse(text, &number) ? value_number(number)
                                            : (struct value){.kind = VALUE_UNDEFINED};
    }
}

// Is the key between quotes, with its escapes, this name?
static bool is_key(struct bytes raw, struct bytes name)
{
    if (raw.size == name.size && memcmp(raw.data, name.data, name.size) == 0) {
        return memchr(raw.data, '\\', raw.size) == NULL;
    }
    size_t matched = 0;
    for (size_t at = 0; at < raw.size;) {
        uint8_t out[4] = {raw.data[at]};
        unsigned size = 1;
        at = raw.data[at] == '\\' ? undo_escape(raw, at + 1, out, &size) : at + 1;
        if (size > name.size - matched || memcmp(out, name.data + matched, size) != 0) {
            return false;
        }
        matched += size;
    }
    return matched == name.size;
}

static bool find_key(struct bytes json, struct bytes name, struct bytes *member)
{
    size_t at = skip_blanks(json, 1);
    while (at < json.size && json.data[at] == '"') {
        const size_t end = skip_text(json, at);
        const struct bytes key = {.data = json.data + at + 1,
                                  .size = end - at >= 2 ? end - at - 2 : 0};
        at = skip_blanks(json, end);
        if (at >= json.size || json.data[at] != ':') {
            return false;
        }
        at = skip_blanks(json, at + 1);
        const size_t value_end = skip_value(json, at);
        if (is_key(key, name)) {
            *member = (struct bytes){.data = json.data + at, .size = value_end - at};
            return true;
        }
        at = skip_blanks(json, value_end);
        if (at >= json.size || json.data[at] != ',') {
            return false;
        }
        at = skip_blanks(json, at + 1);
    }
    return false;
}

bool value_next_element(struct bytes *rest, struct bytes *element)
{
    size_t at = skip_blanks(*rest, 0);
    if (at >= rest->size || (rest->data[at] != '[' && rest->data[at] != ',')) {
        return false;
    }
    at = skip_blanks(*rest, at + 1);
    const size_t end = skip_value(*rest, at);
    if (end == at) {
        return false;
    }
    *element = (struct bytes){.data = rest->data + at, .size = end - at};
    *rest = (struct bytes){.data = rest->data + end, .size = rest->size - end};
    return true;
}

static bool find_index(struct bytes json, struct bytes name, struct bytes *member)
{
    size_t index = 0;
    for (size_t i = 0; i < name.size; i++) {
        const unsigned digit = (unsigned)name.data[i] - '0';
        if (digit > 9 || i > 8) {
            return false;
        }
        index = index * 10 + digit;
    }
    for (size_t i = 0; value_next_element(&json, member); i++) {
        if (i == index) {
            return name.size > 0;
        }
    }
    return false;
}

bool value_find_member(struct bytes json, struct bytes name, struct bytes *member)
{
    const size_t begin = skip_blanks(json, 0);
    const struct bytes text = {.data = json.data + begin, .size = json.size - begin};
    if (text.size == 0) {
        return false;
    }
    return text.data[0] == '{'   ? find_key(text, name, member)
           : text.data[0] == '[' ? find_index(text, name, member)
                                 : false;
}

static bool put_bytes(struct bytes bytes, struct filter_scratch *scratch)
{
    uint8_t *const room = value_room(scratch, bytes.size);
    if (room != NULL && bytes.size > 0) {
        memcpy(room, bytes.data, bytes.size);
    }
    return room != NULL;
}

static bool put_text(struct bytes text, struct filter_scratch *scratch)
{
    bool fits = put_bytes(BYTES_OF("\""), scratch);
    for (size_t i = 0; i < text.size && fits; i++) {
        static const char hex[] = "0123456789abcdef";
        const uint8_t byte = text.data[i];
        if (byte == '"' || byte == '\\') {
            const uint8_t escaped[] = {'\\', byte};
            fits = put_bytes((struct bytes){.data = escaped, .size = 2}, scratch);
        } else if (byte < 0x20) {
            const uint8_t escaped[] = {
                '\\', 'u', '0', '0', (uint8_t)hex[byte >> 4], (uint8_t)hex[byte & 15]};
            fits = put_bytes((struct bytes){.data = escaped, .size = 6}, scratch);
        } else {
            fits = put_bytes((struct bytes){.data = &text.data[i], .size = 1}, scratch);
        }
    }
    return fits && put_bytes(BYTES_OF("\""), scratch);
}

bool value_put_json(const struct value *value, struct filter_scratch *scratch)
{
    char text[DECIMAL_SIZE];
    switch (value->kind) {
    case VALUE_NULL:
    case VALUE_UNDEFINED:
        return put_bytes(BYTES_OF("null"), scratch);
    case VALUE_BOOL:
        return put_bytes(value->truth ? BYTES_OF("true") : BYTES_OF("false"), scratch);
    case VALUE_NUMBER:
        if (!isfinite(value->number)) {
            return put_bytes(BYTES_OF("null"), scratch);
        }
        return put_bytes((struct bytes){.data = (const uint8_t *)text,
                                        .size = decimal_format(value->number, text)},
                         scratch);
    case VALUE_TEXT:
        return put_text(value->text, scratch);
    case VALUE_JSON:
        return put_bytes(value->text, scratch);
    case VALUE_TIME:
    case VALUE_SHAPE:
    case VALUE_INTERVAL:
    case VALUE_THIS:
    case VALUE_REGEX:
        break;
    }
    return false;
}
