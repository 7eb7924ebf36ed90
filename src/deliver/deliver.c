#include "deliver/deliver.h"

#include <assert.h>
#include <string.h>
#include <xxhash.h>

#include "deliver/deliver_private.h"
#include "deliver/late.h"
#include "sys/clock.h"

#define DAY_US (INT64_C(86400) * 1000000)

bool deliver_is_expired(void *context, enum ledger_table table, struct bytes key,
                        struct bytes value)
{
    const struct deliver *const deliver = context;
    int64_t arrival_us = INT64_MAX;
    (void)key;
    if (table == TABLE_EVENT) {
        struct event event;
        arrival_us = event_decode(value, &event, NULL) == STATUS_OK ? event.arrival_us : INT64_MAX;
    } else if (table == TABLE_DELIVERY || table == TABLE_DEAD_LETTER) {
        struct delivery delivery;
        arrival_us = row_delivery_read(value, &delivery) ? delivery.event_us : INT64_MAX;
    }
    return arrival_us < sys_wall_us(deliver->sys) - deliver->settings.retention_us;
}

// Emitting. ------------------------------------------------------------------------------------------

void posting_free(struct posting *posting)
{
    for (size_t i = 0; posting != NULL && i < posting->count; i++) {
        if (posting->notes[i].kind == NOTE_HOOK) {
            hook_settings_release(posting->notes[i].hook_is.settings);
        }
        if (posting->notes[i].kind == NOTE_HOOK || posting->notes[i].kind == NOTE_GONE) {
            hook_release(posting->notes[i].hook);
        }
    }
    if (posting != NULL) {
        memory_give(posting->notes);
        memory_give(posting);
    }
}

bool note_add(struct deliver *deliver, const struct note *note)
{
    if (deliver->posting == NULL) {
        deliver->posting = memory_take_zeroed(&deliver->queues, 1, sizeof(*deliver->posting));
        if (deliver->posting == NULL) {
            return false;
        }
        deliver->posting->deliver = deliver;
    }
    struct posting *const posting = deliver->posting;
    if (!memory_grow(&deliver->queues, &posting->notes, &posting->capacity, posting->count + 1,
                     sizeof(*posting->notes))) {
        return false;
    }
    posting->notes[posting->count++] = *note;
    return true;
}

// The row of the counters: once a turn, brought up to date where it lies in the turn's effects. It is
// written anew when it is not there as it was: a job that failed has taken it with it.
void deliver_write_state(struct deliver *deliver, struct ledger_turn *turn)
{
    uint8_t *const effects = turn->effects.data;
    const bool is_there =
        deliver->state_is_written && deliver->state_offset + ROW_STATE_SIZE <= turn->effects.size &&
        memcmp(effects + deliver->state_offset, deliver->state_row, ROW_STATE_SIZE) == 0;
    row_put_u64(deliver->state_row, deliver->state.next_sequence);
    row_put_u64(deliver->state_row + 8, deliver->server);
    row_put_u32(deliver->state_row + 16, deliver->state.next_number);
    row_put_u64(deliver->state_row + 20, (uint64_t)deliver->state.restored_us);
    if (is_there) {
        memcpy(effects + deliver->state_offset, deliver->state_row, ROW_STATE_SIZE);
        return;
    }
    static const uint8_t key[1] = {ROW_STATE};
    uint8_t *const room = turn_put_in_place(
        turn, TABLE_HOOK, (struct bytes){.data = key, .size = sizeof(key)}, ROW_STATE_SIZE);
    deliver->state_is_written = room != NULL;
    if (room != NULL) {
        memcpy(room, deliver->state_row, ROW_STATE_SIZE);
        deliver->state_offset = (size_t)(room - turn->effects.data);
    }
}

static uint64_t key_of(const struct event *event)
{
    uint64_t key = XXH3_64bits(event->collection.data, event->collection.size);
    // Tile38's hooks are one queue each: its clients count on the order across objects.
    if (event->kind != EVENT_TILE38) {
        key = XXH3_64bits_withSeed(event->object.data, event->object.size, key);
    }
    return XXH3_64bits_withSeed(event->fence.data, event->fence.size, key);
}

static void deliver_to(struct deliver *deliver, struct ledger_turn *turn, const struct event *event,
                       struct hook *hook)
{
    const struct delivery delivery = {
        .sequence = event->sequence, .key = key_of(event), .event_us = event->arrival_us};
    uint8_t key[ROW_KEY_SIZE];
    uint8_t value[ROW_DELIVERY_SIZE];
    row_key_write(hook->number, event->sequence, key);
    row_delivery_write(&delivery, value);
    turn_put(turn, TABLE_DELIVERY, (struct bytes){.data = key, .size = sizeof(key)},
             (struct bytes){.data = value, .size = sizeof(value)});
    if (!note_add(deliver,
                  &(struct note){.kind = NOTE_EVENT, .hook = hook, .delivery = delivery})) {
        uint64_t none = 0;
        (void)atomic_compare_exchange_strong_explicit(&deliver->lost_from, &none, event->sequence,
                                                      memory_order_relaxed, memory_order_relaxed);
    }
}

