// The four questions of the shell: search, autocomplete, reverse, place.
//
// What the flags say is handed to the command layer as (name, value) pairs, as a query string would
// be; it knows what is right. With "-" each line of standard input is a question of its own.
#include <stdio.h>
#include <string.h>

#include "cli/asker.h"
#include "cli/commands.h"
#include "command/question.h"

enum { LINE_SIZE_MAX = 256 * 1024 };

struct query_settings {
    const char *atlas, *server, *key_path;
    const char *near, *zoom, *layers, *country, *bbox, *lang, *limit, *radius, *within;
    const char *name, *number, *street, *unit, *neighbourhood, *borough, *locality, *county;
    const char *region, *postcode;
    const char *geometry, *tolerance;
    bool explains, has_facts;
};

#define FIELD(name) .offset = offsetof(struct query_settings, name)

#define ROWS_SOURCE                                                                    \
    {.name = "atlas",                                                                  \
     .kind = OPTION_TEXT,                                                              \
     FIELD(atlas),                                                                     \
     .value = "FILE",                                                                  \
     .help = "the atlas to ask"},                                                      \
        {.name = "server",                                                             \
         .kind = OPTION_TEXT,                                                          \
         FIELD(server),                                                                \
         .value = "URL",                                                               \
         .help = "the server to ask instead, like http://127.0.0.1:7070"},             \
    {                                                                                  \
        .name = "api-key-file", .kind = OPTION_TEXT, FIELD(key_path), .value = "FILE", \
        .help = "the key for that server, on its first line"                           \
    }

#define ROW_LAYERS                                                                              \
    {                                                                                           \
        .name = "layers", .kind = OPTION_TEXT, FIELD(layers), .value = "LAYERS",                \
        .choices =                                                                              \
            "country region county locality borough neighbourhood postcode street poi address", \
        .help = "only these, separated by commas"                                               \
    }

#define ROW_LANG                                                           \
    {                                                                      \
        .name = "lang", .kind = OPTION_TEXT, FIELD(lang), .value = "TAGS", \
        .help = "languages of the names, best first, like de,en"           \
    }

#define ROW_LIMIT(usual)                                                     \
    {                                                                        \
        .name = "limit", .kind = OPTION_TEXT, FIELD(limit), .value = "N",    \
        .help = "at most so many answers, up to 100; " usual " unless given" \
    }

#define ROWS_TEXT                                                               \
    ROWS_SOURCE,                                                                \
        {.name = "near",                                                        \
         .kind = OPTION_TEXT,                                                   \
         FIELD(near),                                                           \
         .value = "LAT,LON",                                                    \
         .help = "what is nearer is better"},                                   \
        {.name = "zoom",                                                        \
         .kind = OPTION_TEXT,                                                   \
         FIELD(zoom),                                                           \
         .value = "N",                                                          \
         .help = "the level of the map around near, 1 to 22; 13 unless given"}, \
        ROW_LAYERS,                                                             \
        {.name = "country",                                                     \
         .kind = OPTION_TEXT,                                                   \
         FIELD(country),                                                        \
         .value = "CODES",                                                      \
         .help = "only in these countries (ISO 3166-1), separated by commas"},  \
        {.name = "bbox",                                                        \
         .kind = OPTION_TEXT,                                                   \
         FIELD(bbox),                                                           \
         .value = "BOX",                                                        \
         .help = "only inside west,south,east,north"},                          \
        ROW_LANG, ROW_LIMIT("10"),                                              \
    {                                                                           \
        .name = "explain", .kind = OPTION_SWITCH, FIELD(explains),              \
        .help = "show the terms of each score"                                  \
    }

#define ROW_PART(part, value_, help_)                                                       \
    {                                                                                       \
        .name = #part, .kind = OPTION_TEXT, FIELD(part), .value = (value_), .help = (help_) \
    }

#define ROWS_DETAIL                                                                    \
    {.name = "facts",                                                                  \
     .kind = OPTION_SWITCH,                                                            \
     FIELD(has_facts),                                                                 \
     .help = "show what the source says of each place, and all its names"},            \
        {.name = "geometry",                                                           \
         .kind = OPTION_TEXT,                                                          \
         FIELD(geometry),                                                              \
         .value = "WORD",                                                              \
         .choices = "point outline",                                                   \
         .help = "with outline, areas as polygons and streets as lines"},              \
    {                                                                                  \
        .name = "tolerance", .kind = OPTION_TEXT, FIELD(tolerance), .value = "METRES", \
        .help = "how far outlines may be off; 0 unless given"                          \
    }

#define ROW_WITHIN                                                                \
    {                                                                             \
        .name = "within", .kind = OPTION_TEXT, FIELD(within), .value = "GEOJSON", \
        .help = "only inside this geometry"                                       \
    }

