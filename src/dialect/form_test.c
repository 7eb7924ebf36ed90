#include "dialect/form.h"

#include "base/test.h"

static char memory[4096];

static struct form read(const char *query)
{
    struct arena arena = arena_over(memory, sizeof(memory));
    struct form form;
    assert_int_equal(form_read(bytes_from_text(query), &arena, &form), STATUS_OK);
    return form;
}

static void assert_text(struct bytes text, const char *expected)
{
    assert_true(bytes_equal(text, bytes_from_text(expected)));
}

static void test_unescapes_and_finds_by_name(void **state)
{
    (void)state;
    const struct form form = read("q=St%C3%A4dtle+35&limit=&accept%2Dlanguage=de");
    assert_text(form_text(&form, "q"), "St\xc3\xa4"
                                       "dtle 35");
    assert_text(form_text(&form, "accept-language"), "de");
    struct bytes value;
    assert_true(form_find(&form, "limit", &value));
    assert_int_equal(value.size, 0);
    assert_false(form_find(&form, "format", &value));
}

static void test_of_a_repeated_one_the_first_counts(void **state)
{
    (void)state;
    const struct form form = read("q=a&q=b");
    assert_text(form_text(&form, "q"), "a");
}

static void test_an_escape_that_is_none_stands_for_itself(void **state)
{
    (void)state;
    const struct form form = read("q=100%+%zz");
    assert_text(form_text(&form, "q"), "100%+%zz");
}

static void test_passes_over_what_is_too_many(void **state)
{
    (void)state;
    char query[4 * FORM_FIELDS_MAX * 2] = "";
    for (size_t i = 0; i < 2 * (size_t)FORM_FIELDS_MAX; i++) {
        memcpy(query + 4 * i, "a=1&", 4);
    }
    query[sizeof(query) - 1] = '\0';
    assert_int_equal(read(query).count, FORM_FIELDS_MAX);
}

static void test_says_when_the_memory_is_full(void **state)
{
    (void)state;
    struct arena arena = arena_over(memory, 4);
    struct form form;
    assert_int_equal(form_read(BYTES_OF("q=%41%42%43"), &arena, &form), STATUS_NO_MEMORY);
}

static void test_reads_whole_numbers(void **state)
{
    (void)state;
    int64_t value = 7;
    assert_true(form_parse_whole(BYTES_OF(" -12 "), &value));
    assert_int_equal(value, -12);
    assert_true(form_parse_whole(BYTES_OF("+5"), &value));
    assert_int_equal(value, 5);
    static const char *const bad[] = {"", " ", "-", "1.5", "1 2", "0x1", "9999999999999999999",
                                      "a"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(form_parse_whole(bytes_from_text(bad[i]), &value));
    }
    assert_int_equal(value, 5);
}

static void test_reads_numbers(void **state)
{
    (void)state;
    double value = 0;
    assert_true(form_parse_number(BYTES_OF(" 47.5 "), &value));
    assert_true(value > 47.4 && value < 47.6);
    static const char *const bad[] = {"", "nan", "inf", "1e999", "1,5", "0x10"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(form_parse_number(bytes_from_text(bad[i]), &value));
    }
}

static void test_cuts_lists(void **state)
{
    (void)state;
    struct bytes rest = BYTES_OF("a, b ,,c");
    static const char *const parts[] = {"a", "b", "", "c"};
    struct bytes item;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        assert_true(form_next(&rest, ',', &item));
        assert_text(item, parts[i]);
    }
    assert_false(form_next(&rest, ',', &item));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unescapes_and_finds_by_name),
        cmocka_unit_test(test_of_a_repeated_one_the_first_counts),
        cmocka_unit_test(test_an_escape_that_is_none_stands_for_itself),
        cmocka_unit_test(test_passes_over_what_is_too_many),
        cmocka_unit_test(test_says_when_the_memory_is_full),
        cmocka_unit_test(test_reads_whole_numbers),
        cmocka_unit_test(test_reads_numbers),
        cmocka_unit_test(test_cuts_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
