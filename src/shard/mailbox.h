// Mailbox: messages to one thread from any other, in order of each sender, without locks.
//
// A message is a struct the sender owns until it is delivered; the receiver owns it from then on
// (usually to answer and send it back). Intrusive, so sending never allocates. The receiver is woken
// by the first message it has not yet taken, not by those after it.
//
// Senders push on a list (R. K. Treiber, Systems Programming: Coping with Parallelism, IBM RJ 5118,
// 1986); the receiver takes the whole list at once, so there is no ABA, and turns it round.
//
//     sender     mailbox_send          release on the list's head
//     receiver   mailbox_deliver       acquire
#ifndef SHARD_MAILBOX_H
#define SHARD_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct message {
    struct message *next;                     // the mailbox's
    void (*deliver)(struct message *message); // called on the receiving thread
};

struct mailbox {
    _Atomic(struct message *) head; // newest first
    struct message *taken;          // the receiver's: oldest first
    void (*wake)(void *context);    // any thread; after a send to an empty mailbox
    void *context;
    // The ledger's: answers to this mailbox that wait for the disk, and hold back those after them.
    _Atomic size_t held_count;
};

void mailbox_begin(struct mailbox *mailbox, void (*wake)(void *context), void *context);
void mailbox_send(struct mailbox *mailbox, struct message *message);
// The receiver's: delivers at most `limit` messages and says how many those were. Messages sent
// meanwhile may be among them. When it was `limit`, more may wait, and nobody wakes for them.
size_t mailbox_deliver(struct mailbox *mailbox, size_t limit);
// The receiver's: the next message without delivering it; NULL when there is none.
struct message *mailbox_take(struct mailbox *mailbox);

#endif
