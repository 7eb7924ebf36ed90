// Lines are answered as they arrive, a few in each turn of the loop, so that a shard's other
// connections go on. Who takes no answers is not read from: at most BACKLOG_SIZE of answers and what
// one read brings wait in memory, whatever the body's length.
#include "command/batch_routes.h"

#include <stdio.h>
#include <string.h>

#include "command/batch.h"
#include "command/call.h"

enum {
    LINES_A_TURN = 32,
    BACKLOG_SIZE = 1 << 20,
    HEX_SIZE = 16,
};
#define STALL_US INT64_C(60000000) // without a byte of the body

enum { OPERATION, LIMIT, NEAR, LAYERS, COUNTRY, BOX, LANGUAGE, LINES_BEFORE };

static const struct parameter batch_parameters[] = {
    [OPERATION] = {.name = "op",
                   .kind = PARAMETER_WORD,
                   .words = BATCH_OPERATIONS,
                   .fallback = "search",
                   .example = "reverse",
                   .help = "What a line asks that has no \"op\" of its own."},
    [LIMIT] = {.name = "limit",
               .kind = PARAMETER_COUNT,
               .minimum = 1,
               .maximum = SEARCH_LIMIT_MAX,
               .fallback = "1",
               .example = "1",
               .help = "At most so many features a line."},
    [NEAR] = {.name = "near",
              .kind = PARAMETER_POINT,
              .example = "47.14,9.52",
              .help = "A point LAT,LON; of several good answers the nearer comes first."},
    [LAYERS] = {.name = "layers",
                .kind = PARAMETER_STRING,
                .example = "address,street",
                .help = "Only these kinds of places, comma-separated."},
    [COUNTRY] = {.name = "country",
                 .kind = PARAMETER_STRING,
                 .example = "LI,CH",
                 .help = "Only in these countries, comma-separated ISO 3166-1 alpha-2 codes."},
    [BOX] = {.name = "bbox",
             .kind = PARAMETER_BOX,
             .example = "9.47,47.04,9.64,47.28",
             .help = "Only inside west,south,east,north."},
    [LANGUAGE] = {.name = "lang",
                  .kind = PARAMETER_STRING,
                  .example = "de",
                  .help = "Names in this language (BCP 47), or the first there is of several."},
    [LINES_BEFORE] = {.name = "lines_before",
                      .kind = PARAMETER_WHOLE,
                      .fallback = "0",
                      .example = "1000",
                      .help = "Lines that came before, in another request: errors count them."},
};

struct stream {
    struct batch batch;
    struct buffer input; // arrived; answered up to `at`
    size_t at;
    struct buffer out;   // of one turn
    bool is_input_whole; // the body has ended
    bool skips_line;     // the rest of a line that was too long
    bool waits_for_room; // for `drained`
    bool waits_for_turn;
    bool has_ended;
    int64_t now_us, heard_us; // of the last tick; when the body last went on
};

// --- Lines -----------------------------------------------------------------------------------------

// Takes the next line that is whole. False: there is none yet.
static bool next_line(struct stream *stream, struct bytes *line)
{
    const uint8_t *const begin = stream->input.data + stream->at;
    const size_t left = stream->input.size - stream->at;
    const uint8_t *const end = left == 0 ? NULL : memchr(begin, '\n', left);
    if (end == NULL && (!stream->is_input_whole || left == 0)) {
        return false;
    }
    const size_t size = end == NULL ? left : (size_t)(end - begin);
    *line = (struct bytes){.data = begin, .size = size};
    stream->at += end == NULL ? size : size + 1;
    return true;
}

// A line without an end that is too long already is answered now, and the rest of it skipped.
static void check_length(struct stream *stream)
{
    const size_t left = stream->input.size - stream->at;
    if (left <= BATCH_LINE_SIZE_MAX ||
        memchr(stream->input.data + stream->at, '\n', left) != NULL) {
        return;
    }
    if (!stream->skips_line) {
        batch_refuse_long(&stream->batch, &stream->out);
    }
    stream->skips_line = true;
    stream->at = stream->input.size;
}

