#include "geo/ring.h"

#include "base/test.h"
#include "geo/ring_index.h"

static struct memory_account account = {.name = "test"};

// Rings as a list of corners in degrees; a pair beyond 900 ends a ring.
#define RING_END 999

struct drawing {
    struct geo_point points[64];
    uint32_t ends[8];
    struct geo_rings rings;
};

static struct geo_rings drawn(struct drawing *drawing, const double (*corners)[2], size_t count)
{
    uint32_t point_count = 0;
    uint32_t ring_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (corners[i][0] >= RING_END) {
            drawing->ends[ring_count++] = point_count;
        } else {
            drawing->points[point_count++] = GEO_POINT(corners[i][0], corners[i][1]);
        }
    }
    return (struct geo_rings){
        .points = drawing->points, .ring_end = drawing->ends, .ring_count = ring_count};
}

#define DRAWN(drawing, ...)                                           \
    drawn((drawing), (const double[][2]){__VA_ARGS__, {RING_END, 0}}, \
          sizeof((const double[][2]){__VA_ARGS__, {RING_END, 0}}) / sizeof(double[2]))

// By the plain count and by the index, which must agree.
static bool is_inside(const struct geo_rings *rings, struct geo_point point)
{
    struct buffer buffer = {.account = &account};
    struct ring_index index;
    assert_int_equal(ring_index_build(rings, &buffer, NULL), STATUS_OK);
    assert_int_equal(ring_index_verify(buffer_bytes(&buffer), NULL), STATUS_OK);
    assert_true(ring_index_open(buffer_bytes(&buffer), &index));
    const bool is_inside = rings_contain(rings, point);
    assert_int_equal(ring_index_contains(&index, point), is_inside);
    buffer_free(&buffer);
    return is_inside;
}

static void test_holes_and_islands_need_no_roles(void **state)
{
    (void)state;
    struct drawing drawing;
    const struct geo_rings rings =
        DRAWN(&drawing, {0, 0}, {10, 0}, {10, 10}, {0, 10}, {RING_END, 0}, {2, 2}, {2, 8}, {8, 8},
              {8, 2}, {RING_END, 0}, {4, 4}, {6, 4}, {6, 6}, {4, 6});
    assert_true(is_inside(&rings, GEO_POINT(1, 1)));
    assert_false(is_inside(&rings, GEO_POINT(3, 3)));
    assert_true(is_inside(&rings, GEO_POINT(5, 5)));
    assert_false(is_inside(&rings, GEO_POINT(11, 5)));
    assert_false(is_inside(&rings, GEO_POINT(5, -1)));
}

static void test_a_closing_point_changes_nothing(void **state)
{
    (void)state;
    struct drawing drawing;
    const struct geo_rings rings = DRAWN(&drawing, {0, 0}, {10, 0}, {5, 10}, {0, 0});
    assert_true(is_inside(&rings, GEO_POINT(5, 5)));
    assert_false(is_inside(&rings, GEO_POINT(9, 5)));
}

static void test_rings_cross_the_antimeridian(void **state)
{
    (void)state;
    struct drawing drawing;
    const struct geo_rings fiji = DRAWN(&drawing, {177, -19}, {-178, -19}, {-178, -15}, {177, -15});
    assert_true(is_inside(&fiji, GEO_POINT(179, -17)));
    assert_true(is_inside(&fiji, GEO_POINT(-179, -17)));
    assert_true(is_inside(&fiji, GEO_POINT(180, -17)));
    assert_true(is_inside(&fiji, GEO_POINT(-180, -17)));
    assert_false(is_inside(&fiji, GEO_POINT(176, -17)));
    assert_false(is_inside(&fiji, GEO_POINT(-177, -17)));
    assert_false(is_inside(&fiji, GEO_POINT(0, -17)));
    const struct geo_box box = rings_box(&fiji);
    assert_true(geo_box_crosses_antimeridian(box));
    assert_int_equal(box.west_e7, 177 * GEO_DEGREE_E7);
    assert_int_equal(box.east_e7, -178 * GEO_DEGREE_E7);
}

static void test_a_ring_around_a_pole_holds_it(void **state)
{
    (void)state;
    struct drawing drawing;
    const struct geo_rings arctic = DRAWN(&drawing, {-120, 70}, {0, 65}, {120, 70});
    assert_true(is_inside(&arctic, GEO_POINT(0, 90)));
    assert_true(is_inside(&arctic, GEO_POINT(77, 80)));
    assert_true(is_inside(&arctic, GEO_POINT(180, 75)));
    assert_false(is_inside(&arctic, GEO_POINT(0, 60)));
    assert_false(is_inside(&arctic, GEO_POINT(0, -90)));
    assert_int_equal(rings_box(&arctic).north_e7, GEO_LAT_MAX);
    // As maps draw it: down to the bottom edge and along it.
    const struct geo_rings antarctica =
        DRAWN(&drawing, {-180, -80}, {0, -70}, {180, -80}, {180, -90}, {-180, -90});
    assert_true(is_inside(&antarctica, GEO_POINT(10, -85)));
    assert_true(is_inside(&antarctica, GEO_POINT(-170, -89)));
    assert_false(is_inside(&antarctica, GEO_POINT(10, -60)));
    const struct geo_rings globe = DRAWN(&drawing, {-180, -90}, {180, -90}, {180, 90}, {-180, 90});
    assert_true(is_inside(&globe, GEO_POINT(12, 34)));
    assert_true(is_inside(&globe, GEO_POINT(-180, -12)));
}

