// Requests in another geocoder's words.
#include "serve/responder.h"
#include "sys/clock.h"

struct responder_dialect responder_find_dialect(const struct responder_door *door,
                                                struct bytes path)
{
    struct responder_dialect asked = {.dialect = door->dialect, .path = path};
    if (asked.dialect == NULL && !door->is_for_metrics) {
        asked.dialect = dialect_mounted(path, &asked.path);
        asked.is_mounted = true;
    }
    if (asked.dialect != NULL) {
        asked.endpoint = dialect_endpoint(asked.dialect, asked.path);
    }
    return asked;
}

// "http://127.0.0.1:7070/nominatim": where the client found us.
static enum status write_base(struct responder *responder, const struct responder_dialect *asked,
                              const struct http_request *request)
{
    struct buffer *const base = &responder->base;
    buffer_clear(base);
    buffer_append_text(base, "http://");
    const struct bytes host = request->fields[HTTP_FIELD_HOST];
    buffer_append_bytes(base, host.size == 0 ? BYTES_OF("localhost") : host);
    if (asked->is_mounted) {
        buffer_append_u8(base, '/');
        buffer_append_text(base, asked->dialect->name);
    }
    return buffer_status(base);
}

enum status responder_answer_dialect(struct responder *responder,
                                     const struct responder_dialect *asked,
                                     const struct http_request *request, struct http_reply *reply,
                                     struct command_failure *failure)
{
    const struct server *const server = responder->server;
    if (write_base(responder, asked, request) != STATUS_OK) {
        return command_fail(failure, STATUS_NO_MEMORY, 503, "overloaded", "",
                            "the server has no memory for the answer");
    }
    struct search_world world;
    const bool is_ready = responder_world(server, &world);
    const struct dialect_request question = {
        .endpoint = asked->endpoint,
        .path = asked->path,
        .query = request->query,
        .accept_language = request->fields[HTTP_FIELD_ACCEPT_LANGUAGE],
        .base = buffer_bytes(&responder->base),
        .now_us = sys_wall_us(server->sys),
        .is_ready = is_ready,
    };
    struct dialect_reply answer = {
        .out = &responder->body, .status = 200, .content_type = "application/json; charset=utf-8"};
    asked->dialect->answer(responder->commander, &world, &question, &answer);
    reply->status = answer.status;
    reply->content_type = answer.content_type;
    return STATUS_OK;
}
