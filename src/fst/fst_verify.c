#include "fst/fst_private.h"

// What is known of the keys below a node.
struct below {
    uint32_t key_count;
    uint32_t weight_loss; // greatest sum of weight differences on the way to a key
    uint32_t key_size;    // longest
};

// Nodes are numbered in the order of their addresses; FST_END is number 0.
struct check {
    struct memory_account *account;
    struct fst fst;
    uint64_t *is_node; // a bit for each byte of the section: a node's address
    uint32_t *before;  // for each word of bits: nodes before it
    uint64_t word_count;
    uint64_t node_count;
    struct below *below; // of each node
    struct fault *fault;
};

static void check_release(const struct check *check)
{
    memory_give(check->is_node);
    memory_give(check->before);
    memory_give(check->below);
}

static enum status corrupt(const struct check *check, uint64_t at, const char *what)
{
    return fault_set(check->fault, STATUS_CORRUPT, "transducer node at byte %llu: %s",
                     (unsigned long long)at, what);
}

static enum status no_memory(const struct check *check)
{
    return fault_set(check->fault, STATUS_NO_MEMORY,
                     "no memory to check a transducer of %llu bytes",
                     (unsigned long long)check->fst.size);
}

static bool is_marked(const struct check *check, uint64_t at)
{
    return (check->is_node[at / 64] >> at % 64 & 1) != 0;
}

// The index names each arc's slot at its label and nothing else, without empty ends.
static const char *index_fault(const struct node *node)
{
    const bool has_index = node->index_span != 0;
    if (has_index != (node->count > NODE_PLAIN_COUNT && node->count < 256)) {
        return "an index where none belongs, or none where one does";
    }
    if (!has_index) {
        return NULL;
    }
    uint32_t used = 0;
    for (uint32_t i = 0; i < node->index_span; i++) {
        used += node->index[i] != 0;
    }
    for (uint32_t slot = 0; slot < node->count; slot++) {
        const uint32_t place = (uint32_t)node->labels[slot] - node->index_first;
        if (place >= node->index_span || node->index[place] != slot + 1) {
            return "the index misses an arc";
        }
    }
    const bool is_tight = node->index[0] != 0 && node->index[node->index_span - 1] != 0;
    return used == node->count && is_tight ? NULL : "the index has more than the arcs";
}

static const char *branch_fault(const struct node *node)
{
    if (node->target_width == 0 || node->target_width > NODE_TARGET_MAX || node->value_width > 8 ||
        node->weight_width > 4) {
        return "impossible field widths";
    }
    if (node->count == 1 && !node->is_final) {
        return "a branch of one arc";
    }
    uint64_t seen[4] = {0};
    bool has_value = node->is_final && node_final_value(node) == 0;
    bool has_weight = node->is_final && node_final_weight(node) == 0;
    uint32_t weight = 0;
    for (uint32_t slot = 0; slot < node->count; slot++) {
        const struct arc arc = node_arc(node, slot);
        const uint8_t label = node->labels[slot];
        if ((seen[label / 64] >> label % 64 & 1) != 0) {
            return "two arcs of one label";
        }
        seen[label / 64] |= UINT64_C(1) << label % 64;
        if (slot != 0 &&
            (arc.weight < weight || (arc.weight == weight && label < node->labels[slot - 1]))) {
            return "arcs that do not lie best first";
        }
        weight = arc.weight;
        has_value |= arc.value == 0;
        has_weight |= arc.weight == 0;
    }
    return has_value && has_weight ? index_fault(node) : "differences without a zero";
}

static const char *node_fault(const struct check *check, const struct node *node)
{
    const uint8_t head = check->fst.data[node->at];
    if (node->count == 0) {
        return "no node";
    }
    if (head < NODE_CHAIN && (head & NODE_KIND_MASK) == NODE_SINGLE &&
        (head & ~NODE_KIND_MASK) > NODE_TARGET_MAX) {
        return "impossible field widths";
    }
    return node->labels == NULL ? NULL : branch_fault(node);
}

// From the root down, each node begins where the one above it ends.
static enum status nodes_mark(struct check *check)
{
    check->is_node[0] = UINT64_C(1) << FST_END;
    check->node_count = 1;
    uint64_t at = check->fst.size - FST_TRAILER_SIZE - 1;
    const bool has_nodes = at >= FST_HEAD_SIZE;
    const uint64_t top = !has_nodes ? check->fst.root.node : at;
    if (top != check->fst.root.node || (!has_nodes && top != (check->fst.key_count != 0))) {
        return corrupt(check, check->fst.root.node, "the root is not the last node");
    }
    while (at >= FST_HEAD_SIZE) {
        struct node node;
        node_decode(&check->fst, at, &node);
        const char *const what = node_fault(check, &node);
        if (what != NULL || at - node.size < FST_HEAD_SIZE - 1) {
            return corrupt(check, at, what != NULL ? what : "it reaches into the head");
        }
        check->is_node[at / 64] |= UINT64_C(1) << at % 64;
        check->node_count++;
        at -= node.size;
    }
    return STATUS_OK;
}

