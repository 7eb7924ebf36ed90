#include "command/trip_routes.h"

#include <stdio.h>

#include "base/date.h"
#include "codec/json_slice.h"
#include "command/live_feature.h"
#include "command/live_private.h"
#include "command/segment_routes.h"
#include "fence/fence.h"
#include "track/track.h"

enum { TRIP_ID };
enum { TRIPS_COLLECTION, TRIPS_OBJECT, TRIPS_STATUS, TRIPS_LIMIT, TRIPS_CURSOR };
static void answer_ok(struct call *call)
{
    call_answer(call, 200);
}

// --- A trip from JSON ---

struct trip_given {
    struct trip trip;
    struct buffer shape;  // of a destination that is a point
    struct buffer copies; // texts unescaped
    bool has_status, has_destination, has_approaching;
    double lat_deg, lng_deg, radius_m;
};

static void release_given(struct call *call)
{
    struct trip_given *const given = call->state;
    buffer_free(&given->shape);
    buffer_free(&given->copies);
}

static struct trip_given *given_begin(struct call *call)
{
    struct trip_given *const given = call_take(call, sizeof(*given));
    if (given == NULL) {
        call_fail_memory(call);
        return NULL;
    }
    given->shape.account = given->copies.account = call->world->account;
    given->radius_m = 100;
    given->trip.status = TRIP_STARTED;
    given->trip.collection_name = BYTES_OF("fleet");
    given->trip.approaching_m = TRIP_APPROACHING_DEFAULT_M;
    given->trip.idle_us = TRIP_EXPIRES_DEFAULT_US;
    call->state = given;
    call->release = release_given;
    return given;
}

static enum status member_fault(const char *name, const char *what, struct fault *fault)
{
    return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: %s", name, what);
}

static enum status read_text(struct call *call, const char *name, struct bytes value,
                             struct bytes *text, struct fault *fault)
{
    if (value.size < 3 || value.data[0] != '"' || value.size > PARAMETER_NAME_SIZE_MAX) {
        return member_fault(name, "it is a text of 1 to 512 bytes", fault);
    }
    struct buffer plain SCOPED(buffer_free) = {.account = call->world->account};
    json_slice_unescape(value, &plain);
    TRY(buffer_status(&plain));
    *text = call_keep(call, buffer_bytes(&plain));
    return text->size == SIZE_MAX ? STATUS_NO_MEMORY : STATUS_OK;
}

static struct bytes unquoted(struct bytes value)
{
    return value.size >= 2 && value.data[0] == '"'
               ? (struct bytes){.data = value.data + 1, .size = value.size - 2}
               : value;
}

static enum status read_measure(const char *name, struct bytes value, double most, double *measure,
                                struct fault *fault)
{
    return value_parse_number(value, measure) && *measure >= 0 && *measure <= most
               ? STATUS_OK
               : member_fault(name, "it is a number of metres that is not negative", fault);
}

static enum status read_duration(const char *name, struct bytes value, int64_t *duration_us,
                                 struct fault *fault)
{
    return value_parse_duration(unquoted(value), duration_us) && *duration_us > 0
               ? STATUS_OK
               : member_fault(name, "it is a duration like \"15m\", or milliseconds", fault);
}

// {"fence":"depot"}, or {"lat":47.1,"lon":9.5,"radius":100}
static enum status read_destination(struct call *call, struct trip_given *given, struct bytes value,
                                    struct fault *fault)
{
    const struct bytes fence = json_slice_find(value, BYTES_OF("fence"));
    const struct bytes lat = json_slice_find(value, BYTES_OF("lat"));
    const struct bytes lon = json_slice_find(value, BYTES_OF("lon"));
    const struct bytes radius = json_slice_find(value, BYTES_OF("radius"));
    given->has_destination = true;
    if (fence.data != NULL) {
        return read_text(call, "destination.fence", fence, &given->trip.fence, fault);
    }
    if (lat.data == NULL || lon.data == NULL || !value_parse_number(lat, &given->lat_deg) ||
        !value_parse_number(lon, &given->lng_deg) || given->lat_deg < -90 || given->lat_deg > 90 ||
        given->lng_deg < -180 || given->lng_deg > 180) {
        return member_fault("destination", "it has a fence, or lat and lon in degrees", fault);
    }
    if (radius.data != NULL) {
        TRY(read_measure("destination.radius", radius, 1e6, &given->radius_m, fault));
    }
    shape_add_circle(&given->shape, GEO_POINT(given->lng_deg, given->lat_deg), given->radius_m);
    return buffer_status(&given->shape);
}

