// Thread: start and join, work shared out over a range, and a bounded queue between threads.
//
// For workers; shards have their own loops. Everything here blocks.
#ifndef SYS_THREAD_H
#define SYS_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "base/status.h"

struct thread {
    pthread_t handle;
    bool is_started;
};

// Runs `run(context)` on a new thread named `name` (at most 15 bytes are kept). Signals of the
// process are not delivered to it, SIGBUS of its own reads excepted.
MUST_USE enum status thread_start(struct thread *thread, const char *name,
                                  void (*run)(void *context), void *context, struct fault *fault);
// Waits for its end; nothing when it was never started.
void thread_join(struct thread *thread);

// Cores this process may run on; at least 1.
unsigned thread_core_count(void);

// Calls `work(context, index, fault)` for every index below `count`, each once, on up to `threads`
// threads (the caller's is one of them), in order of index as threads come free. After a failure
// indexes not yet begun are left out. Returns the failure of the lowest index that failed.
typedef enum status thread_work(void *context, size_t index, struct fault *fault);
MUST_USE enum status thread_share(unsigned threads, size_t count, thread_work *work, void *context,
                                  struct fault *fault);

// A bounded queue of pointers. Any number of threads push and take; pointers come out in the order
// they went in. The queue never owns what they point to.
struct queue;
MUST_USE enum status queue_new(struct memory_account *account, size_t capacity,
                               struct queue **queue, struct fault *fault);
void queue_free(struct queue *queue); // nobody may be waiting in it
// Waits while full. False when the queue was closed: the item was not taken.
MUST_USE bool queue_push(struct queue *queue, void *item);
// Never waits. False when the queue is full or closed: the item was not taken.
MUST_USE bool queue_offer(struct queue *queue, void *item);
// Waits while empty. False when the queue is closed and empty.
MUST_USE bool queue_take(struct queue *queue, void **item);
// Nothing more is pushed; what is inside may still be taken. Twice is once.
void queue_close(struct queue *queue);

#endif
