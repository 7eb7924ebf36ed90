#include "cli/import.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "codec/http.h"
#include "codec/json_slice.h"
#include "codec/json_write.h"
#include "command/live_feature.h"
#include "sys/file.h"

enum { BATCH_COUNT = 1000, BATCH_SIZE = 1 << 20, KEY_SIZE_MAX = 4096, WARNINGS_MAX = 20 };

struct import_settings {
    const char *server, *key_path, *from, *id_property, *resp;
    bool is_quiet;
};

#define FIELD(name) .offset = offsetof(struct import_settings, name)

static const struct option rows[] = {
    {.name = "server",
     .kind = OPTION_TEXT,
     FIELD(server),
     .value = "URL",
     .fallback = "http://127.0.0.1:7070",
     .help = "the server to import into"},
    {.name = "api-key-file",
     .kind = OPTION_TEXT,
     FIELD(key_path),
     .value = "FILE",
     .help = "the key for that server, on its first line"},
    {.name = "from",
     .kind = OPTION_TEXT,
     FIELD(from),
     .value = "SYSTEM",
     .choices = "tile38 redis",
     .help =
         "what the objects come from: tile38 (FILE is its append-only file) or redis (HOST KEY)"},
    {.name = "id",
     .kind = OPTION_TEXT,
     FIELD(id_property),
     .value = "NAME",
     .help = "the property or column that names an object"},
    {.name = "resp",
     .kind = OPTION_TEXT,
     FIELD(resp),
     .value = "HOST:PORT",
     .fallback = "127.0.0.1:9851",
     .help = "of --from tile38: where the server speaks Tile38's dialect"},
    {.name = "quiet", .letter = 'q', .kind = OPTION_SWITCH, FIELD(is_quiet), .help = "no progress"},
};

// --- Batches ---

static void warn_of(struct import *import, struct bytes errors)
{
    struct bytes error;
    while (json_slice_item(&errors, &error) && import->progress.warning_count < WARNINGS_MAX) {
        const struct bytes id = json_slice_find(error, BYTES_OF("id"));
        const struct bytes message = json_slice_find(error, BYTES_OF("message"));
        char text[300];
        (void)snprintf(text, sizeof(text), "%.*s: %.*s", (int)(id.size < 100 ? id.size : 100),
                       id.data == NULL ? "" : (const char *)id.data,
                       (int)(message.size < 150 ? message.size : 150),
                       message.data == NULL ? "" : (const char *)message.data);
        progress_warn(&import->progress, text);
    }
}

static uint64_t count_of(struct bytes answer, struct bytes name)
{
    const struct bytes value = json_slice_find(answer, name);
    uint64_t count = 0;
    for (size_t i = 0; i < value.size && value.data[i] >= '0' && value.data[i] <= '9'; i++) {
        count = count * 10 + (uint64_t)(value.data[i] - '0');
    }
    return count;
}

enum status import_flush(struct import *import, struct fault *fault)
{
    unsigned code = 0;
    if (import->batch_count == 0) {
        return STATUS_OK;
    }
    buffer_append_u8(&import->batch, ']');
    TRY(buffer_status(&import->batch));
    TRY(client_send(&import->client, "POST", (const char *)import->target.data,
                    buffer_bytes(&import->batch), &code, &import->answer, fault));
    const struct bytes answer = buffer_bytes(&import->answer);
    if (code != 200) {
        const struct bytes message =
            json_slice_find(json_slice_find(answer, BYTES_OF("error")), BYTES_OF("message"));
        return fault_set(fault, STATUS_IO, "the server answers %u: %.*s", code,
                         (int)(message.size < 300 ? message.size : 300),
                         message.data == NULL ? "" : (const char *)message.data);
    }
    import->stored += count_of(answer, BYTES_OF("stored"));
    import->refused += count_of(answer, BYTES_OF("failed"));
    warn_of(import, json_slice_find(answer, BYTES_OF("errors")));
    buffer_clear(&import->batch);
    import->batch_count = 0;
    return STATUS_OK;
}

// What names a Feature that has no id: a property, or where it stands.
static struct bytes other_id(const struct import *import, struct bytes feature)
{
    const struct bytes properties = json_slice_find(feature, BYTES_OF("properties"));
    if (properties.size == 0 || properties.data[0] != '{') {
        return (struct bytes){0};
    }
    if (import->id_property != NULL) {
        return json_slice_find(properties, bytes_from_text(import->id_property));
    }
    const struct bytes id = json_slice_find(properties, BYTES_OF("id"));
    return id.data != NULL ? id : json_slice_find(properties, BYTES_OF("@id"));
}

