// Responder: one shard's answers: request in, reply out, by route.
//
// Every request passes the same gates: the Host must be ours, path and method a route's, the key
// known. Then a command answers it over the generation of this turn, the server answers about itself,
// or a call takes it from there (command/call.h), perhaps to answer later. One thread.
#ifndef SERVE_RESPONDER_H
#define SERVE_RESPONDER_H

#include "base/date.h"
#include "command/command.h"
#include "dialect/dialect.h"
#include "serve/exchange.h"
#include "serve/server.h"

struct responder;

// One way to a responder: the API, the listener for metrics, or that of a dialect.
struct responder_door {
    struct responder *responder;
    bool is_for_metrics;
    const struct dialect *dialect; // that has the root; NULL: none
};

struct responder {
    struct server *server;
    struct commander *commander;  // owned
    struct metric_value *metrics; // owned; routes_metric_count
    uint8_t *text;                // owned; query parameters unescaped, of one request
    struct buffer body;
    struct buffer base;   // scheme, authority and mount of a dialect's request
    struct mailbox *home; // the shard's; the caller's, with `line`, before the first request
    const struct exchange_line *line;
    char date[DATE_HTTP_SIZE + 1];
    char allow[320]; // header lines of a 405, of one request
    struct responder_door api, metrics_only;
};

// `responder` must not move.
MUST_USE enum status responder_open(struct responder *responder, struct server *server,
                                    struct fault *fault);
void responder_close(struct responder *responder);

// Sets the date of replies; to be called every second or more often.
void responder_tick(struct responder *responder);

// What a session calls, with a door as its context.
bool responder_answer(void *context, struct session *session, const struct http_request *request,
                      struct http_reply *reply);
void responder_refuse(void *context, unsigned status, const char *sentence,
                      struct http_reply *reply);
bool responder_streams(void *context, const struct http_request *request);
void responder_abandon(void *context, struct session *session);
// The answer of an exchange that has one.
void responder_finish(struct responder *responder, const struct exchange *exchange,
                      struct http_reply *reply);

// --- For responder_*.c ---

// Unescapes into the responder's memory at *used_size.
MUST_USE enum status responder_take_text(struct responder *responder, struct bytes escaped,
                                         bool is_query, size_t *used_size, struct bytes *text,
                                         struct command_failure *failure);
// What the request is asked with: path and query, but for the key.
MUST_USE enum status responder_take_arguments(struct responder *responder,
                                              const struct route *route,
                                              const struct http_request *request,
                                              const struct bytes parts[ROUTE_PARTS_MAX],
                                              struct argument arguments[ROUTE_PARAMETERS_MAX],
                                              size_t *count, struct command_failure *failure);
// Begins a call: it has run when this returns OK, and session->pending is its exchange.
MUST_USE enum status responder_begin_call(struct responder *responder, struct session *session,
                                          size_t route_index, const struct http_request *request,
                                          const struct argument *arguments, size_t count,
                                          unsigned key, int64_t begin_us,
                                          struct command_failure *failure);
// What a request gives, near=ip replaced by where the request comes from, or taken out when nobody knows.
enum { RESPONDER_NEAR_SIZE = 48 };
struct responder_arguments {
    struct argument items[ROUTE_PARAMETERS_MAX];
    size_t count;
    char near[RESPONDER_NEAR_SIZE];
};
MUST_USE enum status responder_place_near(const struct responder *responder,
                                          const struct session *session, const struct route *route,
                                          const struct http_request *request,
                                          struct responder_arguments *given,
                                          struct command_failure *failure);

// What is asked of a dialect.
struct responder_dialect {
    const struct dialect *dialect; // NULL: nothing
    struct bytes path;             // below the mount
    unsigned endpoint;
    bool is_mounted; // under its name, not at the root
};
// Finds what a path means at a door.
struct responder_dialect responder_find_dialect(const struct responder_door *door,
                                                struct bytes path);
// Lets the dialect answer.
MUST_USE enum status responder_answer_dialect(struct responder *responder,
                                              const struct responder_dialect *asked,
                                              const struct http_request *request,
                                              struct http_reply *reply,
                                              struct command_failure *failure);
// What is searched in this turn. False: there should be an atlas, and there is none.
MUST_USE bool responder_world(const struct server *server, struct search_world *world);
// Appends the text of /metrics to the responder's body.
void responder_write_metrics(struct responder *responder);
// The generation of this turn, if its file can still be believed; NULL.
const struct generation *responder_generation(const struct server *server);

#endif
