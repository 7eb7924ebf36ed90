// Results as a GeoJSON FeatureCollection (RFC 7946).
#include "command/ask.h"
#include "command/command_private.h"

static void write_position(struct json_writer *json, struct geo_point point)
{
    json_begin_array(json);
    json_e7(json, point.lng_e7);
    json_e7(json, point.lat_e7);
    json_end_array(json);
}

static void write_box(struct json_writer *json, const struct geo_box *box)
{
    JSON_KEY(json, "bbox");
    json_begin_array(json);
    json_e7(json, box->west_e7);
    json_e7(json, box->south_e7);
    json_e7(json, box->east_e7);
    json_e7(json, box->north_e7);
    json_end_array(json);
}

// A member that is left out when its text is empty.
#define WRITE_TEXT(json, name, text)   \
    do {                               \
        if ((text).size != 0) {        \
            JSON_KEY((json), name);    \
            json_text((json), (text)); \
        }                              \
    } while (0)

// A member that is null when its text is empty.
#define WRITE_KNOWN(json, name, text)  \
    do {                               \
        JSON_KEY((json), name);        \
        if ((text).size != 0) {        \
            json_text((json), (text)); \
        } else {                       \
            json_null(json);           \
        }                              \
    } while (0)

static void write_components(struct json_writer *json, const struct description *description)
{
    JSON_KEY(json, "components");
    json_begin_object(json);
    WRITE_TEXT(json, "number", description->number);
    WRITE_TEXT(json, "unit", description->unit);
    WRITE_TEXT(json, "street", description->street);
    WRITE_TEXT(json, "cross_street", description->cross_street);
    WRITE_TEXT(json, "neighbourhood", description->neighbourhood);
    WRITE_TEXT(json, "borough", description->borough);
    WRITE_TEXT(json, "locality", description->locality);
    WRITE_TEXT(json, "postcode", description->postcode);
    WRITE_TEXT(json, "county", description->county);
    // What every answer is promised to know: null says that nothing given tells it.
    WRITE_KNOWN(json, "region", description->region);
    WRITE_KNOWN(json, "region_code", description->region_code);
    WRITE_KNOWN(json, "country", description->country);
    WRITE_KNOWN(json, "country_code", bytes_from_text(description->country_code));
    json_end_object(json);
}

// The zone, and what its clocks show; NULL: nobody knows that.
static void write_zone(struct json_writer *json, struct bytes zone, const struct zone_cached *clock)
{
    JSON_KEY(json, "timezone");
    if (zone.size == 0) {
        json_null(json);
        return;
    }
    json_begin_object(json);
    JSON_KEY(json, "name");
    json_text(json, zone);
    if (clock != NULL) {
        JSON_KEY(json, "offset_s");
        json_integer(json, clock->moment.offset_s);
        JSON_KEY(json, "is_dst");
        json_bool(json, clock->moment.is_dst);
        WRITE_TEXT(json, "abbreviation", bytes_from_text(clock->abbreviation));
    }
    json_end_object(json);
}

static void write_hierarchy(struct json_writer *json, const struct description *description)
{
    JSON_KEY(json, "hierarchy");
    json_begin_array(json);
    for (unsigned i = 0; i < description->part_count; i++) {
        const struct description_part *const part = &description->parts[i];
        json_begin_object(json);
        JSON_KEY(json, "layer");
        json_text_of(json, layer_name(part->layer));
        JSON_KEY(json, "id");
        json_text_of(json, part->id);
        JSON_KEY(json, "name");
        json_text(json, part->name);
        json_end_object(json);
    }
    json_end_array(json);
}

static void write_explanation(struct json_writer *json, const struct search_result *result)
{
    JSON_KEY(json, "explanation");
    json_begin_object(json);
    JSON_KEY(json, "score");
    json_decimal(json, (double)result->score, 4);
    JSON_KEY(json, "text");
    json_decimal(json, (double)result->terms.text, 4);
    JSON_KEY(json, "context");
    json_decimal(json, (double)result->terms.context, 4);
    JSON_KEY(json, "number");
    json_decimal(json, (double)result->terms.number, 4);
    JSON_KEY(json, "importance");
    json_decimal(json, (double)result->terms.importance, 4);
    JSON_KEY(json, "nearness");
    json_decimal(json, (double)result->terms.nearness, 4);
    JSON_KEY(json, "correction");
    json_decimal(json, (double)result->terms.correction, 4);
    json_end_object(json);
}

