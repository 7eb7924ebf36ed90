#include "live/live_test.h"

#include <sched.h>

static struct bytes text(const char *text)
{
    return bytes_from_text(text);
}

static void test_a_put_is_seen_by_the_job_at_once_and_by_readers_when_published(void **state)
{
    (void)state;
    struct live_bed bed;
    bed_begin(&bed, NULL);
    bed_put(&bed, "fleet", "truck:1", GEO_POINT(9.5, 47.1));
    assert_null(bed_find(&bed, "fleet", "truck:1"));
    const struct collection *const working =
        live_collection(live_view_working(bed.live), text("fleet"));
    assert_non_null(working);
    assert_non_null(collection_find(working, text("truck:1")));
    bed_publish(&bed);
    const struct object *const object = bed_find(&bed, "fleet", "truck:1");
    assert_non_null(object);
    assert_true(bytes_equal(object_id(object), text("truck:1")));
    assert_int_equal(object_collection(object), 1);

    bed_put(&bed, "fleet", "truck:1", GEO_POINT(9.6, 47.1));
    struct row row;
    object_row(bed_find(&bed, "fleet", "truck:1"), &row);
    assert_int_equal(row.point.lng_e7, 95000000);
    object_row(collection_find(working, text("truck:1")), &row);
    assert_int_equal(row.point.lng_e7, 96000000);
    bed_publish(&bed);
    object_row(bed_find(&bed, "fleet", "truck:1"), &row);
    assert_int_equal(row.point.lng_e7, 96000000);
    bed_end(&bed);
}

static void test_undo_returns_to_what_was_published(void **state)
{
    (void)state;
    struct live_bed bed;
    bed_begin(&bed, NULL);
    for (int i = 0; i < 300; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "%d", i);
        bed_put(&bed, "a", id, GEO_POINT(i % 90, 1));
    }
    bed_publish(&bed);
    const size_t used_size = bed.live->slab.used_size - bed.live->slab.retired_size;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 600; i++) {
            char id[16];
            (void)snprintf(id, sizeof(id), "%d", i);
            if (i % 3 == 0 && i < 300) {
                assert_int_equal(live_delete(bed.live, &bed.turn, text("a"), text(id), "del"),
                                 STATUS_OK);
            } else {
                bed_put(&bed, "a", id, GEO_POINT(i % 90, 2));
            }
        }
        bed_put(&bed, "b", "new", GEO_POINT(1, 1));
        if (round % 2 == 0) {
            assert_int_equal(live_collection_drop(bed.live, &bed.turn, text("a")), STATUS_OK);
        } else {
            assert_int_equal(
                live_collection_rename(bed.live, &bed.turn, text("a"), text("c"), false),
                STATUS_OK);
        }
        bed_undo(&bed);
        assert_int_equal(bed.live->slab.used_size - bed.live->slab.retired_size, used_size);
        assert_null(live_collection(live_view_working(bed.live), text("b")));
        const struct collection *const a = live_collection(live_view_working(bed.live), text("a"));
        assert_int_equal(collection_counts(a).objects, 300);
        assert_null(collection_find(a, text("300")));
        struct row row;
        object_row(collection_find(a, text("3")), &row);
        assert_int_equal(row.point.lat_e7, 10000000);
    }
    bed_put(&bed, "a", "300", GEO_POINT(1, 1));
    bed_publish(&bed);
    assert_non_null(bed_find(&bed, "a", "300"));
    bed_end(&bed);
}

static void test_collections_made_by_a_put_go_with_their_last_object(void **state)
{
    (void)state;
    struct live_bed bed;
    bed_begin(&bed, NULL);
    const struct collection_settings settings = {.keeps_history = true};
    assert_int_equal(live_collection_put(bed.live, &bed.turn, text("kept"), &settings, NULL),
                     STATUS_OK);
    bed_put(&bed, "kept", "1", GEO_POINT(1, 1));
    bed_put(&bed, "loose", "1", GEO_POINT(1, 1));
    bed_publish(&bed);
    assert_int_equal(live_delete(bed.live, &bed.turn, text("kept"), text("1"), "del"), STATUS_OK);
    assert_int_equal(live_delete(bed.live, &bed.turn, text("loose"), text("1"), "del"), STATUS_OK);
    assert_int_equal(live_delete(bed.live, &bed.turn, text("loose"), text("1"), "del"),
                     STATUS_NOT_FOUND);
    bed_publish(&bed);
    assert_non_null(live_collection(live_view_now(bed.live), text("kept")));
    assert_null(live_collection(live_view_now(bed.live), text("loose")));
    bed_end(&bed);
}

struct seen {
    char ids[256];
    size_t count, limit;
};

static bool note(void *context, const struct object *object)
{
    struct seen *const seen = context;
    const struct bytes id = object_id(object);
    const size_t used = strlen(seen->ids);
    (void)snprintf(seen->ids + used, sizeof(seen->ids) - used, "%.*s ", (int)id.size,
                   (const char *)id.data);
    return ++seen->count != seen->limit;
}

