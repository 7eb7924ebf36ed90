// Who's On First: records, archives, folders and SQLite files.
#include "source/wof.h"

#include <sqlite3.h>

#include "codec/tar.h"
#include "source/read_harness.h"

static struct memory_account account = {.name = "test"};

#define VADUZ_HEAD                                                                                 \
    "{\"id\":1,\"type\":\"Feature\",\"properties\":{\"wof:id\":101828603,\"wof:name\":\"Vaduz\","  \
    "\"wof:placetype\":\"locality\",\"iso:country\":\"LI\",\"name:fra_x_preferred\":[\"Vaduz-F\"]" \
    ","                                                                                            \
    "\"name:deu_x_variant\":[\"Residenz\",\"Dorf\"],\"name:ita_x_colloquial\":[\"Vaduzzo\"],"      \
    "\"name:zho_tw_x_preferred\":[\"\\u74e6\"],\"wof:population\":5450,"                           \
    "\"wof:concordances\":{\"gn:id\":3042030,\"wd:id\":\"Q1844\"},\"mz:is_current\":1,"            \
    "\"edtf:deprecated\":\"\",\"edtf:cessation\":\"uuuu\",\"wof:superseded_by\":[]"
#define VADUZ_TAIL "},\"geometry\":{\"type\":\"Point\",\"coordinates\":[9.5215,47.141]}}"

static const char vaduz[] = VADUZ_HEAD VADUZ_TAIL;
static const char vaduz_feature[] =
    "101828603 place 95215000,471410000 country=LI [place=village] "
    "[wikidata=Q1844] wikidata=Q1844 place=8 level=8 population=5450 "
    "name=Vaduz name:fr=Vaduz-F alt:de=Residenz alt:de=Dorf loc:it=Vaduzzo "
    "name:zh-Hant=\xe7\x93\xa6\n";

static void text_read(struct bytes content, struct reading *reading)
{
    struct sys_memory *memory;
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    static const char *const input = "wof:x";
    reading_put(sys, "x", content);
    reading_of_path(sys, &input, 1, 1, (size_t)1 << 20, reading);
    sys_memory_free(memory);
}

static void expect_text(struct bytes content, const char *expected)
{
    struct reading reading = {0};
    text_read(content, &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_string_equal((const char *)reading.text.data, expected);
    reading_free(&reading);
}

static void test_a_record_has_names_in_all_languages(void **state)
{
    (void)state;
    expect_text(bytes_from_text(vaduz), vaduz_feature);
}

static void test_what_is_no_longer_is_left_out(void **state)
{
    (void)state;
    static const char *const texts[] = {
        VADUZ_HEAD ",\"mz:is_current\":0" VADUZ_TAIL,
        VADUZ_HEAD ",\"edtf:deprecated\":\"2017-02-01\"" VADUZ_TAIL,
        VADUZ_HEAD ",\"edtf:superseded\":\"2017-02-01\"" VADUZ_TAIL,
        VADUZ_HEAD ",\"edtf:cessation\":\"1998\"" VADUZ_TAIL,
        VADUZ_HEAD ",\"wof:superseded_by\":[1729834131]" VADUZ_TAIL,
        VADUZ_HEAD ",\"src:alt_label\":\"naturalearth\"" VADUZ_TAIL,
        VADUZ_HEAD ",\"wof:placetype\":\"ocean\"" VADUZ_TAIL,
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        expect_text(bytes_from_text(texts[i]), "");
    }
}

static void test_outlines_postcodes_and_venues(void **state)
{
    (void)state;
    expect_text(BYTES_OF("{\"properties\":{\"wof:id\":1,\"wof:name\":\"L\",\"iso:country\":\"LI\","
                         "\"wof:placetype\":\"country\",\"lbl:longitude\":2,\"lbl:latitude\":3},"
                         "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[9,0],[9,9],"
                         "[0,9],[0,0]]]}}"),
                "1 place area 20000000,30000000 rings=5 country=LI [boundary=administrative] "
                "[place=country] code=LI place=2 level=2 name=L\n");
    expect_text(BYTES_OF("{\"properties\":{\"wof:id\":2,\"wof:name\":\"9490\",\"iso:country\":"
                         "\"LI\",\"wof:placetype\":\"postalcode\"},\"geometry\":{\"type\":"
                         "\"Point\",\"coordinates\":[9.5,47.1]}}"),
                "2 postcode 95000000,471000000 postcode=9490 country=LI\n");
    expect_text(
        BYTES_OF(
            "{\"properties\":{\"wof:id\":3,\"wof:name\":\"Palace\",\"wof:placetype\":\"venue\","
            "\"addr:housenumber\":\"12\",\"addr:street\":\"Broad St\",\"sg:city\":\"Vaduz\","
            "\"sg:phone\":\"+1   \",\"sg:classifiers\":[{\"type\":\"Food & Drink\","
            "\"category\":\"Restaurant\",\"subcategory\":\"\"}]},\"geometry\":{\"type\":"
            "\"Point\",\"coordinates\":[9.5,47.1]}}"),
        "3 address poi 95000000,471000000 number=12 street=Broad St city=Vaduz "
        "category=food.restaurant [amenity=restaurant] name=Palace\n");
}

static void test_broken_records_are_left_out_and_counted(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"wof:id\":",
        "[1]",
        "{\"properties\":{\"wof:name\":\"x\"}}",
        VADUZ_HEAD "},\"geometry\":{\"type\":\"Point\",\"coordinates\":[9.5,97.1]}}",
        VADUZ_HEAD "},\"geometry\":{\"type\":\"Point\",\"coordinates\":\"x\"}}",
        VADUZ_HEAD "},\"geometry\":{\"type\":\"Sphere\",\"coordinates\":[1,2]}}",
        VADUZ_HEAD "},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[1,2],[3,4]]]}}",
        VADUZ_HEAD "},\"geometry\":null}",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct reading reading = {0};
        text_read(bytes_from_text(texts[i]), &reading);
        assert_int_equal(reading.status, STATUS_OK);
        assert_int_equal(reading.summary.skipped_count, 1);
        assert_int_equal(reading.warnings, 1);
        reading_free(&reading);
    }
}