static enum status read_approaching(struct trip_given *given, struct bytes value,
                                    struct fault *fault)
{
    given->has_approaching = true;
    // A number is metres, a text a time.
    if (value.data[0] == '"') {
        given->trip.approaching_m = 0;
        return read_duration("approaching", value, &given->trip.approaching_us, fault);
    }
    return read_measure("approaching", value, 1e7, &given->trip.approaching_m, fault);
}

static enum status read_status(struct trip_given *given, struct bytes value, struct fault *fault)
{
    given->has_status = true;
    return trip_status_find(unquoted(value), &given->trip.status) &&
                   (given->trip.status <= TRIP_STARTED || given->trip.status == TRIP_COMPLETED ||
                    given->trip.status == TRIP_CANCELED)
               ? STATUS_OK
               : member_fault("status", "it is pending, started, completed or canceled", fault);
}

static enum status read_member(struct call *call, struct trip_given *given, struct bytes name,
                               struct bytes value, struct fault *fault)
{
    struct trip *const trip = &given->trip;
    if (json_slice_equals(name, BYTES_OF("id"))) {
        return read_text(call, "id", value, &trip->id, fault);
    }
    if (json_slice_equals(name, BYTES_OF("collection"))) {
        return read_text(call, "collection", value, &trip->collection_name, fault);
    }
    if (json_slice_equals(name, BYTES_OF("object"))) {
        return read_text(call, "object", value, &trip->object, fault);
    }
    if (json_slice_equals(name, BYTES_OF("destination"))) {
        return read_destination(call, given, value, fault);
    }
    if (json_slice_equals(name, BYTES_OF("approaching"))) {
        return read_approaching(given, value, fault);
    }
    if (json_slice_equals(name, BYTES_OF("expires_after"))) {
        return read_duration("expires_after", value, &trip->idle_us, fault);
    }
    if (json_slice_equals(name, BYTES_OF("scheduled"))) {
        return value_parse_time(unquoted(value), &trip->scheduled_us)
                   ? STATUS_OK
                   : member_fault("scheduled", "it is a time like \"2026-11-21T14:30:00Z\"", fault);
    }
    if (json_slice_equals(name, BYTES_OF("status"))) {
        return read_status(given, value, fault);
    }
    if (json_slice_equals(name, BYTES_OF("metadata"))) {
        trip->metadata = value;
        return value.data[0] == '{' && value.size <= 16384
                   ? STATUS_OK
                   : member_fault("metadata", "it is an object of at most 16 KB", fault);
    }
    return fault_set(fault, STATUS_OUT_OF_RANGE, "a trip has no member %.*s", (int)name.size,
                     (const char *)name.data);
}

static enum status read_trip(struct call *call, struct trip_given *given, struct fault *fault)
{
    struct bytes rest = json_slice_trim(call->body);
    struct bytes name;
    struct bytes value;
    TRY(feature_check_json(call->body, call->world->account, fault));
    if (rest.data[0] != '{') {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the body is a JSON object");
    }
    while (json_slice_member(&rest, &name, &value)) {
        TRY(read_member(call, given, name, value, fault));
    }
    return STATUS_OK;
}

// Inside a decide: the shape of the destination, of a fence the one it has now.
static enum status find_destination(struct call *call, const struct trip_given *given,
                                    struct trip *trip, struct fault *fault)
{
    struct rule rule;
    if (trip->fence.size == 0) {
        trip->destination.bytes = buffer_bytes(&given->shape);
        return STATUS_OK;
    }
    if (!fence_find(call->world->fences, trip->fence, &rule) ||
        (rule.area != RULE_SHAPE && rule.area != RULE_PLACE)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "destination.fence: there is no fence '%.*s' with an area of its own",
                         (int)(trip->fence.size < 100 ? trip->fence.size : 100),
                         (const char *)trip->fence.data);
    }
    trip->destination = rule.shape;
    return STATUS_OK;
}

// --- One trip ---

