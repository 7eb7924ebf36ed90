#include <assert.h>

#include "live/live_private.h"

// Value of a row of TABLE_COLLECTION; the name follows. The key is the number, big-endian. Number 0
// is not a collection: its value is the next number, u32.
struct collection_row {
    uint8_t version;
    uint8_t flags;
    uint8_t durability;
    uint8_t zero[5];
    int64_t history_us;
    int64_t expires_us;
    uint64_t object_count_max;
};
_Static_assert(sizeof(struct collection_row) == 32, "collection_row is a format");

enum {
    ROW_VERSION = 1,
    IS_SEARCHABLE = 1,
    KEEPS_HISTORY = 2,
    IS_LASTING = 4,
    ROW_FLAGS = 7,
};

static const struct collection *find(const struct live *live, const struct live_state *state,
                                     struct bytes name)
{
    const struct order_rule rule = live_rule(live, live_order_by_name);
    const slab_handle found = order_find(&live->slab, state->by_name, &rule, &name);
    return found == 0 ? NULL : slab_at(&live->slab, found);
}

static const struct collection *find_numbered(const struct live *live,
                                              const struct live_state *state, uint32_t number)
{
    const struct order_rule rule = live_rule(live, live_order_by_number);
    const slab_handle found = order_find(&live->slab, state->by_number, &rule, &number);
    return found == 0 ? NULL : slab_at(&live->slab, found);
}

// In the writer's view the writer's copies are seen.
static const struct collection *seen(struct live_view view, const struct collection *collection)
{
    return collection != NULL && view.state == &view.state->live->working ? collection->working
                                                                          : collection;
}

const struct collection *live_collection(struct live_view view, struct bytes name)
{
    return seen(view, find(view.state->live, view.state, name));
}

const struct collection *live_collection_numbered(struct live_view view, uint32_t number)
{
    return seen(view, find_numbered(view.state->live, view.state, number));
}

const struct collection *live_collection_next(struct live_view view, struct bytes after)
{
    const struct live *const live = view.state->live;
    const struct order_rule rule = live_rule(live, live_order_by_name);
    struct order_cursor cursor;
    uint32_t item;
    order_seek(&live->slab, view.state->by_name, &rule, &after, &cursor);
    while (order_step(&cursor, &item)) {
        const struct collection *const found = slab_at(&live->slab, item);
        if (after.size == 0 || !bytes_equal(live_collection_name(found), after)) {
            return seen(view, found);
        }
    }
    return NULL;
}

struct bytes collection_name(const struct collection *collection)
{
    return live_collection_name(collection);
}

uint32_t collection_number(const struct collection *collection)
{
    return collection->number;
}

const struct collection_settings *collection_settings(const struct collection *collection)
{
    return &collection->settings;
}

struct collection_counts collection_counts(const struct collection *collection)
{
    return collection->counts;
}

struct collection *live_working(const struct live *live, struct bytes name)
{
    const struct collection *const found = find(live, &live->working, name);
    return found == NULL ? NULL : found->working;
}

struct collection *live_working_numbered(const struct live *live, uint32_t number)
{
    const struct collection *const found = find_numbered(live, &live->working, number);
    return found == NULL ? NULL : found->working;
}

// Makes the collection's next copy what the trees of names and numbers hold, under a new name.
static void rename_to(struct live *live, struct collection *collection, slab_handle name,
                      uint32_t name_size)
{
    const struct order_rule by_name = live_rule(live, live_order_by_name);
    const struct order_rule by_number = live_rule(live, live_order_by_number);
    const struct bytes old = live_collection_name(collection);
    const bool is_known =
        collection->name != 0 && order_remove(&live->slab, &live->working.by_name, &by_name, &old);
    live_touch_collection(live, collection);
    collection->name = name;
    collection->name_size = name_size;
    struct collection *const next = slab_at(&live->slab, collection->next);
    *next = *collection;
    const struct bytes now = live_collection_name(collection);
    order_insert(&live->slab, &live->working.by_name, &by_name, &now, collection->next);
    if (!is_known) {
        order_insert(&live->slab, &live->working.by_number, &by_number, &collection->number,
                     collection->next);
    } else {
        const bool is_there = order_replace(&live->slab, &live->working.by_number, &by_number,
                                            &collection->number, collection->next);
        assert(is_there);
    }
}

