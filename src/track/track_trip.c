// Trips under way: told of fixes, ended by hand or by time.
#include "codec/json_write.h"
#include "track/track_private.h"

// --- Which trips an object has ---

static void errand_key(struct buffer *key, uint32_t collection, struct bytes object)
{
    buffer_clear(key);
    buffer_append_u32(key, collection);
    buffer_append_bytes(key, object);
}

// Takes an id out of a list, and puts it at its end when it is wanted there.
static void errand_change(struct tracks *tracks, const struct trip *trip, bool is_wanted)
{
    struct buffer key SCOPED(buffer_free) = {.account = tracks->key.account};
    struct buffer made SCOPED(buffer_free) = {.account = tracks->key.account};
    struct bytes list = {0};
    errand_key(&key, trip->collection, trip->object);
    (void)row_map_get(&tracks->errands, buffer_bytes(&key), &list);
    struct reader reader = {.rest = list};
    while (reader.rest.size != 0) {
        const struct bytes id = reader_take(&reader, (size_t)reader_varint(&reader));
        if (!bytes_equal(id, trip->id)) {
            buffer_append_varint(&made, id.size);
            buffer_append_bytes(&made, id);
        }
    }
    if (is_wanted) {
        buffer_append_varint(&made, trip->id.size);
        buffer_append_bytes(&made, trip->id);
    }
    if (buffer_status(&key) != STATUS_OK || buffer_status(&made) != STATUS_OK) {
        return;
    }
    if (made.size == 0) {
        row_map_delete(&tracks->errands, buffer_bytes(&key));
    } else if (!row_map_put(&tracks->errands, buffer_bytes(&key), buffer_bytes(&made))) {
        return; // without memory its fixes pass it by until the next start
    }
}

void track_trip_apply(struct tracks *tracks, struct bytes id, struct bytes value)
{
    struct trip trip;
    struct bytes old;
    const bool is_row = value.size != 0 && trip_decode(value, &trip, NULL) == STATUS_OK;
    if (is_row && !trip_is_over(trip.status)) {
        const int64_t expiry_us = trip.touched_us + trip.idle_us;
        if (!row_map_get(&tracks->trips, id, &old)) {
            errand_change(tracks, &trip, true);
        }
        if (row_map_put(&tracks->trips, id, value) && expiry_us < tracks->expiry_us) {
            tracks->expiry_us = expiry_us;
        }
        return;
    }
    if (row_map_get(&tracks->trips, id, &old) && trip_decode(old, &trip, NULL) == STATUS_OK) {
        errand_change(tracks, &trip, false);
        row_map_delete(&tracks->trips, id);
    }
}

// --- Rows and events ---

static void trip_store(struct tracks *tracks, struct ledger_turn *turn, const struct trip *trip)
{
    struct buffer value SCOPED(buffer_free) = {.account = tracks->value.account};
    trip_encode(trip, &value);
    if (buffer_status(&value) == STATUS_OK) {
        track_row_put(tracks, turn, TABLE_TRIP, trip->id, buffer_bytes(&value));
    }
}

static void write_payload(const struct trip *trip, struct buffer *out)
{
    struct json_writer json = {.out = out};
    const int64_t eta_us = trip_eta_us(trip);
    buffer_clear(out);
    json_begin_object(&json);
    JSON_KEY(&json, "trip");
    json_text(&json, trip->id);
    JSON_KEY(&json, "status");
    json_text_of(&json, trip_status_name(trip->status));
    if (trip->remaining_m >= 0) {
        JSON_KEY(&json, "remaining_m");
        json_decimal(&json, trip->remaining_m, 1);
        JSON_KEY(&json, "progress");
        json_decimal(&json, trip_progress(trip), 3);
    }
    if (eta_us >= 0) {
        JSON_KEY(&json, "eta_s");
        json_integer(&json, eta_us / 1000000);
    }
    if (trip->metadata.size != 0) {
        JSON_KEY(&json, "metadata");
        json_raw(&json, trip->metadata);
    }
    json_end_object(&json);
}

