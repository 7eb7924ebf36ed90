// What reverse says where nothing is drawn around the point.
#include "atlas/build.h"
#include "base/test.h"
#include "search/search.h"
#include "source/osm_sketch.h"
#include "sys/file.h"
#include "sys/sys_memory.h"

// A village with one house, a hamlet without.
static const char land[] = "n1 0 0|place=village|name=V\n"
                           "n2 0.5 0|place=hamlet|name=H\n"
                           "n3 0.001 0|addr:housenumber=1|addr:street=A|addr:city=V\n";

struct bench {
    struct memory_account account;
    struct sys_memory *memory;
    struct searcher *searcher;
    struct atlas *atlas;
};

static int bench_open(void **state)
{
    static struct bench bench = {.account = {.name = "test"}};
    struct sketch sketch = {.account = &bench.account, .is_dense = true};
    struct fault fault = {0};
    assert_int_equal(sys_memory_new(&bench.account, 1, &bench.memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(bench.memory);
    sketch_draw(&sketch, land);
    assert_int_equal(file_replace(sys, "land.osm.pbf", buffer_bytes(&sketch.file), &fault),
                     STATUS_OK);
    sketch_free(&sketch);
    const char *const inputs[] = {"osm:land.osm.pbf"};
    const struct build_options options = {
        .sys = sys,
        .account = &bench.account,
        .output = "land.atlas",
        .inputs = inputs,
        .input_count = 1,
        .memory_size = 16 << 20,
        .threads = 1,
    };
    struct build_report report = {0};
    if (build_atlas(&options, &report, &fault) != STATUS_OK ||
        atlas_open(sys, &bench.account, "land.atlas", &bench.atlas, &fault) != STATUS_OK) {
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

// The name of the first answer, "" when there is none.
static const char *at(const struct bench *bench, double lng_deg, double lat_deg, unsigned layers)
{
    static char name[32];
    struct search_result result;
    unsigned count = 0;
    const struct reverse_query query = {
        .point = GEO_POINT(lng_deg, lat_deg), .radius_m = 1000, .limit = 1, .layers = layers};
    assert_int_equal(search_reverse(bench->searcher, &(struct search_world){.atlas = bench->atlas},
                                    &query, &result, &count, NULL),
                     STATUS_OK);
    name[0] = '\0';
    if (count != 0 && (result.reference & ATLAS_REF_HOUSE) == 0) {
        const struct bytes text =
            atlas_string(bench->atlas, bench->atlas->docs[result.reference].name);
        assert_true(result.distance_m >= 0);
        (void)snprintf(name, sizeof(name), "%.*s", (int)text.size, (const char *)text.data);
    }
    return name;
}

static void the_nearest_settlement_stands_in_for_an_outline(void **state)
{
    const struct bench *const bench = *state;
    assert_string_equal(at(bench, 0.05, 0.05, 0), "V"); // 8 km
    assert_string_equal(at(bench, 0.45, 0.05, 0), "H");
    assert_string_equal(at(bench, 5, 5, 0), "");
    assert_string_equal(at(bench, 0.05, 0.05, 1U << LAYER_STREET), "");
    assert_string_equal(at(bench, 0.05, 0.05, 1U << LAYER_LOCALITY), "V");
}

static void a_house_near_by_says_it_better(void **state)
{
    const struct bench *const bench = *state;
    assert_string_equal(at(bench, 0.001, 0.0001, 1U << LAYER_LOCALITY), "V");
    // Its settlement is known, so no other is looked for far away.
    assert_string_equal(at(bench, 0.001, 0.0001, 1U << LAYER_NEIGHBOURHOOD), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_settlement_stands_in_for_an_outline),
        cmocka_unit_test(a_house_near_by_says_it_better),
    };
    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
