// A turn's changes: kept aside until the journal has them, then published, or undone.
#include <assert.h>

#include "live/live_private.h"

enum {
    TOUCH_SLOTS_MIN = 256,
    RECLAIM_LIMIT = 1 << 14, // blocks given back in a turn
    REMAINS_LIMIT = 4000,    // objects of dropped collections taken apart in a turn
    RETIRED_SOFT = 64 << 20, // bytes: beyond, all that may be given back is
};

static size_t touch_slot(const struct live *live, slab_handle entry)
{
    const size_t mask = live->touch_slot_count - 1;
    size_t at = (size_t)(entry * UINT64_C(0x9e3779b97f4a7c15) >> 40) & mask;
    while (live->touch_slots[at] != 0 && live->touches[live->touch_slots[at] - 1].entry != entry) {
        at = (at + 1) & mask;
    }
    return at;
}

static struct live_touch *touch_of(const struct live *live, slab_handle entry)
{
    if (live->touch_count == 0) {
        return NULL;
    }
    const uint32_t found = live->touch_slots[touch_slot(live, entry)];
    return found == 0 ? NULL : &live->touches[found - 1];
}

slab_handle live_working_version(const struct live *live, slab_handle entry)
{
    const struct live_touch *const touch = touch_of(live, entry);
    return touch != NULL
               ? touch->version
               : atomic_load_explicit(&live_entry_at(live, entry)->version, memory_order_relaxed);
}

