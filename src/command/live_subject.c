#include "command/live_subject.h"

#include "codec/json_slice.h"

static struct filter_value number_of(double number, bool is_known)
{
    return is_known ? (struct filter_value){.kind = FILTER_NUMBER, .number = number}
                    : (struct filter_value){.kind = FILTER_NULL};
}

static struct filter_value time_of(int64_t time_us)
{
    return time_us != 0 ? (struct filter_value){.kind = FILTER_TIME, .time_us = time_us}
                        : (struct filter_value){.kind = FILTER_NULL};
}

static struct filter_value text_of(struct bytes text)
{
    return (struct filter_value){.kind = FILTER_TEXT, .text = text};
}

static struct filter_value shape_of(struct subject *subject)
{
    return subject->row.kind == ROW_STRING
               ? (struct filter_value){.kind = FILTER_NULL}
               : (struct filter_value){.kind = FILTER_SHAPE,
                                       .shape = row_shape(&subject->row, subject->shape)};
}

static bool is(struct bytes name, const char *word)
{
    return bytes_equal(name, bytes_from_text(word));
}

// What every object has, when no property is called so.
static struct filter_value own_value(struct subject *subject, struct bytes name)
{
    const struct row *const row = &subject->row;
    if (is(name, "id")) {
        return text_of(subject->id);
    }
    if (is(name, "collection")) {
        return text_of(subject->collection);
    }
    if (is(name, "geometry") || is(name, "geom")) {
        return shape_of(subject);
    }
    if (is(name, "time")) {
        return time_of(row->event_us);
    }
    if (is(name, "arrival")) {
        return time_of(row->arrival_us);
    }
    if (is(name, "expires")) {
        return time_of(row->expires_us);
    }
    if (is(name, "altitude")) {
        return number_of(row->z, row->has_z);
    }
    if (is(name, "accuracy")) {
        return number_of((double)row->accuracy_m, row->has_motion && row->accuracy_m >= 0);
    }
    if (is(name, "speed")) {
        return number_of((double)row->speed_mps, row->has_motion && row->speed_mps >= 0);
    }
    if (is(name, "course")) {
        return number_of((double)row->course_deg, row->has_motion && row->course_deg >= 0);
    }
    return (struct filter_value){.kind = FILTER_NULL};
}

// A property of the Feature an object came as over RESP.
static struct bytes inner_property(const struct row *row, struct bytes name)
{
    if (row->kind != ROW_GEOJSON) {
        return (struct bytes){0};
    }
    const struct bytes properties = json_slice_find(row->text, BYTES_OF("properties"));
    return properties.size != 0 && properties.data[0] == '{' ? json_slice_find(properties, name)
                                                             : (struct bytes){0};
}

static struct filter_value get(const void *context, struct bytes name)
{
    // The scratch is ours to write; the machine only passes the pointer through.
    struct subject *const subject = (struct subject *)(uintptr_t)context;
    static const char prefix[] = "properties.";
    const size_t prefix_size = sizeof(prefix) - 1;
    struct bytes bare = name;
    struct bytes value;
    if (name.size > prefix_size && memcmp(name.data, prefix, prefix_size) == 0) {
        bare = (struct bytes){.data = name.data + prefix_size, .size = name.size - prefix_size};
    }
    if (row_field_find(subject->row.fields, bare, &value)) {
        return filter_value_of_json(value, &subject->scratch);
    }
    value = inner_property(&subject->row, bare);
    if (value.data != NULL) {
        return filter_value_of_json(value, &subject->scratch);
    }
    return own_value(subject, name);
}

void subject_set(struct subject *subject, const struct object *object)
{
    subject->id = object_id(object);
    subject->scratch.used = 0;
    object_row(object, &subject->row);
}

struct filter_subject subject_of(struct subject *subject, int64_t now_us)
{
    return (struct filter_subject){.get = get, .context = subject, .now_us = now_us};
}
