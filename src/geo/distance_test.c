#include "geo/distance.h"

#include "base/attributes.h"
#include "base/test.h"

static struct geo_point random_near(struct dice *dice, double lng_deg, double lat_deg)
{
    return GEO_POINT(lng_deg + dice_between(dice, -0.05, 0.05),
                     lat_deg + dice_between(dice, -0.05, 0.05));
}

static void the_short_way_to_a_line_is_that_of_the_exact_one(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (unsigned round = 0; round < 10000; round++) {
        const double lng_deg = dice_between(&dice, -179, 179);
        const double lat_deg = dice_between(&dice, -70, 70);
        struct geo_point line[4];
        const size_t count = 1 + dice_below(&dice, COUNT_OF(line));
        for (size_t i = 0; i < count; i++) {
            line[i] = random_near(&dice, lng_deg, lat_deg);
        }
        const struct geo_point point = random_near(&dice, lng_deg, lat_deg);
        const double exact_m = distance_to_line(line, count, point).distance_m;
        const double off_m = distance_off_line_m(line, count, point);
        assert_true(off_m - exact_m <= 0.05 + 2e-3 * exact_m);
        assert_true(exact_m - off_m <= 0.05 + 2e-3 * exact_m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_short_way_to_a_line_is_that_of_the_exact_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
