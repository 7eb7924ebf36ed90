// Fields of a row from the members of a JSON object.
#include <stdlib.h>

#include "codec/json_slice.h"
#include "command/live_feature.h"

// A member whose name may have been unescaped into a buffer: kept as an offset until that is whole.
struct field {
    struct bytes name;
    struct bytes value;
    size_t offset, size; // of the unescaped name
    bool is_escaped;
    unsigned order; // of the members: the last of a name counts
};

struct fields {
    struct memory_account *account;
    struct field *items;
    size_t count, capacity;
    struct buffer names;
};

static void fields_free(struct fields *fields)
{
    memory_give(fields->items);
    buffer_free(&fields->names);
}

static int compare_fields(const void *left, const void *right)
{
    const struct field *const a = left;
    const struct field *const b = right;
    const int order = bytes_compare(a->name, b->name);
    return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

static enum status add_field(struct fields *fields, struct field field, struct fault *fault)
{
    if (!memory_grow(fields->account, &fields->items, &fields->capacity, fields->count + 1,
                     sizeof(*fields->items))) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the properties");
    }
    field.order = (unsigned)fields->count;
    fields->items[fields->count++] = field;
    return STATUS_OK;
}

static enum status add_members(struct fields *fields, struct bytes properties, struct fault *fault)
{
    struct bytes name;
    struct bytes value;
    while (properties.size != 0 && json_slice_member(&properties, &name, &value)) {
        struct field field = {.name = {.data = name.data + 1, .size = name.size - 2},
                              .value = value};
        if (memchr(name.data, '\\', name.size) != NULL) {
            field.is_escaped = true;
            field.offset = fields->names.size;
            json_slice_unescape(name, &fields->names);
            field.size = fields->names.size - field.offset;
        }
        if (field.name.size > UINT16_MAX) {
            return fault_set(fault, STATUS_OUT_OF_RANGE,
                             "properties: a name is longer than 65535 bytes");
        }
        TRY(add_field(fields, field, fault));
    }
    return buffer_status(&fields->names) == STATUS_OK
               ? STATUS_OK
               : fault_set(fault, STATUS_NO_MEMORY, "no memory for the properties");
}

static void write_field(struct buffer *out, const struct field *field, struct buffer *compact)
{
    buffer_clear(compact);
    json_slice_compact(field->value, compact);
    const uint8_t size[2] = {(uint8_t)field->name.size, (uint8_t)(field->name.size >> 8)};
    buffer_append(out, size, sizeof(size));
    buffer_append_bytes(out, field->name);
    buffer_append_u32(out, (uint32_t)compact->size);
    buffer_append_bytes(out, buffer_bytes(compact));
}

enum status feature_merge_fields(struct bytes before, struct bytes properties,
                                 struct memory_account *account, struct buffer *fields,
                                 struct fault *fault)
{
    struct fields members SCOPED(fields_free) = {.account = account, .names = {.account = account}};
    struct buffer compact SCOPED(buffer_free) = {.account = account};
    struct field field = {0};
    while (row_field_next(&before, &field.name, &field.value)) {
        TRY(add_field(&members, field, fault));
    }
    TRY(add_members(&members, properties, fault));
    for (size_t i = 0; i < members.count; i++) {
        struct field *const member = &members.items[i];
        if (member->is_escaped) {
            member->name =
                (struct bytes){.data = members.names.data + member->offset, .size = member->size};
        }
    }
    if (members.count != 0) {
        qsort(members.items, members.count, sizeof(*members.items), compare_fields);
    }
    for (size_t i = 0; i < members.count; i++) {
        const bool is_last = i + 1 == members.count ||
                             !bytes_equal(members.items[i].name, members.items[i + 1].name);
        if (is_last && !bytes_equal(members.items[i].value, BYTES_OF("null"))) {
            write_field(fields, &members.items[i], &compact);
        }
    }
    const bool is_whole =
        buffer_status(fields) == STATUS_OK && buffer_status(&compact) == STATUS_OK;
    return is_whole ? STATUS_OK
                    : fault_set(fault, STATUS_NO_MEMORY, "no memory for the properties");
}
