#include <math.h>

#include "base/decimal.h"
#include "codec/json_slice.h"
#include "command/tile38_private.h"

struct tile38_rect tile38_rect_of_box(struct geo_box box)
{
    return (struct tile38_rect){geo_deg_from_e7(box.west_e7), geo_deg_from_e7(box.south_e7),
                                geo_deg_from_e7(box.east_e7), geo_deg_from_e7(box.north_e7)};
}

// Takes in every position of coordinates.
static void extend(struct tile38_rect *rect, struct bytes coordinates)
{
    struct bytes rest = coordinates, item;
    double position[2] = {0, 0};
    unsigned count = 0;
    while (json_slice_item(&rest, &item)) {
        if (item.size != 0 && item.data[0] == '[') {
            extend(rect, item);
        } else if (count < 2) {
            (void)decimal_parse(item, &position[count++]);
        }
    }
    if (count == 2) {
        rect->west = fmin(rect->west, position[0]);
        rect->east = fmax(rect->east, position[0]);
        rect->south = fmin(rect->south, position[1]);
        rect->north = fmax(rect->north, position[1]);
    }
}

static void extend_object(struct tile38_rect *rect, struct bytes object)
{
    struct bytes rest = object, name, value;
    while (json_slice_member(&rest, &name, &value)) {
        if (json_slice_equals(name, BYTES_OF("coordinates"))) {
            extend(rect, value);
        } else if (json_slice_equals(name, BYTES_OF("geometry"))) {
            extend_object(rect, value);
        } else if (json_slice_equals(name, BYTES_OF("geometries")) ||
                   json_slice_equals(name, BYTES_OF("features"))) {
            struct bytes items = value, item;
            while (json_slice_item(&items, &item)) {
                extend_object(rect, item);
            }
        }
    }
}

struct tile38_rect tile38_rect_of_json(struct bytes geojson)
{
    struct tile38_rect rect = {(double)INFINITY, (double)INFINITY, -(double)INFINITY,
                               -(double)INFINITY};
    extend_object(&rect, geojson);
    return rect.west > rect.east ? (struct tile38_rect){0} : rect;
}

struct tile38_rect tile38_rect_of(const struct row *row)
{
    switch (row->kind) {
    case ROW_POINT: {
        const double lng = row->has_exact ? row->lng_deg : geo_deg_from_e7(row->point.lng_e7);
        const double lat = row->has_exact ? row->lat_deg : geo_deg_from_e7(row->point.lat_e7);
        return (struct tile38_rect){lng, lat, lng, lat};
    }
    case ROW_BOX:
        return row->has_exact ? (struct tile38_rect){row->box_deg[0], row->box_deg[1],
                                                     row->box_deg[2], row->box_deg[3]}
                              : tile38_rect_of_box(row->box);
    case ROW_GEOJSON:
        return tile38_rect_of_json(row->text);
    case ROW_STRING:
    default:
        return (struct tile38_rect){0};
    }
}

double tile38_z_of(const struct row *row)
{
    return row->has_z ? row->z : 0;
}

static void write_position(struct buffer *out, double lng, double lat)
{
    buffer_append(out, "[", 1);
    tile38_write_number(out, lng);
    buffer_append(out, ",", 1);
    tile38_write_number(out, lat);
    buffer_append(out, "]", 1);
}

void tile38_write_rect(struct buffer *out, struct tile38_rect rect)
{
    buffer_append_text(out, "{\"type\":\"Polygon\",\"coordinates\":[[");
    write_position(out, rect.west, rect.south);
    buffer_append(out, ",", 1);
    write_position(out, rect.east, rect.south);
    buffer_append(out, ",", 1);
    write_position(out, rect.east, rect.north);
    buffer_append(out, ",", 1);
    write_position(out, rect.west, rect.north);
    buffer_append(out, ",", 1);
    write_position(out, rect.west, rect.south);
    buffer_append_text(out, "]]}");
}

void tile38_write_object(const struct row *row, struct buffer *out)
{
    const struct tile38_rect rect = row->kind == ROW_POINT || row->kind == ROW_BOX
                                        ? tile38_rect_of(row)
                                        : (struct tile38_rect){0};
    switch (row->kind) {
    case ROW_POINT:
        buffer_append_text(out, "{\"type\":\"Point\",\"coordinates\":[");
        tile38_write_number(out, rect.west);
        buffer_append(out, ",", 1);
        tile38_write_number(out, rect.south);
        if (row->has_z) {
            buffer_append(out, ",", 1);
            tile38_write_number(out, row->z);
        }
        buffer_append(out, "]}", 2);
        return;
    case ROW_BOX:
        tile38_write_rect(out, rect);
        return;
    case ROW_GEOJSON:
    case ROW_STRING:
    default:
        buffer_append_bytes(out, row->text);
        return;
    }
}

static bool has_z(const struct row *row)
{
    return row->has_z && (row->z > 0 || row->z < 0);
}

static void write_json_pair(struct buffer *out, double lat, double lng)
{
    buffer_append_text(out, "{\"lat\":");
    tile38_write_number(out, lat);
    buffer_append_text(out, ",\"lon\":");
    tile38_write_number(out, lng);
}

