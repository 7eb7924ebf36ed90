#include "geo/shape.h"

#include <math.h>

#include "base/test.h"
#include "geo/distance.h"
#include "geo/ring.h"

static struct memory_account account = {.name = "test"};

// Shapes drawn in one buffer each; a test frees what it draws.
struct drawn {
    struct buffer buffer;
};

static struct shape shape_of(const struct drawn *drawn)
{
    assert_int_equal(buffer_status(&drawn->buffer), STATUS_OK);
    assert_int_equal(shape_verify(buffer_bytes(&drawn->buffer), NULL), STATUS_OK);
    return (struct shape){buffer_bytes(&drawn->buffer)};
}

static struct drawn drawn_empty(void)
{
    return (struct drawn){.buffer = {.account = &account}};
}

static void erase(struct drawn *drawn)
{
    buffer_free(&drawn->buffer);
}

static uint32_t points_of(const double (*corners)[2], size_t count, struct geo_point *points)
{
    for (size_t i = 0; i < count; i++) {
        points[i] = GEO_POINT(corners[i][0], corners[i][1]);
    }
    return (uint32_t)count;
}

static struct drawn draw_polygon(const double (*corners)[2], size_t count, uint32_t hole_at)
{
    struct geo_point points[64];
    struct drawn drawn = drawn_empty();
    const uint32_t total = points_of(corners, count, points);
    const uint32_t ends[2] = {hole_at, total};
    shape_add_polygon(&drawn.buffer, points, hole_at == 0 ? &ends[1] : ends, hole_at == 0 ? 1 : 2);
    return drawn;
}

static struct drawn draw_line(const double (*corners)[2], size_t count)
{
    struct geo_point points[64];
    struct drawn drawn = drawn_empty();
    shape_add_line(&drawn.buffer, points, points_of(corners, count, points));
    return drawn;
}

#define POLYGON(...)                               \
    draw_polygon((const double[][2]){__VA_ARGS__}, \
                 sizeof((const double[][2]){__VA_ARGS__}) / sizeof(double[2]), 0)
#define HOLED(hole_at, ...)                        \
    draw_polygon((const double[][2]){__VA_ARGS__}, \
                 sizeof((const double[][2]){__VA_ARGS__}) / sizeof(double[2]), hole_at)
#define LINE(...)                               \
    draw_line((const double[][2]){__VA_ARGS__}, \
              sizeof((const double[][2]){__VA_ARGS__}) / sizeof(double[2]))

static struct drawn draw_point(double lng_deg, double lat_deg)
{
    struct drawn drawn = drawn_empty();
    shape_add_point(&drawn.buffer, GEO_POINT(lng_deg, lat_deg));
    return drawn;
}

static struct drawn draw_box(double west, double south, double east, double north)
{
    struct drawn drawn = drawn_empty();
    shape_add_box(&drawn.buffer, (struct geo_box){.west_e7 = geo_e7_from_deg(west),
                                                  .south_e7 = geo_e7_from_deg(south),
                                                  .east_e7 = geo_e7_from_deg(east),
                                                  .north_e7 = geo_e7_from_deg(north)});
    return drawn;
}

static struct drawn draw_circle(double lng_deg, double lat_deg, double radius_m)
{
    struct drawn drawn = drawn_empty();
    shape_add_circle(&drawn.buffer, GEO_POINT(lng_deg, lat_deg), radius_m);
    return drawn;
}

// Both are erased.
static bool holds(struct drawn outer, struct drawn inner)
{
    const bool answer = shape_contains(shape_of(&outer), shape_of(&inner));
    erase(&outer);
    erase(&inner);
    return answer;
}

static bool touches(struct drawn left, struct drawn right)
{
    const bool answer = shape_intersects(shape_of(&left), shape_of(&right));
    assert_int_equal(shape_intersects(shape_of(&right), shape_of(&left)), answer);
    assert_int_equal(shape_distance_m(shape_of(&left), shape_of(&right)) <= 0, answer);
    erase(&left);
    erase(&right);
    return answer;
}