static enum status decide_post(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct trip_given *const given = call->state;
    struct trip *const trip = &given->trip;
    const struct collection *collection = NULL;
    char id[32];
    TRY(find_destination(call, given, trip, fault));
    TRY(live_need_collection(call, turn, trip->collection_name, &collection, fault));
    trip->collection = collection_number(collection);
    if (trip->id.size == 0) {
        // Turns rise, and a turn makes at most one trip without an id a call.
        const int size = snprintf(id, sizeof(id), "trip_%llx%llx", (unsigned long long)turn->at,
                                  (unsigned long long)(uintptr_t)call >> 4 & 0xfff);
        trip->id = call_keep(call, (struct bytes){(const uint8_t *)id, (size_t)size});
        if (trip->id.size == SIZE_MAX) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for the trip");
        }
    }
    TRY(track_trip_put(call->world->tracks, turn, trip, true, fault));
    trip_write_json(trip, &call->out);
    return buffer_status(&call->out);
}

static void answer_post(struct call *call)
{
    call_answer(call, 201);
}

static void post_run(struct call *call)
{
    struct fault fault = {0};
    struct trip_given *const given = given_begin(call);
    if (given == NULL) {
        return;
    }
    const enum status status = read_trip(call, given, &fault);
    if (status != STATUS_OK) {
        live_fail_body(call, status, &fault);
    } else if (given->trip.object.size == 0 || !given->has_destination) {
        call_fail(call, 400, "invalid_body", "", "a trip has an object and a destination");
    } else if (trip_is_over(given->trip.status)) {
        call_fail(call, 400, "invalid_body", "", "status: a new trip is pending or started");
    } else {
        call_write(call, DURABILITY_DEFAULT, decide_post, answer_post);
    }
}

// What is given replaces what there is; the rest stays.
static enum status change_settings(struct call *call, struct ledger_turn *turn,
                                   const struct trip_given *given, struct fault *fault)
{
    struct trip trip;
    const struct trip *const change = &given->trip;
    struct buffer row SCOPED(buffer_free) = {.account = call->world->account};
    const struct bytes id = call->values[TRIP_ID].text;
    if (!track_trip_find(call->world->tracks, id, &trip)) {
        return fault_set(fault, STATUS_NOT_FOUND, "no trip '%.*s' is under way",
                         (int)(id.size < 100 ? id.size : 100), (const char *)id.data);
    }
    trip_encode(&trip, &row); // what it borrows must outlive the change
    TRY(buffer_status(&row));
    TRY(trip_decode(buffer_bytes(&row), &trip, fault));
    if (given->has_destination) {
        trip.fence = change->fence;
        TRY(find_destination(call, given, &trip, fault));
        trip.initial_m = trip.remaining_m = -1;
        trip.fix_us = 0;
    }
    trip.metadata = change->metadata.size != 0 ? change->metadata : trip.metadata;
    trip.scheduled_us = change->scheduled_us != 0 ? change->scheduled_us : trip.scheduled_us;
    if (given->has_approaching) {
        trip.approaching_us = change->approaching_us;
        trip.approaching_m = change->approaching_m;
    }
    return track_trip_put(call->world->tracks, turn, &trip, false, fault);
}

static enum status decide_patch(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    const struct trip_given *const given = call->state;
    struct trip trip;
    TRY(change_settings(call, turn, given, fault));
    if (given->has_status) {
        TRY(track_trip_turn(call->world->tracks, turn, call->values[TRIP_ID].text,
                            given->trip.status, fault));
    }
    // A trip that has just ended is no more under way; its answer says the status alone.
    if (track_trip_find(call->world->tracks, call->values[TRIP_ID].text, &trip)) {
        trip_write_json(&trip, &call->out);
    } else {
        struct json_writer json = {.out = &call->out};
        json_begin_object(&json);
        JSON_KEY(&json, "id");
        json_text(&json, call->values[TRIP_ID].text);
        JSON_KEY(&json, "status");
        json_text_of(&json, trip_status_name(given->trip.status));
        json_end_object(&json);
    }
    return buffer_status(&call->out);
}

static void patch_run(struct call *call)
{
    struct fault fault = {0};
    struct trip_given *const given = given_begin(call);
    if (given == NULL) {
        return;
    }
    const enum status status = read_trip(call, given, &fault);
    if (status != STATUS_OK) {
        live_fail_body(call, status, &fault);
    } else if (given->trip.id.size != 0 || given->trip.object.size != 0) {
        call_fail(call, 400, "invalid_body", "", "a trip keeps its id and its object");
    } else {
        call_write(call, DURABILITY_DEFAULT, decide_patch, answer_ok);
    }
}

