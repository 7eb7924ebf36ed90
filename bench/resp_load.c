// Load for a RESP server: pipelines of commands on some connections, one core.
//
// usage: resp_load PORT COMMANDS CONNECTIONS PIPELINE SECONDS
//
// COMMANDS is a file of commands, one a line, words separated by spaces. Each connection sends
// PIPELINE of them at once and waits for all answers. With SECONDS 0 every command is sent once (to
// fill a server); otherwise they go round until the time is over. An answer that is an error is
// counted and the first is shown.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"

enum { INPUT_SIZE = 1 << 16, CONNECTIONS_MAX = 1024, LINE_SIZE_MAX = 65536 };

struct connection {
    char input[INPUT_SIZE];
    size_t input_size;
    size_t skipped_size; // of a bulk string, still to come
    size_t value_count;  // still to come of the answer being read
    size_t answer_count; // still to come of the batch
    size_t sent_size, request_size;
    const uint8_t *request;
    uint64_t sent_ns;
};

struct load {
    struct memory_account account;
    struct buffer text;
    size_t *ends; // of each command in text
    size_t command_count, command_capacity;
    size_t next_command;
    bool is_once;
    size_t pipeline;
    struct connection *connections;
    struct pollfd polls[CONNECTIONS_MAX];
    size_t connection_count;
    uint64_t end_ns;
    uint64_t answered_count, error_count, answered_size;
    uint64_t *batches_ns; // durations
    size_t batch_count, batch_capacity;
};

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// Appends a line as an array of bulk strings.
static void append_command(struct buffer *out, const char *line)
{
    size_t words = 0;
    for (const char *at = line; *at != '\0'; at += strspn(at, " ")) {
        words++;
        at += strcspn(at, " ");
    }
    buffer_append_format(out, "*%zu\r\n", words);
    for (const char *at = line; *at != '\0'; at += strspn(at, " ")) {
        const size_t size = strcspn(at, " ");
        buffer_append_format(out, "$%zu\r\n", size);
        buffer_append(out, at, size);
        buffer_append(out, "\r\n", 2);
        at += size;
    }
}

static bool read_commands(struct load *load, const char *path)
{
    FILE *const file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    static char line[LINE_SIZE_MAX];
    while (fgets(line, sizeof(line), file) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '\0') {
            continue;
        }
        append_command(&load->text, line);
        if (!memory_grow(&load->account, (void *)&load->ends, &load->command_capacity,
                         load->command_count + 1, sizeof(*load->ends))) {
            break;
        }
        load->ends[load->command_count++] = load->text.size;
    }
    (void)fclose(file);
    return load->command_count != 0 && buffer_status(&load->text) == STATUS_OK;
}

