#include <assert.h>
#include <string.h>

#include "deliver/courier_private.h"
#include "sys/clock.h"

enum { NOWHERE = UINT32_MAX, GRACE_US = 1000000 };

// When outlets are due: a heap. ----------------------------------------------------------------------

static void place(struct courier *courier, size_t at, struct outlet *outlet)
{
    courier->heap[at] = outlet;
    outlet->heap_at = (uint32_t)at;
}

static void sift_up(struct courier *courier, size_t at)
{
    struct outlet *const outlet = courier->heap[at];
    while (at > 0 && courier->heap[(at - 1) / 2]->due_us > outlet->due_us) {
        place(courier, at, courier->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(courier, at, outlet);
}

static void sift_down(struct courier *courier, size_t at)
{
    struct outlet *const outlet = courier->heap[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < courier->heap_count &&
            courier->heap[child + 1]->due_us < courier->heap[child]->due_us) {
            child++;
        }
        if (child >= courier->heap_count || courier->heap[child]->due_us >= outlet->due_us) {
            break;
        }
        place(courier, at, courier->heap[child]);
        at = child;
    }
    place(courier, at, outlet);
}

static void unschedule(struct outlet *outlet)
{
    struct courier *const courier = outlet->courier;
    const size_t at = outlet->heap_at;
    if (at == NOWHERE) {
        return;
    }
    outlet->heap_at = NOWHERE;
    courier->heap_count--;
    if (at != courier->heap_count) {
        place(courier, at, courier->heap[courier->heap_count]);
        sift_down(courier, at);
        sift_up(courier, courier->heap[at]->heap_at);
    }
}

void outlet_schedule(struct outlet *outlet, int64_t due_us)
{
    struct courier *const courier = outlet->courier;
    unschedule(outlet);
    if (due_us == INT64_MAX) {
        return;
    }
    // Room is made for every outlet when it is made.
    assert(courier->heap_count < courier->heap_capacity);
    outlet->due_us = due_us;
    place(courier, courier->heap_count, outlet);
    courier->heap_count++;
    sift_up(courier, courier->heap_count - 1);
}

// Outlets. -------------------------------------------------------------------------------------------

void outlet_touch(struct outlet *outlet)
{
    if (!outlet->is_dirty) {
        outlet->is_dirty = true;
        outlet->next_dirty = outlet->courier->dirty;
        outlet->courier->dirty = outlet;
    }
}

static size_t outlet_count(const struct courier *courier)
{
    size_t count = 0;
    for (const struct outlet *outlet = courier->outlets; outlet != NULL; outlet = outlet->next) {
        count++;
    }
    return count;
}

struct outlet *outlet_new(struct courier *courier, struct hook *hook,
                          struct hook_settings *settings, enum hook_state state)
{
    struct memory_account *const account = &courier->deliver->queues;
    if (courier->heap_capacity == 0 || outlet_count(courier) + 1 > courier->heap_capacity) {
        if (!memory_grow(account, &courier->heap, &courier->heap_capacity,
                         outlet_count(courier) + 1, sizeof(struct outlet *))) {
            return NULL;
        }
    }
    struct outlet *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL ||
        backlog_new(account, courier->is_memory ? BACKLOG_LIMIT_MEMORY : BACKLOG_LIMIT,
                    &made->backlog, NULL) != STATUS_OK) {
        memory_give(made);
        return NULL;
    }
    made->courier = courier;
    made->hook = hook_hold(hook);
    made->settings = hook_settings_hold(settings);
    made->state = state;
    made->heap_at = NOWHERE;
    made->next = courier->outlets;
    if (made->next != NULL) {
        made->next->previous = made;
    }
    courier->outlets = made;
    hook->outlet = made;
    return made;
}

void outlet_free(struct outlet *outlet)
{
    struct courier *const courier = outlet->courier;
    unschedule(outlet);
    assert(!outlet->is_dirty);
    if (outlet->previous == NULL) {
        courier->outlets = outlet->next;
    } else {
        outlet->previous->next = outlet->next;
    }
    if (outlet->next != NULL) {
        outlet->next->previous = outlet->previous;
    }
    outlet->hook->outlet = NULL;
    backlog_free(outlet->backlog);
    memory_give(outlet->read.deliveries);
    hook_settings_release(outlet->settings);
    hook_release(outlet->hook);
    memory_give(outlet);
}

