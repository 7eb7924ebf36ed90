#include "command/place_id.h"

#include "atlas/atlas.h"
#include "base/test.h"

static void assert_reads(const char *text, const char *as)
{
    uint64_t packed = 0;
    char back[ATLAS_ID_TEXT_SIZE];
    if (!place_id_read(bytes_from_text(text), &packed)) {
        fail_msg("'%s' was refused", text);
    }
    atlas_id_format(packed, back);
    assert_string_equal(back, as);
}

static void test_reads_every_way_to_write_an_id(void **state)
{
    (void)state;
    assert_reads("osm:w1", "osm:w1");
    assert_reads("N123", "osm:n123");
    assert_reads("n123", "osm:n123");
    assert_reads("R7", "osm:r7");
    assert_reads("way/4", "osm:w4");
    assert_reads("osm:way/4", "osm:w4");
    assert_reads("node/4", "osm:n4");
    assert_reads("relation/12345678901", "osm:r12345678901");
    assert_reads("geonames:5", "geonames:5");
    assert_reads("wof:5", "wof:5");
}

static void test_refuses_what_is_none(void **state)
{
    static const char *const texts[] = {"",     "w",        "way/",  "way/x",
                                        "W1 ",  "osm:",     "N-1",   "X1",
                                        "W1.5", "live:a:b", "osm:W", "W1234567890123456789"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        uint64_t packed = 77;
        if (place_id_read(bytes_from_text(texts[i]), &packed)) {
            fail_msg("'%s' was taken", texts[i]);
        }
        assert_int_equal(packed, 77);
    }
    assert_true(place_id_is_live(BYTES_OF("live:a:b")));
    assert_false(place_id_is_live(BYTES_OF("live:")));
}

static void test_takes_a_list_apart(void **state)
{
    (void)state;
    struct bytes rest = BYTES_OF("osm:w1, N2 ,,way/3");
    struct bytes id;
    assert_true(place_id_next(&rest, &id) && bytes_equal(id, BYTES_OF("osm:w1")));
    assert_true(place_id_next(&rest, &id) && bytes_equal(id, BYTES_OF("N2")));
    assert_true(place_id_next(&rest, &id) && id.size == 0);
    assert_true(place_id_next(&rest, &id) && bytes_equal(id, BYTES_OF("way/3")));
    assert_false(place_id_next(&rest, &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_every_way_to_write_an_id),
        cmocka_unit_test(test_refuses_what_is_none),
        cmocka_unit_test(test_takes_a_list_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
