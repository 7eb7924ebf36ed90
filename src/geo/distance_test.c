#include "geo/distance.h"

#include "base/attributes.h"
#include "base/test.h"

// Published pairs: Karney's test set and the geographic pages' classics.
static void test_known_distances(void **state)
{
    (void)state;
    const struct geo_point vaduz = GEO_POINT(9.5215, 47.141);
    const struct geo_point zurich = GEO_POINT(8.5417, 47.3769);
    assert_float_equal(distance_geodesic_m(GEO_POINT(0, 0), GEO_POINT(1, 0)), 111319.491, 0.001);
    assert_float_equal(distance_geodesic_m(GEO_POINT(0, 0), GEO_POINT(0, 90)), 10001965.729, 0.001);
    assert_float_equal(distance_geodesic_m(GEO_POINT(0, 0), GEO_POINT(180, 0)), 20003931.459,
                       0.001);
    assert_float_equal(distance_m(GEO_POINT(0, 0), GEO_POINT(90, 0)), 10007557.221, 0.001);
    assert_float_equal(distance_m(vaduz, zurich), distance_geodesic_m(vaduz, zurich), 400);
    assert_true(distance_m(vaduz, vaduz) <= 0);
    assert_true(distance_geodesic_m(vaduz, vaduz) <= 0);
}

static void test_both_ends_of_the_antimeridian_are_one_place(void **state)
{
    (void)state;
    const struct geo_point west = GEO_POINT(-180, 12);
    const struct geo_point east = GEO_POINT(180, 12);
    assert_true(distance_m(west, east) <= 0);
    assert_true(distance_geodesic_m(west, east) <= 0);
    assert_float_equal(distance_m(GEO_POINT(179.9999, 0), GEO_POINT(-179.9999, 0)), 22.239, 0.001);
}

static void test_bearings_go_clockwise_from_north(void **state)
{
    (void)state;
    const struct geo_point here = GEO_POINT(9.5, 47);
    assert_float_equal(distance_bearing_deg(here, GEO_POINT(9.5, 48)), 0, 1e-9);
    assert_float_equal(distance_bearing_deg(here, GEO_POINT(9.5, 46)), 180, 1e-9);
    assert_float_equal(distance_bearing_deg(here, GEO_POINT(9.5001, 47)), 90, 1e-3);
    assert_float_equal(distance_bearing_deg(here, GEO_POINT(9.4999, 47)), 270, 1e-3);
    assert_float_equal(distance_bearing_deg(here, here), 0, 1e-9);
    assert_float_equal(distance_bearing_deg(GEO_POINT(179.9, 0), GEO_POINT(-179.9, 0)), 90, 1e-9);
}

static void test_the_nearest_place_of_a_line(void **state)
{
    (void)state;
    const struct geo_point line[] = {GEO_POINT(9, 47), GEO_POINT(9.01, 47), GEO_POINT(9.01, 47.01)};
    struct distance_on_line nearest = distance_to_line(line, 3, GEO_POINT(9.005, 47.001));
    assert_int_equal(nearest.segment, 0);
    assert_true(geo_point_equal(nearest.point, GEO_POINT(9.005, 47)));
    assert_float_equal(nearest.distance_m, 111.195, 0.001);
    assert_float_equal(nearest.along_m, distance_m(line[0], GEO_POINT(9.005, 47)), 1e-6);
    nearest = distance_to_line(line, 3, GEO_POINT(9.02, 47.02));
    assert_int_equal(nearest.segment, 1);
    assert_true(geo_point_equal(nearest.point, line[2]));
    nearest = distance_to_line(line, 1, GEO_POINT(9, 47.001));
    assert_true(geo_point_equal(nearest.point, line[0]));
    const struct geo_point fiji[] = {GEO_POINT(179.99, -17), GEO_POINT(-179.99, -17)};
    nearest = distance_to_line(fiji, 2, GEO_POINT(-179.995, -17.001));
    assert_true(geo_point_equal(nearest.point, GEO_POINT(-179.995, -17)));
}

// No place of the line is nearer than the one that is said to be nearest.
static void test_no_place_of_the_line_is_nearer(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int i = 0; i < 2000; i++) {
        struct geo_point line[2];
        const struct geo_point point =
            GEO_POINT(dice_between(&dice, -180, 180), dice_between(&dice, -80, 80));
        for (int j = 0; j < 2; j++) {
            line[j] = point;
            line[j].lat_e7 += (int32_t)dice_below(&dice, 200000) - 100000;
        }
        const struct distance_on_line nearest = distance_to_line(line, 2, point);
        for (int share = 0; share <= 10; share++) {
            const struct geo_point other = {
                .lng_e7 = line[0].lng_e7,
                .lat_e7 = line[0].lat_e7 + (line[1].lat_e7 - line[0].lat_e7) / 10 * share};
            assert_true(nearest.distance_m <= distance_m(point, other) + 0.02);
        }
    }
}

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
        cmocka_unit_test(test_known_distances),
        cmocka_unit_test(test_both_ends_of_the_antimeridian_are_one_place),
        cmocka_unit_test(test_bearings_go_clockwise_from_north),
        cmocka_unit_test(test_the_nearest_place_of_a_line),
        cmocka_unit_test(test_no_place_of_the_line_is_nearer),
        cmocka_unit_test(the_short_way_to_a_line_is_that_of_the_exact_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
