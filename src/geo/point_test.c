#include "geo/point.h"

#include "base/test.h"
#include "geo/distance.h"

static struct geo_box box_of(double west_deg, double south_deg, double east_deg, double north_deg)
{
    return (struct geo_box){.west_e7 = geo_e7_from_deg(west_deg),
                            .south_e7 = geo_e7_from_deg(south_deg),
                            .east_e7 = geo_e7_from_deg(east_deg),
                            .north_e7 = geo_e7_from_deg(north_deg)};
}

static void assert_box(struct geo_box box, struct geo_box expected)
{
    assert_int_equal(box.west_e7, expected.west_e7);
    assert_int_equal(box.south_e7, expected.south_e7);
    assert_int_equal(box.east_e7, expected.east_e7);
    assert_int_equal(box.north_e7, expected.north_e7);
}

static void test_degrees_round_to_the_nearest_unit(void **state)
{
    (void)state;
    assert_int_equal(geo_e7_from_deg(47.14100004), 471410000);
    assert_int_equal(geo_e7_from_deg(47.14100006), 471410001);
    assert_int_equal(geo_e7_from_deg(-0.00000006), -1);
    assert_int_equal(geo_e7_from_deg(180), GEO_LNG_MAX);
    assert_false(geo_point_is_valid((struct geo_point){.lng_e7 = GEO_LNG_MAX + 1}));
    assert_false(geo_point_is_valid((struct geo_point){.lat_e7 = -GEO_LAT_MAX - 1}));
}

static void test_boxes_across_the_antimeridian(void **state)
{
    (void)state;
    const struct geo_box fiji = box_of(177, -20, -178, -15);
    assert_true(geo_box_contains(fiji, GEO_POINT(180, -17)));
    assert_true(geo_box_contains(fiji, GEO_POINT(-180, -17)));
    assert_false(geo_box_contains(fiji, GEO_POINT(0, -17)));
    assert_true(geo_box_intersects(fiji, box_of(-179, -30, -170, 0)));
    assert_false(geo_box_intersects(fiji, box_of(-170, -30, 170, 0)));
    assert_int_equal(geo_box_centre(fiji).lng_e7, geo_e7_from_deg(179.5));
}

static void test_a_union_takes_the_shorter_way_round(void **state)
{
    (void)state;
    assert_box(geo_box_union(box_of(170, 0, 175, 5), box_of(-175, 3, -170, 9)),
               box_of(170, 0, -170, 9));
    assert_box(geo_box_union(box_of(-10, 0, 5, 5), box_of(7, 3, 9, 9)), box_of(-10, 0, 9, 9));
    assert_box(geo_box_union(GEO_BOX_EMPTY, box_of(7, 3, 9, 9)), box_of(7, 3, 9, 9));
    assert_box(geo_box_union(box_of(-100, 0, 100, 5), box_of(90, 0, -90, 5)),
               box_of(-180, 0, 180, 5));
    assert_box(geo_box_extend(GEO_BOX_EMPTY, GEO_POINT(7, 3)), box_of(7, 3, 7, 3));
    assert_true(geo_box_is_empty(GEO_BOX_EMPTY));
}

static struct geo_point random_place(struct dice *dice)
{
    return GEO_POINT(dice_between(dice, -180, 180), dice_between(dice, -90, 90));
}

static void test_a_box_around_a_circle_holds_it(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int i = 0; i < 20000; i++) {
        const struct geo_point centre = random_place(&dice);
        const double radius_m = dice_between(&dice, 0, i % 2 == 0 ? 1e4 : 1.2e7);
        const struct geo_box box = geo_box_around(centre, radius_m);
        struct geo_point point = random_place(&dice);
        if (i % 2 == 0) { // near the circle
            point.lng_e7 =
                (int32_t)((centre.lng_e7 + (int64_t)dice_below(&dice, 2000000)) % GEO_LNG_MAX);
            point.lat_e7 =
                (int32_t)((centre.lat_e7 + (int64_t)dice_below(&dice, 2000000)) % GEO_LAT_MAX);
        }
        assert_true(distance_m(centre, point) > radius_m || geo_box_contains(box, point));
    }
}

static void test_unions_hold_both(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int i = 0; i < 20000; i++) {
        const struct geo_box one = geo_box_around(random_place(&dice), dice_between(&dice, 0, 5e6));
        const struct geo_box other =
            geo_box_around(random_place(&dice), dice_between(&dice, 0, 5e6));
        const struct geo_box both = geo_box_union(one, other);
        const struct geo_point point = random_place(&dice);
        const bool is_in_either = geo_box_contains(one, point) || geo_box_contains(other, point);
        assert_true(!is_in_either || geo_box_contains(both, point));
        assert_true(!(geo_box_contains(one, point) && geo_box_contains(other, point)) ||
                    geo_box_intersects(one, other));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_degrees_round_to_the_nearest_unit),
        cmocka_unit_test(test_boxes_across_the_antimeridian),
        cmocka_unit_test(test_a_union_takes_the_shorter_way_round),
        cmocka_unit_test(test_a_box_around_a_circle_holds_it),
        cmocka_unit_test(test_unions_hold_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
