#include "store/store.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "store/store_private.h"

static const char APPLIED_KEY[] = "applied";

enum status store_failed(const struct store *store, char *error, struct fault *fault)
{
    enum status status = STATUS_IO;
    if (strncmp(error, "Corruption", 10) == 0) {
        status = STATUS_CORRUPT;
    } else if (strstr(error, "No space left") != NULL || strstr(error, "quota") != NULL) {
        status = STATUS_NO_SPACE;
    } else if (strstr(error, "lock") != NULL) {
        status = STATUS_BUSY;
    }
    status = fault_set(fault, status, "%s: %s", store->folder, error);
    rocksdb_free(error);
    return status;
}

// --- Options ---

static unsigned char filter_row(void *context, int level, const char *key, size_t key_size,
                                const char *value, size_t value_size, char **new_value,
                                size_t *new_size, unsigned char *is_changed)
{
    const struct store_filter *const filter = context;
    (void)level;
    (void)new_value;
    (void)new_size;
    *is_changed = 0;
    return filter->is_expired(filter->context,
                              (struct bytes){.data = (const uint8_t *)key, .size = key_size},
                              (struct bytes){.data = (const uint8_t *)value, .size = value_size});
}

static const char *filter_name(void *context)
{
    return ((const struct store_filter *)context)->name;
}

static void filter_end(void *context)
{
    (void)context; // the store's
}

static void options_set(struct store *store, size_t memory_size)
{
    enum {
        BLOCK_SIZE = 16 << 10,
        ARENA_SIZE = 64 << 10,
        FILE_SIZE = 2 << 20,
        READAHEAD = 256 << 10
    };
    rocksdb_options_t *const options = store->options;
    store->cache = rocksdb_cache_create_lru(memory_size / 2);
    rocksdb_block_based_options_set_block_cache(store->blocks, store->cache);
    rocksdb_block_based_options_set_block_size(store->blocks, BLOCK_SIZE);
    rocksdb_block_based_options_set_format_version(store->blocks, 5);
    rocksdb_options_set_block_based_table_factory(options, store->blocks);
    rocksdb_options_set_create_if_missing(options, 1);
    rocksdb_options_set_create_missing_column_families(options, 1);
    rocksdb_options_set_atomic_flush(options, 1);
    rocksdb_options_set_db_write_buffer_size(options, memory_size / 2);
    rocksdb_options_set_write_buffer_size(options, memory_size / 4);
    rocksdb_options_set_arena_block_size(options, ARENA_SIZE);
    rocksdb_options_set_max_background_jobs(options, 3);
    rocksdb_options_set_disable_auto_compactions(options, 1);
    rocksdb_options_set_max_open_files(options, 256);
    rocksdb_options_set_compression(options, rocksdb_lz4_compression);
    rocksdb_options_set_target_file_size_base(options, FILE_SIZE);
    // Small data is merged straight into the last level: one older version of a row at most.
    rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1);
    rocksdb_options_set_max_bytes_for_level_base(options, (uint64_t)FILE_SIZE * 32);
    rocksdb_options_set_level0_file_num_compaction_trigger(options, 10);
    rocksdb_options_set_level0_slowdown_writes_trigger(options, 24);
    rocksdb_options_set_level0_stop_writes_trigger(options, 40);
    rocksdb_options_compaction_readahead_size(options, READAHEAD);
    rocksdb_options_set_max_manifest_file_size(options, (size_t)4 << 20);
    rocksdb_options_set_stats_dump_period_sec(options, 0);
    rocksdb_options_set_stats_persist_period_sec(options, 0);
    rocksdb_options_set_info_log_level(options, 3); // errors
    rocksdb_options_set_keep_log_file_num(options, 2);
    rocksdb_options_set_skip_stats_update_on_db_open(options, 1);
    if (store->env != NULL) {
        rocksdb_options_set_env(options, store->env);
    }
}

static void family_options_set(struct store *store, const struct store_table *tables)
{
    store->family_options[0] = rocksdb_options_create_copy(store->options);
    for (size_t i = 0; i < store->table_count; i++) {
        rocksdb_options_t *const options = rocksdb_options_create_copy(store->options);
        store->family_options[i + 1] = options;
        struct store_filter *const filter = &store->filters[i];
        *filter =
            (struct store_filter){.is_expired = tables[i].is_expired, .context = tables[i].context};
        (void)snprintf(filter->name, sizeof(filter->name), "%s", tables[i].name);
        if (tables[i].is_expired != NULL) {
            filter->compaction =
                rocksdb_compactionfilter_create(filter, filter_end, filter_row, filter_name);
            rocksdb_options_set_compaction_filter(options, filter->compaction);
        }
    }
}

// --- Opening ---

static enum status check_families(const struct store *store, const struct store_table *tables,
                                  struct fault *fault)
{
    char *error = NULL;
    size_t count = 0;
    char **const names =
        rocksdb_list_column_families(store->options, store->folder, &count, &error);
    if (error != NULL) {
        rocksdb_free(error); // there is none yet; opening says what else is wrong
        rocksdb_list_column_families_destroy(names, count); // an empty list is a block too
        return STATUS_OK;
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        bool is_known = strcmp(names[i], "default") == 0;
        for (size_t t = 0; t < store->table_count && !is_known; t++) {
            is_known = strcmp(names[i], tables[t].name) == 0;
        }
        if (!is_known) {
            status = fault_set(fault, STATUS_UNSUPPORTED,
                               "%s: has a table '%s' that this program does not know: a later "
                               "version wrote it",
                               store->folder, names[i]);
        }
    }
    rocksdb_list_column_families_destroy(names, count);
    return status;
}

