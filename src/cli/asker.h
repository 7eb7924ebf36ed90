// Asker: where the questions of the shell go, an atlas in this process or a server.
//
// A zeroed asker is closed. One thread.
#ifndef CLI_ASKER_H
#define CLI_ASKER_H

#include "cli/client.h"
#include "command/command.h"

struct asker {
    struct memory_account *account;
    struct atlas *atlas;         // owned; NULL: a server is asked
    struct commander *commander; // owned
    struct client client;
    const struct sys *sys;
    struct buffer target; // of the request being made
    struct buffer key;    // the file's first line, for a server
};

// Opens an atlas (checking it first, if it was never checked here). Fails: as atlas_open.
MUST_USE enum status asker_open_atlas(struct asker *asker, const struct sys *sys, const char *path,
                                      struct fault *fault);
// Locates a server; it is connected when first asked. `key_path` may be NULL.
MUST_USE enum status asker_open_server(struct asker *asker, const struct sys *sys, const char *url,
                                       const char *key_path, struct fault *fault);

// Appends the answer to `out`: GeoJSON on OK, else {"error":…} with its sentence also in `fault`.
// Fails: OUT_OF_RANGE a parameter is wrong; NOT_FOUND; IO the server could not be asked (nothing is
// appended then).
MUST_USE enum status asker_ask(struct asker *asker, const struct command *command,
                               const struct argument *arguments, size_t count, struct buffer *out,
                               struct fault *fault);

// Posts lines to a target of the server ("/v1/batch?op=search") and appends what they are answered with.
// Fails: OUT_OF_RANGE the server refuses the parameters; BUSY it refuses otherwise; IO.
MUST_USE enum status asker_batch(struct asker *asker, const char *target, struct bytes lines,
                                 struct buffer *out, struct fault *fault);

void asker_close(struct asker *asker);

#endif
