// Deadlines: dwelling, confirmation, fences that expire and schedules that close.
#include <stddef.h>

#include "fence/fence_private.h"

static void member_due(struct fences *fences, struct ledger_turn *turn, struct member *member)
{
    struct zone *const zone = member->zone;
    struct subject *subject = member->subject;
    struct member_state state = member->state;
    struct member_events events = {0};
    struct row row;
    const struct judged judged = judged_now(fences, turn, subject, &row);
    member_on_time(&zone->fence->member, &state, turn->now_us, &events);
    fence_raise(fences, &events, &(struct raised){.zone = zone, .distance_m = -1});
    fence_emit(fences, &judged, &fences->sink);
    member_settle(fences, &judged, &subject, zone, member, &state);
    subject_give(fences, subject);
}

static void fence_closes(struct fences *fences, struct ledger_turn *turn, struct fence *fence)
{
    int64_t until_us;
    if (!fence_is_open(fence, turn->now_us, &until_us)) {
        for (struct zone *zone = fence->zones; zone != NULL; zone = zone->next) {
            fence_zone_end(fences, turn, zone, MEMBER_SCHEDULE, true);
        }
        if (fence->own.fence != NULL) {
            fence_zone_end(fences, turn, &fence->own, MEMBER_SCHEDULE, true);
        }
    }
    fence_deadline(fences, fence, turn->now_us);
}

void fence_due(struct fences *fences, struct ledger_turn *turn)
{
    for (struct deadline *first;
         (first = deadline_first(&fences->deadlines)) != NULL && first->at_us <= turn->now_us;) {
        switch ((enum deadline_kind)first->kind) {
        case DEADLINE_MEMBER:
            member_due(
                fences, turn,
                (struct member *)(void *)((char *)first - offsetof(struct member, deadline)));
            break;
        case DEADLINE_FENCE: {
            struct fence *const fence =
                (struct fence *)(void *)((char *)first - offsetof(struct fence, deadline));
            if (fence->expires_us != 0 && fence->expires_us <= turn->now_us) {
                fence_end(fences, turn, fence, MEMBER_FENCE_EXPIRED, true);
            } else {
                fence_closes(fences, turn, fence);
            }
            break;
        }
        case DEADLINE_TILE38:
            tile38_due(fences, turn, first);
            break;
        }
    }
}