static bool connect_all(struct load *load, uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int one = 1;
    for (size_t i = 0; i < load->connection_count; i++) {
        const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
        load->polls[i] = (struct pollfd){.fd = descriptor, .events = POLLIN};
        if (connect(descriptor, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
            setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0) {
            return false;
        }
    }
    return true;
}

// Sends as much of the batch as the socket takes.
static bool flush(struct connection *connection, struct pollfd *poll)
{
    while (connection->sent_size < connection->request_size) {
        const ssize_t sent =
            send(poll->fd, connection->request + connection->sent_size,
                 connection->request_size - connection->sent_size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (errno != EAGAIN) {
                return false;
            }
            poll->events = POLLIN | POLLOUT;
            return true;
        }
        connection->sent_size += (size_t)sent;
    }
    poll->events = POLLIN;
    return true;
}

// The next batch; false when there is none.
static bool ask(struct load *load, size_t index, uint64_t now)
{
    struct connection *const connection = &load->connections[index];
    if (load->next_command == load->command_count) {
        if (load->is_once) {
            return false;
        }
        load->next_command = 0;
    }
    const size_t first = load->next_command;
    const size_t rest = load->command_count - first;
    const size_t count = rest < load->pipeline ? rest : load->pipeline;
    const size_t begin = first == 0 ? 0 : load->ends[first - 1];
    connection->request = load->text.data + begin;
    connection->request_size = load->ends[first + count - 1] - begin;
    connection->sent_size = 0;
    connection->answer_count = count;
    connection->value_count = 1;
    connection->sent_ns = now;
    load->next_command += count;
    return flush(connection, &load->polls[index]);
}

static void value_ends(struct connection *connection, struct load *load)
{
    if (--connection->value_count == 0) {
        connection->answer_count--;
        connection->value_count = 1;
        load->answered_count++;
    }
}

static void read_line(struct load *load, struct connection *connection, const char *line)
{
    const long count = strtol(line + 1, NULL, 10);
    switch (line[0]) {
    case '-':
        if (load->error_count++ == 0) {
            (void)fprintf(stderr, "resp_load: %.*s\n", (int)strcspn(line, "\r"), line);
        }
        value_ends(connection, load);
        break;
    case '*':
        connection->value_count += count > 0 ? (size_t)count : 0;
        value_ends(connection, load);
        break;
    case '$':
        if (count >= 0) {
            connection->skipped_size = (size_t)count + 2;
        } else {
            value_ends(connection, load);
        }
        break;
    default:
        value_ends(connection, load);
        break;
    }
}

// Takes what has arrived apart; keeps the beginning of a line that is not whole.
static void read_answers(struct load *load, struct connection *connection)
{
    size_t at = 0;
    while (at < connection->input_size) {
        const size_t rest = connection->input_size - at;
        if (connection->skipped_size != 0) {
            const size_t skipped =
                rest < connection->skipped_size ? rest : connection->skipped_size;
            connection->skipped_size -= skipped;
            at += skipped;
            if (connection->skipped_size == 0) {
                value_ends(connection, load);
            }
            continue;
        }
        const char *const end = memchr(connection->input + at, '\n', rest);
        if (end == NULL) {
            break;
        }
        read_line(load, connection, connection->input + at);
        at = (size_t)(end - connection->input) + 1;
    }
    connection->input_size -= at;
    memmove(connection->input, connection->input + at, connection->input_size);
}

static bool batch_ends(struct load *load, const struct connection *connection, uint64_t now)
{
    if (!memory_grow(&load->account, (void *)&load->batches_ns, &load->batch_capacity,
                     load->batch_count + 1, sizeof(*load->batches_ns))) {
        return false;
    }
    load->batches_ns[load->batch_count++] = now - connection->sent_ns;
    return true;
}

// False: this connection has nothing more to do.
static bool serve(struct load *load, size_t index)
{
    struct connection *const connection = &load->connections[index];
    struct pollfd *const poll = &load->polls[index];
    if ((poll->revents & POLLOUT) != 0 && !flush(connection, poll)) {
        return false;
    }
    const ssize_t got = recv(poll->fd, connection->input + connection->input_size,
                             INPUT_SIZE - connection->input_size, MSG_DONTWAIT);
    if (got <= 0) {
        if (got < 0 && errno == EAGAIN) {
            return true;
        }
        (void)fprintf(stderr, "resp_load: the server closed a connection\n");
        load->error_count++;
        return false;
    }
    connection->input_size += (size_t)got;
    load->answered_size += (uint64_t)got;
    read_answers(load, connection);
    if (connection->answer_count != 0) {
        return true;
    }
    const uint64_t now = now_ns();
    return batch_ends(load, connection, now) && now < load->end_ns && ask(load, index, now);
}

static void run(struct load *load)
{
    size_t open = load->connection_count;
    for (size_t i = 0; i < load->connection_count; i++) {
        if (!ask(load, i, now_ns())) {
            load->polls[i].fd = -1;
            open--;
        }
    }
    while (open > 0) {
        if (poll(load->polls, load->connection_count, 10000) <= 0) {
            (void)fprintf(stderr, "resp_load: no answer for 10 s\n");
            load->error_count++;
            return;
        }
        for (size_t i = 0; i < load->connection_count; i++) {
            if (load->polls[i].fd >= 0 && load->polls[i].revents != 0 && !serve(load, i)) {
                (void)close(load->polls[i].fd);
                load->polls[i].fd = -1;
                open--;
            }
        }
    }
}

static int by_size(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static double quantile_us(const struct load *load, double share)
{
    if (load->batch_count == 0) {
        return 0;
    }
    const size_t at = (size_t)(share * (double)(load->batch_count - 1));
    return (double)load->batches_ns[at] / 1e3;
}

static bool parse(const char *text, unsigned long *value)
{
    char *end = NULL;
    *value = strtoul(text, &end, 10);
    return *text != '\0' && *end == '\0';
}

int main(int argc, char **argv)
{
    static struct load load = {.account = {.name = "load"}, .text = {.account = &load.account}};
    unsigned long port = 0;
    unsigned long connections = 0;
    unsigned long pipeline = 0;
    unsigned long seconds = 0;
    if (argc != 6 || !parse(argv[1], &port) || !parse(argv[3], &connections) ||
        !parse(argv[4], &pipeline) || !parse(argv[5], &seconds) || connections == 0 ||
        connections > CONNECTIONS_MAX || pipeline == 0 || !read_commands(&load, argv[2])) {
        (void)fprintf(stderr, "usage: resp_load PORT COMMANDS CONNECTIONS PIPELINE SECONDS\n");
        return 2;
    }
    load.connection_count = connections;
    load.pipeline = pipeline;
    load.is_once = seconds == 0;
    load.connections = memory_take_zeroed(&load.account, connections, sizeof(struct connection));
    if (load.connections == NULL || !connect_all(&load, (uint16_t)port)) {
        perror("resp_load");
        return 1;
    }
    const uint64_t begin_ns = now_ns();
    load.end_ns = seconds == 0 ? UINT64_MAX : begin_ns + seconds * 1000000000;
    run(&load);
    const double taken_s = (double)(now_ns() - begin_ns) / 1e9;
    qsort(load.batches_ns, load.batch_count, sizeof(*load.batches_ns), by_size);
    (void)printf(
        "%.0f/s, %lu connections x %lu, %.0f bytes an answer, batch p50 %.0f us, p99 %.0f "
        "us, %llu errors\n",
        (double)load.answered_count / taken_s, connections, pipeline,
        load.answered_count == 0 ? 0.0 : (double)load.answered_size / (double)load.answered_count,
        quantile_us(&load, 0.5), quantile_us(&load, 0.99), (unsigned long long)load.error_count);
    return load.error_count != 0;
}
