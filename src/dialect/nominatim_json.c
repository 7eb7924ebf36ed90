// Answers in json, jsonv2, geojson and geocodejson.
#include <stdio.h>

#include "dialect/nominatim_private.h"

static const char *type_word(char osm_type)
{
    return osm_type == 'N' ? "node" : osm_type == 'W' ? "way" : "relation";
}

// "47.1392860": seven decimals, as text.
static void write_degrees(struct json_writer *json, int32_t value_e7)
{
    char text[16];
    const int64_t size = value_e7 < 0 ? -(int64_t)value_e7 : value_e7;
    const int length = snprintf(text, sizeof(text), "%s%lld.%07lld", value_e7 < 0 ? "-" : "",
                                (long long)(size / 10000000), (long long)(size % 10000000));
    json_text(json, (struct bytes){(const uint8_t *)text, (size_t)length});
}

static void write_ids(struct json_writer *json, const struct nominatim_place *place)
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
        json_text_of(json, type_word(place->osm_type));
        JSON_KEY(json, "osm_id");
        json_integer(json, place->osm_id);
    }
}

// Whether an earlier line has this label.
static bool is_repeated(const struct nominatim_place *place, unsigned index)
{
    for (unsigned i = 0; i < index; i++) {
        if (bytes_equal(place->lines[i].label, place->lines[index].label)) {
            return true;
        }
    }
    return false;
}

static void write_address(struct json_writer *json, const struct nominatim_place *place)
{
    JSON_KEY(json, "address");
    json_begin_object(json);
    for (unsigned i = 0; i < place->line_count; i++) {
        const struct nominatim_line *const line = &place->lines[i];
        if (!is_repeated(place, i)) {
            json_key(json, line->label);
            json_text(json, line->name);
        }
        if (line->region_code.size != 0 && line->admin_level != 0) {
            char key[24];
            const int size = snprintf(key, sizeof(key), "ISO3166-2-lvl%u", line->admin_level);
            json_key(json, (struct bytes){(const uint8_t *)key, (size_t)size});
            json_text(json, line->region_code);
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
}

// What json, jsonv2 and geojson have in the same order.
static void write_middle(struct json_writer *json, const struct nominatim_place *place)
{
    json_text(json, place->key);
    JSON_KEY(json, "type");
    json_text(json, place->value);
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

static void write_plain(const struct nominatim *nominatim, struct json_writer *json,
                        const struct nominatim_place *place)
{
    json_begin_object(json);
    write_ids(json, place);
    JSON_KEY(json, "licence");
    json_text_of(json, NOMINATIM_LICENCE);
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
    write_middle(json, place);
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
    json_end_object(json);
}

void nominatim_json_begin(struct nominatim *nominatim, struct json_writer *json)
{
    *json = (struct json_writer){.out = nominatim->reply->out};
    json_begin_array(json);
}

void nominatim_json_place(const struct nominatim *nominatim, struct json_writer *json,
                          const struct nominatim_place *place)
{
    write_plain(nominatim, json, place);
}

void nominatim_json_end(struct nominatim *nominatim, struct json_writer *json)
{
    (void)nominatim;
    json_end_array(json);
}
