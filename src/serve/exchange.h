// Exchange: a call (command/call.h) on its way through this server: from a session's request, over
// the ledger and the workers, to the session's answer.
//
//     responder --begin--> run --answered--> settle (front) --> session_answer
//                           |  ^
//                    step out  back in the shard's mailbox
//
// An exchange belongs to its session until the session abandons it; what is out then comes back to
// nobody and ends there. On the shard's thread, but for what steps do.
#ifndef SERVE_EXCHANGE_H
#define SERVE_EXCHANGE_H

#include "command/call.h"
#include "serve/guard.h"
#include "serve/session.h"
#include "serve/workers.h"

struct responder;

// What an exchange wants of the connection its session is on.
struct exchange_line {
    void (*settle)(struct session *session); // an answer, or a stream, is there to be sent
    void (*send)(struct session *session, struct bytes bytes);
    size_t (*backlog_size)(const struct session *session);
    void (*finish)(struct session *session); // send what waits, then close
    bool (*caller)(const struct session *session, struct ip_address *address); // NULL: nobody knows
    void (*hold)(struct session *session, bool is_held); // take nothing from the peer
    void (*turn)(struct session *session); // call_stream's `turn` in the loop's next turn
    bool (*search)(const struct session *session, struct commander **commander,
                   struct search_world *world);
};

struct exchange {
    struct call call;
    const struct exchange_line *line;
    struct workers *workers;
    struct guard *guard;
    struct session *session; // NULL: gone
    unsigned route_index;
    int64_t begin_us;
    struct buffer body; // the memory of call.body, when it was taken from the session
    struct worker_task task;
    bool is_running;   // inside `run` or `done`
    bool is_out;       // with the ledger or a worker
    bool is_answered;  // the call has its answer
    bool wants_stream; // the call asked for the connection; call.out holds what is to be sent first
    bool has_stream;   // and got it
    bool wants_end;    // of the stream
};

extern const struct call_carrier exchange_carrier;

// Takes memory for an exchange and `extra_size` bytes behind it, at `extra`. NULL: none left.
struct exchange *exchange_new(struct world *world, size_t extra_size, void **extra);
// Calls the route's run.
void exchange_run(struct exchange *exchange);
// The session is gone, or wants no answer any more.
void exchange_abandon(struct exchange *exchange);
// After the answer was sent, or the stream has closed.
void exchange_free(struct exchange *exchange);

// The session has become a stream: sends what the call has said until now.
void exchange_open_stream(struct exchange *exchange);

#endif
