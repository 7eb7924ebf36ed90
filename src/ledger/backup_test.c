// Backups taken while writing, restored whole and to a point.
#include "ledger/ledger_test.h"

static struct memory_account account = {.name = "test"};

enum { WRITE_COUNT = 3000 };

// What is written at step n, and the truth after it. Record n is step n: every job waits for its answer.
static void step_write(struct ledger *ledger, struct rows *rows, struct home *home, uint64_t n)
{
    assert_int_equal(
        put_now(ledger, put_make(rows, home, (uint32_t)(n * 7 % ROWS_COUNT), n, 0), NULL),
        STATUS_OK);
    assert_int_equal(ledger_last(ledger), n);
}

static void check_state(const struct rows *rows, uint64_t n)
{
    static uint64_t truth[ROWS_COUNT];
    memset(truth, 0, sizeof(truth));
    for (uint64_t i = 1; i <= n; i++) {
        truth[i * 7 % ROWS_COUNT] = i;
    }
    for (uint32_t i = 0; i < ROWS_COUNT; i++) {
        assert_int_equal(rows->working[i], truth[i]);
    }
}

// Opens what was restored and looks; it takes writes as any other.
static void check_folder(const char *folder, uint64_t n)
{
    static struct rows rows;
    struct home home;
    home_begin(&home);
    const struct ledger_settings settings = {.folder = folder};
    struct ledger *const ledger = test_ledger_open(sys_os(), &account, &settings, &rows);
    check_state(&rows, n);
    assert_int_equal(ledger_last(ledger), n + 1); // the mark
    assert_int_equal(ledger_start(ledger, NULL), STATUS_OK);
    step_write(ledger, &rows, &home, n + 2);
    ledger_close(ledger);
}

struct places {
    char root[64], data[80], early[80], late[80], back[80];
};

static void places_make(struct places *places)
{
    test_folder_make(places->root);
    (void)snprintf(places->data, 80, "%s/data", places->root);
    (void)snprintf(places->early, 80, "%s/early", places->root);
    (void)snprintf(places->late, 80, "%s/late", places->root);
    (void)snprintf(places->back, 80, "%s/back", places->root);
}

static enum status restore(const struct ledger_restore *wanted, struct ledger_restored *restored,
                           struct fault *fault)
{
    return ledger_restore(sys_os(), &account, wanted, restored, fault);
}

// Writes all, takes two backups meanwhile; gives the time of record `noted`.
static int64_t write_and_back_up(const struct places *places, uint64_t noted)
{
    static struct rows rows;
    struct home home;
    struct fault fault = {0};
    int64_t noted_us = 0;
    home_begin(&home);
    const struct ledger_settings settings = {
        .folder = places->data, .journal_segment_size = 64 << 10, .journal_keep_us = INT64_MAX / 2};
    struct ledger *const ledger = test_ledger_open(sys_os(), &account, &settings, &rows);
    assert_int_equal(ledger_start(ledger, NULL), STATUS_OK);
    for (uint64_t n = 1; n <= WRITE_COUNT; n++) {
        step_write(ledger, &rows, &home, n);
        if (n == 500) {
            assert_int_equal(ledger_backup(ledger, places->early, &fault), STATUS_OK);
            assert_int_equal(ledger_backup(ledger, places->early, &fault), STATUS_BUSY);
        }
        if (n == 2500) {
            assert_int_equal(ledger_backup(ledger, places->late, &fault), STATUS_OK);
        }
        if (n == noted) {
            noted_us = sys_wall_us(sys_os());
            (void)usleep(2000);
        }
    }
    ledger_close(ledger);
    return noted_us;
}

static void test_brings_back_the_backup_or_any_moment_since(void **state)
{
    (void)state;
    struct places places;
    struct ledger_restored restored;
    struct fault fault = {0};
    places_make(&places);
    const int64_t noted_us = write_and_back_up(&places, 1234);
    struct ledger_restore wanted = {.backup = places.early, .folder = places.back};
    assert_int_equal(restore(&wanted, &restored, &fault), STATUS_OK);
    assert_int_equal(restored.at, 500);
    check_folder(places.back, 500);
    test_folder_remove(places.back);

    wanted.journal = places.data;
    assert_int_equal(restore(&wanted, &restored, &fault), STATUS_OK);
    assert_int_equal(restored.at, WRITE_COUNT);
    check_folder(places.back, WRITE_COUNT);
    test_folder_remove(places.back);

    wanted.to = 777;
    assert_int_equal(restore(&wanted, &restored, &fault), STATUS_OK);
    assert_int_equal(restored.at, 777);
    assert_int_equal(restored.seen, WRITE_COUNT);
    check_folder(places.back, 777);
    test_folder_remove(places.back);

    wanted.to = 0;
    wanted.to_us = noted_us;
    assert_int_equal(restore(&wanted, &restored, &fault), STATUS_OK);
    assert_int_equal(restored.at, 1234);
    assert_true(restored.at_us <= noted_us);
    check_folder(places.back, 1234);
    test_folder_remove(places.root);
    assert_int_equal(account.used_size, 0);
}

