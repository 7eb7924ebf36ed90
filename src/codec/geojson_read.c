// Objects of GeoJSON. A member that comes before the "type" it depends on is stepped over and read
// once the object has ended.
#include <stdarg.h>
#include <stdio.h>

#include "base/decimal.h"
#include "codec/geojson_private.h"

static const char *const type_names[] = {
    [GEOJSON_POINT] = "Point",
    [GEOJSON_MULTI_POINT] = "MultiPoint",
    [GEOJSON_LINE] = "LineString",
    [GEOJSON_MULTI_LINE] = "MultiLineString",
    [GEOJSON_POLYGON] = "Polygon",
    [GEOJSON_MULTI_POLYGON] = "MultiPolygon",
    [GEOJSON_COLLECTION] = "GeometryCollection",
    [GEOJSON_FEATURE] = "Feature",
    [GEOJSON_FEATURES] = "FeatureCollection",
};

static bool is(struct bytes text, const char *word)
{
    return bytes_equal(text, bytes_from_text(word));
}

static enum geojson_type type_of(struct bytes name)
{
    for (int type = GEOJSON_POINT; type < GEOJSON_UNKNOWN; type++) {
        if (is(name, type_names[type])) {
            return (enum geojson_type)type;
        }
    }
    return GEOJSON_UNKNOWN;
}

// The member in which a type keeps what it is made of.
static const char *member_of(enum geojson_type type)
{
    return type == GEOJSON_FEATURE      ? "geometry"
           : type == GEOJSON_FEATURES   ? "features"
           : type == GEOJSON_COLLECTION ? "geometries"
                                        : "coordinates";
}

static size_t path_write(const struct geojson_place *place, char *text, size_t size)
{
    size_t at = place->outer == NULL ? 0 : path_write(place->outer, text, size);
    if (place->member != NULL && at < size) {
        at += (size_t)snprintf(text + at, size - at, "%s%s", at == 0 ? "" : ".", place->member);
    }
    if (place->index >= 0 && at < size) {
        at += (size_t)snprintf(text + at, size - at, "[%lld]", (long long)place->index);
    }
    return at;
}

enum status geojson_refuse(const struct geojson_reading *reading, const struct geojson_place *place,
                           enum status status, const char *format, ...)
{
    char path[160] = "";
    char sentence[320];
    const size_t size = path_write(place, path, sizeof(path));
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    const bool is_member = strncmp(sentence, "coordinates", 11) == 0;
    return fault_set(reading->fault, status, "%s%s%s%s", path, size >= sizeof(path) ? "..." : "",
                     size == 0   ? ""
                     : is_member ? "."
                                 : ": ",
                     sentence);
}

enum status geojson_unexpected(const struct geojson_reading *reading,
                               const struct json_reader *json, const struct geojson_place *place,
                               enum json_token token, const char *wanted)
{
    if (token == JSON_BROKEN || token == JSON_END) {
        const enum status status = json_status(json, reading->fault);
        return status != STATUS_OK
                   ? status
                   : geojson_refuse(reading, place, STATUS_CORRUPT, "the text ends too early");
    }
    return geojson_refuse(reading, place, STATUS_OUT_OF_RANGE, "expected %s", wanted);
}

// What an object may be where it stands.
enum wanted { WANT_ANY, WANT_FEATURE, WANT_GEOMETRY };

static enum status read_object(struct geojson_reading *reading, struct json_reader *json,
                               const struct geojson_place *place, unsigned depth,
                               enum wanted wanted);

