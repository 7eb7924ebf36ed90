// What is asked and what is answered, over two small towns drawn by hand.
#include "atlas/build.h"
#include "atlas/describe.h"
#include "base/test.h"
#include "search/search.h"
#include "source/osm_sketch.h"
#include "sys/file.h"
#include "sys/sys_memory.h"

// Northtown at 47.10 N, Southtown at 47.00 N: Main Street and Oak Avenue meet in both.
static const char towns[] =
    "n1 9.50 47.10\nn2 9.51 47.10\nn3 9.52 47.10\n"
    "n4 9.51 47.11\nn5 9.51 47.09\n"
    "n6 9.52 47.11\n"
    "n11 9.50 47.00\nn12 9.51 47.00\nn13 9.52 47.00\n"
    "n14 9.51 47.01\nn15 9.51 46.99\n"
    "n20 9.511 47.101|place=town|name=Northtown\n"
    "n21 9.511 47.001|place=town|name=Southtown\n"
    "n40 9.501 47.1001|addr:housenumber=1|addr:street=Main Street\n"
    "n41 9.503 47.0999|addr:housenumber=2-6|addr:street=Main Street\n"
    "n42 9.505 47.1001|addr:housenumber=5|addr:street=Main Street\n"
    "n43 9.507 47.0999|addr:housenumber=12|addr:street=Main Street|addr:unit=3\n"
    "n44 9.507 47.0999|addr:housenumber=12|addr:street=Main Street|addr:unit=4\n"
    "n45 9.509 47.1001|addr:housenumber=7a|addr:street=Main Street\n"
    "n30 9.512 47.102|shop=bakery|name=Loaf\nn31 9.513 47.103|shop=bakery|name=Crumb\n"
    "n32 9.512 47.002|shop=bakery|name=Rye\nn33 9.513 47.003|tourism=hotel|name=Hotel Northtown\n"
    "n34 9.514 47.104|tourism=hotel|name=Post\nn35 9.515 "
    "47.105|amenity=fuel|name=Corner|brand=Avia\n"
    "---\n"
    "w1 1 2 3|highway=residential|name=Main Street\n"
    "w2 4 2 5|highway=residential|name=Oak Avenue\n"
    "w3 3 6|highway=residential|name=Rue de la Gare\n"
    "w11 11 12 13|highway=residential|name=Main Street\n"
    "w12 14 12 15|highway=residential|name=Oak Avenue\n"
    "---\n";

struct bench {
    struct memory_account account;
    struct sys_memory *memory;
    struct searcher *searcher;
    struct atlas *atlas;
    struct search_result results[10];
    unsigned count;
};

