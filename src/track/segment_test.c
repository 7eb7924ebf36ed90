#include "track/segment.h"

#include "base/test.h"
#include "geo/distance.h"

static struct memory_account account = {.name = "test"};

#define SECOND INT64_C(1000000)

struct fix_given {
    int64_t at_us;
    struct geo_point point;
};

enum { FIXES_MAX = 4096, SEGMENTS_MAX = 1024 };
struct outcome {
    struct segment segments[SEGMENTS_MAX];
    unsigned count, begun;
};

static void keep(struct outcome *outcome, const struct segment *segment)
{
    assert_true(outcome->count < SEGMENTS_MAX);
    outcome->segments[outcome->count++] = *segment;
}

// One by one, the state stored and read again after every fix.
static void cut_online(const struct fix_given *fixes, size_t count,
                       const struct segment_settings *settings, struct outcome *outcome)
{
    struct buffer stored SCOPED(buffer_free) = {.account = &account};
    struct segmenter segmenter = {0};
    struct segment open;
    outcome->count = outcome->begun = 0;
    segmenter_encode(&segmenter, &stored);
    for (size_t i = 0; i < count; i++) {
        struct segment_changes changes;
        assert_int_equal(segmenter_decode(buffer_bytes(&stored), &segmenter, NULL), STATUS_OK);
        assert_true(segmenter_take(&segmenter, settings, fixes[i].at_us, fixes[i].point, &changes));
        for (unsigned k = 0; k < changes.ended_count; k++) {
            keep(outcome, &changes.ended[k]);
        }
        outcome->begun += changes.has_begun;
        buffer_clear(&stored);
        segmenter_encode(&segmenter, &stored);
    }
    if (segmenter_open(&segmenter, &open)) {
        keep(outcome, &open);
    }
}

// The same rules over the whole array, looking ahead and back, with no state between fixes.
static struct geo_point mean_of(const struct fix_given *fixes, const bool *is_in, size_t first,
                                size_t end)
{
    int64_t lng = 0;
    int64_t lat = 0;
    int64_t count = 0;
    for (size_t i = first; i < end; i++) {
        if (is_in[i]) {
            lng += geo_lng_turn_e7(fixes[first].point.lng_e7, fixes[i].point.lng_e7);
            lat += (int64_t)fixes[i].point.lat_e7 - fixes[first].point.lat_e7;
            count++;
        }
    }
    lng = (lng < 0 ? lng - count / 2 : lng + count / 2) / count;
    lat = (lat < 0 ? lat - count / 2 : lat + count / 2) / count;
    int64_t sum = fixes[first].point.lng_e7 + lng;
    sum -= sum > GEO_LNG_MAX ? 2 * (int64_t)GEO_LNG_MAX : 0;
    sum += sum < -GEO_LNG_MAX ? 2 * (int64_t)GEO_LNG_MAX : 0;
    return (struct geo_point){(int32_t)sum, (int32_t)(fixes[first].point.lat_e7 + lat)};
}

static void offline_move(const struct fix_given *fixes, const size_t *path, size_t path_count,
                         bool is_gap, struct outcome *outcome)
{
    double distance = 0;
    if (path_count < 2) {
        return;
    }
    for (size_t i = 1; i < path_count; i++) {
        distance += distance_m(fixes[path[i - 1]].point, fixes[path[i]].point);
    }
    keep(outcome, &(struct segment){
                      .kind = SEGMENT_MOVE,
                      .begin_us = fixes[path[0]].at_us,
                      .end_us = fixes[path[path_count - 1]].at_us,
                      .from = fixes[path[0]].point,
                      .to = fixes[path[path_count - 1]].point,
                      .distance_m = distance,
                      .fix_count = (uint32_t)path_count,
                      .ends_in_gap = is_gap,
                  });
}

// The stop that has stood from `anchor` to `at`: how far it goes. Returns the second fix outside.
static size_t offline_stop(const struct fix_given *fixes, size_t anchor, size_t at, size_t end,
                           bool is_gap, const struct segment_settings *settings, size_t *last_in,
                           struct outcome *outcome)
{
    static bool is_in[FIXES_MAX];
    size_t next = at + 1;
    uint32_t count = 0;
    for (size_t i = anchor; i <= at; i++) {
        is_in[i] = true;
    }
    *last_in = at;
    for (; next < end; next++) {
        is_in[next] = distance_m(mean_of(fixes, is_in, anchor, next), fixes[next].point) <=
                      settings->radius_m;
        if (is_in[next]) {
            *last_in = next;
        } else if (!is_in[next - 1]) {
            break;
        }
    }
    for (size_t i = anchor; i < next && i < end; i++) {
        count += is_in[i];
    }
    const struct geo_point middle = mean_of(fixes, is_in, anchor, next);
    keep(outcome, &(struct segment){
                      .kind = SEGMENT_STOP,
                      .begin_us = fixes[anchor].at_us,
                      .end_us = fixes[*last_in].at_us,
                      .from = middle,
                      .to = middle,
                      .fix_count = count,
                      .ends_in_gap = is_gap && next >= end,
                  });
    outcome->begun++;
    return next;
}

