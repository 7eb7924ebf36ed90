#include "cli/client.h"

#include <llhttp/llhttp.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"

enum { TIMEOUT_US = 30 * 1000000, RECEIVED_SIZE = 32 * 1024, BODY_SIZE_MAX = 64 * 1024 * 1024 };

enum status client_locate(struct client *client, const char *url, struct fault *fault)
{
    static const char scheme[] = "http://";
    if (strncmp(url, "https://", 8) == 0) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "%s: https is not spoken here; ask the server behind the proxy", url);
    }
    const char *const host = strncmp(url, scheme, 7) == 0 ? url + 7 : url;
    size_t size = strcspn(host, "/?#");
    if (size == 0 || size >= sizeof(client->authority)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "'%s' is not like http://127.0.0.1:7070", url);
    }
    (void)snprintf(client->authority, sizeof(client->authority), "%.*s", (int)size, host);
    // [::1]:7070, 127.0.0.1:7070, localhost
    const bool is_bracketed = host[0] == '[';
    const size_t host_size = is_bracketed ? strcspn(host, "]") : strcspn(host, ":/?#");
    const char *const after = host + host_size + (is_bracketed ? 1 : 0);
    const char *const port = after < host + size && *after == ':' ? after + 1 : "80";
    const size_t port_size = strspn(port, "0123456789");
    if (host_size >= sizeof(client->host) || port_size == 0 || port_size >= sizeof(client->port)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "'%s' is not like http://127.0.0.1:7070", url);
    }
    (void)snprintf(client->host, sizeof(client->host), "%.*s",
                   (int)(host_size - (is_bracketed ? 1 : 0)), host + (is_bracketed ? 1 : 0));
    (void)snprintf(client->port, sizeof(client->port), "%.*s", (int)port_size, port);
    return STATUS_OK;
}

// An answer being read: llhttp calls back with the pieces of its body.
struct answer {
    struct buffer *body;
    unsigned code;
    bool is_whole, keeps_alive;
};

static int take_body(llhttp_t *parser, const char *data, size_t size)
{
    struct answer *const answer = parser->data;
    buffer_append(answer->body, data, size);
    return answer->body->size > BODY_SIZE_MAX ? -1 : 0;
}

static int take_end(llhttp_t *parser)
{
    struct answer *const answer = parser->data;
    answer->code = parser->status_code;
    answer->is_whole = true;
    answer->keeps_alive = llhttp_should_keep_alive(parser) == 1;
    return HPE_PAUSED;
}

static enum status read_answer(struct client *client, struct answer *answer, struct fault *fault)
{
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_body = take_body;
    settings.on_message_complete = take_end;
    llhttp_t parser;
    llhttp_init(&parser, HTTP_RESPONSE, &settings);
    parser.data = answer;
    while (!answer->is_whole) {
        char received[RECEIVED_SIZE];
        size_t got = 0;
        TRY(connection_receive(&client->connection, received, sizeof(received), &got, fault));
        const llhttp_errno_t code =
            got == 0 ? llhttp_finish(&parser) : llhttp_execute(&parser, received, got);
        if (got == 0 && !answer->is_whole) {
            return fault_set(fault, STATUS_IO, "the server closed the connection");
        }
        if (code != HPE_OK && code != HPE_PAUSED) {
            return fault_set(fault, STATUS_CORRUPT, "the server's answer is not HTTP: %s",
                             llhttp_errno_name(code));
        }
    }
    return buffer_status(answer->body);
}

static enum status send_request(struct client *client, const char *method, const char *target,
                                struct bytes content, struct fault *fault)
{
    SCOPED(buffer_free) struct buffer request = {.account = client->account};
    buffer_append_format(&request, "%s %s HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\n",
                         method, target, client->authority);
    if (content.size != 0) {
        buffer_append_format(&request, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                             content.size);
    }
    if (client->api_key != NULL) {
        buffer_append_format(&request, "Authorization: Bearer %s\r\n", client->api_key);
    }
    buffer_append_text(&request, "\r\n");
    buffer_append_bytes(&request, content);
    TRY(buffer_status(&request));
    return connection_send(&client->connection, buffer_bytes(&request), fault);
}

enum status client_get(struct client *client, const char *target, unsigned *code,
                       struct buffer *body, struct fault *fault)
{
    return client_send(client, "GET", target, (struct bytes){0}, code, body, fault);
}

enum status client_send(struct client *client, const char *method, const char *target,
                        struct bytes content, unsigned *code, struct buffer *body,
                        struct fault *fault)
{
    // A kept connection may have been closed by the server meanwhile: then once more on a new one.
    for (bool is_kept = client->connection.is_open;; is_kept = false) {
        buffer_clear(body);
        struct answer answer = {.body = body};
        if (!client->connection.is_open) {
            TRY(connection_open(client->host, client->port, TIMEOUT_US, &client->connection,
                                fault));
        }
        enum status status = send_request(client, method, target, content, fault);
        if (status == STATUS_OK) {
            status = read_answer(client, &answer, fault);
        }
        if (status != STATUS_OK || !answer.keeps_alive) {
            connection_close(&client->connection);
        }
        if (status != STATUS_IO || !is_kept) {
            *code = answer.code;
            return status;
        }
    }
}

void client_close(struct client *client)
{
    connection_close(&client->connection);
}
