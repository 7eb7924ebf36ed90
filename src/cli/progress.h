// Progress: how far a long command is, on standard error: one line that moves on a terminal, one
// line a stage elsewhere.
//
//     reading liechtenstein.osm.pbf  [==========          ]  52 %   14.1 MB/s
//
// One thread at a time.
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/sys.h"

#define PROGRESS_STAGE_SIZE 96

struct progress {
    const struct sys *sys;
    bool is_quiet;
    bool has_terminal;
    char stage[PROGRESS_STAGE_SIZE]; // the one under way; "" before the first
    int64_t begun_us, shown_us;
    unsigned warning_count;
};

struct progress progress_begin(const struct sys *sys, bool is_quiet);

// The stage named `stage` has done `done` of `total` (0: unknown). Context: struct progress. True:
// go on. Has the form that source_read and build_atlas call.
bool progress_step(void *context, const char *stage, uint64_t done, uint64_t total);

// Prints a warning without tearing the moving line. Context: struct progress.
void progress_warn(void *context, const char *sentence);

// Ends the stage under way.
void progress_end(struct progress *progress);

#endif
