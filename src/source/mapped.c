#include "source/mapped.h"

#include <stdio.h>

#include "base/date.h"
#include "codec/csv.h"
#include "codec/json_read.h"
#include "codec/json_slice.h"
#include "source/field_map.h"
#include "source/text_clean.h"

enum { WARNINGS_MAX = 20, TICK_OBJECTS = 1024, MAP_SIZE_MAX = 16 << 20 };

struct mapped {
    struct input *input;
    const struct feature_sink *sink;
    struct source_summary *summary;
    struct field_map map;
    struct buffer map_text;
    char map_path[FILE_PATH_MAX];
    struct pool pool; // of one object
    struct tagged tagged;
    struct buffer scratch; // of a row
    size_t size;           // of the text, for progress
    uint64_t line;         // of a table or of lines; else the object's number
    uint64_t object_count;
    unsigned warnings;
};

static void mapped_warn(struct mapped *reader, const char *sentence)
{
    const struct source_options *const options = reader->input->options;
    if (reader->warnings++ < WARNINGS_MAX && options->warn != NULL) {
        options->warn(options->warn_context, sentence);
    }
}

static void object_skip(struct mapped *reader, const char *what)
{
    char sentence[512];
    reader->summary->skipped_count++;
    (void)snprintf(sentence, sizeof(sentence), "%s: line %llu: left out: %s", reader->input->name,
                   (unsigned long long)reader->line, what);
    mapped_warn(reader, sentence);
}

// --- One object ---

static uint64_t hashed(uint64_t hash, struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        hash = (hash ^ text.data[i]) * UINT64_C(0x100000001b3);
    }
    return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

// Of the source's name and the object's id, or of all it says where it has none: FNV-1a, 56 bits.
static int64_t number_made(const struct mapped *reader, struct geo_point point)
{
    const struct field_map *const map = &reader->map;
    const struct bytes id = field_map_value(map, map->id);
    uint64_t hash = hashed(UINT64_C(0xcbf29ce484222325), map->name);
    if (id.size != 0) {
        return (int64_t)(hashed(hash, id) >> 8);
    }
    for (size_t i = 0; i < map->field_count; i++) {
        hash = hashed(hash, map->values[i]);
    }
    return (int64_t)(hashed(hash, (struct bytes){(const uint8_t *)&point, sizeof(point)}) >> 8);
}

static bool id_find(const struct mapped *reader, struct geo_point point, struct source_id *id)
{
    const struct field_map *const map = &reader->map;
    *id = (struct source_id){.kind = map->id_kind, .type = map->id_type};
    if (map->id_kind == SOURCE_MAPPED) {
        id->number = number_made(reader, point);
        return true;
    }
    return json_number_scaled(field_map_value(map, map->id), 0, &id->number) &&
           id->number > -(INT64_C(1) << 56) && id->number < INT64_C(1) << 56;
}

static enum status object_take(struct mapped *reader, struct geometry *geometry,
                               struct fault *fault)
{
    const struct field_map *const map = &reader->map;
    struct geo_point point;
    if (!field_map_wants(map)) {
        return STATUS_OK;
    }
    if (map->longitude.size != 0 && geometry->kind != GEOMETRY_AREA &&
        geometry->kind != GEOMETRY_LINE &&
        geometry_point_read(field_map_value(map, map->longitude),
                            field_map_value(map, map->latitude), &point)) {
        *geometry = geometry_of_point(point);
    }
    if (geometry->kind == GEOMETRY_NONE) {
        object_skip(reader, map->longitude.size == 0
                                ? "it has no geometry, and the mapping names no longitude and "
                                  "latitude"
                                : "its longitude and latitude are not degrees");
        return STATUS_OK;
    }
    struct feature feature = {.point = geometry->point};
    if (!id_find(reader, geometry->point, &feature.id)) {
        object_skip(reader, "its id is no whole number, as the mapping's \"ids\" wants");
        return STATUS_OK;
    }
    tagged_begin(&reader->tagged, &reader->pool);
    field_map_apply(map, &reader->tagged);
    TRY(tagged_fill(&reader->tagged, geometry, &feature, fault));
    if (feature.roles == 0) {
        reader->summary->skipped_count++; // tables have rows without a name or number
        return STATUS_OK;
    }
    reader->summary->feature_count++;
    return reader->sink->take(reader->sink->context, &feature, fault);
}

static enum status object_begin(struct mapped *reader, size_t left_size, struct fault *fault)
{
    const struct source_options *const options = reader->input->options;
    pool_clear(&reader->pool);
    if (++reader->object_count % TICK_OBJECTS == 0 && options->progress != NULL &&
        !options->progress(options->progress_context, "objects", reader->size - left_size,
                           reader->size)) {
        return fault_set(fault, STATUS_CANCELLED, "%s: cancelled", reader->input->path);
    }
    return STATUS_OK;
}

// --- JSON ---

