#include "fence/deadline.h"

static void heap_put(struct deadlines *deadlines, struct deadline *deadline, size_t place)
{
    deadlines->heap[place] = deadline;
    deadline->place = (uint32_t)place;
}

static void heap_rise(struct deadlines *deadlines, struct deadline *deadline, size_t place)
{
    while (place > 1 && deadlines->heap[place / 2]->at_us > deadline->at_us) {
        heap_put(deadlines, deadlines->heap[place / 2], place);
        place /= 2;
    }
    heap_put(deadlines, deadline, place);
}

static void heap_sink(struct deadlines *deadlines, struct deadline *deadline, size_t place)
{
    for (size_t child; (child = place * 2) <= deadlines->count; place = child) {
        if (child < deadlines->count &&
            deadlines->heap[child + 1]->at_us < deadlines->heap[child]->at_us) {
            child++;
        }
        if (deadlines->heap[child]->at_us >= deadline->at_us) {
            break;
        }
        heap_put(deadlines, deadlines->heap[child], place);
    }
    heap_put(deadlines, deadline, place);
}

static void heap_remove(struct deadlines *deadlines, struct deadline *deadline)
{
    const size_t place = deadline->place;
    struct deadline *const last = deadlines->heap[deadlines->count--];
    deadline->place = 0;
    if (last != deadline) {
        heap_rise(deadlines, last, place);
        heap_sink(deadlines, last, last->place);
    }
}

enum status deadline_set(struct deadlines *deadlines, struct deadline *deadline, int64_t at_us)
{
    if (deadline->place != 0) {
        if (deadline->at_us == at_us) {
            return STATUS_OK;
        }
        heap_remove(deadlines, deadline);
    }
    deadline->at_us = at_us;
    if (at_us == INT64_MAX) {
        return STATUS_OK;
    }
    if (!memory_grow(deadlines->account, &deadlines->heap, &deadlines->capacity,
                     deadlines->count + 2, sizeof *deadlines->heap)) {
        return STATUS_NO_MEMORY;
    }
    deadlines->count++;
    heap_rise(deadlines, deadline, deadlines->count);
    return STATUS_OK;
}

void deadlines_free(struct deadlines *deadlines)
{
    memory_give(deadlines->heap);
    *deadlines = (struct deadlines){.account = deadlines->account};
}
