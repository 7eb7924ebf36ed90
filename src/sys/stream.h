// Stream: connections accepted on a loop.
//
//     opened -> received* (drained)* -> closed
//
// What is sent goes to the kernel at once; what the kernel does not take waits here, and
// stream_backlog_size says how much that is: who sends without looking lets it grow. All calls and
// events are on the loop's thread.
#ifndef SYS_STREAM_H
#define SYS_STREAM_H

#include "base/bytes.h"
#include "sys/address.h"
#include "sys/loop.h"

struct listener;
struct stream;

struct stream_events {
    // A peer has connected. Returns what the other events are given, or NULL to turn it away.
    void *(*opened)(void *context, struct stream *stream);
    // The data may be changed and are gone after return.
    void (*received)(void *peer, uint8_t *data, size_t size);
    // What waited has been sent.
    void (*drained)(void *peer);
    // The peer sends no more, but may still take answers; the peer calls stream_finish when it has
    // none left. NULL: at once.
    void (*ended)(void *peer);
    // The stream is gone. After every `opened` that returned a peer.
    void (*closed)(void *peer);
};

struct listener_options {
    bool is_shared;    // with listeners of other loops: the kernel deals the connections out
    unsigned capacity; // streams open at once; further peers wait in the kernel's queue
    const struct stream_events *events; // outlives the listener
    void *context;
};

// Listens. Port 0 takes a free one; `address` then says which.
// Fails: BUSY when the port is taken; IO; NO_MEMORY.
MUST_USE enum status listener_open(struct loop *loop, struct address *address,
                                   const struct listener_options *options,
                                   struct listener **listener, struct fault *fault);
// Accepts no more; streams stay. NULL is accepted.
void listener_close(struct listener *listener);

// OK when nobody listens there; BUSY, IO otherwise.
MUST_USE enum status listener_probe(const struct address *address, struct fault *fault);

// Who is at the other end; false when the system does not say.
bool stream_address(const struct stream *stream, struct address *address);
void stream_send(struct stream *stream, struct bytes bytes);
size_t stream_backlog_size(const struct stream *stream);
// Stops and resumes `received`.
void stream_pause(struct stream *stream);
void stream_resume(struct stream *stream);
// Sends what waits, says that nothing follows, and closes when the peer has closed too: an answer
// sent before is not lost to bytes still arriving, which are thrown away.
void stream_finish(struct stream *stream);
// Closes at once.
void stream_close(struct stream *stream);

#endif
