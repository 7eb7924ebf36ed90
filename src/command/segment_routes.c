#include "command/segment_routes.h"

#include "command/live_feature.h"
#include "command/live_private.h"
#include "track/track.h"

enum {
    TRACKED_COLLECTION,
    TRACKED_ID,
    TRACKED_FROM,
    TRACKED_UNTIL,
    TRACKED_LIMIT,
    TRACKED_RADIUS,
    TRACKED_DURATION,
    TRACKED_GAP,
};

static void answer_ok(struct call *call)
{
    call_answer(call, 200);
}

bool segments_refuse_volatile(struct call *call)
{
    if (call->world->is_volatile) {
        call_fail(
            call, 409, "volatile", "",
            "with --data :memory: nothing is kept that could be listed; serve with --data DIR");
    }
    return call->world->is_volatile;
}

struct tracked {
    struct call *call;
    struct json_writer json;
    uint32_t collection;
    struct track_range range;
    struct segment_settings settings;
    bool is_computed, wants_stops_only;
    size_t left;
};

static void write_time(struct json_writer *json, const char *name, int64_t time_us)
{
    feature_write_time(json, bytes_from_text(name), time_us);
}

static void write_point(struct json_writer *json, struct geo_point point)
{
    JSON_KEY(json, "lat");
    json_e7(json, point.lat_e7);
    JSON_KEY(json, "lon");
    json_e7(json, point.lng_e7);
}

static bool write_segment(void *context, const struct segment *segment, bool is_open)
{
    struct tracked *const tracked = context;
    struct json_writer *const json = &tracked->json;
    const bool is_stop = segment->kind == SEGMENT_STOP;
    if (tracked->wants_stops_only && !is_stop) {
        return true;
    }
    json_begin_object(json);
    JSON_KEY(json, "kind");
    json_text_of(json, is_stop ? "stop" : "move");
    write_time(json, "begin", segment->begin_us);
    write_time(json, "end", segment->end_us);
    JSON_KEY(json, "duration_s");
    json_integer(json, (segment->end_us - segment->begin_us) / 1000000);
    if (is_stop) {
        write_point(json, segment->from);
    } else {
        JSON_KEY(json, "from");
        json_begin_object(json);
        write_point(json, segment->from);
        json_end_object(json);
        JSON_KEY(json, "to");
        json_begin_object(json);
        write_point(json, segment->to);
        json_end_object(json);
        JSON_KEY(json, "distance_m");
        json_decimal(json, segment->distance_m, 1);
    }
    JSON_KEY(json, "fixes");
    json_unsigned(json, segment->fix_count);
    if (is_open) {
        JSON_KEY(json, "open");
        json_bool(json, true);
    }
    if (segment->ends_in_gap) {
        JSON_KEY(json, "gap");
        json_bool(json, true);
    }
    json_end_object(json);
    return --tracked->left != 0;
}

static enum status toil_segments(struct call *call, struct fault *fault)
{
    struct tracked *const tracked = call->state;
    struct json_writer *const json = &tracked->json;
    const struct bytes id = call->values[TRACKED_ID].text;
    json_begin_object(json);
    JSON_KEY(json, "segments");
    json_begin_array(json);
    if (tracked->is_computed) {
        TRY(track_segments_again(call->world->tracks, tracked->collection, id, &tracked->range,
                                 &tracked->settings, write_segment, tracked, fault));
    } else {
        TRY(track_segments(call->world->tracks, tracked->collection, id, &tracked->range,
                           write_segment, tracked, fault));
    }
    json_end_array(json);
    json_end_object(json);
    return STATUS_OK;
}

static bool write_visit(void *context, struct bytes fence, int64_t entered_us, int64_t left_us)
{
    struct tracked *const tracked = context;
    struct json_writer *const json = &tracked->json;
    json_begin_object(json);
    JSON_KEY(json, "fence");
    json_text(json, fence);
    write_time(json, "entered", entered_us);
    write_time(json, "left", left_us);
    if (left_us != 0) {
        JSON_KEY(json, "duration_s");
        json_integer(json, (left_us - entered_us) / 1000000);
    }
    json_end_object(json);
    return --tracked->left != 0;
}

static enum status toil_visits(struct call *call, struct fault *fault)
{
    struct tracked *const tracked = call->state;
    struct json_writer *const json = &tracked->json;
    json_begin_object(json);
    JSON_KEY(json, "visits");
    json_begin_array(json);
    TRY(track_visits(call->world->tracks, tracked->collection, call->values[TRACKED_ID].text,
                     &tracked->range, write_visit, tracked, fault));
    json_end_array(json);
    json_end_object(json);
    return STATUS_OK;
}

static struct tracked *tracked_begin(struct call *call)
{
    const struct value *const values = call->values;
    if (segments_refuse_volatile(call)) {
        return NULL;
    }
    const struct collection *const collection =
        live_find_collection(call, values[TRACKED_COLLECTION].text);
    if (collection == NULL) {
        return NULL;
    }
    struct tracked *const tracked = call_take(call, sizeof(*tracked));
    if (tracked == NULL) {
        call_fail_memory(call);
        return NULL;
    }
    tracked->call = call;
    tracked->json.out = &call->out;
    tracked->collection = collection_number(collection);
    tracked->range = (struct track_range){
        .from_us = values[TRACKED_FROM].is_given ? values[TRACKED_FROM].whole : 0,
        .until_us = values[TRACKED_UNTIL].is_given ? values[TRACKED_UNTIL].whole : INT64_MAX};
    tracked->left = (size_t)values[TRACKED_LIMIT].whole;
    call->state = tracked;
    return tracked;
}

