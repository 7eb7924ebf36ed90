// Front: one shard's connections: sockets on one side, sessions and the responder on the other.
//
// A turn reads a socket once, answers everything in it into one buffer, and writes that once; a
// connection that is idle holds no buffer.
#ifndef SERVE_FRONT_H
#define SERVE_FRONT_H

#include "serve/redis.h"
#include "serve/resp.h"
#include "serve/responder.h"
#include "shard/shard.h"
#include "sys/stream.h"

struct front_peer;

// A dialect's own listener.
struct front_dialect {
    struct front *front;
    struct responder_door door;
    struct session_answerer answerer;
    struct listener *listener;
};

struct front {
    struct server *server;
    struct shard shard;
    struct responder responder;
    struct session_answerer api_answerer, metrics_answerer;
    struct listener *api_listener, *metrics_listener;
    struct front_dialect dialects[SERVER_DIALECTS_MAX]; // server->dialect_count
    struct redis_door redis;                            // when server->redis names an address
    struct resp_front *resp;  // clients of RESP; NULL: none. Opened before front_start
    struct front_peer *peers; // a list
    size_t peer_count;
    size_t turns_wanted;       // by streams
    struct buffer out;         // answers of one turn
    int64_t drain_deadline_us; // 0: not draining
};

// Makes the loop and listens; `front` must not move. `api` gets its port when that was 0; `metrics`
// is NULL when this shard has no listener for them.
MUST_USE enum status front_open(struct front *front, struct server *server, unsigned index,
                                struct address *api, struct address *metrics, struct fault *fault);
MUST_USE enum status front_start(struct front *front, struct fault *fault);

// From another thread: server->is_draining has been set.
void front_drain(struct front *front);
// Waits for its end; answers that come later are kept until front_close. A zeroed front is accepted.
void front_join(struct front *front);
// After everybody who may send to the shard's mailbox has ended.
void front_close(struct front *front);

#endif
