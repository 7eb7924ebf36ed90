#include "serve/responder.h"

#include <stdio.h>

#include "archive/archive.h"
#include "base/trace.h"
#include "command/question.h"
#include "serve/log.h"
#include "sys/clock.h"

static const struct route no_route = {.path = "", .name = "none"};

enum status responder_open(struct responder *responder, struct server *server, struct fault *fault)
{
    *responder = (struct responder){.server = server,
                                    .body = {.account = server->account},
                                    .base = {.account = server->account}};
    responder->api = (struct responder_door){.responder = responder};
    responder->metrics_only =
        (struct responder_door){.responder = responder, .is_for_metrics = true};
    responder->metrics = memory_take_zeroed(server->account, routes_metric_count(&server->routes),
                                            sizeof(*responder->metrics));
    responder->text = memory_take(server->account, server->limits.http.target_size, 1);
    if (responder->metrics == NULL || responder->text == NULL) {
        responder_close(responder);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to answer requests");
    }
    const enum status status = commander_new(server->account, &responder->commander, fault);
    if (status != STATUS_OK) {
        responder_close(responder);
    }
    responder_tick(responder);
    return status;
}

void responder_close(struct responder *responder)
{
    commander_free(responder->commander);
    memory_give(responder->metrics);
    memory_give(responder->text);
    buffer_free(&responder->body);
    buffer_free(&responder->base);
    *responder = (struct responder){0};
}

void responder_tick(struct responder *responder)
{
    date_format_http(sys_wall_us(responder->server->sys) / 1000000, responder->date);
}

// --- The gates ---

// A request and what was found out about it.
struct inquiry {
    const struct http_request *request;
    const struct route *route; // no_route when there is none
    size_t index;
    unsigned methods; // that the path has, when not this one
    struct bytes parts[ROUTE_PARTS_MAX];
    unsigned key;
    struct responder_dialect dialect;
};

static void find_route(const struct responder_door *door, struct inquiry *inquiry)
{
    const struct server *const server = door->responder->server;
    const struct http_request *const request = inquiry->request;
    inquiry->dialect = responder_find_dialect(door, request->path);
    if (inquiry->dialect.dialect != NULL) {
        const bool is_get =
            request->method == HTTP_METHOD_GET || request->method == HTTP_METHOD_HEAD;
        const struct route *const row = routes_find_dialect(
            &server->routes, inquiry->dialect.dialect, inquiry->dialect.endpoint, &inquiry->index);
        inquiry->route = is_get ? row : &no_route;
        inquiry->methods = 1U << HTTP_METHOD_GET;
        return;
    }
    const struct route *const route =
        routes_find(&server->routes, request->method, request->path, door->is_for_metrics,
                    &inquiry->index, inquiry->parts, &inquiry->methods);
    const bool is_elsewhere = route != NULL && route->service == SERVICE_METRICS &&
                              !door->is_for_metrics && server->settings->metrics != NULL;
    inquiry->route = route == NULL || is_elsewhere ? &no_route : route;
    if (is_elsewhere) {
        inquiry->index = server->routes.count;
    }
}

// The value of ?key=, or of ?api_key= as clients of Pelias send it, unescaped into the responder's text.
static struct bytes key_in_query(struct responder *responder, struct bytes query)
{
    struct bytes name;
    struct bytes value;
    while (http_query_next(&query, &name, &value)) {
        if (bytes_equal(name, BYTES_OF("key")) || bytes_equal(name, BYTES_OF("api_key"))) {
            const size_t size = http_unescape(value, true, responder->text);
            return size == SIZE_MAX ? (struct bytes){0}
                                    : (struct bytes){.data = responder->text, .size = size};
        }
    }
    return (struct bytes){0};
}

// The number of the key that is shown; 0: none is needed. False: none of ours.
static bool shows_key(struct responder *responder, const struct http_request *request,
                      unsigned *number)
{
    const struct guard *const guard = &responder->server->guard;
    *number = 0;
    if (guard->keys == NULL) {
        return true;
    }
    const struct bytes shown[] = {guard_bearer(request->fields[HTTP_FIELD_AUTHORIZATION]),
                                  request->fields[HTTP_FIELD_API_KEY],
                                  key_in_query(responder, request->query)};
    for (size_t i = 0; i < COUNT_OF(shown) && *number == 0; i++) {
        *number = guard_key_number(guard, shown[i]);
    }
    return *number != 0;
}

