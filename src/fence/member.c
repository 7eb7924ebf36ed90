#include "fence/member.h"

#include <assert.h>

enum { MEMBER_VERSION = 1 };
enum {
    IS_INSIDE = 1,
    IS_SILENT = 2,
    HAS_DWELT = 4,
    IS_NEAR = 8,
    IS_PENDING = 16,
    IS_ANNOUNCED = 32
};

static const char *const REASON_NAMES[MEMBER_REASON_COUNT] = {
    "moved",   "conditions",    "schedule",      "deleted",       "expired",
    "dropped", "fence_changed", "fence_removed", "fence_expired",
};

const char *member_reason_name(enum member_reason reason)
{
    return REASON_NAMES[reason];
}

struct member_state member_new(void)
{
    return (struct member_state){.announced_us = MEMBER_NEVER};
}

static bool wants(const struct member_rule *rule, enum event_kind kind)
{
    return (rule->events >> kind & 1) != 0;
}

static void announce(const struct member_rule *rule, struct member_events *events,
                     struct member_event event)
{
    if (wants(rule, event.kind)) {
        assert(events->count < MEMBER_EVENTS_MAX);
        events->list[events->count++] = event;
    }
}

static int64_t since_of(const struct member_state *state)
{
    return state->change_count == 0 ? 0 : state->changes_us[0];
}

// Puts two changes, or one, in front of the `at` newest ones.
static void changes_insert(struct member_state *state, unsigned at, const int64_t *changes_us,
                           unsigned count)
{
    int64_t all[MEMBER_CHANGES + 2];
    unsigned all_count = 0;
    for (unsigned i = 0; i < at; i++) {
        all[all_count++] = state->changes_us[i];
    }
    for (unsigned i = 0; i < count; i++) {
        all[all_count++] = changes_us[i];
    }
    for (unsigned i = at; i < state->change_count; i++) {
        all[all_count++] = state->changes_us[i];
    }
    state->change_count = (uint8_t)(all_count < MEMBER_CHANGES ? all_count : MEMBER_CHANGES);
    memcpy(state->changes_us, all, state->change_count * sizeof *all);
}

static bool is_cooling(const struct member_rule *rule, const struct member_state *state,
                       int64_t event_us)
{
    return rule->cooldown_us > 0 && state->announced_us != MEMBER_NEVER &&
           event_us - state->announced_us < rule->cooldown_us;
}

// Changes of one pair are dated in the order in which they are decided: an edit of the fence may be
// newer than the fix that comes after it.
static int64_t not_before_the_last(const struct member_state *state, int64_t event_us)
{
    return state->change_count > 0 && event_us < state->changes_us[0] ? state->changes_us[0]
                                                                      : event_us;
}

static void enter(const struct member_rule *rule, struct member_state *state, int64_t event_us,
                  int64_t arrival_us, struct member_events *events)
{
    event_us = not_before_the_last(state, event_us);
    state->is_silent = is_cooling(rule, state, event_us);
    state->is_inside = true;
    state->has_dwelt = false;
    state->inside_arrival_us = arrival_us;
    changes_insert(state, 0, &event_us, 1);
    if (!state->is_silent) {
        state->announced_us = event_us;
        announce(rule, events, (struct member_event){.kind = EVENT_ENTER, .event_us = event_us});
    }
}

static void leave(const struct member_rule *rule, struct member_state *state, int64_t event_us,
                  enum member_reason reason, struct member_events *events)
{
    event_us = not_before_the_last(state, event_us);
    const int64_t dwell_us = event_us - since_of(state);
    if (!state->is_silent) {
        announce(
            rule, events,
            (struct member_event){
                .kind = EVENT_EXIT, .event_us = event_us, .dwell_us = dwell_us, .reason = reason});
    }
    state->is_inside = false;
    state->is_silent = false;
    state->has_dwelt = false;
    changes_insert(state, 0, &event_us, 1);
}

