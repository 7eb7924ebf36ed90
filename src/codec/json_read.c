#include "codec/json_read.h"

#include <inttypes.h>

// What may come next.
enum state {
    WANT_VALUE,
    WANT_VALUE_OR_END, // behind '['
    WANT_KEY_OR_END,   // behind '{'
    WANT_KEY,
    WANT_COLON,
    WANT_COMMA_OR_END,
    WANT_NOTHING, // but space
};

struct json_reader json_over(struct bytes text, struct memory_account *account)
{
    return (struct json_reader){.text = text, .unescaped = {.account = account}};
}

void json_reader_free(struct json_reader *reader)
{
    buffer_free(&reader->unescaped);
}

static enum json_token fail(struct json_reader *reader, const char *what)
{
    if (reader->what == NULL) {
        reader->what = what;
    }
    return JSON_BROKEN;
}

enum status json_status(const struct json_reader *reader, struct fault *fault)
{
    if (reader->what == NULL) {
        return STATUS_OK;
    }
    size_t line = 1;
    size_t line_begin = 0;
    for (size_t i = 0; i < reader->at && i < reader->text.size; i++) {
        if (reader->text.data[i] == '\n') {
            line++;
            line_begin = i + 1;
        }
    }
    return fault_set(fault, STATUS_CORRUPT, "byte %zu (line %zu, column %zu): %s", reader->at, line,
                     reader->at - line_begin + 1, reader->what);
}

static bool is_at_end(const struct json_reader *reader)
{
    return reader->at == reader->text.size;
}

static void space_skip(struct json_reader *reader)
{
    while (!is_at_end(reader)) {
        const uint8_t byte = reader->text.data[reader->at];
        if (byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t') {
            return;
        }
        reader->at++;
    }
}

static bool in_object(const struct json_reader *reader)
{
    const unsigned top = reader->depth - 1;
    return (reader->is_object[top / 8] >> (top % 8) & 1) != 0;
}

// What follows a whole value.
static void value_end(struct json_reader *reader)
{
    reader->state = reader->depth != 0    ? WANT_COMMA_OR_END
                    : reader->is_sequence ? WANT_VALUE
                                          : WANT_NOTHING;
}

static enum json_token level_begin(struct json_reader *reader, bool is_object)
{
    if (reader->depth == JSON_DEPTH_MAX) {
        return fail(reader, "nested too deeply");
    }
    const unsigned top = reader->depth++;
    const uint8_t bit = (uint8_t)(1U << (top % 8));
    reader->is_object[top / 8] =
        (uint8_t)(is_object ? reader->is_object[top / 8] | bit : reader->is_object[top / 8] & ~bit);
    reader->state = is_object ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
    reader->at++;
    return is_object ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN;
}

static enum json_token level_end(struct json_reader *reader)
{
    const enum json_token token = in_object(reader) ? JSON_OBJECT_END : JSON_ARRAY_END;
    reader->depth--;
    reader->at++;
    value_end(reader);
    return token;
}

static enum json_token word_take(struct json_reader *reader, const char *word,
                                 enum json_token token)
{
    const size_t size = strlen(word);
    if (reader->text.size - reader->at < size ||
        memcmp(reader->text.data + reader->at, word, size) != 0) {
        return fail(reader, "this is no value");
    }
    reader->at += size;
    value_end(reader);
    return token;
}

static bool digits_skip(struct json_reader *reader)
{
    const size_t begin = reader->at;
    while (!is_at_end(reader) && reader->text.data[reader->at] >= '0' &&
           reader->text.data[reader->at] <= '9') {
        reader->at++;
    }
    return reader->at != begin;
}

static bool byte_skip(struct json_reader *reader, char byte)
{
    if (!is_at_end(reader) && reader->text.data[reader->at] == (uint8_t)byte) {
        reader->at++;
        return true;
    }
    return false;
}

static enum json_token number_take(struct json_reader *reader, struct bytes *value)
{
    const size_t begin = reader->at;
    (void)byte_skip(reader, '-');
    const bool is_zero = byte_skip(reader, '0');
    if (!is_zero && !digits_skip(reader)) {
        return fail(reader, "a digit is missing");
    }
    if (byte_skip(reader, '.') && !digits_skip(reader)) {
        return fail(reader, "a digit is missing after the point");
    }
    if (byte_skip(reader, 'e') || byte_skip(reader, 'E')) {
        if (!byte_skip(reader, '+')) {
            (void)byte_skip(reader, '-');
        }
        if (!digits_skip(reader)) {
            return fail(reader, "a digit is missing in the exponent");
        }
    }
    *value = (struct bytes){.data = reader->text.data + begin, .size = reader->at - begin};
    value_end(reader);
    return JSON_NUMBER;
}

// Digits of a decimal number with the point taken out: value * 10^-point.
struct decimal {
    uint64_t digits;
    int point; // digits behind the point, less the exponent
    bool is_negative;
};

