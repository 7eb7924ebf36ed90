// What a data directory keeps: over closing, killing, full disks, power cuts and second servers.
#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "ledger/ledger_test.h"
#include "sys/sys_memory.h"

static struct memory_account account = {.name = "test"};

static void check_rows(const struct rows *rows, const uint64_t *wanted)
{
    for (uint32_t i = 0; i < ROWS_COUNT; i++) {
        assert_int_equal(rows->working[i], wanted[i]);
    }
}

// Random jobs against an array that is the truth.
static void write_some(struct ledger *ledger, struct rows *rows, struct home *home, uint64_t *truth,
                       struct dice *dice, unsigned count)
{
    static struct put puts[20000];
    home->next = 0;
    const unsigned before = home->answered;
    for (unsigned i = 0; i < count; i++) {
        const uint32_t number = (uint32_t)dice_below(dice, ROWS_COUNT);
        const uint64_t kind = dice_below(dice, 1000);
        puts[i] = put_make(rows, home, number, kind < 100 ? 0 : dice_u64(dice) | 1, i);
        truth[number] = puts[i].content;
        if (kind == 999) {
            puts[i].prefix_size = 3;
            memset(truth + number / 256 * 256, 0, 256 * sizeof(*truth));
        }
        ledger_submit(ledger, &puts[i].job);
    }
    home_wait(home, before + count);
    assert_int_equal(home->order_wrong, 0);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(puts[i].job.status, STATUS_OK);
    }
}

static void test_comes_back_as_it_was_closed(void **state)
{
    (void)state;
    static struct rows rows;
    static uint64_t truth[ROWS_COUNT];
    struct dice dice = test_dice();
    char folder[64];
    test_folder_make(folder);
    const struct ledger_settings settings = {
        .folder = folder, .journal_segment_size = 1 << 20, .tail_record_size = 1 << 20};
    lsn last = 0;
    for (unsigned life = 0; life < 5; life++) {
        struct home home;
        home_begin(&home);
        struct ledger *const ledger = test_ledger_open(sys_os(), &account, &settings, &rows);
        assert_int_equal(ledger_last(ledger), last);
        assert_int_equal(rows.replays, 0); // closing brought the store up to all
        check_rows(&rows, truth);
        assert_int_equal(ledger_start(ledger, NULL), STATUS_OK);
        write_some(ledger, &rows, &home, truth, &dice, 20000);
        check_rows(&rows, truth);
        last = ledger_last(ledger);
        ledger_close(ledger);
    }
    test_folder_remove(folder);
    assert_int_equal(account.used_size, 0);
}

static void read_row(struct ledger *ledger, uint32_t number, uint64_t wanted)
{
    struct store *store = NULL;
    struct store_snapshot *snapshot = NULL;
    SCOPED(buffer_free) struct buffer value = {.account = &account};
    uint8_t key[4];
    assert_int_equal(ledger_read_begin(ledger, 0, &store, &snapshot, NULL), STATUS_OK);
    const enum status status =
        store_get(store, snapshot, TABLE_OBJECT, rows_key(number, key), &value, NULL);
    ledger_read_end(ledger, snapshot);
    assert_int_equal(status, wanted == 0 ? STATUS_NOT_FOUND : STATUS_OK);
    struct reader reader = {.rest = buffer_bytes(&value)};
    assert_true(wanted == 0 || reader_u64(&reader) == wanted);
}

static void test_a_late_read_finds_what_was_acknowledged(void **state)
{
    (void)state;
    static struct rows rows;
    static uint64_t truth[ROWS_COUNT];
    struct dice dice = test_dice();
    struct home home;
    char folder[64];
    home_begin(&home);
    test_folder_make(folder);
    const struct ledger_settings settings = {.folder = folder};
    struct ledger *const ledger = test_ledger_open(sys_os(), &account, &settings, &rows);
    assert_int_equal(ledger_start(ledger, NULL), STATUS_OK);
    for (unsigned round = 0; round < 5; round++) {
        write_some(ledger, &rows, &home, truth, &dice, 1000);
        for (uint32_t i = 0; i < 100; i++) {
            read_row(ledger, i, truth[i]);
        }
    }
    const struct ledger_figures figures = ledger_figures(ledger);
    assert_int_equal(figures.tail_size, 0);
    assert_int_equal(figures.stored, figures.last);
    ledger_close(ledger);
    test_folder_remove(folder);
}

