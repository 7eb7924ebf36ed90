// Backfill: a rule over stored fixes, decided by the same code as online, on fences of its own.
#include "fence/fence_private.h"

enum { COLLECTION_NUMBER = 1 };

struct backfill {
    struct fences fences;
    struct ledger_turn turn; // whose effects nobody keeps
    struct fence *fence;
    struct buffer id;   // of the object whose fixes come
    struct buffer last; // its last fix
    struct row row;
    bool has_last;
    int64_t until_us;
};

enum status backfill_new(const struct rule *rule, int64_t until_us, struct memory_account *account,
                         const struct fence_sink *sink, struct backfill **backfill,
                         struct fault *fault)
{
    if (rule->area == RULE_NEAR) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "\"area\": objects near to others have no backfill, as history is read "
                         "object by object");
    }
    struct backfill *const made = memory_take_zeroed(account, 1, sizeof *made);
    struct buffer row SCOPED(buffer_free) = {.account = account};
    struct rule endless = *rule;
    endless.expires_us = 0;
    rule_encode(&endless, &row);
    if (made == NULL || buffer_status(&row) != STATUS_OK) {
        memory_give(made);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a backfill");
    }
    fences_begin(&made->fences, account, sink);
    made->until_us = until_us;
    made->turn.effects.account = account;
    made->id.account = account;
    made->last.account = account;
    const enum status status =
        fence_install(&made->fences, buffer_bytes(&row), 1, &made->fence, fault);
    if (status != STATUS_OK) {
        backfill_free(made);
        return status;
    }
    made->fences.past_collection = made->fence->watch->name;
    made->fences.past_row = &made->row;
    *backfill = made;
    return STATUS_OK;
}

enum status backfill_area(struct backfill *backfill, struct bytes id, struct shape shape)
{
    struct zone *zone;
    return backfill->fence->area != RULE_COLLECTION || shape.bytes.size == 0
               ? STATUS_OK
               : zone_make(&backfill->fences, backfill->fence, id, shape, &zone);
}

static void turn_forget(struct backfill *backfill)
{
    buffer_clear(&backfill->turn.effects);
    buffer_clear(&backfill->fences.undo);
}

// The object's fixes are over.
static void object_end(struct backfill *backfill)
{
    struct fences *const fences = &backfill->fences;
    if (!backfill->has_last) {
        return;
    }
    if (backfill->until_us > backfill->turn.now_us) {
        backfill->turn.now_us = backfill->until_us;
    }
    fence_due(fences, &backfill->turn);
    for (struct zone *zone = backfill->fence->zones; zone != NULL; zone = zone->next) {
        fence_zone_end(fences, &backfill->turn, zone, MEMBER_MOVED, false);
    }
    if (backfill->fence->own.fence != NULL) {
        fence_zone_end(fences, &backfill->turn, &backfill->fence->own, MEMBER_MOVED, false);
    }
    struct subject *const subject =
        subject_find(fences, COLLECTION_NUMBER, buffer_bytes(&backfill->id));
    if (subject != NULL) {
        memory_give(subject->window);
        subject->window = NULL;
        subject_give(fences, subject);
    }
    turn_forget(backfill);
    backfill->has_last = false;
}

enum status backfill_fix(struct backfill *backfill, struct bytes id, const struct row *row)
{
    struct fences *const fences = &backfill->fences;
    const int64_t arrival_us = row->arrival_us != 0 ? row->arrival_us : row->event_us;
    if (!bytes_equal(buffer_bytes(&backfill->id), id)) {
        object_end(backfill);
        buffer_clear(&backfill->id);
        buffer_append_bytes(&backfill->id, id);
        fence_deadline(fences, backfill->fence, arrival_us);
        backfill->turn.now_us = arrival_us;
    }
    if (arrival_us > backfill->turn.now_us) {
        backfill->turn.now_us = arrival_us;
    }
    if (backfill->has_last) {
        fence_due(fences, &backfill->turn);
    }
    struct judged judged = {.turn = &backfill->turn,
                            .collection = fences->past_collection,
                            .id = buffer_bytes(&backfill->id),
                            .number = COLLECTION_NUMBER};
    (void)judged_begin(&judged, row, backfill->turn.now_us);
    fence_subject_fix(fences, backfill->fence->watch, &judged, true,
                      backfill->has_last ? &backfill->row : NULL);
    turn_forget(backfill);
    buffer_clear(&backfill->last);
    row_write(row, &backfill->last);
    TRY(buffer_status(&backfill->last));
    row_open(buffer_bytes(&backfill->last), &backfill->row);
    backfill->has_last = true;
    return buffer_status(&backfill->id);
}

void backfill_end(struct backfill *backfill)
{
    object_end(backfill);
}

void backfill_free(struct backfill *backfill)
{
    if (backfill == NULL) {
        return;
    }
    fences_end(&backfill->fences);
    buffer_free(&backfill->turn.effects);
    buffer_free(&backfill->id);
    buffer_free(&backfill->last);
    memory_give(backfill);
}
