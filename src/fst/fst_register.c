#include "fst/fst_register.h"

#include <string.h>

enum { RECORD_HEAD_SIZE = 10, RECORDS_FIRST = 4096, SLOTS_FIRST = 512 };

static uint64_t content_hash(struct bytes content)
{
    uint64_t hash = content.size;
    while (content.size != 0) {
        uint64_t word = 0;
        const size_t taken = content.size < sizeof(word) ? content.size : sizeof(word);
        memcpy(&word, content.data, taken);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
        content.data += taken;
        content.size -= taken;
    }
    return hash * UINT64_C(0xbf58476d1ce4e5b9);
}

static uint64_t generation_find(const struct fst_generation *generation, struct bytes content,
                                uint64_t hash)
{
    if (generation->slot_count == 0) {
        return 0;
    }
    const size_t mask = generation->slot_count - 1;
    for (size_t i = hash & mask; generation->slots[i] != 0; i = (i + 1) & mask) {
        const uint64_t slot = generation->slots[i];
        if (slot >> 32 != hash >> 32) {
            continue;
        }
        const uint8_t *const record = generation->records + (uint32_t)slot - 1;
        uint16_t size;
        memcpy(&size, record + sizeof(uint64_t), sizeof(size));
        if (size == content.size &&
            memcmp(record + RECORD_HEAD_SIZE, content.data, content.size) == 0) {
            uint64_t address;
            memcpy(&address, record, sizeof(address));
            return address;
        }
    }
    return 0;
}

static void slot_set(uint64_t *slots, size_t slot_count, uint64_t hash, uint64_t slot)
{
    size_t i = hash & (slot_count - 1);
    while (slots[i] != 0) {
        i = (i + 1) & (slot_count - 1);
    }
    slots[i] = slot;
}

static struct bytes record_content(const uint8_t *record)
{
    uint16_t size;
    memcpy(&size, record + sizeof(uint64_t), sizeof(size));
    return (struct bytes){.data = record + RECORD_HEAD_SIZE, .size = size};
}

static enum status slots_grow(struct memory_account *account, struct fst_generation *generation)
{
    const size_t slot_count =
        generation->slot_count == 0 ? SLOTS_FIRST : generation->slot_count * 2;
    uint64_t *const slots = memory_take_zeroed(account, slot_count, sizeof(*slots));
    if (slots == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t offset = 0; offset < generation->records_size;) {
        const struct bytes content = record_content(generation->records + offset);
        const uint64_t hash = content_hash(content);
        slot_set(slots, slot_count, hash, hash >> 32 << 32 | (offset + 1));
        offset += RECORD_HEAD_SIZE + content.size;
    }
    memory_give(generation->slots);
    generation->slots = slots;
    generation->slot_count = slot_count;
    return STATUS_OK;
}

// Whether `needed` more record bytes and one more slot fit, growing towards the limit.
static enum status generation_grow(struct fst_register *nodes, size_t needed, bool *fits)
{
    struct fst_generation *const young = &nodes->young;
    const size_t slots_size = young->slot_count * sizeof(*young->slots);
    *fits = false;
    if (young->used_count * 4 >= young->slot_count * 3) {
        const size_t more_size =
            slots_size == 0 ? SLOTS_FIRST * sizeof(*young->slots) : slots_size * 2;
        if (more_size + young->records_size + needed > nodes->generation_size) {
            return STATUS_OK;
        }
        TRY(slots_grow(nodes->account, young));
    }
    if (needed > young->records_capacity - young->records_size) {
        const size_t most = nodes->generation_size - young->slot_count * sizeof(*young->slots);
        size_t capacity =
            young->records_capacity == 0 ? RECORDS_FIRST : young->records_capacity * 2;
        capacity = capacity < most ? capacity : most;
        if (capacity < young->records_size + needed) {
            return STATUS_OK;
        }
        uint8_t *const records = memory_resize(nodes->account, young->records, capacity, 1);
        if (records == NULL) {
            return STATUS_NO_MEMORY;
        }
        young->records = records;
        young->records_capacity = capacity;
    }
    *fits = true;
    return STATUS_OK;
}

static void generation_free(struct fst_generation *generation)
{
    memory_give(generation->records);
    memory_give(generation->slots);
    *generation = (struct fst_generation){0};
}

static enum status register_enter(struct fst_register *nodes, struct bytes content, uint64_t hash,
                                  uint64_t address)
{
    const size_t needed = RECORD_HEAD_SIZE + content.size;
    bool fits = false;
    TRY(generation_grow(nodes, needed, &fits));
    if (!fits) {
        generation_free(&nodes->old);
        nodes->old = nodes->young;
        nodes->young = (struct fst_generation){0};
        TRY(generation_grow(nodes, needed, &fits));
        if (!fits) {
            return STATUS_OK; // a register too small for anything
        }
    }
    struct fst_generation *const young = &nodes->young;
    const uint64_t offset = young->records_size;
    const uint16_t size = (uint16_t)content.size;
    uint8_t *const record = young->records + offset;
    memcpy(record, &address, sizeof(address));
    memcpy(record + sizeof(address), &size, sizeof(size));
    memcpy(record + RECORD_HEAD_SIZE, content.data, content.size);
    young->records_size += needed;
    young->used_count++;
    slot_set(young->slots, young->slot_count, hash, hash >> 32 << 32 | (offset + 1));
    return STATUS_OK;
}

enum status fst_register_find(struct fst_register *nodes, struct bytes content, uint64_t *address)
{
    const uint64_t hash = content_hash(content);
    *address = generation_find(&nodes->young, content, hash);
    if (*address == 0) {
        *address = generation_find(&nodes->old, content, hash);
        if (*address != 0) {
            return register_enter(nodes, content, hash, *address);
        }
    }
    return STATUS_OK;
}

enum status fst_register_add(struct fst_register *nodes, struct bytes content, uint64_t address)
{
    return register_enter(nodes, content, content_hash(content), address);
}

void fst_register_free(struct fst_register *nodes)
{
    generation_free(&nodes->young);
    generation_free(&nodes->old);
}