// --- Archives ---

static void tar_header(struct buffer *out, const char *name, char type, size_t size)
{
    uint8_t block[512] = {0};
    char number[24];
    memcpy(block, name, strlen(name));
    (void)snprintf(number, sizeof(number), "%011o", (unsigned)size);
    memcpy(block + 124, number, 11);
    block[156] = (uint8_t)type;
    memcpy(block + 257,
           "ustar\0"
           "00",
           8);
    memset(block + 148, ' ', 8);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof(block); i++) {
        sum += block[i];
    }
    (void)snprintf(number, sizeof(number), "%06o", sum);
    memcpy(block + 148, number, 7);
    buffer_append(out, block, sizeof(block));
}

static void tar_add(struct buffer *out, const char *name, char type, const char *content)
{
    const size_t size = strlen(content);
    tar_header(out, name, type, size);
    buffer_append(out, content, size);
    while (out->size % 512 != 0) {
        buffer_append_u8(out, 0);
    }
}

static struct buffer tar_of_vaduz(void)
{
    struct buffer tar = {.account = &account};
    tar_add(&tar, "w/README.md", '0', "hello");
    tar_add(&tar, "w/data/", '5', "");
    tar_add(&tar, "././@LongLink", 'L', "w/data/101828603-alt-x.geojson");
    tar_add(&tar, "w/data/short", '0', vaduz);
    tar_add(&tar, "pax", 'x', "33 path=w/data/101828603.geojson\n");
    tar_add(&tar, "w/data/short", '0', vaduz);
    return tar;
}

static void test_a_tar_archive_gives_its_records(void **state)
{
    (void)state;
    struct buffer tar SCOPED(buffer_free) = tar_of_vaduz();
    expect_text(buffer_bytes(&tar), vaduz_feature); // without the two blocks of zeros
    const size_t whole = tar.size;
    for (size_t i = 0; i < 1024; i++) {
        buffer_append_u8(&tar, 0);
    }
    expect_text(buffer_bytes(&tar), vaduz_feature);

    struct reading reading = {0};
    text_read((struct bytes){tar.data, whole - 513}, &reading);
    assert_int_equal(reading.status, STATUS_CORRUPT);
    assert_string_equal(reading.fault.text,
                        "x: the tar archive ends in the middle of the member at byte 4608; copy it "
                        "again");
    reading_free(&reading);

    tar.data[600] = 1; // in the content: no header's business
    tar.data[1030] ^= 1;
    text_read(buffer_bytes(&tar), &reading);
    assert_int_equal(reading.status, STATUS_CORRUPT);
    assert_string_equal(reading.fault.text, "x: byte 1024: this is no header of a tar archive");
    reading_free(&reading);
}

