#include <semaphore.h>
#include <stddef.h>
#include <stdio.h>

#include "fence/tile38.h"
#include "serve/resp_private.h"

// One job holds so many commands or bytes at most; a longer pipeline becomes several.
enum { BATCH_COMMANDS_MAX = 1024, BATCH_SIZE_MAX = 1 << 20 };

static struct resp_batch *batch_new(struct resp_front *front)
{
    struct memory_account *const account = front->account;
    struct resp_batch *const batch = memory_take_zeroed(account, 1, sizeof(*batch));
    if (batch != NULL) {
        batch->hub = front->hub;
        batch->text.account = batch->words.account = batch->commands.account = account;
        batch->out.account = batch->body.account = account;
        tile38_scratch_begin(&batch->scratch, account);
        batch->job.home = &front->shard->mailbox;
    }
    return batch;
}

struct resp_batch *resp_batch_of(struct resp_peer *peer)
{
    if (peer->batch == NULL) {
        peer->batch = batch_new(peer->front);
        if (peer->batch != NULL) {
            peer->batch->peer = peer;
        }
    }
    return peer->batch;
}

void resp_batch_free(struct resp_batch *batch)
{
    if (batch == NULL) {
        return;
    }
    buffer_free(&batch->text);
    buffer_free(&batch->words);
    buffer_free(&batch->commands);
    buffer_free(&batch->out);
    buffer_free(&batch->body);
    tile38_scratch_end(&batch->scratch);
    memory_give(batch);
}

bool resp_batch_add(struct resp_batch *batch, const struct resp_ask *ask)
{
    const struct resp_batch_command command = {.first_word =
                                                   batch->words.size / sizeof(struct bytes),
                                               .word_count = ask->count,
                                               .style = ask->style};
    for (size_t i = 0; i < ask->count; i++) {
        buffer_append(&batch->words, &ask->words[i], sizeof(ask->words[i]));
        buffer_append_bytes(&batch->text, ask->words[i]);
    }
    buffer_append(&batch->commands, &command, sizeof(command));
    batch->command_count++;
    return batch->command_count < BATCH_COMMANDS_MAX && batch->text.size < BATCH_SIZE_MAX;
}

// The words point into the connection's bytes until now.
static void settle_words(struct resp_batch *batch)
{
    struct bytes *const words = (struct bytes *)(void *)batch->words.data;
    const size_t count = batch->words.size / sizeof(*words);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        words[i].data = batch->text.data + at;
        at += words[i].size;
    }
}

static void send_live(void *context, struct bytes message)
{
    struct resp_watch *const watch = context;
    resp_mail_send(watch->front, RESP_MAIL_LIVE, watch->peer_id, (struct bytes){0}, message);
}

static void run_command(struct resp_batch *batch, const struct resp_batch_command *command,
                        struct ledger_turn *turn)
{
    struct world *const world = batch->hub->tile38.world;
    const bool is_plain =
        command->style.frame == RESP_FRAME_RESP && command->style.output == TILE38_OUTPUT_RESP;
    const struct tile38_listener listener = {.send = send_live, .context = batch->watch};
    struct tile38_request request = {
        .tile38 = &batch->hub->tile38,
        .arguments = (struct bytes *)(void *)batch->words.data + command->first_word,
        .argument_count = command->word_count,
        .output = command->style.output,
        .version = command->style.version,
        .view = live_view_working(world->live),
        .turn = turn,
        .now_us = turn->now_us,
        .begun_us = batch->begun_us,
        .deadline_us = INT64_MAX,
        .listener = batch->watch == NULL ? NULL : &listener,
        .out = is_plain ? &batch->out : &batch->body,
        .scratch = &batch->scratch,
    };
    (void)tile38_run(&request);
    batch->connection = request.connection != NULL ? request.connection : batch->connection;
    if (!is_plain) {
        resp_frame_write(&batch->out, &command->style, buffer_bytes(&batch->body));
        buffer_clear(&batch->body);
    }
}

// Asks memory for the objects of the commands from `first` on, as many as fit; returns how many commands
// that is.
static size_t foresee(const struct resp_batch *batch, size_t first)
{
    enum { AHEAD = 64 };
    struct live_name names[AHEAD];
    size_t name_count = 0;
    const struct resp_batch_command *const commands =
        (const struct resp_batch_command *)(const void *)batch->commands.data;
    const struct bytes *const words = (const struct bytes *)(const void *)batch->words.data;
    const size_t left = batch->command_count - first;
    const size_t count = left < AHEAD ? left : AHEAD;
    for (size_t i = first; i < first + count; i++) {
        name_count += tile38_object_of(words + commands[i].first_word, commands[i].word_count,
                                       &names[name_count])
                          ? 1
                          : 0;
    }
    if (name_count > 1) {
        live_foresee(batch->hub->tile38.world->live, names, name_count);
    }
    return count;
}

