#include "serve/routes.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "command/batch_routes.h"
#include "command/command.h"
#include "command/event_routes.h"
#include "command/fence_routes.h"
#include "command/hook_routes.h"
#include "command/ip_routes.h"
#include "command/live_routes.h"
#include "command/segment_routes.h"
#include "command/trip_routes.h"
#include "dialect/dialect.h"

static const struct route atlas_rows[] = {
    {.path = "/v1/search", .name = "search", .command = &command_search},
    {.method = HTTP_METHOD_POST,
     .path = "/v1/search",
     .name = "post_search",
     .command = &command_search,
     .body = ROUTE_BODY_JSON},
    {.path = "/v1/autocomplete", .name = "autocomplete", .command = &command_autocomplete},
    {.path = "/v1/reverse", .name = "reverse", .command = &command_reverse},
    {.method = HTTP_METHOD_POST,
     .path = "/v1/reverse",
     .name = "post_reverse",
     .command = &command_reverse,
     .body = ROUTE_BODY_JSON},
    {.path = "/v1/places", .name = "places", .command = &command_places},
    {.method = HTTP_METHOD_POST,
     .path = "/v1/places",
     .name = "post_places",
     .command = &command_places,
     .body = ROUTE_BODY_JSON},
    {.path = "/v1/places/{id}", .name = "place", .command = &command_place},
    {.path = "/v1/validate",
     .name = "validate",
     .command = &command_validate,
     .answer_schema = "Validation"},
    {.method = HTTP_METHOD_POST,
     .path = "/v1/validate",
     .name = "post_validate",
     .command = &command_validate,
     .body = ROUTE_BODY_JSON,
     .answer_schema = "Validation"},
    {.path = "/v1/about", .name = "about", .command = &command_about, .answer_schema = "About"},
};

static const char atlas_schemas[] =
    "\"Validation\":{\"type\":\"object\",\"required\":[\"status\",\"attribution\",\"components\","
    "\"unmatched\",\"place\",\"alternatives\"],\"properties\":{"
    "\"status\":{\"enum\":[\"verified\",\"partial\",\"ambiguous\",\"unverified\"]},"
    "\"attribution\":{\"type\":\"array\",\"items\":{\"$ref\":"
    "\"#/components/schemas/Attribution\"}},"
    "\"components\":{\"type\":\"object\",\"description\":\"What the data says to each part, by its "
    "name.\",\"additionalProperties\":{\"$ref\":\"#/components/schemas/Verdict\"}},"
    "\"unmatched\":{\"type\":\"array\",\"description\":\"Words of q that say nothing known, "
    "folded.\",\"items\":{\"type\":\"string\"}},"
    "\"place\":{\"description\":\"The address in standard form; null when unverified.\",\"oneOf\":["
    "{\"$ref\":\"#/components/schemas/Feature\"},{\"type\":\"null\"}]},"
    "\"alternatives\":{\"type\":\"array\",\"description\":\"Of an ambiguous address: what else "
    "fits "
    "as well.\",\"items\":{\"$ref\":\"#/components/schemas/Feature\"}}}},"
    "\"Verdict\":{\"type\":\"object\",\"required\":[\"verdict\"],\"properties\":{"
    "\"verdict\":{\"enum\":[\"confirmed\",\"corrected\",\"missing\",\"unexpected\","
    "\"inferred\"]},\"reason\":{\"enum\":[\"spelling\",\"differs\",\"unknown\",\"none_known\","
    "\"interpolated\"]},\"given\":{\"type\":\"string\"},\"value\":{\"type\":\"string\","
    "\"description\":\"In standard form.\"}}}"
    ","
    "\"About\":{\"type\":\"object\",\"required\":[\"name\",\"version\",\"atlas\",\"sources\"],"
    "\"properties\":{\"name\":{\"const\":\"rhumb\"},\"version\":{\"type\":\"string\"},"
    "\"atlas\":{\"type\":[\"object\",\"null\"],\"properties\":{"
    "\"builder\":{\"type\":\"string\"},\"text_tables\":{\"type\":\"string\"},"
    "\"data_time\":{\"type\":\"string\",\"format\":\"date-time\",\"description\":\"Of the newest "
    "source.\"},"
    "\"bbox\":{\"type\":\"array\",\"items\":{\"type\":\"number\"},\"minItems\":4,\"maxItems\":4},"
    "\"layers\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}},"
    "\"intersections\":{\"type\":\"integer\"},\"names\":{\"type\":\"integer\"},"
    "\"words\":{\"type\":\"integer\"},\"warnings\":{\"type\":\"integer\"}}},"
    "\"sources\":{\"type\":\"array\",\"items\":{\"allOf\":[{\"$ref\":"
    "\"#/components/schemas/Attribution\"},{\"type\":\"object\",\"properties\":{"
    "\"data_time\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"objects\":{\"type\":\"integer\",\"description\":\"Read from it.\"},"
    "\"left_out\":{\"type\":\"integer\",\"description\":\"Broken ones.\"}}}]}}}}";

