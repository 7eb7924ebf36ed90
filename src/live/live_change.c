#include <assert.h>

#include "live/live_private.h"

enum { EXPIRE_LIMIT = 2000 }; // objects in one turn

slab_handle live_version_take(struct live *live, slab_handle entry, struct bytes bytes)
{
    const bool is_long = bytes.size >= OBJECT_LONG;
    const slab_handle made = slab_take(
        &live->slab, offsetof(struct object, row) + (is_long ? sizeof(uint32_t) : 0) + bytes.size);
    assert(made != 0); // live_reserve, or a machine without memory
    struct object *const version = live_version_at(live, made);
    version->entry = entry;
    version->size = is_long ? OBJECT_LONG : (uint8_t)bytes.size;
    if (is_long) {
        const uint32_t size = (uint32_t)bytes.size;
        memcpy(version->row, &size, sizeof(size));
    }
    memcpy(version->row + (is_long ? sizeof(uint32_t) : 0), bytes.data, bytes.size);
    return made;
}

slab_handle live_entry_take(struct live *live, struct collection *collection, struct bytes id)
{
    const slab_handle made = slab_take(&live->slab, offsetof(struct live_entry, id) + id.size);
    assert(made != 0); // live_reserve
    struct live_entry *const entry = live_entry_at(live, made);
    atomic_store_explicit(&entry->version, 0, memory_order_relaxed);
    entry->collection = collection->number;
    entry->id_size = (uint16_t)id.size;
    if (id.size != 0) {
        memcpy(entry->id, id.data, id.size);
    }
    live_ids_add(live, &collection->ids, made);
    collection->counts.objects++;
    collection->counts.memory_size += slab_block_size(&live->slab, made);
    return made;
}

const struct object *live_store(struct live *live, struct collection *collection, struct bytes id,
                                struct bytes bytes, slab_handle entry)
{
    slab_handle old = 0;
    const bool is_new = entry == 0;
    live_touch_collection(live, collection);
    if (is_new) {
        const struct order_rule rule = live_rule(live, live_order_by_id);
        entry = live_entry_take(live, collection, id);
        order_insert(&live->slab, &collection->by_id, &rule, &id, entry);
    } else {
        old = live_working_version(live, entry);
    }
    const slab_handle made = live_version_take(live, entry, bytes);
    if (old != 0) {
        slab_retire(&live->slab, old);
    } else if (!is_new) { // deleted in this turn, and here again
        const struct order_rule rule = live_rule(live, live_order_by_id);
        order_insert(&live->slab, &collection->by_id, &rule, &id, entry);
        collection->counts.objects++;
        collection->counts.memory_size += slab_block_size(&live->slab, entry);
    }
    live_index_change(live, collection, id, old, made);
    live_touch_entry(live, entry, made, is_new);
    return live_version_at(live, made);
}

void live_remove(struct live *live, struct collection *collection, slab_handle entry)
{
    const slab_handle old = live_working_version(live, entry);
    const struct bytes id = live_entry_id(live_entry_at(live, entry));
    live_touch_collection(live, collection);
    live_index_change(live, collection, id, old, 0);
    const struct order_rule rule = live_rule(live, live_order_by_id);
    const bool was_there = order_remove(&live->slab, &collection->by_id, &rule, &id);
    assert(was_there);
    collection->counts.objects--;
    collection->counts.memory_size -= slab_block_size(&live->slab, entry);
    slab_retire(&live->slab, old);
    live_touch_entry(live, entry, 0, false);
}

// Jobs. ---------------------------------------------------------------------------------------------

struct bytes live_object_key(struct live *live, uint32_t collection, struct bytes id)
{
    const uint32_t number = live_big_endian(collection);
    buffer_clear(&live->key);
    buffer_append(&live->key, &number, sizeof(number));
    buffer_append_bytes(&live->key, id);
    return buffer_bytes(&live->key);
}

