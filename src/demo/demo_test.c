#include "demo/demo.h"

#include "base/test.h"
#include "demo/name.h"
#include "sys/file.h"
#include "sys/sys_memory.h"

static struct buffer file_of(struct memory_account *account, const struct sys *sys,
                             const char *path)
{
    struct buffer content = {.account = account};
    struct fault fault = {0};
    if (file_read_whole(sys, path, (size_t)1 << 30, &content, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    return content;
}

static void test_a_town_has_what_it_promises(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    struct sys_memory *memory = NULL;
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    struct demo_report report = {0};
    assert_int_equal(demo_write(sys, &account, "/town", 1, &report, NULL), STATUS_OK);
    assert_int_equal(report.streets, 3000);
    assert_int_equal(report.addresses, 60000);
    assert_true(report.interpolation >= 100 && report.places >= 100 && report.areas >= 40 &&
                report.postcodes == 30 && report.pois >= 1000 && report.queries >= 1500);
    struct buffer pbf = file_of(&account, sys, "/town/" DEMO_PBF_NAME);
    assert_true(pbf.size == report.pbf_size);
    buffer_free(&pbf);
    assert_int_equal(sys_memory_file_count(memory), 2);
    sys_memory_free(memory);
    assert_true(atomic_load(&account.used_size) == 0);
}

static void test_the_same_scale_gives_the_same_bytes(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    struct sys_memory *memory = NULL;
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    struct demo_report report = {0};
    static const char *const names[] = {DEMO_PBF_NAME, DEMO_QUERIES_NAME};
    assert_int_equal(demo_write(sys, &account, "/a", 2, &report, NULL), STATUS_OK);
    assert_int_equal(demo_write(sys, &account, "/b", 2, &report, NULL), STATUS_OK);
    assert_int_equal(demo_write(sys, &account, "/b", 2, &report, NULL), STATUS_OK); // replaces
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "/a/%s", names[i]);
        struct buffer first = file_of(&account, sys, path);
        path[1] = 'b';
        struct buffer second = file_of(&account, sys, path);
        assert_true(bytes_equal(buffer_bytes(&first), buffer_bytes(&second)));
        buffer_free(&first);
        buffer_free(&second);
    }
    sys_memory_free(memory);
}

static void test_a_failed_call_leaves_no_half_file(void **state)
{
    (void)state;
    for (uint64_t call = 1;; call++) {
        struct memory_account account = {.name = "test"};
        struct sys_memory *memory = NULL;
        assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
        sys_memory_fail_at(memory, call);
        struct demo_report report = {0};
        struct fault fault = {0};
        const enum status status =
            demo_write(sys_memory_table(memory), &account, "/town", 1, &report, &fault);
        const bool has_failed = sys_memory_has_failed(memory);
        assert_int_equal(status != STATUS_OK, has_failed);
        assert_true(!has_failed || fault.text[0] != '\0');
        struct sys_stat stat;
        const struct sys *const sys = sys_memory_table(memory);
        if (has_failed && sys->stat_path(sys, "/town/" DEMO_PBF_NAME, &stat, NULL) == STATUS_OK) {
            assert_true(stat.size > 1000000); // it was whole before the other file failed
        }
        sys_memory_free(memory);
        assert_true(atomic_load(&account.used_size) == 0);
        if (!has_failed) {
            break;
        }
        // Most calls are writes alike: the first and last few, and some between.
        call += call > 12 ? 5 : 0;
    }
}

static void test_the_scale_has_bounds(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    struct demo_report report = {0};
    struct fault fault = {0};
    assert_int_equal(demo_write(sys_os(), &account, "/nowhere", 0, &report, &fault),
                     STATUS_OUT_OF_RANGE);
    assert_int_equal(
        demo_write(sys_os(), &account, "/nowhere", DEMO_SCALE_MAX + 1, &report, &fault),
        STATUS_OUT_OF_RANGE);
    assert_non_null(strstr(fault.text, "scale"));
}

static void test_osmium_finds_nothing_wrong(void **state)
{
    (void)state;
    if (system("command -v osmium >/dev/null 2>&1") != 0) { // NOLINT(cert-env33-c)
        (void)fprintf(stderr, "# skipped: osmium is not installed\n");
        skip();
    }
    char directory[] = "/tmp/rhumb-demo-XXXXXX";
    assert_non_null(mkdtemp(directory));
    struct memory_account account = {.name = "test"};
    struct demo_report report = {0};
    assert_int_equal(demo_write(sys_os(), &account, directory, 3, &report, NULL), STATUS_OK);
    char command[256];
    (void)snprintf(command, sizeof(command),
                   "cd %s && osmium check-refs -r --no-progress " DEMO_PBF_NAME
                   " 2>/dev/null && osmium fileinfo -e --no-progress " DEMO_PBF_NAME
                   " | grep -q 'Objects ordered (by type and id): yes'; ok=$?; rm -r %s; exit $ok",
                   directory, directory);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
}

static int by_text(const void *left, const void *right)
{
    return strcmp(left, right);
}

static void test_no_settlement_has_a_street_twice(void **state)
{
    (void)state;
    for (int language = 0; language < DEMO_LANGUAGE_COUNT; language++) {
        const uint32_t pool = name_street_pool((enum demo_language)language);
        assert_true(pool >= 46);
        static char names[2000][sizeof(((struct name *)NULL)->text)];
        const uint32_t count = pool < COUNT_OF(names) ? pool : COUNT_OF(names);
        for (uint32_t i = 0; i < count; i++) {
            const struct name name = name_street((enum demo_language)language, 31 + i);
            assert_true(name.size > 0);
            memcpy(names[i], name.text, sizeof(name.text));
        }
        qsort(names, count, sizeof(names[0]), by_text);
        for (uint32_t i = 1; i < count; i++) {
            assert_string_not_equal(names[i - 1], names[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_town_has_what_it_promises),
        cmocka_unit_test(test_the_same_scale_gives_the_same_bytes),
        cmocka_unit_test(test_a_failed_call_leaves_no_half_file),
        cmocka_unit_test(test_the_scale_has_bounds),
        cmocka_unit_test(test_osmium_finds_nothing_wrong),
        cmocka_unit_test(test_no_settlement_has_a_street_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
