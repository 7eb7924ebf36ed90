#include "index/pack.h"

#include <assert.h>

enum { KEY_HEAD_SIZE = 12, ALIGNMENT = 64 };

enum status pack_begin(struct pack *pack, const struct index_build_options *options,
                       struct fault *fault)
{
    assert(pack->item_size <= PACK_ITEM_SIZE_MAX);
    pack->account = options->account;
    const struct sorter_options sorting = {.sys = options->sys,
                                           .account = options->account,
                                           .memory_size = options->memory_size,
                                           .directory = options->directory,
                                           .threads = options->threads,
                                           .name = pack->name};
    return sorter_new(&sorting, &pack->sorter, fault);
}

void pack_end(struct pack *pack)
{
    sorter_free(pack->sorter);
    pack->sorter = NULL;
}

enum status pack_add(struct pack *pack, cell_id leaf, uint32_t reference, const void *item,
                     struct fault *fault)
{
    // Big-endian, so that bytes sort as numbers.
    const uint64_t first = __builtin_bswap64(leaf);
    const uint32_t second = __builtin_bswap32(reference);
    uint8_t key[KEY_HEAD_SIZE + PACK_ITEM_SIZE_MAX];
    memcpy(key, &first, sizeof(first));
    memcpy(key + sizeof(first), &second, sizeof(second));
    memcpy(key + KEY_HEAD_SIZE, item, pack->item_size);
    const struct bytes whole = {.data = key, .size = KEY_HEAD_SIZE + pack->item_size};
    return sorter_add(pack->sorter, whole, (struct bytes){0}, fault);
}

static enum status write_items(struct pack *pack, struct archive_writer *writer,
                               struct tree_builder *tree, struct fault *fault)
{
    for (;;) {
        struct bytes key;
        struct bytes value;
        const enum status status = sorter_next(pack->sorter, &key, &value, fault);
        if (status == STATUS_NOT_FOUND) {
            return STATUS_OK;
        }
        TRY(status);
        TRY(archive_writer_append(writer, key.data + KEY_HEAD_SIZE, pack->item_size, fault));
        tree_builder_add(tree, pack->box(key.data + KEY_HEAD_SIZE));
    }
}

static enum status write_items_and_tree(struct pack *pack, struct archive_writer *writer,
                                        struct tree_builder *tree, struct fault *fault)
{
    static const uint8_t zeros[ALIGNMENT];
    TRY(write_items(pack, writer, tree, fault));
    const size_t ragged = (size_t)(archive_writer_position(writer) % ALIGNMENT);
    TRY(archive_writer_append(writer, zeros, ragged == 0 ? 0 : ALIGNMENT - ragged, fault));
    if (tree_builder_end(tree) != STATUS_OK) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the boxes of a %s", pack->name);
    }
    return archive_writer_append(writer, tree->boxes.data, tree->boxes.size, fault);
}

enum status pack_write(struct pack *pack, struct archive_writer *writer, uint32_t kind,
                       struct fault *fault)
{
    const uint64_t count = sorter_count(pack->sorter);
    if (count > UINT32_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "more than 2^32 items in a %s", pack->name);
    }
    TRY(sorter_sort(pack->sorter, fault));
    const uint32_t header[PACK_HEADER_SIZE / sizeof(uint32_t)] = {(uint32_t)count};
    TRY(archive_writer_section(writer, kind, 1, fault));
    TRY(archive_writer_append(writer, header, sizeof(header), fault));
    struct tree_builder tree = {.boxes = {.account = pack->account}};
    const enum status status = write_items_and_tree(pack, writer, &tree, fault);
    buffer_free(&tree.boxes);
    return status;
}

enum status pack_open(struct bytes section, size_t item_size, const char *name, const void **items,
                      struct tree *tree, struct fault *fault)
{
    *items = NULL;
    *tree = (struct tree){0};
    if (section.size == 0) {
        return STATUS_OK;
    }
    struct reader reader = {.rest = section};
    const uint32_t count = reader_u32(&reader);
    const uint64_t items_size =
        (count * (uint64_t)item_size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    const uint64_t boxes_size = tree_boxes(count) * sizeof(struct tree_box);
    if (section.size != PACK_HEADER_SIZE + items_size + boxes_size) {
        return fault_set(fault, STATUS_CORRUPT, "a %s of %u items cannot have %zu bytes", name,
                         count, section.size);
    }
    const void *const boxes = section.data + PACK_HEADER_SIZE + items_size;
    *items = section.data + PACK_HEADER_SIZE;
    *tree = tree_over(boxes, count);
    return STATUS_OK;
}
