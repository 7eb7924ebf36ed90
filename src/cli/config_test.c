#include "cli/config.h"

#include <string.h>

#include "base/attributes.h"
#include "base/test.h"
#include "sys/file.h"

struct settings {
    const char *http;
    unsigned threads;
};

static const struct option rows[] = {
    {.name = "http", .kind = OPTION_TEXT, .offset = offsetof(struct settings, http)},
    {.name = "threads",
     .kind = OPTION_COUNT,
     .offset = offsetof(struct settings, threads),
     .maximum = 64},
};

static const char path[] = "build/config_test.yaml";

static enum status apply(struct config *config, const char *yaml, struct settings *settings,
                         struct fault *fault)
{
    assert_int_equal(sys_os()->make_directory(sys_os(), "build", fault), STATUS_OK);
    assert_int_equal(file_replace(sys_os(), path, bytes_from_text(yaml), fault), STATUS_OK);
    return config_apply(config, path, OPTION_TABLE(rows), settings, fault);
}

static void test_reads_a_mapping_of_options(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    SCOPED(config_free) struct config config = {.sys = sys_os(), .account = &account};
    struct settings settings = {0};
    assert_int_equal(
        apply(&config, "# a comment\nhttp: \"[::1]:80\"\nthreads: 3\n", &settings, NULL),
        STATUS_OK);
    assert_string_equal(settings.http, "[::1]:80");
    assert_int_equal(settings.threads, 3);
}

static void test_an_empty_file_changes_nothing(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    SCOPED(config_free) struct config config = {.sys = sys_os(), .account = &account};
    struct settings settings = {.threads = 5};
    assert_int_equal(apply(&config, "", &settings, NULL), STATUS_OK);
    assert_int_equal(settings.threads, 5);
}

static void test_refuses_with_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *says;
    } cases[] = {
        {"http: a\nport: 1\n", "config_test.yaml:2:1: there is no option 'port'"},
        {"threads: 65\n", "config_test.yaml:1:1: 65 is not within 0 and 64"},
        {"http: a\nhttp: b\n", "config_test.yaml:2:1: 'http' is set twice"},
        {"http: [a, b]\n", "config_test.yaml:1:7: one value is wanted here, not a list"},
        {"- http\n", "config_test.yaml:1:1: lines of 'option: value' are wanted"},
        {"http: 'a\n", "config_test.yaml:2:1: "},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct memory_account account = {.name = "test"};
        SCOPED(config_free) struct config config = {.sys = sys_os(), .account = &account};
        struct settings settings = {0};
        struct fault fault = {0};
        assert_int_equal(apply(&config, cases[i].yaml, &settings, &fault), STATUS_OUT_OF_RANGE);
        assert_non_null(strstr(fault.text, cases[i].says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_a_mapping_of_options),
        cmocka_unit_test(test_an_empty_file_changes_nothing),
        cmocka_unit_test(test_refuses_with_line_and_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
