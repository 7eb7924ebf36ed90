#include "command/live_fix.h"

#include <stdio.h>
#include <string.h>

#include "codec/json_slice.h"
#include "codec/json_write.h"
#include "command/live_feature.h"

#define KNOT_MPS (1852.0 / 3600.0)
#define KMH_MPS  (1.0 / 3.6)

static const struct fix_report EMPTY = {.accuracy_m = -1, .speed_mps = -1, .course_deg = -1};

enum status fix_read_id(struct call *call, struct bytes json, struct bytes *id, struct fault *fault)
{
    const bool is_text = json.size >= 2 && json.data[0] == '"';
    const bool is_number =
        json.size != 0 && (json.data[0] == '-' || (json.data[0] >= '0' && json.data[0] <= '9'));
    if (!is_text && !is_number) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "id: it is a text or a number");
    }
    struct bytes found = json;
    if (is_text) {
        found = (struct bytes){.data = json.data + 1, .size = json.size - 2};
    }
    if (is_text && memchr(json.data, '\\', json.size) != NULL) {
        struct buffer plain SCOPED(buffer_free) = {.account = call->world->account};
        json_slice_unescape(json, &plain);
        found = call_keep(call, buffer_bytes(&plain));
        if (found.size == SIZE_MAX || buffer_status(&plain) != STATUS_OK) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for an id");
        }
    }
    if (found.size == 0 || found.size > PARAMETER_NAME_SIZE_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "id: it has 1 to %d bytes",
                         PARAMETER_NAME_SIZE_MAX);
    }
    *id = found;
    return STATUS_OK;
}

static enum status read_number(struct bytes object, const char *name, double *number,
                               bool *is_there, struct fault *fault)
{
    const struct bytes value = json_slice_find(object, bytes_from_text(name));
    *is_there = value.data != NULL && !bytes_equal(value, BYTES_OF("null"));
    if (*is_there && !value_parse_number(value, number)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: it is a number", name);
    }
    return STATUS_OK;
}

static enum status read_place(struct bytes object, const char *altitude, struct fix_report *fix,
                              struct fault *fault)
{
    bool has_lat = false;
    bool has_lng = false;
    TRY(read_number(object, "lat", &fix->lat_deg, &has_lat, fault));
    TRY(read_number(object, "lon", &fix->lng_deg, &has_lng, fault));
    if (!has_lat || !has_lng) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: it is missing", has_lat ? "lon" : "lat");
    }
    return read_number(object, altitude, &fix->altitude_m, &fix->has_altitude, fault);
}

// A Feature whose geometry is a point.
static enum status read_point_feature(struct call *call, struct bytes text, struct fix_report *fix,
                                      struct fault *fault)
{
    struct live_feature feature;
    struct row row = {0};
    struct buffer shape SCOPED(buffer_free) = {.account = call->world->account};
    TRY(feature_read(text, &feature, fault));
    if (feature.geometry.size == 0) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "geometry: it is missing");
    }
    TRY(feature_read_geometry(feature.geometry, call->world->account, &row, &shape, fault));
    if (row.kind != ROW_POINT) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "geometry: a fix is a Point");
    }
    fix->lat_deg = row.lat_deg;
    fix->lng_deg = row.lng_deg;
    fix->has_altitude = row.has_z;
    fix->altitude_m = row.z;
    return STATUS_OK;
}

enum status fix_read(struct call *call, struct bytes text, struct fix_report *fix,
                     struct fault *fault)
{
    struct fix_report made = EMPTY;
    struct live_feature feature;
    const struct bytes object = json_slice_trim(text);
    if (object.size == 0 || object.data[0] != '{') {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "a fix is an object like {\"id\":\"truck-7\","
                         "\"lat\":47.14,\"lon\":9.52}");
    }
    const struct bytes type = json_slice_find(object, BYTES_OF("type"));
    const bool is_feature = json_slice_equals(type, BYTES_OF("Feature"));
    TRY(is_feature ? read_point_feature(call, object, &made, fault)
                   : read_place(object, "altitude", &made, fault));
    // Times and motion are called the same in both; what has a type and is no Feature is a geometry.
    if (type.data != NULL && !is_feature) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "type: a fix is a Feature, or has none");
    }
    TRY(feature_read(object, &feature, fault));
    TRY(fix_read_id(call, feature.id, &made.id, fault));
    made.has_time = feature.has_time;
    made.event_us = feature.event_us;
    made.properties = feature.properties;
    made.accuracy_m = feature.has_accuracy ? feature.accuracy_m : -1;
    made.speed_mps = feature.has_speed ? feature.speed_mps : -1;
    made.course_deg = feature.has_course ? feature.course_deg : -1;
    *fix = made;
    return STATUS_OK;
}

// --- OwnTracks ---

// Seconds, perhaps with decimals, or milliseconds, as devices send them.
static int64_t time_of_device(double number)
{
    const double seconds = number > 1e11 ? number / 1000 : number;
    return seconds > 0 && seconds < 1e11 ? (int64_t)(seconds * 1e6) : 0;
}

