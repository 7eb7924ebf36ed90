#include "ledger/ledger_private.h"
#include "sys/clock.h"

enum {
    WINDOW_EFFECTS_SIZE = 8 << 20, // brought to the store at once
    IDLE_US = 1000000,             // the store is at most so far behind when little is written
    FLUSH_US = 10 * 1000000,       // a flush at the latest after the one before
    RETRY_US = 1000000,            // after the store failed
};
static const int64_t COMPACT_US = INT64_C(3600) * 1000000; // looks for aged rows

static unsigned tables_of(const struct ledger *ledger)
{
    const unsigned all = (1U << TABLE_COUNT) - 1;
    return ledger->settings.folder == NULL ? all & ~TABLES_IN_MEMORY : all;
}

// Reads up to a window of records.
static enum status window_fill(struct ledger *ledger, uint64_t *size, struct fault *fault)
{
    struct journal_record record;
    enum status status = STATUS_OK;
    if (ledger->cursor == NULL) {
        TRY(journal_cursor_open(ledger->journal, ledger->stored + 1, &ledger->cursor, fault));
    }
    while (status == STATUS_OK && *size < WINDOW_EFFECTS_SIZE) {
        status = journal_cursor_next(ledger->cursor, &record, fault);
        if (status == STATUS_OK) {
            *size += record.content.size;
            status = window_add(&ledger->window, &record, tables_of(ledger), fault);
        }
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

// The store never holds what a power cut could take from the journal.
static enum status window_bring(struct ledger *ledger, struct fault *fault)
{
    if (journal_synced(ledger->journal) < ledger->window.last) {
        TRY(journal_sync(ledger->journal, fault));
    }
    return window_apply(&ledger->window, ledger->store, ledger->batch, fault);
}

static enum status flush(struct ledger *ledger, struct fault *fault)
{
    const lsn stored = ledger->stored;
    if (stored != ledger->flushed) {
        if (ledger->settings.folder != NULL) {
            TRY(store_flush(ledger->store, fault));
        }
        ledger->flushed = stored;
    }
    ledger->unflushed_size = 0;
    ledger->flushed_us = sys_monotonic_us(ledger->sys);
    const int64_t before_us = ledger->settings.journal_keep_us == 0
                                  ? INT64_MAX
                                  : sys_wall_us(ledger->sys) - ledger->settings.journal_keep_us;
    return journal_trim(ledger->journal, stored + 1, before_us, fault);
}

// One window, and a flush when it is time. With the store's lock held.
static enum status bring(struct ledger *ledger, bool is_last, uint64_t *size, struct fault *fault)
{
    if (ledger->store == NULL) {
        TRY(ledger_store_open(ledger, fault));
        store_begin_merging(ledger->store);
    }
    TRY(window_fill(ledger, size, fault));
    if (ledger->window.last > ledger->stored) {
        const lsn last = ledger->window.last;
        TRY(window_bring(ledger, fault));
        atomic_store_explicit(&ledger->stored, last, memory_order_relaxed);
        ledger->unflushed_size += *size;
        figure_add(&ledger->consumed_size, *size);
    }
    const int64_t since_us = sys_monotonic_us(ledger->sys) - ledger->flushed_us;
    const bool is_time = is_last || since_us >= FLUSH_US ||
                         ledger->unflushed_size >= ledger->settings.tail_record_size / 2;
    return is_time ? flush(ledger, fault) : STATUS_OK;
}

// Begins again from what the store has kept. RocksDB refuses all writes after one has failed, until it
// is opened anew; nobody may be reading then.
static void start_over(struct ledger *ledger, enum status status, const struct fault *fault)
{
    ledger->has_failed = true;
    ledger->store_fault = *fault;
    ledger->store_fault.status = status;
    window_clear(&ledger->window);
    journal_cursor_close(ledger->cursor);
    ledger->cursor = NULL;
    if (ledger->reader_count == 0 && ledger->settings.folder != NULL) {
        store_batch_free(ledger->batch);
        store_close(ledger->store);
        ledger->batch = NULL;
        ledger->store = NULL;
        figure_add(&ledger->consumed_size, 0 - ledger->unflushed_size);
        ledger->unflushed_size = 0;
    }
}

// False when the store failed.
static bool step(struct ledger *ledger, bool is_last, uint64_t *size)
{
    struct fault fault = {0};
    *size = 0;
    (void)pthread_mutex_lock(&ledger->store_lock);
    const enum status status = bring(ledger, is_last, size, &fault);
    if (status == STATUS_OK) {
        ledger->has_failed = false;
    } else {
        start_over(ledger, status, &fault);
    }
    atomic_store(&ledger->is_store_failing, status != STATUS_OK);
    (void)pthread_cond_broadcast(&ledger->store_moved);
    (void)pthread_mutex_unlock(&ledger->store_lock);
    return status == STATUS_OK;
}

static bool first_has_aged(const struct ledger *ledger, const struct ledger_aged *aged)
{
    struct store_cursor *cursor = NULL;
    struct bytes key, value;
    if (store_cursor_open(ledger->store, NULL, aged->table, &(struct store_range){0}, &cursor,
                          NULL) != STATUS_OK) {
        return false;
    }
    const bool has_aged = store_cursor_next(cursor, &key, &value) &&
                          aged->stage->is_expired(aged->stage->context, aged->table, key, value);
    store_cursor_close(cursor);
    return has_aged;
}

// Aged rows go when files are merged, which those that are never written again wait for too long.
static void compact_aged(struct ledger *ledger)
{
    const int64_t now_us = sys_monotonic_us(ledger->sys);
    if (ledger->store == NULL || now_us - ledger->compacted_us < COMPACT_US) {
        return;
    }
    ledger->compacted_us = now_us;
    for (unsigned table = 0; table < TABLE_COUNT; table++) {
        const struct ledger_aged *const aged = &ledger->aged[table];
        if (aged->stage != NULL && first_has_aged(ledger, aged)) {
            store_compact(ledger->store, table);
        }
    }
}

static bool is_wanted(struct ledger *ledger)
{
    (void)pthread_mutex_lock(&ledger->store_lock);
    const bool is_wanted = ledger->waiting_count != 0;
    (void)pthread_mutex_unlock(&ledger->store_lock);
    return is_wanted;
}

// Merging files gets time before more come; meanwhile the tail grows and writers wait.
static void wait_for_merging(struct ledger *ledger)
{
    enum { WAIT_US = 5000, WAITS_MAX = 400 };
    for (unsigned i = 0;
         i < WAITS_MAX && ledger->store != NULL && store_is_behind(ledger->store) &&
         !atomic_load_explicit(&ledger->is_checkpoint_closing, memory_order_relaxed);
         i++) {
        ledger->sys->sleep(ledger->sys, WAIT_US);
    }
}

static void end(struct ledger *ledger)
{
    (void)pthread_mutex_lock(&ledger->store_lock);
    ledger->has_ended = true;
    (void)pthread_cond_broadcast(&ledger->store_moved);
    (void)pthread_mutex_unlock(&ledger->store_lock);
}

void ledger_checkpoint(void *context)
{
    struct ledger *const ledger = context;
    ledger->flushed_us = ledger->compacted_us = sys_monotonic_us(ledger->sys);
    store_begin_merging(ledger->store);
    bool has_worked = true;
    for (;;) {
        uint64_t size = 0;
        // Before it looks, so that what was written until then is brought there.
        const bool is_closing =
            atomic_load_explicit(&ledger->is_checkpoint_closing, memory_order_acquire);
        wait_for_merging(ledger);
        const bool is_last = is_closing && ledger_tail_size(ledger) <= WINDOW_EFFECTS_SIZE;
        const bool is_right = step(ledger, is_last, &size);
        if (is_closing && (is_last || !is_right)) {
            break;
        }
        if (!is_right) {
            (void)bell_wait(&ledger->checkpoint_bell, RETRY_US);
        } else if (!is_closing && size < WINDOW_EFFECTS_SIZE && !is_wanted(ledger)) {
            compact_aged(ledger);
            if (size == 0 && has_worked) { // nothing came for a while
                window_free(&ledger->window);
                memory_trim();
            }
            has_worked = size != 0;
            (void)bell_wait(&ledger->checkpoint_bell, IDLE_US);
        }
    }
    end(ledger);
}
