// Updates: like a build of the extract after the changes, whole or not at all.
#include "atlas/update.h"

#include "base/test.h"
#include "source/osm_sketch.h"
#include "sys/file.h"
#include "sys/sys_memory.h"

static struct memory_account account = {.name = "test"};

static const char before[] = "n1 9.5 47.1|place=village|name=Triesen\n"
                             "n2 9.51 47.1\n"
                             "n3 9.505 47.1001|addr:housenumber=3|addr:street=Weg\n"
                             "---\n"
                             "w5 1 2|highway=residential|name=Weg\n";
static const char after[] = "n1 9.5 47.1|place=village|name=Triesen\n"
                            "n2 9.51 47.1\n"
                            "n3 9.505 47.1001|addr:housenumber=3|addr:street=Gasse\n"
                            "n4 9.506 47.1001|addr:housenumber=4|addr:street=Gasse\n"
                            "---\n"
                            "w5 1 2|highway=residential|name=Gasse\n";
static const char changes_text[] =
    "<osmChange><modify><node id=\"3\" lat=\"47.1001\" lon=\"9.505\"><tag k=\"addr:housenumber\" "
    "v=\"3\"/><tag k=\"addr:street\" v=\"Gasse\"/></node><way id=\"5\"><nd ref=\"1\"/>"
    "<nd ref=\"2\"/><tag k=\"highway\" v=\"residential\"/><tag k=\"name\" v=\"Gasse\"/></way>"
    "</modify><create><node id=\"4\" lat=\"47.1001\" lon=\"9.506\"><tag k=\"addr:housenumber\" "
    "v=\"4\"/><tag k=\"addr:street\" v=\"Gasse\"/></node></create></osmChange>";

static void sketch_put(const struct sys *sys, const char *path, const char *text)
{
    struct sketch sketch = {.account = &account, .is_dense = true, .is_sorted = true};
    int descriptor;
    sketch_draw(&sketch, text);
    assert_int_equal(sys->open(sys, path, SYS_OPEN_CREATE, &descriptor, NULL), STATUS_OK);
    assert_int_equal(sys->write_at(sys, descriptor, sketch.file.data, sketch.file.size, 0, NULL),
                     STATUS_OK);
    sys->close(sys, descriptor);
    sketch_free(&sketch);
}

static struct build_options options_of(const struct sys *sys, const char *output,
                                       const char *const *input)
{
    return (struct build_options){.sys = sys,
                                  .account = &account,
                                  .output = output,
                                  .inputs = input,
                                  .input_count = input == NULL ? 0 : 1,
                                  .memory_size = (size_t)16 << 20,
                                  .threads = 1,
                                  .country = "LI"};
}

