// rhumb batch: many questions, one a line, answered in order on all cores.
//
//     input  --windows of whole lines-->  pieces  --pipeline, a commander a slot-->  output, in order
//
// Memory is bounded by the window, and by what a slot's piece is answered with.
#include "command/batch.h"

#include <stdio.h>
#include <string.h>

#include "cli/asker.h"
#include "cli/commands.h"
#include "codec/http.h"
#include "sys/clock.h"
#include "sys/pipeline.h"
#include "sys/thread.h"

enum {
    WINDOW_SIZE = 4 << 20,
    PIECE_SIZE = 32 << 10,
    PIECES_MAX = WINDOW_SIZE / PIECE_SIZE + 1,
    THREADS_MAX = PIPELINE_THREADS_MAX,
    TARGET_SIZE = 4096,
};
_Static_assert(WINDOW_SIZE > BATCH_LINE_SIZE_MAX, "a window holds the longest line");

struct batch_settings {
    const char *atlas, *server, *key_path;
    const char *operation, *near, *layers, *country, *bbox, *lang, *limit;
    unsigned threads;
    bool is_quiet;
};

#define FIELD(name) .offset = offsetof(struct batch_settings, name)

static const struct option batch_rows[] = {
    {.name = "atlas",
     .kind = OPTION_TEXT,
     FIELD(atlas),
     .value = "FILE",
     .help = "the atlas to ask"},
    {.name = "server",
     .kind = OPTION_TEXT,
     FIELD(server),
     .value = "URL",
     .help = "the server to ask instead, like http://127.0.0.1:7070"},
    {.name = "api-key-file",
     .kind = OPTION_TEXT,
     FIELD(key_path),
     .value = "FILE",
     .help = "the key for that server, on its first line"},
    {.name = "op",
     .kind = OPTION_TEXT,
     FIELD(operation),
     .value = "OPERATION",
     .fallback = "search",
     .choices = BATCH_OPERATIONS,
     .help = "what a line asks that has no \"op\" of its own"},
    {.name = "limit",
     .kind = OPTION_TEXT,
     FIELD(limit),
     .value = "N",
     .help = "at most so many answers a line, up to 100; 1 unless given"},
    {.name = "near",
     .kind = OPTION_TEXT,
     FIELD(near),
     .value = "LAT,LON",
     .help = "what is nearer is better"},
    {.name = "layers",
     .kind = OPTION_TEXT,
     FIELD(layers),
     .value = "LAYERS",
     .help = "only these, separated by commas"},
    {.name = "country",
     .kind = OPTION_TEXT,
     FIELD(country),
     .value = "CODES",
     .help = "only in these countries (ISO 3166-1), separated by commas"},
    {.name = "bbox",
     .kind = OPTION_TEXT,
     FIELD(bbox),
     .value = "BOX",
     .help = "only inside west,south,east,north"},
    {.name = "lang",
     .kind = OPTION_TEXT,
     FIELD(lang),
     .value = "TAGS",
     .help = "languages of the names, best first, like de,en"},
    {.name = "threads",
     .kind = OPTION_COUNT,
     FIELD(threads),
     .minimum = 1,
     .maximum = THREADS_MAX,
     .value = "N",
     .help = "how many cores to use, or connections; all cores unless given"},
    {.name = "quiet", .letter = 'q', .kind = OPTION_SWITCH, FIELD(is_quiet), .help = "no summary"},
};

// Lines of the window, and the number of the line before them.
struct piece {
    struct bytes lines;
    uint64_t line_count;
};

struct slot {
    struct batch batch;
    struct asker asker; // of a server
    struct commander *commander;
    struct buffer out;
};

struct run {
    const struct cli_call *call;
    const struct command *command;
    struct search_world world;
    struct atlas *atlas;
    struct slot slots[2 * THREADS_MAX];
    unsigned slot_count;
    struct buffer target; // of a server
    struct piece pieces[PIECES_MAX];
    size_t piece_count;
    uint64_t line_count, error_count;
};