static void write_properties(struct json_writer *json, struct bytes id,
                             const struct description *description,
                             const struct search_result *result, const struct zone_cached *clock,
                             bool explains)
{
    JSON_KEY(json, "properties");
    json_begin_object(json);
    JSON_KEY(json, "id");
    json_text(json, id);
    JSON_KEY(json, "layer");
    json_text_of(json, layer_name(description->layer));
    JSON_KEY(json, "name");
    json_text(json, description->name);
    JSON_KEY(json, "label");
    json_text(json, description->label);
    JSON_KEY(json, "confidence");
    json_decimal(json, (double)result->confidence, 3);
    JSON_KEY(json, "match_type");
    json_text_of(json, search_match_name(result->match));
    if (result->distance_m >= 0) {
        JSON_KEY(json, "distance_m");
        json_decimal(json, result->distance_m, 1);
    }
    WRITE_TEXT(json, "category", description->category);
    WRITE_TEXT(json, "opening_hours", description->opening_hours);
    if (description->population != 0) {
        JSON_KEY(json, "population");
        json_unsigned(json, description->population);
    }
    write_components(json, description);
    write_zone(json, description->zone, clock);
    write_hierarchy(json, description);
    if (explains) {
        write_explanation(json, result);
    }
    json_end_object(json);
}

static void write_feature(struct json_writer *json, struct bytes id,
                          const struct description *description, const struct search_result *result,
                          const struct zone_cached *clock, bool explains)
{
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "Feature");
    JSON_KEY(json, "id");
    json_text(json, id);
    if (description->has_box) {
        write_box(json, &description->box);
    }
    JSON_KEY(json, "geometry");
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "Point");
    JSON_KEY(json, "coordinates");
    write_position(json, result->point);
    json_end_object(json);
    write_properties(json, id, description, result, clock, explains);
    json_end_object(json);
}

void features_write_attribution(const struct atlas *atlas, struct json_writer *json)
{
    JSON_KEY(json, "attribution");
    json_begin_array(json);
    for (uint32_t i = 0; atlas != NULL && i < atlas->source_count; i++) {
        const struct atlas_source *const source = &atlas->sources[i];
        json_begin_object(json);
        JSON_KEY(json, "source");
        json_text(json, atlas_string(atlas, source->name));
        JSON_KEY(json, "text");
        json_text(json, atlas_string(atlas, source->attribution));
        WRITE_TEXT(json, "licence", atlas_string(atlas, source->licence));
        WRITE_TEXT(json, "url", atlas_string(atlas, source->url));
        json_end_object(json);
    }
    json_end_array(json);
}

enum status features_write_one(struct commander *commander, const struct search_world *world,
                               const struct search_result *result,
                               const struct arguments *arguments, struct json_writer *json)
{
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(&commander->arena);
    struct description description;
    struct bytes id;
    TRY(ask_describe(commander, world, result, &arguments->languages, &description, &id));
    write_feature(json, id, &description, result,
                  zone_cache_at(&commander->zones, description.zone, world->now_us),
                  arguments->explains);
    return STATUS_OK;
}

enum status features_write(struct commander *commander, const struct search_world *world,
                           const struct search_result *results, unsigned count,
                           const struct arguments *arguments, struct buffer *out)
{
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    JSON_KEY(&json, "type");
    json_text_of(&json, "FeatureCollection");
    features_write_attribution(world->atlas, &json);
    JSON_KEY(&json, "features");
    json_begin_array(&json);
    for (unsigned i = 0; i < count; i++) {
        TRY(features_write_one(commander, world, &results[i], arguments, &json));
    }
    json_end_array(&json);
    json_end_object(&json);
    return STATUS_OK;
}
