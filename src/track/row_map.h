// Row map: rows in memory: key bytes -> value bytes, by hash.
//
// One thread. What is got is valid until the next change of the map.
#ifndef TRACK_ROW_MAP_H
#define TRACK_ROW_MAP_H

#include "base/bytes.h"
#include "base/memory.h"

struct row_map_slot;

// Zeroed but for its account it is empty.
struct row_map {
    struct memory_account *account;
    struct row_map_slot **buckets;
    size_t bucket_count, count;
};

// False when there is no such row.
bool row_map_get(const struct row_map *map, struct bytes key, struct bytes *value);
// False without memory: nothing has changed. `value` may lie in the map.
MUST_USE bool row_map_put(struct row_map *map, struct bytes key, struct bytes value);
void row_map_delete(struct row_map *map, struct bytes key);
// Every row, in no order; `each` may delete the row it is given. False stops.
void row_map_each(struct row_map *map,
                  bool (*each)(void *context, struct bytes key, struct bytes value), void *context);
void row_map_free(struct row_map *map);

#endif
