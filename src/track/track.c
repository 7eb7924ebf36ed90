#include "track/track_private.h"

const struct track_settings track_defaults = {
    .segment = {.radius_m = 70, .duration_us = INT64_C(140000000), .gap_us = INT64_C(1800000000)},
    .kept_us = INT64_C(30) * 24 * 3600 * 1000000,
};

// --- Keys and rows ---

static void put_big_endian(struct buffer *out, uint64_t value, unsigned size)
{
    while (size-- > 0) {
        buffer_append_u8(out, (uint8_t)(value >> 8 * size));
    }
}

void track_key(struct buffer *key, enum track_row kind, uint32_t collection, struct bytes id)
{
    buffer_clear(key);
    buffer_append_u8(key, (uint8_t)kind);
    put_big_endian(key, collection, sizeof(collection));
    if (kind != TRACK_STATE) {
        put_big_endian(key, id.size, 2);
    }
    buffer_append_bytes(key, id);
}

void track_key_time(struct buffer *key, int64_t time_us)
{
    put_big_endian(key, (uint64_t)time_us ^ UINT64_C(1) << 63, sizeof(time_us));
}

void track_segment_encode(const struct segment *segment, struct buffer *out)
{
    uint64_t distance;
    memcpy(&distance, &segment->distance_m, sizeof(distance));
    buffer_append_u8(out, 1);
    buffer_append_u8(out, (uint8_t)segment->kind);
    buffer_append_u8(out, segment->ends_in_gap);
    buffer_append_u64(out, (uint64_t)segment->begin_us);
    buffer_append_u64(out, (uint64_t)segment->end_us);
    buffer_append_u32(out, (uint32_t)segment->from.lng_e7);
    buffer_append_u32(out, (uint32_t)segment->from.lat_e7);
    buffer_append_u32(out, (uint32_t)segment->to.lng_e7);
    buffer_append_u32(out, (uint32_t)segment->to.lat_e7);
    buffer_append_u64(out, distance);
    buffer_append_u32(out, segment->fix_count);
}

enum status track_segment_decode(struct bytes bytes, struct segment *segment, struct fault *fault)
{
    struct reader reader = {.rest = bytes};
    const uint8_t version = reader_u8(&reader);
    const uint8_t kind = reader_u8(&reader);
    segment->kind = kind == SEGMENT_STOP ? SEGMENT_STOP : SEGMENT_MOVE;
    segment->ends_in_gap = reader_u8(&reader) != 0;
    segment->begin_us = (int64_t)reader_u64(&reader);
    segment->end_us = (int64_t)reader_u64(&reader);
    segment->from.lng_e7 = (int32_t)reader_u32(&reader);
    segment->from.lat_e7 = (int32_t)reader_u32(&reader);
    segment->to.lng_e7 = (int32_t)reader_u32(&reader);
    segment->to.lat_e7 = (int32_t)reader_u32(&reader);
    const uint64_t distance = reader_u64(&reader);
    memcpy(&segment->distance_m, &distance, sizeof(distance));
    segment->fix_count = reader_u32(&reader);
    if (version != 1 || reader.overrun || reader.rest.size != 0 || kind > SEGMENT_MOVE) {
        return fault_set(fault, STATUS_CORRUPT, "a row of stops is damaged");
    }
    return STATUS_OK;
}

// The key of a visit without its time: what says that it is open.
static bool visit_key_short(struct bytes key, struct buffer *out)
{
    enum { HEAD_SIZE = 7, TIME_SIZE = 8 };
    if (key.size < HEAD_SIZE + TIME_SIZE) {
        return false;
    }
    const size_t id_size = (size_t)key.data[5] << 8 | key.data[6];
    const size_t time_at = HEAD_SIZE + id_size;
    if (key.size < time_at + TIME_SIZE) {
        return false;
    }
    buffer_clear(out);
    buffer_append(out, key.data, time_at);
    buffer_append(out, key.data + time_at + TIME_SIZE, key.size - time_at - TIME_SIZE);
    return buffer_status(out) == STATUS_OK;
}

