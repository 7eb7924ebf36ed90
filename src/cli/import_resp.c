// Import from servers that speak Redis's protocol: Tile38's append-only file, Redis's GEO keys.
#include <stdio.h>
#include <string.h>

#include "cli/import.h"
#include "cli/resp_client.h"
#include "codec/json_write.h"
#include "codec/resp.h"
#include "sys/file.h"

enum { PIECE_SIZE = 256 * 1024, UNDER_WAY_MAX = 256, MEMBERS_MAX = 4096 };

// --- Tile38 ---

struct replay {
    struct import *import;
    struct resp_client client;
    struct resp_decoder decoder;
    struct buffer text;
    unsigned under_way; // sent and not answered
};

static void replay_free(struct replay *replay)
{
    resp_client_close(&replay->client);
    resp_decoder_end(&replay->decoder);
    buffer_free(&replay->text);
}

static enum status take_answers(struct replay *replay, struct fault *fault)
{
    struct import *const import = replay->import;
    for (; replay->under_way > 0; replay->under_way--) {
        char error[200];
        bool is_error = false;
        TRY(resp_client_skip(&replay->client, &is_error, error, sizeof(error), fault));
        import->stored += is_error ? 0 : 1;
        import->refused += is_error ? 1 : 0;
        if (is_error && import->progress.warning_count < 20) {
            progress_warn(&import->progress, error);
        }
    }
    return STATUS_OK;
}

// Sends the commands that are whole; returns how much of the text they were.
static enum status send_commands(struct replay *replay, size_t *used, struct fault *fault)
{
    struct buffer *const text = &replay->text;
    *used = 0;
    while (*used < text->size) {
        struct resp_command command;
        size_t size = 0;
        const enum resp_step step =
            resp_decode(&replay->decoder, text->data + *used, text->size - *used, &command, &size);
        if (step == RESP_STEP_MORE) {
            return STATUS_OK;
        }
        if (step == RESP_STEP_FULL) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for a command");
        }
        if (step == RESP_STEP_HTTP || step == RESP_STEP_REFUSED) {
            return fault_set(fault, STATUS_CORRUPT, "it is no append-only file: %s",
                             step == RESP_STEP_HTTP ? "a request" : replay->decoder.refusal);
        }
        if (step == RESP_STEP_COMMAND) {
            const struct bytes bytes = {.data = text->data + *used, .size = size};
            TRY(resp_client_send(&replay->client, bytes, fault));
            replay->import->ordinal++;
            if (++replay->under_way == UNDER_WAY_MAX) {
                TRY(take_answers(replay, fault));
            }
        }
        *used += size;
    }
    return STATUS_OK;
}

static enum status replay_file(struct replay *replay, const struct file *file, uint64_t total,
                               struct fault *fault)
{
    uint64_t offset = 0;
    size_t got = 1;
    while (got != 0) {
        size_t used = 0;
        uint8_t *const room = buffer_reserve(&replay->text, PIECE_SIZE);
        if (room == NULL) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for a command");
        }
        TRY(file_read_some(file, room, PIECE_SIZE, offset, &got, fault));
        offset += got;
        replay->text.size += got;
        TRY(send_commands(replay, &used, fault));
        memmove(replay->text.data, replay->text.data + used, replay->text.size - used);
        replay->text.size -= used;
        (void)progress_step(&replay->import->progress, file->path, offset, total);
    }
    TRY(take_answers(replay, fault));
    if (replay->text.size != 0) {
        progress_warn(&replay->import->progress,
                      "the file ends inside of a command; it is left out");
    }
    return STATUS_OK;
}

enum status import_tile38(struct import *import, const char *path, const char *address,
                          struct fault *fault)
{
    static const struct resp_limits limits = {.line_size = 64 << 10,
                                              .bulk_size = 512 << 20,
                                              .command_size = 512 << 20,
                                              .argument_count = 1 << 20};
    struct memory_account *const account = import->call->account;
    SCOPED(file_close) struct file file = {0};
    SCOPED(replay_free)
    struct replay replay = {
        .import = import, .client = {.account = account}, .text = {.account = account}};
    struct sys_stat stat;
    resp_decoder_begin(&replay.decoder, &limits, account);
    TRY(file_open(import->call->sys, path, SYS_OPEN_SEQUENTIAL, &file, fault));
    TRY(file_stat(&file, &stat, fault));
    const enum status status = resp_client_open(&replay.client, address, "9851", fault);
    if (status != STATUS_OK) {
        return fault_prefix(fault, status,
                            "the server's Tile38 listener (start it with --resp, name it with "
                            "--resp here)");
    }
    return replay_file(&replay, &file, stat.size, fault);
}

// --- Redis ---

struct members {
    struct import *import;
    struct resp_client client;
    struct buffer request, names, feature;
    struct {
        size_t offset, size;
    } spans[MEMBERS_MAX]; // of the names of one page
    size_t count;
    uint64_t cursor;
};

static void members_free(struct members *members)
{
    resp_client_close(&members->client);
    buffer_free(&members->request);
    buffer_free(&members->names);
    buffer_free(&members->feature);
}

