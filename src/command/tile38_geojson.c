#include <math.h>

#include "base/decimal.h"
#include "codec/geojson.h"
#include "codec/json_slice.h"
#include "command/tile38_private.h"

// A writer of Tile38's form of GeoJSON: coordinates again from their doubles, members in its order.
struct form {
    struct buffer *out;
    struct fault *fault;
    unsigned depth;
};

enum { FORM_DEPTH_MAX = 32 };

static enum status refuse(struct form *form, const char *words)
{
    return fault_set(form->fault, STATUS_OUT_OF_RANGE, "%s", words);
}

static bool is_array(struct bytes value)
{
    return value.size != 0 && value.data[0] == '[';
}

// One position: two numbers, perhaps a height; what else there is goes.
static enum status write_position(struct form *form, struct bytes value)
{
    struct bytes rest = value, item;
    unsigned count = 0;
    buffer_append(form->out, "[", 1);
    while (json_slice_item(&rest, &item)) {
        double number;
        if (!decimal_parse(item, &number) || !isfinite(number)) {
            return refuse(form, "invalid coordinates");
        }
        if (count < 3) {
            buffer_append(form->out, ",", count == 0 ? 0 : 1);
            tile38_write_number(form->out, number);
        }
        count++;
    }
    buffer_append(form->out, "]", 1);
    return count >= 2 ? STATUS_OK : refuse(form, "invalid coordinates");
}

// Positions `nesting` arrays deep.
static enum status write_coordinates(struct form *form, struct bytes value, unsigned nesting)
{
    if (!is_array(value)) {
        return refuse(form, "invalid coordinates");
    }
    if (nesting == 0) {
        return write_position(form, value);
    }
    struct bytes rest = value, item;
    buffer_append(form->out, "[", 1);
    for (bool is_first = true; json_slice_item(&rest, &item); is_first = false) {
        buffer_append(form->out, ",", is_first ? 0 : 1);
        TRY(write_coordinates(form, item, nesting - 1));
    }
    buffer_append(form->out, "]", 1);
    return STATUS_OK;
}

// The members that are neither "type" nor the one named.
static void write_others(struct form *form, struct bytes object, const char *content,
                         bool wants_properties)
{
    struct bytes rest = object, name, value;
    bool has_properties = false;
    while (json_slice_member(&rest, &name, &value)) {
        if (json_slice_equals(name, BYTES_OF("type")) ||
            json_slice_equals(name, bytes_from_text(content))) {
            continue;
        }
        has_properties = has_properties || json_slice_equals(name, BYTES_OF("properties"));
        buffer_append(form->out, ",", 1);
        buffer_append_bytes(form->out, name);
        buffer_append(form->out, ":", 1);
        json_slice_compact(value, form->out);
    }
    if (wants_properties && !has_properties) {
        buffer_append_text(form->out, ",\"properties\":{}");
    }
    buffer_append(form->out, "}", 1);
}

static enum status write_object(struct form *form, struct bytes object);

static enum status write_list(struct form *form, struct bytes object, const char *content,
                              const char *missing, const char *invalid)
{
    const struct bytes list = json_slice_find(object, bytes_from_text(content));
    if (list.data == NULL) {
        return refuse(form, missing);
    }
    if (!is_array(list)) {
        return refuse(form, invalid);
    }
    buffer_append_format(form->out, ",\"%s\":[", content);
    struct bytes rest = list, item;
    for (bool is_first = true; json_slice_item(&rest, &item); is_first = false) {
        buffer_append(form->out, ",", is_first ? 0 : 1);
        TRY(write_object(form, item));
    }
    buffer_append(form->out, "]", 1);
    write_others(form, object, content, false);
    return STATUS_OK;
}

static enum status write_feature(struct form *form, struct bytes object)
{
    const struct bytes geometry = json_slice_find(object, BYTES_OF("geometry"));
    if (geometry.data == NULL) {
        return refuse(form, "missing geometry");
    }
    buffer_append_text(form->out, ",\"geometry\":");
    TRY(write_object(form, geometry));
    write_others(form, object, "geometry", true);
    return STATUS_OK;
}

