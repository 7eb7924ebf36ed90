#include <string.h>

#include "atlas/atlas.h"
#include "base/test.h"

static void assert_text(struct source_id id, const char *expected)
{
    char text[ATLAS_ID_TEXT_SIZE];
    atlas_id_format(atlas_id_pack(id), text);
    assert_string_equal(text, expected);
    uint64_t packed = 0;
    assert_int_equal(atlas_id_parse(bytes_from_text(expected), &packed), STATUS_OK);
    assert_true(packed == atlas_id_pack(id));
}

static void test_ids_read_as_people_know_them(void **state)
{
    (void)state;
    assert_text((struct source_id){SOURCE_OSM, 'w', 123}, "osm:w123");
    assert_text((struct source_id){SOURCE_OSM, 'n', -7}, "osm:n-7");
    assert_text((struct source_id){SOURCE_GEONAMES, 0, 3042058}, "geonames:3042058");
    assert_text((struct source_id){SOURCE_COUNTRIES, 0, 11 * 26 + 8}, "country:LI");
    assert_text((struct source_id){SOURCE_REGIONS, 0, 821202}, "region:US-VT");
    assert_text((struct source_id){SOURCE_DERIVED, 0, 0x5f3a}, "rhumb:000000000005f3a");
    assert_text((struct source_id){SOURCE_DEMO, 'r', 0}, "demo:r0");
}

static void test_what_is_no_id_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "osm",
        "osm:",
        "osm:w",
        "osm:w12x",
        "osm:w--1",
        "OSM:w1",
        "osm:w 1",
        "country:L",
        "country:li1",
        "country:L1",
        "rhumb:xyz",
        "demo:w-",
        "osm:w999999999999999999999",
        "nowhere:1",
        "region:US",
        "region:US-",
        "region:US-v",
        "region:US-1234567",
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        uint64_t packed;
        assert_int_equal(atlas_id_parse(bytes_from_text(wrong[i]), &packed), STATUS_OUT_OF_RANGE);
    }
}

static void test_packing_keeps_every_id(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    static const char types[] = {0, 'n', 'w', 'r'};
    for (int i = 0; i < 100000; i++) {
        const struct source_id id = {
            .kind = (enum source_kind)dice_below(&dice, SOURCE_KIND_COUNT),
            .type = types[dice_below(&dice, 4)],
            .number = (int64_t)(dice_u64(&dice) >> (8 + dice_below(&dice, 50))) -
                      (int64_t)dice_below(&dice, 1000),
        };
        const struct source_id back = atlas_id_unpack(atlas_id_pack(id));
        assert_int_equal(back.kind, id.kind);
        assert_int_equal(back.type, id.type);
        assert_true(back.number == id.number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_read_as_people_know_them),
        cmocka_unit_test(test_what_is_no_id_is_refused),
        cmocka_unit_test(test_packing_keeps_every_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