#define ROWS_PARTS                                                                              \
    ROW_PART(name, "TEXT", "of an address in parts: the place of interest"),                    \
        ROW_PART(number, "TEXT", "of an address in parts: the house number"),                   \
        ROW_PART(street, "TEXT", "of an address in parts: the street"),                         \
        ROW_PART(unit, "TEXT", "of an address in parts: the flat or suite"),                    \
        ROW_PART(neighbourhood, "TEXT", "of an address in parts: the quarter"),                 \
        ROW_PART(borough, "TEXT", "of an address in parts: the borough"),                       \
        ROW_PART(locality, "TEXT", "of an address in parts: the city, town or village"),        \
        ROW_PART(county, "TEXT", "of an address in parts: the county"),                         \
        ROW_PART(region, "TEXT", "of an address in parts: the state or province, or its code"), \
        ROW_PART(postcode, "TEXT", "of an address in parts: the postcode")

static const struct option search_rows[] = {
    ROWS_TEXT,
    ROWS_PARTS,
    ROW_WITHIN,
    ROWS_DETAIL,
};

static const struct option validate_rows[] = {
    ROWS_SOURCE,
    ROWS_PARTS,
    {.name = "country",
     .kind = OPTION_TEXT,
     FIELD(country),
     .value = "COUNTRY",
     .help = "of an address in parts: the country, by code or name"},
    ROW_LANG,
};

static const struct option autocomplete_rows[] = {ROWS_TEXT};

static const struct option point_rows[] = {
    ROWS_SOURCE,
    ROW_LAYERS,
    {.name = "radius",
     .kind = OPTION_TEXT,
     FIELD(radius),
     .value = "METRES",
     .help = "how far addresses, streets and places of interest may be; 1000 unless given"},
    ROW_LANG,
    ROW_LIMIT("1"),
    ROW_WITHIN,
    ROWS_DETAIL,
};

static const struct option place_rows[] = {ROWS_SOURCE, ROW_LANG, ROWS_DETAIL};

// What the flags say.
static void question_begin(struct question *question, const struct query_settings *settings)
{
    const struct {
        const char *name, *value;
    } pairs[] = {
        {"near", settings->near},
        {"zoom", settings->zoom},
        {"layers", settings->layers},
        {"country", settings->country},
        {"bbox", settings->bbox},
        {"lang", settings->lang},
        {"limit", settings->limit},
        {"radius", settings->radius},
        {"explain", settings->explains ? "1" : NULL},
        {"within", settings->within},
        {"facts", settings->has_facts ? "1" : NULL},
        {"geometry", settings->geometry},
        {"tolerance", settings->tolerance},
        {"name", settings->name},
        {"number", settings->number},
        {"street", settings->street},
        {"unit", settings->unit},
        {"neighbourhood", settings->neighbourhood},
        {"borough", settings->borough},
        {"locality", settings->locality},
        {"county", settings->county},
        {"region", settings->region},
        {"postcode", settings->postcode},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (pairs[i].value != NULL) {
            question->arguments[question->count++] = (struct argument){
                .name = bytes_from_text(pairs[i].name), .value = bytes_from_text(pairs[i].value)};
        }
    }
}

static enum status open_source(const struct cli_call *call, struct asker *asker,
                               struct fault *fault)
{
    const struct query_settings *const settings = call->settings;
    asker->account = call->account;
    return settings->server != NULL
               ? asker_open_server(asker, call->sys, settings->server, settings->key_path, fault)
               : asker_open_atlas(asker, call->sys, settings->atlas, fault);
}

static enum cli_exit ask_once(const struct cli_call *call, const struct command *command,
                              const struct question *question)
{
    struct fault fault = {0};
    SCOPED(asker_close) struct asker asker = {0};
    if (open_source(call, &asker, &fault) != STATUS_OK) {
        return cli_fail(call, &fault);
    }
    SCOPED(buffer_free) struct buffer answer = {.account = call->account};
    const enum status status =
        asker_ask(&asker, command, question->arguments, question->count, &answer, &fault);
    if (status == STATUS_OUT_OF_RANGE) {
        return cli_usage(call, "%s", fault.text);
    }
    if (status != STATUS_OK) {
        return cli_fail(call, &fault);
    }
    (void)fwrite(answer.data, 1, answer.size, stdout);
    (void)putchar('\n');
    return CLI_OK;
}

struct lines {
    const struct cli_call *call;
    const struct command *command;
    struct asker *asker;
    struct question question;
    size_t flag_count; // arguments that the flags said
    struct buffer answer;
};

