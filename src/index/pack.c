#include "index/pack.h"

#include <assert.h>

enum { KEY_HEAD_SIZE = 12 };

enum status pack_begin(struct pack *pack, const struct index_build_options *options,
                       struct fault *fault)
{
    assert(pack->word_count <= PACK_WORDS_MAX);
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

enum status pack_add(struct pack *pack, cell_id leaf, uint32_t reference, const int32_t *item,
                     struct fault *fault)
{
    // Big-endian, so that bytes sort as numbers.
    const uint64_t first = __builtin_bswap64(leaf);
    const uint32_t second = __builtin_bswap32(reference);
    const size_t item_size = pack->word_count * sizeof(*item);
    uint8_t key[KEY_HEAD_SIZE + PACK_WORDS_MAX * sizeof(*item)];
    memcpy(key, &first, sizeof(first));
    memcpy(key + sizeof(first), &second, sizeof(second));
    memcpy(key + KEY_HEAD_SIZE, item, item_size);
    const struct bytes whole = {.data = key, .size = KEY_HEAD_SIZE + item_size};
    return sorter_add(pack->sorter, whole, (struct bytes){0}, fault);
}

// Sixteen items on their way out, word by word.
struct block {
    int32_t words[PACK_WORDS_MAX][TREE_FANOUT];
    size_t count;
};

static enum status write_block(const struct pack *pack, struct archive_writer *writer,
                               struct block *block, struct fault *fault)
{
    TRY(archive_writer_append(writer, block->words, pack->word_count * sizeof(block->words[0]),
                              fault));
    *block = (struct block){0};
    return STATUS_OK;
}

static enum status write_items(struct pack *pack, struct archive_writer *writer,
                               struct tree_builder *tree, struct fault *fault)
{
    struct block block = {0};
    for (;;) {
        struct bytes key;
        struct bytes value;
        const enum status status = sorter_next(pack->sorter, &key, &value, fault);
        if (status == STATUS_NOT_FOUND) {
            return block.count == 0 ? STATUS_OK : write_block(pack, writer, &block, fault);
        }
        TRY(status);
        int32_t item[PACK_WORDS_MAX];
        memcpy(item, key.data + KEY_HEAD_SIZE, pack->word_count * sizeof(*item));
        for (size_t word = 0; word < pack->word_count; word++) {
            block.words[word][block.count] = item[word];
        }
        tree_builder_add(tree, pack->box(item));
        block.count++;
        if (block.count == TREE_FANOUT) {
            TRY(write_block(pack, writer, &block, fault));
        }
    }
}

static enum status write_items_and_tree(struct pack *pack, struct archive_writer *writer,
                                        struct tree_builder *tree, struct fault *fault)
{
    TRY(write_items(pack, writer, tree, fault));
    if (tree_builder_end(tree) != STATUS_OK) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the boxes of a %s", pack->name);
    }
    return archive_writer_append(writer, tree->nodes.data, tree->nodes.size, fault);
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
    struct tree_builder tree = {.boxes = {.account = pack->account},
                                .nodes = {.account = pack->account}};
    const enum status status = write_items_and_tree(pack, writer, &tree, fault);
    tree_builder_free(&tree);
    return status;
}

enum status pack_open(struct bytes section, size_t word_count, const char *name,
                      const void **blocks, struct tree *tree, struct fault *fault)
{
    *blocks = NULL;
    *tree = (struct tree){0};
    if (section.size == 0) {
        return STATUS_OK;
    }
    struct reader reader = {.rest = section};
    const uint32_t count = reader_u32(&reader);
    const uint64_t block_count = ((uint64_t)count + TREE_FANOUT - 1) / TREE_FANOUT;
    const uint64_t blocks_size = block_count * word_count * TREE_FANOUT * sizeof(int32_t);
    const uint64_t nodes_size = tree_nodes(count) * sizeof(struct tree_node);
    if (section.size != PACK_HEADER_SIZE + blocks_size + nodes_size) {
        return fault_set(fault, STATUS_CORRUPT, "a %s of %u items cannot have %zu bytes", name,
                         count, section.size);
    }
    const void *const nodes = section.data + PACK_HEADER_SIZE + blocks_size;
    *blocks = section.data + PACK_HEADER_SIZE;
    *tree = tree_over(nodes, count);
    return STATUS_OK;
}