static void settle_pending(const struct member_rule *rule, struct member_state *state,
                           struct member_events *events)
{
    state->pending_count = 0;
    if (state->is_inside) {
        leave(rule, state, state->pending_us, state->pending_reason, events);
    } else {
        enter(rule, state, state->pending_us, state->pending_arrival_us, events);
    }
}

static void dwell(const struct member_rule *rule, struct member_state *state,
                  struct member_events *events)
{
    state->has_dwelt = true;
    if (!state->is_silent) {
        announce(rule, events,
                 (struct member_event){.kind = EVENT_DWELL,
                                       .event_us = since_of(state) + rule->dwell_us,
                                       .dwell_us = rule->dwell_us});
    }
}

static bool may_dwell(const struct member_rule *rule, const struct member_state *state)
{
    return rule->dwell_us > 0 && wants(rule, EVENT_DWELL) && state->is_inside &&
           !state->has_dwelt && state->pending_count == 0;
}

static bool is_confirmed(const struct member_rule *rule, const struct member_state *state,
                         int64_t event_us)
{
    return (rule->confirm_count <= 1 && rule->confirm_us == 0) ||
           (rule->confirm_count > 0 && state->pending_count >= rule->confirm_count) ||
           (rule->confirm_us > 0 && event_us - state->pending_us >= rule->confirm_us);
}

// Where the object is now, fix by fix.
static void tell_place(const struct member_rule *rule, struct member_state *state,
                       const struct member_fix *fix, bool has_changed, struct member_events *events)
{
    if (fix->is_inside && state->is_inside && !state->is_silent) {
        announce(rule, events,
                 (struct member_event){.kind = EVENT_INSIDE, .event_us = fix->event_us});
    }
    if (!fix->is_inside && !state->is_inside) {
        if (fix->is_crossing && !has_changed) {
            announce(rule, events,
                     (struct member_event){.kind = EVENT_CROSS, .event_us = fix->event_us});
        }
        announce(rule, events,
                 (struct member_event){.kind = EVENT_OUTSIDE, .event_us = fix->event_us});
    }
    if (fix->is_near && !state->is_near && !fix->is_inside && !state->is_inside) {
        announce(rule, events,
                 (struct member_event){.kind = EVENT_APPROACH, .event_us = fix->event_us});
    }
    state->is_near = fix->is_near || fix->is_inside;
}

void member_on_fix(const struct member_rule *rule, struct member_state *state,
                   const struct member_fix *fix, struct member_events *events)
{
    member_on_time(rule, state, fix->arrival_us, events);
    bool has_changed = false;
    if (fix->is_inside == state->is_inside) {
        state->pending_count = 0;
    } else {
        if (state->pending_count == 0) {
            state->pending_us = fix->event_us;
            state->pending_arrival_us = fix->arrival_us;
            state->pending_reason = fix->reason;
        }
        state->pending_count++;
        if (is_confirmed(rule, state, fix->event_us)) {
            settle_pending(rule, state, events);
            has_changed = true;
        }
    }
    if (may_dwell(rule, state) && fix->is_inside &&
        fix->event_us - since_of(state) >= rule->dwell_us) {
        dwell(rule, state, events);
    }
    tell_place(rule, state, fix, has_changed, events);
}

static int64_t confirm_deadline(const struct member_rule *rule, const struct member_state *state)
{
    return state->pending_count > 0 && rule->confirm_us > 0
               ? state->pending_arrival_us + rule->confirm_us
               : INT64_MAX;
}

static int64_t dwell_deadline(const struct member_rule *rule, const struct member_state *state)
{
    return may_dwell(rule, state) ? state->inside_arrival_us + rule->dwell_us : INT64_MAX;
}

int64_t member_deadline(const struct member_rule *rule, const struct member_state *state)
{
    const int64_t confirm_us = confirm_deadline(rule, state);
    const int64_t dwell_us = dwell_deadline(rule, state);
    return confirm_us < dwell_us ? confirm_us : dwell_us;
}

