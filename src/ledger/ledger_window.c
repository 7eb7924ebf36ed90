#include <stdlib.h>

#include "ledger/ledger_private.h"

// Fewer rows of a table go in as a batch: a file of its own costs more than it saves.
enum { INGEST_MIN = 20000 };

static struct effect effect_at(const struct window *window, uint32_t offset)
{
    struct bytes rest = {.data = window->content.data + offset,
                         .size = window->content.size - offset};
    struct effect effect = {0};
    status_ignore(effect_decode(&rest, &effect, NULL), "it was decoded when it came in");
    return effect;
}

enum status window_add(struct window *window, const struct journal_record *record, unsigned tables,
                       struct fault *fault)
{
    struct memory_account *const account = window->content.account;
    struct bytes rest = record->content;
    struct effect effect;
    enum status status;
    for (;;) {
        const uint8_t *const begin = rest.data;
        status = effect_decode(&rest, &effect, fault);
        if (status != STATUS_OK) {
            break;
        }
        if ((tables & 1U << effect.table) == 0) {
            continue;
        }
        if (!memory_grow(account, &window->rows, &window->row_capacity, window->row_count + 1,
                         sizeof(*window->rows))) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for the checkpoint");
        }
        window->rows[window->row_count++] =
            (struct window_row){.offset = (uint32_t)window->content.size, .table = effect.table};
        buffer_append(&window->content, begin, (size_t)(rest.data - begin));
    }
    window->last = record->at;
    window->last_us = record->time_us;
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    return window->content.failed
               ? fault_set(fault, STATUS_NO_MEMORY, "no memory for the checkpoint")
               : STATUS_OK;
}

void window_clear(struct window *window)
{
    buffer_clear(&window->content);
    window->row_count = 0;
    window->last = 0;
}

void window_free(struct window *window)
{
    buffer_free(&window->content);
    memory_give(window->rows);
    window->rows = NULL;
    window->row_count = window->row_capacity = 0;
}

// --- Order: by table, key, and then as they happened ---

static uint64_t key_head(struct bytes key, size_t skip)
{
    uint64_t head = 0;
    for (size_t i = 0; i < 8; i++) {
        head = head << 8 | (skip + i < key.size ? key.data[skip + i] : 0);
    }
    return head;
}

static void heads_set(struct window *window, size_t begin, size_t end)
{
    struct bytes common[TABLE_COUNT] = {0};
    bool is_seen[TABLE_COUNT] = {0};
    for (size_t i = begin; i < end; i++) {
        const struct effect effect = effect_at(window, window->rows[i].offset);
        struct bytes *const shared = &common[effect.table];
        if (!is_seen[effect.table]) {
            is_seen[effect.table] = true;
            *shared = effect.key;
        }
        size_t size = 0;
        while (size < shared->size && size < effect.key.size &&
               shared->data[size] == effect.key.data[size]) {
            size++;
        }
        shared->size = size;
    }
    for (size_t i = begin; i < end; i++) {
        struct window_row *const row = &window->rows[i];
        row->head = key_head(effect_at(window, row->offset).key, common[row->table].size);
    }
}

static int row_compare(const void *left_row, const void *right_row, void *context)
{
    const struct window_row *const left = left_row, *const right = right_row;
    if (left->table != right->table) {
        return left->table < right->table ? -1 : 1;
    }
    if (left->head != right->head) {
        return left->head < right->head ? -1 : 1;
    }
    const int order =
        bytes_compare(effect_at(context, left->offset).key, effect_at(context, right->offset).key);
    return order != 0 ? order : (left->offset > right->offset) - (left->offset < right->offset);
}

// Keeps the last effect of each key; how many those are.
static size_t rows_coalesce(const struct window *window, struct window_row *rows, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const bool is_last = i + 1 == count || rows[i].table != rows[i + 1].table ||
                             rows[i].head != rows[i + 1].head ||
                             !bytes_equal(effect_at(window, rows[i].offset).key,
                                          effect_at(window, rows[i + 1].offset).key);
        if (is_last) {
            rows[kept++] = rows[i];
        }
    }
    return kept;
}

// --- Applying ---

struct sorted {
    const struct window *window;
    const struct window_row *next, *end;
};

static bool sorted_next(void *context, struct store_row *row)
{
    struct sorted *const sorted = context;
    if (sorted->next == sorted->end) {
        return false;
    }
    const struct effect effect = effect_at(sorted->window, sorted->next->offset);
    *row = (struct store_row){
        .key = effect.key, .value = effect.value, .is_deleted = effect.kind == EFFECT_DELETE};
    sorted->next++;
    return true;
}

static void effect_apply(struct store_batch *batch, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_PUT:
        store_batch_put(batch, effect->table, effect->key, effect->value);
        break;
    case EFFECT_DELETE:
        store_batch_delete(batch, effect->table, effect->key);
        break;
    case EFFECT_DELETE_PREFIX:
        store_batch_delete_prefix(batch, effect->table, effect->key);
        break;
    }
}

// Rows of one table, sorted, each key once.
static enum status table_apply(struct window *window, struct store *store,
                               struct store_batch *batch, const struct window_row *rows,
                               size_t count, struct fault *fault)
{
    struct sorted sorted = {.window = window, .next = rows, .end = rows + count};
    if (count >= INGEST_MIN) {
        return store_ingest(store, rows->table, sorted_next, &sorted, fault);
    }
    for (size_t i = 0; i < count; i++) {
        const struct effect effect = effect_at(window, rows[i].offset);
        effect_apply(batch, &effect);
    }
    return STATUS_OK;
}

// Rows without a delete by prefix among them.
static enum status run_apply(struct window *window, struct store *store, struct store_batch *batch,
                             size_t begin, size_t end, struct fault *fault)
{
    if (begin == end) {
        return STATUS_OK;
    }
    struct window_row *const rows = window->rows + begin;
    heads_set(window, begin, end);
    qsort_r(rows, end - begin, sizeof(*rows), row_compare, window);
    const size_t count = rows_coalesce(window, rows, end - begin);
    // What batches hold already must not come over what is ingested.
    TRY(store_apply(store, batch, store_applied(store), fault));
    for (size_t from = 0; from < count;) {
        size_t to = from;
        while (to < count && rows[to].table == rows[from].table) {
            to++;
        }
        TRY(table_apply(window, store, batch, rows + from, to - from, fault));
        from = to;
    }
    return STATUS_OK;
}

enum status window_apply(struct window *window, struct store *store, struct store_batch *batch,
                         struct fault *fault)
{
    size_t begin = 0;
    for (size_t i = 0; i < window->row_count; i++) {
        const struct effect effect = effect_at(window, window->rows[i].offset);
        if (effect.kind == EFFECT_DELETE_PREFIX) {
            TRY(run_apply(window, store, batch, begin, i, fault));
            effect_apply(batch, &effect);
            begin = i + 1;
        }
    }
    TRY(run_apply(window, store, batch, begin, window->row_count, fault));
    uint8_t time[8];
    for (unsigned i = 0; i < sizeof(time); i++) {
        time[i] = (uint8_t)((uint64_t)window->last_us >> 8 * i);
    }
    store_batch_put(batch, TABLE_META, bytes_from_text(LEDGER_META_STORED),
                    (struct bytes){.data = time, .size = sizeof(time)});
    TRY(store_apply(store, batch, window->last, fault));
    window_clear(window);
    return STATUS_OK;
}
