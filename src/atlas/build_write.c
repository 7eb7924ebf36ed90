#include "atlas/build_write.h"

#include <stdlib.h>

#include "atlas/build_way.h"
#include "geo/cell.h"
#include "index/build.h"
#include "source/category.h"
#include "text/fold.h"

static const char builder_name[] = "rhumb 0.1.0";

struct index_build_options build_index_options(const struct world *world)
{
    return (struct index_build_options){
        .sys = world->options->sys,
        .account = world->account,
        .memory_size = world->options->memory_size / 8,
        .directory = world->directory,
        .threads = world->options->threads,
    };
}

struct sorter_options build_sorter_options(const struct world *world, const char *name)
{
    return (struct sorter_options){
        .sys = world->options->sys,
        .account = world->account,
        .memory_size = world->options->memory_size / 8,
        .directory = world->directory,
        .threads = world->options->threads,
        .name = name,
    };
}

enum status build_section(struct build_output *output, uint32_t kind, uint32_t item_size,
                          struct fault *fault)
{
    const struct archive_section_options options = {
        .kind = kind, .item_size = item_size, .version = ATLAS_SECTION_VERSION};
    return archive_writer_section_with(output->writer, &options, fault);
}

enum status build_section_optional(struct build_output *output, uint32_t kind, uint32_t item_size,
                                   struct fault *fault)
{
    const struct archive_section_options options = {.kind = kind,
                                                    .item_size = item_size,
                                                    .version = ATLAS_SECTION_VERSION,
                                                    .is_optional = true};
    return archive_writer_section_with(output->writer, &options, fault);
}

struct numbered {
    uint64_t cell;
    uint64_t id;
    uint32_t draft;
    uint32_t layer;
};

static int by_number(const void *left, const void *right)
{
    const struct numbered *const a = left;
    const struct numbered *const b = right;
    if (a->layer != b->layer) {
        return a->layer < b->layer ? -1 : 1;
    }
    if (a->cell != b->cell) {
        return a->cell < b->cell ? -1 : 1;
    }
    if (a->id != b->id) {
        return a->id < b->id ? -1 : 1;
    }
    return (a->draft > b->draft) - (a->draft < b->draft);
}

// Numbers the documents by layer, cell, id; writes their cells.
static enum status documents_number(struct build_output *output, struct fault *fault)
{
    struct world *const world = output->world;
    struct numbered *const all SCOPED(build_give) =
        memory_take(world->account, world->draft_count + 1, sizeof(*all));
    output->numbers = memory_take(world->account, world->draft_count + 1, sizeof(uint32_t));
    output->order = memory_take(world->account, world->draft_count + 1, sizeof(uint32_t));
    if (all == NULL || output->numbers == NULL || output->order == NULL) {
        return build_no_memory(world, fault);
    }
    for (uint32_t i = 0; i < world->draft_count; i++) {
        const struct atlas_doc *const doc = &world->drafts[i].doc;
        const struct geo_point point = {.lng_e7 = doc->lng_e7, .lat_e7 = doc->lat_e7};
        all[i] = (struct numbered){.cell = cell_from_point(point, CELL_LEVEL_MAX),
                                   .id = doc->id,
                                   .draft = i,
                                   .layer = doc->layer};
        output->box = geo_box_extend(output->box, point);
    }
    if (world->draft_count != 0) {
        qsort(all, world->draft_count, sizeof(*all), by_number);
    }
    TRY(build_section(output, ATLAS_SECTION_CELLS, sizeof(uint64_t), fault));
    uint32_t layer = 0;
    for (uint32_t i = 0; i < world->draft_count; i++) {
        for (; layer <= all[i].layer; layer++) {
            output->layer_first[layer] = i;
        }
        output->numbers[all[i].draft] = i;
        output->order[i] = all[i].draft;
        world->report->doc_counts[all[i].layer]++;
        TRY(archive_writer_append(output->writer, &all[i].cell, sizeof(all[i].cell), fault));
    }
    for (; layer <= LAYER_DOC_COUNT; layer++) {
        output->layer_first[layer] = (uint32_t)world->draft_count;
    }
    return STATUS_OK;
}

static enum status documents_write(struct build_output *output, struct build_chains *chains,
                                   struct fault *fault)
{
    struct world *const world = output->world;
    uint32_t box_count = 0;
    TRY(build_section(output, ATLAS_SECTION_DOCS, sizeof(struct atlas_doc), fault));
    for (uint32_t i = 0; i < world->draft_count; i++) {
        struct draft *const draft = &world->drafts[output->order[i]];
        struct atlas_doc doc = draft->doc;
        doc.box = draft->has_box ? ++box_count : 0;
        TRY(build_chain_offset(output, chains, doc.chain, &doc.chain, fault));
        TRY(archive_writer_append(output->writer, &doc, sizeof(doc), fault));
    }
    TRY(build_section_optional(output, ATLAS_SECTION_DOC_SOURCES, sizeof(uint8_t), fault));
    for (uint32_t i = 0; i < world->draft_count; i++) {
        const uint8_t source = world->drafts[output->order[i]].source;
        TRY(archive_writer_append(output->writer, &source, sizeof(source), fault));
    }
    TRY(build_section(output, ATLAS_SECTION_BOXES, sizeof(struct geo_box), fault));
    for (uint32_t i = 0; i < world->draft_count; i++) {
        const struct draft *const draft = &world->drafts[output->order[i]];
        if (draft->has_box) {
            TRY(archive_writer_append(output->writer, &draft->box, sizeof(draft->box), fault));
        }
    }
    return STATUS_OK;
}

