// Events over HTTP: read from any point, followed as Server-Sent Events or over a WebSocket.
#ifndef COMMAND_EVENT_ROUTES_H
#define COMMAND_EVENT_ROUTES_H

#include "command/route.h"
#include "deliver/follow.h"

extern const struct route_table event_routes;

// The rest is between this layer's event files.
enum {
    EVENTS_AFTER,
    EVENTS_LIMIT,
    EVENTS_FENCE,
    EVENTS_OBJECT,
    EVENTS_COLLECTION,
    EVENTS_KIND,
    EVENTS_FOLLOW,
};
// The filter of a call; false after call_fail.
bool event_filter_read(struct call *call, struct stream_filter *filter);
// Follows from `after` on: the call becomes a stream.
void event_stream_run(struct call *call, uint64_t after, const struct stream_filter *filter,
                      bool is_websocket);

#endif
