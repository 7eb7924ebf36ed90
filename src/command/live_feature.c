#include "command/live_feature.h"

#include <math.h>

#include "base/date.h"
#include "base/decimal.h"
#include "codec/geojson.h"
#include "codec/json_read.h"
#include "codec/json_slice.h"
#include "command/parameter.h"

enum { POINTS_MAX = 1 << 20, NESTING_MAX = 16 };

enum status feature_check_json(struct bytes text, struct memory_account *account,
                               struct fault *fault)
{
    struct json_reader reader SCOPED(json_reader_free) = json_over(text, account);
    struct bytes value;
    enum json_token token = JSON_NULL;
    while (token != JSON_END && token != JSON_BROKEN) {
        token = json_next(&reader, &value);
    }
    return json_status(&reader, fault) == STATUS_OK
               ? STATUS_OK
               : fault_prefix(fault, STATUS_CORRUPT, "the body is no JSON");
}

// --- Reading ---

static bool is_null(struct bytes value)
{
    return bytes_equal(value, BYTES_OF("null"));
}

static bool is_quoted(struct bytes value)
{
    return value.size >= 2 && value.data[0] == '"';
}

static struct bytes without_quotes(struct bytes value)
{
    return is_quoted(value) ? (struct bytes){.data = value.data + 1, .size = value.size - 2}
                            : value;
}

static enum status read_time(struct bytes value, const char *name, int64_t *time_us,
                             struct fault *fault)
{
    if (value_parse_time(without_quotes(value), time_us)) {
        return STATUS_OK;
    }
    return fault_set(fault, STATUS_OUT_OF_RANGE,
                     "%s: it is a time like \"2026-11-21T14:30:00Z\", or milliseconds since 1970",
                     name);
}

static enum status read_measure(struct bytes value, const char *name, double minimum,
                                double maximum, float *measure, struct fault *fault)
{
    double number = 0;
    if (!value_parse_number(value, &number) || number < minimum || number > maximum) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: it is a number from %.0f to %.0f", name,
                         minimum, maximum);
    }
    *measure = (float)number;
    return STATUS_OK;
}

static enum status read_motion(struct live_feature *feature, struct bytes name, struct bytes value,
                               struct fault *fault)
{
    if (is_null(value)) {
        return STATUS_OK;
    }
    if (json_slice_equals(name, BYTES_OF("accuracy"))) {
        feature->has_accuracy = true;
        return read_measure(value, "accuracy", 0, 1e7, &feature->accuracy_m, fault);
    }
    if (json_slice_equals(name, BYTES_OF("speed"))) {
        feature->has_speed = true;
        return read_measure(value, "speed", 0, 1e5, &feature->speed_mps, fault);
    }
    if (json_slice_equals(name, BYTES_OF("course"))) {
        feature->has_course = true;
        return read_measure(value, "course", 0, 360, &feature->course_deg, fault);
    }
    return STATUS_OK; // foreign members mean nothing to us
}

static enum status read_member(struct live_feature *feature, struct bytes name, struct bytes value,
                               struct fault *fault)
{
    if (json_slice_equals(name, BYTES_OF("geometry"))) {
        feature->geometry = is_null(value) ? (struct bytes){0} : value;
        return STATUS_OK;
    }
    if (json_slice_equals(name, BYTES_OF("properties"))) {
        feature->properties = is_null(value) ? (struct bytes){0} : value;
        return is_null(value) || value.data[0] == '{'
                   ? STATUS_OK
                   : fault_set(fault, STATUS_OUT_OF_RANGE, "properties: it is an object or null");
    }
    if (json_slice_equals(name, BYTES_OF("id"))) {
        feature->id = is_null(value) ? (struct bytes){0} : value;
        return STATUS_OK;
    }
    if (json_slice_equals(name, BYTES_OF("time")) && !is_null(value)) {
        feature->has_time = true;
        return read_time(value, "time", &feature->event_us, fault);
    }
    if (json_slice_equals(name, BYTES_OF("expires"))) {
        feature->clears_expires = is_null(value);
        feature->has_expires = !is_null(value);
        return is_null(value) ? STATUS_OK
                              : read_time(value, "expires", &feature->expires_us, fault);
    }
    return read_motion(feature, name, value, fault);
}

