// Following the stream of events over a connection: Server-Sent Events, WebSocket.
//
// A follower is pulled along: it reads the next events when what it sent before has left, so a reader
// that is slow falls behind in the store and not in our memory. One that takes nothing at all for a
// while is dropped.
#include <stdio.h>
#include <string.h>

#include "command/call.h"
#include "command/event_routes.h"
#include "command/websocket.h"
#include "deliver/deliver.h"

enum { BACKLOG_SIZE = 256 << 10, PIECE_SIZE = 64 << 10, PIECE_COUNT = 256 };
#define BEAT_US  INT64_C(15000000) // a sign of life when nothing happens
#define STALL_US INT64_C(60000000) // taking nothing for so long

// Lives until the call is closed and what is under way to it has come back.
struct follower {
    struct call *call; // NULL: closed
    struct deliver *deliver;
    struct stream_filter filter;
    uint64_t after;
    struct buffer text, records;
    struct websocket *websocket; // NULL: Server-Sent Events
    struct stream_listener listener;
    struct stream_late late;
    bool is_listening, is_reading, is_late_broken;
    int64_t now_us, beat_us, stalled_us;
    size_t backlog_size;
    uint8_t names[]; // what the filter borrows
};

static void follower_free(struct follower *follower)
{
    if (follower->is_listening || follower->is_reading) {
        return;
    }
    websocket_free(follower->websocket);
    buffer_free(&follower->text);
    buffer_free(&follower->records);
    memory_give(follower);
}

static void pump(struct follower *follower);

static void on_grown(struct message *message)
{
    struct follower *const follower =
        (struct follower *)(void *)((char *)message - offsetof(struct follower, listener.message));
    follower->is_listening = false;
    if (follower->call == NULL) {
        follower_free(follower);
    } else {
        pump(follower);
    }
}

// --- Out ---

static bool send_all(struct follower *follower)
{
    const bool is_sent = follower->text.size == 0 ||
                         call_stream_send(follower->call, buffer_bytes(&follower->text), SIZE_MAX);
    buffer_clear(&follower->text);
    return is_sent;
}

static void on_frame(void *context, struct bytes bytes)
{
    struct follower *const follower = context;
    buffer_append_bytes(&follower->text, bytes);
}

static const struct websocket_events websocket_events = {.send = on_frame};

static void write_event(struct follower *follower, struct event *event)
{
    const uint64_t server = deliver_server(follower->deliver);
    if (follower->websocket != NULL) {
        struct buffer json SCOPED(buffer_free) = {.account = follower->text.account};
        event_write_json(event, server, &json);
        (void)websocket_send(follower->websocket, buffer_bytes(&json));
        return;
    }
    buffer_append_format(&follower->text,
                         "id: %llu\nevent: %s\ndata: ", (unsigned long long)event->sequence,
                         event_kind_name(event->kind));
    event_write_json(event, server, &follower->text);
    buffer_append_text(&follower->text, "\n\n");
}

static bool send_records(struct follower *follower)
{
    struct reader reader = {.rest = buffer_bytes(&follower->records)};
    while (reader.rest.size != 0) {
        const uint64_t sequence = reader_u64(&reader);
        const uint32_t size = reader_u32(&reader);
        struct event event;
        if (event_decode(reader_take(&reader, size), &event, NULL) == STATUS_OK) {
            event.sequence = sequence;
            write_event(follower, &event);
        }
    }
    buffer_clear(&follower->records);
    if (follower->text.failed) {
        return false;
    }
    return send_all(follower);
}

static void finish(struct follower *follower, const char *reason)
{
    if (follower->websocket != NULL) {
        websocket_close(follower->websocket, 1013, reason);
    } else {
        buffer_append_format(&follower->text, "event: end\ndata: {\"reason\":\"%s\"}\n\n", reason);
    }
    (void)send_all(follower);
    call_stream_end(follower->call);
}

