#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>

uint8_t *buffer_reserve(struct buffer *buffer, size_t size)
{
    if (buffer->failed || size > SIZE_MAX - buffer->size ||
        !memory_grow(buffer->account, &buffer->data, &buffer->capacity, buffer->size + size, 1)) {
        buffer->failed = true;
        return NULL;
    }
    return buffer->data + buffer->size;
}

void buffer_append_u32(struct buffer *buffer, uint32_t value)
{
    uint8_t bytes[4];
    for (unsigned i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
    buffer_append(buffer, bytes, sizeof(bytes));
}

void buffer_append_u64(struct buffer *buffer, uint64_t value)
{
    buffer_append_u32(buffer, (uint32_t)value);
    buffer_append_u32(buffer, (uint32_t)(value >> 32));
}

void buffer_append_varint(struct buffer *buffer, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        buffer_append_u8(buffer, (uint8_t)(value | 0x80));
    }
    buffer_append_u8(buffer, (uint8_t)value);
}

void buffer_append_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char text[256];
    const int wanted = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (wanted >= 0 && (size_t)wanted < sizeof(text)) {
        buffer_append(buffer, text, (size_t)wanted);
        return;
    }

    const size_t size = wanted < 0 ? 0 : (size_t)wanted;
    char *const room = (char *)buffer_reserve(buffer, size + 1);
    if (room != NULL) {
        va_start(arguments, format);
        (void)vsnprintf(room, size + 1, format, arguments);
        va_end(arguments);
        buffer->size += size;
    }
}

enum status buffer_status(const struct buffer *buffer)
{
    return buffer->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

void buffer_free(struct buffer *buffer)
{
    memory_give(buffer->data);
    *buffer = (struct buffer){.account = buffer->account};
}
