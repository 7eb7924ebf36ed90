#include "index/places.h"

#include "base/test.h"
#include "geo/distance.h"

static struct memory_account account = {.name = "test"};

enum { ITEMS = 4000 };

struct world {
    struct slab slab;
    struct places places;
    bool is_there[ITEMS];
    struct places_item items[ITEMS];
};

static void begin(struct world *world, bool has_extents)
{
    *world = (struct world){.places = {.has_extents = has_extents}};
    assert_int_equal(slab_begin(&world->slab, NULL, &account, NULL), STATUS_OK);
}

static void end(struct world *world)
{
    slab_end(&world->slab);
    assert_int_equal(atomic_load(&account.used_size), 0);
}

static int32_t near_or_far(struct dice *dice, int32_t max_e7)
{
    switch (dice_below(dice, 4)) {
    case 0:
        return max_e7 - (int32_t)dice_below(dice, 2000);
    case 1:
        return -max_e7 + (int32_t)dice_below(dice, 2000);
    case 2:
        return (int32_t)dice_below(dice, 5000000);
    default:
        return (int32_t)((int64_t)dice_below(dice, 2 * (uint64_t)max_e7 + 1) - max_e7);
    }
}

static struct places_item draw(struct dice *dice, bool is_extent, uint32_t item)
{
    struct tree_box box = {.west_e7 = near_or_far(dice, GEO_LNG_MAX),
                           .south_e7 = near_or_far(dice, GEO_LAT_MAX)};
    if (dice_below(dice, 8) == 0) { // many at one place
        box.west_e7 = 95000000;
        box.south_e7 = 471000000;
    }
    box.east_e7 = box.west_e7;
    box.north_e7 = box.south_e7;
    if (is_extent) {
        const int64_t size = (int64_t)1 << dice_below(dice, 31);
        const int64_t east_e7 = box.west_e7 + (int64_t)dice_below(dice, (uint64_t)size);
        const int64_t north_e7 = box.south_e7 + (int64_t)dice_below(dice, (uint64_t)size);
        box.east_e7 = (int32_t)(east_e7 < GEO_LNG_MAX ? east_e7 : GEO_LNG_MAX);
        box.north_e7 = (int32_t)(north_e7 < GEO_LAT_MAX ? north_e7 : GEO_LAT_MAX);
    }
    return (struct places_item){.box = box, .item = item, .key = places_key(box, is_extent)};
}

static void reserve(struct world *world)
{
    assert_true(slab_reserve(&world->slab, PLACES_NODE_SIZE, 2 * PLACES_RESERVE, 0) &&
                slab_reserve(&world->slab, PLACES_LEAF_SIZE, 2 * PLACES_RESERVE, 0));
}

static bool box_meets(struct tree_box a, struct tree_box b)
{
    return a.west_e7 <= b.east_e7 && a.east_e7 >= b.west_e7 && a.south_e7 <= b.north_e7 &&
           a.north_e7 >= b.south_e7;
}

struct found {
    const struct world *world;
    bool is_found[ITEMS];
    size_t count;
    struct places_item last;
};

static bool note(void *context, uint32_t item, struct tree_box box)
{
    struct found *const found = context;
    assert_true(tree_box_equal(found->world->items[item - 1].box, box));
    assert_false(found->is_found[item - 1]);
    found->is_found[item - 1] = true;
    const struct places_item now = found->world->items[item - 1];
    assert_true(found->count == 0 || found->last.key < now.key ||
                (found->last.key == now.key && found->last.item < now.item));
    found->last = now;
    found->count++;
    return true;
}

static void check_window(const struct world *world, const struct places_windows *windows)
{
    struct found found = {.world = world};
    assert_true(places_in(&world->slab, &world->places, windows, note, &found));
    size_t wanted = 0;
    for (uint32_t i = 0; i < ITEMS; i++) {
        bool is_wanted = false;
        for (unsigned w = 0; w < windows->count; w++) {
            is_wanted = is_wanted ||
                        (world->is_there[i] && box_meets(world->items[i].box, windows->windows[w]));
        }
        assert_int_equal(found.is_found[i], is_wanted);
        wanted += is_wanted;
    }
    assert_int_equal(found.count, wanted);
    assert_int_equal(places_count(&world->slab, &world->places, windows), wanted);
}

