#include "sys/file.h"

#include <string.h>

#include "base/test.h"
#include "sys/sys_memory.h"

static struct memory_account account = {.name = "test"};

static void expect_content(const struct sys *sys, const char *path, const char *first,
                           const char *second)
{
    SCOPED(buffer_free) struct buffer content = {.account = &account};
    struct fault fault;
    assert_int_equal(file_read_whole(sys, path, 1000, &content, &fault), STATUS_OK);
    assert_true(bytes_equal(buffer_bytes(&content), bytes_from_text(first)) ||
                bytes_equal(buffer_bytes(&content), bytes_from_text(second)));
}

static void test_replacing_leaves_the_old_or_the_new_whatever_call_fails(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    unsigned failures = 0;
    for (uint64_t call = 1;; call++) {
        struct sys_memory *memory;
        assert_int_equal(sys_memory_new(&account, dice_u64(&dice), &memory, NULL), STATUS_OK);
        const struct sys *const sys = sys_memory_table(memory);
        assert_int_equal(sys->make_directory(sys, "/d", NULL), STATUS_OK);
        assert_int_equal(sys->sync_directory(sys, "/", NULL), STATUS_OK);
        assert_int_equal(file_replace(sys, "/d/f", BYTES_OF("old"), NULL), STATUS_OK);

        sys_memory_fail_at(memory, call);
        struct fault fault = {0};
        const enum status status = file_replace(sys, "/d/f", BYTES_OF("the new one"), &fault);
        const bool has_failed = sys_memory_has_failed(memory);
        assert_int_equal(status, has_failed ? STATUS_IO : STATUS_OK);
        assert_true(!has_failed || strstr(fault.text, "made to fail") != NULL);
        sys_memory_fail_at(memory, 0);
        expect_content(sys, "/d/f", status == STATUS_OK ? "the new one" : "old", "the new one");
        assert_int_equal(sys_memory_file_count(memory), 1); // no temporary file is left

        sys_memory_crash(memory);
        expect_content(sys, "/d/f", status == STATUS_OK ? "the new one" : "old", "the new one");
        sys_memory_free(memory);
        failures += has_failed;
        if (!has_failed) {
            break;
        }
    }
    assert_true(failures >= 5);
    assert_int_equal(account.used_size, 0);
}

static void test_reading_whole_keeps_the_limit_and_names_the_file(void **state)
{
    (void)state;
    struct sys_memory *memory;
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    assert_int_equal(file_replace(sys, "/f", BYTES_OF("0123456789"), NULL), STATUS_OK);
    struct fault fault;
    {
        SCOPED(buffer_free) struct buffer content = {.account = &account};
        assert_int_equal(file_read_whole(sys, "/f", 9, &content, &fault), STATUS_OUT_OF_RANGE);
        assert_non_null(strstr(fault.text, "/f is longer than 9 bytes"));
        buffer_clear(&content);
        assert_int_equal(file_read_whole(sys, "/f", 10, &content, &fault), STATUS_OK);
        assert_int_equal(content.size, 10);
        assert_int_equal(file_read_whole(sys, "/g", 10, &content, &fault), STATUS_NOT_FOUND);
    }
    {
        SCOPED(file_close) struct file file = {0};
        uint8_t data[4];
        assert_int_equal(file_open(sys, "/f", SYS_OPEN_READ, &file, &fault), STATUS_OK);
        assert_int_equal(file_read_at(&file, data, 4, 6, &fault), STATUS_OK);
        assert_memory_equal(data, "6789", 4);
        assert_int_equal(file_read_at(&file, data, 4, 7, &fault), STATUS_CORRUPT);
        assert_string_equal(fault.text, "/f ends at byte 10, 1 bytes too early");
    }
    sys_memory_free(memory);
    assert_int_equal(account.used_size, 0);
}

static void test_paths_come_apart_at_the_last_slash(void **state)
{
    (void)state;
    const char *const cases[][3] = {
        {"f", ".", "f"}, {"/f", "/", "f"}, {"a/f", "a", "f"}, {"/a/b/f", "/a/b", "f"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char directory[16];
        assert_int_equal(file_directory(cases[i][0], directory, sizeof(directory), NULL),
                         STATUS_OK);
        assert_string_equal(directory, cases[i][1]);
        assert_string_equal(file_base_name(cases[i][0]), cases[i][2]);
    }
    char small[4];
    assert_int_equal(file_directory("/abcdef/f", small, sizeof(small), NULL), STATUS_OUT_OF_RANGE);
}

// On the real disk and on the made-up one.
static void test_a_lock_is_one_open_files_and_set_aside_bytes_are_zeros(void **state)
{
    (void)state;
    struct sys_memory *memory = NULL;
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const worlds[] = {sys_memory_table(memory), sys_os()};
    for (size_t i = 0; i < COUNT_OF(worlds); i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "%s/rhumb.%016llx", i == 0 ? "" : "/tmp",
                       (unsigned long long)sys_os()->random(sys_os()));
        struct file mine = {0}, other = {0};
        uint8_t byte = 1;
        struct sys_stat stat;
        assert_int_equal(file_open(worlds[i], path, SYS_OPEN_CREATE, &mine, NULL), STATUS_OK);
        assert_int_equal(file_open(worlds[i], path, SYS_OPEN_WRITE, &other, NULL), STATUS_OK);
        assert_int_equal(file_lock(&mine, NULL), STATUS_OK);
        assert_int_equal(file_lock(&other, NULL), STATUS_BUSY);
        file_close(&mine);
        assert_int_equal(file_lock(&other, NULL), STATUS_OK);
        assert_int_equal(file_preallocate(&other, 10000, NULL), STATUS_OK);
        assert_int_equal(file_preallocate(&other, 100, NULL), STATUS_OK);
        assert_int_equal(file_stat(&other, &stat, NULL), STATUS_OK);
        assert_int_equal(stat.size, 10000);
        assert_int_equal(file_read_at(&other, &byte, 1, 9999, NULL), STATUS_OK);
        assert_int_equal(byte, 0);
        assert_int_equal(file_sync_data(&other, NULL), STATUS_OK);
        assert_int_equal(file_truncate(&other, 5, NULL), STATUS_OK);
        file_close(&other);
        assert_int_equal(worlds[i]->unlink(worlds[i], path, NULL), STATUS_OK);
    }
    sys_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replacing_leaves_the_old_or_the_new_whatever_call_fails),
        cmocka_unit_test(test_reading_whole_keeps_the_limit_and_names_the_file),
        cmocka_unit_test(test_paths_come_apart_at_the_last_slash),
        cmocka_unit_test(test_a_lock_is_one_open_files_and_set_aside_bytes_are_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
