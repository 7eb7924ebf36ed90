#include "atlas/outline.h"

#include "atlas/town_test.h"

static char memory[1 << 16];

static void an_area_gives_its_ring(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_make(town);
    struct arena arena = arena_over(memory, sizeof(memory));
    struct geo_rings rings;
    const uint32_t doc = doc_of(town, 'r', 2);
    assert_true(atlas_outline(town->atlas, doc, &arena, &rings));
    assert_int_equal(rings.ring_count, 1);
    assert_int_equal(rings_point_count(&rings), 5);
    assert_true(geo_point_equal(rings.points[0], rings.points[4]));
    assert_true(rings_contain(&rings, atlas_point(town->atlas, doc)));
    assert_false(atlas_line(town->atlas, doc, &arena, &rings));
    struct arena small = arena_over(memory, 2);
    assert_false(atlas_outline(town->atlas, doc, &small, &rings));
}

// Fiji is two rings, one on each side.
static void an_area_across_180_degrees_is_cut(void **state)
{
    struct town *const town = *state;
    struct feature *const area = town_area(town, 1, 4, 179.99999, -17, 0.5, "Taveuni");
    struct geo_point *const points = town->lines[town->count - 1];
    points[1].lng_e7 = points[2].lng_e7 = -1795000000;
    area->box = rings_box(&area->rings);
    town_make(town);
    struct arena arena = arena_over(memory, sizeof(memory));
    struct geo_rings rings;
    assert_true(atlas_outline(town->atlas, doc_of(town, 'r', 1), &arena, &rings));
    assert_int_equal(rings.ring_count, 2);
    for (uint32_t i = 0; i < rings_point_count(&rings); i++) {
        const bool is_east = i < rings.ring_end[0];
        const bool is_first_east = rings.points[0].lng_e7 > 0;
        assert_true((rings.points[i].lng_e7 > 0) == (is_east == is_first_east));
    }
    assert_true(rings_contain(&rings, GEO_POINT(179.9, -17)));
    assert_true(rings_contain(&rings, GEO_POINT(-179.9, -17)));
    assert_false(rings_contain(&rings, GEO_POINT(-179.4, -17)));
}

static void pieces_of_a_street_are_joined(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 12, 9.47, 47.1, 0.01, 101, 102, "Hauptstrasse");
    town_piece(town, 11, 9.46, 47.1, 0.01, 100, 101, "Hauptstrasse");
    town_piece(town, 13, 9.4805, 47.1, 0.001, 110, 111, "Hauptstrasse"); // not joined
    town_house(town, 21, 9.42, 47.12, "7", "Nowhere", NULL);
    town_make(town);
    struct arena arena = arena_over(memory, sizeof(memory));
    struct geo_rings lines;
    const uint32_t doc = doc_of(town, 'w', 11);
    assert_true(atlas_line(town->atlas, doc, &arena, &lines));
    assert_int_equal(lines.ring_count, 2);
    assert_int_equal(rings_point_count(&lines), 5);
    assert_false(atlas_outline(town->atlas, doc, &arena, &lines));
    const struct atlas_house *const house = house_of(town, 21);
    assert_false(atlas_line(town->atlas, house->street, &arena, &lines));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOWN_TEST(an_area_gives_its_ring),
        TOWN_TEST(an_area_across_180_degrees_is_cut),
        TOWN_TEST(pieces_of_a_street_are_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