// "Allow: GET, PUT" and the same for other origins, into responder->allow.
static const char *allow_lines(struct responder *responder, unsigned methods, bool is_preflight)
{
    char list[96] = "";
    size_t size = 0;
    for (unsigned method = 0; method < HTTP_METHOD_OTHER; method++) {
        if ((methods & 1U << method) != 0) {
            size += (size_t)snprintf(list + size, sizeof(list) - size, "%s%s",
                                     route_method_name((enum http_method)method),
                                     method == HTTP_METHOD_GET ? ", HEAD, " : ", ");
        }
    }
    (void)snprintf(responder->allow, sizeof(responder->allow),
                   "Access-Control-Allow-Origin: *\r\nAllow: %sOPTIONS\r\n%s%s%s", list,
                   is_preflight ? "Access-Control-Allow-Methods: " : "", is_preflight ? list : "",
                   is_preflight
                       ? "OPTIONS\r\nAccess-Control-Allow-Headers: Authorization, X-Api-Key, "
                         "Accept-Language, Content-Type, Last-Event-ID\r\n"
                         "Access-Control-Max-Age: 86400\r\n"
                       : "");
    return responder->allow;
}

// Paths that will have an answer one day.
static bool is_reserved(struct bytes path)
{
    static const char mount[] = "/radar/v1";
    const size_t size = sizeof(mount) - 1;
    return path.size >= size && memcmp(path.data, mount, size) == 0 &&
           (path.size == size || path.data[size] == '/');
}

static enum status check_gates(struct responder *responder, struct inquiry *inquiry,
                               struct http_reply *reply, struct command_failure *failure)
{
    const struct http_request *const request = inquiry->request;
    const struct server *const server = responder->server;
    const struct bytes host = request->fields[HTTP_FIELD_HOST];
    if (host.size != 0 && !guard_knows_host(&server->guard, host)) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 421, "unknown_host", "",
                            "this server does not answer for the host '%.*s'; --host-name adds it",
                            (int)(host.size < 100 ? host.size : 100), (const char *)host.data);
    }
    if (inquiry->route == &no_route && inquiry->methods != 0) {
        reply->fields = allow_lines(responder, inquiry->methods, false);
        return command_fail(failure, STATUS_UNSUPPORTED, 405, "method_not_allowed", "",
                            "this path is not asked with this method; Allow says with which");
    }
    if (inquiry->route == &no_route && is_reserved(request->path)) {
        return command_fail(failure, STATUS_NOT_FOUND, 404, "reserved", "",
                            "/radar/v1 is reserved for the interface of Radar, which is not there "
                            "yet; /v1/openapi.json lists what there is");
    }
    if (inquiry->route == &no_route) {
        return command_fail(failure, STATUS_NOT_FOUND, 404, "no_such_route", "",
                            "there is nothing at this path; /v1/openapi.json lists what there is");
    }
    if (!inquiry->route->is_open && !shows_key(responder, request, &inquiry->key)) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 401, "unauthorized", "",
                            "a key is needed: Authorization: Bearer KEY, X-Api-Key: KEY or ?key=");
    }
    // A page anywhere could use what has no key, if the browser of somebody who can reach us shows it.
    if (inquiry->route->needs_live && server->guard.keys == NULL &&
        (bytes_equal(request->fields[HTTP_FIELD_FETCH_SITE], BYTES_OF("cross-site")) ||
         !guard_knows_origin(request->fields[HTTP_FIELD_ORIGIN], host))) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 403, "foreign_origin", "",
                            "pages of other sites may use live data with a key only: start the "
                            "server with --api-key-file");
    }
    return STATUS_OK;
}

// --- Commands ---

enum status responder_take_text(struct responder *responder, struct bytes escaped, bool is_query,
                                size_t *used_size, struct bytes *text,
                                struct command_failure *failure)
{
    uint8_t *const at = responder->text + *used_size;
    const size_t size = http_unescape(escaped, is_query, at);
    if (size == SIZE_MAX) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "invalid_escape", "",
                            "'%.*s' holds a '%%' that is not followed by two hexadecimal digits",
                            (int)(escaped.size < 100 ? escaped.size : 100),
                            (const char *)escaped.data);
    }
    *text = (struct bytes){.data = at, .size = size};
    *used_size += size;
    return STATUS_OK;
}

