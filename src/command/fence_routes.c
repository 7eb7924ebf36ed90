#include "command/fence_routes.h"

#include "command/fence_private.h"

#define ROW_ID                                                                         \
    {                                                                                  \
        .name = "id", .kind = PARAMETER_NAME, .is_required = true, .example = "depot", \
        .help = "The id of a fence."                                                   \
    }
#define ROW_LIMIT                                                                \
    {                                                                            \
        .name = "limit", .kind = PARAMETER_COUNT, .minimum = 1, .maximum = 1000, \
        .fallback = "100", .example = "100", .help = "At most so many at once."  \
    }
#define ROW_FROM                                                                   \
    {                                                                              \
        .name = "from", .kind = PARAMETER_TIME, .example = "2026-11-14T00:00:00Z", \
        .help = "Fixes measured from then on; else all that are kept."             \
    }
#define ROW_UNTIL                                                                   \
    {                                                                               \
        .name = "until", .kind = PARAMETER_TIME, .example = "2026-11-21T00:00:00Z", \
        .help = "Fixes measured before then; else until now."                       \
    }
#define ROW_EVENTS                                                                  \
    {                                                                               \
        .name = "limit", .kind = PARAMETER_COUNT, .minimum = 1, .maximum = 100000,  \
        .fallback = "10000", .example = "1000",                                     \
        .help = "At most so many events; has_more says that there would be others." \
    }

static const struct parameter list_parameters[] = {
    [FENCES_TAG] = {.name = "tag",
                    .kind = PARAMETER_STRING,
                    .example = "north",
                    .help = "Only fences with this tag."},
    [FENCES_FORMAT] = {.name = "format",
                       .kind = PARAMETER_WORD,
                       .words = "json geojson",
                       .fallback = "json",
                       .example = "geojson",
                       .help = "geojson: a FeatureCollection, as POST /v1/fences takes it."},
    [FENCES_LIMIT] = ROW_LIMIT,
    [FENCES_CURSOR] = {.name = "cursor",
                       .kind = PARAMETER_STRING,
                       .example = "AAAA",
                       .help = "The 'next' of the answer before."},
};
static const struct parameter fence_parameters[] = {[FENCE_ID] = ROW_ID};
static const struct parameter members_parameters[] = {
    [MEMBERS_ID] = ROW_ID,
    [MEMBERS_LIMIT] = {.name = "limit",
                       .kind = PARAMETER_COUNT,
                       .minimum = 1,
                       .maximum = 100000,
                       .fallback = "1000",
                       .example = "1000",
                       .help = "At most so many."}};
static const struct parameter try_parameters[] = {
    [TRY_COLLECTION] = {.name = "collection",
                        .kind = PARAMETER_NAME,
                        .fallback = "fleet",
                        .example = "fleet",
                        .help = "The collection the fix would go to."}};
static const struct parameter backfill_parameters[] = {[BACKFILL_ID] = ROW_ID,
                                                       [BACKFILL_FROM] = ROW_FROM,
                                                       [BACKFILL_UNTIL] = ROW_UNTIL,
                                                       [BACKFILL_LIMIT] = ROW_EVENTS};
static const struct parameter draft_parameters[] = {
    [DRAFT_FROM] = ROW_FROM, [DRAFT_UNTIL] = ROW_UNTIL, [DRAFT_LIMIT] = ROW_EVENTS};

#define FENCE "/v1/fences/{id}"