// Members that are read otherwise, or that a consumer has no use for.
static bool is_owntracks_own(struct bytes name)
{
    static const char *const known[] = {"_type", "lat", "lon",   "tst", "acc",
                                        "vel",   "cog", "topic", "alt", "_http"};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (json_slice_equals(name, bytes_from_text(known[i]))) {
            return true;
        }
    }
    return false;
}

static enum status keep_properties(struct call *call, struct buffer *text, struct fix_report *fix,
                                   struct fault *fault)
{
    fix->properties = call_keep(call, buffer_bytes(text));
    return fix->properties.size == SIZE_MAX || buffer_status(text) != STATUS_OK
               ? fault_set(fault, STATUS_NO_MEMORY, "no memory for the properties")
               : STATUS_OK;
}

static enum status read_owntracks_rest(struct call *call, struct bytes object,
                                       struct fix_report *fix, struct fault *fault)
{
    struct buffer text SCOPED(buffer_free) = {.account = call->world->account};
    struct bytes name;
    struct bytes value;
    buffer_append_u8(&text, '{');
    while (json_slice_member(&object, &name, &value)) {
        if (!is_owntracks_own(name)) {
            if (text.size > 1) {
                buffer_append_u8(&text, ',');
            }
            buffer_append_bytes(&text, name);
            buffer_append_u8(&text, ':');
            buffer_append_bytes(&text, value);
        }
    }
    buffer_append_u8(&text, '}');
    return keep_properties(call, &text, fix, fault);
}

// "owntracks/USER/DEVICE" is USER/DEVICE.
static enum status owntracks_id(struct call *call, struct bytes object, struct bytes device,
                                struct bytes *id, struct fault *fault)
{
    static const char prefix[] = "owntracks/";
    const size_t prefix_size = sizeof(prefix) - 1;
    const struct bytes topic = json_slice_find(object, BYTES_OF("topic"));
    const struct bytes tracker = json_slice_find(object, BYTES_OF("tid"));
    if (topic.data == NULL && device.size != 0) {
        *id = device;
        return STATUS_OK;
    }
    if (topic.data == NULL && tracker.data == NULL) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "whose location it is is not said: send topic or tid, or the headers "
                         "X-Limit-U and X-Limit-D");
    }
    TRY(fix_read_id(call, topic.data != NULL ? topic : tracker, id, fault));
    if (topic.data != NULL && id->size > prefix_size &&
        memcmp(id->data, prefix, prefix_size) == 0) {
        id->data += prefix_size;
        id->size -= prefix_size;
    }
    return STATUS_OK;
}

enum status fix_read_owntracks(struct call *call, struct bytes text, struct bytes device,
                               struct fix_report *fix, struct fault *fault)
{
    struct fix_report made = EMPTY;
    const struct bytes object = json_slice_trim(text);
    double number = 0;
    bool is_there = false;
    if (object.size == 0 || object.data[0] != '{') {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "a message of OwnTracks is a JSON object");
    }
    if (!json_slice_equals(json_slice_find(object, BYTES_OF("_type")), BYTES_OF("location"))) {
        return fault_set(fault, STATUS_NOT_FOUND, "it is no location");
    }
    TRY(read_place(object, "alt", &made, fault));
    TRY(owntracks_id(call, object, device, &made.id, fault));
    TRY(read_number(object, "tst", &number, &is_there, fault));
    made.event_us = is_there ? time_of_device(number) : 0;
    made.has_time = made.event_us != 0;
    TRY(read_number(object, "acc", &number, &is_there, fault));
    made.accuracy_m = is_there && number >= 0 ? (float)number : -1;
    TRY(read_number(object, "vel", &number, &is_there, fault));
    made.speed_mps = is_there && number >= 0 ? (float)(number * KMH_MPS) : -1;
    TRY(read_number(object, "cog", &number, &is_there, fault));
    made.course_deg = is_there && number >= 0 && number <= 360 ? (float)number : -1;
    TRY(read_owntracks_rest(call, object, &made, fault));
    *fix = made;
    return STATUS_OK;
}

// --- OsmAnd ---

struct osmand {
    const struct parameter *rows;
    size_t count;
    const struct value *values;
};

static struct bytes osmand_text(const struct osmand *osmand, const char *name)
{
    for (size_t i = 0; i < osmand->count; i++) {
        if (strcmp(osmand->rows[i].name, name) == 0) {
            return osmand->values[i].is_given ? osmand->values[i].text : (struct bytes){0};
        }
    }
    return (struct bytes){0};
}

static enum status osmand_number(const struct osmand *osmand, const char *name, double *number,
                                 bool *is_there, struct fault *fault)
{
    const struct bytes text = osmand_text(osmand, name);
    *is_there = text.size != 0;
    return !*is_there || value_parse_number(text, number)
               ? STATUS_OK
               : fault_set(fault, STATUS_OUT_OF_RANGE, "%s: it is a number", name);
}