// --- In ---

static void on_late(struct stream_late *late)
{
    struct follower *const follower =
        (struct follower *)(void *)((char *)late - offsetof(struct follower, late));
    follower->is_reading = false;
    if (follower->call == NULL) {
        follower_free(follower);
        return;
    }
    if (late->status == STATUS_UNSUPPORTED) { // in memory only: on from the first there is
        follower->after = stream_first(follower->deliver) - 1;
    } else if (late->status != STATUS_OK) {
        finish(follower, "the events could not be read");
        return;
    } else {
        follower->after = late->reached;
        if (!send_records(follower)) {
            return;
        }
    }
    pump(follower);
}

static void read_late(struct follower *follower)
{
    follower->is_reading = true;
    buffer_clear(&follower->records);
    follower->late = (struct stream_late){.deliver = follower->deliver,
                                          .after = follower->after,
                                          .filter = follower->filter,
                                          .limit = PIECE_COUNT,
                                          .size = PIECE_SIZE,
                                          .out = &follower->records,
                                          .home = follower->call->home,
                                          .answered = on_late};
    stream_read_late(&follower->late);
}

// Sends what there is, as far as it goes, then listens for more.
static void pump(struct follower *follower)
{
    struct call *const call = follower->call;
    while (!follower->is_reading && call->carrier->stream_backlog_size(call) < BACKLOG_SIZE) {
        uint64_t reached = follower->after;
        const enum status status =
            stream_read(follower->deliver, follower->after, &follower->filter, PIECE_COUNT,
                        PIECE_SIZE, &follower->records, &reached);
        if (status == STATUS_NOT_FOUND) {
            read_late(follower);
            return;
        }
        if (status != STATUS_OK) {
            finish(follower, "the server has no memory for this stream");
            return;
        }
        if (reached != follower->after) {
            follower->after = reached;
            if (!send_records(follower)) {
                return;
            }
        } else if (follower->is_listening) {
            return;
        } else {
            follower->is_listening = true;
            follower->listener.message.deliver = on_grown;
            if (stream_listen_again(follower->deliver, &follower->listener, follower->after)) {
                return;
            }
            follower->is_listening = false;
        }
    }
}

static void on_received(struct call *call, uint8_t *data, size_t size)
{
    struct follower *const follower = call->state;
    if (follower->websocket == NULL) {
        return; // nothing is said on a stream of events
    }
    const bool goes_on =
        websocket_receive(follower->websocket, (struct bytes){.data = data, .size = size});
    if (send_all(follower) && !goes_on) {
        call_stream_end(call);
    }
}

static void on_drained(struct call *call)
{
    struct follower *const follower = call->state;
    follower->stalled_us = 0;
    pump(follower);
}

static void on_tick(struct call *call, int64_t now_us)
{
    struct follower *const follower = call->state;
    const size_t backlog_size = call->carrier->stream_backlog_size(call);
    if (backlog_size == 0 || backlog_size < follower->backlog_size) {
        follower->stalled_us = 0;
    } else if (follower->stalled_us == 0) {
        follower->stalled_us = now_us;
    } else if (now_us - follower->stalled_us > STALL_US) {
        finish(follower, "nothing was read for a minute");
        return;
    }
    follower->backlog_size = backlog_size;
    follower->beat_us = follower->beat_us == 0 ? now_us : follower->beat_us;
    if (now_us - follower->beat_us > BEAT_US && backlog_size == 0) {
        follower->beat_us = now_us;
        if (follower->websocket != NULL) {
            (void)websocket_ping(follower->websocket);
        } else {
            buffer_append_text(&follower->text, ": alive\n\n");
        }
        (void)send_all(follower);
    }
}

static void on_server_ends(struct call *call)
{
    finish(call->state, "the server is stopping");
}

