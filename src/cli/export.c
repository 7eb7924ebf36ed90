// Export: the objects of a collection, page by page, as GeoJSON, lines of JSON or CSV.
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "codec/csv.h"
#include "codec/http.h"
#include "codec/json_slice.h"
#include "sys/file.h"

enum { KEY_SIZE_MAX = 4096, COLUMNS_MAX = 500 };

struct export_settings {
    const char *server, *key_path, *format, *filter, *fields;
    bool is_quiet;
};

#define FIELD(name) .offset = offsetof(struct export_settings, name)

static const struct option rows[] = {
    {.name = "server",
     .kind = OPTION_TEXT,
     FIELD(server),
     .value = "URL",
     .fallback = "http://127.0.0.1:7070",
     .help = "the server to ask"},
    {.name = "api-key-file",
     .kind = OPTION_TEXT,
     FIELD(key_path),
     .value = "FILE",
     .help = "the key for that server, on its first line"},
    {.name = "format",
     .kind = OPTION_TEXT,
     FIELD(format),
     .value = "FORMAT",
     .fallback = "geojson",
     .choices = "geojson ndjson csv",
     .help = "geojson (one FeatureCollection), ndjson (a Feature a line) or csv"},
    {.name = "filter",
     .kind = OPTION_TEXT,
     FIELD(filter),
     .value = "CQL2",
     .help = "only objects for which this condition holds"},
    {.name = "fields",
     .kind = OPTION_TEXT,
     FIELD(fields),
     .value = "NAMES",
     .help = "only these properties, separated by commas; the columns of csv"},
    {.name = "quiet", .letter = 'q', .kind = OPTION_SWITCH, FIELD(is_quiet), .help = "no progress"},
};

enum format { FORMAT_GEOJSON, FORMAT_LINES, FORMAT_CSV };

struct export
{
    const struct cli_call *call;
    struct client client;
    struct buffer key, target, answer, cursor, line;
    struct buffer columns; // of csv: property names, each with its NUL
    const char *names[COLUMNS_MAX];
    size_t column_count;
    enum format format;
    uint64_t count;
    struct progress progress;
};

static void export_free(struct export *export)
{
    client_close(&export->client);
    buffer_free(&export->key);
    buffer_free(&export->target);
    buffer_free(&export->answer);
    buffer_free(&export->cursor);
    buffer_free(&export->line);
    buffer_free(&export->columns);
}

// --- CSV ---

static void add_column(struct export *export, struct bytes name)
{
    for (size_t i = 0; i < export->column_count; i++) {
        if (bytes_equal(bytes_from_text(export->names[i]), name)) {
            return;
        }
    }
    const size_t room = export->columns.capacity - export->columns.size;
    if (export->column_count < COLUMNS_MAX && name.size < room) {
        export->names[export->column_count++] =
            (const char *)export->columns.data + export->columns.size;
        buffer_append_bytes(&export->columns, name);
        buffer_append_u8(&export->columns, 0);
    }
}

// The columns of csv: those asked for, or the properties of the first page.
static enum status find_columns(struct export *export, struct bytes features, struct fault *fault)
{
    const struct export_settings *const settings = export->call->settings;
    const char *const asked = settings->fields;
    struct bytes feature;
    struct bytes name;
    struct bytes value;
    if (buffer_reserve(&export->columns, 1 << 16) == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the columns");
    }
    for (const char *at = asked; at != NULL && *at != '\0';) {
        const size_t size = strcspn(at, ",");
        add_column(export, (struct bytes){.data = (const uint8_t *)at, .size = size});
        at += size + (at[size] == ',' ? 1 : 0);
    }
    while (asked == NULL && json_slice_item(&features, &feature)) {
        struct bytes properties = json_slice_find(feature, BYTES_OF("properties"));
        while (properties.size != 0 && json_slice_member(&properties, &name, &value)) {
            buffer_clear(&export->line);
            json_slice_unescape(name, &export->line);
            add_column(export, buffer_bytes(&export->line));
        }
    }
    buffer_clear(&export->line);
    buffer_append_text(&export->line, "id,lon,lat,geometry,time");
    for (size_t i = 0; i < export->column_count; i++) {
        buffer_append_u8(&export->line, ',');
        csv_write(&export->line, ',', bytes_from_text(export->names[i]));
    }
    buffer_append_text(&export->line, "\r\n");
    (void)fwrite(export->line.data, 1, export->line.size, stdout);
    return buffer_status(&export->line);
}

