// Group prefetching: a batch of changes waits for memory once a step, not once a change.
//
// Each step looks at what the step before has fetched and asks for what comes next: slot of the table,
// entry, version, then the nodes of the tree of places level by level.
#include "live/live_private.h"

enum { GROUP = 32 };

struct foreseen {
    const struct collection *collection; // NULL: nothing is known of it
    struct bytes id;
    uint32_t hash;
    slab_handle handle;
};

static void fetch(const void *block)
{
    __builtin_prefetch(block);
}

// Slots, then entries, then versions.
static void find_versions(const struct live *live, struct foreseen *group, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (group[i].collection != NULL) {
            group[i].hash = live_ids_foresee(live, &group[i].collection->ids, group[i].id);
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

static void foresee(const struct live *live, struct foreseen *group, size_t count)
{
    find_versions(live, group, count);
    find_places(live, group, count);
}

void live_foresee(const struct live *live, const struct live_name *names, size_t count)
{
    struct foreseen group[GROUP];
    for (size_t at = 0, size = 0; at < count; at += size) {
        for (size = 0; size < GROUP && at + size < count; size++) {
            const struct live_name *const name = &names[at + size];
            const bool is_same = size > 0 && bytes_equal(name->collection, name[-1].collection);
            group[size] = (struct foreseen){
                .collection =
                    is_same ? group[size - 1].collection : live_working(live, name->collection),
                .id = name->id,
            };
        }
        foresee(live, group, size);
    }
}

void live_foresee_effects(void *context, const struct effect *effects, size_t count)
{
    const struct live *const live = context;
    const struct collection *collection = NULL;
    uint32_t known = 0;
    struct foreseen group[GROUP];
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t number;
        if (effects[i].table != TABLE_OBJECT || effects[i].key.size < sizeof(number)) {
            continue;
        }
        memcpy(&number, effects[i].key.data, sizeof(number));
        number = live_big_endian(number);
        if (number != known) {
            collection = live_working_numbered(live, number);
            known = number;
        }
        const struct bytes id = {.data = effects[i].key.data + sizeof(number),
                                 .size = effects[i].key.size - sizeof(number)};
        group[size++] = (struct foreseen){.collection = collection, .id = id};
        if (size == GROUP) {
            foresee(live, group, size);
            size = 0;
        }
    }
    foresee(live, group, size);
}
