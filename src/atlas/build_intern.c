#include "atlas/build_intern.h"

#include <assert.h>

// Multiply and fold, eight bytes a step: the table only needs spread, not secrecy.
static uint32_t run_hash(struct bytes run)
{
    uint64_t hash = run.size * UINT64_C(0x9e3779b97f4a7c15);
    while (run.size != 0) {
        const size_t step = run.size < 8 ? run.size : 8;
        uint64_t word = 0;
        memcpy(&word, run.data, step);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
        run.data += step;
        run.size -= step;
    }
    return (uint32_t)(hash ^ hash >> 29);
}

struct bytes build_intern_at(const struct build_intern *intern, uint32_t number)
{
    const size_t start = intern->entries[number].offset;
    const size_t end =
        number + 1 < intern->count ? intern->entries[number + 1].offset : intern->store.size;
    // A store of nothing but the empty run has no memory yet.
    return end == start ? (struct bytes){0}
                        : (struct bytes){.data = intern->store.data + start, .size = end - start};
}

static enum status table_grow(struct build_intern *intern)
{
    const size_t slot_count = intern->slot_count == 0 ? 64 : intern->slot_count * 2;
    uint32_t *const slots = memory_take_zeroed(intern->account, slot_count, sizeof(*slots));
    if (slots == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < intern->count; i++) {
        size_t slot = intern->entries[i].hash & (slot_count - 1);
        while (slots[slot] != 0) {
            slot = (slot + 1) & (slot_count - 1);
        }
        slots[slot] = (uint32_t)i + 1;
    }
    memory_give(intern->slots);
    intern->slots = slots;
    intern->slot_count = slot_count;
    return STATUS_OK;
}

// The slot of an equal run, or the free one where it belongs.
static size_t slot_of(const struct build_intern *intern, struct bytes run, uint32_t hash)
{
    size_t slot = hash & (intern->slot_count - 1);
    while (intern->slots[slot] != 0) {
        const uint32_t number = intern->slots[slot] - 1;
        if (intern->entries[number].hash == hash &&
            bytes_equal(build_intern_at(intern, number), run)) {
            break;
        }
        slot = (slot + 1) & (intern->slot_count - 1);
    }
    return slot;
}

enum status build_intern_add(struct build_intern *intern, struct bytes run, uint32_t *number)
{
    if ((intern->count + 1) * 4 > intern->slot_count * 3) {
        TRY(table_grow(intern));
    }
    const uint32_t hash = run_hash(run);
    const size_t slot = slot_of(intern, run, hash);
    if (intern->slots[slot] != 0) {
        *number = intern->slots[slot] - 1;
        return STATUS_OK;
    }

    intern->store.account = intern->account;
    if (run.size > UINT32_MAX - intern->store.size ||
        !memory_grow(intern->account, &intern->entries, &intern->capacity, intern->count + 1,
                     sizeof(*intern->entries))) {
        return STATUS_NO_MEMORY;
    }
    const uint32_t offset = (uint32_t)intern->store.size;
    buffer_append_bytes(&intern->store, run);
    TRY(buffer_status(&intern->store));
    intern->entries[intern->count] = (struct build_intern_entry){.offset = offset, .hash = hash};
    intern->count++;
    intern->slots[slot] = (uint32_t)intern->count;
    *number = (uint32_t)intern->count - 1;
    return STATUS_OK;
}

enum status build_intern_string(struct build_intern *intern, struct bytes text, uint32_t *offset)
{
    uint8_t room[256];
    struct buffer long_run SCOPED(buffer_free) = {.account = intern->account};
    struct bytes run = {.data = room};
    if (text.size < 128) {
        room[0] = (uint8_t)text.size;
        if (text.size != 0) {
            memcpy(room + 1, text.data, text.size);
        }
        run.size = text.size + 1;
    } else {
        buffer_append_varint(&long_run, text.size);
        buffer_append_bytes(&long_run, text);
        TRY(buffer_status(&long_run));
        run = buffer_bytes(&long_run);
    }

    uint32_t number = 0;
    if (intern->count == 0) {
        TRY(build_intern_add(intern, BYTES_OF("\0"), &number));
    }
    TRY(build_intern_add(intern, run, &number));
    *offset = intern->entries[number].offset;
    return STATUS_OK;
}

struct bytes build_intern_text(const struct build_intern *intern, uint32_t offset)
{
    if (intern->store.size == 0) {
        return (struct bytes){0};
    }
    assert(offset < intern->store.size);
    struct reader reader = {
        .rest = {.data = intern->store.data + offset, .size = intern->store.size - offset}};
    const uint64_t size = reader_varint(&reader);
    return reader_take(&reader, (size_t)size);
}

enum status build_intern_list(struct build_intern *intern, const uint32_t *items, size_t count,
                              uint32_t *offset)
{
    uint32_t room[128];
    uint32_t *run = room;
    struct buffer long_run SCOPED(buffer_free) = {.account = intern->account};
    if (count >= COUNT_OF(room)) {
        run = (void *)buffer_reserve(&long_run, (count + 1) * sizeof(*run));
        TRY(buffer_status(&long_run));
    }
    run[0] = (uint32_t)count;
    if (count != 0) {
        memcpy(run + 1, items, count * sizeof(*run));
    }

    uint32_t number = 0;
    if (intern->count == 0) {
        TRY(build_intern_add(intern, BYTES_OF("\0\0\0\0"), &number));
    }
    const struct bytes bytes = {.data = (const uint8_t *)run, .size = (count + 1) * sizeof(*run)};
    TRY(build_intern_add(intern, bytes, &number));
    *offset = intern->entries[number].offset / (uint32_t)sizeof(*run);
    return STATUS_OK;
}

void build_intern_free(struct build_intern *intern)
{
    buffer_free(&intern->store);
    memory_give(intern->entries);
    memory_give(intern->slots);
    *intern = (struct build_intern){.account = intern->account};
}
