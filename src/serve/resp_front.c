#include <stdio.h>

#include "codec/json_slice.h"
#include "codec/json_write.h"
#include "serve/resp_private.h"
#include "text/glob.h"

// A subscriber that does not read: so much may wait for it.
#define LISTENER_BACKLOG_SIZE ((size_t)64 << 20)
// More answers than this wait to be sent: its commands wait too.
#define BACKLOG_SIZE          ((size_t)4 << 20)

static int64_t now_us(const struct resp_front *front)
{
    return loop_now_us(front->shard->loop);
}

// Replies. -------------------------------------------------------------------------------------------

static void write_http(struct buffer *out, struct bytes body, const char *status)
{
    buffer_append_format(out,
                         "HTTP/1.1 %s\r\nConnection: close\r\n"
                         "Content-Type: application/json; charset=utf-8\r\n"
                         "Content-Length: %zu\r\nAccess-Control-Allow-Origin: *\r\n\r\n",
                         status, body.size + 2);
    buffer_append_bytes(out, body);
    buffer_append(out, "\r\n", 2);
}

void resp_frame_write(struct buffer *out, const struct resp_style *style, struct bytes body)
{
    if (style->frame == RESP_FRAME_HTTP) {
        write_http(out, body, "200 OK");
    } else if (style->frame == RESP_FRAME_NATIVE) {
        buffer_append_format(out, "$%zu ", body.size);
        buffer_append_bytes(out, body);
        buffer_append(out, "\r\n", 2);
    } else if (style->output == TILE38_OUTPUT_JSON) {
        resp_write_bulk(out, body);
    } else {
        buffer_append_bytes(out, body);
    }
}

static bool is_plain(const struct resp_style *style)
{
    return style->frame == RESP_FRAME_RESP && style->output == TILE38_OUTPUT_RESP;
}

struct tile38_request resp_ask_request(struct resp_ask *ask)
{
    struct resp_front *const front = ask->peer->front;
    struct world *const world = front->hub->tile38.world;
    buffer_clear(&front->body);
    // Commands may change the form of their own reply (OUTPUT): it is framed when it is done.
    return (struct tile38_request){
        .tile38 = &front->hub->tile38,
        .arguments = ask->words,
        .argument_count = ask->count,
        .output = ask->style.output,
        .version = ask->style.version,
        .now_us = world->sys->wall_us(world->sys),
        .begun_us = world->sys->monotonic_us(world->sys),
        .deadline_us = INT64_MAX,
        .out = &front->body,
        .scratch = &front->scratch,
    };
}

void resp_ask_done(struct resp_ask *ask, struct tile38_request *request)
{
    struct resp_front *const front = ask->peer->front;
    if (request->out == &front->body) {
        resp_frame_write(&front->out, &ask->style, buffer_bytes(&front->body));
        buffer_clear(&front->body);
    }
}

static void send_out(struct resp_peer *peer)
{
    struct resp_front *const front = peer->front;
    if (front->out.size != 0) {
        stream_send(peer->stream, buffer_bytes(&front->out));
    }
    buffer_clear(&front->out);
    if (front->out.capacity > (size_t)1 << 20) {
        buffer_free(&front->out);
    }
    if (front->body.capacity > (size_t)1 << 20) {
        buffer_free(&front->body);
    }
}

// Commands. ------------------------------------------------------------------------------------------

static void run_read(struct resp_ask *ask)
{
    struct resp_front *const front = ask->peer->front;
    struct tile38_request request = resp_ask_request(ask);
    request.view = live_view_now(front->hub->tile38.world->live);
    if (is_plain(&ask->style)) {
        request.out = &front->out;
    }
    (void)tile38_run(&request);
    resp_ask_done(ask, &request);
}

