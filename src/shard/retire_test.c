#include "shard/retire.h"

#include <stdatomic.h>
#include <unistd.h>

#include "base/test.h"
#include "shard/generation.h"
#include "sys/thread.h"

static struct memory_account account = {.name = "test"};

struct thing {
    struct retired retired;
    atomic_bool is_released;
};

static void release(struct retired *retired)
{
    atomic_store(&((struct thing *)retired)->is_released, true);
}

// A reader that follows one pointer, turn after turn.
struct reading {
    _Atomic(struct thing *) current;
    atomic_bool should_stop, has_read_released;
};

static void read_on(void *context)
{
    struct reading *const reading = context;
    generation_reader_begins();
    while (!atomic_load(&reading->should_stop)) {
        generation_turn_begins();
        const struct thing *const thing =
            atomic_load_explicit(&reading->current, memory_order_acquire);
        for (unsigned i = 0; i < 100; i++) {
            if (atomic_load_explicit(&thing->is_released, memory_order_relaxed)) {
                atomic_store(&reading->has_read_released, true);
            }
        }
        generation_turn_ends();
    }
    generation_reader_ends();
}

static void test_releases_nothing_a_turn_may_read_and_everything_in_the_end(void **state)
{
    (void)state;
    enum { THING_COUNT = 5000 };
    static struct thing things[THING_COUNT + 1];
    static struct reading reading;
    struct retirer *retirer = NULL;
    struct thread thread = {0};
    atomic_store(&reading.current, &things[0]);
    assert_int_equal(retirer_new(&account, &retirer, NULL), STATUS_OK);
    assert_int_equal(thread_start(&thread, "reader", read_on, &reading, NULL), STATUS_OK);
    for (size_t i = 0; i < THING_COUNT; i++) {
        things[i].retired.release = release;
        atomic_store_explicit(&reading.current, &things[i + 1], memory_order_release);
        retirer_add(retirer, &things[i].retired);
        retirer_collect(retirer);
    }
    // With turns ending, what waits is released without further retiring.
    for (unsigned i = 0; i < 2000 && retirer_count(retirer) != 0; i++) {
        (void)usleep(1000);
        retirer_collect(retirer);
    }
    assert_int_equal(retirer_count(retirer), 0);
    atomic_store(&reading.should_stop, true);
    thread_join(&thread);
    assert_false(atomic_load(&reading.has_read_released));
    for (size_t i = 0; i < THING_COUNT; i++) {
        assert_true(atomic_load(&things[i].is_released));
    }
    retirer_free(retirer);
    assert_int_equal(atomic_load(&account.used_size), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_releases_nothing_a_turn_may_read_and_everything_in_the_end),
    };
    return cmocka_run_group_tests_name("retire", tests, NULL, NULL);
}