static int bench_open(void **state)
{
    static struct bench bench = {.account = {.name = "test"}};
    struct sketch sketch SCOPED(sketch_free) = {.account = &bench.account, .is_dense = true};
    struct fault fault = {.text = ""};
    assert_int_equal(sys_memory_new(&bench.account, 1, &bench.memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(bench.memory);
    sketch_draw(&sketch, towns);
    assert_int_equal(file_replace(sys, "towns.osm.pbf", buffer_bytes(&sketch.file), &fault),
                     STATUS_OK);
    const char *const inputs[] = {"osm:towns.osm.pbf"};
    const struct build_options options = {
        .sys = sys,
        .account = &bench.account,
        .output = "towns.atlas",
        .inputs = inputs,
        .input_count = 1,
        .memory_size = 16 << 20,
        .threads = 1,
        .country = "US",
    };
    struct build_report report = {0};
    if (build_atlas(&options, &report, &fault) != STATUS_OK ||
        atlas_open(sys, &bench.account, "towns.atlas", &bench.atlas, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    assert_int_equal(searcher_new(&bench.account, &bench.searcher, &fault), STATUS_OK);
    *state = &bench;
    return 0;
}

static int bench_close(void **state)
{
    struct bench *const bench = *state;
    searcher_free(bench->searcher);
    atlas_close(bench->atlas);
    sys_memory_free(bench->memory);
    assert_int_equal(bench->account.used_size, 0);
    return 0;
}

// Its text holds until the next call.
static const char *label_of(const struct bench *bench, unsigned result)
{
    static char memory[4096];
    static char label[512];
    const struct languages languages = {.count = 0};
    struct arena arena = arena_over(memory, sizeof(memory));
    struct description description;
    if (result >= bench->count) {
        return "nothing";
    }
    assert_int_equal(
        describe(bench->atlas, bench->results[result].reference, &languages, &arena, &description),
        STATUS_OK);
    (void)snprintf(label, sizeof(label), "%s: %.*s", layer_name(description.layer),
                   (int)description.label.size, (const char *)description.label.data);
    return label;
}

static void ask(struct bench *bench, const char *text, bool is_open, struct search_query query)
{
    const struct search_world world = {.atlas = bench->atlas};
    struct fault fault = {.text = ""};
    query.text = bytes_from_text(text);
    query.limit = 10;
    const enum status status = (is_open ? search_autocomplete : search_forward)(
        bench->searcher, &world, &query, bench->results, &bench->count, &fault);
    assert_int_equal(status, STATUS_OK);
}

static void expect(struct bench *bench, const char *text, const char *label)
{
    ask(bench, text, false, (struct search_query){.limit = 10});
    assert_string_equal(label_of(bench, 0), label);
}

static void test_intersections_are_found_however_they_are_written(void **state)
{
    static const char *const texts[] = {
        "Main Street & Oak Avenue, Northtown",
        "oak ave and main st northtown",
        "corner of Main Street and Oak Avenue, Northtown",
        "Ecke Main Street/Oak Avenue Northtown",
        "Main St @ Oak Ave, Northtown",
        "main street x oak avenue, northtown",
        "esquina de Main Street con Oak Avenue, Northtown",
        "à l'angle de la Main Street et de la Oak Avenue, Northtown",
        "Northtown, Main Street & Oak Avenue",
        "the corner of oak avenue main street northtown",
        "Main Stret & Oak Avenu, Northtown",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        expect(*state, texts[i], "intersection: Main Street & Oak Avenue, Northtown");
    }
}

static void test_the_place_decides_between_intersections_of_one_name(void **state)
{
    struct bench *const bench = *state;
    expect(bench, "Main & Oak, Southtown", "intersection: Main Street & Oak Avenue, Southtown");
    ask(bench, "Oak Avenue & Main Street", false,
        (struct search_query){.has_near = true, .near = GEO_POINT(9.5, 47.0)});
    assert_string_equal(label_of(bench, 0), "intersection: Main Street & Oak Avenue, Southtown");
    assert_int_equal(bench->results[0].point.lng_e7, 95100000);
    assert_int_equal(bench->results[0].point.lat_e7, 470000000);
    assert_int_equal(bench->results[0].match, MATCH_EXACT);
    // Streets that do not meet have no intersection.
    ask(bench, "Oak Avenue & Rue de la Gare", false, (struct search_query){.limit = 10});
    assert_false(atlas_is_crossing(bench->results[0].reference));
}

static void test_the_second_street_of_an_intersection_is_completed(void **state)
{
    struct bench *const bench = *state;
    ask(bench, "Main Street & Oa", true,
        (struct search_query){.has_near = true, .near = GEO_POINT(9.5, 47.1)});
    assert_true(bench->count >= 2);
    assert_string_equal(label_of(bench, 0), "intersection: Main Street & Oak Avenue, Northtown");
    assert_int_equal(bench->results[0].match, MATCH_PREFIX);
    ask(bench, "main street and the ru", true, (struct search_query){.limit = 10});
    assert_string_equal(label_of(bench, 0),
                        "intersection: Rue de la Gare & Main Street, Northtown");
}

static void test_intersections_are_a_layer(void **state)
{
    struct bench *const bench = *state;
    const struct search_world world = {.atlas = bench->atlas};
    ask(bench, "Main Street & Oak Avenue", false,
        (struct search_query){.layers = 1U << LAYER_STREET});
    assert_int_equal(bench->atlas->docs[bench->results[0].reference].layer, LAYER_STREET);

    struct reverse_query query = {.point = GEO_POINT(9.5101, 47.1001),
                                  .layers = 1U << LAYER_INTERSECTION,
                                  .radius_m = 5000,
                                  .limit = 10};
    assert_int_equal(
        search_reverse(bench->searcher, &world, &query, bench->results, &bench->count, NULL),
        STATUS_OK);
    assert_int_equal(bench->count, 2); // the one of the other town is farther than that
    assert_string_equal(label_of(bench, 0), "intersection: Main Street & Oak Avenue, Northtown");
    assert_true(bench->results[0].distance_m < 20);
    query.layers = 0;
    query.limit = 100;
    struct search_result all[100];
    assert_int_equal(search_reverse(bench->searcher, &world, &query, all, &bench->count, NULL),
                     STATUS_OK);
    for (unsigned i = 0; i < bench->count; i++) {
        assert_false(atlas_is_crossing(all[i].reference));
    }
}

static void test_a_point_is_answered_with_what_is_there(void **state)
{
    struct bench *const bench = *state;
    static const char *const texts[] = {"47.1, 9.515", "47°6'N 9°30'54\"E", "geo:47.1,9.515",
                                        "8FVF4G28+22"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        ask(bench, texts[i], false, (struct search_query){.wants_point = true});
        assert_true(bench->count >= 2);
        assert_true(bench->results[0].is_point);
        assert_int_equal(bench->results[0].reference, UINT32_MAX);
        assert_true(bench->results[1].distance_m < 20);
        bench->results[0] = bench->results[1];
        assert_string_equal(label_of(bench, 0), "street: Main Street, Northtown");
        ask(bench, texts[i], false, (struct search_query){.limit = 10});
        assert_false(bench->results[0].is_point); // who cannot show a point gets none
        assert_string_equal(label_of(bench, 0), "street: Main Street, Northtown");
    }
    ask(bench, "47.1, 9.512", false,
        (struct search_query){.wants_point = true, .layers = 1U << LAYER_INTERSECTION});
    assert_string_equal(label_of(bench, 0), "intersection: Main Street & Oak Avenue, Northtown");
}

static void test_a_short_code_means_the_one_near_its_place(void **state)
{
    struct bench *const bench = *state;
    ask(bench, "4G24+2X Northtown", false, (struct search_query){.wants_point = true});
    assert_true(bench->results[0].is_point);
    assert_int_equal(bench->results[0].point.lat_e7 / 100000, 4710);
    assert_int_equal(bench->results[0].point.lng_e7 / 10000, 9507);
    ask(bench, "4g24+2x", false,
        (struct search_query){.wants_point = true, .has_near = true, .near = GEO_POINT(9.5, 47.1)});
    assert_true(bench->results[0].is_point);
    ask(bench, "4G24+2X", false, (struct search_query){.wants_point = true});
    assert_true(bench->count == 0 || !bench->results[0].is_point); // near what?
}

static void test_an_id_finds_its_object(void **state)
{
    static const char *const texts[] = {"osm:w3",  "W3",    "way/3",
                                        " way 3 ", "w3",    "https://www.openstreetmap.org/way/3",
                                        "osm.org", "way/x", "way/99"};
    struct bench *const bench = *state;
    for (size_t i = 0; i < 6; i++) {
        expect(bench, texts[i], "street: Rue de la Gare, Northtown");
        assert_int_equal(bench->count, 1);
    }
    for (size_t i = 6; i < COUNT_OF(texts); i++) {
        ask(bench, texts[i], false, (struct search_query){.limit = 10});
    }
}

static void test_a_kind_is_found_where_it_is_asked_for(void **state)
{
    struct bench *const bench = *state;
    static const char *const texts[] = {"bakery in Southtown", "Bäckerei Southtown",
                                        "baeckereien in southtown", "Southtown bakeries",
                                        "boulangerie à Southtown"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        expect(bench, texts[i], "poi: Rye, Southtown");
    }
    expect(bench, "hotel northtown", "poi: Hotel Northtown, Southtown"); // its name comes before
    expect(bench, "hotels in northtown", "poi: Post, Northtown");
    expect(bench, "Avia", "poi: Corner, Northtown"); // by its brand

    static const char *const here[] = {"bakery", "nearest bakery", "bakery near me", "padarias"};
    for (size_t i = 0; i < COUNT_OF(here); i++) {
        ask(bench, here[i], false,
            (struct search_query){.has_near = true, .near = GEO_POINT(9.514, 47.104)});
        assert_string_equal(label_of(bench, 0), "poi: Crumb, Northtown");
        assert_string_equal(label_of(bench, 1), "poi: Loaf, Northtown");
        assert_string_equal(label_of(bench, 2), "poi: Rye, Southtown");
    }
    ask(bench, "bakery in Southtown", false, (struct search_query){.layers = 1U << LAYER_STREET});
    assert_true(bench->count == 0 ||
                bench->atlas->docs[bench->results[0].reference].layer == LAYER_STREET);
}

static enum search_guess guess_of(struct bench *bench, const char *text)
{
    ask(bench, text, false, (struct search_query){.limit = 10});
    assert_true(bench->count != 0);
    return bench->results[0].guess;
}

static const char *house_of(const struct bench *bench)
{
    const uint32_t reference = bench->results[0].reference;
    assert_true((reference & ATLAS_REF_HOUSE) != 0);
    const struct atlas_house *const house = &bench->atlas->houses[reference & ~ATLAS_REF_HOUSE];
    static char text[64];
    const struct bytes number = atlas_string(bench->atlas, house->text);
    const struct bytes unit = atlas_string(bench->atlas, house->unit);
    (void)snprintf(text, sizeof(text), "%.*s%s%.*s", (int)number.size, (const char *)number.data,
                   unit.size == 0 ? "" : " unit ", (int)unit.size, (const char *)unit.data);
    return text;
}

static void test_a_number_that_is_not_there_is_guessed(void **state)
{
    struct bench *const bench = *state;
    assert_int_equal(guess_of(bench, "5 Main Street, Northtown"), GUESS_NONE);
    assert_string_equal(house_of(bench), "5");
    assert_int_equal(bench->results[0].match, MATCH_EXACT);

    assert_int_equal(guess_of(bench, "3 Main Street, Northtown"), GUESS_BETWEEN);
    assert_int_equal(bench->results[0].match, MATCH_INTERPOLATED);
    assert_int_equal(bench->results[0].number, 3);
    assert_int_equal(bench->results[0].point.lng_e7, 95030000); // between 1 and 5, on their side
    assert_int_equal(bench->results[0].point.lat_e7, 471001000);
    assert_int_equal(bench->atlas->docs[bench->results[0].reference].layer, LAYER_STREET);

    assert_int_equal(guess_of(bench, "4 Main Street, Northtown"), GUESS_RANGE);
    assert_string_equal(house_of(bench), "2-6");
    assert_int_equal(guess_of(bench, "Main Street 5-7, Northtown"), GUESS_NONE);
    assert_string_equal(house_of(bench), "5");

    assert_int_equal(guess_of(bench, "Main Street 14, Northtown"), GUESS_BESIDE);
    assert_int_equal(bench->results[0].match, MATCH_STREET);
    assert_int_equal(guess_of(bench, "Main Street 7, Northtown"), GUESS_BESIDE);
    assert_string_equal(house_of(bench), "7a");
    assert_int_equal(guess_of(bench, "Main Street 900, Northtown"), GUESS_NONE);
    assert_string_equal(label_of(bench, 0), "street: Main Street, Northtown");
}

static void test_a_unit_is_told_from_the_number(void **state)
{
    static const char *const texts[] = {
        "12 Main Street Apt 4, Northtown", "12 Main St #4 Northtown",
        "Main Street 12, Top 4, Northtown", "unit 4, 12 main street, northtown",
        "Main Street 12 Wohnung 4 Northtown"};
    struct bench *const bench = *state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        ask(bench, texts[i], false, (struct search_query){.limit = 10});
        assert_string_equal(house_of(bench), "12 unit 4");
        assert_int_equal(bench->results[0].match, MATCH_EXACT);
    }
    ask(bench, "5 Main Street Apt 9, Northtown", false, (struct search_query){.limit = 10});
    assert_string_equal(house_of(bench), "5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intersections_are_found_however_they_are_written),
        cmocka_unit_test(test_the_place_decides_between_intersections_of_one_name),
        cmocka_unit_test(test_the_second_street_of_an_intersection_is_completed),
        cmocka_unit_test(test_intersections_are_a_layer),
        cmocka_unit_test(test_a_point_is_answered_with_what_is_there),
        cmocka_unit_test(test_a_short_code_means_the_one_near_its_place),
        cmocka_unit_test(test_an_id_finds_its_object),
        cmocka_unit_test(test_a_kind_is_found_where_it_is_asked_for),
        cmocka_unit_test(test_a_number_that_is_not_there_is_guessed),
        cmocka_unit_test(test_a_unit_is_told_from_the_number),
    };
    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
