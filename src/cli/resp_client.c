#include "cli/resp_client.h"

#include <stdio.h>
#include <string.h>

enum { TIMEOUT_US = 30 * 1000000, PIECE_SIZE = 64 * 1024, BULK_SIZE_MAX = 512 << 20 };

enum status resp_client_open(struct resp_client *client, const char *address, const char *port,
                             struct fault *fault)
{
    char host[256];
    const char *const colon = strrchr(address, ':');
    const size_t size = colon == NULL ? strlen(address) : (size_t)(colon - address);
    if (size == 0 || size >= sizeof(host)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "'%s' is not like 127.0.0.1:6379", address);
    }
    (void)snprintf(host, sizeof(host), "%.*s", (int)size, address);
    client->received.account = client->account;
    return connection_open(host, colon == NULL ? port : colon + 1, TIMEOUT_US, &client->connection,
                           fault);
}

enum status resp_client_send(struct resp_client *client, struct bytes bytes, struct fault *fault)
{
    return connection_send(&client->connection, bytes, fault);
}

// At least one further byte.
static enum status receive(struct resp_client *client, struct fault *fault)
{
    struct buffer *const received = &client->received;
    size_t got = 0;
    if (client->at == received->size) {
        buffer_clear(received);
        client->at = 0;
    } else if (client->at > PIECE_SIZE) {
        memmove(received->data, received->data + client->at, received->size - client->at);
        received->size -= client->at;
        client->at = 0;
    }
    uint8_t *const room = buffer_reserve(received, PIECE_SIZE);
    if (room == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for an answer");
    }
    TRY(connection_receive(&client->connection, room, PIECE_SIZE, &got, fault));
    received->size += got;
    return got != 0 ? STATUS_OK : fault_set(fault, STATUS_IO, "the server closed the connection");
}

static enum status next_line(struct resp_client *client, struct bytes *line, struct fault *fault)
{
    for (;;) {
        const struct buffer *const received = &client->received;
        const size_t rest = received->size - client->at;
        const uint8_t *const end =
            rest == 0 ? NULL : memchr(received->data + client->at, '\n', rest);
        if (end != NULL) {
            const size_t size = (size_t)(end - (received->data + client->at));
            *line = (struct bytes){.data = received->data + client->at,
                                   .size = size > 0 && end[-1] == '\r' ? size - 1 : size};
            client->at += size + 1;
            return STATUS_OK;
        }
        TRY(receive(client, fault));
    }
}

static bool parse_size(struct bytes text, int64_t *size)
{
    const bool is_negative = text.size != 0 && text.data[0] == '-';
    int64_t sum = 0;
    for (size_t i = is_negative ? 1 : 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || sum > BULK_SIZE_MAX) {
            return false;
        }
        sum = sum * 10 + (text.data[i] - '0');
    }
    *size = is_negative ? -sum : sum;
    return text.size != 0;
}

static enum status next_bulk(struct resp_client *client, size_t size, struct resp_token *token,
                             struct fault *fault)
{
    while (client->received.size - client->at < size + 2) {
        TRY(receive(client, fault));
    }
    token->text = (struct bytes){.data = client->received.data + client->at, .size = size};
    client->at += size + 2;
    return STATUS_OK;
}

enum status resp_client_next(struct resp_client *client, struct resp_token *token,
                             struct fault *fault)
{
    struct bytes line;
    int64_t size = 0;
    TRY(next_line(client, &line, fault));
    if (line.size == 0 || strchr("+-:$*", line.data[0]) == NULL) {
        return fault_set(fault, STATUS_CORRUPT, "the answer is not of Redis's protocol");
    }
    *token = (struct resp_token){.kind = (char)line.data[0],
                                 .text = {.data = line.data + 1, .size = line.size - 1}};
    if (token->kind != '$' && token->kind != '*') {
        return STATUS_OK;
    }
    if (!parse_size(token->text, &size)) {
        return fault_set(fault, STATUS_CORRUPT, "the answer is not of Redis's protocol");
    }
    if (size < 0) {
        token->kind = '_';
        return STATUS_OK;
    }
    token->count = (size_t)size;
    return token->kind == '*' ? STATUS_OK : next_bulk(client, (size_t)size, token, fault);
}

enum status resp_client_skip(struct resp_client *client, bool *is_error, char *error,
                             size_t error_size, struct fault *fault)
{
    struct resp_token token;
    size_t left = 1;
    *is_error = false;
    for (bool is_first = true; left > 0; is_first = false) {
        TRY(resp_client_next(client, &token, fault));
        left += token.kind == '*' ? token.count : 0;
        left--;
        if (is_first && token.kind == '-') {
            *is_error = true;
            (void)snprintf(error, error_size, "%.*s", (int)token.text.size,
                           (const char *)token.text.data);
        }
    }
    return STATUS_OK;
}

void resp_client_close(struct resp_client *client)
{
    connection_close(&client->connection);
    buffer_free(&client->received);
}
