// Live server: what keeps live data in a server: the ledger and the modules on it, opened in order,
// started, drained and closed in the reverse order.
//
//     ledger -> live -> overlay -> deliver -> tracks -> fences …     each registers its stage before ledger_open
//
// Every module has an account of its own, so that a full one refuses its own writes and no others.
#ifndef SERVE_LIVE_SERVER_H
#define SERVE_LIVE_SERVER_H

#include "command/world.h"
#include "ledger/ledger.h"
#include "serve/serve.h"

struct live_server {
    // Accounts; their limits are settings (--memory-objects …).
    struct memory_account objects, fences, queues, scripts;
    struct ledger *ledger;
    struct live *live;
    struct overlay *overlay; // of the search
    struct tracks *tracks;   // stops, visits, trips
    struct deliver *deliver;
    struct fences *rules;
};

// Opens what --data names (created when it is not there) and loads it; fills the world. With no --data
// nothing is opened, and the world has no live data. `server` must not move.
// Fails: BUSY when another server has the folder; CORRUPT, UNSUPPORTED, IO; NO_MEMORY.
MUST_USE enum status live_server_open(struct live_server *server,
                                      const struct serve_settings *settings, struct world *world,
                                      struct fault *fault);
// Starts the writer and what works in the background.
MUST_USE enum status live_server_start(struct live_server *server, struct fault *fault);
// After the shards have ended, before their mailboxes go: runs what waits, answers it, closes.
void live_server_close(struct live_server *server);

#endif
