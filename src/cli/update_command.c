// Update: applies OpenStreetMap's changes to an atlas that was built with --keep.
#include <inttypes.h>
#include <stdio.h>

#include "atlas/update.h"
#include "base/date.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/replication.h"
#include "codec/json_read.h"
#include "serve/control.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/thread.h"

enum { BATCH_MAX = 1000, CHANGES_SIZE_MAX = 1 << 30 };

struct update_settings {
    const char *replication;
    const char *directory;
    const char *control;
    const char *sequence;
    size_t memory_size;
    unsigned threads;
    int64_t interval_us;
    bool watches;
    bool is_quiet;
};

#define FIELD(name) .offset = offsetof(struct update_settings, name)

static const struct option update_rows[] = {
    {.name = "replication",
     .kind = OPTION_TEXT,
     FIELD(replication),
     .value = "PLACE",
     .help = "a URL or folder with state.txt and numbered changes; auto: the extract's own"},
    {.name = "sequence",
     .kind = OPTION_TEXT,
     FIELD(sequence),
     .value = "N",
     .help = "the number the data are at, where the extract does not say it"},
    {.name = "watch",
     .kind = OPTION_SWITCH,
     FIELD(watches),
     .help = "go on: ask for new changes again and again"},
    {.name = "interval",
     .kind = OPTION_DURATION,
     FIELD(interval_us),
     .value = "TIME",
     .fallback = "60s",
     .help = "how long to wait between two questions of --watch"},
    {.name = "control",
     .kind = OPTION_TEXT,
     FIELD(control),
     .value = "SOCKET",
     .help = "publish each new atlas to the server with this control socket"},
    {.name = "memory",
     .kind = OPTION_SIZE,
     FIELD(memory_size),
     .value = "SIZE",
     .fallback = "1G",
     .help = "what the build may hold in memory; changes come on top"},
    {.name = "threads",
     .kind = OPTION_COUNT,
     FIELD(threads),
     .minimum = 1,
     .maximum = 256,
     .value = "N",
     .help = "how many cores to use; all unless given"},
    {.name = "temporary",
     .kind = OPTION_TEXT,
     FIELD(directory),
     .value = "FOLDER",
     .help = "where temporary files go; beside the atlas unless given"},
    {.name = "quiet",
     .letter = 'q',
     .kind = OPTION_SWITCH,
     FIELD(is_quiet),
     .help = "no progress, no warnings, no summary"},
};

struct updater {
    const struct cli_call *call;
    const struct update_settings *settings;
    struct update *update;
    const char *atlas;
};

static void time_text(int64_t time_s, char text[DATE_RFC3339_SIZE + 1])
{
    date_format_rfc3339(time_s * 1000000, text);
    memcpy(text + 19, "Z", 2); // without the milliseconds
}

static enum status atlas_publish(const struct updater *updater, struct fault *fault)
{
    struct control_change change = {0};
    return updater->settings->control == NULL
               ? STATUS_OK
               : control_publish(updater->settings->control, updater->atlas, &change, fault);
}

static void report_print(const struct updater *updater, const struct update_report *report)
{
    char time[DATE_RFC3339_SIZE + 1];
    const struct osm_state *const state = update_state(updater->update);
    if (updater->settings->is_quiet) {
        return;
    }
    time_text(state->data_time_s, time);
    (void)printf("%s: %" PRIu64 " objects changed, data of %s", updater->atlas,
                 report->change_count, state->data_time_s == 0 ? "no known time" : time);
    if (state->has_sequence) {
        const int64_t now_s = sys_wall_us(updater->call->sys) / 1000000;
        (void)printf(", number %" PRIu64 ", %" PRId64 " s behind now", state->sequence,
                     now_s - state->data_time_s);
    }
    (void)printf("\n  changes applied in %.2f s (%" PRIu64 " blocks of objects copied, %" PRIu64
                 " written anew, %.1f MB), atlas built in %.2f s\n",
                 (double)report->apply_us / 1e6, report->objects.copied_count,
                 report->objects.written_count, (double)report->objects.size / 1e6,
                 (double)report->build_us / 1e6);
    (void)fflush(stdout);
}

static enum status changes_apply(const struct updater *updater, struct osm_changes *changes,
                                 const struct osm_state *state, struct fault *fault)
{
    struct update_report report;
    osm_changes_settle(changes);
    TRY(update_apply(updater->update, changes, state, &report, fault));
    report_print(updater, &report);
    return atlas_publish(updater, fault);
}

// --- Files ---

