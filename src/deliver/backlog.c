#include "deliver/backlog.h"

#include <assert.h>
#include <string.h>

enum { NONE = UINT32_MAX };

enum lane_state { LANE_FREE, LANE_READY, LANE_FLYING, LANE_SLEEPING };

struct entry {
    uint64_t sequence;
    int64_t event_us;
    uint32_t next; // in its lane, or in the list of free ones
};

// The deliveries of one key.
struct lane {
    uint64_t key;
    int64_t due_us;       // while it sleeps
    uint32_t first, last; // entries
    uint32_t attempts;    // of the first entry
    uint32_t flight_count;
    uint32_t next;    // of the same bucket, or free
    uint32_t queued;  // the one behind it in a ready list
    uint32_t heap_at; // its place while it sleeps
    enum lane_state state;
};

struct ready {
    uint32_t first, last;
};

struct backlog {
    struct memory_account *account;
    uint32_t limit, count, flight_count;
    struct entry *entries;
    size_t entry_capacity;
    uint32_t entry_free, entry_used;
    struct lane *lanes;
    size_t lane_capacity;
    uint32_t lane_free, lane_used;
    uint32_t *buckets; // power of two, at least as many as lanes
    uint32_t bucket_count;
    uint32_t *heap; // of sleeping lanes by due_us
    size_t heap_capacity;
    uint32_t heap_count;
    struct ready fresh, failed; // lanes that may go; those whose first has failed before
    bool wants_failed;          // the two lists take turns
};

enum status backlog_new(struct memory_account *account, uint32_t limit, struct backlog **backlog,
                        struct fault *fault)
{
    struct backlog *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the deliveries of another hook");
    }
    made->account = account;
    made->limit = limit;
    made->entry_free = made->lane_free = NONE;
    made->fresh = made->failed = (struct ready){NONE, NONE};
    *backlog = made;
    return STATUS_OK;
}

void backlog_free(struct backlog *backlog)
{
    if (backlog != NULL) {
        memory_give(backlog->entries);
        memory_give(backlog->lanes);
        memory_give(backlog->buckets);
        memory_give(backlog->heap);
        memory_give(backlog);
    }
}

static uint32_t bucket_of(const struct backlog *backlog, uint64_t key)
{
    return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (backlog->bucket_count - 1);
}

static struct lane *find_lane(const struct backlog *backlog, uint64_t key)
{
    if (backlog->bucket_count == 0) {
        return NULL;
    }
    uint32_t at = backlog->buckets[bucket_of(backlog, key)];
    while (at != NONE && backlog->lanes[at].key != key) {
        at = backlog->lanes[at].next;
    }
    return at == NONE ? NULL : &backlog->lanes[at];
}

static bool grow_buckets(struct backlog *backlog)
{
    const uint32_t count = backlog->bucket_count == 0 ? 16 : backlog->bucket_count * 2;
    uint32_t *const buckets = memory_take(backlog->account, count, sizeof(*buckets));
    if (buckets == NULL) {
        return false;
    }
    memset(buckets, 0xff, count * sizeof(*buckets));
    memory_give(backlog->buckets);
    backlog->buckets = buckets;
    backlog->bucket_count = count;
    for (uint32_t i = 0; i < backlog->lane_used; i++) {
        if (backlog->lanes[i].state != LANE_FREE) {
            uint32_t *const bucket = &buckets[bucket_of(backlog, backlog->lanes[i].key)];
            backlog->lanes[i].next = *bucket;
            *bucket = i;
        }
    }
    return true;
}

static void queue_lane(struct backlog *backlog, struct lane *lane)
{
    struct ready *const list = lane->attempts == 0 ? &backlog->fresh : &backlog->failed;
    const uint32_t at = (uint32_t)(lane - backlog->lanes);
    lane->state = LANE_READY;
    lane->queued = NONE;
    if (list->last == NONE) {
        list->first = at;
    } else {
        backlog->lanes[list->last].queued = at;
    }
    list->last = at;
}

static struct lane *unqueue_lane(struct backlog *backlog, struct ready *list)
{
    struct lane *const lane = &backlog->lanes[list->first];
    list->first = lane->queued;
    list->last = list->first == NONE ? NONE : list->last;
    return lane;
}

// The sleepers' heap. --------------------------------------------------------------------------------

static void place(struct backlog *backlog, uint32_t at, uint32_t lane)
{
    backlog->heap[at] = lane;
    backlog->lanes[lane].heap_at = at;
}

static int64_t due_at(const struct backlog *backlog, uint32_t at)
{
    return backlog->lanes[backlog->heap[at]].due_us;
}