static const struct route service_rows[] = {
    {.path = "/healthz",
     .name = "health",
     .summary = "Says that the process lives.",
     .service = SERVICE_HEALTH,
     .is_open = true,
     .is_on_metrics = true},
    {.path = "/readyz",
     .name = "ready",
     .summary = "Says whether requests can be answered.",
     .service = SERVICE_READY,
     .is_open = true,
     .is_on_metrics = true},
    {.path = "/metrics",
     .name = "metrics",
     .summary = "Counts and timings in the text format of Prometheus.",
     .service = SERVICE_METRICS,
     .answer_type = "text/plain",
     .is_on_metrics = true},
    {.path = "/",
     .name = "index",
     .summary = "Links to what a browser can show.",
     .service = SERVICE_INDEX,
     .answer_type = "text/html",
     .is_open = true,
     .is_on_metrics = true},
    {.path = "/v1/openapi.json",
     .name = "openapi",
     .summary = "This document.",
     .service = SERVICE_OPENAPI,
     .is_open = true},
};

static const struct route_table atlas_routes = {atlas_rows, COUNT_OF(atlas_rows), atlas_schemas};
static const struct route_table service_routes = {service_rows, COUNT_OF(service_rows), NULL};

// The order in which requests are compared with them: what is asked most comes first.
static const struct route_table *const tables[] = {
    &atlas_routes, &batch_routes, &service_routes, &live_routes,    &event_routes, &hook_routes,
    &ip_routes,    &fence_routes, &trip_routes,    &segment_routes, NULL,
};

const struct route_table *const *routes_tables(void)
{
    return tables;
}

enum { LABELS_SIZE = 64 };

static const char *name_of(const struct routes *routes, size_t index)
{
    return index < routes->count    ? routes->rows[index]->name
           : index == routes->count ? "none"
                                    : routes->dialects[index - routes->count - 1].name;
}

static void name_metrics(struct routes *routes)
{
    static const char *const classes[] = {"2xx", "4xx", "5xx"};
    char *label = routes->labels;
    for (size_t i = 0; i < routes_counted(routes); i++) {
        const char *const name = name_of(routes, i);
        for (size_t class = 0; class < 3; class ++) {
            (void)snprintf(label, LABELS_SIZE, "route=\"%.30s\",status=\"%s\"", name,
                           classes[class]);
            routes->metrics[i * 3 + class] =
                (struct metric){.name = "rhumb_requests_total",
                                .labels = label,
                                .kind = METRIC_COUNTER,
                                .help = "requests answered, by route and class of status"};
            label += LABELS_SIZE;
        }
        (void)snprintf(label, LABELS_SIZE, "route=\"%.30s\"", name);
        routes->metrics[routes_durations(routes, i)] =
            (struct metric){.name = "rhumb_request_duration_seconds",
                            .labels = label,
                            .kind = METRIC_TIMING,
                            .help = "from the decoded request to its answer"};
        label += LABELS_SIZE;
    }
    routes->metrics[routes_metric(routes, ROUTES_CONNECTIONS)] = (struct metric){
        .name = "rhumb_connections", .kind = METRIC_GAUGE, .help = "connections open"};
    routes->metrics[routes_metric(routes, ROUTES_CONNECTIONS_TOTAL)] = (struct metric){
        .name = "rhumb_connections_total", .kind = METRIC_COUNTER, .help = "connections accepted"};
    routes->metrics[routes_metric(routes, ROUTES_SENT_SIZE)] = (struct metric){
        .name = "rhumb_sent_bytes_total", .kind = METRIC_COUNTER, .help = "bytes of answers"};
}

