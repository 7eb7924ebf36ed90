#include "base/metric.h"

#include <string.h>

static const struct {
    uint64_t duration_us;
    const char *text; // in seconds
} bounds[METRIC_BUCKET_COUNT] = {
    {50, "0.00005"},  {100, "0.0001"},  {250, "0.00025"}, {500, "0.0005"},  {1000, "0.001"},
    {2500, "0.0025"}, {5000, "0.005"},  {10000, "0.01"},  {25000, "0.025"}, {50000, "0.05"},
    {100000, "0.1"},  {250000, "0.25"}, {500000, "0.5"},  {1000000, "1"},   {UINT64_MAX, "+Inf"},
};

void metric_observe(struct metric_value *metric, uint64_t duration_us)
{
    size_t bucket = 0;
    while (duration_us > bounds[bucket].duration_us) {
        bucket++;
    }
    const uint64_t old = atomic_load_explicit(&metric->buckets[bucket], memory_order_relaxed);
    atomic_store_explicit(&metric->buckets[bucket], old + 1, memory_order_relaxed);
    metric_add(metric, duration_us);
}

static uint64_t sum_values(const struct metric_value *const *sets, size_t set_count, size_t row)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < set_count; i++) {
        sum += atomic_load_explicit(&sets[i][row].value, memory_order_relaxed);
    }
    return sum;
}

static void format_timing(const struct metric *metric, const struct metric_value *const *sets,
                          size_t set_count, size_t row, struct buffer *out)
{
    const char *const labels = metric->labels == NULL ? "" : metric->labels;
    const char *const comma = metric->labels == NULL ? "" : ",";
    uint64_t count = 0;
    for (size_t bucket = 0; bucket < METRIC_BUCKET_COUNT; bucket++) {
        for (size_t i = 0; i < set_count; i++) {
            count += atomic_load_explicit(&sets[i][row].buckets[bucket], memory_order_relaxed);
        }
        buffer_append_format(out, "%s_bucket{%s%sle=\"%s\"} %llu\n", metric->name, labels, comma,
                             bounds[bucket].text, (unsigned long long)count);
    }
    const uint64_t sum_us = sum_values(sets, set_count, row);
    buffer_append_format(out, "%s_sum{%s} %llu.%06llu\n%s_count{%s} %llu\n", metric->name, labels,
                         (unsigned long long)(sum_us / 1000000),
                         (unsigned long long)(sum_us % 1000000), metric->name, labels,
                         (unsigned long long)count);
}

void metric_format(struct metric_table table, const struct metric_value *const *sets,
                   size_t set_count, struct buffer *out)
{
    static const char *const kinds[] = {
        [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_TIMING] = "histogram"};
    for (size_t row = 0; row < table.count; row++) {
        const struct metric *const metric = &table.rows[row];
        if (row == 0 || strcmp(metric->name, table.rows[row - 1].name) != 0) {
            buffer_append_format(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help,
                                 metric->name, kinds[metric->kind]);
        }
        if (metric->kind == METRIC_TIMING) {
            format_timing(metric, sets, set_count, row, out);
            continue;
        }
        const bool has_labels = metric->labels != NULL;
        buffer_append_format(out, "%s%s%s%s %llu\n", metric->name, has_labels ? "{" : "",
                             has_labels ? metric->labels : "", has_labels ? "}" : "",
                             (unsigned long long)sum_values(sets, set_count, row));
    }
}
