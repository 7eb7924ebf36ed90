#include "serve/redis.h"

#include <strings.h>

#include "serve/server.h"
#include "sys/clock.h"

enum {
    LINE_SIZE_MAX = 64 << 10,
    ARGUMENTS_MAX = 1 << 20,
    BATCH_COMMANDS_MAX = 4096,
    BATCH_SIZE_MAX = 1 << 20,
    BACKLOG_SIZE_MAX = 1 << 20, // not taken by the peer, before more is read
};

// Commands on their way through the ledger.
struct redis_batch {
    struct ledger_job job; // first
    struct redis_peer *peer;
    struct redis_client client; // the peer's, as the commands leave it
    struct buffer bytes, spans; // spans: number of arguments, then offset and size of each
    struct buffer out;
    size_t count;
};

struct redis_peer {
    struct redis_door *door;
    struct stream *stream; // NULL once it is gone
    struct redis_peer *next;
    struct redis_peer **link; // to this peer, in the list
    struct redis_client client;
    struct resp_decoder decoder;
    struct buffer input;
    struct redis_batch *batch; // under way
    bool is_paused, has_ended, is_finished;
};

static const struct world *world_of(const struct redis_peer *peer)
{
    return &peer->door->server->world;
}

static void free_batch(struct redis_batch *batch)
{
    buffer_free(&batch->bytes);
    buffer_free(&batch->spans);
    buffer_free(&batch->out);
    memory_give(batch);
}

static void free_peer(struct redis_peer *peer)
{
    resp_decoder_end(&peer->decoder);
    buffer_free(&peer->input);
    memory_give(peer);
}

static void finish(struct redis_peer *peer)
{
    if (!peer->is_finished && peer->stream != NULL) {
        peer->is_finished = true;
        stream_finish(peer->stream);
    }
}

// --- On the ledger's thread ---

static uint32_t span_at(const struct buffer *spans, size_t at)
{
    uint32_t value;
    memcpy(&value, spans->data + at * sizeof(value), sizeof(value));
    return value;
}

static enum status run_batch(struct ledger_job *job, struct ledger_turn *turn, struct fault *fault)
{
    struct redis_batch *const batch = (struct redis_batch *)(void *)job;
    const struct redis_peer *const peer = batch->peer;
    struct bytes *arguments = NULL;
    size_t capacity = 0;
    size_t at = 0;
    for (size_t i = 0; i < batch->count && !batch->client.is_over; i++) {
        const size_t count = span_at(&batch->spans, at++);
        if (!memory_grow(batch->out.account, &arguments, &capacity, count, sizeof(*arguments))) {
            memory_give(arguments);
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for a command");
        }
        for (size_t k = 0; k < count; k++, at += 2) {
            arguments[k] = (struct bytes){.data = batch->bytes.data + span_at(&batch->spans, at),
                                          .size = span_at(&batch->spans, at + 1)};
        }
        const struct redis_call call = {.world = world_of(peer),
                                        .settings = &peer->door->settings,
                                        .client = &batch->client,
                                        .turn = turn,
                                        .now_us = turn->now_us,
                                        .arguments = arguments,
                                        .argument_count = count,
                                        .out = &batch->out};
        redis_run(&call);
    }
    memory_give(arguments);
    return STATUS_OK;
}

// --- On the shard ---

static void process(struct redis_peer *peer);

static void refuse_all(struct redis_batch *batch)
{
    struct buffer text = {.account = batch->out.account};
    const bool is_full =
        batch->job.status == STATUS_NO_SPACE || batch->job.status == STATUS_NO_MEMORY;
    buffer_append_text(&text, is_full                            ? "OOM "
                              : batch->job.status == STATUS_BUSY ? "BUSY "
                                                                 : "ERR ");
    buffer_append_text(&text, batch->job.fault.text);
    buffer_clear(&batch->out);
    for (size_t i = 0; i < batch->count; i++) {
        resp_write_error(&batch->out, buffer_bytes(&text));
    }
    buffer_free(&text);
}

static void on_answered(struct ledger_job *job)
{
    struct redis_batch *const batch = (struct redis_batch *)(void *)job;
    struct redis_peer *const peer = batch->peer;
    if (job->status != STATUS_OK || batch->out.failed) {
        refuse_all(batch);
    } else {
        peer->client = batch->client;
    }
    peer->batch = NULL;
    if (peer->stream == NULL) {
        free_peer(peer);
    } else if (!peer->is_finished) {
        stream_send(peer->stream, buffer_bytes(&batch->out));
        process(peer);
    }
    free_batch(batch);
}

