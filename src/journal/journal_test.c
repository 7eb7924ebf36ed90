#include "journal/journal.h"

#include <sched.h>

#include "base/test.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/sys_memory.h"
#include "sys/thread.h"

static struct memory_account account = {.name = "test"};
static const struct journal_options small = {.segment_size = 8192};

static struct sys_memory *disk_make(uint64_t seed)
{
    struct sys_memory *disk = NULL;
    assert_int_equal(sys_memory_new(&account, seed, &disk, NULL), STATUS_OK);
    return disk;
}

static struct journal *journal_made(const struct sys *sys, const struct journal_options *options)
{
    struct journal *journal = NULL;
    struct fault fault = {0};
    if (journal_open(sys, &account, "/j", options, &journal, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    return journal;
}

// Content that says which record it belongs to, of a size that follows from the number too.
static size_t content_make(lsn at, uint8_t content[2048])
{
    struct dice dice = {.state = at};
    const size_t size = dice_below(&dice, at % 7 == 0 ? 2000 : 100);
    for (size_t i = 0; i < size; i++) {
        content[i] = (uint8_t)dice_u64(&dice);
    }
    return size;
}

static enum status append(struct journal *journal, lsn *at)
{
    uint8_t content[2048];
    const lsn next = journal_last(journal) + 1;
    const size_t size = content_make(next, content);
    const enum status status = journal_append(
        journal, (int64_t)next * 10, (struct bytes){.data = content, .size = size}, at, NULL);
    assert_true(status != STATUS_OK || *at == next);
    return status;
}

// Reads from `from` to the end and checks every byte; the last number read.
static lsn read_all(struct journal *journal, lsn from)
{
    struct journal_cursor *cursor = NULL;
    struct journal_record record;
    struct fault fault = {0};
    uint8_t content[2048];
    enum status status;
    assert_int_equal(journal_cursor_open(journal, from, &cursor, &fault), STATUS_OK);
    lsn next = from;
    while ((status = journal_cursor_next(cursor, &record, &fault)) == STATUS_OK) {
        assert_int_equal(record.at, next);
        assert_int_equal(record.time_us, (int64_t)next * 10);
        assert_int_equal(record.content.size, content_make(next, content));
        assert_memory_equal(record.content.data, content, record.content.size);
        next++;
    }
    assert_int_equal(status, STATUS_NOT_FOUND);
    journal_cursor_close(cursor);
    return next - 1;
}

static void test_gives_back_what_was_appended_in_order(void **state)
{
    (void)state;
    struct sys_memory *const disk = disk_make(1);
    const struct sys *const sys = sys_memory_table(disk);
    struct journal *journal = journal_made(sys, &small);
    assert_int_equal(journal_last(journal), 0);
    assert_int_equal(read_all(journal, 1), 0);
    lsn at = 0;
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(append(journal, &at), STATUS_OK);
    }
    assert_int_equal(read_all(journal, 1), 1000);
    assert_int_equal(read_all(journal, 501), 1000);
    journal_close(journal);
    journal = journal_made(sys, &small);
    assert_int_equal(journal_last(journal), 1000);
    assert_int_equal(journal_last_us(journal), 10000);
    assert_int_equal(read_all(journal, 1), 1000);
    assert_int_equal(append(journal, &at), STATUS_OK);
    assert_int_equal(read_all(journal, 999), 1001);
    journal_close(journal);
    sys_memory_free(disk);
    assert_int_equal(account.used_size, 0);
}

static void test_lets_whole_segments_go_and_keeps_what_a_cursor_reads(void **state)
{
    (void)state;
    struct sys_memory *const disk = disk_make(1);
    const struct sys *const sys = sys_memory_table(disk);
    struct journal *const journal = journal_made(sys, &small);
    struct journal_cursor *cursor = NULL;
    struct journal_record record;
    lsn at = 0;
    assert_int_equal(journal_cursor_open(journal, 1, &cursor, NULL), STATUS_OK);
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(append(journal, &at), STATUS_OK);
    }
    assert_int_equal(journal_sync(journal, NULL), STATUS_OK);
    const uint64_t full_size = journal_size(journal);
    assert_int_equal(journal_trim(journal, 900, sys_wall_us(sys), NULL), STATUS_OK);
    assert_int_equal(journal_first(journal), 1); // written this very moment
    sys_memory_pass(disk, 1);
    assert_int_equal(journal_trim(journal, 900, sys_wall_us(sys), NULL), STATUS_OK);
    assert_true(journal_first(journal) > 800 && journal_first(journal) <= 900);
    assert_true(journal_size(journal) < full_size / 4);
    assert_int_equal(read_all(journal, 900), 1000);
    assert_int_equal(journal_cursor_next(cursor, &record, NULL), STATUS_OK);
    assert_int_equal(record.at, 1);
    journal_cursor_close(cursor);
    assert_int_equal(journal_cursor_open(journal, 1, &cursor, NULL), STATUS_NOT_FOUND);
    assert_int_equal(journal_trim(journal, 5000, INT64_MAX, NULL), STATUS_OK);
    assert_int_equal(read_all(journal, journal_first(journal)), 1000);
    journal_close(journal);
    sys_memory_free(disk);
}