static void test_boundaries_belong_to_areas(void **state)
{
    (void)state;
    assert_true(holds(POLYGON({0, 0}, {10, 0}, {10, 10}, {0, 10}), draw_point(10, 5)));
    assert_true(holds(POLYGON({0, 0}, {10, 0}, {10, 10}, {0, 10}), draw_point(10, 10)));
    assert_true(holds(POLYGON({0, 0}, {10, 0}, {10, 10}, {0, 10}), draw_point(0, 0)));
    assert_false(holds(POLYGON({0, 0}, {10, 0}, {10, 10}, {0, 10}), draw_point(10.0000001, 5)));
    assert_true(holds(draw_box(0, 0, 10, 10), draw_point(10, 10)));
    assert_true(holds(POLYGON({0, 0}, {10, 0}, {10, 10}, {0, 10}),
                      POLYGON({0, 0}, {10, 0}, {10, 10}, {0, 10})));
    assert_true(holds(POLYGON({0, 0}, {10, 0}, {10, 10}, {0, 10}), draw_box(0, 0, 10, 10)));
    assert_true(holds(draw_box(0, 0, 10, 10), POLYGON({0, 0}, {10, 0}, {10, 10}, {0, 10})));
    assert_true(touches(POLYGON({0, 0}, {10, 0}, {10, 10}), POLYGON({10, 10}, {20, 10}, {20, 20})));
    assert_true(touches(draw_box(0, 0, 10, 10), draw_box(10, 10, 20, 20)));
    assert_false(touches(draw_box(0, 0, 10, 10), draw_box(10.0000001, 10, 20, 20)));
}

static void test_holes_are_outside_but_their_edges_are_not(void **state)
{
    (void)state;
#define RING_WITH_HOLE HOLED(4, {0, 0}, {10, 0}, {10, 10}, {0, 10}, {3, 3}, {7, 3}, {7, 7}, {3, 7})
    assert_false(holds(RING_WITH_HOLE, draw_point(5, 5)));
    assert_true(holds(RING_WITH_HOLE, draw_point(3, 5)));
    assert_true(holds(RING_WITH_HOLE, LINE({3, 3}, {7, 3})));
    assert_false(holds(RING_WITH_HOLE, LINE({3, 3}, {7, 7})));
    assert_false(holds(RING_WITH_HOLE, draw_box(3, 3, 7, 7)));
    assert_false(holds(RING_WITH_HOLE, draw_box(2, 2, 8, 8)));
    assert_true(holds(RING_WITH_HOLE, draw_box(0, 0, 3, 10)));
    assert_true(holds(RING_WITH_HOLE, RING_WITH_HOLE));
    assert_false(touches(RING_WITH_HOLE, draw_box(4, 4, 6, 6)));
    assert_true(touches(RING_WITH_HOLE, draw_box(4, 4, 7, 6)));
    assert_false(holds(draw_box(4, 4, 6, 6), RING_WITH_HOLE));
    assert_true(holds(draw_box(-1, 0, 10, 10), RING_WITH_HOLE));
    assert_false(touches(RING_WITH_HOLE, draw_circle(5, 5, 100000)));
    assert_true(touches(RING_WITH_HOLE, draw_circle(5, 5, 300000)));
}

