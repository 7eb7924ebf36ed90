#include "shard/shard.h"

#include <stdio.h>

#include "shard/generation.h"

// Of the thread's turn under way: whom to wake when it ends.
enum { WAKES_MAX = 8 };
static _Thread_local struct {
    bool is_turn;
    unsigned count;
    struct {
        void (*wake)(void *context);
        void *context;
    } wakes[WAKES_MAX];
} turn;

bool shard_wake_late(void (*wake)(void *context), void *context)
{
    for (unsigned i = 0; i < turn.count; i++) {
        if (turn.wakes[i].wake == wake && turn.wakes[i].context == context) {
            return true;
        }
    }
    if (!turn.is_turn || turn.count == WAKES_MAX) {
        return false;
    }
    turn.wakes[turn.count].wake = wake;
    turn.wakes[turn.count].context = context;
    turn.count++;
    return true;
}

static void on_begin(void *context)
{
    (void)context;
    turn.is_turn = true;
    generation_turn_begins();
}

static void on_end(void *context)
{
    (void)context;
    turn.is_turn = false;
    for (unsigned i = 0; i < turn.count; i++) {
        turn.wakes[i].wake(turn.wakes[i].context);
    }
    turn.count = 0;
    generation_turn_ends();
}

static void on_tick(void *context)
{
    const struct shard *const shard = context;
    shard->events->ticks(shard->context);
}

// Messages delivered before sockets are looked at again.
enum { MAIL_LIMIT = 1024 };

static void on_call(void *context)
{
    struct shard *const shard = context;
    if (mailbox_deliver(&shard->mailbox, MAIL_LIMIT) == MAIL_LIMIT) {
        loop_call(shard->loop);
    }
    shard->events->called(shard->context);
}

static const struct loop_events loop_events = {
    .begins = on_begin, .ends = on_end, .ticks = on_tick, .called = on_call};

static void on_mail(void *context)
{
    const struct shard *const shard = context;
    loop_call(shard->loop);
}

enum status shard_open(struct shard *shard, unsigned index, struct memory_account *account,
                       const struct shard_events *events, void *context, struct fault *fault)
{
    *shard = (struct shard){.events = events, .context = context, .index = index};
    mailbox_begin(&shard->mailbox, on_mail, shard);
    return loop_new(account, &loop_events, shard, &shard->loop, fault);
}

static void run(void *context)
{
    const struct shard *const shard = context;
    generation_reader_begins();
    loop_run(shard->loop);
    generation_reader_ends();
}

enum status shard_start(struct shard *shard, struct fault *fault)
{
    char name[16];
    (void)snprintf(name, sizeof(name), "shard %u", shard->index % 1000);
    return thread_start(&shard->thread, name, run, shard, fault);
}

void shard_call(struct shard *shard)
{
    loop_call(shard->loop);
}

void shard_stop(struct shard *shard)
{
    loop_stop(shard->loop);
}

void shard_join(struct shard *shard)
{
    thread_join(&shard->thread);
}

void shard_close(struct shard *shard)
{
    shard_join(shard);
    loop_free(shard->loop);
    shard->loop = NULL;
}