static void test_a_folder_is_read_in_the_order_of_names(void **state)
{
    (void)state;
    struct sys_memory *memory;
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    static const char *const folders[] = {"/w", "/w/data", "/w/data/2", "/w/data/1", "/empty"};
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        assert_int_equal(sys->make_directory(sys, folders[i], NULL), STATUS_OK);
    }
    reading_put(sys, "/w/README.md", BYTES_OF("hello"));
    reading_put(sys, "/w/data/1/101828603.geojson", bytes_from_text(vaduz));
    reading_put(sys, "/w/data/1/101828603-alt-x.geojson", bytes_from_text(vaduz));
    reading_put(sys, "/w/data/2/2.geojson",
                BYTES_OF("{\"properties\":{\"wof:id\":2,\"wof:name\":\"9490\",\"wof:placetype\":"
                         "\"postalcode\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":"
                         "[9.5,47.1]}}"));
    char expected[512];
    (void)snprintf(expected, sizeof(expected), "%s2 postcode 95000000,471000000 postcode=9490\n",
                   vaduz_feature);
    static const char *const inputs[] = {"/w", "/empty", "osm:/w"};
    struct reading reading = {0};
    reading_of_path(sys, &inputs[0], 1, 1, (size_t)1 << 20, &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_string_equal((const char *)reading.text.data, expected);
    reading_free(&reading);
    reading_of_path(sys, &inputs[1], 1, 1, (size_t)1 << 20, &reading);
    assert_int_equal(reading.status, STATUS_UNSUPPORTED);
    assert_non_null(strstr(reading.fault.text, "/empty holds no records"));
    reading_free(&reading);
    reading_of_path(sys, &inputs[2], 1, 1, (size_t)1 << 20, &reading);
    assert_int_equal(reading.status, STATUS_UNSUPPORTED);
    assert_string_equal(reading.fault.text, "/w is a folder; name the files in it");
    reading_free(&reading);
    sys_memory_free(memory);
}

// --- SQLite ---

static struct buffer database_of(const char *schema, const char *body)
{
    sqlite3 *database;
    sqlite3_stmt *statement;
    sqlite3_int64 size = 0;
    assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, schema, NULL, NULL, NULL), SQLITE_OK);
    if (body != NULL) {
        assert_int_equal(sqlite3_prepare_v2(database,
                                            "INSERT INTO geojson (id, body) VALUES (101828603, ?)",
                                            -1, &statement, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_bind_text(statement, 1, body, -1, SQLITE_STATIC), SQLITE_OK);
        assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
        assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    }
    unsigned char *const image = sqlite3_serialize(database, "main", &size, 0);
    struct buffer copy = {.account = &account};
    buffer_append(&copy, image, (size_t)size);
    sqlite3_free(image);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
    return copy;
}

static const char table[] = "CREATE TABLE geojson (id INTEGER NOT NULL, body TEXT, source TEXT, "
                            "is_alt BOOLEAN, alt_label TEXT, lastmodified INTEGER)";

static void expect_refused(struct bytes content, enum status status, const char *sentence)
{
    struct reading reading = {0};
    text_read(content, &reading);
    assert_int_equal(reading.status, status);
    assert_non_null(strstr(reading.fault.text, sentence));
    reading_free(&reading);
}

static void test_a_database_gives_its_records(void **state)
{
    (void)state;
    struct buffer good SCOPED(buffer_free) = database_of(table, vaduz);
    expect_text(buffer_bytes(&good), vaduz_feature);
    good.data[18] = good.data[19] = 2;
    expect_refused(buffer_bytes(&good), STATUS_UNSUPPORTED, "x: this SQLite file is in WAL mode");
    good.data[18] = good.data[19] = 1;
    memset(good.data + 4096, 0x55, good.size - 4096);
    expect_refused(buffer_bytes(&good), STATUS_CORRUPT, "x: the SQLite file cannot be read: ");

    struct buffer other SCOPED(buffer_free) = database_of("CREATE TABLE spr (id INTEGER)", NULL);
    expect_refused(buffer_bytes(&other), STATUS_UNSUPPORTED, "has no table geojson");
    // A view that never ends is not asked.
    struct buffer view SCOPED(buffer_free) =
        database_of("CREATE VIEW geojson AS WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT "
                    "id + 1 FROM c) SELECT id, id AS body FROM c",
                    NULL);
    expect_refused(buffer_bytes(&view), STATUS_UNSUPPORTED, "has no table geojson");
}

// --- Real data ---

static void test_the_records_of_liechtenstein(void **state)
{
    (void)state;
    static const char *const path = "../shared/data/wof/whosonfirst-data-admin-li.tar.zst";
    if (!reading_is_here(path)) {
        return;
    }
    struct reading reading = {0};
    reading_of_path(sys_os(), &path, 1, 1, (size_t)64 << 20, &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.summary.kind, SOURCE_WOF);
    assert_int_equal(reading.counts[2], reading.summary.feature_count); // all are places
    assert_true(reading.counts[3] >= 11);                               // eleven have outlines
    assert_non_null(strstr((const char *)reading.text.data, " code=LI place=2 level=2 "));
    assert_non_null(strstr((const char *)reading.text.data, "name:de=Liechtenstein"));
    reading_free(&reading);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_has_names_in_all_languages),
        cmocka_unit_test(test_what_is_no_longer_is_left_out),
        cmocka_unit_test(test_outlines_postcodes_and_venues),
        cmocka_unit_test(test_broken_records_are_left_out_and_counted),
        cmocka_unit_test(test_a_tar_archive_gives_its_records),
        cmocka_unit_test(test_a_folder_is_read_in_the_order_of_names),
        cmocka_unit_test(test_a_database_gives_its_records),
        cmocka_unit_test(test_the_records_of_liechtenstein),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
