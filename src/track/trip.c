#include "track/trip.h"

#include <string.h>

#include "base/date.h"
#include "codec/geojson.h"
#include "codec/json_write.h"
#include "geo/distance.h"

enum { FORMAT = 1 };

static const double pace_memory = 0.7;    // of the pace before in the new one
static const double pace_least_mps = 0.3; // slower says nothing about when it will be there

static const char *const status_names[TRIP_STATUS_COUNT] = {
    [TRIP_PENDING] = "pending", [TRIP_STARTED] = "started",     [TRIP_APPROACHING] = "approaching",
    [TRIP_ARRIVED] = "arrived", [TRIP_COMPLETED] = "completed", [TRIP_CANCELED] = "canceled",
    [TRIP_EXPIRED] = "expired",
};

const char *trip_status_name(enum trip_status status)
{
    return status_names[status];
}

bool trip_status_find(struct bytes name, enum trip_status *status)
{
    for (unsigned i = 0; i < TRIP_STATUS_COUNT; i++) {
        if (bytes_equal(name, bytes_from_text(status_names[i]))) {
            *status = (enum trip_status)i;
            return true;
        }
    }
    return false;
}

// --- On the way ---

static void pace_take(struct trip *trip, int64_t event_us, struct geo_point point, float speed_mps)
{
    double pace_mps = (double)speed_mps;
    if (pace_mps < 0) {
        if (trip->fix_us == 0) {
            return;
        }
        pace_mps = distance_m(trip->fix, point) * 1e6 / (double)(event_us - trip->fix_us);
    }
    trip->pace_mps =
        trip->pace_mps < 0 ? pace_mps : pace_memory * trip->pace_mps + (1 - pace_memory) * pace_mps;
}

bool trip_take(struct trip *trip, int64_t event_us, struct geo_point point, float speed_mps,
               unsigned *reached)
{
    *reached = 0;
    if (trip->status == TRIP_PENDING || trip_is_over(trip->status) || event_us <= trip->fix_us) {
        return false;
    }
    pace_take(trip, event_us, point, speed_mps);
    if (trip->fix_us != 0) {
        trip->travelled_m += distance_m(trip->fix, point);
    }
    trip->fix_us = event_us;
    trip->fix = point;
    trip->remaining_m = shape_distance_to_point_m(trip->destination, point);
    if (trip->initial_m < 0) {
        trip->initial_m = trip->remaining_m;
    }
    const int64_t eta_us = trip_eta_us(trip);
    const bool is_near =
        trip->remaining_m <= trip->approaching_m ||
        (trip->approaching_us != 0 && eta_us >= 0 && eta_us <= trip->approaching_us);
    if (trip->status == TRIP_STARTED && is_near) {
        trip->status = TRIP_APPROACHING;
        trip->approaching_at_us = event_us;
        *reached |= 1U << TRIP_APPROACHING;
    }
    if (trip->status == TRIP_APPROACHING && trip->remaining_m <= 0) {
        trip->status = TRIP_ARRIVED;
        trip->arrived_us = event_us;
        *reached |= 1U << TRIP_ARRIVED;
    }
    return true;
}

int64_t trip_eta_us(const struct trip *trip)
{
    if (trip->status == TRIP_ARRIVED || trip->status == TRIP_COMPLETED) {
        return 0;
    }
    if (trip->remaining_m < 0 || trip->pace_mps < pace_least_mps) {
        return -1;
    }
    return (int64_t)(trip->remaining_m / trip->pace_mps * 1e6);
}

double trip_progress(const struct trip *trip)
{
    if (trip->arrived_us != 0) {
        return 1;
    }
    if (trip->initial_m <= 0 || trip->remaining_m >= trip->initial_m) {
        return 0;
    }
    return 1 - trip->remaining_m / trip->initial_m;
}

// --- Rows ---

static void put_double(struct buffer *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    buffer_append_u64(out, bits);
}

static double take_double(struct reader *reader)
{
    const uint64_t bits = reader_u64(reader);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static void put_text(struct buffer *out, struct bytes text)
{
    buffer_append_varint(out, text.size);
    buffer_append_bytes(out, text);
}

static struct bytes take_text(struct reader *reader)
{
    return reader_take(reader, (size_t)reader_varint(reader));
}

void trip_encode(const struct trip *trip, struct buffer *out)
{
    const int64_t times[] = {
        trip->approaching_us, trip->scheduled_us, trip->idle_us,           trip->created_us,
        trip->touched_us,     trip->started_us,   trip->approaching_at_us, trip->arrived_us,
        trip->ended_us,       trip->fix_us};
    const double measures[] = {trip->approaching_m, trip->initial_m, trip->remaining_m,
                               trip->travelled_m, trip->pace_mps};
    buffer_append_u8(out, FORMAT);
    buffer_append_u8(out, (uint8_t)trip->status);
    buffer_append_u32(out, trip->collection);
    put_text(out, trip->id);
    put_text(out, trip->collection_name);
    put_text(out, trip->object);
    put_text(out, trip->fence);
    put_text(out, trip->destination.bytes);
    put_text(out, trip->metadata);
    buffer_append_u32(out, (uint32_t)trip->fix.lng_e7);
    buffer_append_u32(out, (uint32_t)trip->fix.lat_e7);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        buffer_append_u64(out, (uint64_t)times[i]);
    }
    for (size_t i = 0; i < COUNT_OF(measures); i++) {
        put_double(out, measures[i]);
    }
}

