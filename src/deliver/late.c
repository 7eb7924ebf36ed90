#include "deliver/late.h"

#include <string.h>

#include "base/date.h"
#include "deliver/deliver_private.h"

struct late {
    struct deliver *deliver;
    struct post post;
    struct thread thread;
    struct message stop;
    bool is_stopped;
};

#define OWNER(type, member, message_) ((type *)(void *)((char *)(message_)-offsetof(type, member)))

enum status late_new(struct deliver *deliver, struct late **late, struct fault *fault)
{
    struct late *const made = memory_take_zeroed(deliver->account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for late reads");
    }
    made->deliver = deliver;
    post_begin(&made->post);
    *late = made;
    return STATUS_OK;
}

static void run(void *context)
{
    struct late *const late = context;
    while (!late->is_stopped) {
        post_deliver(&late->post, -1);
    }
}

enum status late_start(struct late *late, struct fault *fault)
{
    return thread_start(&late->thread, "late reads", run, late, fault);
}

static void stop(struct message *message)
{
    OWNER(struct late, stop, message)->is_stopped = true;
}

void late_stop(struct late *late)
{
    if (late->thread.is_started) {
        late->stop.deliver = stop;
        mailbox_send(&late->post.mailbox, &late->stop);
        thread_join(&late->thread);
    }
}

void late_free(struct late *late)
{
    if (late != NULL) {
        post_end(&late->post);
        memory_give(late);
    }
}

void late_post(struct late *late, struct message *message)
{
    mailbox_send(&late->post.mailbox, message);
}

struct view {
    struct ledger *ledger;
    struct store *store;
    struct store_snapshot *snapshot;
    struct store_cursor *cursor;
};

static void view_end(struct view *view)
{
    if (view->cursor != NULL) {
        store_cursor_close(view->cursor);
    }
    if (view->snapshot != NULL) {
        ledger_read_end(view->ledger, view->snapshot);
    }
}

// `at`: up to where the store has to be brought first; 0: to the end of the journal.
static enum status view_begin(struct deliver *deliver, lsn at, struct view *view,
                              struct fault *fault)
{
    *view = (struct view){.ledger = deliver->ledger};
    return ledger_read_begin(deliver->ledger, at, &view->store, &view->snapshot, fault);
}

// Positions. -----------------------------------------------------------------------------------------

static void take_position(struct late_positions *positions, struct bytes key, struct bytes value)
{
    struct delivery delivery;
    uint32_t number = 0;
    if (!row_key_read(key, &number, &delivery.sequence) || !row_delivery_read(value, &delivery)) {
        return;
    }
    positions->total++;
    if (positions->count < positions->capacity) {
        positions->deliveries[positions->count++] = delivery;
    } else {
        positions->has_more = true;
    }
}

static enum status read_positions(struct deliver *deliver, struct late_positions *positions)
{
    struct view view SCOPED(view_end) = {0};
    TRY(view_begin(deliver, 0, &view, NULL));
    uint8_t from[ROW_KEY_SIZE];
    row_key_write(positions->number, positions->from, from);
    const struct store_range range = {.prefix = {.data = from, .size = 4},
                                      .from = {.data = from, .size = sizeof(from)}};
    TRY(store_cursor_open(view.store, view.snapshot, positions->table, &range, &view.cursor, NULL));
    struct bytes key;
    struct bytes value;
    while (store_cursor_next(view.cursor, &key, &value)) {
        take_position(positions, key, value);
        if (positions->has_more && !positions->counts_all) {
            break;
        }
    }
    return store_cursor_status(view.cursor, NULL);
}

static void on_answered_positions(struct message *message)
{
    struct late_positions *const positions = OWNER(struct late_positions, message, message);
    positions->answered(positions);
}

static void on_positions(struct message *message)
{
    struct late_positions *const positions = OWNER(struct late_positions, message, message);
    struct deliver *const deliver = positions->deliver;
    positions->count = 0;
    positions->total = 0;
    positions->has_more = false;
    positions->status = read_positions(deliver, positions);
    message->deliver = on_answered_positions;
    mailbox_send(positions->home, message);
}

