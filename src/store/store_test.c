#include "store/store.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"

static struct memory_account account = {.name = "test"};
enum { MEMORY_SIZE = 8 << 20 };

static bool begins_with_old(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    unsigned *const asked = context;
    (*asked)++;
    return value.size >= 3 && memcmp(value.data, "old", 3) == 0;
}

static unsigned asked;
static const struct store_table tables[] = {
    {.name = "plain"}, {.name = "aged", .is_expired = begins_with_old, .context = &asked}};

static void folder_make(char folder[64])
{
    (void)snprintf(folder, 64, "/tmp/rhumb_store.XXXXXX");
    assert_non_null(mkdtemp(folder));
}

static void folder_remove(const char *folder)
{
    char command[96];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0); // NOLINT(concurrency-mt-unsafe)
}

static struct store *store_made(const char *folder)
{
    struct store *store = NULL;
    struct fault fault = {0};
    if (store_open(&account, folder, tables, COUNT_OF(tables), MEMORY_SIZE, &store, &fault) !=
        STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    return store;
}

static struct store_batch *batch_made(struct store *store)
{
    struct store_batch *batch = NULL;
    assert_int_equal(store_batch_new(store, &batch, NULL), STATUS_OK);
    return batch;
}

static void check_row(struct store *store, const struct store_snapshot *snapshot, unsigned table,
                      const char *key, const char *wanted)
{
    SCOPED(buffer_free) struct buffer value = {.account = &account};
    const enum status status =
        store_get(store, snapshot, table, bytes_from_text(key), &value, NULL);
    assert_int_equal(status, wanted == NULL ? STATUS_NOT_FOUND : STATUS_OK);
    assert_true(wanted == NULL || bytes_equal(buffer_bytes(&value), bytes_from_text(wanted)));
}

// The keys of a range, one after the other.
static void check_range(struct store *store, const struct store_range *range, const char *wanted)
{
    SCOPED(buffer_free) struct buffer keys = {.account = &account};
    struct store_cursor *cursor = NULL;
    struct bytes key, value;
    assert_int_equal(store_cursor_open(store, NULL, 0, range, &cursor, NULL), STATUS_OK);
    while (store_cursor_next(cursor, &key, &value)) {
        buffer_append_bytes(&keys, key);
        buffer_append_u8(&keys, ' ');
    }
    assert_int_equal(store_cursor_status(cursor, NULL), STATUS_OK);
    store_cursor_close(cursor);
    buffer_append_u8(&keys, 0);
    assert_string_equal((const char *)keys.data, wanted);
}

static void fill(struct store *store, uint64_t applied)
{
    struct store_batch *const batch = batch_made(store);
    static const char *const keys[] = {"a1", "a2", "a3", "b1", "b2", "c"};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        store_batch_put(batch, 0, bytes_from_text(keys[i]), BYTES_OF("v"));
    }
    store_batch_put(batch, 0, BYTES_OF("\xff\xff"), BYTES_OF("last"));
    store_batch_put(batch, 1, BYTES_OF("other"), BYTES_OF("new"));
    assert_int_equal(store_apply(store, batch, applied, NULL), STATUS_OK);
    store_batch_free(batch);
}

static void test_gives_back_rows_in_order_within_ranges(void **state)
{
    (void)state;
    struct store *const store = store_made(NULL);
    fill(store, 7);
    assert_int_equal(store_applied(store), 7);
    check_range(store, &(struct store_range){0}, "a1 a2 a3 b1 b2 c \xff\xff ");
    check_range(store, &(struct store_range){.prefix = BYTES_OF("a")}, "a1 a2 a3 ");
    check_range(store, &(struct store_range){.prefix = BYTES_OF("\xff")}, "\xff\xff ");
    check_range(store, &(struct store_range){.prefix = BYTES_OF("a"), .is_descending = true},
                "a3 a2 a1 ");
    check_range(store, &(struct store_range){.prefix = BYTES_OF("a"), .from = BYTES_OF("a2")},
                "a2 a3 ");
    check_range(store,
                &(struct store_range){
                    .prefix = BYTES_OF("a"), .from = BYTES_OF("a2x"), .is_descending = true},
                "a2 a1 ");
    check_range(store, &(struct store_range){.from = BYTES_OF("b"), .is_once = true},
                "b1 b2 c \xff\xff ");
    check_range(store, &(struct store_range){.from = BYTES_OF("a2"), .until = BYTES_OF("b2")},
                "a2 a3 b1 ");
    check_range(store, &(struct store_range){.prefix = BYTES_OF("a"), .until = BYTES_OF("z")},
                "a1 a2 a3 ");
    check_range(store, &(struct store_range){.until = BYTES_OF("b"), .is_descending = true},
                "a3 a2 a1 ");
    store_close(store);
    assert_int_equal(account.used_size, 0);
}

static void test_snapshots_see_what_was_there(void **state)
{
    (void)state;
    struct store *const store = store_made(NULL);
    fill(store, 1);
    struct store_snapshot *const snapshot = store_snapshot_take(store);
    struct store_batch *const batch = batch_made(store);
    store_batch_delete_prefix(batch, 0, BYTES_OF("a"));
    store_batch_put(batch, 0, BYTES_OF("a2"), BYTES_OF("again"));
    store_batch_delete(batch, 0, BYTES_OF("c"));
    assert_int_equal(store_apply(store, batch, 2, NULL), STATUS_OK);
    check_range(store, &(struct store_range){0}, "a2 b1 b2 \xff\xff ");
    check_row(store, snapshot, 0, "a1", "v");
    check_row(store, NULL, 0, "a1", NULL);
    check_row(store, NULL, 0, "a2", "again");
    store_batch_delete_prefix(batch, 0, (struct bytes){0});
    assert_int_equal(store_apply(store, batch, 3, NULL), STATUS_OK);
    check_range(store, &(struct store_range){0}, "");
    check_row(store, NULL, 1, "other", "new");
    store_batch_free(batch);
    store_snapshot_release(store, snapshot);
    store_close(store);
}