static enum status read_list(struct geojson_reading *reading, struct json_reader *json,
                             const struct geojson_place *outer, unsigned depth,
                             enum geojson_type type)
{
    if (depth >= reading->limits->depth || depth >= SHAPE_DEPTH_MAX) {
        return geojson_refuse(reading, outer, STATUS_NO_SPACE,
                              "collections in more than %u collections", reading->limits->depth);
    }
    struct geojson_place place = {.outer = outer, .member = member_of(type), .index = 0};
    const size_t begun = shape_group_begin(reading->shape);
    struct bytes value;
    enum json_token token;
    for (; (token = json_next(json, &value)) == JSON_OBJECT_BEGIN; place.index++) {
        TRY(read_object(reading, json, &place, depth + 1,
                        type == GEOJSON_FEATURES ? WANT_FEATURE : WANT_GEOMETRY));
    }
    if (token != JSON_ARRAY_END) {
        return geojson_unexpected(reading, json, &place, token, "an object");
    }
    shape_group_end(reading->shape, begun);
    return buffer_status(reading->shape);
}

// The value of the member that makes an object of this type, after its first token.
static enum status read_content(struct geojson_reading *reading, struct json_reader *json,
                                const struct geojson_place *outer, unsigned depth,
                                enum geojson_type type, enum json_token token)
{
    const struct geojson_place place = {.outer = outer, .member = member_of(type), .index = -1};
    if (type == GEOJSON_FEATURE) {
        if (token == JSON_NULL) {
            shape_group_end(reading->shape, shape_group_begin(reading->shape));
            return buffer_status(reading->shape);
        }
        if (token != JSON_OBJECT_BEGIN) {
            return geojson_unexpected(reading, json, &place, token, "an object or null");
        }
        return read_object(reading, json, &place, depth, WANT_GEOMETRY);
    }
    if (token != JSON_ARRAY_BEGIN) {
        return geojson_unexpected(reading, json, &place, token, "an array");
    }
    if (type == GEOJSON_COLLECTION || type == GEOJSON_FEATURES) {
        return read_list(reading, json, outer, depth, type);
    }
    TRY(geojson_read_coordinates(reading, json, outer));
    return geojson_make_shape(reading, type, outer);
}

// Steps over a value and gives its text.
static enum status take_text(struct geojson_reading *reading, struct json_reader *json,
                             const struct geojson_place *place, struct bytes *text)
{
    size_t begin = json->at;
    struct bytes value;
    const enum json_token token = json_next(json, &value);
    json_skip(json, token);
    if (json->what != NULL) {
        return geojson_unexpected(reading, json, place, JSON_BROKEN, "a value");
    }
    while (begin < json->at && memchr(": \t\r\n", json->text.data[begin], 5) != NULL) {
        begin++;
    }
    *text = (struct bytes){.data = json->text.data + begin, .size = json->at - begin};
    return STATUS_OK;
}

// A member read later, from its text.
static enum status read_late(struct geojson_reading *reading, const struct geojson_place *place,
                             unsigned depth, enum geojson_type type, struct bytes text)
{
    struct json_reader json = json_over(text, reading->account);
    struct bytes value;
    const enum json_token token = json_next(&json, &value);
    const enum status status = read_content(reading, &json, place, depth, type, token);
    json_reader_free(&json);
    return status;
}

struct members {
    enum wanted wanted;
    enum geojson_type type;
    bool has_content;
    struct bytes late[4]; // coordinates, geometry, geometries, features
    struct bytes properties, id;
};

static const char *const content_names[4] = {"coordinates", "geometry", "geometries", "features"};

static int content_of(struct bytes key)
{
    for (int i = 0; i < 4; i++) {
        if (is(key, content_names[i])) {
            return i;
        }
    }
    return -1;
}

static enum status read_type(struct geojson_reading *reading, struct json_reader *json,
                             const struct geojson_place *place, struct members *members)
{
    struct bytes value;
    const enum json_token token = json_next(json, &value);
    if (token != JSON_STRING) {
        return geojson_unexpected(reading, json, place, token, "a text as \"type\"");
    }
    const enum geojson_type type = type_of(value);
    const bool is_feature = type == GEOJSON_FEATURE || type == GEOJSON_FEATURES;
    members->type = type;
    if (type == GEOJSON_UNKNOWN) {
        return geojson_refuse(reading, place, STATUS_OUT_OF_RANGE,
                              "type \"%.*s\" is none of GeoJSON's (case matters)",
                              (int)(value.size < 40 ? value.size : 40), (const char *)value.data);
    }
    if ((members->wanted == WANT_FEATURE && type != GEOJSON_FEATURE) ||
        (members->wanted == WANT_GEOMETRY && is_feature)) {
        return geojson_refuse(reading, place, STATUS_OUT_OF_RANGE, "expected a %s, not a %s",
                              members->wanted == WANT_FEATURE ? "Feature" : "geometry",
                              type_names[type]);
    }
    return STATUS_OK;
}

