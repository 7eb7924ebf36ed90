// Late reads of stops, moves, visits and trips, on a worker.
#include "track/track_private.h"

struct reading {
    struct store *store;
    struct store_snapshot *snapshot;
    struct ledger *ledger;
};

static enum status reading_begin(struct tracks *tracks, struct reading *reading,
                                 struct fault *fault)
{
    reading->ledger = tracks->ledger;
    return ledger_read_begin(tracks->ledger, 0, &reading->store, &reading->snapshot, fault);
}

typedef enum status row_take(void *context, struct bytes key, struct bytes value, bool *goes_on,
                             struct fault *fault);

static enum status rows_each(const struct reading *reading, enum ledger_table table,
                             const struct store_range *range, row_take *take, void *context,
                             struct fault *fault)
{
    struct store_cursor *cursor;
    struct bytes key;
    struct bytes value;
    bool goes_on = true;
    TRY(store_cursor_open(reading->store, reading->snapshot, table, range, &cursor, fault));
    enum status status = STATUS_OK;
    while (goes_on && status == STATUS_OK && store_cursor_next(cursor, &key, &value)) {
        status = take(context, key, value, &goes_on, fault);
    }
    if (status == STATUS_OK) {
        status = store_cursor_status(cursor, fault);
    }
    store_cursor_close(cursor);
    return status;
}

// Rows of one object, beginning at a time.
struct object_rows {
    struct buffer prefix, from;
    struct track_range range;
    void *each;
    void *context;
    bool has_ended; // each wants no more
};

static enum status object_rows_open(struct object_rows *rows, struct memory_account *account,
                                    enum track_row kind, uint32_t collection, struct bytes id)
{
    rows->prefix.account = rows->from.account = account;
    track_key(&rows->prefix, kind, collection, id);
    track_key(&rows->from, kind, collection, id);
    track_key_time(&rows->from, rows->range.from_us);
    TRY(buffer_status(&rows->prefix));
    return buffer_status(&rows->from);
}

static void object_rows_close(const struct object_rows *rows)
{
    struct object_rows *const mutable = (struct object_rows *)(uintptr_t)rows;
    buffer_free(&mutable->prefix);
    buffer_free(&mutable->from);
}

static enum status segment_row(void *context, struct bytes key, struct bytes value, bool *goes_on,
                               struct fault *fault)
{
    struct object_rows *const rows = context;
    struct segment segment;
    (void)key;
    TRY(track_segment_decode(value, &segment, fault));
    *goes_on = segment.begin_us < rows->range.until_us &&
               ((track_each_segment *)rows->each)(rows->context, &segment, false);
    rows->has_ended = !*goes_on;
    return STATUS_OK;
}

static enum status open_segment(const struct reading *reading, struct object_rows *rows,
                                uint32_t collection, struct bytes id, struct fault *fault)
{
    struct buffer value SCOPED(buffer_free) = {.account = rows->prefix.account};
    struct segmenter segmenter;
    struct segment segment;
    track_key(&rows->prefix, TRACK_STATE, collection, id);
    TRY(buffer_status(&rows->prefix));
    const enum status status = store_get(reading->store, reading->snapshot, TABLE_STOP,
                                         buffer_bytes(&rows->prefix), &value, fault);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    TRY(segmenter_decode(buffer_bytes(&value), &segmenter, fault));
    if (segmenter_open(&segmenter, &segment) && segment.begin_us >= rows->range.from_us &&
        segment.begin_us < rows->range.until_us) {
        (void)((track_each_segment *)rows->each)(rows->context, &segment, true);
    }
    return STATUS_OK;
}

enum status track_segments(struct tracks *tracks, uint32_t collection, struct bytes id,
                           const struct track_range *range, track_each_segment *each, void *context,
                           struct fault *fault)
{
    struct reading reading;
    struct object_rows rows SCOPED(object_rows_close) = {
        .range = *range, .each = (void *)(uintptr_t)each, .context = context};
    TRY(object_rows_open(&rows, tracks->states.account, TRACK_SEGMENT, collection, id));
    TRY(reading_begin(tracks, &reading, fault));
    const struct store_range stored = {.prefix = buffer_bytes(&rows.prefix),
                                       .from = buffer_bytes(&rows.from)};
    enum status status = rows_each(&reading, TABLE_STOP, &stored, segment_row, &rows, fault);
    if (status == STATUS_OK && !rows.has_ended) {
        status = open_segment(&reading, &rows, collection, id, fault);
    }
    ledger_read_end(reading.ledger, reading.snapshot);
    return status;
}

