// Random changes against a list: what is found by id, scanned, near and inside is the same, after
// each publish, after undone turns and after a restart.
#include <sched.h>

#include "geo/distance.h"
#include "live/live_test.h"

enum { NAMES = 3, IDS = 120, ROUNDS = 1000 };

struct model_object {
    bool is_there;
    uint8_t row[256];
    size_t row_size;
};

struct model {
    struct model_object objects[NAMES][IDS];
};

struct play {
    struct live_bed bed;
    struct dice dice;
    struct model model, published;
};

static const char *const names[NAMES] = {"a", "bb", "c:c"};

static void id_of(unsigned id, char text[16])
{
    (void)snprintf(text, 16, "%s%u", id % 2 ? "truck:" : "x", id * 7919 % 1000);
}

static int32_t draw_angle(struct dice *dice, int32_t max_e7)
{
    switch (dice_below(dice, 5)) {
    case 0:
        return max_e7 - (int32_t)dice_below(dice, 3) * 1000000;
    case 1:
        return -max_e7 + (int32_t)dice_below(dice, 3) * 1000000;
    case 2:
        return (int32_t)dice_below(dice, 20) * 100000;
    default:
        return (int32_t)((int64_t)dice_below(dice, 2 * (uint64_t)max_e7 + 1) - max_e7);
    }
}

static struct geo_point draw_point(struct dice *dice)
{
    return (struct geo_point){.lng_e7 = draw_angle(dice, GEO_LNG_MAX),
                              .lat_e7 = draw_angle(dice, GEO_LAT_MAX)};
}

static struct geo_box draw_box(struct dice *dice)
{
    const struct geo_point a = draw_point(dice);
    const struct geo_point b = draw_point(dice);
    return (struct geo_box){.west_e7 = a.lng_e7,
                            .south_e7 = a.lat_e7 < b.lat_e7 ? a.lat_e7 : b.lat_e7,
                            .east_e7 = b.lng_e7,
                            .north_e7 = a.lat_e7 < b.lat_e7 ? b.lat_e7 : a.lat_e7};
}

static void draw_row(struct play *play)
{
    struct dice *const dice = &play->dice;
    struct buffer shape = {.account = &play->bed.account};
    struct row row = {.kind = ROW_POINT, .point = draw_point(dice)};
    char text[16];
    switch (dice_below(dice, 10)) {
    case 0:
        row.kind = ROW_BOX;
        row.box = draw_box(dice);
        break;
    case 1:
        row.kind = ROW_STRING;
        (void)snprintf(text, sizeof(text), "v%u", (unsigned)dice_below(dice, 9));
        row.text = bytes_from_text(text);
        break;
    case 2: {
        const struct geo_point from = draw_point(dice);
        const struct geo_point line[] = {
            from, {.lng_e7 = from.lng_e7 / 2, .lat_e7 = from.lat_e7 / 2 + 1000}};
        row.kind = ROW_GEOJSON;
        shape_add_line(&shape, line, 2);
        row.shape.bytes = buffer_bytes(&shape);
        row.text = BYTES_OF("{}");
        break;
    }
    default:
        break;
    }
    if (dice_below(dice, 4) == 0) {
        row.expires_us = play->bed.turn.now_us + 1000 + (int64_t)dice_below(dice, 30000);
    }
    buffer_clear(&play->bed.row);
    row_write(&row, &play->bed.row);
    buffer_free(&shape);
}

static void change(struct play *play)
{
    struct live_bed *const bed = &play->bed;
    const unsigned n = (unsigned)dice_below(&play->dice, NAMES);
    const unsigned i = (unsigned)dice_below(&play->dice, IDS);
    const struct bytes name = bytes_from_text(names[n]);
    struct model_object *const object = &play->model.objects[n][i];
    char id[16];
    id_of(i, id);
    const uint64_t what = dice_below(&play->dice, 600);
    if (what < 420) {
        draw_row(play);
        assert_int_equal(live_put(bed->live, &bed->turn, name, bytes_from_text(id),
                                  buffer_bytes(&bed->row), "set", NULL),
                         STATUS_OK);
        object->is_there = true;
        object->row_size = bed->row.size;
        assert_true(bed->row.size <= sizeof(object->row));
        memcpy(object->row, bed->row.data, bed->row.size);
    } else if (what < 595) {
        assert_int_equal(live_delete(bed->live, &bed->turn, name, bytes_from_text(id), "del"),
                         object->is_there ? STATUS_OK : STATUS_NOT_FOUND);
        object->is_there = false;
    } else if (what < 597) {
        const enum status status = live_collection_drop(bed->live, &bed->turn, name);
        assert_true(status == STATUS_OK || status == STATUS_NOT_FOUND);
        memset(play->model.objects[n], 0, sizeof(play->model.objects[n]));
    } else if (what < 599) {
        const unsigned to = (n + 1) % NAMES;
        const enum status status =
            live_collection_rename(bed->live, &bed->turn, name, bytes_from_text(names[to]), false);
        assert_true(status == STATUS_OK || status == STATUS_NOT_FOUND);
        if (status == STATUS_OK) {
            memcpy(play->model.objects[to], play->model.objects[n], sizeof(play->model.objects[n]));
            memset(play->model.objects[n], 0, sizeof(play->model.objects[n]));
        }
    } else if (dice_below(&play->dice, 8) == 0) {
        assert_int_equal(live_clear(bed->live, &bed->turn), STATUS_OK);
        memset(&play->model, 0, sizeof(play->model));
    }
}

