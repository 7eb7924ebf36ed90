// Answers in json, jsonv2, geojson and geocodejson.
#include <stdio.h>

#include "dialect/nominatim_private.h"

const char *nominatim_type_word(char osm_type)
{
    return osm_type == 'N' ? "node" : osm_type == 'W' ? "way" : "relation";
}

struct bytes nominatim_degrees(int32_t value_e7, char text[NOMINATIM_DEGREES_SIZE])
{
    const int64_t size = value_e7 < 0 ? -(int64_t)value_e7 : value_e7;
    const int length =
        snprintf(text, NOMINATIM_DEGREES_SIZE, "%s%lld.%07lld", value_e7 < 0 ? "-" : "",
                 (long long)(size / 10000000), (long long)(size % 10000000));
    return (struct bytes){(const uint8_t *)text, (size_t)length};
}

static void write_degrees(struct json_writer *json, int32_t value_e7)
{
    char text[NOMINATIM_DEGREES_SIZE];
    json_text(json, nominatim_degrees(value_e7, text));
}

static void write_pair(void *context, struct bytes key, struct bytes value)
{
    struct json_writer *const json = context;
    json_key(json, key);
    json_text(json, value);
}

static void write_place_id(struct json_writer *json, const struct nominatim_place *place)
{
    if (place->place_id != 0) {
        JSON_KEY(json, "place_id");
        json_unsigned(json, place->place_id);
    }
}

static void write_osm_id(struct json_writer *json, const struct nominatim_place *place)
{
    if (place->osm_type != 0) {
        JSON_KEY(json, "osm_type");
        json_text_of(json, nominatim_type_word(place->osm_type));
        JSON_KEY(json, "osm_id");
        json_integer(json, place->osm_id);
    }
}

static void write_address(struct json_writer *json, const struct nominatim_place *place)
{
    JSON_KEY(json, "address");
    json_begin_object(json);
    for (unsigned i = 0; i < place->line_count; i++) {
        const struct nominatim_line *const line = &place->lines[i];
        if (nominatim_line_is_first(place, i)) {
            write_pair(json, line->label, line->name);
        }
        if (line->region_code.size != 0 && line->admin_level != 0) {
            char key[24];
            const int size = snprintf(key, sizeof(key), "ISO3166-2-lvl%u", line->admin_level);
            write_pair(json, (struct bytes){(const uint8_t *)key, (size_t)size}, line->region_code);
        }
    }
    if (place->country_code[0] != '\0') {
        JSON_KEY(json, "country_code");
        json_text_of(json, place->country_code);
    }
    json_end_object(json);
}

static void write_details(const struct nominatim *nominatim, struct json_writer *json,
                          const struct nominatim_place *place)
{
    if (nominatim->has_address) {
        write_address(json, place);
    }
    if (nominatim->has_extratags) {
        JSON_KEY(json, "extratags");
        json_begin_object(json);
        nominatim_each_tag(nominatim, place, write_pair, json);
        json_end_object(json);
    }
    if (nominatim->has_namedetails) {
        JSON_KEY(json, "namedetails");
        json_begin_object(json);
        nominatim_each_name(nominatim, place, write_pair, json);
        json_end_object(json);
    }
    if (nominatim->has_entrances) {
        JSON_KEY(json, "entrances");
        json_null(json);
    }
}

static void write_words(struct json_writer *json, const struct nominatim_place *place)
{
    JSON_KEY(json, "importance");
    json_decimal(json, place->importance, 9);
    JSON_KEY(json, "addresstype");
    json_text(json, place->type);
    JSON_KEY(json, "name");
    json_text(json, place->name);
    JSON_KEY(json, "display_name");
    json_text(json, place->display_name);
}

// --- json, jsonv2 ---

static void write_outline(const struct nominatim *nominatim, struct json_writer *json,
                          const struct nominatim_place *place)
{
    static const char *const names[] = {[NOMINATIM_OUTLINE_GEOJSON] = "geojson",
                                        [NOMINATIM_OUTLINE_KML] = "geokml",
                                        [NOMINATIM_OUTLINE_SVG] = "svg",
                                        [NOMINATIM_OUTLINE_TEXT] = "geotext"};
    if (nominatim->outline == NOMINATIM_NO_OUTLINE) {
        return;
    }
    json_key(json, bytes_from_text(names[nominatim->outline]));
    const bool is_text = nominatim->outline != NOMINATIM_OUTLINE_GEOJSON;
    if (is_text) {
        buffer_append_u8(json->out, '"');
    }
    nominatim_outline_write(nominatim, place, nominatim->outline, is_text ? "\\\"" : "\"",
                            json->out);
    if (is_text) {
        buffer_append_u8(json->out, '"');
    }
    json->has_item = true;
}