static void nodes_number(struct check *check)
{
    uint32_t before = 0;
    for (uint64_t i = 0; i < check->word_count; i++) {
        check->before[i] = before;
        before += (uint32_t)__builtin_popcountll(check->is_node[i]);
    }
}

static const struct below *below_at(const struct check *check, uint64_t at)
{
    const uint64_t lower = check->is_node[at / 64] & ((UINT64_C(1) << at % 64) - 1);
    return &check->below[check->before[at / 64] + (uint32_t)__builtin_popcountll(lower)];
}

// Sums up the node's keys from those of its targets, which lie below it and are known.
static enum status node_sum(const struct check *check, uint64_t at, struct below *sum)
{
    struct node node;
    node_decode(&check->fst, at, &node);
    uint64_t key_count = node.is_final;
    uint64_t weight_loss = node.is_final ? node_final_weight(&node) : 0;
    uint32_t key_size = 0;
    for (uint32_t slot = 0; slot < node.count; slot++) {
        const struct arc arc = node_arc(&node, slot);
        if (arc.target + node.size > at + (arc.target == FST_END ? node.size : 0) ||
            !is_marked(check, arc.target)) {
            return corrupt(check, at, "an arc that leads to no earlier node");
        }
        const struct below *const target = below_at(check, arc.target);
        const uint64_t loss = (uint64_t)arc.weight + target->weight_loss;
        key_count += target->key_count;
        weight_loss = loss > weight_loss ? loss : weight_loss;
        key_size = target->key_size + 1 > key_size ? target->key_size + 1 : key_size;
    }
    if (key_count > UINT32_MAX || weight_loss > UINT32_MAX || key_size > FST_KEY_SIZE_MAX) {
        return corrupt(check, at, "too many keys, too long keys, or impossible weights below it");
    }
    *sum = (struct below){.key_count = (uint32_t)key_count,
                          .weight_loss = (uint32_t)weight_loss,
                          .key_size = key_size};
    return STATUS_OK;
}

static enum status nodes_sum(const struct check *check)
{
    check->below[0] = (struct below){.key_count = 1};
    uint64_t number = 1;
    for (uint64_t i = 0; i < check->word_count; i++) {
        uint64_t bits = i == 0 ? check->is_node[0] & ~(UINT64_C(1) << FST_END) : check->is_node[i];
        for (; bits != 0; bits &= bits - 1) {
            const uint64_t at = i * 64 + (uint64_t)__builtin_ctzll(bits);
            TRY(node_sum(check, at, &check->below[number++]));
        }
    }
    return STATUS_OK;
}

static enum status claims_check(const struct check *check)
{
    const struct fst *const fst = &check->fst;
    const struct below all =
        fst->root.node == FST_DEAD ? (struct below){0} : *below_at(check, fst->root.node);
    if (fst->key_count != all.key_count || fst->node_count != check->node_count - 1 ||
        fst->key_size_max != all.key_size || fst->root.weight < all.weight_loss) {
        return fault_set(check->fault, STATUS_CORRUPT,
                         "the transducer's trailer claims %llu keys of up to %u bytes and weight "
                         "%u in %llu nodes; there are %u, %u, at least %u, %llu",
                         (unsigned long long)fst->key_count, fst->key_size_max, fst->root.weight,
                         (unsigned long long)fst->node_count, all.key_count, all.key_size,
                         all.weight_loss, (unsigned long long)check->node_count - 1);
    }
    return STATUS_OK;
}

enum status fst_verify(struct memory_account *account, struct bytes section, struct fault *fault)
{
    SCOPED(check_release) struct check check = {.account = account, .fault = fault};
    TRY(fst_open(section, &check.fst, fault));
    check.word_count = section.size / 64 + 1;
    check.is_node = memory_take_zeroed(account, check.word_count, sizeof(*check.is_node));
    check.before = memory_take_zeroed(account, check.word_count, sizeof(*check.before));
    if (check.is_node == NULL || check.before == NULL) {
        return no_memory(&check);
    }
    TRY(nodes_mark(&check));
    if (check.node_count > UINT32_MAX) {
        return fault_set(fault, STATUS_UNSUPPORTED, "a transducer of more than 2^32 nodes");
    }
    nodes_number(&check);
    check.below = memory_take(account, check.node_count, sizeof(*check.below));
    if (check.below == NULL) {
        return no_memory(&check);
    }
    TRY(nodes_sum(&check));
    return claims_check(&check);
}
