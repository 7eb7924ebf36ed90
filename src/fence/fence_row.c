// Rows of the fences' tables, there and back.
//
//   TABLE_FENCE    id                                          number u32, rule (fence/rule.h)
//   TABLE_MEMBER   number, collection, id size u16, id, zone   state (fence/member.h)
//                  0, collection, id                           window: varint count, newest i64, steps
//   TABLE_CHANNEL  name                                        fence/tile38_row.c
#include "fence/fence_private.h"

enum { NO_ROW = 0, HAS_ROW = 1, KEY_HEAD_SIZE = 8 };

static void append_big(struct buffer *out, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                              (uint8_t)value};
    buffer_append(out, bytes, sizeof bytes);
}

static uint32_t take_big(struct reader *reader)
{
    const struct bytes taken = reader_take(reader, 4);
    return taken.size == 0 ? 0
                           : (uint32_t)taken.data[0] << 24 | (uint32_t)taken.data[1] << 16 |
                                 (uint32_t)taken.data[2] << 8 | taken.data[3];
}

// Entries are read from the end: key, value, their sizes, table.
static void note_undo(struct fences *fences, enum ledger_table table, struct bytes key,
                      struct bytes before)
{
    if (fences->is_undoing) {
        return;
    }
    buffer_append_bytes(&fences->undo, key);
    buffer_append_bytes(&fences->undo, before);
    buffer_append_u32(&fences->undo, (uint32_t)key.size);
    buffer_append_u32(&fences->undo, (uint32_t)before.size);
    buffer_append_u32(&fences->undo, (uint32_t)table);
}

void fence_row_put(struct fences *fences, struct ledger_turn *turn, enum ledger_table table,
                   struct bytes key, struct bytes value, struct bytes before)
{
    turn_put(turn, table, key, value);
    note_undo(fences, table, key, before);
}

void fence_row_delete(struct fences *fences, struct ledger_turn *turn, enum ledger_table table,
                      struct bytes key, struct bytes before)
{
    turn_delete(turn, table, key);
    note_undo(fences, table, key, before);
}

void fence_rows_undo(struct fences *fences)
{
    fences->is_undoing = true;
    struct buffer *const undo = &fences->undo;
    while (undo->size >= 12 && !undo->failed) {
        struct reader reader = {.rest = {.data = undo->data + undo->size - 12, .size = 12}};
        const uint32_t key_size = reader_u32(&reader);
        const uint32_t before_size = reader_u32(&reader);
        const enum ledger_table table = (enum ledger_table)reader_u32(&reader);
        undo->size -= 12U + before_size + key_size;
        const struct bytes key = {.data = undo->data + undo->size, .size = key_size};
        const struct bytes before = {.data = key.data + key_size, .size = before_size};
        if (before.size == 0) {
            fence_row_drop(fences, table, key);
        } else {
            status_ignore(fence_row_take(fences, table, key, before, NULL),
                          "the row was there a moment ago");
        }
    }
    buffer_clear(undo);
    fences->is_undoing = false;
}

void member_key(struct buffer *key, const struct member *member)
{
    const struct subject *const subject = member->subject;
    buffer_clear(key);
    append_big(key, member->zone->fence->number);
    append_big(key, subject->collection);
    buffer_append_u8(key, (uint8_t)(subject->id_size >> 8));
    buffer_append_u8(key, (uint8_t)subject->id_size);
    buffer_append_bytes(key, subject_id(subject));
    buffer_append_bytes(key, member->zone->id);
}

void member_write(struct fences *fences, struct ledger_turn *turn, struct member *member,
                  struct bytes before)
{
    member_key(&fences->key, member);
    buffer_clear(&fences->value);
    member_encode(&member->state, &fences->value);
    fence_row_put(fences, turn, TABLE_MEMBER, buffer_bytes(&fences->key),
                  buffer_bytes(&fences->value), before);
    const int64_t due_us = member_deadline(&member->zone->fence->member, &member->state);
    // Without memory a deadline is asked with the next fix instead.
    status_ignore(deadline_set(&fences->deadlines, &member->deadline, due_us),
                  "the next fix or restart decides");
}

static void window_key(struct buffer *key, uint32_t collection, struct bytes id)
{
    buffer_clear(key);
    append_big(key, 0);
    append_big(key, collection);
    buffer_append_bytes(key, id);
}

void window_write(struct fences *fences, struct ledger_turn *turn, struct subject *subject)
{
    // What was there is not kept for undo: a window that knows of one fix more drops it when it comes again,
    // and then the journal has failed for good.
    window_key(&fences->key, subject->collection, subject_id(subject));
    const struct window *const window = subject->window;
    if (window == NULL) {
        turn_delete(turn, TABLE_MEMBER, buffer_bytes(&fences->key));
        return;
    }
    buffer_clear(&fences->value);
    buffer_append_varint(&fences->value, window->count);
    buffer_append_u64(&fences->value, (uint64_t)window->times_us[0]);
    for (uint32_t i = 1; i < window->count; i++) {
        buffer_append_varint(&fences->value,
                             (uint64_t)(window->times_us[i - 1] - window->times_us[i]));
    }
    turn_put(turn, TABLE_MEMBER, buffer_bytes(&fences->key), buffer_bytes(&fences->value));
}

