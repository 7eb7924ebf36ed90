// Load for an HTTP server: many connections, one core, closed or open loop.
//
// usage: http_load PORT REQUESTS CONNECTIONS SECONDS [RATE]
//
// REQUESTS is a file of request targets, one a line, asked in turn. Without RATE the loop is closed:
// each connection asks again when it is answered, and the figure is the rate. With RATE (requests a
// second) it is open: requests have times at which they should be sent, whatever the server does, and
// their latency counts from there, so that a stall is seen by all who wait behind it (coordinated
// omission: Tene, How NOT to Measure Latency, 2013). Every answer must be 200 and whole.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"

enum { ANSWER_SIZE_MAX = 1 << 18, EVENTS_MAX = 256 };

// Latencies in buckets of 1/64 of their power of two, from 1 ns to 2^40 ns.
enum { HISTOGRAM_STEPS = 64, HISTOGRAM_SIZE = 41 * HISTOGRAM_STEPS };

struct histogram {
    uint64_t buckets[HISTOGRAM_SIZE];
    uint64_t count, largest_ns;
};

static void histogram_add(struct histogram *histogram, uint64_t duration_ns)
{
    const uint64_t value = duration_ns == 0 ? 1 : duration_ns;
    const unsigned power = 63 - (unsigned)__builtin_clzll(value);
    const uint64_t rest = value - (UINT64_C(1) << power);
    const uint64_t step = power >= 6 ? rest >> (power - 6) : rest << (6 - power);
    const size_t bucket = power * HISTOGRAM_STEPS + step;
    histogram->buckets[bucket < HISTOGRAM_SIZE ? bucket : HISTOGRAM_SIZE - 1]++;
    histogram->count++;
    if (duration_ns > histogram->largest_ns) {
        histogram->largest_ns = duration_ns;
    }
}

// The latency that `share` of all do not exceed, in microseconds.
static double histogram_quantile_us(const struct histogram *histogram, double share)
{
    const double wanted = share * (double)histogram->count;
    uint64_t seen = 0;
    for (size_t bucket = 0; bucket < HISTOGRAM_SIZE; bucket++) {
        seen += histogram->buckets[bucket];
        if ((double)seen >= wanted) {
            const double low = (double)(UINT64_C(1) << bucket / HISTOGRAM_STEPS);
            return low * (1 + (double)(bucket % HISTOGRAM_STEPS + 1) / HISTOGRAM_STEPS) / 1e3;
        }
    }
    return 0;
}

struct load {
    struct memory_account account;
    struct buffer text; // requests, whole, one behind the other
    struct bytes *requests;
    size_t request_count, request_capacity;
    size_t next_request;
    struct connection *connections;
    size_t connection_count;
    struct connection **idle; // open loop: who may ask
    size_t idle_count;
    int poll;
    uint64_t end_ns;
    uint64_t interval_ns; // 0: closed
    uint64_t next_ns;     // when the next request should be sent
    uint64_t wrong_count, answered_size;
    struct histogram histogram;
};

struct connection {
    int descriptor;
    uint64_t intended_ns;
    char *answer;
    size_t size;   // received
    size_t needed; // 0: the head is not whole
};

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool read_requests(struct load *load, const char *path)
{
    FILE *const file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    size_t *offsets = NULL;
    char line[8192];
    while (fgets(line, sizeof(line), file) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '\0' ||
            !memory_grow(&load->account, (void *)&offsets, &load->request_capacity,
                         load->request_count + 1, sizeof(*offsets))) {
            continue;
        }
        offsets[load->request_count++] = load->text.size;
        buffer_append_format(&load->text,
                             "GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: http_load\r\n"
                             "Accept: */*\r\n\r\n",
                             line);
    }
    (void)fclose(file);
    load->requests = memory_take(&load->account, load->request_count + 1, sizeof(struct bytes));
    if (load->requests == NULL || buffer_status(&load->text) != STATUS_OK) {
        return false;
    }
    for (size_t i = 0; i < load->request_count; i++) {
        const size_t end = i + 1 < load->request_count ? offsets[i + 1] : load->text.size;
        load->requests[i] =
            (struct bytes){.data = load->text.data + offsets[i], .size = end - offsets[i]};
    }
    memory_give(offsets);
    return load->request_count != 0;
}

static bool connect_all(struct load *load, uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int one = 1;
    load->poll = epoll_create1(0);
    for (size_t i = 0; i < load->connection_count; i++) {
        struct connection *const connection = &load->connections[i];
        connection->descriptor = socket(AF_INET, SOCK_STREAM, 0);
        connection->answer = memory_take(&load->account, ANSWER_SIZE_MAX, 1);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        if (connection->answer == NULL ||
            connect(connection->descriptor, (const struct sockaddr *)&address, sizeof(address)) !=
                0 ||
            setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0 ||
            epoll_ctl(load->poll, EPOLL_CTL_ADD, connection->descriptor, &event) != 0) {
            return false;
        }
    }
    return true;
}

static void ask(struct load *load, struct connection *connection, uint64_t intended_ns)
{
    const struct bytes request = load->requests[load->next_request];
    load->next_request = (load->next_request + 1) % load->request_count;
    connection->intended_ns = intended_ns;
    connection->size = connection->needed = 0;
    if (send(connection->descriptor, request.data, request.size, MSG_NOSIGNAL) !=
        (ssize_t)request.size) {
        load->wrong_count++;
    }
}

