// Routes: everything that may be asked over HTTP: tables of other modules, joined.
//
// A module's table (command/route.h) is one line in routes.c; its place in the joined list is its
// number in the metrics.
#ifndef SERVE_ROUTES_H
#define SERVE_ROUTES_H

#include "base/metric.h"
#include "command/route.h"

// route->service: what the responder answers itself.
enum route_service {
    SERVICE_NONE,
    SERVICE_HEALTH,
    SERVICE_READY,
    SERVICE_METRICS,
    SERVICE_OPENAPI,
    SERVICE_INDEX,
    SERVICE_DIALECT, // of a dialect (dialect/dialect.h): the rows behind `count`
};

// NULL-terminated.
const struct route_table *const *routes_tables(void);

#define ROUTES_MAX         160
#define ROUTES_DIALECT_MAX 32

// A path of a dialect.
struct routes_dialect {
    struct route route;
    char name[32]; // "nominatim/search"
};

// All rows in order, and what is counted of each. The index `count` stands for no route at all; behind
// it come the endpoints of the dialects, each dialect's followed by one for its other paths.
struct routes {
    const struct route *rows[ROUTES_MAX];
    size_t fixed_sizes[ROUTES_MAX]; // of each path, before the first brace
    bool has_parts[ROUTES_MAX];
    size_t count;
    struct routes_dialect dialects[ROUTES_DIALECT_MAX];
    size_t dialect_count;
    struct metric *metrics; // owned; ROUTES_METRIC_COUNT
    char *labels;           // owned
};

MUST_USE enum status routes_open(struct memory_account *account, struct routes *routes,
                                 struct fault *fault);
void routes_close(struct routes *routes);

// Finds method and path. NULL: none; `methods` then has a bit for each method that the path has.
const struct route *routes_find(const struct routes *routes, enum http_method method,
                                struct bytes path, bool is_for_metrics, size_t *index,
                                struct bytes parts[ROUTE_PARTS_MAX], unsigned *methods);

struct dialect;

// The row of a dialect's endpoint; never NULL.
const struct route *routes_find_dialect(const struct routes *routes, const struct dialect *dialect,
                                        unsigned endpoint, size_t *index);

// How many indexes there are.
static inline size_t routes_counted(const struct routes *routes)
{
    return routes->count + 1 + routes->dialect_count;
}

// Rows of routes->metrics: the first two kinds are per route.
static inline size_t routes_requests(const struct routes *routes, size_t index, unsigned status)
{
    (void)routes;
    return index * 3 + (status < 400 ? 0 : status < 500 ? 1 : 2);
}

static inline size_t routes_durations(const struct routes *routes, size_t index)
{
    return routes_counted(routes) * 3 + index;
}

enum routes_metric { ROUTES_CONNECTIONS, ROUTES_CONNECTIONS_TOTAL, ROUTES_SENT_SIZE };
#define ROUTES_METRICS_MORE 3

static inline size_t routes_metric(const struct routes *routes, enum routes_metric metric)
{
    return routes_counted(routes) * 4 + metric;
}

static inline size_t routes_metric_count(const struct routes *routes)
{
    return routes_counted(routes) * 4 + ROUTES_METRICS_MORE;
}

#endif