// --- A piece ---------------------------------------------------------------------------------------

static void answer_lines(struct run *run, struct slot *slot, struct bytes lines)
{
    while (lines.size != 0) {
        const uint8_t *const end = memchr(lines.data, '\n', lines.size);
        const size_t size = end == NULL ? lines.size : (size_t)(end - lines.data);
        if (size > BATCH_LINE_SIZE_MAX) {
            batch_refuse_long(&slot->batch, &slot->out);
        } else {
            batch_answer(&slot->batch, slot->commander, &run->world,
                         (struct bytes){.data = lines.data, .size = size}, &slot->out);
        }
        const size_t used = end == NULL ? size : size + 1;
        lines = (struct bytes){.data = lines.data + used, .size = lines.size - used};
    }
}

// Lines that a server answered by an error.
static uint64_t count_errors(struct bytes lines)
{
    static const char mark[] = "{\"error\":";
    uint64_t count = 0;
    while (lines.size != 0) {
        const uint8_t *const end = memchr(lines.data, '\n', lines.size);
        const size_t used = end == NULL ? lines.size : (size_t)(end - lines.data) + 1;
        count += used > sizeof(mark) && memcmp(lines.data, mark, sizeof(mark) - 1) == 0 ? 1 : 0;
        lines = (struct bytes){.data = lines.data + used, .size = lines.size - used};
    }
    return count;
}

static enum status work(void *context, size_t index, size_t at, struct fault *fault)
{
    struct run *const run = context;
    struct slot *const slot = &run->slots[at];
    const struct piece *const piece = &run->pieces[index];
    buffer_clear(&slot->out);
    slot->batch.line_count = piece->line_count;
    if (run->atlas == NULL) {
        char target[TARGET_SIZE];
        (void)snprintf(target, sizeof(target), "%s&lines_before=%llu",
                       (const char *)run->target.data, (unsigned long long)piece->line_count);
        TRY(asker_batch(&slot->asker, target, piece->lines, &slot->out, fault));
        slot->batch.error_count = count_errors(buffer_bytes(&slot->out));
        return STATUS_OK;
    }
    answer_lines(run, slot, piece->lines);
    return buffer_status(&slot->out) == STATUS_OK
               ? STATUS_OK
               : fault_set(fault, STATUS_NO_MEMORY, "no memory for the answers");
}

static enum status take(void *context, size_t index, size_t at, struct fault *fault)
{
    struct run *const run = context;
    struct slot *const slot = &run->slots[at];
    (void)index;
    run->error_count += slot->batch.error_count;
    slot->batch.error_count = 0;
    return fwrite(slot->out.data, 1, slot->out.size, stdout) == slot->out.size
               ? STATUS_OK
               : fault_set(fault, STATUS_IO, "standard output takes no more");
}

// --- Windows of the input --------------------------------------------------------------------------

static uint64_t count_lines(struct bytes text)
{
    uint64_t count = 0;
    while (text.size != 0) {
        const uint8_t *const end = memchr(text.data, '\n', text.size);
        const size_t used = end == NULL ? text.size : (size_t)(end - text.data) + 1;
        count++;
        text = (struct bytes){.data = text.data + used, .size = text.size - used};
    }
    return count;
}

// Cuts whole lines into pieces.
static void cut_pieces(struct run *run, struct bytes window)
{
    run->piece_count = 0;
    while (window.size != 0) {
        size_t size = window.size;
        if (size > PIECE_SIZE && run->piece_count + 1 < PIECES_MAX) {
            const uint8_t *const end =
                memchr(window.data + PIECE_SIZE, '\n', window.size - PIECE_SIZE);
            size = end == NULL ? window.size : (size_t)(end - window.data) + 1;
        }
        const struct bytes lines = {.data = window.data, .size = size};
        run->pieces[run->piece_count++] =
            (struct piece){.lines = lines, .line_count = run->line_count};
        run->line_count += count_lines(lines);
        window = (struct bytes){.data = window.data + size, .size = window.size - size};
    }
}