// One stretch without gaps: [first, end).
static void offline_stretch(const struct fix_given *fixes, size_t first, size_t end, bool is_gap,
                            const struct segment_settings *settings, struct outcome *outcome)
{
    static size_t path[FIXES_MAX];
    size_t path_count = 0;
    size_t anchor = first;
    for (size_t at = first; at < end; at++) {
        path[path_count++] = at;
        if (distance_m(fixes[anchor].point, fixes[at].point) > settings->radius_m) {
            anchor = at;
        }
        if (at == anchor || fixes[at].at_us - fixes[anchor].at_us < settings->duration_us) {
            continue;
        }
        size_t to_anchor = 0;
        while (path[to_anchor] != anchor) {
            to_anchor++;
        }
        offline_move(fixes, path, to_anchor + 1, false, outcome);
        size_t last_in = 0;
        const size_t next =
            offline_stop(fixes, anchor, at, end, is_gap, settings, &last_in, outcome);
        if (next >= end) {
            return;
        }
        path[0] = last_in;
        path_count = 1;
        anchor = next - 1; // the first fix outside
        at = next - 2;     // the loop goes on with it
    }
    offline_move(fixes, path, path_count, is_gap, outcome);
}

static void cut_offline(const struct fix_given *fixes, size_t count,
                        const struct segment_settings *settings, struct outcome *outcome)
{
    size_t first = 0;
    outcome->count = outcome->begun = 0;
    for (size_t i = 1; i <= count; i++) {
        if (i == count || fixes[i].at_us - fixes[i - 1].at_us > settings->gap_us) {
            offline_stretch(fixes, first, i, i < count, settings, outcome);
            first = i;
        }
    }
}

static void assert_same(const struct outcome *left, const struct outcome *right)
{
    assert_int_equal(left->count, right->count);
    assert_int_equal(left->begun, right->begun);
    for (unsigned i = 0; i < left->count; i++) {
        const struct segment *const a = &left->segments[i];
        const struct segment *const b = &right->segments[i];
        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->begin_us, b->begin_us);
        assert_int_equal(a->end_us, b->end_us);
        assert_true(geo_point_equal(a->from, b->from));
        assert_true(geo_point_equal(a->to, b->to));
        assert_true(a->distance_m - b->distance_m < 1e-6 && b->distance_m - a->distance_m < 1e-6);
        assert_int_equal(a->fix_count, b->fix_count);
        assert_int_equal(a->ends_in_gap, b->ends_in_gap);
    }
}

static double chance(struct dice *dice, double least, double most)
{
    return least + (most - least) * (double)dice_below(dice, 100000) / 100000;
}

// A day of somebody: stays with noise, outliers, drives, gaps; some near the antimeridian.
static size_t day_make(struct dice *dice, struct fix_given *fixes)
{
    int64_t at_us = INT64_C(1700000000) * SECOND;
    double lng = dice_below(dice, 4) == 0 ? 179.99 : chance(dice, -179, 179);
    double lat = chance(dice, -80, 80);
    size_t count = 0;
    while (count + 200 < FIXES_MAX && dice_below(dice, 12) != 0) {
        const bool is_stay = dice_below(dice, 2) == 0;
        const size_t fix_count = 1 + (size_t)dice_below(dice, 80);
        const double east = is_stay ? 0 : chance(dice, -1e-3, 1e-3);
        const double north = is_stay ? 0 : chance(dice, -1e-3, 1e-3);
        for (size_t i = 0; i < fix_count; i++) {
            lng += east;
            lat += north;
            double at_lng = lng + chance(dice, -4e-4, 4e-4);
            const double at_lat =
                lat + chance(dice, -4e-4, 4e-4) + (dice_below(dice, 25) == 0 ? 0.01 : 0);
            at_lng -= at_lng > 180 ? 360 : 0;
            at_lng += at_lng < -180 ? 360 : 0;
            at_us += (1 + (int64_t)dice_below(dice, 40)) * SECOND;
            fixes[count++] =
                (struct fix_given){at_us, {geo_e7_from_deg(at_lng), geo_e7_from_deg(at_lat)}};
        }
        lng -= lng > 180 ? 360 : 0;
        lng += lng < -180 ? 360 : 0;
        at_us += dice_below(dice, 6) == 0 ? 3600 * SECOND : 0;
    }
    return count;
}