static enum status run(struct ledger_job *job, struct ledger_turn *turn, struct fault *fault)
{
    struct resp_batch *const batch = (struct resp_batch *)(void *)job;
    struct fences *const fences = batch->hub->tile38.world->fences;
    (void)fault;
    for (struct resp_subscription *at = batch->listens; at != NULL && fences != NULL;
         at = at->next) {
        status_ignore(tile38_listen(fences, (struct bytes){at->name, at->name_size}, at->is_pattern,
                                    batch->listen_change, NULL),
                      "without memory for it the channel is silent");
    }
    if (batch->closes != NULL) {
        tile38_connection_close(fences, batch->closes);
    }
    const struct resp_batch_command *const commands =
        (const struct resp_batch_command *)(const void *)batch->commands.data;
    for (size_t i = 0, foreseen = 0; i < batch->command_count; i++) {
        if (i == foreseen) {
            foreseen += foresee(batch, i);
        }
        run_command(batch, &commands[i], turn);
    }
    return STATUS_OK;
}

// The ledger refused: every command is answered with why.
static void refuse_all(struct resp_batch *batch)
{
    const struct resp_batch_command *const commands =
        (const struct resp_batch_command *)(const void *)batch->commands.data;
    buffer_clear(&batch->out);
    for (size_t i = 0; i < batch->command_count; i++) {
        struct tile38_request request = {.tile38 = &batch->hub->tile38,
                                         .arguments = (struct bytes *)(void *)batch->words.data +
                                                      commands[i].first_word,
                                         .argument_count = commands[i].word_count,
                                         .output = commands[i].style.output,
                                         .version = commands[i].style.version,
                                         .begun_us = batch->begun_us,
                                         .out = &batch->body};
        char text[600];
        const int size =
            snprintf(text, sizeof(text), "%s%s", batch->job.status == STATUS_BUSY ? "BUSY " : "",
                     batch->job.fault.text);
        tile38_reply_error(&request,
                           (struct bytes){(const uint8_t *)text, (size_t)size < sizeof(text)
                                                                     ? (size_t)size
                                                                     : sizeof(text) - 1});
        resp_frame_write(&batch->out, &commands[i].style, buffer_bytes(&batch->body));
        buffer_clear(&batch->body);
    }
}

static void clear(struct resp_batch *batch)
{
    buffer_clear(&batch->text);
    buffer_clear(&batch->words);
    buffer_clear(&batch->commands);
    buffer_clear(&batch->out);
    batch->command_count = 0;
    batch->connection = NULL;
    batch->watch = NULL;
    batch->is_busy = false;
}

static void answered(struct ledger_job *job)
{
    struct resp_batch *const batch = (struct resp_batch *)(void *)job;
    struct resp_peer *const peer = batch->peer;
    if (job->status != STATUS_OK) {
        refuse_all(batch);
    }
    if (peer == NULL) {
        resp_batch_free(batch);
        return;
    }
    stream_send(peer->stream, buffer_bytes(&batch->out));
    const bool was_watching = batch->watch != NULL;
    if (was_watching && batch->connection != NULL) {
        peer->connection = batch->connection;
        peer->mode = RESP_MODE_LIVE;
    } else if (was_watching) {
        memory_give(peer->watch);
        peer->watch = NULL;
    }
    clear(batch);
    resp_peer_proceed(peer);
}

static void submit(struct resp_front *front, struct resp_batch *batch)
{
    struct world *const world = front->hub->tile38.world;
    settle_words(batch);
    batch->begun_us = world->sys->monotonic_us(world->sys);
    batch->is_busy = true;
    batch->job.run = run;
    if (batch->job.answered == NULL) {
        batch->job.answered = answered;
    }
    world->submit(world->ledger, &batch->job);
}

void resp_batch_submit(struct resp_peer *peer)
{
    submit(peer->front, peer->batch);
}

// For nobody. ----------------------------------------------------------------------------------------

static void answered_nobody(struct ledger_job *job)
{
    struct resp_batch *const batch = (struct resp_batch *)(void *)job;
    memory_give(batch->watch);
    resp_subscriptions_free(batch->listens);
    resp_batch_free(batch);
}

void resp_batch_close_fence(struct resp_front *front, struct tile38_connection *connection,
                            struct resp_watch *watch)
{
    struct resp_batch *const batch = batch_new(front);
    if (batch != NULL) {
        batch->closes = connection;
        batch->watch = watch;
        batch->job.answered = answered_nobody;
        submit(front, batch);
    }
}