// Of HTTP and of what is written by hand, the end follows its answer.
static void note(struct resp_peer *peer, const struct resp_ask *ask)
{
    struct resp_hub *const hub = peer->front->hub;
    atomic_fetch_add_explicit(&hub->tile38.commands, 1, memory_order_relaxed);
    atomic_store_explicit(&peer->last_us, now_us(peer->front), memory_order_relaxed);
    if (atomic_load_explicit(&hub->monitors, memory_order_relaxed) != 0) {
        resp_hub_monitor(peer, ask->words, ask->count);
    }
}

// A fence of its own: the batch that opens it has nothing else in it.
static bool prepare_watch(struct resp_peer *peer, struct resp_batch *batch,
                          const struct resp_ask *ask)
{
    struct resp_watch *const watch = memory_take(peer->front->account, 1, sizeof(*watch));
    if (watch == NULL) {
        return false;
    }
    *watch = (struct resp_watch){.front = peer->front, .peer_id = peer->id};
    peer->watch = batch->watch = watch;
    peer->live_frame = ask->style.frame;
    peer->live_output = ask->style.output;
    return true;
}

static bool wants_fence(const struct resp_ask *ask)
{
    const struct bytes name = ask->words[0];
    if (!tile38_is_word(name, "nearby") && !tile38_is_word(name, "within") &&
        !tile38_is_word(name, "intersects")) {
        return false;
    }
    for (size_t i = 2; i < ask->count; i++) {
        if (tile38_is_word(ask->words[i], "fence")) {
            return true;
        }
    }
    return false;
}

enum flow { FLOW_ON, FLOW_WAITS };

static enum flow run_write(struct resp_ask *ask)
{
    struct resp_peer *const peer = ask->peer;
    struct resp_batch *const batch = resp_batch_of(peer);
    if (batch == NULL) {
        struct tile38_request request = resp_ask_request(ask);
        tile38_reply_error(&request, BYTES_OF("there is no memory for writes"));
        resp_ask_done(ask, &request);
        return FLOW_ON;
    }
    if (wants_fence(ask)) {
        (void)prepare_watch(peer, batch, ask);
        (void)resp_batch_add(batch, ask);
        return FLOW_WAITS;
    }
    return resp_batch_add(batch, ask) ? FLOW_ON : FLOW_WAITS;
}

static bool has_batch(const struct resp_peer *peer)
{
    return peer->batch != NULL && peer->batch->command_count != 0;
}

// A script: nothing else is in its batch, because what is before it was submitted.
static enum flow run_toil(struct resp_ask *ask)
{
    struct resp_peer *const peer = ask->peer;
    struct resp_batch *const batch = resp_batch_of(peer);
    if (batch == NULL) {
        struct tile38_request request = resp_ask_request(ask);
        tile38_reply_error(&request, BYTES_OF("there is no memory for scripts"));
        resp_ask_done(ask, &request);
        return FLOW_ON;
    }
    (void)resp_batch_add(batch, ask);
    resp_batch_toil(peer);
    return FLOW_WAITS;
}

static enum flow run_ask(struct resp_ask *ask, struct bytes authorization)
{
    struct resp_peer *const peer = ask->peer;
    note(peer, ask);
    if (resp_connection_refuses(ask, authorization)) {
        return FLOW_ON;
    }
    const enum tile38_place place = tile38_place(ask->words, ask->count);
    if (place == TILE38_PLACE_TURN) {
        return run_write(ask);
    }
    if (place == TILE38_PLACE_WORKER) {
        return run_toil(ask);
    }
    if (!resp_connection_run(ask)) {
        run_read(ask); // what is unknown is refused by the commands themselves
    }
    return FLOW_ON;
}

// Is this command to be in the batch, or must the batch go first?
static bool joins_batch(const struct resp_ask *ask)
{
    return tile38_place(ask->words, ask->count) == TILE38_PLACE_TURN && !wants_fence(ask);
}

// HTTP. ----------------------------------------------------------------------------------------------

static const struct http_limits http_limits = {
    .head_size = 64 << 10, .target_size = 32 << 10, .field_count = 100, .body_size = 64 << 20};

