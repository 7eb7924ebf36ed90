// Restart: rows of the store, then the effects after them.
#include "live/live_private.h"

enum { LOAD_STEP = 1 << 16 }; // rows between publishes: what was retired goes back

static bool key_read(struct bytes key, uint32_t *number, struct bytes *rest)
{
    if (key.size < sizeof(*number)) {
        return false;
    }
    memcpy(number, key.data, sizeof(*number));
    *number = live_big_endian(*number);
    *rest = (struct bytes){.data = key.data + sizeof(*number), .size = key.size - sizeof(*number)};
    return true;
}

// Nobody reads yet: every step is published at once.
static void step(struct live *live)
{
    if (++live->load_count % LOAD_STEP == 0) {
        live_publish(live, NULL);
    }
}

static enum status collection_load(struct live *live, uint32_t number, struct bytes value,
                                   struct fault *fault)
{
    if (number != 0) {
        return live_collection_read(live, number, value, fault);
    }
    uint32_t next;
    if (value.size != sizeof(next)) {
        return fault_set(fault, STATUS_CORRUPT, "the number of the next collection is not one");
    }
    memcpy(&next, value.data, sizeof(next));
    live->next_number = next > live->next_number ? next : live->next_number;
    return STATUS_OK;
}

static enum status object_load(struct live *live, uint32_t number, struct bytes id,
                               struct bytes value, struct fault *fault)
{
    struct row row;
    struct collection *const collection = live_working_numbered(live, number);
    if (collection == NULL) {
        return fault_set(fault, STATUS_CORRUPT, "an object of collection %u, which is not there",
                         number);
    }
    if (id.size > LIVE_ID_SIZE_MAX) {
        return fault_set(fault, STATUS_CORRUPT, "an id of %zu bytes", id.size);
    }
    TRY(row_read(value, &row, fault));
    if (!live_reserve(live, collection, id.size, value.size, 0)) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the stored objects");
    }
    bool is_added = false;
    if (!live->is_replaying) {
        TRY(live_bulk_add(live, collection, id, value, &row, &is_added, fault));
    }
    if (!is_added) {
        (void)live_store(live, collection, id, value, live_ids_find(live, &collection->ids, id));
    }
    step(live);
    return STATUS_OK;
}

enum status live_load(void *context, enum ledger_table table, struct bytes key, struct bytes value,
                      struct fault *fault)
{
    struct live *const live = context;
    uint32_t number;
    struct bytes rest;
    if (table == TABLE_HISTORY) {
        return STATUS_OK; // read late, from the store
    }
    if (!key_read(key, &number, &rest)) {
        return fault_set(fault, STATUS_CORRUPT, "a key of %zu bytes is too short", key.size);
    }
    return table == TABLE_COLLECTION ? collection_load(live, number, value, fault)
                                     : object_load(live, number, rest, value, fault);
}

static enum status object_unload(struct live *live, uint32_t number, struct bytes id,
                                 struct fault *fault)
{
    struct collection *const collection = live_working_numbered(live, number);
    const slab_handle entry = collection == NULL ? 0 : live_ids_find(live, &collection->ids, id);
    if (entry == 0 || live_working_version(live, entry) == 0) {
        return STATUS_OK;
    }
    if (!live_reserve(live, collection, 0, 0, 0)) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the stored objects");
    }
    live_remove(live, collection, entry);
    step(live);
    return STATUS_OK;
}

// All objects of a collection.
static enum status objects_unload(struct live *live, uint32_t number, struct fault *fault)
{
    struct collection *const collection = live_working_numbered(live, number);
    while (collection != NULL && collection->counts.objects > 0) {
        struct order_cursor cursor;
        slab_handle entry;
        order_seek(&live->slab, collection->by_id, NULL, NULL, &cursor);
        if (!order_step(&cursor, &entry)) {
            break;
        }
        if (!live_reserve(live, collection, 0, 0, 0)) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for the stored objects");
        }
        live_remove(live, collection, entry);
        step(live);
    }
    return STATUS_OK;
}

static enum status collection_unload(struct live *live, uint32_t number, struct fault *fault)
{
    struct collection *const collection = live_working_numbered(live, number);
    if (collection != NULL) {
        if (!live_reserve(live, collection, 0, 0, 0)) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for the stored objects");
        }
        live_collection_gone(live, collection);
        live_publish(live, NULL);
    }
    return STATUS_OK;
}

enum status live_replay(void *context, const struct effect *effect, struct fault *fault)
{
    struct live *const live = context;
    uint32_t number;
    struct bytes rest;
    if (effect->table == TABLE_HISTORY) {
        return STATUS_OK;
    }
    TRY(live_bulk_end(live, fault));
    live->is_replaying = true;
    if (effect->kind == EFFECT_PUT) {
        return live_load(live, effect->table, effect->key, effect->value, fault);
    }
    if (!key_read(effect->key, &number, &rest)) {
        return fault_set(fault, STATUS_CORRUPT, "a key of %zu bytes is too short",
                         effect->key.size);
    }
    if (effect->table == TABLE_COLLECTION) {
        return collection_unload(live, number, fault);
    }
    return effect->kind == EFFECT_DELETE ? object_unload(live, number, rest, fault)
                                         : objects_unload(live, number, fault);
}

enum status live_loaded(void *context, struct fault *fault)
{
    TRY(live_bulk_end(context, fault));
    live_publish(context, NULL);
    return STATUS_OK;
}
