#include "base/buffer.h"

#include "base/test.h"

static void test_a_failed_append_latches_and_clearing_ends_it(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test", .limit_size = 64};
    struct buffer buffer = {.account = &account};
    buffer_append_text(&buffer, "abc");
    assert_int_equal(buffer_status(&buffer), STATUS_OK);
    char large[256] = {0};
    buffer_append(&buffer, large, sizeof(large));
    buffer_append_text(&buffer, "d");
    assert_int_equal(buffer_status(&buffer), STATUS_NO_MEMORY);
    buffer_clear(&buffer);
    buffer_append_text(&buffer, "e");
    assert_int_equal(buffer_status(&buffer), STATUS_OK);
    assert_int_equal(buffer.size, 1);
    buffer_free(&buffer);
    assert_int_equal(account.used_size, 0);
}

static void test_formats_of_any_length(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    struct buffer buffer = {.account = &account};
    buffer_append_format(&buffer, "%0300d|%d", 1, 2);
    assert_int_equal(buffer.size, 302);
    assert_memory_equal(buffer.data + 299, "1|2", 3);
    buffer_free(&buffer);
}

static void property_varints_come_back(uint64_t value)
{
    struct memory_account account = {.name = "test"};
    struct buffer buffer = {.account = &account};
    buffer_append_varint(&buffer, value);
    struct reader reader = {.rest = buffer_bytes(&buffer)};
    assert_true(reader_varint(&reader) == value);
    assert_false(reader.overrun);
    assert_int_equal(reader.rest.size, 0);
    buffer_free(&buffer);
}

static void test_varints(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    property_varints_come_back(0);
    property_varints_come_back(UINT64_MAX);
    for (unsigned i = 0; i < 10000; i++) {
        property_varints_come_back(dice_u64(&dice) >> dice_below(&dice, 64));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_failed_append_latches_and_clearing_ends_it),
        cmocka_unit_test(test_formats_of_any_length),
        cmocka_unit_test(test_varints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