static void write_plain(const struct nominatim *nominatim, struct json_writer *json,
                        const struct nominatim_place *place)
{
    json_begin_object(json);
    write_place_id(json, place);
    JSON_KEY(json, "licence");
    json_text(json, nominatim_licence(nominatim, nominatim_source(nominatim, place->result)));
    write_osm_id(json, place);
    JSON_KEY(json, "lat");
    write_degrees(json, place->result->point.lat_e7);
    JSON_KEY(json, "lon");
    write_degrees(json, place->result->point.lng_e7);
    if (nominatim->format == NOMINATIM_JSON) {
        JSON_KEY(json, "class");
    } else {
        JSON_KEY(json, "category");
    }
    json_text(json, place->key);
    JSON_KEY(json, "type");
    json_text(json, place->value);
    JSON_KEY(json, "place_rank");
    json_unsigned(json, place->rank_search);
    write_words(json, place);
    write_details(nominatim, json, place);
    JSON_KEY(json, "boundingbox");
    json_begin_array(json);
    write_degrees(json, place->box.south_e7);
    write_degrees(json, place->box.north_e7);
    write_degrees(json, place->box.west_e7);
    write_degrees(json, place->box.east_e7);
    json_end_array(json);
    write_outline(nominatim, json, place);
    json_end_object(json);
}

// --- geojson, geocodejson ---

static void write_geometry(const struct nominatim *nominatim, struct json_writer *json,
                           const struct nominatim_place *place)
{
    JSON_KEY(json, "geometry");
    if (nominatim->outline == NOMINATIM_OUTLINE_GEOJSON) {
        nominatim_outline_write(nominatim, place, nominatim->outline, "\"", json->out);
        json->has_item = true;
        return;
    }
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "Point");
    JSON_KEY(json, "coordinates");
    json_begin_array(json);
    json_e7(json, place->result->point.lng_e7);
    json_e7(json, place->result->point.lat_e7);
    json_end_array(json);
    json_end_object(json);
}

static void write_geojson(const struct nominatim *nominatim, struct json_writer *json,
                          const struct nominatim_place *place)
{
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "Feature");
    JSON_KEY(json, "properties");
    json_begin_object(json);
    write_place_id(json, place);
    write_osm_id(json, place);
    JSON_KEY(json, "place_rank");
    json_unsigned(json, place->rank_search);
    JSON_KEY(json, "category");
    json_text(json, place->key);
    JSON_KEY(json, "type");
    json_text(json, place->value);
    write_words(json, place);
    write_details(nominatim, json, place);
    json_end_object(json);
    JSON_KEY(json, "bbox");
    json_begin_array(json);
    json_e7(json, place->box.west_e7);
    json_e7(json, place->box.south_e7);
    json_e7(json, place->box.east_e7);
    json_e7(json, place->box.north_e7);
    json_end_array(json);
    write_geometry(nominatim, json, place);
    json_end_object(json);
}

// What geocodejson calls a rank of addresses.
static const char *rank_word(unsigned rank)
{
    return rank < 4    ? "locality"
           : rank == 4 ? "country"
           : rank < 10 ? "state"
           : rank < 13 ? "county"
           : rank < 17 ? "city"
           : rank < 22 ? "district"
           : rank < 25 ? "locality"
           : rank < 28 ? "street"
                       : "house";
}

// The first line of each word; the place itself is left out, its name is said already.
static void write_geocoding_address(struct json_writer *json, const struct nominatim_place *place)
{
    unsigned seen = 0; // bits of ranks whose word was written
    for (unsigned i = place->has_own_line ? 1 : 0; i < place->line_count; i++) {
        const struct nominatim_line *const line = &place->lines[i];
        if (bytes_equal(line->label, BYTES_OF("house_number"))) {
            write_pair(json, BYTES_OF("housenumber"), line->name);
        } else if (bytes_equal(line->label, BYTES_OF("postcode"))) {
            write_pair(json, BYTES_OF("postcode"), line->name);
        } else if (line->rank >= 4 && line->rank < 28) {
            const char *const word = rank_word(line->rank);
            unsigned same = 0;
            for (unsigned rank = 4; rank < 28; rank++) {
                same |= strcmp(rank_word(rank), word) == 0 ? 1U << rank : 0;
            }
            if ((seen & same) == 0) {
                write_pair(json, bytes_from_text(word), line->name);
            }
            seen |= same;
        }
    }
    if (place->country_code[0] != '\0') {
        JSON_KEY(json, "country_code");
        json_text_of(json, place->country_code);
    }
    JSON_KEY(json, "admin");
    json_begin_object(json);
    unsigned levels = 0;
    for (unsigned i = 0; i < place->line_count; i++) {
        const struct nominatim_line *const line = &place->lines[i];
        if (line->admin_level != 0 && line->admin_level < 15 &&
            (levels & 1U << line->admin_level) == 0) {
            char key[16];
            const int size = snprintf(key, sizeof(key), "level%u", line->admin_level);
            write_pair(json, (struct bytes){(const uint8_t *)key, (size_t)size}, line->name);
            levels |= 1U << line->admin_level;
        }
    }
    json_end_object(json);
}

