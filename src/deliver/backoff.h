// Backoff: when to try again. Pure: chance and time are given; any thread.
//
// Exponential with full jitter (M. Brooker, Exponential Backoff and Jitter, AWS Architecture Blog,
// 2015): the n-th wait is uniform between nothing and min(cap, base * 2^(n-1)), so that those who
// failed together do not come back together.
#ifndef DELIVER_BACKOFF_H
#define DELIVER_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct backoff {
    int64_t base_us, cap_us;
};

// The wait after the failure number `attempts` (1, 2, 3 …); `chance` is uniform over 64 bits.
int64_t backoff_wait_us(const struct backoff *backoff, unsigned attempts, uint64_t chance);

// A Retry-After field: seconds, or a date (RFC 9110, 10.2.3). False when it is neither. Never
// negative, at most a day.
bool backoff_retry_after(struct bytes value, int64_t now_us, int64_t *wait_us);

#endif
