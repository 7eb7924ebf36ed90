// A result as a GeoJSON feature with Photon's properties, which lie flat.
#include "dialect/outline.h"
#include "dialect/photon_private.h"

// Natural things have no address of their own.
static bool is_natural(const struct description *description)
{
    static const char *const keys[] = {"natural", "waterway", "mountain_pass", "water"};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (bytes_equal(description->osm_key, bytes_from_text(keys[i]))) {
            return true;
        }
    }
    return false;
}

enum photon_type photon_type_of(const struct description *description)
{
    switch (description->layer) {
    case LAYER_COUNTRY:
        return PHOTON_COUNTRY;
    case LAYER_REGION:
        return PHOTON_STATE;
    case LAYER_COUNTY:
        return PHOTON_COUNTY;
    case LAYER_LOCALITY:
        return PHOTON_CITY;
    case LAYER_BOROUGH:
        return PHOTON_DISTRICT;
    case LAYER_NEIGHBOURHOOD:
        return description->place_type == PLACE_SUBURB ||
                       description->place_type == PLACE_BOROUGH ||
                       description->place_type == PLACE_HAMLET
                   ? PHOTON_DISTRICT
                   : PHOTON_LOCALITY;
    case LAYER_POSTCODE:
        return PHOTON_OTHER;
    case LAYER_STREET:
    case LAYER_INTERSECTION:
    case LAYER_POINT:
        return PHOTON_STREET;
    case LAYER_POI:
        return is_natural(description) ? PHOTON_OTHER : PHOTON_HOUSE;
    case LAYER_ADDRESS:
        break;
    }
    return PHOTON_HOUSE;
}

static void write_text(struct json_writer *json, const char *key, struct bytes text)
{
    if (text.size != 0) {
        json_key(json, bytes_from_text(key));
        json_text(json, text);
    }
}

// A street of several ways has the id of the way nearest to the answer, and so has a number
// interpolated along it.
static uint64_t osm_id_of(const struct atlas *atlas, const struct search_result *result,
                          struct bytes id)
{
    uint64_t packed = 0;
    if (atlas_id_parse(id, &packed) != STATUS_OK || atlas == NULL ||
        atlas_id_unpack(packed).kind != SOURCE_DERIVED || result->object != NULL ||
        result->reference == UINT32_MAX || atlas_is_crossing(result->reference)) {
        return packed;
    }
    const bool is_house = (result->reference & ATLAS_REF_HOUSE) != 0;
    const uint32_t doc =
        is_house ? atlas->houses[result->reference & ~ATLAS_REF_HOUSE].street : result->reference;
    return atlas->docs[doc].layer == LAYER_STREET ? atlas_way_at(atlas, doc, result->point)
                                                  : packed;
}

// "osm:w123" as osm_type W and osm_id 123; what is not of OpenStreetMap has neither.
static void write_identity(struct json_writer *json, uint64_t packed)
{
    const struct source_id source = atlas_id_unpack(packed);
    if (packed != 0 && source.type != 0) { // the demo town numbers as OpenStreetMap does
        const uint8_t type = (uint8_t)source.type & 0xdf;
        JSON_KEY(json, "osm_type");
        json_text(json, (struct bytes){.data = &type, .size = 1});
        JSON_KEY(json, "osm_id");
        json_integer(json, source.number);
    }
}

// The components, without the one that is the thing's own name.
static void write_address(struct json_writer *json, const struct description *description)
{
    const enum atlas_layer layer = description->layer;
    const struct {
        const char *key;
        struct bytes text;
        enum atlas_layer own;
    } parts[] = {
        {"housenumber", description->number, LAYER_COUNT},
        {"street", description->street, LAYER_STREET},
        {"locality", description->neighbourhood, LAYER_NEIGHBOURHOOD},
        {"district", description->borough, LAYER_BOROUGH},
        {"postcode", description->postcode, LAYER_COUNT},
        {"city", description->locality, LAYER_LOCALITY},
        {"county", description->county, LAYER_COUNTY},
        {"state", description->region, LAYER_REGION},
        {"country", description->country, LAYER_COUNT},
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].own != layer) {
            write_text(json, parts[i].key, parts[i].text);
        }
    }
    write_text(json, "countrycode", bytes_from_text(description->country_code));
}

