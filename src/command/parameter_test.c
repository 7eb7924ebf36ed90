#include "command/parameter.h"

#include "base/test.h"

static enum status set(enum parameter_kind kind, const char *text, struct arguments *arguments)
{
    const struct parameter parameter = {.name = "x", .kind = kind, .minimum = 1, .maximum = 100};
    return parameter_set(&parameter, bytes_from_text(text), arguments, NULL);
}

static void assert_refused(enum parameter_kind kind, const char *text)
{
    const struct arguments zero = {0};
    struct arguments arguments = {0};
    if (set(kind, text, &arguments) != STATUS_OUT_OF_RANGE) {
        fail_msg("'%s' was taken", text);
    }
    assert_int_equal(arguments.has_near, zero.has_near);
    assert_int_equal(arguments.has_box, zero.has_box);
}

static void test_reads_points_as_latitude_and_longitude(void **state)
{
    (void)state;
    struct arguments arguments = {0};
    assert_int_equal(set(PARAMETER_POINT, "47.1393,-9.52281234", &arguments), STATUS_OK);
    assert_true(arguments.has_near);
    assert_int_equal(arguments.near.lat_e7, 471393000);
    assert_int_equal(arguments.near.lng_e7, -95228123);
    assert_int_equal(set(PARAMETER_POINT, "-90,180", &arguments), STATUS_OK);
    assert_int_equal(arguments.near.lat_e7, -900000000);
    assert_int_equal(arguments.near.lng_e7, 1800000000);
    assert_int_equal(set(PARAMETER_POINT, "+.5,5.", &arguments), STATUS_OK);
    assert_int_equal(arguments.near.lat_e7, 5000000);
    assert_int_equal(set(PARAMETER_LATITUDE, "0.00000005", &arguments), STATUS_OK);
    assert_int_equal(arguments.point.lat_e7, 1);
    static const char *const wrong[] = {"",
                                        "1",
                                        "1,2,3",
                                        "90.0000001,0",
                                        "0,180.1",
                                        "a,b",
                                        "1 ,2",
                                        "1,2 ",
                                        "1e1,2",
                                        "0x1,2",
                                        "nan,2",
                                        "inf,2",
                                        "--1,2",
                                        "1..2,3",
                                        ",",
                                        ".,.",
                                        "-,1",
                                        "1,",
                                        "99999999999999999999,1",
                                        "0,-180.0000001"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_refused(PARAMETER_POINT, wrong[i]);
    }
}

static void test_reads_boxes(void **state)
{
    (void)state;
    struct arguments arguments = {0};
    assert_int_equal(set(PARAMETER_BOX, "179,-10,-179,10", &arguments), STATUS_OK);
    assert_int_equal(arguments.box.west_e7, 1790000000);
    assert_int_equal(arguments.box.south_e7, -100000000);
    assert_int_equal(arguments.box.east_e7, -1790000000);
    assert_int_equal(arguments.box.north_e7, 100000000);
    assert_refused(PARAMETER_BOX, "1,2,3");
    assert_refused(PARAMETER_BOX, "1,2,3,4,5");
    assert_refused(PARAMETER_BOX, "1,4,3,2");
    assert_refused(PARAMETER_BOX, "1,-91,3,2");
}

static void test_reads_lists(void **state)
{
    (void)state;
    struct arguments arguments = {0};
    assert_int_equal(set(PARAMETER_LAYERS, "address,street", &arguments), STATUS_OK);
    assert_int_equal(arguments.layers, 1U << LAYER_ADDRESS | 1U << LAYER_STREET);
    assert_refused(PARAMETER_LAYERS, "address,");
    assert_refused(PARAMETER_LAYERS, "Address");
    assert_int_equal(set(PARAMETER_COUNTRIES, "li,CH", &arguments), STATUS_OK);
    assert_int_equal(arguments.country_count, 2);
    assert_int_equal(arguments.countries[0], 'L' << 8 | 'I');
    assert_refused(PARAMETER_COUNTRIES, "LIE");
    assert_refused(PARAMETER_COUNTRIES, "L1");
    assert_refused(PARAMETER_COUNTRIES, "");
    assert_refused(PARAMETER_COUNTRIES, "aa,aa,aa,aa,aa,aa,aa,aa,aa,aa,aa,aa,aa,aa,aa,aa,aa");
}

