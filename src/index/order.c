#include "index/order.h"

#include <assert.h>
#include <string.h>

enum {
    LEAF_ITEMS = ORDER_LEAF_ITEMS,
    INNER_ITEMS = LEAF_ITEMS / 2,
};

struct order_node {
    uint32_t turn; // of the slab, when it was made
    uint16_t count;
    uint16_t level;
    union {
        uint32_t items[LEAF_ITEMS];
        struct {
            uint32_t least[INNER_ITEMS]; // the first item below the child
            slab_handle children[INNER_ITEMS];
        };
    };
};
_Static_assert(sizeof(struct order_node) == ORDER_NODE_SIZE, "a node fills its block");

struct change {
    struct slab *slab;
    const struct order_rule *rule; // NULL: the key lies behind everything
    const void *key;
    uint32_t item;
};

static struct order_node *node_at(const struct slab *slab, slab_handle handle)
{
    return slab_at(slab, handle);
}

static slab_handle node_new(struct slab *slab, uint16_t level, struct order_node **node)
{
    const slab_handle handle = slab_take(slab, ORDER_NODE_SIZE);
    assert(handle != 0); // reserved
    *node = node_at(slab, handle);
    (*node)->turn = slab->turn;
    (*node)->count = 0;
    (*node)->level = level;
    return handle;
}

// The node as one that may be changed: itself, or a copy that replaces it.
static slab_handle node_own(struct slab *slab, slab_handle handle, struct order_node **node)
{
    struct order_node *const found = node_at(slab, handle);
    if (found->turn == slab->turn) {
        *node = found;
        return handle;
    }
    const slab_handle copy = node_new(slab, found->level, node);
    memcpy(*node, found, sizeof(*found));
    (*node)->turn = slab->turn;
    slab_retire(slab, handle);
    return copy;
}

