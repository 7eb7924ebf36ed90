// Import of files: GeoJSON and CSV, piece by piece.
#include <string.h>
#include <unistd.h>

#include "cli/import.h"
#include "cli/splitter.h"
#include "codec/csv.h"
#include "codec/json_write.h"
#include "command/parameter.h"
#include "sys/file.h"

enum { PIECE_SIZE = 256 * 1024, ROW_SIZE_MAX = 4 << 20 };

struct source {
    struct import *import;
    const char *path;
    struct file file; // closed: the standard input
    uint64_t offset, total;
    uint8_t *piece; // PIECE_SIZE
};

static void source_close(struct source *source)
{
    file_close(&source->file);
    memory_give(source->piece);
}

static enum status source_open(struct source *source, struct fault *fault)
{
    const struct cli_call *const call = source->import->call;
    source->piece = memory_take(call->account, PIECE_SIZE, 1);
    if (source->piece == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read %s", source->path);
    }
    if (strcmp(source->path, "-") == 0) {
        return STATUS_OK;
    }
    struct sys_stat stat;
    TRY(file_open(call->sys, source->path, SYS_OPEN_SEQUENTIAL, &source->file, fault));
    TRY(file_stat(&source->file, &stat, fault));
    source->total = stat.size;
    return STATUS_OK;
}

// The next piece; size 0 at the end.
static enum status source_next(struct source *source, struct bytes *piece, struct fault *fault)
{
    const struct sys *const sys = source->import->call->sys;
    size_t got = 0;
    if (source->file.sys != NULL) {
        TRY(file_read_some(&source->file, source->piece, PIECE_SIZE, source->offset, &got, fault));
    } else {
        TRY(sys->read(sys, STDIN_FILENO, source->piece, PIECE_SIZE, &got, fault));
    }
    source->offset += got;
    *piece = (struct bytes){.data = source->piece, .size = got};
    (void)progress_step(&source->import->progress, source->path, source->offset, source->total);
    return STATUS_OK;
}

static bool ends_with(const char *path, const char *end)
{
    const size_t size = strlen(path);
    const size_t end_size = strlen(end);
    return size >= end_size && strcasecmp(path + size - end_size, end) == 0;
}

// --- GeoJSON ---

static enum status take_object(void *context, struct bytes object, struct fault *fault)
{
    return import_add(context, object, fault);
}

static enum status read_json(struct source *source, struct bytes first, struct fault *fault)
{
    SCOPED(splitter_free)
    struct splitter splitter = {.object = {.account = source->import->call->account},
                                .each = take_object,
                                .context = source->import};
    struct bytes piece = first;
    while (piece.size != 0) {
        TRY(splitter_feed(&splitter, piece, fault));
        TRY(source_next(source, &piece, fault));
    }
    return splitter_end(&splitter, fault);
}

// --- CSV ---

struct table {
    struct import *import;
    struct buffer names; // of the columns, each with its NUL
    struct {
        const char *name;
        bool is_used; // as a member of its own
    } columns[CSV_COLUMNS_MAX];
    unsigned count;
    int lat, lon, time, id;
    struct buffer feature;
    bool has_header;
};

static int column_of(const struct csv_row *header, const char *const *names)
{
    for (; *names != NULL; names++) {
        const int found = csv_column(header, *names);
        if (found >= 0) {
            return found;
        }
    }
    return -1;
}

static enum status take_header(struct table *table, const struct csv_row *row, struct fault *fault)
{
    static const char *const lat[] = {"lat", "latitude", "y", NULL};
    static const char *const lon[] = {"lon", "lng", "long", "longitude", "x", NULL};
    static const char *const time[] = {"time", "timestamp", NULL};
    const char *const id[] = {
        table->import->id_property == NULL ? "id" : table->import->id_property, NULL};
    table->lat = column_of(row, lat);
    table->lon = column_of(row, lon);
    table->time = column_of(row, time);
    table->id = column_of(row, id);
    if (table->lat < 0 || table->lon < 0) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "the first line names no columns lat and lon (or latitude, longitude)");
    }
    size_t size = 0;
    for (unsigned i = 0; i < row->count; i++) {
        size += row->fields[i].size + 1;
    }
    if (buffer_reserve(&table->names, size) == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the columns");
    }
    for (unsigned i = 0; i < row->count; i++) {
        table->columns[i].name = (const char *)table->names.data + table->names.size;
        table->columns[i].is_used = (int)i == table->lat || (int)i == table->lon ||
                                    (int)i == table->time || (int)i == table->id;
        buffer_append_bytes(&table->names, row->fields[i]);
        buffer_append_u8(&table->names, 0);
    }
    table->count = row->count;
    table->has_header = true;
    return STATUS_OK;
}

// A number as one, when JSON can say it so; else a text.
static void write_value(struct json_writer *json, struct bytes text)
{
    double number = 0;
    const bool is_plain = text.size != 0 && text.size <= 15 && text.data[0] != '+' &&
                          text.data[0] != '.' && text.data[text.size - 1] != '.' &&
                          !(text.size > 1 && text.data[0] == '0' && text.data[1] != '.') &&
                          !(text.size > 1 && text.data[0] == '-' && text.data[1] == '.');
    if (is_plain && value_parse_number(text, &number)) {
        json_raw(json, text);
    } else {
        json_text(json, text);
    }
}