static void test_gives_online_what_the_whole_gives(void **state)
{
    (void)state;
    static struct fix_given fixes[FIXES_MAX];
    static struct outcome online;
    static struct outcome offline;
    struct dice dice = test_dice();
    unsigned stops = 0;
    for (unsigned round = 0; round < 1000; round++) {
        const size_t count = day_make(&dice, fixes);
        const struct segment_settings settings = {
            .radius_m = chance(&dice, 30, 130),
            .duration_us = (30 + (int64_t)dice_below(&dice, 300)) * SECOND,
            .gap_us = (60 + (int64_t)dice_below(&dice, 3000)) * SECOND,
        };
        cut_online(fixes, count, &settings, &online);
        cut_offline(fixes, count, &settings, &offline);
        assert_same(&online, &offline);
        stops += online.begun;
    }
    assert_true(stops > 1000);
}

static void test_finds_the_stops_of_a_drive(void **state)
{
    (void)state;
    static struct outcome outcome;
    struct fix_given fixes[200];
    size_t count = 0;
    int64_t at_us = SECOND;
    double lng = 9.5;
    // 5 minutes at home, a drive of 4 km, 10 minutes at the shop.
    for (unsigned i = 0; i < 30; i++, at_us += 10 * SECOND) {
        fixes[count++] = (struct fix_given){at_us, GEO_POINT(lng + (i % 3) * 1e-4, 47.1)};
    }
    for (unsigned i = 0; i < 40; i++, at_us += 10 * SECOND) {
        lng += 0.0013;
        fixes[count++] = (struct fix_given){at_us, GEO_POINT(lng, 47.1)};
    }
    for (unsigned i = 0; i < 60; i++, at_us += 10 * SECOND) {
        fixes[count++] = (struct fix_given){at_us, GEO_POINT(lng + (i % 2) * 1e-4, 47.1)};
    }
    cut_online(fixes, count, &segment_defaults, &outcome);
    assert_int_equal(outcome.count, 3);
    assert_int_equal(outcome.segments[0].kind, SEGMENT_STOP);
    assert_int_equal(outcome.segments[1].kind, SEGMENT_MOVE);
    assert_true(outcome.segments[1].distance_m > 3800 && outcome.segments[1].distance_m < 4100);
    assert_int_equal(outcome.segments[2].kind, SEGMENT_STOP);
    assert_int_equal(outcome.segments[2].end_us, fixes[count - 1].at_us);
}

static void test_passes_over_fixes_that_are_not_newer(void **state)
{
    (void)state;
    struct segmenter segmenter = {0};
    struct segment_changes changes;
    assert_true(segmenter_take(&segmenter, &segment_defaults, 10, GEO_POINT(9, 47), &changes));
    assert_false(segmenter_take(&segmenter, &segment_defaults, 10, GEO_POINT(9, 48), &changes));
    assert_false(segmenter_take(&segmenter, &segment_defaults, 9, GEO_POINT(9, 48), &changes));
    assert_true(segmenter_take(&segmenter, &segment_defaults, 11, GEO_POINT(9, 47), &changes));
}

static void test_refuses_damaged_states(void **state)
{
    (void)state;
    struct buffer stored SCOPED(buffer_free) = {.account = &account};
    struct segmenter segmenter = {.phase = SEGMENT_STANDING, .inside_count = 1};
    segmenter_encode(&segmenter, &stored);
    struct bytes bytes = buffer_bytes(&stored);
    assert_int_equal(segmenter_decode(bytes, &segmenter, NULL), STATUS_OK);
    for (size_t size = 1; size < stored.size; size++) {
        bytes.size = size;
        assert_int_equal(segmenter_decode(bytes, &segmenter, NULL), STATUS_CORRUPT);
    }
    stored.data[0] = 9;
    assert_int_equal(segmenter_decode(buffer_bytes(&stored), &segmenter, NULL), STATUS_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_online_what_the_whole_gives),
        cmocka_unit_test(test_finds_the_stops_of_a_drive),
        cmocka_unit_test(test_passes_over_fixes_that_are_not_newer),
        cmocka_unit_test(test_refuses_damaged_states),
    };
    return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
