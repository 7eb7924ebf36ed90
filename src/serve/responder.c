#include "serve/responder.h"

#include <stdio.h>

#include "archive/archive.h"
#include "base/trace.h"
#include "serve/log.h"
#include "sys/clock.h"

enum { ARGUMENTS_MAX = 32 };

static const struct route {
    const char *path; // a prefix when it ends in '/'
    enum route_id id;
    const struct command *command;
    bool is_open;       // needs no key
    bool is_on_metrics; // is served by the listener for metrics
} routes[] = {
    {.path = "/v1/search", .id = ROUTE_SEARCH, .command = &command_search},
    {.path = "/v1/autocomplete", .id = ROUTE_AUTOCOMPLETE, .command = &command_autocomplete},
    {.path = "/v1/reverse", .id = ROUTE_REVERSE, .command = &command_reverse},
    {.path = "/v1/places/", .id = ROUTE_PLACES, .command = &command_place},
    {.path = "/healthz", .id = ROUTE_HEALTH, .is_open = true, .is_on_metrics = true},
    {.path = "/readyz", .id = ROUTE_READY, .is_open = true, .is_on_metrics = true},
    {.path = "/metrics", .id = ROUTE_METRICS, .is_on_metrics = true},
    {.path = "/v1/openapi.json", .id = ROUTE_OPENAPI, .is_open = true},
};

static const struct route no_route = {.path = "", .id = ROUTE_NONE};

enum status responder_open(struct responder *responder, const struct server *server,
                           struct fault *fault)
{
    *responder = (struct responder){.server = server, .body = {.account = server->account}};
    responder->api = (struct responder_door){.responder = responder};
    responder->metrics_only =
        (struct responder_door){.responder = responder, .is_for_metrics = true};
    responder->metrics =
        memory_take_zeroed(server->account, SERVER_METRIC_COUNT, sizeof(*responder->metrics));
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
    *responder = (struct responder){0};
}

void responder_tick(struct responder *responder)
{
    date_format_http(sys_wall_us(responder->server->sys) / 1000000, responder->date);
}

// --- The gates ---

static const struct route *find_route(const struct responder_door *door, struct bytes path)
{
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        const struct bytes known = bytes_from_text(routes[i].path);
        const bool is_prefix = known.data[known.size - 1] == '/';
        const struct bytes same = {.data = path.data,
                                   .size = is_prefix && path.size > known.size ? known.size
                                                                               : path.size};
        if (bytes_equal(same, known) && (!is_prefix || path.size > known.size)) {
            const bool is_here = door->is_for_metrics
                                     ? routes[i].is_on_metrics
                                     : routes[i].id != ROUTE_METRICS ||
                                           door->responder->server->settings->metrics == NULL;
            return is_here ? &routes[i] : &no_route;
        }
    }
    return &no_route;
}

// The value of ?key=, unescaped into the responder's text.
static struct bytes key_in_query(struct responder *responder, struct bytes query)
{
    struct bytes name;
    struct bytes value;
    while (http_query_next(&query, &name, &value)) {
        if (bytes_equal(name, BYTES_OF("key"))) {
            const size_t size = http_unescape(value, true, responder->text);
            return size == SIZE_MAX ? (struct bytes){0}
                                    : (struct bytes){.data = responder->text, .size = size};
        }
    }
    return (struct bytes){0};
}

static bool shows_key(struct responder *responder, const struct http_request *request)
{
    const struct guard *const guard = &responder->server->guard;
    return guard_admits(guard, guard_bearer(request->fields[HTTP_FIELD_AUTHORIZATION])) ||
           guard_admits(guard, request->fields[HTTP_FIELD_API_KEY]) ||
           guard_admits(guard, key_in_query(responder, request->query));
}

static enum status check_gates(struct responder *responder, const struct route *route,
                               const struct http_request *request, struct command_failure *failure)
{
    const struct bytes host = request->fields[HTTP_FIELD_HOST];
    if (host.size != 0 && !guard_knows_host(&responder->server->guard, host)) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 421, "unknown_host", "",
                            "this server does not answer for the host '%.*s'; --host-name adds it",
                            (int)(host.size < 100 ? host.size : 100), (const char *)host.data);
    }
    if (route->id == ROUTE_NONE) {
        return command_fail(failure, STATUS_NOT_FOUND, 404, "no_such_route", "",
                            "there is nothing at this path; /v1/openapi.json lists what there is");
    }
    if (request->method != HTTP_METHOD_GET && request->method != HTTP_METHOD_HEAD) {
        return command_fail(failure, STATUS_UNSUPPORTED, 405, "method_not_allowed", "",
                            "only GET and HEAD are answered here");
    }
    if (!route->is_open && !shows_key(responder, request)) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 401, "unauthorized", "",
                            "a key is needed: Authorization: Bearer KEY, X-Api-Key: KEY or ?key=");
    }
    return STATUS_OK;
}

