// What live's tests share: a live without a writer's thread, driven turn by turn.
#ifndef LIVE_LIVE_TEST_H
#define LIVE_LIVE_TEST_H

#include "base/test.h"
#include "live/live_private.h"
#include "sys/sys_memory.h"

struct live_bed {
    struct memory_account account;
    struct sys_memory *sys;
    struct ledger *ledger;
    struct live *live;
    struct ledger_turn turn;
    struct buffer log; // effects of all turns
    struct buffer row;
};

static inline void bed_begin(struct live_bed *bed, const struct live_settings *settings)
{
    struct fault fault = {0};
    *bed = (struct live_bed){.account = {.name = "objects"}};
    const struct ledger_settings of_ledger = {0};
    const struct live_settings none = {0};
    assert_int_equal(ledger_new(NULL, &bed->account, &of_ledger, &bed->ledger, &fault), STATUS_OK);
    assert_int_equal(live_new(bed->ledger, &bed->account, settings == NULL ? &none : settings,
                              &bed->live, &fault),
                     STATUS_OK);
    bed->turn = (struct ledger_turn){.ledger = bed->ledger,
                                     .now_us = INT64_C(1700000000000000),
                                     .at = 1,
                                     .effects = {.account = &bed->account}};
    bed->log.account = &bed->account;
    bed->row.account = &bed->account;
}

static inline void bed_publish(struct live_bed *bed)
{
    buffer_append_bytes(&bed->log, buffer_bytes(&bed->turn.effects));
    live_publish(bed->live, &bed->turn);
    buffer_clear(&bed->turn.effects);
    bed->turn.at++;
    bed->turn.now_us += 1000;
}

static inline void bed_undo(struct live_bed *bed)
{
    live_undo(bed->live);
    buffer_clear(&bed->turn.effects);
}

// Another one from what the first has written.
static inline void bed_replay(struct live_bed *bed, struct bytes log)
{
    struct fault fault = {0};
    struct effect effect;
    while (effect_decode(&log, &effect, &fault) == STATUS_OK) {
        if (live_replay(bed->live, &effect, &fault) != STATUS_OK) {
            fail_msg("%s", fault.text);
        }
    }
    assert_int_equal(live_loaded(bed->live, &fault), STATUS_OK);
}

static inline void bed_end(struct live_bed *bed)
{
    live_free(bed->live);
    ledger_close(bed->ledger);
    buffer_free(&bed->turn.effects);
    buffer_free(&bed->log);
    buffer_free(&bed->row);
    assert_int_equal(atomic_load(&bed->account.used_size), 0);
}

static inline enum status bed_put_row(struct live_bed *bed, const char *collection, const char *id,
                                      const struct row *row, struct fault *fault)
{
    buffer_clear(&bed->row);
    row_write(row, &bed->row);
    return live_put(bed->live, &bed->turn, bytes_from_text(collection), bytes_from_text(id),
                    buffer_bytes(&bed->row), "set", fault);
}

static inline void bed_put(struct live_bed *bed, const char *collection, const char *id,
                           struct geo_point point)
{
    const struct row row = {.kind = ROW_POINT, .point = point};
    struct fault fault = {0};
    if (bed_put_row(bed, collection, id, &row, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
}

static inline const struct object *bed_find(const struct live_bed *bed, const char *collection,
                                            const char *id)
{
    const struct collection *const found =
        live_collection(live_view_now(bed->live), bytes_from_text(collection));
    return found == NULL ? NULL : collection_find(found, bytes_from_text(id));
}

#endif