static void test_reads_numbers_within_bounds(void **state)
{
    (void)state;
    struct arguments arguments = {0};
    assert_int_equal(set(PARAMETER_COUNT, "100", &arguments), STATUS_OK);
    assert_int_equal(arguments.limit, 100);
    static const char *const wrong[] = {"0", "101", "-1", "1.5", "", "ten", "1,0"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_refused(PARAMETER_COUNT, wrong[i]);
    }
    assert_int_equal(set(PARAMETER_ZOOM, "15", &arguments), STATUS_OK);
    assert_int_equal(arguments.zoom, 15);
    assert_refused(PARAMETER_ZOOM, "0");
    assert_refused(PARAMETER_ZOOM, "14.5");
    assert_int_equal(set(PARAMETER_METRES, "1.5", &arguments), STATUS_OK);
    assert_true(arguments.radius_m > 1.4999 && arguments.radius_m < 1.5001);
    assert_refused(PARAMETER_METRES, "100.0000001");
    assert_int_equal(set(PARAMETER_SWITCH, "true", &arguments), STATUS_OK);
    assert_true(arguments.explains);
    assert_int_equal(set(PARAMETER_SWITCH, "0", &arguments), STATUS_OK);
    assert_false(arguments.explains);
    assert_refused(PARAMETER_SWITCH, "yes");
    assert_refused(PARAMETER_SWITCH, "");
}

static void test_reads_texts_and_ids(void **state)
{
    (void)state;
    struct arguments arguments = {0};
    assert_int_equal(set(PARAMETER_TEXT, " a ", &arguments), STATUS_OK);
    assert_int_equal(arguments.text.size, 3);
    assert_refused(PARAMETER_TEXT, " ");
    char text[SEARCH_TEXT_SIZE_MAX + 2];
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_refused(PARAMETER_TEXT, text);
    assert_int_equal(set(PARAMETER_ID, "osm:w123", &arguments), STATUS_OK);
    assert_refused(PARAMETER_ID, "x123");
    assert_refused(PARAMETER_TEXT, "caf\xe9");
    assert_refused(PARAMETER_PART, "\xed\xa0\x80");
    assert_int_equal(set(PARAMETER_TEXT, "caf\xc3\xa9 \xef\xbf\xbd", &arguments), STATUS_OK);
}

static void assert_languages(const struct languages *languages, const char *expected)
{
    char joined[64] = "";
    for (unsigned i = 0; i < languages->count; i++) {
        strcat(joined, i == 0 ? "" : " "); // NOLINT: a test, and the room is there
        strcat(joined, languages->tags[i]);
    }
    assert_string_equal(joined, expected);
}

static void test_reads_language_tags(void **state)
{
    (void)state;
    struct arguments arguments = {0};
    assert_int_equal(set(PARAMETER_LANGUAGES, "DE-at", &arguments), STATUS_OK);
    assert_languages(&arguments.languages, "de-AT de");
    assert_int_equal(set(PARAMETER_LANGUAGES, "zh-hant-tw,en", &arguments), STATUS_OK);
    assert_languages(&arguments.languages, "zh-Hant-TW zh-Hant zh en");
    assert_int_equal(set(PARAMETER_LANGUAGES, "sl-rozaj-biske-1994", &arguments), STATUS_OK);
    assert_languages(&arguments.languages, "sl-rozaj sl");
    static const char *const wrong[] = {
        "", "d", "d3", "de_AT", "de-", "-de", "de,,en", "de en", "verylongtag", "de-toolongsubtag"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_refused(PARAMETER_LANGUAGES, wrong[i]);
    }
}

static void assert_accepted(const char *field, const char *expected)
{
    struct languages languages;
    parameter_accept_languages(bytes_from_text(field), &languages);
    assert_languages(&languages, expected);
}

static void test_reads_accept_language(void **state)
{
    (void)state;
    assert_accepted("de", "de");
    assert_accepted("fr;q=0.5, de-CH, en;q=0.8", "de-CH de en fr");
    assert_accepted("en; q=0.8 ,\tde;Q=0.9", "de en");
    assert_accepted("de;q=0, en", "en");
    assert_accepted("*, de;q=0.5", "");
    assert_accepted("en, *;q=0.7, de;q=0.5", "en");
    assert_accepted("de;q=2, !!, en", "en");
    assert_accepted("", "");
    assert_accepted(",,,;;;=", "");
    assert_accepted("a1,b2,c3,d4,e5,f6,g7,h8,i9,j1,k2,l3,m4,n5,o6,p7,de", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_points_as_latitude_and_longitude),
        cmocka_unit_test(test_reads_boxes),
        cmocka_unit_test(test_reads_lists),
        cmocka_unit_test(test_reads_numbers_within_bounds),
        cmocka_unit_test(test_reads_texts_and_ids),
        cmocka_unit_test(test_reads_language_tags),
        cmocka_unit_test(test_reads_accept_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
