#include "command/ask.h"
#include "command/command_private.h"

static const struct parameter place_parameters[] = {
    {.name = "id",
     .kind = PARAMETER_ID,
     .is_required = true,
     .example = "osm:w123",
     .help = "The id of a place, as answers give it."},
    PARAMETER_ROW_LANG,
    PARAMETER_ROW_FACTS("1"),
    PARAMETER_ROW_GEOMETRY,
    PARAMETER_ROW_TOLERANCE,
};

static enum status run_place(struct commander *commander, const struct search_world *world,
                             const struct arguments *arguments, struct buffer *out,
                             struct command_failure *failure)
{
    struct search_result result;
    if (ask_find(world, arguments->given_id, &result) != STATUS_OK) {
        return command_fail(failure, STATUS_NOT_FOUND, 404, "not_found", "id",
                            "no place has the id %.*s", (int)arguments->given_id.size,
                            (const char *)arguments->given_id.data);
    }
    const struct fault fault = {.text = "the answer is too long"};
    const enum status status = features_write(commander, world, &result, 1, arguments, out);
    return status == STATUS_OK ? STATUS_OK : command_fail_search(failure, status, &fault);
}

const struct command command_place = {
    .name = "place",
    .summary = "Gives the place that has an id.",
    .parameters = place_parameters,
    .parameter_count = COUNT_OF(place_parameters),
    .run = run_place,
};