static const struct {
    const char *name;
    unsigned nesting;
} geometries[] = {{"Point", 0},      {"LineString", 1},      {"Polygon", 2},
                  {"MultiPoint", 1}, {"MultiLineString", 2}, {"MultiPolygon", 3}};

static enum status write_typed(struct form *form, struct bytes object, struct bytes type)
{
    if (json_slice_equals(type, BYTES_OF("Feature"))) {
        return write_feature(form, object);
    }
    if (json_slice_equals(type, BYTES_OF("FeatureCollection"))) {
        return write_list(form, object, "features", "missing features", "invalid features");
    }
    if (json_slice_equals(type, BYTES_OF("GeometryCollection"))) {
        return write_list(form, object, "geometries", "missing geometries", "invalid geometries");
    }
    for (size_t i = 0; i < sizeof(geometries) / sizeof(geometries[0]); i++) {
        if (!json_slice_equals(type, bytes_from_text(geometries[i].name))) {
            continue;
        }
        const struct bytes coordinates = json_slice_find(object, BYTES_OF("coordinates"));
        if (coordinates.data == NULL) {
            return refuse(form, "missing coordinates");
        }
        buffer_append_text(form->out, ",\"coordinates\":");
        TRY(write_coordinates(form, coordinates, geometries[i].nesting));
        write_others(form, object, "coordinates", false);
        return STATUS_OK;
    }
    return fault_set(form->fault, STATUS_OUT_OF_RANGE, "type '%.*s' is unknown",
                     type.size > 60 ? 60 : (int)type.size - 2, (const char *)type.data + 1);
}

static enum status write_object(struct form *form, struct bytes object)
{
    if (object.size == 0 || object.data[0] != '{') {
        return refuse(form, "invalid data");
    }
    const struct bytes type = json_slice_find(object, BYTES_OF("type"));
    if (type.data == NULL) {
        return refuse(form, "missing type");
    }
    if (type.data[0] != '"') {
        return refuse(form, "invalid type");
    }
    if (++form->depth > FORM_DEPTH_MAX) {
        return refuse(form, "invalid data");
    }
    buffer_append_text(form->out, "{\"type\":");
    buffer_append_bytes(form->out, type);
    TRY(write_typed(form, object, type));
    form->depth--;
    return STATUS_OK;
}

enum status tile38_geojson(struct bytes text, struct memory_account *account, struct buffer *out,
                           struct fault *fault)
{
    struct form form = {.out = out, .fault = fault};
    if (!json_slice_check(text, account)) {
        return refuse(&form, "invalid data");
    }
    TRY(write_object(&form, json_slice_trim(text)));
    return buffer_status(out);
}

// A Point with nothing but coordinates.
static bool is_plain_point(struct bytes canonical)
{
    static const char begin[] = "{\"type\":\"Point\",\"coordinates\":[";
    return canonical.size > sizeof(begin) &&
           memcmp(canonical.data, begin, sizeof(begin) - 1) == 0 &&
           memchr(canonical.data, ']', canonical.size) == canonical.data + canonical.size - 2;
}

enum status tile38_row_of_geojson(struct bytes text, struct memory_account *account,
                                  struct buffer *canonical, struct buffer *shape, struct row *row,
                                  struct fault *fault)
{
    static const struct geojson_limits limits = {
        .text_size = (size_t)64 << 20, .points = 1U << 22, .depth = FORM_DEPTH_MAX};
    TRY(tile38_geojson(text, account, canonical, fault));
    struct geojson geojson;
    TRY(geojson_read(buffer_bytes(canonical), &limits, account, &geojson, shape, fault));
    row->has_z = geojson.has_z;
    row->z = geojson.z;
    row->shape = (struct shape){.bytes = buffer_bytes(shape)};
    row->text = buffer_bytes(canonical);
    row->kind = ROW_GEOJSON;
    if (is_plain_point(row->text)) {
        const struct tile38_rect rect = tile38_rect_of_json(row->text);
        row->kind = ROW_POINT;
        row->point = shape_centre(row->shape);
        row->lng_deg = rect.west;
        row->lat_deg = rect.south;
    }
    return STATUS_OK;
}