static void test_lines_run_along_edges(void **state)
{
    (void)state;
    assert_true(
        holds(POLYGON({0, 0}, {10, 0}, {10, 10}, {0, 10}), LINE({0, 0}, {10, 0}, {10, 10})));
    assert_true(holds(POLYGON({0, 0}, {10, 0}, {10, 10}, {0, 10}), LINE({0, 0}, {5, 5}, {10, 0})));
    assert_false(holds(POLYGON({0, 0}, {10, 0}, {10, 10}, {0, 10}), LINE({0, 0}, {11, 0})));
    // Over a notch that only touches the line.
    assert_true(holds(POLYGON({0, 0}, {10, 0}, {10, 10}, {5, 5}, {0, 10}), LINE({0, 5}, {10, 5})));
    assert_false(
        holds(POLYGON({0, 0}, {10, 0}, {10, 10}, {5, 4.9999999}, {0, 10}), LINE({0, 5}, {10, 5})));
    assert_true(holds(LINE({0, 0}, {10, 10}), LINE({2, 2}, {3, 3})));
    assert_true(holds(LINE({0, 0}, {5, 5}, {10, 10}), LINE({2, 2}, {7, 7})));
    assert_false(holds(LINE({0, 0}, {10, 10}), LINE({2, 2}, {3, 3.0000001})));
    assert_true(holds(LINE({0, 0}, {10, 10}), draw_point(5, 5)));
    assert_false(
        holds(LINE({0, 0}, {10, 0}, {10, 10}, {0, 0}), POLYGON({0, 0}, {10, 0}, {10, 10})));
    assert_false(holds(draw_point(5, 5), LINE({5, 5}, {6, 6})));
    assert_true(holds(draw_point(5, 5), LINE({5, 5}, {5, 5})));
    assert_true(touches(LINE({0, 0}, {10, 10}), LINE({0, 10}, {10, 0})));
    assert_false(touches(LINE({0, 0}, {4, 4}), LINE({0, 10}, {10, 0})));
    assert_true(touches(LINE({0, 0}, {4, 4}), LINE({4, 4}, {9, 4})));
}

static void test_the_antimeridian_is_nothing_special(void **state)
{
    (void)state;
#define FIJI POLYGON({177, -19}, {-178, -19}, {-178, -15}, {177, -15})
    assert_true(holds(FIJI, draw_point(180, -17)));
    assert_true(holds(FIJI, draw_point(-180, -17)));
    assert_true(holds(FIJI, LINE({178, -17}, {-179, -16})));
    assert_false(holds(FIJI, LINE({178, -17}, {-177, -16})));
    assert_false(holds(FIJI, LINE({178, -17}, {0, -17}, {-179, -17})));
    assert_true(holds(FIJI, draw_box(178, -18, -179, -16)));
    assert_true(holds(draw_box(177, -19, -178, -15), FIJI));
    assert_false(holds(draw_box(178, -19, -178, -15), FIJI));
    assert_false(holds(draw_box(-178, -19, 177, -15), FIJI));
    assert_true(touches(draw_box(-178, -19, 177, -15), FIJI));
    assert_true(touches(FIJI, LINE({179, 0}, {-179, -30})));
    // Neighbours that meet on the antimeridian, however it is written.
    assert_true(touches(POLYGON({170, 0}, {180, 0}, {180, 10}, {170, 10}),
                        POLYGON({-180, 0}, {-170, 0}, {-170, 10}, {-180, 10})));
    assert_true(touches(draw_box(170, 0, 180, 10), draw_box(-180, 10, -170, 20)));
    assert_true(holds(draw_box(170, 0, 180, 10), draw_point(-180, 10)));
    assert_true(holds(POLYGON({170, 0}, {180, 0}, {180, 10}, {170, 10}), draw_point(-180, 5)));
    assert_true(
        holds(POLYGON({170, 0}, {180, 0}, {180, 10}, {170, 10}), LINE({-180, 5}, {-180, 6})));
    assert_false(
        holds(POLYGON({170, 0}, {180, 0}, {180, 10}, {170, 10}), LINE({179, 5}, {-179, 6})));
    assert_true(touches(LINE({170, 5}, {180, 5}), LINE({-180, 5}, {-170, 9})));
    assert_false(touches(LINE({170, 5}, {180, 5}), LINE({-180, 6}, {-170, 9})));
    assert_true(touches(draw_circle(179.95, 0, 50000), draw_point(-179.95, 0)));
    assert_true(holds(draw_circle(179.95, 0, 50000), POLYGON({179.9, 0}, {-179.9, 0}, {180, 0.1})));
    assert_true(holds(FIJI, draw_circle(180, -17, 150000)));
    assert_false(holds(FIJI, draw_circle(180, -17, 250000)));
}