// What the ledger says. ------------------------------------------------------------------------------

static void note_event(struct outlet *outlet, const struct delivery *delivery)
{
    outlet->newest = delivery->sequence;
    (void)atomic_fetch_add_explicit(&outlet->hook->waiting, 1, memory_order_relaxed);
    if (outlet->overflow_from == 0 && !backlog_add(outlet->backlog, delivery)) {
        outlet->overflow_from = delivery->sequence;
    }
    outlet_touch(outlet);
}

static void note_hook(struct courier *courier, const struct note *note)
{
    struct outlet *outlet = note->hook->outlet;
    if (outlet == NULL) {
        outlet = outlet_new(courier, note->hook, note->hook_is.settings, note->hook_is.state);
    }
    if (outlet == NULL) {
        return; // no memory: its rows are read after the next start
    }
    hook_settings_release(outlet->settings);
    outlet->settings = hook_settings_hold(note->hook_is.settings);
    outlet->state = note->hook_is.state;
    outlet_touch(outlet);
}

static void note_wake(struct outlet *outlet)
{
    outlet->streak = 0;
    outlet->wait_until_us = 0;
    outlet->rate_us = 0;
    backlog_wake(outlet->backlog);
    outlet_touch(outlet);
}

static void take_note(struct courier *courier, const struct note *note)
{
    if (note->kind == NOTE_HOOK) {
        note_hook(courier, note);
        return;
    }
    struct outlet *const outlet = note->hook->outlet;
    if (outlet == NULL) {
        return;
    }
    switch (note->kind) {
    case NOTE_EVENT:
        note_event(outlet, &note->delivery);
        break;
    case NOTE_GONE:
        outlet->is_gone = true;
        outlet_touch(outlet);
        break;
    case NOTE_WAKE:
        note_wake(outlet);
        break;
    case NOTE_REDRIVE:
        outlet->redrive_from = 1;
        note_wake(outlet);
        break;
    case NOTE_HOOK:
        break;
    }
}

static void on_posting(struct message *message)
{
    struct posting *const posting =
        (struct posting *)(void *)((char *)message - offsetof(struct posting, message));
    struct courier *const courier = posting->deliver->courier;
    for (size_t i = 0; i < posting->count && !courier->is_stopped; i++) {
        take_note(courier, &posting->notes[i]);
    }
    posting_free(posting);
}

void courier_post(struct courier *courier, struct message *message)
{
    message->deliver = on_posting;
    mailbox_send(&courier->post.mailbox, message);
}

// Notes were dropped for want of memory: the store has them.
static void take_lost(struct courier *courier)
{
    const uint64_t from =
        atomic_exchange_explicit(&courier->deliver->lost_from, 0, memory_order_relaxed);
    if (from == 0) {
        return;
    }
    for (struct outlet *outlet = courier->outlets; outlet != NULL; outlet = outlet->next) {
        if (outlet->overflow_from == 0 || outlet->overflow_from > from) {
            outlet->overflow_from = from;
            outlet_touch(outlet);
        }
    }
}

// The thread. ----------------------------------------------------------------------------------------

static void pump_what_is_due(struct courier *courier)
{
    courier->now_us = sys_wall_us(courier->deliver->sys);
    while (courier->heap_count != 0 && courier->heap[0]->due_us <= courier->now_us) {
        struct outlet *const outlet = courier->heap[0];
        unschedule(outlet);
        outlet_touch(outlet);
    }
    while (courier->dirty != NULL) {
        struct outlet *const outlet = courier->dirty;
        courier->dirty = outlet->next_dirty;
        outlet->is_dirty = false;
        outlet_pump(outlet);
    }
}

