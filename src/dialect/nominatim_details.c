// /details
#include <stdio.h>

#include "dialect/nominatim_private.h"

enum { HIERARCHY_MAX = 500 }; // houses of a street that are listed

struct details {
    struct search_result result;
    char osm_type; // as asked; 0: by place_id
    int64_t osm_id;
    bool has_address, has_hierarchy, has_keywords, has_geometry, is_grouped;
};

static bool find_by_place_id(struct nominatim *nominatim, struct details *details, int64_t place_id)
{
    const struct atlas *const atlas = nominatim->world->atlas;
    if (atlas == NULL || place_id < 0 ||
        !nominatim_place_find(atlas, (uint64_t)place_id, &details->result.reference)) {
        nominatim_fail(nominatim, 404, "No place with that OSM ID found.");
        return false;
    }
    return true;
}

// "gb:EH4_7EA": underlines stand for blanks and hyphens.
static enum status find_by_postcode(struct nominatim *nominatim, struct details *details,
                                    struct bytes text, bool *is_found)
{
    *is_found = false;
    struct bytes rest = text;
    struct bytes country = {0};
    struct ask_results results = {.count = 0};
    uint8_t code[32];
    if (form_next(&rest, ':', &country) && country.size == 2 && rest.size != 0 &&
        rest.size <= sizeof(code)) {
        for (size_t i = 0; i < rest.size; i++) {
            code[i] = rest.data[i] == '_' ? ' ' : rest.data[i];
        }
        const struct search_query query = {
            .has_parts = true,
            .parts = {[PART_POSTCODE] = {code, rest.size}},
            .layers = 1U << LAYER_POSTCODE,
            .countries = {(uint16_t)((country.data[0] & 0xdf) << 8 | (country.data[1] & 0xdf))},
            .country_count = 1,
            .limit = 1,
        };
        struct fault fault;
        TRY(ask_forward(nominatim->commander, nominatim->world, &query, &results, &fault));
    }
    if (results.count == 0 || results.items[0].match != MATCH_EXACT ||
        results.items[0].object != NULL) {
        nominatim_fail(nominatim, 404, "No place with that postcode found.");
        return STATUS_OK;
    }
    details->result.reference = results.items[0].reference;
    *is_found = true;
    return STATUS_OK;
}

static bool find_by_osm_id(struct nominatim *nominatim, struct details *details)
{
    const struct atlas *const atlas = nominatim->world->atlas;
    struct bytes type;
    struct bytes number;
    if (!form_find(&nominatim->form, "osmtype", &type)) {
        nominatim_fail(nominatim, 400, "Missing ID parameter 'place_id' or 'osmtype'.");
        return false;
    }
    if (!form_find(&nominatim->form, "osmid", &number)) {
        nominatim_fail(nominatim, 400, "Parameter 'osmid' missing.");
        return false;
    }
    if (!form_parse_whole(number, &details->osm_id)) {
        nominatim_fail(nominatim, 400, "Parameter 'osmid' must be a number.");
        return false;
    }
    if (type.size != 1 || strchr("NWR", type.data[0]) == NULL || type.data[0] == '\0') {
        nominatim_fail(nominatim, 400, "OSM type must be one of 'N', 'W', 'R'.");
        return false;
    }
    details->osm_type = (char)type.data[0];
    const uint64_t packed = atlas_id_pack((struct source_id){
        .kind = SOURCE_OSM, .type = (char)(type.data[0] | 0x20), .number = details->osm_id});
    if (atlas == NULL || atlas_find(atlas, packed, &details->result.reference) != STATUS_OK) {
        nominatim_fail(nominatim, 404, "No place with that OSM ID found.");
        return false;
    }
    return true;
}