enum status trip_decode(struct bytes bytes, struct trip *trip, struct fault *fault)
{
    struct reader reader = {.rest = bytes};
    struct trip read = {0};
    if (reader_u8(&reader) != FORMAT) {
        return fault_set(fault, STATUS_UNSUPPORTED, "a trip's row has another version");
    }
    const uint8_t status = reader_u8(&reader);
    read.collection = reader_u32(&reader);
    read.id = take_text(&reader);
    read.collection_name = take_text(&reader);
    read.object = take_text(&reader);
    read.fence = take_text(&reader);
    read.destination.bytes = take_text(&reader);
    read.metadata = take_text(&reader);
    read.fix.lng_e7 = (int32_t)reader_u32(&reader);
    read.fix.lat_e7 = (int32_t)reader_u32(&reader);
    int64_t *const times[] = {
        &read.approaching_us, &read.scheduled_us, &read.idle_us,           &read.created_us,
        &read.touched_us,     &read.started_us,   &read.approaching_at_us, &read.arrived_us,
        &read.ended_us,       &read.fix_us};
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        *times[i] = (int64_t)reader_u64(&reader);
    }
    double *const measures[] = {&read.approaching_m, &read.initial_m, &read.remaining_m,
                                &read.travelled_m, &read.pace_mps};
    for (size_t i = 0; i < COUNT_OF(measures); i++) {
        *measures[i] = take_double(&reader);
    }
    if (reader.overrun || reader.rest.size != 0 || status >= TRIP_STATUS_COUNT ||
        shape_verify(read.destination.bytes, NULL) != STATUS_OK) {
        return fault_set(fault, STATUS_CORRUPT, "a trip's row is damaged");
    }
    read.status = (enum trip_status)status;
    *trip = read;
    return STATUS_OK;
}

// --- JSON ---

static void write_time(struct json_writer *json, const char *name, int64_t time_us)
{
    if (time_us != 0) {
        char text[DATE_RFC3339_SIZE + 1];
        date_format_rfc3339(time_us, text);
        json_key(json, bytes_from_text(name));
        json_text_of(json, text);
    }
}

static void write_destination(struct json_writer *json, const struct trip *trip)
{
    JSON_KEY(json, "destination");
    json_begin_object(json);
    if (trip->fence.size != 0) {
        JSON_KEY(json, "fence");
        json_text(json, trip->fence);
    }
    const struct geo_point centre = shape_centre(trip->destination);
    JSON_KEY(json, "lat");
    json_e7(json, centre.lat_e7);
    JSON_KEY(json, "lon");
    json_e7(json, centre.lng_e7);
    json_end_object(json);
}

static void write_way(struct json_writer *json, const struct trip *trip)
{
    const int64_t eta_us = trip_eta_us(trip);
    if (trip->remaining_m >= 0) {
        JSON_KEY(json, "remaining_m");
        json_decimal(json, trip->remaining_m, 1);
        JSON_KEY(json, "travelled_m");
        json_decimal(json, trip->travelled_m, 1);
        JSON_KEY(json, "progress");
        json_decimal(json, trip_progress(trip), 3);
        JSON_KEY(json, "lat");
        json_e7(json, trip->fix.lat_e7);
        JSON_KEY(json, "lon");
        json_e7(json, trip->fix.lng_e7);
    }
    if (eta_us >= 0 && trip->arrived_us == 0 && !trip_is_over(trip->status)) {
        JSON_KEY(json, "eta_s");
        json_integer(json, eta_us / 1000000);
        write_time(json, "eta", trip->fix_us + eta_us);
        if (trip->scheduled_us != 0) {
            JSON_KEY(json, "delay_s");
            json_integer(json, (trip->fix_us + eta_us - trip->scheduled_us) / 1000000);
        }
    }
}

void trip_write_json(const struct trip *trip, struct buffer *out)
{
    struct json_writer writer = {.out = out};
    struct json_writer *const json = &writer;
    json_begin_object(json);
    JSON_KEY(json, "id");
    json_text(json, trip->id);
    JSON_KEY(json, "status");
    json_text_of(json, trip_status_name(trip->status));
    JSON_KEY(json, "collection");
    json_text(json, trip->collection_name);
    JSON_KEY(json, "object");
    json_text(json, trip->object);
    write_destination(json, trip);
    write_way(json, trip);
    write_time(json, "created", trip->created_us);
    write_time(json, "started", trip->started_us);
    write_time(json, "approaching", trip->approaching_at_us);
    write_time(json, "arrived", trip->arrived_us);
    write_time(json, "ended", trip->ended_us);
    write_time(json, "scheduled", trip->scheduled_us);
    write_time(json, "fix", trip->fix_us);
    if (trip->metadata.size != 0) {
        JSON_KEY(json, "metadata");
        json_raw(json, trip->metadata);
    }
    json_end_object(json);
}
