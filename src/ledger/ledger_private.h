// What the ledger's files share. Included by ledger*.c only.
#ifndef LEDGER_LEDGER_PRIVATE_H
#define LEDGER_LEDGER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

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

struct ledger {
    const struct sys *sys;
    struct memory_account *account;
    struct ledger_settings settings;
    struct ledger_stage stages[LEDGER_STAGES_MAX];
    size_t stage_count;

    // The writer's.
    struct mailbox mailbox;
    struct bell bell;
    struct thread writer;
    struct ledger_turn turn;
    struct message *answers; // of this turn, in order
    struct message **answers_end;
    atomic_bool is_closing;

    // Figures: written by the writer, read by anybody.
    _Atomic lsn last;
    _Atomic uint64_t waiting, job_count, refused_count, turn_count, effects_size;
};

// ledger_writer.c: runs turns until the ledger is closing and its mailbox is empty.
void ledger_write(void *ledger);

#endif
