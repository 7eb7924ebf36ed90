// An atlas whose every byte is changed in turn, its checksums made right again: the checks behind the
// checksums refuse it, or whatever is asked of it is answered without reading outside.
#include <string.h>

#include "archive/archive_seal.h"
#include "atlas/build.h"
#include "atlas/describe.h"
#include "atlas/outline.h"
#include "base/test.h"
#include "search/search.h"
#include "source/osm_sketch.h"
#include "sys/file.h"
#include "sys/sys_memory.h"

// A boundary, two streets that meet, three houses, a place of interest.
static const char town[] = "n1 0 0|addr:housenumber=1|addr:street=A\n"
                           "n2 1 0\n"
                           "n3 1 1|amenity=cafe|name=C|brand=D|opening_hours=24/7|wikidata=Q1\n"
                           "n4 0 1|place=town|name=T\n"
                           "---\n"
                           "w1 1 2 3 4 1|building=yes|addr:housenumber=2\n"
                           "w2 1 3|highway=road|name=A\n"
                           "w3 1 3|addr:interpolation=odd\n"
                           "w4 3 2|highway=road|name=B\n"
                           "---\n"
                           "r1 w1@outer n4@label|type=boundary|boundary=administrative|"
                           "admin_level=8|name=T\n";
static const char extract_name[] = "osm:town.osm.pbf";
static const char atlas_name[] = "town.atlas";
static const char zones[] =
    "{\"type\":\"Feature\",\"properties\":{\"tzid\":\"UTC\"},\"geometry\":{\"type\":"
    "\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]}}\n";

struct bench {
    struct memory_account account;
    struct sys_memory *memory;
    const struct sys *sys;
    struct searcher *searcher;
    struct buffer image;
    unsigned refused, answered;
};