static void test_a_journal_in_memory_does_the_same(void **state)
{
    (void)state;
    const struct journal_options options = {.segment_size = 8192, .is_memory = true};
    struct journal *const journal = journal_made(sys_os(), &options);
    lsn at = 0;
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(append(journal, &at), STATUS_OK);
    }
    assert_int_equal(journal_sync(journal, NULL), STATUS_OK);
    assert_int_equal(read_all(journal, 1), 1000);
    assert_int_equal(journal_trim(journal, 900, INT64_MAX, NULL), STATUS_OK);
    assert_int_equal(read_all(journal, 900), 1000);
    journal_close(journal);
    assert_int_equal(account.used_size, 0);
}

// One life: opens, appends, syncs and trims by chance until a power cut. What was synced is there
// afterwards, what is there is a prefix of what was appended.
static lsn live_and_crash(struct sys_memory *disk, struct dice *dice, lsn synced, lsn first)
{
    const struct sys *const sys = sys_memory_table(disk);
    struct journal *const journal = journal_made(sys, &small);
    assert_true(journal_last(journal) >= synced);
    assert_true(journal_first(journal) <= (first == 0 ? 1 : first));
    assert_int_equal(read_all(journal, journal_first(journal)), journal_last(journal));
    synced = journal_last(journal); // opening syncs what it found
    const uint64_t steps = dice_below(dice, 200);
    lsn at = 0;
    for (uint64_t i = 0; i < steps; i++) {
        assert_int_equal(append(journal, &at), STATUS_OK);
        if (dice_below(dice, 20) == 0) {
            assert_int_equal(journal_sync(journal, NULL), STATUS_OK);
            synced = at;
        }
    }
    assert_true(journal_synced(journal) >= synced);
    synced = journal_synced(journal); // a segment that was begun synced what lies before
    sys_memory_crash(disk);
    journal_close(journal);
    return synced;
}

static void test_a_power_cut_leaves_a_prefix_with_all_that_was_synced(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (unsigned world = 0; world < 60; world++) {
        struct sys_memory *const disk = disk_make(dice_u64(&dice));
        assert_int_equal(sys_memory_table(disk)->make_directory(sys_memory_table(disk), "/j", NULL),
                         STATUS_OK);
        assert_int_equal(sys_memory_table(disk)->sync_directory(sys_memory_table(disk), "/", NULL),
                         STATUS_OK);
        lsn synced = 0;
        for (unsigned life = 0; life < 12; life++) {
            synced = live_and_crash(disk, &dice, synced, 0);
        }
        sys_memory_free(disk);
    }
    assert_int_equal(account.used_size, 0);
}

// The process ends without a word, the machine goes on: nothing appended is lost.
static void test_a_killed_process_loses_nothing(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    struct sys_memory *const disk = disk_make(7);
    const struct sys *const sys = sys_memory_table(disk);
    lsn last = 0;
    for (unsigned life = 0; life < 40; life++) {
        struct journal *const journal = journal_made(sys, &small);
        assert_int_equal(journal_last(journal), last);
        for (uint64_t i = dice_below(&dice, 100); i > 0; i--) {
            assert_int_equal(append(journal, &last), STATUS_OK);
        }
        journal_close(journal); // as the kernel closes files: it writes nothing
    }
    struct journal *const journal = journal_made(sys, &small);
    assert_int_equal(read_all(journal, 1), last);
    journal_close(journal);
    sys_memory_free(disk);
}

