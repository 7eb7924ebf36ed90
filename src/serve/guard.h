// Guard: who may ask, and under which name the server may be asked.
//
// A line of the key file is KEY, or KEY COUNT/s: so many objects may be written with it in a second.
//
// A key is shown as "Authorization: Bearer KEY", "X-Api-Key: KEY", ?key=KEY or ?api_key=KEY and compared with every
// known one in the same time, whatever it is. The Host must be a name of this server: a page on the
// web that points its own name at 127.0.0.1 would otherwise read what is served here (DNS rebinding).
// Immutable once open, but for what keys have used; any thread.
#ifndef SERVE_GUARD_H
#define SERVE_GUARD_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "sys/address.h"
#include "sys/sys.h"

#define GUARD_KEY_SIZE_MIN 16
#define GUARD_KEY_SIZE_MAX 128

struct guard_key;

struct guard {
    struct guard_key *keys; // owned; NULL: everybody may ask
    size_t key_count;
    const char *host_names; // comma-separated, borrowed; NULL: none
    struct address bound;
    const struct address *more_bound; // of listeners beside it, borrowed
    size_t more_bound_count;
};

// Reads the keys, one a line, from a file that others may not write; NULL: none.
// Fails: NOT_FOUND, IO; OUT_OF_RANGE naming file and line.
MUST_USE enum status guard_open(const struct sys *sys, struct memory_account *account,
                                const char *key_file, const char *host_names, struct guard *guard,
                                struct fault *fault);
void guard_close(struct guard *guard);

// True when no key is needed or `key` is one.
bool guard_admits(const struct guard *guard, struct bytes key);
// Which one, from 1, in the order of the file; 0: none.
unsigned guard_key_number(const struct guard *guard, struct bytes key);
// Takes `count` writes from the key's second. A batch may overdraw it, and what follows then waits. False: it
// is overdrawn already. Number 0 and keys without a quota may do what they like.
bool guard_charge(struct guard *guard, unsigned number, uint64_t count, int64_t now_us);
// True when the page that asks ("https://example.org") came from the host that is asked, or from this
// machine, or when it is no page (size 0).
bool guard_knows_origin(struct bytes origin, struct bytes host);

// True for loopback names, the bound addresses (any address when bound to all) and the host names;
// the port does not matter.
bool guard_knows_host(const struct guard *guard, struct bytes host);

// The KEY of "Bearer KEY"; size 0 when it is none.
struct bytes guard_bearer(struct bytes authorization);

#endif
