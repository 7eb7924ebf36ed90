#include "serve/workers.h"

#include <assert.h>
#include <stdio.h>

static void run(void *context)
{
    struct workers *const workers = context;
    void *item = NULL;
    while (queue_take(workers->queue, &item)) {
        struct worker_task *const task = item;
        task->run(task);
        mailbox_send(task->home, &task->message);
    }
}

enum status workers_start(struct workers *workers, struct memory_account *account, unsigned count,
                          size_t queue_count, struct fault *fault)
{
    assert(count <= WORKERS_MAX);
    *workers = (struct workers){0};
    TRY(queue_new(account, queue_count, &workers->queue, fault));
    for (; workers->count < count; workers->count++) {
        char name[24];
        (void)snprintf(name, sizeof(name), "worker %u", workers->count);
        const enum status status =
            thread_start(&workers->threads[workers->count], name, run, workers, fault);
        if (status != STATUS_OK) {
            workers_stop(workers);
            return status;
        }
    }
    return STATUS_OK;
}

bool workers_offer(struct workers *workers, struct worker_task *task)
{
    return workers->queue != NULL && queue_offer(workers->queue, task);
}

void workers_stop(struct workers *workers)
{
    if (workers->queue == NULL) {
        return;
    }
    queue_close(workers->queue);
    for (unsigned i = 0; i < workers->count; i++) {
        thread_join(&workers->threads[i]);
    }
    queue_free(workers->queue);
    *workers = (struct workers){0};
}
