// Fence: rules over moving objects, and which of them hold: stored, so that nothing is announced twice.
//
// A fence is a row of TABLE_FENCE: area, subjects, events, dwell, hysteresis, schedule … (fence/rule.h). Whether an
// object is inside is a row of TABLE_MEMBER, written in the same turn as the position that decided it.
// For each change of an object (live_observer) the fences near its old and new place are found by cell,
// each decides by membership, event time and rule, and emits.
//
// Tile38's fences (SETHOOK, SETCHAN, FENCE of a connection) keep no membership: they compare the old and the
// new version, as Tile38 does, and make its messages (fence/tile38.h).
//
// All of it runs on the ledger's thread; queries about fences read a published copy.
#ifndef FENCE_FENCE_H
#define FENCE_FENCE_H

#include "event/event.h"
#include "live/live.h"

struct fences;

// Where events go: deliver_emit, or a test's list.
struct fence_sink {
    void (*emit)(void *context, struct ledger_turn *turn, struct event *event);
    void *context;
};

// An area of the atlas by public id, appended as a shape; NOT_FOUND. NULL: no atlas.
typedef enum status fence_place(void *context, struct bytes id, struct buffer *shape,
                                struct fault *fault);

MUST_USE enum status fences_new(struct ledger *ledger, struct live *live,
                                struct memory_account *account, const struct fence_sink *sink,
                                struct fences **fences, struct fault *fault);
void fences_free(struct fences *fences);

#endif
