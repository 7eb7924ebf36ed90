// Server: what the shards of one server share. Written before they start; afterwards only the
// generations and the flag change.
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include <stdatomic.h>

#include "base/metric.h"
#include "command/world.h"
#include "serve/guard.h"
#include "serve/routes.h"
#include "serve/serve.h"
#include "serve/session.h"
#include "serve/workers.h"
#include "shard/generation.h"

#define SERVER_DIALECTS_MAX 16 // listeners

struct server {
    const struct serve_settings *settings;
    const struct sys *sys;
    struct memory_account *account;
    struct session_limits limits;
    struct guard guard;
    struct generations generations;
    struct buffer openapi;
    struct routes routes;
    struct address *redis;                                 // of the Redis dialect; NULL: none
    const struct dialect *dialects[SERVER_DIALECTS_MAX];   // that have a listener
    struct address dialect_addresses[SERVER_DIALECTS_MAX]; // of each; the ports once listening
    unsigned dialect_count;
    struct world world;
    struct workers workers;                  // for late reads; none without live data
    const struct metric_value **metric_sets; // one a shard
    size_t metric_set_count;
    int64_t started_us; // monotonic
    atomic_bool is_draining;
};

#endif