static enum status read_query(struct nominatim *nominatim, struct details *details, bool *is_found)
{
    int64_t place_id = 0;
    const struct bytes postcode = form_text(&nominatim->form, "postcode");
    *is_found = false;
    if (!nominatim_read_format(nominatim, 1U << NOMINATIM_JSON, NOMINATIM_JSON) ||
        !nominatim_read_whole(nominatim, "place_id", 0, &place_id)) {
        return STATUS_OK;
    }
    details->result = (struct search_result){.confidence = 1, .distance_m = -1};
    if (place_id != 0) {
        *is_found = find_by_place_id(nominatim, details, place_id);
    } else if (postcode.size != 0) {
        TRY(find_by_postcode(nominatim, details, postcode, is_found));
    } else {
        *is_found = find_by_osm_id(nominatim, details);
    }
    if (!*is_found) {
        return STATUS_OK;
    }
    details->result.point = atlas_point(nominatim->world->atlas, details->result.reference);
    details->has_address = nominatim_flag(nominatim, "addressdetails", false);
    details->has_hierarchy = nominatim_flag(nominatim, "hierarchy", false);
    details->has_keywords = nominatim_flag(nominatim, "keywords", false);
    details->has_geometry = nominatim_flag(nominatim, "polygon_geojson", false);
    details->is_grouped = nominatim_flag(nominatim, "group_hierarchy", false);
    return STATUS_OK;
}

static void write_pair(void *context, struct bytes key, struct bytes value)
{
    struct json_writer *const json = context;
    json_key(json, key);
    json_text(json, value);
}

static void write_text_or_null(struct json_writer *json, struct bytes text)
{
    if (text.size == 0) {
        json_null(json);
    } else {
        json_text(json, text);
    }
}

// A place as a row of another one's address or hierarchy.
static void write_row(struct json_writer *json, const struct nominatim_place *place,
                      struct bytes name, double distance_deg)
{
    json_begin_object(json);
    write_pair(json, BYTES_OF("localname"), name);
    JSON_KEY(json, "place_id");
    json_unsigned(json, place->place_id);
    JSON_KEY(json, "osm_id");
    if (place->osm_type == 0) {
        json_null(json);
    } else {
        json_integer(json, place->osm_id);
    }
    JSON_KEY(json, "osm_type");
    write_text_or_null(
        json, (struct bytes){(const uint8_t *)&place->osm_type, place->osm_type == 0 ? 0U : 1U});
    write_pair(json, BYTES_OF("class"), place->key);
    write_pair(json, BYTES_OF("type"), place->value);
    JSON_KEY(json, "admin_level");
    json_unsigned(json, place->admin_level == 0 ? 15 : place->admin_level);
    JSON_KEY(json, "rank_address");
    json_unsigned(json, place->rank_address);
    JSON_KEY(json, "distance");
    json_decimal(json, distance_deg, 7);
    JSON_KEY(json, "isaddress");
    json_bool(json, true);
    json_end_object(json);
}

// A line that is no place of its own: a number, a postcode.
static void write_bare_row(struct json_writer *json, const struct nominatim_line *line)
{
    json_begin_object(json);
    write_pair(json, BYTES_OF("localname"), line->name);
    JSON_KEY(json, "place_id");
    json_null(json);
    JSON_KEY(json, "osm_id");
    json_null(json);
    JSON_KEY(json, "osm_type");
    json_null(json);
    write_pair(json, BYTES_OF("class"), BYTES_OF("place"));
    write_pair(json, BYTES_OF("type"), line->label);
    JSON_KEY(json, "admin_level");
    json_null(json);
    JSON_KEY(json, "rank_address");
    json_unsigned(json, line->rank);
    JSON_KEY(json, "distance");
    json_unsigned(json, 0);
    JSON_KEY(json, "isaddress");
    json_bool(json, true);
    json_end_object(json);
}

static enum status make_row(const struct nominatim *nominatim, uint32_t reference,
                            struct search_result *result, struct nominatim_place *row)
{
    *result = (struct search_result){.reference = reference,
                                     .point = atlas_point(nominatim->world->atlas, reference),
                                     .distance_m = -1};
    return nominatim_place_make(nominatim, result, row);
}

static enum status write_address(const struct nominatim *nominatim, struct json_writer *json,
                                 const struct nominatim_place *place)
{
    JSON_KEY(json, "address");
    json_begin_array(json);
    for (unsigned i = 0; i < place->line_count; i++) {
        const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(nominatim->arena);
        const struct nominatim_line *const line = &place->lines[i];
        if (i == 0 && place->has_own_line) {
            write_row(json, place, line->name, 0);
        } else if (line->doc == UINT32_MAX) {
            write_bare_row(json, line);
        } else {
            struct search_result result;
            struct nominatim_place row;
            TRY(make_row(nominatim, line->doc, &result, &row));
            write_row(json, &row, line->name, 0);
        }
    }
    if (place->country_code[0] != '\0') {
        write_bare_row(json, &(struct nominatim_line){.label = BYTES_OF("country_code"),
                                                      .name = bytes_from_text(place->country_code),
                                                      .rank = 4});
    }
    json_end_array(json);
    return STATUS_OK;
}

