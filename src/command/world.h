// World: what requests work on, whoever carries them: HTTP, RESP, a test.
//
// Filled by the server (serve/live_server.h) before the first request and not changed afterwards. A
// module that is not there is NULL: without --data all of live data is. Any thread.
#ifndef COMMAND_WORLD_H
#define COMMAND_WORLD_H

#include <stdbool.h>

#include "base/memory.h"
#include "sys/ip.h"
#include "sys/sys.h"

struct ledger;
struct ledger_job;
struct live;
struct overlay;
struct fences;
struct deliver;
struct tracks;
struct tile38;
struct ip_book;

struct world {
    const struct sys *sys;
    struct memory_account *account; // of requests and answers
    struct ledger *ledger;
    void (*submit)(struct ledger *ledger, struct ledger_job *job); // ledger_submit
    struct live *live;
    bool is_volatile;        // --data :memory:: there is no disk to read from late
    struct overlay *overlay; // live objects in the search
    struct fences *fences;
    struct deliver *deliver;
    struct tracks *tracks;
    const struct ip_book *ip_book;    // --mmdb; NULL: none
    const struct ip_network *proxies; // --trust-proxy: whose X-Forwarded-For is believed
    unsigned proxy_count;
    struct tile38 *tile38; // what Tile38's commands share (command/tile38.h); NULL: no RESP
};

#endif
