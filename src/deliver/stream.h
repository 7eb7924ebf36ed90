// Stream: the numbered events of this server: emitted inside turns, read live and late.
//
// event_emit gives an event its sequence and adds, to the turn that causes it, the event's row and one delivery
// row for every hook that wants it: either all of them are in the journal with the position that caused
// them, or none. Followers (SSE, WebSocket, RESP SUBSCRIBE) are told after the turn is in the journal.
#ifndef DELIVER_STREAM_H
#define DELIVER_STREAM_H

#include "event/event.h"
#include "ledger/ledger.h"

struct deliver;

// For modules below (fence, track), which do not know this layer: a function they are given.
// void (*emit)(void *context, struct ledger_turn *turn, struct event *event)  -> deliver_emit
void deliver_emit(void *deliver, struct ledger_turn *turn, struct event *event);

#endif
