#include "base/date.h"

#include <stdbool.h>

#include "base/test.h"

static void assert_http(int64_t seconds, const char *expected)
{
    char text[DATE_HTTP_SIZE + 1];
    date_format_http(seconds, text);
    assert_string_equal(text, expected);
}

static void assert_rfc3339(int64_t since_1970_us, const char *expected)
{
    char text[DATE_RFC3339_SIZE + 1];
    date_format_rfc3339(since_1970_us, text);
    assert_string_equal(text, expected);
}

static void test_writes_dates_for_http(void **state)
{
    (void)state;
    assert_http(784111777, "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_http(0, "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_http(951782399, "Mon, 28 Feb 2000 23:59:59 GMT");
    assert_http(951782400, "Tue, 29 Feb 2000 00:00:00 GMT");
    assert_http(-1, "Wed, 31 Dec 1969 23:59:59 GMT");
    assert_http(4102444800, "Fri, 01 Jan 2100 00:00:00 GMT");
}

static void test_writes_instants_with_milliseconds(void **state)
{
    (void)state;
    assert_rfc3339(784111777123999, "1994-11-06T08:49:37.123Z");
    assert_rfc3339(0, "1970-01-01T00:00:00.000Z");
    assert_rfc3339(-1, "1969-12-31T23:59:59.999Z");
    assert_rfc3339(INT64_C(253402300799999999), "9999-12-31T23:59:59.999Z");
}

// The day after a day is the next of its month or the first of the next month.
static void test_days_follow_each_other(void **state)
{
    (void)state;
    static const unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct date before = date_of(-INT64_C(86400) * 719162); // 0001-01-01
    assert_int_equal(before.year, 1);
    for (int64_t day = -719161; day < 200000; day++) {
        const struct date date = date_of(day * 86400);
        const bool is_leap =
            before.year % 4 == 0 && (before.year % 100 != 0 || before.year % 400 == 0);
        const unsigned length = lengths[before.month - 1] + (before.month == 2 && is_leap ? 1 : 0);
        const bool is_last = before.day == length;
        assert_int_equal(date.day, is_last ? 1 : before.day + 1);
        assert_int_equal(date.month, is_last ? before.month % 12 + 1 : before.month);
        assert_int_equal(date.year, before.year + (is_last && before.month == 12 ? 1 : 0));
        assert_int_equal(date.weekday, (before.weekday + 1) % 7);
        before = date;
    }
}

static int64_t read_instant(const char *text)
{
    int64_t us = -1;
    assert_true(date_parse_rfc3339(bytes_from_text(text), &us));
    return us;
}

static void test_reads_instants_and_days(void **state)
{
    (void)state;
    assert_int_equal(read_instant("1994-11-06T08:49:37Z"), INT64_C(784111777000000));
    assert_int_equal(read_instant("1994-11-06t08:49:37.5z"), INT64_C(784111777500000));
    assert_int_equal(read_instant("1994-11-06 09:49:37.1234567+01:00"), INT64_C(784111777123456));
    assert_int_equal(read_instant("1994-11-06T00:49:37-08:00"), INT64_C(784111777000000));
    assert_int_equal(read_instant("1970-01-02"), INT64_C(86400000000));
    assert_int_equal(read_instant("1969-12-31T23:59:59.999999Z"), -1);
    assert_int_equal(read_instant("2016-12-31T23:59:60Z"), read_instant("2017-01-01T00:00:00Z"));
    assert_int_equal(read_instant("2000-02-29"), INT64_C(951782400000000));
    static const char *const broken[] = {
        "",
        "1994",
        "1994-13-01",
        "1994-00-01",
        "1994-02-29",
        "1900-02-29",
        "1994-11-31",
        "1994-11-6",
        "1994-11-06T",
        "1994-11-06T08:49:37",
        "1994-11-06T24:00:00Z",
        "1994-11-06T08:60:00Z",
        "1994-11-06T08:49:61Z",
        "1994-11-06T08:49:37.Z",
        "1994-11-06T08:49:37Z ",
        "1994-11-06X08:49:37Z",
        "1994-11-06T08:49:37+1:00",
        "-994-11-06",
        "1994/11/06",
    };
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        int64_t us = 0;
        assert_false(date_parse_rfc3339(bytes_from_text(broken[i]), &us));
    }
}

static void test_reads_what_it_writes(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int round = 0; round < 100000; round++) {
        const int64_t us = (int64_t)dice_below(&dice, UINT64_C(315537897600000)) * 1000 -
                           INT64_C(62135596800000000);
        char text[DATE_RFC3339_SIZE + 1];
        date_format_rfc3339(us, text);
        assert_int_equal(read_instant(text), us);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_dates_for_http),
        cmocka_unit_test(test_writes_instants_with_milliseconds),
        cmocka_unit_test(test_days_follow_each_other),
        cmocka_unit_test(test_reads_instants_and_days),
        cmocka_unit_test(test_reads_what_it_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
