#include "atlas/build.h"

#include <stdio.h>
#include <string.h>

#include "atlas/describe.h"
#include "atlas/update.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "sys/clock.h"
#include "sys/process.h"
#include "sys/thread.h"

struct build_settings {
    const char *output;
    const char *country;
    const char *directory;
    size_t memory_size;
    unsigned threads;
    bool keeps;
    bool is_quiet;
};

#define FIELD(name) .offset = offsetof(struct build_settings, name)

static const struct option build_rows[] = {
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     FIELD(output),
     .value = "FILE",
     .help = "the atlas to write; it appears whole or not at all"},
    {.name = "memory",
     .kind = OPTION_SIZE,
     FIELD(memory_size),
     .value = "SIZE",
     .fallback = "1G",
     .help = "what the build may hold in memory; more input goes through temporary files"},
    {.name = "threads",
     .kind = OPTION_COUNT,
     FIELD(threads),
     .minimum = 1,
     .maximum = 256,
     .value = "N",
     .help = "how many cores to use; all unless given"},
    {.name = "country",
     .kind = OPTION_TEXT,
     FIELD(country),
     .value = "CC",
     .help = "ISO 3166 code of the country where no source says one"},
    {.name = "temporary",
     .kind = OPTION_TEXT,
     FIELD(directory),
     .value = "FOLDER",
     .help = "where temporary files go; beside the output unless given"},
    {.name = "keep",
     .kind = OPTION_SWITCH,
     FIELD(keeps),
     .help = "leave the objects beside the atlas, as FILE.objects, for rhumb update"},
    {.name = "quiet",
     .letter = 'q',
     .kind = OPTION_SWITCH,
     FIELD(is_quiet),
     .help = "no progress, no warnings, no summary"},
};

static bool is_country(const char *text)
{
    return strlen(text) == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' &&
           text[1] <= 'Z';
}

static void print_report(const struct build_settings *settings, const struct build_report *report,
                         double taken_s)
{
    (void)printf("%s: %.1f MB from %.1f MB of input\n", settings->output,
                 (double)report->output_size / 1e6, (double)report->input_size / 1e6);
    for (unsigned layer = 0; layer < LAYER_DOC_COUNT; layer++) {
        if (report->doc_counts[layer] > 0) {
            (void)printf("  %-14s %10llu\n", layer_name((enum atlas_layer)layer),
                         (unsigned long long)report->doc_counts[layer]);
        }
    }
    (void)printf("  %-14s %10llu, of them %llu interpolated\n", layer_name(LAYER_ADDRESS),
                 (unsigned long long)report->house_count,
                 (unsigned long long)report->interpolated_count);
    (void)printf("  %-14s %10llu\n", layer_name(LAYER_INTERSECTION),
                 (unsigned long long)report->crossing_count);
    if (report->repeated_count > 0) {
        (void)printf("  %llu objects are in several inputs and were taken once\n",
                     (unsigned long long)report->repeated_count);
    }
    if (report->poi_twin_count > 0) {
        (void)printf("  %llu places of interest are drawn twice and went into one\n",
                     (unsigned long long)report->poi_twin_count);
    }
    if (report->merged_count > 0) {
        (void)printf("  %llu addresses say the same as others and went into them\n",
                     (unsigned long long)report->merged_count);
    }
    if (report->unattached_count > 0) {
        (void)printf("  %llu addresses name neither street nor place and were left out\n",
                     (unsigned long long)report->unattached_count);
    }
    if (report->without_region_count > 0) {
        (void)printf("  %llu addresses and places have no region\n",
                     (unsigned long long)report->without_region_count);
    }
    if (report->without_zone_count > 0) {
        (void)printf("  %llu addresses and places have no time zone\n",
                     (unsigned long long)report->without_zone_count);
    }
    if (report->without_country_count > 0) {
        (void)printf("  %llu addresses and places have no country; --country or country polygons "
                     "would tell it\n",
                     (unsigned long long)report->without_country_count);
    }
    (void)printf("%.1f s, %.0f addresses/s, %.1f MB/s, peak memory %.0f MB, %llu warnings\n",
                 taken_s, (double)report->house_count / taken_s,
                 (double)report->input_size / 1e6 / taken_s, (double)process_peak_size() / 1e6,
                 (unsigned long long)report->warning_count);
}

