// Chart: a hash set of things that know their own key.
//
// Open addressing, linear; a slot holds the hash's upper half and the thing. The caller compares.
// One thread. A thing is the caller's.
#ifndef FENCE_CHART_H
#define FENCE_CHART_H

#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"

struct chart_slot {
    uint64_t hash;
    void *thing; // NULL: free
};

struct chart {
    struct memory_account *account;
    struct chart_slot *slots;
    size_t capacity, count;
};

// Of a number and bytes (wyhash's mixing of 16 bytes at a time).
uint64_t chart_hash(uint64_t number, struct bytes bytes);

typedef bool chart_equal(const void *thing, const void *key);
// NULL when there is none.
void *chart_find(const struct chart *chart, uint64_t hash, chart_equal *equal, const void *key);
// There is no equal one. Fails: NO_MEMORY, unless room was reserved.
MUST_USE enum status chart_put(struct chart *chart, uint64_t hash, void *thing);
// The thing is there.
void chart_remove(struct chart *chart, uint64_t hash, const void *thing);
// One thing after another in no order, `*at` beginning with 0; NULL at the end. Nothing is put or
// removed meanwhile.
void *chart_next(const struct chart *chart, size_t *at);
void chart_free(struct chart *chart);

#endif