static void members_take(struct mapped *reader, struct bytes object, bool is_inner)
{
    struct field_map *const map = &reader->map;
    struct bytes name;
    struct bytes value;
    while (json_slice_member(&object, &name, &value)) {
        for (size_t i = 0; i < map->field_count; i++) {
            if ((is_inner || map->values[i].size == 0) && json_slice_equals(name, map->fields[i])) {
                const bool is_object = value.size != 0 && value.data[0] == '{';
                map->values[i] = is_object ? value : tagged_value(value, &reader->pool);
                map->is_met[i] = true;
            }
        }
    }
}

// "a.b", where no member is called that.
static void paths_take(struct mapped *reader, struct bytes properties)
{
    struct field_map *const map = &reader->map;
    for (size_t i = 0; i < map->field_count; i++) {
        struct bytes rest = map->fields[i];
        if (map->values[i].size != 0 || rest.size == 0 ||
            memchr(rest.data, '.', rest.size) == NULL) {
            continue;
        }
        struct bytes value = properties;
        for (struct bytes part; value.size != 0 && text_part_next(&rest, '.', &part);) {
            value = json_slice_find(value, part);
        }
        map->is_met[i] = map->is_met[i] || value.size != 0;
        map->values[i] = tagged_value(value, &reader->pool);
    }
}

static enum status json_take(struct mapped *reader, struct bytes object, struct fault *fault)
{
    struct field_map *const map = &reader->map;
    struct geometry geometry = {.kind = GEOMETRY_NONE};
    if (object.size == 0 || object.data[0] != '{') {
        object_skip(reader, "it is no JSON object");
        return STATUS_OK;
    }
    memset(map->values, 0, map->field_count * sizeof(*map->values));
    const struct bytes properties = json_slice_find(object, BYTES_OF("properties"));
    const bool is_feature = properties.size != 0 && properties.data[0] == '{';
    if (is_feature) {
        members_take(reader, properties, true);
    }
    members_take(reader, object, false);
    paths_take(reader, is_feature ? properties : object);
    const char *const what =
        geometry_read(json_slice_find(object, BYTES_OF("geometry")), &reader->pool, &geometry);
    if (what != NULL) {
        object_skip(reader, what);
        return STATUS_OK;
    }
    return object_take(reader, &geometry, fault);
}

static enum status items_take(struct mapped *reader, struct bytes list, struct fault *fault)
{
    for (struct bytes item; json_slice_item(&list, &item);) {
        reader->line++;
        TRY(object_begin(reader, list.size, fault));
        TRY(json_take(reader, item, fault));
    }
    return STATUS_OK;
}

static struct bytes without_separator(struct bytes line)
{
    line = json_slice_trim(line);
    if (line.size != 0 && line.data[0] == 0x1e) {
        line.data++;
        line.size--;
    }
    return line;
}

static enum status lines_take(struct mapped *reader, struct bytes text, struct fault *fault)
{
    for (struct bytes line; text_line_next(&text, &line);) {
        reader->line++;
        line = without_separator(line);
        if (line.size == 0) {
            continue;
        }
        TRY(object_begin(reader, text.size, fault));
        if (!json_slice_check(line, reader->input->options->account)) {
            object_skip(reader, "it is no JSON");
            continue;
        }
        TRY(json_take(reader, line, fault));
    }
    return STATUS_OK;
}

static enum status document_take(struct mapped *reader, struct bytes text, struct fault *fault)
{
    struct json_reader json SCOPED(json_reader_free) =
        json_over(text, reader->input->options->account);
    struct bytes value;
    enum json_token token = json_next(&json, &value);
    while (token != JSON_END && token != JSON_BROKEN) {
        token = json_next(&json, &value);
    }
    const enum status status = json_status(&json, fault);
    if (status != STATUS_OK) {
        return fault_prefix(fault, status, "%s", reader->input->path);
    }
    if (text.data[0] == '[') {
        return items_take(reader, text, fault);
    }
    const struct bytes features = json_slice_find(text, BYTES_OF("features"));
    if (features.size != 0 && features.data[0] == '[') {
        return items_take(reader, features, fault);
    }
    reader->line = 1;
    TRY(object_begin(reader, 0, fault));
    return json_take(reader, text, fault);
}

// A feature a line, unless the first line is but the beginning of something, or all there is.
static enum status json_read(struct mapped *reader, struct bytes text, struct fault *fault)
{
    struct bytes rest = text;
    struct bytes line = {0};
    while (line.size == 0 && text_line_next(&rest, &line)) {
        line = without_separator(line);
    }
    const bool is_lines = json_slice_trim(rest).size != 0 &&
                          json_slice_check(line, reader->input->options->account) &&
                          line.data[0] == '{';
    return is_lines ? lines_take(reader, text, fault)
                    : document_take(reader, json_slice_trim(text), fault);
}

// --- Tables ---

static enum status row_fault(const struct mapped *reader, struct fault *fault)
{
    return fault_set(fault, STATUS_CORRUPT,
                     "%s: line %llu: a quote is never closed, or there are too many columns",
                     reader->input->path, (unsigned long long)reader->line + 1);
}

