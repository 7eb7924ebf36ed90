// What the files of the sorter share: records in blocks, entries, runs. Included by sorter*.c only.
#ifndef SYS_SORTER_PRIVATE_H
#define SYS_SORTER_PRIVATE_H

#include <string.h>

#include "base/bytes.h"
#include "sys/file.h"
#include "sys/sorter.h"

// A record in memory or in a run: varint key size, varint value size, key, value.
struct sorter_record {
    struct bytes key, value;
    const uint8_t *encoded;
    size_t size; // encoded
};

enum { SORTER_RECORD_HEAD_MAX = 20 };

static inline uint8_t *sorter_varint_encode(uint8_t *at, size_t value)
{
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

static inline const uint8_t *sorter_varint_decode(const uint8_t *at, size_t *value)
{
    size_t decoded = *at & 0x7f;
    for (unsigned shift = 7; *at++ >= 0x80; shift += 7) {
        decoded |= (size_t)(*at & 0x7f) << shift;
    }
    *value = decoded;
    return at;
}

// Our own bytes, believed.
static inline struct sorter_record sorter_record_at(const uint8_t *at)
{
    struct sorter_record record = {.encoded = at};
    const uint8_t *body = sorter_varint_decode(at, &record.key.size);
    body = sorter_varint_decode(body, &record.value.size);
    record.key.data = body;
    record.value.data = body + record.key.size;
    record.size = (size_t)(body - at) + record.key.size + record.value.size;
    return record;
}

// Eight bytes of the key from `depth` on, as a number that orders like them; zeros beyond its end.
static inline uint64_t sorter_prefix(struct bytes key, size_t depth)
{
    if (key.size >= depth + 8) {
        uint64_t word;
        memcpy(&word, key.data + depth, sizeof(word));
        return __builtin_bswap64(word);
    }
    uint64_t prefix = 0;
    for (size_t i = depth; i < depth + 8; i++) {
        prefix = prefix << 8 | (i < key.size ? key.data[i] : 0);
    }
    return prefix;
}

// Records lie in slots of one size, a power of two; a record longer than that gets a block of several
// slots in a row. So a reference, slot index * slot size + offset, grows in the order of insertion.
struct sorter_slot {
    uint8_t *data;
    size_t used_size;    // of the whole block, in its first slot; 0 in the others
    size_t record_count; // likewise
    bool is_owner;       // a block begins here
};

struct sorter_store {
    struct sorter_slot *slots;
    size_t slot_count;
    size_t slot_capacity;
    unsigned slot_shift;
};

static inline const uint8_t *sorter_store_at(const struct sorter_store *store, uint64_t reference)
{
    const uint64_t mask = (UINT64_C(1) << store->slot_shift) - 1;
    return store->slots[reference >> store->slot_shift].data + (reference & mask);
}

struct sorter_entry {
    uint64_t prefix; // of the key, at the depth the sort has reached
    uint64_t reference;
};

// Puts entries (whose prefix is that of depth 0) in the order of their keys, then references.
void sorter_entries_sort(const struct sorter_store *store, struct sorter_entry *entries,
                         size_t count);

// A run: sorted records in a piece of a file, or sorted entries over the store.
struct sorter_source {
    // In memory.
    const struct sorter_store *store; // NULL: in a file
    const struct sorter_entry *entries;
    size_t entry_index, entry_count;
    // In a file.
    const struct file *file;
    uint64_t offset, end_offset; // of what is not in `data` yet
    struct memory_account *account;
    uint8_t *data;
    size_t begin, end, capacity;
    // The record in front.
    struct sorter_record record;
    uint64_t prefix;
    bool is_at_end;
};

MUST_USE enum status sorter_source_advance(struct sorter_source *source, struct fault *fault);

// Merges by a tree of losers: sources[0] precedes sources[1] where keys are equal.
struct sorter_merge {
    struct sorter_source *sources;
    size_t count;
    size_t *losers; // count of them; losers[0] is the winner
    bool is_begun;
};

// Takes memory for the tree; the sources are the caller's. sorter_merge_free gives back the tree.
MUST_USE enum status sorter_merge_begin(struct sorter_merge *merge, struct memory_account *account,
                                        struct sorter_source *sources, size_t count,
                                        struct fault *fault);
void sorter_merge_free(struct sorter_merge *merge);
// The first record, valid until the next call. NOT_FOUND at the end.
MUST_USE enum status sorter_merge_next(struct sorter_merge *merge, struct sorter_record *record,
                                       struct fault *fault);

// Writes records to a piece of a file in large pieces.
struct sorter_run_writer {
    const struct file *file;
    uint64_t offset;
    uint8_t *data;
    size_t size, capacity;
};
MUST_USE enum status sorter_run_write(struct sorter_run_writer *writer, const uint8_t *encoded,
                                      size_t size, struct fault *fault);
MUST_USE enum status sorter_run_flush(struct sorter_run_writer *writer, struct fault *fault);
// Gives the buffer back.
void sorter_run_close(struct sorter_run_writer *writer);

#endif