static void trip_emit(struct tracks *tracks, struct ledger_turn *turn, const struct trip *trip,
                      enum event_kind kind, int64_t event_us)
{
    write_payload(trip, &tracks->json);
    if (buffer_status(&tracks->json) != STATUS_OK) {
        return;
    }
    struct event event = {
        .kind = kind,
        .collection = trip->collection_name,
        .object = trip->object,
        .fence = trip->fence,
        .event_us = event_us,
        .arrival_us = turn->now_us,
        .point = trip->fix_us != 0 ? trip->fix : shape_centre(trip->destination),
        .distance_m = trip->remaining_m,
        .reason = kind == EVENT_TRIP_ENDED ? bytes_from_text(trip_status_name(trip->status))
                                           : (struct bytes){0},
        .payload = buffer_bytes(&tracks->json),
    };
    tracks->sink.emit(tracks->sink.context, turn, &event);
}

// --- Changes ---

static void trip_take_fix(struct tracks *tracks, struct ledger_turn *turn, struct bytes id,
                          int64_t event_us, const struct row *row)
{
    struct buffer copy SCOPED(buffer_free) = {.account = tracks->value.account};
    struct bytes value;
    struct trip trip;
    unsigned reached = 0;
    if (!row_map_get(&tracks->trips, id, &value)) {
        return;
    }
    buffer_append_bytes(&copy, value); // what the trip borrows must outlive its old row
    if (buffer_status(&copy) != STATUS_OK ||
        trip_decode(buffer_bytes(&copy), &trip, NULL) != STATUS_OK ||
        !trip_take(&trip, event_us, row->point, row->has_motion ? row->speed_mps : -1, &reached)) {
        return;
    }
    trip.touched_us = turn->now_us;
    trip_store(tracks, turn, &trip);
    if ((reached & 1U << TRIP_APPROACHING) != 0) {
        trip_emit(tracks, turn, &trip, EVENT_TRIP_APPROACHING, event_us);
    }
    if ((reached & 1U << TRIP_ARRIVED) != 0) {
        trip_emit(tracks, turn, &trip, EVENT_TRIP_ARRIVED, event_us);
    }
}

// Calls for every trip the object has under way, on a copy of the list.
static void errands_each(struct tracks *tracks, uint32_t collection, struct bytes object,
                         void (*each)(void *context, struct bytes id), void *context)
{
    struct buffer copy SCOPED(buffer_free) = {.account = tracks->key.account};
    struct bytes list;
    errand_key(&tracks->key, collection, object);
    if (buffer_status(&tracks->key) != STATUS_OK ||
        !row_map_get(&tracks->errands, buffer_bytes(&tracks->key), &list)) {
        return;
    }
    buffer_append_bytes(&copy, list);
    struct reader reader = {.rest = buffer_bytes(&copy)};
    while (reader.rest.size != 0 && buffer_status(&copy) == STATUS_OK) {
        each(context, reader_take(&reader, (size_t)reader_varint(&reader)));
    }
}

struct taking {
    struct tracks *tracks;
    struct ledger_turn *turn;
    int64_t event_us;
    const struct row *row;
};

static void take_one(void *context, struct bytes id)
{
    const struct taking *const taking = context;
    trip_take_fix(taking->tracks, taking->turn, id, taking->event_us, taking->row);
}

void track_trips_take(struct tracks *tracks, struct ledger_turn *turn, uint32_t collection,
                      struct bytes object, int64_t event_us, const struct row *row)
{
    struct taking taking = {tracks, turn, event_us, row};
    if (tracks->errands.count != 0) {
        errands_each(tracks, collection, object, take_one, &taking);
    }
}

static void purge_one(void *context, struct bytes id)
{
    const struct taking *const taking = context;
    track_row_delete(taking->tracks, taking->turn, TABLE_TRIP, id);
}

void track_trips_purge(struct tracks *tracks, struct ledger_turn *turn, uint32_t collection,
                       struct bytes object)
{
    struct taking taking = {tracks, turn, 0, NULL};
    errands_each(tracks, collection, object, purge_one, &taking);
}

