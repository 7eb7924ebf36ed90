#include "ledger/ledger_private.h"

// The records that the store of the backup does not have.
static enum status tail_copy(struct ledger *ledger, const char *folder, lsn upto,
                             struct fault *fault)
{
    char part[FILE_PATH_MAX];
    struct journal *copy = NULL;
    struct journal_cursor *cursor = NULL;
    const lsn first = store_applied(ledger->store) + 1;
    TRY(ledger_folder_part(folder, "journal", part, fault));
    const struct journal_options options = {.segment_size = 256 << 10, .first = first};
    TRY(journal_open(ledger->sys, ledger->account, part, &options, &copy, fault));
    enum status status = journal_cursor_open(ledger->journal, first, &cursor, fault);
    if (status == STATUS_OK) {
        status = ledger_records_copy(cursor, copy, upto, INT64_MAX, NULL, fault);
    }
    if (status == STATUS_OK) {
        status = journal_sync(copy, fault);
    }
    journal_cursor_close(cursor);
    journal_close(copy);
    return status;
}

// With the store's lock held: the checkpointer neither moves the store nor lets go of the journal.
static enum status copy_all(struct ledger *ledger, const char *folder, struct fault *fault)
{
    char part[FILE_PATH_MAX];
    const lsn upto = ledger_last(ledger);
    if (ledger->store == NULL) {
        return fault_set(fault, STATUS_IO, "the store cannot be copied: %s",
                         ledger->store_fault.text);
    }
    TRY(ledger_folder_part(folder, "store", part, fault));
    TRY(store_checkpoint(ledger->store, part, fault));
    TRY(tail_copy(ledger, folder, upto, fault));
    return ledger_folder_mark(ledger->sys, folder, ledger->folder.history, fault);
}

// A short tail makes a backup that is quickly restored. One that nobody writes to has the tail it has.
static enum status catch_up(struct ledger *ledger, struct fault *fault)
{
    struct store *store = NULL;
    struct store_snapshot *snapshot = NULL;
    if (ledger->checkpointer.is_started) {
        TRY(ledger_read_begin(ledger, 0, &store, &snapshot, fault));
        ledger_read_end(ledger, snapshot);
    }
    return STATUS_OK;
}

enum status ledger_backup(struct ledger *ledger, const char *folder, struct fault *fault)
{
    if (ledger->settings.folder == NULL) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "the data is in memory only: a backup wants --data DIR");
    }
    TRY(ledger_folder_make_empty(ledger->sys, folder, fault));
    TRY(catch_up(ledger, fault));
    (void)pthread_mutex_lock(&ledger->store_lock);
    const enum status status = copy_all(ledger, folder, fault);
    (void)pthread_mutex_unlock(&ledger->store_lock);
    return status;
}