static void segments_run(struct call *call)
{
    const struct value *const values = call->values;
    struct tracked *const tracked = tracked_begin(call);
    if (tracked == NULL) {
        return;
    }
    tracked->settings = segment_defaults;
    tracked->is_computed = values[TRACKED_RADIUS].is_given || values[TRACKED_DURATION].is_given ||
                           values[TRACKED_GAP].is_given;
    if (values[TRACKED_RADIUS].is_given) {
        tracked->settings.radius_m = values[TRACKED_RADIUS].number;
    }
    if (values[TRACKED_DURATION].is_given) {
        tracked->settings.duration_us = values[TRACKED_DURATION].whole;
    }
    if (values[TRACKED_GAP].is_given) {
        tracked->settings.gap_us = values[TRACKED_GAP].whole;
    }
    call_work(call, toil_segments, answer_ok);
}

static void stops_run(struct call *call)
{
    struct tracked *const tracked = tracked_begin(call);
    if (tracked != NULL) {
        tracked->wants_stops_only = true;
        call_work(call, toil_segments, answer_ok);
    }
}

static void visits_run(struct call *call)
{
    if (tracked_begin(call) != NULL) {
        call_work(call, toil_visits, answer_ok);
    }
}

// --- Rows ---

#define ROW_COLLECTION                                                                         \
    {                                                                                          \
        .name = "collection", .kind = PARAMETER_NAME, .is_required = true, .example = "fleet", \
        .help = "The name of a collection."                                                    \
    }
#define ROW_OBJECT                                                                       \
    {                                                                                    \
        .name = "id", .kind = PARAMETER_NAME, .is_required = true, .example = "truck-7", \
        .help = "The id of an object."                                                   \
    }
#define ROW_FROM                                                                \
    {                                                                           \
        .name = "from", .kind = PARAMETER_TIME, .example = "2026-11-21T00:00Z", \
        .help = "Only what began at this time or later."                        \
    }
#define ROW_UNTIL                                                                \
    {                                                                            \
        .name = "until", .kind = PARAMETER_TIME, .example = "2026-11-22T00:00Z", \
        .help = "Only what began before this time."                              \
    }
#define ROW_LIMIT                                                                \
    {                                                                            \
        .name = "limit", .kind = PARAMETER_COUNT, .minimum = 1, .maximum = 1000, \
        .fallback = "100", .example = "100", .help = "At most so many."          \
    }

static const struct parameter segments_parameters[] = {
    [TRACKED_COLLECTION] = ROW_COLLECTION,
    [TRACKED_ID] = ROW_OBJECT,
    [TRACKED_FROM] = ROW_FROM,
    [TRACKED_UNTIL] = ROW_UNTIL,
    [TRACKED_LIMIT] = ROW_LIMIT,
    [TRACKED_RADIUS] = {.name = "radius",
                        .kind = PARAMETER_METRES,
                        .maximum = 100000,
                        .example = "70",
                        .help = "Computes anew, from history: how far a stop reaches."},
    [TRACKED_DURATION] = {.name = "duration",
                          .kind = PARAMETER_DURATION,
                          .example = "140s",
                          .help = "Computes anew: how long a stop lasts at least."},
    [TRACKED_GAP] = {.name = "gap",
                     .kind = PARAMETER_DURATION,
                     .example = "30m",
                     .help = "Computes anew: after so long without a fix something new begins."},
};

// The first rows of the table above.
#define OBJECT_PARAMETERS .parameters = segments_parameters, .parameter_count = TRACKED_RADIUS
#define OBJECT            "/v1/collections/{collection}/objects/{id}"

static const struct route rows[] = {
    {.method = HTTP_METHOD_GET,
     .path = OBJECT "/stops",
     .name = "list_stops",
     .summary = "Lists where an object has stopped, the stop that lasts at the end.",
     OBJECT_PARAMETERS,
     .answer_schema = "Segments",
     .needs_live = true,
     .run = stops_run},
    {.method = HTTP_METHOD_GET,
     .path = OBJECT "/segments",
     .name = "list_segments",
     .summary = "Lists an object's stops and moves, as they were seen, or computed anew from its "
                "history with a radius, duration or gap of your own.",
     ROUTE_PARAMETERS(segments_parameters),
     .answer_schema = "Segments",
     .needs_live = true,
     .run = segments_run},
    {.method = HTTP_METHOD_GET,
     .path = OBJECT "/visits",
     .name = "list_visits",
     .summary = "Lists when an object was inside which fence.",
     OBJECT_PARAMETERS,
     .answer_schema = "Visits",
     .needs_live = true,
     .run = visits_run},
};

static const char schemas[] =
    "\"Segments\":{\"type\":\"object\",\"properties\":{\"segments\":{\"type\":\"array\",\"items\":{"
    "\"type\":\"object\",\"properties\":{\"kind\":{\"enum\":[\"stop\",\"move\"]},"
    "\"begin\":{\"type\":\"string\"},\"end\":{\"type\":\"string\"}}}}}},"
    "\"Visits\":{\"type\":\"object\",\"properties\":{\"visits\":{\"type\":\"array\",\"items\":{"
    "\"type\":\"object\",\"properties\":{\"fence\":{\"type\":\"string\"}}}}}}";

const struct route_table segment_routes = {rows, COUNT_OF(rows), schemas};