static void sift_up(struct backlog *backlog, uint32_t at)
{
    const uint32_t lane = backlog->heap[at];
    const int64_t due_us = backlog->lanes[lane].due_us;
    while (at > 0 && due_at(backlog, (at - 1) / 2) > due_us) {
        place(backlog, at, backlog->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(backlog, at, lane);
}

static void sift_down(struct backlog *backlog, uint32_t at)
{
    const uint32_t lane = backlog->heap[at];
    const int64_t due_us = backlog->lanes[lane].due_us;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child + 1 < backlog->heap_count &&
            due_at(backlog, child + 1) < due_at(backlog, child)) {
            child++;
        }
        if (child >= backlog->heap_count || due_at(backlog, child) >= due_us) {
            break;
        }
        place(backlog, at, backlog->heap[child]);
        at = child;
    }
    place(backlog, at, lane);
}

static struct lane *pop_sleeper(struct backlog *backlog)
{
    struct lane *const lane = &backlog->lanes[backlog->heap[0]];
    backlog->heap_count--;
    if (backlog->heap_count != 0) {
        backlog->heap[0] = backlog->heap[backlog->heap_count];
        sift_down(backlog, 0);
    }
    return lane;
}

static void put_to_sleep(struct backlog *backlog, struct lane *lane, int64_t due_us)
{
    lane->state = LANE_SLEEPING;
    lane->due_us = due_us;
    backlog->heap[backlog->heap_count] = (uint32_t)(lane - backlog->lanes);
    backlog->heap_count++;
    sift_up(backlog, backlog->heap_count - 1);
}

static void wake_until(struct backlog *backlog, int64_t now_us)
{
    while (backlog->heap_count != 0 && due_at(backlog, 0) <= now_us) {
        queue_lane(backlog, pop_sleeper(backlog));
    }
}

void backlog_wake(struct backlog *backlog)
{
    wake_until(backlog, INT64_MAX);
}

// Adding. --------------------------------------------------------------------------------------------

static struct lane *make_lane(struct backlog *backlog, uint64_t key)
{
    if (backlog->lane_free == NONE) {
        if (!memory_grow(backlog->account, &backlog->lanes, &backlog->lane_capacity,
                         backlog->lane_used + 1, sizeof(*backlog->lanes)) ||
            !memory_grow(backlog->account, &backlog->heap, &backlog->heap_capacity,
                         backlog->lane_used + 1, sizeof(*backlog->heap)) ||
            (backlog->lane_used + 1 > backlog->bucket_count && !grow_buckets(backlog))) {
            return NULL;
        }
        backlog->lanes[backlog->lane_used] = (struct lane){.state = LANE_FREE, .next = NONE};
        backlog->lane_free = backlog->lane_used;
        backlog->lane_used++;
    }
    const uint32_t at = backlog->lane_free;
    struct lane *const lane = &backlog->lanes[at];
    backlog->lane_free = lane->next;
    uint32_t *const bucket = &backlog->buckets[bucket_of(backlog, key)];
    *lane = (struct lane){
        .key = key, .first = NONE, .last = NONE, .next = *bucket, .state = LANE_READY};
    *bucket = at;
    return lane;
}

static void free_lane(struct backlog *backlog, struct lane *lane)
{
    const uint32_t at = (uint32_t)(lane - backlog->lanes);
    uint32_t *link = &backlog->buckets[bucket_of(backlog, lane->key)];
    while (*link != at) {
        link = &backlog->lanes[*link].next;
    }
    *link = lane->next;
    lane->state = LANE_FREE;
    lane->next = backlog->lane_free;
    backlog->lane_free = at;
}

static uint32_t make_entry(struct backlog *backlog)
{
    if (backlog->entry_free == NONE) {
        if (!memory_grow(backlog->account, &backlog->entries, &backlog->entry_capacity,
                         backlog->entry_used + 1, sizeof(*backlog->entries))) {
            return NONE;
        }
        backlog->entries[backlog->entry_used].next = NONE;
        backlog->entry_free = backlog->entry_used;
        backlog->entry_used++;
    }
    const uint32_t at = backlog->entry_free;
    backlog->entry_free = backlog->entries[at].next;
    return at;
}

// Behind those with lower sequences; what is in flight stays in front.
static void link_entry(struct backlog *backlog, struct lane *lane, uint32_t added)
{
    struct entry *const entries = backlog->entries;
    uint32_t before = NONE;
    if (lane->last != NONE && (entries[lane->last].sequence < entries[added].sequence)) {
        before = lane->last;
    } else {
        uint32_t at = lane->first;
        for (uint32_t i = 0; at != NONE && (i < lane->flight_count ||
                                            entries[at].sequence < entries[added].sequence);
             i++) {
            before = at;
            at = entries[at].next;
        }
    }
    entries[added].next = before == NONE ? lane->first : entries[before].next;
    *(before == NONE ? &lane->first : &entries[before].next) = added;
    lane->last = lane->last == before ? added : lane->last;
}