static enum status take_row(struct table *table, const struct csv_row *row, struct fault *fault)
{
    const struct bytes empty = {0};
    const struct bytes lat = row->count > (unsigned)table->lat ? row->fields[table->lat] : empty;
    const struct bytes lon = row->count > (unsigned)table->lon ? row->fields[table->lon] : empty;
    double number = 0;
    if (!value_parse_number(lat, &number) || !value_parse_number(lon, &number)) {
        table->import->refused++;
        table->import->ordinal++;
        progress_warn(&table->import->progress, "a row without a place is left out");
        return STATUS_OK;
    }
    struct json_writer json = {.out = &table->feature};
    buffer_clear(&table->feature);
    json_begin_object(&json);
    JSON_KEY(&json, "type");
    json_text_of(&json, "Feature");
    if (table->id >= 0 && row->count > (unsigned)table->id) {
        JSON_KEY(&json, "id");
        json_text(&json, row->fields[table->id]);
    }
    JSON_KEY(&json, "geometry");
    buffer_append_text(&table->feature, "{\"type\":\"Point\",\"coordinates\":[");
    buffer_append_bytes(&table->feature, lon);
    buffer_append_u8(&table->feature, ',');
    buffer_append_bytes(&table->feature, lat);
    buffer_append_text(&table->feature, "]}");
    json.has_item = true;
    if (table->time >= 0 && row->count > (unsigned)table->time &&
        row->fields[table->time].size != 0) {
        JSON_KEY(&json, "time");
        json_text(&json, row->fields[table->time]);
    }
    JSON_KEY(&json, "properties");
    json_begin_object(&json);
    for (unsigned i = 0; i < row->count && i < table->count; i++) {
        if (!table->columns[i].is_used && row->fields[i].size != 0) {
            json_key(&json, bytes_from_text(table->columns[i].name));
            write_value(&json, row->fields[i]);
        }
    }
    json_end_object(&json);
    json_end_object(&json);
    TRY(buffer_status(&table->feature));
    return import_add(table->import, buffer_bytes(&table->feature), fault);
}

// Takes the rows that are whole off the front of `text`.
static enum status take_rows(struct table *table, struct buffer *text, bool is_all, char delimiter,
                             struct buffer *scratch, struct fault *fault)
{
    struct csv_row row;
    size_t at = 0;
    for (;;) {
        size_t used = 0;
        const struct bytes rest = {.data = text->data + at, .size = text->size - at};
        const enum csv_step step = csv_read(rest, is_all, delimiter, scratch, &row, &used);
        if (step == CSV_BROKEN) {
            return fault_set(fault, STATUS_CORRUPT, "line %llu: a quote is never closed",
                             (unsigned long long)table->import->ordinal + 2);
        }
        if (step != CSV_ROW) {
            break;
        }
        TRY(table->has_header ? take_row(table, &row, fault) : take_header(table, &row, fault));
        at += used;
    }
    memmove(text->data, text->data + at, text->size - at);
    text->size -= at;
    return text->size <= ROW_SIZE_MAX
               ? STATUS_OK
               : fault_set(fault, STATUS_OUT_OF_RANGE, "a row is longer than 4 MB");
}

static enum status read_csv(struct source *source, struct bytes first, struct fault *fault)
{
    struct memory_account *const account = source->import->call->account;
    SCOPED(buffer_free) struct buffer text = {.account = account};
    SCOPED(buffer_free) struct buffer scratch = {.account = account};
    struct table *const table = memory_take_zeroed(account, 1, sizeof(*table));
    if (table == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a table");
    }
    table->import = source->import;
    table->names.account = table->feature.account = account;
    const char delimiter = csv_delimiter(first);
    struct bytes piece = first;
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        buffer_append_bytes(&text, piece);
        status = buffer_status(&text);
        if (status == STATUS_OK) {
            status = take_rows(table, &text, piece.size == 0, delimiter, &scratch, fault);
        }
        if (piece.size == 0 || status != STATUS_OK) {
            break;
        }
        status = source_next(source, &piece, fault);
    }
    buffer_free(&table->names);
    buffer_free(&table->feature);
    memory_give(table);
    return status;
}

// --- Which ---

static bool is_pbf(const char *path, struct bytes first)
{
    const size_t size = first.size < 64 ? first.size : 64;
    return ends_with(path, ".pbf") ||
           (size != 0 && memmem(first.data, size, "OSMHeader", 9) != NULL);
}

static bool is_json(const char *path, struct bytes first)
{
    size_t at = first.size >= 3 && memcmp(first.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < first.size && strchr(" \t\r\n\x1e", first.data[at]) != NULL) {
        at++;
    }
    return at < first.size && !ends_with(path, ".csv") &&
           (first.data[at] == '{' || first.data[at] == '[');
}

enum status import_file(struct import *import, const char *path, struct fault *fault)
{
    SCOPED(source_close) struct source source = {.import = import, .path = path};
    struct bytes first = {0};
    TRY(source_open(&source, fault));
    TRY(source_next(&source, &first, fault));
    if (is_pbf(path, first)) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "%s is an extract of OpenStreetMap; import is for live objects. `rhumb "
                         "build -o FILE.atlas %s` makes an atlas of it",
                         path, path);
    }
    const enum status status = first.size == 0        ? STATUS_OK
                               : is_json(path, first) ? read_json(&source, first, fault)
                                                      : read_csv(&source, first, fault);
    return status == STATUS_OK ? STATUS_OK : fault_prefix(fault, status, "%s", path);
}
