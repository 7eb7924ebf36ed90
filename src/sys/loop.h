// Loop: one thread's events: its sockets (sys/stream.h), a tick, and calls from other threads.
//
// A turn begins when something has happened and ends before the loop waits again; `begins` and
// `ends` bracket it, so that a reader of shared snapshots knows when it holds none. Built on libuv.
// Everything but loop_call is for the thread that runs the loop, or before it runs.
#ifndef SYS_LOOP_H
#define SYS_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/status.h"

struct loop;

struct loop_events {
    void (*begins)(void *context);
    void (*ends)(void *context);
    void (*ticks)(void *context);  // once in LOOP_TICK_US
    void (*called)(void *context); // after loop_call; several calls may become one
};

#define LOOP_TICK_US 100000

// `events` outlives the loop.
MUST_USE enum status loop_new(struct memory_account *account, const struct loop_events *events,
                              void *context, struct loop **loop, struct fault *fault);
// Lets what is being closed end. Not while it runs; listeners and streams are closed before. NULL is
// accepted.
void loop_free(struct loop *loop);

// Runs until loop_stop.
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

// From any thread, while the loop exists.
void loop_call(struct loop *loop);

// Monotonic time at which the turn began.
int64_t loop_now_us(const struct loop *loop);

#endif
