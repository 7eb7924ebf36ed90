#include "command/call.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "command/command.h"

struct call_block {
    struct call_block *next;
    _Alignas(16) uint8_t memory[];
};

void *call_take(struct call *call, size_t size)
{
    struct call_block *const block =
        size > SIZE_MAX - sizeof(*block)
            ? NULL
            : memory_take_zeroed(call->world->account, sizeof(*block) + size, 1);
    if (block == NULL) {
        return NULL;
    }
    block->next = call->blocks;
    call->blocks = block;
    return block->memory;
}

struct bytes call_keep(struct call *call, struct bytes bytes)
{
    uint8_t *const copy = call_take(call, bytes.size);
    if (copy == NULL) {
        return (struct bytes){.size = SIZE_MAX};
    }
    if (bytes.size != 0) {
        memcpy(copy, bytes.data, bytes.size);
    }
    return (struct bytes){.data = copy, .size = bytes.size};
}

void call_clear(struct call *call)
{
    if (call->release != NULL) {
        call->release(call);
        call->release = NULL;
    }
    for (struct call_block *block = call->blocks; block != NULL;) {
        struct call_block *const next = block->next;
        memory_give(block);
        block = next;
    }
    call->blocks = NULL;
    buffer_free(&call->out);
}

// --- Endings ---

void call_answer(struct call *call, unsigned status)
{
    if (buffer_status(&call->out) != STATUS_OK) {
        call_fail_memory(call);
        return;
    }
    call->status = status;
    if (status == 204) {
        buffer_clear(&call->out);
        call->content_type = NULL;
    }
    call->carrier->answered(call);
}

static void fail_with(struct call *call, const struct command_failure *failure)
{
    buffer_clear(&call->out);
    command_failure_write(failure, &call->out);
    call->status = failure->status;
    call->content_type = "application/json";
    call->carrier->answered(call);
}

void call_fail(struct call *call, unsigned status, const char *code, const char *parameter,
               const char *format, ...)
{
    struct command_failure failure = {.status = status, .code = code};
    (void)snprintf(failure.parameter, sizeof(failure.parameter), "%s", parameter);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(failure.message, sizeof(failure.message), format, arguments);
    va_end(arguments);
    fail_with(call, &failure);
}

void call_fail_memory(struct call *call)
{
    call_fail(call, 503, "overloaded", "", "the server has no memory for this request");
}

void call_fail_fault(struct call *call, enum status status, const struct fault *fault)
{
    static const struct {
        unsigned status;
        const char *code;
    } kinds[STATUS_COUNT] = {
        [STATUS_OK] = {500, "internal"},
        [STATUS_NO_MEMORY] = {503, "memory_full"},
        [STATUS_NO_SPACE] = {507, "disk_full"},
        [STATUS_NOT_FOUND] = {404, "not_found"},
        [STATUS_OUT_OF_RANGE] = {400, "invalid"},
        [STATUS_CORRUPT] = {500, "corrupt"},
        [STATUS_UNSUPPORTED] = {400, "unsupported"},
        [STATUS_IO] = {500, "io"},
        [STATUS_BUSY] = {503, "overloaded"},
        [STATUS_CANCELLED] = {503, "ending"},
    };
    const bool is_quota = status == STATUS_NO_SPACE && call->was_refused;
    call_fail(call, is_quota ? 429 : kinds[status].status,
              is_quota ? "quota_reached" : kinds[status].code, "", "%s",
              fault->text[0] == '\0' ? status_name(status) : fault->text);
}

bool call_charge(struct call *call, uint64_t count)
{
    if (call->carrier->charge(call, count)) {
        return true;
    }
    call_fail(call, 429, "quota_reached", "", "this key has written more than it may in a second");
    return false;
}

// --- Steps ---

void call_step_ends(struct call *call, enum status status, const struct fault *fault)
{
    if (status == STATUS_OK) {
        call->done(call);
    } else {
        call_fail_fault(call, status, fault);
    }
}

static enum status run_decide(struct ledger_job *job, struct ledger_turn *turn, struct fault *fault)
{
    struct call *const call = (struct call *)(void *)((char *)job - offsetof(struct call, job));
    const enum status status = call->decide(call, turn, fault);
    call->was_refused = status != STATUS_OK;
    return status;
}

void call_write(struct call *call, enum durability durability, call_decide *decide, call_then *done)
{
    call->decide = decide;
    call->done = done;
    call->was_refused = false;
    call->job = (struct ledger_job){.run = run_decide, .durability = durability};
    call->carrier->write(call);
}

void call_work(struct call *call, call_toil *toil, call_then *done)
{
    call->toil = toil;
    call->done = done;
    call->was_refused = false;
    if (!call->carrier->work(call)) {
        call_fail(call, 503, "overloaded", "",
                  "too many requests wait for what is on the disk; ask again");
    }
}

// --- Streams ---

#define EVENT_STREAM_HEAD                                    \
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" \
    "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\nConnection: close\r\n\r\n"

const struct bytes call_event_stream_head = {.data = (const uint8_t *)EVENT_STREAM_HEAD,
                                             .size = sizeof(EVENT_STREAM_HEAD) - 1};

void call_stream(struct call *call, const struct call_stream *stream, struct bytes head)
{
    call->stream = stream;
    call->carrier->stream_begin(call, head);
}

bool call_stream_send(struct call *call, struct bytes bytes, size_t backlog_size)
{
    return call->carrier->stream_backlog_size(call) <= backlog_size &&
           call->carrier->stream_send(call, bytes);
}

void call_stream_end(struct call *call)
{
    call->carrier->stream_end(call);
}

void call_stream_hold(struct call *call, bool is_held)
{
    call->carrier->stream_hold(call, is_held);
}

void call_stream_turn(struct call *call)
{
    call->carrier->stream_turn(call);
}

bool call_search_world(struct call *call, struct commander **commander, struct search_world *world)
{
    return call->carrier->search(call, commander, world);
}
