// Inputs of every kind and wrapping; the tables of GeoNames and country polygons.
#include "source/source.h"

#include <zlib.h>
#include <zstd.h>

#include "source/read_harness.h"

static struct memory_account account = {.name = "test"};

struct named_file {
    const char *path;
    struct bytes content;
};

// Reads the first input with all of them as companions.
static void files_read(const struct named_file *files, size_t count, const char *const *inputs,
                       size_t input_count, struct reading *reading)
{
    struct sys_memory *memory;
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    for (size_t i = 0; i < count; i++) {
        reading_put(sys, files[i].path, files[i].content);
    }
    reading_of_path(sys, inputs, input_count, 1, (size_t)1 << 20, reading);
    sys_memory_free(memory);
}

static void text_read(const char *input, struct bytes content, struct reading *reading)
{
    const struct named_file file = {.path = "x", .content = content};
    files_read(&file, 1, &input, 1, reading);
}

static const char vaduz[] = "3042030\tVaduz\tVaduz\tVadutz,Wadutz\t47.14151\t9."
                            "52154\tP\tPPLC\tLI\t\t11\t\t\t\t5197\t\t462\t"
                            "Europe/Vaduz\t2013-08-04\n";
static const char vaduz_feature[] =
    "3042030 place 95215400,471415100 country=LI [geonames=PPLC] place=6 "
    "population=5197 name=Vaduz alt=Vadutz "
    "alt=Wadutz\n";

