// What live's files share. Included by live*.c only.
#ifndef LIVE_LIVE_PRIVATE_H
#define LIVE_LIVE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "index/order.h"
#include "index/places.h"
#include "index/slab.h"
#include "live/live.h"
#include "shard/retire.h"

// Who an object is. It lives as long as the object; its present version changes with each publish.
struct live_entry {
    _Atomic slab_handle version; // as published; 0 before the first publish
    uint32_t collection;
    uint16_t id_size;
    uint8_t id[];
};

// One version, never changed. Rows of 255 bytes and more have their size after the byte.
struct object {
    slab_handle entry;
    uint8_t size;
    uint8_t row[];
};
enum { OBJECT_LONG = 255 };

// Entries by hash of their id: open addressing, hash above handle. Readers walk it while the writer
// fills empty slots; a slot given up keeps its mark until the table is made anew.
struct live_ids {
    slab_handle slots;
    uint32_t capacity;
    uint32_t used; // with marks
    uint32_t count;
};

// The writer changes its own copy (is_working), which stays in its place; a publish makes a copy that
// is never changed.
struct collection {
    struct live *live;
    struct collection *working; // itself, in the writer's copy
    uint32_t number;
    bool is_working;
    bool is_lasting;       // stays when its last object goes
    bool is_touched;       // changed in this turn
    bool is_new;           // made in this turn
    bool is_dropped;       // in this turn
    slab_handle published; // 0 while is_new
    slab_handle next;      // room for the copy that the publish will make
    slab_handle name;
    uint32_t name_size;
    struct collection_settings settings;
    struct collection_counts counts;
    struct live_ids ids;
    struct order by_id;    // entries
    struct order by_value; // versions of strings
    struct places points;  // versions
    struct places extents; // of boxes and GeoJSON
    struct collection *next_touched;
    uint64_t dropped_at; // the publish that took it away
};

struct live_state {
    const struct live *live;
    uint64_t number;                 // of the publish
    struct order by_name, by_number; // collections, as published (or their room)
    struct order by_expiry;          // versions that expire
};

// What a turn did to an entry.
struct live_touch {
    slab_handle entry;
    slab_handle version; // 0: deleted
    bool is_new;         // not in the published tables
};

// Tells when a publish has been seen by all.
struct live_probe {
    struct retired retired; // first
    struct live *live;
    uint64_t number;
    bool is_waiting;
};

// The collection being loaded from sorted rows.
struct live_bulk {
    struct collection *collection; // NULL: none
    slab_handle last;              // entry
    struct buffer points, extents; // struct places_item
};

enum { LIVE_OBSERVERS_MAX = 8, LIVE_ID_SIZE_MAX = UINT16_MAX - 64 };
#define LIVE_HISTORY_US (INT64_C(7) * 24 * 3600 * 1000000)

struct live_retention {
    uint32_t number;
    int64_t history_us;
};

struct live {
    struct ledger *ledger;
    struct memory_account *account;
    struct live_settings settings;
    struct slab slab;
    struct retirer *retirer;
    struct live_probe probe;
    uint64_t seen; // publishes up to this one are all that readers hold
    _Atomic(struct live_state *) state;
    slab_handle state_block;
    struct live_state working;
    slab_handle next_state;   // room for the next one
    uint32_t next_state_turn; // of the slab, when it was taken
    uint64_t seed;            // of hashes
    struct live_bulk bulk;
    bool is_replaying;      // effects: the rows of the store have been loaded
    uint64_t load_count;    // rows, since the start
    uint32_t publish_nodes; // that the publish of this turn may take
    uint32_t next_number;
    struct collection *touched;
    struct collection *remains; // of dropped ones, taken apart over several turns; by next_touched
    struct live_touch *touches;
    size_t touch_count, touch_capacity;
    uint32_t *touch_slots; // of entries: index in touches + 1
    size_t touch_slot_count;
    struct live_observer observers[LIVE_OBSERVERS_MAX];
    size_t observer_count;
    struct buffer row, key;   // scratch of the writer
    uint16_t history_ordinal; // of rows in this turn
    uint64_t history_at;      // the turn's LSN
    pthread_mutex_t lock;     // of what follows
    struct live_pin *pins;
    struct live_retention *retentions; // of collections, by number; for the store's compaction
    size_t retention_count, retention_capacity;
    _Atomic int64_t clock_us; // of the last turn
};

