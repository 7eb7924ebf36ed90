#include "command/command_private.h"

static const struct parameter place_parameters[] = {
    {.name = "id",
     .kind = PARAMETER_ID,
     .is_required = true,
     .example = "osm:w123",
     .help = "The id of a place, as answers give it."},
    PARAMETER_ROW_LANG,
};

static enum status run_place(struct commander *commander, const struct atlas *atlas,
                             const struct arguments *arguments, struct buffer *out,
                             struct command_failure *failure)
{
    uint32_t reference = 0;
    if (atlas_find(atlas, arguments->id, &reference) != STATUS_OK) {
        char id[ATLAS_ID_TEXT_SIZE];
        atlas_id_format(arguments->id, id);
        return command_fail(failure, STATUS_NOT_FOUND, 404, "not_found", "id",
                            "no place has the id %s", id);
    }
    const struct search_result result = {
        .reference = reference,
        .match = MATCH_EXACT,
        .point = atlas_point(atlas, reference),
        .confidence = 1,
        .distance_m = -1,
    };
    const struct fault fault = {.text = "the answer is too long"};
    const enum status status = features_write(commander, atlas, &result, 1, arguments, out);
    return status == STATUS_OK ? STATUS_OK : command_fail_search(failure, status, &fault);
}

const struct command command_place = {
    .name = "place",
    .summary = "Gives the place that has an id.",
    .parameters = place_parameters,
    .parameter_count = COUNT_OF(place_parameters),
    .run = run_place,
};
