#include <string.h>

#include "deliver/courier_private.h"

enum { AGAIN_US = 1000000 };

// On the ledger's thread. ----------------------------------------------------------------------------

static void write_dead_letter(const struct outcome *outcome, const char *reason,
                              struct ledger_turn *turn, struct bytes key)
{
    const size_t reason_size = strlen(reason);
    uint8_t value[ROW_DELIVERY_SIZE + 10 + REASON_SIZE];
    row_delivery_write(&outcome->delivery, value);
    for (unsigned i = 0; i < 8; i++) {
        value[ROW_DELIVERY_SIZE + i] = (uint8_t)((uint64_t)turn->now_us >> (8 * i));
    }
    value[ROW_DELIVERY_SIZE + 8] = (uint8_t)outcome->http_status;
    value[ROW_DELIVERY_SIZE + 9] = (uint8_t)(outcome->http_status >> 8);
    memcpy(value + ROW_DELIVERY_SIZE + 10, reason, reason_size);
    turn_put(turn, TABLE_DEAD_LETTER, key,
             (struct bytes){.data = value, .size = ROW_DELIVERY_SIZE + 10 + reason_size});
}

static void write_outcome(struct deliver *deliver, struct ledger_turn *turn,
                          const struct outcome *outcome, const char *reason)
{
    uint8_t key_data[ROW_KEY_SIZE];
    uint8_t value[ROW_DELIVERY_SIZE];
    const struct bytes key = {.data = key_data, .size = sizeof(key_data)};
    row_key_write(outcome->hook->number, outcome->delivery.sequence, key_data);
    row_delivery_write(&outcome->delivery, value);
    switch (outcome->kind) {
    case OUTCOME_GONE:
        turn_delete(turn, TABLE_DELIVERY, key);
        break;
    case OUTCOME_REDRIVEN:
        turn_delete(turn, TABLE_DEAD_LETTER, key);
        turn_put(turn, TABLE_DELIVERY, key, (struct bytes){.data = value, .size = sizeof(value)});
        break;
    case OUTCOME_FAILED:
        turn_put(turn, TABLE_DELIVERY, key, (struct bytes){.data = value, .size = sizeof(value)});
        break;
    case OUTCOME_DEAD:
        turn_delete(turn, TABLE_DELIVERY, key);
        write_dead_letter(outcome, reason, turn, key);
        break;
    case OUTCOME_DISABLE:
        hook_disable(deliver, turn, outcome->hook, reason);
        break;
    }
}

static enum status run(struct ledger_job *job, struct ledger_turn *turn, struct fault *fault)
{
    struct outcome_job *const own =
        (struct outcome_job *)(void *)((char *)job - offsetof(struct outcome_job, job));
    (void)fault;
    for (size_t i = 0; i < own->count; i++) {
        // Rows of a hook that is gone went with it.
        if (own->outcomes[i].hook->is_there) {
            write_outcome(own->courier->deliver, turn, &own->outcomes[i],
                          (const char *)own->reasons.data + own->outcomes[i].reason_offset);
        }
    }
    return STATUS_OK;
}

// On the courier's thread. ---------------------------------------------------------------------------

static void clear(struct outcome_job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        hook_release(job->outcomes[i].hook);
    }
    job->count = 0;
    buffer_clear(&job->reasons);
}

static void on_answered(struct ledger_job *job)
{
    struct outcome_job *const own =
        (struct outcome_job *)(void *)((char *)job - offsetof(struct outcome_job, job));
    own->is_flying = false;
    if (job->status == STATUS_OK || own->courier->is_stopping) {
        own->again_us = 0;
        clear(own); // while stopping: what is not written is sent again after the next start
    } else {
        own->again_us = own->courier->now_us + AGAIN_US;
    }
}

static void submit(struct outcome_job *own)
{
    own->again_us = 0;
    own->is_flying = true;
    own->job.run = run;
    own->job.durability = DURABILITY_COMMIT;
    own->job.home = &own->courier->post.mailbox;
    own->job.answered = on_answered;
    ledger_submit(own->courier->deliver->ledger, &own->job);
}

void outcomes_submit(struct courier *courier)
{
    struct outcome_job *const other = &courier->jobs[1 - courier->filling];
    if (other->is_flying) {
        return;
    }
    if (other->count != 0) { // it was refused: outcomes keep their order
        if (courier->is_stopping || other->again_us <= courier->now_us) {
            submit(other);
        }
        return;
    }
    struct outcome_job *const filled = &courier->jobs[courier->filling];
    if (filled->count != 0) {
        courier->filling = 1 - courier->filling;
        submit(filled);
    }
}

bool outcomes_are_out(const struct courier *courier)
{
    return courier->jobs[0].count == 0 && courier->jobs[1].count == 0;
}

void outcome_add(struct courier *courier, enum outcome_kind kind, struct hook *hook,
                 const struct delivery *delivery, unsigned http_status, const char *reason)
{
    struct outcome_job *const job = &courier->jobs[courier->filling];
    // The first byte of the reasons is the empty one.
    if (job->reasons.size == 0) {
        buffer_append_u8(&job->reasons, 0);
    }
    const size_t offset = reason[0] == '\0' ? 0 : job->reasons.size;
    if (offset != 0) {
        buffer_append(&job->reasons, reason, strlen(reason) + 1);
    }
    if (job->reasons.failed ||
        !memory_grow(courier->deliver->account, &job->outcomes, &job->capacity, job->count + 1,
                     sizeof(*job->outcomes))) {
        job->reasons.failed = false;
        return; // its row stays: sent again after the next start
    }
    job->outcomes[job->count++] = (struct outcome){.kind = kind,
                                                   .hook = hook_hold(hook),
                                                   .delivery = *delivery,
                                                   .http_status = (uint16_t)http_status,
                                                   .reason_offset = (uint32_t)offset};
}

void outcomes_free(struct courier *courier)
{
    for (size_t i = 0; i < COUNT_OF(courier->jobs); i++) {
        clear(&courier->jobs[i]);
        memory_give(courier->jobs[i].outcomes);
        buffer_free(&courier->jobs[i].reasons);
    }
}
