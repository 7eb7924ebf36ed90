#include "command/ask.h"
#include "command/command_private.h"
#include "command/place_id.h"

static const struct parameter place_parameters[] = {
    {.name = "id",
     .kind = PARAMETER_ID,
     .is_required = true,
     .example = "osm:w123",
     .help = "The id of a place, as answers give it; of OpenStreetMap also as W123 or way/123."},
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

static const struct parameter places_parameters[] = {
    {.name = "near",
     .kind = PARAMETER_POINT,
     .example = "47.14,9.52",
     .help = "A point LAT,LON: places of interest around it, nearest first."},
    {.name = "categories",
     .kind = PARAMETER_CATEGORIES,
     .example = "food.restaurant,shop",
     .help = "Only of these categories or groups of categories, comma-separated."},
    {.name = "brands",
     .kind = PARAMETER_BRANDS,
     .example = "Coop,Q680727",
     .help = "Only of these chains, comma-separated: names, or ids of Wikidata."},
    {.name = "within",
     .kind = PARAMETER_REGION,
     .example = "osm:r1155955",
     .help = "Only in the place of this id, or inside west,south,east,north, or inside an area of "
             "GeoJSON with at most 10000 corners. What is longer than a URL may be is posted as "
             "JSON."},
    {.name = "radius",
     .kind = PARAMETER_METRES,
     .minimum = 0,
     .maximum = (unsigned)SEARCH_PLACES_RADIUS_M,
     .example = "500",
     .help = "How far from `near`, in metres; 50000 unless given, with `within` as far as that "
             "reaches."},
    PARAMETER_ROW_LIMIT("10"),
    {.name = "ids",
     .kind = PARAMETER_IDS,
     .example = "osm:w123,N456,way/789,wof:5",
     .help =
         "Ids of places, comma-separated, at most 50; of OpenStreetMap also as W123 or way/123."},
    PARAMETER_ROW_LANG,
    PARAMETER_ROW_FACTS("1"),
    PARAMETER_ROW_GEOMETRY,
    PARAMETER_ROW_TOLERANCE,
};

enum status places_write(struct commander *commander, const struct search_world *world,
                         const struct arguments *arguments, struct buffer *out)
{
    struct json_writer json = {.out = out};
    struct bytes absent[PARAMETER_IDS_MAX];
    struct bytes id;
    unsigned count = 0;
    unsigned absent_count = 0;
    for (struct bytes rest = arguments->given_ids; place_id_next(&rest, &id);) {
        if (ask_find(world, id, &commander->results[count]) == STATUS_OK) {
            count++;
        } else {
            absent[absent_count++] = id;
        }
    }
    json_begin_object(&json);
    JSON_KEY(&json, "type");
    json_text_of(&json, "FeatureCollection");
    features_write_attribution(world->atlas, commander->results, count, &json);
    JSON_KEY(&json, "features");
    json_begin_array(&json);
    for (unsigned i = 0; i < count; i++) {
        TRY(features_write_one(commander, world, &commander->results[i], arguments, &json));
    }
    json_end_array(&json);
    JSON_KEY(&json, "absent");
    json_begin_array(&json);
    for (unsigned i = 0; i < absent_count; i++) {
        json_text(&json, absent[i]);
    }
    json_end_array(&json);
    json_end_object(&json);
    return STATUS_OK;
}

static enum status run_places(struct commander *commander, const struct search_world *world,
                              const struct arguments *arguments, struct buffer *out,
                              struct command_failure *failure)
{
    const struct fault fault = {.text = "the answer is too long"};
    if (arguments->given_ids.size == 0) {
        return nearby_run(commander, world, arguments, out, failure);
    }
    const enum status status = places_write(commander, world, arguments, out);
    return status == STATUS_OK ? STATUS_OK : command_fail_search(failure, status, &fault);
}

const struct command command_places = {
    .name = "places",
    .summary = "Gives the places of interest around a point or in an area, nearest first; or the "
               "places that have ids, in the order of the ids.",
    .parameters = places_parameters,
    .parameter_count = COUNT_OF(places_parameters),
    .run = run_places,
};
