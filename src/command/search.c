#include "command/ask.h"
#include "command/command_private.h"

#define PARAMETER_ROW_TEXT(is_required_)                                                     \
    {                                                                                        \
        .name = "q", .kind = PARAMETER_TEXT, .is_required = (is_required_),                  \
        .example = "Landstrasse 1, Vaduz",                                                   \
        .help = "The place as a person writes it: an address, a street, a town, a place of " \
                "interest, in any order."                                                    \
    }

static const struct parameter search_parameters[] = {
    PARAMETER_ROW_TEXT(false),
    PARAMETER_ROW_NEAR,
    PARAMETER_ROW_ZOOM,
    PARAMETER_ROW_LAYERS,
    {.name = "country",
     .kind = PARAMETER_COUNTRY,
     .example = "LI,CH",
     .help = "Only in these countries, comma-separated ISO 3166-1 alpha-2 codes; or in the one of "
             "this name or alpha-3 code."},
    PARAMETER_ROW_BBOX,
    PARAMETER_ROW_LANG,
    PARAMETER_ROW_LIMIT("10"),
    PARAMETER_ROW_EXPLAIN,
    PARAMETER_ROW_FACTS("0"),
    PARAMETER_ROW_GEOMETRY,
    PARAMETER_ROW_TOLERANCE,
    PARAMETER_ROWS_PARTS,
    PARAMETER_ROW_WITHIN,
};

static const struct parameter autocomplete_parameters[] = {
    PARAMETER_ROW_TEXT(true), PARAMETER_ROW_NEAR,        PARAMETER_ROW_ZOOM,
    PARAMETER_ROW_LAYERS,     PARAMETER_ROW_COUNTRY,     PARAMETER_ROW_BBOX,
    PARAMETER_ROW_LANG,       PARAMETER_ROW_LIMIT("10"), PARAMETER_ROW_EXPLAIN,
};

static struct search_query query_of(const struct arguments *arguments)
{
    struct search_query query = {
        .text = arguments->text,
        .has_near = arguments->has_near,
        .near = arguments->near,
        .near_zoom = arguments->zoom,
        .layers = arguments->layers,
        .country_count = arguments->country_count,
        .has_box = arguments->has_box,
        .box = arguments->box,
        .within = arguments->within,
        .has_parts = arguments->has_parts,
        .limit = arguments->limit,
        .wants_point = true,
    };
    memcpy(query.countries, arguments->countries, sizeof(query.countries));
    memcpy(query.parts, arguments->parts, sizeof(query.parts));
    if (arguments->country_count == 1 && arguments->given_country.size != 0 &&
        (arguments->has_parts || arguments->text.size == 0)) {
        // One country beside other parts is a part itself; alone it is what is looked for.
        query.has_parts = true;
        query.parts[PART_COUNTRY] = arguments->given_country;
        query.country_count = 0;
    }
    return query;
}

typedef enum status ask_function(struct commander *commander, const struct search_world *world,
                                 const struct search_query *query, struct ask_results *results,
                                 struct fault *fault);

static enum status run(ask_function *ask, struct commander *commander,
                       const struct search_world *world, const struct arguments *arguments,
                       struct buffer *out, struct command_failure *failure)
{
    const struct search_query query = query_of(arguments);
    struct fault fault = {0};
    struct ask_results results;
    enum status status = ask(commander, world, &query, &results, &fault);
    if (status == STATUS_OK) {
        status = features_write(commander, world, results.items, results.count, arguments, out);
    }
    return status == STATUS_OK ? STATUS_OK : command_fail_texts(failure, status, arguments, &fault);
}

static enum status run_search(struct commander *commander, const struct search_world *world,
                              const struct arguments *arguments, struct buffer *out,
                              struct command_failure *failure)
{
    if (arguments->text.size == 0 && !arguments->has_parts && arguments->country_count != 1) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "missing_parameter", "q",
                            "search needs the parameter 'q', for example q=Landstrasse 1, Vaduz, "
                            "or parts of an address: street, number, locality …");
    }
    return run(ask_forward, commander, world, arguments, out, failure);
}

static enum status run_autocomplete(struct commander *commander, const struct search_world *world,
                                    const struct arguments *arguments, struct buffer *out,
                                    struct command_failure *failure)
{
    return run(ask_complete, commander, world, arguments, out, failure);
}

const struct command command_search = {
    .name = "search",
    .summary = "Finds the places a text means, best first.",
    .parameters = search_parameters,
    .parameter_count = COUNT_OF(search_parameters),
    .run = run_search,
};

const struct command command_autocomplete = {
    .name = "autocomplete",
    .summary = "Finds what a text still being typed may become, best first.",
    .parameters = autocomplete_parameters,
    .parameter_count = COUNT_OF(autocomplete_parameters),
    .run = run_autocomplete,
};
