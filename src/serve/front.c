#include "serve/front.h"

#include <stddef.h>

struct front_peer {
    struct session session;
    struct stream *stream;
    struct front *front;
    struct front_peer *next;
    struct front_peer **link; // to this peer, in the list
    bool is_finished;         // the stream was told
    bool is_paused;           // the stream gives nothing
    bool has_ended;           // the peer sends no more
    bool is_body_whole;       // of a stream that takes its body as it comes
    bool wants_turn;          // a stream's
};

static struct front_peer *peer_of(struct session *session)
{
    return (struct front_peer *)(void *)((char *)session - offsetof(struct front_peer, session));
}

// Sends what was appended.
static void flush(struct front_peer *peer)
{
    stream_send(peer->stream, buffer_bytes(&peer->front->out));
    buffer_clear(&peer->front->out);
}

static void line_hold(struct session *session, bool is_held)
{
    struct front_peer *const peer = peer_of(session);
    if (is_held != peer->is_paused) {
        peer->is_paused = is_held;
        if (is_held) {
            stream_pause(peer->stream);
        } else {
            stream_resume(peer->stream);
        }
    }
}

// Hands on what has arrived of a body that is taken as it comes.
static void feed_body(struct front_peer *peer, uint8_t *data, size_t size)
{
    struct session *const session = &peer->session;
    struct call *const call = &((struct exchange *)session->pending)->call;
    struct bytes body = {0};
    if (peer->is_body_whole || peer->is_finished) {
        return; // nothing follows such a request
    }
    const enum http_step step = http_decode_body(&session->decoder, data, size, &body);
    if (step == HTTP_STEP_REFUSED) {
        peer->is_finished = true; // what was answered so far ends without its end
        stream_finish(peer->stream);
        return;
    }
    peer->is_body_whole = step == HTTP_STEP_REQUEST;
    call->stream->body(call, body, peer->is_body_whole);
}

// Takes the answer, or the wish for a stream, of what is pending. False: it is still pending.
static bool take_pending(struct front_peer *peer)
{
    struct front *const front = peer->front;
    struct session *const session = &peer->session;
    struct exchange *const exchange = session->pending;
    const int64_t now_us = loop_now_us(front->shard.loop);
    if (exchange->wants_stream) {
        session_become_stream(session, now_us);
        exchange_open_stream(exchange);
        if (session->streams_body) {
            struct buffer rest SCOPED(buffer_free) = session->input;
            session->input = (struct buffer){.account = rest.account};
            line_hold(session, false);
            feed_body(peer, rest.data, rest.size);
        }
        return true;
    }
    if (!exchange->is_answered) {
        return false;
    }
    struct http_reply reply = {0};
    responder_finish(&front->responder, exchange, &reply);
    session_answer(session, &reply, now_us, &front->out);
    exchange_free(exchange);
    return true;
}

// Sends what was appended and does what the session has come to.
static void settle(struct front_peer *peer)
{
    struct front *const front = peer->front;
    struct session *const session = &peer->session;
    bool goes_on = true;
    while (goes_on) {
        flush(peer);
        goes_on = false;
        if (session->is_pending) {
            goes_on = take_pending(peer);
        } else if (session->is_held && stream_backlog_size(peer->stream) == 0) {
            // The kernel took it all: go on with what was held.
            session_receive(session, NULL, 0, loop_now_us(front->shard.loop), 0, &front->out);
            goes_on = true;
        }
    }
    if (peer->has_ended && !session->is_pending && !session->is_held && !session->is_stream) {
        session->is_over = true;
    }
    if (session->is_over && !peer->is_finished) {
        peer->is_finished = true;
        stream_finish(peer->stream);
    } else if (session->is_stream) {
        return; // holds and resumes by itself
    } else if (session->is_held && !peer->is_paused) {
        peer->is_paused = true;
        stream_pause(peer->stream);
    } else if (!session->is_held && peer->is_paused) {
        peer->is_paused = false;
        stream_resume(peer->stream);
    }
}

// --- What exchanges want of a connection ---

static void line_settle(struct session *session)
{
    settle(peer_of(session));
}

static void line_send(struct session *session, struct bytes bytes)
{
    stream_send(peer_of(session)->stream, bytes);
}

static size_t line_backlog_size(const struct session *session)
{
    const struct front_peer *const peer =
        (const struct front_peer *)(const void *)((const char *)session -
                                                  offsetof(struct front_peer, session));
    return stream_backlog_size(peer->stream);
}

static void line_finish(struct session *session)
{
    struct front_peer *const peer = peer_of(session);
    if (!peer->is_finished) {
        peer->is_finished = true;
        stream_finish(peer->stream);
    }
}

static bool line_caller(const struct session *session, struct ip_address *address)
{
    const struct front_peer *const peer =
        (const struct front_peer *)(const void *)((const char *)session -
                                                  offsetof(struct front_peer, session));
    struct address socket;
    return stream_address(peer->stream, &socket) && ip_address_of(&socket.socket.any, address);
}