static slab_handle name_take(struct live *live, struct bytes name)
{
    const slab_handle block = slab_take(&live->slab, name.size);
    if (block != 0 && name.size != 0) {
        memcpy(slab_at(&live->slab, block), name.data, name.size);
    }
    return block;
}

enum status live_collection_make(struct live *live, uint32_t number, struct bytes name,
                                 struct collection **made, struct fault *fault)
{
    const uint64_t count_max = live->settings.collection_count;
    if (count_max != 0 && live->working.by_number.count >= count_max) {
        return fault_set(fault, STATUS_NO_SPACE,
                         "there are %llu collections, as many as may be: drop one",
                         (unsigned long long)count_max);
    }
    struct collection *const collection =
        live_reserve(live, NULL, 0, name.size, live->settings.objects_size)
            ? memory_take_zeroed(live->account, 1, sizeof(*collection))
            : NULL;
    const slab_handle block = collection == NULL ? 0 : name_take(live, name);
    if (block == 0) {
        memory_give(collection);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for another collection");
    }
    collection->live = live;
    collection->working = collection;
    collection->is_working = true;
    collection->is_new = true;
    collection->number = number;
    collection->extents.has_extents = true;
    rename_to(live, collection, block, (uint32_t)name.size);
    *made = collection;
    return STATUS_OK;
}

void live_collection_gone(struct live *live, struct collection *collection)
{
    const struct order_rule by_name = live_rule(live, live_order_by_name);
    const struct order_rule by_number = live_rule(live, live_order_by_number);
    const struct bytes name = live_collection_name(collection);
    live_touch_collection(live, collection);
    const bool was_named = order_remove(&live->slab, &live->working.by_name, &by_name, &name);
    const bool was_numbered =
        order_remove(&live->slab, &live->working.by_number, &by_number, &collection->number);
    assert(was_named && was_numbered);
    collection->is_dropped = true;
    live_retain(live, collection);
}

void live_remains_step(struct live *live, size_t limit)
{
    struct collection **link = &live->remains;
    while (*link != NULL && limit > 0) {
        struct collection *const collection = *link;
        if (collection->dropped_at > live->seen) { // somebody may be reading it
            link = &collection->next_touched;
            continue;
        }
        if (!slab_reserve(&live->slab, ORDER_NODE_SIZE, 4 * ORDER_LEAF_ITEMS, 0)) {
            return; // when there is memory again
        }
        uint32_t items[ORDER_LEAF_ITEMS];
        const uint32_t count = order_take_leaf(&live->slab, &collection->by_id, items);
        for (uint32_t i = 0; i < count; i++) {
            const struct live_entry *const entry = live_entry_at(live, items[i]);
            live_expiry_remove(live, atomic_load_explicit(&entry->version, memory_order_relaxed));
            slab_retire(&live->slab, atomic_load_explicit(&entry->version, memory_order_relaxed));
            slab_retire(&live->slab, items[i]);
        }
        limit -= limit < count ? limit : count;
        if (count == 0) {
            order_clear(&live->slab, &collection->by_value);
            places_clear(&live->slab, &collection->points);
            places_clear(&live->slab, &collection->extents);
            if (collection->ids.slots != 0) {
                slab_retire(&live->slab, collection->ids.slots);
            }
            slab_retire(&live->slab, collection->name);
            *link = collection->next_touched;
            memory_give(collection);
        }
    }
}

// Rows. ---------------------------------------------------------------------------------------------

