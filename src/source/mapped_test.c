// Files with a field map: tables, lines and collections, and maps that are wrong.
#include "source/mapped.h"

#include "source/read_harness.h"

static struct memory_account account = {.name = "test"};

static void pair_read(const char *map, const char *text, struct reading *reading)
{
    struct sys_memory *memory;
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    static const char *const input = "mapping:m.json:x";
    reading_put(sys, "m.json", bytes_from_text(map));
    reading_put(sys, "x", bytes_from_text(text));
    reading_of_path(sys, &input, 1, 1, (size_t)1 << 20, reading);
    sys_memory_free(memory);
}

// Ids are hashes: what follows them is compared, line by line.
static void expect_text(const char *map, const char *text, const char *expected)
{
    struct reading reading = {0};
    pair_read(map, text, &reading);
    if (reading.status != STATUS_OK) {
        print_message("%s\n", reading.fault.text);
    }
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.summary.kind, SOURCE_MAPPED);
    char found[4096] = {0};
    size_t used = 0;
    for (const char *at = (const char *)reading.text.data; *at != '\0';) {
        const size_t size = strcspn(at, "\n");
        const char *const blank = memchr(at, ' ', size);
        assert_non_null(blank);
        const size_t kept = size - (size_t)(blank + 1 - at);
        memcpy(found + used, blank + 1, kept);
        used += kept;
        found[used++] = '\n';
        at += size + 1;
    }
    assert_string_equal(found, expected);
    reading_free(&reading);
}

static void test_a_table_by_its_columns(void **state)
{
    (void)state;
    expect_text("{\"name\":\"T\",\"longitude\":\"X\",\"latitude\":\"Y\",\"tags\":{"
                "\"addr:housenumber\":\"{NO}{SUF}\",\"addr:street\":{\"field\":\"ST\",\"case\":"
                "\"title\"},\"addr:city\":[\"CITY\",\"TOWN\"],\"addr:country\":\"=US\"}}",
                "NO;SUF;ST;CITY;TOWN;X;Y\n12;a;VT ROUTE 22A;;Addison;-73.1;44.5\n"
                ";;MAIN ST;;Addison;-73.1;44.5\n13;;MAIN ST;;Addison;east;44.5\n",
                "address -731000000,445000000 number=12a street=Vt Route 22A city=Addison "
                "country=US\n");
}

static void test_lines_and_collections_by_their_properties(void **state)
{
    (void)state;
    static const char map[] =
        "{\"tags\":{\"name\":\"name\",\"name:de\":\"names.de\",\"place\":{\"field\":\"kind\","
        "\"values\":{\"1\":\"city\",\"2\":\"village\"},\"else\":\"hamlet\"},\"*\":\"more\"}}";
    static const char features[] = "place 10000000,20000000 [place=city] [population=7] place=6 "
                                   "population=7 name=A name:de=B\n"
                                   "place 10000000,20000000 [place=hamlet] place=9 name=C\n";
#define ONE                                                                                     \
    "{\"type\":\"Feature\",\"properties\":{\"name\":\"A\",\"kind\":1,\"names\":{\"de\":\"B\"}," \
    "\"more\":\"\\\"population\\\"=>\\\"7\\\", "                                                \
    "\\\"x\\\"=>\\\"y\\\"\"},\"geometry\":{\"type\":\"Point\","                                 \
    "\"coordinates\":[1,2,9]}}"
#define TWO                                                                                 \
    "{\"properties\":{\"name\":\"C\",\"kind\":null},\"geometry\":{\"type\":\"MultiPoint\"," \
    "\"coordinates\":[[1,2],[3,4]]}}"
    expect_text(map, ONE "\n\n" TWO "\n", features);
    expect_text(map, "\x1e" ONE "\n\x1e" TWO, features);
    expect_text(map, "{\"type\":\"FeatureCollection\",\n\"features\":[" ONE ",\n" TWO "]}",
                features);
    expect_text(map, "[" ONE "," TWO "]", features);
    expect_text(map, ONE,
                "place 10000000,20000000 [place=city] [population=7] place=6 population=7 name=A "
                "name:de=B\n");
#undef ONE
#undef TWO
}

static void test_lines_and_areas(void **state)
{
    (void)state;
    expect_text(
        "{\"tags\":{\"name\":\"n\",\"highway\":\"h\",\"boundary\":\"b\",\"admin_level\":\"l\"}}",
        "{\"properties\":{\"n\":\"Weg\",\"h\":\"primary\"},\"geometry\":{\"type\":"
        "\"MultiLineString\",\"coordinates\":[[[1,1],[2,2]],[[1,1],[1,2],[1,3]]]}}\n"
        "{\"properties\":{\"n\":\"L\",\"b\":\"administrative\",\"l\":6},\"geometry\":{\"type\":"
        "\"MultiPolygon\",\"coordinates\":[[[[0,0],[2,0],[2,2],[0,2],[0,0]]]]}}\n",
        "street 10000000,20000000 line=0:10000000,10000000;0:10000000,20000000;"
        "0:10000000,30000000 [highway=primary] rank=6 name=Weg\n"
        "area 10000000,10000000 rings=5 [boundary=administrative] level=6 name=L\n");
}

static void test_only_what_is_wanted(void **state)
{
    (void)state;
    expect_text("{\"only\":{\"t\":[\"a\",\"b\"],\"u\":\"1\"},\"tags\":{\"name\":\"n\",\"place\":"
                "\"=town\"},\"longitude\":\"x\",\"latitude\":\"y\"}",
                "n,t,u,x,y\nA,a,1,1,1\nB,c,1,1,1\nC,b,2,1,1\n",
                "place 10000000,10000000 [place=town] place=7 name=A\n");
}