// Under way it is the ledger's to tell; over, the store's.
static enum status toil_get(struct call *call, struct fault *fault)
{
    const struct bytes id = call->values[TRIP_ID].text;
    const enum status status = track_trip_read(call->world->tracks, id, &call->out, fault);
    return status != STATUS_NOT_FOUND
               ? status
               : fault_set(fault, STATUS_NOT_FOUND, "there is no trip '%.*s'",
                           (int)(id.size < 100 ? id.size : 100), (const char *)id.data);
}

static enum status decide_get(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct trip trip;
    const struct bytes id = call->values[TRIP_ID].text;
    (void)turn;
    if (track_trip_find(call->world->tracks, id, &trip)) {
        trip_write_json(&trip, &call->out);
        return buffer_status(&call->out);
    }
    return call->world->is_volatile
               ? fault_set(fault, STATUS_NOT_FOUND,
                           "no trip '%.*s' is under way; with --data :memory: no other is kept",
                           (int)(id.size < 100 ? id.size : 100), (const char *)id.data)
               : STATUS_OK;
}

static void get_late(struct call *call)
{
    if (call->out.size != 0) {
        call_answer(call, 200);
    } else {
        call_work(call, toil_get, answer_ok);
    }
}

static void get_run(struct call *call)
{
    call_write(call, DURABILITY_COMMIT, decide_get, get_late);
}

// --- Lists ---

struct listing {
    struct call *call;
    struct json_writer json;
    struct buffer last; // id of the last given
    size_t left;
    bool has_more;
    enum trip_status status;
    uint64_t salt;
    struct bytes after;
};

static void release_listing(struct call *call)
{
    buffer_free(&((struct listing *)call->state)->last);
}

static bool list_trip(void *context, const struct trip *trip)
{
    struct listing *const listing = context;
    const struct value *const values = listing->call->values;
    if ((values[TRIPS_COLLECTION].is_given &&
         !bytes_equal(values[TRIPS_COLLECTION].text, trip->collection_name)) ||
        (values[TRIPS_OBJECT].is_given && !bytes_equal(values[TRIPS_OBJECT].text, trip->object)) ||
        (values[TRIPS_STATUS].is_given && (unsigned)values[TRIPS_STATUS].whole != trip->status)) {
        return true;
    }
    if (listing->left == 0) {
        listing->has_more = true;
        return false;
    }
    listing->left--;
    buffer_clear(&listing->last);
    buffer_append_bytes(&listing->last, trip->id);
    struct buffer one SCOPED(buffer_free) = {.account = listing->call->world->account};
    trip_write_json(trip, &one);
    json_raw(&listing->json, buffer_bytes(&one));
    return true;
}

static enum status toil_list(struct call *call, struct fault *fault)
{
    struct listing *const listing = call->state;
    struct json_writer *const json = &listing->json;
    json_begin_object(json);
    JSON_KEY(json, "trips");
    json_begin_array(json);
    TRY(track_trips(call->world->tracks, listing->after, list_trip, listing, fault));
    json_end_array(json);
    if (listing->has_more) {
        cursor_write(json, listing->salt, buffer_bytes(&listing->last));
    }
    json_end_object(json);
    return STATUS_OK;
}

static void list_run(struct call *call)
{
    struct fault fault = {0};
    if (segments_refuse_volatile(call)) {
        return;
    }
    struct listing *const listing = call_take(call, sizeof(*listing));
    if (listing == NULL) {
        call_fail_memory(call);
        return;
    }
    call->state = listing;
    call->release = release_listing;
    listing->call = call;
    listing->json.out = &call->out;
    listing->last.account = call->world->account;
    listing->left = (size_t)call->values[TRIPS_LIMIT].whole;
    listing->salt = cursor_hash(0, BYTES_OF("trips"));
    for (unsigned i = TRIPS_COLLECTION; i <= TRIPS_STATUS; i++) {
        listing->salt = cursor_hash(listing->salt, call->values[i].text);
    }
    if (call->values[TRIPS_CURSOR].is_given &&
        cursor_read(call, call->values[TRIPS_CURSOR].text, listing->salt, &listing->after,
                    &fault) != STATUS_OK) {
        call_fail(call, 400, "invalid_parameter", "cursor", "%s", fault.text);
        return;
    }
    call_work(call, toil_list, answer_ok);
}

