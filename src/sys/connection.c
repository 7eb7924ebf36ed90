#include "sys/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/attributes.h"

static void addresses_free(struct addrinfo **addresses)
{
    if (*addresses != NULL) {
        freeaddrinfo(*addresses);
    }
}

// Waits until the descriptor is ready for `events`.
static enum status wait_for(const struct connection *connection, short events, struct fault *fault)
{
    struct pollfd poll_descriptor = {.fd = connection->descriptor, .events = events};
    int ready = 0;
    do {
        ready = poll(&poll_descriptor, 1, (int)(connection->timeout_us / 1000));
    } while (ready < 0 && errno == EINTR);
    if (ready < 0) {
        return fault_set(fault, STATUS_IO, "waiting for the server: %m");
    }
    if (ready == 0) {
        return fault_set(fault, STATUS_IO, "the server did not answer within %lld ms",
                         (long long)(connection->timeout_us / 1000));
    }
    return STATUS_OK;
}

// Opens a socket and connects it without blocking longer than the timeout.
static enum status connect_to(int family, const struct sockaddr *address, socklen_t size,
                              struct connection *connection, struct fault *fault)
{
    const int descriptor = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        return fault_set(fault, STATUS_IO, "no socket: %m");
    }
    connection->descriptor = descriptor;
    connection->is_open = true;
    if (connect(descriptor, address, size) == 0) {
        return STATUS_OK;
    }
    if (errno != EINPROGRESS) {
        return fault_set(fault, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, "%m");
    }
    TRY(wait_for(connection, POLLOUT, fault));
    int reason = 0;
    socklen_t reason_size = sizeof(reason);
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &reason, &reason_size) == 0) {
        errno = reason;
    }
    return errno == 0 ? STATUS_OK : fault_set(fault, STATUS_IO, "%m");
}

enum status connection_open_judged(const char *host, const char *port, int64_t timeout_us,
                                   const struct connection_gate *gate, char *resolved,
                                   struct connection *connection, struct fault *fault)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    SCOPED(addresses_free) struct addrinfo *addresses = NULL;
    const int code = getaddrinfo(host, port, &hints, &addresses);
    if (code != 0) {
        return fault_set(fault, STATUS_NOT_FOUND, "%s: %s", host, gai_strerror(code));
    }
    enum status status = STATUS_IO;
    for (const struct addrinfo *each = addresses; each != NULL; each = each->ai_next) {
        status = gate == NULL ? STATUS_OK : gate->judge(gate->context, each->ai_addr, fault);
        if (status != STATUS_OK) {
            continue;
        }
        *connection = (struct connection){.timeout_us = timeout_us};
        status = connect_to(each->ai_family, each->ai_addr, each->ai_addrlen, connection, fault);
        if (status == STATUS_OK) {
            if (resolved != NULL) {
                (void)getnameinfo(each->ai_addr, each->ai_addrlen, resolved,
                                  CONNECTION_ADDRESS_SIZE, NULL, 0, NI_NUMERICHOST);
            }
            return STATUS_OK;
        }
        connection_close(connection);
    }
    return fault_prefix(fault, status, "%s:%s", host, port);
}

enum status connection_open(const char *host, const char *port, int64_t timeout_us,
                            struct connection *connection, struct fault *fault)
{
    return connection_open_judged(host, port, timeout_us, NULL, NULL, connection, fault);
}

enum status connection_open_local(const char *path, int64_t timeout_us,
                                  struct connection *connection, struct fault *fault)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path)) {
        return fault_set(fault, STATUS_IO, "%s: a socket's path has at most %zu bytes", path,
                         sizeof(address.sun_path) - 1);
    }
    memcpy(address.sun_path, path, strlen(path));
    *connection = (struct connection){.timeout_us = timeout_us};
    const enum status status =
        connect_to(AF_UNIX, (const struct sockaddr *)&address, sizeof(address), connection, fault);
    if (status != STATUS_OK) {
        connection_close(connection);
        return fault_prefix(fault, status, "%s", path);
    }
    return STATUS_OK;
}

enum status connection_send(struct connection *connection, struct bytes bytes, struct fault *fault)
{
    while (bytes.size > 0) {
        const ssize_t sent = send(connection->descriptor, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.data += sent;
            bytes.size -= (size_t)sent;
        } else if (errno == EAGAIN) {
            TRY(wait_for(connection, POLLOUT, fault));
        } else if (errno != EINTR) {
            return fault_set(fault, STATUS_IO, "sending to the server: %m");
        }
    }
    return STATUS_OK;
}

enum status connection_receive(struct connection *connection, void *data, size_t capacity,
                               size_t *got, struct fault *fault)
{
    for (;;) {
        const ssize_t received = recv(connection->descriptor, data, capacity, 0);
        if (received >= 0) {
            *got = (size_t)received;
            return STATUS_OK;
        }
        if (errno == EAGAIN) {
            TRY(wait_for(connection, POLLIN, fault));
        } else if (errno != EINTR) {
            return fault_set(fault, STATUS_IO, "receiving from the server: %m");
        }
    }
}

void connection_close(struct connection *connection)
{
    if (connection->is_open) {
        (void)close(connection->descriptor);
        connection->is_open = false;
    }
}
