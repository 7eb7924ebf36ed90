// Server: what the shards of one server share. Written before they start; afterwards only the
// generations and the flag change.
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include <stdatomic.h>

#include "base/metric.h"
#include "serve/guard.h"
#include "serve/serve.h"
#include "serve/session.h"
#include "shard/generation.h"

// Routes as the metrics count them.
enum route_id {
    ROUTE_SEARCH,
    ROUTE_AUTOCOMPLETE,
    ROUTE_REVERSE,
    ROUTE_PLACES,
    ROUTE_HEALTH,
    ROUTE_READY,
    ROUTE_METRICS,
    ROUTE_OPENAPI,
    ROUTE_NONE, // no such route, or no request at all
};
#define ROUTE_COUNT 9

// Rows of server_metrics; the first two kinds are per route.
#define SERVER_REQUESTS(route, status) ((unsigned)(route)*3 + server_status_class(status))
#define SERVER_DURATIONS(route)        (ROUTE_COUNT * 3 + (unsigned)(route))
enum server_metric {
    SERVER_CONNECTIONS = ROUTE_COUNT * 4,
    SERVER_CONNECTIONS_TOTAL,
    SERVER_SENT_SIZE,
    SERVER_METRIC_COUNT,
};
extern const struct metric server_metrics[SERVER_METRIC_COUNT];

// 0 for 2xx, 1 for 4xx, 2 for 5xx.
static inline unsigned server_status_class(unsigned status)
{
    return status < 400 ? 0 : status < 500 ? 1 : 2;
}

struct server {
    const struct serve_settings *settings;
    const struct sys *sys;
    struct memory_account *account;
    struct session_limits limits;
    struct guard guard;
    struct generations generations;
    struct buffer openapi;
    const struct metric_value **metric_sets; // one a shard
    size_t metric_set_count;
    int64_t started_us; // monotonic
    atomic_bool is_draining;
};

#endif
