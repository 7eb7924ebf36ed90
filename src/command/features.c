// Results as a GeoJSON FeatureCollection (RFC 7946).
#include "command/ask.h"
#include "command/command_private.h"
#include "command/geometry.h"
#include "command/provenance.h"

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

// NULL: nobody knows what the clocks show.
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

void features_write_zone(struct json_writer *json, struct commander *commander, struct bytes zone,
                         int64_t now_us)
{
    write_zone(json, zone, zone_cache_at(&commander->zones, zone, now_us));
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

// What all features of one answer share.
struct feature_writing {
    const struct search_world *world;
    const struct arguments *arguments;
    struct arena *arena;
    struct geometry_options geometry;
    const struct zone_cached *clock; // of the feature at hand
};

// How well the point says where it is.
static const char *accuracy_of(const struct description *description,
                               const struct search_result *result)
{
    if (description->is_interpolated) {
        return "interpolated";
    }
    if (result->guess == GUESS_BESIDE) {
        return "nearest";
    }
    return description->layer == LAYER_STREET     ? "street"
           : description->layer <= LAYER_POSTCODE ? "centroid"
                                                  : "exact";
}

static void write_properties(struct json_writer *json, struct bytes id,
                             const struct description *description,
                             const struct search_result *result,
                             const struct feature_writing *writing)
{
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
    JSON_KEY(json, "accuracy");
    json_text_of(json, accuracy_of(description, result));
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
    write_zone(json, description->zone, writing->clock);
    write_hierarchy(json, description);
    if (writing->arguments->explains) {
        write_explanation(json, result);
    }
}

// {"amenity":"restaurant","cuisine":"pizza"}: the kind first.
static void write_facts(struct json_writer *json, const struct atlas *atlas,
                        const struct description *description)
{
    JSON_KEY(json, "facts");
    json_begin_object(json);
    if (description->osm_key.size != 0) {
        json_key(json, description->osm_key);
        json_text(json, description->osm_value);
    }
    for (uint32_t i = 1; i < description->facts.count; i++) {
        const uint32_t *const pair = description->facts.items + 2 * (size_t)i;
        const struct bytes key = atlas_string(atlas, pair[0]);
        if (!bytes_equal(key, description->osm_key)) {
            json_key(json, key);
            json_text(json, atlas_string(atlas, pair[1]));
        }
    }
    json_end_object(json);
}

static const char *role_name(unsigned role)
{
    static const char *const names[] = {
        [NAME_MAIN] = "main",           [NAME_LOCALISED] = "localised",
        [NAME_OFFICIAL] = "official",   [NAME_ALTERNATIVE] = "alternative",
        [NAME_SHORT] = "short",         [NAME_OLD] = "old",
        [NAME_LOCAL] = "local",         [NAME_INTERNATIONAL] = "international",
        [NAME_REFERENCE] = "reference",
    };
    return role < COUNT_OF(names) ? names[role] : "alternative";
}

// Every name with its role and language; none of a house.
static enum status write_names(struct json_writer *json, struct feature_writing *writing,
                               uint32_t reference)
{
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(writing->arena);
    const unsigned count = describe_names(writing->world->atlas, reference, NULL, 0);
    struct described_name *const names = ARENA_NEW(writing->arena, struct described_name, count);
    if (names == NULL) {
        return STATUS_NO_MEMORY;
    }
    (void)describe_names(writing->world->atlas, reference, names, count);
    JSON_KEY(json, "names");
    json_begin_array(json);
    for (unsigned i = 0; i < count; i++) {
        json_begin_object(json);
        JSON_KEY(json, "text");
        json_text(json, names[i].text);
        JSON_KEY(json, "role");
        json_text_of(json, role_name(names[i].role));
        WRITE_TEXT(json, "language", names[i].language);
        json_end_object(json);
    }
    json_end_array(json);
    return STATUS_OK;
}

// Says whether the outline was left out for its size.
static bool write_geometry(struct json_writer *json, struct feature_writing *writing,
                           const struct search_result *result)
{
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(writing->arena);
    bool is_omitted = false;
    JSON_KEY(json, "geometry");
    if (!writing->arguments->has_outlines || result->object != NULL ||
        !geometry_write_outline(json, writing->world->atlas, result->reference, &writing->geometry,
                                writing->arena, &is_omitted)) {
        geometry_write_point(json, result->point);
    }
    return is_omitted;
}

static enum status write_feature(struct json_writer *json, struct feature_writing *writing,
                                 struct bytes id, const struct description *description,
                                 const struct search_result *result)
{
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "Feature");
    JSON_KEY(json, "id");
    json_text(json, id);
    if (description->has_box) {
        write_box(json, &description->box);
    }
    const bool is_omitted = write_geometry(json, writing, result);
    JSON_KEY(json, "properties");
    json_begin_object(json);
    write_properties(json, id, description, result, writing);
    if (writing->arguments->has_outlines) {
        JSON_KEY(json, "pin");
        geometry_write_position(json, result->point);
    }
    if (is_omitted) {
        JSON_KEY(json, "outline_omitted");
        json_bool(json, true);
    }
    const struct atlas *const atlas = writing->world->atlas;
    if (description->source != ATLAS_SOURCE_NONE) {
        WRITE_TEXT(json, "source", atlas_string(atlas, atlas->sources[description->source].name));
    }
    if (writing->arguments->has_facts && result->object == NULL) {
        write_facts(json, atlas, description);
        TRY(write_names(json, writing, result->reference));
    }
    json_end_object(json);
    json_end_object(json);
    return STATUS_OK;
}

void features_write_attribution(const struct atlas *atlas, const struct search_result *results,
                                unsigned count, struct json_writer *json)
{
    struct provenance provenance = {0};
    for (unsigned i = 0; atlas != NULL && i < count; i++) {
        provenance_add(&provenance, atlas, &results[i]);
    }
    provenance_write(json, atlas, &provenance);
}

static struct feature_writing writing_of(struct commander *commander,
                                         const struct search_world *world,
                                         const struct arguments *arguments)
{
    return (struct feature_writing){
        .world = world,
        .arguments = arguments,
        .arena = &commander->arena,
        .geometry = {.tolerance_m = arguments->tolerance_m, .points = GEOMETRY_POINTS_MAX},
    };
}

static enum status feature_write(struct commander *commander, struct feature_writing *writing,
                                 const struct search_result *result, struct json_writer *json)
{
    const struct search_world *const world = writing->world;
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(&commander->arena);
    struct description description;
    struct bytes id;
    TRY(ask_describe(commander, world, result, &writing->arguments->languages, &description, &id));
    writing->clock = zone_cache_at(&commander->zones, description.zone, world->now_us);
    return write_feature(json, writing, id, &description, result);
}

enum status features_write_one(struct commander *commander, const struct search_world *world,
                               const struct search_result *result,
                               const struct arguments *arguments, struct json_writer *json)
{
    struct feature_writing writing = writing_of(commander, world, arguments);
    return feature_write(commander, &writing, result, json);
}

enum status features_write(struct commander *commander, const struct search_world *world,
                           const struct search_result *results, unsigned count,
                           const struct arguments *arguments, struct buffer *out)
{
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    JSON_KEY(&json, "type");
    json_text_of(&json, "FeatureCollection");
    features_write_attribution(world->atlas, results, count, &json);
    struct feature_writing writing = writing_of(commander, world, arguments);
    JSON_KEY(&json, "features");
    json_begin_array(&json);
    for (unsigned i = 0; i < count; i++) {
        TRY(feature_write(commander, &writing, &results[i], &json));
    }
    json_end_array(&json);
    json_end_object(&json);
    return STATUS_OK;
}