// What is not newer than the data has been applied, or comes too late; it is left out again.
static bool is_known(const struct updater *updater, const char *path,
                     const struct osm_changes *changes, const struct osm_state *state)
{
    char newest[DATE_RFC3339_SIZE + 1];
    char data[DATE_RFC3339_SIZE + 1];
    if (changes->last_time_s == 0 || changes->last_time_s > state->data_time_s) {
        return false;
    }
    time_text(changes->last_time_s, newest);
    time_text(state->data_time_s, data);
    (void)fprintf(stderr,
                  "rhumb update: %s is left out: its newest object is of %s, and the data of %s "
                  "are of %s already\n",
                  path, newest, updater->atlas, data);
    return true;
}

static enum status files_read(const struct updater *updater, struct osm_changes *changes,
                              struct osm_state *state, struct fault *fault)
{
    const struct cli_call *const call = updater->call;
    for (size_t i = 1; i < call->word_count; i++) {
        const size_t known = changes->count;
        struct buffer file SCOPED(buffer_free) = {.account = call->account};
        TRY(file_read_whole(call->sys, call->words[i], CHANGES_SIZE_MAX, &file, fault));
        changes->first_time_s = changes->last_time_s = 0;
        TRY(osm_changes_read(changes, buffer_bytes(&file), call->words[i], fault));
        if (is_known(updater, call->words[i], changes, state)) {
            changes->count = known;
        } else if (changes->last_time_s > state->data_time_s) {
            state->data_time_s = changes->last_time_s;
        }
    }
    return STATUS_OK;
}

static enum status files_apply(const struct updater *updater, struct fault *fault)
{
    struct osm_changes changes SCOPED(osm_changes_free) = {
        .pool = {.account = updater->call->account}};
    struct osm_state state = *update_state(updater->update);
    TRY(files_read(updater, &changes, &state, fault));
    if (changes.count == 0) {
        if (!updater->settings->is_quiet) {
            (void)printf("%s: nothing to apply; it stays as it is\n", updater->atlas);
        }
        return STATUS_OK;
    }
    return changes_apply(updater, &changes, &state, fault);
}

// --- Replication ---

static enum status numbers_read(const struct updater *updater,
                                const struct replication *replication, uint64_t last,
                                struct osm_changes *changes, struct osm_state *state,
                                struct fault *fault)
{
    while (state->sequence < last) {
        char name[REPLICATION_NAME_SIZE];
        struct buffer file SCOPED(buffer_free) = {.account = updater->call->account};
        TRY(replication_changes(replication, state->sequence + 1, &file, name, fault));
        TRY(osm_changes_read(changes, buffer_bytes(&file), name, fault));
        state->sequence++;
    }
    return STATUS_OK;
}

static enum status order_check(const struct updater *updater, const struct osm_state *state,
                               const struct replication_state *last, struct fault *fault)
{
    if (!state->has_sequence) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "%s" UPDATE_OBJECTS_SUFFIX " does not say which number its data are at; "
                         "say it with --sequence N",
                         updater->atlas);
    }
    return last->sequence >= state->sequence
               ? STATUS_OK
               : fault_set(fault, STATUS_OUT_OF_RANGE,
                           "state.txt is at number %" PRIu64 ", before the %" PRIu64
                           " of %s: these are changes of something else",
                           last->sequence, state->sequence, updater->atlas);
}

// What --sequence says, where the objects say nothing.
static enum status sequence_given(const struct updater *updater, struct osm_state *state,
                                  struct fault *fault)
{
    const char *const text = updater->settings->sequence;
    int64_t number = 0;
    if (state->has_sequence || text == NULL) {
        return STATUS_OK;
    }
    if (!json_number_scaled(bytes_from_text(text), 0, &number) || number < 0 ||
        number > 999999999) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "--sequence: '%s' is no number", text);
    }
    state->has_sequence = true;
    state->sequence = (uint64_t)number;
    return STATUS_OK;
}

// Applies what there is, up to BATCH_MAX numbers; `is_done` when that is all.
static enum status replication_step(const struct updater *updater,
                                    const struct replication *replication, bool *is_done,
                                    struct fault *fault)
{
    struct osm_state state = *update_state(updater->update);
    struct replication_state last;
    TRY(sequence_given(updater, &state, fault));
    TRY(replication_last(replication, &last, fault));
    TRY(order_check(updater, &state, &last, fault));
    *is_done = last.sequence - state.sequence <= BATCH_MAX;
    if (last.sequence == state.sequence) {
        return STATUS_OK;
    }
    if (!*is_done) {
        TRY(replication_state_of(replication, state.sequence + BATCH_MAX, &last, fault));
    }
    struct osm_changes changes SCOPED(osm_changes_free) = {
        .pool = {.account = updater->call->account}};
    TRY(numbers_read(updater, replication, last.sequence, &changes, &state, fault));
    state.data_time_s = last.time_s;
    if (replication->curl != NULL) {
        state.base_url = bytes_from_text(replication->place);
    }
    return changes_apply(updater, &changes, &state, fault);
}

