#include "ledger/ledger_private.h"

static void answer_all(struct message *first, enum status status, const struct fault *fault)
{
    while (first != NULL) {
        struct message *const next = first->next;
        struct ledger_job *const job = job_of(first);
        struct mailbox *const home = job->home;
        if (status != STATUS_OK && job->status == STATUS_OK && job->at != 0) {
            job->status = status;
            job->fault = *fault;
        }
        mailbox_send(home, first);
        // Only now: what the writer answers next must come behind it.
        (void)atomic_fetch_sub_explicit(&home->held_count, 1, memory_order_release);
        first = next;
    }
}

static struct message *take_all(struct mailbox *mailbox)
{
    struct message *first = NULL;
    struct message **end = &first;
    for (struct message *message; (message = mailbox_take(mailbox)) != NULL;) {
        message->next = NULL;
        *end = message;
        end = &message->next;
    }
    return first;
}

// One sync for all answers that wait: while it runs, the next ones gather.
void ledger_sync(void *context)
{
    struct ledger *const ledger = context;
    for (;;) {
        const bool is_closing =
            atomic_load_explicit(&ledger->is_sync_closing, memory_order_acquire);
        struct message *const waiting = take_all(&ledger->unsynced);
        if (waiting != NULL) {
            struct fault fault = {0};
            const enum status status = journal_sync(ledger->journal, &fault);
            figure_add(&ledger->sync_count, 1);
            answer_all(waiting, status, &fault);
        } else if (is_closing) {
            break;
        } else {
            (void)bell_wait(&ledger->sync_bell, -1);
        }
    }
}
