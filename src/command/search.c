#include "command/ask.h"
#include "command/command_private.h"

static const struct parameter search_parameters[] = {
    {.name = "q",
     .kind = PARAMETER_TEXT,
     .is_required = true,
     .example = "Landstrasse 1, Vaduz",
     .help = "The place as a person writes it: an address, a street, a town, a place of interest, "
             "in any order."},
    PARAMETER_ROW_NEAR,
    PARAMETER_ROW_LAYERS,
    PARAMETER_ROW_COUNTRY,
    PARAMETER_ROW_BBOX,
    PARAMETER_ROW_LANG,
    PARAMETER_ROW_LIMIT("10"),
    PARAMETER_ROW_EXPLAIN,
};

static struct search_query query_of(const struct arguments *arguments)
{
    struct search_query query = {
        .text = arguments->text,
        .has_near = arguments->has_near,
        .near = arguments->near,
        .layers = arguments->layers,
        .country_count = arguments->country_count,
        .has_box = arguments->has_box,
        .box = arguments->box,
        .limit = arguments->limit,
    };
    memcpy(query.countries, arguments->countries, sizeof(query.countries));
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
    return status == STATUS_OK ? STATUS_OK : command_fail_search(failure, status, &fault);
}

static enum status run_search(struct commander *commander, const struct search_world *world,
                              const struct arguments *arguments, struct buffer *out,
                              struct command_failure *failure)
{
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
    .parameters = search_parameters,
    .parameter_count = COUNT_OF(search_parameters),
    .run = run_autocomplete,
};