static enum status replication_follow(const struct updater *updater,
                                      const struct replication *replication, struct fault *fault)
{
    const struct update_settings *const settings = updater->settings;
    for (;;) {
        bool is_done = false;
        const enum status status = replication_step(updater, replication, &is_done, fault);
        // A place that cannot be reached now may be later.
        const bool may_pass = status == STATUS_IO || status == STATUS_NOT_FOUND;
        if (status != STATUS_OK && (!settings->watches || !may_pass)) {
            return status;
        }
        if (status != STATUS_OK) {
            (void)fprintf(stderr, "rhumb update: %s; trying again in %.0f s\n", fault->text,
                          (double)settings->interval_us / 1e6);
        }
        if (!settings->watches && is_done) {
            return STATUS_OK;
        }
        if (status != STATUS_OK || is_done) {
            updater->call->sys->sleep(updater->call->sys, settings->interval_us);
        }
    }
}

static enum status replication_apply(const struct updater *updater, struct fault *fault)
{
    const struct bytes base_url = update_state(updater->update)->base_url;
    const char *place = updater->settings->replication;
    char kept[1024];
    if (strcmp(place, "auto") == 0) {
        if (base_url.size == 0 || base_url.size >= sizeof(kept)) {
            return fault_set(fault, STATUS_NOT_FOUND,
                             "%s" UPDATE_OBJECTS_SUFFIX " does not say where its changes are; give "
                             "--replication URL",
                             updater->atlas);
        }
        memcpy(kept, base_url.data, base_url.size);
        kept[base_url.size] = '\0';
        place = kept;
    }
    struct replication replication SCOPED(replication_close) = {0};
    TRY(replication_open(updater->call->sys, updater->call->account, place, &replication, fault));
    return replication_follow(updater, &replication, fault);
}

static enum cli_exit update_run(const struct cli_call *call)
{
    const struct update_settings *const settings = call->settings;
    if ((settings->replication == NULL) == (call->word_count < 2)) {
        return cli_usage(call, "after the atlas come either files of changes or --replication");
    }
    struct progress progress = progress_begin(call->sys, settings->is_quiet);
    const struct build_options options = {
        .sys = call->sys,
        .account = call->account,
        .output = call->words[0],
        .memory_size = settings->memory_size,
        .directory = settings->directory,
        .threads = settings->threads == 0 ? thread_core_count() : settings->threads,
        .progress = progress_step,
        .progress_context = &progress,
        .warn = progress_warn,
        .warn_context = &progress,
    };
    struct updater updater = {.call = call, .settings = settings, .atlas = call->words[0]};
    struct fault fault = {0};
    enum status status = update_open(&options, &updater.update, &fault);
    if (status == STATUS_OK) {
        status = settings->replication != NULL ? replication_apply(&updater, &fault)
                                               : files_apply(&updater, &fault);
    }
    update_close(updater.update);
    progress_end(&progress);
    return status == STATUS_OK ? CLI_OK : cli_fail(call, &fault);
}

const struct cli_command cli_update = {
    .name = "update",
    .summary = "brings an atlas up to date with OpenStreetMap's changes",
    .operands = "ATLAS [CHANGES…]",
    .completes = "file",
    .operand_minimum = 1,
    .operand_maximum = SIZE_MAX,
    .description =
        "The atlas must have been built with `--keep`. Files of changes (osmChange, plain or gzip) "
        "are applied in the order given; what is not newer than the data is left out, with a "
        "sentence. The new atlas is what a build from the updated extract would be; it "
        "replaces the old one whole or not at all.\n\n"
        "`--replication` follows a place with state.txt and numbered changes, as OpenStreetMap and "
        "Geofabrik publish them: the number and time of the data are kept in ATLAS.objects. With "
        "`--watch` it goes on until it is stopped, and tries again when the place cannot be "
        "reached; with `--control` a server gets each new atlas.",
    .examples = "rhumb update li.atlas 2021-10-29.osc.gz\n"
                "rhumb update li.atlas --replication auto --watch --interval 1h --control "
                "/run/rhumb/control",
    .options = {.rows = update_rows, .count = COUNT_OF(update_rows)},
    .settings_size = sizeof(struct update_settings),
    .run = update_run,
};