// Without a folder rows that are read late are there, those held in memory are not stored twice.
static void test_a_ledger_in_memory_serves_late_reads(void **state)
{
    (void)state;
    static struct rows rows;
    struct home home;
    home_begin(&home);
    const struct ledger_settings settings = {0};
    struct ledger *const ledger = test_ledger_open(sys_os(), &account, &settings, &rows);
    assert_int_equal(ledger_start(ledger, NULL), STATUS_OK);
    assert_int_equal(put_now(ledger, put_make(&rows, &home, 1, 5, 0), NULL), STATUS_OK);
    read_row(ledger, 1, 0);
    ledger_close(ledger);
    assert_int_equal(account.used_size, 0);
}

static void test_a_second_server_is_refused_with_the_first_ones_number(void **state)
{
    (void)state;
    static struct rows rows;
    char folder[64], wanted[64];
    test_folder_make(folder);
    const struct ledger_settings settings = {.folder = folder};
    struct ledger *const first = test_ledger_open(sys_os(), &account, &settings, &rows);
    struct ledger *second = NULL;
    struct fault fault = {0};
    assert_int_equal(ledger_new(sys_os(), &account, &settings, &second, NULL), STATUS_OK);
    assert_int_equal(ledger_open(second, &fault), STATUS_BUSY);
    (void)snprintf(wanted, sizeof(wanted), "in use by process %d:", (int)getpid());
    assert_non_null(strstr(fault.text, wanted));
    ledger_close(second);
    ledger_close(first);
    test_folder_remove(folder);
}

static void test_a_folder_with_data_and_no_version_is_refused(void **state)
{
    (void)state;
    char folder[64], path[80];
    struct ledger *ledger = NULL;
    struct fault fault = {0};
    test_folder_make(folder);
    const struct ledger_settings settings = {.folder = folder};
    (void)snprintf(path, sizeof(path), "%s/journal", folder);
    assert_int_equal(sys_os()->make_directory(sys_os(), path, NULL), STATUS_OK);
    assert_int_equal(ledger_new(sys_os(), &account, &settings, &ledger, NULL), STATUS_OK);
    assert_int_equal(ledger_open(ledger, &fault), STATUS_OUT_OF_RANGE);
    assert_non_null(strstr(fault.text, "no VERSION"));
    ledger_close(ledger);
    (void)snprintf(path, sizeof(path), "%s/VERSION", folder);
    assert_int_equal(file_replace(sys_os(), path, BYTES_OF("Rhumb data 9\n"), NULL), STATUS_OK);
    assert_int_equal(ledger_new(sys_os(), &account, &settings, &ledger, NULL), STATUS_OK);
    assert_int_equal(ledger_open(ledger, &fault), STATUS_UNSUPPORTED);
    assert_non_null(strstr(fault.text, "format 9"));
    ledger_close(ledger);
    test_folder_remove(folder);
    assert_int_equal(account.used_size, 0);
}

// The child writes row i = n for n = 1, 2, 3 … and says n through the pipe once it is acknowledged.
static void child_writes(const struct ledger_settings *settings, int pipe, uint64_t from)
{
    static struct rows rows;
    static struct put puts[64];
    struct home home;
    home_begin(&home);
    struct ledger *const ledger = test_ledger_open(sys_os(), &account, settings, &rows);
    assert_int_equal(ledger_start(ledger, NULL), STATUS_OK);
    for (uint64_t n = from;; n += COUNT_OF(puts)) {
        const unsigned before = home.answered;
        for (unsigned i = 0; i < COUNT_OF(puts); i++) {
            puts[i] = put_make(&rows, &home, (uint32_t)((n + i) % ROWS_COUNT), n + i, i);
            puts[i].job.durability = i % 16 == 0 ? DURABILITY_SYNC : DURABILITY_COMMIT;
            ledger_submit(ledger, &puts[i].job);
        }
        home.next = 0;
        home_wait(&home, before + COUNT_OF(puts));
        const uint64_t done = n + COUNT_OF(puts) - 1;
        if (home.order_wrong != 0 || write(pipe, &done, sizeof(done)) != sizeof(done)) {
            _exit(1);
        }
    }
}

