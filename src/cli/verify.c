#include <stdio.h>

#include "archive/archive.h"
#include "atlas/atlas.h"
#include "cli/commands.h"
#include "sys/clock.h"

static void close_archive(struct archive **archive)
{
    archive_close(*archive);
}

static void close_atlas(struct atlas **atlas)
{
    atlas_close(*atlas);
}

// Checks one file whole, whether it was stamped or not.
static enum status verify_file(const struct cli_call *call, const char *path, uint64_t *size,
                               struct fault *fault)
{
    SCOPED(close_archive) struct archive *archive = NULL;
    TRY(archive_open(call->sys, call->account, path, &archive, fault));
    TRY(archive_check(archive, fault));
    SCOPED(close_atlas) struct atlas *atlas = NULL;
    TRY(atlas_open(call->sys, call->account, path, &atlas, fault));
    TRY(atlas_verify(atlas, call->account, fault));
    *size = archive_describe(archive).size;
    return STATUS_OK;
}

static enum cli_exit verify_run(const struct cli_call *call)
{
    enum cli_exit code = CLI_OK;
    for (size_t i = 0; i < call->word_count; i++) {
        struct fault fault = {0};
        uint64_t size = 0;
        const int64_t begun_us = sys_monotonic_us(call->sys);
        if (verify_file(call, call->words[i], &size, &fault) != STATUS_OK) {
            code = cli_fail(call, &fault);
            continue;
        }
        const double taken_s = (double)(sys_monotonic_us(call->sys) - begun_us + 1) / 1e6;
        (void)printf("%s: sound, %.1f MB in %.2f s (%.1f GB/s)\n", call->words[i],
                     (double)size / 1e6, taken_s, (double)size / 1e9 / taken_s);
    }
    return code;
}

const struct cli_command cli_verify = {
    .name = "verify",
    .summary = "checks every byte and every reference of an atlas",
    .operands = "FILE…",
    .completes = "file",
    .operand_minimum = 1,
    .operand_maximum = SIZE_MAX,
    .description = "First the checksums and the padding of the file, then what the sections say of "
                   "each other. Exits 1 when a file is not sound, naming the section.",
    .examples = "rhumb verify li.atlas && rhumb publish li.atlas",
    .run = verify_run,
};
