#include "track/row_map.h"

enum { BUCKETS_MIN = 64 };

struct row_map_slot {
    struct row_map_slot *next;
    size_t key_size, value_size;
    uint8_t bytes[];
};

static struct bytes key_of(const struct row_map_slot *slot)
{
    return (struct bytes){.data = slot->bytes, .size = slot->key_size};
}

static struct row_map_slot **place_of(const struct row_map *map, struct bytes key)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); // FNV-1a, 64 bits
    for (size_t i = 0; i < key.size; i++) {
        hash = (hash ^ key.data[i]) * UINT64_C(0x100000001b3);
    }
    return &map->buckets[(hash ^ hash >> 32) & (map->bucket_count - 1)];
}

static struct row_map_slot **slot_find(const struct row_map *map, struct bytes key)
{
    struct row_map_slot **at = place_of(map, key);
    while (*at != NULL && !bytes_equal(key_of(*at), key)) {
        at = &(*at)->next;
    }
    return at;
}

bool row_map_get(const struct row_map *map, struct bytes key, struct bytes *value)
{
    const struct row_map_slot *const slot = map->count == 0 ? NULL : *slot_find(map, key);
    if (slot == NULL) {
        return false;
    }
    *value = (struct bytes){.data = slot->bytes + slot->key_size, .size = slot->value_size};
    return true;
}

static bool buckets_grow(struct row_map *map)
{
    if (map->count < map->bucket_count) {
        return true;
    }
    const size_t old_count = map->bucket_count;
    struct row_map_slot **const old = map->buckets;
    const size_t count = old_count == 0 ? BUCKETS_MIN : 2 * old_count;
    struct row_map_slot **const made =
        memory_take_zeroed(map->account, count, sizeof(struct row_map_slot *));
    if (made == NULL) {
        return false;
    }
    map->buckets = made;
    map->bucket_count = count;
    for (size_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            struct row_map_slot *const slot = old[i];
            old[i] = slot->next;
            struct row_map_slot **const place = place_of(map, key_of(slot));
            slot->next = *place;
            *place = slot;
        }
    }
    memory_give(old);
    return true;
}

bool row_map_put(struct row_map *map, struct bytes key, struct bytes value)
{
    struct row_map_slot *const made =
        memory_take(map->account, sizeof(*made) + key.size + value.size, 1);
    if (made == NULL || !buckets_grow(map)) {
        memory_give(made);
        return false;
    }
    made->key_size = key.size;
    made->value_size = value.size;
    if (key.size != 0) {
        memcpy(made->bytes, key.data, key.size);
    }
    if (value.size != 0) {
        memcpy(made->bytes + key.size, value.data, value.size);
    }
    struct row_map_slot **const at = slot_find(map, key_of(made));
    struct row_map_slot *const old = *at;
    made->next = old == NULL ? NULL : old->next;
    map->count += old == NULL;
    *at = made;
    memory_give(old);
    return true;
}

void row_map_delete(struct row_map *map, struct bytes key)
{
    struct row_map_slot **const at = map->count == 0 ? NULL : slot_find(map, key);
    if (at != NULL && *at != NULL) {
        struct row_map_slot *const gone = *at;
        *at = gone->next;
        map->count--;
        memory_give(gone);
    }
}

void row_map_each(struct row_map *map,
                  bool (*each)(void *context, struct bytes key, struct bytes value), void *context)
{
    for (size_t i = 0; i < map->bucket_count; i++) {
        for (struct row_map_slot *slot = map->buckets[i]; slot != NULL;) {
            struct row_map_slot *const next = slot->next;
            const struct bytes value = {.data = slot->bytes + slot->key_size,
                                        .size = slot->value_size};
            if (!each(context, key_of(slot), value)) {
                return;
            }
            slot = next;
        }
    }
}

void row_map_free(struct row_map *map)
{
    for (size_t i = 0; i < map->bucket_count; i++) {
        while (map->buckets[i] != NULL) {
            struct row_map_slot *const slot = map->buckets[i];
            map->buckets[i] = slot->next;
            memory_give(slot);
        }
    }
    memory_give(map->buckets);
    *map = (struct row_map){.account = map->account};
}