static void write_json_shape(struct buffer *out, const struct row *row, enum tile38_shape shape,
                             unsigned precision)
{
    if (shape == TILE38_OBJECT) {
        if (row->kind == ROW_STRING) {
            tile38_write_json_text(out, row->text);
        } else {
            tile38_write_object(row, out);
        }
        return;
    }
    const struct tile38_rect rect = tile38_rect_of(row);
    const double lat = (rect.south + rect.north) / 2, lng = (rect.west + rect.east) / 2;
    if (shape == TILE38_POINT) {
        write_json_pair(out, lat, lng);
        if (has_z(row)) {
            buffer_append_text(out, ",\"z\":");
            tile38_write_number(out, row->z);
        }
        buffer_append(out, "}", 1);
    } else if (shape == TILE38_BOUNDS) {
        buffer_append_text(out, "{\"sw\":");
        write_json_pair(out, rect.south, rect.west);
        buffer_append_text(out, "},\"ne\":");
        write_json_pair(out, rect.north, rect.east);
        buffer_append_text(out, "}}");
    } else {
        char hash[13];
        tile38_hash_of(lat, lng, precision, hash);
        buffer_append_format(out, "\"%s\"", hash);
    }
}

static void write_bulk_pair(struct buffer *out, double lat, double lng, const double *z)
{
    resp_write_array(out, z == NULL ? 2 : 3);
    tile38_write_bulk_number(out, lat);
    tile38_write_bulk_number(out, lng);
    if (z != NULL) {
        tile38_write_bulk_number(out, *z);
    }
}

static void write_object_bulk(struct buffer *out, const struct row *row)
{
    if (row->kind == ROW_GEOJSON || row->kind == ROW_STRING) {
        resp_write_bulk(out, row->text);
        return;
    }
    struct buffer text = {.account = out->account};
    tile38_write_object(row, &text);
    resp_write_bulk(out, buffer_bytes(&text));
    buffer_free(&text);
}

void tile38_write_shape(struct tile38_request *request, const struct row *row,
                        enum tile38_shape shape, unsigned precision)
{
    struct buffer *const out = request->out;
    if (tile38_is_json(request)) {
        write_json_shape(out, row, shape, precision);
        return;
    }
    if (shape == TILE38_OBJECT) {
        write_object_bulk(out, row);
        return;
    }
    const struct tile38_rect rect = tile38_rect_of(row);
    const double lat = (rect.south + rect.north) / 2, lng = (rect.west + rect.east) / 2;
    if (shape == TILE38_POINT) {
        write_bulk_pair(out, lat, lng, has_z(row) ? &row->z : NULL);
    } else if (shape == TILE38_BOUNDS) {
        resp_write_array(out, 2);
        write_bulk_pair(out, rect.south, rect.west, NULL);
        write_bulk_pair(out, rect.north, rect.east, NULL);
    } else {
        char hash[13];
        tile38_hash_of(lat, lng, precision, hash);
        resp_write_bulk(out, bytes_from_text(hash));
    }
}

// Geohashes: five bits a character, longitude first (G. Niemeyer, geohash.org, 2008). -----------------

static const char hash_base[] = "0123456789bcdefghjkmnpqrstuvwxyz";

void tile38_hash_of(double lat_deg, double lng_deg, unsigned precision, char text[13])
{
    struct tile38_rect rect = {-180, -90, 180, 90};
    bool is_lng = true;
    for (unsigned i = 0; i < precision && i < 12; i++) {
        unsigned digit = 0;
        for (int bit = 4; bit >= 0; bit--, is_lng = !is_lng) {
            double *const low = is_lng ? &rect.west : &rect.south;
            double *const high = is_lng ? &rect.east : &rect.north;
            const double middle = (*low + *high) / 2;
            if ((is_lng ? lng_deg : lat_deg) >= middle) {
                digit |= 1U << bit;
                *low = middle;
            } else {
                *high = middle;
            }
        }
        text[i] = hash_base[digit];
    }
    text[precision < 12 ? precision : 12] = '\0';
}

struct tile38_rect tile38_rect_of_hash(struct bytes hash)
{
    struct tile38_rect rect = {-180, -90, 180, 90};
    bool is_lng = true;
    for (size_t i = 0; i < hash.size && i < 12; i++) {
        const uint8_t letter = hash.data[i] >= 'A' && hash.data[i] <= 'Z'
                                   ? (uint8_t)(hash.data[i] + 32)
                                   : hash.data[i];
        const char *const found = letter == 0 ? NULL : strchr(hash_base, letter);
        const unsigned digit = found == NULL ? 0 : (unsigned)(found - hash_base);
        for (int bit = 4; bit >= 0; bit--, is_lng = !is_lng) {
            double *const low = is_lng ? &rect.west : &rect.south;
            double *const high = is_lng ? &rect.east : &rect.north;
            const double middle = (*low + *high) / 2;
            *((digit >> bit & 1) != 0 ? low : high) = middle;
        }
    }
    return rect;
}
