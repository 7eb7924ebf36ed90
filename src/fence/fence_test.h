// What the fences' tests share: fences over a live without a writer's thread, driven turn by turn; events
// as lines of text.
#ifndef FENCE_FENCE_TEST_H
#define FENCE_FENCE_TEST_H

#include "base/test.h"
#include "fence/fence_private.h"

#define TEST_BEGIN_US (INT64_C(1700000000) * 1000000)
#define TEST_S        INT64_C(1000000)

struct fence_bed {
    struct memory_account account, others;
    struct ledger *ledger;
    struct live *live;
    struct fences *fences;
    struct ledger_turn turn;
    struct buffer log;   // effects of the fences' tables, of all turns
    struct buffer lines; // events since they were asked for
    struct buffer row;
    uint64_t sequence;
};

static inline int64_t bed_seconds(int64_t at_us)
{
    return (at_us - TEST_BEGIN_US) / TEST_S;
}

// "exit van1 depot 12 (moved, 10)": kind, object, fence, seconds of event time.
static inline void bed_emit(void *context, struct ledger_turn *turn, struct event *event)
{
    struct fence_bed *const bed = context;
    (void)turn;
    event->sequence = ++bed->sequence;
    if (event->kind == EVENT_TILE38) {
        buffer_append_bytes(&bed->lines, event->payload);
        buffer_append_u8(&bed->lines, '\n');
        return;
    }
    buffer_append_format(&bed->lines, "%s %.*s %.*s", event_kind_name(event->kind),
                         (int)event->object.size, (const char *)event->object.data,
                         (int)event->fence.size, (const char *)event->fence.data);
    if (event->other.size != 0) {
        buffer_append_format(&bed->lines, "/%.*s", (int)event->other.size,
                             (const char *)event->other.data);
    }
    buffer_append_format(&bed->lines, " %lld", (long long)bed_seconds(event->event_us));
    if (event->kind == EVENT_EXIT) {
        buffer_append_format(&bed->lines, " (%.*s, %lld)", (int)event->reason.size,
                             (const char *)event->reason.data,
                             (long long)(event->dwell_us / TEST_S));
    }
    if (event->confidence != 0) {
        buffer_append_format(&bed->lines, " confidence %u", event->confidence);
    }
    if (event->distance_m >= 0) {
        buffer_append_format(&bed->lines, " %.0f m", event->distance_m);
    }
    if (event->flags != 0) {
        buffer_append_format(&bed->lines, "%s%s%s", (event->flags & EVENT_LATE) != 0 ? " late" : "",
                             (event->flags & EVENT_FUTURE) != 0 ? " future" : "",
                             (event->flags & EVENT_INITIAL) != 0 ? " initial" : "");
    }
    if (event->payload.size != 0) {
        buffer_append_format(&bed->lines, " %.*s", (int)event->payload.size,
                             (const char *)event->payload.data);
    }
    buffer_append_u8(&bed->lines, '\n');
}

static inline void bed_begin(struct fence_bed *bed)
{
    struct fault fault = {0};
    *bed = (struct fence_bed){.account = {.name = "fences"}, .others = {.name = "others"}};
    assert_int_equal(
        ledger_new(NULL, &bed->others, &(struct ledger_settings){0}, &bed->ledger, &fault),
        STATUS_OK);
    assert_int_equal(
        live_new(bed->ledger, &bed->others, &(struct live_settings){0}, &bed->live, &fault),
        STATUS_OK);
    assert_int_equal(fences_new(bed->ledger, bed->live, &bed->account,
                                &(struct fence_sink){.emit = bed_emit, .context = bed},
                                &bed->fences, &fault),
                     STATUS_OK);
    bed->turn = (struct ledger_turn){.ledger = bed->ledger,
                                     .now_us = TEST_BEGIN_US,
                                     .at = 1,
                                     .effects = {.account = &bed->account}};
    bed->log.account = &bed->account;
    bed->lines.account = &bed->account;
    bed->row.account = &bed->account;
}

static inline bool bed_is_ours(enum ledger_table table)
{
    return (fence_stage.tables >> table & 1) != 0;
}

// Keeps the turn's effects of the fences' tables and tells the fences that it is in the journal.
static inline void bed_publish(struct fence_bed *bed)
{
    struct bytes rest = buffer_bytes(&bed->turn.effects);
    struct effect effect;
    while (effect_decode(&rest, &effect, NULL) == STATUS_OK) {
        if (bed_is_ours(effect.table)) {
            uint8_t *const room =
                effect_begin(&bed->log, effect.table, effect.kind, effect.key, effect.value.size);
            assert_non_null(room);
            if (effect.value.size != 0) {
                memcpy(room, effect.value.data, effect.value.size);
            }
        }
    }
    fence_stage.publish(bed->fences, &bed->turn);
    buffer_clear(&bed->turn.effects);
    bed->turn.at++;
}

