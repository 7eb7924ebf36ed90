#include "codec/json_read.h"

#include <dirent.h>

#include "base/test.h"

static struct memory_account account = {.name = "test"};

static enum status text_check(struct bytes text, bool is_sequence, struct fault *fault)
{
    struct json_reader reader = json_over(text, &account);
    reader.is_sequence = is_sequence;
    struct bytes value;
    enum json_token token;
    do {
        token = json_next(&reader, &value);
    } while (token != JSON_END && token != JSON_BROKEN);
    const enum status status = json_status(&reader, fault);
    json_reader_free(&reader);
    return status;
}

static void test_tokens_come_in_order(void **state)
{
    (void)state;
    static const enum json_token expected[] = {
        JSON_OBJECT_BEGIN, JSON_KEY,        JSON_ARRAY_BEGIN, JSON_NUMBER,
        JSON_TRUE,         JSON_ARRAY_END,  JSON_KEY,         JSON_OBJECT_BEGIN,
        JSON_OBJECT_END,   JSON_KEY,        JSON_STRING,      JSON_KEY,
        JSON_NULL,         JSON_OBJECT_END, JSON_END,         JSON_END};
    struct json_reader reader = json_over(
        BYTES_OF(" {\"a\":[1.5e3 , true],\"b\":{},\"c\":\"\\u00e9\\ud83d\\ude00z\",\"d\":null}\n"),
        &account);
    struct bytes value;
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_int_equal(json_next(&reader, &value), expected[i]);
        if (i == 10) {
            assert_true(bytes_equal(value, BYTES_OF("\xc3\xa9\xf0\x9f\x98\x80z")));
        }
    }
    json_reader_free(&reader);
    assert_int_equal(account.used_size, 0);
}

static void test_skips_a_value_and_goes_on_behind_it(void **state)
{
    (void)state;
    struct json_reader reader = json_over(BYTES_OF("{\"a\":{\"x\":[1,[2,{}]]},\"b\":7}"), &account);
    struct bytes value;
    assert_int_equal(json_next(&reader, &value), JSON_OBJECT_BEGIN);
    assert_int_equal(json_next(&reader, &value), JSON_KEY);
    json_skip(&reader, json_next(&reader, &value));
    assert_int_equal(json_next(&reader, &value), JSON_KEY);
    assert_true(bytes_equal(value, BYTES_OF("b")));
    json_skip(&reader, json_next(&reader, &value));
    assert_int_equal(json_next(&reader, &value), JSON_OBJECT_END);
    assert_int_equal(json_next(&reader, &value), JSON_END);
}

static void test_lines_of_json_are_a_sequence(void **state)
{
    (void)state;
    assert_int_equal(text_check(BYTES_OF("{}\n[1]\n"), true, NULL), STATUS_OK);
    assert_int_equal(text_check(BYTES_OF("{}\n[1]\n"), false, NULL), STATUS_CORRUPT);
    assert_int_equal(text_check(BYTES_OF(""), true, NULL), STATUS_OK);
    assert_int_equal(text_check(BYTES_OF("{}\n[1"), true, NULL), STATUS_CORRUPT);
}

static void test_an_error_names_its_place(void **state)
{
    (void)state;
    struct fault fault;
    assert_int_equal(text_check(BYTES_OF("{\n \"a\": 01}"), false, &fault), STATUS_CORRUPT);
    assert_non_null(strstr(fault.text, "line 2, column 8"));
}

static void test_depth_is_limited(void **state)
{
    (void)state;
    static uint8_t text[2 * JSON_DEPTH_MAX + 2];
    for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(text_check((struct bytes){text, 2 * depth}, false, NULL),
                         depth == JSON_DEPTH_MAX ? STATUS_OK : STATUS_CORRUPT);
    }
}

