// What the ledger's files share. Included by ledger*.c and bell.c only.
#ifndef LEDGER_LEDGER_PRIVATE_H
#define LEDGER_LEDGER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "ledger/folder.h"
#include "ledger/ledger.h"
#include "sys/thread.h"

enum { LEDGER_STAGES_MAX = 32 };

// A bell: one thread sleeps until it is rung, or until a moment comes.
struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    bool is_rung;
};
void bell_begin(struct bell *bell);
void bell_end(struct bell *bell);
void bell_ring(struct bell *bell);
// True when it was rung. `wait_us` negative: for ever.
bool bell_wait(struct bell *bell, int64_t wait_us);

// The effects of some records, to be brought to the store together (ledger_window.c).
struct window_row {
    uint64_t head;   // the first bytes of the key behind what all keys of its table share
    uint32_t offset; // of the effect, in the content
    uint32_t table;
};
struct window {
    struct buffer content; // effects, in order
    struct window_row *rows;
    size_t row_count, row_capacity;
    lsn last; // of the records taken in; 0: none
    int64_t last_us;
};

// Who says when rows of a table have aged.
struct ledger_aged {
    const struct ledger_stage *stage; // NULL: nobody
    enum ledger_table table;
};

struct ledger {
    const struct sys *sys;
    struct memory_account *account;
    struct ledger_settings settings;
    struct ledger_stage stages[LEDGER_STAGES_MAX];
    size_t stage_count;
    struct ledger_folder folder;
    struct journal *journal;
    struct store *store;

    // The writer's.
    struct mailbox mailbox;
    struct bell bell;
    struct thread writer;
    struct ledger_turn turn;
    struct message *answers; // of this turn, in order
    struct message **answers_end;
    int64_t retry_us; // monotonic: when room is asked for again
    enum status refusal;
    struct fault refusal_fault;
    atomic_bool is_closing;

    // The syncer's: answers that wait for the disk.
    struct mailbox unsynced;
    struct bell sync_bell;
    struct thread syncer;
    atomic_bool is_sync_closing;

    // The checkpointer's.
    struct bell checkpoint_bell;
    struct thread checkpointer;
    atomic_bool is_checkpoint_closing;
    struct journal_cursor *cursor;
    struct window window;
    struct store_batch *batch;
    uint64_t unflushed_size;
    int64_t flushed_us, compacted_us; // monotonic
    pthread_mutex_t store_lock;       // of the store's writes, and of everything below
    pthread_cond_t store_moved;
    _Atomic lsn stored;                 // what readers of the store will find
    lsn flushed;                        // what a power cut leaves of it
    size_t reader_count, waiting_count; // have a snapshot; want the store to catch up
    bool has_failed, has_ended;         // the store, when last tried; the checkpointer
    struct fault store_fault;
    struct ledger_aged aged[TABLE_COUNT];

    // Figures: written by one thread each, read by anybody.
    _Atomic lsn last;
    _Atomic uint64_t waiting, job_count, refused_count, turn_count, effects_size, sync_count;
    _Atomic uint64_t appended_size, consumed_size; // bytes of effects since the store's position
    _Atomic bool is_store_failing;
};

// Adds to a figure only this thread writes.
static inline void figure_add(_Atomic uint64_t *figure, uint64_t amount)
{
    const uint64_t old = atomic_load_explicit(figure, memory_order_relaxed);
    atomic_store_explicit(figure, old + amount, memory_order_relaxed);
}

static inline struct ledger_job *job_of(struct message *message)
{
    return (struct ledger_job *)(void *)((char *)message - offsetof(struct ledger_job, message));
}

static inline uint64_t ledger_tail_size(const struct ledger *ledger)
{
    return atomic_load_explicit(&ledger->appended_size, memory_order_relaxed) -
           atomic_load_explicit(&ledger->consumed_size, memory_order_relaxed);
}

// ledger_load.c: brings the stages to what store and journal hold.
MUST_USE enum status ledger_load(struct ledger *ledger, struct fault *fault);

// Threads. Each ends when its flag says so and nothing is left to do.
void ledger_write(void *ledger);
void ledger_sync(void *ledger);
void ledger_checkpoint(void *ledger);

// ledger_store.c
MUST_USE enum status ledger_store_open(struct ledger *ledger, struct fault *fault);

// Takes a record in.
MUST_USE enum status window_add(struct window *window, const struct journal_record *record,
                                unsigned tables, struct fault *fault);
// Brings the store up to the window and empties it.
MUST_USE enum status window_apply(struct window *window, struct store *store,
                                  struct store_batch *batch, struct fault *fault);
void window_clear(struct window *window);
void window_free(struct window *window);

#endif
