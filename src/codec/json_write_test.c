#include "codec/json_write.h"

#include <math.h>

#include "base/test.h"

static struct memory_account account = {.name = "test"};

#define ASSERT_JSON(expected, ...)                         \
    do {                                                   \
        struct buffer out = {.account = &account};         \
        struct json_writer json = {.out = &out};           \
        __VA_ARGS__;                                       \
        assert_int_equal(buffer_status(&out), STATUS_OK);  \
        assert_int_equal(out.size, strlen(expected));      \
        assert_memory_equal(out.data, expected, out.size); \
        buffer_free(&out);                                 \
    } while (0)

static void test_separates_items_by_commas(void **state)
{
    (void)state;
    ASSERT_JSON("{\"a\":[1,-2,[]],\"b\":{},\"c\":null,\"d\":[true,false]}", {
        json_begin_object(&json);
        JSON_KEY(&json, "a");
        json_begin_array(&json);
        json_unsigned(&json, 1);
        json_integer(&json, -2);
        json_begin_array(&json);
        json_end_array(&json);
        json_end_array(&json);
        JSON_KEY(&json, "b");
        json_begin_object(&json);
        json_end_object(&json);
        json_key(&json, BYTES_OF("c"));
        json_null(&json);
        JSON_KEY(&json, "d");
        json_begin_array(&json);
        json_bool(&json, true);
        json_raw(&json, BYTES_OF("false"));
        json_end_array(&json);
        json_end_object(&json);
    });
}

static void test_prints_numbers_without_trailing_zeros(void **state)
{
    (void)state;
    ASSERT_JSON("[9.5214,-180,0,0.0000001,-0.0000001,18446744073709551615]", {
        json_begin_array(&json);
        json_e7(&json, 95214000);
        json_e7(&json, -1800000000);
        json_e7(&json, 0);
        json_e7(&json, 1);
        json_e7(&json, -1);
        json_unsigned(&json, UINT64_MAX);
        json_end_array(&json);
    });
    ASSERT_JSON("[1.2,0,-0.05,-9223372036854775808,null,null,null]", {
        json_begin_array(&json);
        json_decimal(&json, 1.24, 1);
        json_decimal(&json, 0.04, 1);
        json_decimal(&json, -0.05, 2);
        json_integer(&json, INT64_MIN);
        json_decimal(&json, (double)NAN, 3);
        json_decimal(&json, (double)INFINITY, 3);
        json_decimal(&json, 1e300, 3);
        json_end_array(&json);
    });
}

static void test_escapes_what_json_forbids(void **state)
{
    (void)state;
    ASSERT_JSON("\"a\\\"b\\\\c\\n\\t\\r\\u0000\\u001f\x7f long enough for a word\"",
                json_text(&json, BYTES_OF("a\"b\\c\n\t\r\0\x1f\x7f long enough for a word")));
}

static void test_replaces_what_is_not_utf8(void **state)
{
    (void)state;
    ASSERT_JSON("\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\"",
                json_text(&json, BYTES_OF("\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80")));
    // Overlong, surrogate, beyond the last code point, cut short, stray continuation.
    ASSERT_JSON("\"\xef\xbf\xbd\xef\xbf\xbd\"", json_text(&json, BYTES_OF("\xc0\xaf")));
    ASSERT_JSON("\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
                json_text(&json, BYTES_OF("\xed\xa0\x80")));
    ASSERT_JSON("\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
                json_text(&json, BYTES_OF("\xf4\x90\x80\x80")));
    ASSERT_JSON("\"x\xef\xbf\xbd\"", json_text(&json, BYTES_OF("x\xc3")));
    ASSERT_JSON("\"\xef\xbf\xbdx\"", json_text(&json, BYTES_OF("\x80x")));
}

// Every byte at every place of a word, against the rule said plainly.
static void test_finds_a_forbidden_byte_wherever_it_stands(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 0x80; byte++) {
        for (size_t place = 0; place < 19; place++) {
            uint8_t text[19];
            memset(text, 'a', sizeof(text));
            text[place] = (uint8_t)byte;
            struct buffer out = {.account = &account};
            struct json_writer json = {.out = &out};
            json_text(&json, (struct bytes){.data = text, .size = sizeof(text)});
            const bool is_escaped = byte < 0x20 || byte == '"' || byte == '\\';
            assert_int_equal(is_escaped, out.size != sizeof(text) + 2);
            assert_int_equal(out.data[1 + place] == '\\', is_escaped);
            buffer_free(&out);
        }
    }
}

static void test_latches_a_full_buffer(void **state)
{
    (void)state;
    struct memory_account small = {.name = "small", .limit_size = 100};
    struct buffer out = {.account = &small};
    struct json_writer json = {.out = &out};
    json_begin_array(&json);
    for (unsigned i = 0; i < 100; i++) {
        json_text(&json, BYTES_OF("0123456789"));
    }
    assert_int_equal(buffer_status(&out), STATUS_NO_MEMORY);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_separates_items_by_commas),
        cmocka_unit_test(test_prints_numbers_without_trailing_zeros),
        cmocka_unit_test(test_escapes_what_json_forbids),
        cmocka_unit_test(test_replaces_what_is_not_utf8),
        cmocka_unit_test(test_finds_a_forbidden_byte_wherever_it_stands),
        cmocka_unit_test(test_latches_a_full_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
