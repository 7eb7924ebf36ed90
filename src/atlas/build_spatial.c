#include <stdlib.h>

#include "atlas/build_area.h"
#include "atlas/build_write.h"
#include "index/areas.h"
#include "index/lines.h"
#include "index/points.h"

static void settlements_free(struct points_builder **builder)
{
    points_builder_free(*builder);
}

static void lines_free(struct lines_builder **builder)
{
    lines_builder_free(*builder);
}

static void areas_free(struct areas_builder **builder)
{
    areas_builder_free(*builder);
}

static enum status settlements_write(struct build_output *output, struct fault *fault)
{
    const struct index_build_options options = build_index_options(output->world);
    struct points_builder *builder SCOPED(settlements_free) = NULL;
    TRY(points_builder_new(&options, &builder, fault));
    for (uint32_t i = output->layer_first[LAYER_LOCALITY]; i < output->layer_first[LAYER_POSTCODE];
         i++) {
        const struct atlas_doc *const doc = &output->world->drafts[output->order[i]].doc;
        const struct geo_point point = {.lng_e7 = doc->lng_e7, .lat_e7 = doc->lat_e7};
        TRY(points_builder_add(builder, point, i, fault));
    }
    return points_builder_write(builder, output->writer, ATLAS_SECTION_SETTLEMENTS, fault);
}

enum status build_lines_each(struct world *world, build_line_take *take, void *context,
                             struct fault *fault)
{
    struct buffer points SCOPED(buffer_free) = {.account = world->account};
    struct spool_reader reader SCOPED(spool_reader_close) = {0};
    TRY(spool_reader_open(world->lines, &reader, fault));
    for (uint64_t rest = spool_size(world->lines); rest > 0;) {
        const uint8_t *data = NULL;
        uint32_t head[2]; // draft, points
        TRY(spool_reader_take(&reader, sizeof(head), &data, fault));
        memcpy(head, data, sizeof(head));
        const size_t size = head[1] * sizeof(struct geo_point);
        TRY(spool_reader_take(&reader, size, &data, fault));
        buffer_clear(&points);
        buffer_append(&points, data, size);
        if (buffer_status(&points) != STATUS_OK) {
            return build_no_memory(world, fault);
        }
        TRY(take(context, head[0], (const void *)points.data, head[1], fault));
        rest -= sizeof(head) + size;
    }
    return STATUS_OK;
}

struct line_output {
    struct build_output *output;
    struct lines_builder *builder;
};

static enum status line_take(void *context, uint32_t draft, const struct geo_point *points,
                             size_t count, struct fault *fault)
{
    const struct line_output *const line = context;
    const uint32_t street = line->output->numbers[draft] - line->output->layer_first[LAYER_STREET];
    return lines_builder_add(line->builder, points, count, street, fault);
}

static enum status lines_write(struct build_output *output, struct fault *fault)
{
    const struct index_build_options options = build_index_options(output->world);
    struct lines_builder *builder SCOPED(lines_free) = NULL;
    TRY(lines_builder_new(&options, &builder, fault));
    struct line_output line = {.output = output, .builder = builder};
    TRY(build_lines_each(output->world, line_take, &line, fault));
    return lines_builder_write(builder, output->writer, ATLAS_SECTION_LINES, fault);
}

struct area_order {
    uint32_t doc;
    uint32_t place;
};

static int by_doc(const void *left, const void *right)
{
    const struct area_order *const a = left;
    const struct area_order *const b = right;
    if (a->doc != b->doc) {
        return a->doc < b->doc ? -1 : 1;
    }
    return (a->place > b->place) - (a->place < b->place);
}

// The places with an outline of their own, by document.
static size_t areas_order(const struct build_output *output, struct area_order *order)
{
    const struct world *const world = output->world;
    size_t count = 0;
    for (uint32_t i = 0; i < world->place_count; i++) {
        const struct place *const place = &world->places[i];
        if (place->rings != BUILD_NONE && place->draft != BUILD_NONE && place->twin == BUILD_NONE) {
            order[count++] = (struct area_order){.doc = output->numbers[place->draft], .place = i};
        }
    }
    if (count != 0) {
        qsort(order, count, sizeof(*order), by_doc);
    }
    return count;
}

static enum status areas_write(struct build_output *output, struct fault *fault)
{
    struct world *const world = output->world;
    const struct index_build_options options = build_index_options(world);
    struct areas_builder *builder SCOPED(areas_free) = NULL;
    struct area_order *const order SCOPED(build_give) =
        memory_take(world->account, world->place_count + 1, sizeof(*order));
    if (order == NULL) {
        return build_no_memory(world, fault);
    }
    TRY(areas_builder_new(&options, &builder, fault));
    const size_t count = areas_order(output, order);
    for (size_t i = 0; i < count; i++) {
        struct geo_rings rings;
        TRY(build_rings_at(world, world->places[order[i].place].rings, &rings, fault));
        TRY(areas_builder_add(builder, &rings, order[i].doc, fault));
    }
    return areas_builder_write(builder, output->writer, ATLAS_SECTION_AREAS, fault);
}

// Nothing at all without outlines of zones.
static enum status zones_write(struct build_output *output, struct fault *fault)
{
    struct world *const world = output->world;
    if (world->zone_count == 0) {
        return STATUS_OK;
    }
    const struct index_build_options options = build_index_options(world);
    struct areas_builder *builder SCOPED(areas_free) = NULL;
    TRY(areas_builder_new(&options, &builder, fault));
    TRY(build_section(output, ATLAS_SECTION_ZONE_NAMES, sizeof(struct atlas_zone), fault));
    for (uint32_t i = 0; i < world->zone_count; i++) {
        struct geo_rings rings;
        TRY(build_rings_at(world, world->zones[i].rings, &rings, fault));
        TRY(areas_builder_add(builder, &rings, i, fault));
        const struct atlas_zone zone = {.name = world->zones[i].name,
                                        .country = world->zones[i].country};
        TRY(archive_writer_append(output->writer, &zone, sizeof(zone), fault));
    }
    return areas_builder_write(builder, output->writer, ATLAS_SECTION_ZONES, fault);
}

enum status build_spatial_write(struct build_output *output, struct fault *fault)
{
    TRY(build_progress(output->world, "map", 0, 3, fault));
    TRY(settlements_write(output, fault));
    TRY(build_progress(output->world, "map", 1, 3, fault));
    TRY(lines_write(output, fault));
    TRY(build_progress(output->world, "map", 2, 3, fault));
    TRY(areas_write(output, fault));
    TRY(zones_write(output, fault));
    return build_progress(output->world, "map", 3, 3, fault);
}
