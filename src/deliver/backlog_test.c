#include "deliver/backlog.h"

#include <string.h>

#include "base/attributes.h"
#include "base/test.h"

static struct memory_account account = {.name = "test"};

static void backlog_end(struct backlog **backlog)
{
    backlog_free(*backlog);
}

static struct backlog *backlog_with(uint32_t limit)
{
    struct backlog *backlog = NULL;
    assert_int_equal(backlog_new(&account, limit, &backlog, NULL), STATUS_OK);
    return backlog;
}

static void add(struct backlog *backlog, uint64_t sequence, uint64_t key)
{
    assert_true(backlog_add(
        backlog,
        &(struct delivery){.sequence = sequence, .key = key, .event_us = (int64_t)sequence}));
}

static void test_one_key_is_sent_in_order_one_after_the_other(void **state)
{
    (void)state;
    struct backlog *backlog SCOPED(backlog_end) = backlog_with(100);
    for (uint64_t i = 1; i <= 5; i++) {
        add(backlog, i, 7);
    }
    for (uint64_t i = 1; i <= 5; i++) {
        struct delivery taken[10];
        assert_int_equal(backlog_take(backlog, 0, 10, true, taken), 1);
        assert_int_equal(taken[0].sequence, i);
        assert_int_equal(backlog_take(backlog, 0, 10, true, taken + 1), 0);
        (void)backlog_settle(backlog, taken, 0);
    }
    assert_int_equal(backlog_count(backlog), 0);
    assert_false(backlog_is_ready(backlog));
}

static void test_a_failure_holds_back_its_own_key_only(void **state)
{
    (void)state;
    struct backlog *backlog SCOPED(backlog_end) = backlog_with(100);
    add(backlog, 1, 1);
    add(backlog, 2, 2);
    add(backlog, 3, 1);
    add(backlog, 4, 2);
    struct delivery taken[10];
    assert_int_equal(backlog_take(backlog, 0, 10, true, taken), 2);
    (void)backlog_settle(backlog, &taken[0], 1000); // key 1 sleeps
    (void)backlog_settle(backlog, &taken[1], 0);
    assert_int_equal(backlog_take(backlog, 10, 10, true, taken), 1);
    assert_int_equal(taken[0].sequence, 4);
    (void)backlog_settle(backlog, taken, 0);
    assert_int_equal(backlog_due_us(backlog), 1000);
    assert_int_equal(backlog_take(backlog, 999, 10, true, taken), 0);
    assert_int_equal(backlog_take(backlog, 1000, 10, true, taken), 1);
    assert_int_equal(taken[0].sequence, 1);
    assert_int_equal(taken[0].attempts, 1);
    (void)backlog_settle(backlog, taken, 0);
    assert_int_equal(backlog_take(backlog, 1000, 10, true, taken), 1);
    assert_int_equal(taken[0].sequence, 3);
    assert_int_equal(taken[0].attempts, 0);
}

static void test_a_batch_takes_several_of_a_key_and_fails_as_one(void **state)
{
    (void)state;
    struct backlog *backlog SCOPED(backlog_end) = backlog_with(100);
    for (uint64_t i = 1; i <= 6; i++) {
        add(backlog, i, i % 2);
    }
    struct delivery taken[10];
    assert_int_equal(backlog_take(backlog, 0, 5, false, taken), 5);
    assert_int_equal(backlog_flight_count(backlog), 5);
    for (int i = 0; i < 5; i++) {
        (void)backlog_settle(backlog, &taken[i], 50);
    }
    assert_int_equal(backlog_flight_count(backlog), 0);
    assert_int_equal(backlog_count(backlog), 6);
    // What failed in a batch comes back alone.
    assert_int_equal(backlog_take(backlog, 100, 5, false, taken), 1);
    assert_int_equal(backlog_take(backlog, 100, 5, false, taken + 1), 1);
    assert_int_equal(taken[0].sequence + taken[1].sequence, 1 + 2);
    assert_int_equal(taken[0].attempts, 1);
    (void)backlog_settle(backlog, &taken[0], 0);
    (void)backlog_settle(backlog, &taken[1], 0);
    assert_int_equal(backlog_take(backlog, 100, 5, false, taken), 4);
}

