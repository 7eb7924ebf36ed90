// Demo: a made-up town written, built, asked three questions and served.
#include "demo/demo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atlas/build.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "codec/http.h"
#include "codec/json_read.h"
#include "serve/serve.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/thread.h"

enum { TARGET_SIZE = 512, LINE_SIZE_MAX = 4096, PATH_SIZE = FILE_PATH_MAX + 64 };

struct demo_settings {
    const char *write;
    const char *directory;
    const char *http;
    unsigned scale;
    bool is_once;
};

#define FIELD(name) .offset = offsetof(struct demo_settings, name)

static const struct option demo_rows[] = {
    {.name = "once",
     .kind = OPTION_SWITCH,
     FIELD(is_once),
     .help = "end after the three questions"},
    {.name = "write",
     .kind = OPTION_TEXT,
     FIELD(write),
     .value = "DIR",
     .help = "only write the town: " DEMO_PBF_NAME " and " DEMO_QUERIES_NAME},
    {.name = "scale",
     .kind = OPTION_COUNT,
     FIELD(scale),
     .minimum = 1,
     .maximum = DEMO_SCALE_MAX,
     .value = "N",
     .fallback = "1",
     .help = "so many times 60,000 addresses"},
    {.name = "directory",
     .kind = OPTION_TEXT,
     FIELD(directory),
     .value = "DIR",
     .help = "where town and atlas are kept; ~/.cache/rhumb-demo unless given"},
    {.name = "http",
     .kind = OPTION_TEXT,
     FIELD(http),
     .value = "ADDRESS",
     .fallback = "127.0.0.1:7070",
     .help = "where to serve; when the port is taken, the next free one"},
};

// An address of the town as a person writes it, and where it is.
struct example {
    char text[TARGET_SIZE], lat[32], lon[32];
};

struct demo {
    const struct cli_call *call;
    bool is_once;
    struct example example;
    enum cli_exit code; // of the questions
};

// The first line of the town's own queries.
static enum status read_example(const struct cli_call *call, const char *directory,
                                struct example *example, struct fault *fault)
{
    char path[PATH_SIZE];
    char line[LINE_SIZE_MAX];
    size_t got = 0;
    (void)snprintf(path, sizeof(path), "%s/%s", directory, DEMO_QUERIES_NAME);
    SCOPED(file_close) struct file file = {0};
    TRY(file_open(call->sys, path, SYS_OPEN_READ, &file, fault));
    TRY(file_read_some(&file, line, sizeof(line), 0, &got, fault));
    const char *const end = memchr(line, '\n', got);
    const struct bytes text = {.data = (const uint8_t *)line,
                               .size = end == NULL ? got : (size_t)(end - line)};
    const struct {
        struct bytes name;
        char *field;
        size_t size;
    } fields[] = {{BYTES_OF("text"), example->text, sizeof(example->text)},
                  {BYTES_OF("lat"), example->lat, sizeof(example->lat)},
                  {BYTES_OF("lon"), example->lon, sizeof(example->lon)}};
    struct json_reader reader = json_over(text, call->account);
    struct bytes value = {0};
    for (enum json_token token = json_next(&reader, &value);
         token != JSON_END && token != JSON_BROKEN; token = json_next(&reader, &value)) {
        for (size_t i = 0; token == JSON_KEY && i < COUNT_OF(fields); i++) {
            if (bytes_equal(value, fields[i].name)) {
                (void)json_next(&reader, &value);
                (void)snprintf(fields[i].field, fields[i].size, "%.*s", (int)value.size,
                               (const char *)value.data);
                break;
            }
        }
    }
    const enum status status = json_status(&reader, fault);
    json_reader_free(&reader);
    return status == STATUS_OK ? STATUS_OK : fault_prefix(fault, status, "%s", path);
}

// The size of the array or object that begins `json`, when it is short and holds no other; else 0.
static size_t flat_size(struct bytes json)
{
    enum { FLAT_SIZE_MAX = 110 };
    bool is_text = false;
    for (size_t i = 1; i < json.size && i < FLAT_SIZE_MAX; i++) {
        const uint8_t c = json.data[i];
        if (c == '"') {
            is_text = !is_text;
        } else if (is_text) {
            i += c == '\\' ? 1 : 0;
        } else if (c == '{' || c == '[') {
            return 0;
        } else if (c == '}' || c == ']') {
            return i + 1;
        }
    }
    return 0;
}

