#include "sys/thread.h"

#include <assert.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/attributes.h"

struct start {
    void (*run)(void *context);
    void *context;
    char name[16];
    pthread_mutex_t lock;
    pthread_cond_t taken;
    bool is_taken;
};

static void *thread_main(void *argument)
{
    struct start *const start = argument;
    void (*const run)(void *) = start->run;
    void *const context = start->context;
    (void)pthread_setname_np(pthread_self(), start->name);

    (void)pthread_mutex_lock(&start->lock);
    start->is_taken = true;
    (void)pthread_cond_signal(&start->taken);
    (void)pthread_mutex_unlock(&start->lock);
    run(context);
    return NULL;
}

enum status thread_start(struct thread *thread, const char *name, void (*run)(void *context),
                         void *context, struct fault *fault)
{
    struct start start = {.run = run,
                          .context = context,
                          .lock = PTHREAD_MUTEX_INITIALIZER,
                          .taken = PTHREAD_COND_INITIALIZER};
    (void)snprintf(start.name, sizeof(start.name), "%s", name);

    // Signals to the process are the main thread's; a fault of the thread's own reads is not.
    sigset_t blocked;
    sigset_t before;
    (void)sigfillset(&blocked);
    (void)sigdelset(&blocked, SIGBUS);
    (void)sigdelset(&blocked, SIGSEGV);
    (void)pthread_sigmask(SIG_BLOCK, &blocked, &before);
    const int failed = pthread_create(&thread->handle, NULL, thread_main, &start);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        return fault_set(fault, STATUS_IO, "cannot start a thread: error %d", failed);
    }
    (void)pthread_mutex_lock(&start.lock);
    while (!start.is_taken) { // `start` lives on this stack
        (void)pthread_cond_wait(&start.taken, &start.lock);
    }
    (void)pthread_mutex_unlock(&start.lock);
    thread->is_started = true;
    return STATUS_OK;
}

void thread_join(struct thread *thread)
{
    if (thread->is_started) {
        (void)pthread_join(thread->handle, NULL);
        *thread = (struct thread){0};
    }
}

unsigned thread_core_count(void)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    const int count = sched_getaffinity(0, sizeof(cores), &cores) == 0 ? CPU_COUNT(&cores) : 1;
    return count > 0 ? (unsigned)count : 1;
}

struct share {
    thread_work *work;
    void *context;
    size_t count;
    _Atomic size_t next;
    pthread_mutex_t lock; // of what follows
    size_t failed_index;
    enum status status;
    struct fault fault;
};

static void share_run(void *context)
{
    struct share *const share = context;
    for (;;) {
        const size_t index = atomic_fetch_add_explicit(&share->next, 1, memory_order_relaxed);
        if (index >= share->count) {
            return;
        }
        struct fault fault = {0};
        const enum status status = share->work(share->context, index, &fault);
        if (status != STATUS_OK) {
            (void)pthread_mutex_lock(&share->lock);
            if (share->status == STATUS_OK || index < share->failed_index) {
                share->status = status;
                share->failed_index = index;
                share->fault = fault;
            }
            (void)pthread_mutex_unlock(&share->lock);
            atomic_store_explicit(&share->next, share->count, memory_order_relaxed);
            return;
        }
    }
}

enum { SHARE_THREADS_MAX = 256 };

enum status thread_share(unsigned threads, size_t count, thread_work *work, void *context,
                         struct fault *fault)
{
    struct share share = {
        .work = work, .context = context, .count = count, .lock = PTHREAD_MUTEX_INITIALIZER};
    struct thread helpers[SHARE_THREADS_MAX] = {0};

    size_t helper_count = threads == 0 ? 0 : threads - 1;
    helper_count = helper_count < count ? helper_count : (count == 0 ? 0 : count - 1);
    helper_count = helper_count < SHARE_THREADS_MAX ? helper_count : SHARE_THREADS_MAX;
    for (size_t i = 0; i < helper_count; i++) {
        status_ignore(thread_start(&helpers[i], "rhumb-share", share_run, &share, NULL),
                      "fewer threads do the same work");
    }
    share_run(&share);
    for (size_t i = 0; i < helper_count; i++) {
        thread_join(&helpers[i]);
    }
    if (share.status != STATUS_OK && fault != NULL) {
        *fault = share.fault;
    }
    return share.status;
}
