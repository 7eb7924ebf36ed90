#include "base/status.h"

#include <string.h>

#include "base/test.h"

static void test_a_null_fault_still_returns_the_status(void **state)
{
    (void)state;
    assert_int_equal(fault_set(NULL, STATUS_IO, "%d", 1), STATUS_IO);
    assert_int_equal(fault_prefix(NULL, STATUS_CORRUPT, "x"), STATUS_CORRUPT);
}

static void test_prefixes_stand_before_the_cause(void **state)
{
    (void)state;
    struct fault fault;
    assert_int_equal(fault_set(&fault, STATUS_CORRUPT, "block %d is cut short", 7), STATUS_CORRUPT);
    assert_int_equal(fault_prefix(&fault, STATUS_CORRUPT, "town.osm.pbf"), STATUS_CORRUPT);
    assert_string_equal(fault.text, "town.osm.pbf: block 7 is cut short");
}

static void test_long_sentences_end_in_dots_and_never_overflow(void **state)
{
    (void)state;
    struct fault fault;
    char word[2 * sizeof(fault.text)];
    memset(word, 'x', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    (void)fault_set(&fault, STATUS_IO, "%s", word);
    assert_int_equal(strlen(fault.text), sizeof(fault.text) - 1);
    assert_string_equal(fault.text + sizeof(fault.text) - 4, "...");
    (void)fault_prefix(&fault, STATUS_IO, "%s", word);
    assert_int_equal(strlen(fault.text), sizeof(fault.text) - 1);
}

static void test_every_status_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        assert_string_not_equal(status_name((enum status)i), "unknown");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_null_fault_still_returns_the_status),
        cmocka_unit_test(test_prefixes_stand_before_the_cause),
        cmocka_unit_test(test_long_sentences_end_in_dots_and_never_overflow),
        cmocka_unit_test(test_every_status_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
