#include "ledger/ledger_private.h"

// Rows go from the thread that reads the store to the stages in chunks, so that both work at once.
enum { CHUNK_SIZE = 512 << 10, CHUNK_COUNT = 4 };

struct chunk {
    struct buffer rows; // (table u8, key size u32, value size u32, key, value) one after the other
};

struct load {
    struct ledger *ledger;
    struct chunk chunks[CHUNK_COUNT];
    struct queue *empty, *full;
    enum status status; // of the reading
    struct fault fault;
};

static bool is_wanted(const struct ledger *ledger, unsigned table)
{
    for (size_t i = 0; i < ledger->stage_count; i++) {
        const struct ledger_stage *const stage = &ledger->stages[i];
        if ((stage->tables & ~stage->late_tables & 1U << table) != 0) {
            return true;
        }
    }
    return false;
}

static void row_put(struct buffer *rows, struct bytes key, struct bytes value)
{
    buffer_append_u32(rows, (uint32_t)key.size);
    buffer_append_u32(rows, (uint32_t)value.size);
    buffer_append_bytes(rows, key);
    buffer_append_bytes(rows, value);
}

// Reads one table; `chunk` is the one being filled, NULL when the stages want no more.
static enum status table_read(struct load *load, unsigned table, struct chunk **chunk,
                              struct fault *fault)
{
    struct store_cursor *cursor = NULL;
    struct bytes key, value;
    TRY(store_cursor_open(load->ledger->store, NULL, table, &(struct store_range){.is_once = true},
                          &cursor, fault));
    while (*chunk != NULL && store_cursor_next(cursor, &key, &value)) {
        struct buffer *const rows = &(*chunk)->rows;
        buffer_append_u8(rows, (uint8_t)table);
        row_put(rows, key, value);
        if (rows->size >= CHUNK_SIZE) {
            void *next = NULL;
            const bool goes_on = queue_push(load->full, *chunk) && queue_take(load->empty, &next);
            *chunk = goes_on ? next : NULL;
        }
    }
    const enum status status = store_cursor_status(cursor, fault);
    store_cursor_close(cursor);
    return status;
}

static void read_tables(void *context)
{
    struct load *const load = context;
    void *first = NULL;
    struct chunk *chunk = queue_take(load->empty, &first) ? first : NULL;
    for (unsigned table = 0; table < TABLE_COUNT && load->status == STATUS_OK && chunk != NULL;
         table++) {
        if (is_wanted(load->ledger, table)) {
            load->status = table_read(load, table, &chunk, &load->fault);
        }
    }
    if (chunk != NULL && chunk->rows.size != 0 && !queue_push(load->full, chunk)) {
        chunk = NULL; // the stages have failed
    }
    queue_close(load->full);
}

static enum status row_give(const struct ledger *ledger, unsigned table, struct bytes key,
                            struct bytes value, struct fault *fault)
{
    for (size_t i = 0; i < ledger->stage_count; i++) {
        const struct ledger_stage *const stage = &ledger->stages[i];
        if ((stage->tables & 1U << table) != 0 && stage->load != NULL) {
            TRY(stage->load(stage->context, (enum ledger_table)table, key, value, fault));
        }
    }
    return STATUS_OK;
}

static enum status chunk_give(const struct ledger *ledger, struct chunk *chunk, struct fault *fault)
{
    TRY(buffer_status(&chunk->rows));
    struct reader reader = {.rest = buffer_bytes(&chunk->rows)};
    while (reader.rest.size != 0) {
        const unsigned table = reader_u8(&reader);
        const size_t key_size = reader_u32(&reader);
        const size_t value_size = reader_u32(&reader);
        const struct bytes key = reader_take(&reader, key_size);
        const struct bytes value = reader_take(&reader, value_size);
        TRY(row_give(ledger, table, key, value, fault));
    }
    buffer_clear(&chunk->rows);
    return STATUS_OK;
}

