// What the tests of the ledger share: a thread that submits and waits, and a stage of rows.
#ifndef LEDGER_LEDGER_TEST_H
#define LEDGER_LEDGER_TEST_H

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"
#include "ledger/folder.h"
#include "ledger/ledger.h"
#include "sys/clock.h"

// A submitter's thread: the mailbox its answers come to.
struct home {
    struct mailbox mailbox;
    pthread_mutex_t lock;
    pthread_cond_t rung;
    bool is_rung;
    unsigned answered;
    uint64_t order_wrong, next;
};

static void home_wake(void *context)
{
    struct home *const home = context;
    (void)pthread_mutex_lock(&home->lock);
    home->is_rung = true;
    (void)pthread_cond_signal(&home->rung);
    (void)pthread_mutex_unlock(&home->lock);
}

static inline void home_begin(struct home *home)
{
    memset(home, 0, sizeof(*home));
    (void)pthread_mutex_init(&home->lock, NULL);
    (void)pthread_cond_init(&home->rung, NULL);
    mailbox_begin(&home->mailbox, home_wake, home);
}

static inline void home_wait(struct home *home, unsigned answers)
{
    while (home->answered < answers) {
        (void)pthread_mutex_lock(&home->lock);
        while (!home->is_rung) {
            (void)pthread_cond_wait(&home->rung, &home->lock);
        }
        home->is_rung = false;
        (void)pthread_mutex_unlock(&home->lock);
        (void)mailbox_deliver(&home->mailbox, SIZE_MAX);
    }
}

// A stage: rows of TABLE_OBJECT, key u32 big-endian, value u64; held in an array.
enum { ROWS_COUNT = 4096 };
struct rows {
    uint64_t working[ROWS_COUNT], published[ROWS_COUNT]; // 0: no row
    uint64_t loads, replays, undone;
};

static inline struct bytes rows_key(uint32_t number, uint8_t key[4])
{
    for (unsigned i = 0; i < 4; i++) {
        key[i] = (uint8_t)(number >> (24 - 8 * i));
    }
    return (struct bytes){.data = key, .size = 4};
}

static inline uint32_t rows_number(struct bytes key)
{
    uint32_t number = 0;
    for (size_t i = 0; i < key.size; i++) {
        number = number << 8 | key.data[i];
    }
    return number;
}

static inline enum status rows_set(struct rows *rows, struct bytes key, struct bytes value,
                                   struct fault *fault)
{
    struct reader reader = {.rest = value};
    const uint32_t number = rows_number(key);
    const uint64_t content = reader_u64(&reader);
    if (key.size != 4 || number >= ROWS_COUNT || reader.overrun) {
        return fault_set(fault, STATUS_CORRUPT, "not a row of the test");
    }
    rows->working[number] = rows->published[number] = content;
    return STATUS_OK;
}

static enum status rows_load(void *context, enum ledger_table table, struct bytes key,
                             struct bytes value, struct fault *fault)
{
    struct rows *const rows = context;
    if (table != TABLE_OBJECT) {
        return STATUS_OK;
    }
    rows->loads++;
    return rows_set(rows, key, value, fault);
}

static enum status rows_replay(void *context, const struct effect *effect, struct fault *fault)
{
    struct rows *const rows = context;
    rows->replays++;
    if (effect->table != TABLE_OBJECT) {
        return STATUS_OK;
    }
    if (effect->kind == EFFECT_PUT) {
        return rows_set(rows, effect->key, effect->value, fault);
    }
    for (uint32_t i = 0; i < ROWS_COUNT; i++) {
        uint8_t key[4];
        if (memcmp(rows_key(i, key).data, effect->key.data, effect->key.size) == 0) {
            rows->working[i] = rows->published[i] = 0;
        }
    }
    return STATUS_OK;
}

static void rows_publish(void *context, const struct ledger_turn *turn)
{
    struct rows *const rows = context;
    (void)turn;
    memcpy(rows->published, rows->working, sizeof(rows->working));
}