// --- Commands ---

// Takes one text, unescaped, into the responder's memory at *used_size.
static enum status take_text(struct responder *responder, struct bytes escaped, bool is_query,
                             size_t *used_size, struct bytes *text, struct command_failure *failure)
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

static enum status take_arguments(struct responder *responder, const struct route *route,
                                  const struct http_request *request,
                                  struct argument arguments[ARGUMENTS_MAX], size_t *count,
                                  struct command_failure *failure)
{
    struct bytes rest = request->query;
    struct argument given;
    size_t used_size = 0;
    *count = 0;
    if (route->id == ROUTE_PLACES) {
        const size_t prefix_size = strlen(route->path);
        const struct bytes id = {.data = request->path.data + prefix_size,
                                 .size = request->path.size - prefix_size};
        struct argument *const argument = &arguments[(*count)++];
        argument->name = BYTES_OF("id");
        TRY(take_text(responder, id, false, &used_size, &argument->value, failure));
    }
    while (http_query_next(&rest, &given.name, &given.value)) {
        if (bytes_equal(given.name, BYTES_OF("key"))) {
            continue; // is the guard's
        }
        if (*count == ARGUMENTS_MAX) {
            return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "too_many_parameters", "",
                                "there are more than %d parameters", ARGUMENTS_MAX);
        }
        struct argument *const argument = &arguments[(*count)++];
        TRY(take_text(responder, given.name, true, &used_size, &argument->name, failure));
        TRY(take_text(responder, given.value, true, &used_size, &argument->value, failure));
    }
    return STATUS_OK;
}

// The generation of this turn, if its file can still be believed.
static const struct generation *sound_generation(const struct server *server)
{
    const struct generation *const generation = generation_current(&server->generations);
    const struct atlas *const atlas = generation == NULL ? NULL : generation->value;
    return atlas == NULL || archive_is_poisoned(atlas->archive) ? NULL : generation;
}

static enum status answer_command(struct responder *responder, const struct route *route,
                                  const struct http_request *request,
                                  struct command_failure *failure)
{
    struct argument arguments[ARGUMENTS_MAX];
    size_t count = 0;
    TRY(take_arguments(responder, route, request, arguments, &count, failure));
    const struct generation *const generation = sound_generation(responder->server);
    if (generation == NULL) {
        return command_fail(failure, STATUS_BUSY, 503, "not_ready", "",
                            "no atlas is served; publish a sound one");
    }
    return command_run(responder->commander, route->command, generation->value, arguments, count,
                       request->fields[HTTP_FIELD_ACCEPT_LANGUAGE], &responder->body, failure);
}

// --- About the server itself ---

static void write_metrics(struct responder *responder)
{
    const struct server *const server = responder->server;
    struct buffer *const out = &responder->body;
    const struct generation *const generation = generation_current(&server->generations);
    metric_format((struct metric_table){server_metrics, SERVER_METRIC_COUNT}, server->metric_sets,
                  server->metric_set_count, out);
    buffer_append_format(out,
                         "# HELP rhumb_generation number of the atlas generation served\n"
                         "# TYPE rhumb_generation gauge\nrhumb_generation %llu\n",
                         generation == NULL ? 0 : (unsigned long long)generation->number);
    const int64_t up_us = sys_monotonic_us(server->sys) - server->started_us;
    buffer_append_format(out,
                         "# HELP rhumb_uptime_seconds since the server was started\n"
                         "# TYPE rhumb_uptime_seconds gauge\nrhumb_uptime_seconds %lld.%03lld\n",
                         (long long)(up_us / 1000000), (long long)(up_us / 1000 % 1000));
    buffer_append_format(
        out,
        "# HELP rhumb_memory_bytes taken from the server's account, beside mapped files\n"
        "# TYPE rhumb_memory_bytes gauge\nrhumb_memory_bytes %zu\n",
        atomic_load_explicit(&server->account->used_size, memory_order_relaxed));
}

