#include "live/live.h"

#include <assert.h>

#include "live/live_private.h"

#define IDLE_US 50000 // readers' turns end in less: then what they held is given back

static int64_t deadline_us(void *context)
{
    struct live *const live = context;
    if (live->remains != NULL) {
        return atomic_load_explicit(&live->clock_us, memory_order_relaxed) + 1000;
    }
    const int64_t expiry_us = live_next_expiry_us(live);
    const int64_t tidy_us =
        live->slab.batch_count > 0
            ? atomic_load_explicit(&live->clock_us, memory_order_relaxed) + IDLE_US
            : INT64_MAX;
    return expiry_us < tidy_us ? expiry_us : tidy_us;
}

static void due(void *context, struct ledger_turn *turn)
{
    live_expire(context, turn);
}

static enum status state_begin(struct live *live, struct fault *fault)
{
    live->working.live = live;
    live->state_block = slab_take(&live->slab, sizeof(struct live_state));
    if (live->state_block == 0) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for objects");
    }
    struct live_state *const first = slab_at(&live->slab, live->state_block);
    *first = live->working;
    atomic_store_explicit(&live->state, first, memory_order_release);
    slab_publish(&live->slab, 0);
    return STATUS_OK;
}

enum status live_new(struct ledger *ledger, struct memory_account *account,
                     const struct live_settings *settings, struct live **live, struct fault *fault)
{
    struct live *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for objects");
    }
    made->ledger = ledger;
    made->account = account;
    made->settings = *settings;
    made->next_number = 1;
    made->seed = (uint64_t)(uintptr_t)made * UINT64_C(0x9e3779b97f4a7c15);
    made->row.account = account;
    made->key.account = account;
    (void)pthread_mutex_init(&made->lock, NULL);
    made->probe.live = made;
    enum status status = slab_begin(&made->slab, ledger_sys(ledger), account, fault);
    if (status == STATUS_OK) {
        status = state_begin(made, fault);
    }
    if (status == STATUS_OK) {
        status = retirer_new(account, &made->retirer, fault);
    }
    if (status != STATUS_OK) {
        live_free(made);
        return status;
    }
    const struct ledger_stage stage = {
        .name = "live",
        .tables = 1U << TABLE_COLLECTION | 1U << TABLE_OBJECT | 1U << TABLE_HISTORY,
        .late_tables = 1U << TABLE_HISTORY,
        .load = live_load,
        .foresee = live_foresee_effects,
        .replay = live_replay,
        .loaded = live_loaded,
        .deadline_us = deadline_us,
        .due = due,
        .publish = live_publish,
        .undo = live_undo,
        .is_expired = live_history_is_expired,
        .context = made,
    };
    ledger_stage_add(ledger, &stage);
    *live = made;
    return STATUS_OK;
}

void live_free(struct live *live)
{
    if (live == NULL) {
        return;
    }
    retirer_free(live->retirer);
    // Dropped in a turn that was never published.
    while (live->touched != NULL) {
        struct collection *const next = live->touched->next_touched;
        memory_give(live->touched->is_dropped ? live->touched : NULL);
        live->touched = next;
    }
    struct order_cursor cursor;
    uint32_t item;
    order_seek(&live->slab, live->working.by_number, NULL, NULL, &cursor);
    while (order_step(&cursor, &item)) {
        memory_give(((const struct collection *)slab_at(&live->slab, item))->working);
    }
    while (live->remains != NULL) {
        struct collection *const next = live->remains->next_touched;
        memory_give(live->remains);
        live->remains = next;
    }
    slab_end(&live->slab);
    memory_give(live->touches);
    memory_give(live->touch_slots);
    memory_give(live->retentions);
    buffer_free(&live->row);
    buffer_free(&live->key);
    (void)pthread_mutex_destroy(&live->lock);
    memory_give(live);
}

void live_observe(struct live *live, const struct live_observer *observer)
{
    assert(live->observer_count < LIVE_OBSERVERS_MAX);
    live->observers[live->observer_count++] = *observer;
}

struct live_view live_view_now(const struct live *live)
{
    return (struct live_view){.state = atomic_load_explicit(&live->state, memory_order_acquire)};
}

struct live_view live_view_working(const struct live *live)
{
    return (struct live_view){.state = &live->working};
}

struct live_view live_pin_take(struct live *live, struct live_pin *pin)
{
    (void)pthread_mutex_lock(&live->lock);
    // Under the lock, so that the writer either sees the pin or has not let go of this state.
    const struct live_view view = live_view_now(live);
    pin->number = view.state->number;
    pin->previous = NULL;
    pin->next = live->pins;
    if (pin->next != NULL) {
        pin->next->previous = pin;
    }
    live->pins = pin;
    (void)pthread_mutex_unlock(&live->lock);
    return view;
}

void live_pin_give(struct live *live, struct live_pin *pin)
{
    (void)pthread_mutex_lock(&live->lock);
    if (pin->next != NULL) {
        pin->next->previous = pin->previous;
    }
    if (pin->previous != NULL) {
        pin->previous->next = pin->next;
    } else {
        live->pins = pin->next;
    }
    (void)pthread_mutex_unlock(&live->lock);
}

struct live_figures live_figures(const struct live *live)
{
    return (struct live_figures){
        .used_size = live->slab.used_size,
        .retired_size = live->slab.retired_size,
        .collections = live_view_now(live).state->by_number.count,
    };
}
