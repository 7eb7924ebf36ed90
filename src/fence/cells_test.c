#include "fence/cells.h"

#include "base/test.h"
#include "geo/distance.h"

enum { AREA_MAX = 600 };

static struct memory_account account = {.name = "test"};

static struct {
    struct geo_point centre;
    double radius_m;
    struct cover_cell cells[CELLS_OF_AREA_MAX];
    size_t count;
    bool is_there;
} areas[AREA_MAX];

static struct {
    unsigned found[AREA_MAX];
    bool is_inside[AREA_MAX];
} seen;

static void note(void *context, uint32_t area, bool is_inside)
{
    (void)context;
    seen.found[area]++;
    seen.is_inside[area] |= is_inside;
}

static struct geo_point anywhere(struct dice *dice)
{
    const unsigned which = (unsigned)dice_below(dice, 4);
    if (which == 0) { // a town on the antimeridian
        return GEO_POINT(dice_below(dice, 2) == 0 ? dice_between(dice, 179.9, 180)
                                                  : dice_between(dice, -180, -179.9),
                         dice_between(dice, -17, -16.8));
    }
    if (which == 1) { // at a pole
        return GEO_POINT(dice_between(dice, -180, 180), dice_between(dice, 89.9, 90));
    }
    if (which == 2) {
        return GEO_POINT(dice_between(dice, 9.4, 9.6), dice_between(dice, 47, 47.2));
    }
    return GEO_POINT(dice_between(dice, -180, 180), dice_between(dice, -90, 90));
}

static size_t settled_cap(struct geo_point centre, double radius_m, struct cover_cell *settled)
{
    struct cover_cell cover[16];
    const size_t count = cover_cap(
        centre, radius_m, &(struct cover_options){.max_level = 30, .max_cells = 16}, cover);
    return cells_settle(cover, count, settled);
}

static void put_somewhere(struct cells *cells, struct dice *dice, uint32_t area)
{
    static const double RADII_M[] = {3, 50, 400, 3000, 50000, 2000000};
    areas[area].centre = anywhere(dice);
    areas[area].radius_m = RADII_M[dice_below(dice, COUNT_OF(RADII_M))];
    areas[area].count = settled_cap(areas[area].centre, areas[area].radius_m, areas[area].cells);
    areas[area].is_there = true;
    assert_int_equal(cells_put(cells, area, areas[area].cells, areas[area].count), STATUS_OK);
}

static void check_place(const struct cells *cells, struct geo_point place)
{
    memset(&seen, 0, sizeof seen);
    cells_at(cells, cell_from_point(place, CELL_LEVEL_MAX), note, NULL);
    for (uint32_t area = 0; area < AREA_MAX; area++) {
        const double off_m = distance_m(place, areas[area].centre) - areas[area].radius_m;
        if (!areas[area].is_there) {
            assert_int_equal(seen.found[area], 0);
        } else if (off_m < -0.1) {
            assert_true(seen.found[area] > 0);
        } else if (off_m > 0.1) {
            assert_false(seen.is_inside[area]);
        }
    }
}

static void check_region(const struct cells *cells, struct geo_point place, double radius_m)
{
    struct cover_cell cover[16];
    const size_t count = cover_cap(
        place, radius_m, &(struct cover_options){.max_level = 30, .max_cells = 16}, cover);
    memset(&seen, 0, sizeof seen);
    cells_meeting(cells, cover, count, note, NULL);
    for (uint32_t area = 0; area < AREA_MAX; area++) {
        const bool meets =
            distance_m(place, areas[area].centre) < areas[area].radius_m + radius_m - 0.1;
        assert_true(!areas[area].is_there || !meets || seen.found[area] > 0);
        assert_true(areas[area].is_there || seen.found[area] == 0);
    }
}

static void test_areas_that_come_and_go_are_found_where_they_are(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    struct cells cells = cells_over(&account);
    for (unsigned round = 0; round < 4000; round++) {
        const uint32_t area = (uint32_t)dice_below(&dice, AREA_MAX);
        if (areas[area].is_there) {
            cells_remove(&cells, area, areas[area].cells, areas[area].count);
            areas[area].is_there = false;
        } else {
            put_somewhere(&cells, &dice, area);
        }
        check_place(&cells, anywhere(&dice));
        if (round % 8 == 0) {
            check_region(&cells, anywhere(&dice), dice_between(&dice, 1, 300000));
        }
    }
    for (uint32_t area = 0; area < AREA_MAX; area++) {
        if (areas[area].is_there) {
            cells_remove(&cells, area, areas[area].cells, areas[area].count);
            areas[area].is_there = false;
        }
    }
    assert_int_equal(cells.count, 0);
    assert_int_equal(cells.levels, 0);
    cells_free(&cells);
    assert_int_equal(account.used_size, 0);
}

static void test_many_areas_of_one_place_share_a_list(void **state)
{
    (void)state;
    struct cells cells = cells_over(&account);
    struct cover_cell settled[CELLS_OF_AREA_MAX];
    const size_t count = settled_cap(GEO_POINT(9.5, 47.1), 100, settled);
    for (uint32_t area = 0; area < AREA_MAX; area++) {
        assert_int_equal(cells_put(&cells, area, settled, count), STATUS_OK);
    }
    memset(&seen, 0, sizeof seen);
    cells_at(&cells, cell_from_point(GEO_POINT(9.5, 47.1), CELL_LEVEL_MAX), note, NULL);
    for (uint32_t area = 0; area < AREA_MAX; area++) {
        assert_true(seen.found[area] > 0);
        cells_remove(&cells, area, settled, count);
    }
    assert_int_equal(cells.count, 0);
    cells_free(&cells);
}

static void test_a_full_account_leaves_everything_as_it_was(void **state)
{
    (void)state;
    for (size_t limit = 1000; limit < 200000; limit = limit * 3 / 2) {
        struct memory_account small = {.name = "small", .limit_size = limit};
        struct cells cells = cells_over(&small);
        struct cover_cell settled[CELLS_OF_AREA_MAX];
        const size_t count = settled_cap(GEO_POINT(9.5, 47.1), 100, settled);
        uint32_t put = 0;
        while (put < AREA_MAX && cells_put(&cells, put, settled, count) == STATUS_OK) {
            put++;
        }
        for (uint32_t area = 0; area < put; area++) {
            cells_remove(&cells, area, settled, count);
        }
        assert_int_equal(cells.count, 0);
        cells_free(&cells);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_areas_that_come_and_go_are_found_where_they_are),
        cmocka_unit_test(test_many_areas_of_one_place_share_a_list),
        cmocka_unit_test(test_a_full_account_leaves_everything_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