// Brings memory to what a row says; value size 0: it is deleted. False without memory.
static bool row_apply(struct tracks *tracks, enum ledger_table table, struct bytes key,
                      struct bytes value)
{
    if (table == TABLE_TRIP) {
        track_trip_apply(tracks, key, value);
        return true;
    }
    if (key.size != 0 && key.data[0] == TRACK_STATE) {
        if (value.size != 0) {
            return row_map_put(&tracks->states, key, value);
        }
        row_map_delete(&tracks->states, key);
        return true;
    }
    if (key.size == 0 || key.data[0] != TRACK_VISIT || !visit_key_short(key, &tracks->list)) {
        return true;
    }
    struct reader reader = {.rest = value};
    const struct bytes open = buffer_bytes(&tracks->list);
    if (value.size != 0 && reader_u64(&reader) == 0) {
        return row_map_put(&tracks->visits, open, key);
    }
    row_map_delete(&tracks->visits, open);
    return true;
}

static struct row_map *map_of(struct tracks *tracks, enum ledger_table table, struct bytes key)
{
    if (table == TABLE_TRIP) {
        return &tracks->trips;
    }
    return key.size != 0 && key.data[0] == TRACK_STATE ? &tracks->states : NULL;
}

static void put_text(struct buffer *out, struct bytes text)
{
    buffer_append_u32(out, (uint32_t)text.size);
    buffer_append_bytes(out, text);
}

// What the row is now, for undo. An open visit is told by its key.
static void row_remember(struct tracks *tracks, enum ledger_table table, struct bytes key)
{
    static const uint8_t still_open[8] = {0};
    struct buffer *const before = &tracks->before;
    const struct row_map *const map = map_of(tracks, table, key);
    struct bytes value = {0};
    const size_t begin = before->size;
    if (map != NULL) {
        (void)row_map_get(map, key, &value);
    } else if (visit_key_short(key, &tracks->list) &&
               row_map_get(&tracks->visits, buffer_bytes(&tracks->list), &value)) {
        value = (struct bytes){.data = still_open, .size = sizeof(still_open)};
    }
    buffer_append_u8(before, (uint8_t)table);
    put_text(before, key);
    put_text(before, value);
    buffer_append_u32(before, (uint32_t)begin); // where this one begins, to walk back
}

void track_row_put(struct tracks *tracks, struct ledger_turn *turn, enum ledger_table table,
                   struct bytes key, struct bytes value)
{
    turn_put(turn, table, key, value);
    if (table == TABLE_TRIP || key.data[0] != TRACK_SEGMENT) {
        row_remember(tracks, table, key);
        (void)row_apply(tracks, table, key, value);
    }
}

void track_row_delete(struct tracks *tracks, struct ledger_turn *turn, enum ledger_table table,
                      struct bytes key)
{
    turn_delete(turn, table, key);
    if (table == TABLE_TRIP || key.data[0] != TRACK_SEGMENT) {
        row_remember(tracks, table, key);
        (void)row_apply(tracks, table, key, (struct bytes){0});
    }
}

// --- Segments ---

static void segment_store(struct tracks *tracks, struct ledger_turn *turn, uint32_t collection,
                          struct bytes id, const struct segment *segment)
{
    track_key(&tracks->key, TRACK_SEGMENT, collection, id);
    track_key_time(&tracks->key, segment->begin_us);
    buffer_clear(&tracks->value);
    track_segment_encode(segment, &tracks->value);
    if (buffer_status(&tracks->key) == STATUS_OK && buffer_status(&tracks->value) == STATUS_OK) {
        track_row_put(tracks, turn, TABLE_STOP, buffer_bytes(&tracks->key),
                      buffer_bytes(&tracks->value));
    }
}

static void state_load(const struct tracks *tracks, struct bytes key, struct segmenter *segmenter)
{
    struct bytes value;
    *segmenter = (struct segmenter){0};
    if (row_map_get(&tracks->states, key, &value)) {
        status_ignore(segmenter_decode(value, segmenter, NULL),
                      "rows were checked when they were loaded; an unseen track begins anew");
    }
}

static void stop_emit(struct tracks *tracks, struct ledger_turn *turn, const struct change *change,
                      int64_t event_us, const struct segment *stop)
{
    struct event event = {
        .kind = EVENT_STOP,
        .collection = collection_name(change->collection),
        .object = change->id,
        .event_us = event_us,
        .arrival_us = turn->now_us,
        .point = stop->from,
        .dwell_us = stop->end_us - stop->begin_us,
        .distance_m = -1,
    };
    tracks->sink.emit(tracks->sink.context, turn, &event);
}

