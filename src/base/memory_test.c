#include "base/memory.h"

#include "base/test.h"

static void test_a_limit_refuses_and_leaves_the_old_block_alone(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test", .limit_size = 1024};
    char *block = memory_take_zeroed(&account, 100, 1);
    assert_non_null(block);
    block[99] = 7;
    assert_null(memory_take(&account, 2000, 1));
    assert_null(memory_resize(&account, block, 2000, 1));
    assert_int_equal(block[99], 7);
    memory_give(block);
    assert_int_equal(account.used_size, 0);
    assert_true(account.peak_size >= 100);
}

static void test_sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    assert_null(memory_take(&account, SIZE_MAX / 2, 3));
    assert_int_equal(account.used_size, 0);
    memory_give(NULL);
}

static void test_growing_keeps_what_was_there(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    uint32_t *items = NULL;
    size_t capacity = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        assert_true(memory_grow(&account, &items, &capacity, i + 1, sizeof(*items)));
        items[i] = i;
    }
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(items[i], i);
    }
    memory_give(items);
    assert_int_equal(account.used_size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_limit_refuses_and_leaves_the_old_block_alone),
        cmocka_unit_test(test_sizes_that_overflow_are_refused),
        cmocka_unit_test(test_growing_keeps_what_was_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