static void refuse_http(struct resp_peer *peer, const char *status, const char *sentence)
{
    struct buffer body = {.account = peer->front->account};
    buffer_append_format(&body, "{\"ok\":false,\"err\":\"%s\"}", sentence);
    write_http(&peer->front->out, buffer_bytes(&body), status);
    buffer_free(&body);
    peer->is_over = true;
}

static struct bytes host_of(struct bytes origin)
{
    for (size_t i = 0; i + 2 < origin.size; i++) {
        if (memcmp(origin.data + i, "://", 3) == 0) {
            return (struct bytes){origin.data + i + 3, origin.size - i - 3};
        }
    }
    return origin;
}

// A page of another site may ask only with a password, which a page cannot know.
static bool is_foreign(const struct resp_peer *peer, const struct http_request *request)
{
    const struct guard *const guard = peer->front->hub->guard;
    const struct bytes origin = request->fields[HTTP_FIELD_ORIGIN];
    const struct bytes host = request->fields[HTTP_FIELD_HOST];
    // An image of another site's page comes without Origin; browsers say so here.
    const struct bytes site = request->fields[HTTP_FIELD_FETCH_SITE];
    if (request->fields[HTTP_FIELD_AUTHORIZATION].size != 0) {
        return false;
    }
    if (bytes_equal(site, BYTES_OF("cross-site")) || bytes_equal(site, BYTES_OF("same-site"))) {
        return true;
    }
    return (host.size != 0 && !guard_knows_host(guard, host)) ||
           (origin.size != 0 && !guard_knows_host(guard, host_of(origin)));
}

static enum flow run_http(struct resp_peer *peer, const struct http_request *request)
{
    enum { WORDS_MAX = 256 };
    struct resp_front *const front = peer->front;
    peer->is_over = true;
    if (request->method == HTTP_METHOD_OPTIONS) {
        buffer_append_text(&front->out, "HTTP/1.1 204 No Content\r\nConnection: close\r\n"
                                        "Access-Control-Allow-Origin: *\r\n"
                                        "Access-Control-Allow-Headers: *, Authorization\r\n"
                                        "Access-Control-Allow-Methods: POST, GET, OPTIONS\r\n\r\n");
        return FLOW_ON;
    }
    if (request->method != HTTP_METHOD_GET && request->method != HTTP_METHOD_POST) {
        refuse_http(peer, "405 Method Not Allowed", "use GET or POST");
        return FLOW_ON;
    }
    if (is_foreign(peer, request)) {
        refuse_http(peer, "403 Forbidden", "a page of another site needs a password");
        return FLOW_ON;
    }
    struct buffer line = {.account = front->account};
    struct bytes words[WORDS_MAX];
    uint8_t *const room =
        buffer_reserve(&line, request->path.size + request->query.size + request->body.size + 2);
    size_t size = 0;
    if (room != NULL) {
        struct bytes target = {request->path.data + 1, request->path.size - 1};
        if (request->query.size != 0) {
            // The query is behind the path, after its '?'.
            target.size += request->query.size + 1;
        }
        size = http_unescape(target, true, room);
    }
    enum flow flow = FLOW_ON;
    if (room == NULL || size == SIZE_MAX) {
        refuse_http(peer, "400 Bad Request", "the path has a malformed escape");
    } else {
        line.size = size;
        buffer_append_bytes(&line, request->body);
        const size_t count = resp_split_native(buffer_bytes(&line), words, WORDS_MAX);
        struct resp_ask ask = {.peer = peer,
                               .words = words,
                               .count = count,
                               .style = {RESP_FRAME_HTTP, TILE38_OUTPUT_JSON, RESP_2}};
        if (count == 0 || count == SIZE_MAX) {
            refuse_http(peer, "400 Bad Request", "there is no command in the path");
        } else {
            flow = run_ask(&ask, request->fields[HTTP_FIELD_AUTHORIZATION]);
            if (has_batch(peer) && !peer->batch->is_busy) {
                resp_batch_submit(peer); // while the words are there
                flow = FLOW_WAITS;
            }
        }
    }
    buffer_free(&line);
    return flow;
}

