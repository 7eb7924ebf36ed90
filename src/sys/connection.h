// Connection: a client's end of a byte stream, with a deadline on every wait.
//
// For the command line, which asks servers; shards have their own loops. A zeroed connection is closed,
// so SCOPED(connection_close) is always right. Calls block, at most `timeout_us` each; one thread.
#ifndef SYS_CONNECTION_H
#define SYS_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "base/status.h"

struct connection {
    int descriptor;
    bool is_open;
    int64_t timeout_us;
};

// Connects to the first address of `host` (name or number) that answers; `port` is decimal.
// Fails: NOT_FOUND no such host; IO nobody answers, or the wait is over.
MUST_USE enum status connection_open(const char *host, const char *port, int64_t timeout_us,
                                     struct connection *connection, struct fault *fault);
// The same, to those addresses only that `judge` accepts, asked after the name is resolved; its fault
// is what the caller gets when it refused the last of them. `resolved`, when not NULL, is given the host's
// address as a number (CONNECTION_ADDRESS_SIZE bytes).
#define CONNECTION_ADDRESS_SIZE 64
typedef enum status connection_judge(const void *context, const struct sockaddr *address,
                                     struct fault *fault);
struct connection_gate {
    connection_judge *judge;
    const void *context;
};
MUST_USE enum status connection_open_judged(const char *host, const char *port, int64_t timeout_us,
                                            const struct connection_gate *gate, char *resolved,
                                            struct connection *connection, struct fault *fault);
// Connects to a socket in the file system. Fails: NOT_FOUND no such file; IO nobody listens there.
MUST_USE enum status connection_open_local(const char *path, int64_t timeout_us,
                                           struct connection *connection, struct fault *fault);
MUST_USE enum status connection_send(struct connection *connection, struct bytes bytes,
                                     struct fault *fault);
// At least one byte, or *got = 0 when the other side has ended.
MUST_USE enum status connection_receive(struct connection *connection, void *data, size_t capacity,
                                        size_t *got, struct fault *fault);
void connection_close(struct connection *connection);

#endif
