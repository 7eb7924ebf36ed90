#include "index/lines_private.h"
#include "index/pack.h"

struct lines_builder {
    struct pack pack;
};

enum status lines_builder_new(const struct index_build_options *options,
                              struct lines_builder **builder, struct fault *fault)
{
    struct lines_builder *const made = memory_take_zeroed(options->account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a line index");
    }
    made->pack = (struct pack){
        .item_size = sizeof(struct lines_item), .box = lines_item_box, .name = LINES_NAME};
    const enum status status = pack_begin(&made->pack, options, fault);
    if (status != STATUS_OK) {
        memory_give(made);
        return status;
    }
    *builder = made;
    return STATUS_OK;
}

void lines_builder_free(struct lines_builder *builder)
{
    if (builder != NULL) {
        pack_end(&builder->pack);
        memory_give(builder);
    }
}

enum status lines_builder_add(struct lines_builder *builder, const struct geo_point *points,
                              size_t count, uint32_t reference, struct fault *fault)
{
    for (size_t i = 0; i + 1 < count || (i == 0 && count == 1); i++) {
        const struct lines_item item = {
            .from = points[i], .to = points[count == 1 ? 0 : i + 1], .reference = reference};
        TRY(pack_add(&builder->pack, lines_item_leaf(&item), reference, &item, fault));
    }
    return STATUS_OK;
}

enum status lines_builder_write(struct lines_builder *builder, struct archive_writer *writer,
                                uint32_t kind, struct fault *fault)
{
    return pack_write(&builder->pack, writer, kind, fault);
}
