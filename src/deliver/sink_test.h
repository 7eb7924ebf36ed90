// What tests of delivery share: a receiver of HTTP on 127.0.0.1 that answers as it is told and remembers
// what came. One thread; a few connections, kept alive.
#ifndef DELIVER_SINK_TEST_H
#define DELIVER_SINK_TEST_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/test.h"

enum { SINK_PEERS = 64, SINK_INPUT = 1 << 20, SINK_BODIES = 4096 };

struct sink_request {
    char *head;
    char *body;
};

struct sink {
    pthread_t thread;
    pthread_mutex_t lock;
    int listener, wake[2];
    unsigned port;
    // Called under the lock; writes the status line's rest and fields, "200 OK\r\n".
    void (*answer)(struct sink *sink, const char *head, const char *body, char out[512]);
    void *context;
    struct sink_request requests[SINK_BODIES];
    size_t count;
    struct {
        int descriptor;
        char *input;
        size_t size;
    } peers[SINK_PEERS];
};

static inline void sink_ok(struct sink *sink, const char *head, const char *body, char out[512])
{
    (void)sink;
    (void)head;
    (void)body;
    (void)snprintf(out, 512, "204 No Content\r\n");
}

static inline char *sink_copy(const char *data, size_t size)
{
    char *const copy = test_calloc(size + 1, 1);
    memcpy(copy, data, size);
    return copy;
}

static inline void sink_take(struct sink *sink, size_t peer)
{
    char *const input = sink->peers[peer].input;
    for (;;) {
        input[sink->peers[peer].size] = '\0';
        char *const end = strstr(input, "\r\n\r\n");
        const char *const field = end == NULL ? NULL : strcasestr(input, "content-length:");
        if (end == NULL || field == NULL) {
            return;
        }
        const size_t body_size = strtoul(field + 15, NULL, 10);
        const size_t size = (size_t)(end - input) + 4 + body_size;
        if (sink->peers[peer].size < size) {
            return;
        }
        char out[512];
        char line[700];
        (void)pthread_mutex_lock(&sink->lock);
        char *const head = sink_copy(input, (size_t)(end - input));
        char *const body = sink_copy(end + 4, body_size);
        sink->answer(sink, head, body, out);
        if (sink->count < SINK_BODIES) {
            sink->requests[sink->count++] = (struct sink_request){head, body};
        } else {
            test_free(head);
            test_free(body);
        }
        (void)pthread_mutex_unlock(&sink->lock);
        const int line_size =
            snprintf(line, sizeof(line), "HTTP/1.1 %sContent-Length: 0\r\n\r\n", out);
        (void)!send(sink->peers[peer].descriptor, line, (size_t)line_size, MSG_NOSIGNAL);
        memmove(input, input + size, sink->peers[peer].size - size);
        sink->peers[peer].size -= size;
    }
}

static inline void sink_close(struct sink *sink, size_t peer)
{
    (void)close(sink->peers[peer].descriptor);
    test_free(sink->peers[peer].input);
    sink->peers[peer].descriptor = -1;
}

static inline void sink_accept(struct sink *sink)
{
    const int descriptor = accept(sink->listener, NULL, NULL);
    for (size_t i = 0; i < SINK_PEERS; i++) {
        if (sink->peers[i].descriptor < 0) {
            sink->peers[i].descriptor = descriptor;
            sink->peers[i].input = test_malloc(SINK_INPUT + 1);
            sink->peers[i].size = 0;
            return;
        }
    }
    (void)close(descriptor);
}

static inline void *sink_run(void *context)
{
    struct sink *const sink = context;
    for (;;) {
        struct pollfd polled[SINK_PEERS + 2] = {{.fd = sink->wake[0], .events = POLLIN},
                                                {.fd = sink->listener, .events = POLLIN}};
        for (size_t i = 0; i < SINK_PEERS; i++) {
            polled[i + 2] = (struct pollfd){.fd = sink->peers[i].descriptor, .events = POLLIN};
        }
        (void)poll(polled, SINK_PEERS + 2, -1);
        if (polled[0].revents != 0) {
            return NULL;
        }
        if (polled[1].revents != 0) {
            sink_accept(sink);
        }
        for (size_t i = 0; i < SINK_PEERS; i++) {
            if (polled[i + 2].fd < 0 || polled[i + 2].revents == 0) {
                continue;
            }
            const ssize_t got =
                recv(sink->peers[i].descriptor, sink->peers[i].input + sink->peers[i].size,
                     SINK_INPUT - sink->peers[i].size, 0);
            if (got <= 0) {
                sink_close(sink, i);
            } else {
                sink->peers[i].size += (size_t)got;
                sink_take(sink, i);
            }
        }
    }
}

static inline struct sink *sink_begin(void (*answer)(struct sink *, const char *, const char *,
                                                     char *))
{
    struct sink *const sink = test_calloc(1, sizeof(*sink));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    sink->answer = answer == NULL ? sink_ok : answer;
    for (size_t i = 0; i < SINK_PEERS; i++) {
        sink->peers[i].descriptor = -1;
    }
    sink->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(sink->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(sink->listener, 64), 0);
    assert_int_equal(getsockname(sink->listener, (struct sockaddr *)&address, &size), 0);
    sink->port = ntohs(address.sin_port);
    assert_int_equal(pipe(sink->wake), 0);
    (void)pthread_mutex_init(&sink->lock, NULL);
    assert_int_equal(pthread_create(&sink->thread, NULL, sink_run, sink), 0);
    return sink;
}

static inline void sink_end(struct sink *sink)
{
    (void)!write(sink->wake[1], "", 1);
    (void)pthread_join(sink->thread, NULL);
    for (size_t i = 0; i < SINK_PEERS; i++) {
        if (sink->peers[i].descriptor >= 0) {
            sink_close(sink, i);
        }
    }
    for (size_t i = 0; i < sink->count; i++) {
        test_free(sink->requests[i].head);
        test_free(sink->requests[i].body);
    }
    (void)close(sink->listener);
    (void)close(sink->wake[0]);
    (void)close(sink->wake[1]);
    (void)pthread_mutex_destroy(&sink->lock);
    test_free(sink);
}

static inline size_t sink_count(struct sink *sink)
{
    (void)pthread_mutex_lock(&sink->lock);
    const size_t count = sink->count;
    (void)pthread_mutex_unlock(&sink->lock);
    return count;
}

#endif
