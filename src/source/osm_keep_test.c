// Kept objects: an extract with changes applied reads like the extract that they lead to.
#include "source/osm_keep.h"

#include "source/osm_sketch.h"
#include "source/read_harness.h"

static struct memory_account account = {.name = "test"};

static const char before[] = "n1 9.5 47.1|place=village|name=Triesen\n"
                             "n2 9.51 47.1\n"
                             "n3 9.52 47.1|addr:housenumber=3|addr:street=Weg\n"
                             "---\n"
                             "n10 9.6 47.2\n"
                             "---\n"
                             "n20 9.6 47.2|amenity=cafe|name=Keep\n"
                             "---\n"
                             "w5 1 2 3|highway=residential|name=Weg\n"
                             "---\n"
                             "r7 w5@outer|type=multipolygon|amenity=school|name=Schule\n";

static const char after[] = "n1 9.5 47.1|place=town|name=Triesen\n"
                            "n2 9.511 47.1\n"
                            "n4 9.53 47.1|addr:housenumber=4|addr:street=Weg\n"
                            "---\n"
                            "n10 9.6 47.2\n"
                            "---\n"
                            "n20 9.6 47.2|amenity=cafe|name=Keep\n"
                            "---\n"
                            "w5 1 2 4|highway=residential|name=Gasse\n"
                            "w6 1 4|highway=service|name=Neu\n"
                            "---\n"
                            "r8 w5@outer|type=multipolygon|amenity=school|name=Neue Schule\n";

static const char changes_text[] =
    "<osmChange><modify><node id=\"1\" lat=\"47.1\" lon=\"9.5\"><tag k=\"place\" v=\"town\"/>"
    "<tag k=\"name\" v=\"Triesen\"/></node><node id=\"2\" lat=\"47.1\" lon=\"9.511\"/>"
    "<way id=\"5\"><nd ref=\"1\"/><nd ref=\"2\"/><nd ref=\"4\"/><tag k=\"highway\" "
    "v=\"residential\"/><tag k=\"name\" v=\"Gasse\"/></way></modify><create>"
    "<node id=\"4\" lat=\"47.1\" lon=\"9.53\"><tag k=\"addr:housenumber\" v=\"4\"/>"
    "<tag k=\"addr:street\" v=\"Weg\"/></node><way id=\"6\"><nd ref=\"1\"/><nd ref=\"4\"/>"
    "<tag k=\"highway\" v=\"service\"/><tag k=\"name\" v=\"Neu\"/></way><relation id=\"8\">"
    "<member type=\"way\" ref=\"5\" role=\"outer\"/><tag k=\"type\" v=\"multipolygon\"/>"
    "<tag k=\"amenity\" v=\"school\"/><tag k=\"name\" v=\"Neue Schule\"/></relation></create>"
    "<delete><node id=\"3\"/><node id=\"99\"/><relation id=\"7\"/></delete></osmChange>";

static void sketch_put(const struct sys *sys, const char *path, const char *text, bool is_sorted)
{
    struct sketch sketch = {.account = &account, .is_dense = true, .is_sorted = is_sorted};
    sketch_draw(&sketch, text);
    reading_put(sys, path, buffer_bytes(&sketch.file));
    sketch_free(&sketch);
}

static void path_read(const struct sys *sys, const char *path, struct reading *reading)
{
    reading_of_path(sys, &path, 1, 1, (size_t)1 << 20, reading);
}

static enum status keep_write(const struct sys *sys, const char *from, const char *to,
                              const struct osm_changes *changes, const struct osm_state *state,
                              struct osm_keep_report *report, struct fault *fault)
{
    const struct source_options options = {.sys = sys,
                                           .account = &account,
                                           .memory_size = (size_t)1 << 20,
                                           .directory = ".",
                                           .threads = 1};
    return osm_keep_write(from, &options, changes, state, to, report, fault);
}