static bool note_near(void *context, const struct object *object, double distance_m)
{
    (void)distance_m;
    return note(context, object);
}

static void test_scans_go_by_id_both_ways_with_prefix_and_start(void **state)
{
    (void)state;
    struct live_bed bed;
    bed_begin(&bed, NULL);
    const char *const ids[] = {"b2", "a1", "c1", "b1", "b", "b3", "a", ""};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        bed_put(&bed, "a", ids[i], GEO_POINT(1, 1));
    }
    bed_publish(&bed);
    const struct {
        struct live_scan scan;
        size_t limit;
        const char *wanted;
    } cases[] = {
        {{.is_descending = false}, 0, " a a1 b b1 b2 b3 c1 "},
        {{.is_descending = true}, 0, "c1 b3 b2 b1 b a1 a  "},
        {{.prefix = BYTES_OF("b")}, 0, "b b1 b2 b3 "},
        {{.prefix = BYTES_OF("b"), .is_descending = true}, 0, "b3 b2 b1 b "},
        {{.from = BYTES_OF("b1")}, 2, "b1 b2 "},
        {{.from = BYTES_OF("b1x")}, 0, "b2 b3 c1 "},
        {{.from = BYTES_OF("b1x"), .is_descending = true}, 0, "b1 b a1 a  "},
        {{.from = BYTES_OF("b1"), .prefix = BYTES_OF("b"), .is_descending = true}, 0, "b1 b "},
        {{.from = BYTES_OF("d")}, 0, ""},
    };
    const struct collection *const a = live_collection(live_view_now(bed.live), text("a"));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct seen seen = {.limit = cases[i].limit};
        collection_scan(a, &cases[i].scan, note, &seen);
        assert_string_equal(seen.ids, cases[i].wanted);
    }
    bed_end(&bed);
}

static void test_strings_go_by_value(void **state)
{
    (void)state;
    struct live_bed bed;
    bed_begin(&bed, NULL);
    const char *const pairs[][2] = {{"1", "pear"}, {"2", "apple"}, {"3", "apple"}, {"4", "fig"}};
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        const struct row row = {.kind = ROW_STRING, .text = text(pairs[i][1])};
        assert_int_equal(bed_put_row(&bed, "a", pairs[i][0], &row, NULL), STATUS_OK);
    }
    const struct row row = {.kind = ROW_STRING, .text = text("zebra")};
    assert_int_equal(bed_put_row(&bed, "a", "2", &row, NULL), STATUS_OK);
    bed_publish(&bed);
    const struct collection *const a = live_collection(live_view_now(bed.live), text("a"));
    struct seen seen = {0};
    collection_scan_values(a, false, note, &seen);
    assert_string_equal(seen.ids, "3 4 1 2 ");
    seen = (struct seen){0};
    collection_scan_values(a, true, note, &seen);
    assert_string_equal(seen.ids, "2 1 4 3 ");
    assert_int_equal(collection_counts(a).strings, 4);
    bed_end(&bed);
}

static void test_objects_expire_by_the_wall_clock_and_observers_hear_it(void **state)
{
    (void)state;
    struct live_bed bed;
    bed_begin(&bed, NULL);
    const struct collection_settings settings = {.expires_us = 50000};
    assert_int_equal(live_collection_put(bed.live, &bed.turn, text("a"), &settings, NULL),
                     STATUS_OK);
    const struct row row = {
        .kind = ROW_POINT, .point = GEO_POINT(1, 1), .expires_us = bed.turn.now_us + 10000};
    assert_int_equal(bed_put_row(&bed, "a", "own", &row, NULL), STATUS_OK);
    bed_put(&bed, "a", "default", GEO_POINT(1, 1));
    bed_publish(&bed);
    struct live_bed other;
    bed_begin(&other, NULL);
    bed_replay(&other, buffer_bytes(&bed.log));
    assert_int_equal(live_next_expiry_us(bed.live), row.expires_us);
    assert_int_equal(live_next_expiry_us(other.live), row.expires_us);
    bed.turn.now_us = row.expires_us;
    live_expire(bed.live, &bed.turn);
    bed_publish(&bed);
    assert_null(bed_find(&bed, "a", "own"));
    assert_non_null(bed_find(&bed, "a", "default"));
    bed.turn.now_us += 100000;
    live_expire(bed.live, &bed.turn);
    bed_publish(&bed);
    assert_null(bed_find(&bed, "a", "default"));
    assert_int_equal(live_next_expiry_us(bed.live), INT64_MAX);
    bed_end(&other);
    bed_end(&bed);
}

