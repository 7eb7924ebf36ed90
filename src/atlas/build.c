#include "atlas/build.h"

#include "atlas/build_collect.h"
#include "atlas/build_run.h"
#include "source/source.h"

static enum status input_read(struct world *world, const char *input, struct build_source *source,
                              struct fault *fault)
{
    const struct build_options *const options = world->options;
    const struct source_options reading = {
        .sys = options->sys,
        .account = world->account,
        .memory_size = options->memory_size / 2,
        .directory = world->directory,
        .threads = options->threads,
        .companions = options->inputs,
        .companion_count = options->input_count,
        .progress = options->progress,
        .progress_context = options->progress_context,
        .warn = options->warn,
        .warn_context = options->warn_context,
    };
    const struct feature_sink sink = {.take = build_collect_feature, .context = world};
    TRY(source_read(input, &reading, &sink, &source->summary, fault));
    world->report->input_size += source->summary.input_size;
    world->report->warning_count += source->summary.skipped_count;
    return STATUS_OK;
}

static enum status inputs_read(void *context, struct world *world, struct build_source *sources,
                               struct fault *fault)
{
    (void)context;
    for (size_t i = 0; i < world->options->input_count; i++) {
        world->source = i < ATLAS_SOURCE_NONE ? (uint8_t)i : ATLAS_SOURCE_NONE;
        TRY(input_read(world, world->options->inputs[i], &sources[i], fault));
    }
    return STATUS_OK;
}

enum status build_atlas(const struct build_options *options, struct build_report *report,
                        struct fault *fault)
{
    return build_run(options, inputs_read, NULL, report, fault);
}
