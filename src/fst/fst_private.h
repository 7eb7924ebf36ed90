// The bytes of a node (formats/fst.md), shared by the files of this folder.
//
// A node's address is the offset of its last byte; it is read downwards, and lies directly above
// the node written before it. So the commonest node of all, one arc to the node before, is its
// label and nothing else. Whatever the bytes, a decoded node lies inside the section and its targets
// lie strictly below it: every walk ends, and no read needs another check.
#ifndef FST_FST_PRIVATE_H
#define FST_FST_PRIVATE_H

#include <string.h>

#include "fst/fst.h"

#define FST_HEAD_SIZE    8  // 00 60 "RFST" and the version
#define FST_TRAILER_SIZE 48 // also what 8-byte loads near the last node may read into
#define FST_VERSION      1
#define FST_DEAD         0 // address of the node that is no key and has no arcs: byte 00
#define FST_END          1 // address of the node that is a key and has no arcs: byte 60
#define FST_SIZE_MAX     (UINT64_C(1) << 40)

// Header byte: 1lllllll  one arc, label l, to the node directly below
//              010..www  one arc, label in the next byte, then w bytes of target (0: directly below)
//              011.....  a key, no arcs
//              001fdttt  branch: f is a key, d has an index, t bytes of target
//              000.....  neither key nor arcs
#define NODE_CHAIN       0x80
#define NODE_SINGLE      0x40
#define NODE_LEAF        0x60
#define NODE_BRANCH      0x20
#define NODE_KIND_MASK   0xe0
#define NODE_FINAL       0x10
#define NODE_INDEXED     0x08
#define NODE_WIDTH_MASK  0x07
#define NODE_TARGET_MAX  5  // widest target, bytes
#define NODE_PLAIN_COUNT 16 // branches of more arcs get an index from label to arc

struct node {
    uint64_t at;
    uint64_t size;  // it takes the bytes (at - size, at]
    uint32_t count; // arcs
    bool is_final;
    uint8_t target_width, value_width, weight_width; // zero widths in a node of one arc
    uint8_t label;                                   // of the arc when there is one
    uint64_t target;                                 // likewise
    const uint8_t *labels; // of the arcs, best first; not in a node of one arc
    // Of labels [first, first + span): slot + 1, or 0. Span 0: no index.
    const uint8_t *index;
    uint8_t index_first;
    uint32_t index_span;
    // Weight and value differences of the key itself, when the node is final; the arc in slot i lies
    // at final - (i + 1) * width of an arc.
    const uint8_t *final;
};

struct arc {
    uint64_t target;
    uint64_t value;  // to be added
    uint32_t weight; // to be taken off
};

static inline uint64_t load_u64(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof(value));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

// Little-endian, `width` bytes (above 8 reads as 0: a width no builder writes); reads 8.
static inline uint64_t load_wide(const uint8_t *bytes, unsigned width)
{
    static const uint64_t masks[16] = {0,          0xff,         0xffff,         0xffffff,
                                       0xffffffff, 0xffffffffff, 0xffffffffffff, 0xffffffffffffff,
                                       UINT64_MAX};
    return load_u64(bytes) & masks[width];
}

// Where a target of `distance` leads from `at`: strictly below, or nowhere.
static inline uint64_t target_at(uint64_t at, uint64_t distance)
{
    if (distance == 1) {
        return at > FST_END ? FST_END : FST_DEAD;
    }
    return distance - 1 < at ? at - distance : FST_DEAD; // 0 wraps and leads nowhere
}

static inline unsigned node_arc_width(const struct node *node)
{
    return (unsigned)node->target_width + node->value_width + node->weight_width;
}

static inline uint8_t node_label(const struct node *node, uint32_t slot)
{
    return node->labels == NULL ? node->label : node->labels[slot];
}

static inline struct arc node_arc(const struct node *node, uint32_t slot)
{
    if (node->labels == NULL) {
        return (struct arc){.target = node->target};
    }
    const uint8_t *const arc = node->final - (size_t)(slot + 1) * node_arc_width(node);
    return (struct arc){
        .weight = (uint32_t)load_wide(arc, node->weight_width),
        .value = load_wide(arc + node->weight_width, node->value_width),
        .target = target_at(
            node->at, load_wide(arc + node->weight_width + node->value_width, node->target_width)),
    };
}