// A text without its quotes, anything else as JSON says it.
static void write_field(struct buffer *out, struct bytes value, struct buffer *scratch)
{
    buffer_clear(scratch);
    if (value.size != 0 && value.data[0] == '"') {
        json_slice_unescape(value, scratch);
    } else if (!bytes_equal(value, BYTES_OF("null"))) {
        buffer_append_bytes(scratch, value);
    }
    csv_write(out, ',', buffer_bytes(scratch));
}

static void write_place(struct buffer *line, struct bytes geometry)
{
    const struct bytes type = json_slice_find(geometry, BYTES_OF("type"));
    struct bytes coordinates = json_slice_find(geometry, BYTES_OF("coordinates"));
    struct bytes lon = {0};
    struct bytes lat = {0};
    if (json_slice_equals(type, BYTES_OF("Point")) && json_slice_item(&coordinates, &lon) &&
        json_slice_item(&coordinates, &lat)) {
        buffer_append_bytes(line, lon);
        buffer_append_u8(line, ',');
        buffer_append_bytes(line, lat);
        buffer_append_u8(line, ',');
    } else {
        buffer_append_text(line, ",,");
        csv_write(line, ',', geometry);
    }
}

static void write_csv(struct export *export, struct bytes feature)
{
    struct buffer scratch SCOPED(buffer_free) = {.account = export->call->account};
    struct buffer *const line = &export->line;
    const struct bytes properties = json_slice_find(feature, BYTES_OF("properties"));
    buffer_clear(line);
    write_field(line, json_slice_find(feature, BYTES_OF("id")), &scratch);
    buffer_append_u8(line, ',');
    write_place(line, json_slice_find(feature, BYTES_OF("geometry")));
    buffer_append_u8(line, ',');
    write_field(line, json_slice_find(feature, BYTES_OF("time")), &scratch);
    for (size_t i = 0; i < export->column_count; i++) {
        buffer_append_u8(line, ',');
        const struct bytes value = json_slice_find(properties, bytes_from_text(export->names[i]));
        if (value.data != NULL) {
            write_field(line, value, &scratch);
        }
    }
    buffer_append_text(line, "\r\n");
    (void)fwrite(line->data, 1, line->size, stdout);
}

// --- Pages ---

static void write_feature(struct export *export, struct bytes feature)
{
    if (export->format == FORMAT_CSV) {
        write_csv(export, feature);
    } else if (export->format == FORMAT_LINES) {
        (void)fwrite(feature.data, 1, feature.size, stdout);
        (void)putchar('\n');
    } else {
        (void)fputs(export->count == 0 ? "\n" : ",\n", stdout);
        (void)fwrite(feature.data, 1, feature.size, stdout);
    }
    export->count++;
}

static void make_target(struct export *export)
{
    const struct export_settings *const settings = export->call->settings;
    struct buffer *const target = &export->target;
    buffer_clear(target);
    buffer_append_text(target, "/v1/collections/");
    http_escape(target, bytes_from_text(export->call->words[0]));
    buffer_append_text(target, "/objects?limit=1000");
    const struct {
        const char *name;
        struct bytes value;
    } pairs[] = {
        {"filter", bytes_from_text(settings->filter == NULL ? "" : settings->filter)},
        {"fields", bytes_from_text(settings->fields == NULL ? "" : settings->fields)},
        {"cursor", buffer_bytes(&export->cursor)},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (pairs[i].value.size != 0) {
            buffer_append_format(target, "&%s=", pairs[i].name);
            http_escape(target, pairs[i].value);
        }
    }
    buffer_append_u8(target, 0);
}