void deliver_emit_to(struct deliver *deliver, struct ledger_turn *turn, struct event *event,
                     struct hook *only)
{
    event->sequence = deliver->state.next_sequence++;
    deliver_write_state(deliver, turn);
    const size_t size_at = deliver->records.size;
    buffer_append_u32(&deliver->records, 0);
    event_encode(event, &deliver->records);
    if (deliver->records.failed) {
        turn->effects.failed = true; // no memory for this turn
        return;
    }
    const struct bytes encoded = {.data = deliver->records.data + size_at + 4,
                                  .size = deliver->records.size - size_at - 4};
    row_put_u32(deliver->records.data + size_at, (uint32_t)encoded.size);
    uint8_t key[8];
    row_put_big(key, event->sequence, 8);
    turn_put(turn, TABLE_EVENT, (struct bytes){.data = key, .size = sizeof(key)}, encoded);
    if (only != NULL) {
        deliver_to(deliver, turn, event, only);
        return;
    }
    for (size_t i = 0; i < deliver->hook_count && deliver->hooks[i]->kind == ROW_NATIVE; i++) {
        struct hook *const hook = deliver->hooks[i];
        if (hook->state != HOOK_DISABLED &&
            hook_settings_want(hook->settings, event, deliver->has_tag, deliver->tag_context)) {
            deliver_to(deliver, turn, event, hook);
        }
    }
}

void deliver_emit(void *context, struct ledger_turn *turn, struct event *event)
{
    struct deliver *const deliver = context;
    if (event->kind != EVENT_TILE38) {
        deliver_emit_to(deliver, turn, event, NULL);
        return;
    }
    bool is_there = false;
    const size_t at = hook_find(deliver, ROW_TILE38, event->fence, &is_there);
    if (is_there && deliver->hooks[at]->state != HOOK_DISABLED) {
        deliver_emit_to(deliver, turn, event, deliver->hooks[at]);
    }
}

// The stage. -----------------------------------------------------------------------------------------

static enum status load(void *context, enum ledger_table table, struct bytes key,
                        struct bytes value, struct fault *fault)
{
    struct deliver *const deliver = context;
    if (table == TABLE_META) {
        return bytes_equal(key, bytes_from_text(LEDGER_META_RESTORED))
                   ? ledger_restore_mark_decode(value, &deliver->restored, fault)
                   : STATUS_OK;
    }
    if (table != TABLE_HOOK || key.size == 0) {
        return STATUS_OK; // read late, by the courier
    }
    if (key.data[0] != ROW_STATE) {
        return hook_load(deliver, key, value, fault);
    }
    struct reader reader = {.rest = value};
    const uint64_t next_sequence = reader_u64(&reader);
    const uint64_t server = reader_u64(&reader);
    const uint32_t next_number = reader_u32(&reader);
    if (reader.overrun) {
        return fault_set(fault, STATUS_CORRUPT, "the counters of events have %zu bytes, not %d",
                         value.size, ROW_STATE_SIZE);
    }
    deliver->server = server;
    const int64_t restored_us = reader.rest.size == 0 ? 0 : (int64_t)reader_u64(&reader);
    deliver->state = (struct deliver_state){next_sequence, next_number, restored_us};
    return STATUS_OK;
}

static enum status replay(void *context, const struct effect *effect, struct fault *fault)
{
    if (effect->table != TABLE_HOOK && effect->table != TABLE_META) {
        return STATUS_OK;
    }
    if (effect->kind == EFFECT_PUT) {
        return load(context, effect->table, effect->key, effect->value, fault);
    }
    if (effect->table == TABLE_HOOK) {
        hook_unload(context, effect->key);
    }
    return STATUS_OK;
}

// Of the events that were raised after the point of a restore somebody may know the numbers; they are
// not given out again: fewer than one a microsecond can have been. The same after another start, until
// the first event has stored it.
static void restored_skip(struct deliver *deliver)
{
    const struct ledger_restore_mark *const mark = &deliver->restored;
    if (mark->restored_us != 0 && mark->restored_us != deliver->state.restored_us) {
        const int64_t since_us = mark->restored_us - mark->at_us;
        deliver->state.next_sequence += since_us > 0 ? (uint64_t)since_us : 0;
        deliver->state.restored_us = mark->restored_us;
    }
}

static enum status loaded(void *context, struct fault *fault)
{
    struct deliver *const deliver = context;
    (void)fault;
    restored_skip(deliver);
    deliver->published = deliver->state;
    recent_begin(deliver->recent, deliver->state.next_sequence);
    return STATUS_OK;
}

