#include "source/osm_sketch.h"
#include "source/read_harness.h"

static struct memory_account account = {.name = "test"};

static void path_read(const struct sys *sys, const char *path, unsigned threads, size_t memory_size,
                      struct reading *reading)
{
    reading_of_path(sys, &path, 1, threads, memory_size, reading);
}

// Reads a file of these bytes on a disk in memory.
static void bytes_read(struct bytes bytes, unsigned threads, struct reading *reading)
{
    struct sys_memory *memory;
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    reading_put(sys, "x.pbf", bytes);
    path_read(sys, "x.pbf", threads, (size_t)1 << 20, reading);
    sys_memory_free(memory);
}

static void sketch_read(const char *text, bool is_dense, bool is_sorted, struct reading *reading)
{
    struct sketch sketch = {.account = &account, .is_dense = is_dense, .is_sorted = is_sorted};
    sketch_draw(&sketch, text);
    bytes_read(buffer_bytes(&sketch.file), 1, reading);
    sketch_free(&sketch);
}

static void expect_features(const char *text, const char *expected)
{
    for (unsigned form = 0; form < 4; form++) {
        struct reading reading = {0};
        sketch_read(text, (form & 1) != 0, (form & 2) != 0, &reading);
        assert_int_equal(reading.status, STATUS_OK);
        assert_string_equal((const char *)reading.text.data, expected);
        reading_free(&reading);
    }
}

static void test_addresses_on_nodes_ways_and_relations(void **state)
{
    (void)state;
    expect_features(
        "n1 9.5 47.1|addr:housenumber=12a|addr:street=Landstrasse|addr:postcode=9494|"
        "addr:city=Schaan|addr:country=li|addr:unit=3\n"
        "n2 0 0\nn3 0.4 0\nn4 0.4 0.4\nn5 0 0.4\nn6 0.1 0.1\nn7 0.3 0.1\nn8 0.3 0.3\nn9 0.1 0.3\n"
        "n10 7 7\n"
        "---\n"
        "w1 2 3 4 5 2|building=yes|addr:housenumber=5|addr:place=Dorf\n"
        "w2 6 7 8 9 6\n"
        "---\n"
        "r1 w1@outer w2@inner|type=multipolygon|addr:conscriptionnumber=123|addr:streetnumber=4|"
        "addr:street=Ring\n",
        "n1 address 95000000,471000000 number=12a unit=3 street=Landstrasse city=Schaan "
        "postcode=9494 country=LI\n"
        "w1 address 2000000,2000000 number=5 at=Dorf\n"
        "r1 address 500000,2000000 number=123/4 street=Ring\n");
}

static void test_houses_get_the_street_of_their_relation(void **state)
{
    (void)state;
    expect_features("n1 1 1|addr:housenumber=1\nn2 1 2|addr:housenumber=2|addr:street=Own\n"
                    "---\nr5 n1@house n2@house|type=associatedStreet|name=Rue Haute\n",
                    "n1 address 10000000,10000000 number=1 street=Rue Haute\n"
                    "n2 address 10000000,20000000 number=2 street=Own\n");
}

static void test_streets_are_named_ways_with_their_nodes(void **state)
{
    (void)state;
    expect_features(
        "n1 0 0\nn2 2 0\nn3 2 2\n---\n"
        "w1 1 2 3|highway=tertiary|name=Feldweg|name:de=Feldweg|old_name=Weg;Pfad|ref=12\n"
        "w2 1 2|highway=residential\n"
        "w3 1 2|highway=proposed|name=Never\n",
        "w1 street 20000000,0 line=1:0,0;2:20000000,0;3:20000000,20000000 "
        "[highway=tertiary] [ref=12] rank=4 name=Feldweg "
        "name:de=Feldweg old=Weg old=Pfad ref=12\n");
}

static void test_interpolations_know_the_numbers_at_their_nodes(void **state)
{
    (void)state;
    expect_features("n1 0 0|addr:housenumber=2|addr:street=A\nn2 1 0\nn3 2 0|addr:housenumber=10\n"
                    "n4 3 0|addr:housenumber=4 A\nn5 3 1|addr:housenumber=4f\n"
                    "---\nw1 1 2 3|addr:interpolation=even\nw2 1 3|addr:interpolation=7\n"
                    "w3 4 5|addr:interpolation=alphabetic\n",
                    "n1 address 0,0 number=2 street=A\n"
                    "n3 address 20000000,0 number=10\nn4 address 30000000,0 number=4 A\n"
                    "n5 address 30000000,10000000 number=4f\n"
                    "w1 interpolation 10000000,0 line=1:0,0;2:10000000,0;3:20000000,0 "
                    "interpolation=2 end=0:2 end_street=A end=2:10\n"
                    "w3 interpolation 30000000,5000000 line=4:30000000,0;5:30000000,10000000 "
                    "interpolation=4 end=0:4a end=1:4f\n");
}