static enum status read_member(struct geojson_reading *reading, struct json_reader *json,
                               const struct geojson_place *place, unsigned depth,
                               struct members *members, struct bytes key)
{
    const int content = content_of(key);
    if (members->type == GEOJSON_NO_TYPE && is(key, "type")) {
        return read_type(reading, json, place, members);
    }
    if (content >= 0 && members->type != GEOJSON_NO_TYPE && !members->has_content &&
        is(key, member_of(members->type))) {
        struct bytes value;
        const enum json_token token = json_next(json, &value);
        members->has_content = true;
        return read_content(reading, json, place, depth, members->type, token);
    }
    const bool is_properties = is(key, "properties");
    const bool is_id = is(key, "id");
    struct bytes text;
    TRY(take_text(reading, json, place, &text));
    if (content >= 0 && members->late[content].size == 0) {
        members->late[content] = text;
    } else if (is_properties) {
        members->properties = text;
    } else if (is_id) {
        members->id = text;
    }
    return STATUS_OK;
}

// Tile38's circle: {"type":"Circle","radius":METRES,"radius_units":"m" or "km"}.
static enum status circle_radius(const struct geojson_reading *reading,
                                 const struct geojson_place *place, struct bytes properties,
                                 bool *is_circle, double *radius_m)
{
    struct json_reader json = json_over(properties, reading->account);
    struct bytes value;
    double factor = 1;
    bool is_known = true;
    *is_circle = false;
    *radius_m = 0;
    if (properties.size == 0 || json_next(&json, &value) != JSON_OBJECT_BEGIN) {
        json_reader_free(&json);
        return STATUS_OK;
    }
    while (json_next(&json, &value) == JSON_KEY) {
        const bool is_type = is(value, "type");
        const bool is_radius = is(value, "radius");
        const bool is_units = is(value, "radius_units");
        const enum json_token token = json_next(&json, &value);
        if (is_type && token == JSON_STRING) {
            *is_circle = is(value, "Circle");
        } else if (is_radius && token == JSON_NUMBER) {
            is_known &= decimal_parse(value, radius_m);
        } else if (is_units && token == JSON_STRING) {
            factor = is(value, "km") ? 1000 : 1;
            is_known &= value.size == 0 || is(value, "m") || is(value, "km");
        }
        json_skip(&json, token);
    }
    json_reader_free(&json);
    *radius_m *= factor;
    return is_known || !*is_circle
               ? STATUS_OK
               : geojson_refuse(reading, place, STATUS_OUT_OF_RANGE,
                                "properties: radius must be a number, radius_units m or km");
}

static enum status end_feature(struct geojson_reading *reading, const struct geojson_place *place,
                               const struct members *members, size_t begun)
{
    const struct shape shape = {
        .bytes = {.data = reading->shape->data + begun, .size = reading->shape->size - begun}};
    if (!reading->limits->is_lenient || shape_kind(shape) != SHAPE_POINT) {
        return STATUS_OK;
    }
    bool is_circle;
    double radius_m;
    TRY(circle_radius(reading, place, members->properties, &is_circle, &radius_m));
    if (is_circle) {
        const struct geo_point centre = shape_centre(shape);
        reading->shape->size = begun;
        shape_add_circle(reading->shape, centre, radius_m);
    }
    return buffer_status(reading->shape);
}