static void test_says_why_a_point_cannot_be_had(void **state)
{
    (void)state;
    struct places places;
    struct ledger_restored restored;
    struct fault fault = {0};
    places_make(&places);
    const int64_t noted_us = write_and_back_up(&places, 1234);
    struct ledger_restore wanted = {.backup = places.late, .folder = places.back, .to = 100};
    assert_int_equal(restore(&wanted, &restored, &fault), STATUS_OUT_OF_RANGE);
    assert_non_null(strstr(fault.text, "--to lies before the backup"));
    test_folder_remove(places.back);
    wanted.to = 0;
    wanted.to_us = noted_us;
    assert_int_equal(restore(&wanted, &restored, &fault), STATUS_OUT_OF_RANGE);
    test_folder_remove(places.back);
    wanted = (struct ledger_restore){.backup = places.late, .folder = places.back, .to = 2600};
    assert_int_equal(restore(&wanted, &restored, &fault), STATUS_OUT_OF_RANGE);
    assert_non_null(strstr(fault.text, "--journal DIR"));
    test_folder_remove(places.back);
    wanted.backup = places.root;
    assert_int_equal(restore(&wanted, &restored, &fault), STATUS_NOT_FOUND);
    wanted.backup = places.late;
    wanted.folder = places.early;
    assert_int_equal(restore(&wanted, &restored, &fault), STATUS_BUSY);
    // Restored data goes its own way: its journal does not continue the old backup.
    wanted = (struct ledger_restore){.backup = places.early, .folder = places.back};
    assert_int_equal(restore(&wanted, &restored, &fault), STATUS_OK);
    char again[96];
    (void)snprintf(again, sizeof(again), "%s/again", places.root);
    wanted =
        (struct ledger_restore){.backup = places.early, .folder = again, .journal = places.back};
    assert_int_equal(restore(&wanted, &restored, &fault), STATUS_OUT_OF_RANGE);
    assert_non_null(strstr(fault.text, "does not continue this backup"));
    test_folder_remove(places.root);
    assert_int_equal(account.used_size, 0);
}

// --- Deliveries ---

struct delivery {
    struct ledger_job job; // first
    struct home *home;
    char key[8];
    bool is_made;
};

static enum status delivery_run(struct ledger_job *job, struct ledger_turn *turn,
                                struct fault *fault)
{
    const struct delivery *const delivery = (struct delivery *)job;
    (void)fault;
    if (delivery->is_made) {
        turn_delete(turn, TABLE_DELIVERY, bytes_from_text(delivery->key));
    } else {
        turn_put(turn, TABLE_DELIVERY, bytes_from_text(delivery->key), BYTES_OF("due"));
    }
    return STATUS_OK;
}

static void delivery_answered(struct ledger_job *job)
{
    ((struct delivery *)job)->home->answered++;
}

static void delivery_now(struct ledger *ledger, struct home *home, const char *key, bool is_made)
{
    struct delivery delivery = {
        .job = {.run = delivery_run, .home = &home->mailbox, .answered = delivery_answered},
        .home = home,
        .is_made = is_made};
    (void)snprintf(delivery.key, sizeof(delivery.key), "%s", key);
    ledger_submit(ledger, &delivery.job);
    home_wait(home, home->answered + 1);
}

struct outbox {
    char keys[64];
    struct ledger_restore_mark mark;
};

static enum status outbox_row(void *context, enum ledger_table table, struct bytes key,
                              struct bytes value, struct fault *fault)
{
    struct outbox *const outbox = context;
    if (table == TABLE_DELIVERY) {
        (void)strncat(outbox->keys, (const char *)key.data, key.size);
    } else if (table == TABLE_META && bytes_equal(key, bytes_from_text(LEDGER_META_RESTORED))) {
        return ledger_restore_mark_decode(value, &outbox->mark, fault);
    }
    return STATUS_OK;
}

static void test_what_was_delivered_after_the_point_is_not_due_again(void **state)
{
    (void)state;
    struct places places;
    struct home home;
    struct rows *rows = NULL;
    static struct rows all_rows;
    struct ledger_restored restored;
    struct fault fault = {0};
    rows = &all_rows;
    home_begin(&home);
    places_make(&places);
    const struct ledger_settings settings = {.folder = places.data,
                                             .journal_keep_us = INT64_MAX / 2};
    struct ledger *ledger = test_ledger_open(sys_os(), &account, &settings, rows);
    assert_int_equal(ledger_start(ledger, NULL), STATUS_OK);
    delivery_now(ledger, &home, "a", false);
    delivery_now(ledger, &home, "b", false);
    delivery_now(ledger, &home, "c", false);
    assert_int_equal(ledger_backup(ledger, places.early, &fault), STATUS_OK);
    delivery_now(ledger, &home, "b", true);
    delivery_now(ledger, &home, "d", false);
    ledger_close(ledger);
    const struct ledger_restore wanted = {
        .backup = places.early, .folder = places.back, .journal = places.data, .to = 3};
    assert_int_equal(restore(&wanted, &restored, &fault), STATUS_OK);
    assert_int_equal(restored.settled, 1);
    // Closing brings the replayed tail to the store; the next opening loads rows alone.
    const struct ledger_settings back = {.folder = places.back};
    ledger = test_ledger_open(sys_os(), &account, &back, rows);
    assert_int_equal(ledger_start(ledger, NULL), STATUS_OK);
    ledger_close(ledger);
    struct outbox outbox = {0};
    const struct ledger_stage stage = {
        .tables = 1U << TABLE_DELIVERY | 1U << TABLE_META, .load = outbox_row, .context = &outbox};
    assert_int_equal(ledger_new(sys_os(), &account, &back, &ledger, NULL), STATUS_OK);
    ledger_stage_add(ledger, &stage);
    assert_int_equal(ledger_open(ledger, &fault), STATUS_OK);
    assert_string_equal(outbox.keys, "ac");
    assert_int_equal(outbox.mark.at, 3);
    assert_int_equal(outbox.mark.seen, 5);
    ledger_close(ledger);
    test_folder_remove(places.root);
    assert_int_equal(account.used_size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brings_back_the_backup_or_any_moment_since),
        cmocka_unit_test(test_says_why_a_point_cannot_be_had),
        cmocka_unit_test(test_what_was_delivered_after_the_point_is_not_due_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