static void on_closed(struct call *call)
{
    struct follower *const follower = call->state;
    follower->call = NULL;
    stream_listen_end(follower->deliver, &follower->listener);
    if (follower->is_listening &&
        atomic_exchange_explicit(&follower->listener.is_armed, false, memory_order_acq_rel)) {
        follower->is_listening = false; // nobody has sent it, and nobody will
    }
    follower_free(follower);
}

static const struct call_stream stream_events = {.received = on_received,
                                                 .drained = on_drained,
                                                 .ticks = on_tick,
                                                 .ends = on_server_ends,
                                                 .closed = on_closed};

// --- Beginning ---

static struct bytes keep(uint8_t **at, struct bytes bytes)
{
    const struct bytes kept = {.data = *at, .size = bytes.size};
    if (bytes.size != 0) {
        memcpy(*at, bytes.data, bytes.size);
        *at += bytes.size;
    }
    return kept;
}

static struct follower *follower_new(struct call *call, uint64_t after,
                                     const struct stream_filter *filter)
{
    struct memory_account *const account = call->world->account;
    const size_t size = filter->fence.size + filter->object.size + filter->collection.size;
    struct follower *const made = memory_take_zeroed(account, 1, sizeof(*made) + size);
    if (made == NULL) {
        return NULL;
    }
    uint8_t *at = made->names;
    made->call = call;
    made->deliver = call->world->deliver;
    made->filter = (struct stream_filter){.fence = keep(&at, filter->fence),
                                          .object = keep(&at, filter->object),
                                          .collection = keep(&at, filter->collection),
                                          .kinds = filter->kinds};
    made->after = after;
    made->text.account = account;
    made->records.account = account;
    made->listener.home = call->home;
    return made;
}

// A page of another site must not follow what is said to the user's own machine: without a key, the
// page's origin has to be this server.
static bool is_foreign(const struct call *call)
{
    const struct bytes origin = call->fields[HTTP_FIELD_ORIGIN];
    const struct bytes host = call->fields[HTTP_FIELD_HOST];
    const uint8_t *const slashes =
        origin.size == 0 ? NULL : memmem(origin.data, origin.size, "://", 3);
    if (origin.size == 0 || call->key != 0) {
        return false;
    }
    return slashes == NULL ||
           !bytes_equal((struct bytes){.data = slashes + 3,
                                       .size = origin.size - (size_t)(slashes + 3 - origin.data)},
                        host);
}

static bool begin_websocket(struct call *call, struct follower *follower, struct buffer *head)
{
    if (is_foreign(call)) {
        call_fail(call, 403, "foreign_origin", "",
                  "a page of another site may not open a WebSocket here without a key");
        return false;
    }
    if (!websocket_handshake(call->fields[HTTP_FIELD_UPGRADE],
                             call->fields[HTTP_FIELD_WEBSOCKET_KEY],
                             call->fields[HTTP_FIELD_WEBSOCKET_VERSION], head)) {
        call_fail(call, 426, "upgrade_required", "",
                  "this route speaks WebSocket: Upgrade: websocket, Sec-WebSocket-Version: 13");
        return false;
    }
    follower->websocket = websocket_new(call->world->account, &websocket_events, follower);
    if (follower->websocket == NULL) {
        call_fail_memory(call);
        return false;
    }
    return true;
}

void event_stream_run(struct call *call, uint64_t after, const struct stream_filter *filter,
                      bool is_websocket)
{
    struct buffer head SCOPED(buffer_free) = {.account = call->world->account};
    struct follower *const follower = follower_new(call, after, filter);
    if (follower == NULL) {
        call_fail_memory(call);
        return;
    }
    if (is_websocket && !begin_websocket(call, follower, &head)) {
        follower->call = NULL;
        follower_free(follower);
        return;
    }
    call->state = follower;
    stream_listen(follower->deliver, &follower->listener);
    call_stream(call, &stream_events, is_websocket ? buffer_bytes(&head) : call_event_stream_head);
    pump(follower);
}
