// JSON, read: a strict pull parser over text in memory.
//
// Tokens come one by one: begin and end of objects and arrays, keys, values. RFC 8259 to the letter:
// valid UTF-8, no lone surrogates, no comments, no trailing commas, nothing after the value (or, for
// lines of JSON, one value after another when `is_sequence`). Strings without escapes and all
// numbers are slices of the text; others are unescaped into the reader's buffer. After the first
// error every call answers JSON_BROKEN, and json_status says where and what.
//
//     struct json_reader reader = json_over(text, account);
//     while ((token = json_next(&reader, &value)) != JSON_END && token != JSON_BROKEN) …
//
// One thread a reader. Allocates only for escaped strings. Depth is limited to JSON_DEPTH_MAX.
#ifndef CODEC_JSON_READ_H
#define CODEC_JSON_READ_H

#include "base/buffer.h"

enum { JSON_DEPTH_MAX = 1024 };

enum json_token {
    JSON_END, // of the text
    JSON_BROKEN,
    JSON_OBJECT_BEGIN,
    JSON_OBJECT_END,
    JSON_ARRAY_BEGIN,
    JSON_ARRAY_END,
    JSON_KEY,    // value: the name; its value is the next token
    JSON_STRING, // value: unescaped
    JSON_NUMBER, // value: as written
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
};

struct json_reader {
    struct bytes text;
    size_t at;
    bool is_sequence; // several values, each for itself
    unsigned depth;
    uint8_t is_object[JSON_DEPTH_MAX / 8]; // bit of each open level
    uint8_t state;
    const char *what; // is wrong; NULL: nothing
    struct buffer unescaped;
};

struct json_reader json_over(struct bytes text, struct memory_account *account);
void json_reader_free(struct json_reader *reader);

// The next token. `value` is valid until the next call.
enum json_token json_next(struct json_reader *reader, struct bytes *value);

// Steps over the rest of a value: after its first token, to behind its last. A scalar ends with it.
void json_skip(struct json_reader *reader, enum json_token first);

// OK, or CORRUPT with what is wrong and at which byte, line and column.
MUST_USE enum status json_status(const struct json_reader *reader, struct fault *fault);

// A number times ten to the power of `decimals`, rounded, halves away from zero: 9.5215 with seven
// decimals is 95215000. False when it does not fit. Any decimal number, not only JSON's; decimals
// 0 to 9.
bool json_number_scaled(struct bytes number, unsigned decimals, int64_t *scaled);

#endif
