#include "base/bytes.h"

#include "base/test.h"

static void test_reading_past_the_end_is_zero_and_latches(void **state)
{
    (void)state;
    struct reader reader = {.rest = BYTES_OF("\x01\x02\x03")};
    assert_int_equal(reader_u32(&reader), 0);
    assert_true(reader.overrun);
    assert_int_equal(reader_u8(&reader), 0);
}

static void test_little_endian(void **state)
{
    (void)state;
    struct reader reader = {.rest = BYTES_OF("\x01\x02\x03\x04\x05\x06\x07\x08")};
    assert_true(reader_u64(&reader) == UINT64_C(0x0807060504030201));
    assert_false(reader.overrun);
}

static void test_a_varint_is_at_most_64_bits(void **state)
{
    (void)state;
    struct reader longest = {.rest = BYTES_OF("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")};
    assert_true(reader_varint(&longest) == UINT64_MAX);
    assert_false(longest.overrun);
    struct reader over = {.rest = BYTES_OF("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")};
    (void)reader_varint(&over);
    assert_true(over.overrun);
    struct reader endless = {.rest = BYTES_OF("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")};
    (void)reader_varint(&endless);
    assert_true(endless.overrun);
}

static void test_a_prefix_comes_first(void **state)
{
    (void)state;
    assert_true(bytes_compare(BYTES_OF("ab"), BYTES_OF("abc")) < 0);
    assert_true(bytes_compare(BYTES_OF("b"), BYTES_OF("abc")) > 0);
    assert_int_equal(bytes_compare(BYTES_OF(""), BYTES_OF("")), 0);
    assert_true(bytes_equal(BYTES_OF(""), (struct bytes){0}));
}

static void test_characters_are_utf8_to_the_letter(void **state)
{
    (void)state;
    static const struct {
        struct bytes text;
        size_t size;
    } rows[] = {
        {BYTES_OF(""), 0},
        {BYTES_OF("a\xff"), 1},
        {BYTES_OF("\xc3\xa9"), 2},
        {BYTES_OF("\xe2\x82\xac"), 3},
        {BYTES_OF("\xf4\x8f\xbf\xbf"), 4},
        {BYTES_OF("\x80"), 0},             // no beginning
        {BYTES_OF("\xc1\xbf"), 0},         // overlong
        {BYTES_OF("\xe0\x9f\xbf"), 0},     // overlong
        {BYTES_OF("\xed\xa0\x80"), 0},     // a surrogate
        {BYTES_OF("\xf4\x90\x80\x80"), 0}, // above U+10FFFF
        {BYTES_OF("\xf5\x80\x80\x80"), 0},
        {BYTES_OF("\xe2\x82"), 0}, // cut short
        {BYTES_OF("\xe2\x82z"), 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(bytes_character_size(rows[i].text), rows[i].size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_characters_are_utf8_to_the_letter),
        cmocka_unit_test(test_reading_past_the_end_is_zero_and_latches),
        cmocka_unit_test(test_little_endian),
        cmocka_unit_test(test_a_varint_is_at_most_64_bits),
        cmocka_unit_test(test_a_prefix_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