static const struct route rows[] = {
    {.method = HTTP_METHOD_GET,
     .path = "/v1/fences",
     .name = "list_fences",
     .summary = "Lists the fences in order of their ids.",
     ROUTE_PARAMETERS(list_parameters),
     .answer_schema = "Fences",
     .needs_live = true,
     .run = fence_list_run},
    {.method = HTTP_METHOD_POST,
     .path = "/v1/fences",
     .name = "load_fences",
     .summary = "Makes or replaces many fences: a FeatureCollection, whose properties are the "
                "members of fences.",
     .body = ROUTE_BODY_JSON,
     .answer_schema = "FencesLoaded",
     .needs_live = true,
     .run = fence_load_run},
    {.method = HTTP_METHOD_POST,
     .path = "/v1/fences/test",
     .name = "test_fences",
     .summary = "Says what would be announced for a fix; nothing changes.",
     ROUTE_PARAMETERS(try_parameters),
     .body = ROUTE_BODY_JSON,
     .answer_schema = "FenceEvents",
     .needs_live = true,
     .run = fence_try_run},
    {.method = HTTP_METHOD_POST,
     .path = "/v1/fences/backfill",
     .name = "backfill_draft",
     .summary = "Says what a fence, which need not exist, would have announced over the stored "
                "history.",
     ROUTE_PARAMETERS(draft_parameters),
     .body = ROUTE_BODY_JSON,
     .body_schema = "Fence",
     .answer_schema = "FenceEvents",
     .needs_live = true,
     .run = fence_draft_run},
    {.method = HTTP_METHOD_GET,
     .path = FENCE,
     .name = "get_fence",
     .summary = "Gives a fence's rule.",
     ROUTE_PARAMETERS(fence_parameters),
     .answer_schema = "Fence",
     .needs_live = true,
     .run = fence_get_run},
    {.method = HTTP_METHOD_PUT,
     .path = FENCE,
     .name = "put_fence",
     .summary = "Makes a fence or replaces its rule; objects that change sides by that do so at "
                "once, announced unless \"initial\" is false.",
     ROUTE_PARAMETERS(fence_parameters),
     .body = ROUTE_BODY_JSON,
     .body_schema = "Fence",
     .answer_schema = "Fence",
     .needs_live = true,
     .run = fence_put_run},
    {.method = HTTP_METHOD_DELETE,
     .path = FENCE,
     .name = "delete_fence",
     .summary = "Deletes a fence; who was inside has an exit with the reason fence_removed.",
     ROUTE_PARAMETERS(fence_parameters),
     .needs_live = true,
     .run = fence_delete_run},
    {.method = HTTP_METHOD_GET,
     .path = FENCE "/members",
     .name = "list_fence_members",
     .summary = "Lists the objects that are inside.",
     ROUTE_PARAMETERS(members_parameters),
     .answer_schema = "FenceMembers",
     .needs_live = true,
     .run = fence_members_run},
    {.method = HTTP_METHOD_POST,
     .path = FENCE "/backfill",
     .name = "backfill_fence",
     .summary = "Says what the fence would have announced over the stored history.",
     ROUTE_PARAMETERS(backfill_parameters),
     .answer_schema = "FenceEvents",
     .needs_live = true,
     .run = fence_backfill_run},
};

static const char schemas[] =
    "\"Fence\":{\"type\":\"object\",\"required\":[\"area\",\"collection\"],\"properties\":{"
    "\"id\":{\"type\":\"string\"},"
    "\"area\":{\"type\":\"object\",\"description\":\"A GeoJSON geometry, or one of circle, "
    "rectangle, place, collection, near.\"},"
    "\"collection\":{\"type\":\"string\"},\"match\":{\"type\":\"string\"},"
    "\"filter\":{\"type\":\"string\",\"description\":\"CQL2 text\"},"
    "\"events\":{\"type\":\"array\",\"items\":{\"enum\":[\"enter\",\"exit\",\"inside\","
    "\"outside\",\"cross\",\"dwell\",\"approach\",\"roam\"]}},"
    "\"dwell_s\":{\"type\":\"number\"},\"exit_distance_m\":{\"type\":\"number\"},"
    "\"confirm\":{\"type\":\"object\",\"properties\":{\"fixes\":{\"type\":\"integer\"},"
    "\"seconds\":{\"type\":\"number\"}}},"
    "\"accuracy\":{\"enum\":[\"ignore\",\"expand\",\"confidence\"]},"
    "\"confidence\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":3},"
    "\"approach_m\":{\"type\":\"number\"},"
    "\"speed\":{\"type\":\"object\",\"properties\":{\"min_mps\":{\"type\":\"number\"},"
    "\"max_mps\":{\"type\":\"number\"}}},\"stopped\":{\"type\":\"boolean\"},"
    "\"schedule\":{\"type\":\"object\"},\"cooldown_s\":{\"type\":\"number\"},"
    "\"expires\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"lateness_s\":{\"type\":\"number\"},"
    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"properties\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"metadata\":{\"type\":\"object\"},\"initial\":{\"type\":\"boolean\"}}},"
    "\"Fences\":{\"type\":\"object\",\"properties\":{\"fences\":{\"type\":\"array\",\"items\":{"
    "\"$ref\":\"#/components/schemas/Fence\"}},\"next\":{\"type\":\"string\"}}},"
    "\"FencesLoaded\":{\"type\":\"object\",\"properties\":{\"stored\":{\"type\":\"integer\"},"
    "\"refused\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}},"
    "\"FenceMembers\":{\"type\":\"object\",\"properties\":{\"members\":{\"type\":\"array\","
    "\"items\":{\"type\":\"object\"}}}},"
    "\"FenceEvents\":{\"type\":\"object\",\"properties\":{\"events\":{\"type\":\"array\","
    "\"items\":{\"type\":\"object\"}},\"has_more\":{\"type\":\"boolean\"}}}";

const struct route_table fence_routes = {rows, COUNT_OF(rows), schemas};
