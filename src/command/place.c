#include "command/command_private.h"

static const struct parameter place_parameters[] = {
    {.name = "id",
     .kind = PARAMETER_ID,
     .is_required = true,
     .example = "osm:w123",
     .help = "The id of a place, as answers give it."},
    PARAMETER_ROW_LANG,
};

// By the id of an atlas or of a live object.
static bool place_find(const struct search_world *world, const struct arguments *arguments,
                       struct search_result *result)
{
    if (arguments->id != 0) {
        if (world->atlas == NULL ||
            atlas_find(world->atlas, arguments->id, &result->reference) != STATUS_OK) {
            return false;
        }
        result->point = atlas_point(world->atlas, result->reference);
        return true;
    }
    result->object =
        world->overlay == NULL ? NULL : overlay_id_find(world->overlay, arguments->given_id);
    if (result->object == NULL) {
        return false;
    }
    struct row row;
    object_row(result->object, &row);
    result->reference = UINT32_MAX;
    result->point = row.point;
    return true;
}

static enum status run_place(struct commander *commander, const struct search_world *world,
                             const struct arguments *arguments, struct buffer *out,
                             struct command_failure *failure)
{
    struct search_result result = {.match = MATCH_EXACT, .confidence = 1, .distance_m = -1};
    if (!place_find(world, arguments, &result)) {
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
