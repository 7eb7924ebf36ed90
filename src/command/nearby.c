// Places of interest around a point or in an area: what /v1/places answers when no ids are asked for.
#include "command/ask.h"
#include "command/command_private.h"

enum status ask_places(struct commander *commander, const struct search_world *world,
                       const struct places_query *query, struct ask_results *results,
                       struct fault *fault)
{
    results->items = commander->results;
    results->count = 0;
    return search_places(commander->searcher, world, query, commander->results, &results->count,
                         fault);
}

// The document that `within` names by its id.
static enum status area_find(const struct search_world *world, const struct arguments *arguments,
                             uint32_t *area, struct command_failure *failure)
{
    struct search_result result;
    *area = UINT32_MAX;
    if (arguments->given_area.size == 0) {
        return STATUS_OK;
    }
    if (ask_find(world, arguments->given_area, &result) != STATUS_OK) {
        return command_fail(failure, STATUS_NOT_FOUND, 404, "not_found", "within",
                            "within: no place has the id %.*s", (int)arguments->given_area.size,
                            (const char *)arguments->given_area.data);
    }
    if (result.object != NULL || (result.reference & ATLAS_REF_HOUSE) != 0 ||
        atlas_is_crossing(result.reference) ||
        world->atlas->docs[result.reference].layer > LAYER_POSTCODE) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "invalid_parameter", "within",
                            "within: %.*s has no area; give the id of a country, a region, a town, "
                            "a part of one or a postcode",
                            (int)arguments->given_area.size,
                            (const char *)arguments->given_area.data);
    }
    *area = result.reference;
    return STATUS_OK;
}

enum status nearby_run(struct commander *commander, const struct search_world *world,
                       const struct arguments *arguments, struct buffer *out,
                       struct command_failure *failure)
{
    struct places_query query = {
        .has_near = arguments->has_near,
        .near = arguments->near,
        .radius_m = arguments->radius_m,
        .has_categories = arguments->has_categories,
        .categories = arguments->categories,
        .brand_count = arguments->brand_count,
        .has_box = arguments->has_box,
        .box = arguments->box,
        .within = arguments->within,
        .limit = arguments->limit,
    };
    memcpy(query.brands, arguments->brands, sizeof(query.brands));
    TRY(area_find(world, arguments, &query.inside, failure));
    const bool has_area = query.inside != UINT32_MAX || query.has_box || query.within != NULL;
    if (!query.has_near && !has_area) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "missing_parameter", "near",
                            "places needs one of the parameters near, within and ids, for example "
                            "near=47.14,9.52");
    }
    if (query.radius_m <= 0 && !has_area) {
        query.radius_m = SEARCH_PLACES_RADIUS_M;
    }
    struct fault fault = {0};
    struct ask_results results;
    enum status status = ask_places(commander, world, &query, &results, &fault);
    if (status == STATUS_OK) {
        status = features_write(commander, world, results.items, results.count, arguments, out);
    }
    return status == STATUS_OK ? STATUS_OK : command_fail_search(failure, status, &fault);
}
