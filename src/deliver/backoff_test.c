#include "deliver/backoff.h"

#include "base/attributes.h"
#include "base/date.h"
#include "base/test.h"

static const struct backoff usual = {.base_us = 1000000, .cap_us = 300000000};

static void test_waits_are_spread_from_nothing_to_a_doubling_bound(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (unsigned attempts = 1; attempts <= 40; attempts++) {
        int64_t bound = attempts > 9 ? 300000000 : INT64_C(1000000) << (attempts - 1);
        bound = bound < 300000000 ? bound : 300000000;
        assert_int_equal(backoff_wait_us(&usual, attempts, 0), 0);
        assert_int_equal(backoff_wait_us(&usual, attempts, UINT64_MAX), bound);
        double sum = 0;
        for (int i = 0; i < 2000; i++) {
            const int64_t wait = backoff_wait_us(&usual, attempts, dice_u64(&dice));
            assert_in_range(wait, 0, bound);
            sum += (double)wait;
        }
        const double mean = sum / 2000 / (double)bound;
        assert_true(mean > 0.45 && mean < 0.55);
    }
    assert_true(backoff_wait_us(&usual, UINT32_MAX, UINT64_MAX) == 300000000);
}

static void test_reads_seconds_and_dates_of_retry_after(void **state)
{
    (void)state;
    const int64_t now_us = INT64_C(784111777) * 1000000; // Sun, 06 Nov 1994 08:49:37 GMT
    int64_t wait_us = -1;
    assert_true(backoff_retry_after(BYTES_OF("120"), now_us, &wait_us));
    assert_int_equal(wait_us, 120000000);
    assert_true(backoff_retry_after(BYTES_OF("0"), now_us, &wait_us));
    assert_int_equal(wait_us, 0);
    assert_true(backoff_retry_after(BYTES_OF("Sun, 06 Nov 1994 08:50:07 GMT"), now_us, &wait_us));
    assert_int_equal(wait_us, 30000000);
    assert_true(backoff_retry_after(BYTES_OF("Sun, 06 Nov 1994 08:49:00 GMT"), now_us, &wait_us));
    assert_int_equal(wait_us, 0);
    assert_true(backoff_retry_after(BYTES_OF("99999999999"), now_us, &wait_us));
    assert_true(wait_us == INT64_C(86400000000));
    static const char *const bad[] = {"",    "-1", "1.5", "soon", "Sun, 06 Foo 1994 08:49:37 GMT",
                                      "12 ", "Sun"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(backoff_retry_after(bytes_from_text(bad[i]), now_us, &wait_us));
    }
}

static void test_dates_are_those_that_are_written(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int i = 0; i < 2000; i++) {
        const int64_t seconds = (int64_t)dice_below(&dice, UINT64_C(4000000000));
        char text[DATE_HTTP_SIZE + 1];
        date_format_http(seconds + 100, text);
        int64_t wait_us = 0;
        assert_true(backoff_retry_after(bytes_from_text(text), seconds * 1000000, &wait_us));
        assert_int_equal(wait_us, 100000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waits_are_spread_from_nothing_to_a_doubling_bound),
        cmocka_unit_test(test_reads_seconds_and_dates_of_retry_after),
        cmocka_unit_test(test_dates_are_those_that_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
