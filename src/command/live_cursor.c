// Cursors: base64url of a salt and a position.
#include "command/live_private.h"

enum { SALT_SIZE = 8 };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// FNV-1a.
uint64_t cursor_hash(uint64_t hash, struct bytes text)
{
    uint64_t sum = hash == 0 ? UINT64_C(0xcbf29ce484222325) : hash;
    for (size_t i = 0; i < text.size; i++) {
        sum = (sum ^ text.data[i]) * UINT64_C(0x100000001b3);
    }
    return (sum ^ text.size) * UINT64_C(0x100000001b3); // where one text ends
}

void cursor_write(struct json_writer *json, uint64_t salt, struct bytes position)
{
    struct buffer *const out = json->out;
    uint32_t bits = 0;
    unsigned count = 0;
    JSON_KEY(json, "next");
    buffer_append_u8(out, '"');
    for (size_t i = 0; i < SALT_SIZE + position.size; i++) {
        const uint8_t byte =
            i < SALT_SIZE ? (uint8_t)(salt >> (8 * i)) : position.data[i - SALT_SIZE];
        bits = bits << 8 | byte;
        for (count += 8; count >= 6; count -= 6) {
            buffer_append_u8(out, (uint8_t)digits[bits >> (count - 6) & 63]);
        }
    }
    if (count != 0) {
        buffer_append_u8(out, (uint8_t)digits[bits << (6 - count) & 63]);
    }
    buffer_append_u8(out, '"');
    json->has_item = true;
}

// The text's bytes; false when it is no base64url.
static bool decode(struct bytes text, uint8_t *out, size_t *size)
{
    uint32_t bits = 0;
    unsigned count = 0;
    *size = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char *const digit =
            text.data[i] == '\0' ? NULL : memchr(digits, text.data[i], sizeof(digits) - 1);
        if (digit == NULL) {
            return false;
        }
        bits = bits << 6 | (uint32_t)(digit - digits);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[(*size)++] = (uint8_t)(bits >> count);
        }
    }
    return true;
}

enum status cursor_read(struct call *call, struct bytes text, uint64_t salt, struct bytes *position,
                        struct fault *fault)
{
    uint8_t *const memory = call_take(call, text.size);
    size_t size = 0;
    uint64_t found = 0;
    if (memory == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the cursor");
    }
    if (decode(text, memory, &size) && size >= SALT_SIZE) {
        for (size_t i = 0; i < SALT_SIZE; i++) {
            found |= (uint64_t)memory[i] << (8 * i);
        }
        if (found == salt) {
            *position = (struct bytes){.data = memory + SALT_SIZE, .size = size - SALT_SIZE};
            return STATUS_OK;
        }
    }
    return fault_set(fault, STATUS_OUT_OF_RANGE,
                     "cursor: it is not the 'next' of an answer to the same question");
}