static inline struct live_entry *live_entry_at(const struct live *live, slab_handle handle)
{
    return slab_at(&live->slab, handle);
}

static inline struct object *live_version_at(const struct live *live, slab_handle handle)
{
    return slab_at(&live->slab, handle);
}

static inline struct bytes live_entry_id(const struct live_entry *entry)
{
    return (struct bytes){.data = entry->id, .size = entry->id_size};
}

// As Tile38 counts coordinates.
static inline uint64_t live_row_point_count(const struct row *row)
{
    return row->kind == ROW_POINT     ? 1
           : row->kind == ROW_BOX     ? 2
           : row->kind == ROW_GEOJSON ? shape_point_count(row->shape)
                                      : 0;
}

// live_ids.c -------------------------------------------------------------------------------------
// The entry's handle; 0: none.
slab_handle live_ids_find(const struct live *live, const struct live_ids *ids, struct bytes id);
// For live_foresee: fetches the slot where the search for an id begins; then the handle that is probably
// its own, 0 when there is none.
uint32_t live_ids_foresee(const struct live *live, const struct live_ids *ids, struct bytes id);
slab_handle live_ids_guess(const struct live *live, const struct live_ids *ids, uint32_t hash);
// Room for one more; false: no memory.
MUST_USE bool live_ids_reserve(struct live *live, struct live_ids *ids);
void live_ids_add(struct live *live, struct live_ids *ids, slab_handle entry);
// False when it is not in this table.
bool live_ids_remove(struct live *live, const struct live_ids *ids, slab_handle entry);
// Counts the slots in use anew.
void live_ids_count(const struct live *live, struct live_ids *ids);

// live_order.c: how items compare -------------------------------------------------------------------
order_compare live_order_by_id, live_order_by_value, live_order_by_name, live_order_by_number,
    live_order_by_expiry;
static inline struct order_rule live_rule(const struct live *live, order_compare *compare)
{
    return (struct order_rule){.compare = compare, .context = live};
}
struct live_value_key {
    struct bytes value, id;
};
struct live_expiry_key {
    int64_t expires_us;
    slab_handle version;
};

// live_touch.c: the turn's changes ------------------------------------------------------------------
slab_handle live_working_version(const struct live *live, slab_handle entry);
MUST_USE bool live_touch_reserve(struct live *live);
void live_touch_entry(struct live *live, slab_handle entry, slab_handle version, bool is_new);
void live_touch_collection(struct live *live, struct collection *collection);
void live_publish(void *live, const struct ledger_turn *turn);
void live_undo(void *live);
void live_reclaim(struct live *live);

// Makes room for the next copies of the collection and of the state, and for the changes of the trees
// that a put of such an object or its publish may make. False: no memory.
MUST_USE bool live_reserve(struct live *live, struct collection *collection, size_t id_size,
                           size_t row_size, size_t limit_size);

// live_index.c --------------------------------------------------------------------------------------
// Brings the indexes of a collection from one version of an object to another; 0: none.
void live_index_change(struct live *live, struct collection *collection, struct bytes id,
                       slab_handle before, slab_handle after);
void live_expiry_remove(struct live *live, slab_handle version);
// Where a row is, as the trees have it; false: nowhere.
bool live_place(const struct row *row, slab_handle version, struct places_item *item);
// All indexes but those of ids and places.
void live_index_add(struct live *live, struct collection *collection, struct bytes id,
                    slab_handle version, const struct row *row);

