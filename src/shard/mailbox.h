// Mailbox: messages to one thread from any other, in order of each sender, without locks.
//
// A message is a struct the sender owns until it is delivered; the receiver owns it from then on
// (usually to answer and send it back). Intrusive, so sending never allocates. The receiver is woken
// once for many messages.
//
//     sender     mailbox_send          release, exchange on the head (Vyukov's MPSC queue)
//     receiver   mailbox_take          acquire
#ifndef SHARD_MAILBOX_H
#define SHARD_MAILBOX_H

#include <stdatomic.h>
#include <stddef.h>

struct message {
    _Atomic(struct message *) next;           // the mailbox's
    void (*deliver)(struct message *message); // called on the receiving thread
};

struct mailbox {
    _Atomic(struct message *) head;
    struct message *tail;
    struct message stub;
    void (*wake)(void *context); // any thread; after a send to an empty mailbox
    void *context;
};

void mailbox_begin(struct mailbox *mailbox, void (*wake)(void *context), void *context);
void mailbox_send(struct mailbox *mailbox, struct message *message);
// The receiver's: delivers at most `limit` messages and says how many those were.
size_t mailbox_deliver(struct mailbox *mailbox, size_t limit);

#endif