struct numbers {
    uint64_t next, end;
    char key[16], value[32];
};

static bool number_next(void *context, struct store_row *row)
{
    struct numbers *const numbers = context;
    if (numbers->next == numbers->end) {
        return false;
    }
    const int key_size =
        snprintf(numbers->key, sizeof(numbers->key), "%010llu", (unsigned long long)numbers->next);
    *row =
        (struct store_row){.key = {.data = (const uint8_t *)numbers->key, .size = (size_t)key_size},
                           .value = BYTES_OF("ingested"),
                           .is_deleted = numbers->next % 10 == 0};
    numbers->next++;
    return true;
}

static void count_part(void *context, struct bytes key)
{
    (void)key;
    (*(unsigned *)context)++;
}

static void test_ingests_over_what_is_there(void **state)
{
    (void)state;
    char folder[64];
    folder_make(folder);
    for (unsigned is_memory = 0; is_memory < 2; is_memory++) {
        struct store *const store = store_made(is_memory ? NULL : folder);
        struct store_batch *const batch = batch_made(store);
        store_batch_put(batch, 0, BYTES_OF("0000000010"), BYTES_OF("before"));
        store_batch_put(batch, 0, BYTES_OF("0000000011"), BYTES_OF("before"));
        assert_int_equal(store_apply(store, batch, 1, NULL), STATUS_OK);
        struct numbers numbers = {.end = 20000};
        assert_int_equal(store_ingest(store, 0, number_next, &numbers, NULL), STATUS_OK);
        assert_int_equal(store_ingest(store, 0, number_next, &numbers, NULL), STATUS_OK);
        check_row(store, NULL, 0, "0000000010", NULL);
        check_row(store, NULL, 0, "0000000011", "ingested");
        store_batch_put(batch, 0, BYTES_OF("0000000011"), BYTES_OF("after"));
        assert_int_equal(store_apply(store, batch, 2, NULL), STATUS_OK);
        check_row(store, NULL, 0, "0000000011", "after");
        check_row(store, NULL, 0, "0000019999", "ingested");
        unsigned parts = 0;
        store_begin_merging(store);
        store_compact(store, 0);
        store_parts(store, 0, count_part, &parts);
        assert_int_equal(parts, 1);
        assert_false(store_is_behind(store));
        store_batch_free(batch);
        store_close(store);
    }
    folder_remove(folder);
}

static void test_is_as_far_as_it_says_after_it_was_closed_or_left(void **state)
{
    (void)state;
    char folder[64], copy[80];
    folder_make(folder);
    (void)snprintf(copy, sizeof(copy), "%s/copy", folder);
    char inner[80];
    (void)snprintf(inner, sizeof(inner), "%s/store", folder);
    struct store *store = store_made(inner);
    struct fault fault = {0};
    struct store *second = NULL;
    assert_int_equal(
        store_open(&account, inner, tables, COUNT_OF(tables), MEMORY_SIZE, &second, &fault),
        STATUS_BUSY);
    fill(store, 5);
    assert_int_equal(store_checkpoint(store, copy, NULL), STATUS_OK);
    struct store_batch *const batch = batch_made(store);
    store_batch_put(batch, 0, BYTES_OF("a1"), BYTES_OF("later"));
    assert_int_equal(store_apply(store, batch, 6, NULL), STATUS_OK);
    assert_int_equal(store_flush(store, NULL), STATUS_OK);
    store_batch_free(batch);
    store_close(store);
    store = store_made(inner);
    assert_int_equal(store_applied(store), 6);
    check_row(store, NULL, 0, "a1", "later");
    store_close(store);
    store = store_made(copy);
    assert_int_equal(store_applied(store), 5);
    check_row(store, NULL, 0, "a1", "v");
    store_close(store);
    assert_int_equal(store_open(&account, inner, tables, 1, MEMORY_SIZE, &second, &fault),
                     STATUS_UNSUPPORTED);
    assert_non_null(strstr(fault.text, "a table 'aged'"));
    folder_remove(folder);
    assert_int_equal(account.used_size, 0);
}

static void test_expired_rows_go_when_they_are_looked_at(void **state)
{
    (void)state;
    struct store *const store = store_made(NULL);
    struct store_batch *const batch = batch_made(store);
    store_batch_put(batch, 1, BYTES_OF("a"), BYTES_OF("old"));
    store_batch_put(batch, 1, BYTES_OF("b"), BYTES_OF("new"));
    store_batch_put(batch, 0, BYTES_OF("a"), BYTES_OF("old"));
    assert_int_equal(store_apply(store, batch, 1, NULL), STATUS_OK);
    assert_int_equal(store_flush(store, NULL), STATUS_OK);
    store_compact(store, 0);
    store_compact(store, 1);
    check_row(store, NULL, 0, "a", "old");
    check_row(store, NULL, 1, "a", NULL);
    check_row(store, NULL, 1, "b", "new");
    assert_true(asked >= 2);
    store_batch_free(batch);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_back_rows_in_order_within_ranges),
        cmocka_unit_test(test_snapshots_see_what_was_there),
        cmocka_unit_test(test_ingests_over_what_is_there),
        cmocka_unit_test(test_is_as_far_as_it_says_after_it_was_closed_or_left),
        cmocka_unit_test(test_expired_rows_go_when_they_are_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
