#include "geo/ring.h"
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
    made->pack =
        (struct pack){.word_count = LINES_WORDS, .box = lines_item_box, .name = LINES_NAME};
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

static enum status add_piece(struct lines_builder *builder, struct ring_edge piece,
                             uint32_t reference, struct fault *fault)
{
    const int32_t item[LINES_WORDS] = {piece.from.lng_e7, piece.from.lat_e7, piece.to.lng_e7,
                                       piece.to.lat_e7, (int32_t)reference};
    return pack_add(&builder->pack, lines_item_leaf(piece.from, piece.to), reference, item, fault);
}

enum status lines_builder_add(struct lines_builder *builder, const struct geo_point *points,
                              size_t count, uint32_t reference, struct fault *fault)
{
    for (size_t i = 0; i + 1 < count || (i == 0 && count == 1); i++) {
        // What crosses the antimeridian is two pieces.
        struct ring_edge pieces[2];
        const int piece_count = ring_edge_cut(points[i], points[count == 1 ? 0 : i + 1], pieces);
        for (int j = 0; j < piece_count; j++) {
            TRY(add_piece(builder, pieces[j], reference, fault));
        }
    }
    return STATUS_OK;
}

enum status lines_builder_write(struct lines_builder *builder, struct archive_writer *writer,
                                uint32_t kind, struct fault *fault)
{
    return pack_write(&builder->pack, writer, kind, fault);
}
