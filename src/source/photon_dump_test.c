// Dumps of Photon: places with their own address, and with one that refers to other places.
#include "source/photon_dump.h"

#include "source/read_harness.h"

static struct memory_account account = {.name = "test"};

#define HEADER(lines)                                                                   \
    "{\"type\":\"NominatimDumpFile\",\"content\":{\"version\":\"0.1.0\",\"generator\":" \
    "\"nominatim-5.1.0\","                                                              \
    "\"database_version\":\"5.1.0-0\",\"features\":{\"sorted_by_country\":true,\"has_"  \
    "addresslines\":" lines "},\"data_timestamp\":\"2021-01-06T15:53:42+00:00\"}}\n"

static void text_read(const char *text, struct reading *reading)
{
    struct sys_memory *memory;
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    static const char *const input = "x";
    reading_put(sys, "x", bytes_from_text(text));
    reading_of_path(sys, &input, 1, 1, (size_t)1 << 20, reading);
    sys_memory_free(memory);
}

static void expect_text(const char *text, const char *expected)
{
    struct reading reading = {0};
    text_read(text, &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.summary.kind, SOURCE_OSM);
    assert_int_equal(reading.summary.data_time_s, 1609948422);
    assert_string_equal((const char *)reading.text.data, expected);
    reading_free(&reading);
}

static void test_places_keep_their_ids_and_names(void **state)
{
    (void)state;
    expect_text(
        HEADER(
            "false") "{\"type\":\"CountryInfo\",\"content\":[{\"country_code\":\"at\",\"name\":{}}]"
                     "}\n"
                     "{\"type\":\"Place\",\"content\":{\"place_id\":1,\"object_type\":\"N\","
                     "\"object_id\":7,"
                     "\"categories\":[\"osm.amenity.theatre\"],\"rank_address\":30,\"importance\":"
                     "1e-5,"
                     "\"name\":{\"name\":\"Keller\",\"name:en\":\"Cellar\",\"alt_name\":\"A;B\"},"
                     "\"housenumber\":\"12\",\"address\":{\"street\":\"Landstrasse\",\"city\":"
                     "\"Vaduz\","
                     "\"city:it\":\"VaduzI\"},\"postcode\":\"9490\",\"country_code\":\"li\","
                     "\"extra\":{\"wikidata\":\"Q1\"},\"centroid\":[9.52394930,47.12904370]}}\n",
        "n7 address poi 95239493,471290437 number=12 street=Landstrasse city=Vaduz postcode=9490 "
        "country=LI category=culture.theatre [amenity=theatre] [wikidata=Q1] wikidata=Q1 "
        "name=Keller name:en=Cellar alt=A alt=B\n");
}

static void test_streets_and_boundaries_without_their_shape(void **state)
{
    (void)state;
    expect_text(
        HEADER(
            "false") "{\"type\":\"Place\",\"content\":[{\"object_type\":\"W\",\"object_id\":8,"
                     "\"categories\":"
                     "[\"other.x\",\"osm.highway.primary\"],\"rank_address\":26,\"name\":{\"name\":"
                     "\"Weg\"},"
                     "\"centroid\":[9.5,47.1]},{\"object_type\":\"R\",\"object_id\":9,"
                     "\"categories\":"
                     "[\"osm.boundary.administrative\"],\"rank_address\":16,\"admin_level\":8,"
                     "\"name\":{\"name\":"
                     "\"Vaduz\"},\"extra\":{\"linked_place\":\"village\"},\"centroid\":[9.5,47.1]},"
                     "{\"object_type\":\"R\",\"object_id\":10,\"categories\":[\"osm.boundary."
                     "administrative\"],"
                     "\"rank_address\":8,\"admin_level\":4,\"name\":{\"name\":\"R\"},\"centroid\":["
                     "1,1],"
                     "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[2,0],[2,2],[0,0]]"
                     "]}},"
                     "{\"object_type\":\"N\",\"object_id\":11,\"categories\":[\"osm.place."
                     "postcode\"],"
                     "\"rank_address\":5,\"name\":{\"ref\":\"9490\"},\"postcode\":\"9490\","
                     "\"country_code\":"
                     "\"li\",\"centroid\":[9.5,47.1]}]}\n",
        "w8 street 95000000,471000000 [highway=primary] rank=6 name=Weg\n"
        "r9 place 95000000,471000000 [boundary=administrative] place=8 level=8 "
        "name=Vaduz\n"
        "r10 place area 10000000,10000000 rings=4 [boundary=administrative] [place=state] place=3 "
        "level=4 name=R\n"
        "n11 postcode 95000000,471000000 postcode=9490 country=LI [place=postcode]\n");
}

