#include <strings.h>

#include "deliver/courier_private.h"
#include "sys/clock.h"

enum { READ_AGAIN_US = 1000000, FAILING_STREAK = 3, MESSAGES_MAX = 256 };

// Late reads. ----------------------------------------------------------------------------------------

static void add_deliveries(struct outlet *outlet)
{
    const struct late_positions *const read = &outlet->read;
    for (size_t i = 0; i < read->count; i++) {
        if (!backlog_add(outlet->backlog, &read->deliveries[i])) {
            outlet->overflow_from = read->deliveries[i].sequence;
            return;
        }
    }
    const uint64_t last = read->count == 0 ? 0 : read->deliveries[read->count - 1].sequence;
    if (read->has_more) {
        outlet->overflow_from = last + 1;
        return;
    }
    // The read saw everything up to `asked_newest`, and perhaps some of what has come since.
    const uint64_t covered = last > outlet->asked_newest ? last : outlet->asked_newest;
    outlet->overflow_from = outlet->newest > covered ? covered + 1 : 0;
}

static void redrive(struct outlet *outlet)
{
    const struct late_positions *const read = &outlet->read;
    outlet->redrive_from = 0;
    for (size_t i = 0; i < read->count; i++) {
        struct delivery delivery = read->deliveries[i];
        delivery.attempts = 0;
        delivery.event_us = outlet->courier->now_us; // its age counts from now
        if (!backlog_add(outlet->backlog, &delivery)) {
            outlet->redrive_from = delivery.sequence;
            return;
        }
        (void)atomic_fetch_add_explicit(&outlet->hook->waiting, 1, memory_order_relaxed);
        outcome_add(outlet->courier, OUTCOME_REDRIVEN, outlet->hook, &delivery, 0, "");
    }
    if (read->has_more) {
        outlet->redrive_from = read->deliveries[read->count - 1].sequence + 1;
    }
}

static void on_read(struct late_positions *read)
{
    struct outlet *const outlet = read->context;
    struct courier *const courier = outlet->courier;
    outlet->is_reading = false;
    courier->read_count--;
    outlet_touch(outlet);
    if (read->status == STATUS_UNSUPPORTED) {
        courier->is_memory = true; // what is not in memory is nowhere
        outlet->overflow_from = outlet->redrive_from = 0;
    } else if (read->status != STATUS_OK) {
        outlet->wait_until_us = courier->now_us + READ_AGAIN_US;
    } else if (read->table == TABLE_DEAD_LETTER) {
        redrive(outlet);
    } else {
        if (!outlet->is_counted && outlet->asked_newest == 0) {
            atomic_store_explicit(&outlet->hook->waiting, read->total, memory_order_relaxed);
        }
        outlet->is_counted = true;
        add_deliveries(outlet);
    }
}

static void begin_read(struct outlet *outlet)
{
    struct courier *const courier = outlet->courier;
    const size_t room = BACKLOG_LIMIT - backlog_count(outlet->backlog);
    const bool is_redriving = outlet->redrive_from != 0 && outlet->overflow_from == 0;
    if (outlet->read.deliveries == NULL) {
        outlet->read.deliveries =
            memory_take(&courier->deliver->queues, READ_COUNT, sizeof(struct delivery));
        if (outlet->read.deliveries == NULL) {
            outlet->wait_until_us = courier->now_us + READ_AGAIN_US;
            return;
        }
    }
    outlet->read.table = is_redriving ? TABLE_DEAD_LETTER : TABLE_DELIVERY;
    outlet->read.number = outlet->hook->number;
    outlet->read.from = is_redriving ? outlet->redrive_from : outlet->overflow_from;
    outlet->read.counts_all = !outlet->is_counted;
    outlet->read.capacity = room < READ_COUNT ? room : READ_COUNT;
    outlet->read.home = &courier->post.mailbox;
    outlet->read.answered = on_read;
    outlet->read.context = outlet;
    outlet->asked_newest = outlet->newest;
    outlet->is_reading = true;
    courier->read_count++;
    late_read_positions(courier->deliver->late, &outlet->read);
}

static bool wants_read(const struct outlet *outlet)
{
    return !outlet->is_reading && (outlet->overflow_from != 0 || outlet->redrive_from != 0) &&
           backlog_count(outlet->backlog) < BACKLOG_LIMIT / 2;
}

// Sending. -------------------------------------------------------------------------------------------

// One of its URLs is: then a parcel is one body.
static bool is_http(const struct outlet *outlet)
{
    for (size_t i = 0; i < outlet->settings->urls.count; i++) {
        const struct bytes url = hook_settings_word(outlet->settings, outlet->settings->urls, i);
        if (url.size >= 4 && strncasecmp((const char *)url.data, "http", 4) == 0) {
            return true;
        }
    }
    return false;
}

static void spend_rate(struct outlet *outlet, size_t count)
{
    if (outlet->settings->rate > 0) {
        const int64_t now_us = outlet->courier->now_us;
        const double cost_us = (double)count * 1e6 / outlet->settings->rate;
        outlet->rate_us = (outlet->rate_us > now_us ? outlet->rate_us : now_us) + (int64_t)cost_us;
    }
}

// Sends what may be sent; says when to look again.
static int64_t send_ready(struct outlet *outlet)
{
    struct courier *const courier = outlet->courier;
    const bool is_alone = outlet->streak >= FAILING_STREAK;
    const bool by_http = is_http(outlet);
    const size_t parcels_max = is_alone ? 1 : by_http ? outlet->settings->concurrency : 2;
    const size_t limit = is_alone || (by_http && outlet->settings->batch == 1) ? 1
                         : by_http ? outlet->settings->batch
                                   : MESSAGES_MAX;
    while (outlet->parcel_count < parcels_max) {
        const int64_t until_us =
            outlet->wait_until_us > outlet->rate_us ? outlet->wait_until_us : outlet->rate_us;
        if (until_us > courier->now_us) {
            return until_us;
        }
        const size_t count =
            backlog_take(outlet->backlog, courier->now_us, limit, !by_http, courier->taken);
        if (count == 0) {
            return backlog_due_us(outlet->backlog);
        }
        spend_rate(outlet, count);
        if (!parcel_begin(outlet, courier->taken, count)) {
            return courier->now_us + READ_AGAIN_US;
        }
    }
    return INT64_MAX; // until one comes back
}

static void tell_oldest(struct outlet *outlet)
{
    enum { TELL_US = 1000000 };
    const int64_t now_us = outlet->courier->now_us;
    const bool is_empty = backlog_count(outlet->backlog) == 0;
    if (is_empty || now_us - outlet->oldest_at_us >= TELL_US || now_us < outlet->oldest_at_us) {
        outlet->oldest_at_us = is_empty ? 0 : now_us;
        atomic_store_explicit(&outlet->hook->oldest_us, backlog_oldest_us(outlet->backlog),
                              memory_order_relaxed);
    }
}

void outlet_pump(struct outlet *outlet)
{
    struct courier *const courier = outlet->courier;
    if (outlet->is_gone) {
        if (outlet->parcel_count == 0 && !outlet->is_reading) {
            outlet_free(outlet);
        }
        return;
    }
    if (courier->is_stopping) {
        outlet_schedule(outlet, INT64_MAX);
        return;
    }
    if (wants_read(outlet)) {
        begin_read(outlet);
    }
    outlet_schedule(outlet, outlet->state == HOOK_ACTIVE ? send_ready(outlet) : INT64_MAX);
    tell_oldest(outlet);
}