// lat and lon, or location=LAT,LON.
static enum status osmand_place(const struct osmand *osmand, struct fix_report *fix,
                                struct fault *fault)
{
    const struct bytes location = osmand_text(osmand, "location");
    const uint8_t *const comma =
        location.size == 0 ? NULL : memchr(location.data, ',', location.size);
    if (comma != NULL) {
        const size_t size = (size_t)(comma - location.data);
        const struct bytes lng = {.data = comma + 1, .size = location.size - size - 1};
        if (value_parse_number((struct bytes){.data = location.data, .size = size},
                               &fix->lat_deg) &&
            value_parse_number(lng, &fix->lng_deg)) {
            return STATUS_OK;
        }
        return fault_set(fault, STATUS_OUT_OF_RANGE, "location: it is LAT,LON");
    }
    bool has_lat = false;
    bool has_lng = false;
    TRY(osmand_number(osmand, "lat", &fix->lat_deg, &has_lat, fault));
    TRY(osmand_number(osmand, "lon", &fix->lng_deg, &has_lng, fault));
    return has_lat && has_lng ? STATUS_OK
                              : fault_set(fault, STATUS_OUT_OF_RANGE, "%s: it is missing",
                                          has_lat ? "lon" : "lat");
}

static enum status osmand_time(const struct osmand *osmand, struct fix_report *fix,
                               struct fault *fault)
{
    const struct bytes text = osmand_text(osmand, "timestamp");
    double number = 0;
    if (text.size == 0) {
        return STATUS_OK;
    }
    fix->has_time = true;
    if (value_parse_number(text, &number)) {
        fix->event_us = time_of_device(number);
        fix->has_time = fix->event_us != 0;
        return STATUS_OK;
    }
    return value_parse_time(text, &fix->event_us)
               ? STATUS_OK
               : fault_set(fault, STATUS_OUT_OF_RANGE,
                           "timestamp: it is seconds or milliseconds since 1970, or RFC 3339");
}

static enum status osmand_motion(const struct osmand *osmand, struct fix_report *fix,
                                 struct fault *fault)
{
    double number = 0;
    bool is_there = false;
    TRY(osmand_number(osmand, "accuracy", &number, &is_there, fault));
    fix->accuracy_m = is_there && number >= 0 ? (float)number : -1;
    TRY(osmand_number(osmand, "speed", &number, &is_there, fault));
    fix->speed_mps = is_there && number >= 0 ? (float)(number * KNOT_MPS) : -1;
    TRY(osmand_number(osmand, "bearing", &number, &is_there, fault));
    if (!is_there) {
        TRY(osmand_number(osmand, "heading", &number, &is_there, fault));
    }
    fix->course_deg = is_there && number >= 0 && number <= 360 ? (float)number : -1;
    return osmand_number(osmand, "altitude", &fix->altitude_m, &fix->has_altitude, fault);
}

static enum status osmand_rest(struct call *call, const struct osmand *osmand,
                               struct fix_report *fix, struct fault *fault)
{
    static const char own[] = " id deviceid lat lon location timestamp accuracy speed bearing "
                              "heading altitude collection ";
    struct buffer text SCOPED(buffer_free) = {.account = call->world->account};
    struct json_writer json = {.out = &text};
    json_begin_object(&json);
    for (size_t i = 0; i < osmand->count; i++) {
        char word[40];
        double number = 0;
        (void)snprintf(word, sizeof(word), " %s ", osmand->rows[i].name);
        if (!osmand->values[i].is_given || strstr(own, word) != NULL) {
            continue;
        }
        const struct bytes value = osmand->values[i].text;
        json_key(&json, bytes_from_text(osmand->rows[i].name));
        if (value_parse_number(value, &number)) {
            json_decimal(&json, number, 6);
        } else {
            json_text(&json, value);
        }
    }
    json_end_object(&json);
    return keep_properties(call, &text, fix, fault);
}

enum status fix_read_osmand(struct call *call, const struct parameter *rows, size_t count,
                            const struct value *values, struct fix_report *fix, struct fault *fault)
{
    const struct osmand osmand = {.rows = rows, .count = count, .values = values};
    struct fix_report made = EMPTY;
    made.id = osmand_text(&osmand, "id");
    if (made.id.size == 0) {
        made.id = osmand_text(&osmand, "deviceid");
    }
    if (made.id.size == 0 || made.id.size > PARAMETER_NAME_SIZE_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "id: it has 1 to %d bytes",
                         PARAMETER_NAME_SIZE_MAX);
    }
    TRY(osmand_place(&osmand, &made, fault));
    TRY(osmand_time(&osmand, &made, fault));
    TRY(osmand_motion(&osmand, &made, fault));
    TRY(osmand_rest(call, &osmand, &made, fault));
    *fix = made;
    return STATUS_OK;
}
