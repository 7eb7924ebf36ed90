// Redis: the commands of Redis GEO and of what its clients need, over live data.
//
// A sorted set is a collection; its members are objects at the place of their score, which is a
// geohash of 52 bits, as in Redis: scores, coordinates and distances print as Redis 7.0 prints them.
// Members whose score is no such number have no place. Strings are objects of one collection. All of
// this has names of its own (they begin with a zero byte), so that the dialects do not meet.
//
// What only reads runs on the connection's shard, on the published view. From the first command that
// writes, all that a connection has sent runs as one job of the ledger, in order.
#ifndef COMMAND_REDIS_H
#define COMMAND_REDIS_H

#include "codec/resp.h"
#include "command/world.h"
#include "ledger/ledger.h"

struct redis_settings {
    const char *version; // what HELLO and INFO say
    uint16_t port;
    // Is it a password? NULL: none is asked for.
    bool (*admits)(void *context, struct bytes password);
    void *context;
};

// What a connection has said of itself.
struct redis_client {
    uint64_t id;
    enum resp_version version;
    bool is_admitted; // a password was given, or none is asked for
    bool is_over;     // QUIT: close when the answer is sent
    char name[64];
};
void redis_client_begin(struct redis_client *client, const struct redis_settings *settings,
                        uint64_t id);

// One command on its way.
struct redis_call {
    const struct world *world;
    const struct redis_settings *settings;
    struct redis_client *client;
    struct ledger_turn *turn; // NULL: only reading
    int64_t now_us;           // wall clock
    const struct bytes *arguments;
    size_t argument_count; // at least 1
    struct buffer *out;    // the reply is appended
};

// Does the command write, so that it needs a turn?
bool redis_writes(const struct bytes *arguments, size_t argument_count);
// Of a command that writes, inside a job; of others on a shard or inside a job. Always appends one
// reply.
void redis_run(const struct redis_call *call);

#endif