static void fix_take(struct tracks *tracks, struct ledger_turn *turn, const struct change *change)
{
    const uint32_t collection = collection_number(change->collection);
    struct row row;
    struct segmenter segmenter;
    struct segment_changes changes;
    object_row(change->after, &row);
    if (row.kind != ROW_POINT) {
        return;
    }
    const int64_t event_us = row.event_us != 0 ? row.event_us : turn->now_us;
    track_key(&tracks->key, TRACK_STATE, collection, change->id);
    state_load(tracks, buffer_bytes(&tracks->key), &segmenter);
    if (!segmenter_take(&segmenter, &tracks->settings.segment, event_us, row.point, &changes)) {
        return;
    }
    buffer_clear(&tracks->value);
    segmenter_encode(&segmenter, &tracks->value);
    if (buffer_status(&tracks->key) != STATUS_OK || buffer_status(&tracks->value) != STATUS_OK) {
        return;
    }
    track_row_put(tracks, turn, TABLE_STOP, buffer_bytes(&tracks->key),
                  buffer_bytes(&tracks->value));
    for (unsigned i = 0; i < changes.ended_count; i++) {
        segment_store(tracks, turn, collection, change->id, &changes.ended[i]);
    }
    if (changes.has_begun) {
        stop_emit(tracks, turn, change, event_us, &changes.begun);
    }
    track_trips_take(tracks, turn, collection, change->id, event_us, &row);
}

// The object has gone: what was open ends at its last fix.
static void object_end(struct tracks *tracks, struct ledger_turn *turn, uint32_t collection,
                       struct bytes id)
{
    struct segmenter segmenter;
    struct segment open;
    struct bytes value;
    track_key(&tracks->key, TRACK_STATE, collection, id);
    if (buffer_status(&tracks->key) != STATUS_OK ||
        !row_map_get(&tracks->states, buffer_bytes(&tracks->key), &value)) {
        return;
    }
    state_load(tracks, buffer_bytes(&tracks->key), &segmenter);
    track_row_delete(tracks, turn, TABLE_STOP, buffer_bytes(&tracks->key));
    if (segmenter_open(&segmenter, &open)) {
        segment_store(tracks, turn, collection, id, &open);
    }
}

static void observe_change(void *context, struct ledger_turn *turn, const struct change *change)
{
    struct tracks *const tracks = context;
    if (change->after == NULL) {
        object_end(tracks, turn, collection_number(change->collection), change->id);
    } else if (collection_settings(change->collection)->keeps_history) {
        fix_take(tracks, turn, change);
    }
}

struct forgetting {
    struct tracks *tracks;
    struct bytes prefix;
};

static bool is_forgotten(const struct forgetting *forgetting, struct bytes key)
{
    return key.size >= forgetting->prefix.size &&
           memcmp(key.data, forgetting->prefix.data, forgetting->prefix.size) == 0;
}

static bool state_forget(void *context, struct bytes key, struct bytes value)
{
    const struct forgetting *const forgetting = context;
    (void)value;
    if (is_forgotten(forgetting, key)) {
        row_remember(forgetting->tracks, TABLE_STOP, key);
        row_map_delete(&forgetting->tracks->states, key);
    }
    return true;
}

static bool visit_forget(void *context, struct bytes key, struct bytes value)
{
    const struct forgetting *const forgetting = context;
    if (is_forgotten(forgetting, key)) {
        row_remember(forgetting->tracks, TABLE_STOP, value); // the key of its row
        row_map_delete(&forgetting->tracks->visits, key);
    }
    return true;
}

// Lets go of the rows in memory that a prefix stands for.
static void prefix_forget(struct tracks *tracks, struct bytes prefix)
{
    struct forgetting forgetting = {tracks, prefix};
    if (prefix.size == 0 || prefix.data[0] == TRACK_STATE) {
        row_map_each(&tracks->states, state_forget, &forgetting);
    }
    if (prefix.size == 0 || prefix.data[0] == TRACK_VISIT) {
        row_map_each(&tracks->visits, visit_forget, &forgetting);
    }
}

static void prefix_delete(struct tracks *tracks, struct ledger_turn *turn, struct bytes prefix)
{
    prefix_forget(tracks, prefix);
    turn_delete_prefix(turn, TABLE_STOP, prefix);
}

