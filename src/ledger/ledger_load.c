#include <stdlib.h>

#include "ledger/ledger_private.h"
#include "sys/pipeline.h"

// A run of keys of one table, read on any thread and given to the stages in order.
struct part {
    unsigned table;
    struct bytes from, until; // in `keys`; empty: the table's ends
};

enum { LOAD_THREADS_MAX = 6, SLOTS_MAX = LOAD_THREADS_MAX + 2 };

struct load {
    struct ledger *ledger;
    struct buffer keys;  // that divide tables, one behind the other
    struct buffer sizes; // of them: size_t each
    struct part *parts;
    size_t part_count, part_capacity;
    struct buffer slots[SLOTS_MAX]; // rows read: key size u32, value size u32, key, value
};

static bool is_wanted(const struct ledger *ledger, unsigned table)
{
    for (size_t i = 0; i < ledger->stage_count; i++) {
        const struct ledger_stage *const stage = &ledger->stages[i];
        if ((stage->tables & ~stage->late_tables & 1U << table) != 0 && stage->load != NULL) {
            return true;
        }
    }
    return false;
}

// --- Dividing ---

static void note_key(void *context, struct bytes key)
{
    struct load *const load = context;
    buffer_append_bytes(&load->keys, key);
    buffer_append(&load->sizes, &key.size, sizeof(key.size));
}

static enum status part_add(struct load *load, struct part part, struct fault *fault)
{
    if (!memory_grow(load->ledger->account, &load->parts, &load->part_capacity,
                     load->part_count + 1, sizeof(struct part))) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to load the store");
    }
    load->parts[load->part_count++] = part;
    return STATUS_OK;
}

static int part_compare(const void *left, const void *right)
{
    return bytes_compare(((const struct part *)left)->from, ((const struct part *)right)->from);
}

// `first`: of the keys noted for this table.
static enum status table_divide(struct load *load, unsigned table, size_t first, size_t key_offset,
                                struct fault *fault)
{
    const size_t begin = load->part_count;
    TRY(part_add(load, (struct part){.table = table}, fault));
    for (size_t i = first; i < load->sizes.size / sizeof(size_t); i++) {
        size_t size;
        memcpy(&size, load->sizes.data + i * sizeof(size), sizeof(size));
        const struct bytes key = {.data = load->keys.data + key_offset, .size = size};
        key_offset += size;
        TRY(part_add(load, (struct part){.table = table, .from = key}, fault));
    }
    qsort(load->parts + begin, load->part_count - begin, sizeof(struct part), part_compare);
    size_t kept = begin + 1;
    for (size_t i = begin + 1; i < load->part_count; i++) {
        if (!bytes_equal(load->parts[kept - 1].from, load->parts[i].from)) {
            load->parts[kept - 1].until = load->parts[i].from;
            load->parts[kept++] = load->parts[i];
        }
    }
    load->part_count = kept;
    return STATUS_OK;
}

static enum status divide(struct load *load, struct fault *fault)
{
    size_t firsts[TABLE_COUNT + 1], offsets[TABLE_COUNT];
    for (unsigned table = 0; table < TABLE_COUNT; table++) {
        firsts[table] = load->sizes.size;
        offsets[table] = load->keys.size;
        if (is_wanted(load->ledger, table)) {
            store_parts(load->ledger->store, table, note_key, load);
        }
    }
    TRY(buffer_status(&load->keys));
    TRY(buffer_status(&load->sizes));
    // Only now: the keys do not move any more.
    const size_t all = load->sizes.size;
    firsts[TABLE_COUNT] = all;
    for (unsigned table = 0; table < TABLE_COUNT; table++) {
        if (is_wanted(load->ledger, table)) {
            load->sizes.size = firsts[table + 1];
            TRY(table_divide(load, table, firsts[table] / sizeof(size_t), offsets[table], fault));
        }
    }
    load->sizes.size = all;
    return STATUS_OK;
}

// --- Reading and giving ---

static enum status part_read(void *context, size_t index, size_t slot, struct fault *fault)
{
    struct load *const load = context;
    const struct part *const part = &load->parts[index];
    struct buffer *const rows = &load->slots[slot];
    struct store_cursor *cursor = NULL;
    struct bytes key, value;
    const struct store_range range = {.from = part->from, .until = part->until, .is_once = true};
    buffer_clear(rows);
    TRY(store_cursor_open(load->ledger->store, NULL, part->table, &range, &cursor, fault));
    while (store_cursor_next(cursor, &key, &value)) {
        buffer_append_u32(rows, (uint32_t)key.size);
        buffer_append_u32(rows, (uint32_t)value.size);
        buffer_append_bytes(rows, key);
        buffer_append_bytes(rows, value);
    }
    const enum status status = store_cursor_status(cursor, fault);
    store_cursor_close(cursor);
    if (rows->failed) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to load the store");
    }
    return status;
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

static enum status part_give(void *context, size_t index, size_t slot, struct fault *fault)
{
    struct load *const load = context;
    struct reader reader = {.rest = buffer_bytes(&load->slots[slot])};
    while (reader.rest.size != 0) {
        const size_t key_size = reader_u32(&reader);
        const size_t value_size = reader_u32(&reader);
        const struct bytes key = reader_take(&reader, key_size);
        const struct bytes value = reader_take(&reader, value_size);
        TRY(row_give(load->ledger, load->parts[index].table, key, value, fault));
    }
    return STATUS_OK;
}

static enum status load_tables(struct ledger *ledger, struct fault *fault)
{
    struct load load = {.ledger = ledger,
                        .keys = {.account = ledger->account},
                        .sizes = {.account = ledger->account}};
    const unsigned cores = thread_core_count();
    const unsigned threads = cores < LOAD_THREADS_MAX ? cores : LOAD_THREADS_MAX;
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        load.slots[i].account = ledger->account;
    }
    enum status status = divide(&load, fault);
    if (status == STATUS_OK) {
        const struct pipeline pipeline = {.threads = threads,
                                          .slot_count = threads + 2,
                                          .work = part_read,
                                          .take = part_give,
                                          .context = &load};
        status = pipeline_run(&pipeline, load.part_count, fault);
    }
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        buffer_free(&load.slots[i]);
    }
    buffer_free(&load.keys);
    buffer_free(&load.sizes);
    memory_give(load.parts);
    return status;
}

static enum status effects_replay(const struct ledger *ledger, const struct effect *effects,
                                  size_t count, struct fault *fault)
{
    for (size_t i = 0; i < ledger->stage_count; i++) {
        const struct ledger_stage *const stage = &ledger->stages[i];
        if (stage->foresee != NULL) {
            stage->foresee(stage->context, effects, count);
        }
    }
    for (size_t at = 0; at < count; at++) {
        for (size_t i = 0; i < ledger->stage_count; i++) {
            const struct ledger_stage *const stage = &ledger->stages[i];
            if ((stage->tables & 1U << effects[at].table) != 0 && stage->replay != NULL) {
                TRY(stage->replay(stage->context, &effects[at], fault));
            }
        }
    }
    return STATUS_OK;
}

static enum status record_replay(struct ledger *ledger, const struct journal_record *record,
                                 struct fault *fault)
{
    enum { AHEAD = 64 };
    struct bytes rest = record->content;
    struct effect effects[AHEAD];
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        size_t count = 0;
        while (count < AHEAD &&
               (status = effect_decode(&rest, &effects[count], fault)) == STATUS_OK) {
            count++;
        }
        TRY(effects_replay(ledger, effects, count, fault));
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
