#include "fst/fst_build.h"

#include <string.h>

#include "base/buffer.h"
#include "fst/fst_private.h"
#include "fst/fst_register.h"

enum {
    FLUSH_SIZE = 64 << 10,
    INDEXED_COUNT_MAX = 255, // an index byte holds slot + 1
    NODE_SIZE_MAX = 3 + 256 + 12 + 2 + 256 + 256 * (4 + 8 + NODE_TARGET_MAX),
};

struct built_arc {
    uint64_t target;
    uint64_t value;  // least below it, then the difference to the node's least
    uint32_t weight; // best below it, then the difference to the node's best
    uint8_t label;
};

// A node on the path of the last key; its arcs but the last are known.
struct open_node {
    size_t arc_first; // in the stack of arcs: from here to the next open node's
    uint64_t value;
    uint32_t weight;
    bool is_final;
};

// A node whose arcs are all known, in its normal form.
struct closed_node {
    struct built_arc *arcs;
    uint32_t count;
    bool is_final;
    uint64_t value; // of its own key, as a difference
    uint32_t weight;
};

struct fst_builder {
    struct memory_account *account;
    fst_sink sink;
    void *context;
    struct fst_register nodes;
    struct buffer out;
    struct buffer content;
    uint64_t written; // bytes so far, those in `out` included
    uint64_t key_count;
    uint64_t node_count;
    uint32_t key_size_max;
    uint32_t key_size;
    uint8_t key[FST_KEY_SIZE_MAX];
    struct built_arc *arcs;
    size_t arc_count;
    size_t arc_capacity;
    struct open_node path[FST_KEY_SIZE_MAX + 1]; // path[i]: after i bytes of the key
};

enum status fst_builder_new(struct memory_account *account, size_t register_size, fst_sink sink,
                            void *context, struct fst_builder **builder, struct fault *fault)
{
    struct fst_builder *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a builder of transducers");
    }
    static const uint8_t head[FST_HEAD_SIZE] = {0, NODE_LEAF, 'R', 'F', 'S', 'T', FST_VERSION, 0};
    made->account = account;
    made->sink = sink;
    made->context = context;
    const size_t generation_size = register_size / 2; // its records are named by 32-bit offsets
    made->nodes = (struct fst_register){
        .account = account,
        .generation_size = generation_size < UINT32_MAX ? generation_size : UINT32_MAX,
    };
    made->out = (struct buffer){.account = account};
    made->content = (struct buffer){.account = account};
    buffer_append(&made->out, head, sizeof(head));
    made->written = sizeof(head);
    *builder = made;
    return STATUS_OK;
}

void fst_builder_free(struct fst_builder *builder)
{
    if (builder != NULL) {
        fst_register_free(&builder->nodes);
        buffer_free(&builder->out);
        buffer_free(&builder->content);
        memory_give(builder->arcs);
        memory_give(builder);
    }
}

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_NO_MEMORY, "no memory left while building a transducer");
}

static enum status flush(struct fst_builder *builder, struct fault *fault)
{
    if (buffer_status(&builder->out) != STATUS_OK) {
        return no_memory(fault);
    }
    TRY(builder->sink(builder->context, buffer_bytes(&builder->out), fault));
    buffer_clear(&builder->out);
    return STATUS_OK;
}

// Bytes that hold `value`; 0 holds 0.
static unsigned width_of(uint64_t value)
{
    return value == 0 ? 0 : (64 - (unsigned)__builtin_clzll(value) + 7) / 8;
}

static uint8_t *put_wide(uint8_t *to, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
    return to + width;
}

static uint64_t distance_to(uint64_t at, uint64_t target)
{
    return target == FST_END ? 1 : at - target;
}

