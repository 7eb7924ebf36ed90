// Ledger: the one writer of live data, and how it comes back after a crash.
//
//   shard --ledger_submit--> mailbox --> turn: job, job, job … --> journal record --> publish --> answers
//                                        stages add their effects     (one write)    (snapshots)
//
// A turn takes the jobs that wait, runs each, appends one record of all their effects, publishes, and
// answers. A job runs on the ledger's thread with the turn: it reads the working state of the
// modules, decides, changes that state and adds the effects (rows put and deleted) that make the same
// change of the tables. It either does all of it and returns OK, or nothing and returns why not.
// Replay applies effects; it never decides anything.
//
// Acknowledged means: in the kernel's hands (DURABILITY_COMMIT, survives kill -9), or on the disk
// (DURABILITY_SYNC, one fdatasync for all that wait). Room in the journal is reserved before jobs run;
// without it they are refused with NO_SPACE and readers go on.
//
// Behind the writer a checkpointer reads the journal, gathers what changed and brings the store up to
// it; the journal before that is let go. At start each stage loads its tables from the store, then
// replays the journal's tail.
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "base/buffer.h"
#include "base/metric.h"
#include "journal/journal.h"
#include "ledger/effect.h"
#include "ledger/table.h"
#include "shard/mailbox.h"
#include "store/store.h"

enum durability {
    DURABILITY_DEFAULT, // the server's
    DURABILITY_COMMIT,
    DURABILITY_SYNC,
};

struct ledger;

// One turn's record in the making. Lives on the ledger's thread.
struct ledger_turn {
    struct ledger *ledger;
    int64_t now_us;        // wall clock, never less than the turn before
    int64_t monotonic_us;  // for durations
    lsn at;                // of this turn's record
    struct buffer effects; // encoded (ledger/effect.h)
};

void turn_put(struct ledger_turn *turn, enum ledger_table table, struct bytes key,
              struct bytes value);
void turn_delete(struct ledger_turn *turn, enum ledger_table table, struct bytes key);
void turn_delete_prefix(struct ledger_turn *turn, enum ledger_table table, struct bytes prefix);
// The same without copying twice: room for a put whose value is written in place, before anything
// else is added to the turn. NULL when memory is full: the whole turn will then be refused, whatever
// the job returns.
uint8_t *turn_put_in_place(struct ledger_turn *turn, enum ledger_table table, struct bytes key,
                           size_t value_size);

// A module that owns tables. All calls on the ledger's thread (during start: the opener's).
struct ledger_stage {
    const char *name;
    unsigned tables; // bits: 1U << TABLE_…
    // Those of them that are read late only: nothing of them is loaded at start, so that a restart takes
    // no longer for a long history. Effects are replayed all the same.
    unsigned late_tables;
    // Restart: every row of its tables in the store, table by table, in order of key …
    enum status (*load)(void *context, enum ledger_table table, struct bytes key,
                        struct bytes value, struct fault *fault);
    // … then the effects after it, in the order in which they happened. The store may be ahead of
    // them: a put of what is there already and a delete of what is not there are both right.
    enum status (*replay)(void *context, const struct effect *effect, struct fault *fault);
    // Some effects that will be replayed next, in order: a moment to fetch what they touch. NULL: none.
    void (*foresee)(void *context, const struct effect *effects, size_t count);
    // All is there: build what is derived. Stages are called in the order of registration.
    enum status (*loaded)(void *context, struct fault *fault);
    // The next moment (wall clock) at which `due` wants to be called; INT64_MAX: none.
    int64_t (*deadline_us)(void *context);
    void (*due)(void *context, struct ledger_turn *turn);
    // The turn's record is in the journal (or it had none): publish the new snapshot, send messages
    // out. After every turn in which a job or `due` has run.
    void (*publish)(void *context, const struct ledger_turn *turn);
    // The record could not be appended: undo what jobs and `due` did since the last publish.
    void (*undo)(void *context);
    // Rows of these tables that have aged, for the store's compaction; NULL: none.
    bool (*is_expired)(void *context, enum ledger_table table, struct bytes key,
                       struct bytes value);
    void *context;
};

