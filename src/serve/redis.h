// Redis listener: one shard's connections that speak the Redis dialect (command/redis.h).
//
// What a connection sends is answered in order. Commands that read are run at once; from the first
// one that writes, all that has come runs as one job of the ledger, and nothing more is read
// meanwhile: a pipeline of writes costs one job. Requests of HTTP end the connection, as a page on
// the web must not speak to it.
#ifndef SERVE_REDIS_H
#define SERVE_REDIS_H

#include "command/redis.h"
#include "shard/shard.h"
#include "sys/stream.h"

struct server;
struct redis_peer;

struct redis_door {
    const struct server *server;
    struct shard *shard;
    struct redis_settings settings;
    struct resp_limits limits;
    struct listener *listener;
    struct redis_peer *peers; // a list
    size_t peer_count;
    uint64_t next_id;
    struct buffer out; // answers of one turn
    bool is_draining;
};

// Listens on the shard's loop; `door` must not move. `address` gets its port when that was 0.
MUST_USE enum status redis_door_open(struct redis_door *door, const struct server *server,
                                     struct shard *shard, struct address *address,
                                     struct fault *fault);
// On the shard: nobody new, and what is under way is answered.
void redis_door_drain(struct redis_door *door);
// After the shard's thread has ended; jobs that come back later are let go. A zeroed door is accepted.
void redis_door_close(struct redis_door *door);

#endif
