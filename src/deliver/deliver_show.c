#include <string.h>

#include "base/date.h"
#include "deliver/deliver_private.h"
#include "sys/clock.h"

static void write_time(struct json_writer *json, int64_t time_us)
{
    char text[DATE_RFC3339_SIZE + 1];
    date_format_rfc3339(time_us, text);
    json_text_of(json, text);
}

static uint64_t figure(const _Atomic uint64_t *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

static void write_figures(struct deliver *deliver, struct hook *hook, struct json_writer *json)
{
    const int64_t oldest_us = atomic_load_explicit(&hook->oldest_us, memory_order_relaxed);
    JSON_KEY(json, "figures");
    json_begin_object(json);
    JSON_KEY(json, "waiting");
    json_unsigned(json, figure(&hook->waiting));
    if (oldest_us != 0) {
        JSON_KEY(json, "oldest");
        write_time(json, oldest_us);
    }
    JSON_KEY(json, "delivered");
    json_unsigned(json, figure(&hook->delivered));
    JSON_KEY(json, "failures");
    json_unsigned(json, figure(&hook->failures));
    JSON_KEY(json, "failures_in_a_row");
    json_unsigned(json, figure(&hook->streak));
    JSON_KEY(json, "dead_letters");
    json_unsigned(json, figure(&hook->dead_letters));
    char reason[REASON_SIZE];
    (void)pthread_mutex_lock(&deliver->lock);
    memcpy(reason, hook->last_failure, sizeof(reason));
    const int64_t failure_us = hook->last_failure_us;
    (void)pthread_mutex_unlock(&deliver->lock);
    if (failure_us != 0) {
        JSON_KEY(json, "last_failure");
        json_begin_object(json);
        JSON_KEY(json, "time");
        write_time(json, failure_us);
        JSON_KEY(json, "reason");
        json_text_of(json, reason);
        json_end_object(json);
    }
    json_end_object(json);
}

void hook_show(struct deliver *deliver, struct hook *hook, bool has_secrets, struct buffer *shown)
{
    static const char *const states[] = {"active", "paused", "disabled"};
    struct json_writer json = {.out = shown};
    json_begin_object(&json);
    JSON_KEY(&json, "id");
    json_text(&json, hook->id);
    JSON_KEY(&json, "state");
    json_text_of(&json, states[hook->state]);
    if (hook->reason[0] != '\0') {
        JSON_KEY(&json, "reason");
        json_text_of(&json, hook->reason);
    }
    hook_settings_write(hook->settings, has_secrets, &json);
    JSON_KEY(&json, "created");
    write_time(&json, hook->created_us);
    JSON_KEY(&json, "changed");
    write_time(&json, hook->changed_us);
    write_figures(deliver, hook, &json);
    json_end_object(&json);
}

enum status deliver_hook_show(struct deliver *deliver, struct bytes id, struct buffer *shown)
{
    bool is_there = false;
    const size_t at = hook_find(deliver, ROW_NATIVE, id, &is_there);
    if (!is_there) {
        return STATUS_NOT_FOUND;
    }
    hook_show(deliver, deliver->hooks[at], false, shown);
    return STATUS_OK;
}

enum status deliver_hook_number(struct deliver *deliver, struct bytes id, uint32_t *number)
{
    bool is_there = false;
    const size_t at = hook_find(deliver, ROW_NATIVE, id, &is_there);
    if (!is_there) {
        return STATUS_NOT_FOUND;
    }
    *number = deliver->hooks[at]->number;
    return STATUS_OK;
}

void deliver_hook_list(struct deliver *deliver, struct bytes after, size_t limit,
                       struct buffer *shown, struct buffer *last, bool *has_more)
{
    bool is_there = false;
    size_t at = hook_find(deliver, ROW_NATIVE, after, &is_there);
    at += is_there ? 1 : 0;
    size_t count = 0;
    for (; at < deliver->hook_count && deliver->hooks[at]->kind == ROW_NATIVE && count < limit;
         at++) {
        if (count != 0) {
            buffer_append_u8(shown, ',');
        }
        hook_show(deliver, deliver->hooks[at], false, shown);
        buffer_clear(last);
        buffer_append_bytes(last, deliver->hooks[at]->id);
        count++;
    }
    *has_more = at < deliver->hook_count && deliver->hooks[at]->kind == ROW_NATIVE;
}

// Metrics. -------------------------------------------------------------------------------------------

enum series { SERIES_DELIVERED, SERIES_FAILURES, SERIES_DEAD, SERIES_WAITING, SERIES_LAG };

static const struct {
    const char *name, *kind, *help;
} series_rows[] = {
    {"rhumb_hook_delivered_total", "counter", "Events a hook has accepted."},
    {"rhumb_hook_failures_total", "counter", "Attempts of a hook that failed."},
    {"rhumb_hook_dead_letters_total", "counter", "Events given up after their last attempt."},
    {"rhumb_hook_waiting", "gauge", "Events that wait for a hook."},
    {"rhumb_hook_lag_seconds", "gauge", "Age of the oldest event that waits for a hook."},
};

static void write_value(const struct hook *hook, enum series series, int64_t now_us,
                        struct buffer *out)
{
    switch (series) {
    case SERIES_DELIVERED:
        buffer_append_format(out, " %llu\n", (unsigned long long)figure(&hook->delivered));
        break;
    case SERIES_FAILURES:
        buffer_append_format(out, " %llu\n", (unsigned long long)figure(&hook->failures));
        break;
    case SERIES_DEAD:
        buffer_append_format(out, " %llu\n", (unsigned long long)figure(&hook->dead_letters));
        break;
    case SERIES_WAITING:
        buffer_append_format(out, " %llu\n", (unsigned long long)figure(&hook->waiting));
        break;
    case SERIES_LAG: {
        const int64_t oldest_us = atomic_load_explicit(&hook->oldest_us, memory_order_relaxed);
        const int64_t lag_us = oldest_us == 0 || oldest_us > now_us ? 0 : now_us - oldest_us;
        buffer_append_format(out, " %lld.%03lld\n", (long long)(lag_us / 1000000),
                             (long long)(lag_us / 1000 % 1000));
        break;
    }
    }
}

static void write_label(struct bytes id, struct buffer *out)
{
    for (size_t i = 0; i < id.size; i++) {
        if (id.data[i] == '"' || id.data[i] == '\\') {
            buffer_append_u8(out, '\\');
        }
        if (id.data[i] == '\n') {
            buffer_append_text(out, "\\n");
        } else {
            buffer_append_u8(out, id.data[i]);
        }
    }
}

void deliver_metrics(struct deliver *deliver, struct buffer *out)
{
    const int64_t now_us = sys_wall_us(deliver->sys);
    (void)pthread_mutex_lock(&deliver->lock);
    for (unsigned series = 0; series < COUNT_OF(series_rows) && deliver->hook_count != 0;
         series++) {
        buffer_append_format(out, "# HELP %s %s\n# TYPE %s %s\n", series_rows[series].name,
                             series_rows[series].help, series_rows[series].name,
                             series_rows[series].kind);
        for (size_t i = 0; i < deliver->hook_count; i++) {
            const struct hook *const hook = deliver->hooks[i];
            buffer_append_format(out, "%s{hook=\"", series_rows[series].name);
            write_label(hook->id, out);
            buffer_append_text(out, hook->kind == ROW_TILE38 ? "\",kind=\"sethook\"}"
                                                             : "\",kind=\"hook\"}");
            write_value(hook, (enum series)series, now_us, out);
        }
    }
    buffer_append_format(
        out,
        "# HELP rhumb_events_total Events raised.\n# TYPE rhumb_events_total counter\n"
        "rhumb_events_total %llu\n",
        (unsigned long long)recent_last(deliver->recent));
    (void)pthread_mutex_unlock(&deliver->lock);
}