// The words a place is found by: those of its name, and of the places it lies in.
static void write_words(struct json_writer *json, struct bytes text, unsigned *id)
{
    struct bytes word;
    while (form_next(&text, ' ', &word)) {
        if (word.size != 0) {
            json_begin_object(json);
            JSON_KEY(json, "id");
            json_unsigned(json, ++*id);
            JSON_KEY(json, "token");
            json_text(json, word);
            json_end_object(json);
        }
    }
}

static void write_keywords(struct json_writer *json, const struct nominatim_place *place)
{
    unsigned id = 0;
    JSON_KEY(json, "keywords");
    json_begin_object(json);
    JSON_KEY(json, "name");
    json_begin_array(json);
    write_words(json, place->name, &id);
    json_end_array(json);
    JSON_KEY(json, "address");
    json_begin_array(json);
    for (unsigned i = place->has_own_line ? 1 : 0; i < place->line_count; i++) {
        write_words(json, place->lines[i].name, &id);
    }
    json_end_array(json);
    json_end_object(json);
}

// What takes its address from a street: its houses.
static enum status write_hierarchy(const struct nominatim *nominatim, struct json_writer *json,
                                   const struct details *details)
{
    const struct atlas *const atlas = nominatim->world->atlas;
    const uint32_t reference = details->result.reference;
    const bool is_street = reference >= atlas_layer_first(atlas, LAYER_STREET) &&
                           reference < atlas_layer_first(atlas, LAYER_POI);
    JSON_KEY(json, "hierarchy");
    if (details->is_grouped) {
        json_begin_object(json);
        JSON_KEY(json, "place:house");
    }
    json_begin_array(json);
    if (is_street) {
        const struct atlas_street *const street = atlas_street_of(atlas, reference);
        for (uint32_t i = 0; i < street->house_count && i < HIERARCHY_MAX; i++) {
            const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(nominatim->arena);
            struct search_result result;
            struct nominatim_place row;
            TRY(make_row(nominatim, (street->house_first + i) | ATLAS_REF_HOUSE, &result, &row));
            write_row(json, &row, row.description.number, 0);
        }
    }
    json_end_array(json);
    if (details->is_grouped) {
        json_end_object(json);
    }
    return STATUS_OK;
}

static void write_ids(struct json_writer *json, const struct nominatim *nominatim,
                      const struct nominatim_place *place)
{
    JSON_KEY(json, "place_id");
    json_unsigned(json, place->place_id);
    JSON_KEY(json, "parent_place_id");
    uint64_t parent = 0;
    if (place->description.part_count != 0 && place->description.parts[0].doc != UINT32_MAX) {
        parent = nominatim_place_id(nominatim->world->atlas, place->description.parts[0].doc);
    }
    json_unsigned(json, parent);
    if (place->osm_type != 0) {
        write_pair(json, BYTES_OF("osm_type"),
                   (struct bytes){(const uint8_t *)&place->osm_type, 1});
        JSON_KEY(json, "osm_id");
        json_integer(json, place->osm_id);
    }
    write_pair(json, BYTES_OF("category"), place->key);
    write_pair(json, BYTES_OF("type"), place->value);
    JSON_KEY(json, "admin_level");
    json_unsigned(json, place->admin_level == 0 ? 15 : place->admin_level);
}

static void write_address_tags(struct json_writer *json, const struct description *description)
{
    JSON_KEY(json, "addresstags");
    json_begin_object(json);
    if (description->number.size != 0) {
        write_pair(json, BYTES_OF("housenumber"), description->number);
        write_pair(json, BYTES_OF("street"), description->street);
        if (description->postcode.size != 0) {
            write_pair(json, BYTES_OF("postcode"), description->postcode);
        }
    }
    json_end_object(json);
}

