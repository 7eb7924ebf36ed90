// What the files of this layer share.
#ifndef DELIVER_DELIVER_PRIVATE_H
#define DELIVER_DELIVER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "deliver/backlog.h"
#include "deliver/deliver.h"
#include "deliver/follow.h"
#include "deliver/hook.h"
#include "deliver/post.h"
#include "deliver/reach.h"
#include "deliver/recent.h"
#include "ledger/folder.h"
#include "sys/thread.h"

// Rows. ----------------------------------------------------------------------------------------------
//
// TABLE_HOOK         0x00             u64 next sequence, u64 server, u32 next number
//                    0x01, id         a hook; 0x02, name: a SETHOOK. Value: u8 version, u8 state,
//                                     u32 number, i64 created, i64 changed, u16 size and reason, JSON
// TABLE_EVENT        sequence         event_encode
// TABLE_DELIVERY     number, sequence u64 key, u32 failed attempts, i64 arrival of the event
// TABLE_DEAD_LETTER  number, sequence the same, i64 given up, u16 status of HTTP, reason
//
// Numbers in keys are big-endian, in values little-endian; times in microseconds since 1970.
enum {
    ROW_VERSION = 1,
    ROW_STATE = 0,
    ROW_NATIVE = 1,
    ROW_TILE38 = 2,
    ROW_STATE_SIZE = 28,
    ROW_DELIVERY_SIZE = 20,
    ROW_KEY_SIZE = 12,
    REASON_SIZE = 200,
};

void row_put_u64(uint8_t *at, uint64_t value); // little-endian
void row_put_u32(uint8_t *at, uint32_t value);
void row_put_big(uint8_t *at, uint64_t value, unsigned size); // big-endian
void row_key_write(uint32_t number, uint64_t sequence, uint8_t key[ROW_KEY_SIZE]);
bool row_key_read(struct bytes key, uint32_t *number, uint64_t *sequence);
void row_delivery_write(const struct delivery *delivery, uint8_t value[ROW_DELIVERY_SIZE]);
bool row_delivery_read(struct bytes value, struct delivery *delivery); // of a dead letter too

// A hook. --------------------------------------------------------------------------------------------

enum hook_state { HOOK_ACTIVE, HOOK_PAUSED, HOOK_DISABLED };

struct outlet;

struct hook {
    atomic_uint holders; // the table, what undo may need, the courier's outlet
    uint32_t number;
    uint8_t kind; // ROW_NATIVE, ROW_TILE38
    struct bytes id;
    // The ledger's thread.
    struct hook_settings *settings;
    enum hook_state state;
    bool is_there; // in the table
    int64_t created_us, changed_us;
    char reason[REASON_SIZE]; // why it is disabled
    // The courier's.
    struct outlet *outlet;
    // Figures: written by the courier, read by anybody.
    _Atomic uint64_t delivered, failures, dead_letters, expired, waiting, streak;
    _Atomic int64_t oldest_us;      // arrival of the oldest event that waits; 0: none
    char last_failure[REASON_SIZE]; // under deliver->lock
    int64_t last_failure_us;
};

struct hook *hook_hold(struct hook *hook);
void hook_release(struct hook *hook);

// From the ledger's thread to the courier, one posting a turn. -----------------------------------------

enum note_kind { NOTE_EVENT, NOTE_HOOK, NOTE_GONE, NOTE_WAKE, NOTE_REDRIVE };

struct note {
    enum note_kind kind;
    struct hook *hook; // held by NOTE_HOOK and NOTE_GONE
    union {
        struct delivery delivery;
        struct {
            struct hook_settings *settings; // held
            enum hook_state state;
        } hook_is;
    };
};

struct posting {
    struct message message;
    struct deliver *deliver;
    size_t count, capacity;
    struct note *notes;
};

// What a turn did to the table of hooks, to be undone.
struct hook_undo {
    struct hook *hook; // held
    bool was_there;
    struct hook_settings *settings; // held
    enum hook_state state;
    int64_t changed_us;
    char reason[REASON_SIZE];
};

struct courier;
struct late;

struct deliver_state {
    uint64_t next_sequence;
    uint32_t next_number; // of hooks
    int64_t restored_us;  // when the restore was made that the sequences count with; 0: none
};

struct deliver {
    struct ledger *ledger;
    const struct sys *sys;
    struct memory_account *account; // of the caller
    struct memory_account queues;   // with the limit of settings
    struct deliver_settings settings;
    struct reach reach;
    deliver_tag *has_tag;
    void *tag_context;
    deliver_channel *to_channel;
    void *channel_context;

    // The ledger's thread. Natives first, each kind in order of id.
    struct hook **hooks;
    size_t hook_count, hook_capacity;
    struct deliver_state state, published;
    struct ledger_restore_mark restored; // restored_us 0: the data was not restored
    uint64_t server;                     // constant after loading
    size_t state_offset;                 // of its row in this turn's effects, when state_is_written
    bool state_is_written;
    uint8_t state_row[ROW_STATE_SIZE];
    struct buffer records; // events of this turn, for `recent`
    struct posting *posting;
    struct hook_undo *undone;
    size_t undo_count, undo_capacity;

    pthread_mutex_t lock; // the table against deliver_metrics; last failures; listeners
    struct stream_listener *listeners;
    struct recent *recent;
    struct courier *courier;
    struct late *late;
    // Notes dropped for want of memory: the first sequence of those; the courier reads them late.
    _Atomic uint64_t lost_from; // 0: none
};

// deliver_hook.c
size_t hook_find(const struct deliver *deliver, uint8_t kind, struct bytes id, bool *is_there);
enum status hook_load(struct deliver *deliver, struct bytes key, struct bytes value,
                      struct fault *fault);
void hook_unload(struct deliver *deliver, struct bytes key);
void hooks_undo(struct deliver *deliver);
void hooks_published(struct deliver *deliver);
void hooks_free(struct deliver *deliver);
// Inside a turn: writes the row of a hook.
void hook_write(const struct hook *hook, struct ledger_turn *turn, struct memory_account *account);
// Stops a hook for good (410), inside a turn.
void hook_disable(struct deliver *deliver, struct ledger_turn *turn, struct hook *hook,
                  const char *reason);

// deliver_show.c
void hook_show(struct deliver *deliver, struct hook *hook, bool has_secrets, struct buffer *shown);

// deliver.c: the row of the counters, inside a turn.
void deliver_write_state(struct deliver *deliver, struct ledger_turn *turn);
// Adds to this turn's posting; false when memory is full.
bool note_add(struct deliver *deliver, const struct note *note);
void posting_free(struct posting *posting);
void deliver_emit_to(struct deliver *deliver, struct ledger_turn *turn, struct event *event,
                     struct hook *only);
bool deliver_is_expired(void *deliver, enum ledger_table table, struct bytes key,
                        struct bytes value);

// courier.c
enum status courier_new(struct deliver *deliver, struct courier **courier, struct fault *fault);
enum status courier_start(struct courier *courier, struct fault *fault);
void courier_stop(struct courier *courier);
void courier_free(struct courier *courier);
void courier_post(struct courier *courier, struct message *message);

#endif
