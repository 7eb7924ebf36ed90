#include <stdlib.h>

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

struct geo_box collection_box(const struct collection *collection)
{
    struct geo_box box = GEO_BOX_EMPTY;
    struct order_cursor cursor;
    slab_handle entry;
    order_seek(&collection->live->slab, collection->by_id, NULL, NULL, &cursor);
    while (order_step(&cursor, &entry)) {
        const struct object *const version = version_of(collection, entry);
        struct row row;
        if (version != NULL) {
            object_row(version, &row);
            box = geo_box_is_empty(box) ? row_box(&row) : geo_box_union(box, row_box(&row));
        }
    }
    return box;
}

// By place: every object is looked at. -----------------------------------------------------------

struct near {
    const struct object *object;
    double distance_m;
};

static int by_distance(const void *left, const void *right)
{
    const struct near *const a = left;
    const struct near *const b = right;
    const int order = (a->distance_m > b->distance_m) - (a->distance_m < b->distance_m);
    return order != 0 ? order : bytes_compare(object_id(a->object), object_id(b->object));
}

void collection_nearest(const struct collection *collection, struct geo_point point,
                        double radius_m, live_each_near *each, void *context)
{
    struct buffer found SCOPED(buffer_free) = {.account = collection->live->account};
    struct order_cursor cursor;
    slab_handle entry;
    order_seek(&collection->live->slab, collection->by_id, NULL, NULL, &cursor);
    while (order_step(&cursor, &entry)) {
        struct near near = {.object = version_of(collection, entry)};
        struct row row;
        uint8_t scratch[ROW_SCRATCH_SIZE];
        if (near.object == NULL) {
            continue;
        }
        object_row(near.object, &row);
        if (row.kind == ROW_STRING) {
            continue;
        }
        near.distance_m = shape_distance_to_point_m(row_shape(&row, scratch), point);
        if (near.distance_m <= radius_m) {
            buffer_append(&found, &near, sizeof(near));
        }
    }
    struct near *const all = (struct near *)(void *)found.data;
    const size_t count = found.size / sizeof(*all);
    if (count > 0) {
        qsort(all, count, sizeof(*all), by_distance);
    }
    for (size_t i = 0; i < count && each(context, all[i].object, all[i].distance_m); i++) {
    }
}

static bool relates(const struct row *row, struct shape area, enum live_relation relation)
{
    uint8_t scratch[ROW_SCRATCH_SIZE];
    if (row->kind == ROW_STRING) {
        return false;
    }
    const struct shape shape = row_shape(row, scratch);
    switch (relation) {
    case LIVE_INTERSECTS:
        return shape_intersects(shape, area);
    case LIVE_WITHIN:
        return shape_contains(area, shape);
    case LIVE_MAY_MEET:
    default:
        return geo_box_intersects(row_box(row), shape_box(area));
    }
}

void collection_in(const struct collection *collection, struct shape area,
                   enum live_relation relation, live_each *each, void *context)
{
    struct order_cursor cursor;
    slab_handle entry;
    order_seek(&collection->live->slab, collection->by_id, NULL, NULL, &cursor);
    while (order_step(&cursor, &entry)) {
        const struct object *const object = version_of(collection, entry);
        struct row row;
        if (object == NULL) {
            continue;
        }
        object_row(object, &row);
        if (relates(&row, area, relation) && !each(context, object)) {
            return;
        }
    }
}
