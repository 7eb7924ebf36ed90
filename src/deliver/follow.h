// Follow: reading the stream of events, from any point and on as it grows.
//
// A reader knows the last sequence it has seen. stream_read gives what is behind it from memory, at
// once; when that lies too far back, stream_read_late gets it from the store on a worker and answers by
// mail. Sequences have no gaps, so there is none between late and live either.
#ifndef DELIVER_FOLLOW_H
#define DELIVER_FOLLOW_H

#include <stdatomic.h>

#include "deliver/stream.h"
#include "shard/mailbox.h"

// Which events; empty words let everything pass, * and ? stand for others. Borrowed.
struct stream_filter {
    struct bytes fence, object, collection;
    uint32_t kinds; // bits 1 << enum event_kind; 0: all but Tile38's messages and tests
};
bool stream_filter_wants(const struct stream_filter *filter, const struct event *event);

// The last event there is. Any thread.
uint64_t stream_last(struct deliver *deliver);

// Appends events behind `after` that pass, as records (u64 sequence, u32 size, event_encode), until
// `size` bytes or `limit` records are there. *reached: the last that was looked at, to go on from.
// Fails: NOT_FOUND when they are not in memory: read late. Any thread.
MUST_USE enum status stream_read(struct deliver *deliver, uint64_t after,
                                 const struct stream_filter *filter, size_t limit, size_t size,
                                 struct buffer *out, uint64_t *reached);

// The same from the store. The first block is the caller's, who owns it again when it is answered.
struct stream_late {
    struct deliver *deliver;
    uint64_t after;
    struct stream_filter filter; // what it borrows must live as long
    size_t limit, size;
    struct buffer *out;
    struct mailbox *home;
    void (*answered)(struct stream_late *late); // on the home's thread

    uint64_t reached;
    enum status status; // UNSUPPORTED when nothing is kept (--data :memory:)
    struct fault fault;
    struct message message;
};
void stream_read_late(struct stream_late *late);
// The same at once, for workers: blocks, and nobody is told; reached, status and fault are filled.
void stream_read_waiting(struct stream_late *late);
// The first event that is still in memory: where a stream of which nothing is kept begins.
uint64_t stream_first(struct deliver *deliver);

// A thread that wants to be told when the stream has grown: one message at a time, sent to its
// mailbox after the turn is in the journal, and armed again by stream_listen_again.
struct stream_listener {
    struct message message; // its `deliver` is the caller's to set
    struct mailbox *home;
    atomic_bool is_armed;
    struct stream_listener *next; // the stream's
};
void stream_listen(struct deliver *deliver, struct stream_listener *listener);
// False when the stream has grown since `seen`: read on first.
bool stream_listen_again(struct deliver *deliver, struct stream_listener *listener, uint64_t seen);
void stream_listen_end(struct deliver *deliver, struct stream_listener *listener);

#endif