static enum status expect(struct members *members, char kind, struct resp_token *token,
                          struct fault *fault)
{
    TRY(resp_client_next(&members->client, token, fault));
    if (token->kind == '-') {
        return fault_set(fault, STATUS_IO, "Redis answers: %.*s", (int)token->text.size,
                         (const char *)token->text.data);
    }
    return token->kind == kind
               ? STATUS_OK
               : fault_set(fault, STATUS_CORRUPT, "Redis answers otherwise than expected");
}

// A page of ZSCAN: the cursor, then members and scores.
static enum status read_page(struct members *members, struct fault *fault)
{
    struct resp_token token;
    TRY(expect(members, '*', &token, fault));
    TRY(expect(members, '$', &token, fault));
    members->cursor = 0;
    for (size_t i = 0; i < token.text.size; i++) {
        members->cursor = members->cursor * 10 + (uint64_t)(token.text.data[i] - '0');
    }
    TRY(expect(members, '*', &token, fault));
    const size_t count = token.count / 2;
    if (count > MEMBERS_MAX) {
        return fault_set(fault, STATUS_CORRUPT, "Redis gives more members than were asked for");
    }
    buffer_clear(&members->names);
    for (members->count = 0; members->count < count; members->count++) {
        TRY(expect(members, '$', &token, fault));
        members->spans[members->count].offset = members->names.size;
        members->spans[members->count].size = token.text.size;
        buffer_append_bytes(&members->names, token.text);
        TRY(expect(members, '$', &token, fault)); // the score
    }
    return buffer_status(&members->names);
}

static struct bytes name_of(const struct members *members, size_t index)
{
    return (struct bytes){.data = members->names.data + members->spans[index].offset,
                          .size = members->spans[index].size};
}

static enum status add_member(struct members *members, size_t index, struct fault *fault)
{
    struct json_writer json = {.out = &members->feature};
    struct resp_token token;
    TRY(resp_client_next(&members->client, &token, fault));
    if (token.kind == '_') {
        return STATUS_OK; // gone meanwhile
    }
    if (token.kind != '*' || token.count != 2) {
        return fault_set(fault, STATUS_CORRUPT, "Redis answers otherwise than expected");
    }
    buffer_clear(&members->feature);
    json_begin_object(&json);
    JSON_KEY(&json, "type");
    json_text_of(&json, "Feature");
    JSON_KEY(&json, "id");
    json_text(&json, name_of(members, index));
    JSON_KEY(&json, "geometry");
    buffer_append_text(&members->feature, "{\"type\":\"Point\",\"coordinates\":[");
    TRY(expect(members, '$', &token, fault));
    buffer_append_bytes(&members->feature, token.text);
    buffer_append_u8(&members->feature, ',');
    TRY(expect(members, '$', &token, fault));
    buffer_append_bytes(&members->feature, token.text);
    buffer_append_text(&members->feature, "]}}");
    TRY(buffer_status(&members->feature));
    return import_add(members->import, buffer_bytes(&members->feature), fault);
}

static enum status copy_page(struct members *members, const char *key, struct fault *fault)
{
    struct buffer *const request = &members->request;
    struct resp_token token;
    char text[24];
    buffer_clear(request);
    resp_write_array(request, 5);
    resp_write_bulk(request, BYTES_OF("ZSCAN"));
    resp_write_bulk(request, bytes_from_text(key));
    (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)members->cursor);
    resp_write_bulk(request, bytes_from_text(text));
    resp_write_bulk(request, BYTES_OF("COUNT"));
    resp_write_bulk(request, BYTES_OF("1000"));
    TRY(resp_client_send(&members->client, buffer_bytes(request), fault));
    TRY(read_page(members, fault));
    if (members->count == 0) {
        return STATUS_OK;
    }
    buffer_clear(request);
    resp_write_array(request, members->count + 2);
    resp_write_bulk(request, BYTES_OF("GEOPOS"));
    resp_write_bulk(request, bytes_from_text(key));
    for (size_t i = 0; i < members->count; i++) {
        resp_write_bulk(request, name_of(members, i));
    }
    TRY(buffer_status(request));
    TRY(resp_client_send(&members->client, buffer_bytes(request), fault));
    TRY(expect(members, '*', &token, fault));
    for (size_t i = 0; i < members->count; i++) {
        TRY(add_member(members, i, fault));
    }
    return STATUS_OK;
}

static enum status copy_all(struct members *members, const char *address, const char *key,
                            struct fault *fault)
{
    TRY(resp_client_open(&members->client, address, "6379", fault));
    do {
        TRY(copy_page(members, key, fault));
        (void)progress_step(&members->import->progress, key, members->import->ordinal, 0);
    } while (members->cursor != 0);
    return STATUS_OK;
}

enum status import_redis(struct import *import, const char *address, const char *key,
                         struct fault *fault)
{
    struct memory_account *const account = import->call->account;
    struct members *const members = memory_take_zeroed(account, 1, sizeof(*members));
    if (members == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a page of members");
    }
    members->import = import;
    members->client.account = members->request.account = members->names.account =
        members->feature.account = account;
    const enum status status = copy_all(members, address, key, fault);
    members_free(members);
    memory_give(members);
    return status == STATUS_OK ? STATUS_OK : fault_prefix(fault, status, "%s", address);
}
