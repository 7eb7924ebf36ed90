#include "fst/fst.h"

#include "fst/fst_private.h"

enum status fst_open(struct bytes section, struct fst *fst, struct fault *fault)
{
    static const uint8_t head[] = {0, NODE_LEAF, 'R', 'F', 'S', 'T'};
    if (section.size < FST_HEAD_SIZE + FST_TRAILER_SIZE || section.size > FST_SIZE_MAX ||
        memcmp(section.data, head, sizeof(head)) != 0) {
        return fault_set(fault, STATUS_CORRUPT, "not a transducer (%zu bytes)", section.size);
    }
    const unsigned version = section.data[6] | (unsigned)section.data[7] << 8;
    if (version != FST_VERSION) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "transducer version %u, this program reads %d: build the atlas again",
                         version, FST_VERSION);
    }
    struct reader trailer = {
        .rest = {.data = section.data + section.size - FST_TRAILER_SIZE, .size = FST_TRAILER_SIZE}};
    struct fst opened = {.data = section.data, .size = section.size};
    const uint64_t size = reader_u64(&trailer);
    opened.root.node = reader_u64(&trailer);
    opened.root.value = reader_u64(&trailer);
    opened.key_count = reader_u64(&trailer);
    opened.node_count = reader_u64(&trailer);
    opened.root.weight = reader_u32(&trailer);
    opened.key_size_max = reader_u32(&trailer);
    if (size != section.size || opened.root.node >= size - FST_TRAILER_SIZE) {
        return fault_set(fault, STATUS_CORRUPT,
                         "the transducer's trailer says %llu bytes, there are %zu",
                         (unsigned long long)size, section.size);
    }
    *fst = opened;
    return STATUS_OK;
}

static void branch_decode(const struct fst *fst, uint64_t at, struct node *node)
{
    const uint8_t head = fst->data[at];
    const uint8_t widths = fst->data[at - 1];
    struct node read = {
        .at = at,
        .count = fst->data[at - 2] + 1U,
        .is_final = (head & NODE_FINAL) != 0,
        .target_width = head & NODE_WIDTH_MASK,
        .value_width = widths >> 4,
        .weight_width = widths & 15,
    };
    const uint64_t labels = 3 + (uint64_t)read.count;
    const uint64_t final =
        labels + (read.is_final ? (uint64_t)read.value_width + read.weight_width : 0);
    uint64_t index = final;
    if ((head & NODE_INDEXED) != 0) {
        if (final + 2 > at) {
            return;
        }
        read.index_first = fst->data[at - final];
        read.index_span = fst->data[at - final - 1] + 1U;
        index += 2 + read.index_span;
    }
    read.size = index + (uint64_t)read.count * node_arc_width(&read);
    if (read.size > at) {
        return;
    }
    read.labels = fst->data + (at + 1 - labels);
    read.final = read.is_final ? fst->data + (at + 1 - final) : NULL;
    read.index = fst->data + (at + 1 - index);
    read.arcs_end = read.index;
    *node = read;
}

void node_decode(const struct fst *fst, uint64_t at, struct node *node)
{
    *node = (struct node){.at = at, .size = 1};
    if (at < FST_HEAD_SIZE) {
        node->is_final = at == FST_END;
        return;
    }
    const uint8_t head = fst->data[at];
    if (head >= NODE_CHAIN) {
        node->count = 1;
        node->label = head & 0x7f;
        node->target = at - 1;
    } else if ((head & NODE_KIND_MASK) == NODE_SINGLE) {
        const unsigned width = head & NODE_WIDTH_MASK;
        if (2 + width <= at) {
            node->size = 2 + width;
            node->count = 1;
            node->label = fst->data[at - 1];
            node->target =
                width == 0 ? at - 2 : target_at(at, load_wide(fst->data + at - 1 - width, width));
        }
    } else if ((head & NODE_KIND_MASK) == NODE_BRANCH) {
        branch_decode(fst, at, node);
    }
}

uint32_t node_find(const struct node *node, uint8_t byte)
{
    if (node->labels == NULL) {
        return node->count == 1 && node->label == byte ? 0 : UINT32_MAX;
    }
    if (node->index_span != 0) {
        const uint32_t place = (uint32_t)byte - node->index_first; // below first: wraps
        const uint32_t slot = place < node->index_span ? node->index[place] - 1U : UINT32_MAX;
        return slot < node->count ? slot : UINT32_MAX;
    }
    return label_find(node->labels, node->count, byte);
}

bool fst_step(const struct fst *fst, struct fst_cursor *cursor, uint8_t byte)
{
    struct node node;
    node_decode(fst, cursor->node, &node);
    const uint32_t slot = node_find(&node, byte);
    if (slot == UINT32_MAX) {
        return false;
    }
    const struct arc arc = node_arc(&node, slot);
    cursor_take(cursor, &arc);
    return true;
}

bool fst_seek(const struct fst *fst, struct fst_cursor *cursor, struct bytes bytes)
{
    struct fst_cursor moved = *cursor;
    for (size_t i = 0; i < bytes.size; i++) {
        if (!fst_step(fst, &moved, bytes.data[i])) {
            return false;
        }
    }
    *cursor = moved;
    return true;
}

bool fst_is_final(const struct fst *fst, const struct fst_cursor *cursor, uint64_t *value,
                  uint32_t *weight)
{
    struct node node;
    node_decode(fst, cursor->node, &node);
    if (!node.is_final) {
        return false;
    }
    if (value != NULL) {
        *value = cursor->value + node_final_value(&node);
    }
    if (weight != NULL) {
        *weight = cursor->weight - node_final_weight(&node);
    }
    return true;
}

bool fst_get(const struct fst *fst, struct bytes key, uint64_t *value, uint32_t *weight)
{
    struct fst_cursor cursor = fst_root(fst);
    return fst_seek(fst, &cursor, key) && fst_is_final(fst, &cursor, value, weight);
}