static void flush(struct redis_peer *peer)
{
    struct buffer *const out = &peer->door->out;
    if (out->failed) {
        buffer_clear(out);
        finish(peer);
        return;
    }
    if (out->size > 0) {
        stream_send(peer->stream, buffer_bytes(out));
        buffer_clear(out);
    }
}

static void run_now(struct redis_peer *peer, const struct resp_command *command)
{
    const struct redis_call call = {.world = world_of(peer),
                                    .settings = &peer->door->settings,
                                    .client = &peer->client,
                                    .now_us = sys_wall_us(world_of(peer)->sys),
                                    .arguments = command->arguments,
                                    .argument_count = command->argument_count,
                                    .out = &peer->door->out};
    redis_run(&call);
}

static bool begin_batch(struct redis_peer *peer)
{
    struct memory_account *const account = world_of(peer)->account;
    struct redis_batch *const batch = memory_take_zeroed(account, 1, sizeof(*batch));
    if (batch == NULL) {
        return false;
    }
    batch->peer = peer;
    batch->client = peer->client;
    batch->bytes.account = batch->spans.account = batch->out.account = account;
    batch->job.run = run_batch;
    batch->job.answered = on_answered;
    batch->job.home = &peer->door->shard->mailbox;
    peer->batch = batch;
    return true;
}

static void append_to_batch(struct redis_batch *batch, const struct resp_command *command)
{
    buffer_append_u32(&batch->spans, (uint32_t)command->argument_count);
    for (size_t i = 0; i < command->argument_count; i++) {
        buffer_append_u32(&batch->spans, (uint32_t)batch->bytes.size);
        buffer_append_u32(&batch->spans, (uint32_t)command->arguments[i].size);
        buffer_append_bytes(&batch->bytes, command->arguments[i]);
    }
    batch->count++;
}

// Takes a whole command; false: the connection ends.
static bool take_command(struct redis_peer *peer, const struct resp_command *command)
{
    const struct bytes name = command->arguments[0];
    if ((name.size == 4 && strncasecmp((const char *)name.data, "post", 4) == 0) ||
        (name.size == 5 && strncasecmp((const char *)name.data, "host:", 5) == 0)) {
        return false;
    }
    if (peer->batch == NULL && redis_writes(command->arguments, command->argument_count)) {
        if (!begin_batch(peer)) {
            return false;
        }
    }
    if (peer->batch != NULL) {
        append_to_batch(peer->batch, command);
        return true;
    }
    run_now(peer, command);
    return !peer->client.is_over;
}

static void write_refusal(struct redis_peer *peer, const char *text)
{
    struct buffer *const out = &peer->door->out;
    buffer_append_text(out, "-ERR ");
    buffer_append_text(out, text);
    buffer_append_text(out, "\r\n");
}

static void submit_batch(struct redis_peer *peer)
{
    struct redis_batch *const batch = peer->batch;
    if (batch->bytes.failed || batch->spans.failed) {
        batch->job.status = STATUS_NO_MEMORY;
        (void)fault_set(&batch->job.fault, STATUS_NO_MEMORY, "no memory for the command");
        on_answered(&batch->job);
        return;
    }
    stream_pause(peer->stream);
    peer->is_paused = true;
    world_of(peer)->submit(world_of(peer)->ledger, &batch->job);
}

static bool is_batch_full(const struct redis_batch *batch)
{
    return batch != NULL &&
           (batch->count >= BATCH_COMMANDS_MAX || batch->bytes.size >= BATCH_SIZE_MAX);
}

// Takes what is whole of the input. False: the connection ends.
static bool take_input(struct redis_peer *peer)
{
    size_t begin = 0;
    bool goes_on = true;
    bool is_open = true;
    while (goes_on && begin < peer->input.size && !is_batch_full(peer->batch)) {
        struct resp_command command;
        size_t used = 0;
        switch (resp_decode(&peer->decoder, peer->input.data + begin, peer->input.size - begin,
                            &command, &used)) {
        case RESP_STEP_COMMAND:
            is_open = take_command(peer, &command);
            goes_on = is_open;
            break;
        case RESP_STEP_EMPTY:
            break;
        case RESP_STEP_MORE:
            goes_on = false;
            break;
        case RESP_STEP_REFUSED:
            write_refusal(peer, peer->decoder.refusal);
            is_open = goes_on = false;
            break;
        case RESP_STEP_FULL:
            write_refusal(peer, "no memory for the command");
            is_open = goes_on = false;
            break;
        case RESP_STEP_HTTP:
            is_open = goes_on = false;
            break;
        }
        begin += used;
    }
    if (begin > 0) {
        memmove(peer->input.data, peer->input.data + begin, peer->input.size - begin);
        peer->input.size -= begin;
    }
    return is_open;
}