// A world with the extract, its atlas and objects, and the atlas of the extract after the changes.
static const struct sys *world_make(struct sys_memory **memory)
{
    static const char *const inputs[] = {"/old/x.osm.pbf", "/new/x.osm.pbf"};
    struct build_report report;
    struct fault fault = {0};
    uint64_t size = 0;
    assert_int_equal(sys_memory_new(&account, 1, memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(*memory);
    assert_int_equal(sys->make_directory(sys, "/old", NULL), STATUS_OK);
    assert_int_equal(sys->make_directory(sys, "/new", NULL), STATUS_OK);
    sketch_put(sys, inputs[0], before);
    sketch_put(sys, inputs[1], after);
    const struct build_options old = options_of(sys, "/a.atlas", &inputs[0]);
    const struct build_options new = options_of(sys, "/b.atlas", &inputs[1]);
    assert_int_equal(build_atlas(&old, &report, &fault), STATUS_OK);
    assert_int_equal(update_keep(&old, &size, &fault), STATUS_OK);
    assert_true(size > 0);
    assert_int_equal(build_atlas(&new, &report, &fault), STATUS_OK);
    return sys;
}

static enum status changes_apply(const struct sys *sys, struct fault *fault)
{
    const struct build_options options = options_of(sys, "/a.atlas", NULL);
    struct osm_changes changes SCOPED(osm_changes_free) = {.pool = {.account = &account}};
    struct update *update = NULL;
    struct update_report report;
    assert_int_equal(osm_changes_read(&changes, bytes_from_text(changes_text), "changes", fault),
                     STATUS_OK);
    osm_changes_settle(&changes);
    enum status status = update_open(&options, &update, fault);
    if (status == STATUS_OK) {
        const struct osm_state state = *update_state(update);
        status = update_apply(update, &changes, &state, &report, fault);
    }
    update_close(update);
    return status;
}

static bool is_same(const struct sys *sys, const char *left, const char *right)
{
    struct buffer a SCOPED(buffer_free) = {.account = &account};
    struct buffer b SCOPED(buffer_free) = {.account = &account};
    assert_int_equal(file_read_whole(sys, left, 1 << 26, &a, NULL), STATUS_OK);
    assert_int_equal(file_read_whole(sys, right, 1 << 26, &b, NULL), STATUS_OK);
    return bytes_equal(buffer_bytes(&a), buffer_bytes(&b));
}

static void test_an_update_is_a_rebuild(void **state)
{
    (void)state;
    struct sys_memory *memory;
    struct fault fault = {0};
    const struct sys *const sys = world_make(&memory);
    assert_false(is_same(sys, "/a.atlas", "/b.atlas"));
    assert_int_equal(changes_apply(sys, &fault), STATUS_OK);
    assert_true(is_same(sys, "/a.atlas", "/b.atlas"));
    assert_int_equal(changes_apply(sys, &fault), STATUS_OK); // twice is once
    assert_true(is_same(sys, "/a.atlas", "/b.atlas"));
    sys_memory_free(memory);
}

static void test_one_update_at_a_time(void **state)
{
    (void)state;
    struct sys_memory *memory;
    struct fault fault = {0};
    struct update *update = NULL;
    const struct sys *const sys = world_make(&memory);
    const struct build_options options = options_of(sys, "/a.atlas", NULL);
    assert_int_equal(update_open(&options, &update, &fault), STATUS_OK);
    assert_int_equal(changes_apply(sys, &fault), STATUS_BUSY);
    assert_string_equal(fault.text, "another update of /a.atlas is at work");
    update_close(update);
    assert_int_equal(changes_apply(sys, &fault), STATUS_OK);
    assert_true(update_forget(sys, "/a.atlas"));
    assert_int_equal(changes_apply(sys, &fault), STATUS_NOT_FOUND);
    sys_memory_free(memory);
}

static void test_an_update_that_fails_changes_nothing_or_can_be_done_again(void **state)
{
    (void)state;
    bool has_failed = true;
    for (uint64_t call = 1; has_failed; call += 1 + call / 40) {
        struct sys_memory *memory;
        struct fault fault = {0};
        const struct sys *const sys = world_make(&memory);
        sketch_put(sys, "/copy", before); // so that the count of files is known
        const size_t files = sys_memory_file_count(memory);
        sys_memory_fail_at(memory, call);
        const enum status status = changes_apply(sys, &fault);
        has_failed = sys_memory_has_failed(memory);
        sys_memory_fail_at(memory, 0);
        assert_true(has_failed || status == STATUS_OK);
        if (status != STATUS_OK) {
            assert_true(sys_memory_file_count(memory) <= files + 1);
            assert_int_equal(changes_apply(sys, &fault), STATUS_OK);
        }
        assert_true(is_same(sys, "/a.atlas", "/b.atlas"));
        sys_memory_free(memory);
    }
}

static void test_keeping_needs_one_extract_in_a_file(void **state)
{
    (void)state;
    struct sys_memory *memory;
    struct fault fault = {0};
    uint64_t size = 0;
    const struct sys *const sys = world_make(&memory);
    static const char *const inputs[] = {"/old/x.osm.pbf", "/new/x.osm.pbf", "-"};
    struct build_options options = options_of(sys, "/a.atlas", inputs);
    options.input_count = 2;
    assert_int_equal(update_keep(&options, &size, &fault), STATUS_UNSUPPORTED);
    assert_non_null(strstr(fault.text, "and here are 2; osmium merge"));
    options.inputs = &inputs[1];
    assert_int_equal(update_keep(&options, &size, &fault), STATUS_UNSUPPORTED);
    assert_non_null(strstr(fault.text, "standard input"));
    sys_memory_free(memory);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_update_is_a_rebuild),
        cmocka_unit_test(test_one_update_at_a_time),
        cmocka_unit_test(test_an_update_that_fails_changes_nothing_or_can_be_done_again),
        cmocka_unit_test(test_keeping_needs_one_extract_in_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