static void tell(struct live *live, struct ledger_turn *turn, const struct change *change)
{
    for (size_t i = 0; i < live->observer_count; i++) {
        const struct live_observer *const observer = &live->observers[i];
        if (observer->changed != NULL) {
            observer->changed(observer->context, turn, change);
        }
    }
}

// The row as it will be stored: with the collection's expiry when it has none of its own.
static struct bytes with_expiry(struct live *live, const struct collection *collection,
                                int64_t now_us, struct bytes bytes, struct row *row)
{
    if (row->expires_us != 0 || collection->settings.expires_us == 0) {
        return bytes;
    }
    row->expires_us = now_us + collection->settings.expires_us;
    buffer_clear(&live->row);
    row_write(row, &live->row);
    const struct bytes written = buffer_bytes(&live->row);
    if (!live->row.failed) {
        row_open(written, row);
    }
    return written;
}

static enum status refuse(struct live *live, const struct collection *collection, bool is_new,
                          struct bytes id, struct fault *fault)
{
    const uint64_t id_max = live->settings.id_size == 0 || live->settings.id_size > LIVE_ID_SIZE_MAX
                                ? LIVE_ID_SIZE_MAX
                                : live->settings.id_size;
    if (id.size > id_max) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "an id has at most %llu bytes, this one has %zu",
                         (unsigned long long)id_max, id.size);
    }
    const uint64_t quota = collection == NULL ? 0 : collection->settings.object_count_max;
    if (is_new && quota != 0 && collection->counts.objects >= quota) {
        const struct bytes name = live_collection_name(collection);
        return fault_set(fault, STATUS_NO_SPACE,
                         "collection '%.*s' holds %llu objects, as many as its quota allows",
                         (int)(name.size < 100 ? name.size : 100), (const char *)name.data,
                         (unsigned long long)quota);
    }
    return STATUS_OK;
}

enum status live_put(struct live *live, struct ledger_turn *turn, struct bytes name,
                     struct bytes id, struct bytes bytes, const char *command, struct fault *fault)
{
    struct row row;
    struct collection *collection = live_working(live, name);
    slab_handle entry = collection == NULL ? 0 : live_ids_find(live, &collection->ids, id);
    const slab_handle old = entry == 0 ? 0 : live_working_version(live, entry);
    TRY(refuse(live, collection, old == 0, id, fault));
    row_open(bytes, &row);
    struct bytes stored = bytes;
    if (collection != NULL) {
        stored = with_expiry(live, collection, turn->now_us, bytes, &row);
    }
    const size_t limit_size = live->settings.objects_size;
    if (live->row.failed || !live_reserve(live, collection, id.size, stored.size, limit_size)) {
        return fault_set(fault, STATUS_NO_MEMORY,
                         "the objects fill their %zu bytes of memory: delete some, or allow more",
                         limit_size);
    }
    if (collection == NULL) {
        TRY(live_collection_create(live, turn, name, &collection, fault));
        live_collection_write(turn, collection);
        if (!live_reserve(live, collection, id.size, stored.size, limit_size)) {
            live_collection_gone(live, collection);
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for another collection");
        }
    }
    struct change change = {
        .kind = CHANGE_PUT,
        .collection = collection,
        .id = id,
        .before = old == 0 ? NULL : live_version_at(live, old),
        .command = command,
    };
    change.after = live_store(live, collection, id, stored, entry);
    turn_put(turn, TABLE_OBJECT, live_object_key(live, collection->number, id), stored);
    if (collection->settings.keeps_history) {
        live_history_put(live, turn, collection, id, stored, &row);
    }
    tell(live, turn, &change);
    return STATUS_OK;
}

