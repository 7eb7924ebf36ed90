#include "serve/front.h"

struct front_peer {
    struct session session;
    struct stream *stream;
    struct front *front;
    struct front_peer *next;
    struct front_peer **link; // to this peer, in the list
    bool is_finished;         // the stream was told
};

// Sends what was appended and does what the session has come to.
static void settle(struct front_peer *peer)
{
    struct front *const front = peer->front;
    stream_send(peer->stream, buffer_bytes(&front->out));
    buffer_clear(&front->out);
    // The kernel took it all: go on with what was held.
    while (peer->session.is_held && stream_backlog_size(peer->stream) == 0) {
        session_receive(&peer->session, NULL, 0, loop_now_us(front->shard.loop), 0, &front->out);
        stream_send(peer->stream, buffer_bytes(&front->out));
        buffer_clear(&front->out);
    }
    if (peer->session.is_over && !peer->is_finished) {
        peer->is_finished = true;
        stream_finish(peer->stream);
    } else if (peer->session.is_held) {
        stream_pause(peer->stream);
    }
}

static void *open_peer(struct front *front, struct stream *stream,
                       const struct session_answerer *answerer)
{
    struct front_peer *const peer = memory_take_zeroed(front->server->account, 1, sizeof(*peer));
    if (peer == NULL) {
        return NULL;
    }
    session_begin(&peer->session, &front->server->limits, answerer, front->server->account,
                  loop_now_us(front->shard.loop));
    peer->front = front;
    peer->stream = stream;
    peer->next = front->peers;
    peer->link = &front->peers;
    if (peer->next != NULL) {
        peer->next->link = &peer->next;
    }
    front->peers = peer;
    front->peer_count++;
    metric_add(&front->responder.metrics[SERVER_CONNECTIONS], 1);
    metric_add(&front->responder.metrics[SERVER_CONNECTIONS_TOTAL], 1);
    return peer;
}

static void *on_api_opened(void *context, struct stream *stream)
{
    struct front *const front = context;
    return open_peer(front, stream, &front->api_answerer);
}

static void *on_metrics_opened(void *context, struct stream *stream)
{
    struct front *const front = context;
    return open_peer(front, stream, &front->metrics_answerer);
}

static void on_received(void *context, uint8_t *data, size_t size)
{
    struct front_peer *const peer = context;
    struct front *const front = peer->front;
    session_receive(&peer->session, data, size, loop_now_us(front->shard.loop),
                    stream_backlog_size(peer->stream), &front->out);
    settle(peer);
}

static void on_drained(void *context)
{
    struct front_peer *const peer = context;
    settle(peer);
    if (!peer->session.is_held) {
        stream_resume(peer->stream);
    }
}

static void on_closed(void *context)
{
    struct front_peer *const peer = context;
    struct front *const front = peer->front;
    session_end(&peer->session);
    *peer->link = peer->next;
    if (peer->next != NULL) {
        peer->next->link = peer->link;
    }
    front->peer_count--;
    metric_subtract(&front->responder.metrics[SERVER_CONNECTIONS], 1);
    memory_give(peer);
}

static const struct stream_events api_events = {
    .opened = on_api_opened, .received = on_received, .drained = on_drained, .closed = on_closed};
static const struct stream_events metrics_events = {.opened = on_metrics_opened,
                                                    .received = on_received,
                                                    .drained = on_drained,
                                                    .closed = on_closed};

static void expire(struct front *front, int64_t now_us)
{
    for (struct front_peer *peer = front->peers; peer != NULL; peer = peer->next) {
        if (session_expire(&peer->session, now_us, stream_backlog_size(peer->stream),
                           &front->out)) {
            settle(peer);
        } else {
            stream_close(peer->stream);
        }
    }
}

static void on_tick(void *context)
{
    struct front *const front = context;
    const int64_t now_us = loop_now_us(front->shard.loop);
    responder_tick(&front->responder);
    expire(front, now_us);
    if (front->drain_deadline_us != 0 &&
        (front->peer_count == 0 || now_us >= front->drain_deadline_us)) {
        shard_stop(&front->shard);
    }
}

static void close_listeners(struct front *front)
{
    listener_close(front->api_listener);
    listener_close(front->metrics_listener);
    front->api_listener = front->metrics_listener = NULL;
}

// Asked to drain: nobody new, and everybody's next answer is the last.
static void on_called(void *context)
{
    struct front *const front = context;
    if (front->drain_deadline_us != 0) {
        return;
    }
    front->drain_deadline_us = loop_now_us(front->shard.loop) + front->server->settings->drain_us;
    close_listeners(front);
    for (struct front_peer *peer = front->peers; peer != NULL; peer = peer->next) {
        session_drain(&peer->session);
        settle(peer);
    }
    if (front->peer_count == 0) {
        shard_stop(&front->shard);
    }
}

static const struct shard_events shard_events = {.ticks = on_tick, .called = on_called};

static enum status listen_on(struct front *front, struct address *address, bool is_shared,
                             const struct stream_events *events, struct listener **listener,
                             struct fault *fault)
{
    const struct listener_options options = {
        .is_shared = is_shared,
        .capacity = front->server->settings->connections,
        .events = events,
        .context = front,
    };
    return listener_open(front->shard.loop, address, &options, listener, fault);
}

static enum status open_all(struct front *front, unsigned index, struct address *api,
                            struct address *metrics, struct fault *fault)
{
    struct server *const server = front->server;
    TRY(responder_open(&front->responder, server, fault));
    TRY(shard_open(&front->shard, index, server->account, &shard_events, front, fault));
    TRY(listen_on(front, api, true, &api_events, &front->api_listener, fault));
    return metrics == NULL
               ? STATUS_OK
               : listen_on(front, metrics, false, &metrics_events, &front->metrics_listener, fault);
}

enum status front_open(struct front *front, struct server *server, unsigned index,
                       struct address *api, struct address *metrics, struct fault *fault)
{
    *front = (struct front){.server = server, .out = {.account = server->account}};
    front->api_answerer = (struct session_answerer){
        .answer = responder_answer, .refuse = responder_refuse, .context = &front->responder.api};
    front->metrics_answerer = (struct session_answerer){.answer = responder_answer,
                                                        .refuse = responder_refuse,
                                                        .context = &front->responder.metrics_only};
    const enum status status = open_all(front, index, api, metrics, fault);
    if (status != STATUS_OK) {
        front_close(front);
    }
    return status;
}

enum status front_start(struct front *front, struct fault *fault)
{
    return shard_start(&front->shard, fault);
}

void front_drain(struct front *front)
{
    shard_call(&front->shard);
}

void front_close(struct front *front)
{
    if (front->server == NULL) {
        return;
    }
    shard_join(&front->shard);
    close_listeners(front);
    for (struct front_peer *peer = front->peers; peer != NULL; peer = peer->next) {
        stream_close(peer->stream);
    }
    shard_close(&front->shard);
    responder_close(&front->responder);
    buffer_free(&front->out);
    front->server = NULL;
}