static void test_numbers_scale_to_whole_ones(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned decimals;
        int64_t expected;
    } rows[] = {
        {"9.5215", 7, 95215000},
        {"-180", 7, -1800000000},
        {"61.210817091725744", 7, 612108171},
        {"0.00000005", 7, 1},
        {"-0.000000049999", 7, 0},
        {"1e2", 0, 100},
        {"9223372036854775807", 0, INT64_MAX},
        {"12.5E-1", 1, 13},
        {"-99.0", 0, -99},
        {"123456789012345678901234567890e-20", 0, 1234567890},
        {"0.0000000000000000000000000000000000001", 9, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t scaled = 0;
        assert_true(json_number_scaled(bytes_from_text(rows[i].text), rows[i].decimals, &scaled));
        assert_int_equal(scaled, rows[i].expected);
    }
    int64_t scaled;
    assert_false(json_number_scaled(BYTES_OF("1e300"), 0, &scaled));
    assert_false(json_number_scaled(BYTES_OF("9223372036854775808"), 9, &scaled));
    assert_false(json_number_scaled(BYTES_OF("9223372036854775808"), 0, &scaled));
    static const char *const wrong[] = {"abc",
                                        "",
                                        "-",
                                        ".",
                                        "1-2",
                                        "1.2.3",
                                        "2021-10-28",
                                        "1e",
                                        "1e+",
                                        "1ee2",
                                        "1e2.3",
                                        "e5",
                                        "1e-e-e-e-e-e-e-e-e-e-e-e-e",
                                        "1 "};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_false(json_number_scaled(bytes_from_text(wrong[i]), 7, &scaled));
    }
    assert_true(json_number_scaled(BYTES_OF("+.5E1"), 0, &scaled));
    assert_int_equal(scaled, 5);
    assert_true(json_number_scaled(BYTES_OF("5."), 1, &scaled));
    assert_int_equal(scaled, 50);
    assert_false(json_number_scaled(BYTES_OF(""), 0, &scaled));
}

// nst/JSONTestSuite: every y_ file is JSON, no n_ file is.
static unsigned suite_run(const char *folder, char kind)
{
    DIR *const files = opendir(folder);
    unsigned count = 0;
    for (const struct dirent *entry; files != NULL && (entry = readdir(files)) != NULL;) {
        if (entry->d_name[0] != kind || entry->d_name[1] != '_') {
            continue;
        }
        char path[4096];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        FILE *const file = fopen(path, "rb");
        assert_non_null(file);
        static uint8_t text[1 << 20];
        const size_t size = fread(text, 1, sizeof(text), file);
        (void)fclose(file);
        const bool is_json = text_check((struct bytes){text, size}, false, NULL) == STATUS_OK;
        if (is_json != (kind == 'y')) {
            print_message("# wrong about %s\n", path);
            fail();
        }
        count++;
    }
    if (files != NULL) {
        (void)closedir(files);
    }
    return count;
}

static void test_agrees_with_the_json_test_suite(void **state)
{
    (void)state;
    char folder[] = "/tmp/rhumb-json-XXXXXX";
    static const char archive[] = "../shared/data/fixtures/json-test-suite.tar.zst";
    FILE *const present = fopen(archive, "rb");
    if (present == NULL || mkdtemp(folder) == NULL) {
        print_message("# skipped: %s is not here\n", archive);
        skip();
    }
    (void)fclose(present);
    char command[512];
    (void)snprintf(command, sizeof(command), "zstd -dc %s | tar x --strip-components=1 -C %s",
                   archive, folder);
    assert_int_equal(system(command), 0);
    char parsing[64];
    (void)snprintf(parsing, sizeof(parsing), "%s/test_parsing", folder);
    const unsigned accepted = suite_run(parsing, 'y');
    const unsigned refused = suite_run(parsing, 'n');
    print_message("# JSONTestSuite: %u accepted, %u refused\n", accepted, refused);
    assert_true(accepted > 90 && refused > 180);
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens_come_in_order),
        cmocka_unit_test(test_skips_a_value_and_goes_on_behind_it),
        cmocka_unit_test(test_lines_of_json_are_a_sequence),
        cmocka_unit_test(test_an_error_names_its_place),
        cmocka_unit_test(test_depth_is_limited),
        cmocka_unit_test(test_numbers_scale_to_whole_ones),
        cmocka_unit_test(test_agrees_with_the_json_test_suite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
