// Protobuf: a cursor over the wire format, for messages read field by field without a schema.
//
// A message is a run of fields: a key (number and wire type), then a varint, eight, four or a counted
// run of bytes. The cursor latches: after the first malformed byte it yields only zeros and says
// `failed`, so a message is decoded in a straight line and believed after one check. Unknown fields
// are skipped by not looking at them. https://protobuf.dev/programming-guides/encoding/
//
// Pure, borrows its input, allocates nothing; any thread.
#ifndef CODEC_PROTOBUF_H
#define CODEC_PROTOBUF_H

#include "base/attributes.h"
#include "base/bytes.h"

enum protobuf_wire_type {
    PROTOBUF_VARINT = 0,
    PROTOBUF_FIXED64 = 1,
    PROTOBUF_BYTES = 2,
    PROTOBUF_FIXED32 = 5,
};

struct protobuf_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

struct protobuf_field {
    uint32_t number; // 1 and up
    enum protobuf_wire_type type;
    uint64_t value;     // VARINT, FIXED64, FIXED32
    struct bytes bytes; // BYTES
};

static inline struct protobuf_reader protobuf_over(struct bytes message)
{
    // No arithmetic on the null of an empty message.
    const uint8_t *const end = message.size == 0 ? message.data : message.data + message.size;
    return (struct protobuf_reader){.at = message.data, .end = end};
}

static inline bool protobuf_is_at_end(const struct protobuf_reader *reader)
{
    return reader->at == reader->end;
}

static inline uint64_t protobuf_fail(struct protobuf_reader *reader)
{
    reader->at = reader->end;
    reader->failed = true;
    return 0;
}

// The part of protobuf_varint for values of two bytes and more.
static inline uint64_t protobuf_long_varint(struct protobuf_reader *reader)
{
    const uint8_t *at = reader->at;
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at < reader->end; shift += 7) {
        const uint8_t byte = *at++;
        if (shift == 63 && byte > 1) {
            break;
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            reader->at = at;
            return value;
        }
    }
    return protobuf_fail(reader);
}

static inline uint64_t protobuf_varint(struct protobuf_reader *reader)
{
    if (LIKELY(reader->at < reader->end && *reader->at < 0x80)) {
        return *reader->at++;
    }
    return protobuf_long_varint(reader);
}

static inline int64_t protobuf_zigzag(uint64_t value)
{
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

static inline int64_t protobuf_signed_varint(struct protobuf_reader *reader)
{
    return protobuf_zigzag(protobuf_varint(reader));
}

static inline struct bytes protobuf_run(struct protobuf_reader *reader, uint64_t size)
{
    if (size > (uint64_t)(reader->end - reader->at)) {
        (void)protobuf_fail(reader);
        return (struct bytes){0};
    }
    const struct bytes run = {.data = reader->at, .size = (size_t)size};
    reader->at += run.size;
    return run;
}

static inline uint64_t protobuf_fixed(struct protobuf_reader *reader, unsigned size)
{
    const struct bytes run = protobuf_run(reader, size);
    uint64_t value = 0;
    for (size_t i = 0; i < run.size; i++) {
        value |= (uint64_t)run.data[i] << (8 * i);
    }
    return value;
}

// The next field; false at the end and once `failed`. Groups (wire types 3 and 4), which no format
// of ours uses, count as malformed.
static inline bool protobuf_next(struct protobuf_reader *reader, struct protobuf_field *field)
{
    if (protobuf_is_at_end(reader)) {
        return false;
    }
    const uint64_t key = protobuf_varint(reader);
    *field = (struct protobuf_field){.number = (uint32_t)(key >> 3)};
    if (key >> 3 == 0 || key >> 32 != 0) {
        (void)protobuf_fail(reader);
        return false;
    }
    switch (key & 7) {
    case PROTOBUF_VARINT:
        field->type = PROTOBUF_VARINT;
        field->value = protobuf_varint(reader);
        break;
    case PROTOBUF_FIXED64:
        field->type = PROTOBUF_FIXED64;
        field->value = protobuf_fixed(reader, 8);
        break;
    case PROTOBUF_BYTES:
        field->type = PROTOBUF_BYTES;
        field->bytes = protobuf_run(reader, protobuf_varint(reader));
        break;
    case PROTOBUF_FIXED32:
        field->type = PROTOBUF_FIXED32;
        field->value = protobuf_fixed(reader, 4);
        break;
    default:
        (void)protobuf_fail(reader);
    }
    return !reader->failed;
}

#endif