static enum status string_of(struct build_output *output, const char *text, uint32_t *offset,
                             struct fault *fault)
{
    struct world *const world = output->world;
    const struct bytes bytes = text == NULL ? (struct bytes){0} : bytes_from_text(text);
    return build_intern_string(&world->strings, bytes, offset) == STATUS_OK
               ? STATUS_OK
               : build_no_memory(world, fault);
}

static enum status sources_write(struct build_output *output, struct fault *fault)
{
    TRY(build_section(output, ATLAS_SECTION_SOURCES, sizeof(struct atlas_source), fault));
    for (size_t i = 0; i < output->source_count; i++) {
        const struct source_summary *const summary = &output->sources[i].summary;
        struct atlas_source source = {.feature_count = summary->feature_count,
                                      .skipped_count = summary->skipped_count,
                                      .data_time_s = summary->data_time_s,
                                      .kind = (uint32_t)summary->kind};
        TRY(string_of(output, summary->name, &source.name, fault));
        TRY(string_of(output, summary->attribution, &source.attribution, fault));
        TRY(string_of(output, summary->licence, &source.licence, fault));
        TRY(string_of(output, summary->url, &source.url, fault));
        TRY(archive_writer_append(output->writer, &source, sizeof(source), fault));
    }
    TRY(build_section(output, ATLAS_SECTION_CATEGORIES, sizeof(uint32_t), fault));
    for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
        uint32_t name = 0;
        TRY(string_of(output, category_name((uint16_t)i), &name, fault));
        TRY(archive_writer_append(output->writer, &name, sizeof(name), fault));
    }
    return STATUS_OK;
}

static enum status header_write(struct build_output *output, struct fault *fault)
{
    struct atlas_header header = {
        .house_count = output->house_count,
        .name_count = output->name_count,
        .word_count = output->word_count,
        .box = {output->box.west_e7, output->box.south_e7, output->box.east_e7,
                output->box.north_e7},
        .warning_count = (uint32_t)output->world->report->warning_count,
        .flags = ATLAS_AREAS_ASCEND,
    };
    memcpy(header.layer_first, output->layer_first, sizeof(header.layer_first));
    TRY(string_of(output, text_tables_version(), &header.text_tables, fault));
    TRY(string_of(output, builder_name, &header.builder, fault));
    TRY(build_section(output, ATLAS_SECTION_HEADER, sizeof(header), fault));
    return archive_writer_append(output->writer, &header, sizeof(header), fault);
}

// A store that the stages filled, as it stands; offset 0 is there even when nothing else is.
static enum status store_write(struct build_output *output, uint32_t kind, uint32_t item_size,
                               const struct build_intern *intern, struct fault *fault)
{
    static const uint8_t nothing[4] = {0};
    TRY(kind == ATLAS_SECTION_FACTS ? build_section_optional(output, kind, item_size, fault)
                                    : build_section(output, kind, item_size, fault));
    return intern->store.size == 0
               ? archive_writer_append(output->writer, nothing, item_size, fault)
               : archive_writer_append(output->writer, intern->store.data, intern->store.size,
                                       fault);
}

static void chains_free(struct build_chains *chains)
{
    build_intern_free(&chains->final);
    memory_give(chains->offsets);
}

static void output_free(struct build_output *output)
{
    memory_give(output->numbers);
    memory_give(output->order);
}

enum status build_write(struct world *world, const struct build_source *sources,
                        size_t source_count, struct archive_writer *writer, struct fault *fault)
{
    struct build_output output SCOPED(output_free) = {
        .world = world,
        .writer = writer,
        .box = GEO_BOX_EMPTY,
        .sources = sources,
        .source_count = source_count,
    };
    struct build_chains chains SCOPED(chains_free) = {.final = {.account = world->account}};
    TRY(documents_number(&output, fault));
    TRY(build_dictionary_write(&output, fault));
    TRY(build_rows_write(&output, &chains, fault));
    TRY(documents_write(&output, &chains, fault));
    TRY(build_ways_write(&output, fault));
    TRY(build_categories_write(&output, fault));
    TRY(build_spatial_write(&output, fault));
    TRY(sources_write(&output, fault));
    TRY(header_write(&output, fault));
    TRY(store_write(&output, ATLAS_SECTION_CHAINS, sizeof(uint32_t), &chains.final, fault));
    TRY(store_write(&output, ATLAS_SECTION_VARIANTS, sizeof(uint32_t), &world->variants, fault));
    TRY(store_write(&output, ATLAS_SECTION_FACTS, sizeof(uint32_t), &world->facts, fault));
    return store_write(&output, ATLAS_SECTION_STRINGS, 1, &world->strings, fault);
}