static enum status table_take(struct mapped *reader, struct bytes text, struct fault *fault)
{
    struct field_map *const map = &reader->map;
    const char delimiter = csv_delimiter(text);
    struct csv_row row;
    int columns[FIELD_MAP_FIELDS_MAX];
    size_t used;
    if (csv_read(text, true, delimiter, &reader->scratch, &row, &used) != CSV_ROW) {
        return row_fault(reader, fault);
    }
    for (size_t i = 0; i < map->field_count; i++) {
        columns[i] = -1;
        for (unsigned k = 0; k < row.count; k++) {
            columns[i] = bytes_equal(row.fields[k], map->fields[i]) ? (int)k : columns[i];
        }
        map->is_met[i] = columns[i] >= 0;
    }
    for (;;) {
        text.data += used;
        text.size -= used;
        reader->line++;
        const enum csv_step step = csv_read(text, true, delimiter, &reader->scratch, &row, &used);
        if (step != CSV_ROW) {
            return step == CSV_END ? STATUS_OK : row_fault(reader, fault);
        }
        TRY(object_begin(reader, text.size, fault));
        for (size_t i = 0; i < map->field_count; i++) {
            const bool is_there = columns[i] >= 0 && (unsigned)columns[i] < row.count;
            map->values[i] =
                is_there ? text_clean(row.fields[columns[i]], &reader->pool) : (struct bytes){0};
        }
        struct geometry geometry = {.kind = GEOMETRY_NONE};
        TRY(object_take(reader, &geometry, fault));
    }
}

// --- The file ---

static void say(char *to, size_t capacity, struct bytes text, const char *otherwise)
{
    const size_t size = text.size < capacity ? text.size : capacity - 1;
    if (text.size == 0) {
        (void)snprintf(to, capacity, "%s", otherwise);
        return;
    }
    memcpy(to, text.data, size);
    to[size] = '\0';
}

static void summary_say(const struct mapped *reader)
{
    const struct field_map *const map = &reader->map;
    struct source_summary *const summary = reader->summary;
    summary->kind = SOURCE_MAPPED;
    say(summary->attribution, sizeof(summary->attribution),
        map->attribution.size != 0 ? map->attribution : map->name, reader->input->name);
    say(summary->licence, sizeof(summary->licence), map->licence, "not stated");
    say(summary->url, sizeof(summary->url), map->url, "");
    int64_t time_us = 0;
    if (date_parse_rfc3339(map->date, &time_us)) {
        summary->data_time_s = time_us / 1000000;
    }
}

static void fields_check(struct mapped *reader)
{
    const struct field_map *const map = &reader->map;
    for (size_t i = 0; i < map->field_count && reader->object_count != 0; i++) {
        if (!map->is_met[i]) {
            char sentence[512];
            (void)snprintf(sentence, sizeof(sentence),
                           "%.200s: nothing in %.150s has the field '%.*s'", reader->map_path,
                           reader->input->name,
                           map->fields[i].size < 64 ? (int)map->fields[i].size : 64,
                           (const char *)map->fields[i].data);
            mapped_warn(reader, sentence);
        }
    }
}

static enum status file_take(struct mapped *reader, struct fault *fault)
{
    const struct input *const input = reader->input;
    const struct source_options *const options = input->options;
    struct bytes text;
    (void)snprintf(reader->map_path, sizeof(reader->map_path), "%.*s", (int)input->map_path_size,
                   input->map_path);
    TRY(file_read_whole(options->sys, reader->map_path, MAP_SIZE_MAX, &reader->map_text, fault));
    TRY(field_map_read(buffer_bytes(&reader->map_text), reader->map_path, options->account,
                       &reader->map, fault));
    TRY(input_map(reader->input, &text, fault));
    text = text_without_mark(text);
    summary_say(reader);
    reader->size = text.size;
    const struct bytes begin = json_slice_trim(text);
    const bool is_json =
        begin.size != 0 && (begin.data[0] == '{' || begin.data[0] == '[' || begin.data[0] == 0x1e);
    TRY(is_json ? json_read(reader, text, fault) : table_take(reader, text, fault));
    fields_check(reader);
    if (reader->summary->feature_count == 0 && reader->object_count != 0) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "%s: with %s none of its %llu objects became anything that can be found; "
                         "do the fields and tags fit?",
                         input->path, reader->map_path, (unsigned long long)reader->object_count);
    }
    return STATUS_OK;
}

enum status mapped_read(struct input *input, const struct feature_sink *sink,
                        struct source_summary *summary, struct fault *fault)
{
    struct memory_account *const account = input->options->account;
    struct mapped *const reader = memory_take_zeroed(account, 1, sizeof(*reader));
    if (reader == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read %s", input->path);
    }
    reader->input = input;
    reader->sink = sink;
    reader->summary = summary;
    reader->pool.account = reader->scratch.account = reader->map_text.account = account;
    reader->map.pool.account = account;
    const enum status status = file_take(reader, fault);
    field_map_free(&reader->map);
    buffer_free(&reader->map_text);
    buffer_free(&reader->scratch);
    pool_free(&reader->pool);
    memory_give(reader);
    return status;
}
