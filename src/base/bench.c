#include "base/bench.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SIDES_MAX = 8, ROUNDS_MAX = 101 };

static double clock_ns(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

double bench_process_cpu_ns(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static int by_value(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return (a > b) - (a < b);
}

double bench_run(const char *title, const struct bench_side *sides, size_t count, unsigned rounds)
{
    assert(count >= 1 && count <= SIDES_MAX && rounds >= 1 && rounds <= ROUNDS_MAX);

    static double taken_ns[SIDES_MAX][ROUNDS_MAX];
    for (unsigned round = 0; round < rounds; round++) {
        for (size_t side = 0; side < count; side++) {
            const double started_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
            sides[side].work(sides[side].context);
            taken_ns[side][round] = (clock_ns(CLOCK_THREAD_CPUTIME_ID) - started_ns) /
                                    (double)(sides[side].items == 0 ? 1 : sides[side].items);
        }
    }
    double median_ns[SIDES_MAX];
    for (size_t side = 0; side < count; side++) {
        qsort(taken_ns[side], rounds, sizeof(double), by_value);
        median_ns[side] = taken_ns[side][rounds / 2];
        (void)printf("%s/%-24s %10.1f ns/item %10.3f M/s %8.2fx\n", title, sides[side].name,
                     median_ns[side], 1e3 / median_ns[side], median_ns[0] / median_ns[side]);
    }
    return count < 2 ? 1 : median_ns[0] / median_ns[1];
}