// Answers one line with one line. False when it is an error.
static bool answer_line(struct lines *lines, struct bytes line)
{
    struct command_failure failure = {0};
    struct fault fault = {0};
    buffer_clear(&lines->answer);
    question_rewind(&lines->question, lines->flag_count);
    enum status status = question_read(&lines->question, line, (struct bytes){0}, NULL, &failure);
    if (status == STATUS_OK) {
        status = asker_ask(lines->asker, lines->command, lines->question.arguments,
                           lines->question.count, &lines->answer, &fault);
    } else {
        command_failure_write(&failure, &lines->answer);
    }
    if (lines->answer.size == 0) { // the server could not be asked
        status = command_fail(&failure, status, 503, "unavailable", "", "%s", fault.text);
        command_failure_write(&failure, &lines->answer);
    }
    (void)fwrite(lines->answer.data, 1, lines->answer.size, stdout);
    (void)putchar('\n');
    (void)fflush(stdout);
    return status == STATUS_OK;
}

static enum cli_exit ask_lines(const struct cli_call *call, const struct command *command)
{
    struct fault fault = {0};
    SCOPED(asker_close) struct asker asker = {0};
    if (open_source(call, &asker, &fault) != STATUS_OK) {
        return cli_fail(call, &fault);
    }
    SCOPED(buffer_free) struct buffer line = {.account = call->account};
    struct lines lines = {.call = call,
                          .command = command,
                          .asker = &asker,
                          .question = {.texts = {.account = call->account}},
                          .answer = {.account = call->account}};
    question_begin(&lines.question, call->settings);
    lines.flag_count = lines.question.count;
    if (buffer_reserve(&line, LINE_SIZE_MAX) == NULL) {
        (void)fault_set(&fault, STATUS_NO_MEMORY, "no memory for a line");
        return cli_fail(call, &fault);
    }
    enum cli_exit code = CLI_OK;
    while (fgets((char *)line.data, LINE_SIZE_MAX, stdin) != NULL) {
        size_t size = strlen((const char *)line.data);
        const bool is_whole = size > 0 && line.data[size - 1] == '\n';
        size -= is_whole ? 1 : 0;
        if (size > 0 && !answer_line(&lines, (struct bytes){.data = line.data, .size = size})) {
            code = CLI_FAILED;
        }
        for (int c = '\n'; !is_whole && (c = getchar()) != EOF && c != '\n';) {
            code = CLI_FAILED; // the rest of a line that was too long
        }
    }
    question_free(&lines.question);
    buffer_free(&lines.answer);
    return code;
}

static bool has_source(const struct query_settings *settings)
{
    return settings->atlas != NULL || settings->server != NULL;
}

static enum cli_exit no_source(const struct cli_call *call)
{
    return cli_usage(call, "say what to ask: --atlas FILE, --server URL, or RHUMB_ATLAS");
}

static bool is_standard_input(const struct cli_call *call)
{
    return call->word_count == 1 && strcmp(call->words[0], "-") == 0;
}

// Asks with the words joined by spaces: quoting them is not needed.
static enum cli_exit run_text(const struct cli_call *call, const struct command *command)
{
    if (!has_source(call->settings)) {
        return no_source(call);
    }
    if (is_standard_input(call)) {
        return ask_lines(call, command);
    }
    SCOPED(buffer_free) struct buffer text = {.account = call->account};
    for (size_t i = 0; i < call->word_count; i++) {
        buffer_append_text(&text, i == 0 ? "" : " ");
        buffer_append_text(&text, call->words[i]);
    }
    struct question question = {0};
    question_begin(&question, call->settings);
    if (text.size != 0 && !question_set(&question, BYTES_OF("q"), buffer_bytes(&text))) {
        return cli_usage(call, "too many options");
    }
    return ask_once(call, command, &question);
}

static enum cli_exit search_run(const struct cli_call *call)
{
    return run_text(call, &command_search);
}

static enum cli_exit autocomplete_run(const struct cli_call *call)
{
    return run_text(call, &command_autocomplete);
}

static enum cli_exit validate_run(const struct cli_call *call)
{
    return run_text(call, &command_validate);
}

static enum cli_exit reverse_run(const struct cli_call *call)
{
    if (!has_source(call->settings)) {
        return no_source(call);
    }
    if (is_standard_input(call)) {
        return ask_lines(call, &command_reverse);
    }
    // LAT LON, or LAT,LON in one word.
    const char *const comma = strchr(call->words[0], ',');
    if ((comma == NULL) == (call->word_count == 1)) {
        return cli_usage(call, "a point is LAT LON or LAT,LON");
    }
    struct bytes lat = bytes_from_text(call->words[0]);
    struct bytes lon = bytes_from_text(comma == NULL ? call->words[1] : comma + 1);
    if (comma != NULL) {
        lat.size = (size_t)(comma - call->words[0]);
    }
    struct question question = {0};
    question_begin(&question, call->settings);
    if (!question_set(&question, BYTES_OF("lat"), lat) ||
        !question_set(&question, BYTES_OF("lon"), lon)) {
        return cli_usage(call, "too many options");
    }
    return ask_once(call, &command_reverse, &question);
}

