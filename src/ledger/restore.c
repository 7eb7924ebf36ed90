#include <stdio.h>

#include "ledger/effect.h"
#include "ledger/folder.h"
#include "sys/clock.h"

void ledger_restore_mark_encode(const struct ledger_restore_mark *mark, uint8_t out[32])
{
    const uint64_t values[4] = {mark->at, (uint64_t)mark->at_us, mark->seen,
                                (uint64_t)mark->restored_us};
    for (unsigned i = 0; i < 32; i++) {
        out[i] = (uint8_t)(values[i / 8] >> 8 * (i % 8));
    }
}

enum status ledger_restore_mark_decode(struct bytes value, struct ledger_restore_mark *mark,
                                       struct fault *fault)
{
    struct reader reader = {.rest = value};
    mark->at = reader_u64(&reader);
    mark->at_us = (int64_t)reader_u64(&reader);
    mark->seen = reader_u64(&reader);
    mark->restored_us = (int64_t)reader_u64(&reader);
    return reader.overrun || reader.rest.size != 0
               ? fault_set(fault, STATUS_CORRUPT, "the mark of a restore is damaged")
               : STATUS_OK;
}

enum status ledger_records_copy(struct journal_cursor *cursor, struct journal *copy, lsn upto,
                                int64_t upto_us, struct journal_record *beyond, struct fault *fault)
{
    struct journal_record record;
    while (journal_last(copy) < upto) {
        const enum status status = journal_cursor_next(cursor, &record, fault);
        if (status == STATUS_NOT_FOUND) {
            return STATUS_OK;
        }
        TRY(status);
        if (record.time_us > upto_us) {
            if (beyond != NULL) {
                *beyond = record;
            }
            return STATUS_OK;
        }
        lsn at = 0;
        TRY(journal_append(copy, record.time_us, record.content, &at, fault));
        if (at != record.at) {
            return fault_set(fault, STATUS_CORRUPT, "record %llu does not follow record %llu",
                             (unsigned long long)record.at, (unsigned long long)(at - 1));
        }
    }
    return STATUS_OK;
}

// --- Files ---

struct copy {
    const struct sys *sys;
    struct memory_account *account;
    const char *from, *to;
    enum status status;
    struct fault *fault;
};

static enum status file_copy(const struct copy *copy, const char *name)
{
    enum { CHUNK_SIZE = 1 << 20 };
    char from_path[FILE_PATH_MAX], to_path[FILE_PATH_MAX];
    TRY(ledger_folder_part(copy->from, name, from_path, copy->fault));
    TRY(ledger_folder_part(copy->to, name, to_path, copy->fault));
    SCOPED(buffer_free) struct buffer chunk = {.account = copy->account};
    SCOPED(file_close) struct file from = {0};
    SCOPED(file_close) struct file to = {0};
    uint8_t *const data = buffer_reserve(&chunk, CHUNK_SIZE);
    if (data == NULL) {
        return fault_set(copy->fault, STATUS_NO_MEMORY, "no memory to copy files");
    }
    TRY(file_open(copy->sys, from_path, SYS_OPEN_SEQUENTIAL, &from, copy->fault));
    TRY(file_open(copy->sys, to_path, SYS_OPEN_CREATE, &to, copy->fault));
    uint64_t offset = 0;
    for (size_t got = 1; got != 0; offset += got) {
        TRY(file_read_some(&from, data, CHUNK_SIZE, offset, &got, copy->fault));
        if (got != 0) {
            TRY(file_write_at(&to, data, got, offset, copy->fault));
        }
    }
    return file_sync(&to, copy->fault);
}

static void copy_name(void *context, const char *name)
{
    struct copy *const copy = context;
    if (copy->status == STATUS_OK && strcmp(name, "LOCK") != 0) {
        copy->status = file_copy(copy, name);
    }
}

static enum status store_copy(const struct sys *sys, struct memory_account *account,
                              const struct ledger_restore *wanted, struct fault *fault)
{
    char from[FILE_PATH_MAX], to[FILE_PATH_MAX];
    TRY(ledger_folder_part(wanted->backup, "store", from, fault));
    TRY(ledger_folder_part(wanted->folder, "store", to, fault));
    struct copy copy = {.sys = sys, .account = account, .from = from, .to = to, .fault = fault};
    TRY(sys->make_directory(sys, to, fault));
    TRY(sys->list_directory(sys, from, copy_name, &copy, fault));
    TRY(copy.status);
    return sys->sync_directory(sys, to, fault);
}