// The difference between the node's best weight and its own key's; it is final.
static inline uint32_t node_final_weight(const struct node *node)
{
    return node->labels == NULL ? 0 : (uint32_t)load_wide(node->final, node->weight_width);
}

static inline uint64_t node_final_value(const struct node *node)
{
    return node->labels == NULL ? 0
                                : load_wide(node->final + node->weight_width, node->value_width);
}

// Finds the slot of `byte` among `count` labels in any order, eight at a time; may read 7 past them.
static inline uint32_t label_find(const uint8_t *labels, uint32_t count, uint8_t byte)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t wanted = ones * byte;
    for (uint32_t first = 0; first < count; first += 8) {
        const uint64_t differs = load_u64(labels + first) ^ wanted;
        const uint64_t zero = (differs - ones) & ~differs & (ones << 7); // its lowest bit is exact
        if (zero != 0) {
            const uint32_t slot = first + (uint32_t)__builtin_ctzll(zero) / 8;
            return slot < count ? slot : UINT32_MAX;
        }
    }
    return UINT32_MAX;
}

static inline void branch_decode(const uint8_t *data, uint64_t at, struct node *node)
{
    const uint8_t head = data[at];
    const uint8_t widths = data[at - 1];
    const uint32_t count = data[at - 2] + 1U;
    const bool is_final = (head & NODE_FINAL) != 0;
    const unsigned value_width = widths >> 4;
    const unsigned weight_width = widths & 15;
    uint64_t size = 3;
    if ((head & NODE_INDEXED) != 0) {
        node->index_first = data[at - 3];
        node->index_span = data[at - 4] + 1U;
        size += 2 + (uint64_t)node->index_span;
    }
    const uint64_t index = size;
    const uint64_t labels = index + count;
    const uint64_t final = labels + (is_final ? value_width + weight_width : 0);
    const unsigned target_width = head & NODE_WIDTH_MASK;
    size = final + (uint64_t)count * (value_width + weight_width + target_width);
    if (size > at) {
        return;
    }
    node->size = size;
    node->count = count;
    node->is_final = is_final;
    node->target_width = (uint8_t)target_width;
    node->value_width = (uint8_t)value_width;
    node->weight_width = (uint8_t)weight_width;
    node->index = data + (at + 1 - index);
    node->labels = data + (at + 1 - labels);
    node->final = data + (at + 1 - final);
}

// Decodes the node at `at`; one that does not fit below `at` becomes a leaf that is no key. Inline,
// so that a caller pays for the fields it uses.
static inline void node_decode(const struct fst *fst, uint64_t at, struct node *node)
{
    const uint8_t *const data = fst->data;
    *node = (struct node){.at = at, .size = 1};
    const uint8_t head = data[at];
    if (UNLIKELY(at < FST_HEAD_SIZE)) {
        node->is_final = at == FST_END;
    } else if (head >= NODE_CHAIN) {
        node->count = 1;
        node->label = head & 0x7f;
        node->target = at - 1;
    } else if ((head & NODE_KIND_MASK) == NODE_BRANCH) {
        branch_decode(data, at, node);
    } else if ((head & NODE_KIND_MASK) == NODE_SINGLE) {
        const unsigned width = head & NODE_WIDTH_MASK;
        if (2 + width <= at) {
            node->size = 2 + width;
            node->count = 1;
            node->label = data[at - 1];
            node->target =
                width == 0 ? at - 2 : target_at(at, load_wide(data + at - 1 - width, width));
        }
    }
}

static inline void cursor_take(struct fst_cursor *cursor, const struct arc *arc)
{
    cursor->node = arc->target;
    cursor->value += arc->value;
    cursor->weight -= arc->weight;
}

// Slot of the arc labelled `byte`, or UINT32_MAX.
static inline uint32_t node_find(const struct node *node, uint8_t byte)
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

// fst_step without the call.
static inline bool cursor_step(const struct fst *fst, struct fst_cursor *cursor, uint8_t byte)
{
    const uint8_t head = fst->data[cursor->node];
    if (head >= NODE_CHAIN) {
        if (head != (byte | NODE_CHAIN) || byte >= NODE_CHAIN) {
            return false;
        }
        cursor->node--;
        return true;
    }
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

#endif