struct again {
    struct segmenter segmenter;
    const struct segment_settings *settings;
    track_each_segment *each;
    void *context;
    bool has_ended;
};

static bool again_take(void *context, int64_t event_us, const struct row *row)
{
    struct again *const again = context;
    struct segment_changes changes;
    if (row->kind == ROW_POINT) {
        (void)segmenter_take(&again->segmenter, again->settings, event_us, row->point, &changes);
        for (unsigned i = 0; i < changes.ended_count && !again->has_ended; i++) {
            again->has_ended = !again->each(again->context, &changes.ended[i], false);
        }
    }
    return !again->has_ended;
}

enum status track_segments_again(struct tracks *tracks, uint32_t collection, struct bytes id,
                                 const struct track_range *range,
                                 const struct segment_settings *settings, track_each_segment *each,
                                 void *context, struct fault *fault)
{
    struct again again = {.settings = settings, .each = each, .context = context};
    const struct history_range past = {.from_us = range->from_us, .until_us = range->until_us};
    struct segment open;
    TRY(live_history(tracks->live, collection, id, &past, again_take, &again, fault));
    if (!again.has_ended && segmenter_open(&again.segmenter, &open)) {
        (void)each(context, &open, true);
    }
    return STATUS_OK;
}

static enum status visit_row(void *context, struct bytes key, struct bytes value, bool *goes_on,
                             struct fault *fault)
{
    struct object_rows *const rows = context;
    struct reader reader = {.rest = value};
    struct reader name = {.rest = key};
    uint64_t time = 0;
    (void)reader_take(&name, rows->prefix.size);
    for (unsigned i = 0; i < 8; i++) {
        time = time << 8 | reader_u8(&name);
    }
    const int64_t left_us = (int64_t)reader_u64(&reader);
    if (reader.overrun || name.overrun) {
        return fault_set(fault, STATUS_CORRUPT, "a row of visits is damaged");
    }
    const int64_t entered_us = (int64_t)(time ^ UINT64_C(1) << 63);
    *goes_on = entered_us < rows->range.until_us &&
               ((track_each_visit *)rows->each)(rows->context, name.rest, entered_us, left_us);
    return STATUS_OK;
}

enum status track_visits(struct tracks *tracks, uint32_t collection, struct bytes id,
                         const struct track_range *range, track_each_visit *each, void *context,
                         struct fault *fault)
{
    struct reading reading;
    struct object_rows rows SCOPED(object_rows_close) = {
        .range = *range, .each = (void *)(uintptr_t)each, .context = context};
    TRY(object_rows_open(&rows, tracks->states.account, TRACK_VISIT, collection, id));
    TRY(reading_begin(tracks, &reading, fault));
    const struct store_range stored = {.prefix = buffer_bytes(&rows.prefix),
                                       .from = buffer_bytes(&rows.from)};
    const enum status status = rows_each(&reading, TABLE_STOP, &stored, visit_row, &rows, fault);
    ledger_read_end(reading.ledger, reading.snapshot);
    return status;
}

struct trips_reading {
    struct bytes after;
    track_each_trip *each;
    void *context;
};

static enum status trip_row(void *context, struct bytes key, struct bytes value, bool *goes_on,
                            struct fault *fault)
{
    const struct trips_reading *const trips = context;
    struct trip trip;
    TRY(trip_decode(value, &trip, fault));
    *goes_on = bytes_equal(key, trips->after) || trips->each(trips->context, &trip);
    return STATUS_OK;
}

enum status track_trips(struct tracks *tracks, struct bytes after, track_each_trip *each,
                        void *context, struct fault *fault)
{
    struct reading reading;
    struct trips_reading trips = {after, each, context};
    TRY(reading_begin(tracks, &reading, fault));
    const struct store_range stored = {.from = after};
    const enum status status = rows_each(&reading, TABLE_TRIP, &stored, trip_row, &trips, fault);
    ledger_read_end(reading.ledger, reading.snapshot);
    return status;
}

enum status track_trip_read(struct tracks *tracks, struct bytes id, struct buffer *out,
                            struct fault *fault)
{
    struct buffer value SCOPED(buffer_free) = {.account = tracks->states.account};
    struct reading reading;
    struct trip trip;
    TRY(reading_begin(tracks, &reading, fault));
    enum status status = store_get(reading.store, reading.snapshot, TABLE_TRIP, id, &value, fault);
    ledger_read_end(reading.ledger, reading.snapshot);
    if (status == STATUS_OK) {
        status = trip_decode(buffer_bytes(&value), &trip, fault);
    }
    if (status == STATUS_OK) {
        trip_write_json(&trip, out);
    }
    return status;
}
