#include <stdio.h>
#include <time.h>

#include "archive/archive.h"
#include "atlas/atlas.h"
#include "atlas/describe.h"
#include "cli/commands.h"

static void close_archive(struct archive **archive)
{
    archive_close(*archive);
}

// A string of the archive, by its offset; empty when the bytes do not hold one there.
static struct bytes string_at(const struct archive *archive, uint32_t offset)
{
    struct bytes strings = archive_section(archive, ATLAS_SECTION_STRINGS);
    if (offset >= strings.size) {
        return (struct bytes){0};
    }
    struct reader reader = {.rest = {strings.data + offset, strings.size - offset}};
    const uint64_t size = reader_varint(&reader);
    const struct bytes text = reader_take(&reader, size);
    return reader.overrun ? (struct bytes){0} : text;
}

static void print_string(const char *before, struct bytes text)
{
    (void)printf("%s%.*s", before, (int)text.size, (const char *)text.data);
}

static void print_day(int64_t time_s)
{
    const time_t seconds = (time_t)time_s;
    struct tm day;
    char text[32];
    if (time_s > 0 && gmtime_r(&seconds, &day) != NULL &&
        strftime(text, sizeof(text), "%Y-%m-%d", &day) > 0) {
        (void)printf(", data of %s", text);
    }
}

static void print_sources(const struct archive *archive)
{
    const struct archive_items items =
        archive_section_items(archive, ATLAS_SECTION_SOURCES, sizeof(struct atlas_source));
    const struct atlas_source *const sources = items.data;
    for (size_t i = 0; i < items.count; i++) {
        print_string("source  ", string_at(archive, sources[i].name));
        (void)printf(": %llu objects", (unsigned long long)sources[i].feature_count);
        if (sources[i].skipped_count > 0) {
            (void)printf(", %llu left out as broken", (unsigned long long)sources[i].skipped_count);
        }
        print_day(sources[i].data_time_s);
        print_string("\n        ", string_at(archive, sources[i].attribution));
        print_string(", ", string_at(archive, sources[i].licence));
        print_string(", ", string_at(archive, sources[i].url));
        (void)putchar('\n');
    }
}

static void print_contents(const struct archive *archive)
{
    const struct archive_items items =
        archive_section_items(archive, ATLAS_SECTION_HEADER, sizeof(struct atlas_header));
    if (items.count != 1) {
        (void)puts("not an atlas: it has no header of one");
        return;
    }
    const struct atlas_header *const header = items.data;
    print_string("built   by ", string_at(archive, header->builder));
    print_string(", text tables ", string_at(archive, header->text_tables));
    (void)printf(", %u warnings\n", header->warning_count);
    print_sources(archive);
    (void)printf("box     west %.7f south %.7f east %.7f north %.7f\n", header->box[0] / 1e7,
                 header->box[1] / 1e7, header->box[2] / 1e7, header->box[3] / 1e7);
    (void)puts("holds");
    for (unsigned layer = 0; layer < LAYER_DOC_COUNT; layer++) {
        (void)printf("  %-14s %12u\n", layer_name((enum atlas_layer)layer),
                     header->layer_first[layer + 1] - header->layer_first[layer]);
    }
    const struct archive_items crossings =
        archive_section_items(archive, ATLAS_SECTION_CROSSINGS, sizeof(struct atlas_crossing));
    (void)printf("  %-14s %12zu\n", layer_name(LAYER_INTERSECTION), crossings.count);
    (void)printf("  %-14s %12u\n  %-14s %12u\n  %-14s %12u\n", layer_name(LAYER_ADDRESS),
                 header->house_count, "names", header->name_count, "words", header->word_count);
}

static void print_sections(const struct archive *archive)
{
    (void)printf("\n%-8s %7s %14s %14s %14s  %s\n", "section", "version", "items", "bytes",
                 "offset", "checksum");
    for (size_t i = 0; i < archive_section_count(archive); i++) {
        const struct archive_section_info info = archive_section_at(archive, i);
        (void)printf("%-8s %7u %14llu %14llu %14llu  %016llx%s\n", info.name, info.version,
                     (unsigned long long)info.item_count, (unsigned long long)info.size,
                     (unsigned long long)info.offset, (unsigned long long)info.checksum,
                     info.is_required ? "" : " optional");
    }
}

static enum cli_exit inspect_run(const struct cli_call *call)
{
    struct fault fault = {0};
    SCOPED(close_archive) struct archive *archive = NULL;
    if (archive_open(call->sys, call->account, call->words[0], &archive, &fault) != STATUS_OK) {
        return cli_fail(call, &fault);
    }
    const struct archive_summary summary = archive_describe(archive);
    (void)printf("file    %s: %llu bytes, format %u.%u, root %016llx\n", summary.path,
                 (unsigned long long)summary.size, summary.major, summary.minor,
                 (unsigned long long)summary.root);
    print_contents(archive);
    print_sections(archive);
    return CLI_OK;
}

const struct cli_command cli_inspect = {
    .name = "inspect",
    .summary = "shows what an atlas holds, where it is from, and its sections",
    .operands = "FILE",
    .completes = "file",
    .operand_minimum = 1,
    .operand_maximum = 1,
    .description =
        "Reads only the header and the tables, so it is quick at any size and shows what "
        "it can of a damaged file. `rhumb verify` checks a file.",
    .examples = "rhumb inspect li.atlas",
    .run = inspect_run,
};
