// Shard: a thread with a loop that owns what it serves.
//
// Nothing on a shard blocks, and nobody else touches its data: other threads say something with
// shard_call and wait, or send a message to its mailbox, which is delivered on the loop in bounded
// portions. A turn of the loop is a read of the generations (shard/generation.h).
#ifndef SHARD_SHARD_H
#define SHARD_SHARD_H

#include <stdbool.h>

#include "base/memory.h"
#include "base/status.h"
#include "shard/mailbox.h"
#include "sys/loop.h"
#include "sys/thread.h"

struct shard_events {
    void (*ticks)(void *context);  // once in LOOP_TICK_US
    void (*called)(void *context); // after shard_call, and after mail was delivered
};

struct shard {
    struct loop *loop; // owned
    const struct shard_events *events;
    void *context;
    struct thread thread;
    struct mailbox mailbox; // what is in it after shard_join, the caller delivers
    unsigned index;
};

// Makes the loop; nothing runs yet, so the caller may open listeners on it. `shard` must not move.
MUST_USE enum status shard_open(struct shard *shard, unsigned index, struct memory_account *account,
                                const struct shard_events *events, void *context,
                                struct fault *fault);
MUST_USE enum status shard_start(struct shard *shard, struct fault *fault);

// From any thread.
void shard_call(struct shard *shard);

// On a shard, in a turn: calls `wake` once when the turn ends, so that what many sockets brought wakes its
// taker once. False elsewhere, or when there is no room: the caller then wakes at once.
MUST_USE bool shard_wake_late(void (*wake)(void *context), void *context);

// On the shard: its thread ends after this turn.
void shard_stop(struct shard *shard);

// Waits for the thread; afterwards the caller may close what it opened on the loop.
void shard_join(struct shard *shard);

// Joins and ends the loop. A zeroed shard is accepted.
void shard_close(struct shard *shard);

#endif
