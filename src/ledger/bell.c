#include <time.h>

#include "ledger/ledger_private.h"

void bell_begin(struct bell *bell)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&bell->lock, NULL);
    (void)pthread_cond_init(&bell->rung, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    bell->is_rung = false;
}

void bell_end(struct bell *bell)
{
    (void)pthread_cond_destroy(&bell->rung);
    (void)pthread_mutex_destroy(&bell->lock);
}

void bell_ring(struct bell *bell)
{
    (void)pthread_mutex_lock(&bell->lock);
    if (!bell->is_rung) {
        bell->is_rung = true;
        (void)pthread_cond_signal(&bell->rung);
    }
    (void)pthread_mutex_unlock(&bell->lock);
}

bool bell_wait(struct bell *bell, int64_t wait_us)
{
    enum { SECOND_US = 1000000 };
    struct timespec until = {0};
    if (wait_us >= 0) {
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        const int64_t nanoseconds = until.tv_nsec + wait_us % SECOND_US * 1000;
        until.tv_sec += wait_us / SECOND_US + nanoseconds / 1000000000;
        until.tv_nsec = nanoseconds % 1000000000;
    }
    (void)pthread_mutex_lock(&bell->lock);
    int error = 0;
    while (!bell->is_rung && error == 0 && wait_us != 0) {
        error = wait_us < 0 ? pthread_cond_wait(&bell->rung, &bell->lock)
                            : pthread_cond_timedwait(&bell->rung, &bell->lock, &until);
    }
    const bool was_rung = bell->is_rung;
    bell->is_rung = false;
    (void)pthread_mutex_unlock(&bell->lock);
    return was_rung;
}
