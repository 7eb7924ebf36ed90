// Workers: a few threads for what blocks: reads of what is on the disk.
//
// A task is a message: done on a worker, then sent to the mailbox it came from. Workers hold no
// snapshots of what shards read (shard/generation.h): tasks use ledger_read_begin and the like.
#ifndef SERVE_WORKERS_H
#define SERVE_WORKERS_H

#include "shard/mailbox.h"
#include "sys/thread.h"

struct worker_task {
    void (*run)(struct worker_task *task); // on a worker
    struct mailbox *home;
    struct message message; // its `deliver` is called on the home's thread afterwards
};

enum { WORKERS_MAX = 16 };

struct workers {
    struct queue *queue; // owned
    struct thread threads[WORKERS_MAX];
    unsigned count;
};

// Starts `count` threads; `queue_count` tasks may wait. `workers` must not move.
MUST_USE enum status workers_start(struct workers *workers, struct memory_account *account,
                                   unsigned count, size_t queue_count, struct fault *fault);
// False when too many wait, or when the workers have ended. Any thread.
MUST_USE bool workers_offer(struct workers *workers, struct worker_task *task);
// Does what waits, then ends. A zeroed struct is accepted.
void workers_stop(struct workers *workers);

#endif
