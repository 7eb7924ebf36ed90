// Live objects found by their texts, in the request after the write, with and without an atlas.
#include "search/overlay.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "atlas/build.h"
#include "base/test.h"
#include "search/search.h"
#include "shard/generation.h"
#include "sys/file.h"
#include "sys/sys_memory.h"

static struct memory_account account = {.name = "test"};

struct place_given {
    const char *collection, *id; // id NULL: the collection is searchable, or "off" not
    const char *fields;          // "name=Depot Nord|city=Schaan"; NULL: delete
    double lng_deg, lat_deg;
};

struct write {
    struct ledger_job job;
    struct live *live;
    const struct place_given *given;
    size_t count;
    atomic_bool is_answered;
};

static void fields_write(const char *text, struct buffer *fields)
{
    char copy[512];
    (void)snprintf(copy, sizeof(copy), "%s", text);
    char *rest = copy;
    for (char *pair; (pair = strsep(&rest, "|")) != NULL;) {
        char *const value = strchr(pair, '=') + 1;
        value[-1] = '\0';
        struct buffer json = {.account = &account};
        struct buffer next = {.account = &account};
        buffer_append_format(&json, "\"%s\"", value);
        row_field_put(buffer_bytes(fields), bytes_from_text(pair), buffer_bytes(&json), &next);
        buffer_free(fields);
        buffer_free(&json);
        *fields = next;
    }
}

static enum status write_one(struct live *live, struct ledger_turn *turn,
                             const struct place_given *given, struct fault *fault)
{
    const struct bytes collection = bytes_from_text(given->collection);
    if (given->id == NULL) {
        return live_collection_put(
            live, turn, collection,
            &(struct collection_settings){.is_searchable = given->fields == NULL}, fault);
    }
    if (given->fields == NULL) {
        return live_delete(live, turn, collection, bytes_from_text(given->id), "del");
    }
    struct buffer fields SCOPED(buffer_free) = {.account = &account};
    struct buffer bytes SCOPED(buffer_free) = {.account = &account};
    fields_write(given->fields, &fields);
    const struct row row = {.kind = ROW_POINT,
                            .point = GEO_POINT(given->lng_deg, given->lat_deg),
                            .fields = buffer_bytes(&fields)};
    row_write(&row, &bytes);
    return live_put(live, turn, collection, bytes_from_text(given->id), buffer_bytes(&bytes), "set",
                    fault);
}

static enum status write_run(struct ledger_job *job, struct ledger_turn *turn, struct fault *fault)
{
    const struct write *const write = (const struct write *)job;
    for (size_t i = 0; i < write->count; i++) {
        TRY(write_one(write->live, turn, &write->given[i], fault));
    }
    return STATUS_OK;
}

static void write_answered(struct ledger_job *job)
{
    atomic_store(&((struct write *)job)->is_answered, true);
}

struct bench {
    struct ledger *ledger;
    struct live *live;
    struct overlay *overlay;
    struct searcher *searcher;
    struct mailbox home;
    struct search_world world;
    struct search_result results[10];
    unsigned count;
};

static void ignore_wake(void *context)
{
    (void)context;
}

