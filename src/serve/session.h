// Session: one HTTP peer as a machine: bytes in, bytes out, and what time it is.
//
// It knows neither sockets nor routes: a server gives it what arrived and sends what it appends; an
// answerer turns each request into a reply, in order, at once or later. Tests run it in memory with a
// clock of their own.
//
//     waiting --bytes--> receiving --request--> answered --> waiting
//        |                   |          |          |
//        idle_us             request_us |          output not taken for request_us, limit: held
//        v                   v          v          v
//       over                408, over   pending   over
//                                       |    |
//               session_answer: answered     answer_us: 503, over
//
// Pipelined requests are answered in a row into one output. While more than backlog_size waits to
// be sent, or an answer is pending, the requests behind wait too (is_held). Memory is held only
// while a request is incomplete or waits.
#ifndef SERVE_SESSION_H
#define SERVE_SESSION_H

#include "base/buffer.h"
#include "codec/http.h"

struct session_limits {
    struct http_limits http;
    int64_t idle_us;     // between requests
    int64_t request_us;  // from a request's first byte to its last; and for taking what is sent
    int64_t answer_us;   // for an answer given later
    size_t backlog_size; // of output the peer has not taken
};

struct session;

struct session_answerer {
    // Fills the reply, whose body is valid until the next call, and returns true. False: it comes later
    // (session_answer); the request is gone after return, but for what session_take_body gave.
    bool (*answer)(void *context, struct session *session, const struct http_request *request,
                   struct http_reply *reply);
    // Is the body of this request taken as it comes (session_feed), whatever its size? `answer` then gets
    // it without a body, and makes a stream of it or refuses it. NULL: never.
    bool (*streams)(void *context, const struct http_request *request);
    // The same as `answer` for what is no request; `sentence` says why.
    void (*refuse)(void *context, unsigned status, const char *sentence, struct http_reply *reply);
    // What was promised for session->pending is not wanted any more, or its stream is gone. NULL: nothing
    // is ever promised.
    void (*abandon)(void *context, struct session *session);
    void *context;
};

struct session {
    const struct session_limits *limits;
    const struct session_answerer *answerer;
    struct http_decoder decoder;
    struct buffer input; // arrived and not answered
    int64_t deadline_us; // when patience ends
    bool is_receiving;   // a part of a request is here
    bool is_held;        // a whole request may be here, but its answer has no room or has to wait
    bool is_over;        // send what was appended, then finish the stream
    bool is_last;        // the next answer says that the connection ends
    bool is_pending;     // an answer comes later
    bool is_stream;      // the connection is no longer ours: nothing is decoded
    bool is_body_taken;  // within `answer`
    bool streams_body;   // the body of what is pending, or of the stream, is taken as it comes
    bool answers_head;   // what is pending: of a HEAD,
    bool answers_last;   // and the connection ends after it
    struct bytes rest;   // within `answer`: what follows the request
    void *pending;       // the answerer's
};

// `limits` and `answerer` outlive the session; input is charged to `account`.
void session_begin(struct session *session, const struct session_limits *limits,
                   const struct session_answerer *answerer, struct memory_account *account,
                   int64_t now_us);
void session_end(struct session *session);

// Takes what arrived (it may be changed) and appends the answers to `out`. `backlog_size` is what
// waits to be sent besides. Size 0: room has come, go on with what is held.
void session_receive(struct session *session, uint8_t *data, size_t size, int64_t now_us,
                     size_t backlog_size, struct buffer *out);

// Within `answer`: moves the memory that holds the request's body into `buffer` (an empty one); the
// body stays where it is. False: nothing was moved, the body has to be copied.
bool session_take_body(struct session *session, const struct http_request *request,
                       struct buffer *buffer);

// Appends the answer that was pending. Then go on with session_receive of nothing.
void session_answer(struct session *session, struct http_reply *reply, int64_t now_us,
                    struct buffer *out);
// In place of an answer: the connection is the answerer's from now on.
void session_become_stream(struct session *session, int64_t now_us);

// To be called now and then; sets is_over when the deadline has passed, after a 408 in `out` when
// the peer was in the middle of a request, a 503 when its answer did not come. False when not even
// that is worth sending: close.
bool session_expire(struct session *session, int64_t now_us, size_t backlog_size,
                    struct buffer *out);

// No further request after the one under way; is_over at once when there is none.
void session_drain(struct session *session);

#endif