// A write under way. `run` is called on the ledger's thread, which is a reader of generations
// (shard/generation.h) for the length of the turn. The submitter fills the first block and owns the job
// again when it is answered.
struct ledger_job {
    enum status (*run)(struct ledger_job *job, struct ledger_turn *turn, struct fault *fault);
    enum durability durability;
    struct mailbox *home;                     // where the answer is delivered: the shard's mailbox
    void (*answered)(struct ledger_job *job); // on the home's thread

    // Of the run; or of what it was refused for: NO_SPACE, NO_MEMORY, IO (the journal cannot be written
    // any more; until a restart), BUSY (the queue is full).
    enum status status;
    struct fault fault;
    lsn at;                 // of the record; 0 when the job had no effects
    struct message message; // the ledger's
};

// A zero takes the value in brackets.
struct ledger_settings {
    const char *folder;          // the data directory; NULL: all in memory, nothing is kept
    enum durability durability;  // [commit]
    size_t journal_segment_size; // [64 MiB; in memory 4 MiB]
    size_t queue_count;          // jobs waiting at most; more are refused with BUSY [no limit]
    // Bytes of journal the checkpoint may lag behind, which a restart replays; writers wait beyond. [32 MiB]
    uint64_t tail_record_size;
    size_t store_memory_size; // of the store's buffers and cache [16 MiB]
    // How long the journal is kept when the store has it already, to restore a backup to any moment
    // since (rhumb restore --to). [0: let go at once]
    int64_t journal_keep_us;
};

// Registers stages before ledger_open. `settings` and stages are copied, contexts borrowed.
MUST_USE enum status ledger_new(const struct sys *sys, struct memory_account *account,
                                const struct ledger_settings *settings, struct ledger **ledger,
                                struct fault *fault);
// The system it was made with; NULL in tests without one.
const struct sys *ledger_sys(const struct ledger *ledger);
void ledger_stage_add(struct ledger *ledger, const struct ledger_stage *stage);
// Creates or recovers the data directory (locks it), loads all stages.
// Fails: BUSY when another server has the folder, naming its process id; CORRUPT, UNSUPPORTED, IO.
MUST_USE enum status ledger_open(struct ledger *ledger, struct fault *fault);
// Starts the writer, the syncer and the checkpointer. `settings.folder` must outlive the ledger.
MUST_USE enum status ledger_start(struct ledger *ledger, struct fault *fault);
// Runs what waits, brings the store up to it, ends. NULL is accepted.
void ledger_close(struct ledger *ledger);

// Any thread. Answers are delivered in the order in which one thread submitted to it.
void ledger_submit(struct ledger *ledger, struct ledger_job *job);

// Wakes the writer so that it asks the stages' deadlines anew. Any thread.
void ledger_wake(struct ledger *ledger);

// Late reads, on a worker (blocks): waits until the store holds everything up to `at` (0: all that was
// appended before the call), then gives a snapshot of it. Without a folder the store has no rows of
// the tables in TABLES_IN_MEMORY. Fails: CANCELLED when the ledger is closing; what the store says.
MUST_USE enum status ledger_read_begin(struct ledger *ledger, lsn at, struct store **store,
                                       struct store_snapshot **snapshot, struct fault *fault);
void ledger_read_end(struct ledger *ledger, struct store_snapshot *snapshot);

lsn ledger_last(const struct ledger *ledger);

// What the ledger has done since it was opened, for metrics. Any thread.
struct ledger_figures {
    uint64_t jobs, refused_jobs, turns, effects_size; // bytes of effects
    uint64_t waiting;                                 // jobs in the queue
    uint64_t syncs;
    lsn last, stored;   // appended; in the store
    uint64_t tail_size; // bytes of effects the store has not got yet
    uint64_t journal_size;
};
struct ledger_figures ledger_figures(const struct ledger *ledger);

// Consistent copy of store and journal in a new folder, while serving: everything acknowledged before the
// call. Any thread but the ledger's; blocks. Fails: BUSY when the folder holds something; NO_SPACE; IO.
MUST_USE enum status ledger_backup(struct ledger *ledger, const char *folder, struct fault *fault);

#endif
