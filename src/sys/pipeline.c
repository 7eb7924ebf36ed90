#include "sys/pipeline.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>

#include "sys/thread.h"

enum { SLOTS_MAX = 2 * PIPELINE_THREADS_MAX };

struct slot {
    bool is_done;
    enum status status;
    struct fault fault;
};

// Guarded by `lock`, but for the slots' faults, which belong to whoever works on the slot.
struct run {
    const struct pipeline *pipeline;
    size_t count;
    size_t begun; // indexes below are being worked on or done
    size_t taken; // indexes below are taken
    bool is_stopped;
    pthread_mutex_t lock;
    pthread_cond_t room;   // a slot came free
    pthread_cond_t result; // a slot is done
    struct slot slots[SLOTS_MAX];
};

// Works on the index, without the lock; takes and leaves it held.
static void index_work(struct run *run, size_t index)
{
    const size_t at = index % run->pipeline->slot_count;
    struct slot *const slot = &run->slots[at];
    (void)pthread_mutex_unlock(&run->lock);
    const enum status status = run->pipeline->work(run->pipeline->context, index, at, &slot->fault);
    (void)pthread_mutex_lock(&run->lock);
    slot->status = status;
    slot->is_done = true;
    (void)pthread_cond_broadcast(&run->result);
}

static bool may_begin(const struct run *run)
{
    return run->begun < run->count && run->begun - run->taken < run->pipeline->slot_count;
}

static void helper_run(void *context)
{
    struct run *const run = context;
    (void)pthread_mutex_lock(&run->lock);
    while (!run->is_stopped && run->begun < run->count) {
        if (may_begin(run)) {
            index_work(run, run->begun++);
        } else {
            (void)pthread_cond_wait(&run->room, &run->lock);
        }
    }
    (void)pthread_mutex_unlock(&run->lock);
}

// Waits for the next index, working on it or on later ones meanwhile, and takes it. The lock is held
// on both ends.
static enum status index_take(struct run *run, struct fault *fault)
{
    const size_t at = run->taken % run->pipeline->slot_count;
    struct slot *const slot = &run->slots[at];
    while (run->begun == run->taken || !slot->is_done) {
        if (may_begin(run)) {
            index_work(run, run->begun++);
        } else {
            (void)pthread_cond_wait(&run->result, &run->lock);
        }
    }
    if (slot->status != STATUS_OK) {
        if (fault != NULL) {
            *fault = slot->fault;
        }
        return slot->status;
    }
    const size_t index = run->taken;
    (void)pthread_mutex_unlock(&run->lock);
    const enum status status = run->pipeline->take(run->pipeline->context, index, at, fault);
    (void)pthread_mutex_lock(&run->lock);
    slot->is_done = false;
    run->taken++;
    (void)pthread_cond_signal(&run->room);
    return status;
}

enum status pipeline_run(const struct pipeline *pipeline, size_t count, struct fault *fault)
{
    assert(pipeline->slot_count >= 1 && pipeline->slot_count <= SLOTS_MAX);
    assert(pipeline->threads >= 1 && pipeline->threads <= PIPELINE_THREADS_MAX);

    struct run run = {.pipeline = pipeline,
                      .count = count,
                      .lock = PTHREAD_MUTEX_INITIALIZER,
                      .room = PTHREAD_COND_INITIALIZER,
                      .result = PTHREAD_COND_INITIALIZER};
    struct thread helpers[PIPELINE_THREADS_MAX] = {{0}};
    enum status status = STATUS_OK;
    for (unsigned i = 1; i < pipeline->threads && status == STATUS_OK; i++) {
        status = thread_start(&helpers[i], "decode", helper_run, &run, fault);
    }
    (void)pthread_mutex_lock(&run.lock);
    while (status == STATUS_OK && run.taken < count) {
        status = index_take(&run, fault);
    }
    run.is_stopped = true;
    (void)pthread_cond_broadcast(&run.room);
    (void)pthread_mutex_unlock(&run.lock);
    for (unsigned i = 1; i < pipeline->threads; i++) {
        thread_join(&helpers[i]);
    }
    return status;
}