bool backlog_add(struct backlog *backlog, const struct delivery *delivery)
{
    if (backlog->count >= backlog->limit) {
        return false;
    }
    const uint32_t added = make_entry(backlog);
    if (added == NONE) {
        return false;
    }
    struct lane *lane = find_lane(backlog, delivery->key);
    const bool is_new = lane == NULL;
    if (is_new) {
        lane = make_lane(backlog, delivery->key);
        if (lane == NULL) {
            backlog->entries[added].next = backlog->entry_free;
            backlog->entry_free = added;
            return false;
        }
    }
    backlog->entries[added] =
        (struct entry){.sequence = delivery->sequence, .event_us = delivery->event_us};
    link_entry(backlog, lane, added);
    backlog->count++;
    if (is_new) {
        lane->attempts = delivery->attempts;
        queue_lane(backlog, lane);
    }
    return true;
}

// Taking and settling. -------------------------------------------------------------------------------

static size_t take_of_lane(struct backlog *backlog, struct lane *lane, size_t limit,
                           struct delivery *taken)
{
    size_t count = 0;
    for (uint32_t at = lane->first; at != NONE && count < limit; at = backlog->entries[at].next) {
        const struct entry *const entry = &backlog->entries[at];
        taken[count] = (struct delivery){.sequence = entry->sequence,
                                         .key = lane->key,
                                         .attempts = count == 0 ? lane->attempts : 0,
                                         .event_us = entry->event_us};
        count++;
    }
    lane->state = LANE_FLYING;
    lane->flight_count = (uint32_t)count;
    backlog->flight_count += (uint32_t)count;
    return count;
}

size_t backlog_take(struct backlog *backlog, int64_t now_us, size_t limit, bool one_a_key,
                    struct delivery *taken)
{
    wake_until(backlog, now_us);
    if (limit == 0) {
        return 0;
    }
    if (backlog->failed.first != NONE && (backlog->wants_failed || backlog->fresh.first == NONE)) {
        backlog->wants_failed = false;
        return take_of_lane(backlog, unqueue_lane(backlog, &backlog->failed), 1, taken);
    }
    backlog->wants_failed = true;
    size_t count = 0;
    while (count < limit && backlog->fresh.first != NONE) {
        struct lane *const lane = unqueue_lane(backlog, &backlog->fresh);
        count += take_of_lane(backlog, lane, one_a_key ? 1 : limit - count, taken + count);
    }
    return count;
}

static void drop_first(struct backlog *backlog, struct lane *lane)
{
    const uint32_t at = lane->first;
    lane->first = backlog->entries[at].next;
    lane->last = lane->first == NONE ? NONE : lane->last;
    backlog->entries[at].next = backlog->entry_free;
    backlog->entry_free = at;
    backlog->count--;
    lane->attempts = 0;
}

bool backlog_settle(struct backlog *backlog, const struct delivery *delivery, int64_t again_us)
{
    struct lane *const lane = find_lane(backlog, delivery->key);
    if (lane == NULL || lane->state != LANE_FLYING) {
        return false; // one before it in its lane has failed: it waits behind that
    }
    assert(backlog->entries[lane->first].sequence == delivery->sequence);
    if (again_us != 0) {
        backlog->flight_count -= lane->flight_count;
        lane->flight_count = 0;
        lane->attempts++;
        put_to_sleep(backlog, lane, again_us);
        return true;
    }
    backlog->flight_count--;
    lane->flight_count--;
    drop_first(backlog, lane);
    if (lane->flight_count == 0 && lane->first == NONE) {
        free_lane(backlog, lane);
    } else if (lane->flight_count == 0) {
        queue_lane(backlog, lane);
    }
    return true;
}

size_t backlog_count(const struct backlog *backlog)
{
    return backlog->count;
}

size_t backlog_flight_count(const struct backlog *backlog)
{
    return backlog->flight_count;
}

bool backlog_is_ready(const struct backlog *backlog)
{
    return backlog->fresh.first != NONE || backlog->failed.first != NONE;
}

int64_t backlog_due_us(const struct backlog *backlog)
{
    return backlog->heap_count == 0 ? INT64_MAX : due_at(backlog, 0);
}

int64_t backlog_oldest_us(const struct backlog *backlog)
{
    int64_t oldest_us = 0;
    for (uint32_t i = 0; i < backlog->lane_used; i++) {
        const struct lane *const lane = &backlog->lanes[i];
        if (lane->state != LANE_FREE) {
            const int64_t event_us = backlog->entries[lane->first].event_us;
            oldest_us = oldest_us == 0 || event_us < oldest_us ? event_us : oldest_us;
        }
    }
    return oldest_us;
}
