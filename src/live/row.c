#include "live/row.h"

#include <assert.h>
#include <math.h>

enum row_flag {
    ROW_HAS_EXACT = 1,
    ROW_HAS_Z = 2,
    ROW_HAS_TIMES = 4,
    ROW_HAS_MOTION = 8,
    ROW_HAS_EXPIRY = 16,
    ROW_HAS_FIELDS = 32,
    ROW_FLAGS = 63,
};

// A cursor over the row; `is_short` latches when a part does not fit.
struct row_cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool is_short;
};

static void take(struct row_cursor *cursor, void *out, size_t size)
{
    if ((size_t)(cursor->end - cursor->at) < size) {
        cursor->is_short = true;
        cursor->at = cursor->end;
        memset(out, 0, size);
        return;
    }
    memcpy(out, cursor->at, size);
    cursor->at += size;
}

static struct bytes take_bytes(struct row_cursor *cursor)
{
    uint32_t size;
    take(cursor, &size, sizeof(size));
    if ((size_t)(cursor->end - cursor->at) < size) {
        cursor->is_short = true;
        size = 0;
    }
    const struct bytes taken = {.data = cursor->at, .size = size};
    cursor->at += size;
    return taken;
}

static struct bytes take_rest(struct row_cursor *cursor)
{
    const struct bytes rest = {.data = cursor->at, .size = (size_t)(cursor->end - cursor->at)};
    cursor->at = cursor->end;
    return rest;
}

// What is not there stays zero. False when the bytes are too few, too many, or of no known kind.
static bool parse(struct bytes bytes, struct row *row)
{
    struct row_cursor cursor = {.at = bytes.data, .end = bytes.data + bytes.size};
    *row = (struct row){.accuracy_m = -1, .speed_mps = -1, .course_deg = -1};
    uint8_t kind;
    uint16_t flags;
    take(&cursor, &kind, sizeof(kind));
    take(&cursor, &flags, sizeof(flags));
    if (kind > ROW_STRING || (flags & ~ROW_FLAGS) != 0) {
        return false;
    }
    row->kind = (enum row_kind)kind;
    if (kind != ROW_STRING) {
        take(&cursor, &row->point, sizeof(row->point));
    }
    if ((flags & ROW_HAS_EXACT) != 0) {
        row->has_exact = true;
        if (kind == ROW_BOX) {
            take(&cursor, row->box_deg, sizeof(row->box_deg));
        } else {
            take(&cursor, &row->lng_deg, sizeof(row->lng_deg));
            take(&cursor, &row->lat_deg, sizeof(row->lat_deg));
        }
    }
    if ((flags & ROW_HAS_Z) != 0) {
        row->has_z = true;
        take(&cursor, &row->z, sizeof(row->z));
    }
    if ((flags & ROW_HAS_TIMES) != 0) {
        take(&cursor, &row->event_us, sizeof(row->event_us));
        take(&cursor, &row->arrival_us, sizeof(row->arrival_us));
    }
    if ((flags & ROW_HAS_MOTION) != 0) {
        row->has_motion = true;
        take(&cursor, &row->accuracy_m, sizeof(row->accuracy_m));
        take(&cursor, &row->speed_mps, sizeof(row->speed_mps));
        take(&cursor, &row->course_deg, sizeof(row->course_deg));
    }
    if ((flags & ROW_HAS_EXPIRY) != 0) {
        take(&cursor, &row->expires_us, sizeof(row->expires_us));
    }
    if ((flags & ROW_HAS_FIELDS) != 0) {
        row->fields = take_bytes(&cursor);
    }
    if (kind == ROW_BOX) {
        take(&cursor, &row->box, sizeof(row->box));
    } else if (kind == ROW_GEOJSON) {
        row->shape.bytes = take_bytes(&cursor);
    }
    if (kind == ROW_GEOJSON || kind == ROW_STRING) {
        row->text = take_rest(&cursor);
    }
    return !cursor.is_short && cursor.at == cursor.end;
}

void row_open(struct bytes bytes, struct row *row)
{
    const bool is_whole = parse(bytes, row);
    assert(is_whole);
}

static bool box_is_valid(struct geo_box box)
{
    return geo_point_is_valid((struct geo_point){.lng_e7 = box.west_e7, .lat_e7 = box.south_e7}) &&
           geo_point_is_valid((struct geo_point){.lng_e7 = box.east_e7, .lat_e7 = box.north_e7}) &&
           !geo_box_is_empty(box);
}

