// Intern: equal runs of bytes stored once, each known by its offset.
//
// The sections STRINGS, VARIANTS and CHAINS are such stores, written out as they stand; the builder
// also keeps its dictionaries (city names, phrases already folded) in them. An open-addressing
// table of 32-bit entries; offsets come in the order of first use, so the same calls give the same
// bytes. One thread. Memory: the bytes, plus about 16 a run.
#ifndef ATLAS_BUILD_INTERN_H
#define ATLAS_BUILD_INTERN_H

#include "base/buffer.h"

struct build_intern_entry {
    uint32_t offset;
    uint32_t hash;
};

struct build_intern {
    struct memory_account *account;
    struct buffer store;                // all runs, one after the other
    struct build_intern_entry *entries; // in the order of first use
    uint32_t *slots;                    // entry plus 1; 0: free
    size_t count;
    size_t capacity;
    size_t slot_count; // a power of two
};

// The run's number: how many different ones were stored before it. Fails: NO_MEMORY, also when the
// store would pass 4 GiB.
MUST_USE enum status build_intern_add(struct build_intern *intern, struct bytes run,
                                      uint32_t *number);

// The bytes of a run by its number; valid until the next add.
struct bytes build_intern_at(const struct build_intern *intern, uint32_t number);

// As layout.h has them: a string (LEB128 size before it), a list (its count before it, in u32).
// Offset 0 is the empty string; list offsets count u32, and offset 0 is the empty list.
MUST_USE enum status build_intern_string(struct build_intern *intern, struct bytes text,
                                         uint32_t *offset);
MUST_USE enum status build_intern_list(struct build_intern *intern, const uint32_t *items,
                                       size_t count, uint32_t *offset);

// The string at an offset that build_intern_string gave; valid until the next add.
struct bytes build_intern_text(const struct build_intern *intern, uint32_t offset);

void build_intern_free(struct build_intern *intern);

#endif
