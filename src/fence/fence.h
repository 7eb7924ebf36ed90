// Fence: rules over moving objects, and which of them hold: stored, so that nothing is announced twice.
//
// A fence is a row of TABLE_FENCE (fence/rule.h). Whether an object is inside is a row of TABLE_MEMBER,
// written in the same turn as the position that decided it. For each change of an object (live_observer)
// the fences near its new place are found by cell (fence/cells.h) and those it is in already by the
// object; each decides by membership, event time and rule (fence/member.h), and emits.
//
// Of one change, events come in this order: dwell, exit, outside, cross, enter, approach, inside; of a
// kind by the fence's id. docs/fences.md says precisely what is announced when.
//
// Tile38's fences (SETHOOK, SETCHAN, FENCE of a connection) keep no membership: they compare the old and
// the new version, as Tile38 does, and make its messages (fence/tile38.h).
//
// Everything runs on the ledger's thread, inside jobs, unless it says otherwise.
#ifndef FENCE_FENCE_H
#define FENCE_FENCE_H

#include "event/event.h"
#include "fence/rule.h"
#include "live/live.h"

struct fences;

// Where events go: deliver_emit, or a test's list.
struct fence_sink {
    void (*emit)(void *context, struct ledger_turn *turn, struct event *event);
    void *context;
};

// An area of the atlas by public id, appended as a shape; NOT_FOUND.
typedef enum status fence_place(void *context, struct bytes id, struct buffer *shape,
                                struct fault *fault);

// Registers its stage and its observer; before ledger_open, after live_new.
MUST_USE enum status fences_new(struct ledger *ledger, struct live *live,
                                struct memory_account *account, const struct fence_sink *sink,
                                struct fences **fences, struct fault *fault);
void fences_free(struct fences *fences); // after ledger_close; NULL is accepted

// NULL: no atlas, fences with a place are refused.
void fences_places_set(struct fences *fences, fence_place *place, void *context);

// Of a rule whose area is a place and which has no shape yet: its shape, appended to `space`, which is not
// to grow afterwards; nothing for
// others. NOT_FOUND with a sentence. Any thread that may ask the place function.
MUST_USE enum status fences_place_find(const struct fences *fences, struct rule *rule,
                                       struct buffer *space, struct fault *fault);

// Sets or replaces a fence (rule->id). Objects that are inside a new fence, or of an edited one come in or go out
// by the edit, change sides at once; `is_announced` says whether as events too (flag EVENT_INITIAL,
// reason fence_changed). A place's shape is copied now.
// Fails: NOT_FOUND (the place), OUT_OF_RANGE (the filter), NO_MEMORY; then nothing has changed.
MUST_USE enum status fence_put(struct fences *fences, struct ledger_turn *turn,
                               const struct rule *rule, bool is_announced, bool *is_new,
                               struct fault *fault);
// Who was inside has an exit with the reason fence_removed. NOT_FOUND.
MUST_USE enum status fence_delete(struct fences *fences, struct ledger_turn *turn, struct bytes id);

// The rule; borrowed until the next change. False when there is none.
MUST_USE bool fence_find(const struct fences *fences, struct bytes id, struct rule *rule);
// Rules in order of id, from the one after `after` (empty: the first); `tag` empty: all. False stops.
typedef bool fence_each(void *context, const struct rule *rule);
void fence_list(const struct fences *fences, struct bytes after, struct bytes tag, fence_each *each,
                void *context);
// Who is inside, in no order.
typedef bool fence_each_member(void *context, struct bytes object, int64_t since_us);
MUST_USE enum status fence_members(const struct fences *fences, struct bytes id,
                                   fence_each_member *each, void *context);

// Fixes out of order: what a fix of an existing object is by its event time.
enum fence_order {
    FENCE_IN_ORDER,  // newer than all: put it (live_put), the observer decides
    FENCE_LATE,      // not newer: record it, and tell fences_late; the object stays as it is
    FENCE_DUPLICATE, // there is a fix of that time: drop it
};
enum fence_order fences_order(const struct fences *fences, struct bytes collection, struct bytes id,
                              int64_t event_us);
// A late fix: put in order when within the rule's bound, else only flagged (EVENT_LATE).
// True when it was within the default bound of 60 s.
bool fences_late(struct fences *fences, struct ledger_turn *turn, struct bytes collection,
                 struct bytes id, struct bytes row);

// What would fire if the object had this row now; nothing changes. Events go to `sink` without a turn.
MUST_USE enum status fences_try(struct fences *fences, int64_t now_us, struct bytes collection,
                                struct bytes id, struct bytes row, const struct fence_sink *sink,
                                struct fault *fault);

struct fence_counts {
    uint64_t fences, zones, members, tile38, waiting;
    uint64_t fixes, tests, events; // so far
    size_t memory_size;
};
// On the ledger's thread, or before it runs.
struct fence_counts fences_counts(const struct fences *fences);
// As of the last publish; any thread.
struct fence_counts fences_published(const struct fences *fences);

// Backfill: a rule over stored history, object by object, each in order of event time. Pure: nothing of
// the running fences is read or changed. Any thread.
struct backfill;
// What is due by `until_us` is announced, though no fix says it. UNSUPPORTED: nearness to others.
MUST_USE enum status backfill_new(const struct rule *rule, int64_t until_us,
                                  struct memory_account *account, const struct fence_sink *sink,
                                  struct backfill **backfill, struct fault *fault);
// A rule of area COLLECTION needs its areas first.
MUST_USE enum status backfill_area(struct backfill *backfill, struct bytes id, struct shape shape);
// NO_MEMORY. The event's turn is NULL.
MUST_USE enum status backfill_fix(struct backfill *backfill, struct bytes id,
                                  const struct row *row);
// No more fixes.
void backfill_end(struct backfill *backfill);
void backfill_free(struct backfill *backfill);

#endif