static void test_what_is_redriven_goes_before_what_came_after_it(void **state)
{
    (void)state;
    struct backlog *backlog SCOPED(backlog_end) = backlog_with(100);
    add(backlog, 10, 1);
    struct delivery taken[4];
    assert_int_equal(backlog_take(backlog, 0, 4, true, taken), 1);
    add(backlog, 20, 1);
    add(backlog, 5, 1);
    (void)backlog_settle(backlog, taken, 0);
    assert_int_equal(backlog_take(backlog, 0, 4, false, taken), 2);
    assert_int_equal(taken[0].sequence, 5);
    assert_int_equal(taken[1].sequence, 20);
}

static void test_holds_no_more_than_its_limit_or_its_account(void **state)
{
    (void)state;
    struct backlog *backlog SCOPED(backlog_end) = backlog_with(3);
    for (uint64_t i = 1; i <= 3; i++) {
        add(backlog, i, i);
    }
    assert_false(backlog_add(backlog, &(struct delivery){.sequence = 4, .key = 4}));
    struct memory_account small = {.name = "small", .limit_size = 4096};
    struct backlog *poor SCOPED(backlog_end) = NULL;
    assert_int_equal(backlog_new(&small, 100000, &poor, NULL), STATUS_OK);
    uint64_t count = 0;
    while (backlog_add(poor, &(struct delivery){.sequence = count + 1, .key = count})) {
        count++;
    }
    assert_in_range(count, 4, 100);
    struct delivery taken[100];
    assert_int_equal(backlog_take(poor, 0, 100, true, taken), count);
}

// A receiver that fails at random: everything arrives once settled, in order of each key, and the
// counts are right at every step.
static void test_random_failures_keep_order_and_lose_nothing(void **state)
{
    (void)state;
    enum { EVENTS = 20000, KEYS = 97 };
    struct dice dice = test_dice();
    struct backlog *backlog SCOPED(backlog_end) = backlog_with(512);
    static uint64_t seen[KEYS];
    memset(seen, 0, sizeof(seen));
    uint64_t next = 1;
    uint64_t done = 0;
    size_t waiting_count = 0;
    static struct delivery flying[64];
    size_t flying_count = 0;
    for (int64_t now_us = 1; done < EVENTS; now_us++) {
        while (next <= EVENTS && dice_below(&dice, 3) != 0) {
            const struct delivery delivery = {.sequence = next, .key = dice_below(&dice, KEYS)};
            if (!backlog_add(backlog, &delivery)) {
                assert_int_equal(backlog_count(backlog), 512);
                break;
            }
            next++;
            waiting_count++;
        }
        if (flying_count == 0) {
            flying_count = backlog_take(backlog, now_us, 1 + dice_below(&dice, 64),
                                        dice_below(&dice, 2) != 0, flying);
        }
        assert_int_equal(backlog_count(backlog), waiting_count);
        if (dice_below(&dice, 2) == 0) {
            const bool is_failed_whole = dice_below(&dice, 4) == 0;
            bool is_asleep[KEYS] = {false};
            for (size_t i = 0; i < flying_count; i++) {
                const bool fails = is_failed_whole || is_asleep[flying[i].key];
                if (!fails) {
                    assert_true(flying[i].sequence > seen[flying[i].key]);
                    seen[flying[i].key] = flying[i].sequence;
                    done++;
                    waiting_count--;
                }
                is_asleep[flying[i].key] = fails;
                (void)backlog_settle(backlog, &flying[i],
                                     fails ? now_us + 1 + (int64_t)dice_below(&dice, 20) : 0);
            }
            flying_count = 0;
            assert_int_equal(backlog_flight_count(backlog), 0);
        }
    }
    assert_int_equal(backlog_count(backlog), 0);
    assert_true(backlog_due_us(backlog) == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_key_is_sent_in_order_one_after_the_other),
        cmocka_unit_test(test_a_failure_holds_back_its_own_key_only),
        cmocka_unit_test(test_a_batch_takes_several_of_a_key_and_fails_as_one),
        cmocka_unit_test(test_what_is_redriven_goes_before_what_came_after_it),
        cmocka_unit_test(test_holds_no_more_than_its_limit_or_its_account),
        cmocka_unit_test(test_random_failures_keep_order_and_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