static enum status window_take(struct fences *fences, uint32_t collection, struct bytes id,
                               struct bytes value, struct fault *fault)
{
    struct reader reader = {.rest = value};
    struct window window = {0};
    const uint64_t count = reader_varint(&reader);
    if (count == 0 || count > WINDOW_FIXES) {
        return fault_set(fault, STATUS_CORRUPT, "times of an object's fixes are damaged");
    }
    window.count = (uint32_t)count;
    window.times_us[0] = (int64_t)reader_u64(&reader);
    for (uint32_t i = 1; i < window.count; i++) {
        window.times_us[i] = (int64_t)((uint64_t)window.times_us[i - 1] - reader_varint(&reader));
    }
    if (reader.overrun) {
        return fault_set(fault, STATUS_CORRUPT, "times of an object's fixes are cut short");
    }
    struct subject *const subject = subject_take(fences, collection, id);
    if (subject != NULL && subject->window == NULL) {
        subject->window = memory_take(fences->account, 1, sizeof window);
    }
    if (subject == NULL || subject->window == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "the memory of fences is full");
    }
    *subject->window = window;
    return STATUS_OK;
}

// Takes a member's key apart. The zone of a neighbour or of an object not loaded yet is made.
static enum status key_members(struct fences *fences, struct reader *reader, uint32_t number,
                               bool is_making, struct subject **subject, struct zone **zone)
{
    *subject = NULL;
    *zone = NULL;
    struct fence *const fence = fence_numbered(fences, number);
    const uint32_t collection = take_big(reader);
    const struct bytes size = reader_take(reader, 2);
    const struct bytes id =
        reader_take(reader, size.size == 0 ? 0 : (size_t)size.data[0] << 8 | size.data[1]);
    if (fence == NULL || reader->overrun) {
        return STATUS_NOT_FOUND;
    }
    const bool is_own = fence->area == RULE_SHAPE || fence->area == RULE_PLACE;
    *zone = is_own ? &fence->own : zone_find(fences, fence, reader->rest);
    if (*zone == NULL && is_making) {
        TRY(zone_make(fences, fence, reader->rest, (struct shape){0}, zone));
    }
    *subject =
        is_making ? subject_take(fences, collection, id) : subject_find(fences, collection, id);
    return *zone == NULL || *subject == NULL ? STATUS_NOT_FOUND : STATUS_OK;
}

static enum status member_row_take(struct fences *fences, struct bytes key, struct bytes value,
                                   struct fault *fault)
{
    struct reader reader = {.rest = key};
    const uint32_t number = take_big(&reader);
    if (number == 0) {
        const uint32_t collection = take_big(&reader);
        return window_take(fences, collection, reader.rest, value, fault);
    }
    struct member_state state;
    struct reader values = {.rest = value};
    TRY(member_decode(&values, &state, fault));
    struct subject *subject;
    struct zone *zone;
    const enum status status = key_members(fences, &reader, number, true, &subject, &zone);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK; // of a fence that is gone: its rows go with it
    }
    struct member *member = status == STATUS_OK ? member_find(subject, zone) : NULL;
    if (status == STATUS_OK && member == NULL) {
        member = member_take(fences, subject, zone);
    }
    if (member == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "the memory of fences is full");
    }
    member->state = state;
    return deadline_set(&fences->deadlines, &member->deadline,
                        member_deadline(&zone->fence->member, &state));
}

static void member_row_drop(struct fences *fences, struct bytes key)
{
    struct reader reader = {.rest = key};
    const uint32_t number = take_big(&reader);
    if (number == 0) {
        const uint32_t collection = take_big(&reader);
        struct subject *const subject = subject_find(fences, collection, reader.rest);
        if (subject != NULL) {
            memory_give(subject->window);
            subject->window = NULL;
            subject_give(fences, subject);
        }
        return;
    }
    struct subject *subject;
    struct zone *zone;
    if (key_members(fences, &reader, number, false, &subject, &zone) != STATUS_OK) {
        return;
    }
    struct member *const member = member_find(subject, zone);
    if (member != NULL) {
        member_free(fences, member);
        subject_give(fences, subject);
    }
}

static enum status fence_row_install(struct fences *fences, struct bytes id, struct bytes value,
                                     struct fault *fault)
{
    struct reader reader = {.rest = value};
    const uint32_t number = reader_u32(&reader);
    struct fence *const old = names_find(&fences->names, id);
    if (old != NULL && old->number != number) {
        fence_remove(fences, old);
    }
    struct fence *fence;
    TRY(fence_install(fences, reader.rest, number, &fence, fault));
    fences->number = number > fences->number ? number : fences->number;
    return STATUS_OK;
}

enum status fence_row_take(struct fences *fences, enum ledger_table table, struct bytes key,
                           struct bytes value, struct fault *fault)
{
    if (table == TABLE_FENCE) {
        return fence_row_install(fences, key, value, fault);
    }
    if (table == TABLE_CHANNEL) {
        return tile38_row_take(fences, key, value, fault);
    }
    return member_row_take(fences, key, value, fault);
}

void fence_row_drop(struct fences *fences, enum ledger_table table, struct bytes key)
{
    if (table == TABLE_FENCE) {
        struct fence *const fence = names_find(&fences->names, key);
        if (fence != NULL) {
            fence_remove(fences, fence);
        }
    } else if (table == TABLE_CHANNEL) {
        tile38_row_drop(fences, key);
    } else {
        member_row_drop(fences, key);
    }
}
