// Metric: what is counted, as a table, and the counts, one set a thread.
//
// A layer declares its metrics as rows; every thread that counts has an array of values in the same
// order and is its only writer, so counting is a plain load, add and store. Whoever wants to know
// (metric_format) sums the sets while they go on counting.
//
//     writer: the owner of the set, relaxed      reader: any thread, relaxed; sums may be torn
//                                                between metrics, never within one
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum metric_kind {
    METRIC_COUNTER, // only grows
    METRIC_GAUGE,   // goes up and down
    METRIC_TIMING,  // a histogram of durations
};

struct metric {
    const char *name;   // "rhumb_requests_total"; rows of one name stand together
    const char *labels; // "route=\"search\"", or NULL
    enum metric_kind kind;
    const char *help; // a phrase; of the first row of a name
};

struct metric_table {
    const struct metric *rows;
    size_t count;
};

// Buckets of a timing: up to 50 us, 100 us ... 1 s, and beyond.
#define METRIC_BUCKET_COUNT 15

struct metric_value {
    _Atomic uint64_t value; // of a timing: the sum in microseconds
    _Atomic uint64_t buckets[METRIC_BUCKET_COUNT];
};

static inline void metric_add(struct metric_value *metric, uint64_t amount)
{
    const uint64_t old = atomic_load_explicit(&metric->value, memory_order_relaxed);
    atomic_store_explicit(&metric->value, old + amount, memory_order_relaxed);
}

static inline void metric_subtract(struct metric_value *metric, uint64_t amount)
{
    metric_add(metric, 0 - amount);
}

static inline void metric_set(struct metric_value *metric, uint64_t value)
{
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void metric_observe(struct metric_value *metric, uint64_t duration_us);

// Appends the sum of the sets in the text format of Prometheus 0.0.4. Each set has table.count
// values.
void metric_format(struct metric_table table, const struct metric_value *const *sets,
                   size_t set_count, struct buffer *out);

#endif