static int bench_open(void **state)
{
    static struct bench bench = {.account = {.name = "test"}};
    bench.image.account = &bench.account;
    struct sketch sketch SCOPED(sketch_free) = {.account = &bench.account, .is_dense = true};
    struct fault fault;
    assert_int_equal(sys_memory_new(&bench.account, 1, &bench.memory, NULL), STATUS_OK);
    bench.sys = sys_memory_table(bench.memory);
    sketch_draw(&sketch, town);
    assert_int_equal(file_replace(bench.sys, "town.osm.pbf", buffer_bytes(&sketch.file), &fault),
                     STATUS_OK);
    assert_int_equal(file_replace(bench.sys, "zones.json", bytes_from_text(zones), &fault),
                     STATUS_OK);
    const char *const inputs[] = {extract_name, "zones:zones.json"};
    const struct build_options options = {
        .sys = bench.sys,
        .account = &bench.account,
        .output = atlas_name,
        .inputs = inputs,
        .input_count = 2,
        .memory_size = 16 << 20,
        .threads = 1,
    };
    struct build_report report = {0};
    if (build_atlas(&options, &report, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    assert_int_equal(file_read_whole(bench.sys, atlas_name, 1 << 20, &bench.image, &fault),
                     STATUS_OK);
    assert_int_equal(searcher_new(&bench.account, &bench.searcher, &fault), STATUS_OK);
    *state = &bench;
    return 0;
}

static int bench_close(void **state)
{
    struct bench *const bench = *state;
    searcher_free(bench->searcher);
    buffer_free(&bench->image);
    sys_memory_free(bench->memory);
    assert_int_equal(bench->account.used_size, 0);
    return 0;
}

static void describe_all(const struct atlas *atlas, const struct search_result *results,
                         unsigned count)
{
    static char memory[16384];
    const struct languages languages = {.tags = {"de"}, .count = 1};
    for (unsigned i = 0; i < count; i++) {
        struct arena arena = arena_over(memory, sizeof(memory));
        struct description description;
        const bool is_between = results[i].guess == GUESS_BETWEEN;
        const enum status status =
            is_between ? describe_between(atlas, results[i].beside, results[i].number,
                                          results[i].point, &languages, &arena, &description)
                       : describe(atlas, results[i].reference, &languages, &arena, &description);
        assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
        if (description.layer == LAYER_STREET) {
            (void)atlas_way_at(atlas, results[i].reference, results[i].point);
        }
        struct described_name names[4];
        (void)describe_names(atlas, results[i].reference, names, COUNT_OF(names));
        struct bytes value;
        (void)description_fact(atlas, &description, "nothing", &value);
        struct geo_rings rings;
        const uint32_t reference = results[i].reference;
        if (reference < atlas->doc_count) {
            (void)atlas_outline(atlas, reference, &arena, &rings);
            (void)atlas_line(atlas, reference, &arena, &rings);
        }
    }
}

static void ask_everything(const struct bench *bench, const struct atlas *atlas)
{
    static const char *const texts[] = {"A 1, T",  "1 A", "T",        "a",          "A 2",
                                        "Tt",      "3",   "A & B, T", "corner b a", "cafe in T",
                                        "0.5 0.5", "w2",  "D"};
    struct search_result results[10];
    unsigned count = 0;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct search_query query = {.text = bytes_from_text(texts[i]), .limit = 10};
        assert_int_equal(search_forward(bench->searcher, &(struct search_world){.atlas = atlas},
                                        &query, results, &count, NULL),
                         STATUS_OK);
        describe_all(atlas, results, count);
        query.has_near = true;
        assert_int_equal(search_autocomplete(bench->searcher,
                                             &(struct search_world){.atlas = atlas}, &query,
                                             results, &count, NULL),
                         STATUS_OK);
        describe_all(atlas, results, count);
    }
    const struct search_query parts = {.has_parts = true,
                                       .parts = {[PART_NUMBER] = BYTES_OF("1"),
                                                 [PART_STREET] = BYTES_OF("A"),
                                                 [PART_UNIT] = BYTES_OF("apt 2"),
                                                 [PART_LOCALITY] = BYTES_OF("T"),
                                                 [PART_REGION] = BYTES_OF("NY"),
                                                 [PART_COUNTRY] = BYTES_OF("T")},
                                       .limit = 10};
    assert_int_equal(search_forward(bench->searcher, &(struct search_world){.atlas = atlas}, &parts,
                                    results, &count, NULL),
                     STATUS_OK);
    describe_all(atlas, results, count);
    struct reverse_query query = {
        .point = GEO_POINT(0.3, 0.4), .radius_m = REVERSE_RADIUS_MAX_M, .limit = 10};
    assert_int_equal(search_reverse(bench->searcher, &(struct search_world){.atlas = atlas}, &query,
                                    results, &count, NULL),
                     STATUS_OK);
    describe_all(atlas, results, count);
    query.layers = 1U << LAYER_INTERSECTION;
    assert_int_equal(search_reverse(bench->searcher, &(struct search_world){.atlas = atlas}, &query,
                                    results, &count, NULL),
                     STATUS_OK);
    describe_all(atlas, results, count);
    struct places_query places = {.has_near = true,
                                  .near = GEO_POINT(0.3, 0.4),
                                  .radius_m = SEARCH_PLACES_RADIUS_M,
                                  .inside = UINT32_MAX,
                                  .limit = 10};
    for (unsigned i = 0; i < 4; i++) {
        places.has_categories =
            i == 1 && category_set_add_name(&places.categories, BYTES_OF("food"));
        places.brand_count = i == 2 ? 2 : 0;
        places.brands[0] = BYTES_OF("D");
        places.brands[1] = BYTES_OF("Q1");
        places.inside = i == 3 ? 0 : UINT32_MAX;
        assert_int_equal(search_places(bench->searcher, &(struct search_world){.atlas = atlas},
                                       &places, results, &count, NULL),
                         STATUS_OK);
        describe_all(atlas, results, count);
    }
}

static void try_image(struct bench *bench)
{
    struct fault fault = {.text = ""};
    struct atlas *atlas = NULL;
    assert_int_equal(file_replace(bench->sys, atlas_name, buffer_bytes(&bench->image), &fault),
                     STATUS_OK);
    if (atlas_open(bench->sys, &bench->account, atlas_name, &atlas, &fault) == STATUS_OK) {
        ask_everything(bench, atlas);
        atlas_close(atlas);
        bench->answered++;
    } else {
        assert_string_not_equal(fault.text, "");
        bench->refused++;
    }
}

static void test_a_whole_atlas_is_answered_from(void **state)
{
    struct bench *const bench = *state;
    bench->answered = 0;
    try_image(bench);
    assert_int_equal(bench->answered, 1);
}

static void test_every_byte_may_be_wrong(void **state)
{
    struct bench *const bench = *state;
    struct dice dice = test_dice();
    bench->answered = 0;
    bench->refused = 0;
    for (size_t at = 0; at < bench->image.size; at++) {
        const uint8_t right = bench->image.data[at];
        bench->image.data[at] = (uint8_t)(right ^ (1U << dice_below(&dice, 8)));
        if (dice_below(&dice, 4) == 0) {
            bench->image.data[at] = dice_below(&dice, 2) == 0 ? 0xff : 0;
        }
        (void)archive_seal_around(bench->image.data, bench->image.size, at);
        try_image(bench);
        bench->image.data[at] = right;
        (void)archive_seal_around(bench->image.data, bench->image.size, at);
    }
    // Both ends are met: coordinates and numbers are merely others, references are refused.
    assert_true(bench->refused > bench->image.size / 4);
    assert_true(bench->answered > bench->image.size / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_atlas_is_answered_from),
        cmocka_unit_test(test_every_byte_may_be_wrong),
    };
    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