void member_on_time(const struct member_rule *rule, struct member_state *state, int64_t now_us,
                    struct member_events *events)
{
    // At most: a stay that dwells, its end confirmed; or a beginning confirmed, that then dwells.
    for (unsigned round = 0; round < 2; round++) {
        const int64_t confirm_us = confirm_deadline(rule, state);
        const int64_t dwell_us = dwell_deadline(rule, state);
        if (dwell_us <= confirm_us && dwell_us <= now_us) {
            dwell(rule, state, events);
        } else if (confirm_us <= now_us) {
            settle_pending(rule, state, events);
        }
    }
}

void member_on_end(const struct member_rule *rule, struct member_state *state, int64_t event_us,
                   enum member_reason reason, struct member_events *events)
{
    state->pending_count = 0;
    state->is_near = false;
    if (state->is_inside) {
        leave(rule, state, event_us, reason, events);
    }
}

bool member_knew(const struct member_state *state, int64_t event_us, bool *was_inside)
{
    unsigned newer = 0;
    while (newer < state->change_count && state->changes_us[newer] > event_us) {
        newer++;
    }
    if (newer == MEMBER_CHANGES) {
        return false;
    }
    *was_inside = state->is_inside != (newer % 2 != 0);
    return true;
}

static void insert_visit(const struct member_rule *rule, struct member_state *state,
                         const struct member_fix *fix, int64_t next_us, unsigned newer,
                         struct member_events *events)
{
    const bool is_silent =
        is_cooling(rule, state, fix->event_us) || (newer == 0 && state->is_silent);
    struct member_event first = {.kind = fix->is_inside ? EVENT_ENTER : EVENT_EXIT,
                                 .event_us = fix->event_us,
                                 .reason = fix->reason};
    struct member_event second = {.kind = fix->is_inside ? EVENT_EXIT : EVENT_ENTER,
                                  .event_us = next_us,
                                  .reason = MEMBER_MOVED};
    if (fix->is_inside) {
        second.dwell_us = next_us - fix->event_us;
    } else if (newer < state->change_count) {
        first.dwell_us = fix->event_us - state->changes_us[newer];
    }
    if (!is_silent) {
        announce(rule, events, first);
        announce(rule, events, second);
        const int64_t entered_us = fix->is_inside ? fix->event_us : next_us;
        if (entered_us > state->announced_us) {
            state->announced_us = entered_us;
        }
    }
    const int64_t changes_us[2] = {next_us, fix->event_us};
    changes_insert(state, newer, changes_us, 2);
    if (newer == 0 && state->is_inside) { // the present visit begins anew
        state->inside_arrival_us = fix->arrival_us;
    }
}

void member_on_late(const struct member_rule *rule, struct member_state *state,
                    const struct member_fix *fix, int64_t next_us, struct member_events *events)
{
    bool was_inside;
    if (!member_knew(state, fix->event_us, &was_inside)) {
        return;
    }
    if (fix->is_inside == was_inside) {
        const enum event_kind kind = was_inside ? EVENT_INSIDE : EVENT_OUTSIDE;
        if (!was_inside || !state->is_silent) {
            announce(rule, events, (struct member_event){.kind = kind, .event_us = fix->event_us});
        }
        return;
    }
    if (rule->confirm_count > 1 || rule->confirm_us > 0) {
        return;
    }
    unsigned newer = 0;
    while (newer < state->change_count && state->changes_us[newer] > fix->event_us) {
        newer++;
    }
    if (newer > 0 && state->changes_us[newer - 1] <= next_us) {
        return; // the next fix announced this side already
    }
    insert_visit(rule, state, fix, next_us, newer, events);
}

bool member_is_idle(const struct member_rule *rule, const struct member_state *state,
                    int64_t now_us, int64_t until_us)
{
    return !state->is_inside && state->pending_count == 0 && !state->is_near &&
           (state->change_count == 0 || state->changes_us[0] < until_us) &&
           !is_cooling(rule, state, now_us);
}