// Every call of the system fails once; afterwards the journal is whole and what it took is there.
static void test_every_failing_call_leaves_a_journal_that_opens(void **state)
{
    (void)state;
    bool has_failed = true;
    for (uint64_t call = 1; has_failed; call++) {
        struct sys_memory *const disk = disk_make(call);
        const struct sys *const sys = sys_memory_table(disk);
        struct journal *journal = NULL;
        lsn taken = 0, at = 0;
        sys_memory_fail_at(disk, call);
        if (journal_open(sys, &account, "/j", &small, &journal, NULL) == STATUS_OK) {
            for (unsigned i = 0; i < 100; i++) {
                taken = append(journal, &at) == STATUS_OK ? at : taken;
                status_ignore(i % 30 == 29 ? journal_sync(journal, NULL) : STATUS_OK,
                              "made to fail");
            }
            status_ignore(journal_trim(journal, 50, INT64_MAX, NULL), "made to fail");
        }
        has_failed = sys_memory_has_failed(disk);
        sys_memory_fail_at(disk, 0);
        journal_close(journal);
        journal = journal_made(sys, &small);
        assert_true(journal_last(journal) >= taken);
        assert_int_equal(read_all(journal, journal_first(journal)), journal_last(journal));
        assert_int_equal(append(journal, &at), STATUS_OK);
        journal_close(journal);
        sys_memory_free(disk);
    }
    assert_int_equal(account.used_size, 0);
}

static void test_a_failed_sync_refuses_all_that_follows(void **state)
{
    (void)state;
    struct sys_memory *const disk = disk_make(1);
    struct journal *const journal = journal_made(sys_memory_table(disk), &small);
    struct fault fault = {0};
    lsn at = 0;
    assert_int_equal(append(journal, &at), STATUS_OK);
    sys_memory_fail_at(disk, 1);
    assert_int_equal(journal_sync(journal, NULL), STATUS_IO);
    assert_int_equal(append(journal, &at), STATUS_IO);
    assert_int_equal(journal_sync(journal, &fault), STATUS_IO);
    assert_non_null(strstr(fault.text, "until the server is started again"));
    assert_int_equal(read_all(journal, 1), 1);
    journal_close(journal);
    sys_memory_free(disk);
}

static void test_a_full_disk_is_said_before_anything_is_written(void **state)
{
    (void)state;
    struct sys_memory *const disk = disk_make(1);
    const struct sys *const sys = sys_memory_table(disk);
    struct journal *journal = journal_made(sys, &small);
    struct fault fault = {0};
    lsn at = 0, last = 0;
    sys_memory_limit(disk, 60000);
    while (journal_reserve(journal, 2100, &fault) == STATUS_OK) {
        assert_int_equal(append(journal, &last), STATUS_OK);
    }
    assert_int_equal(journal_reserve(journal, 2100, &fault), STATUS_NO_SPACE);
    assert_non_null(strstr(fault.text, "no space left"));
    assert_int_equal(read_all(journal, 1), last);
    sys_memory_limit(disk, 200000);
    assert_int_equal(journal_reserve(journal, 2100, &fault), STATUS_OK);
    assert_int_equal(append(journal, &at), STATUS_OK);
    assert_int_equal(at, last + 1);
    journal_close(journal);
    journal = journal_made(sys, &small);
    assert_int_equal(read_all(journal, 1), at);
    journal_close(journal);
    sys_memory_free(disk);
}

static void test_damage_where_it_was_synced_is_named_and_a_torn_tail_is_not(void **state)
{
    (void)state;
    struct sys_memory *const disk = disk_make(1);
    const struct sys *const sys = sys_memory_table(disk);
    struct journal *journal = journal_made(sys, &(struct journal_options){.segment_size = 65536});
    struct fault fault = {0};
    lsn at = 0;
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(append(journal, &at), STATUS_OK);
        assert_int_equal(journal_sync(journal, NULL), STATUS_OK);
    }
    journal_close(journal);
    const char *const path = "/j/00000000000000000001.journal";
    sys_memory_damage(disk, path, 64 + 40); // the first record
    assert_int_equal(journal_open(sys, &account, "/j", &small, &journal, &fault), STATUS_CORRUPT);
    assert_non_null(strstr(fault.text, path));
    assert_non_null(strstr(fault.text, "record 1 at byte 64"));
    sys_memory_damage(disk, path, 64 + 40); // as it was
    sys_memory_damage(disk, path, 16);      // its head
    assert_int_equal(journal_open(sys, &account, "/j", &small, &journal, &fault), STATUS_CORRUPT);
    sys_memory_damage(disk, path, 16);
    journal = journal_made(sys, &small);
    assert_int_equal(read_all(journal, 1), 20);
    journal_close(journal);
    sys_memory_free(disk);
    assert_int_equal(account.used_size, 0);
}

struct pursuit {
    struct journal *journal;
    lsn until;
    lsn seen;
};

