// What the courier's files share.
#ifndef DELIVER_COURIER_PRIVATE_H
#define DELIVER_COURIER_PRIVATE_H

#include "deliver/backoff.h"
#include "deliver/carrier.h"
#include "deliver/deliver_private.h"
#include "deliver/late.h"

// Positions held of one hook; of a longer backlog the rest is read from the store.
enum {
    BACKLOG_LIMIT = 16384,
    BACKLOG_LIMIT_MEMORY = 1 << 24,
    READ_COUNT = 8192,
    BROKERS_MAX = 256
};

// A hook as the courier sees it.
struct outlet {
    struct courier *courier;
    struct hook *hook;              // held
    struct hook_settings *settings; // held
    enum hook_state state;
    bool is_gone;
    struct backlog *backlog;
    // Deliveries with this sequence and higher are in the store only; 0: all are in the backlog.
    uint64_t overflow_from;
    uint64_t newest, asked_newest; // the last the ledger told of; when the read was begun
    uint64_t redrive_from;         // 0: not redriving
    bool is_reading;
    bool is_counted; // the first read has said how many there are
    struct late_positions read;
    size_t parcel_count;   // under way
    unsigned streak;       // failures since the last success
    int64_t wait_until_us; // for the whole hook
    int64_t rate_us;       // when the next may go by its rate
    int64_t oldest_at_us;  // when oldest_us was computed
    int64_t due_us;        // in the heap
    uint32_t heap_at;      // UINT32_MAX: not in it
    bool is_dirty;
    struct outlet *next_dirty;
    struct outlet *next, *previous; // all of them
};

// What is told to the ledger in one job.
enum outcome_kind { OUTCOME_GONE, OUTCOME_FAILED, OUTCOME_DEAD, OUTCOME_REDRIVEN, OUTCOME_DISABLE };

struct outcome {
    enum outcome_kind kind;
    struct hook *hook; // held
    struct delivery delivery;
    uint16_t http_status;
    uint32_t reason_offset;
};

struct outcome_job {
    struct ledger_job job;
    struct courier *courier;
    struct outcome *outcomes;
    size_t count, capacity;
    struct buffer reasons; // C strings
    bool is_flying;
    int64_t again_us; // when it was refused; 0: not
};

struct courier {
    struct deliver *deliver;
    struct carrier_context carriers;
    struct post post;
    struct thread thread;
    struct message stop;
    int64_t now_us;
    struct outlet *outlets, *dirty;
    struct outlet **heap;
    size_t heap_count, heap_capacity;
    struct to_http *http;
    struct broker *brokers[BROKERS_MAX];
    size_t broker_count;
    struct outcome_job jobs[2]; // one is filled while the other is under way
    unsigned filling;
    size_t parcel_count, read_count; // under way, of all outlets
    bool is_memory;                  // nothing is kept: there is nothing to read late
    bool is_stopping, is_stopped;
    struct delivery taken[HOOK_BATCH_MAX];
};

// courier.c
void outlet_touch(struct outlet *outlet); // look at it before waiting again
void outlet_pump(struct outlet *outlet);  // courier_outlet.c
struct outlet *outlet_new(struct courier *courier, struct hook *hook,
                          struct hook_settings *settings, enum hook_state state);
void outlet_free(struct outlet *outlet); // nothing of it is under way
void outlet_schedule(struct outlet *outlet, int64_t due_us);

// courier_parcel.c: puts `count` deliveries on their way; false: no memory, they are back in the backlog.
bool parcel_begin(struct outlet *outlet, const struct delivery *taken, size_t count);

// courier_outcome.c
void outcome_add(struct courier *courier, enum outcome_kind kind, struct hook *hook,
                 const struct delivery *delivery, unsigned http_status, const char *reason);
void outcomes_submit(struct courier *courier);
bool outcomes_are_out(const struct courier *courier); // nothing waits or is under way
void outcomes_free(struct courier *courier);

#endif
