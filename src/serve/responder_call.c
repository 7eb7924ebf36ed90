// Calls: routes whose answer may come later.
#include <stdio.h>

#include "serve/responder.h"

// Bodies up to this size are copied; larger ones are taken from the session.
enum { COPIED_BODY_SIZE = 4096 };

static size_t parameter_index(const struct route *route, struct bytes name)
{
    size_t index = 0;
    while (index < route->parameter_count &&
           !bytes_equal(bytes_from_text(route->parameters[index].name), name)) {
        index++;
    }
    return index;
}

static enum status read_value(const struct parameter *parameter, struct bytes text,
                              struct value *value, struct command_failure *failure)
{
    struct fault fault = {0};
    const enum status status = value_read(parameter, text, value, &fault);
    return status == STATUS_OK
               ? STATUS_OK
               : command_fail(failure, status, 400, "invalid_parameter", parameter->name, "%s: %s",
                              parameter->name, fault.text);
}

static enum status read_given(const struct route *route, const struct argument *given,
                              size_t given_count, struct value *values,
                              struct command_failure *failure)
{
    for (size_t i = 0; i < given_count; i++) {
        const size_t index = parameter_index(route, given[i].name);
        char name[32];
        (void)snprintf(name, sizeof(name), "%.*s", (int)given[i].name.size,
                       (const char *)given[i].name.data);
        if (index == route->parameter_count) {
            return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "unknown_parameter", name,
                                "%s has no parameter '%s'", route->path, name);
        }
        if (values[index].is_given) {
            return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "repeated_parameter", name,
                                "the parameter '%s' is given twice", name);
        }
        TRY(read_value(&route->parameters[index], given[i].value, &values[index], failure));
    }
    return STATUS_OK;
}

static enum status read_values(const struct route *route, const struct argument *given,
                               size_t given_count, struct value *values,
                               struct command_failure *failure)
{
    TRY(read_given(route, given, given_count, values, failure));
    for (size_t i = 0; i < route->parameter_count; i++) {
        const struct parameter *const parameter = &route->parameters[i];
        if (values[i].is_given) {
            continue;
        }
        if (parameter->is_required) {
            return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "missing_parameter",
                                parameter->name, "the parameter '%s' is missing, for example %s=%s",
                                parameter->name, parameter->name, parameter->example);
        }
        if (parameter->fallback != NULL) {
            TRY(read_value(parameter, bytes_from_text(parameter->fallback), &values[i], failure));
        }
    }
    return STATUS_OK;
}

static enum status check_call(const struct responder *responder, const struct route *route,
                              const struct http_request *request, struct command_failure *failure)
{
    if (route->needs_live && responder->server->world.live == NULL) {
        return command_fail(failure, STATUS_UNSUPPORTED, 501, "no_data_directory", "",
                            "this server keeps no live data: start it with --data DIR, or with "
                            "--data :memory: to keep them in memory only");
    }
    struct search_world search;
    if (route->needs_search && !responder_world(responder->server, &search)) {
        return command_fail(failure, STATUS_BUSY, 503, "not_ready", "",
                            "no atlas is served: start the server with --atlas FILE, or publish "
                            "a sound one");
    }
    if (route->body == ROUTE_BODY_JSON && request->body.size == 0) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "missing_body", "",
                            "the request has no body; %s wants JSON", route->path);
    }
    if (route->body == ROUTE_BODY_NONE && request->body.size != 0 &&
        request->method != HTTP_METHOD_GET) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "unexpected_body", "",
                            "%s takes no body", route->path);
    }
    return STATUS_OK;
}

static struct bytes move_bytes(uint8_t **at, struct bytes bytes)
{
    const struct bytes moved = {.data = *at, .size = bytes.size};
    if (bytes.size != 0) {
        memcpy(*at, bytes.data, bytes.size);
        *at += bytes.size;
    }
    return moved;
}

// Everything that outlives the request goes behind the exchange: values, their texts, fields, body.
static struct exchange *make_exchange(struct responder *responder, const struct route *route,
                                      struct session *session, const struct http_request *request,
                                      const struct value *values)
{
    size_t size = route->parameter_count * sizeof(*values);
    for (size_t i = 0; i < route->parameter_count; i++) {
        size += values[i].text.size;
    }
    for (size_t i = 0; i < HTTP_FIELD_COUNT; i++) {
        size += request->fields[i].size;
    }
    struct buffer body = {.account = responder->server->account};
    const bool is_taken =
        request->body.size > COPIED_BODY_SIZE && session_take_body(session, request, &body);
    void *extra = NULL;
    struct exchange *const made =
        exchange_new(&responder->server->world, size + (is_taken ? 0 : request->body.size), &extra);
    if (made == NULL) {
        buffer_free(&body);
        return NULL;
    }
    struct call *const call = &made->call;
    struct value *const kept = extra;
    uint8_t *at = (uint8_t *)(kept + route->parameter_count);
    for (size_t i = 0; i < route->parameter_count; i++) {
        kept[i] = values[i];
        kept[i].text = move_bytes(&at, values[i].text);
    }
    for (size_t i = 0; i < HTTP_FIELD_COUNT; i++) {
        call->fields[i] = move_bytes(&at, request->fields[i]);
    }
    call->values = kept;
    call->body = is_taken ? request->body : move_bytes(&at, request->body);
    call->accept_language = call->fields[HTTP_FIELD_ACCEPT_LANGUAGE];
    made->body = body;
    return made;
}

enum status responder_begin_call(struct responder *responder, struct session *session,
                                 size_t route_index, const struct http_request *request,
                                 const struct argument *arguments, size_t count, unsigned key,
                                 int64_t begin_us, struct command_failure *failure)
{
    struct server *const server = responder->server;
    const struct route *const route = server->routes.rows[route_index];
    struct value values[ROUTE_PARAMETERS_MAX] = {0};
    TRY(check_call(responder, route, request, failure));
    if (route->needs_live && request->method != HTTP_METHOD_GET &&
        !guard_charge(&server->guard, key, 1, begin_us)) {
        return command_fail(failure, STATUS_BUSY, 429, "quota_reached", "",
                            "this key has written more than it may in a second");
    }
    TRY(read_values(route, arguments, count, values, failure));
    struct exchange *const exchange = make_exchange(responder, route, session, request, values);
    if (exchange == NULL) {
        return command_fail(failure, STATUS_NO_MEMORY, 503, "overloaded", "",
                            "the server has no memory for this request");
    }
    const struct generation *const generation = responder_generation(server);
    exchange->line = responder->line;
    exchange->workers = &server->workers;
    exchange->guard = &server->guard;
    exchange->session = session;
    exchange->route_index = (unsigned)route_index;
    exchange->begin_us = begin_us;
    exchange->call.route = route;
    exchange->call.home = responder->home;
    exchange->call.key = key;
    exchange->call.commander = responder->commander;
    exchange->call.atlas = generation == NULL ? NULL : generation->value;
    session->pending = exchange;
    exchange_run(exchange);
    return STATUS_OK;
}