static int bench_open(void **state)
{
    static struct bench bench;
    bench = (struct bench){0};
    struct fault fault = {0};
    const struct ledger_settings settings = {.queue_count = 1024};
    const struct live_settings live_settings = {0};
    mailbox_begin(&bench.home, ignore_wake, NULL);
    generation_reader_begins();
    generation_turn_begins();
    if (ledger_new(sys_os(), &account, &settings, &bench.ledger, &fault) != STATUS_OK ||
        live_new(bench.ledger, &account, &live_settings, &bench.live, &fault) != STATUS_OK ||
        overlay_new(bench.ledger, bench.live, &account, &bench.overlay, &fault) != STATUS_OK ||
        ledger_open(bench.ledger, &fault) != STATUS_OK ||
        ledger_start(bench.ledger, &fault) != STATUS_OK ||
        searcher_new(&account, &bench.searcher, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    bench.world.overlay = bench.overlay;
    *state = &bench;
    return 0;
}

static int bench_close(void **state)
{
    struct bench *const bench = *state;
    generation_turn_ends();
    generation_reader_ends();
    ledger_close(bench->ledger);
    overlay_free(bench->overlay);
    live_free(bench->live);
    searcher_free(bench->searcher);
    assert_int_equal(atomic_load(&account.used_size), 0);
    return 0;
}

static void put(struct bench *bench, const struct place_given *given, size_t count)
{
    struct write write = {
        .job = {.run = write_run, .home = &bench->home, .answered = write_answered},
        .live = bench->live,
        .given = given,
        .count = count,
    };
    ledger_submit(bench->ledger, &write.job);
    while (!atomic_load(&write.is_answered)) {
        (void)usleep(100);
        (void)mailbox_deliver(&bench->home, SIZE_MAX);
    }
    if (write.job.status != STATUS_OK) {
        fail_msg("%s", write.job.fault.text);
    }
    generation_turn_ends();
    generation_turn_begins();
}

#define PUT(bench, ...)                                    \
    do {                                                   \
        const struct place_given given_[] = {__VA_ARGS__}; \
        put((bench), given_, COUNT_OF(given_));            \
    } while (0)

static const struct search_result *search(struct bench *bench, const char *text, bool is_open)
{
    const struct search_query query = {.text = bytes_from_text(text), .limit = 10};
    struct fault fault = {0};
    const enum status status = is_open ? search_autocomplete(bench->searcher, &bench->world, &query,
                                                             bench->results, &bench->count, &fault)
                                       : search_forward(bench->searcher, &bench->world, &query,
                                                        bench->results, &bench->count, &fault);
    assert_int_equal(status, STATUS_OK);
    return bench->count == 0 ? NULL : &bench->results[0];
}

static void assert_found(struct bench *bench, const char *text, bool is_open, const char *id)
{
    const struct search_result *const first = search(bench, text, is_open);
    if (first == NULL || first->object == NULL ||
        !bytes_equal(object_id(first->object), bytes_from_text(id))) {
        fail_msg("%s does not find %s first, of %u", text, id, bench->count);
    }
}

static void test_finds_an_object_in_the_request_after_the_write(void **state)
{
    struct bench *const bench = *state;
    PUT(bench, {"shops", NULL, NULL, 0, 0},
        {"shops", "1", "name=Bäckerei Ospelt|street=Landstrasse|housenumber=12|city=Schaan", 9.5,
         47.1},
        {"shops", "2", "name=Depot Nord|street=Industriestrasse|housenumber=7|city=Bendern", 9.6,
         47.2});
    assert_found(bench, "Depot Nord", false, "2");
    assert_found(bench, "backerei ospelt", false, "1");
    assert_found(bench, "Landstr. 12, Schaan", false, "1");
    assert_found(bench, "bendern depot", false, "2");
    assert_found(bench, "depo", true, "2");
    assert_found(bench, "ospelt back", true, "1");
    assert_int_equal(search(bench, "Depot Nord", false)->match, MATCH_EXACT);
    assert_null(search(bench, "Krankenhaus", false));
}

static void test_forgives_typing_errors_and_says_so(void **state)
{
    struct bench *const bench = *state;
    assert_found(bench, "Deppot Nord", false, "2");
    assert_int_equal(bench->results[0].match, MATCH_CORRECTED);
    assert_found(bench, "Industriestrase 7", false, "2");
}

static void test_follows_changes_and_deletions(void **state)
{
    struct bench *const bench = *state;
    PUT(bench, {"shops", "2", "name=Lager Süd", 9.7, 47.3});
    assert_null(search(bench, "Depot Nord", false));
    assert_found(bench, "lager sud", false, "2");
    assert_int_equal(bench->results[0].point.lng_e7, 97000000);
    // One that only moves keeps its place in the index and is found where it is now.
    PUT(bench, {"shops", "2", "name=Lager Süd", 9.8, 47.4});
    assert_found(bench, "lager sud", false, "2");
    assert_int_equal(bench->results[0].point.lng_e7, 98000000);
    PUT(bench, {"shops", "2", NULL, 0, 0});
    assert_null(search(bench, "lager sud", false));
}

static void test_leaves_collections_alone_that_are_not_searchable(void **state)
{
    struct bench *const bench = *state;
    PUT(bench, {"fleet", "truck", "name=Zementwerk", 9.5, 47.1});
    assert_null(search(bench, "Zementwerk", false));
}

static void test_indexes_what_is_there_when_a_collection_becomes_searchable(void **state)
{
    struct bench *const bench = *state;
    PUT(bench, {"fleet", NULL, NULL, 0, 0});
    assert_found(bench, "Zementwerk", false, "truck");
    PUT(bench, {"fleet", NULL, "off", 0, 0});
    assert_null(search(bench, "Zementwerk", false));
}

static void test_says_what_is_near_a_point(void **state)
{
    struct bench *const bench = *state;
    const struct reverse_query query = {
        .point = GEO_POINT(9.5001, 47.1), .radius_m = 1000, .limit = 5};
    assert_int_equal(
        search_reverse(bench->searcher, &bench->world, &query, bench->results, &bench->count, NULL),
        STATUS_OK);
    assert_int_equal(bench->count, 1);
    assert_true(bytes_equal(object_id(bench->results[0].object), BYTES_OF("1")));
    assert_true(bench->results[0].distance_m > 5 && bench->results[0].distance_m < 10);
}

static void test_names_objects_and_finds_them_by_name(void **state)
{
    struct bench *const bench = *state;
    assert_non_null(overlay_id_find(bench->overlay, BYTES_OF("live:shops:1")));
    assert_null(overlay_id_find(bench->overlay, BYTES_OF("live:shops:2")));
    assert_null(overlay_id_find(bench->overlay, BYTES_OF("live:shops")));
    assert_null(overlay_id_find(bench->overlay, BYTES_OF("osm:w1")));
}

static void test_keeps_many_small_changes_in_few_runs(void **state)
{
    struct bench *const bench = *state;
    enum { OBJECT_COUNT = 600 };
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < OBJECT_COUNT; i++) {
            char id[16];
            char fields[64];
            (void)snprintf(id, sizeof(id), "%u", 1000 + i);
            (void)snprintf(fields, sizeof(fields), "name=Halle w%ux%u", i, round);
            PUT(bench, {"shops", id, fields, 9.5, 47.1});
        }
    }
    assert_found(bench, "halle w599x1", false, "1599");
    assert_found(bench, "halle w0x1", false, "1000");
    // What was said before is found no more, but by its other word.
    (void)search(bench, "w17x0", false);
    for (unsigned i = 0; i < bench->count; i++) {
        assert_true(bench->results[i].match != MATCH_EXACT);
    }
    PUT(bench, {"shops", "1599", NULL, 0, 0});
    const struct search_result *const left = search(bench, "w599x1", false);
    assert_true(left == NULL || left->match != MATCH_EXACT);
}

