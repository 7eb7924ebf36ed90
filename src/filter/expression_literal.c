#include <stdio.h>

#include "base/decimal.h"
#include "filter/expression.h"
#include "text/utf8.h"

// Reading. -------------------------------------------------------------------------------------------

uint8_t expression_byte_at(const struct compilation *it, size_t at)
{
    return at < it->text.size ? it->text.data[at] : 0;
}

void expression_skip_blanks(struct compilation *it)
{
    while (expression_byte_at(it, it->at) == ' ' ||
           (expression_byte_at(it, it->at) >= '\t' && expression_byte_at(it, it->at) <= '\r')) {
        it->at++;
    }
}

bool expression_is_next(const struct compilation *it, const char *sign)
{
    const size_t size = strlen(sign);
    return size <= it->text.size - it->at && memcmp(it->text.data + it->at, sign, size) == 0;
}

bool expression_take(struct compilation *it, const char *sign)
{
    expression_skip_blanks(it);
    const bool is = expression_is_next(it, sign);
    it->at += is ? strlen(sign) : 0;
    return is;
}

// An operator that is not the beginning of a longer one.
bool expression_take_operator(struct compilation *it, const char *sign, const char *not_before)
{
    expression_skip_blanks(it);
    const uint8_t after = expression_byte_at(it, it->at + strlen(sign));
    if (!expression_is_next(it, sign) || (after != 0 && strchr(not_before, after) != NULL)) {
        return false;
    }
    it->at += strlen(sign);
    return true;
}

struct node *expression_unexpected(struct compilation *it, const char *wanted)
{
    expression_skip_blanks(it);
    if (it->at >= it->text.size) {
        compilation_fail(it, it->at, "the expression ends where %s was expected", wanted);
    } else {
        compilation_fail(it, it->at, "\"%.*s\" where %s was expected",
                         (int)(it->text.size - it->at < 20 ? it->text.size - it->at : 20),
                         (const char *)it->text.data + it->at, wanted);
    }
    return &it->broken;
}

void expression_expect(struct compilation *it, const char *sign)
{
    if (!expression_take(it, sign)) {
        char wanted[8];
        (void)snprintf(wanted, sizeof(wanted), "\"%s\"", sign);
        (void)expression_unexpected(it, wanted);
    }
}

bool expression_is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

bool expression_begins_name(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           byte == '$' || byte >= 0x80;
}

struct bytes expression_take_name(struct compilation *it)
{
    const size_t begin = it->at;
    if (expression_begins_name(expression_byte_at(it, it->at))) {
        while (expression_begins_name(expression_byte_at(it, it->at)) ||
               expression_is_digit(expression_byte_at(it, it->at))) {
            it->at++;
        }
    }
    return (struct bytes){.data = it->text.data + begin, .size = it->at - begin};
}

bool expression_take_word(struct compilation *it, const char *word)
{
    expression_skip_blanks(it);
    const size_t begin = it->at;
    const bool is = bytes_equal(expression_take_name(it), bytes_from_text(word));
    it->at = is ? it->at : begin;
    return is;
}

// Literals. ------------------------------------------------------------------------------------------

static unsigned hex_digit(uint8_t byte)
{
    return expression_is_digit(byte)    ? (unsigned)byte - '0'
           : byte >= 'a' && byte <= 'f' ? (unsigned)byte - 'a' + 10
           : byte >= 'A' && byte <= 'F' ? (unsigned)byte - 'A' + 10
                                        : 16;
}