bool live_touch_reserve(struct live *live)
{
    if (!memory_grow(live->account, &live->touches, &live->touch_capacity, live->touch_count + 1,
                     sizeof(*live->touches))) {
        return false;
    }
    if (2 * (live->touch_count + 1) <= live->touch_slot_count) {
        return true;
    }
    const size_t count = live->touch_slot_count == 0 ? TOUCH_SLOTS_MIN : live->touch_slot_count * 2;
    uint32_t *const slots = memory_take_zeroed(live->account, count, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    memory_give(live->touch_slots);
    live->touch_slots = slots;
    live->touch_slot_count = count;
    for (size_t i = 0; i < live->touch_count; i++) {
        live->touch_slots[touch_slot(live, live->touches[i].entry)] = (uint32_t)i + 1;
    }
    return true;
}

void live_touch_entry(struct live *live, slab_handle entry, slab_handle version, bool is_new)
{
    struct live_touch *const touch = touch_of(live, entry);
    if (touch != NULL) {
        touch->version = version;
        return;
    }
    live->touches[live->touch_count++] =
        (struct live_touch){.entry = entry, .version = version, .is_new = is_new};
    live->touch_slots[touch_slot(live, entry)] = (uint32_t)live->touch_count;
}

static void touches_clear(struct live *live)
{
    if (live->touch_count * 8 > live->touch_slot_count) {
        memset(live->touch_slots, 0, live->touch_slot_count * sizeof(*live->touch_slots));
    } else {
        while (live->touch_count > 0) { // last first: a chain is not broken before its end
            const slab_handle entry = live->touches[live->touch_count - 1].entry;
            live->touch_slots[touch_slot(live, entry)] = 0;
            live->touch_count--;
        }
    }
    live->touch_count = 0;
}

void live_touch_collection(struct live *live, struct collection *collection)
{
    if (!collection->is_touched) {
        collection->is_touched = true;
        collection->next_touched = live->touched;
        live->touched = collection;
        live->publish_nodes += 4; // its place in two trees
        if (collection->next == 0) {
            collection->next = slab_take(&live->slab, sizeof(*collection));
            assert(collection->next != 0); // live_reserve
        }
    }
}

bool live_reserve(struct live *live, struct collection *collection, size_t id_size, size_t row_size,
                  size_t limit_size)
{
    struct slab *const slab = &live->slab;
    if (live->next_state == 0) {
        live->next_state = slab_take(slab, sizeof(struct live_state));
        live->next_state_turn = slab->turn;
    }
    return live->next_state != 0 &&
           slab_reserve(slab, ORDER_NODE_SIZE, 8 * ORDER_RESERVE + live->publish_nodes + 4,
                        limit_size) &&
           slab_reserve(slab, PLACES_LEAF_SIZE, 2 * PLACES_RESERVE, limit_size) &&
           slab_reserve(slab, PLACES_NODE_SIZE, 2 * PLACES_RESERVE, limit_size) &&
           slab_reserve(slab, sizeof(struct collection), 2, limit_size) &&
           slab_reserve(slab, sizeof(struct live_entry) + id_size, 1, limit_size) &&
           slab_reserve(slab, sizeof(struct object) + sizeof(uint32_t) + row_size, 1, limit_size) &&
           (collection == NULL || live_ids_reserve(live, &collection->ids)) &&
           live_touch_reserve(live);
}

static void publish_entries(struct live *live)
{
    for (size_t i = 0; i < live->touch_count; i++) {
        const struct live_touch *const touch = &live->touches[i];
        struct live_entry *const entry = live_entry_at(live, touch->entry);
        if (touch->version != 0) {
            atomic_store_explicit(&entry->version, touch->version, memory_order_release);
            continue;
        }
        struct collection *const collection = live_working_numbered(live, entry->collection);
        if (collection != NULL && live_ids_remove(live, &collection->ids, touch->entry)) {
            collection->ids.count--;
        }
        slab_retire(&live->slab, touch->entry);
    }
    touches_clear(live);
}

// Its objects are kept until they are taken apart, its copies go now.
static void publish_drop(struct live *live, struct collection *collection)
{
    if (collection->published != 0) {
        slab_retire(&live->slab, collection->published);
    }
    if (collection->next != 0) {
        slab_retire(&live->slab, collection->next);
    }
    // The writer's copy becomes what is left to be done.
    collection->dropped_at = live->working.number + 1;
    collection->next_touched = live->remains;
    live->remains = collection;
}

static void publish_collection(struct live *live, struct collection *collection)
{
    const slab_handle next = collection->next;
    const slab_handle old = collection->published;
    collection->published = next;
    collection->next = 0;
    collection->is_touched = false;
    collection->is_new = false;
    struct collection *const copy = slab_at(&live->slab, next);
    *copy = *collection;
    copy->is_working = false;
    const struct bytes name = live_collection_name(collection);
    const struct order_rule by_name = live_rule(live, live_order_by_name);
    const struct order_rule by_number = live_rule(live, live_order_by_number);
    const bool is_named = order_replace(&live->slab, &live->working.by_name, &by_name, &name, next);
    const bool is_numbered =
        order_replace(&live->slab, &live->working.by_number, &by_number, &collection->number, next);
    assert(is_named && is_numbered);
    if (old != 0) {
        slab_retire(&live->slab, old);
    }
}

static void probe_released(struct retired *retired)
{
    struct live_probe *const probe = (struct live_probe *)retired;
    probe->live->seen = probe->number;
    probe->is_waiting = false;
}

void live_reclaim(struct live *live)
{
    if (live->retirer != NULL) {
        if (!live->probe.is_waiting && (live->slab.batch_count > 0 || live->remains != NULL)) {
            live->probe.number = live->working.number;
            live->probe.is_waiting = true;
            live->probe.retired.release = probe_released;
            retirer_add(live->retirer, &live->probe.retired);
        }
        retirer_collect(live->retirer);
    }
    uint64_t oldest = live->seen;
    (void)pthread_mutex_lock(&live->lock);
    for (const struct live_pin *pin = live->pins; pin != NULL; pin = pin->next) {
        oldest = pin->number < oldest ? pin->number : oldest;
    }
    (void)pthread_mutex_unlock(&live->lock);
    slab_reclaim(&live->slab, oldest,
                 live->slab.retired_size > RETIRED_SOFT ? SIZE_MAX : RECLAIM_LIMIT);
}

void live_publish(void *context, const struct ledger_turn *turn)
{
    struct live *const live = context;
    if (turn != NULL) {
        atomic_store_explicit(&live->clock_us, turn->now_us, memory_order_relaxed);
    }
    const bool has_remains = live->remains != NULL;
    if (live->touched != NULL) {
        publish_entries(live);
        while (live->touched != NULL) {
            struct collection *const collection = live->touched;
            live->touched = collection->next_touched;
            if (collection->is_dropped) {
                publish_drop(live, collection);
            } else {
                publish_collection(live, collection);
            }
        }
        // The block was made in this turn or before; readers come to know it by the store.
        struct live_state *const next = slab_at(&live->slab, live->next_state);
        live->working.number++;
        *next = live->working;
        atomic_store_explicit(&live->state, next, memory_order_release);
        slab_retire(&live->slab, live->state_block);
        live->state_block = live->next_state;
        live->next_state = 0;
    }
    if (has_remains) {
        live_remains_step(live, REMAINS_LIMIT);
    }
    // Nobody but the writer reads this part of a state; expiries of dropped collections leave it.
    atomic_load_explicit(&live->state, memory_order_relaxed)->by_expiry = live->working.by_expiry;
    slab_publish(&live->slab, live->working.number);
    live->publish_nodes = 0;
    if (turn == NULL) { // loading: there are no readers yet
        live->seen = live->working.number;
        slab_reclaim(&live->slab, live->working.number, SIZE_MAX);
        return;
    }
    live_reclaim(live);
}

static void undo_collection(struct live *live, struct collection *collection)
{
    if (collection->is_new) {
        memory_give(collection);
        return;
    }
    const struct collection *const published = slab_at(&live->slab, collection->published);
    const struct live_ids ids = collection->ids;
    *collection = *published;
    collection->is_working = true;
    // What this turn put into the published table stays there as marks.
    if (ids.slots == collection->ids.slots) {
        collection->ids.used = ids.used;
    } else {
        live_ids_count(live, &collection->ids);
    }
    live_retain(live, collection);
}

void live_undo(void *context)
{
    struct live *const live = context;
    struct collection *next;
    for (struct collection *collection = live->touched; collection != NULL; collection = next) {
        next = collection->next_touched;
        undo_collection(live, collection);
    }
    live->touched = NULL;
    live->working = *atomic_load_explicit(&live->state, memory_order_relaxed);
    // New entries stand in tables that readers walk: out of them, and given back when all have passed.
    size_t seen_count = 0;
    struct live_touch *const touches = live->touches;
    slab_handle *const seen = (slab_handle *)(void *)touches; // smaller: filled behind what is read
    for (size_t i = 0; i < live->touch_count; i++) {
        const struct live_touch touch = touches[i];
        const uint32_t number = live_entry_at(live, touch.entry)->collection;
        const struct collection *const collection = live_working_numbered(live, number);
        if (touch.is_new && collection != NULL) {
            (void)live_ids_remove(live, &collection->ids, touch.entry);
            seen[seen_count++] = touch.entry;
        }
    }
    if (live->touch_count > 0) {
        memset(live->touch_slots, 0, live->touch_slot_count * sizeof(*live->touch_slots));
    }
    live->touch_count = 0;
    if (live->next_state_turn == live->slab.turn) {
        live->next_state = 0;
    }
    slab_undo(&live->slab, seen, seen_count, live->working.number + 1);
    live->publish_nodes = 0;
}