static void write_position(struct json_writer *json, struct geo_point point)
{
    json_begin_array(json);
    json_e7(json, point.lng_e7);
    json_e7(json, point.lat_e7);
    json_end_array(json);
}

// Photon's order: west, north, east, south.
static void write_extent(struct json_writer *json, const struct description *description)
{
    const struct geo_box *const box = &description->box;
    if (!description->has_box || (box->west_e7 == box->east_e7 && box->south_e7 == box->north_e7)) {
        return;
    }
    JSON_KEY(json, "extent");
    json_begin_array(json);
    json_e7(json, box->west_e7);
    json_e7(json, box->north_e7);
    json_e7(json, box->east_e7);
    json_e7(json, box->south_e7);
    json_end_array(json);
}

// What else the source tells of it: all but the tag that is its kind, which comes first.
static void write_extra(struct json_writer *json, const struct atlas *atlas,
                        const struct description *description)
{
    bool is_open = false;
    for (uint32_t i = 1; atlas != NULL && i < description->facts.count; i++) {
        const uint32_t *const pair = description->facts.items + 2 * (size_t)i;
        const struct bytes key = atlas_string(atlas, pair[0]);
        if (bytes_equal(key, BYTES_OF("linked_place"))) {
            continue;
        }
        if (!is_open) {
            JSON_KEY(json, "extra");
            json_begin_object(json);
            is_open = true;
        }
        json_key(json, key);
        json_text(json, atlas_string(atlas, pair[1]));
    }
    if (is_open) {
        json_end_object(json);
    }
}

static void write_geometry(struct json_writer *json, const struct photon_question *question,
                           const struct search_result *result,
                           const struct description *description)
{
    JSON_KEY(json, "geometry");
    if (question->request->wants_geometry) {
        outline_geojson_write(&(struct outline_question){.atlas = question->atlas,
                                                         .arena = question->arena,
                                                         .result = result,
                                                         .layer = description->layer},
                              json->out);
        json->has_item = true;
        return;
    }
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "Point");
    JSON_KEY(json, "coordinates");
    write_position(json, result->point);
    json_end_object(json);
}

static void write_debug(struct json_writer *json, const struct search_result *result,
                        struct bytes id)
{
    JSON_KEY(json, "debug");
    json_begin_object(json);
    JSON_KEY(json, "id");
    json_text(json, id);
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
    JSON_KEY(json, "confidence");
    json_decimal(json, (double)result->confidence, 3);
    JSON_KEY(json, "match_type");
    json_text_of(json, search_match_name(result->match));
    json_end_object(json);
}

void photon_feature_write(struct json_writer *json, const struct photon_question *question,
                          const struct search_result *result, struct bytes id,
                          const struct description *description)
{
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "Feature");
    JSON_KEY(json, "properties");
    json_begin_object(json);
    write_identity(json, osm_id_of(question->atlas, result, id));
    write_text(json, "osm_key", description->osm_key);
    write_text(json, "osm_value", description->osm_value);
    JSON_KEY(json, "type");
    json_text_of(json, photon_type_names[photon_type_of(description)]);
    if (description->layer != LAYER_ADDRESS) {
        write_text(json, "name", description->name);
    }
    write_address(json, description);
    write_extent(json, description);
    write_extra(json, result->object == NULL ? question->atlas : NULL, description);
    if (question->request->wants_debug) {
        write_debug(json, result, id);
    }
    json_end_object(json);
    write_geometry(json, question, result, description);
    json_end_object(json);
}