enum status import_add(struct import *import, struct bytes feature, struct fault *fault)
{
    struct buffer *const batch = &import->batch;
    import->ordinal++;
    const enum status status = feature_check_json(feature, import->call->account, fault);
    if (status != STATUS_OK) {
        return fault_prefix(fault, status, "object %llu", (unsigned long long)import->ordinal);
    }
    buffer_append_u8(batch, import->batch_count == 0 ? '[' : ',');
    const struct bytes id = json_slice_find(feature, BYTES_OF("id"));
    if (id.data != NULL && import->id_property == NULL) {
        buffer_append_bytes(batch, feature);
    } else {
        const struct bytes other = other_id(import, feature);
        const struct bytes rest =
            json_slice_trim((struct bytes){.data = feature.data + 1, .size = feature.size - 1});
        buffer_append_text(batch, "{\"id\":");
        if (other.data != NULL) {
            buffer_append_bytes(batch, other);
        } else if (id.data != NULL) {
            buffer_append_bytes(batch, id);
        } else {
            buffer_append_format(batch, "\"%llu\"", (unsigned long long)import->ordinal);
        }
        buffer_append_text(batch, rest.size != 0 && rest.data[0] == '}' ? "" : ",");
        buffer_append_bytes(batch, rest);
    }
    import->batch_count++;
    return import->batch_count < BATCH_COUNT && batch->size < BATCH_SIZE
               ? buffer_status(batch)
               : import_flush(import, fault);
}

// --- The command ---

static void import_free(struct import *import)
{
    client_close(&import->client);
    buffer_free(&import->target);
    buffer_free(&import->batch);
    buffer_free(&import->answer);
}

static enum status open_import(struct import *import, const char *collection, struct buffer *key,
                               struct fault *fault)
{
    const struct cli_call *const call = import->call;
    const struct import_settings *const settings = call->settings;
    import->client.account = import->target.account = import->batch.account =
        import->answer.account = call->account;
    import->progress = progress_begin(call->sys, settings->is_quiet);
    import->id_property = settings->id_property;
    if (settings->key_path != NULL) {
        TRY(file_read_whole(call->sys, settings->key_path, KEY_SIZE_MAX, key, fault));
        buffer_append_u8(key, 0);
        TRY(buffer_status(key));
        ((char *)key->data)[strcspn((char *)key->data, "\r\n")] = '\0';
        import->client.api_key = (const char *)key->data;
    }
    buffer_append_text(&import->target, "/v1/collections/");
    http_escape(&import->target, bytes_from_text(collection));
    buffer_append_text(&import->target, "/objects");
    buffer_append_u8(&import->target, 0);
    TRY(buffer_status(&import->target));
    return client_locate(&import->client, settings->server, fault);
}

static enum status run_source(struct import *import, struct fault *fault)
{
    const struct cli_call *const call = import->call;
    const struct import_settings *const settings = call->settings;
    if (settings->from == NULL) {
        TRY(import_file(import, call->words[1], fault));
    } else if (strcmp(settings->from, "tile38") == 0) {
        return import_tile38(import, call->words[0], settings->resp, fault);
    } else {
        TRY(import_redis(import, call->words[0], call->words[1], fault));
    }
    return import_flush(import, fault);
}

static enum cli_exit import_run(const struct cli_call *call)
{
    const struct import_settings *const settings = call->settings;
    const bool is_tile38 = settings->from != NULL && strcmp(settings->from, "tile38") == 0;
    const bool is_redis = settings->from != NULL && strcmp(settings->from, "redis") == 0;
    if (settings->from != NULL && !is_tile38 && !is_redis) {
        return cli_usage(call, "--from: it is tile38 or redis");
    }
    if (call->word_count != (is_tile38 ? 1 : 2)) {
        return cli_usage(call, is_tile38  ? "say which file: rhumb import --from tile38 FILE"
                               : is_redis ? "say what: rhumb import --from redis HOST KEY"
                                          : "say what: rhumb import COLLECTION FILE");
    }
    struct fault fault = {0};
    SCOPED(buffer_free) struct buffer key = {.account = call->account};
    SCOPED(import_free) struct import import = {.call = call};
    enum status status = open_import(&import, call->words[is_redis ? 1 : 0], &key, &fault);
    if (status == STATUS_OK) {
        status = run_source(&import, &fault);
    }
    progress_end(&import.progress);
    if (status != STATUS_OK) {
        return cli_fail(call, &fault);
    }
    (void)printf("%llu stored, %llu refused\n", (unsigned long long)import.stored,
                 (unsigned long long)import.refused);
    return import.refused == 0 ? CLI_OK : CLI_FAILED;
}

const struct cli_command cli_import = {
    .name = "import",
    .summary = "stores objects of a file in a collection of a server",
    .operands = "COLLECTION FILE",
    .completes = "file",
    .operand_minimum = 1,
    .operand_maximum = 2,
    .description =
        "Reads GeoJSON (a FeatureCollection, an array, or one Feature a line) or CSV with columns "
        "lat and lon (or latitude, longitude) and stores each object under its id: of the Feature, "
        "else the property id, else its number in the file. What else a row of CSV has becomes "
        "properties. \"-\" reads the standard input. Memory does not grow with the file; an import "
        "that was interrupted is simply begun again.\n\n"
        "--from tile38 FILE replays an append-only file of Tile38 against the server's Tile38 "
        "listener; --from redis HOST KEY copies the members of a GEO key into the collection of "
        "its name.\n\n"
        "A file of OpenStreetMap is not for this: `rhumb build` makes an atlas of it.",
    .examples = "rhumb import shops shops.geojson\n"
                "rhumb import --id plate fleet cars.csv\n"
                "rhumb import --from tile38 appendonly.aof\n"
                "rhumb import --from redis 127.0.0.1:6379 Sicily",
    .options = {.rows = rows, .count = COUNT_OF(rows)},
    .settings_size = sizeof(struct import_settings),
    .run = import_run,
};