static void process(struct redis_peer *peer)
{
    const bool is_open = !peer->client.is_over && take_input(peer);
    flush(peer);
    if (peer->batch != NULL) {
        peer->has_ended |= !is_open;
        submit_batch(peer);
        return;
    }
    if (!is_open || peer->has_ended || peer->door->is_draining) {
        finish(peer);
        return;
    }
    const bool should_wait = stream_backlog_size(peer->stream) > BACKLOG_SIZE_MAX;
    if (should_wait != peer->is_paused) {
        peer->is_paused = should_wait;
        if (should_wait) {
            stream_pause(peer->stream);
        } else {
            stream_resume(peer->stream);
        }
    }
    if (peer->input.size == 0) {
        buffer_free(&peer->input); // an idle connection holds none
    }
}

static void on_received(void *context, uint8_t *data, size_t size)
{
    struct redis_peer *const peer = context;
    if (peer->is_finished) {
        return;
    }
    buffer_append(&peer->input, data, size);
    if (peer->input.failed) {
        finish(peer);
    } else if (peer->batch == NULL) {
        process(peer);
    }
}

static void on_drained(void *context)
{
    struct redis_peer *const peer = context;
    if (peer->batch == NULL && !peer->is_finished) {
        process(peer);
    }
}

static void on_ended(void *context)
{
    struct redis_peer *const peer = context;
    peer->has_ended = true;
    if (peer->batch == NULL) {
        finish(peer);
    }
}

static void on_closed(void *context)
{
    struct redis_peer *const peer = context;
    *peer->link = peer->next;
    if (peer->next != NULL) {
        peer->next->link = peer->link;
    }
    peer->door->peer_count--;
    peer->stream = NULL;
    if (peer->batch == NULL) {
        free_peer(peer);
    }
}

static void *on_opened(void *context, struct stream *stream)
{
    struct redis_door *const door = context;
    struct memory_account *const account = door->server->world.account;
    struct redis_peer *const peer = memory_take_zeroed(account, 1, sizeof(*peer));
    if (peer == NULL) {
        return NULL;
    }
    peer->door = door;
    peer->stream = stream;
    peer->input.account = account;
    redis_client_begin(&peer->client, &door->settings, ++door->next_id);
    resp_decoder_begin(&peer->decoder, &door->limits, account);
    peer->next = door->peers;
    peer->link = &door->peers;
    if (peer->next != NULL) {
        peer->next->link = &peer->next;
    }
    door->peers = peer;
    door->peer_count++;
    return peer;
}

static const struct stream_events events = {.opened = on_opened,
                                            .received = on_received,
                                            .drained = on_drained,
                                            .ended = on_ended,
                                            .closed = on_closed};

static bool admits(void *context, struct bytes password)
{
    return guard_admits(context, password);
}

enum status redis_door_open(struct redis_door *door, const struct server *server,
                            struct shard *shard, struct address *address, struct fault *fault)
{
    const struct listener_options options = {.is_shared = true,
                                             .capacity = server->settings->connections,
                                             .events = &events,
                                             .context = door};
    const struct guard *const guard = &server->guard;
    *door = (struct redis_door){
        .server = server,
        .shard = shard,
        .settings = {.version = "7.0.15", .port = (uint16_t)address_port(address)},
        .limits = {.line_size = LINE_SIZE_MAX,
                   .bulk_size = server->settings->body_size,
                   .command_size = 2 * server->settings->body_size,
                   .argument_count = ARGUMENTS_MAX},
        .next_id = (uint64_t)shard->index << 32,
        .out = {.account = server->account},
    };
    if (guard->keys != NULL) {
        door->settings.admits = admits;
        door->settings.context = (void *)(uintptr_t)guard; // only read
    }
    return listener_open(shard->loop, address, &options, &door->listener, fault);
}

void redis_door_drain(struct redis_door *door)
{
    door->is_draining = true;
    listener_close(door->listener);
    door->listener = NULL;
    for (struct redis_peer *peer = door->peers; peer != NULL; peer = peer->next) {
        if (peer->batch == NULL) {
            finish(peer);
        }
    }
}

void redis_door_close(struct redis_door *door)
{
    listener_close(door->listener);
    door->listener = NULL;
    for (struct redis_peer *peer = door->peers; peer != NULL; peer = peer->next) {
        peer->is_finished = true;
        stream_close(peer->stream);
    }
}
