#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "deliver/courier_private.h"
#include "sys/clock.h"

enum { FAILING_STREAK = 3 };

// A parcel, and the late read that some of its events may need.
struct carton {
    struct parcel parcel;
    struct late_events late;
    uint64_t *wanted;
    struct buffer found;
    bool has_looked_late;
};

static struct carton *carton_of(struct parcel *parcel)
{
    return (struct carton *)(void *)((char *)parcel - offsetof(struct carton, parcel));
}

static void carton_free(struct carton *carton)
{
    struct outlet *const outlet = carton->parcel.outlet;
    outlet->parcel_count--;
    outlet->courier->parcel_count--;
    outlet_touch(outlet);
    hook_settings_release(carton->parcel.settings);
    buffer_free(&carton->parcel.body);
    buffer_free(&carton->parcel.names);
    buffer_free(&carton->found);
    memory_give(carton->wanted);
    memory_give(carton->parcel.items);
    memory_give(carton);
}

// Coming back. ---------------------------------------------------------------------------------------

static void count_up(_Atomic uint64_t *figure, uint64_t amount)
{
    (void)atomic_fetch_add_explicit(figure, amount, memory_order_relaxed);
}

static void count_gone(struct hook *hook)
{
    uint64_t waiting = atomic_load_explicit(&hook->waiting, memory_order_relaxed);
    while (waiting != 0 &&
           !atomic_compare_exchange_weak_explicit(&hook->waiting, &waiting, waiting - 1,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
}

static bool is_given_up(const struct outlet *outlet, const struct delivery *delivery)
{
    const struct hook_settings *const settings = outlet->settings;
    return (settings->max_attempts != 0 && delivery->attempts >= settings->max_attempts) ||
           outlet->courier->now_us - delivery->event_us >= settings->max_age_us;
}

static int64_t again_us(const struct outlet *outlet, const struct parcel *parcel, unsigned attempts)
{
    const struct courier *const courier = outlet->courier;
    const struct backoff backoff = {.base_us = outlet->settings->retry_us,
                                    .cap_us = outlet->settings->retry_max_us};
    const struct sys *const sys = courier->deliver->sys;
    const int64_t wait_us = backoff_wait_us(&backoff, attempts, sys->random(sys));
    return courier->now_us + 1 +
           (wait_us > parcel->retry_after_us ? wait_us : parcel->retry_after_us);
}

static void settle_failed(struct outlet *outlet, const struct parcel *parcel,
                          const struct parcel_item *item)
{
    struct delivery delivery = item->delivery;
    delivery.attempts++;
    if (is_given_up(outlet, &delivery)) {
        if (backlog_settle(outlet->backlog, &item->delivery, 0)) {
            outcome_add(outlet->courier, OUTCOME_DEAD, outlet->hook, &delivery, parcel->http_status,
                        parcel->reason);
            count_up(&outlet->hook->dead_letters, 1);
            count_gone(outlet->hook);
        }
        return;
    }
    if (backlog_settle(outlet->backlog, &item->delivery,
                       again_us(outlet, parcel, delivery.attempts))) {
        outcome_add(outlet->courier, OUTCOME_FAILED, outlet->hook, &delivery, 0, "");
    }
}

// True when at least one was accepted.
static bool settle_items(struct outlet *outlet, struct parcel *parcel)
{
    bool is_any_done = false;
    for (size_t i = 0; i < parcel->count; i++) {
        const struct parcel_item *const item = &parcel->items[i];
        const bool is_done = parcel->result == PARCEL_DELIVERED || item->is_done;
        if (item->is_there && !is_done) {
            settle_failed(outlet, parcel, item);
            continue;
        }
        is_any_done = is_any_done || item->is_there;
        if (backlog_settle(outlet->backlog, &item->delivery, 0)) {
            outcome_add(outlet->courier, OUTCOME_GONE, outlet->hook, &item->delivery, 0, "");
            count_up(item->is_there ? &outlet->hook->delivered : &outlet->hook->expired, 1);
            count_gone(outlet->hook);
        }
    }
    return is_any_done;
}

static void remember_failure(struct outlet *outlet, const struct parcel *parcel)
{
    struct deliver *const deliver = outlet->courier->deliver;
    struct hook *const hook = outlet->hook;
    count_up(&hook->failures, 1);
    (void)pthread_mutex_lock(&deliver->lock);
    (void)snprintf(hook->last_failure, sizeof(hook->last_failure), "%s", parcel->reason);
    hook->last_failure_us = outlet->courier->now_us;
    (void)pthread_mutex_unlock(&deliver->lock);
}

// A receiver that fails again and again is asked seldom, and by one event at a time.
static void slow_down(struct outlet *outlet, const struct parcel *parcel)
{
    outlet->streak++;
    if (outlet->streak >= FAILING_STREAK || parcel->retry_after_us != 0) {
        const unsigned attempts =
            outlet->streak >= FAILING_STREAK ? outlet->streak - FAILING_STREAK + 1 : 1;
        outlet->wait_until_us = again_us(outlet, parcel, attempts);
    }
}

static void settle(struct carton *carton)
{
    struct parcel *const parcel = &carton->parcel;
    struct outlet *const outlet = parcel->outlet;
    struct courier *const courier = outlet->courier;
    if (outlet->is_gone || (courier->is_stopping && parcel->result != PARCEL_DELIVERED)) {
        carton_free(carton); // its rows are gone, or stay for the next start
        return;
    }
    if (parcel->result == PARCEL_GONE && outlet->state == HOOK_ACTIVE) {
        outlet->state = HOOK_DISABLED;
        outcome_add(courier, OUTCOME_DISABLE, outlet->hook, &parcel->items[0].delivery, 410,
                    parcel->reason);
    }
    if (parcel->result != PARCEL_DELIVERED) {
        remember_failure(outlet, parcel);
    }
    if (settle_items(outlet, parcel)) {
        outlet->streak = 0;
    } else if (parcel->result != PARCEL_DELIVERED) {
        slow_down(outlet, parcel);
    }
    atomic_store_explicit(&outlet->hook->streak, outlet->streak, memory_order_relaxed);
    carton_free(carton);
}

// Going out. -----------------------------------------------------------------------------------------

static struct broker *broker_for(struct courier *courier, const struct url *url,
                                 struct fault *fault)
{
    for (size_t i = 0; i < courier->broker_count; i++) {
        if (broker_is_for(courier->brokers[i], url)) {
            return courier->brokers[i];
        }
    }
    if (courier->broker_count == BROKERS_MAX) {
        (void)fault_set(fault, STATUS_NO_SPACE, "hooks use %d different brokers: that is the limit",
                        BROKERS_MAX);
        return NULL;
    }
    struct broker *broker = NULL;
    if (broker_new(&courier->carriers, url, &broker, fault) == STATUS_OK) {
        courier->brokers[courier->broker_count++] = broker;
    }
    return broker;
}

static void to_channel(struct courier *courier, struct parcel *parcel)
{
    const struct deliver *const deliver = courier->deliver;
    for (size_t i = 0; i < parcel->count && deliver->to_channel != NULL; i++) {
        deliver->to_channel(deliver->channel_context, bytes_from_text(parcel->url.place),
                            parcel_body(parcel, &parcel->items[i]));
    }
    parcel_return(parcel, PARCEL_DELIVERED);
}

static void dispatch(struct parcel *parcel)
{
    struct courier *const courier = parcel->outlet->courier;
    struct fault fault = {0};
    if (courier->is_stopping) {
        parcel_fail(parcel, "the server is stopping");
        return;
    }
    if (url_parse(hook_settings_word(parcel->settings, parcel->settings->urls, parcel->url_index),
                  &parcel->url, &fault) != STATUS_OK) {
        parcel_fail(parcel, "%s", fault.text);
        return;
    }
    if (url_is_http(&parcel->url)) {
        to_http_send(courier->http, parcel);
        return;
    }
    if (parcel->url.scheme == URL_LOCAL) {
        to_channel(courier, parcel);
        return;
    }
    struct broker *const broker = broker_for(courier, &parcel->url, &fault);
    if (broker == NULL) {
        parcel_fail(parcel, "%s", fault.text);
    } else {
        broker_send(broker, parcel);
    }
}

static void on_returned(struct message *message)
{
    struct parcel *const parcel =
        (struct parcel *)(void *)((char *)message - offsetof(struct parcel, message));
    if (parcel->result == PARCEL_FAILED && parcel->url_index + 1 < parcel->settings->urls.count &&
        !parcel->outlet->courier->is_stopping) {
        parcel->url_index++; // the next of the list may accept it
        dispatch(parcel);
        return;
    }
    settle(carton_of(parcel));
}

// Filling. -------------------------------------------------------------------------------------------

static void pack(struct carton *carton, struct parcel_item *item, struct bytes encoded)
{
    struct parcel *const parcel = &carton->parcel;
    const uint64_t server = parcel->outlet->courier->deliver->server;
    struct event event;
    if (event_decode(encoded, &event, NULL) != STATUS_OK) {
        return;
    }
    event.sequence = item->delivery.sequence;
    item->is_there = false;
    if (parcel->is_batch && parcel->body.size > 1) {
        buffer_append_u8(&parcel->body, ',');
    }
    item->body_offset = (uint32_t)parcel->body.size;
    event_write_json(&event, server, &parcel->body);
    item->body_size = (uint32_t)parcel->body.size - item->body_offset;
    event_id_format(server, item->delivery.sequence, item->id);
    item->object_offset = (uint32_t)parcel->names.size;
    item->object_size = (uint32_t)event.object.size;
    buffer_append_bytes(&parcel->names, event.object);
    item->is_there = true;
}

// The event among those read late, which are in the order of the items.
static bool find_late(struct reader *found, uint64_t sequence, struct bytes *event)
{
    struct reader at = *found;
    if (at.rest.size == 0 || reader_u64(&at) != sequence) {
        return false;
    }
    const uint32_t size = reader_u32(&at);
    *event = reader_take(&at, size);
    *found = at;
    return !at.overrun;
}

static size_t pack_all(struct carton *carton)
{
    struct parcel *const parcel = &carton->parcel;
    struct deliver *const deliver = parcel->outlet->courier->deliver;
    struct buffer scratch SCOPED(buffer_free) = {.account = &deliver->queues};
    struct reader found = {.rest = buffer_bytes(&carton->found)};
    size_t missing_count = 0;
    buffer_clear(&parcel->body);
    buffer_clear(&parcel->names);
    if (parcel->is_batch) {
        buffer_append_u8(&parcel->body, '[');
    }
    for (size_t i = 0; i < parcel->count; i++) {
        struct parcel_item *const item = &parcel->items[i];
        struct bytes event;
        buffer_clear(&scratch);
        if (find_late(&found, item->delivery.sequence, &event)) {
            pack(carton, item, event);
        } else if (recent_find(deliver->recent, item->delivery.sequence, &scratch)) {
            pack(carton, item, buffer_bytes(&scratch));
        } else {
            missing_count++;
        }
    }
    if (parcel->is_batch) {
        buffer_append_u8(&parcel->body, ']');
    }
    parcel->body.failed = parcel->body.failed || scratch.failed || parcel->names.failed;
    return missing_count;
}

// Nothing could be sent for our own reasons: every item waits.
static void give_back(struct carton *carton, const char *reason)
{
    for (size_t i = 0; i < carton->parcel.count; i++) {
        carton->parcel.items[i].is_there = true;
    }
    parcel_fail(&carton->parcel, "%s", reason);
}

static void on_late(struct late_events *late);

// All of them, not only those that are missing: more may leave memory meanwhile.
static void look_late(struct carton *carton)
{
    struct courier *const courier = carton->parcel.outlet->courier;
    carton->has_looked_late = true;
    for (size_t i = 0; i < carton->parcel.count; i++) {
        carton->wanted[i] = carton->parcel.items[i].delivery.sequence;
    }
    carton->late = (struct late_events){.sequences = carton->wanted,
                                        .count = carton->parcel.count,
                                        .out = &carton->found,
                                        .home = &courier->post.mailbox,
                                        .answered = on_late,
                                        .context = carton};
    late_read_events(courier->deliver->late, &carton->late);
}

static void fill(struct carton *carton)
{
    struct parcel *const parcel = &carton->parcel;
    const size_t missing_count = pack_all(carton);
    if (parcel->body.failed) {
        give_back(carton, "no memory for what is to be sent");
    } else if (missing_count != 0 && !carton->has_looked_late) {
        look_late(carton);
    } else if (missing_count == parcel->count) {
        parcel_return(parcel, PARCEL_DELIVERED); // all were kept longer than events are
    } else {
        dispatch(parcel);
    }
}

static void on_late(struct late_events *late)
{
    struct carton *const carton = late->context;
    if (late->status != STATUS_OK && late->status != STATUS_UNSUPPORTED) {
        give_back(carton, "the events could not be read from the store");
        return;
    }
    fill(carton);
}

bool parcel_begin(struct outlet *outlet, const struct delivery *taken, size_t count)
{
    struct courier *const courier = outlet->courier;
    struct memory_account *const account = &courier->deliver->queues;
    struct carton *const carton = memory_take_zeroed(account, 1, sizeof(*carton));
    struct parcel_item *const items = memory_take_zeroed(account, count, sizeof(*items));
    uint64_t *const wanted = memory_take(account, count, sizeof(*wanted));
    if (carton == NULL || items == NULL || wanted == NULL) {
        memory_give(carton);
        memory_give(items);
        memory_give(wanted);
        for (size_t i = 0; i < count; i++) {
            (void)backlog_settle(outlet->backlog, &taken[i], courier->now_us + 1);
        }
        return false;
    }
    carton->wanted = wanted;
    carton->found.account = account;
    carton->parcel = (struct parcel){.home = &courier->post.mailbox,
                                     .returned = on_returned,
                                     .outlet = outlet,
                                     .settings = hook_settings_hold(outlet->settings),
                                     .is_batch = outlet->settings->batch > 1,
                                     .body = {.account = account},
                                     .names = {.account = account},
                                     .items = items,
                                     .count = count};
    for (size_t i = 0; i < count; i++) {
        items[i].delivery = taken[i];
    }
    outlet->parcel_count++;
    courier->parcel_count++;
    fill(carton);
    return true;
}
