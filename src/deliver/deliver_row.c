#include "deliver/deliver_private.h"

void row_put_u64(uint8_t *at, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

void row_put_u32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

void row_put_big(uint8_t *at, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        at[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
}

static uint64_t get_big(const uint8_t *at, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++) {
        value = value << 8 | at[i];
    }
    return value;
}

void row_key_write(uint32_t number, uint64_t sequence, uint8_t key[ROW_KEY_SIZE])
{
    row_put_big(key, number, 4);
    row_put_big(key + 4, sequence, 8);
}

bool row_key_read(struct bytes key, uint32_t *number, uint64_t *sequence)
{
    if (key.size != ROW_KEY_SIZE) {
        return false;
    }
    *number = (uint32_t)get_big(key.data, 4);
    *sequence = get_big(key.data + 4, 8);
    return true;
}

void row_delivery_write(const struct delivery *delivery, uint8_t value[ROW_DELIVERY_SIZE])
{
    row_put_u64(value, delivery->key);
    row_put_u32(value + 8, delivery->attempts);
    row_put_u64(value + 12, (uint64_t)delivery->event_us);
}

bool row_delivery_read(struct bytes value, struct delivery *delivery)
{
    struct reader reader = {.rest = value};
    delivery->key = reader_u64(&reader);
    delivery->attempts = reader_u32(&reader);
    delivery->event_us = (int64_t)reader_u64(&reader);
    return !reader.overrun;
}