static size_t encode_single(uint64_t start, const struct built_arc *arc, uint8_t *bytes)
{
    if (arc->target == start - 1) {
        if (arc->label < NODE_CHAIN) {
            bytes[0] = NODE_CHAIN | arc->label;
            return 1;
        }
        bytes[0] = arc->label;
        bytes[1] = NODE_SINGLE;
        return 2;
    }
    unsigned width = 1;
    while (width_of(distance_to(start + width + 1, arc->target)) > width) {
        width++;
    }
    uint8_t *to = put_wide(bytes, distance_to(start + width + 1, arc->target), width);
    *to++ = arc->label;
    *to++ = (uint8_t)(NODE_SINGLE | width);
    return (size_t)(to - bytes);
}

struct widths {
    unsigned target, value, weight;
};

// Field widths of a branch whose bytes other than targets end up at `start`.
static struct widths branch_widths(const struct closed_node *node, uint64_t start,
                                   uint64_t others_size)
{
    uint64_t values = node->is_final ? node->value : 0;
    uint32_t weights = node->is_final ? node->weight : 0;
    uint64_t lowest = UINT64_MAX;
    for (uint32_t i = 0; i < node->count; i++) {
        values |= node->arcs[i].value;
        weights |= node->arcs[i].weight;
        if (node->arcs[i].target != FST_END && node->arcs[i].target < lowest) {
            lowest = node->arcs[i].target;
        }
    }
    struct widths widths = {.target = 1, .value = width_of(values), .weight = width_of(weights)};
    const uint64_t records = node->count + (node->is_final ? 1U : 0U);
    others_size += records * (widths.value + widths.weight);
    while (lowest != UINT64_MAX && width_of(start + others_size + node->count * widths.target - 1 -
                                            lowest) > widths.target) {
        widths.target++;
    }
    return widths;
}

// Labels of the least and the greatest arc.
static void label_range(const struct closed_node *node, unsigned *first, unsigned *last)
{
    *first = 255;
    *last = 0;
    for (uint32_t i = 0; i < node->count; i++) {
        const unsigned label = node->arcs[i].label;
        *first = label < *first ? label : *first;
        *last = label > *last ? label : *last;
    }
}

static size_t encode_branch(uint64_t start, const struct closed_node *node, uint8_t *bytes)
{
    const bool is_indexed = node->count > NODE_PLAIN_COUNT && node->count <= INDEXED_COUNT_MAX;
    unsigned first = 0;
    unsigned last = 0;
    label_range(node, &first, &last);
    const unsigned span = last - first + 1;
    const struct widths widths =
        branch_widths(node, start, 3 + node->count + (is_indexed ? 2 + span : 0));
    const uint64_t final_width = node->is_final ? widths.value + widths.weight : 0;
    const uint64_t size = 3 + node->count + (is_indexed ? 2 + span : 0) + final_width +
                          node->count * (widths.target + widths.value + widths.weight);
    const uint64_t at = start + size - 1;

    uint8_t *to = bytes;
    for (uint32_t i = node->count; i-- != 0;) {
        to = put_wide(to, node->arcs[i].weight, widths.weight);
        to = put_wide(to, node->arcs[i].value, widths.value);
        to = put_wide(to, distance_to(at, node->arcs[i].target), widths.target);
    }
    if (node->is_final) {
        to = put_wide(to, node->weight, widths.weight);
        to = put_wide(to, node->value, widths.value);
    }
    for (uint32_t i = 0; i < node->count; i++) {
        *to++ = node->arcs[i].label;
    }
    if (is_indexed) {
        memset(to, 0, span);
        for (uint32_t i = 0; i < node->count; i++) {
            to[node->arcs[i].label - first] = (uint8_t)(i + 1);
        }
        to += span;
        *to++ = (uint8_t)(span - 1);
        *to++ = (uint8_t)first;
    }
    *to++ = (uint8_t)(node->count - 1);
    *to++ = (uint8_t)(widths.value << 4 | widths.weight);
    *to++ = (uint8_t)(NODE_BRANCH | (node->is_final ? NODE_FINAL : 0) |
                      (is_indexed ? NODE_INDEXED : 0) | widths.target);
    return (size_t)(to - bytes);
}