static void test_a_pole_is_one_place(void **state)
{
    (void)state;
#define ARCTIC POLYGON({-120, 70}, {0, 65}, {120, 70})
    assert_true(holds(ARCTIC, draw_point(55, 90)));
    assert_true(holds(ARCTIC, LINE({0, 80}, {180, 80})));
    assert_true(holds(ARCTIC, draw_box(-180, 85, 180, 90)));
    assert_true(holds(ARCTIC, draw_circle(0, 90, 1000000)));
    assert_false(holds(ARCTIC, draw_circle(0, 90, 2600000)));
    assert_true(holds(ARCTIC, POLYGON({-120, 80}, {0, 80}, {120, 80})));
    assert_false(holds(POLYGON({-120, 80}, {0, 80}, {120, 80}), ARCTIC));
    assert_true(touches(POLYGON({-120, 80}, {0, 80}, {120, 80}), ARCTIC));
    assert_true(touches(ARCTIC, POLYGON({-120, -80}, {120, -80}, {180, 66}, {0, 80})));
    assert_true(touches(LINE({10, 80}, {10, 90}), LINE({100, 90}, {100, 85})));
    assert_true(holds(draw_box(10, 80, 20, 90), draw_point(-77, 90)));
    assert_false(holds(draw_box(10, 80, 20, 89), draw_point(-77, 90)));
    assert_false(touches(ARCTIC, POLYGON({-120, -70}, {0, -65}, {120, -70})));
    assert_true(holds(draw_circle(0, 90, 4000000), ARCTIC));
}

static void test_circles_are_round(void **state)
{
    (void)state;
    const struct geo_point centre = GEO_POINT(9.5, 47.1);
    struct drawn circle = draw_circle(9.5, 47.1, 1000);
    struct dice dice = test_dice();
    for (int i = 0; i < 2000; i++) {
        struct geo_point point = centre;
        point.lng_e7 += (int32_t)dice_below(&dice, 400000) - 200000;
        point.lat_e7 += (int32_t)dice_below(&dice, 300000) - 150000;
        assert_int_equal(shape_contains_point(shape_of(&circle), point),
                         distance_m(centre, point) <= 1000);
    }
    erase(&circle);
    assert_true(holds(draw_circle(0, 0, 112000), draw_box(0, 0, 0.5, 0.8)));
    assert_false(holds(draw_circle(0, 0, 112000), draw_box(0, 0, 0.9, 0.8)));
    // A long edge along a parallel of the north leaves the circle between its ends.
    assert_false(holds(draw_circle(0, 80, 600000), LINE({-30, 80}, {0, 74}, {30, 80})));
    assert_true(touches(draw_circle(0, 60, 10000), LINE({-5, 60}, {5, 60})));
    assert_true(holds(draw_circle(0, 0, 30000000), POLYGON({170, 0}, {170, 10}, {160, 5})));
    assert_false(holds(draw_circle(0, 0, 19000000), draw_box(170, -10, -170, 10)));
    assert_true(holds(draw_circle(5, 5, 1000), draw_circle(5, 5, 1000)));
    assert_true(holds(POLYGON({0, 0}, {10, 0}, {10, 10}, {0, 10}), draw_circle(5, 5, 500000)));
    assert_false(holds(POLYGON({0, 0}, {10, 0}, {10, 10}, {0, 10}), draw_circle(5, 5, 600000)));
    assert_true(holds(draw_box(0, 0, 10, 10), draw_circle(5, 5, 0)));
    assert_true(holds(draw_box(0, 0, 10, 10), draw_circle(10, 10, 0)));
    assert_true(holds(draw_point(5, 5), draw_circle(5, 5, 0)));
}

