// Readers on threads of their own while the writer changes, drops and undoes: what they see is whole.
// For ThreadSanitizer above all.
#include <pthread.h>

#include "live/live_test.h"
#include "shard/generation.h"
#include "sys/thread.h"

enum { READERS = 3, TURNS = 1500, IDS = 400 };

static struct live_bed bed;
static atomic_bool is_over;
static _Atomic uint64_t reads;

static struct bytes id_at(char text[16], uint64_t i)
{
    return (struct bytes){.data = (const uint8_t *)text,
                          .size = (size_t)snprintf(text, 16, "t:%u", (unsigned)i)};
}

struct seen {
    size_t count;
    double last_m;
};

// A row of this test has its latitude in its z.
static void look(const struct object *object)
{
    struct row row;
    object_row(object, &row);
    assert_true(row.has_z);
    assert_int_equal((int64_t)row.z, row.point.lat_e7);
    assert_true(object_id(object).size > 2 && object_id(object).data[1] == ':');
}

static bool each_near(void *context, const struct object *object, double distance_m)
{
    struct seen *const seen = context;
    look(object);
    assert_true(distance_m >= seen->last_m);
    seen->last_m = distance_m;
    return ++seen->count < 30;
}

static bool each(void *context, const struct object *object)
{
    look(object);
    ((struct seen *)context)->count++;
    return true;
}

static void look_around(struct live_view view, struct dice *dice)
{
    const struct collection *const fleet = live_collection(view, BYTES_OF("fleet"));
    if (fleet == NULL) {
        return;
    }
    char text[16];
    for (unsigned i = 0; i < 20; i++) {
        const struct object *const object =
            collection_find(fleet, id_at(text, dice_below(dice, IDS)));
        if (object != NULL) {
            look(object);
        }
    }
    struct seen seen = {0};
    collection_nearest(fleet, GEO_POINT(dice_between(dice, 0, 10), 5), 1e6, each_near, &seen);
    uint8_t scratch[64];
    struct buffer out = {.data = scratch, .capacity = sizeof(scratch)};
    shape_add_box(&out, (struct geo_box){0, 0, 50000000, 100000000});
    const struct shape area = {.bytes = buffer_bytes(&out)};
    seen = (struct seen){0};
    collection_in(fleet, area, LIVE_WITHIN, each, &seen);
    assert_int_equal(collection_count_in(fleet, area, LIVE_WITHIN), seen.count);
    seen = (struct seen){0};
    const struct live_scan scan = {0};
    collection_scan(fleet, &scan, each, &seen);
    assert_true(seen.count <= collection_counts(fleet).objects);
}

static void read_on(void *context)
{
    struct dice dice = {.state = (uint64_t)(uintptr_t)context};
    generation_reader_begins();
    while (!atomic_load(&is_over)) {
        generation_turn_begins();
        look_around(live_view_now(bed.live), &dice);
        generation_turn_ends();
        (void)atomic_fetch_add(&reads, 1);
    }
    generation_reader_ends();
}

// A worker without turns: it pins.
static void read_pinned(void *context)
{
    struct dice dice = {.state = (uint64_t)(uintptr_t)context};
    while (!atomic_load(&is_over)) {
        struct live_pin pin;
        const struct live_view view = live_pin_take(bed.live, &pin);
        for (unsigned i = 0; i < 5; i++) {
            look_around(view, &dice);
        }
        live_pin_give(bed.live, &pin);
        (void)atomic_fetch_add(&reads, 1);
    }
}

static void change(struct dice *dice)
{
    char text[16];
    const struct bytes id = id_at(text, dice_below(dice, IDS));
    if (dice_below(dice, 4) == 0) {
        status_ignore(live_delete(bed.live, &bed.turn, BYTES_OF("fleet"), id, "del"),
                      "it may not be there");
        return;
    }
    struct row row = {.kind = ROW_POINT,
                      .point = GEO_POINT(dice_between(dice, 0, 10), dice_between(dice, 0, 10)),
                      .has_z = true};
    row.z = row.point.lat_e7;
    buffer_clear(&bed.row);
    row_write(&row, &bed.row);
    assert_int_equal(
        live_put(bed.live, &bed.turn, BYTES_OF("fleet"), id, buffer_bytes(&bed.row), "set", NULL),
        STATUS_OK);
}

static void test_readers_see_whole_objects_while_the_writer_goes_on(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    static struct thread threads[READERS + 1];
    bed_begin(&bed, NULL);
    for (uintptr_t i = 0; i <= READERS; i++) {
        assert_int_equal(thread_start(&threads[i], "reader", i < READERS ? read_on : read_pinned,
                                      (void *)(i + 1), NULL),
                         STATUS_OK);
    }
    for (unsigned turn = 0; turn < TURNS || atomic_load(&reads) < 200; turn++) {
        for (uint64_t i = dice_below(&dice, 60); i > 0; i--) {
            change(&dice);
        }
        if (dice_below(&dice, 100) == 0) {
            assert_int_equal(live_clear(bed.live, &bed.turn), STATUS_OK);
        }
        if (dice_below(&dice, 10) == 0) {
            bed_undo(&bed);
        } else {
            bed_publish(&bed);
        }
    }
    atomic_store(&is_over, true);
    for (unsigned i = 0; i <= READERS; i++) {
        thread_join(&threads[i]);
    }
    bed_end(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readers_see_whole_objects_while_the_writer_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
