// UTF-8: one code point at a time, in and out, for text that may be broken.
//
// A sequence that is not UTF-8 (RFC 3629: overlong, surrogate, beyond U+10FFFF, cut short) is read as
// U+FFFD and costs one byte, so a reader always goes forward and never past the end. Pure; any thread.
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#define UTF8_REPLACEMENT 0xfffdU

static inline bool utf8_is_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

// The code point at *next, which moves behind it. Asserts that *next < end.
static inline uint32_t utf8_next(const uint8_t **next, const uint8_t *end)
{
    const uint8_t *const at = *next;
    assert(at < end);
    const uint32_t lead = *at;
    *next = at + 1;
    if (lead < 0x80) {
        return lead;
    }

    const unsigned more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || (uint64_t)(end - at) <= more) {
        return UTF8_REPLACEMENT;
    }
    uint32_t code = lead & (0x3fU >> more);
    for (unsigned i = 1; i <= more; i++) {
        if (!utf8_is_continuation(at[i])) {
            return UTF8_REPLACEMENT;
        }
        code = code << 6 | (at[i] & 0x3fU);
    }
    const bool is_overlong = (more == 2 && code < 0x800) || (more == 3 && code < 0x10000);
    if (is_overlong || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return UTF8_REPLACEMENT;
    }
    *next = at + more + 1;
    return code;
}

// Writes `code` (a scalar value) to `out`, which has room for four bytes; returns how many it took.
static inline unsigned utf8_put(uint8_t *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (uint8_t)(0xc0 | code >> 6);
        out[1] = (uint8_t)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (uint8_t)(0xe0 | code >> 12);
        out[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | code >> 18);
    out[1] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (code & 0x3f));
    return 4;
}

#endif