struct node *expression_number(struct compilation *it)
{
    const size_t begin = it->at;
    double value = 0;
    size_t at = begin;
    bool is_number = true;
    if (expression_byte_at(it, at) == '0' && (expression_byte_at(it, at + 1) | 0x20) == 'x') {
        for (at += 2; hex_digit(expression_byte_at(it, at)) < 16; at++) {
            value = value * 16 + hex_digit(expression_byte_at(it, at));
        }
        is_number = at > begin + 2;
    } else {
        while (expression_is_digit(expression_byte_at(it, at)) ||
               expression_byte_at(it, at) == '.') {
            at++;
        }
        if ((expression_byte_at(it, at) | 0x20) == 'e') {
            at++;
            at += expression_byte_at(it, at) == '+' || expression_byte_at(it, at) == '-';
            while (expression_is_digit(expression_byte_at(it, at))) {
                at++;
            }
        }
        is_number = decimal_parse((struct bytes){.data = it->text.data + begin, .size = at - begin},
                                  &value);
    }
    it->at = at;
    if (expression_is_next(it, "u64") || expression_is_next(it, "i64")) {
        it->at += 3;
    }
    if (!is_number || expression_begins_name(expression_byte_at(it, it->at))) {
        compilation_fail(it, begin, "\"%.*s\" is no number",
                         (int)(it->at - begin < 40 ? it->at - begin : 40),
                         (const char *)it->text.data + begin);
    }
    return node_constant(it, begin, value_number(value));
}

// Hexadecimal digits: exactly `count`, or as many as there are up to a brace.
static uint32_t take_hex(struct compilation *it, unsigned count)
{
    uint32_t code = 0;
    const size_t begin = it->at;
    const bool is_braced = count == 4 && expression_byte_at(it, it->at) == '{';
    it->at += is_braced;
    unsigned digits = 0;
    while (digits < (is_braced ? 6 : count) && hex_digit(expression_byte_at(it, it->at)) < 16) {
        code = code << 4 | hex_digit(expression_byte_at(it, it->at++));
        digits++;
    }
    if (digits == 0 || (!is_braced && digits < count) ||
        (is_braced && expression_byte_at(it, it->at) != '}') || code > 0x10ffff) {
        compilation_fail(it, begin, "an escape wants hexadecimal digits");
        return 0;
    }
    it->at += is_braced;
    return code;
}

// Behind a backslash; what has no meaning is itself.
static unsigned escape(struct compilation *it, uint8_t out[4])
{
    static const char names[] = "0bfnrtv";
    static const char meant[] = "\0\b\f\n\r\t\v";
    const uint8_t byte = expression_byte_at(it, it->at++);
    const char *const name = byte == 0 ? NULL : strchr(names, byte);
    uint32_t code = byte;
    if (name != NULL) {
        code = (uint8_t)meant[name - names];
    } else if (byte == 'x') {
        code = take_hex(it, 2);
    } else if (byte == 'u') {
        code = take_hex(it, 4);
        if (code >= 0xd800 && code < 0xdc00 && expression_is_next(it, "\\u")) {
            it->at += 2;
            const uint32_t low = take_hex(it, 4);
            code = low >= 0xdc00 && low < 0xe000
                       ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
                       : UTF8_REPLACEMENT;
        }
        code = code >= 0xd800 && code < 0xe000 ? UTF8_REPLACEMENT : code;
    } else {
        out[0] = byte;
        return 1;
    }
    return utf8_put(out, code);
}

struct node *expression_text(struct compilation *it)
{
    const size_t begin = it->at;
    const uint8_t quote = expression_byte_at(it, it->at++);
    const uint8_t *const end = memchr(it->text.data + it->at, quote, it->text.size - it->at);
    // Undoing escapes never makes a text longer than it is written.
    uint8_t *const room = node_pool_take(&it->working, it->text.size - it->at + 4);
    size_t size = 0;
    if (room == NULL) {
        compilation_has_no_memory(it);
        return &it->broken;
    }
    while (end != NULL && it->at < it->text.size && expression_byte_at(it, it->at) != quote) {
        if (expression_byte_at(it, it->at) == '\\') {
            it->at++;
            size += escape(it, room + size);
        } else {
            room[size++] = expression_byte_at(it, it->at++);
        }
    }
    if (it->at >= it->text.size || end == NULL) {
        compilation_fail(it, begin, "the text that begins here has no end");
        return &it->broken;
    }
    it->at++;
    return node_text(it, begin, (struct bytes){.data = room, .size = size});
}