static struct decimal decimal_parse(struct bytes number)
{
    struct decimal decimal = {0};
    size_t at = 0;
    bool is_fraction = false;
    if (number.size != 0 && (number.data[0] == '-' || number.data[0] == '+')) {
        decimal.is_negative = number.data[at++] == '-';
    }
    for (; at < number.size && (number.data[at] | 0x20) != 'e'; at++) {
        if (number.data[at] == '.') {
            is_fraction = true;
        } else if (decimal.digits <= UINT64_C(922337203685477580)) {
            decimal.digits = decimal.digits * 10 + (uint64_t)(number.data[at] - '0');
            decimal.point += is_fraction;
        } else {
            decimal.point -= !is_fraction; // a digit left out in front of the point
        }
    }
    int exponent = 0;
    bool is_negative = false;
    for (at++; at < number.size; at++) {
        if (number.data[at] == '-') {
            is_negative = true;
        } else if (number.data[at] != '+' && exponent < 1000) {
            exponent = exponent * 10 + (number.data[at] - '0');
        }
    }
    decimal.point -= is_negative ? -exponent : exponent;
    return decimal;
}

static size_t digits_size(struct bytes text, size_t at)
{
    const size_t begin = at;
    while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9') {
        at++;
    }
    return at - begin;
}

static size_t sign_size(struct bytes text, size_t at)
{
    return at < text.size && (text.data[at] == '-' || text.data[at] == '+');
}

// A sign, digits with a point somewhere among them, an exponent; the first and the last may be missing.
static bool is_decimal(struct bytes number)
{
    size_t at = sign_size(number, 0);
    size_t digits = digits_size(number, at);
    at += digits;
    if (at < number.size && number.data[at] == '.') {
        const size_t fraction = digits_size(number, at + 1);
        at += 1 + fraction;
        digits += fraction;
    }
    if (digits != 0 && at < number.size && (number.data[at] | 0x20) == 'e') {
        at += 1;
        at += sign_size(number, at);
        const size_t exponent = digits_size(number, at);
        at += exponent;
        digits = exponent;
    }
    return digits != 0 && at == number.size;
}

bool json_number_scaled(struct bytes number, unsigned decimals, int64_t *scaled)
{
    if (!is_decimal(number)) {
        return false;
    }
    const struct decimal decimal = decimal_parse(number);
    uint64_t value = decimal.digits;
    int shift = (int)decimals - decimal.point;
    for (; shift > 0 && value != 0; shift--) {
        if (value > (uint64_t)INT64_MAX / 10) {
            return false;
        }
        value *= 10;
    }
    // Rounded once: by the highest digit that falls away.
    for (; shift < -1 && value != 0; shift++) {
        value /= 10;
    }
    if (shift == -1) {
        value = (value + 5) / 10;
    }
    if (value > INT64_MAX) {
        return false;
    }
    *scaled = decimal.is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

static bool hex_take(struct json_reader *reader, uint32_t *unit)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; i++, reader->at++) {
        if (is_at_end(reader)) {
            return false;
        }
        const uint8_t byte = reader->text.data[reader->at];
        const uint8_t lower = byte | 0x20;
        if (byte >= '0' && byte <= '9') {
            value = value << 4 | (uint32_t)(byte - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            value = value << 4 | (uint32_t)(lower - 'a' + 10);
        } else {
            return false;
        }
    }
    *unit = value;
    return true;
}

