// Buffer: bytes that grow and are owned, charged to a memory account.
//
// Appending to a full buffer latches `failed` and drops the bytes, so a writer appends in a straight
// line and checks once (buffer_status). A zeroed buffer with an account is empty and ready. One thread.
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"

struct buffer {
    struct memory_account *account;
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool failed;
};

// Room for `size` more bytes at data + size, or NULL (and `failed`). The caller adds to `size`
// what it wrote.
uint8_t *buffer_reserve(struct buffer *buffer, size_t size);

static inline void buffer_append(struct buffer *buffer, const void *data, size_t size)
{
    if (UNLIKELY(size == 0)) {
        return; // an empty buffer may have no data to point into
    }
    uint8_t *const room = LIKELY(buffer->capacity - buffer->size >= size)
                              ? buffer->data + buffer->size
                              : buffer_reserve(buffer, size);
    if (room != NULL) {
        memcpy(room, data, size);
        buffer->size += size;
    }
}

static inline void buffer_append_bytes(struct buffer *buffer, struct bytes bytes)
{
    buffer_append(buffer, bytes.data, bytes.size);
}

static inline void buffer_append_u8(struct buffer *buffer, uint8_t byte)
{
    buffer_append(buffer, &byte, 1);
}

static inline void buffer_append_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

// Little-endian.
void buffer_append_u32(struct buffer *buffer, uint32_t value);
void buffer_append_u64(struct buffer *buffer, uint64_t value);
void buffer_append_varint(struct buffer *buffer, uint64_t value);

PRINTF_LIKE(2, 3)
void buffer_append_format(struct buffer *buffer, const char *format, ...);

// OK, or NO_MEMORY once an append has failed.
MUST_USE enum status buffer_status(const struct buffer *buffer);

static inline struct bytes buffer_bytes(const struct buffer *buffer)
{
    return (struct bytes){.data = buffer->data, .size = buffer->size};
}

// Empties for reuse, keeping the memory.
static inline void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
}

// Gives the memory back; the buffer is empty and may be used again.
void buffer_free(struct buffer *buffer);

#endif