static void test_groups_are_their_parts(void **state)
{
    (void)state;
    struct drawn group = drawn_empty();
    const size_t begun = shape_group_begin(&group.buffer);
    for (int i = 0; i < 10; i++) {
        shape_add_box(&group.buffer, (struct geo_box){.west_e7 = i * 100,
                                                      .south_e7 = 0,
                                                      .east_e7 = i * 100 + 50,
                                                      .north_e7 = 50});
    }
    const size_t inner = shape_group_begin(&group.buffer);
    shape_add_point(&group.buffer, (struct geo_point){.lng_e7 = 2000, .lat_e7 = 7});
    shape_group_end(&group.buffer, inner);
    shape_group_end(&group.buffer, begun);
    const struct shape shape = shape_of(&group);
    assert_int_equal(shape_kind(shape), SHAPE_GROUP);
    assert_int_equal(shape_point_count(shape), 21);
    assert_true(shape_contains_point(shape, (struct geo_point){.lng_e7 = 900, .lat_e7 = 50}));
    assert_false(shape_contains_point(shape, (struct geo_point){.lng_e7 = 951, .lat_e7 = 50}));
    assert_true(shape_contains_point(shape, (struct geo_point){.lng_e7 = 2000, .lat_e7 = 7}));
    assert_true(shape_contains(shape, shape));
    assert_int_equal(shape_box(shape).east_e7, 2000);
    struct drawn across = draw_box(0, 0, 0.000016, 0.000002);
    assert_false(shape_contains(shape, shape_of(&across))); // over the gaps between parts
    assert_true(shape_intersects(shape, shape_of(&across)));
    erase(&across);
    struct drawn nothing = drawn_empty();
    shape_add_line(&nothing.buffer, NULL, 0);
    assert_true(shape_is_empty(shape_of(&nothing)));
    assert_false(shape_contains(shape, shape_of(&nothing)));
    assert_false(shape_intersects(shape, shape_of(&nothing)));
    erase(&nothing);
    erase(&group);
}

// Tangles, stars and lines of few units, so that everything touches everything.
static void draw_random(struct dice *dice, struct drawn *drawn, int32_t reach, int32_t base_lng)
{
    struct geo_point points[48];
    const uint64_t kind = dice_below(dice, 8);
    const uint32_t count = kind < 2 ? 2 : 3 + (uint32_t)dice_below(dice, kind == 7 ? 45 : 5);
    for (uint32_t i = 0; i < count; i++) {
        int64_t lng_e7 = base_lng + (int64_t)dice_below(dice, (uint64_t)reach);
        lng_e7 -= lng_e7 > GEO_LNG_MAX ? 2 * (int64_t)GEO_LNG_MAX : 0;
        points[i] = (struct geo_point){.lng_e7 = (int32_t)lng_e7,
                                       .lat_e7 = (int32_t)dice_below(dice, (uint64_t)reach)};
    }
    drawn->buffer = (struct buffer){.account = &account};
    const uint32_t ends[2] = {count / 2 > 2 ? count / 2 : count, count};
    switch (kind) {
    case 0:
        shape_add_point(&drawn->buffer, points[0]);
        break;
    case 1:
        shape_add_box(&drawn->buffer,
                      geo_box_extend(geo_box_extend(GEO_BOX_EMPTY, points[0]), points[1]));
        break;
    case 2:
        shape_add_line(&drawn->buffer, points, count);
        break;
    default:
        shape_add_polygon(&drawn->buffer, points, ends, ends[0] == count ? 1 : 2);
    }
}

// What holds of places must follow from what is said of shapes.
static void check_places(struct shape left, struct shape right, int32_t reach, int32_t base_lng)
{
    const bool is_held = shape_contains(left, right);
    const bool is_met = shape_intersects(left, right);
    assert_int_equal(shape_intersects(right, left), is_met);
    assert_true(!is_held || is_met);
    for (int32_t x = 0; x < reach; x++) {
        for (int32_t y = 0; y < reach; y++) {
            int64_t lng_e7 = (int64_t)base_lng + x;
            lng_e7 -= lng_e7 > GEO_LNG_MAX ? 2 * (int64_t)GEO_LNG_MAX : 0;
            const struct geo_point point = {.lng_e7 = (int32_t)lng_e7, .lat_e7 = y};
            const bool in_left = shape_contains_point(left, point);
            const bool in_right = shape_contains_point(right, point);
            assert_false(is_held && in_right && !in_left);
            assert_false(!is_met && in_left && in_right);
        }
    }
}

