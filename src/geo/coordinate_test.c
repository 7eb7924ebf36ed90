#include "geo/coordinate.h"

#include "base/attributes.h"
#include "base/test.h"

static void test_reads_every_notation(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "47.141, 9.5215",
        "47.141,9.5215",
        "47.141 9.5215",
        " 47.141;9.5215 ",
        "47,141 9,5215",
        "47,1410; 9,5215",
        "47.141/9.5215",
        "+47.1410/+009.5215",
        "47.141N 9.5215E",
        "47.141° N, 9.5215° E",
        "N 47.141 E 9.5215",
        "N47.141, E9.5215",
        "9.5215E 47.141N",
        "47°08'27.6\"N 9°31'17.4\"E",
        "47° 8′ 27.6″ N, 9° 31′ 17.4″ E",
        "47º08’27.6”N 9º31’17.4”E",
        "47 8 27.6 N, 9 31 17.4 E",
        "47 8 27.6 9 31 17.4",
        "N 47° 8.46' E 9° 31.29'",
        "N47°8.46′ E9°31.29′",
        "47 8.46 N 9 31.29 E",
        "47d8m27.6s N 9d31m17.4s E",
        "47° 8' 27.6'' N 9° 31' 17.4'' E",
        "47°8'27.6\" north 9°31'17.4\" east",
        "47.141 Nord, 9.5215 Ost",
        "lat 47.141 lon 9.5215",
        "lat: 47.141, lng: 9.5215",
        "lon=9.5215&lat=47.141",
        "latitude 47.141 longitude 9.5215",
        "geo:47.141,9.5215",
        "geo:47.141,9.5215,450;crs=wgs84;u=35?z=17",
        "geo:0,0?q=47.141,9.5215(Vaduz)",
        "GEO:47.141,9.5215",
        "POINT(9.5215 47.141)",
        "POINT (9.5215 47.141)",
        "(47.141, 9.5215)",
        "[47.141, 9.5215]",
        ("47.141\xc2\xa0"
         "9.5215"),
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct geo_point point = {0};
        if (!coordinate_parse(bytes_from_text(texts[i]), &point) || point.lat_e7 != 471410000 ||
            point.lng_e7 != 95215000) {
            fail_msg("%s: %d %d", texts[i], point.lat_e7, point.lng_e7);
        }
    }
}

static void test_hemispheres_and_signs_turn_the_globe(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "-33.8688, -70.5",         "33.8688S 70.5W",
        "S 33.8688 W 70.5",        "33°52'7.68\"S 70°30'0\"W",
        "-33 52 7.68, -70 30 0",   "\u221233.8688 \u221270.5",
        "33.8688 sur, 70.5 oeste", "33d 52m 7.68s S 70d 30m 0s W",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct geo_point point = {0};
        if (!coordinate_parse(bytes_from_text(texts[i]), &point) || point.lat_e7 != -338688000 ||
            point.lng_e7 != -705000000) {
            fail_msg("%s: %d %d", texts[i], point.lat_e7, point.lng_e7);
        }
    }
    struct geo_point point = {0};
    // Only the other order lies on the globe.
    assert_true(coordinate_parse(BYTES_OF("151.2, -33.9"), &point));
    assert_int_equal(point.lat_e7, -339000000);
    assert_int_equal(point.lng_e7, 1512000000);
}

static void test_refuses_what_is_no_point(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "47.141",
        "12 14",
        "12, 14",
        "94103 12",
        "Landstrasse 12",
        "12 Main St",
        "118 West 8",
        "12 East 5",
        "5 N 12",
        "47.1 9.5 3.2 4",
        "91.5, 181.2",
        "47.1N 9.5N",
        "N 47.1 S 9.5",
        "47°61'N 9°E",
        "47.1, 9.5,",
        ",47.1 9.5",
        "47.1 9.5 Vaduz",
        "1.2.3 4",
        "12a 14b",
        "geo:",
        "geo:Vaduz",
        "point",
        "-47.1S 9.5E",
        "47.1 O 9.5",
        "lat 47.1 lat 9.5",
        "5-7 12.5",
        "W 23 St",
        "N 5th",
        "48.5 N",
        "1/2 3/4",
        "'''''' \"\"",
        "9999999999999999999 1.5",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct geo_point point = {.lng_e7 = 7, .lat_e7 = 7};
        if (coordinate_parse(bytes_from_text(texts[i]), &point)) {
            fail_msg("%s: %d %d", texts[i], point.lat_e7, point.lng_e7);
        }
        assert_int_equal(point.lng_e7, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_every_notation),
        cmocka_unit_test(test_hemispheres_and_signs_turn_the_globe),
        cmocka_unit_test(test_refuses_what_is_no_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
