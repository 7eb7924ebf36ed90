#include <stdio.h>

#include "store/store_private.h"

void store_prefix_end(struct bytes prefix, struct buffer *end)
{
    enum { END_SIZE = 256 };
    while (prefix.size != 0 && prefix.data[prefix.size - 1] == 0xff) {
        prefix.size--;
    }
    for (unsigned i = 0; i < END_SIZE && prefix.size == 0; i++) {
        buffer_append_u8(end, 0xff);
    }
    if (prefix.size != 0) {
        buffer_append(end, prefix.data, prefix.size - 1);
        buffer_append_u8(end, (uint8_t)(prefix.data[prefix.size - 1] + 1));
    }
}

enum status store_batch_new(struct store *store, struct store_batch **batch, struct fault *fault)
{
    struct store_batch *const made = memory_take_zeroed(store->account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a batch of rows");
    }
    made->store = store;
    made->writes = rocksdb_writebatch_create();
    made->end.account = store->account;
    *batch = made;
    return STATUS_OK;
}

void store_batch_free(struct store_batch *batch)
{
    if (batch != NULL) {
        rocksdb_writebatch_destroy(batch->writes);
        buffer_free(&batch->end);
        memory_give(batch);
    }
}

void store_batch_put(struct store_batch *batch, unsigned table, struct bytes key,
                     struct bytes value)
{
    rocksdb_writebatch_put_cf(batch->writes, store_family(batch->store, table), store_text(key),
                              key.size, store_text(value), value.size);
}

void store_batch_delete(struct store_batch *batch, unsigned table, struct bytes key)
{
    rocksdb_writebatch_delete_cf(batch->writes, store_family(batch->store, table), store_text(key),
                                 key.size);
}

void store_batch_delete_prefix(struct store_batch *batch, unsigned table, struct bytes prefix)
{
    if (!batch->end.failed) {
        buffer_clear(&batch->end);
        store_prefix_end(prefix, &batch->end);
    }
    rocksdb_writebatch_delete_range_cf(batch->writes, store_family(batch->store, table),
                                       store_text(prefix), prefix.size,
                                       (const char *)batch->end.data, batch->end.size);
}

enum status store_apply(struct store *store, struct store_batch *batch, uint64_t applied,
                        struct fault *fault)
{
    char *error = NULL;
    char value[8];
    if (batch->end.failed) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a batch of rows");
    }
    for (unsigned i = 0; i < 8; i++) {
        value[i] = (char)(applied >> 8 * i);
    }
    rocksdb_writebatch_put_cf(batch->writes, store->families[0], "applied", 7, value, 8);
    rocksdb_write(store->db, store->unlogged, batch->writes, &error);
    rocksdb_writebatch_clear(batch->writes);
    if (error != NULL) {
        return store_failed(store, error, fault);
    }
    atomic_store(&store->applied, applied);
    return STATUS_OK;
}

// False when there was no row: RocksDB makes no empty files.
static bool rows_write(rocksdb_sstfilewriter_t *writer, store_next *next, void *context,
                       char **error)
{
    struct store_row row;
    bool has_rows = false;
    while (*error == NULL && next(context, &row)) {
        has_rows = true;
        if (row.is_deleted) {
            rocksdb_sstfilewriter_delete(writer, store_text(row.key), row.key.size, error);
        } else {
            rocksdb_sstfilewriter_put(writer, store_text(row.key), row.key.size,
                                      store_text(row.value), row.value.size, error);
        }
    }
    if (*error == NULL && has_rows) {
        rocksdb_sstfilewriter_finish(writer, error);
    }
    return has_rows;
}

static void file_ingest(struct store *store, unsigned table, const char *path, char **error)
{
    rocksdb_ingestexternalfileoptions_t *const options = rocksdb_ingestexternalfileoptions_create();
    rocksdb_ingestexternalfileoptions_set_move_files(options, 1);
    rocksdb_ingest_external_file_cf(store->db, store_family(store, table), &path, 1, options,
                                    error);
    rocksdb_ingestexternalfileoptions_destroy(options);
}

enum status store_ingest(struct store *store, unsigned table, store_next *next, void *context,
                         struct fault *fault)
{
    char path[4096 + 32];
    char *error = NULL;
    (void)snprintf(path, sizeof(path), "%.4096s/ingest.%llu.tmp", store->folder,
                   (unsigned long long)++store->ingest_count);
    rocksdb_envoptions_t *const environment = rocksdb_envoptions_create();
    rocksdb_sstfilewriter_t *const writer =
        rocksdb_sstfilewriter_create(environment, store->family_options[table + 1]);
    rocksdb_sstfilewriter_open(writer, path, &error);
    const bool has_rows = error == NULL && rows_write(writer, next, context, &error);
    rocksdb_sstfilewriter_destroy(writer);
    rocksdb_envoptions_destroy(environment);
    if (error == NULL && has_rows) {
        file_ingest(store, table, path, &error);
    }
    return error == NULL ? STATUS_OK : store_failed(store, error, fault);
}

bool store_is_behind(struct store *store)
{
    enum { FILES_MAX = 20 };
    uint64_t count = 0;
    for (unsigned table = 0; table < store->table_count; table++) {
        if (rocksdb_property_int_cf(store->db, store_family(store, table),
                                    "rocksdb.num-files-at-level0", &count) == 0 &&
            count > FILES_MAX) {
            return true;
        }
    }
    return false;
}

// Rows before the number that says they are there, should the power fail in between.
enum status store_flush(struct store *store, struct fault *fault)
{
    char *error = NULL;
    for (size_t i = store->table_count + 1; i-- > 0 && error == NULL;) {
        rocksdb_flush_cf(store->db, store->flush, store->families[i], &error);
    }
    return error == NULL ? STATUS_OK : store_failed(store, error, fault);
}

void store_compact(struct store *store, unsigned table)
{
    rocksdb_compact_range_cf(store->db, store_family(store, table), NULL, 0, NULL, 0);
}

enum status store_checkpoint(struct store *store, const char *folder, struct fault *fault)
{
    char *error = NULL;
    TRY(store_flush(store, fault));
    rocksdb_checkpoint_t *const checkpoint = rocksdb_checkpoint_object_create(store->db, &error);
    if (error == NULL) {
        rocksdb_checkpoint_create(checkpoint, folder, 0, &error);
        rocksdb_checkpoint_object_destroy(checkpoint);
    }
    return error == NULL ? STATUS_OK : store_failed(store, error, fault);
}
