// Generation: the one thing every shard reads and a publisher replaces, whole, while they read.
//
// Readers load one pointer; it is valid until the end of their loop turn. A replaced generation
// stays as the one to roll back to; the one before that is released once every shard has ended the
// turn in which it might have been read (quiescent-state reclamation: Desnoyers, McKenney, Stern,
// Dagenais, Walpole, User-Level Implementations of Read-Copy Update, TPDS 2012; liburcu-qsbr).
//
//     who         does                               order
//     shard       generation_current in a turn       rcu_dereference
//     shard       turn begins / ends                 thread online / offline
//     publisher   fills, then sets the pointer       rcu_assign_pointer
//     publisher   waits, then releases               synchronize_rcu
#ifndef SHARD_GENERATION_H
#define SHARD_GENERATION_H

#include <stdint.h>

#include "base/memory.h"
#include "base/status.h"

struct generation {
    uint64_t number; // 1, 2 ... in the order of publishing
    void *value;     // owned
    char name[256];  // what people call it: the file it came from, cut
};

struct generations {
    struct memory_account *account;
    void (*release)(void *value);
    struct generation *current; // read through generation_current
    struct generation *previous;
    uint64_t last_number;
};

// On a shard, within a turn. NULL before the first publish.
const struct generation *generation_current(const struct generations *generations);

// The publisher's side: one thread at a time, none of them a shard. Blocks until the turns that may
// still read the generation falling out have ended.

// Takes the value, also on failure. Fails: NO_MEMORY.
MUST_USE enum status generation_publish(struct generations *generations, void *value,
                                        const char *name, struct fault *fault);
// Swaps current and previous; once more swaps them back. Fails: NOT_FOUND when there is none.
MUST_USE enum status generation_rollback(struct generations *generations, struct fault *fault);

// After the last shard has ended.
void generations_release(struct generations *generations);

#endif