// Two areas share a ragged border: every place belongs to exactly one of them, on the border too.
static void test_neighbours_share_every_place_of_their_border_once(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int round = 0; round < 200; round++) {
        struct geo_point border[10];
        for (int i = 0; i < 10; i++) {
            border[i].lng_e7 = 100 + (int32_t)dice_below(&dice, 8);
            border[i].lat_e7 = i * 4;
        }
        struct geo_point left[12] = {{.lng_e7 = 50, .lat_e7 = 36}, {.lng_e7 = 50, .lat_e7 = 0}};
        struct geo_point right[12] = {{.lng_e7 = 150, .lat_e7 = 36}, {.lng_e7 = 150, .lat_e7 = 0}};
        memcpy(left + 2, border, sizeof(border));
        memcpy(right + 2, border, sizeof(border));
        const uint32_t end = 12;
        const struct geo_rings west = {.points = left, .ring_end = &end, .ring_count = 1};
        const struct geo_rings east = {.points = right, .ring_end = &end, .ring_count = 1};
        for (int32_t lat_e7 = 0; lat_e7 < 36; lat_e7++) {
            for (int32_t lng_e7 = 98; lng_e7 < 110; lng_e7++) {
                const struct geo_point point = {.lng_e7 = lng_e7, .lat_e7 = lat_e7};
                assert_int_equal(rings_contain(&west, point) + rings_contain(&east, point), 1);
            }
        }
    }
}

// Tangles of any size, of whole units or of continents, at any place of the globe.
static void property_index_is_the_plain_count(struct dice *dice)
{
    struct geo_point points[300];
    const uint64_t reach_e7 = UINT64_C(1) << (1 + dice_below(dice, 31));
    const int64_t base_lng_e7 = (int64_t)dice_below(dice, 2 * (uint64_t)GEO_LNG_MAX) - GEO_LNG_MAX;
    const int64_t base_lat_e7 = (int64_t)dice_below(dice, 2 * (uint64_t)GEO_LAT_MAX) - GEO_LAT_MAX;
    const uint32_t count = 1 + (uint32_t)dice_below(dice, COUNT_OF(points) - 1);
    struct geo_point probes[COUNT_OF(points)];
    for (uint32_t i = 0; i < 2 * count; i++) {
        int64_t lng_e7 = base_lng_e7 + (int64_t)dice_below(dice, reach_e7);
        int64_t lat_e7 = base_lat_e7 + (int64_t)dice_below(dice, reach_e7);
        lng_e7 -= lng_e7 > GEO_LNG_MAX ? 2 * (int64_t)GEO_LNG_MAX : 0;
        lat_e7 = lat_e7 > GEO_LAT_MAX ? GEO_LAT_MAX : lat_e7;
        const struct geo_point point = {.lng_e7 = (int32_t)lng_e7, .lat_e7 = (int32_t)lat_e7};
        *(i < count ? &points[i] : &probes[i - count]) = point;
    }
    const uint32_t ends[2] = {count / 2, count};
    const struct geo_rings rings = {.points = points, .ring_end = ends, .ring_count = 2};
    struct buffer buffer = {.account = &account};
    struct ring_index index;
    assert_int_equal(ring_index_build(&rings, &buffer, NULL), STATUS_OK);
    assert_int_equal(ring_index_verify(buffer_bytes(&buffer), NULL), STATUS_OK);
    assert_true(ring_index_open(buffer_bytes(&buffer), &index));
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(ring_index_contains(&index, probes[i]), rings_contain(&rings, probes[i]));
        assert_int_equal(ring_index_contains(&index, points[i]), rings_contain(&rings, points[i]));
    }
    buffer_free(&buffer);
}

static void test_the_index_answers_as_the_plain_count(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int i = 0; i < 2000; i++) {
        property_index_is_the_plain_count(&dice);
    }
    assert_int_equal(account.used_size, 0);
}

static void test_broken_bytes_are_refused_and_never_read_outside(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    struct geo_point points[200];
    for (size_t i = 0; i < COUNT_OF(points); i++) {
        points[i].lng_e7 = (int32_t)dice_below(&dice, 100000);
        points[i].lat_e7 = (int32_t)dice_below(&dice, 100000);
    }
    const uint32_t end = COUNT_OF(points);
    const struct geo_rings rings = {.points = points, .ring_end = &end, .ring_count = 1};
    struct buffer buffer = {.account = &account};
    assert_int_equal(ring_index_build(&rings, &buffer, NULL), STATUS_OK);
    for (int i = 0; i < 5000; i++) {
        const size_t at = dice_below(&dice, buffer.size);
        const uint8_t bit = (uint8_t)(1 << dice_below(&dice, 8));
        buffer.data[at] ^= bit;
        struct ring_index index;
        if (ring_index_open(buffer_bytes(&buffer), &index)) {
            (void)ring_index_contains(&index, points[dice_below(&dice, end)]);
        }
        if (at >= 16 && at < 28) { // counts
            assert_int_equal(ring_index_verify(buffer_bytes(&buffer), NULL), STATUS_CORRUPT);
        }
        buffer.data[at] ^= bit;
    }
    for (size_t size = 0; size < buffer.size; size++) {
        const struct bytes cut = {.data = buffer.data, .size = size};
        assert_int_equal(ring_index_verify(cut, NULL), STATUS_CORRUPT);
    }
    buffer_free(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holes_and_islands_need_no_roles),
        cmocka_unit_test(test_a_closing_point_changes_nothing),
        cmocka_unit_test(test_rings_cross_the_antimeridian),
        cmocka_unit_test(test_a_ring_around_a_pole_holds_it),
        cmocka_unit_test(test_neighbours_share_every_place_of_their_border_once),
        cmocka_unit_test(test_the_index_answers_as_the_plain_count),
        cmocka_unit_test(test_broken_bytes_are_refused_and_never_read_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