static void pursue(void *context)
{
    struct pursuit *const pursuit = context;
    struct journal_cursor *cursor = NULL;
    struct journal_record record;
    uint8_t content[2048];
    assert_int_equal(journal_cursor_open(pursuit->journal, 1, &cursor, NULL), STATUS_OK);
    while (pursuit->seen < pursuit->until) {
        const enum status status = journal_cursor_next(cursor, &record, NULL);
        if (status == STATUS_NOT_FOUND) {
            sched_yield();
            continue;
        }
        if (status != STATUS_OK || record.at != pursuit->seen + 1 ||
            record.content.size != content_make(record.at, content) ||
            memcmp(record.content.data, content, record.content.size) != 0) {
            break;
        }
        pursuit->seen++;
    }
    journal_cursor_close(cursor);
}

static void sync_often(void *context)
{
    struct pursuit *const pursuit = context;
    while (journal_synced(pursuit->journal) < pursuit->until) {
        if (journal_sync(pursuit->journal, NULL) != STATUS_OK) {
            return;
        }
        pursuit->seen++;
    }
}

static void test_readers_and_the_syncer_follow_the_writer(void **state)
{
    (void)state;
    for (unsigned is_memory = 0; is_memory < 2; is_memory++) {
        const struct journal_options options = {.segment_size = 65536, .is_memory = is_memory != 0};
        struct sys_memory *const disk = disk_make(1);
        struct journal *const journal = journal_made(sys_memory_table(disk), &options);
        struct pursuit reader = {.journal = journal, .until = 5000};
        struct pursuit syncer = {.journal = journal, .until = 5000};
        struct thread threads[2] = {0};
        lsn at = 0;
        assert_int_equal(thread_start(&threads[0], "reader", pursue, &reader, NULL), STATUS_OK);
        assert_int_equal(thread_start(&threads[1], "syncer", sync_often, &syncer, NULL), STATUS_OK);
        for (unsigned i = 0; i < 5000; i++) {
            assert_int_equal(append(journal, &at), STATUS_OK);
        }
        thread_join(&threads[0]);
        thread_join(&threads[1]);
        assert_int_equal(reader.seen, 5000);
        assert_int_equal(journal_synced(journal), 5000);
        journal_close(journal);
        sys_memory_free(disk);
    }
}

static void test_has_the_bytes_of_its_format(void **state)
{
    (void)state;
    struct sys_memory *const disk = disk_make(1);
    const struct sys *const sys = sys_memory_table(disk);
    struct journal *const journal = journal_made(sys, &small);
    SCOPED(buffer_free) struct buffer image = {.account = &account};
    lsn at = 0;
    const struct bytes content = BYTES_OF("hello");
    assert_int_equal(journal_append(journal, 5, content, &at, NULL), STATUS_OK);
    assert_int_equal(journal_append(journal, 6, content, &at, NULL), STATUS_OK);
    journal_close(journal);
    assert_int_equal(file_read_whole(sys, "/j/00000000000000000001.journal", 8192, &image, NULL),
                     STATUS_OK);
    sys_memory_free(disk);
    static const uint8_t golden[64 + 80] = {
        // clang-format off
        0x52, 0x68, 0x75, 0x6d, 0x62, 0x4a, 0x6e, 0x6c, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0xc1, 0x5c, 0x02, 0x89, 0xec, 0x2d, 0x0a, 0x91, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x40, 0x20, 0x46, 0x48, 0x47, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xa9, 0xa7, 0xca, 0xee, 0x17, 0x1b, 0xb7, 0x79,
        0x28, 0xeb, 0x90, 0xf5, 0x97, 0x5f, 0xaa, 0xc8, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x00, 0x00, 0x00, 0x58, 0x00, 0xdf, 0x1a, 0x77, 0xc2, 0x38, 0xcb,
        0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x05, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x00, 0x00, 0x00,
        // clang-format on
    };
    assert_int_equal(image.size, 8192);
    assert_memory_equal(image.data, golden, sizeof(golden));
    for (size_t i = sizeof(golden); i < image.size; i++) {
        assert_int_equal(image.data[i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_has_the_bytes_of_its_format),
        cmocka_unit_test(test_gives_back_what_was_appended_in_order),
        cmocka_unit_test(test_lets_whole_segments_go_and_keeps_what_a_cursor_reads),
        cmocka_unit_test(test_a_journal_in_memory_does_the_same),
        cmocka_unit_test(test_a_power_cut_leaves_a_prefix_with_all_that_was_synced),
        cmocka_unit_test(test_a_killed_process_loses_nothing),
        cmocka_unit_test(test_every_failing_call_leaves_a_journal_that_opens),
        cmocka_unit_test(test_a_failed_sync_refuses_all_that_follows),
        cmocka_unit_test(test_a_full_disk_is_said_before_anything_is_written),
        cmocka_unit_test(test_damage_where_it_was_synced_is_named_and_a_torn_tail_is_not),
        cmocka_unit_test(test_readers_and_the_syncer_follow_the_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