static void expect_text(const char *input, struct bytes content, const char *expected)
{
    struct reading reading = {0};
    text_read(input, content, &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_string_equal((const char *)reading.text.data, expected);
    reading_free(&reading);
}

static void test_places_of_geonames(void **state)
{
    (void)state;
    expect_text("x", bytes_from_text(vaduz), vaduz_feature);
    expect_text("geonames:x", bytes_from_text(vaduz), vaduz_feature);
    expect_text(
        "x",
        BYTES_OF("1\tLiechtenstein\tLiechtenstein\t\t47\t9\tA\tPCLI\tLI\t\t00\t\t\t\t35000\t\t0\tz"
                 "\td\n"
                 "2\tBahnhof\tBahnhof\t\t47.5\t9.5\tS\tRSTN\tLI\t\t00\t\t\t\t0\t\t0\tz\td\n"
                 "3\tOld\tOld\t\t47\t9\tP\tPPLQ\tLI\t\t00\t\t\t\t0\t\t0\tz\td\n"),
        "1 place 90000000,470000000 country=LI [geonames=PCLI] code=LI place=2 population=35000 "
        "name=Liechtenstein\n"
        "2 poi 95000000,475000000 country=LI category=transit.station "
        "[geonames=RSTN] name=Bahnhof\n");
}

static void test_regions_and_other_names_are_joined(void **state)
{
    (void)state;
    static const struct named_file files[] = {
        {"names", BYTES_OF("5\t3042030\tfr\tVadouz\t\t\t\t\n6\t3042030\tlink\thttp://x\t\t\t\t\n"
                           "7\t3042030\tde\tAlt-Vaduz\t\t\t\t1\n8\t1\tde\tNever\t\t\t\t\n"
                           "9\t3042030\twkdt\tQ1844\t\t\t\t\n")},
        {"admin1", BYTES_OF("LI.11\tVaduz\tVaduz\t3042029\n")},
        {"places", BYTES_OF("")},
    };
    struct named_file all[3];
    memcpy(all, files, sizeof(all));
    all[2].content = bytes_from_text(vaduz);
    static const char *const inputs[] = {"places", "names", "admin1"};
    struct reading reading = {0};
    files_read(all, 3, inputs, 3, &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_string_equal((const char *)reading.text.data,
                        "3042030 place 95215400,471415100 state=Vaduz country=LI [geonames=PPLC] "
                        "[wikidata=Q1844] wikidata=Q1844 "
                        "place=6 population=5197 name=Vaduz name:fr=Vadouz old:de=Alt-Vaduz "
                        "alt=Vadutz alt=Wadutz\n");
    reading_free(&reading);
}

static void test_countries_without_a_row_lie_at_their_capital(void **state)
{
    (void)state;
    struct named_file files[] = {
        {"countries",
         BYTES_OF(
             "LI\tLIE\t438\tLS\tLiechtenstein\tVaduz\t160\t35000\tEU\t.li\tCHF\tFranc\t423\t####"
             "\t^(\\d{4})$\tde-LI\t3042058\tCH,AT\n"
             "CH\tCHE\t756\tSZ\tSwitzerland\tBern\t41290\t7581000\tEU\t.ch\tCHF\tFranc\t41\t####"
             "\t^(\\d{4})$\tde-CH\t2658434\tLI\n")},
        {"places", bytes_from_text(vaduz)},
    };
    static const char *const inputs[] = {"places", "countries"};
    char expected[512];
    (void)snprintf(expected, sizeof(expected),
                   "%s3042058 place 95215400,471415100 country=LI code=LI place=2 "
                   "population=35000 name=Liechtenstein\n",
                   vaduz_feature);
    struct reading reading = {0};
    files_read(files, 2, inputs, 2, &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_string_equal((const char *)reading.text.data, expected);
    reading_free(&reading);
}

static void test_postcodes_keep_their_id(void **state)
{
    (void)state;
    struct reading reading = {0};
    text_read("x",
              BYTES_OF("LI\t9490\tVaduz\tVaduz\t\t\t\t\t\t47.1415\t9.5215\t6\r\n"
                       "LI\t9490\tVaduz\tVaduz\t\t\t\t\t\t99\t9.5215\t6\n"),
              &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.summary.skipped_count, 1);
    assert_string_equal((const char *)reading.text.data,
                        "-36547433441261443 postcode 95215000,471415000 city=Vaduz state=Vaduz "
                        "postcode=9490 country=LI\n");
    reading_free(&reading);
}

static void test_tables_without_places_are_understood(void **state)
{
    (void)state;
    expect_text("x", BYTES_OF("LI.11\tVaduz\tVaduz\t3042029\n"), "");
    expect_text("x", BYTES_OF("AF.01.1125426\tShighnan District\tShighnan\t1125426\n"), "");
    expect_text("x", BYTES_OF("1556403\t49518\tnl\tRwanda\t\t\t\t\n"), "");
    expect_text(
        "x",
        BYTES_OF("# ISO\tISO3\n#\nLI\tLIE\t438\tLS\tLiechtenstein\tVaduz\t160\t35000\tEU\t.li\t"
                 "CHF\tFranc\t423\t####\t^(\\d{4})$\tde-LI\t3042058\tCH,AT\t\n"),
        "");
}

static void test_broken_rows_are_left_out_and_counted(void **state)
{
    (void)state;
    char text[2048];
    (void)snprintf(text, sizeof(text), "%s1\tshort\n\n%s", vaduz, vaduz);
    struct reading reading = {0};
    text_read("x", bytes_from_text(text), &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.summary.skipped_count, 1);
    assert_int_equal(reading.summary.feature_count, 2);
    assert_int_equal(reading.warnings, 1);
    reading_free(&reading);
}

static void test_tables_of_addresses(void **state)
{
    (void)state;
    struct reading reading = {0};
    text_read("x",
              BYTES_OF("LON,LAT,NUMBER,STREET,UNIT,CITY,DISTRICT,REGION,POSTCODE,ID,HASH\r\n"
                       "9.5215,47.141,12a,\"Städtle, oben\",3,Vaduz,,FL,9490,7,9daaa1e25ee101bc\r\n"
                       "x,47.141,12,Städtle,,,,,,,\r\n"
                       "9.5215,47.141,,Städtle,,,,,,,\r\n"),
              &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.summary.kind, SOURCE_OPENADDRESSES);
    assert_int_equal(reading.summary.feature_count, 1);
    assert_int_equal(reading.summary.skipped_count, 2);
    assert_int_equal(reading.warnings, 1); // a row without a number is no fault
    assert_non_null(strstr((const char *)reading.text.data,
                           "address 95215000,471410000 number=12a unit=3 street=Städtle, oben"));
    reading_free(&reading);
}

static void test_addresses_keep_their_id_wherever_they_stand(void **state)
{
    (void)state;
    static struct reading readings[3];
    text_read("x", BYTES_OF("lon,lat,number,street\n1,2,3,High Street\n4,5,6,Low Street\n"),
              &readings[0]);
    text_read("x", BYTES_OF("lat;lon;addr:street;addr:housenumber\n2;1;High Street;3\n"),
              &readings[1]);
    text_read("x",
              BYTES_OF("{\"type\":\"Feature\",\"properties\":{\"number\":\"3\",\"street\":\"High "
                       "Street\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":[1,2]}}\n"),
              &readings[2]);
    const char *const first = (const char *)readings[0].text.data;
    const size_t id_size = strcspn(first, " ");
    for (size_t i = 0; i < COUNT_OF(readings); i++) {
        assert_int_equal(readings[i].status, STATUS_OK);
        assert_int_equal(strncmp(first, (const char *)readings[i].text.data, id_size), 0);
    }
    for (size_t i = 0; i < COUNT_OF(readings); i++) {
        reading_free(&readings[i]);
    }
}

static void test_ranges_of_addresses(void **state)
{
    (void)state;
    struct reading reading = {0};
    text_read("x",
              BYTES_OF("from;to;interpolation;street;city;state;postcode;geometry\n"
                       "199;101;odd;Glen Ln;Autauga;AL;36066;LINESTRING(-86.4 32.4,-86.5 32.5)\n"
                       "1;3;none;Glen Ln;Autauga;AL;36066;LINESTRING(-86.4 32.4,-86.5 32.5)\n"
                       "1;3;odd;Glen Ln;Autauga;AL;36066;POINT(-86.4 32.4)\n"),
              &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.counts[6], 1);
    assert_int_equal(reading.warnings, 2);
    reading_free(&reading);
}

static void test_tables_of_addresses_that_are_wrong_say_why(void **state)
{
    (void)state;
    struct reading reading = {0};
    text_read("addresses:x", BYTES_OF("a,b\n1,2\n"), &reading);
    assert_int_equal(reading.status, STATUS_CORRUPT);
    assert_non_null(strstr(reading.fault.text, "the first line must name the columns"));
    reading_free(&reading);
    text_read("x", BYTES_OF("lon,lat,number,street\n1,2,\"3,High\n"), &reading);
    assert_int_equal(reading.status, STATUS_CORRUPT);
    assert_non_null(strstr(reading.fault.text, "line 2: a quote is never closed"));
    reading_free(&reading);
}

#define SQUARE "[[9.5,47],[9.6,47],[9.6,47.2],[9.5,47.2],[9.5,47]]"

static void test_country_polygons(void **state)
{
    (void)state;
    static const char expected[] = "294 country 95500000,471000000 rings=5 country=LI "
                                   "wikidata=Q347 code=LI place=2 level=2 population=38019 "
                                   "name=Liechtenstein name:fr=Liechstein\n";
    expect_text(
        "x",
        BYTES_OF("\xef\xbb\xbf{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\","
                 "\"properties\":{\"ISO_A2\":\"-99\",\"ADM0_A3\":\"LIE\",\"ADMIN\":"
                 "\"Liechtenstein\",\"NAME\":\"Liechtenstein\",\"NAME_FR\":\"Liechstein\","
                 "\"POP_EST\":38019.0,\"WIKIDATAID\":\"Q347\"},\"geometry\":{\"type\":"
                 "\"Polygon\",\"coordinates\":[" SQUARE "]}}]}"),
        expected);
    expect_text("countries:x",
                BYTES_OF("{\"geometry\":{\"coordinates\":[[" SQUARE "]],\"type\":\"MultiPolygon\"},"
                         "\"properties\":{\"iso_a2_eh\":\"LI\",\"iso_a2\":\"-99\",\"name\":"
                         "\"Liechtenstein\",\"name_fr\":\"Liechstein\",\"pop_est\":38019,"
                         "\"wikidataid\":\"Q347\"},\"type\":\"Feature\"}\n"
                         "{\"type\":\"Feature\",\"properties\":{},\"geometry\":null}\n"),
                expected);
}

#define SQUARE_OF(properties)                                              \
    "{\"type\":\"Feature\",\"properties\":{" properties "},\"geometry\":{" \
    "\"type\":\"Polygon\",\"coordinates\":[" SQUARE "]}}\n"

static void test_regions_counties_and_zones_are_told_by_their_keys(void **state)
{
    (void)state;
    expect_text(
        "x",
        BYTES_OF(SQUARE_OF("\"iso_3166_2\":\"US-VT\",\"iso_a2\":\"US\",\"name\":"
                           "\"Vermont\",\"name_alt\":\"VT|Vt.\",\"admin\":\"United States\"")),
        "821202 region 95500000,471000000 rings=5 country=US region=US-VT place=3 level=4 "
        "name=Vermont alt=VT alt=Vt.\n");
    expect_text("x",
                BYTES_OF(SQUARE_OF("\"GEO_ID\":\"0500000US72001\",\"NAME\":\"Adjuntas\",\"LSAD\":"
                                   "\"Muno\"")),
                "10239139318 region 95500000,471000000 rings=5 country=PR place=4 level=6 "
                "name=Adjuntas Municipality alt=Adjuntas\n");
    expect_text("x", BYTES_OF(SQUARE_OF("\"tzid\":\"Europe/Vaduz\"")),
                "0 zone 95500000,471000000 rings=5 name=Europe/Vaduz\n");
    expect_text("zones:x", BYTES_OF(SQUARE_OF("\"timezone\":\"Europe/Vaduz\"")),
                "0 zone 95500000,471000000 rings=5 name=Europe/Vaduz\n");
}

static void test_a_country_has_its_long_name(void **state)
{
    (void)state;
    expect_text("x",
                BYTES_OF(SQUARE_OF("\"ISO_A2\":\"BA\",\"NAME\":\"Bosnia and Herz.\",\"NAME_LONG\":"
                                   "\"Bosnia and Herzegovina\",\"FORMAL_EN\":\"Bosnia and "
                                   "Herzegovina\",\"NAME_EN\":\"Bosnia and Herzegovina\"")),
                "26 country 95500000,471000000 rings=5 country=BA code=BA place=2 level=2 "
                "name=Bosnia and Herzegovina name=Bosnia and Herz. official:en=Bosnia and "
                "Herzegovina\n");
}

static void test_geojson_that_is_wrong_says_where(void **state)
{
    (void)state;
    static const struct {
        struct bytes text;
        const char *said;
    } rows[] = {
        {BYTES_OF("{\"features\":[{]}"), "byte 14"},
        {BYTES_OF("{\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[9,999]]]}}"),
         "off the globe"},
        {BYTES_OF("{\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[9,9],[9,9]]]}}"),
         "four positions"},
        {BYTES_OF("{\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[9]]]}}"), "two numbers"},
        {BYTES_OF("{\"type\":\"Feature\"}"), "no feature is a polygon with a country code"},
        {BYTES_OF("{\"a\":"), "ends in the middle"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reading reading = {0};
        text_read("x", rows[i].text, &reading);
        assert_int_not_equal(reading.status, STATUS_OK);
        assert_non_null(strstr(reading.fault.text, rows[i].said));
        assert_true(strncmp(reading.fault.text, "x: ", 3) == 0);
        reading_free(&reading);
    }
}

static void gzip_append(struct bytes text, struct buffer *out)
{
    z_stream zlib = {0};
    assert_int_equal(deflateInit2(&zlib, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    uint8_t *const room = buffer_reserve(out, 4096);
    assert_non_null(room);
    zlib.next_in = (z_const Bytef *)(uintptr_t)text.data;
    zlib.avail_in = (uInt)text.size;
    zlib.next_out = room;
    zlib.avail_out = 4096;
    assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
    out->size += 4096 - zlib.avail_out;
    (void)deflateEnd(&zlib);
}

static void test_gzip_and_zstd_are_unpacked(void **state)
{
    (void)state;
    struct buffer packed = {.account = &account};
    gzip_append(bytes_from_text(vaduz), &packed);
    expect_text("x", buffer_bytes(&packed), vaduz_feature);
    expect_text("geonames:x", buffer_bytes(&packed), vaduz_feature);

    struct reading reading = {0};
    text_read("x", (struct bytes){packed.data, packed.size - 9}, &reading);
    assert_int_equal(reading.status, STATUS_CORRUPT);
    assert_non_null(strstr(reading.fault.text, "x: "));
    reading_free(&reading);

    buffer_clear(&packed);
    uint8_t room[4096];
    buffer_append(&packed, room, ZSTD_compress(room, sizeof(room), vaduz, sizeof(vaduz) - 1, 3));
    expect_text("x", buffer_bytes(&packed), vaduz_feature);
    buffer_free(&packed);
}

static void u32_append(struct buffer *out, const uint32_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_append_u32(out, values[i]);
    }
}

// Two stored members, a readme and a table, each with its local header, then the directory.
static struct buffer zip_make(const char *const names[2], const struct bytes contents[2])
{
    struct buffer zip = {.account = &account};
    struct buffer directory = {.account = &account};
    for (unsigned i = 0; i < 2; i++) {
        const uint32_t crc = (uint32_t)crc32(0, contents[i].data, (uInt)contents[i].size);
        const uint32_t size = (uint32_t)contents[i].size;
        const uint32_t name_size = (uint32_t)strlen(names[i]);
        const uint32_t offset = (uint32_t)zip.size;
        // Versions and flags, method and time, date in one half each: all zero but the version.
        u32_append(&zip, (const uint32_t[]){0x04034b50, 20, 0}, 3);
        buffer_append(&zip, "\0", 2);
        u32_append(&zip, (const uint32_t[]){crc, size, size, name_size}, 4);
        buffer_append_text(&zip, names[i]);
        buffer_append_bytes(&zip, contents[i]);
        u32_append(&directory, (const uint32_t[]){0x02014b50, 20 | 20 << 16, 0, 0}, 4);
        u32_append(&directory, (const uint32_t[]){crc, size, size, name_size, 0, 0, 0, offset}, 8);
        directory.size -= 2; // the disk number and attributes are ten bytes, not twelve
        memmove(directory.data + directory.size - 4, &offset, 4);
        buffer_append_text(&directory, names[i]);
    }
    const uint32_t offset = (uint32_t)zip.size;
    buffer_append_bytes(&zip, buffer_bytes(&directory));
    u32_append(&zip,
               (const uint32_t[]){0x06054b50, 0, 2 | 2 << 16, (uint32_t)directory.size, offset}, 5);
    buffer_append(&zip, "\0", 2);
    buffer_free(&directory);
    return zip;
}

static void test_members_of_an_archive_are_picked_by_content(void **state)
{
    (void)state;
    static const char *const names[2] = {"readme.txt", "LI.txt"};
    const struct bytes contents[2] = {BYTES_OF("Readme for tables"), bytes_from_text(vaduz)};
    struct buffer zip = zip_make(names, contents);
    expect_text("x", buffer_bytes(&zip), vaduz_feature);
    expect_text("geonames:x", buffer_bytes(&zip), vaduz_feature);

    struct reading reading = {0};
    text_read("osm:x", buffer_bytes(&zip), &reading);
    assert_int_equal(reading.status, STATUS_UNSUPPORTED);
    assert_non_null(strstr(reading.fault.text, "no member"));
    reading_free(&reading);

    zip.data[100] ^= 1; // in the table: the checksum no longer agrees
    text_read("x", buffer_bytes(&zip), &reading);
    assert_int_equal(reading.status, STATUS_CORRUPT);
    assert_non_null(strstr(reading.fault.text, "checksum"));
    reading_free(&reading);
    buffer_free(&zip);
}

static void test_what_is_unknown_or_absent_is_said(void **state)
{
    (void)state;
    struct reading reading = {0};
    text_read("x", BYTES_OF("hello"), &reading);
    assert_int_equal(reading.status, STATUS_UNSUPPORTED);
    assert_non_null(strstr(reading.fault.text, "none of"));
    reading_free(&reading);
    text_read("x", BYTES_OF(""), &reading);
    assert_int_equal(reading.status, STATUS_UNSUPPORTED);
    reading_free(&reading);
    text_read("missing", BYTES_OF(""), &reading);
    assert_int_equal(reading.status, STATUS_NOT_FOUND);
    assert_non_null(strstr(reading.fault.text, "missing"));
    reading_free(&reading);
    text_read("geonames:x", BYTES_OF("{}"), &reading);
    assert_int_equal(reading.status, STATUS_UNSUPPORTED);
    reading_free(&reading);
}

static void test_real_tables(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        unsigned role;
        uint64_t expected;
    } rows[] = {
        {"../shared/data/geonames/cities15000-20260127.zip", 2, 33203},
        {"../shared/data/geonames/NL.txt.gz", 2, 9540},
        {"../shared/data/geonames/SG.zip", 4, 774}, // with a readme beside it
        {"../shared/data/geonames/postalcodes-US-DE-AT-CH-ES-LU-LI-MC-AD-NL-KR.txt.gz", 5, 163754},
        {"../shared/data/admin/ne_10m_admin_0_countries.geojson.zst", 7, 245},
        {"../shared/data/admin/ne_110m_admin_0_countries.geojson.zst", 7, 175},
        {"../shared/data/admin/ne_50m_admin_1_states_provinces.geojson.zst", 8, 100},
        {"../shared/data/admin/us-counties-fips.geojson.zst", 8, 3221},
        {"../shared/data/admin/timezones-tz_world-simplified.geojson.zst", 9, 417},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (!reading_is_here(rows[i].path)) {
            skip();
        }
        struct reading reading = {0};
        reading_of_path(sys_os(), &rows[i].path, 1, 1, (size_t)16 << 20, &reading);
        assert_int_equal(reading.status, STATUS_OK);
        assert_int_equal(reading.counts[rows[i].role], rows[i].expected);
        reading_free(&reading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places_of_geonames),
        cmocka_unit_test(test_regions_and_other_names_are_joined),
        cmocka_unit_test(test_countries_without_a_row_lie_at_their_capital),
        cmocka_unit_test(test_postcodes_keep_their_id),
        cmocka_unit_test(test_tables_without_places_are_understood),
        cmocka_unit_test(test_broken_rows_are_left_out_and_counted),
        cmocka_unit_test(test_tables_of_addresses),
        cmocka_unit_test(test_addresses_keep_their_id_wherever_they_stand),
        cmocka_unit_test(test_ranges_of_addresses),
        cmocka_unit_test(test_tables_of_addresses_that_are_wrong_say_why),
        cmocka_unit_test(test_country_polygons),
        cmocka_unit_test(test_regions_counties_and_zones_are_told_by_their_keys),
        cmocka_unit_test(test_a_country_has_its_long_name),
        cmocka_unit_test(test_geojson_that_is_wrong_says_where),
        cmocka_unit_test(test_gzip_and_zstd_are_unpacked),
        cmocka_unit_test(test_members_of_an_archive_are_picked_by_content),
        cmocka_unit_test(test_what_is_unknown_or_absent_is_said),
        cmocka_unit_test(test_real_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