static void test_changes_lead_to_the_extract_after_them(void **state)
{
    (void)state;
    struct sys_memory *memory;
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    sketch_put(sys, "before", before, true);
    sketch_put(sys, "after", after, true);
    struct osm_changes changes SCOPED(osm_changes_free) = {.pool = {.account = &account}};
    struct fault fault = {0};
    assert_int_equal(osm_changes_read(&changes, bytes_from_text(changes_text), "c", &fault),
                     STATUS_OK);
    osm_changes_settle(&changes);
    struct osm_keep_report report;
    const struct osm_state kept = {.data_time_s = 7,
                                   .sequence = 3134,
                                   .has_sequence = true,
                                   .base_url = BYTES_OF("https://x"),
                                   .source = BYTES_OF("{\"name\":\"li.osm.pbf\"}")};
    assert_int_equal(keep_write(sys, "before", "kept", &changes, &kept, &report, &fault),
                     STATUS_OK);
    assert_int_equal(report.copied_count, 1); // the block of node 20
    assert_int_equal(report.written_count, 4);
    // Again: the changes are there already.
    assert_int_equal(keep_write(sys, "kept", "twice", &changes, &kept, &report, &fault), STATUS_OK);

    struct reading readings[3] = {{.status = STATUS_OK}};
    static const char *const paths[] = {"after", "kept", "twice"};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        path_read(sys, paths[i], &readings[i]);
        assert_int_equal(readings[i].status, STATUS_OK);
        assert_string_equal((const char *)readings[i].text.data,
                            (const char *)readings[0].text.data);
    }
    assert_string_equal(readings[1].summary.name, "li.osm.pbf");
    assert_int_equal(readings[1].summary.data_time_s, 7);

    struct pool pool SCOPED(pool_free) = {.account = &account};
    struct osm_state found;
    const struct source_options options = {.sys = sys, .account = &account, .directory = "."};
    assert_int_equal(osm_state_read("twice", &options, &pool, &found, &fault), STATUS_OK);
    assert_int_equal(found.sequence, 3134);
    assert_true(bytes_equal(found.base_url, BYTES_OF("https://x")));
    assert_true(bytes_equal(found.source, kept.source));
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        reading_free(&readings[i]);
    }
    sys_memory_free(memory);
}

static void test_without_changes_blocks_are_copied(void **state)
{
    (void)state;
    struct sys_memory *memory;
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    sketch_put(sys, "before", before, true);
    struct osm_keep_report report;
    struct fault fault = {0};
    const struct osm_state none = {.data_time_s = 0};
    assert_int_equal(keep_write(sys, "before", "kept", NULL, &none, &report, &fault), STATUS_OK);
    assert_int_equal(report.copied_count, 5);
    assert_int_equal(report.written_count, 0);
    assert_int_equal(keep_write(sys, "before", "kept", NULL, &none, &report, &fault), STATUS_BUSY);
    sys_memory_free(memory);
}

static void test_an_extract_out_of_order_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "n2 9.5 47.1\nn1 9.5 47.1\n",
        "n1 9.5 47.1\nn1 9.5 47.1\n",
        "n-1 9.5 47.1\n",
        "w1 1 2\n---\nn1 9.5 47.1\n",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct sys_memory *memory;
        assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
        const struct sys *const sys = sys_memory_table(memory);
        sketch_put(sys, "before", texts[i], false);
        struct osm_keep_report report;
        struct fault fault = {0};
        const struct osm_state none = {.data_time_s = 0};
        assert_int_equal(keep_write(sys, "before", "kept", NULL, &none, &report, &fault),
                         STATUS_UNSUPPORTED);
        assert_non_null(strstr(fault.text, "before: its objects are not in order"));
        assert_int_equal(sys_memory_file_count(memory), 1); // and nothing is left behind
        sys_memory_free(memory);
    }
}

static void test_every_failing_call_leaves_no_file(void **state)
{
    (void)state;
    bool has_failed = true;
    for (uint64_t call = 1; has_failed; call++) {
        struct sys_memory *memory;
        assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
        const struct sys *const sys = sys_memory_table(memory);
        sketch_put(sys, "before", before, true);
        struct osm_keep_report report;
        struct fault fault = {0};
        const struct osm_state none = {.data_time_s = 0};
        sys_memory_fail_at(memory, call);
        const enum status status = keep_write(sys, "before", "kept", NULL, &none, &report, &fault);
        has_failed = sys_memory_has_failed(memory);
        assert_int_equal(sys_memory_file_count(memory), status == STATUS_OK ? 2 : 1);
        assert_true(has_failed || status == STATUS_OK);
        sys_memory_free(memory);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes_lead_to_the_extract_after_them),
        cmocka_unit_test(test_without_changes_blocks_are_copied),
        cmocka_unit_test(test_an_extract_out_of_order_is_refused),
        cmocka_unit_test(test_every_failing_call_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