static void write_names(struct json_writer *json, const struct nominatim *nominatim,
                        const struct nominatim_place *place)
{
    write_pair(json, BYTES_OF("localname"), place->name);
    JSON_KEY(json, "names");
    json_begin_object(json);
    nominatim_each_name(nominatim, place, write_pair, json);
    json_end_object(json);
    write_address_tags(json, &place->description);
    JSON_KEY(json, "housenumber");
    write_text_or_null(json, place->description.number);
    JSON_KEY(json, "calculated_postcode");
    write_text_or_null(json, place->description.postcode);
    JSON_KEY(json, "country_code");
    write_text_or_null(json, bytes_from_text(place->country_code));
}

static void write_ranks(struct json_writer *json, const struct nominatim *nominatim,
                        const struct nominatim_place *place)
{
    JSON_KEY(json, "importance");
    json_decimal(json, place->importance, 9);
    JSON_KEY(json, "calculated_importance");
    json_decimal(json, place->importance, 9);
    JSON_KEY(json, "extratags");
    json_begin_object(json);
    nominatim_each_tag(nominatim, place, write_pair, json);
    json_end_object(json);
    struct bytes wikipedia = {0};
    (void)description_fact(nominatim->world->atlas, &place->description, "wikipedia", &wikipedia);
    JSON_KEY(json, "calculated_wikipedia");
    write_text_or_null(json, wikipedia);
    JSON_KEY(json, "rank_address");
    json_unsigned(json, place->rank_address);
    JSON_KEY(json, "rank_search");
    json_unsigned(json, place->rank_search);
    JSON_KEY(json, "isarea");
    json_bool(json, place->description.layer <= LAYER_POSTCODE && place->description.has_box);
}

static void write_geometry(const struct nominatim *nominatim, struct json_writer *json,
                           const struct nominatim_place *place, bool has_outline)
{
    const struct geo_point point = place->result->point;
    for (unsigned i = 0; i < 2; i++) {
        json_key(json, i == 0 ? BYTES_OF("centroid") : BYTES_OF("geometry"));
        if (i == 1 && has_outline) {
            nominatim_outline_write(nominatim, place, NOMINATIM_OUTLINE_GEOJSON, "\"", json->out);
            json->has_item = true;
            continue;
        }
        json_begin_object(json);
        write_pair(json, BYTES_OF("type"), BYTES_OF("Point"));
        JSON_KEY(json, "coordinates");
        json_begin_array(json);
        json_e7(json, point.lng_e7);
        json_e7(json, point.lat_e7);
        json_end_array(json);
        json_end_object(json);
    }
}

static enum status write_all(struct nominatim *nominatim, const struct details *details,
                             const struct nominatim_place *place)
{
    struct json_writer *const json = &nominatim->json;
    json_begin_object(json);
    write_ids(json, nominatim, place);
    write_names(json, nominatim, place);
    write_ranks(json, nominatim, place);
    write_geometry(nominatim, json, place, details->has_geometry);
    if (nominatim_flag(nominatim, "entrances", false)) {
        JSON_KEY(json, "entrances");
        json_begin_array(json);
        json_end_array(json);
    }
    if (details->has_address) {
        TRY(write_address(nominatim, json, place));
    }
    if (details->has_keywords) {
        write_keywords(json, place);
    }
    if (details->has_hierarchy) {
        TRY(write_hierarchy(nominatim, json, details));
    }
    json_end_object(json);
    return STATUS_OK;
}

enum status nominatim_details(struct nominatim *nominatim)
{
    struct details details = {0};
    bool is_found = false;
    TRY(read_query(nominatim, &details, &is_found));
    if (!is_found) {
        return STATUS_OK;
    }
    struct nominatim_place place;
    TRY(nominatim_place_make(nominatim, &details.result, &place));
    if (details.osm_type != 0) {
        place.osm_type = details.osm_type;
        place.osm_id = details.osm_id;
    }
    struct bytes class;
    if (form_find(&nominatim->form, "class", &class) && !bytes_equal(class, place.key)) {
        nominatim_fail(nominatim, 404, "No place with that OSM ID found.");
        return STATUS_OK;
    }
    nominatim_callback_begin(nominatim);
    TRY(write_all(nominatim, &details, &place));
    nominatim_callback_end(nominatim);
    return STATUS_OK;
}
