#include "ledger/ledger_private.h"

static bool row_is_expired(void *context, struct bytes key, struct bytes value)
{
    const struct ledger_aged *const aged = context;
    return aged->stage->is_expired(aged->stage->context, aged->table, key, value);
}

// One stage at most has an opinion on when rows of a table have aged.
static void tables_set(struct ledger *ledger, struct store_table tables[TABLE_COUNT])
{
    for (unsigned table = 0; table < TABLE_COUNT; table++) {
        struct ledger_aged *const aged = &ledger->aged[table];
        *aged = (struct ledger_aged){.table = (enum ledger_table)table};
        for (size_t i = 0; i < ledger->stage_count; i++) {
            const struct ledger_stage *const stage = &ledger->stages[i];
            if ((stage->tables & 1U << table) != 0 && stage->is_expired != NULL) {
                aged->stage = stage;
            }
        }
        tables[table] =
            (struct store_table){.name = ledger_table_names[table],
                                 .is_expired = aged->stage != NULL ? row_is_expired : NULL,
                                 .context = aged};
    }
}

enum status ledger_store_open(struct ledger *ledger, struct fault *fault)
{
    struct store_table tables[TABLE_COUNT];
    char part[FILE_PATH_MAX];
    const bool has_folder = ledger->settings.folder != NULL;
    if (has_folder) {
        TRY(ledger_folder_part(ledger->folder.path, "store", part, fault));
    }
    tables_set(ledger, tables);
    TRY(store_open(ledger->account, has_folder ? part : NULL, tables, TABLE_COUNT,
                   ledger->settings.store_memory_size, &ledger->store, fault));
    const lsn applied = store_applied(ledger->store);
    atomic_store_explicit(&ledger->stored, applied, memory_order_relaxed);
    ledger->flushed = applied;
    return store_batch_new(ledger->store, &ledger->batch, fault);
}

enum status ledger_read_begin(struct ledger *ledger, lsn at, struct store **store,
                              struct store_snapshot **snapshot, struct fault *fault)
{
    const lsn last = ledger_last(ledger);
    const lsn wanted = at == 0 || at > last ? last : at;
    enum status status = STATUS_OK;
    (void)pthread_mutex_lock(&ledger->store_lock);
    ledger->waiting_count++;
    while (status == STATUS_OK && (ledger->stored < wanted || ledger->store == NULL)) {
        bell_ring(&ledger->checkpoint_bell);
        (void)pthread_cond_wait(&ledger->store_moved, &ledger->store_lock);
        if (ledger->has_failed) {
            status = fault_set(fault, ledger->store_fault.status, "the store cannot follow: %s",
                               ledger->store_fault.text);
        } else if (ledger->has_ended && ledger->stored < wanted) {
            status = fault_set(fault, STATUS_CANCELLED, "the server is being stopped");
        }
    }
    ledger->waiting_count--;
    if (status == STATUS_OK) {
        *snapshot = store_snapshot_take(ledger->store);
        *store = ledger->store;
        status = *snapshot == NULL ? fault_set(fault, STATUS_NO_MEMORY, "no memory for a snapshot")
                                   : STATUS_OK;
        ledger->reader_count += status == STATUS_OK;
    }
    (void)pthread_mutex_unlock(&ledger->store_lock);
    return status;
}

void ledger_read_end(struct ledger *ledger, struct store_snapshot *snapshot)
{
    (void)pthread_mutex_lock(&ledger->store_lock);
    store_snapshot_release(ledger->store, snapshot);
    ledger->reader_count--;
    (void)pthread_mutex_unlock(&ledger->store_lock);
}
