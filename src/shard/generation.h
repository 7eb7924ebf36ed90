// Generation: the one thing every shard reads and a publisher replaces, whole, while they read.
//
// Readers load one pointer; it is valid until the end of their loop turn. A replaced generation
// stays as the one to roll back to; the one before that is released once every shard has ended the
// turn in which it might have been read (quiescent-state reclamation: Desnoyers, McKenney, Stern,
// Dagenais, Walpole, User-Level Implementations of Read-Copy Update, TPDS 2012; liburcu-qsbr).
//
//     who         does                                order
//     shard       generation_current in a turn        acquire, pairs with the publisher's release
//     shard       generation_turn_begins / _ends      thread online / offline
//     publisher   fills, then sets the pointer        release
//     publisher   waits, then releases the value      synchronize_rcu
#ifndef SHARD_GENERATION_H
#define SHARD_GENERATION_H

#include <stdatomic.h>
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
    _Atomic(struct generation *) current; // read through generation_current
    struct generation *previous;
    uint64_t last_number;
};

// A thread that will have turns, and will have no more.
void generation_reader_begins(void);
void generation_reader_ends(void);
// Between them the reader holds what it loaded; outside it holds nothing and may wait for long.
void generation_turn_begins(void);
void generation_turn_ends(void);

// Returns when every turn that began before has ended. Not from within a turn.
void generation_wait(void);

// Within a turn. NULL before the first publish.
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
