// Restart, the fast way: rows of one collection in order of id make full nodes without comparing, and
// places are sorted once, when all are there.
#include <stdlib.h>

#include "live/live_private.h"

enum { RADIX = 256, DIGITS = 8 };

// One pass: stable, by the digit of the key at `shift`. False when all have the same.
static bool pass(const struct places_item *from, struct places_item *to, size_t count,
                 unsigned shift)
{
    size_t ends[RADIX] = {0};
    for (size_t i = 0; i < count; i++) {
        ends[from[i].key >> shift & (RADIX - 1)]++;
    }
    size_t begin = 0;
    for (size_t digit = 0; digit < RADIX; digit++) {
        const size_t size = ends[digit];
        if (size == count) {
            return false;
        }
        ends[digit] = begin;
        begin += size;
    }
    for (size_t i = 0; i < count; i++) {
        to[ends[from[i].key >> shift & (RADIX - 1)]++] = from[i];
    }
    return true;
}

static int by_item(const void *left, const void *right)
{
    const struct places_item *const a = left;
    const struct places_item *const b = right;
    return (a->item > b->item) - (a->item < b->item);
}

// Sorts by (key, item) with as much room again; returns where they are then.
static struct places_item *sort(struct places_item *items, struct places_item *room, size_t count)
{
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        if (pass(items, room, count, digit * 8)) {
            struct places_item *const sorted = room;
            room = items;
            items = sorted;
        }
    }
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && items[end].key == items[first].key; end++) {
        }
        if (end - first > 1) {
            qsort(items + first, end - first, sizeof(*items), by_item);
        }
    }
    return items;
}

static enum status build(struct live *live, struct places *places, struct buffer *items,
                         struct fault *fault)
{
    const size_t size = items->size;
    const size_t count = size / sizeof(struct places_item);
    struct buffer room SCOPED(buffer_free) = {.account = live->account};
    if (buffer_reserve(&room, size + 1) == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to sort %zu objects", count);
    }
    const struct places_item *const sorted =
        count == 0 ? NULL
                   : sort((struct places_item *)(void *)items->data,
                          (struct places_item *)(void *)room.data, count);
    const bool is_built = places_build(&live->slab, places, sorted, count);
    buffer_free(items);
    return is_built ? STATUS_OK
                    : fault_set(fault, STATUS_NO_MEMORY, "no memory for %zu objects", count);
}

enum status live_bulk_end(struct live *live, struct fault *fault)
{
    struct live_bulk *const bulk = &live->bulk;
    if (bulk->collection != NULL) {
        TRY(build(live, &bulk->collection->points, &bulk->points, fault));
        TRY(build(live, &bulk->collection->extents, &bulk->extents, fault));
        *bulk = (struct live_bulk){0};
        live_publish(live, NULL); // gives back the notes of what was taken
    }
    return STATUS_OK;
}

// May the next row go this way?
static bool may_go_on(const struct live *live, struct bytes id)
{
    const struct live_bulk *const bulk = &live->bulk;
    return bulk->last == 0 || bytes_compare(id, live_entry_id(live_entry_at(live, bulk->last))) > 0;
}

enum status live_bulk_add(struct live *live, struct collection *collection, struct bytes id,
                          struct bytes value, const struct row *row, bool *is_added,
                          struct fault *fault)
{
    struct live_bulk *const bulk = &live->bulk;
    *is_added = false;
    if (bulk->collection != NULL && (bulk->collection != collection || !may_go_on(live, id))) {
        TRY(live_bulk_end(live, fault));
    }
    if (bulk->collection == NULL) {
        if (collection->counts.objects != 0) {
            return STATUS_OK;
        }
        *bulk = (struct live_bulk){.collection = collection,
                                   .points.account = live->account,
                                   .extents.account = live->account};
    }
    live_touch_collection(live, collection);
    bulk->last = live_entry_take(live, collection, id);
    order_append(&live->slab, &collection->by_id, bulk->last);
    const slab_handle version = live_version_take(live, bulk->last, value);
    atomic_store_explicit(&live_entry_at(live, bulk->last)->version, version, memory_order_relaxed);
    struct places_item item;
    if (live_place(row, version, &item)) {
        buffer_append(row->kind == ROW_POINT ? &bulk->points : &bulk->extents, &item, sizeof(item));
    }
    live_index_add(live, collection, id, version, row);
    *is_added = true;
    return bulk->points.failed || bulk->extents.failed
               ? fault_set(fault, STATUS_NO_MEMORY, "no memory to sort the stored objects")
               : STATUS_OK;
}