static enum status delete_as(struct live *live, struct ledger_turn *turn,
                             struct collection *collection, slab_handle entry,
                             const struct change *what)
{
    if (!live_reserve(live, collection, 0, 0, 0)) {
        return STATUS_NO_MEMORY;
    }
    struct change change = *what;
    change.before = live_version_at(live, live_working_version(live, entry));
    change.id = live_entry_id(live_entry_at(live, entry));
    change.collection = collection;
    live_remove(live, collection, entry);
    turn_delete(turn, TABLE_OBJECT, live_object_key(live, collection->number, change.id));
    tell(live, turn, &change);
    live_collection_leave(live, turn, collection);
    return STATUS_OK;
}

enum status live_delete(struct live *live, struct ledger_turn *turn, struct bytes name,
                        struct bytes id, const char *command)
{
    struct collection *const collection = live_working(live, name);
    const slab_handle entry = collection == NULL ? 0 : live_ids_find(live, &collection->ids, id);
    if (entry == 0 || live_working_version(live, entry) == 0) {
        return STATUS_NOT_FOUND;
    }
    return delete_as(live, turn, collection, entry,
                     &(struct change){.kind = CHANGE_DELETE, .command = command});
}

int64_t live_next_expiry_us(const struct live *live)
{
    struct order_cursor cursor;
    uint32_t version;
    order_seek(&live->slab, live->working.by_expiry, NULL, NULL, &cursor);
    if (!order_step(&cursor, &version)) {
        return INT64_MAX;
    }
    struct row row;
    row_open(object_bytes(live_version_at(live, version)), &row);
    return row.expires_us;
}

void live_expire(struct live *live, struct ledger_turn *turn)
{
    for (unsigned i = 0; i < EXPIRE_LIMIT && live_next_expiry_us(live) <= turn->now_us; i++) {
        struct order_cursor cursor;
        uint32_t version;
        order_seek(&live->slab, live->working.by_expiry, NULL, NULL, &cursor);
        const bool is_there = order_step(&cursor, &version);
        assert(is_there);
        const slab_handle entry = live_version_at(live, version)->entry;
        const uint32_t number = live_entry_at(live, entry)->collection;
        struct collection *const collection = live_working_numbered(live, number);
        if (collection == NULL) { // of a dropped collection
            if (!live_reserve(live, NULL, 0, 0, 0)) {
                return;
            }
            live_expiry_remove(live, version);
            continue;
        }
        const struct change expiry = {.kind = CHANGE_EXPIRE, .command = "del"};
        if (delete_as(live, turn, collection, entry, &expiry) != STATUS_OK) {
            return; // later, when there is memory
        }
    }
}

// Objects. ------------------------------------------------------------------------------------------

const struct object *collection_find(const struct collection *collection, struct bytes id)
{
    const struct live *const live = collection->live;
    const slab_handle entry = live_ids_find(live, &collection->ids, id);
    if (entry == 0) {
        return NULL;
    }
    const slab_handle version =
        collection->is_working
            ? live_working_version(live, entry)
            : atomic_load_explicit(&live_entry_at(live, entry)->version, memory_order_acquire);
    return version == 0 ? NULL : live_version_at(live, version);
}

static const struct live_entry *entry_of(const struct object *object)
{
    return slab_at(slab_of(object), object->entry);
}

struct bytes object_id(const struct object *object)
{
    return live_entry_id(entry_of(object));
}

uint32_t object_collection(const struct object *object)
{
    return entry_of(object)->collection;
}

struct bytes object_bytes(const struct object *object)
{
    if (object->size != OBJECT_LONG) {
        return (struct bytes){.data = object->row, .size = object->size};
    }
    uint32_t size;
    memcpy(&size, object->row, sizeof(size));
    return (struct bytes){.data = object->row + sizeof(size), .size = size};
}

void object_row(const struct object *object, struct row *row)
{
    row_open(object_bytes(object), row);
}

struct shape object_shape(const struct object *object, uint8_t scratch[64])
{
    struct row row;
    row_open(object_bytes(object), &row);
    return row_shape(&row, scratch);
}
