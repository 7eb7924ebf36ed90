// Live: collections of objects that change, in memory, behind the ledger.
//
// In memory an object is an entry (its id, found by hash and by ordered tree) and its present version
// (the row). Versions are never changed: a write makes a new one and the old is given back once no
// reader can hold it. Three indexes a collection: by id (hash, and a copy-on-write B+tree for scans),
// by place (copy-on-write B+tree keyed cell, version; extents under at most 8 cells), and by value
// for strings. Points cost at most 64 bytes beyond id and fields.
//
//     writer    inside ledger jobs: live_put, live_delete …; sees its own changes at once
//     readers   any shard: live_view_now, valid until the end of the loop turn, no locks
//     publish   one release store a turn; what was replaced is retired (QSBR)
#ifndef LIVE_LIVE_H
#define LIVE_LIVE_H

#include "ledger/ledger.h"
#include "live/row.h"

struct live;
struct collection;
struct object; // one version

struct live_settings {
    size_t objects_size; // of memory that puts may fill; 0: no limit
    int64_t history_us;  // kept by collections that keep history and do not say; 0: 7 days
    uint64_t collection_count, id_size; // limits; 0: none, and 65471 bytes
};

// Registers its stage with the ledger; before ledger_open. The account should have no limit of its
// own: settings->objects_size is what puts are held to, and deletes need some memory beyond it.
MUST_USE enum status live_new(struct ledger *ledger, struct memory_account *account,
                              const struct live_settings *settings, struct live **live,
                              struct fault *fault);
void live_free(struct live *live); // after ledger_close

// Views. --------------------------------------------------------------------------------------------

struct live_view {
    const struct live_state *state;
};
// The last published state; on a shard (between generation_turn_begins and _ends) or the ledger's thread.
struct live_view live_view_now(const struct live *live);
// Inside a job: with the changes of this turn, also those made after the call.
struct live_view live_view_working(const struct live *live);

// For readers that are no shard, or that go on over many loop turns (streams, exports): the view holds
// until the pin is given back. Memory that writers replace meanwhile is kept, so be quick. Any thread.
struct live_pin {
    uint64_t number;
    struct live_pin *next, *previous;
};
struct live_view live_pin_take(struct live *live, struct live_pin *pin);
void live_pin_give(struct live *live, struct live_pin *pin);

struct live_figures {
    size_t used_size;    // of blocks in use, retired ones too
    size_t retired_size; // of blocks that wait for their readers
    uint64_t collections;
};
// On the ledger's thread; elsewhere the sizes may be a moment old.
struct live_figures live_figures(const struct live *live);

struct collection_settings {
    enum durability durability;
    bool is_searchable;
    bool keeps_history;
    int64_t history_us;        // 0: the server's
    int64_t expires_us;        // of objects that do not say; 0: never
    uint64_t object_count_max; // quota; 0: none
};

// NULL when there is none. Valid as long as the view.
const struct collection *live_collection(struct live_view view, struct bytes name);
const struct collection *live_collection_numbered(struct live_view view, uint32_t number);
// In order of name; `after` empty: the first. NULL at the end.
const struct collection *live_collection_next(struct live_view view, struct bytes after);
struct bytes collection_name(const struct collection *collection);
uint32_t collection_number(const struct collection *collection);
const struct collection_settings *collection_settings(const struct collection *collection);
struct collection_counts {
    uint64_t objects, points, shapes, strings;
    uint64_t point_count; // of coordinates, as Tile38's STATS counts
    size_t memory_size;
};
struct collection_counts collection_counts(const struct collection *collection);
// Smallest and largest longitude and latitude of all objects; one that crosses the antimeridian has
// every longitude. Empty when there are none with a place.
struct geo_box collection_box(const struct collection *collection);

// By id a reader gets the version that was published last, by place and value those of its view. NULL:
// there is none.
const struct object *collection_find(const struct collection *collection, struct bytes id);
struct bytes object_id(const struct object *object);
uint32_t object_collection(const struct object *object); // number
struct bytes object_bytes(const struct object *object);  // the encoded row
void object_row(const struct object *object, struct row *row);
// The geometry whatever the kind; scratch holds it for points and boxes (at least 64 bytes).
struct shape object_shape(const struct object *object, uint8_t scratch[64]);

// Queries. Callbacks return false to stop. Order is part of the contract. ---------------------------

typedef bool live_each(void *context, const struct object *object);
typedef bool live_each_near(void *context, const struct object *object, double distance_m);

// By id, ascending from `from` (inclusive) or descending.
struct live_scan {
    struct bytes from, prefix; // empty: none
    bool is_descending;
};
void collection_scan(const struct collection *collection, const struct live_scan *scan,
                     live_each *each, void *context);
// Strings by (value, id).
void collection_scan_values(const struct collection *collection, bool is_descending,
                            live_each *each, void *context);