static struct ledger_settings small_settings(const char *folder)
{
    return (struct ledger_settings){
        .folder = folder, .journal_segment_size = 64 << 10, .tail_record_size = 128 << 10};
}

static uint64_t kill_while_it_writes(const struct ledger_settings *settings, struct dice *dice,
                                     uint64_t from)
{
    int ends[2];
    uint64_t acknowledged = from - 1, next = 0;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        // A program of its own: a fork has none of the threads that the store counts on.
        char pipe_text[24], from_text[24];
        (void)snprintf(pipe_text, sizeof(pipe_text), "%d", ends[1]);
        (void)snprintf(from_text, sizeof(from_text), "%llu", (unsigned long long)from);
        (void)close(ends[0]);
        (void)execl("/proc/self/exe", "keep_test", settings->folder, pipe_text, from_text, NULL);
        _exit(1);
    }
    (void)close(ends[1]);
    const uint64_t reads = 1 + dice_below(dice, 300);
    for (uint64_t i = 0; i < reads && read(ends[0], &next, sizeof(next)) == sizeof(next); i++) {
        acknowledged = next;
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    while (read(ends[0], &next, sizeof(next)) == sizeof(next)) {
        acknowledged = next;
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    (void)close(ends[0]);
    return acknowledged;
}

static void test_a_killed_server_has_lost_nothing_it_acknowledged(void **state)
{
    (void)state;
    static struct rows rows;
    struct dice dice = test_dice();
    char folder[64];
    test_folder_make(folder);
    const struct ledger_settings settings = small_settings(folder);
    uint64_t acknowledged = 0;
    for (unsigned life = 0; life < 25; life++) {
        acknowledged = kill_while_it_writes(&settings, &dice, acknowledged + 1);
        struct ledger *const ledger = test_ledger_open(sys_os(), &account, &settings, &rows);
        // Row n % ROWS_COUNT holds n or a later one that was not acknowledged.
        for (uint64_t n = acknowledged; n > 0 && n + ROWS_COUNT > acknowledged; n--) {
            assert_true(rows.working[n % ROWS_COUNT] >= n);
        }
        ledger_close(ledger);
    }
    test_folder_remove(folder);
}

// Fills whatever disk is under the folder; writes are refused with a sentence, nothing that was
// acknowledged is lost, and `widen` makes room again.
static void fill_up(const struct sys *sys, const char *folder, void (*widen)(void *context),
                    void *context)
{
    static struct rows rows;
    struct home home;
    struct fault fault = {0};
    home_begin(&home);
    const struct ledger_settings settings = {
        .folder = folder, .journal_segment_size = 1 << 20, .journal_keep_us = INT64_C(3600000000)};
    struct ledger *ledger = test_ledger_open(sys, &account, &settings, &rows);
    assert_int_equal(ledger_start(ledger, NULL), STATUS_OK);
    enum status status = STATUS_OK;
    uint64_t n = 0;
    while (status == STATUS_OK && n < 500000) {
        n++;
        status = put_now(ledger, put_make(&rows, &home, (uint32_t)(n % ROWS_COUNT), n, 0), &fault);
    }
    assert_int_equal(status, STATUS_NO_SPACE);
    assert_non_null(strstr(fault.text, "space left"));
    assert_int_equal(rows.working[(n - 1) % ROWS_COUNT], n - 1);
    widen(context);
    for (unsigned i = 0; i < 100 && status != STATUS_OK; i++) {
        (void)usleep(20000);
        status = put_now(ledger, put_make(&rows, &home, 7, 77, 0), &fault);
    }
    assert_int_equal(status, STATUS_OK);
    ledger_close(ledger);
    ledger = test_ledger_open(sys, &account, &settings, &rows);
    assert_int_equal(rows.working[(n - 1) % ROWS_COUNT], n - 1);
    assert_int_equal(rows.working[7], 77);
    ledger_close(ledger);
}

static void widen_memory(void *context)
{
    sys_memory_limit(context, 0);
    sys_memory_pass(context, 10000000);
}

// The journal on a disk in memory, the store on a real one.
static void test_a_full_disk_refuses_writes_and_takes_them_again(void **state)
{
    (void)state;
    struct sys_memory *disk = NULL;
    char folder[64];
    test_folder_make(folder);
    assert_int_equal(sys_memory_new(&account, 1, &disk, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(disk);
    assert_int_equal(sys->make_directory(sys, "/tmp", NULL), STATUS_OK);
    sys_memory_limit(disk, 3 << 20);
    fill_up(sys, folder, widen_memory, disk);
    sys_memory_free(disk);
    test_folder_remove(folder);
    assert_int_equal(account.used_size, 0);
}

static void widen_real(void *context)
{
    assert_int_equal(mount("none", context, "tmpfs", MS_REMOUNT, "size=64m"), 0);
}

static void test_a_full_real_disk_does_the_same(void **state)
{
    (void)state;
    char folder[64], data[80];
    test_folder_make(folder);
    if (mount("none", folder, "tmpfs", 0, "size=4m") != 0) {
        test_folder_remove(folder);
        print_message("# no right to mount a small disk\n");
        skip();
    }
    (void)snprintf(data, sizeof(data), "%s/data", folder);
    fill_up(sys_os(), data, widen_real, folder);
    assert_int_equal(umount(folder), 0);
    test_folder_remove(folder);
}

static void test_a_failing_disk_undoes_the_turn_and_refuses_all_after(void **state)
{
    (void)state;
    static struct rows rows;
    struct sys_memory *disk = NULL;
    struct home home;
    struct fault fault = {0};
    char folder[64];
    home_begin(&home);
    test_folder_make(folder);
    assert_int_equal(sys_memory_new(&account, 1, &disk, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(disk);
    assert_int_equal(sys->make_directory(sys, "/tmp", NULL), STATUS_OK);
    const struct ledger_settings settings = {.folder = folder, .journal_segment_size = 4 << 20};
    struct ledger *ledger = test_ledger_open(sys, &account, &settings, &rows);
    assert_int_equal(ledger_start(ledger, NULL), STATUS_OK);
    assert_int_equal(put_now(ledger, put_make(&rows, &home, 1, 10, 0), NULL), STATUS_OK);
    sys_memory_fail_at(disk, 1);
    enum status status = STATUS_OK;
    uint64_t n = 10;
    while (status == STATUS_OK) {
        status = put_now(ledger, put_make(&rows, &home, 1, ++n, 0), &fault);
    }
    assert_int_equal(status, STATUS_IO);
    assert_int_equal(rows.working[1], n - 1);
    assert_int_equal(put_now(ledger, put_make(&rows, &home, 1, 99, 0), &fault), STATUS_IO);
    assert_non_null(strstr(fault.text, "until the server is started again"));
    ledger_close(ledger);
    ledger = test_ledger_open(sys, &account, &settings, &rows);
    assert_true(rows.working[1] >= n - 1);
    ledger_close(ledger);
    sys_memory_free(disk);
    test_folder_remove(folder);
}

int main(int argc, char **argv)
{
    if (argc == 4) {
        const struct ledger_settings settings = small_settings(argv[1]);
        child_writes(&settings, (int)strtol(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back_as_it_was_closed),
        cmocka_unit_test(test_a_late_read_finds_what_was_acknowledged),
        cmocka_unit_test(test_a_ledger_in_memory_serves_late_reads),
        cmocka_unit_test(test_a_second_server_is_refused_with_the_first_ones_number),
        cmocka_unit_test(test_a_folder_with_data_and_no_version_is_refused),
        cmocka_unit_test(test_a_killed_server_has_lost_nothing_it_acknowledged),
        cmocka_unit_test(test_a_full_disk_refuses_writes_and_takes_them_again),
        cmocka_unit_test(test_a_full_real_disk_does_the_same),
        cmocka_unit_test(test_a_failing_disk_undoes_the_turn_and_refuses_all_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
