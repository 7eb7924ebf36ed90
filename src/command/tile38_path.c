#include "command/tile38_path.h"

#include "codec/json_slice.h"
#include "codec/json_write.h"
#include "text/glob.h"

enum { PATH_DEPTH_MAX = 64, PART_SIZE_MAX = 256, PATH_INDEX_MAX = 1 << 20 };

struct part {
    uint8_t bytes[PART_SIZE_MAX];
    struct bytes name;
    bool has_wildcard;
};

// Takes the first part; false when it is too long.
static bool take_part(struct bytes *path, struct part *part)
{
    size_t size = 0, at = 0;
    part->has_wildcard = false;
    for (; at < path->size && path->data[at] != '.'; at++) {
        const bool is_escaped = path->data[at] == '\\' && at + 1 < path->size;
        at += is_escaped;
        if (size == sizeof(part->bytes)) {
            return false;
        }
        part->has_wildcard =
            part->has_wildcard || (!is_escaped && (path->data[at] == '*' || path->data[at] == '?'));
        part->bytes[size++] = path->data[at];
    }
    part->name = (struct bytes){part->bytes, size};
    at += at < path->size;
    *path = (struct bytes){path->data + at, path->size - at};
    return true;
}

static bool index_of(struct bytes name, size_t *index)
{
    size_t value = 0;
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] < '0' || name.data[i] > '9' || value > PATH_INDEX_MAX) {
            return false;
        }
        value = value * 10 + (size_t)(name.data[i] - '0');
    }
    *index = value;
    return name.size != 0;
}

static bool is_last(struct bytes name)
{
    return bytes_equal(name, BYTES_OF("-1"));
}

static char kind_of(struct bytes json)
{
    return json.size == 0 ? '\0' : (char)json.data[0];
}

// Reading. -------------------------------------------------------------------------------------------

static bool get(struct bytes json, struct bytes path, struct buffer *out, unsigned depth);

// "#" and what follows, of each item.
static bool get_each(struct bytes array, struct bytes path, struct buffer *out, unsigned depth)
{
    struct bytes rest = array, item;
    if (path.size == 0) {
        size_t count = 0;
        while (json_slice_item(&rest, &item)) {
            count++;
        }
        buffer_append_format(out, "%zu", count);
        return true;
    }
    buffer_append(out, "[", 1);
    bool is_first = true;
    while (json_slice_item(&rest, &item)) {
        const size_t begin = out->size;
        buffer_append(out, ",", is_first ? 0 : 1);
        if (get(item, path, out, depth + 1)) {
            is_first = false;
        } else {
            out->size = begin;
        }
    }
    buffer_append(out, "]", 1);
    return true;
}

static bool member_matches(struct bytes quoted, const struct part *part)
{
    // A name with escapes is compared as it is written: wildcards over escapes are not worth more.
    return part->has_wildcard
               ? glob_matches(part->name, (struct bytes){quoted.data + 1, quoted.size - 2})
               : json_slice_equals(quoted, part->name);
}

static bool get(struct bytes json, struct bytes path, struct buffer *out, unsigned depth)
{
    if (path.size == 0 || depth == PATH_DEPTH_MAX) {
        buffer_append_bytes(out, json);
        return depth != PATH_DEPTH_MAX;
    }
    struct part part;
    struct bytes rest = json, name, value;
    if (!take_part(&path, &part)) {
        return false;
    }
    if (kind_of(json) == '{') {
        while (json_slice_member(&rest, &name, &value)) {
            if (member_matches(name, &part)) {
                return get(value, path, out, depth + 1);
            }
        }
        return false;
    }
    size_t index = 0;
    if (kind_of(json) != '[') {
        return false;
    }
    if (bytes_equal(part.name, BYTES_OF("#"))) {
        return get_each(json, path, out, depth);
    }
    if (!index_of(part.name, &index)) {
        return false;
    }
    while (json_slice_item(&rest, &value)) {
        if (index-- == 0) {
            return get(value, path, out, depth + 1);
        }
    }
    return false;
}

bool tile38_path_get(struct bytes json, struct bytes path, struct buffer *out)
{
    const size_t begin = out->size;
    const bool is_found = path.size != 0 && get(json_slice_trim(json), path, out, 0);
    if (!is_found) {
        out->size = begin;
    }
    return is_found;
}

// Changing. ------------------------------------------------------------------------------------------

struct change {
    struct bytes value; // data NULL: delete
    struct buffer *out;
    struct fault *fault;
    bool is_done;
};

static enum status make(struct change *change, struct bytes path, unsigned depth);

static void append_name(struct buffer *out, struct bytes name)
{
    struct json_writer json = {.out = out};
    json_text(&json, name);
    buffer_append(out, ":", 1);
}

// What is not there yet: an array for an index, else an object.
static enum status make_part(struct change *change, const struct part *part, struct bytes path,
                             unsigned depth)
{
    size_t index = 0;
    const bool is_index = index_of(part->name, &index);
    if (is_index || is_last(part->name)) {
        buffer_append(change->out, "[", 1);
        for (size_t i = 0; i < index; i++) {
            buffer_append_text(change->out, "null,");
        }
        TRY(make(change, path, depth + 1));
        buffer_append(change->out, "]", 1);
    } else {
        buffer_append(change->out, "{", 1);
        append_name(change->out, part->name);
        TRY(make(change, path, depth + 1));
        buffer_append(change->out, "}", 1);
    }
    return STATUS_OK;
}

