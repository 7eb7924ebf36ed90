#include "sys/local.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static enum status name_socket(const char *path, struct sockaddr_un *name, struct fault *fault)
{
    *name = (struct sockaddr_un){.sun_family = AF_UNIX};
    const size_t size = strlen(path);
    if (size == 0 || size >= sizeof(name->sun_path)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "%s: the path of a control socket has 1 to %zu bytes", path,
                         sizeof(name->sun_path) - 1);
    }
    memcpy(name->sun_path, path, size);
    return STATUS_OK;
}

static enum status open_socket(const char *path, int *descriptor, struct fault *fault)
{
    *descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return *descriptor >= 0 ? STATUS_OK : fault_set(fault, STATUS_IO, "%s: %m", path);
}

static bool set_timeout(int peer, int option, bool waits_long)
{
    const struct timeval limit = {.tv_sec = waits_long ? 0 : LOCAL_TIMEOUT_S};
    return setsockopt(peer, SOL_SOCKET, option, &limit, sizeof(limit)) == 0;
}

enum status local_connect(const char *path, int *peer, struct fault *fault)
{
    struct sockaddr_un name;
    int made = -1;
    TRY(name_socket(path, &name, fault));
    TRY(open_socket(path, &made, fault));
    if (connect(made, (const struct sockaddr *)&name, sizeof(name)) != 0) {
        const bool is_absent = errno == ENOENT || errno == ECONNREFUSED;
        const enum status status = fault_set(fault, is_absent ? STATUS_NOT_FOUND : STATUS_IO,
                                             "%s: no server listens there (%m)", path);
        (void)close(made);
        return status;
    }
    *peer = made;
    return STATUS_OK;
}

// Removes the socket of a server that has died; another kind of file stays.
static enum status make_way(const char *path, struct fault *fault)
{
    struct stat stat;
    if (lstat(path, &stat) != 0) {
        return STATUS_OK;
    }
    if (!S_ISSOCK(stat.st_mode)) {
        return fault_set(fault, STATUS_BUSY, "%s: there is a file that is no socket", path);
    }
    int peer = -1;
    if (local_connect(path, &peer, NULL) == STATUS_OK) {
        local_hang_up(peer);
        return fault_set(fault, STATUS_BUSY, "%s: another server listens there", path);
    }
    return unlink(path) == 0 ? STATUS_OK : fault_set(fault, STATUS_IO, "%s: %m", path);
}

enum status local_listen(const char *path, struct local_listener *listener, struct fault *fault)
{
    struct sockaddr_un name;
    struct local_listener made = {.path = path, .descriptor = -1};
    TRY(name_socket(path, &name, fault));
    TRY(make_way(path, fault));
    TRY(open_socket(path, &made.descriptor, fault));
    // Set on the socket before it has a name, so that at no time others may connect.
    const bool is_listening =
        fchmod(made.descriptor, S_IRUSR | S_IWUSR) == 0 &&
        bind(made.descriptor, (const struct sockaddr *)&name, sizeof(name)) == 0 &&
        chmod(path, S_IRUSR | S_IWUSR) == 0 && listen(made.descriptor, 16) == 0 &&
        pipe2(made.wake, O_CLOEXEC) == 0;
    if (!is_listening) {
        const enum status status = fault_set(fault, STATUS_IO, "%s: %m", path);
        (void)close(made.descriptor);
        return status;
    }
    *listener = made;
    return STATUS_OK;
}

void local_close(struct local_listener *listener)
{
    (void)unlink(listener->path);
    (void)close(listener->descriptor);
    (void)close(listener->wake[0]);
    (void)close(listener->wake[1]);
}

void local_stop(struct local_listener *listener)
{
    const ssize_t written = write(listener->wake[1], "", 1);
    (void)written; // a full pipe wakes as well
}

enum status local_accept(struct local_listener *listener, int *peer, struct fault *fault)
{
    struct pollfd events[2] = {{.fd = listener->descriptor, .events = POLLIN},
                               {.fd = listener->wake[0], .events = POLLIN}};
    for (;;) {
        if (poll(events, 2, -1) < 0 && errno != EINTR) {
            return fault_set(fault, STATUS_IO, "%s: %m", listener->path);
        }
        if (events[1].revents != 0) {
            return STATUS_CANCELLED;
        }
        if (events[0].revents != 0) {
            *peer = accept4(listener->descriptor, NULL, NULL, SOCK_CLOEXEC);
            if (*peer >= 0) {
                return STATUS_OK;
            }
        }
    }
}

// Takes what is left of a line that is too long: closing with bytes unread would reset the peer before
// it has read the answer.
static void drop_line(int peer, char *scratch, size_t capacity)
{
    enum { DROPPED_SIZE_MAX = 1 << 20 };
    for (size_t dropped_size = 0; dropped_size < DROPPED_SIZE_MAX;) {
        const ssize_t got = recv(peer, scratch, capacity, 0);
        if (got <= 0 || memchr(scratch, '\n', (size_t)got) != NULL) {
            return;
        }
        dropped_size += (size_t)got;
    }
}

enum status local_receive(int peer, bool waits_long, char *line, size_t capacity,
                          struct fault *fault)
{
    size_t size = 0;
    (void)set_timeout(peer, SO_RCVTIMEO, waits_long);
    while (size < capacity) {
        const ssize_t got = recv(peer, line + size, capacity - size, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return fault_set(fault, STATUS_IO, "the peer ended in the middle of a line");
        }
        char *const end = memchr(line + size, '\n', (size_t)got);
        if (end != NULL) {
            *end = '\0';
            return STATUS_OK;
        }
        size += (size_t)got;
    }
    drop_line(peer, line, capacity);
    return fault_set(fault, STATUS_OUT_OF_RANGE, "the line is longer than %zu bytes", capacity - 1);
}

enum status local_send(int peer, const char *line, struct fault *fault)
{
    (void)set_timeout(peer, SO_SNDTIMEO, false);
    const char *parts[2] = {line, "\n"};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        size_t size = strlen(parts[i]);
        for (const char *at = parts[i]; size > 0;) {
            const ssize_t sent = send(peer, at, size, MSG_NOSIGNAL);
            if (sent < 0 && errno != EINTR) {
                return fault_set(fault, STATUS_IO, "the peer does not listen: %m");
            }
            at += sent < 0 ? 0 : sent;
            size -= sent < 0 ? 0 : (size_t)sent;
        }
    }
    return STATUS_OK;
}

void local_hang_up(int peer)
{
    (void)close(peer);
}
