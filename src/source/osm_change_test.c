// osmChange files: what they say, one after another, and broken ones.
#include "source/osm_change.h"

#include <zlib.h>

#include "base/test.h"

static struct memory_account account = {.name = "test"};

static enum status text_read(struct osm_changes *changes, const char *text, struct fault *fault)
{
    changes->pool.account = &account;
    return osm_changes_read(changes, bytes_from_text(text), "x.osc", fault);
}

static void test_objects_are_read_with_what_they_have(void **state)
{
    (void)state;
    struct osm_changes changes SCOPED(osm_changes_free) = {.count = 0};
    struct fault fault = {0};
    assert_int_equal(
        text_read(&changes,
                  "<?xml version='1.0'?><osmChange version=\"0.6\"><create>"
                  "<relation id=\"9\" version=\"1\"><member type=\"way\" ref=\"7\" role=\"outer\"/>"
                  "<member type=\"node\" ref=\"5\" role=\"\"/></relation></create>"
                  "<modify><node id=\"5\" version=\"3\" timestamp=\"2021-10-29T10:00:00Z\" "
                  "lat=\"47.1\" lon=\"9.5\"><tag k=\"name\" v=\"A&amp;B &#xfc;\"/></node>"
                  "<way id=\"7\" version=\"2\" timestamp=\"2021-10-28T10:00:00Z\"><nd ref=\"5\"/>"
                  "<nd ref=\"6\"/></way></modify><delete><node id=\"4\" version=\"2\"/></delete>"
                  "</osmChange>",
                  &fault),
        STATUS_OK);
    osm_changes_settle(&changes);
    assert_int_equal(changes.count, 4);
    assert_int_equal(changes.first_time_s, 1635415200);
    assert_int_equal(changes.last_time_s, 1635501600);
    const struct osm_change *const items = changes.items;
    assert_int_equal(items[0].id, 4);
    assert_true(items[0].is_deleted);
    assert_int_equal(items[1].lng_e7, 95000000);
    assert_int_equal(items[1].tag_count, 1);
    assert_true(bytes_equal(items[1].tags[0].value, BYTES_OF("A&B \xc3\xbc")));
    assert_int_equal(items[2].node_count, 2);
    assert_int_equal(items[2].nodes[1], 6);
    assert_int_equal(items[3].member_count, 2);
    assert_int_equal(items[3].members[0].kind, PBF_WAY);
    assert_true(bytes_equal(items[3].members[0].role, BYTES_OF("outer")));
}

static void test_the_last_state_of_an_object_counts(void **state)
{
    (void)state;
    struct osm_changes changes SCOPED(osm_changes_free) = {.count = 0};
    struct fault fault = {0};
    assert_int_equal(
        text_read(&changes,
                  "<osmChange><modify><node id=\"1\" version=\"3\" lat=\"3\" lon=\"0\"/>"
                  "<node id=\"1\" version=\"2\" lat=\"2\" lon=\"0\"/></modify></osmChange>",
                  &fault),
        STATUS_OK);
    assert_int_equal(text_read(&changes,
                               "<osmChange><delete><node id=\"2\"/></delete><create>"
                               "<node id=\"2\" lat=\"5\" lon=\"0\"/></create></osmChange>",
                               &fault),
                     STATUS_OK);
    osm_changes_settle(&changes);
    assert_int_equal(changes.count, 2);
    assert_int_equal(changes.items[0].lat_e7, 30000000);
    assert_int_equal(changes.items[1].lat_e7, 50000000);
    assert_false(changes.items[1].is_deleted);
}

static void test_gzip_is_undone(void **state)
{
    (void)state;
    static const char text[] = "<osmChange><delete><way id=\"2\"/></delete></osmChange>";
    uint8_t packed[256];
    z_stream zlib = {0};
    assert_int_equal(deflateInit2(&zlib, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    zlib.next_in = (z_const Bytef *)(uintptr_t)text;
    zlib.avail_in = sizeof(text) - 1;
    zlib.next_out = packed;
    zlib.avail_out = sizeof(packed);
    assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
    const size_t size = sizeof(packed) - zlib.avail_out;
    (void)deflateEnd(&zlib);

    struct osm_changes changes SCOPED(osm_changes_free) = {.pool = {.account = &account}};
    struct fault fault = {0};
    assert_int_equal(osm_changes_read(&changes, (struct bytes){packed, size}, "x.osc.gz", &fault),
                     STATUS_OK);
    assert_int_equal(changes.count, 1);
    assert_int_equal(
        osm_changes_read(&changes, (struct bytes){packed, size - 9}, "x.osc.gz", &fault),
        STATUS_CORRUPT);
}

static void test_what_is_wrong_is_said_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *sentence;
    } rows[] = {
        {"", "x.osc: line 1: this is no XML: no element found"},
        {"<osmChange>\n<create>", "x.osc: line 2: this is no XML: no element found"},
        {"<osm/>", "x.osc: line 1: this is no osmChange but osm"},
        {"<!DOCTYPE a [<!ENTITY b \"c\">]><osmChange/>",
         "x.osc: line 1: an osmChange has no DOCTYPE"},
        {"<osmChange><modify>\n<node lat=\"1\" lon=\"1\"/></modify></osmChange>",
         "x.osc: line 2: an object without an id above zero"},
        {"<osmChange><modify><node id=\"1\" lat=\"91\" lon=\"1\"/></modify></osmChange>",
         "x.osc: line 1: a node whose lat and lon are not degrees"},
        {"<osmChange><modify><way id=\"1\"><nd/></way></modify></osmChange>",
         "x.osc: line 1: a node of a way without ref"},
        {"<osmChange><modify><way id=\"1\"><tag k=\"a\"/></way></modify></osmChange>",
         "x.osc: line 1: a tag without k and v"},
        {"<osmChange><modify><relation id=\"1\"><member "
         "ref=\"1\"/></relation></modify></osmChange>",
         "x.osc: line 1: a member of a relation without type and ref"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct osm_changes changes SCOPED(osm_changes_free) = {.count = 0};
        struct fault fault = {0};
        assert_int_not_equal(text_read(&changes, rows[i].text, &fault), STATUS_OK);
        assert_string_equal(fault.text, rows[i].sentence);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_are_read_with_what_they_have),
        cmocka_unit_test(test_the_last_state_of_an_object_counts),
        cmocka_unit_test(test_gzip_is_undone),
        cmocka_unit_test(test_what_is_wrong_is_said_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