// Prints JSON with line breaks; what is short and flat stays on one line.
static void print_indented(struct bytes json)
{
    int depth = 1;
    bool is_text = false;
    (void)fputs("  ", stdout);
    for (size_t i = 0; i < json.size; i++) {
        const uint8_t c = json.data[i];
        const bool is_open = !is_text && (c == '{' || c == '[');
        const size_t flat =
            is_open ? flat_size((struct bytes){.data = json.data + i, .size = json.size - i}) : 0;
        if (flat > 0) {
            (void)fwrite(json.data + i, 1, flat, stdout);
            i += flat - 1;
            continue;
        }
        if (!is_text && (c == '}' || c == ']')) {
            depth--;
            (void)printf("\n%*s", depth * 2, "");
        }
        (void)putchar(c);
        if (is_text && c == '\\' && i + 1 < json.size) {
            (void)putchar(json.data[++i]);
        }
        is_text = c == '"' ? !is_text : is_text;
        depth += is_open ? 1 : 0;
        if (is_open || (!is_text && c == ',')) {
            (void)printf("\n%*s", depth * 2, "");
        }
    }
    (void)putchar('\n');
}

// Asks one question, shown as a person would type it.
static enum status ask(struct client *client, const char *url, struct bytes target,
                       struct buffer *body, struct fault *fault)
{
    unsigned code = 0;
    (void)printf("\n$ curl '%s%s'\n", url, (const char *)target.data);
    TRY(client_get(client, (const char *)target.data, &code, body, fault));
    print_indented(buffer_bytes(body));
    return code == 200 ? STATUS_OK
                       : fault_set(fault, STATUS_IO, "the server answered %u to %s", code,
                                   (const char *)target.data);
}

// About two thirds of a text, ended within a word.
static struct bytes begun(const char *text)
{
    size_t size = strlen(text) * 2 / 3;
    while (size > 1 && (((uint8_t)text[size] & 0xc0) == 0x80 || text[size - 1] == ' ')) {
        size--;
    }
    return (struct bytes){.data = (const uint8_t *)text, .size = size};
}

static enum status ask_three(const struct demo *demo, const char *url, struct fault *fault)
{
    struct memory_account *const account = demo->call->account;
    const struct example *const example = &demo->example;
    struct client client = {.account = account};
    TRY(client_locate(&client, url, fault));
    SCOPED(client_close) struct client open_client = client;
    SCOPED(buffer_free) struct buffer target = {.account = account};
    SCOPED(buffer_free) struct buffer body = {.account = account};
    for (unsigned i = 0; i < 3; i++) {
        buffer_clear(&target);
        if (i == 2) {
            buffer_append_format(&target, "/v1/reverse?lat=%s&lon=%s", example->lat, example->lon);
        } else {
            buffer_append_text(&target, i == 0 ? "/v1/search?q=" : "/v1/autocomplete?q=");
            http_escape(&target, i == 0 ? bytes_from_text(example->text) : begun(example->text));
            buffer_append_text(&target, "&limit=1");
        }
        buffer_append_u8(&target, 0);
        TRY(buffer_status(&target));
        TRY(ask(&open_client, url, buffer_bytes(&target), &body, fault));
    }
    return STATUS_OK;
}

// The server is up: shows it, then lets it go on or not.
static bool show(void *context, const char *url)
{
    struct demo *const demo = context;
    struct fault fault = {0};
    if (ask_three(demo, url, &fault) != STATUS_OK) {
        demo->code = cli_fail(demo->call, &fault);
        return false;
    }
    if (!demo->is_once) {
        (void)printf(
            "\nServing at %s until Ctrl-C; the routes are described at %s/v1/openapi.json\n", url,
            url);
    }
    (void)fflush(stdout);
    return !demo->is_once;
}

static double seconds_since(const struct cli_call *call, int64_t begun_us)
{
    return (double)(sys_monotonic_us(call->sys) - begun_us) / 1e6;
}

static enum status write_town(const struct cli_call *call, const char *directory, unsigned scale,
                              struct fault *fault)
{
    const int64_t begun_us = sys_monotonic_us(call->sys);
    struct demo_report report = {0};
    TRY(demo_write(call->sys, call->account, directory, scale, &report, fault));
    (void)printf("town    %s/%s: %llu streets, %llu addresses, %llu places of interest; %.1f MB in "
                 "%.1f s\n",
                 directory, DEMO_PBF_NAME, (unsigned long long)report.streets,
                 (unsigned long long)report.addresses, (unsigned long long)report.pois,
                 (double)report.pbf_size / 1e6, seconds_since(call, begun_us));
    return STATUS_OK;
}