static const char extract_path[] = "tests/corpus/osm/dense"; // a boundary, a street, three houses

static struct atlas *atlas_build(struct sys_memory **memory)
{
    struct buffer extract SCOPED(buffer_free) = {.account = &account};
    struct fault fault = {0};
    assert_int_equal(sys_memory_new(&account, 1, memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(*memory);
    assert_int_equal(file_read_whole(sys_os(), extract_path, 1 << 20, &extract, &fault), STATUS_OK);
    assert_int_equal(file_replace(sys, "town.osm.pbf", buffer_bytes(&extract), &fault), STATUS_OK);
    const char *const inputs[] = {"osm:town.osm.pbf"};
    const struct build_options options = {
        .sys = sys,
        .account = &account,
        .output = "town.atlas",
        .inputs = inputs,
        .input_count = 1,
        .memory_size = 16 << 20,
        .threads = 1,
    };
    struct build_report report = {0};
    struct atlas *atlas = NULL;
    if (build_atlas(&options, &report, &fault) != STATUS_OK ||
        atlas_open(sys, &account, "town.atlas", &atlas, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    return atlas;
}

static void test_hides_a_place_of_the_atlas_or_takes_its_place(void **state)
{
    struct bench *const bench = *state;
    struct sys_memory *memory = NULL;
    struct atlas *const atlas = atlas_build(&memory);
    bench->world.atlas = atlas;
    // Any named street of the extract, by its own name.
    const uint32_t street = atlas_layer_first(atlas, LAYER_STREET);
    char name[128];
    const struct bytes text = atlas_string(atlas, atlas->docs[street].name);
    (void)snprintf(name, sizeof(name), "%.*s", (int)text.size, (const char *)text.data);
    const struct search_result *first = search(bench, name, false);
    assert_true(first != NULL && first->object == NULL && first->reference == street);

    char id[ATLAS_ID_TEXT_SIZE];
    char fields[256];
    atlas_id_format(atlas->docs[street].id, id);
    (void)snprintf(fields, sizeof(fields), "hides=%s", id);
    PUT(bench, {"shops", "gone", fields, 9.5, 47.1});
    first = search(bench, name, false);
    assert_true(first == NULL || first->reference != street);
    (void)snprintf(fields, sizeof(fields), "hides=%s|name=%s", id, name);
    PUT(bench, {"shops", "gone", fields, 9.5, 47.1});
    assert_found(bench, name, false, "gone");
    PUT(bench, {"shops", "gone", NULL, 0, 0});
    first = search(bench, name, false);
    assert_true(first != NULL && first->object == NULL && first->reference == street);
    bench->world.atlas = NULL;
    atlas_close(atlas);
    sys_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_an_object_in_the_request_after_the_write),
        cmocka_unit_test(test_forgives_typing_errors_and_says_so),
        cmocka_unit_test(test_follows_changes_and_deletions),
        cmocka_unit_test(test_leaves_collections_alone_that_are_not_searchable),
        cmocka_unit_test(test_indexes_what_is_there_when_a_collection_becomes_searchable),
        cmocka_unit_test(test_says_what_is_near_a_point),
        cmocka_unit_test(test_names_objects_and_finds_them_by_name),
        cmocka_unit_test(test_keeps_many_small_changes_in_few_runs),
        cmocka_unit_test(test_hides_a_place_of_the_atlas_or_takes_its_place),
    };
    return cmocka_run_group_tests_name("overlay", tests, bench_open, bench_close);
}
