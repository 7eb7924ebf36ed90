#include "sys/address.h"

#include "base/test.h"

static void assert_round(const char *text, const char *expected, bool is_loopback, bool is_any)
{
    struct address address;
    assert_int_equal(address_parse(text, "--http", &address, NULL), STATUS_OK);
    char again[ADDRESS_TEXT_SIZE];
    address_format(&address, again);
    assert_string_equal(again, expected);
    assert_int_equal(address_is_loopback(&address), is_loopback);
    assert_int_equal(address_is_any(&address), is_any);
}

static void test_reads_addresses(void **state)
{
    (void)state;
    assert_round("127.0.0.1:7070", "127.0.0.1:7070", true, false);
    assert_round("localhost:1", "127.0.0.1:1", true, false);
    assert_round("127.1.2.3:0", "127.1.2.3:0", true, false);
    assert_round(":65535", "0.0.0.0:65535", false, true);
    assert_round("10.0.0.1:80", "10.0.0.1:80", false, false);
    assert_round("[::1]:7070", "[::1]:7070", true, false);
    assert_round("[::]:7070", "[::]:7070", false, true);
    assert_round("[2001:db8::1]:7070", "[2001:db8::1]:7070", false, false);
}

static void test_refuses_what_is_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",         "7070",  "127.0.0.1", "127.0.0.1:",   ":65536",      "example.org:1",
        "::1:7070", "[::1]", "[::1:70]",  "127.0.0.1:7x", "1.2.3.4.5:1", "[]:1"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct address address;
        struct fault fault;
        assert_int_equal(address_parse(wrong[i], "--http", &address, &fault), STATUS_OUT_OF_RANGE);
        assert_non_null(strstr(fault.text, "--http: "));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_addresses),
        cmocka_unit_test(test_refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