static enum status answer_ready(struct responder *responder, struct command_failure *failure)
{
    const struct server *const server = responder->server;
    const struct generation *const generation = sound_generation(server);
    const bool is_ending = atomic_load_explicit(&server->is_draining, memory_order_relaxed);
    if (generation == NULL || is_ending) {
        return command_fail(failure, STATUS_BUSY, 503, "not_ready", "",
                            is_ending ? "the server is about to end" : "no atlas is served");
    }
    buffer_append_format(&responder->body, "{\"status\":\"ready\",\"generation\":%llu}",
                         (unsigned long long)generation->number);
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
    if (route->id == ROUTE_READY) {
        return answer_ready(responder, failure);
    }
    if (route->id == ROUTE_METRICS) {
        reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
        write_metrics(responder);
    } else if (route->id == ROUTE_OPENAPI) {
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
    case 405:
        return CORS "Allow: GET, HEAD, OPTIONS\r\n";
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

// The answer to a browser that asks whether a page may ask.
static void permit(struct http_reply *reply)
{
    reply->status = 204;
    reply->fields = CORS "Access-Control-Allow-Methods: GET\r\n"
                         "Access-Control-Allow-Headers: Authorization, X-Api-Key, "
                         "Accept-Language\r\nAccess-Control-Max-Age: 86400\r\n"
                         "Allow: GET, HEAD, OPTIONS\r\n";
}

static void log_request(const struct responder *responder, const struct route *route,
                        const struct http_request *request, const struct http_reply *reply,
                        int64_t duration_us)
{
    const struct server *const server = responder->server;
    const bool shows_query = server->settings->logs_queries;
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
    if (shows_query) {
        JSON_KEY(&entry.json, "path");
        json_text(&entry.json, request->path);
        JSON_KEY(&entry.json, "query");
        json_text(&entry.json, request->query);
    }
    log_end(&entry);
}

static void finish(struct responder *responder, const struct route *route, struct http_reply *reply,
                   int64_t duration_us)
{
    if (buffer_status(&responder->body) != STATUS_OK) {
        buffer_clear(&responder->body);
        reply->status = 503;
    }
    reply->body = buffer_bytes(&responder->body);
    reply->date = (struct bytes){.data = (const uint8_t *)responder->date, .size = DATE_HTTP_SIZE};
    reply->fields = reply->fields == NULL ? fields_of(reply->status) : reply->fields;
    metric_add(&responder->metrics[SERVER_REQUESTS(route->id, reply->status)], 1);
    metric_add(&responder->metrics[SERVER_SENT_SIZE], reply->body.size);
    metric_observe(&responder->metrics[SERVER_DURATIONS(route->id)],
                   duration_us < 0 ? 0 : (uint64_t)duration_us);
}

void responder_answer(void *context, const struct http_request *request, struct http_reply *reply)
{
    const struct responder_door *const door = context;
    struct responder *const responder = door->responder;
    const struct server *const server = responder->server;
    const struct route *const route = find_route(door, request->path);
    const int64_t begin_us = sys_monotonic_us(server->sys);
    struct command_failure failure;
    enum status status = STATUS_OK;

    buffer_clear(&responder->body);
    reply->status = 200;
    reply->content_type = "application/json";
    if (request->method == HTTP_METHOD_OPTIONS && route->id != ROUTE_NONE &&
        guard_knows_host(&server->guard, request->fields[HTTP_FIELD_HOST])) {
        reply->content_type = NULL;
        permit(reply);
    } else {
        status = check_gates(responder, route, request, &failure);
        if (status == STATUS_OK) {
            status = route->command != NULL
                         ? answer_command(responder, route, request, &failure)
                         : answer_service(responder, route, request, reply, &failure);
        }
    }
    if (status != STATUS_OK) {
        fail(responder, &failure, reply);
    }
    const int64_t duration_us = sys_monotonic_us(server->sys) - begin_us;
    finish(responder, route, reply, duration_us);
    TRACE("serve.request", "%s %u, %lld us", route->path, reply->status, (long long)duration_us);
    if (UNLIKELY(server->settings->logs_requests || server->settings->logs_queries)) {
        log_request(responder, route, request, reply, duration_us);
    }
}

void responder_refuse(void *context, unsigned status, const char *sentence,
                      struct http_reply *reply)
{
    struct responder *const responder = ((const struct responder_door *)context)->responder;
    struct command_failure failure;
    status_ignore(command_fail(&failure, STATUS_CORRUPT, status, "bad_request", "", "%s", sentence),
                  "the failure is what is wanted");
    fail(responder, &failure, reply);
    finish(responder, &no_route, reply, 0);
    TRACE("serve.refuse", "%u %s", status, sentence);
}