// One page; the cursor is empty after the last.
static enum status copy_page(struct export *export, bool is_first, struct fault *fault)
{
    unsigned code = 0;
    struct bytes feature;
    make_target(export);
    TRY(buffer_status(&export->target));
    TRY(client_get(&export->client, (const char *)export->target.data, &code, &export->answer,
                   fault));
    const struct bytes answer = buffer_bytes(&export->answer);
    if (code != 200) {
        const struct bytes message =
            json_slice_find(json_slice_find(answer, BYTES_OF("error")), BYTES_OF("message"));
        return fault_set(fault, STATUS_IO, "the server answers %u: %.*s", code,
                         (int)(message.size < 300 ? message.size : 300),
                         message.data == NULL ? "" : (const char *)message.data);
    }
    struct bytes features = json_slice_find(answer, BYTES_OF("features"));
    if (is_first && export->format == FORMAT_CSV) {
        TRY(find_columns(export, features, fault));
    }
    while (json_slice_item(&features, &feature)) {
        write_feature(export, feature);
    }
    const struct bytes next = json_slice_find(answer, BYTES_OF("next"));
    buffer_clear(&export->cursor);
    if (next.size > 2) {
        buffer_append(&export->cursor, next.data + 1, next.size - 2);
    }
    (void)progress_step(&export->progress, export->call->words[0], export->count, 0);
    return buffer_status(&export->cursor);
}

static enum status copy_all(struct export *export, struct fault *fault)
{
    const struct export_settings *const settings = export->call->settings;
    if (settings->key_path != NULL) {
        TRY(file_read_whole(export->call->sys, settings->key_path, KEY_SIZE_MAX, &export->key,
                            fault));
        buffer_append_u8(&export->key, 0);
        TRY(buffer_status(&export->key));
        char *const key = (char *)export->key.data;
        key[strcspn(key, "\r\n")] = '\0';
        export->client.api_key = key;
    }
    TRY(client_locate(&export->client, settings->server, fault));
    bool is_first = true;
    do {
        TRY(copy_page(export, is_first, fault));
        is_first = false;
    } while (export->cursor.size != 0);
    return STATUS_OK;
}

static enum cli_exit export_run(const struct cli_call *call)
{
    static const char *const names[] = {"geojson", "ndjson", "csv"};
    const struct export_settings *const settings = call->settings;
    SCOPED(export_free)
    struct export export = {
        .call = call,
        .client = {.account = call->account},
        .key = {.account = call->account},
        .target = {.account = call->account},
        .answer = {.account = call->account},
        .cursor = {.account = call->account},
        .line = {.account = call->account},
        .columns = {.account = call->account},
        .progress = progress_begin(call->sys, settings->is_quiet),
    };
    size_t format = 0;
    while (format < COUNT_OF(names) && strcmp(names[format], settings->format) != 0) {
        format++;
    }
    if (format == COUNT_OF(names)) {
        return cli_usage(call, "--format: it is geojson, ndjson or csv");
    }
    export.format = (enum format)format;
    struct fault fault = {0};
    if (export.format == FORMAT_GEOJSON) {
        (void)fputs("{\"type\":\"FeatureCollection\",\"features\":[", stdout);
    }
    const enum status status = copy_all(&export, &fault);
    if (export.format == FORMAT_GEOJSON && status == STATUS_OK) {
        (void)fputs("\n]}\n", stdout);
    }
    progress_end(&export.progress);
    return status == STATUS_OK ? CLI_OK : cli_fail(call, &fault);
}

const struct cli_command cli_export = {
    .name = "export",
    .summary = "writes the objects of a collection of a server",
    .operands = "COLLECTION",
    .operand_minimum = 1,
    .operand_maximum = 1,
    .description =
        "Asks a server for all objects of a collection, page by page, and writes them to standard "
        "output. An object that does not change meanwhile is there exactly once. What is written "
        "can be imported again.\n\n"
        "CSV has the columns id, lon, lat, geometry (GeoJSON, of what is no point), time, and the "
        "properties of the first thousand objects, or those of --fields.",
    .examples = "rhumb export fleet >fleet.geojson\n"
                "rhumb export --format csv --filter \"kind = 'truck'\" fleet",
    .options = {.rows = rows, .count = COUNT_OF(rows)},
    .settings_size = sizeof(struct export_settings),
    .run = export_run,
};