void late_read_positions(struct late *late, struct late_positions *positions)
{
    positions->deliver = late->deliver;
    positions->message.deliver = on_positions;
    late_post(late, &positions->message);
}

// Events by sequence. --------------------------------------------------------------------------------

static enum status find_events(struct deliver *deliver, lsn at, struct late_events *events,
                               size_t *found)
{
    struct view view SCOPED(view_end) = {0};
    TRY(view_begin(deliver, at, &view, NULL));
    struct buffer value SCOPED(buffer_free) = {.account = &deliver->queues};
    for (size_t i = 0; i < events->count; i++) {
        uint8_t key[ROW_KEY_SIZE];
        row_key_write(0, events->sequences[i], key);
        buffer_clear(&value);
        const enum status status =
            store_get(view.store, view.snapshot, TABLE_EVENT,
                      (struct bytes){.data = key + 4, .size = 8}, &value, NULL);
        if (status == STATUS_NOT_FOUND) {
            continue;
        }
        TRY(status);
        buffer_append_u64(events->out, events->sequences[i]);
        buffer_append_u32(events->out, (uint32_t)value.size);
        buffer_append_bytes(events->out, buffer_bytes(&value));
        *found += 1;
    }
    return buffer_status(events->out);
}

// What is read late is old as a rule, and in the store already; only what is not there waits until the
// store has come to the end of the journal.
static enum status read_events(struct deliver *deliver, struct late_events *events)
{
    size_t found = 0;
    TRY(find_events(deliver, 1, events, &found));
    if (found == events->count) {
        return STATUS_OK;
    }
    buffer_clear(events->out);
    return find_events(deliver, 0, events, &found);
}

static void on_answered_events(struct message *message)
{
    struct late_events *const events = OWNER(struct late_events, message, message);
    events->answered(events);
}

static void on_events(struct message *message)
{
    struct late_events *const events = OWNER(struct late_events, message, message);
    events->status = read_events(events->deliver, events);
    message->deliver = on_answered_events;
    mailbox_send(events->home, message);
}

void late_read_events(struct late *late, struct late_events *events)
{
    events->deliver = late->deliver;
    events->message.deliver = on_events;
    late_post(late, &events->message);
}

// The stream. ----------------------------------------------------------------------------------------

// Events looked at for one answer, when few of them pass.
enum { LOOKED_MAX = 100000 };

static enum status read_stream(struct stream_late *late, struct fault *fault)
{
    struct view view SCOPED(view_end) = {0};
    TRY(view_begin(late->deliver, 0, &view, fault));
    uint8_t from[ROW_KEY_SIZE];
    row_key_write(0, late->after + 1, from);
    const struct store_range range = {.from = {.data = from + 4, .size = 8}};
    TRY(store_cursor_open(view.store, view.snapshot, TABLE_EVENT, &range, &view.cursor, fault));
    struct bytes key;
    struct bytes value;
    size_t count = 0;
    for (size_t looked = 0;
         looked < LOOKED_MAX && count < late->limit && late->out->size < late->size &&
         store_cursor_next(view.cursor, &key, &value);
         looked++) {
        struct event event;
        struct delivery position = {0};
        uint8_t whole[ROW_KEY_SIZE] = {0};
        uint32_t number = 0;
        if (key.size != 8 || event_decode(value, &event, NULL) != STATUS_OK) {
            continue;
        }
        memcpy(whole + 4, key.data, 8);
        (void)row_key_read((struct bytes){.data = whole, .size = sizeof(whole)}, &number,
                           &position.sequence);
        late->reached = position.sequence;
        if (stream_filter_wants(&late->filter, &event)) {
            buffer_append_u64(late->out, position.sequence);
            buffer_append_u32(late->out, (uint32_t)value.size);
            buffer_append_bytes(late->out, value);
            count++;
        }
    }
    TRY(store_cursor_status(view.cursor, fault));
    return buffer_status(late->out);
}

static void on_answered_stream(struct message *message)
{
    struct stream_late *const late = OWNER(struct stream_late, message, message);
    late->answered(late);
}