static void observe_drop(void *context, struct ledger_turn *turn,
                         const struct collection *collection)
{
    static const enum track_row kinds[] = {TRACK_STATE, TRACK_SEGMENT, TRACK_VISIT};
    struct tracks *const tracks = context;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct buffer *const key = &tracks->key;
        buffer_clear(key);
        buffer_append_u8(key, (uint8_t)kinds[i]);
        put_big_endian(key, collection_number(collection), sizeof(uint32_t));
        if (buffer_status(key) != STATUS_OK) {
            return;
        }
        prefix_delete(tracks, turn, buffer_bytes(key));
    }
}

void track_purge(struct tracks *tracks, struct ledger_turn *turn, uint32_t collection,
                 struct bytes id)
{
    static const enum track_row kinds[] = {TRACK_SEGMENT, TRACK_VISIT};
    track_key(&tracks->key, TRACK_STATE, collection, id);
    if (buffer_status(&tracks->key) == STATUS_OK) {
        track_row_delete(tracks, turn, TABLE_STOP, buffer_bytes(&tracks->key));
    }
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        track_key(&tracks->key, kinds[i], collection, id);
        if (buffer_status(&tracks->key) == STATUS_OK) {
            prefix_delete(tracks, turn, buffer_bytes(&tracks->key));
        }
    }
    track_trips_purge(tracks, turn, collection, id);
}

// --- Visits ---

static void visit_put(struct tracks *tracks, struct ledger_turn *turn, struct bytes key,
                      int64_t left_us)
{
    buffer_clear(&tracks->value);
    buffer_append_u64(&tracks->value, (uint64_t)left_us);
    if (buffer_status(&tracks->value) == STATUS_OK) {
        track_row_put(tracks, turn, TABLE_STOP, key, buffer_bytes(&tracks->value));
    }
}

static void visit_take(struct tracks *tracks, struct ledger_turn *turn, const struct event *event)
{
    const struct collection *const collection =
        live_collection(live_view_working(tracks->live), event->collection);
    struct buffer key SCOPED(buffer_free) = {.account = tracks->key.account};
    struct bytes open;
    if (collection == NULL) {
        return;
    }
    track_key(&key, TRACK_VISIT, collection_number(collection), event->object);
    const size_t time_at = key.size;
    if (event->kind == EVENT_ENTER) {
        track_key_time(&key, event->event_us);
        buffer_append_bytes(&key, event->fence);
        if (buffer_status(&key) == STATUS_OK) {
            visit_put(tracks, turn, buffer_bytes(&key), 0);
        }
        return;
    }
    buffer_append_bytes(&key, event->fence); // as an open one is looked up: without its time
    if (buffer_status(&key) == STATUS_OK &&
        row_map_get(&tracks->visits, buffer_bytes(&key), &open)) {
        key.size = time_at;
        buffer_clear(&key);
        buffer_append_bytes(&key, open);
        if (buffer_status(&key) == STATUS_OK) {
            visit_put(tracks, turn, buffer_bytes(&key), event->event_us);
        }
    }
}

void tracks_event(void *context, struct ledger_turn *turn, struct event *event)
{
    struct tracks *const tracks = context;
    // Without a turn nothing has happened: fences_try only asks.
    if (turn != NULL && (event->kind == EVENT_ENTER || event->kind == EVENT_EXIT)) {
        visit_take(tracks, turn, event);
    }
    tracks->sink.emit(tracks->sink.context, turn, event);
}

// --- The stage ---

static enum status load(void *context, enum ledger_table table, struct bytes key,
                        struct bytes value, struct fault *fault)
{
    struct segmenter segmenter;
    struct trip trip;
    if (table == TABLE_STOP && key.size != 0 && key.data[0] == TRACK_STATE) {
        TRY(segmenter_decode(value, &segmenter, fault));
    }
    if (table == TABLE_TRIP) {
        TRY(trip_decode(value, &trip, fault));
    }
    return row_apply(context, table, key, value)
               ? STATUS_OK
               : fault_set(fault, STATUS_NO_MEMORY, "no memory for the tracks of objects");
}

