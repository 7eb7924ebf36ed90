#include "text/zone.h"

#include <string.h>

#include "base/status.h"
#include "base/test.h"

#define AT(seconds) (INT64_C(seconds) * 1000000)

static void test_clocks_change_when_they_do(void **state)
{
    (void)state;
    struct zone_moment moment;
    // 2026-01-15 and 2026-07-15, noon.
    assert_true(zone_moment_at(BYTES_OF("Europe/Vaduz"), AT(1768478400), &moment));
    assert_int_equal(moment.offset_s, 3600);
    assert_false(moment.is_dst);
    assert_true(moment.until_us == AT(1774746000)); // 2026-03-29 01:00 UTC
    assert_true(zone_moment_at(BYTES_OF("Europe/Vaduz"), moment.until_us, &moment));
    assert_int_equal(moment.offset_s, 7200);
    assert_true(moment.is_dst);
    assert_true(moment.from_us == AT(1774746000));
    assert_true(zone_moment_at(BYTES_OF("America/Vancouver"), AT(1768478400), &moment));
    assert_int_equal(moment.offset_s, -8 * 3600);
    assert_true(zone_moment_at(BYTES_OF("Asia/Kathmandu"), AT(1768478400), &moment));
    assert_int_equal(moment.offset_s, 5 * 3600 + 45 * 60);
    assert_true(moment.until_us == INT64_MAX);
}

static void test_clocks_are_called_as_people_call_them(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *standard, *summer;
    } rows[] = {
        {"Europe/Vaduz", "CET", "CEST"},
        {"America/Vancouver", "PST", "PDT"},
        {"Australia/Sydney", "AEST", "AEDT"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[ZONE_ABBREVIATION_SIZE];
        zone_abbreviation(bytes_from_text(rows[i].zone), false, text);
        assert_string_equal(text, rows[i].standard);
        zone_abbreviation(bytes_from_text(rows[i].zone), true, text);
        assert_string_equal(text, rows[i].summer);
    }
}

static void test_a_zone_nobody_knows_is_none(void **state)
{
    (void)state;
    struct zone_moment moment;
    static const char *const wrong[] = {"", "Nowhere", "GMT+99x", "Europe/Vaduz\x80"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_false(zone_is_known(bytes_from_text(wrong[i])));
        assert_false(zone_moment_at(bytes_from_text(wrong[i]), 0, &moment));
    }
}

static void test_the_cache_says_what_the_database_says(void **state)
{
    (void)state;
    static const char *const names[] = {"Europe/Vaduz",   "America/New_York",  "Asia/Tokyo",
                                        "Africa/Abidjan", "America/Vancouver", "UTC"};
    static struct zone_cache cache;
    struct dice dice = test_dice();
    for (unsigned i = 0; i < 2000; i++) {
        const struct bytes name = bytes_from_text(names[dice_below(&dice, COUNT_OF(names))]);
        const int64_t at_us = AT(1700000000) + (int64_t)dice_below(&dice, 100000) * AT(1000);
        struct zone_moment moment;
        assert_true(zone_moment_at(name, at_us, &moment));
        const struct zone_cached *const cached = zone_cache_at(&cache, name, at_us);
        assert_non_null(cached);
        assert_true(cached->moment.offset_s == moment.offset_s &&
                    cached->moment.from_us == moment.from_us &&
                    cached->moment.until_us == moment.until_us);
    }
    assert_null(zone_cache_at(&cache, BYTES_OF("Nowhere"), 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clocks_change_when_they_do),
        cmocka_unit_test(test_clocks_are_called_as_people_call_them),
        cmocka_unit_test(test_a_zone_nobody_knows_is_none),
        cmocka_unit_test(test_the_cache_says_what_the_database_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