static void test_shapes_answer_as_their_places(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    const int32_t bases[] = {0, GEO_LNG_MAX - 6, -GEO_LNG_MAX};
    unsigned held = 0;
    unsigned met = 0;
    for (int round = 0; round < 30000; round++) {
        const int32_t reach = 4 + (int32_t)dice_below(&dice, 12);
        const int32_t base = bases[round % 3];
        struct drawn left;
        struct drawn right;
        draw_random(&dice, &left, reach, base);
        draw_random(&dice, &right, round % 2 == 0 ? reach : reach / 2, base);
        check_places(shape_of(&left), shape_of(&right), reach, base);
        assert_true(shape_contains(shape_of(&left), shape_of(&left)));
        held += shape_contains(shape_of(&left), shape_of(&right));
        met += shape_intersects(shape_of(&left), shape_of(&right));
        erase(&left);
        erase(&right);
    }
    assert_true(held > 500);
    assert_true(met > 5000 && met < 29000);
    assert_int_equal(account.used_size, 0);
}

static void test_points_come_back_as_given(void **state)
{
    (void)state;
    const double corners[][2] = {{177, -19}, {-178, -19}, {-178, -15}, {177, -15}, {177, -19}};
    struct drawn fiji = draw_polygon(corners, COUNT_OF(corners), 0);
    struct shape_walk walk = {0};
    struct geo_point point;
    bool starts;
    for (size_t i = 0; i < COUNT_OF(corners); i++) {
        assert_true(shape_point_next(shape_of(&fiji), &walk, &point, &starts));
        assert_int_equal(starts, i == 0);
        assert_int_equal(point.lng_e7, geo_e7_from_deg(corners[i][0]));
        assert_int_equal(point.lat_e7, geo_e7_from_deg(corners[i][1]));
    }
    assert_false(shape_point_next(shape_of(&fiji), &walk, &point, &starts));
    assert_int_equal(shape_point_count(shape_of(&fiji)), 5);
    erase(&fiji);
}

static void test_distances_are_to_the_nearest_place(void **state)
{
    (void)state;
    struct drawn box = draw_box(0, 0, 10, 10);
    // North of an edge along a parallel; the corner; the antimeridian the other way round.
    assert_true(shape_distance_to_point_m(shape_of(&box), GEO_POINT(5, 5)) <= 0);
    const double up_m = shape_distance_to_point_m(shape_of(&box), GEO_POINT(5, 11));
    assert_true(up_m > 111190 && up_m < 111200);
    const double aside_m = shape_distance_to_point_m(shape_of(&box), GEO_POINT(-1, 0));
    assert_true(aside_m > 111190 && aside_m < 111200);
    // Along the edge at 10 degrees east the nearest place of a far point lies to the north.
    double least_m = 1e9;
    for (int i = 0; i <= 100000; i++) {
        least_m = fmin(least_m, distance_m(GEO_POINT(60, 5), GEO_POINT(10, i * 1e-4)));
    }
    const double far_m = shape_distance_to_point_m(shape_of(&box), GEO_POINT(60, 5));
    assert_true(fabs(far_m - least_m) < 0.02);
    erase(&box);
    struct drawn left = LINE({179, 10}, {179.5, 20});
    struct drawn right = LINE({-179, 10}, {-179.5, 20});
    const double apart_m = shape_distance_m(shape_of(&left), shape_of(&right));
    assert_true(fabs(apart_m - distance_m(GEO_POINT(179.5, 20), GEO_POINT(-179.5, 20))) < 0.01);
    erase(&left);
    erase(&right);
}

