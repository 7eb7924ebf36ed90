#include "serve/exchange.h"

#include <assert.h>
#include <stddef.h>

#include "sys/clock.h"

static struct exchange *exchange_of(struct call *call)
{
    return (struct exchange *)(void *)((char *)call - offsetof(struct exchange, call));
}

struct exchange *exchange_new(struct world *world, size_t extra_size, void **extra)
{
    struct exchange *const made = extra_size > SIZE_MAX - sizeof(*made)
                                      ? NULL
                                      : memory_take(world->account, sizeof(*made) + extra_size, 1);
    if (made != NULL) {
        *made = (struct exchange){
            .call = {.carrier = &exchange_carrier,
                     .world = world,
                     .status = 200,
                     .content_type = "application/json",
                     .out = {.account = world->account}},
            .body = {.account = world->account},
        };
        *extra = made + 1;
    }
    return made;
}

void exchange_free(struct exchange *exchange)
{
    call_clear(&exchange->call);
    buffer_free(&exchange->body);
    memory_give(exchange);
}

void exchange_run(struct exchange *exchange)
{
    exchange->is_running = true;
    exchange->call.route->run(&exchange->call);
    exchange->is_running = false;
    exchange->call.atlas = NULL; // was of this turn
    exchange->call.commander = NULL;
}

void exchange_abandon(struct exchange *exchange)
{
    struct call *const call = &exchange->call;
    exchange->session = NULL;
    if (exchange->has_stream || exchange->wants_stream) {
        call->stream->closed(call);
    }
    if (!exchange->is_out) {
        exchange_free(exchange);
    }
}

// --- Steps ---

// A step is over: goes on with the call, or ends it when nobody waits.
static void come_back(struct exchange *exchange)
{
    struct call *const call = &exchange->call;
    exchange->is_out = false;
    if (exchange->session == NULL) {
        exchange_free(exchange);
        return;
    }
    exchange->is_running = true;
    call_step_ends(call, call->job.status, &call->job.fault);
    exchange->is_running = false;
    const bool has_news = exchange->is_answered || exchange->wants_stream;
    if (has_news && exchange->session != NULL) {
        exchange->line->settle(exchange->session);
    }
}

static void on_job_answered(struct ledger_job *job)
{
    come_back(exchange_of((struct call *)(void *)((char *)job - offsetof(struct call, job))));
}

static void carry_write(struct call *call)
{
    struct exchange *const exchange = exchange_of(call);
    exchange->is_out = true;
    call->job.home = call->home;
    call->job.answered = on_job_answered;
    call->world->submit(call->world->ledger, &call->job);
}

static void run_task(struct worker_task *task)
{
    struct exchange *const exchange =
        (struct exchange *)(void *)((char *)task - offsetof(struct exchange, task));
    struct ledger_job *const job = &exchange->call.job;
    job->fault = (struct fault){0};
    job->status = exchange->call.toil(&exchange->call, &job->fault);
}

static void on_task_done(struct message *message)
{
    come_back(
        (struct exchange *)(void *)((char *)message - offsetof(struct exchange, task.message)));
}

static bool carry_work(struct call *call)
{
    struct exchange *const exchange = exchange_of(call);
    exchange->task = (struct worker_task){
        .run = run_task, .home = call->home, .message = {.deliver = on_task_done}};
    exchange->is_out = workers_offer(exchange->workers, &exchange->task);
    return exchange->is_out;
}

static bool carry_charge(struct call *call, uint64_t count)
{
    const struct exchange *const exchange = exchange_of(call);
    return guard_charge(exchange->guard, call->key, count, sys_monotonic_us(call->world->sys));
}

static bool carry_caller(const struct call *call, struct ip_address *address)
{
    const struct exchange *const exchange =
        (const struct exchange *)(const void *)((const char *)call -
                                                offsetof(struct exchange, call));
    return exchange->session != NULL && exchange->line->caller != NULL &&
           exchange->line->caller(exchange->session, address);
}

static void carry_answer(struct call *call)
{
    struct exchange *const exchange = exchange_of(call);
    assert(!exchange->is_answered && !exchange->is_out);
    exchange->is_answered = true;
    if (!exchange->is_running && exchange->session != NULL) {
        exchange->line->settle(exchange->session);
    }
}

// --- Streams ---

static void begin_stream(struct call *call, struct bytes head)
{
    struct exchange *const exchange = exchange_of(call);
    exchange->wants_stream = true;
    buffer_clear(&call->out);
    buffer_append_bytes(&call->out, head);
    if (!exchange->is_running && exchange->session != NULL) {
        exchange->line->settle(exchange->session);
    }
}

void exchange_open_stream(struct exchange *exchange)
{
    exchange->wants_stream = false;
    exchange->has_stream = true;
    exchange->line->send(exchange->session, buffer_bytes(&exchange->call.out));
    buffer_free(&exchange->call.out);
    if (exchange->wants_end) {
        exchange->line->finish(exchange->session);
    }
}

static bool send_on_stream(struct call *call, struct bytes bytes)
{
    struct exchange *const exchange = exchange_of(call);
    if (exchange->session == NULL || exchange->wants_end) {
        return false;
    }
    if (!exchange->has_stream) {
        buffer_append_bytes(&call->out, bytes);
        return buffer_status(&call->out) == STATUS_OK;
    }
    exchange->line->send(exchange->session, bytes);
    return true;
}

static size_t stream_backlog(const struct call *call)
{
    const struct exchange *const exchange =
        (const struct exchange *)(const void *)((const char *)call -
                                                offsetof(struct exchange, call));
    if (!exchange->has_stream || exchange->session == NULL) {
        return call->out.size;
    }
    return exchange->line->backlog_size(exchange->session);
}

static void end_stream(struct call *call)
{
    struct exchange *const exchange = exchange_of(call);
    exchange->wants_end = true;
    if (exchange->has_stream && exchange->session != NULL) {
        exchange->line->finish(exchange->session);
    }
}

static void hold_stream(struct call *call, bool is_held)
{
    const struct exchange *const exchange = exchange_of(call);
    if (exchange->session != NULL) {
        exchange->line->hold(exchange->session, is_held);
    }
}

static void turn_stream(struct call *call)
{
    const struct exchange *const exchange = exchange_of(call);
    if (exchange->session != NULL) {
        exchange->line->turn(exchange->session);
    }
}

static bool carry_search(struct call *call, struct commander **commander,
                         struct search_world *world)
{
    const struct exchange *const exchange = exchange_of(call);
    return exchange->session != NULL && exchange->line->search(exchange->session, commander, world);
}

const struct call_carrier exchange_carrier = {
    .answered = carry_answer,
    .write = carry_write,
    .work = carry_work,
    .charge = carry_charge,
    .caller = carry_caller,
    .stream_begin = begin_stream,
    .stream_send = send_on_stream,
    .stream_backlog_size = stream_backlog,
    .stream_end = end_stream,
    .stream_hold = hold_stream,
    .stream_turn = turn_stream,
    .search = carry_search,
};