enum status responder_take_arguments(struct responder *responder, const struct route *route,
                                     const struct http_request *request,
                                     const struct bytes parts[ROUTE_PARTS_MAX],
                                     struct argument arguments[ROUTE_PARAMETERS_MAX], size_t *count,
                                     struct command_failure *failure)
{
    struct bytes rest = request->query;
    struct argument given;
    struct bytes name;
    size_t used_size = 0;
    const bool has_parts = parts[0].size != 0;
    *count = 0;
    for (size_t i = 0; has_parts && (name = route_part_name(route, i)).size != 0; i++) {
        struct argument *const argument = &arguments[(*count)++];
        argument->name = name;
        TRY(responder_take_text(responder, parts[i], false, &used_size, &argument->value, failure));
    }
    while (http_query_next(&rest, &given.name, &given.value)) {
        if (bytes_equal(given.name, BYTES_OF("key"))) {
            continue; // is the guard's
        }
        if (*count == ROUTE_PARAMETERS_MAX) {
            return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "too_many_parameters", "",
                                "there are more than %d parameters", ROUTE_PARAMETERS_MAX);
        }
        struct argument *const argument = &arguments[(*count)++];
        TRY(responder_take_text(responder, given.name, true, &used_size, &argument->name, failure));
        TRY(responder_take_text(responder, given.value, true, &used_size, &argument->value,
                                failure));
    }
    return STATUS_OK;
}

const struct generation *responder_generation(const struct server *server)
{
    const struct generation *const generation = generation_current(&server->generations);
    const struct atlas *const atlas = generation == NULL ? NULL : generation->value;
    return atlas == NULL || archive_is_poisoned(atlas->archive) ? NULL : generation;
}

bool responder_world(const struct server *server, struct search_world *world)
{
    const struct generation *const generation = responder_generation(server);
    *world = (struct search_world){.atlas = generation == NULL ? NULL : generation->value,
                                   .overlay = server->world.overlay,
                                   .now_us = sys_wall_us(server->sys)};
    // Without --atlas live objects alone are searched; an atlas that has gone bad is another matter.
    return generation != NULL || (world->overlay != NULL && server->settings->atlas == NULL);
}

static enum status answer_command(struct responder *responder, const struct inquiry *inquiry,
                                  const struct argument *arguments, size_t count,
                                  struct command_failure *failure)
{
    struct search_world world;
    if (!responder_world(responder->server, &world)) {
        return command_fail(failure, STATUS_BUSY, 503, "not_ready", "",
                            "no atlas is served: start the server with --atlas FILE, or publish "
                            "a sound one");
    }
    const struct http_request *const request = inquiry->request;
    const struct command *const command = inquiry->route->command;
    const struct bytes accepted = request->fields[HTTP_FIELD_ACCEPT_LANGUAGE];
    if (inquiry->route->body == ROUTE_BODY_NONE) {
        return command_run(responder->commander, command, &world, arguments, count, accepted,
                           &responder->body, failure);
    }
    if (request->body.size == 0) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "missing_body", "",
                            "the request has no body; it wants JSON");
    }
    // What the body says besides, or instead.
    struct question question SCOPED(question_free) = {
        .texts = {.account = responder->server->account}};
    for (size_t i = 0; i < count; i++) {
        if (!question_set(&question, arguments[i].name, arguments[i].value)) {
            return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "too_many_parameters", "",
                                "there are too many parameters");
        }
    }
    if (!question_is_geojson(request->body, responder->server->account)) {
        TRY(question_read(&question, request->body, (struct bytes){0}, NULL, failure));
    } else if (!question_set(&question, BYTES_OF("within"), request->body)) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "too_many_parameters", "",
                            "there are too many parameters");
    }
    return command_run(responder->commander, command, &world, question.arguments, question.count,
                       accepted, &responder->body, failure);
}

// --- About the server itself ---

static enum status answer_ready(struct responder *responder, struct command_failure *failure)
{
    const struct server *const server = responder->server;
    const struct generation *const generation = responder_generation(server);
    const bool is_ending = atomic_load_explicit(&server->is_draining, memory_order_relaxed);
    // An atlas that was asked for must be sound; a server of live data alone needs none.
    const bool lacks_atlas =
        generation == NULL && (server->settings->atlas != NULL || server->world.live == NULL);
    if (lacks_atlas || is_ending) {
        return command_fail(failure, STATUS_BUSY, 503, "not_ready", "",
                            is_ending ? "the server is about to end" : "no atlas is served");
    }
    buffer_append_format(&responder->body, "{\"status\":\"ready\",\"generation\":%llu}",
                         generation == NULL ? 0 : (unsigned long long)generation->number);
    return STATUS_OK;
}