static enum cli_exit build_run(const struct cli_call *call)
{
    const struct build_settings *const settings = call->settings;
    if (settings->output == NULL) {
        return cli_usage(call, "-o FILE is missing: where the atlas is to be written");
    }
    if (settings->country != NULL && !is_country(settings->country)) {
        return cli_usage(call, "--country: '%s' is not a code of two capitals like LI",
                         settings->country);
    }
    struct progress progress = progress_begin(call->sys, settings->is_quiet);
    const int64_t begun_us = sys_monotonic_us(call->sys);
    struct build_options options = {
        .sys = call->sys,
        .account = call->account,
        .output = settings->output,
        .inputs = call->words,
        .input_count = call->word_count,
        .memory_size = settings->memory_size,
        .directory = settings->directory,
        .threads = settings->threads == 0 ? thread_core_count() : settings->threads,
        .progress = progress_step,
        .progress_context = &progress,
        .warn = progress_warn,
        .warn_context = &progress,
    };
    if (settings->country != NULL) {
        memcpy(options.country, settings->country, 2);
    }
    struct build_report report = {0};
    struct fault fault = {0};
    enum status status = build_atlas(&options, &report, &fault);
    uint64_t kept_size = 0;
    if (status == STATUS_OK && settings->keeps) {
        status = update_keep(&options, &kept_size, &fault);
    } else if (status == STATUS_OK && update_forget(call->sys, settings->output)) {
        progress_warn(&progress, "the objects kept beside the old atlas are removed: they are not "
                                 "this one's; --keep would keep them");
    }
    progress_end(&progress);
    if (status != STATUS_OK) {
        return cli_fail(call, &fault);
    }
    if (!settings->is_quiet) {
        const int64_t taken_us = sys_monotonic_us(call->sys) - begun_us;
        print_report(settings, &report, (double)(taken_us + 1) / 1e6);
        if (settings->keeps) {
            (void)printf("%s" UPDATE_OBJECTS_SUFFIX ": %.1f MB\n", settings->output,
                         (double)kept_size / 1e6);
        }
    }
    return CLI_OK;
}

const struct cli_command cli_build = {
    .name = "build",
    .summary = "builds an atlas from open data",
    .operands = "INPUT…",
    .completes = "file",
    .operand_minimum = 1,
    .operand_maximum = SIZE_MAX,
    .description =
        "Reads OpenStreetMap extracts (PBF), GeoNames tables, polygons of countries, regions and "
        "time zones (GeoJSON), OpenAddresses, TIGER ranges, Who's On First (folder, tar, SQLite) "
        "and Photon's dumps, and writes one file that `rhumb serve` and `rhumb search` read. What "
        "an input is, is told by its content; `osm:PATH`, `geonames:PATH`, `countries:PATH`, "
        "`wof:PATH` and the like say it. `mapping:MAP.json:PATH` is any GeoJSON, NDJSON or CSV "
        "with a mapping of its fields. Inputs may be compressed (gzip, zstd, bzip2, zip); `-` is "
        "standard "
        "input.\n\n"
        "The same inputs give the same bytes, with any number of threads. A broken input is an "
        "error that names the file and the place in it; the output then stays as it was.",
    .examples = "rhumb build -o li.atlas liechtenstein.osm.pbf\n"
                "rhumb build -o us.atlas --memory 4G us.osm.pbf cities1000.zip \\\n"
                "    ne_10m_admin_0_countries.geojson ne_10m_admin_1_states_provinces.geojson \\\n"
                "    timezones.geojson.zip",
    .options = {.rows = build_rows, .count = COUNT_OF(build_rows)},
    .settings_size = sizeof(struct build_settings),
    .run = build_run,
};