static enum status give_all(struct load *load, struct fault *fault)
{
    enum status status = STATUS_OK;
    void *item = NULL;
    while (status == STATUS_OK && queue_take(load->full, &item)) {
        status = chunk_give(load->ledger, item, fault);
        if (status == STATUS_OK && !queue_push(load->empty, item)) {
            break;
        }
    }
    queue_close(load->empty);
    queue_close(load->full);
    return status;
}

static enum status load_through(struct load *load, struct fault *fault)
{
    struct thread reader = {0};
    for (size_t i = 0; i < CHUNK_COUNT; i++) {
        load->chunks[i].rows.account = load->ledger->account;
        if (!queue_push(load->empty, &load->chunks[i])) {
            return STATUS_NO_MEMORY;
        }
    }
    TRY(thread_start(&reader, "load", read_tables, load, fault));
    const enum status status = give_all(load, fault);
    thread_join(&reader);
    if (status == STATUS_OK && load->status != STATUS_OK) {
        return fault_set(fault, load->status, "%s", load->fault.text);
    }
    return status;
}

static enum status load_tables(struct ledger *ledger, struct fault *fault)
{
    struct load load = {.ledger = ledger};
    enum status status = queue_new(ledger->account, CHUNK_COUNT, &load.empty, fault);
    if (status == STATUS_OK) {
        status = queue_new(ledger->account, CHUNK_COUNT, &load.full, fault);
    }
    if (status == STATUS_OK) {
        status = load_through(&load, fault);
    }
    for (size_t i = 0; i < CHUNK_COUNT; i++) {
        buffer_free(&load.chunks[i].rows);
    }
    queue_free(load.empty);
    queue_free(load.full);
    return status;
}

static enum status record_replay(struct ledger *ledger, const struct journal_record *record,
                                 struct fault *fault)
{
    struct bytes rest = record->content;
    struct effect effect;
    enum status status;
    while ((status = effect_decode(&rest, &effect, fault)) == STATUS_OK) {
        for (size_t i = 0; i < ledger->stage_count; i++) {
            const struct ledger_stage *const stage = &ledger->stages[i];
            if ((stage->tables & 1U << effect.table) != 0 && stage->replay != NULL) {
                TRY(stage->replay(stage->context, &effect, fault));
            }
        }
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status replay_tail(struct ledger *ledger, struct fault *fault)
{
    struct journal_cursor *cursor = NULL;
    struct journal_record record;
    uint64_t size = 0;
    TRY(journal_cursor_open(ledger->journal, store_applied(ledger->store) + 1, &cursor, fault));
    enum status status;
    while ((status = journal_cursor_next(cursor, &record, fault)) == STATUS_OK) {
        status = record_replay(ledger, &record, fault);
        if (status != STATUS_OK) {
            status = fault_prefix(fault, status, "record %llu of the journal",
                                  (unsigned long long)record.at);
            break;
        }
        size += record.content.size;
    }
    journal_cursor_close(cursor);
    atomic_store_explicit(&ledger->appended_size, size, memory_order_relaxed);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status check_ends(struct ledger *ledger, struct fault *fault)
{
    const lsn applied = store_applied(ledger->store);
    const lsn first = journal_first(ledger->journal);
    const lsn last = journal_last(ledger->journal);
    if (first > applied + 1 || last < applied) {
        return fault_set(fault, STATUS_CORRUPT,
                         "%s: its store holds records up to %llu, its journal %llu to %llu: they "
                         "are not of one time; restore a backup",
                         ledger->folder.path, (unsigned long long)applied,
                         (unsigned long long)first, (unsigned long long)last);
    }
    return STATUS_OK;
}

enum status ledger_load(struct ledger *ledger, struct fault *fault)
{
    TRY(check_ends(ledger, fault));
    if (ledger->settings.folder != NULL) {
        TRY(load_tables(ledger, fault));
        TRY(replay_tail(ledger, fault));
    }
    for (size_t i = 0; i < ledger->stage_count; i++) {
        const struct ledger_stage *const stage = &ledger->stages[i];
        if (stage->loaded != NULL) {
            TRY(stage->loaded(stage->context, fault));
        }
    }
    return STATUS_OK;
}
