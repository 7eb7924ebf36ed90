#include "cli/progress.h"

#include <stdio.h>
#include <string.h>

#include "sys/clock.h"
#include "sys/process.h"

enum { BAR_WIDTH = 24, INTERVAL_US = 100000, WARNINGS_SHOWN = 20 };

struct progress progress_begin(const struct sys *sys, bool is_quiet)
{
    return (struct progress){
        .sys = sys, .is_quiet = is_quiet, .has_terminal = process_has_terminal()};
}

static void show_bar(const struct progress *progress, uint64_t done, uint64_t total, double taken_s)
{
    char bar[BAR_WIDTH + 1] = {0};
    const double share = total == 0 ? 0.0 : (double)done / (double)total;
    const size_t filled = (size_t)((share > 1.0 ? 1.0 : share) * BAR_WIDTH);
    memset(bar, ' ', BAR_WIDTH);
    memset(bar, '=', filled);
    (void)fprintf(stderr, "\r\033[K%-36.36s [%s] %3.0f %%  %5.1f s", progress->stage, bar,
                  100.0 * share, taken_s);
    (void)fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->is_quiet || progress->stage[0] == '\0') {
        return;
    }
    const double taken_s = (double)(sys_monotonic_us(progress->sys) - progress->begun_us) / 1e6;
    (void)fprintf(stderr, "%s%-60.60s %8.2f s\n", progress->has_terminal ? "\r\033[K" : "",
                  progress->stage, taken_s);
    progress->stage[0] = '\0';
}

bool progress_step(void *context, const char *stage, uint64_t done, uint64_t total)
{
    struct progress *const progress = context;
    const int64_t now_us = sys_monotonic_us(progress->sys);
    if (strncmp(progress->stage, stage, PROGRESS_STAGE_SIZE - 1) != 0) {
        progress_end(progress);
        (void)snprintf(progress->stage, PROGRESS_STAGE_SIZE, "%s", stage);
        progress->begun_us = now_us;
        progress->shown_us = 0;
    }
    if (progress->has_terminal && !progress->is_quiet &&
        now_us - progress->shown_us >= INTERVAL_US) {
        progress->shown_us = now_us;
        show_bar(progress, done, total, (double)(now_us - progress->begun_us) / 1e6);
    }
    return true;
}

void progress_warn(void *context, const char *sentence)
{
    struct progress *const progress = context;
    progress->warning_count++;
    if (progress->is_quiet || progress->warning_count > WARNINGS_SHOWN) {
        return;
    }
    (void)fprintf(stderr, "%swarning: %s\n", progress->has_terminal ? "\r\033[K" : "", sentence);
    if (progress->warning_count == WARNINGS_SHOWN) {
        (void)fputs("warning: further ones are only counted\n", stderr);
    }
}