void stream_read_waiting(struct stream_late *late)
{
    // Nothing behind it in the store: what is between is gone for its age.
    const uint64_t last = stream_last(late->deliver);
    late->reached = late->after;
    late->status = read_stream(late, &late->fault);
    if (late->status == STATUS_OK && late->reached == late->after && last > late->after) {
        late->reached = last;
    }
}

static void on_stream(struct message *message)
{
    struct stream_late *const late = OWNER(struct stream_late, message, message);
    stream_read_waiting(late);
    message->deliver = on_answered_stream;
    mailbox_send(late->home, message);
}

void stream_read_late(struct stream_late *late)
{
    late->message.deliver = on_stream;
    late_post(late->deliver->late, &late->message);
}

// Dead letters. --------------------------------------------------------------------------------------

static void show_time(struct json_writer *json, int64_t time_us)
{
    char text[DATE_RFC3339_SIZE + 1];
    date_format_rfc3339(time_us, text);
    json_text_of(json, text);
}

static enum status show_event(struct view *view, struct deliver *deliver, uint64_t sequence,
                              struct json_writer *json)
{
    struct buffer value SCOPED(buffer_free) = {.account = &deliver->queues};
    uint8_t key[8];
    struct event event;
    row_put_big(key, sequence, 8);
    const enum status status =
        store_get(view->store, view->snapshot, TABLE_EVENT,
                  (struct bytes){.data = key, .size = sizeof(key)}, &value, NULL);
    if (status == STATUS_NOT_FOUND ||
        (status == STATUS_OK && event_decode(buffer_bytes(&value), &event, NULL) != STATUS_OK)) {
        return STATUS_OK; // gone for its age
    }
    TRY(status);
    event.sequence = sequence;
    struct buffer text SCOPED(buffer_free) = {.account = &deliver->queues};
    event_write_json(&event, deliver->server, &text);
    JSON_KEY(json, "event");
    json_raw(json, buffer_bytes(&text));
    return buffer_status(&text);
}

static enum status show_letter(struct view *view, struct deliver *deliver, uint64_t sequence,
                               struct bytes value, struct json_writer *json)
{
    struct delivery delivery;
    struct reader reader = {.rest = value};
    (void)row_delivery_read(value, &delivery);
    (void)reader_take(&reader, ROW_DELIVERY_SIZE);
    const int64_t given_up_us = (int64_t)reader_u64(&reader);
    unsigned http_status = reader_u8(&reader);
    http_status |= (unsigned)reader_u8(&reader) << 8;
    json_begin_object(json);
    JSON_KEY(json, "sequence");
    json_unsigned(json, sequence);
    JSON_KEY(json, "attempts");
    json_unsigned(json, delivery.attempts);
    JSON_KEY(json, "given_up");
    show_time(json, given_up_us);
    if (http_status != 0) {
        JSON_KEY(json, "status");
        json_unsigned(json, http_status);
    }
    JSON_KEY(json, "reason");
    json_text(json, reader.rest);
    TRY(show_event(view, deliver, sequence, json));
    json_end_object(json);
    return STATUS_OK;
}

enum status deliver_dead_letters(struct deliver *deliver, uint32_t number, uint64_t *after,
                                 size_t limit, struct buffer *shown, bool *has_more,
                                 struct fault *fault)
{
    struct view view SCOPED(view_end) = {0};
    struct json_writer json = {.out = shown};
    TRY(view_begin(deliver, 0, &view, fault));
    uint8_t from[ROW_KEY_SIZE];
    row_key_write(number, *after + 1, from);
    const struct store_range range = {.prefix = {.data = from, .size = 4},
                                      .from = {.data = from, .size = sizeof(from)}};
    TRY(store_cursor_open(view.store, view.snapshot, TABLE_DEAD_LETTER, &range, &view.cursor,
                          fault));
    struct bytes key;
    struct bytes value;
    size_t count = 0;
    *has_more = false;
    while (store_cursor_next(view.cursor, &key, &value)) {
        uint32_t row_number = 0;
        uint64_t sequence = 0;
        if (count == limit) {
            *has_more = true;
            break;
        }
        if (row_key_read(key, &row_number, &sequence)) {
            TRY(show_letter(&view, deliver, sequence, value, &json));
            *after = sequence;
            count++;
        }
    }
    return store_cursor_status(view.cursor, fault);
}
