// Recent: the last events, as they were encoded, in a ring of memory: what followers and hooks read
// without asking the store.
//
// Events are numbered without gaps, so who has read up to N asks for what is behind N and either
// gets it or is told that it lies too far back; nothing can be missed between the two.
// Any thread; a lock is held for as long as a copy takes.
#ifndef DELIVER_RECENT_H
#define DELIVER_RECENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

struct recent;

// Events that are never larger than an eighth of `size`; larger ones are not kept (nor found).
MUST_USE enum status recent_new(struct memory_account *account, size_t size, struct recent **recent,
                                struct fault *fault);
void recent_free(struct recent *recent); // NULL is accepted

// The first sequence there will be; before the first add.
void recent_begin(struct recent *recent, uint64_t next);
// Adds events in a row: records of (u32 size, bytes), the first of them with the next sequence.
void recent_add(struct recent *recent, struct bytes records);

uint64_t recent_last(struct recent *recent);
uint64_t recent_first(struct recent *recent); // last + 1: none is here
// Appends the event. False: not here (any more).
bool recent_find(struct recent *recent, uint64_t sequence, struct buffer *out);
// Appends records (u64 sequence, u32 size, bytes) of events behind `after`, until `size` is reached.
// *reached: the last that was looked at. False when the first wanted is not here.
bool recent_read(struct recent *recent, uint64_t after, size_t size, struct buffer *out,
                 uint64_t *reached);

#endif
