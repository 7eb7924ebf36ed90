// Positions over time: rows of TABLE_HISTORY.
//
//   KEY    u32 collection | u16 size of the id | id | i64 event time + 2^63 | u64 LSN | u16 ordinal
//   VALUE  the object's row
//
// Numbers are big-endian, so that an object's rows lie together in order of time.
#include <assert.h>

#include "live/live_private.h"

enum { KEY_HEAD_SIZE = 6, KEY_TAIL_SIZE = 18 };

static int64_t time_of(const uint8_t *tail)
{
    uint64_t time;
    memcpy(&time, tail, sizeof(time));
    return (int64_t)(__builtin_bswap64(time) ^ UINT64_C(1) << 63);
}

void live_history_head_put(struct buffer *key, uint32_t collection, struct bytes id)
{
    const uint32_t number = live_big_endian(collection);
    const uint16_t id_size = __builtin_bswap16((uint16_t)id.size);
    buffer_clear(key);
    buffer_append(key, &number, sizeof(number));
    buffer_append(key, &id_size, sizeof(id_size));
    buffer_append_bytes(key, id);
}

bool live_history_key_read(struct bytes key, uint32_t *collection, struct bytes *id,
                           int64_t *event_us)
{
    uint16_t id_size;
    if (key.size < KEY_HEAD_SIZE + KEY_TAIL_SIZE) {
        return false;
    }
    memcpy(collection, key.data, sizeof(*collection));
    *collection = live_big_endian(*collection);
    memcpy(&id_size, key.data + sizeof(*collection), sizeof(id_size));
    id->size = __builtin_bswap16(id_size);
    id->data = key.data + KEY_HEAD_SIZE;
    if (key.size != KEY_HEAD_SIZE + id->size + KEY_TAIL_SIZE) {
        return false;
    }
    *event_us = time_of(id->data + id->size);
    return true;
}

void live_history_put(struct live *live, struct ledger_turn *turn,
                      const struct collection *collection, struct bytes id, struct bytes row,
                      const struct row *parts)
{
    if (parts->kind == ROW_STRING) {
        return;
    }
    if (live->history_at != turn->at) {
        live->history_at = turn->at;
        live->history_ordinal = 0;
    }
    const int64_t event_us = parts->event_us != 0     ? parts->event_us
                             : parts->arrival_us != 0 ? parts->arrival_us
                                                      : turn->now_us;
    const uint64_t time = live_history_time(event_us);
    const uint64_t at = __builtin_bswap64(turn->at);
    const uint16_t ordinal = __builtin_bswap16(live->history_ordinal++);
    live_history_head_put(&live->key, collection->number, id);
    buffer_append(&live->key, &time, sizeof(time));
    buffer_append(&live->key, &at, sizeof(at));
    buffer_append(&live->key, &ordinal, sizeof(ordinal));
    turn_put(turn, TABLE_HISTORY, buffer_bytes(&live->key), row);
}

enum status live_put_past(struct live *live, struct ledger_turn *turn, struct bytes name,
                          struct bytes id, struct bytes row)
{
    const struct collection *const collection = live_working(live, name);
    struct row parts;
    if (collection == NULL) {
        return STATUS_NOT_FOUND;
    }
    if (collection->settings.keeps_history) {
        row_open(row, &parts);
        live_history_put(live, turn, collection, id, row, &parts);
    }
    return STATUS_OK;
}

void live_history_delete(struct live *live, struct ledger_turn *turn, uint32_t collection,
                         struct bytes id)
{
    live_history_head_put(&live->key, collection, id);
    turn_delete_prefix(turn, TABLE_HISTORY, buffer_bytes(&live->key));
}

enum status live_purge_history(struct live *live, struct ledger_turn *turn, struct bytes name,
                               struct bytes id)
{
    const struct collection *const collection = live_working(live, name);
    if (collection == NULL) {
        return STATUS_NOT_FOUND;
    }
    const uint32_t number = collection->number;
    // The object first: a collection may go with it, and its history then goes as a whole.
    const enum status status = live_delete(live, turn, name, id, "del");
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    live_history_delete(live, turn, number, id);
    return STATUS_OK;
}

// Ages. ---------------------------------------------------------------------------------------------

// The place of a number in the list, or where it would be. Under the lock.
static size_t retention_at(const struct live *live, uint32_t number)
{
    size_t low = 0;
    for (size_t high = live->retention_count; low < high;) {
        const size_t middle = (low + high) / 2;
        if (live->retentions[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void live_retain(struct live *live, const struct collection *collection)
{
    const bool is_kept = !collection->is_dropped && collection->settings.history_us != 0;
    (void)pthread_mutex_lock(&live->lock);
    const size_t at = retention_at(live, collection->number);
    const bool is_there =
        at < live->retention_count && live->retentions[at].number == collection->number;
    if (is_there && is_kept) {
        live->retentions[at].history_us = collection->settings.history_us;
    } else if (is_there) {
        memmove(&live->retentions[at], &live->retentions[at + 1],
                (live->retention_count - at - 1) * sizeof(*live->retentions));
        live->retention_count--;
    } else if (is_kept && memory_grow(live->account, &live->retentions, &live->retention_capacity,
                                      live->retention_count + 1, sizeof(*live->retentions))) {
        memmove(&live->retentions[at + 1], &live->retentions[at],
                (live->retention_count - at) * sizeof(*live->retentions));
        live->retentions[at] = (struct live_retention){
            .number = collection->number, .history_us = collection->settings.history_us};
        live->retention_count++;
    }
    (void)pthread_mutex_unlock(&live->lock);
}

int64_t live_history_us_of(struct live *live, uint32_t number)
{
    (void)pthread_mutex_lock(&live->lock);
    const size_t at = retention_at(live, number);
    const int64_t own_us = at < live->retention_count && live->retentions[at].number == number
                               ? live->retentions[at].history_us
                               : 0;
    (void)pthread_mutex_unlock(&live->lock);
    return own_us != 0                      ? own_us
           : live->settings.history_us != 0 ? live->settings.history_us
                                            : LIVE_HISTORY_US;
}

bool live_history_is_expired(void *context, enum ledger_table table, struct bytes key,
                             struct bytes value)
{
    struct live *const live = context;
    (void)value;
    uint32_t collection;
    struct bytes id;
    int64_t event_us;
    const int64_t now_us = atomic_load_explicit(&live->clock_us, memory_order_relaxed);
    return table == TABLE_HISTORY && now_us != 0 &&
           live_history_key_read(key, &collection, &id, &event_us) &&
           event_us < now_us - live_history_us_of(live, collection);
}