static void test_boundaries_places_and_postcodes(void **state)
{
    (void)state;
    expect_features(
        "n1 0 0\nn2 4 0\nn3 4 4\nn4 0 4\n"
        "n5 1 1|place=town|name=Vaduz|population=5 700|wikidata=Q1844|name:fr=Vadouz\n---\n"
        "w1 1 2 3\nw2 3 4 1\n---\n"
        "r1 w1@outer w2@outer n5@admin_centre|type=boundary|boundary=administrative|admin_level=8|"
        "name=Vaduz|ISO3166-2=LI-11|int_name=Vaduz;Wadutz\n"
        "r2 w1@outer w2@outer|type=boundary|boundary=postal_code|postal_code=9490\n"
        "r3 w1@outer w2@outer|type=boundary|boundary=administrative|admin_level=2|"
        "name=Liechtenstein|ISO3166-1=LI\n",
        "n5 place 10000000,10000000 [place=town] [population=5 700] [wikidata=Q1844] "
        "wikidata=Q1844 place=7 population=5700 name=Vaduz "
        "name:fr=Vadouz\n"
        "r1 area 20000000,20000000 rings=4 [boundary=administrative] region=LI-11 level=8 "
        "label=n5 name=Vaduz int=Vaduz "
        "int=Wadutz\n"
        "r2 postcode 20000000,20000000 rings=4 postcode=9490 [boundary=postal_code]\n"
        "r3 area 20000000,20000000 rings=4 [boundary=administrative] code=LI level=2 "
        "name=Liechtenstein\n");
}

static void test_places_of_interest_need_a_name_or_a_brand(void **state)
{
    (void)state;
    expect_features(
        "n1 0 0|amenity=restaurant|name=Adler|opening_hours=24/7\nn2 0 0|amenity=bench\n"
        "n3 0 0|shop=supermarket|brand=Coop\nn4 0 0|tourism=hotel|amenity=bar|name=Post\n",
        "n1 poi 0,0 category=food.restaurant hours=24/7 [amenity=restaurant] [opening_hours=24/7] "
        "name=Adler\n"
        "n3 poi 0,0 category=shop.supermarket [shop=supermarket] [brand=Coop] name=Coop\n"
        "n4 poi 0,0 category=food.bar [amenity=bar] name=Post\n");
}

static void test_text_is_trimmed_and_valid(void **state)
{
    (void)state;
    expect_features("n1 0 0|place=village|name= A\x01\xff\xc3\xa9 \n",
                    "n1 place 0,0 [place=village] place=8 name=A \xc3\xa9\n");
}

