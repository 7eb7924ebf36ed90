#include "text/glob.h"

#include "base/test.h"

static bool matches(const char *pattern, const char *text)
{
    return glob_matches(bytes_from_text(pattern), bytes_from_text(text));
}

static void test_stars_take_any_run(void **state)
{
    (void)state;
    assert_true(matches("*", ""));
    assert_true(matches("*", "truck1"));
    assert_true(matches("truck*", "truck"));
    assert_true(matches("*ck*", "truck1"));
    assert_true(matches("a*b*c", "aXXbYYbZc"));
    assert_false(matches("a*b*c", "aXXbYYbZ"));
    assert_false(matches("", "a"));
    assert_true(matches("", ""));
    assert_true(matches("**a", "ba"));
}

static void test_a_question_mark_is_one_character_also_beyond_ascii(void **state)
{
    (void)state;
    assert_true(matches("caf?", "caf\xc3\xa9"));
    assert_false(matches("caf??", "caf\xc3\xa9"));
    assert_true(matches("caf??", "caf\xff\xfe"));
    assert_false(matches("?", ""));
}

static void test_sets_and_escapes(void **state)
{
    (void)state;
    assert_true(matches("car[1-3]", "car2"));
    assert_false(matches("car[1-3]", "car4"));
    assert_true(matches("car[^1-3]", "car4"));
    assert_false(matches("car[^1-3]", "car1"));
    assert_true(matches("[]x]", "]"));
    assert_true(matches("[\\]]", "]"));
    assert_true(matches("[\xc3\xa0-\xc3\xbf]", "\xc3\xa9"));
    assert_true(matches("a\\*b", "a*b"));
    assert_false(matches("a\\*b", "aXb"));
    assert_true(matches("car[1", "car[1"));
    assert_true(matches("x\\", "x\\"));
}

static void test_many_stars_cost_little(void **state)
{
    (void)state;
    static char text[20001];
    memset(text, 'a', sizeof text - 1);
    assert_false(matches("*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

static void test_the_plain_beginning_is_known(void **state)
{
    (void)state;
    assert_int_equal(glob_prefix(BYTES_OF("truck*")).size, 5);
    assert_int_equal(glob_prefix(BYTES_OF("*")).size, 0);
    assert_true(glob_is_plain(BYTES_OF("truck1")));
    assert_false(glob_is_plain(BYTES_OF("truck[1]")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stars_take_any_run),
        cmocka_unit_test(test_a_question_mark_is_one_character_also_beyond_ascii),
        cmocka_unit_test(test_sets_and_escapes),
        cmocka_unit_test(test_many_stars_cost_little),
        cmocka_unit_test(test_the_plain_beginning_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