static void add_dialects(struct routes *routes)
{
    for (const struct dialect *const *dialect = dialect_list(); *dialect != NULL; dialect++) {
        const unsigned count = dialect_endpoint_count(*dialect);
        for (unsigned i = 0; i <= count; i++) {
            assert(routes->dialect_count < ROUTES_DIALECT_MAX);
            struct routes_dialect *const row = &routes->dialects[routes->dialect_count++];
            const int size = snprintf(row->name, sizeof(row->name), "%s%s", (*dialect)->name,
                                      i == count ? "/other" : (*dialect)->endpoints[i]);
            assert(size > 0 && (size_t)size < sizeof(row->name));
            row->route =
                (struct route){.path = row->name, .name = row->name, .service = SERVICE_DIALECT};
        }
    }
}

const struct route *routes_find_dialect(const struct routes *routes, const struct dialect *dialect,
                                        unsigned endpoint, size_t *index)
{
    size_t row = 0;
    for (const struct dialect *const *each = dialect_list(); *each != dialect; each++) {
        row += dialect_endpoint_count(*each) + 1;
    }
    row += endpoint;
    *index = routes->count + 1 + row;
    return &routes->dialects[row].route;
}

enum status routes_open(struct memory_account *account, struct routes *routes, struct fault *fault)
{
    *routes = (struct routes){0};
    for (const struct route_table *const *table = tables; *table != NULL; table++) {
        for (size_t i = 0; i < (*table)->count; i++) {
            const struct route *const route = &(*table)->rows[i];
            const size_t size = strlen(route->path);
            const char *const brace = strchr(route->path, '{');
            assert(routes->count < ROUTES_MAX);
            routes->fixed_sizes[routes->count] =
                brace == NULL ? size : (size_t)(brace - route->path);
            routes->has_parts[routes->count] = brace != NULL;
            routes->rows[routes->count++] = route;
        }
    }
    add_dialects(routes);
    routes->metrics =
        memory_take_zeroed(account, routes_metric_count(routes), sizeof(*routes->metrics));
    routes->labels = memory_take(account, routes_counted(routes) * 4, LABELS_SIZE);
    if (routes->metrics == NULL || routes->labels == NULL) {
        routes_close(routes);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for what is counted of routes");
    }
    name_metrics(routes);
    return STATUS_OK;
}

void routes_close(struct routes *routes)
{
    memory_give(routes->metrics);
    memory_give(routes->labels);
    *routes = (struct routes){0};
}

const struct route *routes_find(const struct routes *routes, enum http_method method,
                                struct bytes path, bool is_for_metrics, size_t *index,
                                struct bytes parts[ROUTE_PARTS_MAX], unsigned *methods)
{
    const enum http_method wanted = method == HTTP_METHOD_HEAD ? HTTP_METHOD_GET : method;
    *methods = 0;
    for (size_t i = 0; i < routes->count; i++) {
        const struct route *const route = routes->rows[i];
        const size_t size = routes->fixed_sizes[i];
        const bool may_match = routes->has_parts[i] ? path.size > size : path.size == size;
        if (!may_match || memcmp(path.data, route->path, size) != 0 ||
            (is_for_metrics && !route->is_on_metrics) ||
            (routes->has_parts[i] && !route_matches(route, path, parts))) {
            continue;
        }
        if (route->method == wanted) {
            *index = i;
            return route;
        }
        *methods |= 1U << route->method;
    }
    *index = routes->count;
    return NULL;
}
