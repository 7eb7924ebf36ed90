#include "fence/fence_test.h"

#define ON(kind) (1U << (kind))
#define BOTH     (ON(EVENT_ENTER) | ON(EVENT_EXIT))

static void test_entering_and_leaving_is_told_once(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    const struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH);
    assert_true(bed_fence(&bed, &rule, true));
    bed_set(&bed, "vans", "a", 9.4, 47.1);
    bed_set(&bed, "vans", "a", 9.5, 47.1);
    bed_set(&bed, "vans", "a", 9.5001, 47.1);
    bed_set(&bed, "cars", "a", 9.5, 47.1);
    bed_expect(&bed, "enter a depot 0\n");
    bed_clock(&bed, 60);
    bed_set(&bed, "vans", "a", 9.6, 47.1);
    bed_set(&bed, "vans", "a", 9.7, 47.1);
    bed_expect(&bed, "exit a depot 60 (moved, 60)\n");
    assert_int_equal(fences_counts(bed.fences).members, 0);
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_deletes_and_drops_are_exits(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    const struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH);
    (void)bed_fence(&bed, &rule, true);
    bed_set(&bed, "vans", "a", 9.5, 47.1);
    bed_set(&bed, "vans", "b", 9.5, 47.1);
    bed_delete(&bed, "vans", "a");
    bed_expect(&bed, "enter a depot 0\nenter b depot 0\nexit a depot 0 (deleted, 0)\n");
    assert_int_equal(live_collection_drop(bed.live, &bed.turn, BYTES_OF("vans")), STATUS_OK);
    bed_expect(&bed, "exit b depot 0 (dropped, 0)\n");
    assert_int_equal(fences_counts(bed.fences).members, 0);
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_an_edit_moves_who_is_where(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    bed_set(&bed, "vans", "a", 9.5, 47.1);
    bed_set(&bed, "vans", "b", 9.6, 47.1);
    struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH);
    (void)bed_fence(&bed, &rule, true);
    bed_expect(&bed, "enter a depot 0 initial\n");
    bed_clock(&bed, 5);
    rule = bed_circle(&shape, "depot", 9.6, 47.1, 200, BOTH);
    assert_false(bed_fence(&bed, &rule, true));
    bed_expect(&bed, "exit a depot 5 (fence_changed, 5)\nenter b depot 5 initial\n");
    rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH);
    (void)bed_fence(&bed, &rule, false);
    bed_expect(&bed, "");
    bed_clock(&bed, 9);
    bed_set(&bed, "vans", "a", 9.5, 47.1);
    assert_int_equal(fence_delete(bed.fences, &bed.turn, BYTES_OF("depot")), STATUS_OK);
    assert_int_equal(fence_delete(bed.fences, &bed.turn, BYTES_OF("depot")), STATUS_NOT_FOUND);
    bed_expect(&bed, "exit a depot 9 (fence_removed, 4)\n");
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_a_restart_tells_nothing_twice_and_loses_no_deadline(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH | ON(EVENT_DWELL));
    rule.member.dwell_us = 300 * TEST_S;
    (void)bed_fence(&bed, &rule, true);
    bed_track_at(&bed, "a", 9.5, 47.1, 0);
    bed_restart(&bed);
    bed_track_at(&bed, "a", 9.5, 47.1, 10);
    bed_expect(&bed, "enter a depot 0\n");
    bed_restart(&bed);
    bed_clock(&bed, 299);
    bed_expect(&bed, "");
    bed_clock(&bed, 300);
    bed_expect(&bed, "dwell a depot 300\n");
    bed_restart(&bed);
    bed_clock(&bed, 1000);
    bed_track_at(&bed, "a", 9.5, 47.2, 1000);
    bed_expect(&bed, "exit a depot 1000 (moved, 1000)\n");
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_a_change_may_need_confirmation(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH);
    rule.member.confirm_count = 3;
    rule.member.confirm_us = 30 * TEST_S;
    (void)bed_fence(&bed, &rule, true);
    bed_set(&bed, "vans", "a", 9.5, 47.1); // 1
    bed_clock(&bed, 1);
    bed_set(&bed, "vans", "a", 9.5, 47.1); // 2
    bed_clock(&bed, 2);
    bed_set(&bed, "vans", "a", 9.6, 47.1); // forgotten
    bed_clock(&bed, 3);
    bed_set(&bed, "vans", "a", 9.5, 47.1); // 1
    bed_clock(&bed, 4);
    bed_set(&bed, "vans", "a", 9.5, 47.1); // 2
    bed_expect(&bed, "");
    bed_clock(&bed, 5);
    bed_set(&bed, "vans", "a", 9.5, 47.1); // 3
    bed_expect(&bed, "enter a depot 3\n");
    bed_clock(&bed, 10);
    bed_set(&bed, "vans", "a", 9.6, 47.1);
    bed_clock(&bed, 39);
    bed_expect(&bed, "");
    bed_restart(&bed);
    bed_clock(&bed, 40);
    bed_expect(&bed, "exit a depot 10 (moved, 7)\n");
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_leaving_takes_the_exit_distance(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH | ON(EVENT_APPROACH));
    rule.exit_distance_m = 100;
    rule.approach_m = 1000;
    (void)bed_fence(&bed, &rule, true);
    bed_set(&bed, "vans", "a", 9.5, 47.2);    // 11 km
    bed_set(&bed, "vans", "a", 9.5, 47.1100); // 1112 m from the middle
    bed_set(&bed, "vans", "a", 9.5, 47.1090); // 1001 m
    bed_set(&bed, "vans", "a", 9.5, 47.1023); // 256 m: not in yet
    bed_expect(&bed, "approach a depot 0 912 m\n");
    bed_set(&bed, "vans", "a", 9.5, 47.1010);
    bed_set(&bed, "vans", "a", 9.5, 47.1023);
    bed_expect(&bed, "enter a depot 0\n");
    bed_set(&bed, "vans", "a", 9.5, 47.1028);
    bed_expect(&bed, "exit a depot 0 (moved, 0)\n");
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_accuracy_is_ignored_or_widens_or_makes_confidence(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    struct rule rule = bed_circle(&shape, "exact", 9.5, 47.1, 200, BOTH);
    (void)bed_fence(&bed, &rule, true);
    rule.id = BYTES_OF("wide");
    rule.accuracy = RULE_ACCURACY_EXPAND;
    (void)bed_fence(&bed, &rule, true);
    rule.id = BYTES_OF("sure");
    rule.accuracy = RULE_ACCURACY_CONFIDENCE;
    rule.confidence_min = 3;
    (void)bed_fence(&bed, &rule, true);
    rule.id = BYTES_OF("perhaps");
    rule.confidence_min = 1;
    (void)bed_fence(&bed, &rule, true);
    struct row row = bed_fix(9.5, 47.1022, 1); // 245 m
    row.accuracy_m = 100;
    (void)bed_track(&bed, "a", &row);
    bed_expect(&bed, "enter a perhaps 1 confidence 1\nenter a wide 1\n");
    row = bed_fix(9.5, 47.1, 2);
    row.accuracy_m = 100;
    (void)bed_track(&bed, "a", &row);
    bed_expect(&bed, "enter a exact 2\nenter a sure 2 confidence 3\n");
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_conditions_are_part_of_being_inside(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH);
    rule.match = BYTES_OF("t*");
    rule.speed_max_mps = 1;
    rule.filter = BYTES_OF("load > 3");
    uint8_t properties[] = "\4load";
    rule.properties = (struct bytes){.data = properties, .size = 5};
    (void)bed_fence(&bed, &rule, true);
    struct buffer fields SCOPED(buffer_free) = {.account = &bed.account};
    row_field_put((struct bytes){0}, BYTES_OF("load"), BYTES_OF("5"), &fields);
    struct row row = bed_fix(9.5, 47.1, 1);
    row.fields = buffer_bytes(&fields);
    (void)bed_track(&bed, "t1", &row); // speed is not known
    row.event_us += TEST_S;
    row.speed_mps = 0.5F;
    (void)bed_track(&bed, "a", &row);
    (void)bed_track(&bed, "t1", &row);
    bed_expect(&bed, "enter t1 depot 2 {\"load\":5}\n");
    row.event_us += TEST_S;
    row.speed_mps = 2;
    (void)bed_track(&bed, "t1", &row);
    bed_expect(&bed, "exit t1 depot 3 (conditions, 1) {\"load\":5}\n");
    buffer_free(&fields);
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_a_schedule_closes_and_opens(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH);
    // The tests begin on Tuesday, 14 November 2023, 22:13:20 UTC, 23:13:20 in Vienna.
    rule.schedule =
        (struct schedule){.zone = BYTES_OF("Europe/Vienna"),
                          .periods = {{.days = 2, .from_minute = 1380, .until_minute = 60}},
                          .period_count = 1};
    (void)bed_fence(&bed, &rule, true);
    bed_set(&bed, "vans", "a", 9.5, 47.1);
    bed_expect(&bed, "enter a depot 0\n");
    bed_clock(&bed, 6399);
    bed_expect(&bed, "");
    bed_restart(&bed);
    bed_clock(&bed, 6400); // 01:00 on Wednesday
    bed_expect(&bed, "exit a depot 6400 (schedule, 6400)\n");
    bed_set(&bed, "vans", "a", 9.5, 47.1);
    bed_expect(&bed, "");
    bed_clock(&bed, 7 * 86400);
    bed_set(&bed, "vans", "a", 9.5, 47.1);
    bed_expect(&bed, "enter a depot 604800\n");
    bed_clock(&bed, 7 * 86400 + 6400);
    bed_expect(&bed, "exit a depot 611200 (schedule, 6400)\n");
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_a_cooldown_silences_whole_visits(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH);
    rule.member.cooldown_us = 100 * TEST_S;
    (void)bed_fence(&bed, &rule, true);
    for (int64_t second = 0; second < 200; second += 20) {
        bed_clock(&bed, second);
        bed_set(&bed, "vans", "a", 9.5, second % 40 == 0 ? 47.1 : 47.2);
        bed_restart(&bed);
    }
    bed_expect(&bed, "enter a depot 0\nexit a depot 20 (moved, 20)\n"
                     "enter a depot 120\nexit a depot 140 (moved, 20)\n");
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_a_fence_expires(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH);
    rule.expires_us = TEST_BEGIN_US + 50 * TEST_S;
    (void)bed_fence(&bed, &rule, true);
    bed_set(&bed, "vans", "a", 9.5, 47.1);
    bed_restart(&bed);
    bed_clock(&bed, 49);
    bed_expect(&bed, "enter a depot 0\n");
    bed_clock(&bed, 51);
    bed_expect(&bed, "exit a depot 51 (fence_expired, 51)\n");
    bed_restart(&bed);
    assert_int_equal(fences_counts(bed.fences).fences, 0);
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_late_fixes_are_put_in_order(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    const struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH | ON(EVENT_INSIDE));
    (void)bed_fence(&bed, &rule, true);
    bed_track_at(&bed, "a", 9.4, 47.1, 10);
    bed_track_at(&bed, "a", 9.6, 47.1, 20);
    bed_restart(&bed);
    bed_expect(&bed, "");
    bed_track_at(&bed, "a", 9.5, 47.1, 15); // a visit nobody knew of
    bed_expect(&bed, "enter a depot 15\nexit a depot 20 (moved, 5)\n");
    bed_restart(&bed);
    bed_track_at(&bed, "a", 9.5, 47.1, 13); // the same visit: its enter was announced
    bed_track_at(&bed, "a", 9.5, 47.1, 17);
    bed_expect(&bed, "inside a depot 17\n");
    const struct row again = bed_fix(9.5, 47.1, 15);
    assert_int_equal(bed_track(&bed, "a", &again), FENCE_DUPLICATE);
    bed_track_at(&bed, "a", 9.6, 47.1, 200);
    bed_track_at(&bed, "a", 9.5, 47.1, 100); // beyond the bound
    bed_expect(&bed, "inside a depot 100 late\n");
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_a_late_absence_parts_a_visit(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    const struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH);
    (void)bed_fence(&bed, &rule, true);
    bed_track_at(&bed, "a", 9.5, 47.1, 10);
    bed_track_at(&bed, "a", 9.5, 47.1, 30);
    bed_track_at(&bed, "a", 9.6, 47.1, 20);
    bed_track_at(&bed, "a", 9.6, 47.1, 40);
    bed_expect(&bed, "enter a depot 10\nexit a depot 20 (moved, 10)\nenter a depot 30\n"
                     "exit a depot 40 (moved, 10)\n");
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_fixes_from_the_future_are_flagged_and_block_nobody(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    const struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH);
    (void)bed_fence(&bed, &rule, true);
    bed_track_at(&bed, "a", 9.5, 47.1, 100000);
    bed_expect(&bed, "enter a depot 0 future\n");
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_a_way_through_is_a_cross(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    const struct rule rule =
        bed_circle(&shape, "date", 180, -16.8, 500, BOTH | ON(EVENT_CROSS) | ON(EVENT_OUTSIDE));
    (void)bed_fence(&bed, &rule, true);
    bed_set(&bed, "vans", "a", 179.9, -16.8);
    bed_set(&bed, "vans", "a", -179.9, -16.8);
    bed_set(&bed, "vans", "a", -179.8, -16.8);
    bed_expect(&bed, "outside a date 0\noutside a date 0\ncross a date 0\noutside a date 0\n");
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_every_object_of_a_collection_may_be_a_fence(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    struct rule rule = rule_new();
    rule.id = BYTES_OF("zones");
    rule.area = RULE_COLLECTION;
    rule.area_collection = BYTES_OF("areas");
    rule.collection = BYTES_OF("vans");
    const struct row north = {.kind = ROW_BOX, .box = {90000000, 471000000, 95000000, 472000000}};
    const struct row south = {.kind = ROW_BOX, .box = {90000000, 470000000, 95000000, 471000000}};
    bed_put_row(&bed, "areas", "north", &north);
    (void)bed_fence(&bed, &rule, true);
    bed_put_row(&bed, "areas", "south", &south);
    bed_set(&bed, "vans", "a", 9.2, 47.15);
    bed_restart(&bed);
    bed_set(&bed, "vans", "a", 9.2, 47.05);
    bed_expect(&bed, "enter a zones/north 0\nexit a zones/north 0 (moved, 0)\n"
                     "enter a zones/south 0\n");
    bed_put_row(&bed, "areas", "south", &north);
    bed_expect(&bed, "exit a zones/south 0 (fence_changed, 0)\n");
    bed_set(&bed, "vans", "a", 9.2, 47.15);
    bed_expect(&bed, "enter a zones/north 0\nenter a zones/south 0\n");
    bed_delete(&bed, "areas", "south");
    bed_expect(&bed, "exit a zones/south 0 (fence_removed, 0)\n");
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_objects_may_be_near_to_others_that_move(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct rule rule = rule_new();
    rule.id = BYTES_OF("meet");
    rule.area = RULE_NEAR;
    rule.area_collection = BYTES_OF("buses");
    rule.radius_m = 300;
    rule.collection = BYTES_OF("vans");
    (void)bed_fence(&bed, &rule, true);
    rule.id = BYTES_OF("convoy");
    rule.area_collection = BYTES_OF("vans");
    rule.member.events = BOTH | ON(EVENT_ROAM);
    (void)bed_fence(&bed, &rule, true);
    bed_set(&bed, "vans", "a", 9.5, 47.1);
    bed_set(&bed, "buses", "b", 9.5, 47.2);
    bed_set(&bed, "buses", "b", 9.5, 47.102); // it comes to the van
    bed_expect(&bed, "enter b meet/a 0 222 m\n");
    bed_restart(&bed);
    bed_set(&bed, "vans", "a", 9.5, 47.3);
    bed_expect(&bed, "exit a meet/b 0 (moved, 0) 22017 m\n");
    bed_set(&bed, "vans", "c", 9.5, 47.302);
    bed_expect(&bed, "enter c convoy/a 0 222 m\nroam c convoy/a 0 222 m\n");
    bed_restart(&bed);
    bed_set(&bed, "vans", "a", 9.5, 47.301);
    bed_expect(&bed, "roam a convoy/c 0 111 m\n");
    bed_delete(&bed, "vans", "c");
    bed_expect(&bed, "exit c convoy/a 0 (deleted, 0)\n");
    assert_int_equal(fences_counts(bed.fences).members, 0);
    bed_end(&bed);
}

static void test_a_trial_changes_nothing(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    const struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH);
    (void)bed_fence(&bed, &rule, true);
    const struct row row = bed_fix(9.5, 47.1, 1);
    buffer_clear(&bed.row);
    row_write(&row, &bed.row);
    const struct fence_sink sink = {.emit = bed_emit, .context = &bed};
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(fences_try(bed.fences, bed.turn.now_us, BYTES_OF("vans"), BYTES_OF("a"),
                                    buffer_bytes(&bed.row), &sink, NULL),
                         STATUS_OK);
        bed_expect(&bed, "enter a depot 1\n");
    }
    assert_int_equal(fences_counts(bed.fences).members, 0);
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_a_turn_that_failed_leaves_no_trace(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH);
    (void)bed_fence(&bed, &rule, true);
    bed_set(&bed, "vans", "a", 9.5, 47.1);
    bed_publish(&bed);
    bed_expect(&bed, "enter a depot 0\n");
    rule.id = BYTES_OF("other");
    (void)bed_fence(&bed, &rule, true);
    bed_set(&bed, "vans", "a", 9.6, 47.1);
    bed_set(&bed, "vans", "b", 9.5, 47.1);
    assert_int_equal(fence_delete(bed.fences, &bed.turn, BYTES_OF("depot")), STATUS_OK);
    fence_stage.undo(bed.fences);
    buffer_clear(&bed.lines);
    assert_int_equal(fences_counts(bed.fences).fences, 1);
    assert_int_equal(fences_counts(bed.fences).members, 1);
    bed_set(&bed, "vans", "a", 9.5, 47.1);
    bed_expect(&bed, "");
    buffer_free(&shape);
    bed_end(&bed);
}

static void test_a_backfill_says_what_would_have_been_said(void **state)
{
    (void)state;
    struct fence_bed bed;
    bed_begin(&bed);
    struct buffer shape SCOPED(buffer_free) = {.account = &bed.account};
    struct rule rule = bed_circle(&shape, "depot", 9.5, 47.1, 200, BOTH | ON(EVENT_DWELL));
    rule.member.dwell_us = 60 * TEST_S;
    struct backfill *backfill;
    assert_int_equal(backfill_new(&rule, TEST_BEGIN_US + 1000 * TEST_S, &bed.account,
                                  &(struct fence_sink){.emit = bed_emit, .context = &bed},
                                  &backfill, NULL),
                     STATUS_OK);
    static const struct {
        const char *id;
        double lat;
        int64_t second;
    } FIXES[] = {{"a", 47.2, 0},  {"a", 47.1, 10}, {"a", 47.1, 90}, {"a", 47.2, 100},
                 {"b", 47.1, 20}, {"c", 47.1, 5},  {"c", 47.2, 6}};
    for (size_t i = 0; i < COUNT_OF(FIXES); i++) {
        struct row row = bed_fix(9.5, FIXES[i].lat, FIXES[i].second);
        row.arrival_us = row.event_us + TEST_S;
        buffer_clear(&bed.row);
        row_write(&row, &bed.row);
        row_open(buffer_bytes(&bed.row), &row);
        assert_int_equal(backfill_fix(backfill, bytes_from_text(FIXES[i].id), &row), STATUS_OK);
    }
    backfill_end(backfill);
    backfill_free(backfill);
    bed_expect(&bed, "enter a depot 10\ndwell a depot 70\nexit a depot 100 (moved, 90)\n"
                     "enter b depot 20\ndwell b depot 80\nenter c depot 5\n"
                     "exit c depot 6 (moved, 1)\n");
    buffer_free(&shape);
    bed_end(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entering_and_leaving_is_told_once),
        cmocka_unit_test(test_deletes_and_drops_are_exits),
        cmocka_unit_test(test_an_edit_moves_who_is_where),
        cmocka_unit_test(test_a_restart_tells_nothing_twice_and_loses_no_deadline),
        cmocka_unit_test(test_a_change_may_need_confirmation),
        cmocka_unit_test(test_leaving_takes_the_exit_distance),
        cmocka_unit_test(test_accuracy_is_ignored_or_widens_or_makes_confidence),
        cmocka_unit_test(test_conditions_are_part_of_being_inside),
        cmocka_unit_test(test_a_schedule_closes_and_opens),
        cmocka_unit_test(test_a_cooldown_silences_whole_visits),
        cmocka_unit_test(test_a_fence_expires),
        cmocka_unit_test(test_late_fixes_are_put_in_order),
        cmocka_unit_test(test_a_late_absence_parts_a_visit),
        cmocka_unit_test(test_fixes_from_the_future_are_flagged_and_block_nobody),
        cmocka_unit_test(test_a_way_through_is_a_cross),
        cmocka_unit_test(test_every_object_of_a_collection_may_be_a_fence),
        cmocka_unit_test(test_objects_may_be_near_to_others_that_move),
        cmocka_unit_test(test_a_trial_changes_nothing),
        cmocka_unit_test(test_a_turn_that_failed_leaves_no_trace),
        cmocka_unit_test(test_a_backfill_says_what_would_have_been_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