// Ways before their nodes, ids below zero and out of order, nodes twice: the same features.
static void test_disorder_gives_the_same_features(void **state)
{
    (void)state;
    struct reading reading = {0};
    sketch_read("r1 w-1@outer w7@outer|type=boundary|boundary=administrative|name=A\n---\n"
                "w7 9 -4 -1\nw-1 -1 3 9|highway=road|name=B\n---\n"
                "n9 4 4\nn3 4 0\nn9 8 8\n---\nn-4 0 4|addr:housenumber=1\nn-1 0 0\n",
                true, false, &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_string_equal((const char *)reading.text.data,
                        "n-4 address 0,40000000 number=1\n"
                        "w-1 street 40000000,0 line=-1:0,0;3:40000000,0;9:40000000,40000000 "
                        "[highway=road] rank=3 name=B\n"
                        "r1 area 20000000,20000000 rings=4 [boundary=administrative] name=A\n");
    reading_free(&reading);
}

static void test_what_an_extract_cut_off_is_missing_and_counted(void **state)
{
    (void)state;
    struct reading reading = {0};
    sketch_read("n1 0 0\nn2 1 0\nn3 200 0|place=town|name=Off\n---\n"
                "w1 1 2 99|highway=road|name=A\nw2 98 99|highway=road|name=B\nw3 1 2\n---\n"
                "r1 w3 w50|type=boundary|boundary=administrative|name=C\n"
                "r2 w50|type=boundary|boundary=administrative|name=D\n",
                false, false, &reading);
    assert_int_equal(reading.status, STATUS_OK);
    assert_string_equal((const char *)reading.text.data,
                        "w1 street 5000000,0 line=1:0,0;2:10000000,0 [highway=road] rank=3 name=A\n"
                        "r1 area 5000000,0 [boundary=administrative] name=C\n");
    assert_int_equal(reading.summary.skipped_count, 4); // n3, w2, r1's outline, r2
    assert_int_equal(reading.warnings, 4);
    reading_free(&reading);
}

static void test_a_file_that_is_not_sorted_as_it_says_is_refused(void **state)
{
    (void)state;
    struct reading reading = {0};
    sketch_read("w1 1 2|highway=road|name=A\n---\nn1 0 0\nn2 1 1\n---\nw2 1 2|highway=road|name=B\n"
                "---\nr1 w1|type=boundary\n",
                true, true, &reading);
    assert_int_equal(reading.status, STATUS_CORRUPT);
    assert_non_null(strstr(reading.fault.text, "sorted"));
    reading_free(&reading);
}

static const char town[] =
    "n1 0 0|addr:housenumber=1|addr:street=A\nn2 1 0\nn3 1 1\nn4 0 1|place=town|name=T\n---\n"
    "w1 1 2 3 4 1|building=yes|addr:housenumber=2|addr:street=A\nw2 1 3|highway=road|name=A\n---\n"
    "r1 w1@outer n4@label|type=boundary|boundary=administrative|admin_level=8|name=T\n";

// Cut anywhere, an extract is refused with its name and the byte, or was whole up to a blob's end.
static void test_every_cut_ends_in_a_sentence(void **state)
{
    (void)state;
    struct sketch sketch = {.account = &account};
    sketch_draw(&sketch, town);
    for (size_t size = 0; size < sketch.file.size; size++) {
        struct reading reading = {0};
        bytes_read((struct bytes){.data = sketch.file.data, .size = size}, 1, &reading);
        if (reading.status != STATUS_OK) {
            assert_non_null(strstr(reading.fault.text, "x.pbf"));
            assert_true(size < 20 || strstr(reading.fault.text, "byte") != NULL);
        }
        reading_free(&reading);
    }
    sketch_free(&sketch);
}

static void test_any_changed_byte_ends_well(void **state)
{
    (void)state;
    struct sketch sketch = {.account = &account, .is_dense = true};
    sketch_draw(&sketch, town);
    struct dice dice = test_dice();
    for (size_t at = 0; at < sketch.file.size; at++) {
        for (unsigned turn = 0; turn < 3; turn++) {
            struct reading reading = {0};
            const uint8_t change = (uint8_t)(1 + dice_below(&dice, 255));
            sketch.file.data[at] ^= change;
            bytes_read(buffer_bytes(&sketch.file), 1, &reading);
            sketch.file.data[at] ^= change;
            reading_free(&reading);
        }
    }
    sketch_free(&sketch);
}

static void test_every_failing_call_is_reported_and_leaks_nothing(void **state)
{
    (void)state;
    struct sketch sketch = {.account = &account, .is_dense = true};
    sketch_draw(&sketch, town);
    bool has_failed = true;
    for (uint64_t call = 1; has_failed; call++) {
        struct sys_memory *memory;
        assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
        const struct sys *const sys = sys_memory_table(memory);
        reading_put(sys, "x.pbf", buffer_bytes(&sketch.file));
        sys_memory_fail_at(memory, call);
        struct reading reading = {0};
        path_read(sys, "x.pbf", 1, (size_t)1 << 20, &reading);
        has_failed = sys_memory_has_failed(memory);
        assert_true(has_failed == (reading.status != STATUS_OK));
        reading_free(&reading);
        sys_memory_free(memory);
    }
    sketch_free(&sketch);
}

static void test_every_full_account_is_reported_and_leaks_nothing(void **state)
{
    (void)state;
    struct sketch sketch = {.account = &account, .is_dense = true};
    sketch_draw(&sketch, town);
    enum status status = STATUS_NO_MEMORY;
    for (size_t limit = 1000; status != STATUS_OK; limit += limit / 50 + 997) {
        struct sys_memory *memory;
        assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
        const struct sys *const sys = sys_memory_table(memory);
        reading_put(sys, "x.pbf", buffer_bytes(&sketch.file));
        struct reading reading = {.account = {.limit_size = limit}};
        path_read(sys, "x.pbf", 1, (size_t)1 << 20, &reading);
        status = reading.status;
        assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
        reading_free(&reading);
        sys_memory_free(memory);
    }
    sketch_free(&sketch);
}

#define FOLDER "../shared/data/osm/"

static void test_threads_and_memory_change_nothing(void **state)
{
    (void)state;
    static const char path[] = FOLDER "liechtenstein-20211028.osm.pbf";
    if (!reading_is_here(path)) {
        skip();
    }
    uint64_t digest = 0;
    static const struct {
        unsigned threads;
        size_t memory_size;
    } rows[] = {{1, (size_t)64 << 20}, {2, (size_t)64 << 20}, {4, (size_t)1 << 20}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reading reading = {0};
        path_read(sys_os(), path, rows[i].threads, rows[i].memory_size, &reading);
        assert_int_equal(reading.status, STATUS_OK);
        assert_true(i == 0 || reading.digest == digest);
        digest = reading.digest;
        reading_free(&reading);
    }
}

// Objects that osmium finds with a filter; -1 when it is not installed.
static long osmium_count(const char *path, const char *filters)
{
    char command[512];
    (void)snprintf(command, sizeof(command),
                   "command -v osmium >/dev/null || { echo -1; exit; }; "
                   "osmium tags-filter -R -f opl %s %s 2>/dev/null | wc -l",
                   path, filters);
    FILE *const pipe = popen(command, "r");
    assert_non_null(pipe);
    char text[32] = "";
    assert_non_null(fgets(text, sizeof(text), pipe));
    (void)pclose(pipe);
    return strtol(text, NULL, 10);
}

static void test_finds_what_osmium_finds(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        uint64_t lost_addresses; // on ways and relations without any node in the file
    } rows[] = {
        {FOLDER "liechtenstein-20211028.osm.pbf", 0},
        {FOLDER "andorra-20211028.osm.pbf", 0},
        {FOLDER "monaco-20260309.osm.pbf", 0},
        {FOLDER "vancouver-20150501.osm.pbf", 0},
        {FOLDER "queens-village-nyc-20160713.osm.pbf", 70},
        {"../shared/data/addresses/us-vt-burlington-area-addresses.osm.pbf", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (!reading_is_here(rows[i].path)) {
            skip();
        }
        const long addresses = osmium_count(rows[i].path, "addr:housenumber");
        if (addresses < 0) {
            print_message("# skipped: osmium is not installed\n");
            skip();
        }
        struct reading reading = {0};
        path_read(sys_os(), rows[i].path, 2, (size_t)64 << 20, &reading);
        assert_int_equal(reading.status, STATUS_OK);
        print_message("# %s: %" PRIu64 " addresses (osmium %ld), %" PRIu64 " streets, %" PRIu64
                      " places of interest\n",
                      reading.summary.name, reading.counts[0], addresses, reading.counts[1],
                      reading.counts[4]);
        assert_int_equal(reading.counts[0] + rows[i].lost_addresses, addresses);
        reading_free(&reading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_on_nodes_ways_and_relations),
        cmocka_unit_test(test_houses_get_the_street_of_their_relation),
        cmocka_unit_test(test_streets_are_named_ways_with_their_nodes),
        cmocka_unit_test(test_interpolations_know_the_numbers_at_their_nodes),
        cmocka_unit_test(test_boundaries_places_and_postcodes),
        cmocka_unit_test(test_places_of_interest_need_a_name_or_a_brand),
        cmocka_unit_test(test_text_is_trimmed_and_valid),
        cmocka_unit_test(test_disorder_gives_the_same_features),
        cmocka_unit_test(test_what_an_extract_cut_off_is_missing_and_counted),
        cmocka_unit_test(test_a_file_that_is_not_sorted_as_it_says_is_refused),
        cmocka_unit_test(test_every_cut_ends_in_a_sentence),
        cmocka_unit_test(test_any_changed_byte_ends_well),
        cmocka_unit_test(test_every_failing_call_is_reported_and_leaks_nothing),
        cmocka_unit_test(test_every_full_account_is_reported_and_leaks_nothing),
        cmocka_unit_test(test_threads_and_memory_change_nothing),
        cmocka_unit_test(test_finds_what_osmium_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
