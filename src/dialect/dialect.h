// Dialect: another geocoder's HTTP interface, answered from the same searches.
//
// A dialect is a function from a request to a reply. The server mounts it under its name
// (/nominatim/search) and, when asked to, gives it the root of a listener of its own
// (--listen-dialect nominatim=127.0.0.1:8088); the dialect sees the path without the mount. It reads
// parameters as its model does: unknown ones are passed over, errors have its model's shape. It holds
// no state: everything it needs for an answer is the commander of the thread that asks.
#ifndef DIALECT_DIALECT_H
#define DIALECT_DIALECT_H

#include "codec/http.h"
#include "command/command.h"

struct dialect_request {
    enum http_method method;      // GET (a HEAD too) or POST
    struct bytes path;            // below the mount: "/search"
    struct bytes query;           // still escaped; of a POST form its body
    struct bytes accept_language; // size 0: none
    struct bytes base;            // scheme, authority and mount, "http://127.0.0.1:7070/nominatim"
    int64_t now_us;               // wall clock
};

struct dialect_reply {
    struct buffer *out;       // the body is appended
    unsigned status;          // as HTTP counts them
    const char *content_type; // with its charset
};

struct dialect {
    const char *name; // "nominatim": also the mount
    // Always makes an answer; the fault of a full memory is the reply's 500.
    void (*answer)(struct commander *commander, const struct search_world *world,
                   const struct dialect_request *request, struct dialect_reply *reply);
};

// NULL-terminated.
const struct dialect *const *dialect_list(void);
// By name; NULL when there is none.
const struct dialect *dialect_find(struct bytes name);

#endif