// --- Rows ---

#define ROW_LIMIT                                                                \
    {                                                                            \
        .name = "limit", .kind = PARAMETER_COUNT, .minimum = 1, .maximum = 1000, \
        .fallback = "100", .example = "100", .help = "At most so many."          \
    }

static const struct parameter trip_parameters[] = {
    [TRIP_ID] = {.name = "id",
                 .kind = PARAMETER_NAME,
                 .is_required = true,
                 .example = "trip-1",
                 .help = "The id of a trip."},
};

static const struct parameter trips_parameters[] = {
    [TRIPS_COLLECTION] = {.name = "collection",
                          .kind = PARAMETER_NAME,
                          .example = "fleet",
                          .help = "Only trips of objects of this collection."},
    [TRIPS_OBJECT] = {.name = "object",
                      .kind = PARAMETER_NAME,
                      .example = "truck-7",
                      .help = "Only trips of this object."},
    [TRIPS_STATUS] = {.name = "status",
                      .kind = PARAMETER_WORD,
                      .words = "pending started approaching arrived completed canceled expired",
                      .example = "started",
                      .help = "Only trips that are so."},
    [TRIPS_LIMIT] = ROW_LIMIT,
    [TRIPS_CURSOR] = {.name = "cursor",
                      .kind = PARAMETER_STRING,
                      .example = "AAAA",
                      .help = "The `next` of the page before."},
};

static const struct route rows[] = {
    {.method = HTTP_METHOD_GET,
     .path = "/v1/trips",
     .name = "list_trips",
     .summary = "Lists trips, those under way and those that are over.",
     ROUTE_PARAMETERS(trips_parameters),
     .answer_schema = "Trips",
     .needs_live = true,
     .run = list_run},
    {.method = HTTP_METHOD_POST,
     .path = "/v1/trips",
     .name = "post_trip",
     .summary = "Begins a trip of an object to a destination: a fence, or a point with a radius.",
     .body = ROUTE_BODY_JSON,
     .body_schema = "Trip",
     .answer_schema = "Trip",
     .needs_live = true,
     .run = post_run},
    {.method = HTTP_METHOD_GET,
     .path = "/v1/trips/{id}",
     .name = "get_trip",
     .summary = "Gives a trip: where it stands, how far it is, when it should arrive.",
     ROUTE_PARAMETERS(trip_parameters),
     .answer_schema = "Trip",
     .needs_live = true,
     .run = get_run},
    {.method = HTTP_METHOD_PATCH,
     .path = "/v1/trips/{id}",
     .name = "patch_trip",
     .summary = "Changes a trip under way: its status, destination, schedule or metadata.",
     ROUTE_PARAMETERS(trip_parameters),
     .body = ROUTE_BODY_JSON,
     .body_schema = "Trip",
     .answer_schema = "Trip",
     .needs_live = true,
     .run = patch_run},
};

static const char schemas[] =
    "\"Trip\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},"
    "\"collection\":{\"type\":\"string\"},\"object\":{\"type\":\"string\"},"
    "\"status\":{\"enum\":[\"pending\",\"started\",\"approaching\",\"arrived\",\"completed\","
    "\"canceled\",\"expired\"]},\"destination\":{\"type\":\"object\",\"properties\":{"
    "\"fence\":{\"type\":\"string\"},\"lat\":{\"type\":\"number\"},\"lon\":{\"type\":\"number\"},"
    "\"radius\":{\"type\":\"number\"}}},\"remaining_m\":{\"type\":\"number\"},"
    "\"travelled_m\":{\"type\":\"number\"},\"progress\":{\"type\":\"number\"},"
    "\"eta_s\":{\"type\":\"integer\"},\"metadata\":{\"type\":\"object\"}}},"
    "\"Trips\":{\"type\":\"object\",\"properties\":{\"trips\":{\"type\":\"array\",\"items\":{"
    "\"$ref\":\"#/components/schemas/Trip\"}},\"next\":{\"type\":\"string\"}}}";

const struct route_table trip_routes = {rows, COUNT_OF(rows), schemas};