static enum status answer_window(struct run *run, struct bytes window, unsigned threads,
                                 struct fault *fault)
{
    const struct pipeline pipeline = {.threads = threads,
                                      .slot_count = run->slot_count,
                                      .work = work,
                                      .take = take,
                                      .context = run};
    cut_pieces(run, window);
    return pipeline_run(&pipeline, run->piece_count, fault);
}

// Skips the rest of a line that does not fit into a window.
static void skip_line(void)
{
    for (int c = getchar(); c != EOF && c != '\n';) {
        c = getchar();
    }
}

static enum status answer_all(struct run *run, struct buffer *window, unsigned threads,
                              struct fault *fault)
{
    bool has_more = true;
    while (has_more) {
        const size_t room = WINDOW_SIZE - window->size;
        const size_t read = fread(window->data + window->size, 1, room, stdin);
        window->size += read;
        has_more = read == room;
        const uint8_t *const last =
            window->size == 0 ? NULL : memrchr(window->data, '\n', window->size);
        size_t whole = last == NULL ? 0 : (size_t)(last - window->data) + 1;
        if (!has_more) {
            whole = window->size; // the last line may lack its line feed
        } else if (whole == 0) {
            whole = window->size;
            skip_line();
        }
        TRY(answer_window(run, (struct bytes){.data = window->data, .size = whole}, threads,
                          fault));
        memmove(window->data, window->data + whole, window->size - whole);
        window->size -= whole;
    }
    return fflush(stdout) == 0 ? STATUS_OK
                               : fault_set(fault, STATUS_IO, "standard output takes no more");
}

// --- The command -----------------------------------------------------------------------------------

// What the options say of every line, for the slots or as a query.
static enum status set_defaults(struct run *run, const struct batch_settings *settings,
                                struct fault *fault)
{
    const struct {
        const char *name, *value;
    } pairs[] = {{"near", settings->near},       {"layers", settings->layers},
                 {"country", settings->country}, {"bbox", settings->bbox},
                 {"lang", settings->lang},       {"limit", settings->limit}};
    buffer_append_format(&run->target, "/v1/batch?op=%s", run->command->name);
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (pairs[i].value == NULL) {
            continue;
        }
        const struct bytes value = bytes_from_text(pairs[i].value);
        buffer_append_format(&run->target, "&%s=", pairs[i].name);
        http_escape(&run->target, value);
        for (unsigned slot = 0; slot < run->slot_count; slot++) {
            if (!batch_default(&run->slots[slot].batch, bytes_from_text(pairs[i].name), value)) {
                return fault_set(fault, STATUS_OUT_OF_RANGE, "too many options");
            }
        }
    }
    buffer_append_u8(&run->target, 0);
    return run->target.size > TARGET_SIZE / 2
               ? fault_set(fault, STATUS_OUT_OF_RANGE, "the options are too long for a URL")
               : buffer_status(&run->target);
}

static enum status open_run(struct run *run, const struct batch_settings *settings,
                            unsigned threads, struct fault *fault)
{
    const struct cli_call *const call = run->call;
    if (settings->server == NULL) {
        TRY(atlas_open(call->sys, call->account, settings->atlas, &run->atlas, fault));
        run->world = (struct search_world){.atlas = run->atlas, .now_us = sys_wall_us(call->sys)};
    }
    run->slot_count = 2 * threads;
    for (unsigned i = 0; i < run->slot_count; i++) {
        struct slot *const slot = &run->slots[i];
        slot->out.account = call->account;
        slot->asker.account = call->account;
        batch_begin(&slot->batch, run->command, call->account);
        TRY(settings->server == NULL ? commander_new(call->account, &slot->commander, fault)
                                     : asker_open_server(&slot->asker, call->sys, settings->server,
                                                         settings->key_path, fault));
    }
    return set_defaults(run, settings, fault);
}