static bool numbers_are_finite(const struct row *row)
{
    bool are_finite = isfinite(row->lng_deg) && isfinite(row->lat_deg) && isfinite(row->z) &&
                      isfinite(row->accuracy_m) && isfinite(row->speed_mps) &&
                      isfinite(row->course_deg);
    for (size_t i = 0; i < COUNT_OF(row->box_deg); i++) {
        are_finite = are_finite && isfinite(row->box_deg[i]);
    }
    return are_finite;
}

// Names rise, sizes fit.
static bool fields_are_sound(struct bytes fields)
{
    struct bytes last = {0};
    for (bool is_first = true; fields.size > 0; is_first = false) {
        uint16_t name_size;
        uint32_t value_size;
        if (fields.size < sizeof(name_size)) {
            return false;
        }
        memcpy(&name_size, fields.data, sizeof(name_size));
        if (fields.size < sizeof(name_size) + name_size + sizeof(value_size)) {
            return false;
        }
        const struct bytes name = {.data = fields.data + sizeof(name_size), .size = name_size};
        memcpy(&value_size, name.data + name.size, sizeof(value_size));
        const size_t head_size = sizeof(name_size) + name_size + sizeof(value_size);
        if (fields.size - head_size < value_size || (!is_first && bytes_compare(last, name) >= 0)) {
            return false;
        }
        last = name;
        fields.data += head_size + value_size;
        fields.size -= head_size + value_size;
    }
    return true;
}

enum status row_read(struct bytes bytes, struct row *row, struct fault *fault)
{
    struct row found;
    if (!parse(bytes, &found)) {
        return fault_set(fault, STATUS_CORRUPT, "an object's row of %zu bytes is not one",
                         bytes.size);
    }
    if (!geo_point_is_valid(found.point) || !numbers_are_finite(&found) ||
        (found.kind == ROW_BOX && !box_is_valid(found.box))) {
        return fault_set(fault, STATUS_CORRUPT, "an object's row has a place off the globe");
    }
    if (!fields_are_sound(found.fields)) {
        return fault_set(fault, STATUS_CORRUPT, "an object's row has fields out of order");
    }
    if (found.kind == ROW_GEOJSON) {
        TRY(shape_verify(found.shape.bytes, fault));
    }
    *row = found;
    return STATUS_OK;
}

static uint16_t flags_of(const struct row *row)
{
    const bool may_be_exact = row->kind == ROW_POINT || row->kind == ROW_BOX;
    return (uint16_t)((row->has_exact && may_be_exact ? ROW_HAS_EXACT : 0) |
                      (row->has_z ? ROW_HAS_Z : 0) |
                      (row->event_us != 0 || row->arrival_us != 0 ? ROW_HAS_TIMES : 0) |
                      (row->has_motion ? ROW_HAS_MOTION : 0) |
                      (row->expires_us != 0 ? ROW_HAS_EXPIRY : 0) |
                      (row->fields.size != 0 ? ROW_HAS_FIELDS : 0));
}

static void put_bytes(struct buffer *out, struct bytes bytes)
{
    buffer_append_u32(out, (uint32_t)bytes.size);
    buffer_append_bytes(out, bytes);
}

static struct geo_point place_of(const struct row *row)
{
    return row->kind == ROW_POINT ? row->point
           : row->kind == ROW_BOX ? geo_box_centre(row->box)
                                  : shape_centre(row->shape);
}

void row_write(const struct row *row, struct buffer *out)
{
    const uint16_t flags = flags_of(row);
    buffer_append_u8(out, (uint8_t)row->kind);
    buffer_append(out, &flags, sizeof(flags));
    if (row->kind != ROW_STRING) {
        const struct geo_point place = place_of(row);
        buffer_append(out, &place, sizeof(place));
    }
    if ((flags & ROW_HAS_EXACT) != 0 && row->kind == ROW_BOX) {
        buffer_append(out, row->box_deg, sizeof(row->box_deg));
    } else if ((flags & ROW_HAS_EXACT) != 0) {
        buffer_append(out, &row->lng_deg, sizeof(row->lng_deg));
        buffer_append(out, &row->lat_deg, sizeof(row->lat_deg));
    }
    if ((flags & ROW_HAS_Z) != 0) {
        buffer_append(out, &row->z, sizeof(row->z));
    }
    if ((flags & ROW_HAS_TIMES) != 0) {
        buffer_append(out, &row->event_us, sizeof(row->event_us));
        buffer_append(out, &row->arrival_us, sizeof(row->arrival_us));
    }
    if ((flags & ROW_HAS_MOTION) != 0) {
        buffer_append(out, &row->accuracy_m, sizeof(row->accuracy_m));
        buffer_append(out, &row->speed_mps, sizeof(row->speed_mps));
        buffer_append(out, &row->course_deg, sizeof(row->course_deg));
    }
    if ((flags & ROW_HAS_EXPIRY) != 0) {
        buffer_append(out, &row->expires_us, sizeof(row->expires_us));
    }
    if ((flags & ROW_HAS_FIELDS) != 0) {
        put_bytes(out, row->fields);
    }
    if (row->kind == ROW_BOX) {
        buffer_append(out, &row->box, sizeof(row->box));
    } else if (row->kind == ROW_GEOJSON) {
        put_bytes(out, row->shape.bytes);
    }
    if (row->kind == ROW_GEOJSON || row->kind == ROW_STRING) {
        buffer_append_bytes(out, row->text);
    }
}