static enum status node_write(struct fst_builder *builder, const struct closed_node *node,
                              uint64_t *address, struct fault *fault)
{
    uint8_t bytes[NODE_SIZE_MAX];
    const size_t size = node->count == 1 && !node->is_final
                            ? encode_single(builder->written, node->arcs, bytes)
                            : encode_branch(builder->written, node, bytes);
    buffer_append(&builder->out, bytes, size);
    builder->written += size;
    builder->node_count++;
    *address = builder->written - 1;
    if (builder->written > FST_SIZE_MAX - FST_TRAILER_SIZE) {
        return fault_set(fault, STATUS_NO_SPACE, "a transducer cannot pass 1 TiB");
    }
    return builder->out.size < FLUSH_SIZE ? STATUS_OK : flush(builder, fault);
}

// What makes two nodes the same: all but where they lie.
static enum status node_content(struct buffer *content, const struct closed_node *node)
{
    buffer_clear(content);
    buffer_append_u8(content, node->is_final);
    if (node->is_final) {
        buffer_append_varint(content, node->value);
        buffer_append_varint(content, node->weight);
    }
    for (uint32_t i = 0; i < node->count; i++) {
        buffer_append_u8(content, node->arcs[i].label);
        buffer_append_varint(content, node->arcs[i].target);
        if (node->count > 1 || node->is_final) {
            buffer_append_varint(content, node->arcs[i].value);
            buffer_append_varint(content, node->arcs[i].weight);
        }
    }
    return buffer_status(content);
}

// Address of an equal node: an older one, or one written now.
static enum status node_place(struct fst_builder *builder, const struct closed_node *node,
                              uint64_t *address, struct fault *fault)
{
    if (node->count == 0) {
        *address = node->is_final ? FST_END : FST_DEAD;
        return STATUS_OK;
    }
    if (node_content(&builder->content, node) != STATUS_OK ||
        fst_register_find(&builder->nodes, buffer_bytes(&builder->content), address) != STATUS_OK) {
        return no_memory(fault);
    }
    if (*address != 0) {
        return STATUS_OK;
    }
    TRY(node_write(builder, node, address, fault));
    if (fst_register_add(&builder->nodes, buffer_bytes(&builder->content), *address) != STATUS_OK) {
        return no_memory(fault);
    }
    return STATUS_OK;
}

// Best first, then by label, which is the order they come in.
static void arcs_sort(struct built_arc *arcs, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const struct built_arc arc = arcs[i];
        uint32_t to = i;
        for (; to != 0 && arcs[to - 1].weight > arc.weight; to--) {
            arcs[to] = arcs[to - 1];
        }
        arcs[to] = arc;
    }
}

// The least value and the best weight move up; what stays are differences.
static struct built_arc node_normalise(struct closed_node *node)
{
    uint64_t value = node->is_final ? node->value : UINT64_MAX;
    uint32_t weight = node->is_final ? node->weight : 0;
    for (uint32_t i = 0; i < node->count; i++) {
        value = node->arcs[i].value < value ? node->arcs[i].value : value;
        weight = node->arcs[i].weight > weight ? node->arcs[i].weight : weight;
    }
    for (uint32_t i = 0; i < node->count; i++) {
        node->arcs[i].value -= value;
        node->arcs[i].weight = weight - node->arcs[i].weight;
    }
    if (node->is_final) {
        node->value -= value;
        node->weight = weight - node->weight;
    }
    arcs_sort(node->arcs, node->count);
    return (struct built_arc){.value = value, .weight = weight};
}