void member_forget(struct member_state *state, int64_t until_us)
{
    while (state->change_count > 1 && state->changes_us[state->change_count - 2] < until_us) {
        state->change_count--;
    }
}

static void append_signed(struct buffer *out, int64_t value)
{
    buffer_append_varint(out, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static int64_t take_signed(struct reader *reader)
{
    const uint64_t value = reader_varint(reader);
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

void member_encode(const struct member_state *state, struct buffer *out)
{
    const int64_t base_us = since_of(state);
    const bool is_announced = state->announced_us != MEMBER_NEVER;
    buffer_append_u8(out, MEMBER_VERSION);
    buffer_append_u8(
        out, (uint8_t)((state->is_inside ? IS_INSIDE : 0) | (state->is_silent ? IS_SILENT : 0) |
                       (state->has_dwelt ? HAS_DWELT : 0) | (state->is_near ? IS_NEAR : 0) |
                       (state->pending_count != 0 ? IS_PENDING : 0) |
                       (is_announced ? IS_ANNOUNCED : 0)));
    buffer_append_u8(out, state->change_count);
    for (unsigned i = 0; i < state->change_count; i++) {
        append_signed(out, i == 0 ? base_us : state->changes_us[i - 1] - state->changes_us[i]);
    }
    if (state->is_inside) {
        append_signed(out, state->inside_arrival_us - base_us);
    }
    if (is_announced) {
        append_signed(out, state->announced_us - base_us);
    }
    if (state->pending_count != 0) {
        buffer_append_varint(out, state->pending_count);
        buffer_append_u8(out, (uint8_t)state->pending_reason);
        append_signed(out, state->pending_us - base_us);
        append_signed(out, state->pending_arrival_us - base_us);
    }
}

// Sums of times of foreign bytes wrap instead of being undefined.
static int64_t plus(int64_t left, int64_t right)
{
    return (int64_t)((uint64_t)left + (uint64_t)right);
}

enum status member_decode(struct reader *reader, struct member_state *state, struct fault *fault)
{
    struct member_state found = member_new();
    const uint8_t version = reader_u8(reader);
    const uint8_t flags = reader_u8(reader);
    found.change_count = reader_u8(reader);
    if (version != MEMBER_VERSION || found.change_count > MEMBER_CHANGES || reader->overrun) {
        return fault_set(fault, STATUS_CORRUPT, "membership of an object is damaged");
    }
    for (unsigned i = 0; i < found.change_count; i++) {
        const int64_t value = take_signed(reader);
        found.changes_us[i] =
            i == 0 ? value : plus(found.changes_us[i - 1], plus(0, (int64_t)(0 - (uint64_t)value)));
    }
    const int64_t base_us = since_of(&found);
    found.is_inside = (flags & IS_INSIDE) != 0;
    found.is_silent = (flags & IS_SILENT) != 0;
    found.has_dwelt = (flags & HAS_DWELT) != 0;
    found.is_near = (flags & IS_NEAR) != 0;
    if (found.is_inside) {
        found.inside_arrival_us = plus(take_signed(reader), base_us);
    }
    if ((flags & IS_ANNOUNCED) != 0) {
        found.announced_us = plus(take_signed(reader), base_us);
    }
    if ((flags & IS_PENDING) != 0) {
        const uint64_t count = reader_varint(reader);
        found.pending_count = count > UINT32_MAX ? 0 : (uint32_t)count;
        const uint8_t reason = reader_u8(reader);
        found.pending_reason =
            reason < MEMBER_REASON_COUNT ? (enum member_reason)reason : MEMBER_MOVED;
        found.pending_us = plus(take_signed(reader), base_us);
        found.pending_arrival_us = plus(take_signed(reader), base_us);
    }
    if (reader->overrun) {
        return fault_set(fault, STATUS_CORRUPT, "membership of an object is cut short");
    }
    *state = found;
    return STATUS_OK;
}
