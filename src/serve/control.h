// Control: a running server's generations, changed over its control socket.
//
// One line each way (sys/local.h), its fields separated by tabs:
//
//     publish PATH        ok OLD OLDNAME NEW NEWNAME
//     rollback            ok OLD OLDNAME NEW NEWNAME
//     trace PREFIX on     ok COUNT
//     backup FOLDER       ok LSN
//     anything wrong      fault STATUS SENTENCE
//
// The server checks the file on the control thread while the old generation goes on answering, then
// swaps; a bad file changes nothing.
#ifndef SERVE_CONTROL_H
#define SERVE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "ledger/ledger.h"
#include "shard/generation.h"
#include "sys/local.h"
#include "sys/sys.h"
#include "sys/thread.h"

struct control_change {
    uint64_t old_number, new_number;
    char old_name[256], new_name[256];
};

// The client's side. `path` is the file as the client sees it. Block for as long as the check takes.
// Fails: NOT_FOUND when no server listens or there is no file; what the server says.
MUST_USE enum status control_publish(const char *socket, const char *path,
                                     struct control_change *change, struct fault *fault);
MUST_USE enum status control_rollback(const char *socket, struct control_change *change,
                                      struct fault *fault);
// Switches trace sites by prefix; `count` is how many those are.
MUST_USE enum status control_trace(const char *socket, const char *prefix, bool is_on,
                                   unsigned *count, struct fault *fault);
// Takes a backup of the live data into a new folder; `last` is the last record in it.
MUST_USE enum status control_backup(const char *socket, const char *folder, uint64_t *last,
                                    struct fault *fault);

// The server's side.
struct control {
    struct local_listener listener;
    struct thread thread;
    struct generations *generations;
    const struct sys *sys;
    struct memory_account *account;
    struct ledger *ledger; // NULL: the server keeps no live data
    bool locks_atlas;      // --lock
    // Says what happened; may be called on the control thread.
    void (*changed)(void *context, const char *event, const struct control_change *change);
    void *context;
};

// Starts answering on `socket`. The fields after `thread` are the caller's; `control` must not move.
MUST_USE enum status control_start(struct control *control, const char *socket,
                                   struct fault *fault);
void control_stop(struct control *control);

#endif