static enum status too_deep(struct change *change)
{
    return fault_set(change->fault, STATUS_OUT_OF_RANGE, "invalid path");
}

static enum status make(struct change *change, struct bytes path, unsigned depth)
{
    struct part part;
    if (path.size == 0) {
        buffer_append_bytes(change->out, change->value);
        return STATUS_OK;
    }
    if (depth == PATH_DEPTH_MAX || !take_part(&path, &part)) {
        return too_deep(change);
    }
    return make_part(change, &part, path, depth);
}

static enum status alter(struct change *change, struct bytes json, struct bytes path,
                         unsigned depth);

// Appends one entry of a container, changed when it is the one; a deleted one leaves nothing.
static enum status alter_entry(struct change *change, struct bytes name, struct bytes value,
                               bool is_it, struct bytes path, unsigned depth, bool *is_first)
{
    if (is_it && path.size == 0 && change->value.data == NULL) {
        change->is_done = true;
        return STATUS_OK;
    }
    buffer_append(change->out, ",", *is_first ? 0 : 1);
    *is_first = false;
    if (name.data != NULL) {
        buffer_append_bytes(change->out, name);
        buffer_append(change->out, ":", 1);
    }
    if (is_it) {
        return alter(change, value, path, depth + 1);
    }
    buffer_append_bytes(change->out, value);
    return STATUS_OK;
}

static enum status alter_object(struct change *change, struct bytes json, const struct part *part,
                                struct bytes path, unsigned depth)
{
    struct bytes rest = json, name, value;
    bool is_first = true, is_found = false;
    buffer_append(change->out, "{", 1);
    while (json_slice_member(&rest, &name, &value)) {
        const bool is_it = !is_found && json_slice_equals(name, part->name);
        is_found = is_found || is_it;
        TRY(alter_entry(change, name, value, is_it, path, depth, &is_first));
    }
    if (!is_found && change->value.data != NULL) {
        buffer_append(change->out, ",", is_first ? 0 : 1);
        append_name(change->out, part->name);
        TRY(make(change, path, depth + 1));
    }
    buffer_append(change->out, "}", 1);
    return STATUS_OK;
}

static enum status alter_array(struct change *change, struct bytes json, const struct part *part,
                               struct bytes path, unsigned depth)
{
    size_t index = 0, count = 0, at = 0;
    struct bytes rest = json, value;
    while (json_slice_item(&rest, &value)) {
        count++;
    }
    if (is_last(part->name)) {
        index = change->value.data == NULL ? count - 1 : count;
    } else if (!index_of(part->name, &index)) {
        return fault_set(change->fault, STATUS_OUT_OF_RANGE,
                         "cannot set array element for non-numeric key '%.*s'",
                         (int)part->name.size, (const char *)part->name.data);
    }
    bool is_first = true;
    buffer_append(change->out, "[", 1);
    for (rest = json; json_slice_item(&rest, &value); at++) {
        TRY(alter_entry(change, (struct bytes){0}, value, at == index, path, depth, &is_first));
    }
    if (index >= count && change->value.data != NULL) {
        for (; at < index; at++) {
            buffer_append_text(change->out, is_first ? "null" : ",null");
            is_first = false;
        }
        buffer_append(change->out, ",", is_first ? 0 : 1);
        TRY(make(change, path, depth + 1));
    }
    buffer_append(change->out, "]", 1);
    return STATUS_OK;
}

static enum status alter(struct change *change, struct bytes json, struct bytes path,
                         unsigned depth)
{
    struct part part;
    if (path.size == 0) {
        buffer_append_bytes(change->out, change->value);
        change->is_done = true;
        return STATUS_OK;
    }
    if (depth == PATH_DEPTH_MAX || !take_part(&path, &part)) {
        return too_deep(change);
    }
    switch (kind_of(json)) {
    case '\0':
        return make_part(change, &part, path, depth);
    case '{':
        return alter_object(change, json, &part, path, depth);
    case '[':
        return alter_array(change, json, &part, path, depth);
    default:
        return fault_set(change->fault, STATUS_OUT_OF_RANGE, "json must be an object or array");
    }
}

enum status tile38_path_set(struct bytes json, struct bytes path, struct bytes value,
                            struct buffer *out, struct fault *fault)
{
    if (path.size == 0) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "path cannot be empty");
    }
    struct change change = {.value = value, .out = out, .fault = fault};
    TRY(alter(&change, json_slice_trim(json), path, 0));
    return buffer_status(out);
}

bool tile38_path_delete(struct bytes json, struct bytes path, struct buffer *out)
{
    const size_t begin = out->size;
    struct change change = {.out = out};
    const bool is_done = path.size != 0 && json.size != 0 &&
                         alter(&change, json_slice_trim(json), path, 0) == STATUS_OK &&
                         change.is_done;
    if (!is_done) {
        out->size = begin;
    }
    return is_done;
}
