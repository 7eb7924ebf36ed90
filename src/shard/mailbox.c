#include "shard/mailbox.h"

void mailbox_begin(struct mailbox *mailbox, void (*wake)(void *context), void *context)
{
    *mailbox = (struct mailbox){.wake = wake, .context = context};
}

void mailbox_send(struct mailbox *mailbox, struct message *message)
{
    struct message *head = atomic_load_explicit(&mailbox->head, memory_order_relaxed);
    do {
        message->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&mailbox->head, &head, message,
                                                    memory_order_release, memory_order_relaxed));
    // From here on the message may be delivered and gone.
    if (head == NULL) {
        mailbox->wake(mailbox->context);
    }
}

struct message *mailbox_take(struct mailbox *mailbox)
{
    if (mailbox->taken == NULL) {
        struct message *newest = atomic_load_explicit(&mailbox->head, memory_order_relaxed);
        if (newest == NULL) {
            return NULL;
        }
        newest = atomic_exchange_explicit(&mailbox->head, NULL, memory_order_acquire);
        while (newest != NULL) {
            struct message *const older = newest->next;
            newest->next = mailbox->taken;
            mailbox->taken = newest;
            newest = older;
        }
    }
    struct message *const message = mailbox->taken;
    mailbox->taken = message->next;
    return message;
}

size_t mailbox_deliver(struct mailbox *mailbox, size_t limit)
{
    size_t count = 0;
    while (count < limit) {
        struct message *const message = mailbox_take(mailbox);
        if (message == NULL) {
            break;
        }
        message->deliver(message);
        count++;
    }
    return count;
}