static void test_distances_are_those_of_many_places(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int round = 0; round < 300; round++) {
        const double span = round % 3 == 0 ? 0.01 : round % 3 == 1 ? 3 : 80;
        double corners[4][2];
        for (int i = 0; i < 4; i++) {
            corners[i][0] = dice_between(&dice, -span, span);
            corners[i][1] = dice_between(&dice, -span, span);
        }
        struct drawn line = draw_line(corners, 4);
        const struct geo_point probe =
            GEO_POINT(dice_between(&dice, -span, span), dice_between(&dice, -span, span));
        double least_m = 1e9;
        for (int piece = 0; piece < 3; piece++) {
            for (int i = 0; i <= 500; i++) {
                const double x =
                    corners[piece][0] + (corners[piece + 1][0] - corners[piece][0]) * i / 500;
                const double y =
                    corners[piece][1] + (corners[piece + 1][1] - corners[piece][1]) * i / 500;
                least_m = fmin(least_m, distance_m(probe, GEO_POINT(x, y)));
            }
        }
        const double found_m = shape_distance_to_point_m(shape_of(&line), probe);
        assert_true(found_m <= least_m + 0.02);
        assert_true(found_m >= least_m - span * 700); // half a step
        erase(&line);
    }
}

static void test_coverings_hold_every_place(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    const struct cover_options options = {.max_level = CELL_LEVEL_MAX, .max_cells = 8};
    for (int round = 0; round < 500; round++) {
        struct drawn group = drawn_empty();
        const size_t begun = shape_group_begin(&group.buffer);
        struct geo_point points[3];
        for (size_t i = 0; i < COUNT_OF(points); i++) {
            points[i] = GEO_POINT(dice_between(&dice, -180, 180), dice_between(&dice, -90, 90));
        }
        shape_add_point(&group.buffer, points[0]);
        shape_add_circle(&group.buffer, points[1], 10000);
        shape_add_line(&group.buffer, points, 3);
        shape_group_end(&group.buffer, begun);
        struct cover_cell cells[8];
        const size_t count = shape_cover(shape_of(&group), &options, cells);
        assert_true(count > 0 && count <= 8);
        for (size_t i = 0; i < COUNT_OF(points); i++) {
            bool is_found = false;
            for (size_t k = 0; k < count; k++) {
                is_found |=
                    cell_contains(cells[k].cell, cell_from_point(points[i], CELL_LEVEL_MAX));
            }
            assert_true(is_found);
        }
        erase(&group);
    }
}

// Clipped and then asked, or asked both: the same, but near the sides.
static void test_what_is_clipped_is_what_both_hold(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    unsigned inside = 0;
    for (int round = 0; round < 3000; round++) {
        struct drawn drawn;
        draw_random(&dice, &drawn, 4000, GEO_LNG_MAX - 2000);
        struct geo_box box = {.west_e7 = GEO_LNG_MAX - (int32_t)dice_below(&dice, 2000),
                              .south_e7 = (int32_t)dice_below(&dice, 2000),
                              .east_e7 = -GEO_LNG_MAX + (int32_t)dice_below(&dice, 2000),
                              .north_e7 = 2000 + (int32_t)dice_below(&dice, 2000)};
        struct drawn clipped = drawn_empty();
        shape_clip(shape_of(&drawn), box, &clipped.buffer);
        struct drawn sides = drawn_empty();
        shape_add_box(&sides.buffer, box);
        assert_true(shape_is_empty(shape_of(&clipped)) ||
                    shape_contains(shape_of(&sides), shape_of(&clipped)));
        for (int i = 0; i < 20; i++) {
            int64_t lng_e7 = (int64_t)GEO_LNG_MAX - 2000 + (int64_t)dice_below(&dice, 4000);
            lng_e7 -= lng_e7 > GEO_LNG_MAX ? 2 * (int64_t)GEO_LNG_MAX : 0;
            const struct geo_point point = {.lng_e7 = (int32_t)lng_e7,
                                            .lat_e7 = (int32_t)dice_below(&dice, 4000)};
            const bool is_in =
                shape_contains_point(shape_of(&drawn), point) && geo_box_contains(box, point);
            const bool is_left = shape_contains_point(shape_of(&clipped), point);
            inside += is_in;
            if (is_in != is_left) { // corners are rounded: only within a few units of an edge
                assert_true(shape_kind(shape_of(&drawn)) == SHAPE_LINE ||
                            shape_kind(shape_of(&drawn)) == SHAPE_POLYGON);
                struct buffer line = {.account = &account};
                struct shape_walk walk = {0};
                struct geo_point corner;
                bool starts;
                double least_m = 1e9;
                struct geo_point before = {0};
                while (shape_point_next(shape_of(&drawn), &walk, &corner, &starts)) {
                    const struct geo_point pair[2] = {starts ? corner : before, corner};
                    buffer_clear(&line);
                    shape_add_line(&line, pair, 2);
                    least_m =
                        fmin(least_m,
                             shape_distance_to_point_m((struct shape){buffer_bytes(&line)}, point));
                    before = corner;
                }
                buffer_free(&line);
                // Pieces of an area stay joined along the box's sides.
                const bool is_on_side =
                    point.lng_e7 == box.west_e7 || point.lng_e7 == box.east_e7 ||
                    point.lat_e7 == box.south_e7 || point.lat_e7 == box.north_e7;
                assert_true(least_m < 0.05 || (is_left && is_on_side));
            }
        }
        erase(&drawn);
        erase(&clipped);
        erase(&sides);
    }
    assert_true(inside > 1000);
}

