#include "search/unit.h"

#include "base/test.h"

static bool agree(const char *left, const char *right)
{
    struct unit unit;
    return unit_read(bytes_from_text(left), &unit) && unit_agrees(&unit, bytes_from_text(right));
}

static void test_a_unit_is_one_however_it_is_called(void **state)
{
    (void)state;
    assert_true(agree("Apt 4B", "4b"));
    assert_true(agree("#4b", "UNIT 4 B"));
    assert_true(agree("Suite 100", "ste. 100"));
    assert_true(agree("Penthouse", "penthouse"));
    assert_false(agree("4B", "4C"));
    assert_false(agree("4", "41"));
}

static void test_a_designator_alone_says_no_unit(void **state)
{
    (void)state;
    struct unit unit;
    assert_false(unit_read(bytes_from_text("apt"), &unit));
    assert_false(unit_read(bytes_from_text(" # "), &unit));
    assert_false(unit_read((struct bytes){0}, &unit));
    assert_false(agree("4", ""));
    assert_true(unit_is_designator(BYTES_OF("suite")));
    assert_false(unit_is_designator(BYTES_OF("4b")));
}

static void test_a_long_unit_is_cut(void **state)
{
    (void)state;
    assert_true(agree("building seventeen west wing", "building seventeen west tower"));
}

static void test_words_that_announce_a_unit(void **state)
{
    (void)state;
    assert_true(unit_is_designator(BYTES_OF("apt")));
    assert_true(unit_is_designator(BYTES_OF("wohnung")));
    assert_true(unit_is_designator(BYTES_OF("rm")));
    assert_false(unit_is_designator(BYTES_OF("main")));
    assert_false(unit_is_designator(BYTES_OF("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_unit_is_one_however_it_is_called),
        cmocka_unit_test(test_a_designator_alone_says_no_unit),
        cmocka_unit_test(test_a_long_unit_is_cut),
        cmocka_unit_test(test_words_that_announce_a_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