// Behind the opening brace, to behind the closing one.
static enum status read_object(struct geojson_reading *reading, struct json_reader *json,
                               const struct geojson_place *place, unsigned depth,
                               enum wanted wanted)
{
    struct members members = {.wanted = wanted};
    const size_t begun = reading->shape->size;
    struct bytes key;
    enum json_token token;
    while ((token = json_next(json, &key)) == JSON_KEY) {
        TRY(read_member(reading, json, place, depth, &members, key));
    }
    if (token != JSON_OBJECT_END) {
        return geojson_unexpected(reading, json, place, token, "a member");
    }
    if (members.type == GEOJSON_NO_TYPE) {
        return geojson_refuse(reading, place, STATUS_OUT_OF_RANGE, "\"type\" is missing");
    }
    if (!members.has_content) {
        const char *const member = member_of(members.type);
        const struct bytes late = members.late[content_of(bytes_from_text(member))];
        if (late.size == 0) {
            return geojson_refuse(reading, place, STATUS_OUT_OF_RANGE, "\"%s\" of a %s is missing",
                                  member, type_names[members.type]);
        }
        TRY(read_late(reading, place, depth, members.type, late));
    }
    if (members.type == GEOJSON_FEATURE) {
        TRY(end_feature(reading, place, &members, begun));
    }
    if (place->outer == NULL) {
        reading->geojson->type = bytes_from_text(type_names[members.type]);
        reading->geojson->properties =
            is(members.properties, "null") ? (struct bytes){0} : members.properties;
        reading->geojson->id = members.id;
    }
    return STATUS_OK;
}

static enum status read_text(struct geojson_reading *reading, struct bytes text)
{
    const struct geojson_place root = {.index = -1};
    struct json_reader json = json_over(text, reading->account);
    struct bytes value;
    enum json_token token = json_next(&json, &value);
    enum status status =
        token == JSON_OBJECT_BEGIN
            ? read_object(reading, &json, &root, 0, WANT_ANY)
            : geojson_unexpected(reading, &json, &root, token, "an object of GeoJSON");
    if (status == STATUS_OK) {
        token = json_next(&json, &value);
        status = token == JSON_END ? STATUS_OK
                                   : geojson_unexpected(reading, &json, &root, token,
                                                        "nothing behind the object");
    }
    json_reader_free(&json);
    return status;
}

enum status geojson_read(struct bytes text, const struct geojson_limits *limits,
                         struct memory_account *account, struct geojson *geojson,
                         struct buffer *shape, struct fault *fault)
{
    if (text.size > limits->text_size) {
        return fault_set(fault, STATUS_NO_SPACE,
                         "the object has %zu bytes; at most %zu are taken: split it", text.size,
                         limits->text_size);
    }
    struct geojson read = {0};
    struct geojson_reading reading = {
        .limits = limits,
        .account = account,
        .geojson = &read,
        .shape = shape,
        .fault = fault,
        .coordinates = {.points = {.account = account},
                        .ring_ends = {.account = account},
                        .polygon_ends = {.account = account}},
    };
    const size_t begun = shape->size;
    enum status status = read_text(&reading, text);
    const struct geojson_coordinates *const coordinates = &reading.coordinates;
    if (status == STATUS_OK && coordinates->depth == 1 && reading.point_count == 1) {
        read.lng_deg = coordinates->lng_deg;
        read.lat_deg = coordinates->lat_deg;
        read.has_z = coordinates->has_z;
        read.z = coordinates->has_z ? coordinates->z : 0;
    }
    buffer_free(&reading.coordinates.points);
    buffer_free(&reading.coordinates.ring_ends);
    buffer_free(&reading.coordinates.polygon_ends);
    if (status != STATUS_OK) {
        shape->size = begun;
        return status == STATUS_NO_MEMORY
                   ? fault_set(fault, status, "no memory for an object of %zu bytes", text.size)
                   : status;
    }
    *geojson = read;
    return STATUS_OK;
}