static enum status replay(void *context, const struct effect *effect, struct fault *fault)
{
    struct tracks *const tracks = context;
    if (effect->kind == EFFECT_DELETE_PREFIX) {
        prefix_forget(tracks, effect->key);
        buffer_clear(&tracks->before);
        return STATUS_OK;
    }
    if (effect->kind == EFFECT_DELETE) {
        (void)row_apply(tracks, effect->table, effect->key, (struct bytes){0});
        return STATUS_OK;
    }
    return load(context, effect->table, effect->key, effect->value, fault);
}

static int64_t deadline_us(void *context)
{
    return ((const struct tracks *)context)->expiry_us;
}

static void due(void *context, struct ledger_turn *turn)
{
    track_trips_expire(context, turn);
}

static void publish(void *context, const struct ledger_turn *turn)
{
    struct tracks *const tracks = context;
    buffer_clear(&tracks->before);
    if (turn != NULL) {
        atomic_store_explicit(&tracks->clock_us, turn->now_us, memory_order_relaxed);
    }
}

static struct bytes text_at(struct reader *reader)
{
    return reader_take(reader, reader_u32(reader));
}

// Walks the remembered rows from the last to the first.
static void undo(void *context)
{
    enum { MARK_SIZE = 4 };
    struct tracks *const tracks = context;
    struct buffer *const before = &tracks->before;
    while (before->size > MARK_SIZE) {
        struct reader mark = {
            .rest = {.data = before->data + before->size - MARK_SIZE, .size = MARK_SIZE}};
        const size_t begin = reader_u32(&mark);
        struct reader reader = {
            .rest = {.data = before->data + begin, .size = before->size - begin}};
        const enum ledger_table table = (enum ledger_table)reader_u8(&reader);
        const struct bytes key = text_at(&reader);
        (void)row_apply(tracks, table, key, text_at(&reader));
        before->size = begin;
    }
    buffer_clear(before);
}

// Stops, moves and visits age by when they began; states and trips do not.
static bool is_expired(void *context, enum ledger_table table, struct bytes key, struct bytes value)
{
    enum { HEAD_SIZE = 7 };
    const struct tracks *const tracks = context;
    (void)value;
    if (table != TABLE_STOP || key.size < HEAD_SIZE || key.data[0] == TRACK_STATE) {
        return false;
    }
    struct reader reader = {.rest = key};
    (void)reader_take(&reader, HEAD_SIZE + ((size_t)key.data[5] << 8 | key.data[6]));
    uint64_t time = 0;
    for (unsigned i = 0; i < 8; i++) {
        time = time << 8 | reader_u8(&reader);
    }
    const int64_t begin_us = (int64_t)(time ^ UINT64_C(1) << 63);
    const int64_t now_us = atomic_load_explicit(&tracks->clock_us, memory_order_relaxed);
    return !reader.overrun && begin_us < now_us - tracks->settings.kept_us;
}

enum status tracks_new(struct ledger *ledger, struct live *live, struct memory_account *account,
                       const struct track_settings *settings, const struct fence_sink *sink,
                       struct tracks **tracks, struct fault *fault)
{
    struct tracks *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for tracks");
    }
    made->ledger = ledger;
    made->live = live;
    made->settings = *settings;
    made->sink = *sink;
    made->expiry_us = INT64_MAX;
    made->states.account = made->visits.account = made->trips.account = made->errands.account =
        account;
    made->before.account = made->key.account = made->value.account = made->list.account =
        made->json.account = account;
    const struct live_observer observer = {
        .changed = observe_change, .dropped = observe_drop, .context = made};
    live_observe(live, &observer);
    const struct ledger_stage stage = {
        .name = "track",
        .tables = 1U << TABLE_STOP | 1U << TABLE_TRIP,
        .load = load,
        .replay = replay,
        .deadline_us = deadline_us,
        .due = due,
        .publish = publish,
        .undo = undo,
        .is_expired = is_expired,
        .context = made,
    };
    ledger_stage_add(ledger, &stage);
    *tracks = made;
    return STATUS_OK;
}

void tracks_free(struct tracks *tracks)
{
    if (tracks != NULL) {
        row_map_free(&tracks->states);
        row_map_free(&tracks->visits);
        row_map_free(&tracks->trips);
        row_map_free(&tracks->errands);
        buffer_free(&tracks->before);
        buffer_free(&tracks->key);
        buffer_free(&tracks->value);
        buffer_free(&tracks->list);
        buffer_free(&tracks->json);
        memory_give(tracks);
    }
}
