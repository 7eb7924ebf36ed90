// Any bytes as a blob, as the content of a blob, and as a blob header.
#include "codec/pbf.h"

#include "base/attributes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void block_walk(struct pbf_decoder *decoder, struct bytes content)
{
    struct pbf_block block;
    if (pbf_block_open(decoder, content, &block, NULL) != STATUS_OK) {
        return;
    }
    struct pbf_cursor cursor = pbf_cursor_over(&block);
    for (struct pbf_object object; pbf_cursor_next(&cursor, &object);) {
        for (uint32_t key, value; pbf_tag_next(&cursor, &object, &key, &value);) {
            (void)(block.strings[key].size + block.strings[value].size);
        }
        if (object.kind == PBF_WAY) {
            for (int64_t node; pbf_reference_next(&cursor, &object, &node);) {
            }
        } else if (object.kind == PBF_RELATION) {
            for (struct pbf_member member; pbf_member_next(&cursor, &object, &member);) {
            }
        }
    }
    struct fault fault;
    status_ignore(pbf_cursor_status(&cursor, &fault), "only that it returns");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_account account = {.name = "fuzz", .limit_size = (size_t)64 << 20};
    struct pbf_decoder decoder = {.account = &account};
    const struct bytes input = {.data = data, .size = size};
    struct pbf_blob_header blob_header;
    struct pbf_header header;
    struct bytes content;
    struct fault fault;
    status_ignore(pbf_blob_header_decode(input, &blob_header, &fault), "only that it returns");
    status_ignore(pbf_header_decode(input, &header, &fault), "only that it returns");
    (void)pbf_block_kinds(input);
    block_walk(&decoder, input);
    if (pbf_blob_decode(&decoder, input, &content, &fault) == STATUS_OK) {
        block_walk(&decoder, content);
    }
    pbf_decoder_close(&decoder);
    return 0;
}