static enum status build_town(const struct cli_call *call, const char *directory, const char *atlas,
                              struct fault *fault)
{
    enum { MEMORY_SIZE = 512 << 20 };
    const int64_t begun_us = sys_monotonic_us(call->sys);
    char input[PATH_SIZE];
    (void)snprintf(input, sizeof(input), "%s/%s", directory, DEMO_PBF_NAME);
    const char *const inputs[] = {input};
    const struct build_options options = {
        .sys = call->sys,
        .account = call->account,
        .output = atlas,
        .inputs = inputs,
        .input_count = 1,
        .memory_size = MEMORY_SIZE,
        .threads = thread_core_count(),
    };
    struct build_report report = {0};
    TRY(build_atlas(&options, &report, fault));
    (void)printf("atlas   %s: %llu addresses; %.1f MB in %.1f s\n", atlas,
                 (unsigned long long)report.house_count, (double)report.output_size / 1e6,
                 seconds_since(call, begun_us));
    return STATUS_OK;
}

// Where the town is kept: what --directory says, else a folder in the user's cache.
static enum status find_directory(const struct cli_call *call, char *directory, struct fault *fault)
{
    const struct demo_settings *const settings = call->settings;
    const char *const cache = getenv("XDG_CACHE_HOME"); // NOLINT(concurrency-mt-unsafe)
    const char *const home = getenv("HOME");            // NOLINT(concurrency-mt-unsafe)
    if (settings->directory != NULL) {
        (void)snprintf(directory, FILE_PATH_MAX, "%s", settings->directory);
    } else if (cache != NULL && cache[0] == '/') {
        (void)snprintf(directory, FILE_PATH_MAX, "%s/rhumb-demo", cache);
    } else if (home != NULL && home[0] == '/') {
        (void)snprintf(directory, FILE_PATH_MAX, "%s/.cache", home);
        TRY(call->sys->make_directory(call->sys, directory, fault));
        (void)snprintf(directory, FILE_PATH_MAX, "%s/.cache/rhumb-demo", home);
    } else {
        return fault_set(fault, STATUS_NOT_FOUND,
                         "HOME is not set; say --directory DIR, where the town is to be kept");
    }
    return call->sys->make_directory(call->sys, directory, fault);
}

static enum status demo_serve(struct demo *demo, struct fault *fault)
{
    const struct cli_call *const call = demo->call;
    const struct demo_settings *const settings = call->settings;
    char directory[FILE_PATH_MAX];
    char atlas[PATH_SIZE];
    TRY(find_directory(call, directory, fault));
    (void)snprintf(atlas, sizeof(atlas), "%s/demo.atlas", directory);
    TRY(write_town(call, directory, settings->scale, fault));
    TRY(build_town(call, directory, atlas, fault));
    TRY(read_example(call, directory, &demo->example, fault));
    (void)fflush(stdout);
    struct serve_settings serve = {0};
    option_defaults((struct option_table){.rows = serve_options, .count = SERVE_OPTION_COUNT},
                    &serve);
    serve.atlas = atlas;
    serve.http = settings->http;
    serve.takes_next_port = true;
    return serve_run(&serve, call->sys, call->account,
                     &(struct serve_hooks){.ready = show, .context = demo}, fault);
}

static enum cli_exit demo_run(const struct cli_call *call)
{
    const struct demo_settings *const settings = call->settings;
    struct demo demo = {.call = call, .is_once = settings->is_once};
    struct fault fault = {0};
    const enum status status = settings->write != NULL
                                   ? write_town(call, settings->write, settings->scale, &fault)
                                   : demo_serve(&demo, &fault);
    return status == STATUS_OK ? demo.code : cli_fail(call, &fault);
}

const struct cli_command cli_demo = {
    .name = "demo",
    .summary = "builds and serves a made-up town",
    .operands = "",
    .description =
        "Writes the town as an OpenStreetMap extract, builds an atlas of it, serves it, asks three "
        "questions and shows the answers; then goes on serving until Ctrl-C. The town is the same "
        "everywhere and has the mess of real data; --write and --scale make it an input for tests "
        "and measurements of any size.",
    .examples = "rhumb demo\n"
                "rhumb demo --write /tmp/country --scale 100",
    .options = {.rows = demo_rows, .count = COUNT_OF(demo_rows)},
    .settings_size = sizeof(struct demo_settings),
    .run = demo_run,
};