// Expires what is due, in both.
static void expire(struct play *play)
{
    live_expire(play->bed.live, &play->bed.turn);
    for (unsigned n = 0; n < NAMES; n++) {
        for (unsigned i = 0; i < IDS; i++) {
            struct model_object *const object = &play->model.objects[n][i];
            struct row row;
            if (object->is_there) {
                row_open((struct bytes){object->row, object->row_size}, &row);
                object->is_there = row.expires_us == 0 || row.expires_us > play->bed.turn.now_us;
            }
        }
    }
}

static unsigned number_of(struct bytes id)
{
    for (unsigned i = 0; i < IDS; i++) {
        char text[16];
        id_of(i, text);
        if (bytes_equal(id, bytes_from_text(text))) {
            return i;
        }
    }
    fail_msg("an id nobody gave");
    return 0;
}

struct walk {
    const struct model_object *objects;
    bool is_found[IDS];
    size_t count, limit;
    struct bytes last_id;
    double last_m;
    struct row last_row;
    bool is_descending;
};

static void note(struct walk *walk, const struct object *object)
{
    const unsigned i = number_of(object_id(object));
    assert_false(walk->is_found[i]);
    walk->is_found[i] = true;
    assert_true(walk->objects[i].is_there);
    assert_true(bytes_equal(object_bytes(object),
                            (struct bytes){walk->objects[i].row, walk->objects[i].row_size}));
    walk->count++;
}

static bool note_scan(void *context, const struct object *object)
{
    struct walk *const walk = context;
    const struct bytes id = object_id(object);
    const int order = bytes_compare(walk->last_id, id);
    assert_true(walk->count == 0 || (walk->is_descending ? order > 0 : order < 0));
    note(walk, object);
    walk->last_id = id;
    return true;
}

static bool note_in(void *context, const struct object *object)
{
    note(context, object);
    return true;
}

static bool note_near(void *context, const struct object *object, double distance_m)
{
    struct walk *const walk = context;
    const struct bytes id = object_id(object);
    struct row row;
    object_row(object, &row);
    const bool is_same = walk->count > 0 && row.kind == ROW_POINT &&
                         walk->last_row.kind == ROW_POINT &&
                         geo_point_equal(row.point, walk->last_row.point);
    assert_true(walk->count == 0 || walk->last_m <= distance_m);
    assert_true(!is_same || bytes_compare(walk->last_id, id) < 0);
    note(walk, object);
    walk->last_id = id;
    walk->last_m = distance_m;
    walk->last_row = row;
    return walk->count != walk->limit;
}

static void check_near(struct play *play, const struct collection *collection,
                       const struct model_object *objects)
{
    const struct geo_point point = draw_point(&play->dice);
    const double radius_m =
        dice_below(&play->dice, 3) == 0 ? (double)INFINITY : dice_between(&play->dice, 0, 2e7);
    struct walk walk = {.objects = objects, .limit = 1 + dice_below(&play->dice, IDS + 1)};
    collection_nearest(collection, point, radius_m, note_near, &walk);
    size_t nearer = 0;
    for (unsigned i = 0; i < IDS; i++) {
        struct row row;
        uint8_t scratch[ROW_SCRATCH_SIZE];
        if (!objects[i].is_there) {
            continue;
        }
        row_open((struct bytes){objects[i].row, objects[i].row_size}, &row);
        if (row.kind == ROW_STRING) {
            assert_false(walk.is_found[i]);
            continue;
        }
        const double distance_m = shape_distance_to_point_m(row_shape(&row, scratch), point);
        const bool is_surely_in = distance_m < radius_m - 0.01;
        const bool is_surely_out = distance_m > radius_m + 0.01;
        if (walk.count == walk.limit) { // all nearer ones were there
            assert_true(walk.is_found[i] || distance_m > walk.last_m - 0.01);
        } else {
            assert_true(!is_surely_in || walk.is_found[i]);
        }
        assert_true(!is_surely_out || !walk.is_found[i]);
        nearer += !is_surely_out;
    }
    assert_true(walk.count <= nearer);
}

