#include "live/live_private.h"

enum {
    FIRST_CAPACITY = 8,
    DOUBLES_BELOW = 1 << 16, // larger tables grow by a quarter
};
#define SLOT_MARK UINT64_C(0xffffffff) // of an entry that has gone

static uint64_t fold(uint64_t left, uint64_t right)
{
    const unsigned __int128 product = (unsigned __int128)left * right;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

// Multiply and fold, 16 bytes a step (Wang Yi: wyhash); seeded, so that nobody can choose ids that
// collide.
static uint32_t hash_of(const struct live *live, struct bytes id)
{
    const uint64_t secret = UINT64_C(0xa0761d6478bd642f);
    uint64_t state = live->seed ^ id.size;
    uint64_t words[2];
    for (; id.size > 16; id.data += 16, id.size -= 16) {
        memcpy(words, id.data, sizeof(words));
        state = fold(words[0] ^ secret, words[1] ^ state);
    }
    words[0] = 0;
    words[1] = 0;
    memcpy(words, id.data, id.size);
    state = fold(words[0] ^ secret, words[1] ^ state);
    return (uint32_t)(fold(state, UINT64_C(0xe7037ed1a0b428db)) >> 32);
}

static _Atomic uint64_t *slots_of(const struct live *live, const struct live_ids *ids)
{
    return slab_at(&live->slab, ids->slots);
}

// Tables of any size: the hash is scaled, not masked.
static uint32_t slot_of(const struct live_ids *ids, uint32_t hash)
{
    return (uint32_t)((uint64_t)hash * ids->capacity >> 32);
}

static uint32_t slot_after(const struct live_ids *ids, uint32_t slot)
{
    return slot + 1 == ids->capacity ? 0 : slot + 1;
}

slab_handle live_ids_find(const struct live *live, const struct live_ids *ids, struct bytes id)
{
    if (ids->capacity == 0) {
        return 0;
    }
    const uint32_t hash = hash_of(live, id);
    _Atomic uint64_t *const slots = slots_of(live, ids);
    for (uint32_t at = slot_of(ids, hash);; at = slot_after(ids, at)) {
        const uint64_t slot = atomic_load_explicit(&slots[at], memory_order_acquire);
        if (slot == 0) {
            return 0;
        }
        if (slot >> 32 == hash && slot != ((uint64_t)hash << 32 | SLOT_MARK) &&
            bytes_equal(live_entry_id(live_entry_at(live, (slab_handle)slot)), id)) {
            return (slab_handle)slot;
        }
    }
}

uint32_t live_ids_foresee(const struct live *live, const struct live_ids *ids, struct bytes id)
{
    const uint32_t hash = hash_of(live, id);
    if (ids->capacity != 0) {
        __builtin_prefetch(&slots_of(live, ids)[slot_of(ids, hash)]);
    }
    return hash;
}

slab_handle live_ids_guess(const struct live *live, const struct live_ids *ids, uint32_t hash)
{
    if (ids->capacity == 0) {
        return 0;
    }
    _Atomic uint64_t *const slots = slots_of(live, ids);
    for (uint32_t at = slot_of(ids, hash);; at = slot_after(ids, at)) {
        const uint64_t slot = atomic_load_explicit(&slots[at], memory_order_acquire);
        if (slot == 0 || (slot >> 32 == hash && (uint32_t)slot != SLOT_MARK)) {
            return (slab_handle)slot;
        }
    }
}

static void put(const struct live *live, struct live_ids *ids, uint32_t hash, slab_handle entry)
{
    _Atomic uint64_t *const slots = slots_of(live, ids);
    uint32_t at = slot_of(ids, hash);
    uint64_t found;
    while ((found = atomic_load_explicit(&slots[at], memory_order_relaxed)) != 0 &&
           (uint32_t)found != SLOT_MARK) {
        at = slot_after(ids, at);
    }
    ids->used += found == 0;
    ids->count++;
    atomic_store_explicit(&slots[at], (uint64_t)hash << 32 | entry, memory_order_release);
}

bool live_ids_reserve(struct live *live, struct live_ids *ids)
{
    if (ids->used + 1 <= ids->capacity - ids->capacity / 5 && ids->capacity != 0) {
        return true;
    }
    // Half marks: the same size again.
    uint64_t capacity = ids->capacity;
    if (capacity == 0) {
        capacity = FIRST_CAPACITY;
    } else if (ids->count + 1 > capacity / 2) {
        capacity += capacity < DOUBLES_BELOW ? capacity : capacity / 4;
    }
    if (capacity > UINT32_MAX / 2) {
        return false;
    }
    struct live_ids next = {.capacity = (uint32_t)capacity};
    next.slots = slab_take(&live->slab, capacity * sizeof(uint64_t));
    if (next.slots == 0) {
        return false;
    }
    memset(slab_at(&live->slab, next.slots), 0, capacity * sizeof(uint64_t));
    const _Atomic uint64_t *const old = ids->capacity == 0 ? NULL : slots_of(live, ids);
    for (uint32_t i = 0; i < ids->capacity; i++) {
        const uint64_t slot = atomic_load_explicit(&old[i], memory_order_relaxed);
        if (slot != 0 && (uint32_t)slot != SLOT_MARK) {
            put(live, &next, (uint32_t)(slot >> 32), (slab_handle)slot);
        }
    }
    if (ids->slots != 0) {
        slab_retire(&live->slab, ids->slots);
    }
    *ids = next;
    return true;
}

void live_ids_add(struct live *live, struct live_ids *ids, slab_handle entry)
{
    put(live, ids, hash_of(live, live_entry_id(live_entry_at(live, entry))), entry);
}

bool live_ids_remove(struct live *live, const struct live_ids *ids, slab_handle entry)
{
    if (ids->capacity == 0) {
        return false;
    }
    const uint32_t hash = hash_of(live, live_entry_id(live_entry_at(live, entry)));
    _Atomic uint64_t *const slots = slots_of(live, ids);
    for (uint32_t at = slot_of(ids, hash);; at = slot_after(ids, at)) {
        const uint64_t slot = atomic_load_explicit(&slots[at], memory_order_relaxed);
        if (slot == 0) {
            return false;
        }
        if ((slab_handle)slot == entry) {
            atomic_store_explicit(&slots[at], slot | SLOT_MARK, memory_order_release);
            return true;
        }
    }
}

void live_ids_count(const struct live *live, struct live_ids *ids)
{
    const _Atomic uint64_t *const slots = ids->capacity == 0 ? NULL : slots_of(live, ids);
    ids->used = 0;
    for (uint32_t i = 0; i < ids->capacity; i++) {
        ids->used += atomic_load_explicit(&slots[i], memory_order_relaxed) != 0;
    }
}
