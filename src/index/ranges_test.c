#include "index/ranges.h"

#include <stdlib.h>

#include "base/test.h"
#include "geo/distance.h"

enum { PLACES = 20000 };

static struct geo_point places[PLACES];
static uint64_t cells[PLACES];

static int by_cell(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void places_make(struct dice *dice)
{
    static struct {
        uint64_t cell;
        struct geo_point point;
    } all[PLACES];
    for (int i = 0; i < PLACES; i++) {
        all[i].point.lng_e7 = (int32_t)(dice_below(dice, 20000000)) - 10000000;
        all[i].point.lat_e7 = (int32_t)(dice_below(dice, 20000000)) + 470000000;
        all[i].cell = cell_from_point(all[i].point, CELL_LEVEL_MAX);
    }
    qsort(all, PLACES, sizeof(*all), by_cell);
    for (int i = 0; i < PLACES; i++) {
        places[i] = all[i].point;
        cells[i] = all[i].cell;
    }
}

static bool ranges_have(const struct range *ranges, unsigned count, uint32_t index)
{
    for (unsigned i = 0; i < count; i++) {
        if (index >= ranges[i].first && index < ranges[i].end) {
            return true;
        }
    }
    return false;
}

static void assert_ranges_are_apart(const struct range *ranges, unsigned count)
{
    assert_true(count <= RANGES_MAX);
    for (unsigned i = 0; i < count; i++) {
        assert_true(ranges[i].first < ranges[i].end && ranges[i].end <= PLACES);
        assert_true(i == 0 || ranges[i - 1].end < ranges[i].first);
    }
}

static void test_every_place_of_a_region_is_in_its_ranges(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    places_make(&dice);
    for (int round = 0; round < 200; round++) {
        const struct geo_point centre = places[dice_below(&dice, PLACES)];
        const double radius_m = dice_between(&dice, 10, 30000);
        const struct ranges_region region = ranges_region_cap(centre, radius_m);
        struct range near[RANGES_MAX];
        const struct range all = {0, PLACES};
        const unsigned near_count = ranges_in_region(cells, all, &region, near);
        assert_ranges_are_apart(near, near_count);
        for (uint32_t i = 0; i < PLACES; i++) {
            if (distance_m(centre, places[i]) <= radius_m) {
                assert_true(ranges_have(near, near_count, i));
            }
        }
    }
}

static void test_a_part_of_the_table_stays_in_it(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    places_make(&dice);
    const struct range part = {5000, 5100};
    struct range found[RANGES_MAX];
    const struct ranges_region everything = ranges_region_cap(places[0], 2e7);
    assert_int_equal(ranges_in_region(cells, part, &everything, found), 1);
    assert_int_equal(found[0].first, part.first);
    assert_int_equal(found[0].end, part.end);
    const struct range none = {7, 7};
    assert_int_equal(ranges_in_region(cells, none, &everything, found), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_place_of_a_region_is_in_its_ranges),
        cmocka_unit_test(test_a_part_of_the_table_stays_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