static void test_addresses_may_refer_to_other_places(void **state)
{
    (void)state;
    expect_text(HEADER("true") "{\"type\":\"Place\",\"content\":{\"place_id\":105903,\"object_"
                               "type\":\"R\",\"object_id\":1,"
                               "\"categories\":[\"osm.place.city\"],\"rank_address\":16,\"name\":{"
                               "\"name\":\"Vaduz\"},"
                               "\"centroid\":[9.5,47.1]}}\n"
                               "{\"type\":\"Place\",\"content\":{\"place_id\":106180,\"object_"
                               "type\":\"W\",\"object_id\":2,"
                               "\"categories\":[\"osm.highway.residential\"],\"rank_address\":26,"
                               "\"name\":{\"name\":"
                               "\"Weg\"},\"centroid\":[9.5,47.1]}}\n"
                               "{\"type\":\"Place\",\"content\":{\"place_id\":3,\"object_type\":"
                               "\"N\",\"object_id\":3,"
                               "\"categories\":[\"osm.place.house\"],\"rank_address\":30,\"parent_"
                               "place_id\":106180,"
                               "\"housenumber\":\"5\",\"addresslines\":[{\"place_id\":106180,"
                               "\"isaddress\":true},"
                               "{\"place_id\":105903,\"isaddress\":true},{\"place_id\":77,"
                               "\"isaddress\":true}],"
                               "\"centroid\":[9.5,47.1]}}\n",
                "r1 place 95000000,471000000 [place=city] place=6 name=Vaduz\n"
                "w2 street 95000000,471000000 [highway=residential] rank=3 name=Weg\n"
                "n3 address 95000000,471000000 number=5 street=Weg city=Vaduz [place=house]\n");
}

static void expect_refused(const char *text, enum status status, const char *sentence)
{
    struct reading reading = {0};
    text_read(text, &reading);
    assert_int_equal(reading.status, status);
    assert_string_equal(reading.fault.text, sentence);
    reading_free(&reading);
}

static void test_what_is_no_dump_of_a_known_version_is_refused(void **state)
{
    (void)state;
    expect_refused("{\"type\":\"NominatimDumpFile\"}\n", STATUS_CORRUPT,
                   "x: line 1: a dump of Photon begins with "
                   "{\"type\":\"NominatimDumpFile\",\"content\":{…}}");
    expect_refused("{\"type\":\"NominatimDumpFile\",\"content\":{\"version\":\"1.0.0\"}}\n",
                   STATUS_UNSUPPORTED, "x: this dump has version '1.0.0', and 0.x are known");
}

static void test_broken_places_are_left_out_and_counted(void **state)
{
    (void)state;
    struct reading reading = {0};
    text_read(HEADER("false") "{\"type\":\"Place\",\"content\":\n"
                              "{\"type\":\"Place\",\"content\":{\"object_id\":1}}\n"
                              "{\"type\":\"Place\",\"content\":{\"object_type\":\"N\","
                              "\"object_id\":1}}\n"
                              "{\"type\":\"Place\",\"content\":{\"object_type\":\"N\","
                              "\"object_id\":1,\"centroid\":[1,91]}}\n"
                              "{\"type\":\"Place\",\"content\":7}\n",
              &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.summary.skipped_count, 4);
    assert_int_equal(reading.warnings, 4);
    reading_free(&reading);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places_keep_their_ids_and_names),
        cmocka_unit_test(test_streets_and_boundaries_without_their_shape),
        cmocka_unit_test(test_addresses_may_refer_to_other_places),
        cmocka_unit_test(test_what_is_no_dump_of_a_known_version_is_refused),
        cmocka_unit_test(test_broken_places_are_left_out_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
