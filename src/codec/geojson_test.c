#include "codec/geojson.h"

#include "base/test.h"

static struct memory_account account = {.name = "test"};
static const struct geojson_limits strict = {.text_size = 1 << 20, .points = 1000, .depth = 4};
static const struct geojson_limits lenient = {
    .text_size = 1 << 20, .points = 1000, .depth = 4, .is_lenient = true};

static enum status read_as(const char *text, const struct geojson_limits *limits,
                           struct geojson *geojson, struct buffer *shape, struct fault *fault)
{
    *shape = (struct buffer){.account = &account};
    return geojson_read(bytes_from_text(text), limits, &account, geojson, shape, fault);
}

// What is written from what was read.
static void check_round(const char *text, const char *expected)
{
    struct geojson geojson;
    struct buffer shape;
    struct fault fault = {0};
    if (read_as(text, &strict, &geojson, &shape, &fault) != STATUS_OK) {
        fail_msg("%s: %s", text, fault.text);
    }
    assert_int_equal(shape_verify(buffer_bytes(&shape), NULL), STATUS_OK);
    struct buffer out = {.account = &account};
    geojson_write((struct shape){buffer_bytes(&shape)}, &out);
    buffer_append_u8(&out, 0);
    assert_string_equal((const char *)out.data, expected);
    buffer_free(&shape);
    buffer_free(&out);
}

static void check_refused(const char *text, const char *sentence)
{
    struct geojson geojson;
    struct buffer shape;
    struct fault fault = {0};
    if (read_as(text, &strict, &geojson, &shape, &fault) == STATUS_OK) {
        fail_msg("%s is taken", text);
    }
    if (strstr(fault.text, sentence) == NULL) {
        fail_msg("%s: %s", text, fault.text);
    }
    assert_int_equal(shape.size, 0);
    buffer_free(&shape);
}

static void test_every_type_comes_back(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"type\":\"Point\",\"coordinates\":[9.5215,47.141]}",
        "{\"type\":\"MultiPoint\",\"coordinates\":[[1,2],[3,4]]}",
        "{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,4],[-5.5,6.25]]}",
        "{\"type\":\"MultiLineString\",\"coordinates\":[[[1,2],[3,4]],[[5,6],[7,8],[9,10]]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[10,0],[10,10],[0,10],[0,0]],"
        "[[2,2],[2,4],[4,4],[2,2]]]}",
        "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[1,0],[1,1],[0,0]]],"
        "[[[5,5],[6,5],[6,6],[5,5]],[[5.5,5.2],[5.6,5.2],[5.6,5.3],[5.5,5.2]]]]}",
        "{\"type\":\"GeometryCollection\",\"geometries\":[{\"type\":\"Point\",\"coordinates\":[1,2]"
        "},"
        "{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,4]]}]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[177,-19],[-178,-19],[-178,-15],[177,-19]]]}",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        check_round(texts[i], texts[i]);
    }
    check_round(
        "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"geometry\":"
        "{\"type\":\"Point\",\"coordinates\":[1,2]},\"properties\":null},{\"type\":\"Feature\","
        "\"properties\":{},\"geometry\":{\"type\":\"Point\",\"coordinates\":[3,4]}}]}",
        "{\"type\":\"MultiPoint\",\"coordinates\":[[1,2],[3,4]]}");
    check_round("{\"type\":\"MultiPoint\",\"coordinates\":[]}",
                "{\"type\":\"GeometryCollection\",\"geometries\":[]}");
}

static void test_members_come_in_any_order(void **state)
{
    (void)state;
    check_round("{\"coordinates\":[[1,2],[3,4]],\"x\":[{}],\"type\":\"LineString\"}",
                "{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,4]]}");
    check_round("{\"geometries\":[{\"coordinates\":[1,2],\"type\":\"Point\"}],\"type\":"
                "\"GeometryCollection\"}",
                "{\"type\":\"MultiPoint\",\"coordinates\":[[1,2]]}");
}

static void test_a_feature_says_what_it_is(void **state)
{
    (void)state;
    struct geojson geojson;
    struct buffer shape;
    const char *const text =
        "{\"id\" : \"bus-7\", \"geometry\":{\"type\":\"Point\",\"coordinates\":"
        "[9.123456789012,47.5,  412.5]},\"properties\": {\"speed\":[1,{}]} ,"
        "\"type\":\"Feature\",\"foreign\":{\"geometry\":1}}";
    assert_int_equal(read_as(text, &strict, &geojson, &shape, NULL), STATUS_OK);
    assert_true(bytes_equal(geojson.type, BYTES_OF("Feature")));
    assert_true(bytes_equal(geojson.id, BYTES_OF("\"bus-7\"")));
    assert_true(bytes_equal(geojson.properties, BYTES_OF("{\"speed\":[1,{}]}")));
    assert_true(geojson.has_z);
    assert_memory_equal(&geojson.z, &(double){412.5}, sizeof(double));
    assert_memory_equal(&geojson.lng_deg, &(double){9.123456789012}, sizeof(double));
    assert_int_equal(shape_centre((struct shape){buffer_bytes(&shape)}).lng_e7, 91234568);
    buffer_free(&shape);
}

