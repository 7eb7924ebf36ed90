// Write: drafts get their numbers, and everything goes into the archive.
#ifndef ATLAS_BUILD_WRITE_H
#define ATLAS_BUILD_WRITE_H

#include "archive/archive_write.h"
#include "atlas/build_world.h"
#include "source/feature.h"

// What the inputs were, in order.
struct build_source {
    struct source_summary summary;
};

struct build_output {
    struct world *world;
    struct archive_writer *writer;
    uint32_t *numbers; // of each draft: its document
    uint32_t *order;   // of each document: its draft
    uint32_t layer_first[LAYER_DOC_COUNT + 1];
    uint32_t name_count, word_count, house_count;
    struct geo_box box; // of everything
    const struct build_source *sources;
    size_t source_count;
};

MUST_USE enum status build_write(struct world *world, const struct build_source *sources,
                                 size_t source_count, struct archive_writer *writer,
                                 struct fault *fault);

// Begins a section of the atlas.
MUST_USE enum status build_section(struct build_output *output, uint32_t kind, uint32_t item_size,
                                   struct fault *fault);

// The same for a section that readers who do not know it may do without.
MUST_USE enum status build_section_optional(struct build_output *output, uint32_t kind,
                                            uint32_t item_size, struct fault *fault);

// build_dictionary.c: the sections of names and words; sets the main phrase of every draft.
MUST_USE enum status build_dictionary_write(struct build_output *output, struct fault *fault);

// build_rows.c: house rows, their points and ids. Chains are in `chains` afterwards.
struct build_chains {
    struct build_intern final; // what becomes the section
    uint32_t *offsets;         // of each list of drafts: in `final`, or BUILD_NONE
    size_t capacity;
};
MUST_USE enum status build_chain_offset(struct build_output *output, struct build_chains *chains,
                                        uint32_t list, uint32_t *offset, struct fault *fault);
MUST_USE enum status build_rows_write(struct build_output *output, struct build_chains *chains,
                                      struct fault *fault);

// build_numbers.c: the rows by number.
struct build_numbers {
    struct sorter *sorter; // number, suffix, phrase of the street, row (big-endian) -> nothing
};
MUST_USE enum status build_numbers_open(struct build_output *output, struct build_numbers *numbers,
                                        struct fault *fault);
MUST_USE enum status build_numbers_add(struct build_output *output, struct build_numbers *numbers,
                                       const struct atlas_house *house, uint32_t row,
                                       struct fault *fault);
MUST_USE enum status build_numbers_write(struct build_output *output, struct build_numbers *numbers,
                                         struct fault *fault);
void build_numbers_close(struct build_numbers *numbers);

// build_category.c: the places of interest of each category.
MUST_USE enum status build_categories_write(struct build_output *output, struct fault *fault);

// build_spatial.c: calls `take` with every line of every street.
typedef enum status build_line_take(void *context, uint32_t draft, const struct geo_point *points,
                                    size_t count, struct fault *fault);
MUST_USE enum status build_lines_each(struct world *world, build_line_take *take, void *context,
                                      struct fault *fault);

// build_spatial.c: lines, areas, settlements.
MUST_USE enum status build_spatial_write(struct build_output *output, struct fault *fault);

struct index_build_options build_index_options(const struct world *world);
struct sorter_options build_sorter_options(const struct world *world, const char *name);

#endif
