// Late: reads of the store for the courier and for followers, on one thread of its own, in order.
#ifndef DELIVER_LATE_H
#define DELIVER_LATE_H

#include "deliver/backlog.h"
#include "deliver/deliver.h"
#include "ledger/table.h"
#include "shard/mailbox.h"

struct late;

MUST_USE enum status late_new(struct deliver *deliver, struct late **late, struct fault *fault);
MUST_USE enum status late_start(struct late *late, struct fault *fault);
void late_stop(struct late *late); // answers what it holds first
void late_free(struct late *late); // NULL is accepted

// Rows of one hook: its deliveries or its dead letters, from a sequence on.
struct late_positions {
    enum ledger_table table;
    uint32_t number;
    uint64_t from;
    bool counts_all; // also those beyond `capacity`: `total`
    struct delivery *deliveries;
    size_t capacity;
    struct mailbox *home;
    void (*answered)(struct late_positions *positions);
    void *context;

    size_t count;
    uint64_t total;
    bool has_more; // rows behind the last of `deliveries`
    enum status status;
    struct deliver *deliver; // the reader's
    struct message message;
};
void late_read_positions(struct late *late, struct late_positions *positions);

// Events by sequence: records (u64 sequence, u32 size, bytes) of those there are, in order of asking.
struct late_events {
    const uint64_t *sequences;
    size_t count;
    struct buffer *out;
    struct mailbox *home;
    void (*answered)(struct late_events *events);
    void *context;

    enum status status;
    struct deliver *deliver; // the reader's
    struct message message;
};
void late_read_events(struct late *late, struct late_events *events);

// For stream_read_late.
void late_post(struct late *late, struct message *message);

#endif
