// Import: objects on their way into a collection of a server, in batches.
//
// Every source makes Features of what it reads and hands them over; ids are the objects' own, so an
// import that was interrupted is simply begun again.
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "cli/client.h"
#include "cli/command.h"
#include "cli/progress.h"

struct import {
    const struct cli_call *call;
    struct client client;
    struct buffer target; // of the requests
    struct buffer batch, answer;
    unsigned batch_count;
    uint64_t stored, refused, ordinal;
    const char *id_property; // that names an object without an id; NULL: "id", "@id"
    struct progress progress;
};

// Hands over one Feature, JSON text. Fails: what the server says; CORRUPT when it is no JSON.
MUST_USE enum status import_add(struct import *import, struct bytes feature, struct fault *fault);
// Sends what is left.
MUST_USE enum status import_flush(struct import *import, struct fault *fault);

// Sources. `path` "-" is the standard input.
MUST_USE enum status import_file(struct import *import, const char *path, struct fault *fault);
// Commands of an append-only file of Tile38, given to the server's Tile38 listener at `address`.
MUST_USE enum status import_tile38(struct import *import, const char *path, const char *address,
                                   struct fault *fault);
// The members of a GEO key of the Redis at `address`.
MUST_USE enum status import_redis(struct import *import, const char *address, const char *key,
                                  struct fault *fault);

#endif