struct restoring {
    const struct sys *sys;
    struct memory_account *account;
    const struct ledger_restore *wanted;
    struct ledger_restored *restored;
    struct journal *journal; // the new one
    struct buffer settled;   // effects of a record that follows the point
    lsn applied;             // by the store of the backup
    int64_t applied_us;      // the time of that record; 0: none
};

// How far the store is that was copied.
static enum status position_read(struct restoring *restoring, struct store *store,
                                 struct fault *fault)
{
    SCOPED(buffer_free) struct buffer value = {.account = restoring->account};
    restoring->applied = store_applied(store);
    const enum status status =
        store_get(store, NULL, TABLE_META, bytes_from_text(LEDGER_META_STORED), &value, fault);
    struct reader reader = {.rest = buffer_bytes(&value)};
    restoring->applied_us = status == STATUS_OK ? (int64_t)reader_u64(&reader) : 0;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status store_position(struct restoring *restoring, struct fault *fault)
{
    enum { MEMORY_SIZE = 8 << 20 };
    char part[FILE_PATH_MAX];
    struct store_table tables[TABLE_COUNT] = {0};
    struct store *store = NULL;
    for (unsigned i = 0; i < TABLE_COUNT; i++) {
        tables[i].name = ledger_table_names[i];
    }
    TRY(ledger_folder_part(restoring->wanted->folder, "store", part, fault));
    TRY(store_open(restoring->account, part, tables, TABLE_COUNT, MEMORY_SIZE, &store, fault));
    const enum status status = position_read(restoring, store, fault);
    store_close(store);
    return status;
}

// --- Records ---

// Deliveries that were made after the point are not to be made again.
static enum status settle(struct restoring *restoring, const struct journal_record *record,
                          struct fault *fault)
{
    struct bytes rest = record->content;
    struct effect effect;
    enum status status;
    while ((status = effect_decode(&rest, &effect, fault)) == STATUS_OK) {
        if (effect.table == TABLE_DELIVERY && effect.kind != EFFECT_PUT) {
            (void)effect_begin(&restoring->settled, effect.table, effect.kind, effect.key, 0);
            restoring->restored->settled++;
        }
    }
    restoring->restored->seen = record->at;
    return status == STATUS_NOT_FOUND ? buffer_status(&restoring->settled) : status;
}

static enum status take_from_cursor(struct restoring *restoring, struct journal_cursor *cursor,
                                    struct fault *fault)
{
    const struct ledger_restore *const wanted = restoring->wanted;
    struct journal_record record = {0};
    if (restoring->restored->seen == 0) {
        TRY(ledger_records_copy(cursor, restoring->journal,
                                wanted->to == 0 ? UINT64_MAX : wanted->to,
                                wanted->to_us == 0 ? INT64_MAX : wanted->to_us, &record, fault));
    }
    if (record.at != 0) {
        TRY(settle(restoring, &record, fault));
    }
    enum status status;
    while ((status = journal_cursor_next(cursor, &record, fault)) == STATUS_OK) {
        TRY(settle(restoring, &record, fault));
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

// Takes the records of a folder's journal that follow those seen: up to the point into the new journal,
// beyond it what they settle.
static enum status take_from(struct restoring *restoring, const char *folder, struct fault *fault)
{
    char part[FILE_PATH_MAX];
    struct journal *source = NULL;
    struct journal_cursor *cursor = NULL;
    TRY(ledger_folder_part(folder, "journal", part, fault));
    const struct journal_options options = {.segment_size = 1 << 20, .is_read_only = true};
    TRY(journal_open(restoring->sys, restoring->account, part, &options, &source, fault));
    const lsn last = journal_last(restoring->journal);
    const lsn next = (restoring->restored->seen > last ? restoring->restored->seen : last) + 1;
    enum status status = STATUS_OK;
    if (journal_last(source) >= next) {
        status = journal_cursor_open(source, next, &cursor, fault);
    }
    if (status == STATUS_NOT_FOUND) {
        status = fault_set(fault, STATUS_OUT_OF_RANGE,
                           "%s: begins with record %llu, the backup ends with %llu: records "
                           "between them are gone; --journal-keep of the server keeps them",
                           part, (unsigned long long)journal_first(source),
                           (unsigned long long)(next - 1));
    }
    if (status == STATUS_OK && cursor != NULL) {
        status = take_from_cursor(restoring, cursor, fault);
    }
    journal_cursor_close(cursor);
    journal_close(source);
    return status;
}

// Another history's record with the same number is another record.
static enum status check_history(const struct sys *sys, const struct ledger_restore *wanted,
                                 uint64_t history, struct fault *fault)
{
    unsigned version = 0;
    uint64_t other = 0;
    TRY(ledger_folder_version(sys, wanted->journal, &version, &other, fault));
    if (other != history) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "%s: its journal does not continue this backup: the data was restored or "
                         "begun anew since",
                         wanted->journal);
    }
    return STATUS_OK;
}

static enum status check_point(const struct restoring *restoring, struct fault *fault)
{
    const struct ledger_restore *const wanted = restoring->wanted;
    const lsn last = journal_last(restoring->journal);
    if (wanted->to != 0 && last < wanted->to) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "--to %llu: the last record there is, is %llu; --journal DIR names the "
                         "data directory with those after the backup",
                         (unsigned long long)wanted->to, (unsigned long long)last);
    }
    return STATUS_OK;
}

