// A result as a GeoJSON feature with Pelias' properties and label.
#include <stdio.h>
#include <string.h>

#include "dialect/pelias_private.h"

enum { LABEL_SIZE = 400, GID_SIZE = 160 };

static void write_text(struct json_writer *json, const char *key, struct bytes text)
{
    if (text.size != 0) {
        json_key(json, bytes_from_text(key));
        json_text(json, text);
    }
}

static void write_gid(struct json_writer *json, const char *key, struct bytes id,
                      enum pelias_layer layer)
{
    char gid[GID_SIZE];
    struct pelias_id theirs;
    pelias_id_of(id, &theirs);
    (void)snprintf(gid, sizeof(gid), "%.*s:%s:%s", (int)theirs.source_name.size,
                   (const char *)theirs.source_name.data, pelias_layer_name(layer), theirs.id);
    json_key(json, bytes_from_text(key));
    json_text_of(json, gid);
}

// "US-NY" is "NY".
static struct bytes region_short(const struct description *description)
{
    struct bytes rest = description->region_code;
    struct bytes country = {0};
    return rest.size != 0 && form_next(&rest, '-', &country) ? rest : (struct bytes){0};
}

// Containing places by layer, from the smallest; of two of a layer the first.
static void write_parts(struct json_writer *json, const struct description *description)
{
    unsigned seen = 0;
    for (unsigned i = 0; i < description->part_count; i++) {
        const struct description_part *const part = &description->parts[i];
        const enum pelias_layer layer = pelias_part_layer(part->layer, description->country_code);
        if (part->layer == LAYER_STREET || (seen & 1U << layer) != 0) {
            continue;
        }
        seen |= 1U << layer;
        char key[40];
        if (layer != PELIAS_POSTALCODE) { // the postcode itself is written with the address
            write_text(json, pelias_layer_name(layer), part->name);
        }
        (void)snprintf(key, sizeof(key), "%s_gid", pelias_layer_name(layer));
        write_gid(json, key, bytes_from_text(part->id), layer);
    }
}

// The layer's own name stands among the components too, with its gid.
static void write_components(struct json_writer *json, const struct description *description,
                             struct bytes id)
{
    const enum pelias_layer layer = pelias_layer_of(description);
    if (description->layer <= LAYER_NEIGHBOURHOOD) {
        char key[40];
        write_text(json, pelias_layer_name(layer), description->name);
        (void)snprintf(key, sizeof(key), "%s_gid", pelias_layer_name(layer));
        write_gid(json, key, id, layer);
    }
    write_parts(json, description);
    const struct {
        const char *key;
        struct bytes text;
        enum atlas_layer layer;
    } loose[] = {
        // Of an address that says so where no area does.
        {"neighbourhood", description->neighbourhood, LAYER_NEIGHBOURHOOD},
        {"borough", description->borough, LAYER_BOROUGH},
        {"locality", description->locality, LAYER_LOCALITY},
        {"county", description->county, LAYER_COUNTY},
        {"region", description->region, LAYER_REGION},
        {"country", description->country, LAYER_COUNTRY},
    };
    for (size_t i = 0; i < COUNT_OF(loose); i++) {
        bool is_written = description->layer == loose[i].layer;
        for (unsigned j = 0; j < description->part_count; j++) {
            is_written |= description->parts[j].layer == loose[i].layer;
        }
        if (!is_written) {
            write_text(json, loose[i].key, loose[i].text);
        }
    }
    write_text(json, "region_a", region_short(description));
    write_text(json,
               pelias_part_layer(LAYER_COUNTRY, description->country_code) == PELIAS_COUNTRY
                   ? "country_a"
                   : "dependency_a",
               bytes_from_text(description->country_code3));
    write_text(json, "country_code", bytes_from_text(description->country_code));
    const char *const continent = pelias_continent(description->country_code);
    if (continent != NULL) {
        write_text(json, "continent", bytes_from_text(continent));
    }
}

// --- label

struct label {
    char text[LABEL_SIZE];
    size_t size;
    struct bytes last; // part
};

// Adds a part behind a comma, if it is not what stands last already.
static void label_add(struct label *label, struct bytes part)
{
    if (part.size == 0 || bytes_equal(part, label->last)) {
        return;
    }
    const int put = snprintf(label->text + label->size, LABEL_SIZE - label->size, "%s%.*s",
                             label->size == 0 ? "" : ", ", (int)part.size, (const char *)part.data);
    const size_t room = LABEL_SIZE - 1 - label->size;
    label->size += put < 0 ? 0 : (size_t)put < room ? (size_t)put : room;
    label->last = part;
}

// The habits that Pelias has: name, locality, country; a region's short form where it is usual.
static void write_label(struct json_writer *json, const struct description *description)
{
    struct label label = {.size = 0};
    const char *const country = description->country_code3;
    const bool is_us = memcmp(country, "USA", 3) == 0;
    const bool has_region =
        is_us || memcmp(country, "CAN", 3) == 0 || memcmp(country, "AUS", 3) == 0;
    label_add(&label, description->name);
    if (is_us && description->layer != LAYER_REGION && description->layer != LAYER_COUNTY) {
        label_add(&label, description->borough);
    }
    if (description->layer > LAYER_COUNTY) {
        label_add(&label,
                  description->locality.size != 0 ? description->locality : description->county);
    }
    if (has_region && description->layer != LAYER_COUNTRY) {
        const struct bytes code = region_short(description);
        label_add(&label, description->layer == LAYER_REGION || code.size == 0 ? description->region
                                                                               : code);
    }
    if (description->layer != LAYER_COUNTRY) {
        label_add(&label, is_us ? BYTES_OF("USA") : description->country);
    }
    JSON_KEY(json, "label");
    json_text(json, (struct bytes){.data = (const uint8_t *)label.text, .size = label.size});
}

