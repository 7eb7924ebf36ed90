#include <assert.h>
#include <stddef.h>

#include "ledger/ledger_private.h"
#include "shard/generation.h"
#include "sys/clock.h"

// A turn ends when it has run so many jobs, or when its record has grown so large.
enum { TURN_JOBS_MAX = 2048, TURN_SIZE = 512 << 10 };
// Room wanted before a turn: its record, and a large last job.
enum { RESERVE_SIZE = 1 << 20, RETRY_US = 100000 };

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
    if (job->status == STATUS_OK && ledger->refusal != STATUS_OK) {
        job->status = ledger->refusal;
        job->fault = ledger->refusal_fault;
    }
    if (job->status == STATUS_OK) {
        job->status = job->run(job, turn, &job->fault);
        if (job->status != STATUS_OK) {
            turn->effects.size = size_before;
        }
        job->at = turn->effects.size == size_before ? 0 : turn->at;
    } else {
        figure_add(&ledger->refused_count, 1);
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
    figure_add(&ledger->job_count, job_count);
    return job_count;
}

// Asks for room before anything runs, now and then again once it was refused.
static void ask_for_room(struct ledger *ledger)
{
    const int64_t now_us = ledger->turn.monotonic_us;
    if (ledger->refusal != STATUS_OK && now_us < ledger->retry_us) {
        return;
    }
    struct fault *const fault = &ledger->refusal_fault;
    ledger->refusal = journal_reserve(ledger->journal, RESERVE_SIZE, fault);
    if (ledger->refusal == STATUS_OK && atomic_load(&ledger->is_store_failing) &&
        ledger_tail_size(ledger) > ledger->settings.tail_record_size * 4) {
        (void)pthread_mutex_lock(&ledger->store_lock);
        ledger->refusal =
            fault_set(fault, STATUS_NO_SPACE, "writes are refused until the store can follow: %s",
                      ledger->store_fault.text);
        (void)pthread_mutex_unlock(&ledger->store_lock);
    }
    if (ledger->refusal != STATUS_OK) {
        ledger->retry_us = now_us + RETRY_US;
    }
}

static enum status append(struct ledger *ledger, struct fault *fault)
{
    struct ledger_turn *const turn = &ledger->turn;
    if (turn->effects.failed) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the effects of this turn");
    }
    if (turn->effects.size == 0) {
        return STATUS_OK;
    }
    lsn at = 0;
    TRY(journal_append(ledger->journal, turn->now_us, buffer_bytes(&turn->effects), &at, fault));
    assert(at == turn->at);
    atomic_store_explicit(&ledger->last, at, memory_order_release);
    figure_add(&ledger->effects_size, turn->effects.size);
    figure_add(&ledger->appended_size, turn->effects.size);
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

// Answers that wait for the disk go by way of the syncer, and so do those behind them to the same home.
static bool is_held(const struct ledger *ledger, const struct ledger_job *job)
{
    const enum durability durability =
        job->durability == DURABILITY_DEFAULT ? ledger->settings.durability : job->durability;
    return (durability == DURABILITY_SYNC && job->at != 0) ||
           atomic_load_explicit(&job->home->held_count, memory_order_acquire) != 0;
}

static void answer(struct ledger *ledger)
{
    struct message *message = ledger->answers;
    while (message != NULL) {
        struct message *const next = message->next;
        struct ledger_job *const job = job_of(message);
        if (is_held(ledger, job)) {
            (void)atomic_fetch_add_explicit(&job->home->held_count, 1, memory_order_relaxed);
            mailbox_send(&ledger->unsynced, message);
        } else {
            mailbox_send(job->home, message);
        }
        message = next;
    }
}

// Writers wait for the store when it is too far behind: a restart would replay for long.
static void wait_for_store(struct ledger *ledger)
{
    enum { WAIT_US = 2000, WAITS_MAX = 50 };
    if (ledger_tail_size(ledger) > ledger->settings.tail_record_size / 8) {
        bell_ring(&ledger->checkpoint_bell);
    }
    for (unsigned i = 0; i < WAITS_MAX && !atomic_load(&ledger->is_store_failing) &&
                         ledger_tail_size(ledger) > ledger->settings.tail_record_size;
         i++) {
        ledger->sys->sleep(ledger->sys, WAIT_US);
    }
}

// False when there was nothing to do.
static bool run_turn(struct ledger *ledger)
{
    struct fault fault = {0};
    turn_begin(ledger);
    ask_for_room(ledger);
    const bool was_due = ledger->refusal == STATUS_OK && run_due(ledger);
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
    figure_add(&ledger->turn_count, 1);
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
    const int64_t left_us = deadline_us > now_us ? deadline_us - now_us : 0;
    return ledger->refusal != STATUS_OK && left_us < RETRY_US ? RETRY_US : left_us;
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
            wait_for_store(ledger);
            continue;
        }
        if (is_closing) {
            break;
        }
        (void)bell_wait(&ledger->bell, wait_us(ledger));
    }
    generation_reader_ends();
}