static enum status answer_service(struct responder *responder, const struct route *route,
                                  const struct http_request *request, struct http_reply *reply,
                                  struct command_failure *failure)
{
    struct bytes rest = request->query;
    struct argument given;
    while (http_query_next(&rest, &given.name, &given.value)) {
        if (!bytes_equal(given.name, BYTES_OF("key"))) {
            char name[32];
            (void)snprintf(name, sizeof(name), "%.*s", (int)given.name.size,
                           (const char *)given.name.data);
            return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "unknown_parameter", name,
                                "%s has no parameter '%s'", route->path, name);
        }
    }
    if (route->service == SERVICE_READY) {
        return answer_ready(responder, failure);
    }
    if (route->service == SERVICE_METRICS) {
        reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
        responder_write_metrics(responder);
    } else if (route->service == SERVICE_INDEX) {
        reply->content_type = "text/html; charset=utf-8";
        buffer_append_text(&responder->body,
                           "<!doctype html><title>Rhumb</title><h1>Rhumb</h1><ul>"
                           "<li><a href=\"/metrics\">metrics</a>"
                           "<li><a href=\"/healthz\">health</a>, <a href=\"/readyz\">ready</a>"
                           "<li><a href=\"/v1/openapi.json\">routes (OpenAPI)</a></ul>\n");
    } else if (route->service == SERVICE_OPENAPI) {
        buffer_append_bytes(&responder->body, buffer_bytes(&responder->server->openapi));
    } else {
        buffer_append_text(&responder->body, "{\"status\":\"ok\"}");
    }
    return STATUS_OK;
}

// --- Replies ---

// Anybody's page may read answers: there are no cookies to misuse, and keys are shown on purpose.
#define CORS "Access-Control-Allow-Origin: *\r\n"

static const char *fields_of(unsigned status)
{
    switch (status) {
    case 401:
        return CORS "WWW-Authenticate: Bearer\r\n";
    case 429:
    case 503:
        return CORS "Retry-After: 1\r\n";
    default:
        return CORS "Vary: Accept-Language\r\n"; // for caches between: names follow the field
    }
}

static void fail(struct responder *responder, const struct command_failure *failure,
                 struct http_reply *reply)
{
    buffer_clear(&responder->body);
    command_failure_write(failure, &responder->body);
    reply->status = failure->status;
    reply->content_type = "application/json";
}

static void log_request(const struct responder *responder, const struct route *route,
                        const struct http_request *request, const struct http_reply *reply,
                        int64_t duration_us)
{
    const struct server *const server = responder->server;
    struct log_entry entry;
    log_begin(&entry, server->sys, server->account, "request");
    JSON_KEY(&entry.json, "route");
    json_text_of(&entry.json, route->path[0] == '\0' ? "none" : route->path);
    JSON_KEY(&entry.json, "status");
    json_unsigned(&entry.json, reply->status);
    JSON_KEY(&entry.json, "duration_us");
    json_integer(&entry.json, duration_us);
    JSON_KEY(&entry.json, "size");
    json_unsigned(&entry.json, reply->body.size);
    if (server->settings->logs_queries && request != NULL) {
        JSON_KEY(&entry.json, "path");
        json_text(&entry.json, request->path);
        JSON_KEY(&entry.json, "query");
        json_text(&entry.json, request->query);
    }
    log_end(&entry);
}

// What every reply has, and what is counted of it. `request` is NULL where it is gone.
static void finish(struct responder *responder, const struct route *route, size_t index,
                   const struct http_request *request, struct http_reply *reply, int64_t begin_us)
{
    const struct server *const server = responder->server;
    const int64_t passed_us = sys_monotonic_us(server->sys) - begin_us;
    const int64_t duration_us = passed_us < 0 ? 0 : passed_us;
    reply->date = (struct bytes){.data = (const uint8_t *)responder->date, .size = DATE_HTTP_SIZE};
    reply->fields = reply->fields == NULL ? fields_of(reply->status) : reply->fields;
    metric_add(&responder->metrics[routes_requests(&server->routes, index, reply->status)], 1);
    metric_add(&responder->metrics[routes_metric(&server->routes, ROUTES_SENT_SIZE)],
               reply->body.size);
    metric_observe(&responder->metrics[routes_durations(&server->routes, index)],
                   (uint64_t)duration_us);
    TRACE("serve.request", "%s %u, %lld us", route->path, reply->status, (long long)duration_us);
    if (UNLIKELY(server->settings->logs_requests || server->settings->logs_queries)) {
        log_request(responder, route, request, reply, duration_us);
    }
}