static void test_ids_of_another_source(void **state)
{
    (void)state;
    struct reading reading = {0};
    pair_read("{\"id\":\"i\",\"ids\":\"osm:r\",\"tags\":{\"name\":\"n\",\"place\":\"=town\"},"
              "\"longitude\":\"x\",\"latitude\":\"y\",\"attribution\":\"They\",\"licence\":\"L\","
              "\"url\":\"https://x\",\"date\":\"2020-01-02\"}",
              "i,n,x,y\n17529,A,1,1\nseven,B,1,1\n", &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.summary.skipped_count, 1);
    assert_string_equal(reading.summary.attribution, "They");
    assert_string_equal(reading.summary.licence, "L");
    assert_string_equal(reading.summary.url, "https://x");
    assert_int_equal(reading.summary.data_time_s, 1577923200);
    assert_string_equal((const char *)reading.text.data,
                        "r17529 place 10000000,10000000 [place=town] place=7 name=A\n");
    reading_free(&reading);
}

static void test_a_wrong_map_is_refused_with_its_member(void **state)
{
    (void)state;
    static const struct {
        const char *map, *sentence;
    } rows[] = {
        {"[]", "m.json: a mapping is one JSON object"},
        {"{}", "m.json: \"tags\" is missing: what the fields mean, as in "
               "{\"tags\": {\"name\": \"TOWN\", \"place\": \"=town\"}}"},
        {"{\"tagz\":{}}",
         "m.json: \"tagz\" is no member of a mapping; those are name, attribution, licence, url, "
         "date, id, ids, longitude, latitude, only and tags"},
        {"{\"tags\":{\"addr:hosenumber\":\"a\"}}",
         "m.json: \"addr:hosenumber\" is no tag of OpenStreetMap that a build reads (docs/data.md "
         "lists them)"},
        {"{\"tags\":{\"name\":7}}",
         "m.json: \"name\" is to be a field's name, \"=text\", \"{A} {B}\", a list of such, or an "
         "object with \"field\""},
        {"{\"tags\":{\"name\":\"n\"},\"ids\":\"x\"}",
         "m.json: \"ids\" says whose numbers the ids are: osm:n, osm:w, osm:r, geonames or wof"},
        {"{\"tags\":{\"name\":\"n\"},\"longitude\":\"x\"}",
         "m.json: \"longitude\" and \"latitude\" go together"},
        {"{\"tags\":{\"name\":\"nn\",\"place\":\"=town\"},\"longitude\":\"x\",\"latitude\":\"y\"}",
         "x: with m.json none of its 1 objects became anything that can be found; do the fields "
         "and tags fit?"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reading reading = {0};
        pair_read(rows[i].map, "n,x,y\nA,1,1\n", &reading);
        assert_int_not_equal(reading.status, STATUS_OK);
        assert_string_equal(reading.fault.text, rows[i].sentence);
        reading_free(&reading);
    }
}

static void test_fields_that_nothing_has_are_named(void **state)
{
    (void)state;
    struct reading reading = {0};
    pair_read("{\"tags\":{\"name\":\"n\",\"place\":\"=town\",\"population\":\"p\"},\"longitude\":"
              "\"x\",\"latitude\":\"y\"}",
              "n,x,y\nA,1,1\n", &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.warnings, 1);
    reading_free(&reading);
    pair_read("{\"tags\":{\"name\":\"n\",\"place\":\"=town\"}}", "n,x,y\n\"A,1,1\n", &reading);
    assert_int_equal(reading.status, STATUS_CORRUPT);
    assert_string_equal(reading.fault.text, "x: line 2: a quote is never closed, or there are too "
                                            "many columns");
    reading_free(&reading);
}

static void test_the_maps_in_the_documentation_fit_their_files(void **state)
{
    (void)state;
    static const struct {
        const char *map, *file;
        uint64_t count;
    } rows[] = {
        {"nga-world-port-index", "poi/nga-world-port-index.csv.gz", 3768},
        {"japan-towns", "addresses/japan-towns-geolonia.csv.zst", 151006},
        {"natural-earth-places", "admin/ne_50m_populated_places.geojson.zst", 1249},
        {"natural-earth-airports", "admin/ne_10m_airports.geojson.zst", 891},
        {"us-vt-e911", "addresses/us-vt-e911-raw.ndjson.zst", 148960},
        {"gdal-osm", "admin/osm-admin-boundaries-sea.ndjson.zst", 1285},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char file[256];
        char path[512];
        (void)snprintf(file, sizeof(file), "../shared/data/%s", rows[i].file);
        if (!reading_is_here(file)) {
            continue;
        }
        (void)snprintf(path, sizeof(path), "mapping:docs/mappings/%s.json:%s", rows[i].map, file);
        const char *const input = path;
        struct reading reading = {0};
        reading_of_path(sys_os(), &input, 1, 1, (size_t)64 << 20, &reading);
        assert_int_equal(reading.status, STATUS_OK);
        const uint64_t count = reading.summary.feature_count;
        if (count != rows[i].count) {
            print_message("%s: %llu features\n", rows[i].map, (unsigned long long)count);
        }
        assert_int_equal(count, rows[i].count);
        reading_free(&reading);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_table_by_its_columns),
        cmocka_unit_test(test_lines_and_collections_by_their_properties),
        cmocka_unit_test(test_lines_and_areas),
        cmocka_unit_test(test_only_what_is_wanted),
        cmocka_unit_test(test_ids_of_another_source),
        cmocka_unit_test(test_a_wrong_map_is_refused_with_its_member),
        cmocka_unit_test(test_fields_that_nothing_has_are_named),
        cmocka_unit_test(test_the_maps_in_the_documentation_fit_their_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