void resp_batch_listen(struct resp_front *front, struct resp_subscription *subscriptions,
                       int change)
{
    struct resp_batch *const batch = subscriptions == NULL ? NULL : batch_new(front);
    if (batch == NULL) {
        resp_subscriptions_free(subscriptions);
        return;
    }
    batch->listens = subscriptions;
    batch->listen_change = change;
    batch->job.answered = answered_nobody;
    submit(front, batch);
}

// On a worker. ---------------------------------------------------------------------------------------

// EVALNA's writes: a job of their own each, which the worker waits for.
struct lone_write {
    struct ledger_job job;
    struct mailbox mailbox;
    sem_t mail;
    struct tile38_request *request;
    bool is_answered;
};

static enum status run_lone(struct ledger_job *job, struct ledger_turn *turn, struct fault *fault)
{
    struct lone_write *const write = (struct lone_write *)(void *)job;
    (void)fault;
    write->request->turn = turn;
    write->request->now_us = turn->now_us;
    write->request->view = live_view_working(write->request->tile38->world->live);
    (void)tile38_run(write->request);
    return STATUS_OK;
}

static void answer_lone(struct ledger_job *job)
{
    ((struct lone_write *)(void *)job)->is_answered = true;
}

static void wake_lone(void *context)
{
    struct lone_write *const write = context;
    (void)sem_post(&write->mail);
}

static void run_apart(void *context, struct tile38_request *request)
{
    struct world *const world = request->tile38->world;
    (void)context;
    if (tile38_place(request->arguments, request->argument_count) != TILE38_PLACE_TURN) {
        struct live_pin pin;
        request->view = live_pin_take(world->live, &pin);
        (void)tile38_run(request);
        live_pin_give(world->live, &pin);
        return;
    }
    struct lone_write write = {.request = request};
    (void)sem_init(&write.mail, 0, 0);
    mailbox_begin(&write.mailbox, wake_lone, &write);
    write.job.home = &write.mailbox;
    write.job.run = run_lone;
    write.job.answered = answer_lone;
    const size_t begin = request->out->size;
    world->submit(world->ledger, &write.job);
    while (!write.is_answered) {
        (void)sem_wait(&write.mail);
        (void)mailbox_deliver(&write.mailbox, SIZE_MAX);
    }
    (void)sem_destroy(&write.mail);
    if (write.job.status != STATUS_OK) {
        request->out->size = begin;
        tile38_reply_error(request, bytes_from_text(write.job.fault.text));
    }
}

static void toil(struct worker_task *task)
{
    struct resp_batch *const batch =
        (struct resp_batch *)(void *)((char *)task - offsetof(struct resp_batch, task));
    struct world *const world = batch->hub->tile38.world;
    const struct resp_batch_command *const command =
        (const struct resp_batch_command *)(const void *)batch->commands.data;
    struct live_pin pin;
    struct tile38_request request = {
        .tile38 = &batch->hub->tile38,
        .arguments = (struct bytes *)(void *)batch->words.data,
        .argument_count = command->word_count,
        .output = command->style.output,
        .version = command->style.version,
        .view = live_pin_take(world->live, &pin),
        .now_us = world->sys->wall_us(world->sys),
        .begun_us = batch->begun_us,
        .deadline_us = INT64_MAX,
        .out = &batch->body,
        .scratch = &batch->scratch,
        .apart = run_apart,
    };
    (void)tile38_run(&request);
    live_pin_give(world->live, &pin);
    resp_frame_write(&batch->out, &command->style, buffer_bytes(&batch->body));
    buffer_clear(&batch->body);
}

static void toiled(struct message *message)
{
    struct resp_batch *const batch =
        (struct resp_batch *)(void *)((char *)message - offsetof(struct resp_batch, task.message));
    answered(&batch->job);
}

void resp_batch_toil(struct resp_peer *peer)
{
    struct resp_batch *const batch = peer->batch;
    struct world *const world = batch->hub->tile38.world;
    settle_words(batch);
    batch->begun_us = world->sys->monotonic_us(world->sys);
    batch->is_busy = true;
    batch->job.status = STATUS_OK;
    batch->task = (struct worker_task){
        .run = toil, .home = &peer->front->shard->mailbox, .message = {.deliver = toiled}};
    if (!workers_offer(batch->hub->workers, &batch->task)) {
        batch->job.status = STATUS_BUSY;
        (void)fault_set(&batch->job.fault, STATUS_BUSY, "too many scripts wait: try again");
        mailbox_send(&peer->front->shard->mailbox, &batch->task.message);
    }
}
