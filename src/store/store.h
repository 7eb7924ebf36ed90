// Store: sorted tables of bytes on disk: RocksDB behind one header.
//
// Every table is a column family, keys sort bytewise. A batch is applied whole, together with the
// number it brings the store up to (`applied`): after a crash the store holds exactly the batches up
// to store_applied, or later rows too (ingested ones, or those of a flush that was cut off): whoever
// applies the same changes again from there comes to the same rows. The store has no log of its own:
// what a batch brought may be gone after a crash until store_flush; store_applied tells the truth
// either way, and the journal holds the rest.
//
// Any thread; batches, ingests, flushes and checkpoints one at a time. Calls block. Memory: a write
// buffer and a cache of about half of `memory_size` each; nothing else grows with the data.
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"

struct store;
struct store_batch;
struct store_snapshot;

struct store_table {
    const char *name;
    // Drops a row during compaction when it says so: for rows that age. NULL: rows stay.
    bool (*is_expired)(void *context, struct bytes key, struct bytes value);
    void *context;
};

// Opens or creates the folder; NULL: all in memory. Tables are found by name; new ones are made.
// Fails: BUSY when another process has it; UNSUPPORTED when it has tables not named; CORRUPT; IO.
MUST_USE enum status store_open(struct memory_account *account, const char *folder,
                                const struct store_table *tables, size_t table_count,
                                size_t memory_size, struct store **store, struct fault *fault);
// Lets files be merged in the background from now on; not before, so that loading has the cores.
void store_begin_merging(struct store *store);
void store_close(struct store *store); // NULL is accepted
uint64_t store_applied(const struct store *store);

MUST_USE enum status store_batch_new(struct store *store, struct store_batch **batch,
                                     struct fault *fault);
void store_batch_free(struct store_batch *batch);
void store_batch_put(struct store_batch *batch, unsigned table, struct bytes key,
                     struct bytes value);
void store_batch_delete(struct store_batch *batch, unsigned table, struct bytes key);
void store_batch_delete_prefix(struct store_batch *batch, unsigned table, struct bytes prefix);
// Applies and empties the batch.
MUST_USE enum status store_apply(struct store *store, struct store_batch *batch, uint64_t applied,
                                 struct fault *fault);
// Many changes of one table whose keys come in rising order, the fast way (sorted files, ingested).
// What came before in batches is older, whatever its key. Nothing happens when there is no row.
struct store_row {
    struct bytes key, value; // good until the next call
    bool is_deleted;
};
typedef bool store_next(void *context, struct store_row *row);
MUST_USE enum status store_ingest(struct store *store, unsigned table, store_next *next,
                                  void *context, struct fault *fault);
// True while merging is so far behind that more ingests would make reads slow: the caller should wait.
bool store_is_behind(struct store *store);
MUST_USE enum status store_flush(struct store *store, struct fault *fault);

// NOT_FOUND when there is no such row. The value is appended to `value`.
MUST_USE enum status store_get(struct store *store, const struct store_snapshot *snapshot,
                               unsigned table, struct bytes key, struct buffer *value,
                               struct fault *fault);

struct store_snapshot *store_snapshot_take(struct store *store);
void store_snapshot_release(struct store *store, struct store_snapshot *snapshot);

struct store_cursor; // over one table, within [from, prefix end)
struct store_range {
    struct bytes prefix; // only keys that begin with it; empty: all
    struct bytes from;   // start here (inside the prefix); empty: at its beginning, or its end
    struct bytes until;  // only keys before this one; empty: all
    bool is_descending;
    bool is_once; // a long read that is not worth caching
};
MUST_USE enum status store_cursor_open(struct store *store, const struct store_snapshot *snapshot,
                                       unsigned table, const struct store_range *range,
                                       struct store_cursor **cursor, struct fault *fault);
// False at the end; store_cursor_status then says whether it was the end. Valid until the next call.
bool store_cursor_next(struct store_cursor *cursor, struct bytes *key, struct bytes *value);
MUST_USE enum status store_cursor_status(const struct store_cursor *cursor, struct fault *fault);
void store_cursor_close(struct store_cursor *cursor);

// Keys that divide the table into parts of some MiB, in no order, some of them twice: where reading it on
// several threads may begin.
typedef void store_part(void *context, struct bytes key);
void store_parts(struct store *store, unsigned table, store_part *each, void *context);

// Lets compaction look at every row of the table now, so that expired ones go. May take long.
void store_compact(struct store *store, unsigned table);

// A consistent copy in a new folder (hard links where possible), while batches go on.
MUST_USE enum status store_checkpoint(struct store *store, const char *folder, struct fault *fault);

#endif
