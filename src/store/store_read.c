#include "store/store_private.h"

struct store_snapshot *store_snapshot_take(struct store *store)
{
    struct store_snapshot *const made = memory_take_zeroed(store->account, 1, sizeof(*made));
    if (made != NULL) {
        made->store = store;
        made->snapshot = rocksdb_create_snapshot(store->db);
    }
    return made;
}

void store_snapshot_release(struct store *store, struct store_snapshot *snapshot)
{
    if (snapshot != NULL) {
        rocksdb_release_snapshot(store->db, snapshot->snapshot);
        memory_give(snapshot);
    }
}

static rocksdb_readoptions_t *options_of(const struct store_snapshot *snapshot)
{
    rocksdb_readoptions_t *const options = rocksdb_readoptions_create();
    if (snapshot != NULL) {
        rocksdb_readoptions_set_snapshot(options, snapshot->snapshot);
    }
    return options;
}

enum status store_get(struct store *store, const struct store_snapshot *snapshot, unsigned table,
                      struct bytes key, struct buffer *value, struct fault *fault)
{
    char *error = NULL;
    rocksdb_readoptions_t *const options = options_of(snapshot);
    rocksdb_pinnableslice_t *const found = rocksdb_get_pinned_cf(
        store->db, options, store_family(store, table), store_text(key), key.size, &error);
    rocksdb_readoptions_destroy(options);
    if (error != NULL) {
        return store_failed(store, error, fault);
    }
    if (found == NULL) {
        return fault_set(fault, STATUS_NOT_FOUND, "there is no such row");
    }
    size_t size = 0;
    const char *const content = rocksdb_pinnableslice_value(found, &size);
    buffer_append(value, content, size);
    rocksdb_pinnableslice_destroy(found);
    return buffer_status(value);
}

struct store_cursor {
    struct store *store;
    rocksdb_readoptions_t *options;
    rocksdb_iterator_t *rows;
    bool is_descending;
    bool is_begun;
    struct buffer lower, upper; // bounds: RocksDB keeps pointers to them
};

static enum status bounds_set(struct store_cursor *cursor, const struct store_range *range,
                              struct fault *fault)
{
    if (range->prefix.size != 0) {
        buffer_append_bytes(&cursor->lower, range->prefix);
        store_prefix_end(range->prefix, &cursor->upper);
    }
    if (range->until.size != 0 && (cursor->upper.size == 0 ||
                                   bytes_compare(range->until, buffer_bytes(&cursor->upper)) < 0)) {
        buffer_clear(&cursor->upper);
        buffer_append_bytes(&cursor->upper, range->until);
    }
    if (cursor->lower.failed || cursor->upper.failed) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read the store");
    }
    if (cursor->lower.size != 0) {
        rocksdb_readoptions_set_iterate_lower_bound(
            cursor->options, (const char *)cursor->lower.data, cursor->lower.size);
    }
    if (cursor->upper.size != 0) {
        rocksdb_readoptions_set_iterate_upper_bound(
            cursor->options, (const char *)cursor->upper.data, cursor->upper.size);
    }
    return STATUS_OK;
}

static void seek(struct store_cursor *cursor, struct bytes from)
{
    if (from.size == 0 && cursor->is_descending) {
        rocksdb_iter_seek_to_last(cursor->rows);
    } else if (from.size == 0) {
        rocksdb_iter_seek_to_first(cursor->rows);
    } else if (cursor->is_descending) {
        rocksdb_iter_seek_for_prev(cursor->rows, store_text(from), from.size);
    } else {
        rocksdb_iter_seek(cursor->rows, store_text(from), from.size);
    }
}

enum status store_cursor_open(struct store *store, const struct store_snapshot *snapshot,
                              unsigned table, const struct store_range *range,
                              struct store_cursor **cursor, struct fault *fault)
{
    struct store_cursor *const made = memory_take_zeroed(store->account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read the store");
    }
    made->store = store;
    made->is_descending = range->is_descending;
    made->lower.account = made->upper.account = store->account;
    made->options = options_of(snapshot);
    if (range->is_once) {
        rocksdb_readoptions_set_fill_cache(made->options, 0);
    }
    const enum status status = bounds_set(made, range, fault);
    if (status != STATUS_OK) {
        store_cursor_close(made);
        return status;
    }
    made->rows = rocksdb_create_iterator_cf(store->db, made->options, store_family(store, table));
    seek(made, range->from);
    *cursor = made;
    return STATUS_OK;
}

bool store_cursor_next(struct store_cursor *cursor, struct bytes *key, struct bytes *value)
{
    if (cursor->is_begun && rocksdb_iter_valid(cursor->rows)) {
        (cursor->is_descending ? rocksdb_iter_prev : rocksdb_iter_next)(cursor->rows);
    }
    cursor->is_begun = true;
    if (!rocksdb_iter_valid(cursor->rows)) {
        return false;
    }
    key->data = (const uint8_t *)rocksdb_iter_key(cursor->rows, &key->size);
    value->data = (const uint8_t *)rocksdb_iter_value(cursor->rows, &value->size);
    return true;
}

enum status store_cursor_status(const struct store_cursor *cursor, struct fault *fault)
{
    char *error = NULL;
    rocksdb_iter_get_error(cursor->rows, &error);
    return error == NULL ? STATUS_OK : store_failed(cursor->store, error, fault);
}

void store_cursor_close(struct store_cursor *cursor)
{
    if (cursor != NULL) {
        if (cursor->rows != NULL) {
            rocksdb_iter_destroy(cursor->rows);
        }
        rocksdb_readoptions_destroy(cursor->options);
        buffer_free(&cursor->lower);
        buffer_free(&cursor->upper);
        memory_give(cursor);
    }
}

// Files of the deepest level that has any do not overlap; those of level 0 often all begin alike.
static int level_of_parts(const rocksdb_livefiles_t *files, const char *name)
{
    int deepest = 0;
    for (int i = rocksdb_livefiles_count(files); i-- > 0;) {
        const int level = rocksdb_livefiles_level(files, i);
        if (level > deepest && strcmp(rocksdb_livefiles_column_family_name(files, i), name) == 0) {
            deepest = level;
        }
    }
    return deepest;
}

void store_parts(struct store *store, unsigned table, store_part *each, void *context)
{
    const rocksdb_livefiles_t *const files = rocksdb_livefiles(store->db);
    const char *const name = store->filters[table].name;
    const int level = level_of_parts(files, name);
    for (int i = rocksdb_livefiles_count(files); i-- > 0;) {
        if (rocksdb_livefiles_level(files, i) == level &&
            strcmp(rocksdb_livefiles_column_family_name(files, i), name) == 0) {
            struct bytes key = {0};
            key.data = (const uint8_t *)rocksdb_livefiles_smallestkey(files, i, &key.size);
            each(context, key);
        }
    }
    rocksdb_livefiles_destroy(files);
}
