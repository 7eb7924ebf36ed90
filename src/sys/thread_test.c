#include "sys/thread.h"

#include <stdatomic.h>
#include <string.h>

#include "base/attributes.h"
#include "base/test.h"

struct tally {
    _Atomic unsigned seen[1000];
    size_t fail_from;
};

static enum status count_one(void *context, size_t index, struct fault *fault)
{
    struct tally *const tally = context;
    atomic_fetch_add(&tally->seen[index], 1);
    return index < tally->fail_from ? STATUS_OK
                                    : fault_set(fault, STATUS_CORRUPT, "index %zu", index);
}

static void test_shared_work_is_done_once_each(void **state)
{
    (void)state;
    for (unsigned threads = 0; threads <= 5; threads++) {
        struct tally tally = {.fail_from = 1000};
        assert_int_equal(thread_share(threads, 1000, count_one, &tally, NULL), STATUS_OK);
        for (size_t i = 0; i < 1000; i++) {
            assert_int_equal(tally.seen[i], 1);
        }
        assert_int_equal(thread_share(threads, 0, count_one, &tally, NULL), STATUS_OK);
    }
}

static void test_the_lowest_failure_is_the_one_reported(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct tally tally = {.fail_from = 300};
        struct fault fault;
        assert_int_equal(thread_share(threads, 1000, count_one, &tally, &fault), STATUS_CORRUPT);
        assert_string_equal(fault.text, "index 300");
        assert_int_equal(tally.seen[999], 0);
    }
}

struct belt {
    struct queue *queue;
    uint64_t *items;
    size_t count;
};

static void push_all(void *context)
{
    const struct belt *const belt = context;
    for (size_t i = 0; i < belt->count; i++) {
        if (!queue_push(belt->queue, &belt->items[i])) {
            return;
        }
    }
    queue_close(belt->queue);
}

static void test_a_queue_keeps_order_and_ends_when_closed(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    static uint64_t items[5000];
    struct belt belt = {.items = items, .count = COUNT_OF(items)};
    struct thread thread = {0};
    assert_int_equal(queue_new(&account, 3, &belt.queue, NULL), STATUS_OK);
    assert_int_equal(thread_start(&thread, "push", push_all, &belt, NULL), STATUS_OK);
    void *item;
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        assert_true(queue_take(belt.queue, &item));
        assert_ptr_equal(item, &items[i]);
    }
    assert_false(queue_take(belt.queue, &item));
    assert_false(queue_push(belt.queue, &items[0]));
    thread_join(&thread);
    thread_join(&thread); // twice is once
    queue_free(belt.queue);
    assert_int_equal(account.used_size, 0);
}

static void test_closing_wakes_whoever_waits_for_room(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    static uint64_t items[100];
    struct belt belt = {.items = items, .count = COUNT_OF(items)};
    struct thread thread = {0};
    assert_int_equal(queue_new(&account, 1, &belt.queue, NULL), STATUS_OK);
    assert_int_equal(thread_start(&thread, "push", push_all, &belt, NULL), STATUS_OK);
    void *item;
    assert_true(queue_take(belt.queue, &item));
    queue_close(belt.queue);
    thread_join(&thread);
    queue_free(belt.queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shared_work_is_done_once_each),
        cmocka_unit_test(test_the_lowest_failure_is_the_one_reported),
        cmocka_unit_test(test_a_queue_keeps_order_and_ends_when_closed),
        cmocka_unit_test(test_closing_wakes_whoever_waits_for_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
