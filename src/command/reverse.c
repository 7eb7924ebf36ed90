#include "command/ask.h"
#include "command/command_private.h"

static const struct parameter reverse_parameters[] = {
    {.name = "lat",
     .kind = PARAMETER_LATITUDE,
     .is_required = true,
     .example = "47.1393",
     .help = "Latitude in degrees (WGS 84)."},
    {.name = "lon",
     .kind = PARAMETER_LONGITUDE,
     .is_required = true,
     .example = "9.5228",
     .help = "Longitude in degrees (WGS 84)."},
    PARAMETER_ROW_LAYERS,
    {.name = "radius",
     .kind = PARAMETER_METRES,
     .minimum = 0,
     .maximum = (unsigned)REVERSE_RADIUS_MAX_M,
     .fallback = "1000",
     .example = "200",
     .help = "How far addresses, streets and places of interest may be, in metres; areas contain "
             "the point."},
    PARAMETER_ROW_LANG,
    PARAMETER_ROW_LIMIT("1"),
    PARAMETER_ROW_FACTS("0"),
    PARAMETER_ROW_GEOMETRY,
    PARAMETER_ROW_TOLERANCE,
    PARAMETER_ROW_WITHIN,
};

static enum status run_reverse(struct commander *commander, const struct search_world *world,
                               const struct arguments *arguments, struct buffer *out,
                               struct command_failure *failure)
{
    const struct reverse_query query = {
        .point = arguments->point,
        .layers = arguments->layers,
        .radius_m = arguments->radius_m,
        .within = arguments->within,
        .limit = arguments->limit,
    };
    struct fault fault = {0};
    struct ask_results results;
    enum status status = ask_reverse(commander, world, &query, &results, &fault);
    if (status == STATUS_OK) {
        status = features_write(commander, world, results.items, results.count, arguments, out);
    }
    return status == STATUS_OK ? STATUS_OK : command_fail_search(failure, status, &fault);
}

const struct command command_reverse = {
    .name = "reverse",
    .summary = "Says what is at a point: the nearest address, street and place, and the areas "
               "around it.",
    .parameters = reverse_parameters,
    .parameter_count = COUNT_OF(reverse_parameters),
    .run = run_reverse,
};
