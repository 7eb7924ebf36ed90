// What the files of the fences' routes share.
#ifndef COMMAND_FENCE_PRIVATE_H
#define COMMAND_FENCE_PRIVATE_H

#include "command/live_private.h"
#include "fence/fence.h"

enum { FENCES_TAG, FENCES_FORMAT, FENCES_LIMIT, FENCES_CURSOR };
enum { FENCE_ID };
enum { MEMBERS_ID, MEMBERS_LIMIT };
enum { TRY_COLLECTION };
enum { BACKFILL_ID, BACKFILL_FROM, BACKFILL_UNTIL, BACKFILL_LIMIT };
enum { DRAFT_FROM, DRAFT_UNTIL, DRAFT_LIMIT };

void fence_list_run(struct call *call);
void fence_load_run(struct call *call);
void fence_get_run(struct call *call);
void fence_put_run(struct call *call);
void fence_delete_run(struct call *call);
void fence_members_run(struct call *call);
void fence_try_run(struct call *call);
void fence_backfill_run(struct call *call);
void fence_draft_run(struct call *call);

// Events as the items of an array, until there are `limit`.
struct fence_events {
    struct json_writer json;
    size_t count, limit;
    bool has_more;
};
void fence_events_emit(void *context, struct ledger_turn *turn, struct event *event);

// Of a rule whose area is a place of the atlas: its shape, in `space`. On the shard, in `run`.
MUST_USE enum status fence_place_find(struct call *call, struct rule *rule, struct buffer *space,
                                      struct fault *fault);

enum status fence_missing(struct bytes id, struct fault *fault);
void fence_answer_ok(struct call *call);

#endif