static void write_geocodejson(const struct nominatim *nominatim, struct json_writer *json,
                              const struct nominatim_place *place)
{
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "Feature");
    JSON_KEY(json, "properties");
    json_begin_object(json);
    JSON_KEY(json, "geocoding");
    json_begin_object(json);
    write_place_id(json, place);
    write_osm_id(json, place);
    write_pair(json, BYTES_OF("osm_key"), place->key);
    write_pair(json, BYTES_OF("osm_value"), place->value);
    JSON_KEY(json, "type");
    json_text_of(json, rank_word(place->rank_address));
    if (nominatim->kind == NOMINATIM_REVERSE && place->result->distance_m >= 0) {
        JSON_KEY(json, "accuracy");
        json_unsigned(json, (uint64_t)place->result->distance_m);
    }
    write_pair(json, BYTES_OF("label"), place->display_name);
    if (place->name.size != 0) {
        write_pair(json, BYTES_OF("name"), place->name);
    }
    if (nominatim->has_address) {
        write_geocoding_address(json, place);
    }
    if (nominatim->has_extratags) {
        JSON_KEY(json, "extra");
        json_begin_object(json);
        nominatim_each_tag(nominatim, place, write_pair, json);
        json_end_object(json);
    }
    json_end_object(json);
    json_end_object(json);
    write_geometry(nominatim, json, place);
    json_end_object(json);
}

// --- The whole ---

static void begin_collection(struct nominatim *nominatim)
{
    struct json_writer *const json = &nominatim->json;
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "FeatureCollection");
    if (nominatim->format == NOMINATIM_GEOJSON) {
        JSON_KEY(json, "licence");
        json_text(json, nominatim_licence(nominatim, nominatim->sources));
    } else {
        JSON_KEY(json, "geocoding");
        json_begin_object(json);
        write_pair(json, BYTES_OF("version"), BYTES_OF("0.1.0"));
        write_pair(json, BYTES_OF("attribution"), nominatim_licence(nominatim, nominatim->sources));
        write_pair(json, BYTES_OF("licence"), BYTES_OF("ODbL"));
        write_pair(json, BYTES_OF("query"), nominatim->query);
        json_end_object(json);
    }
    JSON_KEY(json, "features");
    json_begin_array(json);
}

static bool is_plain(const struct nominatim *nominatim)
{
    return nominatim->format == NOMINATIM_JSON || nominatim->format == NOMINATIM_JSONV2;
}

void nominatim_json_begin(struct nominatim *nominatim)
{
    if (nominatim->kind == NOMINATIM_REVERSE) {
        return; // a reverse that finds nothing looks otherwise
    }
    if (is_plain(nominatim)) {
        json_begin_array(&nominatim->json);
    } else {
        begin_collection(nominatim);
    }
}

void nominatim_json_add(struct nominatim *nominatim, const struct nominatim_place *place)
{
    if (is_plain(nominatim)) {
        write_plain(nominatim, &nominatim->json, place);
        return;
    }
    if (nominatim->kind == NOMINATIM_REVERSE) {
        begin_collection(nominatim);
    }
    if (nominatim->format == NOMINATIM_GEOJSON) {
        write_geojson(nominatim, &nominatim->json, place);
    } else {
        write_geocodejson(nominatim, &nominatim->json, place);
    }
}

void nominatim_json_end(struct nominatim *nominatim)
{
    struct json_writer *const json = &nominatim->json;
    const bool is_reverse = nominatim->kind == NOMINATIM_REVERSE;
    if (is_reverse && nominatim->place_count == 0) {
        buffer_append_text(json->out, "{\"error\":\"Unable to geocode\"}");
    } else if (!is_plain(nominatim)) {
        json_end_array(json);
        json_end_object(json);
    } else if (!is_reverse) {
        json_end_array(json);
    }
}
