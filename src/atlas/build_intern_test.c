#include "atlas/build_intern.h"

#include "base/test.h"

static void equal_runs_have_one_number(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    struct build_intern intern SCOPED(build_intern_free) = {.account = &account};
    struct dice dice = test_dice();
    for (unsigned round = 0; round < 100000; round++) {
        uint8_t run[4] = {0};
        const size_t size = dice_below(&dice, sizeof(run) + 1);
        for (size_t i = 0; i < size; i++) {
            run[i] = (uint8_t)dice_below(&dice, 5);
        }
        const struct bytes bytes = {.data = run, .size = size};
        const size_t known = intern.count;
        uint32_t first = 0;
        uint32_t second = 0;
        assert_int_equal(build_intern_add(&intern, bytes, &first), STATUS_OK);
        assert_int_equal(build_intern_add(&intern, bytes, &second), STATUS_OK);
        assert_int_equal(first, second);
        assert_true(first <= known);
        assert_true(bytes_equal(build_intern_at(&intern, first), bytes));
    }
    assert_int_equal(intern.count, 1 + 5 + 25 + 125 + 625); // every run there is
}

static void offset_zero_is_the_empty_string_and_the_empty_list(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    struct build_intern strings SCOPED(build_intern_free) = {.account = &account};
    struct build_intern lists SCOPED(build_intern_free) = {.account = &account};
    uint32_t offset = 7;
    assert_int_equal(build_intern_string(&strings, BYTES_OF("Vaduz"), &offset), STATUS_OK);
    assert_int_equal(offset, 1);
    assert_int_equal(build_intern_string(&strings, (struct bytes){0}, &offset), STATUS_OK);
    assert_int_equal(offset, 0);
    const uint32_t items[] = {5, 6};
    assert_int_equal(build_intern_list(&lists, items, 2, &offset), STATUS_OK);
    assert_int_equal(offset, 1);
    assert_int_equal(build_intern_list(&lists, items, 0, &offset), STATUS_OK);
    assert_int_equal(offset, 0);
}

static void a_string_of_any_size_reads_back(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    struct build_intern strings SCOPED(build_intern_free) = {.account = &account};
    uint8_t text[300];
    memset(text, 'x', sizeof(text));
    for (size_t size = 0; size <= sizeof(text); size++) {
        const struct bytes bytes = {.data = text, .size = size};
        uint32_t offset = 0;
        assert_int_equal(build_intern_string(&strings, bytes, &offset), STATUS_OK);
        assert_true(bytes_equal(build_intern_text(&strings, offset), bytes));
    }
}

static void a_full_account_leaves_the_store_as_it_was(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test", .limit_size = 4096};
    struct build_intern intern SCOPED(build_intern_free) = {.account = &account};
    uint32_t number = 0;
    uint32_t value = 0;
    enum status added = STATUS_OK;
    while (added == STATUS_OK) {
        value++;
        const struct bytes run = {.data = (const uint8_t *)&value, .size = sizeof(value)};
        added = build_intern_add(&intern, run, &number);
    }
    assert_int_equal(added, STATUS_NO_MEMORY);
    assert_int_equal(intern.count, value - 1);
    for (uint32_t i = 1; i < value; i++) {
        assert_memory_equal(build_intern_at(&intern, i - 1).data, &i, sizeof(i));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_runs_have_one_number),
        cmocka_unit_test(offset_zero_is_the_empty_string_and_the_empty_list),
        cmocka_unit_test(a_string_of_any_size_reads_back),
        cmocka_unit_test(a_full_account_leaves_the_store_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
