#include <stdio.h>
#include <string.h>

#include "deliver/carrier.h"
#include "sys/connection.h"

// PUBLISH and XADD in RESP2, all commands of a parcel in one write, then their replies.

enum { REPLY_SIZE_MAX = 65536 };

struct to_redis {
    struct connection connection;
    struct buffer out, in;
    size_t read; // of `in`
};

static enum status judge(const void *context, const struct sockaddr *address, struct fault *fault)
{
    return reach_judge(context, address, fault);
}

static void add_word(struct buffer *out, struct bytes word)
{
    buffer_append_format(out, "$%zu\r\n", word.size);
    buffer_append_bytes(out, word);
    buffer_append_text(out, "\r\n");
}

static void add_text(struct buffer *out, const char *text)
{
    add_word(out, bytes_from_text(text));
}

// The next line without its CR LF; valid until the next call.
static enum status read_line(struct to_redis *redis, struct bytes *line, struct fault *fault)
{
    for (;;) {
        const size_t size = redis->in.size - redis->read;
        const uint8_t *const begin = size == 0 ? NULL : redis->in.data + redis->read;
        const uint8_t *const feed = size == 0 ? NULL : memchr(begin, '\n', size);
        if (feed != NULL && feed > begin) {
            *line = (struct bytes){.data = begin, .size = (size_t)(feed - begin) - 1};
            redis->read += (size_t)(feed - begin) + 1;
            return STATUS_OK;
        }
        if (feed != NULL || size > REPLY_SIZE_MAX) {
            return fault_set(fault, STATUS_CORRUPT, "what answers is no Redis");
        }
        uint8_t *const room = buffer_reserve(&redis->in, 4096);
        size_t got = 0;
        if (room == NULL) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for an answer");
        }
        TRY(connection_receive(&redis->connection, room, 4096, &got, fault));
        if (got == 0) {
            return fault_set(fault, STATUS_IO, "Redis closed the connection");
        }
        redis->in.size += got;
    }
}

// One reply of these commands: a status, a number or a bulk string.
static enum status read_reply(struct to_redis *redis, struct fault *fault)
{
    struct bytes line;
    TRY(read_line(redis, &line, fault));
    if (line.size == 0) {
        return fault_set(fault, STATUS_CORRUPT, "what answers is no Redis");
    }
    switch (line.data[0]) {
    case '+':
    case ':':
        return STATUS_OK;
    case '$':
        return line.size > 1 && line.data[1] == '-' ? STATUS_OK : read_line(redis, &line, fault);
    case '-':
        return fault_set(fault, STATUS_OUT_OF_RANGE, "Redis answered: %.*s",
                         (int)(line.size < 150 ? line.size - 1 : 150), (const char *)line.data + 1);
    default:
        return fault_set(fault, STATUS_CORRUPT, "what answers is no Redis");
    }
}

static void close_redis(void *context)
{
    struct to_redis *const redis = context;
    connection_close(&redis->connection);
    buffer_free(&redis->out);
    buffer_free(&redis->in);
}

static enum status log_in(struct to_redis *redis, const struct url *url, struct fault *fault)
{
    if (url->password[0] == '\0') {
        return STATUS_OK;
    }
    buffer_append_format(&redis->out, "*%d\r\n", url->user[0] == '\0' ? 2 : 3);
    add_text(&redis->out, "AUTH");
    if (url->user[0] != '\0') {
        add_text(&redis->out, url->user);
    }
    add_text(&redis->out, url->password);
    TRY(buffer_status(&redis->out));
    TRY(connection_send(&redis->connection, buffer_bytes(&redis->out), fault));
    return read_reply(redis, fault);
}

static enum status open_redis(void *context, const struct carrier_context *carriers,
                              const struct url *url, int64_t timeout_us, struct fault *fault)
{
    struct to_redis *const redis = context;
    const struct connection_gate gate = {.judge = judge, .context = carriers->reach};
    char port[8];
    (void)snprintf(port, sizeof(port), "%u", (unsigned)url->port);
    redis->out.account = redis->in.account = carriers->account;
    if (url->has_tls) {
        return fault_set(fault, STATUS_UNSUPPORTED, "redis:// has no TLS here");
    }
    TRY(connection_open_judged(url->host, port, timeout_us, &gate, NULL, &redis->connection,
                               fault));
    const enum status status = log_in(redis, url, fault);
    if (status != STATUS_OK) {
        close_redis(redis);
    }
    return status;
}

static void add_command(struct to_redis *redis, const struct parcel *parcel,
                        const struct parcel_item *item)
{
    struct buffer *const out = &redis->out;
    const struct url *const url = &parcel->url;
    if (!url->is_stream) {
        buffer_append_text(out, "*3\r\n");
        add_text(out, "PUBLISH");
        add_text(out, url->place);
        add_word(out, parcel_body(parcel, item));
        return;
    }
    buffer_append_format(out, "*%d\r\n", url->length_max == 0 ? 7 : 10);
    add_text(out, "XADD");
    add_text(out, url->place);
    if (url->length_max != 0) {
        char length[24];
        (void)snprintf(length, sizeof(length), "%llu", (unsigned long long)url->length_max);
        add_text(out, "MAXLEN");
        add_text(out, "~");
        add_text(out, length);
    }
    add_text(out, "*");
    add_text(out, "id");
    add_text(out, item->id);
    add_text(out, "event");
    add_word(out, parcel_body(parcel, item));
}

static enum status send_parcel(void *context, struct parcel *parcel, int64_t timeout_us,
                               struct fault *fault)
{
    struct to_redis *const redis = context;
    redis->connection.timeout_us = timeout_us;
    buffer_clear(&redis->out);
    buffer_clear(&redis->in);
    redis->read = 0;
    for (size_t i = 0; i < parcel->count; i++) {
        if (parcel->items[i].is_there) {
            add_command(redis, parcel, &parcel->items[i]);
        }
    }
    if (redis->out.failed) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for what is to be sent");
    }
    TRY(connection_send(&redis->connection, buffer_bytes(&redis->out), fault));
    // An error is one command's: the replies behind it are still to come.
    enum status first = STATUS_OK;
    for (size_t i = 0; i < parcel->count; i++) {
        if (!parcel->items[i].is_there) {
            continue;
        }
        struct fault own = {0};
        const enum status status = read_reply(redis, &own);
        if (status != STATUS_OK && first == STATUS_OK) {
            first = status;
            *fault = own;
        }
        if (status != STATUS_OK && status != STATUS_OUT_OF_RANGE) {
            return status;
        }
        parcel->items[i].is_done = status == STATUS_OK;
    }
    return first;
}

const struct broker_kind to_redis_kind = {.name = "hooks redis",
                                          .size = sizeof(struct to_redis),
                                          .open = open_redis,
                                          .send = send_parcel,
                                          .close = close_redis};
