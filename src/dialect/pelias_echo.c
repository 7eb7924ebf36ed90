// "geocoding": how the request was understood, and who answers.
#include <stdio.h>
#include <string.h>

#include "dialect/pelias_private.h"

static void write_key(struct json_writer *json, const char *prefix, const char *name)
{
    char key[64];
    (void)snprintf(key, sizeof(key), "%s.%s", prefix, name);
    json_key(json, bytes_from_text(key));
}

static void write_point(struct json_writer *json, const char *prefix, struct geo_point point)
{
    write_key(json, prefix, "lat");
    json_e7(json, point.lat_e7);
    write_key(json, prefix, "lon");
    json_e7(json, point.lng_e7);
}

static void write_rect(struct json_writer *json, const char *prefix, const struct geo_box *box)
{
    write_key(json, prefix, "min_lat");
    json_e7(json, box->south_e7);
    write_key(json, prefix, "max_lat");
    json_e7(json, box->north_e7);
    write_key(json, prefix, "min_lon");
    json_e7(json, box->west_e7);
    write_key(json, prefix, "max_lon");
    json_e7(json, box->east_e7);
}

static void write_areas(struct json_writer *json, const struct pelias_request *request)
{
    if (request->has_point) {
        write_point(json, "point", request->point);
        write_point(json, "boundary.circle", request->point);
    }
    if (request->has_focus) {
        write_point(json, "focus.point", request->focus);
    }
    if (request->has_viewport) {
        write_rect(json, "focus.viewport", &request->viewport);
    }
    if (request->has_rect) {
        write_rect(json, "boundary.rect", &request->rect);
    }
    if (request->has_circle) {
        write_point(json, "boundary.circle", request->circle);
    }
    if (request->has_circle || request->has_point) {
        JSON_KEY(json, "boundary.circle.radius");
        json_decimal(json, request->radius_m / 1000, 5);
    }
    for (unsigned i = 0; i < request->country_count; i++) {
        const uint8_t code[2] = {(uint8_t)(request->countries[i] >> 8),
                                 (uint8_t)(request->countries[i] & 0xff)};
        if (i == 0) {
            JSON_KEY(json, "boundary.country");
            json_begin_array(json);
        }
        json_text(json, (struct bytes){.data = code, .size = sizeof(code)});
    }
    if (request->country_count != 0) {
        json_end_array(json);
    }
    if (request->boundary_gid.size != 0) {
        JSON_KEY(json, "boundary.gid");
        json_text(json, request->boundary_gid);
    }
}

static void write_targets(struct json_writer *json, const struct pelias_request *request)
{
    if (request->layers != 0) {
        JSON_KEY(json, "layers");
        json_begin_array(json);
        for (unsigned i = 0; i < PELIAS_LAYER_COUNT; i++) {
            if ((request->layers & 1U << i) != 0) {
                json_text_of(json, pelias_layer_name((enum pelias_layer)i));
            }
        }
        json_end_array(json);
    }
    if (request->sources != 0) {
        JSON_KEY(json, "sources");
        json_begin_array(json);
        for (unsigned i = 0; i < PELIAS_SOURCE_COUNT; i++) {
            if ((request->sources & 1U << i) != 0) {
                json_text_of(json, pelias_source_name((enum pelias_source)i));
            }
        }
        json_end_array(json);
    }
    if (request->category_count != 0) {
        JSON_KEY(json, "categories");
        json_begin_array(json);
        for (unsigned i = 0; i < request->category_count; i++) {
            json_text(json, request->categories[i]);
        }
        json_end_array(json);
    }
}

// "12 High Street" as number and street: the word that begins with a digit, if it is at an end.
static void write_address(struct json_writer *json, struct bytes address)
{
    struct bytes first = address;
    struct bytes last = address;
    size_t size = 0;
    while (size < address.size && address.data[size] != ' ') {
        size++;
    }
    first.size = size;
    while (last.size != 0 && address.data[last.size - 1] != ' ') {
        last.size--;
    }
    last = (struct bytes){address.data + last.size, address.size - last.size};
    struct bytes number = {0};
    struct bytes street = address;
    if (first.size != 0 && first.size < address.size && first.data[0] >= '0' &&
        first.data[0] <= '9') {
        number = first;
        street = (struct bytes){address.data + size, address.size - size};
    } else if (last.size != 0 && last.size < address.size && last.data[0] >= '0' &&
               last.data[0] <= '9') {
        number = last;
        street.size -= last.size;
    }
    if (number.size != 0) {
        JSON_KEY(json, "housenumber");
        json_text(json, number);
    }
    JSON_KEY(json, "street");
    json_text(json, form_trim(street));
}

static void write_parsed(struct json_writer *json, const struct pelias_request *request)
{
    JSON_KEY(json, "parsed_text");
    json_begin_object(json);
    if (request->path == PELIAS_STRUCTURED) {
        for (unsigned i = 0; i < PELIAS_PART_COUNT; i++) {
            if (request->parts[i].size != 0 && i == PELIAS_PART_ADDRESS) {
                write_address(json, request->parts[i]);
            } else if (request->parts[i].size != 0) {
                json_key(json, bytes_from_text(pelias_part_names[i]));
                json_text(json, request->parts[i]);
            }
        }
    } else {
        // What stands before the first comma is looked for, the rest says where.
        struct bytes rest = request->text;
        struct bytes subject;
        if (form_next(&rest, ',', &subject)) {
            JSON_KEY(json, "subject");
            json_text(json, subject);
        }
        if (form_trim(rest).size != 0) {
            JSON_KEY(json, "admin");
            json_text(json, form_trim(rest));
        }
    }
    json_end_object(json);
}

