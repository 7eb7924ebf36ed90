// Call: one request under way, answered at once, later, or bit by bit.
//
// A route's `run` gets it on the shard and does one of these, then returns:
//
//     at once    fills call->out and calls call_answer, or call_fail
//     a write    call_write(call, decide, done): `decide` runs on the ledger's thread inside a turn,
//                `done` on the shard again, after the turn is in the journal
//     late read  call_work(call, toil, done): `toil` runs on a worker and may block
//     a stream   call_stream(call, …): the connection is the route's (SSE, WebSocket)
//
// Steps may follow each other (`done` may call_write); the last one answers. The call and what
// call_take gave live until the answer is sent, or until a step that was under way when the peer
// left has come back: steps need not know whether anybody still listens. A session answers in
// order: the requests behind a call wait.
//
// When a step fails, the answer is written from its status and fault (call_fail_fault); `done` is
// then not called. Everything runs on the call's shard but `decide` (ledger) and `toil` (worker),
// which own the call while they run; they must not answer.
#ifndef COMMAND_CALL_H
#define COMMAND_CALL_H

#include "base/buffer.h"
#include "command/parameter.h"
#include "command/route.h"
#include "command/world.h"
#include "ledger/ledger.h"
#include "sys/ip.h"

struct atlas;
struct call;
struct commander;
struct search_world;

// What carries calls: the HTTP server, or a test (see call_test.h).
struct call_carrier {
    void (*answered)(struct call *call); // status and out are complete
    void (*write)(struct call *call);    // submits call->job
    bool (*work)(struct call *call);     // false: the workers have too much to do
    // Takes `count` writes from what the call's key may do in a second. False: it is used up.
    bool (*charge)(struct call *call, uint64_t count);
    // Where the request comes from; false: nobody knows. NULL: the same.
    bool (*caller)(const struct call *call, struct ip_address *address);
    // Streams.
    void (*stream_begin)(struct call *call, struct bytes head);
    bool (*stream_send)(struct call *call, struct bytes bytes);
    size_t (*stream_backlog_size)(const struct call *call);
    void (*stream_end)(struct call *call);
    void (*stream_hold)(struct call *call, bool is_held);
    void (*stream_turn)(struct call *call);
    bool (*search)(struct call *call, struct commander **commander, struct search_world *world);
};

// A connection taken over. Events come on the shard; none after `closed`.
struct call_stream {
    void (*received)(struct call *call, uint8_t *data, size_t size); // NULL: it is thrown away
    void (*drained)(struct call *call);                              // what waited is sent; or NULL
    void (*ticks)(struct call *call, int64_t now_us); // ten times a second (monotonic); or NULL
    void (*ends)(struct call *call); // the server is about to end: say so, call_stream_end; or NULL
    // Of a route that streams its body: the next piece of it; it is gone after return.
    void (*body)(struct call *call, struct bytes piece, bool is_last);
    void (*turn)(struct call *call);   // was asked for with call_stream_turn
    void (*closed)(struct call *call); // the connection is gone; the call dies after return
};

typedef enum status call_decide(struct call *call, struct ledger_turn *turn, struct fault *fault);
typedef enum status call_toil(struct call *call, struct fault *fault);
typedef void call_then(struct call *call);

struct call_block;

struct call {
    const struct call_carrier *carrier;
    struct world *world;
    const struct route *route;
    struct mailbox *home;        // the shard's
    const struct atlas *atlas;   // of this turn, during `run` only; NULL: none
    struct commander *commander; // the shard's, during `run` only: for routes that search
    const struct value *values;  // one a row of the route's parameters
    struct bytes body;
    struct bytes fields[HTTP_FIELD_COUNT]; // header fields, as sent
    struct bytes accept_language;
    unsigned key; // number of the API key that was shown, from 1; 0: none is needed
    void *state;  // the route's
    // The answer.
    struct buffer out;        // its body
    unsigned status;          // 200 unless said otherwise
    const char *content_type; // application/json unless said otherwise; NULL: no body
    const char *extra_fields; // header lines, each ended by CR LF; NULL: none

    void (*release)(struct call *call); // before the call's memory goes; NULL: nothing to do
    // The step under way.
    struct ledger_job job;
    struct message message;
    call_decide *decide;
    call_toil *toil;
    call_then *done;
    bool was_refused; // `decide` itself said no: what failed was not the ledger
    const struct call_stream *stream;
    struct call_block *blocks; // call_take's
};

// Zeroed memory that lives as long as the call. NULL: none left; answer with call_fail_memory.
MUST_USE void *call_take(struct call *call, size_t size);
// A copy that lives as long as the call; size SIZE_MAX when there is no memory.
struct bytes call_keep(struct call *call, struct bytes bytes);

// Endings. An answer is call->out; call_answer(call, 204) has none.
void call_answer(struct call *call, unsigned status);
PRINTF_LIKE(5, 6)
void call_fail(struct call *call, unsigned status, const char *code, const char *parameter,
               const char *format, ...);
void call_fail_memory(struct call *call);
// For batches: writes beyond the one that a request counts as. False after call_fail: the key's quota is used
// up.
MUST_USE bool call_charge(struct call *call, uint64_t count);
// By status: NOT_FOUND 404, OUT_OF_RANGE 400, UNSUPPORTED 400, BUSY 503, NO_MEMORY 503; NO_SPACE is
// 507 from the ledger (the disk) and 429 from `decide` (a quota); else 500.
void call_fail_fault(struct call *call, enum status status, const struct fault *fault);

// Steps. `durability`: DURABILITY_DEFAULT is the server's.
void call_write(struct call *call, enum durability durability, call_decide *decide,
                call_then *done);
void call_work(struct call *call, call_toil *toil, call_then *done);
// What carriers call, on the shard: when a step is over; when the call is.
void call_step_ends(struct call *call, enum status status, const struct fault *fault);
void call_clear(struct call *call);

// Streams. `head` is sent as it is: status line, fields, empty line. After call_stream the call lives
// until `closed`.
void call_stream(struct call *call, const struct call_stream *stream, struct bytes head);
// False when the connection is gone, or when more than `backlog_size` waits already: nothing was
// taken then, and it is the route's choice to drop, to wait for `drained`, or to end.
MUST_USE bool call_stream_send(struct call *call, struct bytes bytes, size_t backlog_size);
// Sends what waits, then closes; `closed` follows.
void call_stream_end(struct call *call);
// Stops and resumes what arrives: whoever sends waits.
void call_stream_hold(struct call *call, bool is_held);
// Asks for `turn` in the loop's next turn: others come first. For what takes longer than a moment.
void call_stream_turn(struct call *call);
// What searches need, for as long as the event lasts. False: no atlas is served.
MUST_USE bool call_search_world(struct call *call, struct commander **commander,
                                struct search_world *world);
// The head of an event stream (Server-Sent Events).
extern const struct bytes call_event_stream_head;

#endif