static size_t consume_http(struct resp_peer *peer, uint8_t *data, size_t size, enum flow *flow)
{
    struct http_request request;
    size_t used = 0;
    const enum http_step step = http_decode(&peer->http, data, size, &request, &used);
    *flow = FLOW_WAITS;
    if (step == HTTP_STEP_CONTINUE) {
        buffer_append_text(&peer->front->out, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    if (step == HTTP_STEP_REFUSED) {
        refuse_http(peer, "400 Bad Request", peer->http.refusal);
        return size;
    }
    if (step != HTTP_STEP_REQUEST) {
        return 0;
    }
    *flow = run_http(peer, &request);
    return used;
}

// Bytes in. ------------------------------------------------------------------------------------------

static bool may_go_on(const struct resp_peer *peer)
{
    return !peer->is_over && (peer->batch == NULL || !peer->batch->is_busy) &&
           stream_backlog_size(peer->stream) + peer->front->out.size <= BACKLOG_SIZE;
}

static void refuse(struct resp_peer *peer, const char *sentence)
{
    char text[128];
    const int size = snprintf(text, sizeof(text), "ERR %s", sentence);
    resp_write_error(&peer->front->out, (struct bytes){(const uint8_t *)text, (size_t)size});
    peer->is_over = true;
}

static struct resp_style style_of(const struct resp_peer *peer, enum resp_form form)
{
    const bool is_native = form == RESP_FORM_NATIVE;
    return (struct resp_style){.frame = is_native ? RESP_FRAME_NATIVE : RESP_FRAME_RESP,
                               .output = peer->has_output ? peer->output
                                         : is_native      ? TILE38_OUTPUT_JSON
                                                          : TILE38_OUTPUT_RESP,
                               .version = peer->version};
}

// Runs what is whole; returns how much of `data` that was. The batch that was begun is submitted
// before this returns: its words lie in `data`.
static size_t consume(struct resp_peer *peer, uint8_t *data, size_t size)
{
    size_t used = 0;
    enum flow flow = FLOW_ON;
    while (used < size && flow == FLOW_ON && may_go_on(peer)) {
        if (peer->is_http) {
            used += consume_http(peer, data + used, size - used, &flow);
            continue;
        }
        // Lines are unquoted in place: they are not to be looked at twice.
        if (has_batch(peer) && data[used] != '*') {
            break;
        }
        struct resp_command command;
        size_t taken = 0;
        const enum resp_step step =
            resp_decode(&peer->decoder, data + used, size - used, &command, &taken);
        if (step == RESP_STEP_COMMAND) {
            struct resp_ask ask = {.peer = peer,
                                   .words = command.arguments,
                                   .count = command.argument_count,
                                   .style = style_of(peer, command.form)};
            if (has_batch(peer) && !joins_batch(&ask)) {
                break;
            }
            used += taken;
            if (peer->mode < RESP_MODE_LIVE || tile38_is_word(ask.words[0], "quit")) {
                flow = run_ask(&ask, (struct bytes){0});
            }
        } else if (step == RESP_STEP_EMPTY) {
            used += taken;
        } else if (step == RESP_STEP_HTTP && !has_batch(peer)) {
            peer->is_http = true;
            http_decoder_begin(&peer->http, &http_limits);
        } else {
            if (step == RESP_STEP_REFUSED || step == RESP_STEP_FULL) {
                refuse(peer, step == RESP_STEP_FULL ? "the server has no memory for this command"
                                                    : peer->decoder.refusal);
            }
            break;
        }
    }
    if (has_batch(peer) && !peer->batch->is_busy) {
        resp_batch_submit(peer);
    }
    return peer->is_over && !has_batch(peer) ? size : used;
}

// What cannot be answered now waits, and nothing more is read meanwhile.
static void settle(struct resp_peer *peer)
{
    const bool is_busy = peer->batch != NULL && peer->batch->is_busy;
    send_out(peer);
    if (peer->is_finished) {
        return;
    }
    if ((peer->is_over || (peer->has_ended && peer->input.size == 0)) && !is_busy) {
        peer->is_finished = true;
        stream_finish(peer->stream);
        return;
    }
    const bool waits =
        (is_busy && peer->input.size != 0) || stream_backlog_size(peer->stream) > BACKLOG_SIZE;
    if (waits != peer->is_paused) {
        peer->is_paused = waits;
        (waits ? stream_pause : stream_resume)(peer->stream);
    }
}

static void keep_rest(struct resp_peer *peer, size_t used)
{
    struct buffer *const input = &peer->input;
    if (used == input->size) {
        buffer_free(input);
    } else if (used != 0) {
        memmove(input->data, input->data + used, input->size - used);
        input->size -= used;
    }
}

void resp_peer_proceed(struct resp_peer *peer)
{
    if (peer->input.size != 0 && may_go_on(peer)) {
        keep_rest(peer, consume(peer, peer->input.data, peer->input.size));
    }
    settle(peer);
}

static void on_received(void *context, uint8_t *data, size_t size)
{
    struct resp_peer *const peer = context;
    if (peer->is_over) {
        return;
    }
    if (peer->input.size == 0) {
        const size_t used = consume(peer, data, size);
        buffer_append(&peer->input, data + used, size - used);
    } else {
        buffer_append(&peer->input, data, size);
        if (!peer->input.failed && may_go_on(peer)) {
            keep_rest(peer, consume(peer, peer->input.data, peer->input.size));
        }
    }
    if (peer->input.failed) {
        refuse(peer, "the server has no memory for this command");
    }
    settle(peer);
}

static void on_drained(void *context)
{
    resp_follow_drained(context);
    resp_peer_proceed(context);
}

static void on_ended(void *context)
{
    struct resp_peer *const peer = context;
    peer->has_ended = true;
    // What is not whole now never will be.
    if (peer->batch == NULL || !peer->batch->is_busy) {
        peer->is_over = true;
    }
    settle(peer);
}

// Coming and going. ----------------------------------------------------------------------------------

static void *on_opened(void *context, struct stream *stream)
{
    struct resp_front *const front = context;
    struct resp_hub *const hub = front->hub;
    struct resp_peer *const peer = memory_take_zeroed(front->account, 1, sizeof(*peer));
    if (peer == NULL) {
        return NULL;
    }
    peer->front = front;
    peer->stream = stream;
    peer->version = RESP_2;
    peer->is_admitted = !atomic_load(&hub->needs_password);
    peer->id = atomic_fetch_add(&hub->last_id, 1) + 1;
    peer->opened_us = now_us(front);
    atomic_init(&peer->last_us, peer->opened_us);
    peer->input.account = front->account;
    struct address address;
    if (stream_address(stream, &address)) {
        address_format(&address, peer->address);
    }
    resp_decoder_begin(&peer->decoder, &hub->limits, front->account);
    peer->next = front->peers;
    peer->link = &front->peers;
    if (peer->next != NULL) {
        peer->next->link = &peer->next;
    }
    front->peers = peer;
    front->peer_count++;
    resp_hub_add(hub, peer);
    return peer;
}

static void on_closed(void *context)
{
    struct resp_peer *const peer = context;
    struct resp_front *const front = peer->front;
    resp_hub_remove(front->hub, peer);
    resp_follow_end(peer);
    *peer->link = peer->next;
    if (peer->next != NULL) {
        peer->next->link = peer->link;
    }
    front->peer_count--;
    if (atomic_load(&peer->is_monitor)) {
        atomic_fetch_sub(&front->hub->monitors, 1);
    }
    struct resp_subscription *const subscriptions =
        peer->subscription_count == 0 ? NULL : resp_hub_unsubscribe_all(peer);
    if (front->is_closed) {
        resp_subscriptions_free(subscriptions);
    } else {
        resp_batch_listen(front, subscriptions, -1);
    }
    if (peer->connection != NULL && !front->is_closed) {
        resp_batch_close_fence(front, peer->connection, peer->watch);
    } else if (peer->batch == NULL || peer->batch->watch == NULL) {
        memory_give(peer->watch);
    }
    if (peer->batch != NULL && peer->batch->is_busy) {
        peer->batch->peer = NULL;
    } else {
        resp_batch_free(peer->batch);
    }
    resp_decoder_end(&peer->decoder);
    buffer_free(&peer->input);
    memory_give(peer);
}

static const struct stream_events events = {.opened = on_opened,
                                            .received = on_received,
                                            .drained = on_drained,
                                            .ended = on_ended,
                                            .closed = on_closed};

// Mail. ----------------------------------------------------------------------------------------------

static bool send_to_listener(struct resp_peer *peer)
{
    struct resp_front *const front = peer->front;
    if (stream_backlog_size(peer->stream) > LISTENER_BACKLOG_SIZE) {
        buffer_clear(&front->out);
        peer->is_over = true;
        stream_close(peer->stream);
        return false;
    }
    send_out(peer);
    return true;
}

static void write_json_message(struct resp_front *front, struct bytes payload)
{
    if (json_slice_check(payload, front->account)) {
        buffer_append_bytes(&front->body, payload);
    } else {
        struct json_writer json = {.out = &front->body};
        json_text(&json, payload);
    }
}

static void send_message(struct resp_peer *peer, const struct resp_subscription *subscription,
                         struct bytes channel, struct bytes payload)
{
    struct resp_front *const front = peer->front;
    const struct resp_style style = {peer->live_frame, peer->live_output, peer->version};
    if (peer->live_output == TILE38_OUTPUT_JSON) {
        buffer_clear(&front->body);
        write_json_message(front, payload);
        resp_frame_write(&front->out, &style, buffer_bytes(&front->body));
    } else {
        resp_write_push(&front->out, peer->version, subscription->is_pattern ? 4 : 3);
        resp_write_bulk(&front->out,
                        subscription->is_pattern ? BYTES_OF("pmessage") : BYTES_OF("message"));
        if (subscription->is_pattern) {
            resp_write_bulk(&front->out,
                            (struct bytes){subscription->name, subscription->name_size});
        }
        resp_write_bulk(&front->out, channel);
        resp_write_bulk(&front->out, payload);
    }
    atomic_fetch_add_explicit(&front->hub->tile38.messages, 1, memory_order_relaxed);
}

static struct resp_peer *peer_of(const struct resp_front *front, uint64_t id)
{
    struct resp_peer *peer = front->peers;
    while (peer != NULL && peer->id != id) {
        peer = peer->next;
    }
    return peer;
}

static void publish(struct resp_front *front, struct bytes channel, struct bytes payload)
{
    // Only this shard's peers' subscriptions are looked at, and only this shard takes those out; others
    // add to the list, so it is walked under the lock.
    (void)pthread_mutex_lock(&front->hub->lock);
    for (const struct resp_subscription *at = front->hub->subscriptions; at != NULL;
         at = at->next) {
        const struct bytes name = {at->name, at->name_size};
        if (at->front != front ||
            !(at->is_pattern ? glob_matches(name, channel) : bytes_equal(name, channel))) {
            continue;
        }
        struct resp_peer *const peer = peer_of(front, at->peer_id);
        if (peer != NULL && !peer->is_over) {
            send_message(peer, at, channel, payload);
            (void)send_to_listener(peer);
        }
    }
    (void)pthread_mutex_unlock(&front->hub->lock);
}

bool resp_peer_tell(struct resp_peer *peer, struct bytes channel, struct bytes payload)
{
    static const struct resp_subscription plain = {.is_pattern = false};
    send_message(peer, &plain, channel, payload);
    return send_to_listener(peer);
}

void resp_peer_drop(struct resp_peer *peer)
{
    peer->is_over = true;
    settle(peer);
}

static void send_live(struct resp_peer *peer, struct bytes payload)
{
    const struct resp_style style = {peer->live_frame, TILE38_OUTPUT_JSON, peer->version};
    resp_frame_write(&peer->front->out, &style, payload);
    atomic_fetch_add_explicit(&peer->front->hub->tile38.messages, 1, memory_order_relaxed);
    (void)send_to_listener(peer);
}

static void send_monitor(struct resp_peer *peer, struct bytes line)
{
    struct buffer *const out = &peer->front->out;
    buffer_append(out, "+", 1);
    buffer_append_bytes(out, line);
    buffer_append(out, "\r\n", 2);
    (void)send_to_listener(peer);
}

void resp_peer_mail(struct resp_front *front, const struct resp_mail *mail)
{
    const struct bytes channel = {mail->bytes, mail->channel_size};
    const struct bytes payload = {mail->bytes + mail->channel_size, mail->payload_size};
    if (front->is_closed) {
        return;
    }
    if (mail->kind == RESP_MAIL_PUBLISH) {
        publish(front, channel, payload);
        return;
    }
    struct resp_peer *const peer = peer_of(front, mail->peer_id);
    if (peer == NULL || peer->is_over) {
        return;
    }
    if (mail->kind == RESP_MAIL_LIVE) {
        send_live(peer, payload);
    } else if (mail->kind == RESP_MAIL_MONITOR) {
        send_monitor(peer, payload);
    } else {
        resp_peer_drop(peer);
    }
}

// The front. -----------------------------------------------------------------------------------------

enum status resp_front_open(struct resp_hub *hub, struct shard *shard, struct address *address,
                            unsigned capacity, struct resp_front **front, struct fault *fault)
{
    struct memory_account *const account = hub->tile38.world->account;
    struct resp_front *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a listener");
    }
    *made = (struct resp_front){.hub = hub,
                                .shard = shard,
                                .account = account,
                                .out = {.account = account},
                                .body = {.account = account}};
    tile38_scratch_begin(&made->scratch, account);
    const struct listener_options options = {
        .is_shared = true, .capacity = capacity, .events = &events, .context = made};
    const enum status status =
        listener_open(shard->loop, address, &options, &made->listener, fault);
    if (status != STATUS_OK) {
        resp_front_free(made);
        return fault_prefix(fault, status, "--resp");
    }
    *front = made;
    return STATUS_OK;
}

size_t resp_front_count(const struct resp_front *front)
{
    return front == NULL ? 0 : front->peer_count;
}

void resp_front_drain(struct resp_front *front)
{
    if (front == NULL) {
        return;
    }
    listener_close(front->listener);
    front->listener = NULL;
    for (struct resp_peer *peer = front->peers; peer != NULL; peer = peer->next) {
        peer->is_over = true;
        if ((peer->batch == NULL || !peer->batch->is_busy) &&
            stream_backlog_size(peer->stream) == 0) {
            stream_close(peer->stream); // a client in a pool would never close first
        } else {
            settle(peer);
        }
    }
}

void resp_front_close(struct resp_front *front)
{
    if (front == NULL) {
        return;
    }
    listener_close(front->listener);
    front->listener = NULL;
    front->is_closed = true;
    for (struct resp_peer *peer = front->peers; peer != NULL; peer = peer->next) {
        stream_close(peer->stream);
    }
}

void resp_front_free(struct resp_front *front)
{
    if (front == NULL) {
        return;
    }
    tile38_scratch_end(&front->scratch);
    buffer_free(&front->out);
    buffer_free(&front->body);
    memory_give(front);
}
