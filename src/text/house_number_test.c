#include "text/house_number.h"

#include "base/attributes.h"
#include "base/test.h"

static void reads(const char *text, uint32_t number, const char *suffix)
{
    struct house_number read;
    if (!house_number_parse(bytes_from_text(text), &read)) {
        fail_msg("\"%s\" is not read as a house number", text);
    }
    assert_int_equal(read.number, number);
    assert_int_equal(read.suffix_size, strlen(suffix));
    assert_memory_equal(read.suffix, suffix, strlen(suffix));
}

static void test_numbers_with_and_without_suffixes(void **state)
{
    (void)state;
    reads("12", 12, "");
    reads(" 012 ", 12, "");
    static const char *const same[] = {"12a", "12 a", "12-a", "12/a", "12 - a", "12.a"};
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        reads(same[i], 12, "a");
    }
    reads("194-06", 194, "-06");
    reads("12/3", 12, "/3");
    reads("12 - 14", 12, "-14");
    reads("12-14a", 12, "-14a");
    reads("12 bis", 12, "bis");
    reads("12bis", 12, "bis");
    reads("12 1/2", 12, " 1/2");
    reads("12a1", 12, "a1");
    reads("7б", 7, "б");
    reads("7р", 7, "р"); // its second byte is 0x80
    reads("12-1234567890123", 12, "-1234567890123");
    reads("999999999", 999999999, "");
}

static void test_what_is_no_house_number(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "a",
        "a12",
        "12 main",
        "12 9490",
        "12abcde",
        "12,14",
        "1234567890",
        "12 a b 9",
        "12 stret",
        "-12",
        "12-",
        "12/",
        "12 a-",
        "12 -",
        "12 (a)",
        "s/n",
        "bis",
        "12abcdabcdabcdabcd",
        "12-12345678901234",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct house_number read = {.number = 77};
        if (house_number_parse(bytes_from_text(texts[i]), &read)) {
            fail_msg("\"%s\" is read as a house number", texts[i]);
        }
        assert_int_equal(read.number, 77);
    }
}

static void test_the_order(void **state)
{
    (void)state;
    static const char *const ascending[] = {"2",   "12",    "12 1/2", "12-14",  "12/3", "12a",
                                            "12b", "12bis", "13",     "194-06", "1940", "19406"};
    for (size_t i = 0; i < COUNT_OF(ascending); i++) {
        for (size_t j = 0; j < COUNT_OF(ascending); j++) {
            struct house_number left;
            struct house_number right;
            assert_true(house_number_parse(bytes_from_text(ascending[i]), &left));
            assert_true(house_number_parse(bytes_from_text(ascending[j]), &right));
            const int by_suffix = memcmp(left.suffix, right.suffix, HOUSE_NUMBER_SUFFIX_SIZE);
            const int order =
                left.number != right.number ? (left.number < right.number ? -1 : 1) : by_suffix;
            assert_true(i < j ? order < 0 : i > j ? order > 0 : order == 0);
            if (left.number == right.number && i < j) {
                assert_true(house_number_suffix_key(&left) <= house_number_suffix_key(&right));
            }
        }
    }
}

static void test_what_stands_for_a_number_is_read_too(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t number;
        const char *suffix;
    } cases[] = {
        {"s/n", 0, "sn"},      {"s.n.", 0, "sn"}, {"a1", 0, "a1"},
        {"km. 22", 0, "km22"}, {"12a", 12, "a"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct house_number read;
        assert_true(house_number_read(bytes_from_text(cases[i].text), &read));
        assert_int_equal(read.number, cases[i].number);
        assert_string_equal(read.suffix, cases[i].suffix);
    }
    struct house_number read;
    assert_false(house_number_read(BYTES_OF(" - ."), &read));
}

static void test_the_key_is_the_first_four_bytes(void **state)
{
    (void)state;
    struct house_number read;
    assert_true(house_number_parse(BYTES_OF("12a"), &read));
    assert_int_equal(house_number_suffix_key(&read), 0x61000000);
    assert_true(house_number_parse(BYTES_OF("12-14b"), &read));
    assert_int_equal(house_number_suffix_key(&read), 0x2d313462);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_with_and_without_suffixes),
        cmocka_unit_test(test_what_is_no_house_number),
        cmocka_unit_test(test_the_order),
        cmocka_unit_test(test_what_stands_for_a_number_is_read_too),
        cmocka_unit_test(test_the_key_is_the_first_four_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
