// Fences put, deleted, found and listed.
#include "fence/fence_private.h"

static struct bytes fence_row(struct fences *fences, const struct fence *fence)
{
    buffer_clear(&fences->value);
    buffer_append_u32(&fences->value, fence->number);
    buffer_append_bytes(&fences->value, fence->row);
    return buffer_bytes(&fences->value);
}

void fence_end(struct fences *fences, struct ledger_turn *turn, struct fence *fence,
               enum member_reason reason, bool is_announced)
{
    for (struct zone *zone = fence->zones; zone != NULL; zone = zone->next) {
        fence_zone_end(fences, turn, zone, reason, is_announced);
    }
    if (fence->own.fence != NULL) {
        fence_zone_end(fences, turn, &fence->own, reason, is_announced);
    }
    fence_row_delete(fences, turn, TABLE_FENCE, fence->id, fence_row(fences, fence));
    fence_remove(fences, fence);
}

// Whom an edit leaves nothing in common with: all leave before it.
static bool is_other(const struct fence *old, const struct rule *rule)
{
    const bool was_own = old->area == RULE_SHAPE || old->area == RULE_PLACE;
    const bool is_own = rule->area == RULE_SHAPE || rule->area == RULE_PLACE;
    return !bytes_equal(old->watch->name, rule->collection) || was_own != is_own ||
           (!was_own && (old->area != (uint8_t)rule->area ||
                         !bytes_equal(old->area_watch->name, rule->area_collection)));
}

static enum status fence_set(struct fences *fences, struct ledger_turn *turn,
                             const struct rule *rule, bool is_announced, struct fence *old,
                             struct fault *fault)
{
    struct buffer row SCOPED(buffer_free) = {.account = fences->account};
    struct buffer before SCOPED(buffer_free) = {.account = fences->account};
    rule_encode(rule, &row);
    const uint32_t number = old == NULL ? fences->number + 1 : old->number;
    if (old != NULL) {
        buffer_append_bytes(&before, fence_row(fences, old));
    }
    if (buffer_status(&row) != STATUS_OK || buffer_status(&before) != STATUS_OK) {
        return fault_set(fault, STATUS_NO_MEMORY, "the memory of fences is full");
    }
    struct filter *filter = NULL; // tried first, so that nothing has to be taken back
    if (rule->filter.size != 0) {
        const enum status status =
            filter_compile(FILTER_CQL2, rule->filter, fences->account, &filter, fault);
        filter_free(filter);
        if (status != STATUS_OK) {
            return fault_prefix(fault, status, "\"filter\"");
        }
    }
    if (old != NULL && is_other(old, rule)) {
        for (struct zone *zone = old->zones; zone != NULL; zone = zone->next) {
            fence_zone_end(fences, turn, zone, MEMBER_FENCE_CHANGED, is_announced);
        }
        if (old->own.fence != NULL) {
            fence_zone_end(fences, turn, &old->own, MEMBER_FENCE_CHANGED, is_announced);
        }
    }
    struct fence *fence;
    TRY(fence_install(fences, buffer_bytes(&row), number, &fence, fault));
    fences->number = number > fences->number ? number : fences->number;
    if (fence->area == RULE_COLLECTION && fence->zones == NULL) {
        const enum status status = fence_zones_make(fences, fence);
        if (status != STATUS_OK) {
            fence_remove(fences, fence);
            return fault_set(fault, status, "the memory of fences is full");
        }
    }
    fence_row_put(fences, turn, TABLE_FENCE, fence->id, fence_row(fences, fence),
                  buffer_bytes(&before));
    fence_deadline(fences, fence, turn->now_us);
    for (struct zone *zone = fence->zones, *next; zone != NULL; zone = next) {
        next = zone->next;
        fence_zone_begin(fences, turn, zone, is_announced);
    }
    if (fence->own.fence != NULL) {
        fence_zone_begin(fences, turn, &fence->own, is_announced);
    }
    return STATUS_OK;
}

enum status fence_put(struct fences *fences, struct ledger_turn *turn, const struct rule *rule,
                      bool is_announced, bool *is_new, struct fault *fault)
{
    struct rule resolved = *rule;
    struct buffer shape SCOPED(buffer_free) = {.account = fences->account};
    TRY(fences_place_find(fences, &resolved, &shape, fault));
    if (rule->expires_us != 0 && rule->expires_us <= turn->now_us) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "\"expires\" has passed already");
    }
    struct fence *const old = names_find(&fences->names, rule->id);
    TRY(fence_set(fences, turn, &resolved, is_announced, old, fault));
    *is_new = old == NULL;
    return STATUS_OK;
}

enum status fence_delete(struct fences *fences, struct ledger_turn *turn, struct bytes id)
{
    struct fence *const fence = names_find(&fences->names, id);
    if (fence == NULL) {
        return STATUS_NOT_FOUND;
    }
    fence_end(fences, turn, fence, MEMBER_FENCE_REMOVED, true);
    return STATUS_OK;
}

bool fence_find(const struct fences *fences, struct bytes id, struct rule *rule)
{
    const struct fence *const fence = names_find(&fences->names, id);
    if (fence != NULL) {
        fence_rule(fence, rule);
    }
    return fence != NULL;
}

void fence_list(const struct fences *fences, struct bytes after, struct bytes tag, fence_each *each,
                void *context)
{
    for (const struct names_node *node = names_from(&fences->names, after); node != NULL;
         node = node->next[0]) {
        struct rule rule;
        if (after.size != 0 && bytes_equal(node->name, after)) {
            continue;
        }
        fence_rule(node->thing, &rule);
        if ((tag.size == 0 || rule_list_holds(rule.tags, tag)) && !each(context, &rule)) {
            return;
        }
    }
}

static bool zone_members(const struct zone *zone, fence_each_member *each, void *context)
{
    for (const struct member *member = zone->members; member != NULL; member = member->zone_next) {
        if (member->state.is_inside &&
            !each(context, subject_id(member->subject), member->state.changes_us[0])) {
            return false;
        }
    }
    return true;
}

enum status fence_members(const struct fences *fences, struct bytes id, fence_each_member *each,
                          void *context)
{
    const struct fence *const fence = names_find(&fences->names, id);
    if (fence == NULL) {
        return STATUS_NOT_FOUND;
    }
    bool goes_on = fence->own.fence == NULL || zone_members(&fence->own, each, context);
    for (const struct zone *zone = fence->zones; goes_on && zone != NULL; zone = zone->next) {
        goes_on = zone_members(zone, each, context);
    }
    return STATUS_OK;
}