static enum status db_open(struct store *store, const struct store_table *tables,
                           struct fault *fault)
{
    char *error = NULL;
    SCOPED(buffer_free) struct buffer names = {.account = store->account};
    const char *const first = "default";
    buffer_append(&names, &first, sizeof(first));
    for (size_t i = 0; i < store->table_count; i++) {
        buffer_append(&names, &tables[i].name, sizeof(tables[i].name));
    }
    TRY(buffer_status(&names));
    store->db = rocksdb_open_column_families(
        store->options, store->folder, (int)store->table_count + 1,
        (const char *const *)(const void *)names.data,
        (const rocksdb_options_t *const *)store->family_options, store->families, &error);
    return error == NULL ? STATUS_OK : store_failed(store, error, fault);
}

static enum status applied_read(struct store *store, struct fault *fault)
{
    char *error = NULL;
    rocksdb_readoptions_t *const options = rocksdb_readoptions_create();
    rocksdb_pinnableslice_t *const found = rocksdb_get_pinned_cf(
        store->db, options, store->families[0], APPLIED_KEY, sizeof(APPLIED_KEY) - 1, &error);
    rocksdb_readoptions_destroy(options);
    if (error != NULL) {
        return store_failed(store, error, fault);
    }
    if (found != NULL) {
        size_t size = 0;
        const char *const value = rocksdb_pinnableslice_value(found, &size);
        struct reader reader = {.rest = {.data = (const uint8_t *)value, .size = size}};
        atomic_store(&store->applied, reader_u64(&reader));
        rocksdb_pinnableslice_destroy(found);
        if (reader.overrun || reader.rest.size != 0) {
            return fault_set(fault, STATUS_CORRUPT, "%s: does not say how far it is",
                             store->folder);
        }
    }
    return STATUS_OK;
}

static enum status open_into(struct store *store, const struct store_table *tables,
                             size_t memory_size, struct fault *fault)
{
    const size_t count = store->table_count + 1;
    struct memory_account *const account = store->account;
    store->families = memory_take_zeroed(account, count, sizeof(*store->families));
    store->family_options = memory_take_zeroed(account, count, sizeof(*store->family_options));
    store->filters = memory_take_zeroed(account, count, sizeof(*store->filters));
    if (store->families == NULL || store->family_options == NULL || store->filters == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a store");
    }
    options_set(store, memory_size);
    family_options_set(store, tables);
    rocksdb_writeoptions_disable_WAL(store->unlogged, 1);
    TRY(check_families(store, tables, fault));
    TRY(db_open(store, tables, fault));
    return applied_read(store, fault);
}

enum status store_open(struct memory_account *account, const char *folder,
                       const struct store_table *tables, size_t table_count, size_t memory_size,
                       struct store **store, struct fault *fault)
{
    const char *const name = folder == NULL ? "/memory" : folder;
    struct store *const made = memory_take_zeroed(account, 1, sizeof(*made) + strlen(name) + 1);
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a store");
    }
    made->account = account;
    made->table_count = table_count;
    memcpy(made->folder, name, strlen(name) + 1);
    made->env = folder == NULL ? rocksdb_create_mem_env() : NULL;
    made->options = rocksdb_options_create();
    made->blocks = rocksdb_block_based_options_create();
    made->unlogged = rocksdb_writeoptions_create();
    made->flush = rocksdb_flushoptions_create();
    const enum status status = open_into(made, tables, memory_size, fault);
    if (status != STATUS_OK) {
        store_close(made);
        return status;
    }
    *store = made;
    return STATUS_OK;
}

void store_begin_merging(struct store *store)
{
    static const char *const name[] = {"disable_auto_compactions"}, *const value[] = {"false"};
    for (size_t i = 0; i <= store->table_count; i++) {
        char *error = NULL;
        rocksdb_set_options_cf(store->db, store->families[i], 1, name, value, &error);
        if (error != NULL) {
            rocksdb_free(error); // reads get slower; the next write that fails says why
        }
    }
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    for (size_t i = 0; store->db != NULL && i <= store->table_count; i++) {
        rocksdb_column_family_handle_destroy(store->families[i]);
    }
    if (store->db != NULL) {
        rocksdb_close(store->db);
    }
    for (size_t i = 0; store->family_options != NULL && i <= store->table_count; i++) {
        if (store->family_options[i] != NULL) {
            rocksdb_options_destroy(store->family_options[i]);
        }
    }
    for (size_t i = 0; store->filters != NULL && i < store->table_count; i++) {
        if (store->filters[i].compaction != NULL) {
            rocksdb_compactionfilter_destroy(store->filters[i].compaction);
        }
    }
    rocksdb_flushoptions_destroy(store->flush);
    rocksdb_writeoptions_destroy(store->unlogged);
    rocksdb_options_destroy(store->options);
    rocksdb_block_based_options_destroy(store->blocks);
    if (store->cache != NULL) {
        rocksdb_cache_destroy(store->cache);
    }
    if (store->env != NULL) {
        rocksdb_env_destroy(store->env);
    }
    memory_give(store->families);
    memory_give(store->family_options);
    memory_give(store->filters);
    memory_give(store);
}

uint64_t store_applied(const struct store *store)
{
    return atomic_load(&store->applied);
}
