#include "deliver/post.h"

#include <time.h>

static void ring(void *context)
{
    struct post *const post = context;
    (void)pthread_mutex_lock(&post->lock);
    post->is_rung = true;
    (void)pthread_cond_signal(&post->rung);
    (void)pthread_mutex_unlock(&post->lock);
}

void post_begin(struct post *post)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&post->lock, NULL);
    (void)pthread_cond_init(&post->rung, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    post->is_rung = false;
    mailbox_begin(&post->mailbox, ring, post);
}

void post_end(struct post *post)
{
    (void)pthread_cond_destroy(&post->rung);
    (void)pthread_mutex_destroy(&post->lock);
}

void post_deliver(struct post *post, int64_t wait_us)
{
    enum { SECOND_US = 1000000, LIMIT = 1 << 16 };
    struct timespec until = {0};
    if (wait_us > 0) {
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        const int64_t nanoseconds = until.tv_nsec + wait_us % SECOND_US * 1000;
        until.tv_sec += wait_us / SECOND_US + nanoseconds / 1000000000;
        until.tv_nsec = nanoseconds % 1000000000;
    }
    (void)pthread_mutex_lock(&post->lock);
    int error = 0;
    while (!post->is_rung && error == 0 && wait_us != 0) {
        error = wait_us < 0 ? pthread_cond_wait(&post->rung, &post->lock)
                            : pthread_cond_timedwait(&post->rung, &post->lock, &until);
    }
    post->is_rung = false;
    (void)pthread_mutex_unlock(&post->lock);
    (void)mailbox_deliver(&post->mailbox, LIMIT);
}