struct nearest {
    struct places_search search;
    size_t count;
    double largest;
};

static void count_near(struct places_search *search, uint32_t item, double chord)
{
    struct nearest *const nearest = (struct nearest *)search;
    (void)item;
    nearest->count++;
    nearest->largest = chord > nearest->largest ? chord : nearest->largest;
}

static void check_near(const struct world *world, struct geo_point centre, double radius_m)
{
    struct nearest nearest = {
        .search = {.around = tree_search_around(centre, radius_m), .found = count_near}};
    places_near(&world->slab, &world->places, &nearest.search);
    size_t wanted = 0;
    size_t wanted_wide = 0;
    for (uint32_t i = 0; i < ITEMS; i++) {
        const struct geo_point point = {.lng_e7 = world->items[i].box.west_e7,
                                        .lat_e7 = world->items[i].box.south_e7};
        wanted += world->is_there[i] && distance_m(centre, point) <= radius_m - 1e-3;
        wanted_wide += world->is_there[i] && distance_m(centre, point) <= radius_m + 1e-3;
    }
    assert_true(nearest.count >= wanted && nearest.count <= wanted_wide);
    for (uint32_t k = 1; k < 20; k += 6) {
        bool is_sure;
        const double sure_m = places_radius_m(&world->slab, &world->places, centre, k, &is_sure);
        size_t inside = 0;
        for (uint32_t i = 0; is_sure && i < ITEMS; i++) {
            const struct geo_point point = {.lng_e7 = world->items[i].box.west_e7,
                                            .lat_e7 = world->items[i].box.south_e7};
            inside += world->is_there[i] && distance_m(centre, point) <= sure_m;
        }
        assert_true(!is_sure || inside >= k);
    }
}

static void check(const struct world *world, struct dice *dice)
{
    for (unsigned i = 0; i < 6; i++) {
        const struct tree_box a = draw(dice, true, 0).box;
        struct geo_box box = {.west_e7 = a.west_e7,
                              .south_e7 = a.south_e7,
                              .east_e7 = dice_below(dice, 3) == 0 ? near_or_far(dice, GEO_LNG_MAX)
                                                                  : a.east_e7,
                              .north_e7 = a.north_e7};
        if (i == 0) {
            box = (struct geo_box){-GEO_LNG_MAX, -GEO_LAT_MAX, GEO_LNG_MAX, GEO_LAT_MAX};
        }
        const struct places_windows windows = places_windows_of(box);
        check_window(world, &windows);
        if (!world->places.has_extents) {
            const struct geo_point centre = {.lng_e7 = near_or_far(dice, GEO_LNG_MAX),
                                             .lat_e7 = near_or_far(dice, GEO_LAT_MAX)};
            check_near(world, centre, dice_between(dice, 0, i % 2 ? 1000 : 2e7));
        }
    }
}

