#include "ledger/effect.h"

#include <assert.h>

uint8_t *effect_begin(struct buffer *out, enum ledger_table table, enum effect_kind kind,
                      struct bytes key, size_t value_size)
{
    assert(key.size <= EFFECT_KEY_SIZE_MAX && value_size <= UINT32_MAX);
    const size_t size = EFFECT_HEAD_SIZE + key.size + value_size;
    uint8_t *const room = buffer_reserve(out, size);
    if (room == NULL) {
        return NULL;
    }
    const uint64_t head = (uint64_t)table | (uint64_t)kind << 8 | (uint64_t)key.size << 16 |
                          (uint64_t)value_size << 32;
    for (unsigned i = 0; i < EFFECT_HEAD_SIZE; i++) {
        room[i] = (uint8_t)(head >> 8 * i);
    }
    if (key.size != 0) {
        memcpy(room + EFFECT_HEAD_SIZE, key.data, key.size);
    }
    out->size += size;
    return room + EFFECT_HEAD_SIZE + key.size;
}

enum status effect_decode(struct bytes *rest, struct effect *effect, struct fault *fault)
{
    if (rest->size == 0) {
        return STATUS_NOT_FOUND;
    }
    struct reader reader = {.rest = *rest};
    const uint64_t head = reader_u64(&reader);
    const unsigned table = head & 0xff;
    const unsigned kind = head >> 8 & 0xff;
    const struct bytes key = reader_take(&reader, head >> 16 & 0xffff);
    const struct bytes value = reader_take(&reader, head >> 32);
    if (reader.overrun) {
        return fault_set(fault, STATUS_CORRUPT, "an effect runs past the end of its record");
    }
    if (table >= TABLE_COUNT || kind > EFFECT_DELETE_PREFIX ||
        (kind != EFFECT_PUT && value.size != 0)) {
        return fault_set(fault, STATUS_CORRUPT, "an effect of kind %u on table %u is not known",
                         kind, table);
    }
    *effect = (struct effect){.table = (enum ledger_table)table,
                              .kind = (enum effect_kind)kind,
                              .key = key,
                              .value = value};
    *rest = reader.rest;
    return STATUS_OK;
}
