#include "shard/generation.h"

#include <stdio.h>
#include <urcu-qsbr.h>

const struct generation *generation_current(const struct generations *generations)
{
    return rcu_dereference(generations->current);
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
    generations->previous = generations->current;
    rcu_assign_pointer(generations->current, made);
    // The dropped one may be current again in a turn that began before a rollback.
    synchronize_rcu();
    release(generations, dropped);
    return STATUS_OK;
}

enum status generation_rollback(struct generations *generations, struct fault *fault)
{
    struct generation *const back = generations->previous;
    if (back == NULL) {
        return fault_set(fault, STATUS_NOT_FOUND, "there is no generation to go back to");
    }
    generations->previous = generations->current;
    rcu_assign_pointer(generations->current, back);
    synchronize_rcu();
    return STATUS_OK;
}

void generations_release(struct generations *generations)
{
    release(generations, generations->current);
    release(generations, generations->previous);
    generations->current = generations->previous = NULL;
}
