#include "sys/sys_memory.h"

#include <string.h>

#include "base/test.h"
#include "sys/clock.h"
#include "sys/file.h"

static struct memory_account account = {.name = "test"};

static struct sys_memory *memory_make(uint64_t seed)
{
    struct sys_memory *memory;
    assert_int_equal(sys_memory_new(&account, seed, &memory, NULL), STATUS_OK);
    return memory;
}

static void test_the_clock_moves_when_told(void **state)
{
    (void)state;
    struct sys_memory *const memory = memory_make(1);
    const struct sys *const sys = sys_memory_table(memory);
    assert_int_equal(sys_monotonic_us(sys), 0);
    const int64_t begun_us = sys_wall_us(sys);
    sys->sleep(sys, 5000000);
    sys_memory_pass(memory, 7);
    assert_int_equal(sys_monotonic_us(sys), 5000007);
    assert_int_equal(sys_wall_us(sys), begun_us + 5000007);
    sys_memory_free(memory);
}

static void test_the_same_seed_gives_the_same_chance(void **state)
{
    (void)state;
    struct sys_memory *const left = memory_make(7);
    struct sys_memory *const right = memory_make(7);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(sys_memory_table(left)->random(sys_memory_table(left)),
                         sys_memory_table(right)->random(sys_memory_table(right)));
    }
    sys_memory_free(left);
    sys_memory_free(right);
}

static void test_an_unsynced_name_is_gone_after_a_crash_and_a_synced_one_is_not(void **state)
{
    (void)state;
    struct sys_memory *const memory = memory_make(1);
    const struct sys *const sys = sys_memory_table(memory);
    assert_int_equal(file_replace(sys, "/kept", BYTES_OF("content"), NULL), STATUS_OK);
    struct file file;
    assert_int_equal(file_open(sys, "/lost", SYS_OPEN_CREATE, &file, NULL), STATUS_OK);
    assert_int_equal(file_write_at(&file, "abc", 3, 0, NULL), STATUS_OK);
    assert_int_equal(file_sync(&file, NULL), STATUS_OK); // the file, not its name

    sys_memory_crash(memory);
    struct sys_stat stat;
    assert_int_equal(file_write_at(&file, "abc", 3, 0, NULL), STATUS_IO);
    assert_int_equal(sys->stat_path(sys, "/lost", &stat, NULL), STATUS_NOT_FOUND);
    assert_int_equal(sys->stat_path(sys, "/kept", &stat, NULL), STATUS_OK);
    assert_int_equal(stat.size, 7);
    file_close(&file);
    sys_memory_free(memory);
    assert_int_equal(account.used_size, 0);
}

// Overwrites a synced file of zeros with ones, crashes, and returns how many ones are left.
static size_t ones_after_crash(uint64_t seed)
{
    enum { SIZE = 64 * 512 };
    static uint8_t data[SIZE];
    memset(data, 0, sizeof(data));
    struct sys_memory *const memory = memory_make(seed);
    const struct sys *const sys = sys_memory_table(memory);
    assert_int_equal(file_replace(sys, "/f", (struct bytes){data, SIZE}, NULL), STATUS_OK);
    struct file file;
    assert_int_equal(file_open(sys, "/f", SYS_OPEN_WRITE, &file, NULL), STATUS_OK);
    memset(data, 1, sizeof(data));
    assert_int_equal(file_write_at(&file, data, SIZE, 0, NULL), STATUS_OK);
    sys_memory_crash(memory);
    file_close(&file);

    assert_int_equal(file_open(sys, "/f", SYS_OPEN_READ, &file, NULL), STATUS_OK);
    assert_int_equal(file_read_at(&file, data, SIZE, 0, NULL), STATUS_OK);
    file_close(&file);
    sys_memory_free(memory);
    size_t ones = 0;
    for (size_t i = 0; i < SIZE; i++) {
        ones += data[i];
        assert_int_equal(data[i], data[i / 512 * 512]); // a sector is all old or all new
    }
    return ones;
}

static void test_an_unsynced_overwrite_is_torn_by_sectors(void **state)
{
    (void)state;
    bool is_torn = false;
    for (uint64_t seed = 1; seed < 10; seed++) {
        const size_t ones = ones_after_crash(seed);
        is_torn = is_torn || (ones != 0 && ones != 64 * 512);
    }
    assert_true(is_torn);
}

static void name_note(void *context, const char *name)
{
    char *const names = context;
    (void)strncat(names, name, 20);
}

static void test_folders_hold_what_is_put_in_them(void **state)
{
    (void)state;
    struct sys_memory *const memory = memory_make(1);
    const struct sys *const sys = sys_memory_table(memory);
    struct fault fault;
    assert_int_equal(file_replace(sys, "/d/f", BYTES_OF("x"), &fault), STATUS_NOT_FOUND);
    assert_int_equal(sys->make_directory(sys, "/d", &fault), STATUS_OK);
    assert_int_equal(sys->make_directory(sys, "/d", &fault), STATUS_OK);
    assert_int_equal(file_replace(sys, "/d/f", BYTES_OF("x"), &fault), STATUS_OK);
    assert_int_equal(file_replace(sys, "/g", BYTES_OF("x"), &fault), STATUS_OK);
    char names[64] = "";
    assert_int_equal(sys->list_directory(sys, "/d", name_note, names, &fault), STATUS_OK);
    assert_string_equal(names, "f");
    struct file file;
    assert_int_equal(file_open(sys, "/d/f", SYS_OPEN_CREATE, &file, &fault), STATUS_BUSY);
    assert_int_equal(sys->unlink(sys, "/d/f", &fault), STATUS_OK);
    assert_int_equal(sys->unlink(sys, "/d/f", &fault), STATUS_NOT_FOUND);
    sys_memory_free(memory);
    assert_int_equal(account.used_size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_clock_moves_when_told),
        cmocka_unit_test(test_the_same_seed_gives_the_same_chance),
        cmocka_unit_test(test_an_unsynced_name_is_gone_after_a_crash_and_a_synced_one_is_not),
        cmocka_unit_test(test_an_unsynced_overwrite_is_torn_by_sectors),
        cmocka_unit_test(test_folders_hold_what_is_put_in_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