static unsigned answer_lines(struct stream *stream, struct commander *commander,
                             const struct search_world *world)
{
    struct bytes line;
    unsigned count = 0;
    while (count < LINES_A_TURN && next_line(stream, &line)) {
        if (stream->skips_line) {
            stream->skips_line = false; // its end
        } else if (line.size > BATCH_LINE_SIZE_MAX) {
            batch_refuse_long(&stream->batch, &stream->out);
        } else {
            batch_answer(&stream->batch, commander, world, line, &stream->out);
        }
        count++;
    }
    check_length(stream);
    return count;
}

static void forget_answered(struct stream *stream)
{
    struct buffer *const input = &stream->input;
    const size_t left = input->size - stream->at;
    if (left != 0) {
        memmove(input->data, input->data + stream->at, left);
        input->size = left;
    } else {
        buffer_free(input);
    }
    stream->at = 0;
}

// --- Out -------------------------------------------------------------------------------------------

// Sends what was answered as one chunk. False: the connection is gone, or there was no memory for it.
static bool send_chunk(struct call *call, struct stream *stream)
{
    struct buffer *const out = &stream->out;
    char head[HEX_SIZE + 3];
    if (out->size == 0) {
        return buffer_status(out) == STATUS_OK;
    }
    const int size = snprintf(head, sizeof(head), "%zx\r\n", out->size);
    buffer_append_text(out, "\r\n");
    const bool is_sent =
        buffer_status(out) == STATUS_OK &&
        call_stream_send(call, (struct bytes){(const uint8_t *)head, (size_t)size}, SIZE_MAX) &&
        call_stream_send(call, buffer_bytes(out), SIZE_MAX);
    buffer_clear(out);
    return is_sent;
}

// Without the last chunk: whoever reads sees that it is not whole.
static void break_off(struct call *call, struct stream *stream)
{
    stream->has_ended = true;
    call_stream_hold(call, false);
    call_stream_end(call);
}

static void end_well(struct call *call, struct stream *stream)
{
    stream->has_ended = true;
    if (call_stream_send(call, BYTES_OF("0\r\n\r\n"), SIZE_MAX)) {
        call_stream_end(call);
    }
}

// Does a turn's work and says what it waits for.
static void go_on(struct call *call, struct stream *stream)
{
    struct commander *commander = NULL;
    struct search_world world;
    if (stream->has_ended || stream->waits_for_turn || stream->waits_for_room) {
        return;
    }
    if (!call_search_world(call, &commander, &world)) {
        break_off(call, stream); // the atlas went bad meanwhile
        return;
    }
    const unsigned count = answer_lines(stream, commander, &world);
    if (!send_chunk(call, stream)) {
        break_off(call, stream);
        return;
    }
    stream->waits_for_room = call->carrier->stream_backlog_size(call) > BACKLOG_SIZE;
    stream->waits_for_turn = !stream->waits_for_room && count == LINES_A_TURN;
    if (stream->waits_for_turn) {
        call_stream_turn(call);
    }
    const bool waits = stream->waits_for_room || stream->waits_for_turn;
    call_stream_hold(call, waits && !stream->is_input_whole);
    if (!waits) {
        forget_answered(stream);
    }
    if (!waits && stream->is_input_whole) {
        end_well(call, stream);
    }
}

// --- Events ----------------------------------------------------------------------------------------

static void on_body(struct call *call, struct bytes piece, bool is_last)
{
    struct stream *const stream = call->state;
    stream->heard_us = stream->now_us;
    stream->is_input_whole = is_last;
    buffer_append_bytes(&stream->input, piece);
    if (buffer_status(&stream->input) != STATUS_OK) {
        break_off(call, stream);
        return;
    }
    go_on(call, stream);
}

static void on_turn(struct call *call)
{
    struct stream *const stream = call->state;
    stream->waits_for_turn = false;
    go_on(call, stream);
}