// Nearest first (great circle to the object's nearest place; objects at one place by id), up to
// radius_m (infinite: all). The first few cost least; more are fetched as `each` goes on asking.
void collection_nearest(const struct collection *collection, struct geo_point point,
                        double radius_m, live_each_near *each, void *context);
// Everything whose box may meet the area, each once, points before others, in order of cell; the
// caller tests exactly, or asks for the exact relation here.
enum live_relation { LIVE_MAY_MEET, LIVE_INTERSECTS, LIVE_WITHIN };
void collection_in(const struct collection *collection, struct shape area,
                   enum live_relation relation, live_each *each, void *context);
// How many those are; points in boxes are counted without looking at each.
uint64_t collection_count_in(const struct collection *collection, struct shape area,
                             enum live_relation relation);

// Fetches into the cache what changes of these objects will touch, all at once: a batch of changes at random
// places then waits for memory a few times, not a few times a change (group prefetching: Chen,
// Ailamaki, Gibbons, Mowry, Improving Hash Join Performance through Prefetching, ICDE 2004). Some tens of
// names a call, just before the changes; inside ledger jobs. Changes nothing.
struct live_name {
    struct bytes collection, id;
};
void live_foresee(const struct live *live, const struct live_name *names, size_t count);

// Changes, inside ledger jobs. ----------------------------------------------------------------------

struct change {
    enum change_kind { CHANGE_PUT, CHANGE_DELETE, CHANGE_EXPIRE, CHANGE_DROP } kind;
    const struct collection *collection;
    struct bytes id;
    const struct object *before; // NULL: new
    const struct object *after;  // NULL: gone
    // Tile38's command words: "set" "fset" "del" "drop" …
    const char *command;
};
// Told of every change inside the job that makes it; adds its own effects to the turn.
struct live_observer {
    void (*changed)(void *context, struct ledger_turn *turn, const struct change *change);
    // A whole collection goes: instead of one call an object.
    void (*dropped)(void *context, struct ledger_turn *turn, const struct collection *collection);
    // The settings of a collection have changed; of one just made, from all zero. NULL: does not matter.
    void (*settled)(void *context, struct ledger_turn *turn, const struct collection *collection,
                    const struct collection_settings *before);
    void *context;
};
void live_observe(struct live *live, const struct live_observer *observer);

// Makes the collection when there is none. Fails: NO_MEMORY, NO_SPACE (quota), OUT_OF_RANGE (id) with a
// sentence; then nothing has changed. A row without an expiry gets the collection's. `row` is what row_write wrote.
MUST_USE enum status live_put(struct live *live, struct ledger_turn *turn, struct bytes collection,
                              struct bytes id, struct bytes row, const char *command,
                              struct fault *fault);
// A fix that is older than the object's: into the history alone, if the collection keeps one. Observers are
// not told. NOT_FOUND: no such collection.
MUST_USE enum status live_put_past(struct live *live, struct ledger_turn *turn,
                                   struct bytes collection, struct bytes id, struct bytes row);
// NOT_FOUND; NO_MEMORY when the machine has none left.
MUST_USE enum status live_delete(struct live *live, struct ledger_turn *turn,
                                 struct bytes collection, struct bytes id, const char *command);
// An empty collection made by Tile38's commands disappears with its last object; one made by
// live_collection_put stays. Made by a put, a collection keeps no history until it is told to.
MUST_USE enum status live_collection_put(struct live *live, struct ledger_turn *turn,
                                         struct bytes name,
                                         const struct collection_settings *settings,
                                         struct fault *fault);
MUST_USE enum status live_collection_drop(struct live *live, struct ledger_turn *turn,
                                          struct bytes name);
// BUSY when `to` exists and `is_new_only`.
MUST_USE enum status live_collection_rename(struct live *live, struct ledger_turn *turn,
                                            struct bytes from, struct bytes to, bool is_new_only);
// Everything: FLUSHDB.
enum status live_clear(struct live *live, struct ledger_turn *turn);
// Erases a person's data: the object and its history.
MUST_USE enum status live_purge_history(struct live *live, struct ledger_turn *turn,
                                        struct bytes collection, struct bytes id);

// History, late reads on a worker: fixes of one object, by event time. -------------------------------
struct history_range {
    int64_t from_us, until_us;
    bool is_descending;
};
typedef bool live_each_past(void *context, int64_t event_us, const struct row *row);
MUST_USE enum status live_history(struct live *live, uint32_t collection, struct bytes id,
                                  const struct history_range *range, live_each_past *each,
                                  void *context, struct fault *fault);
// Of all objects of a collection, object by object (backfill).
MUST_USE enum status live_history_all(struct live *live, uint32_t collection,
                                      const struct history_range *range,
                                      bool (*each)(void *context, struct bytes id, int64_t event_us,
                                                   const struct row *row),
                                      void *context, struct fault *fault);

#endif