// Finds out from the head how long the answer is. False: it is none we want.
static bool read_head(struct connection *connection)
{
    static const char name[] = "Content-Length: ";
    const char *const end = memmem(connection->answer, connection->size, "\r\n\r\n", 4);
    if (end == NULL) {
        return connection->size < ANSWER_SIZE_MAX;
    }
    const size_t head_size = (size_t)(end - connection->answer) + 4;
    const char *const length = memmem(connection->answer, head_size, name, sizeof(name) - 1);
    if (length == NULL || memcmp(connection->answer, "HTTP/1.1 200 ", 13) != 0) {
        return false;
    }
    size_t body_size = 0;
    for (const char *digit = length + sizeof(name) - 1; *digit >= '0' && *digit <= '9'; digit++) {
        body_size = body_size * 10 + (size_t)(*digit - '0');
    }
    connection->needed = head_size + body_size;
    return connection->needed <= ANSWER_SIZE_MAX;
}

// Reads what is there; true when an answer became whole.
static bool receive(struct load *load, struct connection *connection)
{
    const ssize_t got = recv(connection->descriptor, connection->answer + connection->size,
                             ANSWER_SIZE_MAX - connection->size, MSG_DONTWAIT);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) {
            (void)fprintf(stderr, "http_load: the server closed a connection\n");
            load->wrong_count += load->connection_count;
            load->end_ns = 0;
        }
        return false;
    }
    connection->size += (size_t)got;
    if (connection->needed == 0 && !read_head(connection)) {
        (void)fprintf(stderr, "http_load: answer is %.*s\n", (int)connection->size,
                      connection->answer);
        load->wrong_count++;
        load->end_ns = 0;
        return false;
    }
    return connection->needed != 0 && connection->size >= connection->needed;
}

static void count_answer(struct load *load, const struct connection *connection, uint64_t now)
{
    histogram_add(&load->histogram,
                  now > connection->intended_ns ? now - connection->intended_ns : 0);
    load->answered_size += connection->size;
}

// Sends what is due, as long as somebody is free to ask.
static void ask_due(struct load *load, uint64_t now)
{
    while (load->idle_count != 0 && load->next_ns <= now) {
        ask(load, load->idle[--load->idle_count], load->next_ns);
        load->next_ns += load->interval_ns;
    }
}

static void run(struct load *load)
{
    const bool is_open = load->interval_ns != 0;
    uint64_t now = now_ns();
    load->next_ns = now;
    for (size_t i = 0; i < load->connection_count; i++) {
        if (is_open) {
            load->idle[load->idle_count++] = &load->connections[i];
        } else {
            ask(load, &load->connections[i], now);
        }
    }
    while (now < load->end_ns) {
        struct epoll_event events[EVENTS_MAX];
        if (is_open) {
            ask_due(load, now);
        }
        const int count = epoll_wait(load->poll, events, EVENTS_MAX, is_open ? 0 : 100);
        now = now_ns();
        for (int i = 0; i < count; i++) {
            struct connection *const connection = events[i].data.ptr;
            if (!receive(load, connection)) {
                continue;
            }
            count_answer(load, connection, now);
            if (is_open) {
                load->idle[load->idle_count++] = connection;
            } else {
                ask(load, connection, now);
            }
        }
    }
}

static bool parse(const char *text, unsigned long *value)
{
    char *end = NULL;
    *value = strtoul(text, &end, 10);
    return *text != '\0' && *end == '\0';
}

int main(int argc, char **argv)
{
    unsigned long port = 0;
    unsigned long connections = 0;
    unsigned long seconds = 0;
    unsigned long rate = 0;
    static struct load load = {.account = {.name = "load"}};
    load.text.account = &load.account;
    if (argc < 5 || argc > 6 || !parse(argv[1], &port) || !parse(argv[3], &connections) ||
        !parse(argv[4], &seconds) || (argc == 6 && !parse(argv[5], &rate)) ||
        !read_requests(&load, argv[2])) {
        (void)fprintf(stderr, "usage: http_load PORT REQUESTS CONNECTIONS SECONDS [RATE]\n");
        return 2;
    }
    load.connection_count = connections;
    load.connections = memory_take_zeroed(&load.account, connections, sizeof(struct connection));
    load.idle = memory_take_zeroed(&load.account, connections, sizeof(*load.idle));
    if (load.connections == NULL || load.idle == NULL || !connect_all(&load, (uint16_t)port)) {
        perror("http_load");
        return 1;
    }
    const uint64_t begin_ns = now_ns();
    load.end_ns = begin_ns + seconds * 1000000000;
    load.interval_ns = rate == 0 ? 0 : 1000000000 / rate;
    run(&load);
    const double taken_s = (double)(now_ns() - begin_ns) / 1e9;
    const struct histogram *const histogram = &load.histogram;
    const uint64_t due = rate == 0 ? histogram->count : (uint64_t)(taken_s * (double)rate);
    (void)printf("%s %lu connections, %.0f req/s, %.0f bytes an answer, p50 %.0f us, p99 %.0f us, "
                 "p99.9 %.0f us, max %.0f us, %llu late, %llu wrong\n",
                 rate == 0 ? "closed" : "open", connections, (double)histogram->count / taken_s,
                 histogram->count == 0 ? 0.0
                                       : (double)load.answered_size / (double)histogram->count,
                 histogram_quantile_us(histogram, 0.5), histogram_quantile_us(histogram, 0.99),
                 histogram_quantile_us(histogram, 0.999), (double)histogram->largest_ns / 1e3,
                 (unsigned long long)(due > histogram->count ? due - histogram->count : 0),
                 (unsigned long long)load.wrong_count);
    return load.wrong_count != 0;
}
