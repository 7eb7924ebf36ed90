// Bytes: a borrowed run of memory, and a cursor for reading untrusted ones.
//
// `struct bytes` never owns and is not NUL-terminated; whoever hands one out keeps the memory alive.
// The cursor latches: a read past the end yields zero and sets `overrun`, which stays set. Decode a
// whole record in a straight line, then check once, before believing any of it. Pure; any thread.
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *data;
    size_t size;
};

#define BYTES_OF(literal) \
    ((struct bytes){.data = (const uint8_t *)("" literal), .size = sizeof(literal) - 1})

static inline struct bytes bytes_from_text(const char *text)
{
    return (struct bytes){.data = (const uint8_t *)text, .size = strlen(text)};
}

static inline bool bytes_equal(struct bytes left, struct bytes right)
{
    return left.size == right.size &&
           (left.size == 0 || memcmp(left.data, right.data, left.size) == 0);
}

// Negative, zero or positive: the order of memcmp, a prefix before what it begins.
static inline int bytes_compare(struct bytes left, struct bytes right)
{
    const size_t common = left.size < right.size ? left.size : right.size;
    const int order = common == 0 ? 0 : memcmp(left.data, right.data, common);
    return order != 0 ? order : (left.size > right.size) - (left.size < right.size);
}

// Size of the well-formed UTF-8 character at the front, 1 to 4; 0 when there is none. The second
// byte's range leaves out overlong forms, surrogates and what lies above U+10FFFF (Unicode 15,
// table 3-7).
static inline size_t bytes_character_size(struct bytes text)
{
    if (text.size == 0) {
        return 0;
    }
    const uint8_t lead = text.data[0];
    const size_t size = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (size == 1) {
        return 1;
    }
    if (lead < 0xc2 || lead > 0xf4 || size > text.size) {
        return 0;
    }
    const uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (text.data[1] < low || text.data[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < size; i++) {
        if ((text.data[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return size;
}

struct reader {
    struct bytes rest;
    bool overrun;
};

static inline struct bytes reader_take(struct reader *reader, size_t size)
{
    if (size > reader->rest.size) {
        reader->overrun = true;
        reader->rest.size = 0;
        return (struct bytes){0};
    }
    const struct bytes taken = {.data = reader->rest.data, .size = size};
    reader->rest.data += size;
    reader->rest.size -= size;
    return taken;
}

static inline uint8_t reader_u8(struct reader *reader)
{
    const struct bytes taken = reader_take(reader, 1);
    return taken.size == 0 ? 0 : taken.data[0];
}

// Little-endian, any alignment.
static inline uint32_t reader_u32(struct reader *reader)
{
    const struct bytes taken = reader_take(reader, 4);
    uint32_t value = 0;
    for (size_t i = 0; i < taken.size; i++) {
        value |= (uint32_t)taken.data[i] << (8 * i);
    }
    return value;
}

static inline uint64_t reader_u64(struct reader *reader)
{
    const uint64_t low = reader_u32(reader);
    return low | (uint64_t)reader_u32(reader) << 32;
}

// LEB128, at most ten bytes; a longer one latches `overrun`.
static inline uint64_t reader_varint(struct reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        const uint8_t byte = reader_u8(reader);
        if (shift == 63 && byte > 1) {
            break;
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return reader->overrun ? 0 : value;
        }
    }
    reader->overrun = true;
    return 0;
}

#endif
