#include "shard/shard.h"

#include <stdatomic.h>
#include <unistd.h>

#include "base/test.h"
#include "shard/generation.h"

static struct memory_account account = {.name = "test"};

// A value knows whether it has been released; a reader must never see one that has.
struct value {
    atomic_bool is_released;
};

static void release(void *value)
{
    atomic_store(&((struct value *)value)->is_released, true);
}

struct reader {
    struct shard shard;
    struct generations *generations;
    atomic_ulong reads;
    atomic_bool should_stop, has_read_released;
};

static void read_current(void *context)
{
    struct reader *const reader = context;
    const struct generation *const generation = generation_current(reader->generations);
    for (unsigned i = 0; i < 1000; i++) {
        const struct value *const value = generation->value;
        if (atomic_load_explicit(&value->is_released, memory_order_relaxed)) {
            atomic_store(&reader->has_read_released, true);
        }
    }
    (void)atomic_fetch_add(&reader->reads, 1);
    if (atomic_load(&reader->should_stop)) {
        shard_stop(&reader->shard);
    }
}

static void ignore(void *context)
{
    (void)context;
}

static const struct shard_events events = {.ticks = ignore, .called = read_current};

static void test_never_releases_what_a_turn_reads(void **state)
{
    (void)state;
    enum { PUBLISH_COUNT = 300 };
    static struct value values[PUBLISH_COUNT + 1];
    static struct reader readers[2];
    struct generations generations = {.account = &account, .release = release};
    assert_int_equal(generation_publish(&generations, &values[0], "first", NULL), STATUS_OK);
    for (unsigned i = 0; i < COUNT_OF(readers); i++) {
        readers[i].generations = &generations;
        assert_int_equal(shard_open(&readers[i].shard, i, &account, &events, &readers[i], NULL),
                         STATUS_OK);
        assert_int_equal(shard_start(&readers[i].shard, NULL), STATUS_OK);
    }
    for (unsigned i = 1; i <= PUBLISH_COUNT; i++) {
        shard_call(&readers[0].shard);
        shard_call(&readers[1].shard);
        assert_int_equal(generation_publish(&generations, &values[i], "next", NULL), STATUS_OK);
        if (i % 3 == 0) {
            assert_int_equal(generation_rollback(&generations, NULL), STATUS_OK);
        }
    }
    for (unsigned i = 0; i < COUNT_OF(readers); i++) {
        atomic_store(&readers[i].should_stop, true);
        shard_call(&readers[i].shard);
        shard_close(&readers[i].shard);
        assert_true(atomic_load(&readers[i].reads) > 0);
        assert_false(atomic_load(&readers[i].has_read_released));
    }
    generations_release(&generations);
    for (unsigned i = 0; i <= PUBLISH_COUNT; i++) {
        assert_true(atomic_load(&values[i].is_released));
    }
}

static void test_keeps_the_one_to_go_back_to(void **state)
{
    (void)state;
    static struct value values[3];
    struct generations generations = {.account = &account, .release = release};
    struct fault fault;
    assert_null(generation_current(&generations));
    assert_int_equal(generation_publish(&generations, &values[0], "a", NULL), STATUS_OK);
    assert_int_equal(generation_rollback(&generations, &fault), STATUS_NOT_FOUND);
    assert_int_equal(generation_publish(&generations, &values[1], "b", NULL), STATUS_OK);
    assert_false(atomic_load(&values[0].is_released));
    assert_int_equal(generation_rollback(&generations, NULL), STATUS_OK);
    assert_int_equal(generation_current(&generations)->number, 1);
    assert_string_equal(generation_current(&generations)->name, "a");
    assert_int_equal(generation_rollback(&generations, NULL), STATUS_OK);
    assert_int_equal(generation_current(&generations)->number, 2);
    assert_int_equal(generation_publish(&generations, &values[2], "c", NULL), STATUS_OK);
    assert_true(atomic_load(&values[0].is_released));
    assert_false(atomic_load(&values[1].is_released));
    generations_release(&generations);
}

static void test_releases_what_finds_no_memory(void **state)
{
    (void)state;
    static struct value value;
    struct memory_account full = {.name = "full", .limit_size = 1};
    struct generations generations = {.account = &full, .release = release};
    assert_int_equal(generation_publish(&generations, &value, "a", NULL), STATUS_NO_MEMORY);
    assert_true(atomic_load(&value.is_released));
    assert_null(generation_current(&generations));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never_releases_what_a_turn_reads),
        cmocka_unit_test(test_keeps_the_one_to_go_back_to),
        cmocka_unit_test(test_releases_what_finds_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
