// The containers of the layer against arrays.
#include "fence/chart.h"

#include "base/test.h"
#include "fence/deadline.h"
#include "fence/names.h"

enum { THINGS = 700 };

static struct memory_account account = {.name = "test"};

static struct thing {
    char name[16];
    bool is_there;
    struct deadline deadline;
} things[THINGS];

static struct bytes name_of(const struct thing *thing)
{
    return bytes_from_text(thing->name);
}

static bool has_name(const void *thing, const void *key)
{
    const struct bytes *const name = key;
    return bytes_equal(name_of(thing), *name);
}

static void things_begin(void)
{
    for (unsigned i = 0; i < THINGS; i++) {
        things[i] = (struct thing){0};
        (void)snprintf(things[i].name, sizeof things[i].name, "thing %u", i * 7919 % 10007);
    }
}

static void test_a_chart_holds_what_was_put_and_not_removed(void **state)
{
    (void)state;
    things_begin();
    struct dice dice = test_dice();
    struct chart chart = {.account = &account};
    size_t count = 0;
    for (unsigned round = 0; round < 20000; round++) {
        struct thing *const thing = &things[dice_below(&dice, THINGS)];
        const struct bytes name = name_of(thing);
        const uint64_t hash = chart_hash(3, name) & 0xfff; // many meet
        assert_ptr_equal(chart_find(&chart, hash, has_name, &name), thing->is_there ? thing : NULL);
        if (thing->is_there) {
            chart_remove(&chart, hash, thing);
        } else {
            assert_int_equal(chart_put(&chart, hash, thing), STATUS_OK);
        }
        thing->is_there = !thing->is_there;
        count += thing->is_there ? 1 : SIZE_MAX;
    }
    size_t seen = 0;
    for (size_t at = 0; chart_next(&chart, &at) != NULL;) {
        seen++;
    }
    assert_int_equal(seen, count);
    chart_free(&chart);
    assert_int_equal(account.used_size, 0);
}

static void test_hashes_differ_by_number_and_size(void **state)
{
    (void)state;
    const uint8_t zeros[64] = {0};
    for (size_t size = 0; size < 64; size++) {
        for (size_t other = 0; other < size; other++) {
            assert_true(chart_hash(0, (struct bytes){zeros, size}) !=
                        chart_hash(0, (struct bytes){zeros, other}));
        }
        assert_true(chart_hash(1, (struct bytes){zeros, size}) !=
                    chart_hash(2, (struct bytes){zeros, size}));
    }
}

static void test_names_are_walked_in_order(void **state)
{
    (void)state;
    things_begin();
    struct dice dice = test_dice();
    struct names names = {.account = &account};
    for (unsigned round = 0; round < 8000; round++) {
        struct thing *const thing = &things[dice_below(&dice, THINGS)];
        assert_ptr_equal(names_find(&names, name_of(thing)), thing->is_there ? thing : NULL);
        if (thing->is_there) {
            names_remove(&names, name_of(thing));
        } else {
            assert_int_equal(names_put(&names, name_of(thing), thing), STATUS_OK);
        }
        thing->is_there = !thing->is_there;
    }
    size_t seen = 0;
    struct bytes last = {0};
    for (const struct names_node *node = names_from(&names, (struct bytes){0}); node != NULL;
         node = node->next[0]) {
        assert_true(bytes_compare(last, node->name) < 0);
        assert_ptr_equal(names_from(&names, node->name), node);
        last = node->name;
        seen++;
    }
    assert_int_equal(seen, names.count);
    names_free(&names);
    assert_int_equal(account.used_size, 0);
}

static void test_the_earliest_deadline_is_first(void **state)
{
    (void)state;
    things_begin();
    struct dice dice = test_dice();
    struct deadlines deadlines = {.account = &account};
    for (unsigned round = 0; round < 8000; round++) {
        struct thing *const thing = &things[dice_below(&dice, THINGS)];
        const bool is_gone = dice_below(&dice, 3) == 0;
        const int64_t at_us = is_gone ? INT64_MAX : (int64_t)dice_below(&dice, 1000);
        assert_int_equal(deadline_set(&deadlines, &thing->deadline, at_us), STATUS_OK);
        thing->is_there = !is_gone;
        int64_t least_us = INT64_MAX;
        for (unsigned i = 0; round % 16 == 0 && i < THINGS; i++) {
            if (things[i].is_there && things[i].deadline.at_us < least_us) {
                least_us = things[i].deadline.at_us;
            }
        }
        const struct deadline *const first = deadline_first(&deadlines);
        assert_true(round % 16 != 0 || (first == NULL ? INT64_MAX : first->at_us) == least_us);
    }
    deadlines_free(&deadlines);
    assert_int_equal(account.used_size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_chart_holds_what_was_put_and_not_removed),
        cmocka_unit_test(test_hashes_differ_by_number_and_size),
        cmocka_unit_test(test_names_are_walked_in_order),
        cmocka_unit_test(test_the_earliest_deadline_is_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
