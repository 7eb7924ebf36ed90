#include "fst/fst_private.h"

// The arc with the lowest or the highest label; the node has one.
static uint32_t slot_extreme(const struct node *node, bool is_last)
{
    uint32_t slot = 0;
    if (node->index_span != 0) {
        slot =
            node->index[is_last ? node->index_span - 1 : 0] - 1U; // both ends of an index are arcs
        return slot < node->count ? slot : 0;
    }
    for (uint32_t i = 1; i < node->count; i++) {
        const bool is_lower = node_label(node, i) < node_label(node, slot);
        slot = is_lower != is_last ? i : slot;
    }
    return slot;
}

// Targets lie strictly below their node, so both walks end.
static uint64_t value_extreme(const struct fst *fst, struct fst_cursor cursor, bool is_last)
{
    struct node node;
    for (;;) {
        node_decode(fst, cursor.node, &node);
        if (node.count == 0 || (node.is_final && !is_last)) {
            return cursor.value + node_final_value(&node);
        }
        const struct arc arc = node_arc(&node, slot_extreme(&node, is_last));
        cursor_take(&cursor, &arc);
    }
}

void fst_span(const struct fst *fst, const struct fst_cursor *cursor, uint64_t *first,
              uint64_t *last)
{
    *first = value_extreme(fst, *cursor, false);
    *last = value_extreme(fst, *cursor, true);
}
