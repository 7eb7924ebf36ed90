// Retire: memory that a writer has taken out of what readers see, given back once no reader holds it.
//
// What was reachable in a turn of any shard (shard/generation.h) must stay until that turn has
// ended. The writer unlinks it, retires it, and now and then collects: a thread of the retirer's own
// waits for the turns, so the writer never does.
//
//     open -> waiting (a grace period is under way) -> released by the next retirer_collect
//
// All calls on the writer's thread, which also runs the releases.
#ifndef SHARD_RETIRE_H
#define SHARD_RETIRE_H

#include "base/memory.h"
#include "base/status.h"

// A member of what is retired.
struct retired {
    struct retired *next; // the retirer's
    void (*release)(struct retired *retired);
};

struct retirer;

MUST_USE enum status retirer_new(struct memory_account *account, struct retirer **retirer,
                                 struct fault *fault);
// Releases everything: no reader may be left. NULL is accepted.
void retirer_free(struct retirer *retirer);

void retirer_add(struct retirer *retirer, struct retired *retired);

// Releases what no reader can hold any more and now and then lets a grace period begin. Never waits;
// once a turn of the writer is right.
void retirer_collect(struct retirer *retirer);

// Retired and not yet released; a writer that sees it grow should slow down.
size_t retirer_count(const struct retirer *retirer);

#endif