static void take_body(struct responder *responder, struct http_reply *reply)
{
    if (buffer_status(&responder->body) != STATUS_OK) {
        buffer_clear(&responder->body);
        reply->status = 503;
    }
    reply->body = buffer_bytes(&responder->body);
}

static bool is_preflight(const struct responder_door *door, struct inquiry *inquiry)
{
    const struct server *const server = door->responder->server;
    const struct http_request *const request = inquiry->request;
    return request->method == HTTP_METHOD_OPTIONS && inquiry->methods != 0 &&
           guard_knows_host(&server->guard, request->fields[HTTP_FIELD_HOST]);
}

// Answers, or begins a call. Fails: what is wrong with the request.
static enum status begin_answer(const struct responder_door *door, struct session *session,
                                struct inquiry *inquiry, struct http_reply *reply, int64_t begin_us,
                                struct command_failure *failure)
{
    struct responder *const responder = door->responder;
    const struct route *const route = inquiry->route;
    struct responder_arguments given;
    given.count = 0;
    TRY(check_gates(responder, inquiry, reply, failure));
    if (route->service == SERVICE_DIALECT) {
        return responder_answer_dialect(responder, &inquiry->dialect, inquiry->request, reply,
                                        failure);
    }
    if (route->service != SERVICE_NONE) {
        return answer_service(responder, route, inquiry->request, reply, failure);
    }
    TRY(responder_take_arguments(responder, route, inquiry->request, inquiry->parts, given.items,
                                 &given.count, failure));
    if (route->command == NULL) {
        return responder_begin_call(responder, session, inquiry->index, inquiry->request,
                                    given.items, given.count, inquiry->key, begin_us, failure);
    }
    TRY(responder_place_near(responder, session, route, inquiry->request, &given, failure));
    return answer_command(responder, inquiry, given.items, given.count, failure);
}

bool responder_answer(void *context, struct session *session, const struct http_request *request,
                      struct http_reply *reply)
{
    const struct responder_door *const door = context;
    struct responder *const responder = door->responder;
    const int64_t begin_us = sys_monotonic_us(responder->server->sys);
    struct inquiry inquiry = {.request = request};
    struct command_failure failure;
    buffer_clear(&responder->body);
    reply->status = 200;
    reply->content_type = "application/json";
    find_route(door, &inquiry);
    if (is_preflight(door, &inquiry)) {
        reply->status = 204;
        reply->content_type = NULL;
        reply->fields = allow_lines(responder, inquiry.methods, true);
    } else if (begin_answer(door, session, &inquiry, reply, begin_us, &failure) != STATUS_OK) {
        fail(responder, &failure, reply);
    } else if (inquiry.route->run != NULL) {
        return false;
    }
    take_body(responder, reply);
    finish(responder, inquiry.route, inquiry.index, request, reply, begin_us);
    return true;
}

void responder_finish(struct responder *responder, const struct exchange *exchange,
                      struct http_reply *reply)
{
    const struct call *const call = &exchange->call;
    reply->status = call->status;
    reply->content_type = call->content_type;
    reply->body = buffer_bytes(&call->out);
    reply->fields = call->extra_fields;
    finish(responder, call->route, exchange->route_index, NULL, reply, exchange->begin_us);
}

bool responder_streams(void *context, const struct http_request *request)
{
    struct inquiry inquiry = {.request = request};
    find_route(context, &inquiry);
    return inquiry.route->body == ROUTE_BODY_STREAM;
}

void responder_abandon(void *context, struct session *session)
{
    (void)context;
    exchange_abandon(session->pending);
    session->pending = NULL;
}

void responder_refuse(void *context, unsigned status, const char *sentence,
                      struct http_reply *reply)
{
    struct responder *const responder = ((const struct responder_door *)context)->responder;
    struct command_failure failure;
    buffer_clear(&responder->body);
    status_ignore(command_fail(&failure, STATUS_CORRUPT, status, "bad_request", "", "%s", sentence),
                  "the failure is what is wanted");
    fail(responder, &failure, reply);
    take_body(responder, reply);
    finish(responder, &no_route, responder->server->routes.count, NULL, reply,
           sys_monotonic_us(responder->server->sys));
    TRACE("serve.refuse", "%u %s", status, sentence);
}
