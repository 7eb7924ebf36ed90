// Group prefetching: a batch of changes waits for memory once a step, not once a change.
//
// Each step looks at what the step before has fetched and asks for what comes next: slot of the table,
// entry, version, then the nodes of the tree of places level by level.
#include "live/live_private.h"

enum { GROUP = 32 };

struct foreseen {
    const struct collection *collection; // NULL: nothing is known of it
    uint32_t hash;
    slab_handle handle;
};

static void fetch(const void *block)
{
    __builtin_prefetch(block);
}

// Slots, then entries, then versions.
static void find_versions(const struct live *live, const struct live_name *names, size_t count,
                          struct foreseen *group)
{
    for (size_t i = 0; i < count; i++) {
        const bool is_same = i > 0 && bytes_equal(names[i].collection, names[i - 1].collection);
        const struct collection *const collection =
            is_same ? group[i - 1].collection : live_working(live, names[i].collection);
        group[i].collection = collection;
        if (collection != NULL) {
            group[i].hash = live_ids_foresee(live, &collection->ids, names[i].id);
        }
    }
    for (size_t i = 0; i < count; i++) {
        group[i].handle = group[i].collection == NULL
                              ? 0
                              : live_ids_guess(live, &group[i].collection->ids, group[i].hash);
        if (group[i].handle != 0) {
            fetch(live_entry_at(live, group[i].handle));
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (group[i].handle != 0) {
            group[i].handle = atomic_load_explicit(&live_entry_at(live, group[i].handle)->version,
                                                   memory_order_relaxed);
        }
        if (group[i].handle != 0) {
            fetch(live_version_at(live, group[i].handle));
        }
    }
}

static void find_places(const struct live *live, const struct foreseen *group, size_t count)
{
    struct places_item items[GROUP];
    size_t item_count = 0;
    const struct collection *collection = NULL;
    for (size_t i = 0; i < count; i++) {
        struct row row;
        if (group[i].handle == 0 || (collection != NULL && collection != group[i].collection)) {
            continue; // of several collections the first
        }
        row_open(object_bytes(live_version_at(live, group[i].handle)), &row);
        if (row.kind == ROW_POINT && live_place(&row, group[i].handle, &items[item_count])) {
            collection = group[i].collection;
            item_count++;
        }
    }
    if (collection != NULL) {
        places_foresee(&live->slab, &collection->points, items, item_count);
    }
}

void live_foresee(const struct live *live, const struct live_name *names, size_t count)
{
    for (size_t at = 0; at < count; at += GROUP) {
        const size_t size = count - at < GROUP ? count - at : GROUP;
        struct foreseen group[GROUP];
        find_versions(live, names + at, size, group);
        find_places(live, group, size);
    }
}
