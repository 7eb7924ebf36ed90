#include "geo/tile.h"

#include <math.h>

#include "base/test.h"
#include "geo/geohash.h"

static void check_near(double found, double expected)
{
    if (!(fabs(found - expected) < 1e-9)) {
        fail_msg("%.12f is not %.12f", found, expected);
    }
}

static void test_tiles_have_the_boxes_of_the_web_map(void **state)
{
    (void)state;
    const struct tile_box world = tile_box_of((struct tile){0});
    check_near(world.north_deg, 85.05112877980659);
    check_near(world.south_deg, -85.05112877980659);
    check_near(world.west_deg, -180);
    // 4/8/5, by the formula of openstreetmap.org.
    const struct tile_box box = tile_box_of((struct tile){.column = 8, .row = 5, .zoom = 4});
    check_near(box.west_deg, 0);
    check_near(box.east_deg, 22.5);
    check_near(box.north_deg, 55.77657301866769);
    check_near(box.south_deg, 40.97989806962013);
    assert_false(tile_is_valid((struct tile){.column = 16, .row = 5, .zoom = 4}));
}

static void test_quadkeys_are_tiles(void **state)
{
    (void)state;
    struct tile tile;
    assert_true(tile_from_quadkey(BYTES_OF("213"), &tile));
    assert_int_equal(tile.column, 3); // the example of Bing's documentation
    assert_int_equal(tile.row, 5);
    assert_int_equal(tile.zoom, 3);
    assert_false(tile_from_quadkey(BYTES_OF("214"), &tile));
    assert_false(tile_from_quadkey(BYTES_OF("0000000000000000000000000000000"), &tile));
}

static void test_geohashes_are_those_of_everybody(void **state)
{
    (void)state;
    char text[GEOHASH_SIZE_MAX + 1] = "";
    geohash_format(GEO_POINT(-5.6, 42.6), 5, text);
    assert_memory_equal(text, "ezs42", 5);
    geohash_format(GEO_POINT(10.40744, 57.64911), 11, text);
    assert_memory_equal(text, "u4pruydqqvj", 11);
    geohash_format(GEO_POINT(180, 90), 4, text);
    assert_memory_equal(text, "zzzz", 4);
    struct geohash_box box;
    assert_true(geohash_parse(BYTES_OF("ezs42"), &box));
    check_near((box.west_deg + box.east_deg) / 2, -5.60302734375);
    check_near((box.south_deg + box.north_deg) / 2, 42.60498046875);
    assert_false(geohash_parse(BYTES_OF("ezsa2"), &box));
    assert_false(geohash_parse(BYTES_OF(""), &box));
    assert_false(geohash_parse(BYTES_OF("ezs42ezs42ezs"), &box));
}

static void test_a_place_is_in_the_box_of_its_geohash(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int i = 0; i < 20000; i++) {
        const struct geo_point point =
            GEO_POINT(dice_between(&dice, -180, 180), dice_between(&dice, -90, 90));
        const unsigned size = 1 + (unsigned)dice_below(&dice, GEOHASH_SIZE_MAX);
        char text[GEOHASH_SIZE_MAX];
        struct geohash_box box;
        geohash_format(point, size, text);
        const void *const data = text;
        assert_true(geohash_parse((struct bytes){.data = data, .size = size}, &box));
        const double lng = geo_deg_from_e7(point.lng_e7);
        const double lat = geo_deg_from_e7(point.lat_e7);
        assert_true(lng >= box.west_deg - 1e-12 && lng <= box.east_deg + 1e-12);
        assert_true(lat >= box.south_deg - 1e-12 && lat <= box.north_deg + 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tiles_have_the_boxes_of_the_web_map),
        cmocka_unit_test(test_quadkeys_are_tiles),
        cmocka_unit_test(test_geohashes_are_those_of_everybody),
        cmocka_unit_test(test_a_place_is_in_the_box_of_its_geohash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
