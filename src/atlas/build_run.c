#include "atlas/build_run.h"

#include <stdio.h>

#include "archive/archive_write.h"
#include "atlas/build_area.h"
#include "atlas/build_collect.h"
#include "atlas/build_context.h"
#include "atlas/build_crossing.h"
#include "atlas/build_late.h"
#include "atlas/build_locate.h"
#include "atlas/build_place.h"
#include "atlas/build_poi.h"
#include "atlas/build_seen.h"
#include "atlas/build_street.h"
#include "atlas/build_write.h"
#include "sys/file.h"

static void world_free(struct world *world)
{
    build_seen_free(world);
    build_pois_free(world);
    build_contexts_free(world);
    build_areas_close(world);
    sorter_free(world->named);
    sorter_free(world->names);
    sorter_free(world->crossing_nodes);
    spool_free(world->crossings);
    spool_free(world->things);
    spool_free(world->outlines);
    spool_free(world->lines);
    spool_free(world->ways);
    spool_free(world->rows);
    spool_free(world->late);
    spool_free(world->late_rows);
    build_intern_free(&world->strings);
    build_intern_free(&world->variants);
    build_intern_free(&world->facts);
    build_intern_free(&world->lists);
    build_intern_free(&world->phrases);
    build_intern_free(&world->street_names);
    build_intern_free(&world->street_phrases);
    memory_give(world->street_name_phrases);
    memory_give(world->drafts);
    memory_give(world->streets);
    memory_give(world->pois);
    memory_give(world->aliases);
    memory_give(world->places);
    memory_give(world->rings);
    memory_give(world->zones);
    buffer_free(&world->place_records);
    buffer_free(&world->readings.memory);
    buffer_free(&world->buffer);
    build_scratch_free(&world->scratch);
    text_folder_free(world->folder);
}

static void accounts_set(struct world *world)
{
    struct memory_account *const account = world->account;
    world->strings.account = account;
    world->variants.account = account;
    world->facts.account = account;
    world->lists.account = account;
    world->phrases.account = account;
    world->street_names.account = account;
    world->street_phrases.account = account;
    world->place_records.account = account;
    world->readings.memory.account = account;
    world->buffer.account = account;
    world->scratch.account = account;
}

static enum status world_open(struct world *world, struct fault *fault)
{
    accounts_set(world);
    struct spool **const spools[] = {&world->things,   &world->outlines, &world->lines,
                                     &world->ways,     &world->rows,     &world->late,
                                     &world->late_rows};
    for (size_t i = 0; i < COUNT_OF(spools); i++) {
        TRY(spool_new(world->options->sys, world->account, world->directory, spools[i], fault));
    }
    const struct sorter_options names = build_sorter_options(world, "names");
    TRY(build_named_new(world, fault));
    TRY(sorter_new(&names, &world->names, fault));
    TRY(text_folder_new(world->account, &world->folder, fault));
    TRY(build_contexts_new(world, fault));
    TRY(build_seen_new(world, fault));
    TRY(build_pois_new(world, fault));
    TRY(build_crossings_new(world, fault));

    uint32_t number = 0; // list 0 is the empty one, string 0 the empty string
    if (build_intern_add(&world->lists, (struct bytes){0}, &number) != STATUS_OK ||
        build_intern_string(&world->strings, (struct bytes){0}, &number) != STATUS_OK) {
        return build_no_memory(world, fault);
    }
    return STATUS_OK;
}

// Once each: what the answers will not know, and what would tell it.
static void unknown_warn(struct world *world)
{
    const struct build_report *const report = world->report;
    if (report->without_country_count != 0) {
        build_warn(world,
                   "%llu addresses and places lie in no known country: add Natural Earth's admin 0 "
                   "countries to the inputs, or give --country",
                   (unsigned long long)report->without_country_count);
    }
    if (report->without_region_count != 0) {
        build_warn(world,
                   "%llu addresses and places lie in no known region: Natural Earth's admin 1 "
                   "states and provinces would tell it, where the country has regions",
                   (unsigned long long)report->without_region_count);
    }
    if (report->without_zone_count != 0) {
        build_warn(world,
                   "%llu addresses and places lie in no known time zone: add the outlines of "
                   "timezone-boundary-builder to the inputs",
                   (unsigned long long)report->without_zone_count);
    }
}

static enum status world_build(struct world *world, struct fault *fault)
{
    build_seen_free(world);
    TRY(build_places_unique(world, fault));
    TRY(build_areas_open(world, fault));
    TRY(build_places(world, fault));
    TRY(build_contexts_ready(world, fault));
    TRY(build_locate(world, fault));
    TRY(build_streets(world, false, fault));
    TRY(build_late(world, fault));
    TRY(build_crossings(world, fault));
    TRY(build_contexts_settle(world, fault));
    unknown_warn(world);
    return STATUS_OK;
}

static void writer_close(struct archive_writer **writer)
{
    archive_writer_close(*writer);
}

static enum status world_write(struct world *world, const struct build_source *sources,
                               struct fault *fault)
{
    const struct build_options *const options = world->options;
    struct archive_writer *writer SCOPED(writer_close) = NULL;
    TRY(archive_writer_open(options->sys, world->account, options->output, &writer, fault));
    TRY(build_write(world, sources, options->input_count, writer, fault));
    TRY(archive_writer_commit(writer, fault));
    struct sys_stat stat;
    if (options->sys->stat_path(options->sys, options->output, &stat, NULL) == STATUS_OK) {
        world->report->output_size = stat.size;
    }
    return STATUS_OK;
}

enum status build_run(const struct build_options *options, build_feed *feed, void *context,
                      struct build_report *report, struct fault *fault)
{
    char directory[FILE_PATH_MAX];
    struct build_report made = {0};
    if (options->directory == NULL) {
        TRY(file_directory(options->output, directory, sizeof(directory), fault));
    } else if ((size_t)snprintf(directory, sizeof(directory), "%s", options->directory) >=
               sizeof(directory)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "the name of the temporary folder is too long");
    }
    struct world world SCOPED(world_free) = {
        .options = options,
        .report = &made,
        .account = options->account,
        .directory = directory,
        .country = build_country_pack(options->country),
    };
    struct build_source *const sources SCOPED(build_give) =
        memory_take_zeroed(options->account, options->input_count + 1, sizeof(*sources));
    if (sources == NULL) {
        return build_no_memory(&world, fault);
    }
    TRY(world_open(&world, fault));
    TRY(feed(context, &world, sources, fault));
    TRY(world_build(&world, fault));
    TRY(world_write(&world, sources, fault));
    *report = made;
    return STATUS_OK;
}