static void rows_undo(void *context)
{
    struct rows *const rows = context;
    memcpy(rows->working, rows->published, sizeof(rows->working));
    rows->undone++;
}

static inline struct ledger_stage rows_stage(struct rows *rows)
{
    return (struct ledger_stage){.name = "rows",
                                 .tables = 1U << TABLE_OBJECT | 1U << TABLE_DELIVERY,
                                 .load = rows_load,
                                 .replay = rows_replay,
                                 .publish = rows_publish,
                                 .undo = rows_undo,
                                 .context = rows};
}

// A job on one row.
struct put {
    struct ledger_job job; // first
    struct rows *rows;
    struct home *home;
    uint32_t number;
    uint64_t content;   // 0: deletes
    size_t prefix_size; // not 0: deletes all rows with this part of the key
    uint64_t sequence;
};

static enum status put_run(struct ledger_job *job, struct ledger_turn *turn, struct fault *fault)
{
    struct put *const put = (struct put *)job;
    uint8_t key_bytes[4];
    const struct bytes key = rows_key(put->number, key_bytes);
    (void)fault;
    if (put->prefix_size != 0) {
        const struct bytes prefix = {.data = key.data, .size = put->prefix_size};
        turn_delete_prefix(turn, TABLE_OBJECT, prefix);
        for (uint32_t i = 0; i < ROWS_COUNT; i++) {
            uint8_t other[4];
            if (memcmp(rows_key(i, other).data, prefix.data, prefix.size) == 0) {
                put->rows->working[i] = 0;
            }
        }
        return STATUS_OK;
    }
    put->rows->working[put->number] = put->content;
    if (put->content == 0) {
        turn_delete(turn, TABLE_OBJECT, key);
        return STATUS_OK;
    }
    uint8_t *const room = turn_put_in_place(turn, TABLE_OBJECT, key, 8);
    assert_non_null(room);
    for (unsigned i = 0; i < 8; i++) {
        room[i] = (uint8_t)(put->content >> 8 * i);
    }
    return STATUS_OK;
}

static void put_answered(struct ledger_job *job)
{
    struct put *const put = (struct put *)job;
    put->home->answered++;
    put->home->order_wrong += put->sequence != put->home->next;
    put->home->next = put->sequence + 1;
}

static inline struct put put_make(struct rows *rows, struct home *home, uint32_t number,
                                  uint64_t content, uint64_t sequence)
{
    return (struct put){.job = {.run = put_run, .home = &home->mailbox, .answered = put_answered},
                        .rows = rows,
                        .home = home,
                        .number = number,
                        .content = content,
                        .sequence = sequence};
}

// One job, waited for.
static inline enum status put_now(struct ledger *ledger, struct put put, struct fault *fault)
{
    put.home->next = put.sequence;
    const unsigned before = put.home->answered;
    ledger_submit(ledger, &put.job);
    home_wait(put.home, before + 1);
    if (fault != NULL) {
        *fault = put.job.fault;
    }
    return put.job.status;
}

static inline void test_folder_make(char folder[64])
{
    (void)snprintf(folder, 64, "/tmp/rhumb_data.XXXXXX");
    assert_non_null(mkdtemp(folder));
}

static inline void test_folder_remove(const char *folder)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0); // NOLINT(concurrency-mt-unsafe)
}

static inline struct ledger *test_ledger_open(const struct sys *sys, struct memory_account *account,
                                              const struct ledger_settings *settings,
                                              struct rows *rows)
{
    struct ledger *ledger = NULL;
    struct fault fault = {0};
    *rows = (struct rows){0};
    const struct ledger_stage stage = rows_stage(rows);
    assert_int_equal(ledger_new(sys, account, settings, &ledger, NULL), STATUS_OK);
    ledger_stage_add(ledger, &stage);
    if (ledger_open(ledger, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    return ledger;
}

#endif