static void test_refusals_name_the_member(void **state)
{
    (void)state;
    check_refused("{\"type\":\"Point\",\"coordinates\":[200,10]}", "coordinates: the longitude");
    check_refused("{\"type\":\"Point\",\"coordinates\":[20,1e400]}", "the latitude");
    check_refused(
        "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"geometry\":"
        "{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,94]]}}]}",
        "features[0].geometry.coordinates[1]: the latitude");
    check_refused("{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Point\","
                  "\"coordinates\":[1,2]}]}",
                  "features[0]: expected a Feature, not a Point");
    check_refused("{\"type\":\"Feature\",\"geometry\":{\"type\":\"Feature\",\"geometry\":null}}",
                  "geometry: expected a geometry");
    check_refused("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1]]]}", "ring 0 has 3");
    check_refused("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1]]]}",
                  "ring 0 is not closed");
    check_refused("{\"type\":\"LineString\",\"coordinates\":[[0,0]]}", "line 0 has 1");
    check_refused("{\"type\":\"LineString\",\"coordinates\":[0,0]}", "2 brackets, not 1");
    check_refused("{\"type\":\"Point\",\"coordinates\":[]}", "1 brackets, not 0");
    check_refused("{\"type\":\"Polygon\",\"coordinates\":[[]]}", "without positions");
    check_refused("{\"type\":\"Point\",\"coordinates\":[1]}", "at least two numbers");
    check_refused("{\"type\":\"Point\",\"coordinates\":[1,\"2\"]}", "expected a number");
    check_refused("{\"type\":\"LineString\",\"coordinates\":[[1,2],[[3,4]]]}", "unequal");
    check_refused("{\"type\":\"Point\",\"coordinates\":[[[[[[1,2]]]]]]}", "positions");
    check_refused("{\"type\":\"point\",\"coordinates\":[1,2]}", "\"point\" is none of GeoJSON's");
    check_refused("{\"coordinates\":[1,2]}", "\"type\" is missing");
    check_refused("{\"type\":\"Feature\"}", "\"geometry\" of a Feature is missing");
    check_refused("[1,2]", "expected an object");
    check_refused("{\"type\":\"Point\",\"coordinates\":[1,2]", "byte");
    check_refused("{\"type\":\"Point\",\"coordinates\":[NaN,2]}", "byte");
    check_refused("", "");
}

static void test_limits_are_kept(void **state)
{
    (void)state;
    struct buffer text = {.account = &account};
    buffer_append_text(&text, "{\"type\":\"MultiPoint\",\"coordinates\":[[0,0]");
    for (int i = 0; i < 1000; i++) {
        buffer_append_text(&text, ",[0,0]");
    }
    buffer_append_text(&text, "]}");
    buffer_append_u8(&text, 0);
    check_refused((const char *)text.data, "more than 1000 positions");
    buffer_clear(&text);
    for (int i = 0; i < 5; i++) {
        buffer_append_text(&text, "{\"type\":\"GeometryCollection\",\"geometries\":[");
    }
    for (int i = 0; i < 5; i++) {
        buffer_append_text(&text, "]}");
    }
    buffer_append_u8(&text, 0);
    check_refused((const char *)text.data, "more than 4 collections");
    buffer_free(&text);
}

static void test_what_tile38_takes_is_taken_when_lenient(void **state)
{
    (void)state;
    struct geojson geojson;
    struct buffer shape;
    assert_int_equal(
        read_as("{\"type\":\"Point\",\"coordinates\":[190,95]}", &lenient, &geojson, &shape, NULL),
        STATUS_OK);
    const struct geo_point point = shape_centre((struct shape){buffer_bytes(&shape)});
    assert_int_equal(point.lng_e7, -170 * GEO_DEGREE_E7);
    assert_int_equal(point.lat_e7, GEO_LAT_MAX);
    buffer_free(&shape);
    assert_int_equal(
        read_as("{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":"
                "[1,2]},\"properties\":{\"type\":\"Circle\",\"radius\":1.5,"
                "\"radius_units\":\"km\"}}",
                &lenient, &geojson, &shape, NULL),
        STATUS_OK);
    const struct shape circle = {buffer_bytes(&shape)};
    assert_int_equal(shape_kind(circle), SHAPE_CIRCLE);
    assert_true(shape_circle_radius_m(circle) > 1499 && shape_circle_radius_m(circle) < 1501);
    buffer_free(&shape);
}

static void test_a_full_account_is_said(void **state)
{
    (void)state;
    struct memory_account small = {.name = "small", .limit_size = 300};
    struct buffer shape = {.account = &small};
    struct geojson geojson;
    struct fault fault;
    const struct bytes text = BYTES_OF(
        "{\"type\":\"LineString\",\"coordinates\":[[1,1],[1,2],[1,3],[1,4],[1,5],[1,6],[1,7]]}");
    assert_int_equal(geojson_read(text, &strict, &small, &geojson, &shape, &fault),
                     STATUS_NO_MEMORY);
    buffer_free(&shape);
    assert_int_equal(small.used_size, 0);
    assert_int_equal(account.used_size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type_comes_back),
        cmocka_unit_test(test_members_come_in_any_order),
        cmocka_unit_test(test_a_feature_says_what_it_is),
        cmocka_unit_test(test_refusals_name_the_member),
        cmocka_unit_test(test_limits_are_kept),
        cmocka_unit_test(test_what_tile38_takes_is_taken_when_lenient),
        cmocka_unit_test(test_a_full_account_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