static void on_drained(struct call *call)
{
    struct stream *const stream = call->state;
    stream->waits_for_room = false;
    go_on(call, stream);
}

static void on_tick(struct call *call, int64_t now_us)
{
    struct stream *const stream = call->state;
    stream->heard_us = stream->now_us == 0 ? now_us : stream->heard_us;
    stream->now_us = now_us;
    const bool is_stalled = !stream->is_input_whole && !stream->waits_for_room &&
                            !stream->waits_for_turn && now_us - stream->heard_us > STALL_US;
    if (is_stalled && !stream->has_ended) {
        break_off(call, stream);
    }
}

// The server is about to end: it waits for batches as long as for everything else.
static void on_ends(struct call *call)
{
    (void)call;
}

static void on_closed(struct call *call)
{
    struct stream *const stream = call->state;
    stream->has_ended = true;
}

static void release(struct call *call)
{
    struct stream *const stream = call->state;
    batch_end(&stream->batch);
    buffer_free(&stream->input);
    buffer_free(&stream->out);
}

static const struct call_stream events = {.body = on_body,
                                          .turn = on_turn,
                                          .drained = on_drained,
                                          .ticks = on_tick,
                                          .ends = on_ends,
                                          .closed = on_closed};

static const struct bytes head =
    BYTES_OF("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
             "Transfer-Encoding: chunked\r\nCache-Control: no-store\r\nConnection: close\r\n"
             "Access-Control-Allow-Origin: *\r\n\r\n");

// Checks a default with the table of a command that has it: once, and not for each line.
static bool check_default(struct call *call, const struct parameter *own)
{
    const struct value *const value = &call->values[own - batch_parameters];
    struct arguments arguments = {0};
    struct fault fault = {0};
    for (size_t i = 0; i < command_autocomplete.parameter_count; i++) {
        const struct parameter *const other = &command_autocomplete.parameters[i];
        if (strcmp(other->name, own->name) == 0 &&
            parameter_set(other, value->text, &arguments, &fault) != STATUS_OK) {
            call_fail(call, 400, "invalid_parameter", own->name, "%s: %s", own->name, fault.text);
            return false;
        }
    }
    return true;
}

static void post_batch(struct call *call)
{
    static const unsigned defaults[] = {LIMIT, NEAR, LAYERS, COUNTRY, BOX, LANGUAGE};
    static const struct command *const operations[] = {&command_search, &command_autocomplete,
                                                       &command_reverse, &command_place,
                                                       &command_validate};
    struct stream *const stream = call_take(call, sizeof(*stream));
    if (stream == NULL) {
        call_fail_memory(call);
        return;
    }
    batch_begin(&stream->batch, operations[call->values[OPERATION].whole], call->world->account);
    stream->batch.line_count = (uint64_t)call->values[LINES_BEFORE].whole;
    stream->input.account = stream->out.account = call->world->account;
    call->state = stream;
    call->release = release;
    for (size_t i = 0; i < COUNT_OF(defaults); i++) {
        const struct parameter *const own = &batch_parameters[defaults[i]];
        const struct value *const value = &call->values[defaults[i]];
        if (!value->is_given) {
            continue;
        }
        if (!check_default(call, own)) {
            return;
        }
        status_ignore(batch_default(&stream->batch, bytes_from_text(own->name), value->text)
                          ? STATUS_OK
                          : STATUS_NO_SPACE,
                      "there is room for all of the table");
    }
    call_stream(call, &events, head);
}

static const struct route rows[] = {
    {.method = HTTP_METHOD_POST,
     .path = "/v1/batch",
     .name = "batch",
     .summary =
         "Answers many questions: a line of JSON in, a line of JSON out, in order, while the "
         "body arrives.",
     ROUTE_PARAMETERS(batch_parameters),
     .body = ROUTE_BODY_STREAM,
     .needs_search = true,
     .answer_type = "application/x-ndjson",
     .run = post_batch},
};

const struct route_table batch_routes = {rows, COUNT_OF(rows), NULL};
