#include "fst/fst.h"
#include "fst/fst_best.h"

// The key being followed. Candidates made on the way borrow it: it becomes the answer's key.
struct trail {
    uint8_t *bytes;
    uint32_t size;
    uint32_t capacity;
    uint64_t order;
};

static uint64_t order_with(uint64_t order, uint32_t size, uint8_t label)
{
    return size < 8 ? order | (uint64_t)label << (56 - 8 * size) : order;
}

static uint64_t order_of(struct bytes key)
{
    uint64_t order = 0;
    for (uint32_t i = 0; i < 8 && i < key.size; i++) {
        order = order_with(order, i, key.data[i]);
    }
    return order;
}

// Whether the path of `left` comes before that of `right`, of equal weights and orders.
static bool path_precedes(const struct best_candidate *left, const struct best_candidate *right)
{
    const uint32_t left_size = left->prefix_size + (left->kind == BEST_ARC);
    const uint32_t right_size = right->prefix_size + (right->kind == BEST_ARC);
    for (uint32_t i = 0; i < left_size && i < right_size; i++) {
        const uint8_t left_byte = i < left->prefix_size ? left->prefix[i] : left->label;
        const uint8_t right_byte = i < right->prefix_size ? right->prefix[i] : right->label;
        if (left_byte != right_byte) {
            return left_byte < right_byte;
        }
    }
    return left_size < right_size;
}

static bool precedes(const struct best_candidate *left, const struct best_candidate *right)
{
    if (left->weight != right->weight) {
        return left->weight > right->weight;
    }
    return left->order != right->order ? left->order < right->order : path_precedes(left, right);
}

static bool candidate_add(struct best_search *search, const struct best_candidate *candidate)
{
    struct best_candidate *const all = search->candidates;
    size_t place = search->count;
    if (search->count < search->wanted) {
        search->count++;
        for (; place != 0 && precedes(&all[place - 1], candidate); place--) {
            all[place] = all[place - 1];
        }
    } else {
        if (search->wanted == 0 || !precedes(candidate, &all[0])) {
            return false;
        }
        place = 0; // the worst makes room
        for (; place + 1 < search->count && precedes(candidate, &all[place + 1]); place++) {
            all[place] = all[place + 1];
        }
    }
    all[place] = *candidate;
    return true;
}

