#include "ledger/ledger.h"

#include <assert.h>

#include "ledger/ledger_private.h"
#include "shard/shard.h"

static void wake_now(void *context)
{
    bell_ring(context);
}

// Jobs of one turn of a shard come to the writer together.
static void wake(void *context)
{
    if (!shard_wake_late(wake_now, context)) {
        wake_now(context);
    }
}

static void settings_complete(struct ledger_settings *settings)
{
    enum { MIB = 1 << 20 };
    if (settings->durability == DURABILITY_DEFAULT) {
        settings->durability = DURABILITY_COMMIT;
    }
    if (settings->journal_segment_size == 0) {
        settings->journal_segment_size = (size_t)(settings->folder == NULL ? 4 : 64) * MIB;
    }
    if (settings->tail_record_size == 0) {
        settings->tail_record_size = (uint64_t)32 * MIB;
    }
    if (settings->store_memory_size == 0) {
        settings->store_memory_size = (size_t)16 * MIB;
    }
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
    made->window.content.account = account;
    settings_complete(&made->settings);
    bell_begin(&made->bell);
    bell_begin(&made->sync_bell);
    bell_begin(&made->checkpoint_bell);
    mailbox_begin(&made->mailbox, wake, &made->bell);
    mailbox_begin(&made->unsynced, wake, &made->sync_bell);
    (void)pthread_mutex_init(&made->store_lock, NULL);
    (void)pthread_cond_init(&made->store_moved, NULL);
    *ledger = made;
    return STATUS_OK;
}

const struct sys *ledger_sys(const struct ledger *ledger)
{
    return ledger->sys;
}

void ledger_stage_add(struct ledger *ledger, const struct ledger_stage *stage)
{
    assert(ledger->stage_count < LEDGER_STAGES_MAX);
    ledger->stages[ledger->stage_count++] = *stage;
}

static enum status journal_open_at(struct ledger *ledger, struct fault *fault)
{
    const bool is_memory = ledger->settings.folder == NULL;
    char part[FILE_PATH_MAX] = "";
    if (!is_memory) {
        TRY(ledger_folder_part(ledger->folder.path, "journal", part, fault));
    }
    const struct journal_options options = {.segment_size = ledger->settings.journal_segment_size,
                                            .is_memory = is_memory};
    return journal_open(ledger->sys, ledger->account, part, &options, &ledger->journal, fault);
}

enum status ledger_open(struct ledger *ledger, struct fault *fault)
{
    if (ledger->settings.folder != NULL) {
        TRY(ledger_folder_open(ledger->sys, ledger->settings.folder, &ledger->folder, fault));
    }
    TRY(journal_open_at(ledger, fault));
    TRY(ledger_store_open(ledger, fault));
    ledger->turn.now_us = journal_last_us(ledger->journal);
    atomic_store_explicit(&ledger->last, journal_last(ledger->journal), memory_order_release);
    return ledger_load(ledger, fault);
}

enum status ledger_start(struct ledger *ledger, struct fault *fault)
{
    TRY(thread_start(&ledger->checkpointer, "checkpoint", ledger_checkpoint, ledger, fault));
    TRY(thread_start(&ledger->syncer, "sync", ledger_sync, ledger, fault));
    return thread_start(&ledger->writer, "ledger", ledger_write, ledger, fault);
}

// The writer ends first, then what waits for it.
static void threads_end(struct ledger *ledger)
{
    atomic_store_explicit(&ledger->is_closing, true, memory_order_release);
    bell_ring(&ledger->bell);
    thread_join(&ledger->writer);
    atomic_store_explicit(&ledger->is_sync_closing, true, memory_order_release);
    bell_ring(&ledger->sync_bell);
    thread_join(&ledger->syncer);
    atomic_store_explicit(&ledger->is_checkpoint_closing, true, memory_order_release);
    bell_ring(&ledger->checkpoint_bell);
    thread_join(&ledger->checkpointer);
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL) {
        return;
    }
    threads_end(ledger);
    journal_cursor_close(ledger->cursor);
    window_free(&ledger->window);
    store_batch_free(ledger->batch);
    store_close(ledger->store);
    journal_close(ledger->journal);
    ledger_folder_close(&ledger->folder);
    buffer_free(&ledger->turn.effects);
    bell_end(&ledger->bell);
    bell_end(&ledger->sync_bell);
    bell_end(&ledger->checkpoint_bell);
    (void)pthread_mutex_destroy(&ledger->store_lock);
    (void)pthread_cond_destroy(&ledger->store_moved);
    memory_give(ledger);
}

static void job_answered(struct message *message)
{
    struct ledger_job *const job = job_of(message);
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
        .syncs = atomic_load_explicit(&ledger->sync_count, memory_order_relaxed),
        .last = ledger_last(ledger),
        .stored = atomic_load_explicit(&ledger->stored, memory_order_relaxed),
        .tail_size = ledger_tail_size(ledger),
        .journal_size = journal_size(ledger->journal),
    };
}
