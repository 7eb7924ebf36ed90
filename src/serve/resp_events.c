// The stream of events over RESP: SUBSCRIBE rhumb:events, or rhumb:events:SEQUENCE for what is behind it.
//
// Messages are the JSON of /v1/events. A follower is pulled along as those of HTTP are
// (command/event_stream.c): it reads on when what it sent before has left. One a connection.
#include <string.h>

#include "deliver/deliver.h"
#include "deliver/follow.h"
#include "serve/resp_private.h"

enum { BACKLOG_SIZE = 256 << 10, PIECE_SIZE = 64 << 10, PIECE_COUNT = 256 };

static const char channel_prefix[] = "rhumb:events";

// Lives until its peer has gone or unsubscribed and what is under way to it has come back.
struct resp_follower {
    struct resp_peer *peer; // NULL: gone
    struct deliver *deliver;
    struct mailbox *home;
    uint64_t after;
    struct buffer records, json;
    struct stream_listener listener;
    struct stream_late late;
    bool is_listening, is_reading;
    size_t name_size;
    uint8_t name[]; // of the channel
};

bool resp_follow_names(struct bytes channel)
{
    const size_t size = sizeof(channel_prefix) - 1;
    return channel.size >= size && memcmp(channel.data, channel_prefix, size) == 0 &&
           (channel.size == size || channel.data[size] == ':');
}

static void follower_free(struct resp_follower *follower)
{
    if (!follower->is_listening && !follower->is_reading) {
        buffer_free(&follower->records);
        buffer_free(&follower->json);
        memory_give(follower);
    }
}

static bool send_records(struct resp_follower *follower)
{
    struct reader reader = {.rest = buffer_bytes(&follower->records)};
    bool goes_on = true;
    while (reader.rest.size != 0 && goes_on) {
        struct event event;
        const uint64_t sequence = reader_u64(&reader);
        const uint32_t size = reader_u32(&reader);
        if (event_decode(reader_take(&reader, size), &event, NULL) != STATUS_OK) {
            continue;
        }
        event.sequence = sequence;
        buffer_clear(&follower->json);
        event_write_json(&event, deliver_server(follower->deliver), &follower->json);
        goes_on =
            resp_peer_tell(follower->peer, (struct bytes){follower->name, follower->name_size},
                           buffer_bytes(&follower->json));
    }
    buffer_clear(&follower->records);
    return goes_on;
}

static void pump(struct resp_follower *follower);

static void on_grown(struct message *message)
{
    struct resp_follower *const follower =
        (struct resp_follower *)(void *)((char *)message -
                                         offsetof(struct resp_follower, listener.message));
    follower->is_listening = false;
    if (follower->peer == NULL) {
        follower_free(follower);
    } else {
        pump(follower);
    }
}

static void on_late(struct stream_late *late)
{
    struct resp_follower *const follower =
        (struct resp_follower *)(void *)((char *)late - offsetof(struct resp_follower, late));
    follower->is_reading = false;
    if (follower->peer == NULL) {
        follower_free(follower);
        return;
    }
    if (late->status == STATUS_UNSUPPORTED) { // in memory only: on from the first there is
        follower->after = stream_first(follower->deliver) - 1;
    } else if (late->status != STATUS_OK) {
        resp_peer_drop(follower->peer); // it comes again with the last number it has
        return;
    } else {
        follower->after = late->reached;
        if (!send_records(follower)) {
            return;
        }
    }
    pump(follower);
}

static void read_late(struct resp_follower *follower)
{
    follower->is_reading = true;
    follower->late = (struct stream_late){.deliver = follower->deliver,
                                          .after = follower->after,
                                          .limit = PIECE_COUNT,
                                          .size = PIECE_SIZE,
                                          .out = &follower->records,
                                          .home = follower->home,
                                          .answered = on_late};
    stream_read_late(&follower->late);
}

// Sends what there is, as far as it goes, then listens for more.
static void pump(struct resp_follower *follower)
{
    static const struct stream_filter all = {0};
    while (!follower->is_reading && stream_backlog_size(follower->peer->stream) < BACKLOG_SIZE) {
        uint64_t reached = follower->after;
        const enum status status =
            stream_read(follower->deliver, follower->after, &all, PIECE_COUNT, PIECE_SIZE,
                        &follower->records, &reached);
        if (status == STATUS_NOT_FOUND) {
            read_late(follower);
            return;
        }
        if (status != STATUS_OK) {
            resp_peer_drop(follower->peer);
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
            if (stream_listen_again(follower->deliver, &follower->listener, follower->after)) {
                return;
            }
            follower->is_listening = false;
        }
    }
}

static bool take_sequence(struct bytes channel, struct deliver *deliver, uint64_t *after)
{
    const size_t size = sizeof(channel_prefix) - 1;
    if (channel.size == size) {
        *after = stream_last(deliver);
        return true;
    }
    *after = 0;
    for (size_t i = size + 1; i < channel.size; i++) {
        const unsigned digit = (unsigned)channel.data[i] - '0';
        if (digit > 9 || *after > (UINT64_MAX - digit) / 10) {
            return false;
        }
        *after = *after * 10 + digit;
    }
    return channel.size > size + 1;
}

enum status resp_follow_begin(struct resp_peer *peer, struct bytes channel)
{
    struct deliver *const deliver = peer->front->hub->tile38.world->deliver;
    struct memory_account *const account = peer->front->account;
    uint64_t after;
    if (deliver == NULL) {
        return STATUS_UNSUPPORTED;
    }
    if (!take_sequence(channel, deliver, &after)) {
        return STATUS_OUT_OF_RANGE;
    }
    if (peer->follower != NULL) {
        return STATUS_BUSY;
    }
    struct resp_follower *const made = memory_take_zeroed(account, 1, sizeof(*made) + channel.size);
    if (made == NULL) {
        return STATUS_NO_MEMORY;
    }
    made->peer = peer;
    made->deliver = deliver;
    made->home = &peer->front->shard->mailbox;
    made->after = after;
    made->records.account = made->json.account = account;
    made->name_size = channel.size;
    memcpy(made->name, channel.data, channel.size);
    peer->follower = made;
    peer->subscription_count++;
    made->listener.home = made->home;
    made->listener.message.deliver = on_grown;
    stream_listen(deliver, &made->listener);
    // The reply to SUBSCRIBE goes first: the first look comes by mail.
    made->is_listening = true;
    mailbox_send(made->home, &made->listener.message);
    return STATUS_OK;
}

void resp_follow_drained(struct resp_peer *peer)
{
    if (peer->follower != NULL && !peer->is_over) {
        pump(peer->follower);
    }
}

bool resp_follow_is(const struct resp_peer *peer, struct bytes channel)
{
    const struct resp_follower *const follower = peer->follower;
    return follower != NULL &&
           bytes_equal((struct bytes){follower->name, follower->name_size}, channel);
}

void resp_follow_end(struct resp_peer *peer)
{
    struct resp_follower *const follower = peer->follower;
    if (follower == NULL) {
        return;
    }
    peer->follower = NULL;
    if (peer->subscription_count > 0) {
        peer->subscription_count--;
    }
    follower->peer = NULL;
    stream_listen_end(follower->deliver, &follower->listener);
    if (follower->is_listening &&
        atomic_exchange_explicit(&follower->listener.is_armed, false, memory_order_acq_rel)) {
        follower->is_listening = false; // nobody has sent it, and nobody will
    }
    follower_free(follower);
}