enum status feature_read(struct bytes text, struct live_feature *feature, struct fault *fault)
{
    struct live_feature made = {0};
    struct bytes rest = json_slice_trim(text);
    struct bytes name;
    struct bytes value;
    if (rest.size == 0 || rest.data[0] != '{') {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "a Feature or a geometry is a JSON object");
    }
    const struct bytes type = json_slice_find(rest, BYTES_OF("type"));
    if (type.data != NULL && !json_slice_equals(type, BYTES_OF("Feature"))) {
        made.geometry = rest;
        *feature = made;
        return STATUS_OK;
    }
    while (json_slice_member(&rest, &name, &value)) {
        TRY(read_member(&made, name, value, fault));
    }
    *feature = made;
    return STATUS_OK;
}

enum status feature_set_point(struct row *row, double lng_deg, double lat_deg, struct fault *fault)
{
    if (!(lat_deg >= -90 && lat_deg <= 90)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "lat: a latitude is between -90 and 90 degrees");
    }
    if (!(lng_deg >= -180 && lng_deg <= 180)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "lon: a longitude is between -180 and 180 degrees");
    }
    row->kind = ROW_POINT;
    row->point = (struct geo_point){.lng_e7 = (int32_t)lround(lng_deg * 1e7),
                                    .lat_e7 = (int32_t)lround(lat_deg * 1e7)};
    row->lng_deg = lng_deg;
    row->lat_deg = lat_deg;
    // Equal in both places: e7 then prints as it was written.
    const double gap_lng = (double)row->point.lng_e7 / 1e7 - lng_deg;
    const double gap_lat = (double)row->point.lat_e7 / 1e7 - lat_deg;
    row->has_exact = fabs(gap_lng) > 0 || fabs(gap_lat) > 0;
    row->text = (struct bytes){0};
    return STATUS_OK;
}

enum status feature_read_geometry(struct bytes geometry, struct memory_account *account,
                                  struct row *row, struct buffer *shape, struct fault *fault)
{
    const struct geojson_limits limits = {
        .text_size = geometry.size, .points = POINTS_MAX, .depth = NESTING_MAX};
    const size_t begin = shape->size;
    struct geojson geojson = {0};
    const enum status status = geojson_read(geometry, &limits, account, &geojson, shape, fault);
    if (status != STATUS_OK) {
        return fault_prefix(fault, status, "geometry");
    }
    row->has_z = geojson.has_z;
    row->z = geojson.z;
    if (bytes_equal(geojson.type, BYTES_OF("Point"))) {
        shape->size = begin;
        return feature_set_point(row, geojson.lng_deg, geojson.lat_deg, fault);
    }
    row->kind = ROW_GEOJSON;
    row->has_exact = false;
    row->text = geometry;
    row->shape.bytes = (struct bytes){.data = shape->data + begin, .size = shape->size - begin};
    return STATUS_OK;
}

void feature_set_rest(const struct live_feature *feature, struct row *row)
{
    row->event_us = feature->has_time ? feature->event_us : row->event_us;
    row->expires_us = feature->has_expires ? feature->expires_us : row->expires_us;
    row->expires_us = feature->clears_expires ? 0 : row->expires_us;
    if (!feature->has_accuracy && !feature->has_speed && !feature->has_course) {
        return;
    }
    if (!row->has_motion) {
        row->accuracy_m = row->speed_mps = row->course_deg = -1;
    }
    row->has_motion = true;
    row->accuracy_m = feature->has_accuracy ? feature->accuracy_m : row->accuracy_m;
    row->speed_mps = feature->has_speed ? feature->speed_mps : row->speed_mps;
    row->course_deg = feature->has_course ? feature->course_deg : row->course_deg;
}

// --- Writing ---

void feature_write_time(struct json_writer *json, struct bytes key, int64_t time_us)
{
    if (time_us != 0) {
        char text[DATE_RFC3339_SIZE + 1];
        date_format_rfc3339(time_us, text);
        json_key(json, key);
        json_text_of(json, text);
    }
}

static void write_number(struct json_writer *json, double number)
{
    char text[DECIMAL_SIZE];
    const size_t size = decimal_format(number, text);
    json_raw(json, (struct bytes){.data = (const uint8_t *)text, .size = size});
}

static void write_point(struct json_writer *json, const struct row *row)
{
    json_raw(json, BYTES_OF("{\"type\":\"Point\",\"coordinates\":"));
    json->has_item = false;
    json_begin_array(json);
    if (row->has_exact) {
        write_number(json, row->lng_deg);
        write_number(json, row->lat_deg);
    } else {
        json_e7(json, row->point.lng_e7);
        json_e7(json, row->point.lat_e7);
    }
    if (row->has_z) {
        write_number(json, row->z);
    }
    json_end_array(json);
    buffer_append_u8(json->out, '}');
}

