// Post: a mailbox with a thread of its own that sleeps until mail comes or a moment does.
#ifndef DELIVER_POST_H
#define DELIVER_POST_H

#include <pthread.h>
#include <stdint.h>

#include "shard/mailbox.h"

struct post {
    struct mailbox mailbox;
    pthread_mutex_t lock;
    pthread_cond_t rung;
    bool is_rung;
};

void post_begin(struct post *post);
void post_end(struct post *post);

// The owner's: waits for mail, at most `wait_us` (negative: for ever), and delivers what there is.
void post_deliver(struct post *post, int64_t wait_us);

#endif
