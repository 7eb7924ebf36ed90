#include "ledger/ledger.h"

#include <assert.h>

#include "ledger/ledger_private.h"

static void wake(void *context)
{
    struct ledger *const ledger = context;
    bell_ring(&ledger->bell);
}

enum status ledger_new(const struct sys *sys, struct memory_account *account,
                       const struct ledger_settings *settings, struct ledger **ledger,
                       struct fault *fault)
{
    struct ledger *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the ledger");
    }
    made->sys = sys;
    made->account = account;
    made->settings = *settings;
    made->turn.ledger = made;
    made->turn.effects.account = account;
    bell_begin(&made->bell);
    mailbox_begin(&made->mailbox, wake, made);
    *ledger = made;
    return STATUS_OK;
}

void ledger_stage_add(struct ledger *ledger, const struct ledger_stage *stage)
{
    assert(ledger->stage_count < LEDGER_STAGES_MAX);
    ledger->stages[ledger->stage_count++] = *stage;
}

enum status ledger_open(struct ledger *ledger, struct fault *fault)
{
    if (ledger->settings.folder != NULL) {
        return fault_set(fault, STATUS_UNSUPPORTED, "%s: data is kept in memory only",
                         ledger->settings.folder);
    }
    for (size_t i = 0; i < ledger->stage_count; i++) {
        const struct ledger_stage *const stage = &ledger->stages[i];
        if (stage->loaded != NULL) {
            TRY(stage->loaded(stage->context, fault));
        }
    }
    return STATUS_OK;
}

enum status ledger_start(struct ledger *ledger, struct fault *fault)
{
    return thread_start(&ledger->writer, "ledger", ledger_write, ledger, fault);
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL) {
        return;
    }
    atomic_store_explicit(&ledger->is_closing, true, memory_order_release);
    bell_ring(&ledger->bell);
    thread_join(&ledger->writer);
    buffer_free(&ledger->turn.effects);
    bell_end(&ledger->bell);
    memory_give(ledger);
}

static void job_answered(struct message *message)
{
    struct ledger_job *const job =
        (struct ledger_job *)(void *)((char *)message - offsetof(struct ledger_job, message));
    job->answered(job);
}

void ledger_submit(struct ledger *ledger, struct ledger_job *job)
{
    const uint64_t waiting =
        atomic_fetch_add_explicit(&ledger->waiting, 1, memory_order_relaxed) + 1;
    job->status = STATUS_OK;
    job->fault.status = STATUS_OK;
    job->fault.text[0] = '\0';
    job->at = 0;
    job->message.deliver = job_answered;
    if (ledger->settings.queue_count != 0 && waiting > ledger->settings.queue_count) {
        // The writer hands it back in its turn, so that answers keep their order.
        job->status =
            fault_set(&job->fault, STATUS_BUSY, "%llu writes are waiting already: try again later",
                      (unsigned long long)(waiting - 1));
    }
    mailbox_send(&ledger->mailbox, &job->message);
}

void ledger_wake(struct ledger *ledger)
{
    bell_ring(&ledger->bell);
}

enum status ledger_read_begin(struct ledger *ledger, lsn at, struct store **store,
                              struct store_snapshot **snapshot, struct fault *fault)
{
    (void)ledger;
    (void)at;
    (void)store;
    (void)snapshot;
    return fault_set(fault, STATUS_UNSUPPORTED, "late reads want a data directory");
}

void ledger_read_end(struct ledger *ledger, struct store_snapshot *snapshot)
{
    (void)ledger;
    (void)snapshot;
}

lsn ledger_last(const struct ledger *ledger)
{
    return atomic_load_explicit(&ledger->last, memory_order_acquire);
}

struct ledger_figures ledger_figures(const struct ledger *ledger)
{
    return (struct ledger_figures){
        .jobs = atomic_load_explicit(&ledger->job_count, memory_order_relaxed),
        .refused_jobs = atomic_load_explicit(&ledger->refused_count, memory_order_relaxed),
        .turns = atomic_load_explicit(&ledger->turn_count, memory_order_relaxed),
        .effects_size = atomic_load_explicit(&ledger->effects_size, memory_order_relaxed),
        .waiting = atomic_load_explicit(&ledger->waiting, memory_order_relaxed),
        .last = ledger_last(ledger),
    };
}

enum status ledger_backup(struct ledger *ledger, const char *folder, struct fault *fault)
{
    (void)ledger;
    return fault_set(fault, STATUS_UNSUPPORTED, "%s: data in memory has no backup", folder);
}