static void test_sectors_are_slices(void **state)
{
    (void)state;
    struct drawn sector = drawn_empty();
    const struct geo_point centre = GEO_POINT(-122.4476, 37.72999);
    shape_add_sector(&sector.buffer, centre, 1000, 350, 90);
    assert_true(shape_contains_point(shape_of(&sector), centre));
    assert_true(shape_contains_point(shape_of(&sector), shape_place_at(centre, 900, 45)));
    assert_true(shape_contains_point(shape_of(&sector), shape_place_at(centre, 900, 355)));
    assert_false(shape_contains_point(shape_of(&sector), shape_place_at(centre, 900, 95)));
    assert_false(shape_contains_point(shape_of(&sector), shape_place_at(centre, 1010, 45)));
    erase(&sector);
    const struct geo_point there = shape_place_at(centre, 12345, 77);
    assert_true(fabs(distance_m(centre, there) - 12345) < 0.02);
}

static void test_damaged_bytes_are_refused_or_harmless(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int round = 0; round < 3000; round++) {
        struct drawn drawn;
        draw_random(&dice, &drawn, 60, GEO_LNG_MAX - 6);
        struct shape shape = shape_of(&drawn);
        drawn.buffer.data[dice_below(&dice, shape.bytes.size)] ^=
            (uint8_t)(1 << dice_below(&dice, 8));
        if (shape_verify(shape.bytes, NULL) == STATUS_OK) {
            (void)shape_contains(shape, shape);
            (void)shape_intersects(shape, shape);
            (void)shape_point_count(shape);
        }
        for (size_t size = 0; size < shape.bytes.size; size++) {
            shape.bytes.size = size;
            assert_int_equal(shape_verify(shape.bytes, NULL), STATUS_CORRUPT);
        }
        erase(&drawn);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boundaries_belong_to_areas),
        cmocka_unit_test(test_holes_are_outside_but_their_edges_are_not),
        cmocka_unit_test(test_lines_run_along_edges),
        cmocka_unit_test(test_the_antimeridian_is_nothing_special),
        cmocka_unit_test(test_a_pole_is_one_place),
        cmocka_unit_test(test_circles_are_round),
        cmocka_unit_test(test_groups_are_their_parts),
        cmocka_unit_test(test_shapes_answer_as_their_places),
        cmocka_unit_test(test_points_come_back_as_given),
        cmocka_unit_test(test_distances_are_to_the_nearest_place),
        cmocka_unit_test(test_distances_are_those_of_many_places),
        cmocka_unit_test(test_coverings_hold_every_place),
        cmocka_unit_test(test_what_is_clipped_is_what_both_hold),
        cmocka_unit_test(test_sectors_are_slices),
        cmocka_unit_test(test_damaged_bytes_are_refused_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