static int64_t wait_us(const struct courier *courier)
{
    enum { LONGEST_US = 10000000, STOPPING_US = 20000 };
    int64_t until_us = courier->now_us + (courier->is_stopping ? STOPPING_US : LONGEST_US);
    if (courier->heap_count != 0 && courier->heap[0]->due_us < until_us) {
        until_us = courier->heap[0]->due_us;
    }
    for (size_t i = 0; i < COUNT_OF(courier->jobs); i++) {
        const int64_t again_us = courier->jobs[i].again_us;
        until_us = again_us != 0 && again_us < until_us ? again_us : until_us;
    }
    const int64_t now_us = sys_wall_us(courier->deliver->sys);
    return until_us > now_us ? until_us - now_us : 0;
}

static bool has_ended(const struct courier *courier)
{
    return courier->is_stopping && courier->parcel_count == 0 && courier->read_count == 0 &&
           outcomes_are_out(courier);
}

static void run(void *context)
{
    struct courier *const courier = context;
    while (!has_ended(courier)) {
        post_deliver(&courier->post, wait_us(courier));
        take_lost(courier);
        pump_what_is_due(courier);
        outcomes_submit(courier);
    }
}

static void on_stop(struct message *message)
{
    struct courier *const courier =
        (struct courier *)(void *)((char *)message - offsetof(struct courier, stop));
    courier->is_stopping = true;
    for (size_t i = 0; i < courier->broker_count; i++) {
        broker_stop_begin(courier->brokers[i]);
    }
    to_http_stop(courier->http, GRACE_US);
    courier->http = NULL;
}

enum status courier_start(struct courier *courier, struct fault *fault)
{
    struct deliver *const deliver = courier->deliver;
    TRY(to_http_start(&courier->carriers, &courier->http, fault));
    bool is_whole = true;
    (void)pthread_mutex_lock(&deliver->lock);
    for (size_t i = 0; i < deliver->hook_count && is_whole; i++) {
        struct hook *const hook = deliver->hooks[i];
        struct outlet *const outlet = outlet_new(courier, hook, hook->settings, hook->state);
        is_whole = outlet != NULL;
        if (is_whole) {
            outlet->overflow_from = 1; // all it has is in the store
            outlet_touch(outlet);
        }
    }
    (void)pthread_mutex_unlock(&deliver->lock);
    if (!is_whole) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for %zu hooks", deliver->hook_count);
    }
    return thread_start(&courier->thread, "courier", run, courier, fault);
}

void courier_stop(struct courier *courier)
{
    if (!courier->thread.is_started) {
        to_http_stop(courier->http, 0);
        courier->http = NULL;
        return;
    }
    courier->stop.deliver = on_stop;
    mailbox_send(&courier->post.mailbox, &courier->stop);
    thread_join(&courier->thread);
    courier->is_stopped = true;
    for (size_t i = 0; i < courier->broker_count; i++) {
        broker_free(courier->brokers[i]);
    }
    courier->broker_count = 0;
}

void courier_free(struct courier *courier)
{
    if (courier == NULL) {
        return;
    }
    courier->is_stopped = true;
    (void)mailbox_deliver(&courier->post.mailbox, SIZE_MAX);
    while (courier->dirty != NULL) {
        courier->dirty->is_dirty = false;
        courier->dirty = courier->dirty->next_dirty;
    }
    while (courier->outlets != NULL) {
        outlet_free(courier->outlets);
    }
    outcomes_free(courier);
    memory_give(courier->heap);
    post_end(&courier->post);
    memory_give(courier);
}

enum status courier_new(struct deliver *deliver, struct courier **courier, struct fault *fault)
{
    struct courier *const made = memory_take_zeroed(deliver->account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the courier of events");
    }
    made->deliver = deliver;
    made->carriers = (struct carrier_context){.sys = deliver->sys,
                                              .account = &deliver->queues,
                                              .reach = &deliver->reach,
                                              .version = deliver->settings.version};
    for (size_t i = 0; i < COUNT_OF(made->jobs); i++) {
        made->jobs[i].courier = made;
        made->jobs[i].reasons.account = deliver->account;
    }
    post_begin(&made->post);
    *courier = made;
    return STATUS_OK;
}
