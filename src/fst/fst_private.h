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
    const uint8_t *final;  // weight and value differences of the key itself
    const uint8_t *index;  // of labels [first, first + span): slot + 1, or 0; span 0: no index
    uint8_t index_first;
    uint32_t index_span;
    const uint8_t *arcs_end; // arc i is at arcs_end - (i + 1) * width of an arc
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
    const uint8_t *const arc = node->arcs_end - (size_t)(slot + 1) * node_arc_width(node);
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
    return node->final == NULL ? 0 : (uint32_t)load_wide(node->final, node->weight_width);
}

static inline uint64_t node_final_value(const struct node *node)
{
    return node->final == NULL ? 0 : load_wide(node->final + node->weight_width, node->value_width);
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

// Decodes the node at `at`; one that does not fit below `at` becomes a leaf that is no key.
void node_decode(const struct fst *fst, uint64_t at, struct node *node);

// Slot of the arc labelled `byte`, or UINT32_MAX.
uint32_t node_find(const struct node *node, uint8_t byte);

static inline void cursor_take(struct fst_cursor *cursor, const struct arc *arc)
{
    cursor->node = arc->target;
    cursor->value += arc->value;
    cursor->weight -= arc->weight;
}

#endif