static enum cli_exit place_run(const struct cli_call *call)
{
    if (!has_source(call->settings)) {
        return no_source(call);
    }
    if (is_standard_input(call)) {
        return ask_lines(call, &command_place);
    }
    struct question question = {0};
    question_begin(&question, call->settings);
    if (!question_set(&question, BYTES_OF("id"), bytes_from_text(call->words[0]))) {
        return cli_usage(call, "too many options");
    }
    return ask_once(call, &command_place, &question);
}

#define LINES                                                                                     \
    "With `-` each line of standard input is a question, {\"q\":\"…\",\"limit\":1} with the "   \
    "parameters of the HTTP route or just a text in quotes, and each line of output its answer; " \
    "what the options say holds for all. Exits 1 when a line was an error."

const struct cli_command cli_search = {
    .name = "search",
    .alias = "geocode",
    .summary = "finds the places a text means",
    .operands = "[TEXT…]",
    .operand_minimum = 0,
    .operand_maximum = SIZE_MAX,
    .description =
        "The text is an address, a street, a town or a place of interest, as a person "
        "writes it. An address may come in parts instead, or besides. The answer is GeoJSON, "
        "best first.\n\n" LINES,
    .examples = "rhumb search --atlas li.atlas 'Heiligkreuz 38, Vaduz'\n"
                "rhumb search --atlas li.atlas --street Heiligkreuz --number 38 --locality Vaduz\n"
                "rhumb search --atlas li.atlas - <questions.ndjson >answers.ndjson",
    .options = {.rows = search_rows, .count = COUNT_OF(search_rows)},
    .settings_size = sizeof(struct query_settings),
    .run = search_run,
};

const struct cli_command cli_autocomplete = {
    .name = "autocomplete",
    .summary = "finds what a text being typed may become",
    .operands = "TEXT…",
    .operand_minimum = 1,
    .operand_maximum = SIZE_MAX,
    .description = "As search, but the last word may be only the beginning of one.\n\n" LINES,
    .examples = "rhumb autocomplete --atlas li.atlas --near 47.14,9.52 heiligkr",
    .options = {.rows = autocomplete_rows, .count = COUNT_OF(autocomplete_rows)},
    .settings_size = sizeof(struct query_settings),
    .run = autocomplete_run,
};

const struct cli_command cli_validate = {
    .name = "validate",
    .summary = "says whether an address is one",
    .operands = "[TEXT…]",
    .operand_minimum = 0,
    .operand_maximum = SIZE_MAX,
    .description = "The address is a line of text, or comes in parts. The answer says verified, "
                   "partial, ambiguous or unverified, what is right of each part, and the address "
                   "in standard form.\n\n" LINES,
    .examples = "rhumb validate --atlas li.atlas 'Heiligkreuz 38, Vaduz'\n"
                "rhumb validate --atlas li.atlas --street Heiligkreuz --number 38 --postcode 9491",
    .options = {.rows = validate_rows, .count = COUNT_OF(validate_rows)},
    .settings_size = sizeof(struct query_settings),
    .run = validate_run,
};

const struct cli_command cli_reverse = {
    .name = "reverse",
    .summary = "says what is at a point",
    .operands = "LAT LON",
    .operand_minimum = 1,
    .operand_maximum = 2,
    .description = "Degrees, WGS 84; LAT,LON in one word will do, and negative numbers are "
                   "numbers.\n\n" LINES,
    .examples = "rhumb reverse --atlas li.atlas 47.1392 9.5228\n"
                "rhumb reverse --server http://127.0.0.1:7070 --layers street -30.03,-51.22",
    .options = {.rows = point_rows, .count = COUNT_OF(point_rows)},
    .settings_size = sizeof(struct query_settings),
    .run = reverse_run,
};

const struct cli_command cli_place = {
    .name = "place",
    .summary = "shows the object of an id",
    .operands = "ID",
    .operand_minimum = 1,
    .operand_maximum = 1,
    .description = "An id as answers give it, like osm:w123; it outlives a rebuild.\n\n" LINES,
    .examples = "rhumb place --atlas li.atlas osm:r1155955",
    .options = {.rows = place_rows, .count = COUNT_OF(place_rows)},
    .settings_size = sizeof(struct query_settings),
    .run = place_run,
};