// Languages by the two letters, the three and the name; others are shown by their tag alone.
static const struct {
    char two[3], three[4];
    const char *name;
} languages[] = {
    {"ar", "ara", "Arabic"},     {"bg", "bul", "Bulgarian"},  {"ca", "cat", "Catalan"},
    {"cs", "ces", "Czech"},      {"da", "dan", "Danish"},     {"de", "deu", "German"},
    {"el", "ell", "Greek"},      {"en", "eng", "English"},    {"es", "spa", "Spanish"},
    {"et", "est", "Estonian"},   {"eu", "eus", "Basque"},     {"fa", "fas", "Persian"},
    {"fi", "fin", "Finnish"},    {"fr", "fra", "French"},     {"he", "heb", "Hebrew"},
    {"hi", "hin", "Hindi"},      {"hr", "hrv", "Croatian"},   {"hu", "hun", "Hungarian"},
    {"id", "ind", "Indonesian"}, {"it", "ita", "Italian"},    {"ja", "jpn", "Japanese"},
    {"ko", "kor", "Korean"},     {"lt", "lit", "Lithuanian"}, {"lv", "lav", "Latvian"},
    {"nl", "nld", "Dutch"},      {"no", "nor", "Norwegian"},  {"pl", "pol", "Polish"},
    {"pt", "por", "Portuguese"}, {"ro", "ron", "Romanian"},   {"ru", "rus", "Russian"},
    {"sk", "slk", "Slovak"},     {"sl", "slv", "Slovenian"},  {"sr", "srp", "Serbian"},
    {"sv", "swe", "Swedish"},    {"th", "tha", "Thai"},       {"tr", "tur", "Turkish"},
    {"uk", "ukr", "Ukrainian"},  {"vi", "vie", "Vietnamese"}, {"zh", "zho", "Chinese"},
};

static void write_language(struct json_writer *json, const struct pelias_request *request)
{
    const char *const tag = request->languages.tags[0];
    JSON_KEY(json, "lang");
    json_begin_object(json);
    size_t i = 0;
    while (i < COUNT_OF(languages) && strncmp(tag, languages[i].two, 2) != 0) {
        i++;
    }
    const bool is_known = i < COUNT_OF(languages) && (tag[2] == '\0' || tag[2] == '-');
    JSON_KEY(json, "name");
    json_text_of(json, is_known ? languages[i].name : tag);
    JSON_KEY(json, "iso6391");
    json_text_of(json, is_known ? languages[i].two : tag);
    if (is_known) {
        JSON_KEY(json, "iso6393");
        json_text_of(json, languages[i].three);
    }
    JSON_KEY(json, "via");
    json_text_of(json, request->language_via);
    JSON_KEY(json, "defaulted");
    json_bool(json, request->is_language_defaulted);
    json_end_object(json);
}

static void write_query(struct json_writer *json, const struct pelias_request *request)
{
    JSON_KEY(json, "query");
    json_begin_object(json);
    if (request->text.size != 0) {
        JSON_KEY(json, "text");
        json_text(json, request->text);
    }
    if (request->ids.size != 0) {
        struct bytes list = request->ids;
        struct bytes gid;
        JSON_KEY(json, "ids");
        json_begin_array(json);
        while (form_next(&list, ',', &gid)) {
            json_text(json, gid);
        }
        json_end_array(json);
    }
    if (request->path == PELIAS_SEARCH || request->path == PELIAS_STRUCTURED ||
        request->path == PELIAS_AUTOCOMPLETE) {
        write_parsed(json, request);
    }
    JSON_KEY(json, "size");
    json_unsigned(json, request->size);
    write_targets(json, request);
    JSON_KEY(json, "private");
    json_bool(json, request->is_private);
    write_areas(json, request);
    write_language(json, request);
    JSON_KEY(json, "querySize");
    json_unsigned(json, 2 * request->size < 20 ? 20 : 2 * request->size);
    json_end_object(json);
}

static void write_notes(struct json_writer *json, const char *name,
                        const struct pelias_notes *notes)
{
    if (notes->count == 0) {
        return;
    }
    json_key(json, bytes_from_text(name));
    json_begin_array(json);
    for (unsigned i = 0; i < notes->count; i++) {
        json_text_of(json, notes->texts[i]);
    }
    json_end_array(json);
}

void pelias_echo(struct json_writer *json, const struct pelias_request *request,
                 const struct dialect_request *asked)
{
    char attribution[512];
    (void)snprintf(attribution, sizeof(attribution), "%.*s/attribution",
                   (int)(asked->base.size < 480 ? asked->base.size : 480),
                   (const char *)asked->base.data);
    JSON_KEY(json, "geocoding");
    json_begin_object(json);
    JSON_KEY(json, "version");
    json_text_of(json, "0.2");
    JSON_KEY(json, "attribution");
    json_text_of(json, attribution);
    write_query(json, request);
    write_notes(json, "warnings", &request->warnings);
    write_notes(json, "errors", &request->errors);
    JSON_KEY(json, "engine");
    json_begin_object(json);
    JSON_KEY(json, "name");
    json_text_of(json, "Rhumb");
    JSON_KEY(json, "author");
    json_text_of(json, "Rhumb");
    JSON_KEY(json, "version");
    json_text_of(json, RHUMB_VERSION);
    json_end_object(json);
    JSON_KEY(json, "timestamp");
    json_integer(json, asked->now_us / 1000);
    json_end_object(json);
}
