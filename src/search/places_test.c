// Places around a point, against looking at every one of them.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "atlas/build.h"
#include "base/test.h"
#include "geo/distance.h"
#include "search/search.h"
#include "source/osm_sketch.h"
#include "sys/file.h"
#include "sys/sys_memory.h"

enum { PLACES = 4000, ASKED = 400 };

static const char *const kinds[] = {"amenity=restaurant", "shop=bakery", "amenity=fuel",
                                    "amenity=restaurant", "tourism=museum"};
static const char *const brands[] = {"Avia", "Coop", "Tamoil"};

struct bench {
    struct memory_account account;
    struct sys_memory *memory;
    struct searcher *searcher;
    struct atlas *atlas;
    struct dice dice;
    double taken_us[ASKED];
};

// A town of 20 km, denser in its middle, and a boundary of a quarter of it.
static void town_draw(struct dice *dice, struct sketch *sketch)
{
    struct buffer text SCOPED(buffer_free) = {.account = sketch->account};
    for (unsigned i = 0; i < PLACES; i++) {
        const unsigned spread = 1 + (unsigned)dice_below(dice, 1000);
        const double lng = 9.5 + ((double)dice_below(dice, 2001) - 1000) * spread * 1e-7;
        const double lat = 47.1 + ((double)dice_below(dice, 2001) - 1000) * spread * 1e-7;
        const char *const kind = kinds[dice_below(dice, COUNT_OF(kinds))];
        buffer_append_format(&text, "n%u %.7f %.7f|%s|name=P%u", i + 10, lng, lat, kind, i);
        if (dice_below(dice, 20) == 0) {
            buffer_append_format(&text, "|brand=%s", brands[dice_below(dice, COUNT_OF(brands))]);
        }
        buffer_append_text(&text, "\n");
    }
    buffer_append_text(&text, "n1 9.5 47.1\nn2 9.6 47.1\nn3 9.6 47.2\nn4 9.5 47.2\n---\n"
                              "w1 1 2 3 4 1\n---\n"
                              "r1 w1@outer|type=boundary|boundary=administrative|admin_level=8|"
                              "name=Quarter\n");
    buffer_append_u8(&text, 0);
    assert_int_equal(buffer_status(&text), STATUS_OK);
    sketch_draw(sketch, (const char *)text.data);
}

