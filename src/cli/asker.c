#include "cli/asker.h"

#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "codec/http.h"
#include "codec/json_read.h"
#include "sys/clock.h"
#include "sys/file.h"

enum { KEY_SIZE_MAX = 4096 };

enum status asker_open_atlas(struct asker *asker, const struct sys *sys, const char *path,
                             struct fault *fault)
{
    asker->sys = sys;
    TRY(atlas_open(sys, asker->account, path, &asker->atlas, fault));
    return commander_new(asker->account, &asker->commander, fault);
}

enum status asker_open_server(struct asker *asker, const struct sys *sys, const char *url,
                              const char *key_path, struct fault *fault)
{
    asker->client.account = asker->account;
    asker->target.account = asker->account;
    asker->key.account = asker->account;
    if (key_path != NULL) {
        TRY(file_read_whole(sys, key_path, KEY_SIZE_MAX, &asker->key, fault));
        buffer_append_u8(&asker->key, 0);
        TRY(buffer_status(&asker->key));
        char *const key = (char *)asker->key.data;
        key[strcspn(key, "\r\n")] = '\0';
        asker->client.api_key = key;
    }
    return client_locate(&asker->client, url, fault);
}

void asker_close(struct asker *asker)
{
    commander_free(asker->commander);
    atlas_close(asker->atlas);
    client_close(&asker->client);
    buffer_free(&asker->target);
    buffer_free(&asker->key);
    *asker = (struct asker){0};
}

static enum status ask_atlas(struct asker *asker, const struct command *command,
                             const struct argument *arguments, size_t count, struct buffer *out,
                             struct fault *fault)
{
    struct command_failure failure;
    const struct search_world world = {.atlas = asker->atlas, .now_us = sys_wall_us(asker->sys)};
    const enum status status = command_run(asker->commander, command, &world, arguments, count,
                                           (struct bytes){0}, out, &failure);
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    command_failure_write(&failure, out);
    const size_t size = strlen(failure.parameter);
    const bool is_named = size == 0 || strncmp(failure.message, failure.parameter, size) == 0;
    return fault_set(fault, status, "%s%s%s", is_named ? "" : failure.parameter,
                     is_named ? "" : ": ", failure.message);
}

// "/v1/search?q=…"; an id is the last part of its path.
static void write_target(struct buffer *target, const struct command *command,
                         const struct argument *arguments, size_t count)
{
    const bool is_place = command == &command_place;
    buffer_append_format(target, "/v1/%s", is_place ? "places/" : command->name);
    for (size_t i = 0; is_place && i < count; i++) {
        if (bytes_equal(arguments[i].name, BYTES_OF("id"))) {
            http_escape(target, arguments[i].value);
        }
    }
    uint8_t mark = '?';
    for (size_t i = 0; i < count; i++) {
        if (is_place && bytes_equal(arguments[i].name, BYTES_OF("id"))) {
            continue;
        }
        buffer_append_u8(target, mark);
        http_escape(target, arguments[i].name);
        buffer_append_u8(target, '=');
        http_escape(target, arguments[i].value);
        mark = '&';
    }
    buffer_append_u8(target, 0);
}

// The "message" of an error that a server answers; "" when there is none.
static void read_message(struct bytes body, struct memory_account *account, char *text, size_t size)
{
    struct json_reader reader = json_over(body, account);
    struct bytes value;
    text[0] = '\0';
    for (enum json_token token = json_next(&reader, &value);
         token != JSON_END && token != JSON_BROKEN; token = json_next(&reader, &value)) {
        if (token == JSON_KEY && bytes_equal(value, BYTES_OF("message")) &&
            json_next(&reader, &value) == JSON_STRING) {
            (void)snprintf(text, size, "%.*s", (int)value.size, (const char *)value.data);
            break;
        }
    }
    json_reader_free(&reader);
}

static enum status refused(struct asker *asker, unsigned code, struct bytes body,
                           struct fault *fault)
{
    char message[256];
    read_message(body, asker->account, message, sizeof(message));
    const enum status status = code == 404   ? STATUS_NOT_FOUND
                               : code == 400 ? STATUS_OUT_OF_RANGE
                                             : STATUS_BUSY;
    return fault_set(fault, status, "the server answers %u: %s", code, message);
}

static enum status ask_server(struct asker *asker, const struct command *command,
                              const struct argument *arguments, size_t count, struct buffer *out,
                              struct fault *fault)
{
    buffer_clear(&asker->target);
    write_target(&asker->target, command, arguments, count);
    TRY(buffer_status(&asker->target));
    SCOPED(buffer_free) struct buffer body = {.account = asker->account};
    unsigned code = 0;
    TRY(client_get(&asker->client, (const char *)asker->target.data, &code, &body, fault));
    buffer_append_bytes(out, buffer_bytes(&body));
    if (code == 200) {
        return buffer_status(out);
    }
    return refused(asker, code, buffer_bytes(&body), fault);
}

enum status asker_batch(struct asker *asker, const char *target, struct bytes lines,
                        struct buffer *out, struct fault *fault)
{
    unsigned code = 0;
    TRY(client_send(&asker->client, "POST", target, lines, &code, out, fault));
    return code == 200 ? STATUS_OK : refused(asker, code, buffer_bytes(out), fault);
}

enum status asker_ask(struct asker *asker, const struct command *command,
                      const struct argument *arguments, size_t count, struct buffer *out,
                      struct fault *fault)
{
    return asker->atlas != NULL ? ask_atlas(asker, command, arguments, count, out, fault)
                                : ask_server(asker, command, arguments, count, out, fault);
}
