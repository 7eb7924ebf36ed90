// RESP server: Tile38's dialect over connections, on the loops of the shards.
//
//     resp_hub      shared: who is connected, who subscribed to what, settings of CONFIG
//     resp_front    one a shard: its listener and its connections
//     resp_peer     one connection: bytes -> commands -> replies, strictly in order
//
// Reads are answered at once from the published view. Writes that arrive together become one job of the
// ledger and are answered together; what is behind them on the same connection waits for them. A
// connection may stop being one of commands: SUBSCRIBE, MONITOR, and NEARBY … FENCE.
#ifndef SERVE_RESP_H
#define SERVE_RESP_H

#include <pthread.h>
#include <stdatomic.h>

#include "command/tile38.h"
#include "serve/guard.h"
#include "serve/workers.h"
#include "shard/shard.h"
#include "sys/stream.h"

struct resp_front;
struct resp_peer;

// A subscription: of one peer to one channel, or to a pattern of channels.
struct resp_subscription {
    struct resp_subscription *next;
    struct resp_front *front;
    uint64_t peer_id;
    bool is_pattern;
    uint32_t name_size;
    uint8_t name[];
};

// What connections of all shards share. The lock is held for moments only.
struct resp_hub {
    struct tile38 tile38;
    const struct guard *guard; // whose keys are passwords too
    struct workers *workers;   // for scripts
    pthread_mutex_t lock;
    struct resp_peer *peers;                 // under the lock: everybody connected
    struct resp_subscription *subscriptions; // under the lock
    _Atomic unsigned monitors;
    _Atomic uint64_t last_id;
    // CONFIG, under the lock.
    char requirepass[256], leaderauth[256], protected_mode[8], logconfig[256];
    uint64_t autogc, keepalive, replica_priority;
    _Atomic bool needs_password;
    struct resp_limits limits;
};

// The world must be filled. `hub` must not move.
void resp_hub_begin(struct resp_hub *hub, struct world *world, const struct guard *guard,
                    struct workers *workers, const struct memory_account *objects,
                    size_t bulk_size);
void resp_hub_end(struct resp_hub *hub);

// Sends a message to everybody who subscribed to the channel; how many those are. Any thread.
size_t resp_hub_publish(struct resp_hub *hub, struct bytes channel, struct bytes message);

// One shard's share. NULL: no memory.
MUST_USE enum status resp_front_open(struct resp_hub *hub, struct shard *shard,
                                     struct address *address, unsigned capacity,
                                     struct resp_front **front, struct fault *fault);
size_t resp_front_count(const struct resp_front *front); // connections
// No new ones; each ends with what it has under way.
void resp_front_drain(struct resp_front *front);
// After the shard has ended. NULL is accepted.
void resp_front_close(struct resp_front *front);
// After what was in the shard's mailbox was delivered. NULL is accepted.
void resp_front_free(struct resp_front *front);

#endif
