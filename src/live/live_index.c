// What finds objects by place, by value and by expiry, kept as objects change.
#include <assert.h>

#include "live/live_private.h"

bool live_place(const struct row *row, slab_handle version, struct places_item *item)
{
    struct geo_box box = row_box(row);
    if (geo_box_is_empty(box)) {
        return false;
    }
    if (geo_box_crosses_antimeridian(box)) {
        box.west_e7 = -GEO_LNG_MAX;
        box.east_e7 = GEO_LNG_MAX;
    }
    item->box = (struct tree_box){.west_e7 = box.west_e7,
                                  .south_e7 = box.south_e7,
                                  .east_e7 = box.east_e7,
                                  .north_e7 = box.north_e7};
    item->item = version;
    item->key = places_key(item->box, row->kind != ROW_POINT);
    return true;
}

static void count(struct collection *collection, const struct row *row, int64_t sign,
                  size_t memory_size)
{
    struct collection_counts *const counts = &collection->counts;
    const uint64_t step = (uint64_t)sign;
    counts->points += row->kind == ROW_POINT ? step : 0;
    counts->strings += row->kind == ROW_STRING ? step : 0;
    counts->shapes += row->kind == ROW_BOX || row->kind == ROW_GEOJSON ? step : 0;
    counts->point_count += step * live_row_point_count(row);
    counts->memory_size += (size_t)sign * memory_size;
}

static struct places *tree_of(struct collection *collection, const struct row *row)
{
    return row->kind == ROW_POINT ? &collection->points : &collection->extents;
}

static void change_place(struct live *live, struct collection *collection, const struct row *old,
                         slab_handle before, const struct row *now, slab_handle after)
{
    struct places_item from = {0};
    struct places_item to = {0};
    const bool had_place = before != 0 && live_place(old, before, &from);
    const bool has_place = after != 0 && live_place(now, after, &to);
    bool was_there = true;
    if (had_place && has_place && tree_of(collection, old) == tree_of(collection, now)) {
        was_there = places_move(&live->slab, tree_of(collection, now), from, to);
    } else {
        if (had_place) {
            was_there = places_remove(&live->slab, tree_of(collection, old), from);
        }
        if (has_place) {
            places_insert(&live->slab, tree_of(collection, now), to);
        }
    }
    assert(was_there);
}

static void value_add(struct live *live, struct collection *collection, const struct row *row,
                      struct bytes id, slab_handle version)
{
    const struct order_rule rule = live_rule(live, live_order_by_value);
    const struct live_value_key key = {.value = row->text, .id = id};
    order_insert(&live->slab, &collection->by_value, &rule, &key, version);
}

static void value_remove(struct live *live, struct collection *collection, const struct row *row,
                         struct bytes id)
{
    const struct order_rule rule = live_rule(live, live_order_by_value);
    const struct live_value_key key = {.value = row->text, .id = id};
    const bool was_there = order_remove(&live->slab, &collection->by_value, &rule, &key);
    assert(was_there);
}

static void expiry_add(struct live *live, const struct row *row, slab_handle version)
{
    const struct order_rule rule = live_rule(live, live_order_by_expiry);
    const struct live_expiry_key key = {.expires_us = row->expires_us, .version = version};
    order_insert(&live->slab, &live->working.by_expiry, &rule, &key, version);
}

void live_expiry_remove(struct live *live, slab_handle version)
{
    struct row row;
    row_open(object_bytes(live_version_at(live, version)), &row);
    if (row.expires_us != 0) {
        const struct order_rule rule = live_rule(live, live_order_by_expiry);
        const struct live_expiry_key key = {.expires_us = row.expires_us, .version = version};
        (void)order_remove(&live->slab, &live->working.by_expiry, &rule, &key);
    }
}

void live_index_add(struct live *live, struct collection *collection, struct bytes id,
                    slab_handle version, const struct row *row)
{
    count(collection, row, 1, slab_block_size(&live->slab, version));
    if (row->kind == ROW_STRING) {
        value_add(live, collection, row, id, version);
    }
    if (row->expires_us != 0) {
        expiry_add(live, row, version);
    }
}

void live_index_change(struct live *live, struct collection *collection, struct bytes id,
                       slab_handle before, slab_handle after)
{
    struct row old = {0};
    struct row now = {0};
    if (before != 0) {
        row_open(object_bytes(live_version_at(live, before)), &old);
        count(collection, &old, -1, slab_block_size(&live->slab, before));
        if (old.kind == ROW_STRING) {
            value_remove(live, collection, &old, id);
        }
        if (old.expires_us != 0) {
            live_expiry_remove(live, before);
        }
    }
    if (after != 0) {
        row_open(object_bytes(live_version_at(live, after)), &now);
        live_index_add(live, collection, id, after, &now);
    }
    change_place(live, collection, &old, before, &now, after);
}