void live_collection_write(struct ledger_turn *turn, const struct collection *collection)
{
    const struct bytes name = live_collection_name(collection);
    const uint32_t key = live_big_endian(collection->number);
    const struct collection_settings *const settings = &collection->settings;
    const struct collection_row row = {
        .version = ROW_VERSION,
        .flags = (uint8_t)((settings->is_searchable ? IS_SEARCHABLE : 0) |
                           (settings->keeps_history ? KEEPS_HISTORY : 0) |
                           (collection->is_lasting ? IS_LASTING : 0)),
        .durability = (uint8_t)settings->durability,
        .history_us = settings->history_us,
        .expires_us = settings->expires_us,
        .object_count_max = settings->object_count_max,
    };
    uint8_t *const room = turn_put_in_place(
        turn, TABLE_COLLECTION, (struct bytes){.data = (const uint8_t *)&key, .size = sizeof(key)},
        sizeof(row) + name.size);
    if (room != NULL) {
        memcpy(room, &row, sizeof(row));
        memcpy(room + sizeof(row), name.data, name.size);
    }
}

enum status live_collection_read(struct live *live, uint32_t number, struct bytes value,
                                 struct fault *fault)
{
    struct collection_row row;
    if (value.size < sizeof(row)) {
        return fault_set(fault, STATUS_CORRUPT, "the row of collection %u is too short", number);
    }
    memcpy(&row, value.data, sizeof(row));
    if (row.version != ROW_VERSION) {
        return fault_set(fault, STATUS_UNSUPPORTED, "the row of collection %u has version %u",
                         number, row.version);
    }
    if ((row.flags & ~ROW_FLAGS) != 0 || row.durability > DURABILITY_SYNC) {
        return fault_set(fault, STATUS_CORRUPT, "the row of collection %u is not one", number);
    }
    const struct bytes name = {.data = value.data + sizeof(row), .size = value.size - sizeof(row)};
    struct collection *collection = live_working_numbered(live, number);
    const struct collection *const other = live_working(live, name);
    if (other != NULL && other != collection) {
        return fault_set(fault, STATUS_CORRUPT, "collections %u and %u have one name",
                         other->number, number);
    }
    if (collection == NULL) {
        TRY(live_collection_make(live, number, name, &collection, fault));
    } else if (!bytes_equal(live_collection_name(collection), name)) {
        TRY(live_collection_name_set(live, collection, name, fault));
    }
    live_touch_collection(live, collection);
    collection->is_lasting = (row.flags & IS_LASTING) != 0;
    collection->settings = (struct collection_settings){
        .durability = (enum durability)row.durability,
        .is_searchable = (row.flags & IS_SEARCHABLE) != 0,
        .keeps_history = (row.flags & KEEPS_HISTORY) != 0,
        .history_us = row.history_us,
        .expires_us = row.expires_us,
        .object_count_max = row.object_count_max,
    };
    live_retain(live, collection);
    live->next_number = number >= live->next_number ? number + 1 : live->next_number;
    return STATUS_OK;
}

// Jobs. ---------------------------------------------------------------------------------------------

enum status live_collection_name_set(struct live *live, struct collection *collection,
                                     struct bytes name, struct fault *fault)
{
    if (!live_reserve(live, collection, 0, name.size, 0)) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to rename a collection");
    }
    const slab_handle old = collection->name;
    rename_to(live, collection, name_take(live, name), (uint32_t)name.size);
    slab_retire(&live->slab, old);
    return STATUS_OK;
}

enum status live_collection_create(struct live *live, struct ledger_turn *turn, struct bytes name,
                                   struct collection **made, struct fault *fault)
{
    const uint64_t size_max = live->settings.id_size;
    if (name.size == 0 || (size_max != 0 && name.size > size_max)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "the name of a collection has 1 to %llu bytes, not %zu",
                         (unsigned long long)size_max, name.size);
    }
    TRY(live_collection_make(live, live->next_number, name, made, fault));
    live->next_number++;
    const uint32_t zero = 0;
    turn_put(turn, TABLE_COLLECTION,
             (struct bytes){.data = (const uint8_t *)&zero, .size = sizeof(zero)},
             (struct bytes){.data = (const uint8_t *)&live->next_number,
                            .size = sizeof(live->next_number)});
    return STATUS_OK;
}