static void test_a_quota_and_a_full_account_refuse_and_change_nothing(void **state)
{
    (void)state;
    struct live_bed bed;
    const struct live_settings limits = {.objects_size = 8 << 20};
    bed_begin(&bed, &limits);
    const struct collection_settings settings = {.object_count_max = 2};
    assert_int_equal(live_collection_put(bed.live, &bed.turn, text("few"), &settings, NULL),
                     STATUS_OK);
    bed_put(&bed, "few", "1", GEO_POINT(1, 1));
    bed_put(&bed, "few", "2", GEO_POINT(1, 1));
    bed_put(&bed, "few", "2", GEO_POINT(2, 1));
    struct fault fault = {0};
    const struct row point = {.kind = ROW_POINT, .point = GEO_POINT(1, 1)};
    assert_int_equal(bed_put_row(&bed, "few", "3", &point, &fault), STATUS_NO_SPACE);
    assert_non_null(strstr(fault.text, "quota"));
    bed_publish(&bed);

    enum status status = STATUS_OK;
    unsigned count = 0;
    size_t log_size = 0;
    for (; status == STATUS_OK; count++) {
        char id[32];
        (void)snprintf(id, sizeof(id), "object:%u", count);
        log_size = bed.turn.effects.size;
        status = bed_put_row(&bed, "many", id, &point, &fault);
        if (status == STATUS_OK && count % 64 == 63) {
            bed_publish(&bed);
        }
        assert_true(count < 1000000);
    }
    assert_int_equal(status, STATUS_NO_MEMORY);
    assert_int_equal(bed.turn.effects.size, log_size);
    bed_publish(&bed);
    const struct collection *const many = live_collection(live_view_now(bed.live), text("many"));
    assert_int_equal(collection_counts(many).objects, count - 1);
    assert_non_null(collection_find(many, text("object:7"))); // reads go on
    for (unsigned i = 0; i + 1 < count; i++) {
        char id[32];
        (void)snprintf(id, sizeof(id), "object:%u", i);
        assert_int_equal(live_delete(bed.live, &bed.turn, text("many"), text(id), "del"),
                         STATUS_OK);
    }
    bed_publish(&bed);
    bed_publish(&bed);
    assert_null(live_collection(live_view_now(bed.live), text("many")));
    bed_end(&bed);
}

static void test_a_dropped_collection_is_taken_apart(void **state)
{
    (void)state;
    struct live_bed bed;
    bed_begin(&bed, NULL);
    bed_publish(&bed);
    for (int i = 0; i < 20000; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "%d", i);
        struct row row = {.kind = i % 2 ? ROW_POINT : ROW_STRING,
                          .point = GEO_POINT(i % 90, 1),
                          .text = text(i % 2 ? "" : id),
                          .expires_us = i % 3 == 0 ? bed.turn.now_us + 1000000000 : 0};
        assert_int_equal(bed_put_row(&bed, "a", id, &row, NULL), STATUS_OK);
    }
    bed_publish(&bed);
    assert_int_equal(live_clear(bed.live, &bed.turn), STATUS_OK);
    bed_publish(&bed);
    assert_null(live_collection_next(live_view_now(bed.live), (struct bytes){0}));
    while (bed.live->remains != NULL || bed.live->slab.retired_size > 0) {
        bed_publish(&bed);
        (void)sched_yield(); // to the thread that waits for readers
    }
    assert_null(bed.live->remains);
    assert_int_equal(live_next_expiry_us(bed.live), INT64_MAX);
    assert_true(bed.live->slab.used_size < 4096);
    bed_end(&bed);
}

static void test_nearest_and_in_look_everywhere(void **state)
{
    (void)state;
    struct live_bed bed;
    bed_begin(&bed, NULL);
    bed_put(&bed, "a", "east", GEO_POINT(179.9, 0));
    bed_put(&bed, "a", "west", GEO_POINT(-179.9, 0));
    bed_put(&bed, "a", "far", GEO_POINT(0, 0));
    bed_put(&bed, "a", "west2", GEO_POINT(-179.9, 0));
    bed_publish(&bed);
    const struct collection *const a = live_collection(live_view_now(bed.live), text("a"));
    struct seen seen = {0};
    collection_nearest(a, GEO_POINT(-179.95, 0), 1e9, note_near, &seen);
    assert_string_equal(seen.ids, "west west2 east far ");
    struct buffer shape = {.account = &bed.account};
    shape_add_box(
        &shape, (struct geo_box){
                    .west_e7 = 1799000000, .south_e7 = -1, .east_e7 = -1799000000, .north_e7 = 1});
    seen = (struct seen){0};
    collection_in(a, (struct shape){.bytes = buffer_bytes(&shape)}, LIVE_WITHIN, note, &seen);
    assert_int_equal(seen.count, 3);
    buffer_free(&shape);
    bed_end(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_put_is_seen_by_the_job_at_once_and_by_readers_when_published),
        cmocka_unit_test(test_undo_returns_to_what_was_published),
        cmocka_unit_test(test_collections_made_by_a_put_go_with_their_last_object),
        cmocka_unit_test(test_scans_go_by_id_both_ways_with_prefix_and_start),
        cmocka_unit_test(test_strings_go_by_value),
        cmocka_unit_test(test_objects_expire_by_the_wall_clock_and_observers_hear_it),
        cmocka_unit_test(test_a_quota_and_a_full_account_refuse_and_change_nothing),
        cmocka_unit_test(test_a_dropped_collection_is_taken_apart),
        cmocka_unit_test(test_nearest_and_in_look_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
