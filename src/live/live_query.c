#include "live/live_private.h"

static const struct object *version_of(const struct collection *collection, slab_handle entry)
{
    const struct live *const live = collection->live;
    const slab_handle version =
        collection->is_working
            ? live_working_version(live, entry)
            : atomic_load_explicit(&live_entry_at(live, entry)->version, memory_order_acquire);
    return version == 0 ? NULL : live_version_at(live, version);
}

static bool has_prefix(struct bytes id, struct bytes prefix)
{
    return id.size >= prefix.size &&
           (prefix.size == 0 || memcmp(id.data, prefix.data, prefix.size) == 0);
}

// Ids that begin with the prefix lie together; where descending begins behind them.
static void seek_scan(const struct collection *collection, const struct live_scan *scan,
                      struct order_cursor *cursor)
{
    const struct live *const live = collection->live;
    const struct order_rule rule = live_rule(live, live_order_by_id);
    if (!scan->is_descending) {
        const bool is_later = bytes_compare(scan->from, scan->prefix) > 0;
        const struct bytes *const first = is_later ? &scan->from : &scan->prefix;
        order_seek(&live->slab, collection->by_id, &rule, first, cursor);
    } else if (scan->from.size != 0) {
        order_seek_last(&live->slab, collection->by_id, &rule, &scan->from, cursor);
    } else {
        order_seek_last(&live->slab, collection->by_id, NULL, NULL, cursor);
    }
}

void collection_scan(const struct collection *collection, const struct live_scan *scan,
                     live_each *each, void *context)
{
    struct order_cursor cursor;
    slab_handle entry;
    seek_scan(collection, scan, &cursor);
    while (scan->is_descending ? order_step_back(&cursor, &entry) : order_step(&cursor, &entry)) {
        const struct bytes id = live_entry_id(live_entry_at(collection->live, entry));
        if (!has_prefix(id, scan->prefix)) {
            const bool is_before = bytes_compare(id, scan->prefix) < 0;
            if (is_before == scan->is_descending) {
                return;
            }
            continue;
        }
        const struct object *const version = version_of(collection, entry);
        if (version != NULL && !each(context, version)) {
            return;
        }
    }
}

void collection_scan_values(const struct collection *collection, bool is_descending,
                            live_each *each, void *context)
{
    const struct live *const live = collection->live;
    struct order_cursor cursor;
    slab_handle version;
    if (is_descending) {
        order_seek_last(&live->slab, collection->by_value, NULL, NULL, &cursor);
    } else {
        order_seek(&live->slab, collection->by_value, NULL, NULL, &cursor);
    }
    while (is_descending ? order_step_back(&cursor, &version) : order_step(&cursor, &version)) {
        if (!each(context, live_version_at(live, version))) {
            return;
        }
    }
}