enum status track_trip_put(struct tracks *tracks, struct ledger_turn *turn, struct trip *trip,
                           bool is_new, struct fault *fault)
{
    struct bytes old;
    if (is_new && row_map_get(&tracks->trips, trip->id, &old)) {
        return fault_set(
            fault, STATUS_BUSY, "a trip '%.*s' is under way; end it, or take another id",
            (int)(trip->id.size < 100 ? trip->id.size : 100), (const char *)trip->id.data);
    }
    trip->touched_us = turn->now_us;
    if (is_new) {
        trip->created_us = turn->now_us;
        trip->initial_m = trip->remaining_m = trip->pace_mps = -1;
        trip->started_us = trip->status == TRIP_STARTED ? turn->now_us : 0;
    }
    trip_store(tracks, turn, trip);
    if (is_new && trip->status == TRIP_STARTED) {
        trip_emit(tracks, turn, trip, EVENT_TRIP_STARTED, turn->now_us);
    }
    return STATUS_OK;
}

bool track_trip_find(const struct tracks *tracks, struct bytes id, struct trip *trip)
{
    struct bytes value;
    return row_map_get(&tracks->trips, id, &value) && trip_decode(value, trip, NULL) == STATUS_OK;
}

enum status track_trip_turn(struct tracks *tracks, struct ledger_turn *turn, struct bytes id,
                            enum trip_status status, struct fault *fault)
{
    struct buffer copy SCOPED(buffer_free) = {.account = tracks->value.account};
    struct bytes value;
    struct trip trip;
    if (!row_map_get(&tracks->trips, id, &value)) {
        return fault_set(fault, STATUS_NOT_FOUND, "no trip '%.*s' is under way",
                         (int)(id.size < 100 ? id.size : 100), (const char *)id.data);
    }
    buffer_append_bytes(&copy, value);
    TRY(buffer_status(&copy));
    TRY(trip_decode(buffer_bytes(&copy), &trip, fault));
    const bool is_allowed = trip_is_over(status) ||
                            (status == TRIP_STARTED && trip.status == TRIP_PENDING) ||
                            status == trip.status;
    if (!is_allowed) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "status: a trip that is %s cannot become %s",
                         trip_status_name(trip.status), trip_status_name(status));
    }
    if (status == trip.status) {
        return STATUS_OK;
    }
    trip.status = status;
    trip.touched_us = turn->now_us;
    if (status == TRIP_STARTED) {
        trip.started_us = turn->now_us;
    } else {
        trip.ended_us = turn->now_us;
    }
    trip_store(tracks, turn, &trip);
    trip_emit(tracks, turn, &trip, status == TRIP_STARTED ? EVENT_TRIP_STARTED : EVENT_TRIP_ENDED,
              turn->now_us);
    return STATUS_OK;
}

// --- Expiry ---

struct expiring {
    struct buffer ids;
    int64_t now_us, next_us;
};

static bool expire_look(void *context, struct bytes key, struct bytes value)
{
    struct expiring *const expiring = context;
    struct trip trip;
    if (trip_decode(value, &trip, NULL) != STATUS_OK) {
        return true;
    }
    const int64_t expiry_us = trip.touched_us + trip.idle_us;
    if (expiry_us <= expiring->now_us) {
        buffer_append_varint(&expiring->ids, key.size);
        buffer_append_bytes(&expiring->ids, key);
    } else if (expiry_us < expiring->next_us) {
        expiring->next_us = expiry_us;
    }
    return true;
}

// The deadline is that of the trip that was touched longest ago, or earlier: fixes move it on.
void track_trips_expire(struct tracks *tracks, struct ledger_turn *turn)
{
    if (turn->now_us < tracks->expiry_us) {
        return;
    }
    struct expiring expiring = {
        .ids = {.account = tracks->key.account}, .now_us = turn->now_us, .next_us = INT64_MAX};
    row_map_each(&tracks->trips, expire_look, &expiring);
    struct reader reader = {.rest = buffer_bytes(&expiring.ids)};
    while (reader.rest.size != 0) {
        const struct bytes id = reader_take(&reader, (size_t)reader_varint(&reader));
        status_ignore(track_trip_turn(tracks, turn, id, TRIP_EXPIRED, NULL),
                      "it is under way, and may always expire");
    }
    tracks->expiry_us = expiring.next_us;
    buffer_free(&expiring.ids);
}

void track_trip_forget(struct tracks *tracks, struct ledger_turn *turn, struct bytes id)
{
    track_row_delete(tracks, turn, TABLE_TRIP, id);
}