static bool relates(const struct row *row, struct shape area, enum live_relation relation)
{
    uint8_t scratch[ROW_SCRATCH_SIZE];
    if (row->kind == ROW_STRING) {
        return false;
    }
    return relation == LIVE_WITHIN ? shape_contains(area, row_shape(row, scratch))
                                   : shape_intersects(area, row_shape(row, scratch));
}

static void check_in(struct play *play, const struct collection *collection,
                     const struct model_object *objects)
{
    struct buffer out = {.account = &play->bed.account};
    switch (dice_below(&play->dice, 4)) {
    case 0:
        shape_add_circle(&out, draw_point(&play->dice), dice_between(&play->dice, 0, 1e7));
        break;
    case 1:
        shape_add_box(&out, (struct geo_box){-GEO_LNG_MAX, -GEO_LAT_MAX, GEO_LNG_MAX, GEO_LAT_MAX});
        break;
    default:
        shape_add_box(&out, draw_box(&play->dice));
        break;
    }
    const struct shape area = {.bytes = buffer_bytes(&out)};
    for (int relation = LIVE_INTERSECTS; relation <= LIVE_WITHIN; relation++) {
        struct walk walk = {.objects = objects};
        collection_in(collection, area, (enum live_relation)relation, note_in, &walk);
        assert_int_equal(collection_count_in(collection, area, (enum live_relation)relation),
                         walk.count);
        for (unsigned i = 0; i < IDS; i++) {
            struct row row;
            if (!objects[i].is_there) {
                continue;
            }
            row_open((struct bytes){objects[i].row, objects[i].row_size}, &row);
            const bool is_wanted = relates(&row, area, (enum live_relation)relation);
            if (walk.is_found[i] != is_wanted) {
                const struct geo_box b = row_box(&row);
                const struct geo_box a = shape_box(area);
                fail_msg("kind %d box %d %d %d %d area %d (%d %d %d %d): %d, not %d", row.kind,
                         b.west_e7, b.south_e7, b.east_e7, b.north_e7, shape_kind(area), a.west_e7,
                         a.south_e7, a.east_e7, a.north_e7, walk.is_found[i], is_wanted);
            }
        }
    }
    buffer_free(&out);
}

static void check(struct play *play, struct live_view view, const struct model *model)
{
    for (unsigned n = 0; n < NAMES; n++) {
        const struct model_object *const objects = model->objects[n];
        const struct collection *const collection =
            live_collection(view, bytes_from_text(names[n]));
        size_t wanted = 0;
        for (unsigned i = 0; i < IDS; i++) {
            char id[16];
            id_of(i, id);
            const struct object *const object =
                collection == NULL ? NULL : collection_find(collection, bytes_from_text(id));
            assert_int_equal(object != NULL, objects[i].is_there);
            wanted += objects[i].is_there;
        }
        assert_int_equal(collection == NULL, wanted == 0);
        if (collection == NULL) {
            continue;
        }
        assert_int_equal(collection_counts(collection).objects, wanted);
        struct walk walk = {.objects = objects, .is_descending = dice_below(&play->dice, 2) == 0};
        const struct live_scan scan = {.is_descending = walk.is_descending};
        collection_scan(collection, &scan, note_scan, &walk);
        assert_int_equal(walk.count, wanted);
        check_near(play, collection, objects);
        check_in(play, collection, objects);
    }
}

static void test_random_changes_give_what_a_list_gives(void **state)
{
    (void)state;
    static struct play play;
    play.dice = test_dice();
    bed_begin(&play.bed, NULL);
    for (unsigned round = 0; round < ROUNDS; round++) {
        const uint64_t changes = dice_below(&play.dice, 100);
        if (dice_below(&play.dice, 4) == 0) {
            expire(&play);
        }
        for (uint64_t i = 0; i < changes; i++) {
            change(&play);
        }
        check(&play, live_view_working(play.bed.live), &play.model);
        if (dice_below(&play.dice, 5) == 0) {
            bed_undo(&play.bed);
            play.model = play.published;
            check(&play, live_view_working(play.bed.live), &play.model);
        } else {
            bed_publish(&play.bed);
            play.published = play.model;
        }
        check(&play, live_view_now(play.bed.live), &play.published);
        if (round % 50 == 49) { // a restart
            static struct live_bed other;
            struct live *const live = play.bed.live;
            bed_begin(&other, NULL);
            bed_replay(&other, buffer_bytes(&play.bed.log));
            check(&play, live_view_now(other.live), &play.published);
            while (live->remains != NULL || other.live->remains != NULL) {
                bed_publish(&play.bed); // what was dropped is taken apart
                bed_publish(&other);
                (void)sched_yield();
            }
            assert_int_equal(live_next_expiry_us(live), live_next_expiry_us(other.live));
            assert_true(live->next_number >= other.live->next_number); // undone turns skip some
            bed_end(&other);
        }
    }
    bed_end(&play.bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_changes_give_what_a_list_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
