// Late reads of history, on a worker.
#include "live/live_private.h"

struct past {
    int64_t from_us, until_us;
    bool is_one; // one object: its rows come in order of time
    bool is_descending;
    bool (*each)(void *context, struct bytes id, int64_t event_us, const struct row *row);
    void *context;
};

// `goes_on`: false when nothing more is wanted.
static enum status past_row(const struct past *past, struct bytes key, struct bytes value,
                            bool *goes_on, struct fault *fault)
{
    uint32_t collection;
    struct bytes id;
    int64_t event_us;
    struct row row;
    if (!live_history_key_read(key, &collection, &id, &event_us)) {
        return fault_set(fault, STATUS_CORRUPT, "a row of history has a wrong key");
    }
    if (event_us < past->from_us || event_us >= past->until_us) {
        const bool is_over =
            past->is_descending ? event_us < past->from_us : event_us >= past->until_us;
        *goes_on = !(past->is_one && is_over);
        return STATUS_OK;
    }
    TRY(row_read(value, &row, fault));
    *goes_on = past->each(past->context, id, event_us, &row);
    return STATUS_OK;
}

static enum status walk(struct store *store, const struct store_snapshot *snapshot,
                        const struct store_range *range, const struct past *past,
                        struct fault *fault)
{
    struct store_cursor *cursor;
    struct bytes key;
    struct bytes value;
    TRY(store_cursor_open(store, snapshot, TABLE_HISTORY, range, &cursor, fault));
    enum status status = STATUS_OK;
    bool goes_on = true;
    while (goes_on && status == STATUS_OK && store_cursor_next(cursor, &key, &value)) {
        status = past_row(past, key, value, &goes_on, fault);
    }
    if (status == STATUS_OK) {
        status = store_cursor_status(cursor, fault);
    }
    store_cursor_close(cursor);
    return status;
}

static enum status read(struct live *live, const struct store_range *range, const struct past *past,
                        struct fault *fault)
{
    struct store *store;
    struct store_snapshot *snapshot;
    TRY(ledger_read_begin(live->ledger, 0, &store, &snapshot, fault));
    const enum status status = walk(store, snapshot, range, past, fault);
    ledger_read_end(live->ledger, snapshot);
    return status;
}

static struct past past_of(struct live *live, uint32_t collection,
                           const struct history_range *range)
{
    // What has aged may still be in the store; it is not shown.
    const int64_t now_us = atomic_load_explicit(&live->clock_us, memory_order_relaxed);
    const int64_t oldest_us = now_us == 0 ? 0 : now_us - live_history_us_of(live, collection);
    return (struct past){
        .from_us = range->from_us > oldest_us ? range->from_us : oldest_us,
        .until_us = range->until_us == 0 ? INT64_MAX : range->until_us,
        .is_descending = range->is_descending,
    };
}

struct each_past {
    live_each_past *each;
    void *context;
};

static bool each_of_one(void *context, struct bytes id, int64_t event_us, const struct row *row)
{
    const struct each_past *const one = context;
    (void)id;
    return one->each(one->context, event_us, row);
}

enum status live_history(struct live *live, uint32_t collection, struct bytes id,
                         const struct history_range *range, live_each_past *each, void *context,
                         struct fault *fault)
{
    struct past past = past_of(live, collection, range);
    struct each_past one = {.each = each, .context = context};
    past.is_one = true;
    past.each = each_of_one;
    past.context = &one;
    struct buffer prefix SCOPED(buffer_free) = {.account = live->account};
    struct buffer from SCOPED(buffer_free) = {.account = live->account};
    live_history_head_put(&prefix, collection, id);
    live_history_head_put(&from, collection, id);
    const uint64_t time = live_history_time(past.is_descending ? past.until_us : past.from_us);
    buffer_append(&from, &time, sizeof(time));
    TRY(buffer_status(&prefix));
    TRY(buffer_status(&from));
    const struct store_range rows = {.prefix = buffer_bytes(&prefix),
                                     .from = buffer_bytes(&from),
                                     .is_descending = past.is_descending};
    return read(live, &rows, &past, fault);
}

enum status live_history_all(struct live *live, uint32_t collection,
                             const struct history_range *range,
                             bool (*each)(void *context, struct bytes id, int64_t event_us,
                                          const struct row *row),
                             void *context, struct fault *fault)
{
    struct past past = past_of(live, collection, range);
    past.each = each;
    past.context = context;
    const uint32_t number = live_big_endian(collection);
    const struct store_range rows = {
        .prefix = {.data = (const uint8_t *)&number, .size = sizeof(number)},
        .is_descending = range->is_descending};
    return read(live, &rows, &past, fault);
}
