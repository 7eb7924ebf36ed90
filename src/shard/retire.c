#include "shard/retire.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "shard/generation.h"
#include "sys/thread.h"

// Where the batch that waits is.
enum phase {
    PHASE_NONE,   // there is none: the writer may hand one over
    PHASE_WAITS,  // its turns are being waited for
    PHASE_PASSED, // nobody holds it
};

// A grace period wakes a thread: one serves many turns, unless much waits for it.
enum { TURNS_A_GRACE = 16, OPEN_COUNT_MAX = 4096 };

struct retirer {
    struct retired *open, *waiting;
    size_t count, open_count;
    unsigned turns; // since the last grace period began
    // Writer: NONE -> WAITS (release), PASSED -> NONE; waiter: WAITS -> PASSED (release).
    _Atomic(enum phase) phase;
    struct queue *orders; // wakes the waiter; a closed one ends it
    struct thread waiter;
};

static void wait_for_grace(void *context)
{
    struct retirer *const retirer = context;
    for (void *order; queue_take(retirer->orders, &order);) {
        generation_wait();
        atomic_store_explicit(&retirer->phase, PHASE_PASSED, memory_order_release);
    }
}

enum status retirer_new(struct memory_account *account, struct retirer **retirer,
                        struct fault *fault)
{
    struct retirer *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a retirer");
    }
    enum status status = queue_new(account, 1, &made->orders, fault);
    if (status == STATUS_OK) {
        status = thread_start(&made->waiter, "retire", wait_for_grace, made, fault);
    }
    if (status != STATUS_OK) {
        queue_free(made->orders);
        memory_give(made);
        return status;
    }
    *retirer = made;
    return STATUS_OK;
}

static void release_all(struct retirer *retirer, struct retired *list)
{
    while (list != NULL) {
        struct retired *const retired = list;
        list = retired->next;
        retirer->count--;
        retired->release(retired);
    }
}

void retirer_free(struct retirer *retirer)
{
    if (retirer != NULL) {
        queue_close(retirer->orders);
        thread_join(&retirer->waiter);
        release_all(retirer, retirer->waiting);
        release_all(retirer, retirer->open);
        queue_free(retirer->orders);
        memory_give(retirer);
    }
}

void retirer_add(struct retirer *retirer, struct retired *retired)
{
    retired->next = retirer->open;
    retirer->open = retired;
    retirer->open_count++;
    retirer->count++;
}

void retirer_collect(struct retirer *retirer)
{
    const enum phase phase = atomic_load_explicit(&retirer->phase, memory_order_acquire);
    if (phase == PHASE_WAITS) {
        return;
    }
    if (phase == PHASE_PASSED) {
        release_all(retirer, retirer->waiting);
        retirer->waiting = NULL;
        atomic_store_explicit(&retirer->phase, PHASE_NONE, memory_order_relaxed);
    }
    retirer->turns++;
    const bool is_time = retirer->turns >= TURNS_A_GRACE || retirer->open_count >= OPEN_COUNT_MAX;
    if (retirer->open != NULL && is_time) {
        retirer->waiting = retirer->open;
        retirer->open = NULL;
        retirer->open_count = 0;
        retirer->turns = 0;
        atomic_store_explicit(&retirer->phase, PHASE_WAITS, memory_order_release);
        // The one order there can be: the waiter has taken the one before.
        const bool is_taken = queue_push(retirer->orders, retirer);
        (void)is_taken;
    }
}

size_t retirer_count(const struct retirer *retirer)
{
    return retirer->count;
}
