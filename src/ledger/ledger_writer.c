#include <assert.h>
#include <stddef.h>

#include "ledger/ledger_private.h"
#include "shard/generation.h"
#include "sys/clock.h"

// A turn ends when it has run so many jobs, or when its record has grown so large.
enum { TURN_JOBS_MAX = 2048, TURN_SIZE = 1 << 20 };

static struct ledger_job *job_of(struct message *message)
{
    return (struct ledger_job *)(void *)((char *)message - offsetof(struct ledger_job, message));
}

static void count(_Atomic uint64_t *figure, uint64_t amount)
{
    const uint64_t old = atomic_load_explicit(figure, memory_order_relaxed);
    atomic_store_explicit(figure, old + amount, memory_order_relaxed);
}

static void turn_begin(struct ledger *ledger)
{
    struct ledger_turn *const turn = &ledger->turn;
    const int64_t now_us = sys_wall_us(ledger->sys);
    turn->now_us = now_us > turn->now_us ? now_us : turn->now_us;
    turn->monotonic_us = sys_monotonic_us(ledger->sys);
    turn->at = atomic_load_explicit(&ledger->last, memory_order_relaxed) + 1;
    buffer_clear(&turn->effects);
    ledger->answers = NULL;
    ledger->answers_end = &ledger->answers;
}

static int64_t next_deadline_us(const struct ledger *ledger)
{
    int64_t next_us = INT64_MAX;
    for (size_t i = 0; i < ledger->stage_count; i++) {
        const struct ledger_stage *const stage = &ledger->stages[i];
        if (stage->deadline_us != NULL) {
            const int64_t stage_us = stage->deadline_us(stage->context);
            next_us = stage_us < next_us ? stage_us : next_us;
        }
    }
    return next_us;
}

// True when a stage had something due.
static bool run_due(struct ledger *ledger)
{
    bool has_run = false;
    for (size_t i = 0; i < ledger->stage_count; i++) {
        const struct ledger_stage *const stage = &ledger->stages[i];
        if (stage->deadline_us != NULL &&
            stage->deadline_us(stage->context) <= ledger->turn.now_us) {
            stage->due(stage->context, &ledger->turn);
            has_run = true;
        }
    }
    return has_run;
}

static void run_job(struct ledger *ledger, struct ledger_job *job)
{
    struct ledger_turn *const turn = &ledger->turn;
    const size_t size_before = turn->effects.size;
    if (job->status == STATUS_OK) {
        job->status = job->run(job, turn, &job->fault);
        if (job->status != STATUS_OK) {
            turn->effects.size = size_before;
        }
        job->at = turn->effects.size == size_before ? 0 : turn->at;
    } else {
        count(&ledger->refused_count, 1);
    }
    job->message.next = NULL;
    *ledger->answers_end = &job->message;
    ledger->answers_end = &job->message.next;
}

static size_t run_jobs(struct ledger *ledger)
{
    size_t job_count = 0;
    while (job_count < TURN_JOBS_MAX && ledger->turn.effects.size < TURN_SIZE) {
        struct message *const message = mailbox_take(&ledger->mailbox);
        if (message == NULL) {
            break;
        }
        run_job(ledger, job_of(message));
        job_count++;
    }
    (void)atomic_fetch_sub_explicit(&ledger->waiting, job_count, memory_order_relaxed);
    count(&ledger->job_count, job_count);
    return job_count;
}

static enum status append(struct ledger *ledger, struct fault *fault)
{
    struct ledger_turn *const turn = &ledger->turn;
    if (turn->effects.failed) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the effects of this turn");
    }
    if (turn->effects.size != 0) {
        atomic_store_explicit(&ledger->last, turn->at, memory_order_release);
        count(&ledger->effects_size, turn->effects.size);
    }
    return STATUS_OK;
}

static void publish(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->stage_count; i++) {
        const struct ledger_stage *const stage = &ledger->stages[i];
        if (stage->publish != NULL) {
            stage->publish(stage->context, &ledger->turn);
        }
    }
}

static void undo(struct ledger *ledger, enum status status, const struct fault *fault)
{
    for (size_t i = ledger->stage_count; i-- > 0;) {
        const struct ledger_stage *const stage = &ledger->stages[i];
        if (stage->undo != NULL) {
            stage->undo(stage->context);
        }
    }
    for (struct message *message = ledger->answers; message != NULL; message = message->next) {
        struct ledger_job *const job = job_of(message);
        if (job->status == STATUS_OK) {
            job->status = status;
            job->fault = *fault;
            job->at = 0;
        }
    }
}

static void answer(struct ledger *ledger)
{
    struct message *message = ledger->answers;
    while (message != NULL) {
        struct message *const next = message->next;
        mailbox_send(job_of(message)->home, message);
        message = next;
    }
}

// False when there was nothing to do.
static bool run_turn(struct ledger *ledger)
{
    struct fault fault = {0};
    turn_begin(ledger);
    const bool was_due = run_due(ledger);
    const size_t job_count = run_jobs(ledger);
    if (!was_due && job_count == 0) {
        return false;
    }
    const enum status status = append(ledger, &fault);
    if (status == STATUS_OK) {
        publish(ledger);
    } else {
        undo(ledger, status, &fault);
    }
    count(&ledger->turn_count, 1);
    answer(ledger);
    return true;
}

static int64_t wait_us(const struct ledger *ledger)
{
    const int64_t deadline_us = next_deadline_us(ledger);
    if (deadline_us == INT64_MAX) {
        return -1;
    }
    const int64_t now_us = sys_wall_us(ledger->sys);
    return deadline_us > now_us ? deadline_us - now_us : 0;
}

void ledger_write(void *context)
{
    struct ledger *const ledger = context;
    generation_reader_begins();
    for (;;) {
        const bool is_closing = atomic_load_explicit(&ledger->is_closing, memory_order_acquire);
        generation_turn_begins();
        const bool has_run = run_turn(ledger);
        generation_turn_ends();
        if (has_run) {
            continue;
        }
        if (is_closing) {
            break;
        }
        (void)bell_wait(&ledger->bell, wait_us(ledger));
    }
    generation_reader_ends();
}
