// JSON out: a streaming writer into a buffer; commas, escapes and numbers are its business.
//
//     struct json_writer json = {.out = &buffer};
//     json_begin_object(&json);
//     JSON_KEY(&json, "label");
//     json_text(&json, label);
//     json_end_object(&json);
//
// Whatever the text holds, the output is valid UTF-8: what is not becomes U+FFFD. Coordinates are
// printed from their integers and other numbers by rounding to a fixed number of decimals, so no
// output depends on the C library's conversions. A full buffer is latched by the buffer
// (buffer_status). One thread; a zeroed writer with `out` set is ready.
#ifndef CODEC_JSON_WRITE_H
#define CODEC_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"

struct json_writer {
    struct buffer *out;
    bool has_item; // the next value in this container needs a comma
};

void json_begin_object(struct json_writer *json);
void json_end_object(struct json_writer *json);
void json_begin_array(struct json_writer *json);
void json_end_array(struct json_writer *json);

// A key from outside; JSON_KEY is for those we know, which need no escaping.
void json_key(struct json_writer *json, struct bytes key);

#define JSON_KEY(json, literal) \
    json_key_known((json), ",\"" literal "\":", sizeof(",\"" literal "\":") - 1)

static inline void json_key_known(struct json_writer *json, const char *text, size_t size)
{
    const size_t skipped = json->has_item ? 0 : 1;
    buffer_append(json->out, text + skipped, size - skipped);
    json->has_item = false;
}

void json_text(struct json_writer *json, struct bytes text);
void json_integer(struct json_writer *json, int64_t value);
void json_unsigned(struct json_writer *json, uint64_t value);
// value / 10^7, without trailing zeros: 95214000 is 9.5214.
void json_e7(struct json_writer *json, int32_t value_e7);
// Rounded to `places` decimals (0..9), without trailing zeros; null when it is not finite or beyond
// what 63 bits hold.
void json_decimal(struct json_writer *json, double value, unsigned places);
void json_bool(struct json_writer *json, bool value);
void json_null(struct json_writer *json);
// A value that is JSON already.
void json_raw(struct json_writer *json, struct bytes value);

static inline void json_text_of(struct json_writer *json, const char *text)
{
    json_text(json, bytes_from_text(text));
}

#endif