static void end_turn(struct deliver *deliver)
{
    deliver->state_is_written = false;
    buffer_clear(&deliver->records);
}

static void tell_listeners(struct deliver *deliver)
{
    (void)pthread_mutex_lock(&deliver->lock);
    for (struct stream_listener *listener = deliver->listeners; listener != NULL;
         listener = listener->next) {
        if (atomic_exchange_explicit(&listener->is_armed, false, memory_order_acq_rel)) {
            mailbox_send(listener->home, &listener->message);
        }
    }
    (void)pthread_mutex_unlock(&deliver->lock);
}

static void publish(void *context, const struct ledger_turn *turn)
{
    struct deliver *const deliver = context;
    (void)turn;
    if (deliver->records.size != 0) {
        recent_add(deliver->recent, buffer_bytes(&deliver->records));
        tell_listeners(deliver);
    }
    if (deliver->posting != NULL) {
        courier_post(deliver->courier, &deliver->posting->message);
        deliver->posting = NULL;
    }
    hooks_published(deliver);
    deliver->published = deliver->state;
    end_turn(deliver);
}

static void undo(void *context)
{
    struct deliver *const deliver = context;
    posting_free(deliver->posting);
    deliver->posting = NULL;
    hooks_undo(deliver);
    deliver->state = deliver->published;
    end_turn(deliver);
}

// Life. ----------------------------------------------------------------------------------------------

enum status deliver_new(struct ledger *ledger, const struct sys *sys,
                        struct memory_account *account, const struct deliver_settings *settings,
                        struct deliver **deliver, struct fault *fault)
{
    struct reach reach;
    TRY(reach_open(settings->allowed, &reach, fault));
    struct deliver *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the delivery of events");
    }
    made->ledger = ledger;
    made->sys = sys;
    made->account = account;
    made->reach = reach;
    made->settings = *settings;
    struct deliver_settings *const own = &made->settings;
    own->retention_us = own->retention_us == 0 ? 30 * DAY_US : own->retention_us;
    own->recent_size = own->recent_size == 0 ? 16U << 20 : own->recent_size;
    own->queue_size = own->queue_size == 0 ? 256U << 20 : own->queue_size;
    own->allowed = NULL; // read above
    own->version = own->version == NULL ? "0" : own->version;
    made->queues.name = "deliveries";
    made->queues.limit_size = own->queue_size;
    made->records.account = account;
    made->server = sys->random(sys);
    made->state = (struct deliver_state){.next_sequence = 1, .next_number = 1};
    (void)pthread_mutex_init(&made->lock, NULL);
    enum status status = recent_new(account, own->recent_size, &made->recent, fault);
    status = status == STATUS_OK ? late_new(made, &made->late, fault) : status;
    status = status == STATUS_OK ? courier_new(made, &made->courier, fault) : status;
    if (status != STATUS_OK) {
        deliver_free(made);
        return status;
    }
    ledger_stage_add(ledger, &(struct ledger_stage){
                                 .name = "deliver",
                                 .tables = 1U << TABLE_META | 1U << TABLE_HOOK | 1U << TABLE_EVENT |
                                           1U << TABLE_DELIVERY | 1U << TABLE_DEAD_LETTER,
                                 .late_tables = 1U << TABLE_EVENT | 1U << TABLE_DELIVERY |
                                                1U << TABLE_DEAD_LETTER,
                                 .load = load,
                                 .replay = replay,
                                 .loaded = loaded,
                                 .publish = publish,
                                 .undo = undo,
                                 .is_expired = deliver_is_expired,
                                 .context = made});
    *deliver = made;
    return STATUS_OK;
}

void deliver_set_tags(struct deliver *deliver, deliver_tag *has_tag, void *context)
{
    deliver->has_tag = has_tag;
    deliver->tag_context = context;
}

void deliver_set_channels(struct deliver *deliver, deliver_channel *to_channel, void *context)
{
    deliver->to_channel = to_channel;
    deliver->channel_context = context;
}

enum status deliver_start(struct deliver *deliver, struct fault *fault)
{
    TRY(late_start(deliver->late, fault));
    return courier_start(deliver->courier, fault);
}

void deliver_stop(struct deliver *deliver)
{
    courier_stop(deliver->courier);
    late_stop(deliver->late);
}

void deliver_free(struct deliver *deliver)
{
    if (deliver == NULL) {
        return;
    }
    posting_free(deliver->posting);
    courier_free(deliver->courier);
    late_free(deliver->late);
    hooks_published(deliver);
    hooks_free(deliver);
    recent_free(deliver->recent);
    buffer_free(&deliver->records);
    (void)pthread_mutex_destroy(&deliver->lock);
    memory_give(deliver);
}

uint64_t deliver_server(const struct deliver *deliver)
{
    return deliver->server;
}