// How many of the node's first keys are below the key (or equal, if so wanted).
static uint32_t below(const struct order_rule *rule, const uint32_t *items, uint32_t count,
                      const void *key, bool with_equal)
{
    uint32_t low = 0;
    for (uint32_t high = count; low < high;) {
        const uint32_t middle = (low + high) / 2;
        const int order = rule->compare(rule->context, key, items[middle]);
        if (order > 0 || (order == 0 && with_equal)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// The child that would hold the key.
static uint32_t child_of(const struct order_rule *rule, const struct order_node *node,
                         const void *key)
{
    if (rule == NULL) {
        return node->count - 1U;
    }
    const uint32_t count = below(rule, node->least, node->count, key, true);
    return count == 0 ? 0 : count - 1;
}

static uint32_t least_of(const struct order_node *node)
{
    return node->level == 0 ? node->items[0] : node->least[0];
}

static void insert_word(uint32_t *words, uint32_t count, uint32_t at, uint32_t word)
{
    memmove(words + at + 1, words + at, (count - at) * sizeof(*words));
    words[at] = word;
}

static void remove_word(uint32_t *words, uint32_t count, uint32_t at)
{
    memmove(words + at, words + at + 1, (count - at - 1) * sizeof(*words));
}

// Puts an item (of a leaf) or a child into a node, which splits when it is full: `sibling` then is
// the new node behind it. At its end a node is left full, so that rising keys fill all nodes.
static void node_put(struct slab *slab, struct order_node *node, uint32_t at, uint32_t item,
                     slab_handle child, slab_handle *sibling)
{
    *sibling = 0;
    struct order_node *to = node;
    if (node->count == (node->level == 0 ? LEAF_ITEMS : INNER_ITEMS)) {
        const uint32_t kept = at == node->count ? node->count : node->count / 2U;
        const uint32_t moved = node->count - kept;
        struct order_node *next;
        *sibling = node_new(slab, node->level, &next);
        if (node->level == 0) {
            memcpy(next->items, node->items + kept, moved * sizeof(uint32_t));
        } else {
            memcpy(next->least, node->least + kept, moved * sizeof(uint32_t));
            memcpy(next->children, node->children + kept, moved * sizeof(uint32_t));
        }
        next->count = (uint16_t)moved;
        node->count = (uint16_t)kept;
        if (at > kept || moved == 0) {
            to = next;
            at -= kept;
        }
    }
    if (to->level == 0) {
        insert_word(to->items, to->count, at, item);
    } else {
        insert_word(to->least, to->count, at, item);
        insert_word(to->children, to->count, at, child);
    }
    to->count++;
}

static slab_handle insert_below(const struct change *change, slab_handle handle,
                                slab_handle *sibling)
{
    struct order_node *node;
    const slab_handle own = node_own(change->slab, handle, &node);
    if (node->level == 0) {
        const uint32_t at = change->rule == NULL
                                ? node->count
                                : below(change->rule, node->items, node->count, change->key, false);
        node_put(change->slab, node, at, change->item, 0, sibling);
        return own;
    }
    const uint32_t at = child_of(change->rule, node, change->key);
    slab_handle beside;
    node->children[at] = insert_below(change, node->children[at], &beside);
    node->least[at] = least_of(node_at(change->slab, node->children[at]));
    *sibling = 0;
    if (beside != 0) {
        node_put(change->slab, node, at + 1, least_of(node_at(change->slab, beside)), beside,
                 sibling);
    }
    return own;
}

static void insert(struct order *order, const struct change *change)
{
    struct order_node *node;
    if (order->root == 0) {
        order->root = node_new(change->slab, 0, &node);
        order->level = 0;
    }
    slab_handle sibling;
    order->root = insert_below(change, order->root, &sibling);
    if (sibling != 0) {
        const slab_handle first = order->root;
        order->root = node_new(change->slab, (uint16_t)++order->level, &node);
        assert(order->level < ORDER_LEVELS_MAX); // 15^12 items are more than handles
        node->count = 2;
        node->children[0] = first;
        node->children[1] = sibling;
        node->least[0] = least_of(node_at(change->slab, first));
        node->least[1] = least_of(node_at(change->slab, sibling));
    }
    order->count++;
}

void order_insert(struct slab *slab, struct order *order, const struct order_rule *rule,
                  const void *key, uint32_t item)
{
    insert(order, &(struct change){.slab = slab, .rule = rule, .key = key, .item = item});
}

void order_append(struct slab *slab, struct order *order, uint32_t item)
{
    insert(order, &(struct change){.slab = slab, .item = item});
}

// Moves all of the child behind `at` into the one at `at` when there is room.
static void merge(struct slab *slab, struct order_node *node, uint32_t at)
{
    if (at + 1U >= node->count) {
        return;
    }
    const struct order_node *const behind = node_at(slab, node->children[at + 1]);
    const uint32_t room = behind->level == 0 ? LEAF_ITEMS : INNER_ITEMS;
    if (node_at(slab, node->children[at])->count + (uint32_t)behind->count > room) {
        return;
    }
    struct order_node *into;
    node->children[at] = node_own(slab, node->children[at], &into);
    if (into->level == 0) {
        memcpy(into->items + into->count, behind->items, behind->count * sizeof(uint32_t));
    } else {
        memcpy(into->least + into->count, behind->least, behind->count * sizeof(uint32_t));
        memcpy(into->children + into->count, behind->children, behind->count * sizeof(uint32_t));
    }
    into->count = (uint16_t)(into->count + behind->count);
    slab_retire(slab, node->children[at + 1]);
    remove_word(node->least, node->count, at + 1);
    remove_word(node->children, node->count, at + 1);
    node->count--;
}

// 0 when the node is empty afterwards (it is retired then).
static slab_handle remove_below(const struct change *change, slab_handle handle, uint32_t level)
{
    struct order_node *node;
    slab_handle own = node_own(change->slab, handle, &node);
    if (level == 0) {
        const uint32_t at = below(change->rule, node->items, node->count, change->key, false);
        remove_word(node->items, node->count, at);
        node->count--;
    } else {
        const uint32_t at = child_of(change->rule, node, change->key);
        const slab_handle child = remove_below(change, node->children[at], level - 1);
        node->children[at] = child;
        if (child == 0) {
            remove_word(node->least, node->count, at);
            remove_word(node->children, node->count, at);
            node->count--;
        } else {
            const struct order_node *const below_it = node_at(change->slab, child);
            node->least[at] = least_of(below_it);
            if (below_it->count < (level == 1 ? LEAF_ITEMS : INNER_ITEMS) / 3) {
                merge(change->slab, node, at == 0 ? 0 : at - 1);
            }
        }
    }
    if (node->count == 0) {
        slab_retire(change->slab, own);
        own = 0;
    }
    return own;
}

// Where the key's item is; NULL when it is not there.
static const uint32_t *find(const struct slab *slab, const struct order *order,
                            const struct order_rule *rule, const void *key)
{
    if (order->root == 0) {
        return NULL;
    }
    const struct order_node *node = node_at(slab, order->root);
    while (node->level > 0) {
        node = node_at(slab, node->children[child_of(rule, node, key)]);
    }
    const uint32_t at = below(rule, node->items, node->count, key, false);
    return at < node->count && rule->compare(rule->context, key, node->items[at]) == 0
               ? &node->items[at]
               : NULL;
}

uint32_t order_find(const struct slab *slab, struct order order, const struct order_rule *rule,
                    const void *key)
{
    const uint32_t *const found = find(slab, &order, rule, key);
    return found == NULL ? 0 : *found;
}

bool order_remove(struct slab *slab, struct order *order, const struct order_rule *rule,
                  const void *key)
{
    if (find(slab, order, rule, key) == NULL) {
        return false;
    }
    const struct change change = {.slab = slab, .rule = rule, .key = key};
    order->root = remove_below(&change, order->root, order->level);
    order->count--;
    while (order->root != 0 && order->level > 0) {
        const struct order_node *const root = node_at(slab, order->root);
        if (root->count > 1) {
            break;
        }
        const slab_handle only = root->children[0];
        slab_retire(slab, order->root);
        order->root = only;
        order->level--;
    }
    if (order->root == 0) {
        order->level = 0;
    }
    return true;
}

bool order_replace(struct slab *slab, struct order *order, const struct order_rule *rule,
                   const void *key, uint32_t item)
{
    const uint32_t *const found = find(slab, order, rule, key);
    if (found == NULL) {
        return false;
    }
    const uint32_t old = *found;
    slab_handle *link = &order->root;
    for (;;) {
        struct order_node *node;
        *link = node_own(slab, *link, &node);
        if (node->level == 0) {
            node->items[below(rule, node->items, node->count, key, false)] = item;
            return true;
        }
        const uint32_t at = child_of(rule, node, key);
        if (node->least[at] == old) {
            node->least[at] = item;
        }
        link = &node->children[at];
    }
}

uint32_t order_take_leaf(struct slab *slab, struct order *order, uint32_t items[ORDER_LEAF_ITEMS])
{
    slab_handle path[ORDER_LEVELS_MAX];
    if (order->root == 0) {
        return 0;
    }
    path[order->level] = order->root;
    for (uint32_t level = order->level; level > 0; level--) {
        path[level - 1] = node_at(slab, path[level])->children[0];
    }
    const struct order_node *const leaf = node_at(slab, path[0]);
    const uint32_t count = leaf->count;
    memcpy(items, leaf->items, count * sizeof(*items));
    order->count -= count;
    slab_retire(slab, path[0]);
    for (uint32_t level = 1; level <= order->level; level++) {
        struct order_node *const node = node_at(slab, path[level]);
        if (node->count > 1) {
            remove_word(node->least, node->count, 0);
            remove_word(node->children, node->count, 0);
            node->count--;
            return count;
        }
        slab_retire(slab, path[level]);
    }
    *order = (struct order){0};
    return count;
}

static void clear_below(struct slab *slab, slab_handle handle)
{
    const struct order_node *const node = node_at(slab, handle);
    for (uint32_t i = 0; node->level > 0 && i < node->count; i++) {
        clear_below(slab, node->children[i]);
    }
    slab_retire(slab, handle);
}

void order_clear(struct slab *slab, struct order *order)
{
    if (order->root != 0) {
        clear_below(slab, order->root);
    }
    *order = (struct order){0};
}

void order_seek(const struct slab *slab, struct order order, const struct order_rule *rule,
                const void *key, struct order_cursor *cursor)
{
    cursor->slab = slab;
    cursor->order = order;
    cursor->is_over = order.root == 0;
    slab_handle handle = order.root;
    for (uint32_t level = order.level; handle != 0; level--) {
        const struct order_node *const node = node_at(slab, handle);
        cursor->path[level].node = handle;
        if (level == 0) {
            cursor->path[0].at =
                key == NULL ? 0 : below(rule, node->items, node->count, key, false);
            return;
        }
        const uint32_t at = key == NULL ? 0 : child_of(rule, node, key);
        cursor->path[level].at = at;
        handle = node->children[at];
    }
}

void order_seek_last(const struct slab *slab, struct order order, const struct order_rule *rule,
                     const void *key, struct order_cursor *cursor)
{
    cursor->slab = slab;
    cursor->order = order;
    cursor->is_over = order.root == 0;
    slab_handle handle = order.root;
    for (uint32_t level = order.level; handle != 0; level--) {
        const struct order_node *const node = node_at(slab, handle);
        cursor->path[level].node = handle;
        if (level == 0) {
            cursor->path[0].at =
                key == NULL ? node->count : below(rule, node->items, node->count, key, true);
            return;
        }
        const uint32_t at = key == NULL ? node->count - 1U : child_of(rule, node, key);
        cursor->path[level].at = at;
        handle = node->children[at];
    }
}

bool order_step(struct order_cursor *cursor, uint32_t *item)
{
    if (cursor->is_over) {
        return false;
    }
    uint32_t level = 0;
    const struct order_node *node = node_at(cursor->slab, cursor->path[0].node);
    if (cursor->path[0].at < node->count) {
        *item = node->items[cursor->path[0].at++];
        return true;
    }
    do { // up to where there is a next child, then down its left side
        if (++level > cursor->order.level) {
            return false;
        }
        node = node_at(cursor->slab, cursor->path[level].node);
    } while (cursor->path[level].at + 1 >= node->count);
    slab_handle child = node->children[++cursor->path[level].at];
    while (level-- > 0) {
        node = node_at(cursor->slab, child);
        cursor->path[level].node = child;
        cursor->path[level].at = 0;
        child = level > 0 ? node->children[0] : 0;
    }
    *item = node->items[cursor->path[0].at++];
    return true;
}

bool order_step_back(struct order_cursor *cursor, uint32_t *item)
{
    if (cursor->is_over) {
        return false;
    }
    uint32_t level = 0;
    const struct order_node *node = node_at(cursor->slab, cursor->path[0].node);
    if (cursor->path[0].at > 0) {
        *item = node->items[--cursor->path[0].at];
        return true;
    }
    do {
        if (++level > cursor->order.level) {
            return false;
        }
        node = node_at(cursor->slab, cursor->path[level].node);
    } while (cursor->path[level].at == 0);
    slab_handle child = node->children[--cursor->path[level].at];
    while (level-- > 0) {
        node = node_at(cursor->slab, child);
        cursor->path[level].node = child;
        cursor->path[level].at = level > 0 ? node->count - 1U : node->count;
        child = level > 0 ? node->children[node->count - 1] : 0;
    }
    *item = node->items[--cursor->path[0].at];
    return true;
}
