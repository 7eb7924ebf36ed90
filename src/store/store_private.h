// What the store's files share. Included by store*.c only.
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include <rocksdb/c.h>
#include <stdatomic.h>

#include "store/store.h"

struct store {
    struct memory_account *account;
    rocksdb_t *db;
    rocksdb_env_t *env; // of a store in memory; NULL: the system's
    rocksdb_cache_t *cache;
    rocksdb_block_based_table_options_t *blocks;
    rocksdb_options_t *options;
    rocksdb_writeoptions_t *unlogged;
    rocksdb_flushoptions_t *flush;
    // Of families[i]: table i - 1; families[0] holds how far the store is.
    rocksdb_column_family_handle_t **families;
    rocksdb_options_t **family_options;
    struct store_filter *filters;
    size_t table_count;
    _Atomic uint64_t applied;
    uint64_t ingest_count;
    char folder[];
};

struct store_filter {
    // NULL: rows of this table stay.
    bool (*is_expired)(void *context, struct bytes key, struct bytes value);
    void *context;
    rocksdb_compactionfilter_t *compaction; // NULL: rows stay
    char name[32];                          // of the table
};

struct store_batch {
    struct store *store;
    rocksdb_writebatch_t *writes;
    struct buffer end; // scratch
};

struct store_snapshot {
    struct store *store;
    const rocksdb_snapshot_t *snapshot;
};

// Says what RocksDB says and frees it. `error` not NULL.
enum status store_failed(const struct store *store, char *error, struct fault *fault);

static inline rocksdb_column_family_handle_t *store_family(const struct store *store,
                                                           unsigned table)
{
    return store->families[table + 1];
}

static inline const char *store_text(struct bytes bytes)
{
    return bytes.size == 0 ? "" : (const char *)bytes.data;
}

// Appends the first key behind all that begin with `prefix`; 256 bytes of 0xff when there is none (no
// table has keys that begin so).
void store_prefix_end(struct bytes prefix, struct buffer *end);

#endif
