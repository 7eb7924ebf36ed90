#include "codec/json_slice.h"

#include "base/test.h"

static struct memory_account account = {.name = "test"};

static void assert_bytes(struct bytes bytes, const char *expected)
{
    assert_int_equal(bytes.size, strlen(expected));
    assert_memory_equal(bytes.data, expected, bytes.size);
}

static void test_walks_members_and_items(void **state)
{
    (void)state;
    struct bytes rest =
        BYTES_OF(" { \"a\" : [1, {\"b\":\"]}\"} ,3 ] , \"c\\\"\":\"x,y\",\"d\":-1.5e3 } ");
    struct bytes name, value, item;
    assert_true(json_slice_check(rest, &account));
    assert_true(json_slice_member(&rest, &name, &value));
    assert_bytes(name, "\"a\"");
    assert_bytes(value, "[1, {\"b\":\"]}\"} ,3 ]");
    assert_true(json_slice_item(&value, &item));
    assert_bytes(item, "1");
    assert_true(json_slice_item(&value, &item));
    assert_bytes(item, "{\"b\":\"]}\"}");
    assert_bytes(json_slice_find(item, BYTES_OF("b")), "\"]}\"");
    assert_true(json_slice_item(&value, &item));
    assert_bytes(item, "3");
    assert_false(json_slice_item(&value, &item));
    assert_true(json_slice_member(&rest, &name, &value));
    assert_true(json_slice_equals(name, BYTES_OF("c\"")));
    assert_bytes(value, "\"x,y\"");
    assert_true(json_slice_member(&rest, &name, &value));
    assert_bytes(value, "-1.5e3");
    assert_false(json_slice_member(&rest, &name, &value));
    rest = BYTES_OF("[]");
    assert_false(json_slice_item(&rest, &item));
}

static void test_unescapes_and_compacts(void **state)
{
    (void)state;
    struct buffer out = {.account = &account};
    json_slice_unescape(BYTES_OF("\"a\\n\\u00e9\\ud83d\\ude00\\/\""), &out);
    assert_bytes(buffer_bytes(&out), "a\n\xc3\xa9\xf0\x9f\x98\x80/");
    buffer_clear(&out);
    json_slice_compact(BYTES_OF("{ \"a b\" : [ 1 , 2 ]\n}"), &out);
    assert_bytes(buffer_bytes(&out), "{\"a b\":[1,2]}");
    buffer_free(&out);
}

static void test_tells_json_from_other_texts(void **state)
{
    (void)state;
    assert_true(json_slice_check(BYTES_OF("1.5"), &account));
    assert_true(json_slice_check(BYTES_OF(" null "), &account));
    assert_false(json_slice_check(BYTES_OF(""), &account));
    assert_false(json_slice_check(BYTES_OF("01"), &account));
    assert_false(json_slice_check(BYTES_OF("{}x"), &account));
    assert_false(json_slice_check(BYTES_OF("asd"), &account));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walks_members_and_items),
        cmocka_unit_test(test_unescapes_and_compacts),
        cmocka_unit_test(test_tells_json_from_other_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
