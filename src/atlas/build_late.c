#include "atlas/build_late.h"

#include <stdlib.h>

#include "archive/archive.h"
#include "atlas/build_street.h"
#include "atlas/build_write.h"
#include "index/lines.h"
#include "sys/file.h"

static const double reading_reach_m = 500;
static const double nameless_reach_m = 100;

// The streets with lines, by where they are.
struct late_index {
    struct archive *archive;
    struct lines_index lines;
};

static void index_close(struct late_index *index)
{
    archive_close(index->archive);
}

static void builder_free(struct lines_builder **builder)
{
    lines_builder_free(*builder);
}

static void writer_close(struct archive_writer **writer)
{
    archive_writer_close(*writer);
}

struct line_input {
    const struct world *world;
    struct lines_builder *builder;
};

static enum status line_take(void *context, uint32_t draft, const struct geo_point *points,
                             size_t count, struct fault *fault)
{
    const struct line_input *const input = context;
    return lines_builder_add(input->builder, points, count, input->world->drafts[draft].detail,
                             fault);
}

static enum status lines_write(struct world *world, const char *path, struct fault *fault)
{
    const struct index_build_options options = build_index_options(world);
    struct lines_builder *builder SCOPED(builder_free) = NULL;
    struct archive_writer *writer SCOPED(writer_close) = NULL;
    TRY(lines_builder_new(&options, &builder, fault));
    struct line_input input = {.world = world, .builder = builder};
    TRY(build_lines_each(world, line_take, &input, fault));
    TRY(archive_writer_open(options.sys, world->account, path, &writer, fault));
    TRY(lines_builder_write(builder, writer, ATLAS_SECTION_LINES, fault));
    return archive_writer_commit(writer, fault);
}

static enum status index_open(struct world *world, struct late_index *index, struct fault *fault)
{
    char path[FILE_PATH_MAX];
    TRY(build_temporary_name(world, "lines", path, fault));
    TRY(lines_write(world, path, fault));
    const enum status opened =
        archive_open(world->options->sys, world->account, path, &index->archive, fault);
    status_ignore(world->options->sys->unlink(world->options->sys, path, NULL),
                  "a temporary file that stays behind harms nobody");
    TRY(opened);
    return lines_open(archive_section(index->archive, ATLAS_SECTION_LINES), &index->lines, fault);
}

struct late_question {
    const struct world *world;
    struct bytes phrases; // of the address's street name, each with a zero byte behind it
};

static bool has_phrase(struct bytes phrases, const char *phrase, size_t size)
{
    for (size_t i = 0; i < phrases.size;) {
        const size_t other = strlen((const char *)phrases.data + i);
        if (other == size && memcmp(phrases.data + i, phrase, size) == 0) {
            return true;
        }
        i += other + 1;
    }
    return false;
}

static bool may_be_meant(void *context, uint32_t street)
{
    const struct late_question *const question = context;
    const struct world *const world = question->world;
    const struct bytes phrases =
        build_intern_at(&world->street_phrases, world->streets[street].phrases);
    for (size_t i = 0; i < question->phrases.size;) {
        const char *const phrase = (const char *)question->phrases.data + i;
        const size_t size = strlen(phrase);
        if (has_phrase(phrases, phrase, size)) {
            return true;
        }
        i += size + 1;
    }
    return false;
}

static uint32_t late_street(const struct world *world, const struct late_index *index,
                            const struct address_row *row)
{
    struct lines_hit hit;
    struct late_question question = {.world = world};
    if (row->street_name == BUILD_NONE) {
        return lines_nearest(&index->lines, row->point, nameless_reach_m, NULL, NULL, &hit, 1) == 0
                   ? BUILD_NONE
                   : hit.reference;
    }
    question.phrases = build_street_phrases_at(world, row->street_name);
    return lines_nearest(&index->lines, row->point, reading_reach_m, may_be_meant, &question, &hit,
                         1) == 0
               ? BUILD_NONE
               : hit.reference;
}

static void mains_free(struct build_mains *mains)
{
    build_intern_free(&mains->phrases);
}

// Parts the late addresses: to the street found, to the names again, or left out.
static enum status late_part(struct world *world, const struct late_index *index,
                             struct sorter *found, struct fault *fault)
{
    struct build_mains mains SCOPED(mains_free) = {.count = 0};
    TRY(build_mains_gather(world, &mains, fault));
    struct spool_reader reader SCOPED(spool_reader_close) = {0};
    TRY(spool_reader_open(world->late, &reader, fault));
    const uint64_t total = spool_size(world->late) / sizeof(struct address_row);
    for (uint64_t done = 0; done < total; done++) {
        const uint8_t *data = NULL;
        struct address_row row;
        TRY(spool_reader_take(&reader, sizeof(row), &data, fault));
        memcpy(&row, data, sizeof(row));
        const struct bytes value = {.data = (const uint8_t *)&row, .size = sizeof(row)};
        const uint32_t street = late_street(world, index, &row);
        if (street != BUILD_NONE) {
            const uint32_t big = __builtin_bswap32(street);
            const struct bytes key = {.data = (const uint8_t *)&big, .size = sizeof(big)};
            TRY(sorter_add(found, key, value, fault));
        } else if (row.street_name != BUILD_NONE) {
            bool is_sent = false;
            TRY(build_named_add_fullest(world, &mains, row.street_name, value, &is_sent, fault));
        } else {
            world->report->unattached_count++;
        }
        if (done % 4096 == 0) {
            TRY(build_progress(world, "late", done, total, fault));
        }
    }
    return STATUS_OK;
}

// Gives the streets the addresses that found them, one run a street.
static enum status late_give(struct world *world, struct sorter *found, struct fault *fault)
{
    TRY(sorter_sort(found, fault));
    for (uint64_t i = sorter_count(found); i > 0; i--) {
        struct bytes key = {0};
        struct bytes value = {0};
        TRY(sorter_next(found, &key, &value, fault));
        uint32_t big;
        struct address_row row;
        memcpy(&big, key.data, sizeof(big));
        memcpy(&row, value.data, sizeof(row));
        struct street_draft *const street = &world->streets[__builtin_bswap32(big)];
        if (street->late_count == 0) {
            street->late_offset = spool_size(world->late_rows);
        }
        street->late_count++;
        TRY(spool_append(world->late_rows, &row, sizeof(row), fault));
        TRY(build_street_contexts_add(world, street, &row.context, fault));
    }
    return STATUS_OK;
}

static void sorter_close(struct sorter **sorter)
{
    sorter_free(*sorter);
}

enum status build_late(struct world *world, struct fault *fault)
{
    if (spool_size(world->late) == 0) {
        return STATUS_OK;
    }
    const struct sorter_options options = build_sorter_options(world, "late addresses");
    struct late_index index SCOPED(index_close) = {0};
    struct sorter *found SCOPED(sorter_close) = NULL;
    TRY(sorter_new(&options, &found, fault));
    TRY(index_open(world, &index, fault));
    TRY(build_named_new(world, fault));
    TRY(late_part(world, &index, found, fault));
    TRY(late_give(world, found, fault));
    return build_streets(world, true, fault);
}