static void line_turn(struct session *session)
{
    struct front_peer *const peer = peer_of(session);
    if (!peer->wants_turn) {
        peer->wants_turn = true;
        if (peer->front->turns_wanted++ == 0) {
            loop_call(peer->front->shard.loop);
        }
    }
}

static bool line_search(const struct session *session, struct commander **commander,
                        struct search_world *world)
{
    const struct front *const front =
        ((const struct front_peer *)(const void *)((const char *)session -
                                                   offsetof(struct front_peer, session)))
            ->front;
    *commander = front->responder.commander;
    return responder_world(front->server, world);
}

static const struct exchange_line line = {.settle = line_settle,
                                          .send = line_send,
                                          .backlog_size = line_backlog_size,
                                          .finish = line_finish,
                                          .caller = line_caller,
                                          .hold = line_hold,
                                          .turn = line_turn,
                                          .search = line_search};

// --- Peers ---

static struct metric_value *metric_of(struct front *front, enum routes_metric metric)
{
    return &front->responder.metrics[routes_metric(&front->server->routes, metric)];
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
    metric_add(metric_of(front, ROUTES_CONNECTIONS), 1);
    metric_add(metric_of(front, ROUTES_CONNECTIONS_TOTAL), 1);
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

static void *on_dialect_opened(void *context, struct stream *stream)
{
    const struct front_dialect *const dialect = context;
    return open_peer(dialect->front, stream, &dialect->answerer);
}

static void on_received(void *context, uint8_t *data, size_t size)
{
    struct front_peer *const peer = context;
    struct front *const front = peer->front;
    if (peer->session.is_stream && peer->session.streams_body) {
        feed_body(peer, data, size);
        return;
    }
    if (peer->session.is_stream) {
        struct call *const call = &((struct exchange *)peer->session.pending)->call;
        if (call->stream->received != NULL) {
            call->stream->received(call, data, size);
        }
        return;
    }
    session_receive(&peer->session, data, size, loop_now_us(front->shard.loop),
                    stream_backlog_size(peer->stream), &front->out);
    settle(peer);
}

static void on_drained(void *context)
{
    struct front_peer *const peer = context;
    if (peer->session.is_stream) {
        struct call *const call = &((struct exchange *)peer->session.pending)->call;
        if (call->stream->drained != NULL) {
            call->stream->drained(call);
        }
        return;
    }
    settle(peer);
}

static void on_ended(void *context)
{
    struct front_peer *const peer = context;
    peer->has_ended = true;
    if (peer->session.is_stream && peer->is_body_whole) {
        return; // the answer is still wanted
    }
    if (peer->session.is_stream) {
        line_finish(&peer->session); // nobody listens to a half-closed stream
    } else {
        settle(peer);
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
    front->turns_wanted -= peer->wants_turn ? 1 : 0;
    front->peer_count--;
    metric_subtract(metric_of(front, ROUTES_CONNECTIONS), 1);
    memory_give(peer);
}

static const struct stream_events api_events = {.opened = on_api_opened,
                                                .received = on_received,
                                                .drained = on_drained,
                                                .ended = on_ended,
                                                .closed = on_closed};
static const struct stream_events metrics_events = {.opened = on_metrics_opened,
                                                    .received = on_received,
                                                    .drained = on_drained,
                                                    .ended = on_ended,
                                                    .closed = on_closed};
static const struct stream_events dialect_events = {.opened = on_dialect_opened,
                                                    .received = on_received,
                                                    .drained = on_drained,
                                                    .ended = on_ended,
                                                    .closed = on_closed};

static void expire(struct front *front, int64_t now_us)
{
    struct front_peer *next = NULL;
    for (struct front_peer *peer = front->peers; peer != NULL; peer = next) {
        struct session *const session = &peer->session;
        next = peer->next;
        if (!session_expire(session, now_us, stream_backlog_size(peer->stream), &front->out)) {
            stream_close(peer->stream);
        } else if (session->is_stream) {
            struct call *const call = &((struct exchange *)session->pending)->call;
            if (call->stream->ticks != NULL) {
                call->stream->ticks(call, now_us);
            }
        } else {
            settle(peer);
        }
    }
}

static void on_tick(void *context)
{
    struct front *const front = context;
    const int64_t now_us = loop_now_us(front->shard.loop);
    responder_tick(&front->responder);
    expire(front, now_us);
    const size_t peer_count =
        front->peer_count + front->redis.peer_count + resp_front_count(front->resp);
    if (front->drain_deadline_us != 0 && (peer_count == 0 || now_us >= front->drain_deadline_us)) {
        shard_stop(&front->shard);
    }
}

static void close_listeners(struct front *front)
{
    listener_close(front->api_listener);
    listener_close(front->metrics_listener);
    front->api_listener = front->metrics_listener = NULL;
    for (unsigned i = 0; i < front->server->dialect_count; i++) {
        listener_close(front->dialects[i].listener);
        front->dialects[i].listener = NULL;
    }
}

static void drain_peer(struct front_peer *peer)
{
    if (!peer->session.is_stream) {
        session_drain(&peer->session);
        settle(peer);
        return;
    }
    struct call *const call = &((struct exchange *)peer->session.pending)->call;
    if (call->stream->ends != NULL) {
        call->stream->ends(call);
    } else {
        line_finish(&peer->session);
    }
}

// Streams that have more to do than others should wait for.
static void give_turns(struct front *front)
{
    if (front->turns_wanted == 0) {
        return;
    }
    front->turns_wanted = 0;
    struct front_peer *next = NULL;
    for (struct front_peer *peer = front->peers; peer != NULL; peer = next) {
        next = peer->next;
        if (peer->wants_turn) {
            peer->wants_turn = false;
            struct call *const call = &((struct exchange *)peer->session.pending)->call;
            call->stream->turn(call);
        }
    }
}

// Mail was delivered, or we are asked to drain: nobody new, and everybody's next answer is the last.
static void on_called(void *context)
{
    struct front *const front = context;
    give_turns(front);
    if (front->drain_deadline_us != 0 || !atomic_load(&front->server->is_draining)) {
        return;
    }
    front->drain_deadline_us = loop_now_us(front->shard.loop) + front->server->settings->drain_us;
    close_listeners(front);
    redis_door_drain(&front->redis);
    for (struct front_peer *peer = front->peers; peer != NULL; peer = peer->next) {
        drain_peer(peer);
    }
    resp_front_drain(front->resp);
    if (front->peer_count + front->redis.peer_count + resp_front_count(front->resp) == 0) {
        shard_stop(&front->shard);
    }
}

static const struct shard_events shard_events = {.ticks = on_tick, .called = on_called};

static enum status listen_on(struct front *front, void *context, struct address *address,
                             bool is_shared, const struct stream_events *events,
                             struct listener **listener, struct fault *fault)
{
    const struct listener_options options = {
        .is_shared = is_shared,
        .capacity = front->server->settings->connections,
        .events = events,
        .context = context,
    };
    return listener_open(front->shard.loop, address, &options, listener, fault);
}

static enum status open_dialects(struct front *front, struct fault *fault)
{
    struct server *const server = front->server;
    for (unsigned i = 0; i < server->dialect_count; i++) {
        struct front_dialect *const dialect = &front->dialects[i];
        dialect->front = front;
        dialect->door =
            (struct responder_door){.responder = &front->responder, .dialect = server->dialects[i]};
        dialect->answerer = front->api_answerer;
        dialect->answerer.context = &dialect->door;
        TRY(listen_on(front, dialect, &server->dialect_addresses[i], true, &dialect_events,
                      &dialect->listener, fault));
    }
    return STATUS_OK;
}

static enum status open_all(struct front *front, unsigned index, struct address *api,
                            struct address *metrics, struct fault *fault)
{
    struct server *const server = front->server;
    TRY(responder_open(&front->responder, server, fault));
    TRY(shard_open(&front->shard, index, server->account, &shard_events, front, fault));
    front->responder.home = &front->shard.mailbox;
    front->responder.line = &line;
    TRY(listen_on(front, front, api, true, &api_events, &front->api_listener, fault));
    TRY(open_dialects(front, fault));
    if (server->redis != NULL) {
        TRY(redis_door_open(&front->redis, server, &front->shard, server->redis, fault));
    }
    return metrics == NULL ? STATUS_OK
                           : listen_on(front, front, metrics, false, &metrics_events,
                                       &front->metrics_listener, fault);
}

enum status front_open(struct front *front, struct server *server, unsigned index,
                       struct address *api, struct address *metrics, struct fault *fault)
{
    *front = (struct front){.server = server, .out = {.account = server->account}};
    front->api_answerer = (struct session_answerer){.answer = responder_answer,
                                                    .refuse = responder_refuse,
                                                    .abandon = responder_abandon,
                                                    .streams = responder_streams,
                                                    .context = &front->responder.api};
    front->metrics_answerer = front->api_answerer;
    front->metrics_answerer.context = &front->responder.metrics_only;
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

void front_join(struct front *front)
{
    if (front->server != NULL) {
        shard_join(&front->shard);
    }
}

void front_close(struct front *front)
{
    if (front->server == NULL) {
        return;
    }
    shard_join(&front->shard);
    close_listeners(front);
    redis_door_close(&front->redis);
    for (struct front_peer *peer = front->peers; peer != NULL; peer = peer->next) {
        session_end(&peer->session);
        stream_close(peer->stream);
    }
    resp_front_close(front->resp);
    // Steps that came back after the last turn; nobody waits for them, and they end here.
    while (mailbox_deliver(&front->shard.mailbox, SIZE_MAX) != 0) {
    }
    shard_close(&front->shard);
    resp_front_free(front->resp);
    front->resp = NULL;
    responder_close(&front->responder);
    buffer_free(&front->redis.out);
    buffer_free(&front->out);
    front->server = NULL;
}
