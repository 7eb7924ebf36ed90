// Dialect: another geocoder's HTTP interface, answered from the same searches.
//
// A dialect is a function from a request to a reply. The server mounts it under its name
// (/nominatim/search) and, when asked to, gives it the root of a listener of its own
// (--listen-dialect nominatim=127.0.0.1:8088); the dialect sees the path without the mount. It reads
// parameters as its model does: unknown ones are passed over, errors have its model's shape. It holds
// no state: everything it needs for an answer is the commander of the thread that asks
// (command/ask.h).
#ifndef DIALECT_DIALECT_H
#define DIALECT_DIALECT_H

#include "codec/http.h"
#include "command/command.h"

struct dialect_request {
    unsigned endpoint;            // index in the dialect's endpoints; their count: none of them
    struct bytes path;            // below the mount, as sent: "/search"
    struct bytes query;           // still escaped
    struct bytes accept_language; // size 0: none
    struct bytes base;            // scheme, authority and mount, "http://127.0.0.1:7070/nominatim"
    int64_t now_us;               // wall clock
    bool is_ready;                // false: an atlas should be served, and none is
};

struct dialect_reply {
    struct buffer *out;       // the body is appended
    unsigned status;          // as HTTP counts them; 200 unless said otherwise
    const char *content_type; // with its charset; application/json unless said otherwise
};

struct dialect {
    const char *name; // "nominatim": also the mount
    // Paths below the mount, NULL-terminated: "/search". Each is counted in the metrics. A slash at
    // their end, and `suffix` (".php"; NULL: none), do not matter. All are asked with GET and HEAD.
    const char *const *endpoints;
    const char *suffix;
    // Always makes an answer, also where the path is none of the endpoints; the fault of a full memory
    // is the reply's 500.
    void (*answer)(struct commander *commander, const struct search_world *world,
                   const struct dialect_request *request, struct dialect_reply *reply);
};

// NULL-terminated.
const struct dialect *const *dialect_list(void);
// By name; NULL when there is none.
const struct dialect *dialect_find(struct bytes name);

// The dialect that a path of the main listener is below; `rest` is the path without the mount. NULL:
// none.
const struct dialect *dialect_mounted(struct bytes path, struct bytes *rest);
// The index of the endpoint that a path below the mount means; their count when it is none.
unsigned dialect_endpoint(const struct dialect *dialect, struct bytes path);
unsigned dialect_endpoint_count(const struct dialect *dialect);

#endif