static void code_point_append(struct buffer *out, uint32_t code)
{
    if (code < 0x80) {
        buffer_append_u8(out, (uint8_t)code);
    } else if (code < 0x800) {
        buffer_append_u8(out, (uint8_t)(0xc0 | code >> 6));
        buffer_append_u8(out, (uint8_t)(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
        buffer_append_u8(out, (uint8_t)(0xe0 | code >> 12));
        buffer_append_u8(out, (uint8_t)(0x80 | (code >> 6 & 0x3f)));
        buffer_append_u8(out, (uint8_t)(0x80 | (code & 0x3f)));
    } else {
        buffer_append_u8(out, (uint8_t)(0xf0 | code >> 18));
        buffer_append_u8(out, (uint8_t)(0x80 | (code >> 12 & 0x3f)));
        buffer_append_u8(out, (uint8_t)(0x80 | (code >> 6 & 0x3f)));
        buffer_append_u8(out, (uint8_t)(0x80 | (code & 0x3f)));
    }
}

// Behind "\u": one code point, of one unit or two.
static bool unicode_take(struct json_reader *reader)
{
    uint32_t code;
    if (!hex_take(reader, &code)) {
        return false;
    }
    if (code >= 0xdc00 && code <= 0xdfff) {
        return false;
    }
    if (code >= 0xd800 && code <= 0xdbff) {
        uint32_t low;
        if (!byte_skip(reader, '\\') || !byte_skip(reader, 'u') || !hex_take(reader, &low) ||
            low < 0xdc00 || low > 0xdfff) {
            return false;
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    code_point_append(&reader->unescaped, code);
    return true;
}

static bool escape_take(struct json_reader *reader)
{
    static const char names[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    reader->at++; // the backslash
    if (is_at_end(reader)) {
        return false;
    }
    const uint8_t name = reader->text.data[reader->at++];
    if (name == 'u') {
        return unicode_take(reader);
    }
    const char *const found = memchr(names, name, sizeof(names) - 1);
    if (found == NULL) {
        return false;
    }
    buffer_append_u8(&reader->unescaped, (uint8_t)meanings[found - names]);
    return true;
}

// A string, from its opening quote. Runs without escapes are copied only once an escape is met.
static bool string_take(struct json_reader *reader, struct bytes *value)
{
    size_t begin = ++reader->at;
    bool is_escaped = false;
    buffer_clear(&reader->unescaped);
    while (!is_at_end(reader)) {
        const uint8_t byte = reader->text.data[reader->at];
        if (byte == '"') {
            const struct bytes run = {.data = reader->text.data + begin,
                                      .size = reader->at - begin};
            reader->at++;
            if (is_escaped) {
                buffer_append_bytes(&reader->unescaped, run);
                if (buffer_status(&reader->unescaped) != STATUS_OK) {
                    (void)fail(reader, "no memory for a string");
                    return false;
                }
            }
            *value = is_escaped ? buffer_bytes(&reader->unescaped) : run;
            return true;
        }
        if (byte == '\\') {
            buffer_append(&reader->unescaped, reader->text.data + begin, reader->at - begin);
            if (!escape_take(reader)) {
                (void)fail(reader, "an escape that JSON does not know");
                return false;
            }
            is_escaped = true;
            begin = reader->at;
        } else if (byte < 0x20) {
            (void)fail(reader, "a control character in a string");
            return false;
        } else {
            const size_t size = bytes_character_size((struct bytes){
                .data = reader->text.data + reader->at, .size = reader->text.size - reader->at});
            if (size == 0) {
                (void)fail(reader, "a string that is no valid UTF-8");
                return false;
            }
            reader->at += size;
        }
    }
    (void)fail(reader, "the text ends inside a string");
    return false;
}

static enum json_token value_take(struct json_reader *reader, struct bytes *value)
{
    switch (reader->text.data[reader->at]) {
    case '{':
        return level_begin(reader, true);
    case '[':
        return level_begin(reader, false);
    case '"':
        if (!string_take(reader, value)) {
            return JSON_BROKEN;
        }
        value_end(reader);
        return JSON_STRING;
    case 't':
        return word_take(reader, "true", JSON_TRUE);
    case 'f':
        return word_take(reader, "false", JSON_FALSE);
    case 'n':
        return word_take(reader, "null", JSON_NULL);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return number_take(reader, value);
    default:
        return fail(reader, "this is no value");
    }
}

static enum json_token key_take(struct json_reader *reader, struct bytes *value)
{
    if (reader->text.data[reader->at] != '"') {
        return fail(reader, "a name in quotes is missing");
    }
    if (!string_take(reader, value)) {
        return JSON_BROKEN;
    }
    reader->state = WANT_COLON;
    return JSON_KEY;
}

// Steps over ':' or ',' so that a value or a key comes next; true when there is a token instead.
static bool separator_take(struct json_reader *reader, enum json_token *token)
{
    if (reader->state == WANT_COLON) {
        if (!byte_skip(reader, ':')) {
            *token = fail(reader, "':' is missing");
            return true;
        }
        reader->state = WANT_VALUE;
    } else if (reader->state == WANT_COMMA_OR_END) {
        const uint8_t end = in_object(reader) ? '}' : ']';
        if (reader->text.data[reader->at] == end) {
            *token = level_end(reader);
            return true;
        }
        if (!byte_skip(reader, ',')) {
            *token = fail(reader, "',' or the end of the list is missing");
            return true;
        }
        reader->state = in_object(reader) ? WANT_KEY : WANT_VALUE;
    }
    return false;
}

enum json_token json_next(struct json_reader *reader, struct bytes *value)
{
    *value = (struct bytes){0};
    if (reader->what != NULL) {
        return JSON_BROKEN;
    }
    space_skip(reader);
    if (is_at_end(reader)) {
        const bool may_end =
            reader->state == WANT_NOTHING ||
            (reader->is_sequence && reader->depth == 0 && reader->state == WANT_VALUE);
        return may_end ? JSON_END : fail(reader, "the text ends in the middle");
    }
    enum json_token token;
    if (separator_take(reader, &token)) {
        return token;
    }
    space_skip(reader);
    if (is_at_end(reader)) {
        return fail(reader, "the text ends in the middle");
    }
    const uint8_t byte = reader->text.data[reader->at];
    if ((reader->state == WANT_KEY_OR_END && byte == '}') ||
        (reader->state == WANT_VALUE_OR_END && byte == ']')) {
        return level_end(reader);
    }
    if (reader->state == WANT_KEY_OR_END || reader->state == WANT_KEY) {
        return key_take(reader, value);
    }
    if (reader->state == WANT_NOTHING) {
        return fail(reader, "there is more after the value");
    }
    return value_take(reader, value);
}

void json_skip(struct json_reader *reader, enum json_token first)
{
    if (first != JSON_OBJECT_BEGIN && first != JSON_ARRAY_BEGIN) {
        return;
    }
    const unsigned outside = reader->depth - 1;
    struct bytes value;
    while (reader->depth > outside && json_next(reader, &value) != JSON_BROKEN) {
    }
}