enum status live_collection_put(struct live *live, struct ledger_turn *turn, struct bytes name,
                                const struct collection_settings *settings, struct fault *fault)
{
    struct collection *collection = live_working(live, name);
    if (collection == NULL) {
        TRY(live_collection_create(live, turn, name, &collection, fault));
    } else if (!live_reserve(live, collection, 0, 0, 0)) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to change a collection");
    }
    const struct collection_settings before = collection->settings;
    live_touch_collection(live, collection);
    collection->settings = *settings;
    collection->is_lasting = true;
    live_retain(live, collection);
    live_collection_write(turn, collection);
    for (size_t i = 0; i < live->observer_count; i++) {
        if (live->observers[i].settled != NULL) {
            live->observers[i].settled(live->observers[i].context, turn, collection, &before);
        }
    }
    return STATUS_OK;
}

static void drop(struct live *live, struct ledger_turn *turn, struct collection *collection)
{
    for (size_t i = 0; i < live->observer_count; i++) {
        if (live->observers[i].dropped != NULL) {
            live->observers[i].dropped(live->observers[i].context, turn, collection);
        }
    }
    const uint32_t number = live_big_endian(collection->number);
    const struct bytes key = {.data = (const uint8_t *)&number, .size = sizeof(number)};
    turn_delete(turn, TABLE_COLLECTION, key);
    turn_delete_prefix(turn, TABLE_OBJECT, key);
    turn_delete_prefix(turn, TABLE_HISTORY, key);
    live_collection_gone(live, collection);
}

enum status live_collection_drop(struct live *live, struct ledger_turn *turn, struct bytes name)
{
    struct collection *const collection = live_working(live, name);
    if (collection == NULL) {
        return STATUS_NOT_FOUND;
    }
    if (!live_reserve(live, collection, 0, 0, 0)) {
        return STATUS_NO_MEMORY;
    }
    drop(live, turn, collection);
    return STATUS_OK;
}

void live_collection_leave(struct live *live, struct ledger_turn *turn,
                           struct collection *collection)
{
    if (collection->counts.objects == 0 && !collection->is_lasting) {
        const uint32_t number = live_big_endian(collection->number);
        const struct bytes key = {.data = (const uint8_t *)&number, .size = sizeof(number)};
        turn_delete(turn, TABLE_COLLECTION, key);
        turn_delete_prefix(turn, TABLE_HISTORY, key);
        live_collection_gone(live, collection);
    }
}

enum status live_collection_rename(struct live *live, struct ledger_turn *turn, struct bytes from,
                                   struct bytes to, bool is_new_only)
{
    struct collection *const collection = live_working(live, from);
    struct collection *const other = live_working(live, to);
    if (collection == NULL) {
        return STATUS_NOT_FOUND;
    }
    if (other != NULL && is_new_only) {
        return STATUS_BUSY;
    }
    if (other == collection) {
        return STATUS_OK;
    }
    if (to.size == 0 || (live->settings.id_size != 0 && to.size > live->settings.id_size)) {
        return STATUS_OUT_OF_RANGE;
    }
    if (!live_reserve(live, collection, 0, to.size, 0)) {
        return STATUS_NO_MEMORY;
    }
    if (other != NULL) {
        drop(live, turn, other);
    }
    TRY(live_collection_name_set(live, collection, to, NULL));
    live_collection_write(turn, collection);
    return STATUS_OK;
}

static struct collection *any_collection(const struct live *live)
{
    struct order_cursor cursor;
    uint32_t item;
    order_seek(&live->slab, live->working.by_number, NULL, NULL, &cursor);
    return order_step(&cursor, &item)
               ? ((const struct collection *)slab_at(&live->slab, item))->working
               : NULL;
}

enum status live_clear(struct live *live, struct ledger_turn *turn)
{
    struct collection *collection;
    while ((collection = any_collection(live)) != NULL) {
        if (!live_reserve(live, collection, 0, 0, 0)) {
            return STATUS_NO_MEMORY;
        }
        drop(live, turn, collection);
    }
    return STATUS_OK;
}
