// Member: whether one object is in one fence, and what is announced when that changes.
//
// A pure machine: state + what a fix says -> new state + events. No clock, no memory, no geometry: the
// caller says whether the fix is in (area, conditions, and the exit distance of who is in already).
// The same functions decide online, after a restart and in a backfill, so all three give the same.
//
//              contrary fix                    confirmed (n fixes, or seconds)
//   settled ----------------> pending --------------------------------> settled, other side
//      ^                         |  a fix agrees with the old side
//      +-------------------------+
//
// Times: `event_us` is when something was measured, `arrival_us` when we were told. A change is dated by
// the first fix that showed it. Deadlines are of the arrival clock, relative to when we were told, so a
// device that reports an hour late is not taken for one that has dwelt an hour.
#ifndef FENCE_MEMBER_H
#define FENCE_MEMBER_H

#include "base/buffer.h"
#include "event/event.h"

enum { MEMBER_CHANGES = 4, MEMBER_EVENTS_MAX = 8 };
#define MEMBER_NEVER INT64_MIN

// Why an exit: its event's `reason`.
enum member_reason {
    MEMBER_MOVED,
    MEMBER_CONDITIONS, // filter, speed or id no longer hold
    MEMBER_SCHEDULE,   // the fence closed
    MEMBER_DELETED,
    MEMBER_EXPIRED,
    MEMBER_DROPPED, // the collection
    MEMBER_FENCE_CHANGED,
    MEMBER_FENCE_REMOVED,
    MEMBER_FENCE_EXPIRED,
};
#define MEMBER_REASON_COUNT 9
const char *member_reason_name(enum member_reason reason);

// What of a rule the machine needs.
struct member_rule {
    uint32_t events; // bits: 1 << EVENT_ENTER …; what is announced
    int64_t dwell_us;
    uint32_t confirm_count; // fixes in a row; 0 and 1: the first is enough
    int64_t confirm_us;     // or this long; 0: not by time
    int64_t cooldown_us;    // between announced enters
};

// Zeroed with announced_us = MEMBER_NEVER: never seen, outside.
struct member_state {
    bool is_inside;
    bool is_silent; // this visit is not announced: cool-down
    bool has_dwelt;
    bool is_near;
    uint8_t change_count;               // known changes of side; 0: always outside
    int64_t changes_us[MEMBER_CHANGES]; // event times, the last one first
    int64_t inside_arrival_us;          // when we were told of the present visit
    int64_t announced_us;               // event time of the last announced enter
    uint32_t pending_count;             // contrary fixes in a row
    enum member_reason pending_reason;  // of the first
    int64_t pending_us, pending_arrival_us;
};

// What a fix says of one fence.
struct member_fix {
    int64_t event_us, arrival_us;
    bool is_inside;
    bool is_near;              // within the approach distance
    bool is_crossing;          // the way from the fix before touches the area
    enum member_reason reason; // why it is not inside
};

struct member_event {
    enum event_kind kind;
    int64_t event_us;
    int64_t dwell_us;          // of dwell and exit
    enum member_reason reason; // of exit
};
struct member_events {
    struct member_event list[MEMBER_EVENTS_MAX];
    unsigned count;
};

struct member_state member_new(void);

// A fix newer than all before. What is due by its arrival is announced first.
void member_on_fix(const struct member_rule *rule, struct member_state *state,
                   const struct member_fix *fix, struct member_events *events);
// The arrival clock says `now_us`.
void member_on_time(const struct member_rule *rule, struct member_state *state, int64_t now_us,
                    struct member_events *events);
// When member_on_time has something to say; INT64_MAX: never.
int64_t member_deadline(const struct member_rule *rule, const struct member_state *state);
// The object, the fence or the schedule ended it: an exit when it was inside. Forgets what is pending.
void member_on_end(const struct member_rule *rule, struct member_state *state, int64_t event_us,
                   enum member_reason reason, struct member_events *events);

// A fix that comes late. Was the object inside at that time, as far as announced? False when that was
// forgotten.
bool member_knew(const struct member_state *state, int64_t event_us, bool *was_inside);
// Puts it in order: `fix` is older than the newest, `next_us` is the event time of the fix after it. What
// was announced stays. When it shows a visit (or an absence) that nothing announced contradicts,
// beginning with it and ended by the next fix, that is announced; a rule that wants changes
// confirmed takes no late fix for one.
void member_on_late(const struct member_rule *rule, struct member_state *state,
                    const struct member_fix *fix, int64_t next_us, struct member_events *events);

// Nothing of it is worth keeping at event time `now_us`, when fixes older than `until_us` will not be
// put in order any more.
bool member_is_idle(const struct member_rule *rule, const struct member_state *state,
                    int64_t now_us, int64_t until_us);
// Changes before `until_us` are forgotten, but for the one that began the side held then.
void member_forget(struct member_state *state, int64_t until_us);

// As part of a row.
void member_encode(const struct member_state *state, struct buffer *out);
MUST_USE enum status member_decode(struct reader *reader, struct member_state *state,
                                   struct fault *fault);

#endif
