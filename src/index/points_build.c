#include "index/pack.h"
#include "index/points.h"
#include "index/points_private.h"

struct points_builder {
    struct pack pack;
};

enum status points_builder_new(const struct index_build_options *options,
                               struct points_builder **builder, struct fault *fault)
{
    struct points_builder *const made = memory_take_zeroed(options->account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a point index");
    }
    made->pack =
        (struct pack){.word_count = POINTS_WORDS, .box = points_item_box, .name = POINTS_NAME};
    const enum status status = pack_begin(&made->pack, options, fault);
    if (status != STATUS_OK) {
        memory_give(made);
        return status;
    }
    *builder = made;
    return STATUS_OK;
}

void points_builder_free(struct points_builder *builder)
{
    if (builder != NULL) {
        pack_end(&builder->pack);
        memory_give(builder);
    }
}

enum status points_builder_add(struct points_builder *builder, struct geo_point point,
                               uint32_t reference, struct fault *fault)
{
    const int32_t item[POINTS_WORDS] = {point.lng_e7, point.lat_e7, (int32_t)reference};
    return pack_add(&builder->pack, cell_from_point(point, CELL_LEVEL_MAX), reference, item, fault);
}

enum status points_builder_write(struct points_builder *builder, struct archive_writer *writer,
                                 uint32_t kind, struct fault *fault)
{
    return pack_write(&builder->pack, writer, kind, fault);
}
