// Order: a sorted set of 32-bit items as a copy-on-write B+tree, in the blocks of a slab.
//
// What an item means and how items compare is the owner's: entries by id, strings by value, names.
// The tree is a value of three words: copying it is taking a snapshot, good as long as the slab keeps
// what the writer retires. Nodes made in the slab's present turn are changed in place, others are
// copied first. A node is 256 bytes, a leaf holds 62 items; 4 to 6 bytes an item.
//
//     writer    order_insert, order_remove, order_replace: slab_reserve(ORDER_NODE_SIZE,
//               ORDER_RESERVE) before each
//     readers   order_seek and order_step on any snapshot; any thread
#ifndef INDEX_ORDER_H
#define INDEX_ORDER_H

#include <stdbool.h>

#include "index/slab.h"

enum {
    ORDER_NODE_SIZE = 256,
    ORDER_LEVELS_MAX = 12,
    ORDER_LEAF_ITEMS = (ORDER_NODE_SIZE - 8) / 4,
    ORDER_RESERVE = 2 * ORDER_LEVELS_MAX + 2, // nodes one change may take
};

struct order {
    slab_handle root; // 0: empty
    uint32_t level;   // of the root; 0: a leaf
    uint64_t count;
};

// How a key stands to an item: negative, zero, positive. The key's form is the owner's.
typedef int order_compare(const void *context, const void *key, uint32_t item);

struct order_rule {
    order_compare *compare;
    const void *context;
};

// Inserts the item that `key` describes; no equal one is there.
void order_insert(struct slab *slab, struct order *order, const struct order_rule *rule,
                  const void *key, uint32_t item);
// False when nothing equals the key.
bool order_remove(struct slab *slab, struct order *order, const struct order_rule *rule,
                  const void *key);
// Puts another item of an equal key in the place of the one there; false when there is none.
bool order_replace(struct slab *slab, struct order *order, const struct order_rule *rule,
                   const void *key, uint32_t item);
// Adds behind all others, without comparing: building from sorted input.
void order_append(struct slab *slab, struct order *order, uint32_t item);
// Takes the first leaf out of a tree that nobody else holds (no snapshot of it is left): its items,
// and how many there are. Nodes are changed in place.
uint32_t order_take_leaf(struct slab *slab, struct order *order, uint32_t items[ORDER_LEAF_ITEMS]);
// Retires all nodes.
void order_clear(struct slab *slab, struct order *order);

// A place in a snapshot: between items.
struct order_cursor {
    const struct slab *slab;
    struct order order;
    struct {
        slab_handle node;
        uint32_t at;
    } path[ORDER_LEVELS_MAX]; // by level
    bool is_over;
};
// Before the first item that is not below the key; `key` NULL: before the first of all.
void order_seek(const struct slab *slab, struct order order, const struct order_rule *rule,
                const void *key, struct order_cursor *cursor);
// Behind the last item that is not above the key; `key` NULL: behind the last of all.
void order_seek_last(const struct slab *slab, struct order order, const struct order_rule *rule,
                     const void *key, struct order_cursor *cursor);
// The item after, or before, the place, which is then passed; false at the end.
bool order_step(struct order_cursor *cursor, uint32_t *item);
bool order_step_back(struct order_cursor *cursor, uint32_t *item);
// The item that equals the key; 0 when there is none.
uint32_t order_find(const struct slab *slab, struct order order, const struct order_rule *rule,
                    const void *key);

#endif