static int bench_open(void **state)
{
    static struct bench bench = {.account = {.name = "test"}};
    struct sketch sketch SCOPED(sketch_free) = {.account = &bench.account, .is_dense = true};
    struct fault fault = {.text = ""};
    bench.dice = test_dice();
    assert_int_equal(sys_memory_new(&bench.account, 1, &bench.memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(bench.memory);
    town_draw(&bench.dice, &sketch);
    assert_int_equal(file_replace(sys, "town.osm.pbf", buffer_bytes(&sketch.file), &fault),
                     STATUS_OK);
    const char *const inputs[] = {"osm:town.osm.pbf"};
    const struct build_options options = {
        .sys = sys,
        .account = &bench.account,
        .output = "town.atlas",
        .inputs = inputs,
        .input_count = 1,
        .memory_size = 16 << 20,
        .threads = 1,
        .country = "LI",
    };
    struct build_report report = {0};
    if (build_atlas(&options, &report, &fault) != STATUS_OK ||
        atlas_open(sys, &bench.account, "town.atlas", &bench.atlas, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    assert_int_equal(report.doc_counts[LAYER_POI], PLACES);
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

static bool has_brand(const struct atlas *atlas, uint32_t doc, struct bytes brand)
{
    const struct atlas_list facts = atlas_facts(atlas, doc);
    for (uint32_t i = 0; i < facts.count; i++) {
        if (bytes_equal(atlas_string(atlas, facts.items[2 * (size_t)i]), BYTES_OF("brand")) &&
            bytes_equal(atlas_string(atlas, facts.items[2 * (size_t)i + 1]), brand)) {
            return true;
        }
    }
    return false;
}

static bool is_wanted(const struct atlas *atlas, const struct places_query *query, uint32_t doc)
{
    const struct geo_point point = atlas_point(atlas, doc);
    const struct bytes category = atlas_string(atlas, atlas->categories[atlas->docs[doc].category]);
    return (!query->has_categories ||
            category_set_has(&query->categories, category_from_name(category))) &&
           (query->brand_count == 0 || has_brand(atlas, doc, query->brands[0])) &&
           (!query->has_box || geo_box_contains(query->box, point)) &&
           (query->inside == UINT32_MAX || (point.lng_e7 > 95000000 && point.lat_e7 > 471000000)) &&
           (query->radius_m <= 0 || distance_m(query->near, point) <= query->radius_m);
}

static int by_distance(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return (a > b) - (a < b);
}

// The distances of all that are wanted, ascending.
static unsigned brute_force(const struct atlas *atlas, const struct places_query *query,
                            double distances_m[PLACES])
{
    unsigned count = 0;
    for (uint32_t doc = atlas_layer_first(atlas, LAYER_POI); doc < atlas->doc_count; doc++) {
        if (is_wanted(atlas, query, doc)) {
            distances_m[count++] = distance_m(query->near, atlas_point(atlas, doc));
        }
    }
    qsort(distances_m, count, sizeof(*distances_m), by_distance);
    return count;
}

static uint32_t quarter(const struct atlas *atlas)
{
    uint32_t doc = 0;
    const uint64_t id =
        atlas_id_pack((struct source_id){.kind = SOURCE_OSM, .type = 'r', .number = 1});
    assert_int_equal(atlas_find(atlas, id, &doc), STATUS_OK);
    return doc;
}

static struct places_query query_throw(struct bench *bench)
{
    struct dice *const dice = &bench->dice;
    struct places_query query = {
        .has_near = true,
        .near = {.lng_e7 = 94000000 + (int32_t)dice_below(dice, 2000000),
                 .lat_e7 = 470000000 + (int32_t)dice_below(dice, 2000000)},
        .radius_m = dice_below(dice, 2) == 0 ? SEARCH_PLACES_RADIUS_M
                                             : (double)(1 + dice_below(dice, 3000)),
        .inside = dice_below(dice, 4) == 0 ? quarter(bench->atlas) : UINT32_MAX,
        .has_box = dice_below(dice, 4) == 0,
        .box = {.west_e7 = 94900000 + (int32_t)dice_below(dice, 200000),
                .south_e7 = 470900000 + (int32_t)dice_below(dice, 200000),
                .east_e7 = 95200000,
                .north_e7 = 471200000},
        .limit = 1 + (unsigned)dice_below(dice, SEARCH_LIMIT_MAX),
    };
    query.has_categories = dice_below(dice, 2) == 0;
    if (query.has_categories) {
        static const char *const names[] = {"food", "shop.bakery", "attraction.museum", "sport"};
        assert_true(category_set_add_name(
            &query.categories, bytes_from_text(names[dice_below(dice, COUNT_OF(names))])));
    }
    if (dice_below(dice, 4) == 0) {
        query.brands[query.brand_count++] =
            bytes_from_text(brands[dice_below(dice, COUNT_OF(brands))]);
    }
    return query;
}

static void test_agrees_with_looking_at_every_place(void **state)
{
    struct bench *const bench = *state;
    const struct search_world world = {.atlas = bench->atlas};
    static double right_m[PLACES];
    unsigned answered = 0;
    for (unsigned i = 0; i < ASKED; i++) {
        const struct places_query query = query_throw(bench);
        struct search_result results[SEARCH_LIMIT_MAX];
        struct fault fault = {.text = ""};
        struct timespec begun;
        struct timespec ended;
        unsigned count = 0;
        (void)clock_gettime(CLOCK_MONOTONIC, &begun);
        assert_int_equal(search_places(bench->searcher, &world, &query, results, &count, &fault),
                         STATUS_OK);
        (void)clock_gettime(CLOCK_MONOTONIC, &ended);
        bench->taken_us[i] = (double)(ended.tv_sec - begun.tv_sec) * 1e6 +
                             (double)(ended.tv_nsec - begun.tv_nsec) / 1e3;
        const unsigned all = brute_force(bench->atlas, &query, right_m);
        assert_int_equal(count, all < query.limit ? all : query.limit);
        for (unsigned k = 0; k < count; k++) {
            assert_true(is_wanted(bench->atlas, &query, results[k].reference));
            const double off_m = results[k].distance_m - right_m[k];
            assert_true(off_m < 1e-6 && off_m > -1e-6);
        }
        answered += count != 0;
    }
    assert_true(answered > ASKED / 2);
    qsort(bench->taken_us, ASKED, sizeof(*bench->taken_us), by_distance);
    print_message("# %d places, %d questions: median %.0f us, p99 %.0f us\n", PLACES, ASKED,
                  bench->taken_us[ASKED / 2], bench->taken_us[ASKED * 99 / 100]);
}

static void test_without_a_point_the_middle_of_the_area_counts(void **state)
{
    struct bench *const bench = *state;
    const struct search_world world = {.atlas = bench->atlas};
    const struct places_query query = {.inside = quarter(bench->atlas), .limit = 5};
    struct search_result results[5];
    unsigned count = 0;
    struct fault fault = {.text = ""};
    assert_int_equal(search_places(bench->searcher, &world, &query, results, &count, &fault),
                     STATUS_OK);
    assert_int_equal(count, 5);
    for (unsigned i = 0; i < count; i++) {
        assert_true(results[i].distance_m < 0); // nobody asked from anywhere
        assert_true(results[i].point.lng_e7 > 95000000 && results[i].point.lat_e7 > 471000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_looking_at_every_place),
        cmocka_unit_test(test_without_a_point_the_middle_of_the_area_counts),
    };
    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
