#include "command/script_private.h"

static uint32_t rotated(uint32_t value, unsigned by)
{
    return value << by | value >> (32 - by);
}

// One block of 64 bytes (FIPS 180-4, 6.1.2).
static void add_block(uint32_t state[5], const uint8_t *block)
{
    uint32_t words[80];
    for (size_t i = 0; i < 16; i++) {
        words[i] = (uint32_t)block[i * 4] << 24 | (uint32_t)block[i * 4 + 1] << 16 |
                   (uint32_t)block[i * 4 + 2] << 8 | block[i * 4 + 3];
    }
    for (size_t i = 16; i < 80; i++) {
        words[i] = rotated(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    }
    static const uint32_t keys[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint32_t a = state[0];
    uint32_t b = state[1];
    uint32_t c = state[2];
    uint32_t d = state[3];
    uint32_t e = state[4];
    for (size_t i = 0; i < 80; i++) {
        const uint32_t mixed = i < 20              ? (b & c) | (~b & d)
                               : i >= 40 && i < 60 ? (b & c) | (b & d) | (c & d)
                                                   : b ^ c ^ d;
        const uint32_t next = rotated(a, 5) + mixed + e + keys[i / 20] + words[i];
        e = d;
        d = c;
        c = rotated(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

void script_hash(struct bytes text, char hash[SCRIPT_HASH_SIZE + 1])
{
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    size_t at = 0;
    for (; text.size - at >= 64; at += 64) {
        add_block(state, text.data + at);
    }
    uint8_t last[128] = {0};
    const size_t left = text.size - at;
    if (left > 0) {
        memcpy(last, text.data + at, left);
    }
    last[left] = 0x80;
    const size_t size = left < 56 ? 64 : 128;
    for (size_t i = 0; i < 8; i++) {
        last[size - 1 - i] = (uint8_t)((uint64_t)text.size * 8 >> (8 * i));
    }
    for (size_t i = 0; i < size; i += 64) {
        add_block(state, last + i);
    }
    for (size_t i = 0; i < SCRIPT_HASH_SIZE; i++) {
        hash[i] = "0123456789abcdef"[state[i / 8] >> (28 - 4 * (i % 8)) & 15];
    }
    hash[SCRIPT_HASH_SIZE] = '\0';
}
