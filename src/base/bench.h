// Benchmarks: rounds of the same work on two sides, taken in turn, so that noise hits both.
//
// A side is a function that does `items` pieces of work. bench_run times `rounds` rounds of each side
// alternately by thread CPU time and prints one line a side: median ns an item, rate, ratio to the
// first side. One thread.
#ifndef BASE_BENCH_H
#define BASE_BENCH_H

#include <stddef.h>
#include <stdint.h>

struct bench_side {
    const char *name;
    void (*work)(void *context); // one round
    void *context;
    uint64_t items; // pieces of work in a round
};

// Prints "<title>/<side> <median ns> ns/item <M items/s> <ratio>x"; returns side 0's median over
// side 1's (how many times faster the second is), or 1 when there is one side.
double bench_run(const char *title, const struct bench_side *sides, size_t count, unsigned rounds);

// CPU time the process has used, all threads together.
double bench_process_cpu_ns(void);

// Tells the compiler that a value is used, without using it.
#define BENCH_KEEP(value) __asm__ volatile("" : : "g"(value) : "memory")

#endif
