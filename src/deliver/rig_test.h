// What tests of delivery share: a ledger with a deliver, jobs run on it one by one.
#ifndef DELIVER_RIG_TEST_H
#define DELIVER_RIG_TEST_H

#include <stdatomic.h>
#include <time.h>

#include "base/test.h"
#include "deliver/deliver.h"
#include "deliver/post.h"

static struct memory_account account = {.name = "test"};

struct rig {
    struct ledger *ledger;
    struct deliver *deliver;
    struct post home;
};

static inline void rig_open(struct rig *rig, const char *folder, const char *allowed)
{
    struct fault fault = {0};
    const struct ledger_settings settings = {
        .folder = folder, .journal_segment_size = 1 << 22, .tail_record_size = 1 << 20};
    const struct deliver_settings own = {.allowed = allowed, .version = "test"};
    post_begin(&rig->home);
    assert_int_equal(ledger_new(sys_os(), &account, &settings, &rig->ledger, &fault), STATUS_OK);
    assert_int_equal(deliver_new(rig->ledger, sys_os(), &account, &own, &rig->deliver, &fault),
                     STATUS_OK);
    if (ledger_open(rig->ledger, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    assert_int_equal(ledger_start(rig->ledger, &fault), STATUS_OK);
    assert_int_equal(deliver_start(rig->deliver, &fault), STATUS_OK);
}

static inline void rig_close(struct rig *rig)
{
    deliver_stop(rig->deliver);
    ledger_close(rig->ledger);
    deliver_free(rig->deliver);
    post_end(&rig->home);
}

// A job that calls a function on the ledger's thread.
struct rig_job {
    struct ledger_job job;
    struct rig *rig;
    enum status (*call)(struct rig *rig, struct ledger_turn *turn, void *context,
                        struct fault *fault);
    void *context;
    bool is_answered;
};

static inline enum status rig_run(struct ledger_job *job, struct ledger_turn *turn,
                                  struct fault *fault)
{
    struct rig_job *const own = (struct rig_job *)(void *)job;
    return own->call(own->rig, turn, own->context, fault);
}

static inline void rig_answered(struct ledger_job *job)
{
    ((struct rig_job *)(void *)job)->is_answered = true;
}

static inline enum status rig_call(struct rig *rig,
                                   enum status (*call)(struct rig *, struct ledger_turn *, void *,
                                                       struct fault *),
                                   void *context, struct fault *fault)
{
    struct rig_job job = {
        .job = {.run = rig_run, .home = &rig->home.mailbox, .answered = rig_answered},
        .rig = rig,
        .call = call,
        .context = context};
    ledger_submit(rig->ledger, &job.job);
    while (!job.is_answered) {
        post_deliver(&rig->home, 1000000);
    }
    if (fault != NULL) {
        *fault = job.job.fault;
    }
    return job.job.status;
}

struct rig_hook {
    const char *id, *settings;
    struct buffer *shown;
    bool is_new;
};

static inline enum status rig_put(struct rig *rig, struct ledger_turn *turn, void *context,
                                  struct fault *fault)
{
    struct rig_hook *const hook = context;
    return deliver_hook_put(rig->deliver, turn, bytes_from_text(hook->id),
                            bytes_from_text(hook->settings), &hook->is_new, hook->shown, fault);
}

static inline void rig_hook_put(struct rig *rig, const char *id, const char *settings)
{
    struct rig_hook hook = {.id = id, .settings = settings};
    struct fault fault = {0};
    if (rig_call(rig, rig_put, &hook, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
}

struct rig_change {
    const char *id;
    enum deliver_change change;
    struct buffer *shown;
};

static inline enum status rig_change(struct rig *rig, struct ledger_turn *turn, void *context,
                                     struct fault *fault)
{
    struct rig_change *const change = context;
    return deliver_hook_change(rig->deliver, turn, bytes_from_text(change->id), change->change,
                               change->shown, fault);
}

static inline enum status rig_show(struct rig *rig, struct ledger_turn *turn, void *context,
                                   struct fault *fault)
{
    struct rig_change *const change = context;
    (void)turn;
    (void)fault;
    return deliver_hook_show(rig->deliver, bytes_from_text(change->id), change->shown);
}

// The hook as GET shows it, a C string.
static inline const char *rig_shown(struct rig *rig, const char *id, struct buffer *shown)
{
    buffer_clear(shown);
    struct rig_change change = {.id = id, .shown = shown};
    assert_int_equal(rig_call(rig, rig_show, &change, NULL), STATUS_OK);
    buffer_append_u8(shown, 0);
    return (const char *)shown->data;
}

struct rig_events {
    unsigned objects, fences, count, first;
};

static inline enum status rig_emit(struct rig *rig, struct ledger_turn *turn, void *context,
                                   struct fault *fault)
{
    const struct rig_events *const events = context;
    (void)fault;
    for (unsigned i = 0; i < events->count; i++) {
        char object[32];
        char fence[32];
        char payload[48];
        (void)snprintf(object, sizeof(object), "o%u", (events->first + i) % events->objects);
        (void)snprintf(fence, sizeof(fence), "f%u",
                       (events->first + i) / events->objects % events->fences);
        (void)snprintf(payload, sizeof(payload), "{\"n\":%u}", events->first + i);
        struct event event = {.kind = i % 2 == 0 ? EVENT_ENTER : EVENT_EXIT,
                              .collection = BYTES_OF("vans"),
                              .object = bytes_from_text(object),
                              .fence = bytes_from_text(fence),
                              .event_us = turn->now_us,
                              .arrival_us = turn->now_us,
                              .distance_m = -1,
                              .payload = bytes_from_text(payload)};
        deliver_emit(rig->deliver, turn, &event);
    }
    return STATUS_OK;
}

static inline void rig_events(struct rig *rig, unsigned first, unsigned count, unsigned objects)
{
    struct rig_events events = {.objects = objects, .fences = 3, .count = count, .first = first};
    assert_int_equal(rig_call(rig, rig_emit, &events, NULL), STATUS_OK);
}

// Waits until it is so, at most a minute.
#define RIG_WAIT(condition)                                                 \
    do {                                                                    \
        for (int waited_ = 0; waited_ < 12000 && !(condition); waited_++) { \
            (void)nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);  \
        }                                                                   \
        assert_true(condition);                                             \
    } while (0)

#endif
