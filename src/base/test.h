// What every test file needs: cmocka, and seeded chance that prints its seed.
//
// TEST_SEED in the environment repeats a failing run.
#ifndef BASE_TEST_H
#define BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

// splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).
struct dice {
    uint64_t state;
};

static inline struct dice test_dice(void)
{
    const char *const seed = getenv("TEST_SEED"); // NOLINT(concurrency-mt-unsafe)
    const uint64_t state = seed == NULL ? 1 : strtoull(seed, NULL, 10);
    (void)fprintf(stderr, "# TEST_SEED=%llu\n", (unsigned long long)state);
    return (struct dice){.state = state};
}

static inline uint64_t dice_u64(struct dice *dice)
{
    uint64_t z = (dice->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

// Uniform in [0, bound); bound > 0.
static inline uint64_t dice_below(struct dice *dice, uint64_t bound)
{
    return (uint64_t)((unsigned __int128)dice_u64(dice) * bound >> 64);
}

static inline double dice_between(struct dice *dice, double low, double high)
{
    return low + (high - low) * ((double)(dice_u64(dice) >> 11) * 0x1p-53);
}

#endif