// The Feature an object came as, when it came as one over RESP; data NULL: it did not.
static struct bytes inner_properties(const struct row *row, struct bytes *geometry)
{
    *geometry = row->text;
    if (row->kind != ROW_GEOJSON) {
        return (struct bytes){0};
    }
    const struct bytes type = json_slice_find(row->text, BYTES_OF("type"));
    if (!json_slice_equals(type, BYTES_OF("Feature"))) {
        return (struct bytes){0};
    }
    *geometry = json_slice_find(row->text, BYTES_OF("geometry"));
    const struct bytes properties = json_slice_find(row->text, BYTES_OF("properties"));
    return properties.size != 0 && properties.data[0] == '{' ? properties : (struct bytes){0};
}

static void write_geometry(struct json_writer *json, const struct row *row, struct bytes geometry)
{
    uint8_t scratch[ROW_SCRATCH_SIZE];
    JSON_KEY(json, "geometry");
    switch (row->kind) {
    case ROW_POINT:
        write_point(json, row);
        return;
    case ROW_BOX:
        geojson_write(row_shape(row, scratch), json->out);
        break;
    case ROW_GEOJSON:
        if (json_slice_equals(json_slice_find(geometry, BYTES_OF("type")),
                              BYTES_OF("FeatureCollection"))) {
            geojson_write(row->shape, json->out);
        } else {
            json_slice_compact(geometry, json->out);
        }
        break;
    case ROW_STRING:
        json_null(json);
        return;
    }
    json->has_item = true;
}

// Is `name` in a list separated by commas? An empty list wants everything.
static bool is_wanted(struct bytes wanted, struct bytes name)
{
    size_t begin = 0;
    if (wanted.size == 0) {
        return true;
    }
    for (size_t i = 0; i <= wanted.size; i++) {
        if (i == wanted.size || wanted.data[i] == ',') {
            if (bytes_equal(name, (struct bytes){.data = wanted.data + begin, .size = i - begin})) {
                return true;
            }
            begin = i + 1;
        }
    }
    return false;
}

static void write_properties(struct json_writer *json, const struct row *row, struct bytes inner,
                             struct bytes wanted)
{
    struct bytes rest = row->fields;
    struct bytes name;
    struct bytes value;
    JSON_KEY(json, "properties");
    json_begin_object(json);
    while (inner.size != 0 && json_slice_member(&inner, &name, &value)) {
        const struct bytes bare = {.data = name.data + 1, .size = name.size - 2};
        struct bytes over;
        if (!row_field_find(row->fields, bare, &over) && is_wanted(wanted, bare)) {
            if (json->has_item) {
                buffer_append_u8(json->out, ',');
            }
            buffer_append_bytes(json->out, name);
            buffer_append_u8(json->out, ':');
            json->has_item = false;
            json_raw(json, value);
        }
    }
    while (row_field_next(&rest, &name, &value)) {
        if (is_wanted(wanted, name)) {
            json_key(json, name);
            json_raw(json, value);
        }
    }
    json_end_object(json);
}

static void write_motion(struct json_writer *json, const struct row *row)
{
    if (!row->has_motion) {
        return;
    }
    if (row->accuracy_m >= 0) {
        JSON_KEY(json, "accuracy");
        json_decimal(json, (double)row->accuracy_m, 2);
    }
    if (row->speed_mps >= 0) {
        JSON_KEY(json, "speed");
        json_decimal(json, (double)row->speed_mps, 3);
    }
    if (row->course_deg >= 0) {
        JSON_KEY(json, "course");
        json_decimal(json, (double)row->course_deg, 2);
    }
}

void feature_write(struct json_writer *json, struct bytes id, const struct row *row,
                   struct bytes wanted, double distance_m)
{
    struct bytes geometry;
    const struct bytes inner = inner_properties(row, &geometry);
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_raw(json, BYTES_OF("\"Feature\""));
    JSON_KEY(json, "id");
    json_text(json, id);
    write_geometry(json, row, geometry);
    write_properties(json, row, inner, wanted);
    if (row->kind == ROW_STRING) {
        JSON_KEY(json, "text");
        json_text(json, row->text);
    }
    feature_write_time(json, BYTES_OF("time"), row->event_us);
    feature_write_time(json, BYTES_OF("arrival"), row->arrival_us);
    feature_write_time(json, BYTES_OF("expires"), row->expires_us);
    write_motion(json, row);
    if (distance_m >= 0) {
        JSON_KEY(json, "distance_m");
        json_decimal(json, distance_m, 1);
    }
    json_end_object(json);
}
