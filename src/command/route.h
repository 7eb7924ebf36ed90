// Route: one thing that may be asked over HTTP, as a row: what is asked, with what, and who answers.
//
//     enum { HOOK_ID, HOOK_LIMIT };
//     static const struct parameter hook_parameters[] = {
//         [HOOK_ID] = {.name = "id", .kind = PARAMETER_NAME, .is_required = true, …},
//         [HOOK_LIMIT] = {.name = "limit", .kind = PARAMETER_COUNT, .fallback = "100", …}};
//
//     static const struct route rows[] = {
//         {.method = HTTP_METHOD_PUT, .path = "/v1/hooks/{id}", .name = "put_hook",
//          .summary = "Makes a hook or changes it.", ROUTE_PARAMETERS(hook_parameters),
//          .body = ROUTE_BODY_JSON, .needs_live = true, .run = put_hook}};
//     const struct route_table hook_routes = {rows, COUNT_OF(rows), schemas};
//
// and one line in serve/routes.c. From the row come the matching of method and path, the parameters
// (of path and query alike, unescaped and checked: call->values[HOOK_ID].text), 404, 405, OPTIONS,
// the metrics and the OpenAPI document. What `run` may do stands in command/call.h.
#ifndef COMMAND_ROUTE_H
#define COMMAND_ROUTE_H

#include "codec/http.h"
#include "command/parameter.h"

struct call;
struct command;

enum route_body {
    ROUTE_BODY_NONE,
    ROUTE_BODY_JSON,   // a body is required; `run` reads it
    ROUTE_BODY_ANY,    // of any kind, perhaps none
    ROUTE_BODY_STREAM, // of any length, taken as it comes: `run` begins a stream with `body`
};

struct route {
    enum http_method method; // a GET is a HEAD too
    const char *path;        // names in braces stand for a part that is not empty
    const char *name;        // "put_hook": operationId, label of the metrics
    const char *summary;     // a sentence
    const struct parameter *parameters;
    size_t parameter_count; // at most ROUTE_PARAMETERS_MAX
    enum route_body body;
    const char *body_schema, *answer_schema; // by name in components.schemas; NULL: none is given
    const char *answer_type;                 // NULL: application/json
    bool needs_live;                         // refused without --data, with a sentence
    bool needs_search;                       // refused without anything to search
    bool is_open;                            // needs no key
    bool is_on_metrics;                      // also on the listener for metrics

    // One of three: answers a call (command/call.h),
    void (*run)(struct call *call);
    // asks the atlas (command/command.h),
    const struct command *command;
    // or is the server's own (serve/responder.h).
    unsigned service;
};

#define ROUTE_PARAMETERS_MAX    32
#define ROUTE_PARAMETERS(table) .parameters = (table), .parameter_count = COUNT_OF(table)

struct route_table {
    const struct route *rows;
    size_t count;
    const char *schemas; // members of components.schemas, comma-separated: "\"Hook\":{…}"; or NULL
};

// Is this the path of the route? Then `parts` are what stands for the names, still escaped.
#define ROUTE_PARTS_MAX 4
bool route_matches(const struct route *route, struct bytes path,
                   struct bytes parts[ROUTE_PARTS_MAX]);

// The name of the part at `index`; size 0 when there are not so many.
struct bytes route_part_name(const struct route *route, size_t index);

const char *route_method_name(enum http_method method);

#endif