// Makes the deepest open node final and yields the arc that leads to it, without its label.
static enum status path_close(struct fst_builder *builder, uint32_t depth, struct built_arc *arc,
                              struct fault *fault)
{
    const struct open_node *const open = &builder->path[depth];
    struct closed_node node = {
        .arcs = builder->arcs == NULL ? NULL : builder->arcs + open->arc_first,
        .count = (uint32_t)(builder->arc_count - open->arc_first),
        .is_final = open->is_final,
        .value = open->value,
        .weight = open->weight,
    };
    *arc = node_normalise(&node);
    TRY(node_place(builder, &node, &arc->target, fault));
    builder->arc_count = open->arc_first;
    return STATUS_OK;
}

// Closes what is deeper than `depth` bytes.
static enum status path_cut(struct fst_builder *builder, uint32_t depth, struct fault *fault)
{
    while (builder->key_size > depth) {
        struct built_arc arc;
        TRY(path_close(builder, builder->key_size, &arc, fault));
        arc.label = builder->key[--builder->key_size];
        if (!memory_grow(builder->account, &builder->arcs, &builder->arc_capacity,
                         builder->arc_count + 1, sizeof(*builder->arcs))) {
            return no_memory(fault);
        }
        builder->arcs[builder->arc_count++] = arc;
    }
    return STATUS_OK;
}

static enum status key_check(const struct fst_builder *builder, struct bytes key,
                             struct fault *fault)
{
    const struct bytes last = {.data = builder->key, .size = builder->key_size};
    if (key.size > FST_KEY_SIZE_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "a key of %zu bytes; a transducer takes up to %d", key.size,
                         FST_KEY_SIZE_MAX);
    }
    if (builder->key_count != 0 && bytes_compare(last, key) >= 0) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "key %llu of a transducer, \"%.*s\", does not come after \"%.*s\"",
                         (unsigned long long)builder->key_count, (int)key.size,
                         (const char *)key.data, (int)last.size, (const char *)last.data);
    }
    if (builder->key_count == UINT32_MAX) {
        return fault_set(fault, STATUS_NO_SPACE, "a transducer cannot pass %u keys", UINT32_MAX);
    }
    return STATUS_OK;
}

enum status fst_builder_add(struct fst_builder *builder, struct bytes key, uint64_t value,
                            uint32_t weight, struct fault *fault)
{
    TRY(key_check(builder, key, fault));
    const uint32_t size = (uint32_t)key.size;
    uint32_t common = 0;
    while (common < size && common < builder->key_size &&
           builder->key[common] == key.data[common]) {
        common++;
    }
    TRY(path_cut(builder, common, fault));
    for (uint32_t depth = common; depth < size; depth++) {
        builder->key[depth] = key.data[depth];
        builder->path[depth + 1] = (struct open_node){.arc_first = builder->arc_count};
    }
    builder->path[size].value = value;
    builder->path[size].weight = weight;
    builder->path[size].is_final = true;
    builder->key_size = size;
    builder->key_size_max = size > builder->key_size_max ? size : builder->key_size_max;
    builder->key_count++;
    return STATUS_OK;
}

enum status fst_builder_finish(struct fst_builder *builder, struct fault *fault)
{
    struct built_arc root;
    TRY(path_cut(builder, 0, fault));
    TRY(path_close(builder, 0, &root, fault));
    buffer_append_u64(&builder->out, builder->written + FST_TRAILER_SIZE);
    buffer_append_u64(&builder->out, root.target);
    buffer_append_u64(&builder->out, builder->key_count == 0 ? 0 : root.value);
    buffer_append_u64(&builder->out, builder->key_count);
    buffer_append_u64(&builder->out, builder->node_count);
    buffer_append_u32(&builder->out, root.weight);
    buffer_append_u32(&builder->out, builder->key_size_max);
    return flush(builder, fault);
}

enum status fst_sink_buffer(void *context, struct bytes bytes, struct fault *fault)
{
    struct buffer *const buffer = context;
    buffer_append_bytes(buffer, bytes);
    return buffer_status(buffer) == STATUS_OK ? STATUS_OK : no_memory(fault);
}