enum status best_begin(struct best_search *search, const struct fst *fst, size_t limit,
                       struct arena *arena)
{
    *search = (struct best_search){.fst = fst, .arena = arena, .wanted = limit};
    search->candidates = ARENA_NEW(arena, struct best_candidate, limit);
    return search->candidates == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

bool best_add(struct best_search *search, const struct fst_cursor *cursor, struct bytes prefix)
{
    return candidate_add(search, &(struct best_candidate){
                                     .weight = cursor->weight,
                                     .kind = BEST_NODE,
                                     .order = order_of(prefix),
                                     .prefix = prefix.data,
                                     .prefix_size = (uint32_t)prefix.size,
                                     .cursor = *cursor,
                                 });
}

// Makes the arc in `slot`, if there is one, a candidate after the first `size` bytes of `prefix`.
static void add_arc(struct best_search *search, const struct fst_cursor *cursor,
                    const struct node *node, uint32_t slot, const struct trail *prefix)
{
    if (slot >= node->count) {
        return;
    }
    const uint32_t weight = cursor->weight - node_arc(node, slot).weight;
    if (!best_may_add(search, weight)) {
        return;
    }
    const uint8_t label = node_label(node, slot);
    (void)candidate_add(search, &(struct best_candidate){
                                    .weight = weight,
                                    .slot = (uint16_t)slot,
                                    .kind = BEST_ARC,
                                    .label = label,
                                    .order = order_with(prefix->order, prefix->size, label),
                                    .prefix = prefix->bytes,
                                    .prefix_size = prefix->size,
                                    .cursor = *cursor,
                                });
}

static bool trail_take(struct trail *trail, struct fst_cursor *cursor, const struct node *node,
                       uint32_t slot)
{
    if (trail->size == trail->capacity || slot >= node->count) {
        return false;
    }
    const uint8_t label = node_label(node, slot);
    const struct arc arc = node_arc(node, slot);
    trail->order = order_with(trail->order, trail->size, label);
    trail->bytes[trail->size++] = label;
    cursor_take(cursor, &arc);
    return true;
}

// Goes down the best arcs to the best key below `cursor`. False in a damaged map.
static bool follow(struct best_search *search, struct fst_cursor *cursor, struct trail *trail,
                   struct fst_match *match)
{
    for (;;) {
        struct node node;
        node_decode(search->fst, cursor->node, &node);
        if (node.is_final) {
            const uint32_t weight = node_final_weight(&node);
            if (weight == 0) {
                match->value = cursor->value + node_final_value(&node);
                match->weight = cursor->weight;
                add_arc(search, cursor, &node, 0, trail);
                return true;
            }
            (void)candidate_add(search, &(struct best_candidate){
                                            .weight = cursor->weight - weight,
                                            .kind = BEST_KEY,
                                            .order = trail->order,
                                            .prefix = trail->bytes,
                                            .prefix_size = trail->size,
                                            .cursor = *cursor,
                                        });
        }
        add_arc(search, cursor, &node, 1, trail);
        if (!trail_take(trail, cursor, &node, 0)) {
            return false;
        }
    }
}

// From the candidate to its best key.
static bool candidate_follow(struct best_search *search, const struct best_candidate *candidate,
                             struct trail *trail, struct fst_match *match)
{
    struct fst_cursor cursor = candidate->cursor;
    if (candidate->kind == BEST_KEY) {
        match->weight = candidate->weight;
        return fst_is_final(search->fst, &cursor, &match->value, NULL);
    }
    if (candidate->kind == BEST_ARC) {
        struct node node;
        node_decode(search->fst, cursor.node, &node);
        add_arc(search, &cursor, &node, candidate->slot + 1U, trail);
        if (!trail_take(trail, &cursor, &node, candidate->slot)) {
            return false;
        }
    }
    return follow(search, &cursor, trail, match);
}

enum status best_next(struct best_search *search, struct fst_match *match)
{
    if (search->count == 0) {
        return STATUS_NOT_FOUND;
    }
    const struct best_candidate candidate = search->candidates[--search->count];
    search->wanted--;
    const uint32_t capacity =
        search->fst->key_size_max < FST_KEY_SIZE_MAX ? search->fst->key_size_max : FST_KEY_SIZE_MAX;
    struct trail trail = {.capacity = capacity};
    trail.bytes = ARENA_NEW(search->arena, uint8_t, capacity == 0 ? 1 : capacity);
    if (trail.bytes == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (; trail.size < candidate.prefix_size && trail.size < capacity; trail.size++) {
        trail.bytes[trail.size] = candidate.prefix[trail.size];
        trail.order = order_with(trail.order, trail.size, candidate.prefix[trail.size]);
    }
    struct fst_match found = {0};
    if (!candidate_follow(search, &candidate, &trail, &found)) {
        search->count = 0; // a path without a key at its end: the map is damaged
        return STATUS_NOT_FOUND;
    }
    found.key = (struct bytes){.data = trail.bytes, .size = trail.size};
    search->arena->used_size -= capacity - trail.size; // nothing was taken since
    *match = found;
    return STATUS_OK;
}

enum status fst_top(const struct fst *fst, const struct fst_cursor *cursor, size_t limit,
                    struct arena *arena, struct fst_matches *matches)
{
    limit = limit < FST_TOP_MAX ? limit : FST_TOP_MAX;
    struct fst_matches found = {.items = ARENA_NEW(arena, struct fst_match, limit)};
    if (found.items == NULL) {
        return STATUS_NO_MEMORY;
    }
    struct best_search search;
    TRY(best_begin(&search, fst, limit, arena));
    enum status status =
        best_add(&search, cursor, (struct bytes){0}) ? STATUS_OK : STATUS_NOT_FOUND;
    while (status == STATUS_OK) {
        status = best_next(&search, &found.items[found.count]);
        found.count += status == STATUS_OK;
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    *matches = found;
    return STATUS_OK;
}