struct shape row_shape(const struct row *row, uint8_t scratch[ROW_SCRATCH_SIZE])
{
    struct buffer out = {.data = scratch, .capacity = ROW_SCRATCH_SIZE};
    if (row->kind == ROW_POINT) {
        shape_add_point(&out, row->point);
    } else if (row->kind == ROW_BOX) {
        shape_add_box(&out, row->box);
    } else {
        return row->shape;
    }
    return (struct shape){.bytes = buffer_bytes(&out)};
}

struct geo_box row_box(const struct row *row)
{
    switch (row->kind) {
    case ROW_POINT:
        return (struct geo_box){.west_e7 = row->point.lng_e7,
                                .south_e7 = row->point.lat_e7,
                                .east_e7 = row->point.lng_e7,
                                .north_e7 = row->point.lat_e7};
    case ROW_BOX:
        return row->box;
    case ROW_GEOJSON:
        return shape_box(row->shape);
    case ROW_STRING:
    default:
        return GEO_BOX_EMPTY;
    }
}

bool row_field_next(struct bytes *fields, struct bytes *name, struct bytes *value)
{
    if (fields->size == 0) {
        return false;
    }
    uint16_t name_size;
    uint32_t value_size;
    memcpy(&name_size, fields->data, sizeof(name_size));
    *name = (struct bytes){.data = fields->data + sizeof(name_size), .size = name_size};
    memcpy(&value_size, name->data + name->size, sizeof(value_size));
    *value =
        (struct bytes){.data = name->data + name->size + sizeof(value_size), .size = value_size};
    const uint8_t *const end = fields->data + fields->size;
    *fields = (struct bytes){.data = value->data + value->size,
                             .size = (size_t)(end - (value->data + value->size))};
    return true;
}

bool row_field_find(struct bytes fields, struct bytes name, struct bytes *value)
{
    struct bytes found;
    struct bytes found_value;
    while (row_field_next(&fields, &found, &found_value)) {
        const int order = bytes_compare(found, name);
        if (order >= 0) {
            if (order == 0) {
                *value = found_value;
            }
            return order == 0;
        }
    }
    return false;
}

// Is it the number zero however it is written, the text "", or nothing?
static bool value_is_zero(struct bytes value)
{
    if (value.size == 0 || (value.size == 2 && memcmp(value.data, "\"\"", 2) == 0)) {
        return true;
    }
    bool has_zero = false;
    for (size_t i = value.data[0] == '-'; i < value.size; i++) {
        if (value.data[i] == 'e' || value.data[i] == 'E') {
            return has_zero;
        }
        if (value.data[i] != '0' && value.data[i] != '.') {
            return false;
        }
        has_zero = has_zero || value.data[i] == '0';
    }
    return has_zero;
}

static void put_field(struct buffer *out, struct bytes name, struct bytes value)
{
    const uint16_t name_size = (uint16_t)name.size;
    assert(name.size <= UINT16_MAX && value.size <= UINT32_MAX);
    buffer_append(out, &name_size, sizeof(name_size));
    buffer_append_bytes(out, name);
    put_bytes(out, value);
}

void row_field_put(struct bytes fields, struct bytes name, struct bytes value, struct buffer *out)
{
    bool is_put = value_is_zero(value);
    struct bytes old_name;
    struct bytes old_value;
    while (row_field_next(&fields, &old_name, &old_value)) {
        const int order = bytes_compare(old_name, name);
        if (order >= 0 && !is_put) {
            put_field(out, name, value);
            is_put = true;
        }
        if (order != 0) {
            put_field(out, old_name, old_value);
        }
    }
    if (!is_put) {
        put_field(out, name, value);
    }
}