// The fences begin anew from what they have written.
static inline void bed_restart(struct fence_bed *bed)
{
    struct bytes rest = buffer_bytes(&bed->log);
    struct effect effect;
    struct fault fault = {0};
    bed_publish(bed);
    rest = buffer_bytes(&bed->log);
    fences_forget(bed->fences);
    while (effect_decode(&rest, &effect, NULL) == STATUS_OK) {
        if (fence_stage.replay(bed->fences, &effect, &fault) != STATUS_OK) {
            fail_msg("%s", fault.text);
        }
    }
    assert_int_equal(fence_stage.loaded(bed->fences, &fault), STATUS_OK);
}

static inline void bed_end(struct fence_bed *bed)
{
    fences_free(bed->fences);
    live_free(bed->live);
    ledger_close(bed->ledger);
    buffer_free(&bed->turn.effects);
    buffer_free(&bed->log);
    buffer_free(&bed->lines);
    buffer_free(&bed->row);
    assert_int_equal(atomic_load(&bed->account.used_size), 0);
}

// What is due by then, and then it is that late (seconds after the beginning).
static inline void bed_clock(struct fence_bed *bed, int64_t second)
{
    bed->turn.now_us = TEST_BEGIN_US + second * TEST_S;
    if (fence_stage.deadline_us(bed->fences) <= bed->turn.now_us) {
        fence_stage.due(bed->fences, &bed->turn);
    }
}

static inline void bed_put_row(struct fence_bed *bed, const char *collection, const char *id,
                               const struct row *row)
{
    struct fault fault = {0};
    buffer_clear(&bed->row);
    row_write(row, &bed->row);
    if (live_put(bed->live, &bed->turn, bytes_from_text(collection), bytes_from_text(id),
                 buffer_bytes(&bed->row), "set", &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
}

// A SET: measured when it arrives.
static inline void bed_set(struct fence_bed *bed, const char *collection, const char *id,
                           double lng, double lat)
{
    bed_put_row(bed, collection, id,
                &(struct row){.kind = ROW_POINT, .point = GEO_POINT(lng, lat)});
}

static inline struct row bed_fix(double lng, double lat, int64_t second)
{
    return (struct row){.kind = ROW_POINT,
                        .point = GEO_POINT(lng, lat),
                        .event_us = TEST_BEGIN_US + second * TEST_S,
                        .arrival_us = 1,
                        .has_motion = true,
                        .accuracy_m = -1,
                        .speed_mps = -1,
                        .course_deg = -1};
}

// A fix as POST /v1/track takes it: in order it is put, late it is told.
static inline enum fence_order bed_track(struct fence_bed *bed, const char *id,
                                         const struct row *row)
{
    const struct bytes collection = BYTES_OF("vans");
    const enum fence_order order =
        fences_order(bed->fences, collection, bytes_from_text(id), row->event_us);
    if (order == FENCE_IN_ORDER) {
        bed_put_row(bed, "vans", id, row);
    } else if (order == FENCE_LATE) {
        buffer_clear(&bed->row);
        row_write(row, &bed->row);
        (void)fences_late(bed->fences, &bed->turn, collection, bytes_from_text(id),
                          buffer_bytes(&bed->row));
    }
    return order;
}

static inline void bed_track_at(struct fence_bed *bed, const char *id, double lng, double lat,
                                int64_t second)
{
    const struct row row = bed_fix(lng, lat, second);
    (void)bed_track(bed, id, &row);
}

static inline void bed_delete(struct fence_bed *bed, const char *collection, const char *id)
{
    assert_int_equal(
        live_delete(bed->live, &bed->turn, bytes_from_text(collection), bytes_from_text(id), "del"),
        STATUS_OK);
}

static inline bool bed_fence(struct fence_bed *bed, const struct rule *rule, bool is_announced)
{
    struct fault fault = {0};
    bool is_new;
    if (fence_put(bed->fences, &bed->turn, rule, is_announced, &is_new, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    return is_new;
}

// The events since the last call.
static inline void bed_expect(struct fence_bed *bed, const char *lines)
{
    buffer_append_u8(&bed->lines, 0);
    assert_string_equal((const char *)bed->lines.data, lines);
    buffer_clear(&bed->lines);
}

// A rule over vans in a circle.
static inline struct rule bed_circle(struct buffer *shape, const char *id, double lng, double lat,
                                     double radius_m, uint32_t events)
{
    struct rule rule = rule_new();
    buffer_clear(shape);
    shape_add_circle(shape, GEO_POINT(lng, lat), radius_m);
    rule.id = bytes_from_text(id);
    rule.shape.bytes = buffer_bytes(shape);
    rule.collection = BYTES_OF("vans");
    rule.member.events = events;
    return rule;
}

#endif