static void run(bool has_extents)
{
    struct dice dice = test_dice();
    static struct world world;
    begin(&world, has_extents);
    for (unsigned step = 0; step < 60000; step++) {
        const uint32_t at = (uint32_t)dice_below(&dice, ITEMS);
        const bool is_falling = step / 10000 % 2 == 1;
        reserve(&world);
        if (!world.is_there[at]) {
            if (!is_falling || dice_below(&dice, 4) == 0) {
                world.items[at] = draw(&dice, has_extents, at + 1);
                places_insert(&world.slab, &world.places, world.items[at]);
                world.is_there[at] = true;
            }
        } else if (is_falling || dice_below(&dice, 4) == 0) {
            assert_true(places_remove(&world.slab, &world.places, world.items[at]));
            assert_false(places_remove(&world.slab, &world.places, world.items[at]));
            world.is_there[at] = false;
        } else {
            struct places_item to = draw(&dice, has_extents, at + 1);
            if (dice_below(&dice, 2) == 0 && world.items[at].box.west_e7 < GEO_LNG_MAX - 100) {
                to = world.items[at];
                to.box.west_e7 += (int32_t)dice_below(&dice, 100);
                to.box.east_e7 = to.box.east_e7 < to.box.west_e7 || !has_extents ? to.box.west_e7
                                                                                 : to.box.east_e7;
                to.key = places_key(to.box, has_extents);
            }
            assert_true(places_move(&world.slab, &world.places, world.items[at], to));
            world.items[at] = to;
        }
        if (dice_below(&dice, 50) == 0) {
            slab_publish(&world.slab, step);
            slab_reclaim(&world.slab, step, SIZE_MAX);
        }
        if (step % 2000 == 1999) {
            check(&world, &dice);
        }
    }
    places_clear(&world.slab, &world.places);
    slab_publish(&world.slab, 60000);
    slab_reclaim(&world.slab, 60000, SIZE_MAX);
    assert_int_equal(world.slab.used_size, 0);
    end(&world);
}

static void test_points_come_go_and_move_like_in_a_list(void **state)
{
    (void)state;
    run(false);
}

static void test_extents_come_go_and_move_like_in_a_list(void **state)
{
    (void)state;
    run(true);
}

static int by_key(const void *left, const void *right)
{
    const struct places_item *const a = left;
    const struct places_item *const b = right;
    return a->key != b->key ? (a->key > b->key) - (a->key < b->key)
                            : (a->item > b->item) - (a->item < b->item);
}

static void test_a_built_tree_is_like_a_grown_one(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    static struct world world;
    static struct places_item sorted[ITEMS];
    const uint32_t counts[] = {0, 1, 36, 37, 540, 541, ITEMS};
    for (unsigned i = 0; i < 2 * COUNT_OF(counts); i++) {
        const uint32_t count = counts[i / 2];
        begin(&world, i % 2 == 1);
        for (uint32_t at = 0; at < count; at++) {
            world.items[at] = draw(&dice, i % 2 == 1, at + 1);
            world.is_there[at] = true;
        }
        memcpy(sorted, world.items, sizeof(sorted));
        qsort(sorted, count, sizeof(*sorted), by_key);
        assert_true(places_build(&world.slab, &world.places, sorted, count));
        slab_publish(&world.slab, 1);
        check(&world, &dice);
        for (uint32_t at = 0; at < count; at += 2) {
            reserve(&world);
            assert_true(places_remove(&world.slab, &world.places, world.items[at]));
            world.is_there[at] = false;
        }
        check(&world, &dice);
        end(&world);
    }
}

static void test_a_snapshot_stays_while_the_writer_goes_on(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    static struct world world;
    static struct world then;
    begin(&world, false);
    for (uint32_t i = 0; i < ITEMS / 2; i++) {
        reserve(&world);
        world.items[i] = draw(&dice, false, i + 1);
        places_insert(&world.slab, &world.places, world.items[i]);
        world.is_there[i] = true;
    }
    slab_publish(&world.slab, 1);
    then = world;
    for (uint32_t i = 0; i < ITEMS; i++) {
        reserve(&world);
        if (i < ITEMS / 2) {
            assert_true(places_remove(&world.slab, &world.places, world.items[i]));
        } else {
            places_insert(&world.slab, &world.places, draw(&dice, false, i + 1));
        }
    }
    then.slab = world.slab; // the same blocks
    check(&then, &dice);
    slab_undo(&world.slab, NULL, 0, 2);
    world.places = then.places;
    check(&then, &dice);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points_come_go_and_move_like_in_a_list),
        cmocka_unit_test(test_extents_come_go_and_move_like_in_a_list),
        cmocka_unit_test(test_a_built_tree_is_like_a_grown_one),
        cmocka_unit_test(test_a_snapshot_stays_while_the_writer_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
