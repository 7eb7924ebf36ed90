#include "geo/outline.h"

#include <math.h>

#include "base/test.h"

static char memory[1 << 16];

static struct geo_rings squares(const double (*at)[3], size_t count, struct geo_point *points,
                                uint32_t *ends)
{
    for (size_t i = 0; i < count; i++) {
        const double x = at[i][0];
        const double y = at[i][1];
        const double half = at[i][2];
        struct geo_point *const ring = points + 5 * i;
        ring[0] = ring[4] = GEO_POINT(x - half, y - half);
        ring[1] = GEO_POINT(x + half, y - half);
        ring[2] = GEO_POINT(x + half, y + half);
        ring[3] = GEO_POINT(x - half, y + half);
        ends[i] = (uint32_t)(5 * (i + 1));
    }
    return (struct geo_rings){.points = points, .ring_end = ends, .ring_count = (uint32_t)count};
}

static void holes_are_in_their_ring_and_islands_in_holes_are_outer(void **state)
{
    (void)state;
    struct geo_point points[25];
    uint32_t ends[5];
    // A hole given first, its ring, an island in the hole, another ring, a hole that touches it.
    const double at[][3] = {{0, 0, 4}, {0, 0, 8}, {0, 0, 1}, {30, 0, 4}, {32, 0, 2}};
    const struct geo_rings rings = squares(at, 5, points, ends);
    struct arena arena = arena_over(memory, sizeof(memory));
    const uint32_t *const outers = outline_nest(&rings, &arena);
    assert_non_null(outers);
    const uint32_t expected[] = {1, 1, 2, 3, 3};
    assert_memory_equal(outers, expected, sizeof(expected));
    struct arena small = arena_over(memory, 8);
    assert_null(outline_nest(&rings, &small));
}

static void what_is_left_out_was_near(void **state)
{
    (void)state;
    enum { COUNT = 400 };
    static struct geo_point points[COUNT + 1];
    struct dice dice = test_dice();
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            const double turn = (double)i / COUNT * 2 * 3.14159265358979;
            const double reach = 1 + dice_between(&dice, 0, 0.02);
            points[i] = GEO_POINT(reach * cos(turn), reach * sin(turn));
        }
        points[COUNT] = points[0];
        const uint32_t end = COUNT + 1;
        const struct geo_rings rings = {.points = points, .ring_end = &end, .ring_count = 1};
        struct geo_rings simple;
        struct arena arena = arena_over(memory, sizeof(memory));
        const double tolerance_e7 = dice_between(&dice, 1e3, 1e6);
        assert_true(outline_simplify(&rings, tolerance_e7, &arena, &simple));
        const uint32_t left = rings_point_count(&simple);
        assert_true(left >= 4 && left <= end);
        assert_true(geo_point_equal(simple.points[0], simple.points[left - 1]));
        uint32_t at = 0; // the edge of what stays that a point was left out at
        for (uint32_t i = 0; i < end; i++) {
            if (at + 1 < left && geo_point_equal(points[i], simple.points[at + 1])) {
                at++;
                continue;
            }
            const struct geo_point from = simple.points[at];
            const struct geo_point to = at + 1 < left ? simple.points[at + 1] : from;
            const double dx = (double)to.lng_e7 - from.lng_e7;
            const double dy = (double)to.lat_e7 - from.lat_e7;
            const double px = (double)points[i].lng_e7 - from.lng_e7;
            const double py = (double)points[i].lat_e7 - from.lat_e7;
            const double length = hypot(dx, dy);
            const double off = length > 0 ? fabs(dx * py - dy * px) / length : hypot(px, py);
            assert_true(off <= tolerance_e7 + 1);
        }
    }
}

static void nothing_vanishes_and_lines_keep_their_ends(void **state)
{
    (void)state;
    struct geo_point points[10];
    uint32_t ends[2];
    const double at[][3] = {{0, 0, 1}, {10, 0, 0.001}};
    const struct geo_rings rings = squares(at, 2, points, ends);
    struct geo_rings simple;
    struct arena arena = arena_over(memory, sizeof(memory));
    assert_true(outline_simplify(&rings, 1e5, &arena, &simple));
    assert_int_equal(simple.ring_count, 1); // the small one is gone
    assert_int_equal(rings_point_count(&simple), 5);
    assert_true(outline_simplify(&rings, 1e9, &arena, &simple));
    assert_int_equal(simple.ring_count, 2); // all of it stays
    const struct geo_point line[] = {GEO_POINT(0, 0), GEO_POINT(1, 0.00001), GEO_POINT(2, 0)};
    const uint32_t line_end = 3;
    const struct geo_rings lines = {.points = line, .ring_end = &line_end, .ring_count = 1};
    assert_true(outline_simplify(&lines, 1e4, &arena, &simple));
    assert_int_equal(rings_point_count(&simple), 2);
    assert_true(geo_point_equal(simple.points[1], line[2]));
    struct arena small = arena_over(memory, 4);
    assert_false(outline_simplify(&rings, 1, &small, &simple));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holes_are_in_their_ring_and_islands_in_holes_are_outer),
        cmocka_unit_test(what_is_left_out_was_near),
        cmocka_unit_test(nothing_vanishes_and_lines_keep_their_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
