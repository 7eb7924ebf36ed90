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

bool fst_step(const struct fst *fst, struct fst_cursor *cursor, uint8_t byte)
{
    return cursor_step(fst, cursor, byte);
}

bool fst_seek(const struct fst *fst, struct fst_cursor *cursor, struct bytes bytes)
{
    struct fst_cursor moved = *cursor;
    for (size_t i = 0; i < bytes.size; i++) {
        if (!cursor_step(fst, &moved, bytes.data[i])) {
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
