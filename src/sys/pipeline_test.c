#include "sys/pipeline.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "base/attributes.h"
#include "base/test.h"

struct pieces {
    size_t in_slot[64];
    _Atomic size_t open_count;
    size_t slot_count;
    size_t taken;
    size_t fails_at;
    bool fails_in_taking;
};

static enum status piece_work(void *context, size_t index, size_t slot, struct fault *fault)
{
    struct pieces *const pieces = context;
    const size_t open = atomic_fetch_add_explicit(&pieces->open_count, 1, memory_order_relaxed);
    assert_true(open < pieces->slot_count);
    pieces->in_slot[slot] = index * index;
    if (index >= pieces->fails_at && !pieces->fails_in_taking) {
        return fault_set(fault, STATUS_CORRUPT, "piece %zu", index);
    }
    return STATUS_OK;
}

static enum status piece_take(void *context, size_t index, size_t slot, struct fault *fault)
{
    struct pieces *const pieces = context;
    assert_true(index == pieces->taken++);
    assert_true(pieces->in_slot[slot] == index * index);
    (void)atomic_fetch_sub_explicit(&pieces->open_count, 1, memory_order_relaxed);
    if (index >= pieces->fails_at) {
        return fault_set(fault, STATUS_CORRUPT, "piece %zu", index);
    }
    return STATUS_OK;
}

static void property_takes_all_in_order(unsigned threads, size_t slots, size_t count)
{
    struct pieces pieces = {.slot_count = slots, .fails_at = SIZE_MAX};
    const struct pipeline pipeline = {threads, slots, piece_work, piece_take, &pieces};
    assert_int_equal(pipeline_run(&pipeline, count, NULL), STATUS_OK);
    assert_int_equal(pieces.taken, count);
}

static void test_takes_every_piece_in_order(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 4; threads++) {
        property_takes_all_in_order(threads, 1, 100);
        property_takes_all_in_order(threads, 2 * threads, 5000);
        property_takes_all_in_order(threads, 3, 0);
    }
}

static void test_the_lowest_failure_is_the_answer(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 2; turn++) {
        struct pieces pieces = {.slot_count = 8, .fails_at = 77, .fails_in_taking = turn == 1};
        const struct pipeline pipeline = {3, 8, piece_work, piece_take, &pieces};
        struct fault fault;
        assert_int_equal(pipeline_run(&pipeline, 1000, &fault), STATUS_CORRUPT);
        assert_string_equal(fault.text, "piece 77");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_every_piece_in_order),
        cmocka_unit_test(test_the_lowest_failure_is_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