// The record after the point: what was settled since, and the mark that modules look for.
static enum status mark(struct restoring *restoring, struct fault *fault)
{
    struct ledger_restored *const restored = restoring->restored;
    struct buffer *const effects = &restoring->settled;
    restored->at = journal_last(restoring->journal);
    restored->at_us = restored->at == restoring->applied ? restoring->applied_us
                                                         : journal_last_us(restoring->journal);
    restored->seen = restored->seen < restored->at ? restored->at : restored->seen;
    const struct ledger_restore_mark values = {.at = restored->at,
                                               .at_us = restored->at_us,
                                               .seen = restored->seen,
                                               .restored_us = sys_wall_us(restoring->sys)};
    uint8_t *const room =
        effect_begin(effects, TABLE_META, EFFECT_PUT, bytes_from_text(LEDGER_META_RESTORED), 32);
    if (room == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for what was delivered since");
    }
    ledger_restore_mark_encode(&values, room);
    lsn at = 0;
    TRY(journal_append(restoring->journal, restored->at_us, buffer_bytes(effects), &at, fault));
    return journal_sync(restoring->journal, fault);
}

static enum status restore_records(struct restoring *restoring, struct fault *fault)
{
    const struct ledger_restore *const wanted = restoring->wanted;
    TRY(take_from(restoring, wanted->backup, fault));
    if (wanted->journal != NULL) {
        TRY(take_from(restoring, wanted->journal, fault));
    }
    TRY(check_point(restoring, fault));
    return mark(restoring, fault);
}

static enum status restore_into(struct restoring *restoring, uint64_t history, struct fault *fault)
{
    const struct ledger_restore *const wanted = restoring->wanted;
    const struct sys *const sys = restoring->sys;
    char part[FILE_PATH_MAX];
    if (wanted->journal != NULL) {
        TRY(check_history(sys, wanted, history, fault));
    }
    TRY(ledger_folder_make_empty(sys, wanted->folder, fault));
    TRY(store_copy(sys, restoring->account, wanted, fault));
    TRY(store_position(restoring, fault));
    if ((wanted->to != 0 && wanted->to < restoring->applied) ||
        (wanted->to_us != 0 && wanted->to_us < restoring->applied_us)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "--to lies before the backup, which holds all records up to %llu: restore "
                         "an earlier one",
                         (unsigned long long)restoring->applied);
    }
    TRY(ledger_folder_part(wanted->folder, "journal", part, fault));
    const struct journal_options options = {.segment_size = 1 << 20,
                                            .first = restoring->applied + 1};
    TRY(journal_open(sys, restoring->account, part, &options, &restoring->journal, fault));
    TRY(restore_records(restoring, fault));
    // From here on it is a history of its own.
    return ledger_folder_mark(sys, wanted->folder, sys->random(sys), fault);
}

enum status ledger_restore(const struct sys *sys, struct memory_account *account,
                           const struct ledger_restore *wanted, struct ledger_restored *restored,
                           struct fault *fault)
{
    unsigned version = 0;
    uint64_t history = 0;
    *restored = (struct ledger_restored){0};
    const enum status found = ledger_folder_version(sys, wanted->backup, &version, &history, fault);
    if (found == STATUS_NOT_FOUND) {
        return fault_set(fault, STATUS_NOT_FOUND,
                         "%s: is no backup, or one that was not finished: it has no VERSION",
                         wanted->backup);
    }
    TRY(found);
    struct restoring restoring = {.sys = sys,
                                  .account = account,
                                  .wanted = wanted,
                                  .restored = restored,
                                  .settled = {.account = account}};
    const enum status status = restore_into(&restoring, history, fault);
    journal_close(restoring.journal);
    buffer_free(&restoring.settled);
    return status;
}
