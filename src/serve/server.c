#include "serve/server.h"

// The three classes of status of one route.
#define REQUESTS(route)                                                                 \
    {.name = "rhumb_requests_total",                                                    \
     .labels = "route=\"" route "\",status=\"2xx\"",                                    \
     .kind = METRIC_COUNTER,                                                            \
     .help = "requests answered, by route and class of status"},                        \
        {.name = "rhumb_requests_total",                                                \
         .labels = "route=\"" route "\",status=\"4xx\"",                                \
         .kind = METRIC_COUNTER},                                                       \
    {                                                                                   \
        .name = "rhumb_requests_total", .labels = "route=\"" route "\",status=\"5xx\"", \
        .kind = METRIC_COUNTER                                                          \
    }

#define DURATION(route)                                                            \
    {                                                                              \
        .name = "rhumb_request_duration_seconds", .labels = "route=\"" route "\"", \
        .kind = METRIC_TIMING, .help = "from the decoded request to its answer"    \
    }

const struct metric server_metrics[SERVER_METRIC_COUNT] = {
    // In the order of enum route_id.
    REQUESTS("search"),
    REQUESTS("autocomplete"),
    REQUESTS("reverse"),
    REQUESTS("places"),
    REQUESTS("health"),
    REQUESTS("ready"),
    REQUESTS("metrics"),
    REQUESTS("openapi"),
    REQUESTS("none"),
    DURATION("search"),
    DURATION("autocomplete"),
    DURATION("reverse"),
    DURATION("places"),
    DURATION("health"),
    DURATION("ready"),
    DURATION("metrics"),
    DURATION("openapi"),
    DURATION("none"),
    [SERVER_CONNECTIONS] = {.name = "rhumb_connections",
                            .kind = METRIC_GAUGE,
                            .help = "connections open"},
    [SERVER_CONNECTIONS_TOTAL] = {.name = "rhumb_connections_total",
                                  .kind = METRIC_COUNTER,
                                  .help = "connections accepted"},
    [SERVER_SENT_SIZE] = {.name = "rhumb_sent_bytes_total",
                          .kind = METRIC_COUNTER,
                          .help = "bytes of answers"},
};