static void close_run(struct run *run)
{
    for (unsigned i = 0; i < run->slot_count; i++) {
        commander_free(run->slots[i].commander);
        asker_close(&run->slots[i].asker);
        batch_end(&run->slots[i].batch);
        buffer_free(&run->slots[i].out);
    }
    buffer_free(&run->target);
    atlas_close(run->atlas);
}

static void say_summary(const struct run *run, int64_t begun_us)
{
    const double passed_s = (double)(sys_monotonic_us(run->call->sys) - begun_us) / 1e6;
    (void)fprintf(stderr, "%llu lines in %.2f s, %.0f a second",
                  (unsigned long long)run->line_count, passed_s,
                  passed_s > 0 ? (double)run->line_count / passed_s : 0.0);
    (void)fprintf(stderr, run->error_count == 0 ? "\n" : ", %llu errors\n",
                  (unsigned long long)run->error_count);
}

static enum cli_exit batch_run(const struct cli_call *call)
{
    const struct batch_settings *const settings = call->settings;
    struct fault fault = {0};
    if ((settings->atlas == NULL) == (settings->server == NULL) && settings->server == NULL) {
        return cli_usage(call, "say what to ask: --atlas FILE, --server URL, or RHUMB_ATLAS");
    }
    const struct command *const command = command_find(bytes_from_text(settings->operation));
    if (command == NULL || !batch_has(command)) {
        return cli_usage(call, "--op is one of: " BATCH_OPERATIONS);
    }
    const unsigned cores = settings->threads == 0 ? thread_core_count() : settings->threads;
    const unsigned threads = cores < THREADS_MAX ? cores : THREADS_MAX;
    struct run *const run = memory_take_zeroed(call->account, 1, sizeof(*run));
    SCOPED(buffer_free) struct buffer window = {.account = call->account};
    if (run == NULL || buffer_reserve(&window, WINDOW_SIZE) == NULL) {
        memory_give(run);
        (void)fault_set(&fault, STATUS_NO_MEMORY, "no memory for lines");
        return cli_fail(call, &fault);
    }
    run->call = call;
    run->command = command;
    run->target.account = call->account;
    const int64_t begun_us = sys_monotonic_us(call->sys);
    enum status status = open_run(run, settings, threads, &fault);
    if (status == STATUS_OK) {
        status = answer_all(run, &window, threads, &fault);
    }
    if (status == STATUS_OK && !settings->is_quiet) {
        say_summary(run, begun_us);
    }
    const bool had_errors = run->error_count != 0;
    close_run(run);
    memory_give(run);
    return status != STATUS_OK ? cli_fail(call, &fault) : had_errors ? CLI_FAILED : CLI_OK;
}

const struct cli_command cli_batch = {
    .name = "batch",
    .summary = "answers many questions, one a line",
    .operands = "",
    .description =
        "Reads lines of JSON from standard input and writes one line for each, in order: "
        "{\"q\":\"…\"} or a text in quotes is searched; {\"op\":\"reverse\",\"lat\":…,\"lon\":…} "
        "says "
        "another operation. Members are the parameters of the HTTP route of that name. A line that "
        "is wrong is answered by {\"error\":…} with its number, and the others go on; exits 1 "
        "then.\n\n"
        "With --atlas every core answers in this process; with --server lines go to its "
        "/v1/batch over a few connections.",
    .examples = "rhumb batch --atlas li.atlas <questions.ndjson >answers.ndjson\n"
                "rhumb batch --server http://127.0.0.1:7070 --op validate <addresses.ndjson",
    .options = {.rows = batch_rows, .count = COUNT_OF(batch_rows)},
    .settings_size = sizeof(struct batch_settings),
    .run = batch_run,
};