// live_change.c -------------------------------------------------------------------------------------
// A put without effects and observers. Room was made; `entry` is 0 for a new id. Returns the version.
const struct object *live_store(struct live *live, struct collection *collection, struct bytes id,
                                struct bytes row, slab_handle entry);
void live_remove(struct live *live, struct collection *collection, slab_handle entry);
slab_handle live_version_take(struct live *live, slab_handle entry, struct bytes bytes);
// Found by hash from then on, when it has a version; not in the tree of ids.
slab_handle live_entry_take(struct live *live, struct collection *collection, struct bytes id);
void live_expire(struct live *live, struct ledger_turn *turn);
int64_t live_next_expiry_us(const struct live *live);
struct bytes live_object_key(struct live *live, uint32_t collection, struct bytes id);

// live_collection.c ---------------------------------------------------------------------------------
struct collection *live_working(const struct live *live, struct bytes name);
struct collection *live_working_numbered(const struct live *live, uint32_t number);
MUST_USE enum status live_collection_make(struct live *live, uint32_t number, struct bytes name,
                                          struct collection **made, struct fault *fault);
// Out of the trees: its objects are taken apart later.
void live_collection_gone(struct live *live, struct collection *collection);
MUST_USE enum status live_collection_name_set(struct live *live, struct collection *collection,
                                              struct bytes name, struct fault *fault);
MUST_USE enum status live_collection_create(struct live *live, struct ledger_turn *turn,
                                            struct bytes name, struct collection **made,
                                            struct fault *fault);
MUST_USE enum status live_collection_read(struct live *live, uint32_t number, struct bytes value,
                                          struct fault *fault);
void live_collection_write(struct ledger_turn *turn, const struct collection *collection);
// Drops it when it is empty and nobody has set it up.
void live_collection_leave(struct live *live, struct ledger_turn *turn,
                           struct collection *collection);
void live_retain(struct live *live, const struct collection *collection);
void live_remains_step(struct live *live, size_t limit);
static inline struct bytes live_collection_name(const struct collection *collection)
{
    return (struct bytes){.data = slab_at(&collection->live->slab, collection->name),
                          .size = collection->name_size};
}
static inline uint32_t live_big_endian(uint32_t number)
{
    return __builtin_bswap32(number);
}

// live_load.c ---------------------------------------------------------------------------------------
enum status live_load(void *live, enum ledger_table table, struct bytes key, struct bytes value,
                      struct fault *fault);
enum status live_replay(void *live, const struct effect *effect, struct fault *fault);
enum status live_loaded(void *live, struct fault *fault);

// live_foresee.c ------------------------------------------------------------------------------------
void live_foresee_effects(void *live, const struct effect *effects, size_t count);

// live_bulk.c ---------------------------------------------------------------------------------------
// Takes the row when it follows the one before (or is its collection's first); room was made.
MUST_USE enum status live_bulk_add(struct live *live, struct collection *collection,
                                   struct bytes id, struct bytes value, const struct row *row,
                                   bool *is_added, struct fault *fault);
// Builds the trees of what was taken; before anything else is done with the collection.
MUST_USE enum status live_bulk_end(struct live *live, struct fault *fault);

// live_history.c ------------------------------------------------------------------------------------
void live_history_put(struct live *live, struct ledger_turn *turn,
                      const struct collection *collection, struct bytes id, struct bytes row,
                      const struct row *parts);
void live_history_delete(struct live *live, struct ledger_turn *turn, uint32_t collection,
                         struct bytes id);
void live_history_head_put(struct buffer *key, uint32_t collection, struct bytes id);
// Parts of a key; false when it is none.
bool live_history_key_read(struct bytes key, uint32_t *collection, struct bytes *id,
                           int64_t *event_us);
int64_t live_history_us_of(struct live *live, uint32_t collection);
static inline uint64_t live_history_time(int64_t time_us) // as it sorts
{
    return __builtin_bswap64((uint64_t)time_us ^ UINT64_C(1) << 63);
}
bool live_history_is_expired(void *live, enum ledger_table table, struct bytes key,
                             struct bytes value);

#endif
