#include "shard/generation.h"

#include <stdio.h>
#include <urcu-qsbr.h>

// ThreadSanitizer does not see into liburcu: the two edges it gives are told by hand.
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define IS_TRACED
#endif
#endif
#ifdef IS_TRACED
void __tsan_acquire(void *address); // NOLINT: the names are the sanitizer's
void __tsan_release(void *address); // NOLINT
static char turn_ends;
#endif

void generation_reader_begins(void)
{
    rcu_register_thread();
    rcu_thread_offline();
}

void generation_reader_ends(void)
{
    rcu_unregister_thread();
}

void generation_turn_begins(void)
{
    rcu_thread_online();
}

void generation_turn_ends(void)
{
#ifdef IS_TRACED
    __tsan_release(&turn_ends);
#endif
    rcu_thread_offline();
}

void generation_wait(void)
{
    synchronize_rcu();
#ifdef IS_TRACED
    __tsan_acquire(&turn_ends);
#endif
}

const struct generation *generation_current(const struct generations *generations)
{
    return atomic_load_explicit(&generations->current, memory_order_acquire);
}

static void release(const struct generations *generations, struct generation *generation)
{
    if (generation != NULL) {
        generations->release(generation->value);
        memory_give(generation);
    }
}

enum status generation_publish(struct generations *generations, void *value, const char *name,
                               struct fault *fault)
{
    struct generation *const made = memory_take_zeroed(generations->account, 1, sizeof(*made));
    if (made == NULL) {
        generations->release(value);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a generation");
    }
    made->number = ++generations->last_number;
    made->value = value;
    (void)snprintf(made->name, sizeof(made->name), "%s", name);

    struct generation *const dropped = generations->previous;
    generations->previous = atomic_load_explicit(&generations->current, memory_order_relaxed);
    atomic_store_explicit(&generations->current, made, memory_order_release);
    // The dropped one may be current again in a turn that began before a rollback.
    generation_wait();
    release(generations, dropped);
    return STATUS_OK;
}

enum status generation_rollback(struct generations *generations, struct fault *fault)
{
    struct generation *const back = generations->previous;
    if (back == NULL) {
        return fault_set(fault, STATUS_NOT_FOUND, "there is no generation to go back to");
    }
    generations->previous = atomic_load_explicit(&generations->current, memory_order_relaxed);
    atomic_store_explicit(&generations->current, back, memory_order_release);
    generation_wait();
    return STATUS_OK;
}

void generations_release(struct generations *generations)
{
    release(generations, atomic_load_explicit(&generations->current, memory_order_relaxed));
    release(generations, generations->previous);
    atomic_store_explicit(&generations->current, NULL, memory_order_relaxed);
    generations->previous = NULL;
}
