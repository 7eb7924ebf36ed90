// Local: lines between processes of one machine and one user, over a socket in the file system.
//
// The socket has mode 0600. Everything blocks, with a limit of LOCAL_TIMEOUT_S where a peer is waited
// for: this is for a thread of its own and for small programs, not for loops.
#ifndef SYS_LOCAL_H
#define SYS_LOCAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#define LOCAL_TIMEOUT_S 5

struct local_listener {
    const char *path; // borrowed; removed at the end
    int descriptor;
    int wake[2]; // a pipe
};

// Takes the place of a socket that nobody listens on any more.
// Fails: BUSY when somebody does; OUT_OF_RANGE when the path is too long; IO.
MUST_USE enum status local_listen(const char *path, struct local_listener *listener,
                                  struct fault *fault);
void local_close(struct local_listener *listener);

// Waits for a peer. Fails: CANCELLED after local_stop; IO.
MUST_USE enum status local_accept(struct local_listener *listener, int *peer, struct fault *fault);
// From any thread: local_accept ends, now and from now on.
void local_stop(struct local_listener *listener);

// Fails: NOT_FOUND when nobody listens there; OUT_OF_RANGE; IO.
MUST_USE enum status local_connect(const char *path, int *peer, struct fault *fault);

// A line without its line feed, which must not be inside. `waits_long` waits for as long as the
// peer lives. Fails: OUT_OF_RANGE when it is longer than capacity - 1; IO.
MUST_USE enum status local_receive(int peer, bool waits_long, char *line, size_t capacity,
                                   struct fault *fault);
MUST_USE enum status local_send(int peer, const char *line, struct fault *fault);
void local_hang_up(int peer);

#endif
