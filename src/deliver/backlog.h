// Backlog: the deliveries that wait for one hook: which of them may be sent now, and in what order.
//
// Deliveries of one key (object and fence) go one after the other; those of different keys do not wait
// for each other. A key whose first delivery failed sleeps until it is due again, and then goes alone,
// so that one event that a receiver cannot stand does not take others down with it.
//
//     add -> ready --take--> in flight --settle--> gone
//              ^                  |
//              |                  v failed
//              +---- due ---- sleeping
//
// Pure: time is given. One thread. Holds at most `limit` deliveries; who adds more reads them from the
// store later.
#ifndef DELIVER_BACKLOG_H
#define DELIVER_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/status.h"

struct backlog;

struct delivery {
    uint64_t sequence; // of the event
    uint64_t key;
    uint32_t attempts; // that have failed
    int64_t event_us;  // arrival of the event: its age
};

MUST_USE enum status backlog_new(struct memory_account *account, uint32_t limit,
                                 struct backlog **backlog, struct fault *fault);
void backlog_free(struct backlog *backlog); // NULL is accepted

// Behind the others of its key; one with a lower sequence than those that wait, before them. False
// when it is full or the account is.
MUST_USE bool backlog_add(struct backlog *backlog, const struct delivery *delivery);

// Takes up to `limit` deliveries that may go now; what it gives is in flight until settled. With
// `one_a_key` at most one of each key; without, those of a key follow each other. One that failed
// before comes alone.
size_t backlog_take(struct backlog *backlog, int64_t now_us, size_t limit, bool one_a_key,
                    struct delivery *taken);

// The outcome, one call for each that was taken, in that order. `again_us` 0: it is gone (accepted or
// given up); otherwise it, and what was in flight behind it with the same key, waits until then. False when it
// waits already behind one that failed before it.
bool backlog_settle(struct backlog *backlog, const struct delivery *delivery, int64_t again_us);

// All that sleeps is due now.
void backlog_wake(struct backlog *backlog);

size_t backlog_count(const struct backlog *backlog);        // in flight and waiting
size_t backlog_flight_count(const struct backlog *backlog); // in flight
// Some may be taken without waiting.
bool backlog_is_ready(const struct backlog *backlog);
// When the next that sleeps is due; INT64_MAX: none.
int64_t backlog_due_us(const struct backlog *backlog);
// Event time of arrival of the oldest that waits; 0: none.
int64_t backlog_oldest_us(const struct backlog *backlog);

#endif
