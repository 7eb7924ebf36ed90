// Responder: one shard's answers: request in, reply out, by route.
//
// Every request passes the same gates: the Host must be ours, the method GET, the key known. Then a
// command answers it over the generation of this turn, or the server answers about itself. One
// thread.
#ifndef SERVE_RESPONDER_H
#define SERVE_RESPONDER_H

#include "base/date.h"
#include "command/command.h"
#include "serve/server.h"

struct responder;

// One way to a responder: the API or the listener for metrics.
struct responder_door {
    struct responder *responder;
    bool is_for_metrics;
};

struct responder {
    const struct server *server;
    struct commander *commander;  // owned
    struct metric_value *metrics; // owned; SERVER_METRIC_COUNT
    uint8_t *text;                // owned; query parameters unescaped, of one request
    struct buffer body;
    char date[DATE_HTTP_SIZE + 1];
    struct responder_door api, metrics_only;
};

// `responder` must not move.
MUST_USE enum status responder_open(struct responder *responder, const struct server *server,
                                    struct fault *fault);
void responder_close(struct responder *responder);

// Sets the date of replies; to be called every second or more often.
void responder_tick(struct responder *responder);

// What a session calls, with a door as its context.
void responder_answer(void *context, const struct http_request *request, struct http_reply *reply);
void responder_refuse(void *context, unsigned status, const char *sentence,
                      struct http_reply *reply);

#endif