// --- how good it is

static double confidence_around(double away_m)
{
    static const struct {
        double within_m, confidence;
    } steps[] = {{1, 1.0}, {10, 0.9}, {100, 0.8}, {250, 0.7}, {1000, 0.6}};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        if (away_m < steps[i].within_m) {
            return steps[i].confidence;
        }
    }
    return 0.5;
}

static const char *match_name(const struct search_result *result)
{
    switch (result->match) {
    case MATCH_INTERPOLATED:
        return "interpolated";
    case MATCH_STREET:
    case MATCH_PARTIAL:
        return "fallback";
    case MATCH_EXACT:
    case MATCH_CORRECTED:
    case MATCH_PREFIX:
    case MATCH_NEAREST:
        break;
    }
    return "exact";
}

static void write_quality(struct json_writer *json, const struct pelias_request *request,
                          const struct search_result *result, const struct description *description)
{
    const bool is_around = request->path == PELIAS_REVERSE || request->path == PELIAS_NEARBY;
    const bool is_search = request->path == PELIAS_SEARCH || request->path == PELIAS_STRUCTURED;
    if (is_around || is_search) {
        JSON_KEY(json, "confidence");
        json_decimal(json,
                     is_around ? confidence_around(result->distance_m) : (double)result->confidence,
                     3);
    }
    if (is_search) {
        JSON_KEY(json, "match_type");
        json_text_of(json, match_name(result));
    }
    if (result->distance_m >= 0) {
        JSON_KEY(json, "distance");
        json_decimal(json, result->distance_m / 1000, 3);
    }
    const bool is_point = (description->layer == LAYER_ADDRESS && !description->is_interpolated) ||
                          description->layer == LAYER_POI;
    JSON_KEY(json, "accuracy");
    json_text_of(json, is_point && result->match != MATCH_INTERPOLATED ? "point" : "centroid");
}

static void write_categories(struct json_writer *json, struct bytes category)
{
    struct bytes rest = category;
    struct bytes group = {0};
    if (category.size == 0) {
        return;
    }
    JSON_KEY(json, "category");
    json_begin_array(json);
    if (form_next(&rest, '.', &group) && rest.data != NULL) {
        json_text(json, group);
    }
    json_text(json, category);
    json_end_array(json);
}

// What else the source tells, as Pelias' addendum of OpenStreetMap.
static void write_addendum(struct json_writer *json, const struct atlas *atlas,
                           const struct description *description)
{
    static const char *const keys[] = {"opening_hours", "wikidata", "wikipedia",
                                       "website",       "phone",    "brand",
                                       "operator",      "cuisine",  "wheelchair"};
    struct bytes values[COUNT_OF(keys)] = {description->opening_hours};
    bool has_any = description->opening_hours.size != 0;
    for (size_t i = 1; i < COUNT_OF(keys) && atlas != NULL; i++) {
        has_any |= description_fact(atlas, description, keys[i], &values[i]);
    }
    if (!has_any) {
        return;
    }
    JSON_KEY(json, "addendum");
    json_begin_object(json);
    JSON_KEY(json, "osm");
    json_begin_object(json);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        write_text(json, keys[i], values[i]);
    }
    json_end_object(json);
    json_end_object(json);
}

static void write_properties(struct json_writer *json, const struct pelias_request *request,
                             const struct search_world *world, const struct search_result *result,
                             struct bytes id, const struct description *description)
{
    const enum pelias_layer layer = pelias_layer_of(description);
    struct pelias_id theirs;
    pelias_id_of(id, &theirs);
    JSON_KEY(json, "properties");
    json_begin_object(json);
    JSON_KEY(json, "id");
    json_text_of(json, theirs.id);
    write_gid(json, "gid", id, layer);
    JSON_KEY(json, "layer");
    json_text_of(json, pelias_layer_name(layer));
    JSON_KEY(json, "source");
    json_text(json, theirs.source_name);
    JSON_KEY(json, "source_id");
    json_text_of(json, theirs.id);
    write_text(json, "name", description->name);
    write_text(json, "housenumber", description->number);
    write_text(json, "unit", description->unit);
    write_text(json, "street", description->street);
    write_text(json, "postalcode", description->postcode);
    write_quality(json, request, result, description);
    write_components(json, description, id);
    write_label(json, description);
    if (request->shows_categories) {
        write_categories(json, description->category);
    }
    write_addendum(json, result->object == NULL ? world->atlas : NULL, description);
    json_end_object(json);
}

void pelias_feature_write(struct json_writer *json, const struct pelias_request *request,
                          const struct search_world *world, const struct search_result *result,
                          struct bytes id, const struct description *description)
{
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "Feature");
    JSON_KEY(json, "geometry");
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "Point");
    JSON_KEY(json, "coordinates");
    json_begin_array(json);
    json_e7(json, result->point.lng_e7);
    json_e7(json, result->point.lat_e7);
    json_end_array(json);
    json_end_object(json);
    write_properties(json, request, world, result, id, description);
    if (description->has_box) {
        JSON_KEY(json, "bbox");
        json_begin_array(json);
        json_e7(json, description->box.west_e7);
        json_e7(json, description->box.south_e7);
        json_e7(json, description->box.east_e7);
        json_e7(json, description->box.north_e7);
        json_end_array(json);
    }
    json_end_object(json);
}
