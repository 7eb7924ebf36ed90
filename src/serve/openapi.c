#include "serve/openapi.h"

#include <stdio.h>
#include <string.h>

#include "codec/json_write.h"
#include "command/command.h"

#define DECIMAL "-?[0-9]+(\\.[0-9]+)?"

// What does not depend on the tables: the shapes of answers.
static const char schemas[] =
    "{\"schemas\":{"
    "\"FeatureCollection\":{\"type\":\"object\",\"required\":[\"type\",\"attribution\","
    "\"features\"],\"properties\":{\"type\":{\"const\":\"FeatureCollection\"},"
    "\"attribution\":{\"type\":\"array\",\"description\":\"Whom to name when showing the answer.\","
    "\"items\":{\"$ref\":\"#/components/schemas/Attribution\"}},"
    "\"features\":{\"type\":\"array\",\"description\":\"Best first; empty when nothing was "
    "found.\","
    "\"items\":{\"$ref\":\"#/components/schemas/Feature\"}}}},"
    "\"Attribution\":{\"type\":\"object\",\"required\":[\"source\",\"text\"],\"properties\":{"
    "\"source\":{\"type\":\"string\"},\"text\":{\"type\":\"string\"},"
    "\"licence\":{\"type\":\"string\"},\"url\":{\"type\":\"string\"}}},"
    "\"Feature\":{\"type\":\"object\",\"required\":[\"type\",\"id\",\"geometry\",\"properties\"],"
    "\"properties\":{\"type\":{\"const\":\"Feature\"},"
    "\"id\":{\"$ref\":\"#/components/schemas/Id\"},"
    "\"bbox\":{\"type\":\"array\",\"description\":\"west, south, east, north in degrees, where the "
    "place has extent.\",\"items\":{\"type\":\"number\"},\"minItems\":4,\"maxItems\":4},"
    "\"geometry\":{\"type\":\"object\",\"required\":[\"type\",\"coordinates\"],\"description\":"
    "\"A Point, or with geometry=outline what the place has: RFC 7946, longitude and latitude in "
    "degrees, WGS 84.\",\"properties\":{\"type\":{\"enum\":[\"Point\",\"Polygon\",\"MultiPolygon\","
    "\"LineString\",\"MultiLineString\"]},\"coordinates\":{\"type\":\"array\"}}},"
    "\"properties\":{\"$ref\":\"#/components/schemas/Properties\"}}},"
    "\"Id\":{\"type\":\"string\",\"description\":\"Stays the same when the atlas is rebuilt from "
    "an "
    "unchanged source object.\",\"examples\":[\"osm:w123\",\"geonames:123\"]},"
    "\"Properties\":{\"type\":\"object\",\"required\":[\"id\",\"layer\",\"name\",\"label\","
    "\"confidence\",\"match_type\",\"components\",\"hierarchy\"],\"properties\":{"
    "\"id\":{\"$ref\":\"#/components/schemas/Id\"},"
    "\"layer\":{\"$ref\":\"#/components/schemas/Layer\"},"
    "\"name\":{\"type\":\"string\"},"
    "\"label\":{\"type\":\"string\",\"description\":\"One line, in the address order of the "
    "country.\"},"
    "\"confidence\":{\"type\":\"number\",\"minimum\":0,\"maximum\":1},"
    "\"match_type\":{\"$ref\":\"#/components/schemas/MatchType\"},"
    "\"accuracy\":{\"enum\":[\"exact\",\"interpolated\",\"nearest\",\"street\",\"centroid\"]},"
    "\"distance_m\":{\"type\":\"number\",\"description\":\"Metres from the point asked about.\"},"
    "\"category\":{\"type\":\"string\"},\"opening_hours\":{\"type\":\"string\"},"
    "\"population\":{\"type\":\"integer\"},"
    "\"source\":{\"type\":\"string\",\"description\":\"Where it comes from: a source of the "
    "attribution.\"},"
    "\"pin\":{\"type\":\"array\",\"description\":\"With geometry=outline: its point.\",\"items\":{"
    "\"type\":\"number\"},\"minItems\":2,\"maxItems\":2},"
    "\"outline_omitted\":{\"type\":\"boolean\",\"description\":\"The outline has too many points: "
    "ask "
    "for fewer features, or give tolerance.\"},"
    "\"facts\":{\"type\":\"object\",\"description\":\"With facts=1: what kind of thing its source "
    "says "
    "it is, then other tags of it.\",\"additionalProperties\":{\"type\":\"string\"}},"
    "\"names\":{\"type\":\"array\",\"description\":\"With facts=1: all names.\",\"items\":{"
    "\"type\":\"object\",\"required\":[\"text\",\"role\"],\"properties\":{\"text\":{\"type\":"
    "\"string\"},"
    "\"role\":{\"type\":\"string\"},\"language\":{\"type\":\"string\"}}}},"
    "\"components\":{\"$ref\":\"#/components/schemas/Components\"},"
    "\"timezone\":{\"$ref\":\"#/components/schemas/Timezone\"},"
    "\"hierarchy\":{\"type\":\"array\",\"description\":\"The places it lies in, smallest first.\","
    "\"items\":{\"type\":\"object\",\"required\":[\"layer\",\"id\",\"name\"],\"properties\":{"
    "\"layer\":{\"$ref\":\"#/components/schemas/Layer\"},"
    "\"id\":{\"$ref\":\"#/components/schemas/Id\"},\"name\":{\"type\":\"string\"}}}},"
    "\"explanation\":{\"type\":\"object\",\"description\":\"The terms of the score; their sum is "
    "the score.\",\"additionalProperties\":{\"type\":\"number\"}}}},"
    "\"Components\":{\"type\":\"object\",\"properties\":{"
    "\"number\":{\"type\":\"string\"},\"unit\":{\"type\":\"string\"},"
    "\"street\":{\"type\":\"string\"},\"neighbourhood\":{\"type\":\"string\"},"
    "\"borough\":{\"type\":\"string\"},\"locality\":{\"type\":\"string\"},"
    "\"postcode\":{\"type\":\"string\"},\"county\":{\"type\":\"string\"},"
    "\"region\":{\"type\":[\"string\",\"null\"]},"
    "\"region_code\":{\"type\":[\"string\",\"null\"],\"description\":\"ISO 3166-2\"},"
    "\"country\":{\"type\":[\"string\",\"null\"]},"
    "\"country_code\":{\"type\":[\"string\",\"null\"],\"description\":\"ISO 3166-1 alpha-2\"}}},"
    "\"Timezone\":{\"type\":[\"object\",\"null\"],\"description\":\"null: nothing given tells "
    "it.\",\"required\":[\"name\"],\"properties\":{"
    "\"name\":{\"type\":\"string\",\"example\":\"Europe/Vaduz\"},"
    "\"offset_s\":{\"type\":\"integer\",\"description\":\"Local time minus UTC, now, in "
    "seconds.\"},"
    "\"is_dst\":{\"type\":\"boolean\"},"
    "\"abbreviation\":{\"type\":\"string\",\"example\":\"CET\"}}},"
    "\"Error\":{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{\"error\":{"
    "\"type\":\"object\",\"required\":[\"code\",\"message\"],\"properties\":{"
    "\"code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"},"
    "\"parameter\":{\"type\":\"string\",\"description\":\"The one at fault.\"}}}}}";

static const char responses[] =
    "},\"responses\":{\"Error\":{\"description\":\"What is wrong, and with which "
    "parameter.\",\"content\":{\"application/json\":{\"schema\":{\"$ref\":"
    "\"#/components/schemas/Error\"}}}}},"
    "\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
    "\"header\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-Api-Key\"},"
    "\"query\":{\"type\":\"apiKey\",\"in\":\"query\",\"name\":\"key\"}}}";

static void write_pair(struct json_writer *json, const char *key, const char *text)
{
    json_key(json, bytes_from_text(key));
    json_text_of(json, text);
}

static void write_number_schema(struct json_writer *json, const struct parameter *parameter)
{
    const bool is_whole = parameter->kind == PARAMETER_COUNT || parameter->kind == PARAMETER_ZOOM ||
                          parameter->kind == PARAMETER_WHOLE;
    write_pair(json, "type", is_whole ? "integer" : "number");
    if (parameter->maximum != 0) {
        JSON_KEY(json, "minimum");
        json_unsigned(json, parameter->minimum);
        JSON_KEY(json, "maximum");
        json_unsigned(json, parameter->maximum);
    }
    if (parameter->fallback != NULL) {
        JSON_KEY(json, "default");
        json_raw(json, bytes_from_text(parameter->fallback));
    }
}

static void write_degrees_schema(struct json_writer *json, int bound_deg)
{
    write_pair(json, "type", "number");
    JSON_KEY(json, "minimum");
    json_integer(json, -bound_deg);
    JSON_KEY(json, "maximum");
    json_integer(json, bound_deg);
}

static void write_text_schema(struct json_writer *json, const char *pattern)
{
    write_pair(json, "type", "string");
    if (pattern != NULL) {
        write_pair(json, "pattern", pattern);
    }
}

static void write_words_schema(struct json_writer *json, const struct parameter *parameter)
{
    write_text_schema(json, NULL);
    JSON_KEY(json, "enum");
    json_begin_array(json);
    for (const char *word = parameter->words; *word != '\0';) {
        const size_t size = (size_t)(strchrnul(word, ' ') - word);
        json_text(json, (struct bytes){.data = (const uint8_t *)word, .size = size});
        word += size + (word[size] == ' ' ? 1 : 0);
    }
    json_end_array(json);
    if (parameter->fallback != NULL) {
        write_pair(json, "default", parameter->fallback);
    }
}

static void write_schema(struct json_writer *json, const struct parameter *parameter)
{
    JSON_KEY(json, "schema");
    json_begin_object(json);
    switch (parameter->kind) {
    case PARAMETER_TEXT:
    case PARAMETER_PART:
    case PARAMETER_COUNTRY:
        write_text_schema(json, NULL);
        JSON_KEY(json, "minLength");
        json_unsigned(json, 1);
        JSON_KEY(json, "maxLength");
        json_unsigned(json, SEARCH_TEXT_SIZE_MAX);
        break;
    case PARAMETER_ID:
        write_pair(json, "$ref", "#/components/schemas/Id");
        break;
    case PARAMETER_IDS:
    case PARAMETER_BRANDS:
    case PARAMETER_REGION:
        write_text_schema(json, NULL);
        break;
    case PARAMETER_POINT:
        write_text_schema(json, parameter->words == NULL ? "^" DECIMAL "," DECIMAL "$"
                                                         : "^(ip|" DECIMAL "," DECIMAL ")$");
        break;
    case PARAMETER_LATITUDE:
        write_degrees_schema(json, 90);
        break;
    case PARAMETER_LONGITUDE:
        write_degrees_schema(json, 180);
        break;
    case PARAMETER_BOX:
        write_text_schema(json, "^" DECIMAL "(," DECIMAL "){3}$");
        break;
    case PARAMETER_CATEGORIES:
        write_text_schema(json, "^[a-z_]+([.][a-z_]+)?(,[a-z_]+([.][a-z_]+)?)*$");
        break;
    case PARAMETER_LAYERS:
        write_text_schema(json, "^[a-z]+(,[a-z]+)*$");
        break;
    case PARAMETER_COUNTRIES:
        write_text_schema(json, "^[A-Za-z]{2}(,[A-Za-z]{2})*$");
        break;
    case PARAMETER_LANGUAGES:
        write_text_schema(json, "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"
                                "(,[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)*$");
        break;
    case PARAMETER_COUNT:
    case PARAMETER_ZOOM:
    case PARAMETER_METRES:
    case PARAMETER_TOLERANCE:
    case PARAMETER_WHOLE:
    case PARAMETER_NUMBER:
        write_number_schema(json, parameter);
        break;
    case PARAMETER_NAME:
        write_text_schema(json, NULL);
        JSON_KEY(json, "minLength");
        json_unsigned(json, 1);
        JSON_KEY(json, "maxLength");
        json_unsigned(json, PARAMETER_NAME_SIZE_MAX);
        break;
    case PARAMETER_STRING:
    case PARAMETER_SHAPE:
        write_text_schema(json, NULL);
        break;
    case PARAMETER_TIME:
        write_text_schema(json, "^([0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}.*)$");
        break;
    case PARAMETER_DURATION:
        write_text_schema(json, "^[0-9]+(ms|s|m|h|d|w)?$");
        break;
    case PARAMETER_WORD:
        write_words_schema(json, parameter);
        break;
    case PARAMETER_GEOMETRY:
        JSON_KEY(json, "enum");
        json_raw(json, BYTES_OF("[\"point\",\"outline\"]"));
        write_pair(json, "default", parameter->fallback);
        break;
    case PARAMETER_SWITCH:
        JSON_KEY(json, "enum");
        json_raw(json, BYTES_OF("[\"0\",\"1\",\"false\",\"true\"]"));
        write_pair(json, "default", parameter->fallback);
        break;
    }
    json_end_object(json);
}

static bool is_in_path(const struct route *route, const struct parameter *parameter)
{
    struct bytes name;
    for (size_t i = 0; (name = route_part_name(route, i)).size != 0; i++) {
        if (bytes_equal(name, bytes_from_text(parameter->name))) {
            return true;
        }
    }
    return false;
}

static void write_parameter(struct json_writer *json, const struct route *route,
                            const struct parameter *parameter)
{
    const bool is_part = is_in_path(route, parameter);
    json_begin_object(json);
    write_pair(json, "name", parameter->name);
    write_pair(json, "in", is_part ? "path" : "query");
    if (parameter->is_required || is_part) {
        JSON_KEY(json, "required");
        json_bool(json, true);
    }
    write_pair(json, "description", parameter->help);
    write_schema(json, parameter);
    const bool is_number =
        parameter->kind == PARAMETER_COUNT || parameter->kind == PARAMETER_ZOOM ||
        parameter->kind == PARAMETER_METRES || parameter->kind == PARAMETER_WHOLE ||
        parameter->kind == PARAMETER_NUMBER || parameter->kind == PARAMETER_LATITUDE ||
        parameter->kind == PARAMETER_LONGITUDE;
    JSON_KEY(json, "example");
    if (is_number) {
        json_raw(json, bytes_from_text(parameter->example));
    } else {
        json_text_of(json, parameter->example);
    }
    json_end_object(json);
}

// A response with a body of `type`; `reference` names its schema, NULL: none is given.
static void write_response(struct json_writer *json, const char *status, const char *description,
                           const char *type, const char *reference)
{
    json_key(json, bytes_from_text(status));
    json_begin_object(json);
    write_pair(json, "description", description);
    JSON_KEY(json, "content");
    json_begin_object(json);
    json_key(json, bytes_from_text(type));
    json_begin_object(json);
    if (reference != NULL) {
        JSON_KEY(json, "schema");
        json_begin_object(json);
        write_pair(json, "$ref", reference);
        json_end_object(json);
    }
    json_end_object(json);
    json_end_object(json);
    json_end_object(json);
}

static void write_default_response(struct json_writer *json)
{
    JSON_KEY(json, "default");
    json_begin_object(json);
    write_pair(json, "$ref", "#/components/responses/Error");
    json_end_object(json);
}

static void write_parameters(struct json_writer *json, const struct route *route)
{
    const struct command *const command = route->command;
    const struct parameter *const rows = command == NULL ? route->parameters : command->parameters;
    const size_t count = command == NULL ? route->parameter_count : command->parameter_count;
    if (count == 0) {
        return;
    }
    JSON_KEY(json, "parameters");
    json_begin_array(json);
    for (size_t i = 0; i < count; i++) {
        write_parameter(json, route, &rows[i]);
    }
    json_end_array(json);
}

static void write_reference(struct json_writer *json, const char *schema)
{
    char reference[96];
    (void)snprintf(reference, sizeof(reference), "#/components/schemas/%s", schema);
    JSON_KEY(json, "schema");
    json_begin_object(json);
    write_pair(json, "$ref", reference);
    json_end_object(json);
}

// The schema of a body that says what parameters of the query would.
static void write_members(struct json_writer *json, const struct command *command)
{
    JSON_KEY(json, "schema");
    json_begin_object(json);
    write_pair(json, "type", "object");
    write_pair(json, "description",
               "The parameters as members; numbers, true and false may stand for themselves, lists "
               "for what is separated by commas.");
    JSON_KEY(json, "properties");
    json_begin_object(json);
    for (size_t i = 0; i < command->parameter_count; i++) {
        const struct parameter *const parameter = &command->parameters[i];
        json_key(json, bytes_from_text(parameter->name));
        json_begin_object(json);
        write_pair(json, "description", parameter->help);
        if (parameter->kind == PARAMETER_SHAPE) {
            write_pair(json, "type", "object");
        }
        json_end_object(json);
    }
    json_end_object(json);
    json_end_object(json);
}

static void write_body(struct json_writer *json, const struct route *route)
{
    if (route->body == ROUTE_BODY_NONE) {
        return;
    }
    JSON_KEY(json, "requestBody");
    json_begin_object(json);
    JSON_KEY(json, "required");
    json_bool(json, route->body == ROUTE_BODY_JSON);
    JSON_KEY(json, "content");
    json_raw(json, route->body == ROUTE_BODY_STREAM ? BYTES_OF("{\"application/x-ndjson\":")
                                                    : BYTES_OF("{\"application/json\":"));
    json->has_item = false;
    json_begin_object(json);
    if (route->body_schema != NULL) {
        write_reference(json, route->body_schema);
    } else if (route->command != NULL) {
        write_members(json, route->command);
    }
    json_end_object(json);
    buffer_append_u8(json->out, '}');
    json_end_object(json);
}

static void write_responses(struct json_writer *json, const struct route *route)
{
    const bool is_by_id = strchr(route->path, '{') != NULL;
    const char *schema = route->answer_schema != NULL ? route->answer_schema
                         : route->command != NULL     ? "FeatureCollection"
                                                      : NULL;
    char reference[96];
    (void)snprintf(reference, sizeof(reference), "#/components/schemas/%s",
                   schema == NULL ? "" : schema);
    JSON_KEY(json, "responses");
    json_begin_object(json);
    write_response(json, "200",
                   route->command == NULL ? "Done, or what was asked for."
                   : is_by_id             ? "The place."
                                          : "What was found, perhaps nothing.",
                   route->answer_type == NULL ? "application/json" : route->answer_type,
                   schema == NULL ? NULL : reference);
    if (is_by_id) {
        write_response(json, "404", "There is nothing of this name.", "application/json",
                       "#/components/schemas/Error");
    }
    if (route->service == SERVICE_READY) {
        write_response(json, "503", "Not ready yet, or about to end.", "application/json",
                       "#/components/schemas/Error");
    }
    write_default_response(json);
    json_end_object(json);
}

static void write_operation(struct json_writer *json, const struct route *route)
{
    static const char *const keys[] = {
        [HTTP_METHOD_GET] = "get",         [HTTP_METHOD_HEAD] = "head",
        [HTTP_METHOD_OPTIONS] = "options", [HTTP_METHOD_POST] = "post",
        [HTTP_METHOD_PUT] = "put",         [HTTP_METHOD_PATCH] = "patch",
        [HTTP_METHOD_DELETE] = "delete",
    };
    json_key(json, bytes_from_text(keys[route->method]));
    json_begin_object(json);
    write_pair(json, "operationId", route->name);
    write_pair(json, "summary", route->command == NULL ? route->summary : route->command->summary);
    write_parameters(json, route);
    write_body(json, route);
    write_responses(json, route);
    json_end_object(json);
}

static void write_paths(struct json_writer *json, const struct routes *routes)
{
    JSON_KEY(json, "paths");
    json_begin_object(json);
    for (size_t i = 0; i < routes->count; i++) {
        const char *const path = routes->rows[i]->path;
        bool is_known = false;
        for (size_t before = 0; before < i; before++) {
            is_known = is_known || strcmp(routes->rows[before]->path, path) == 0;
        }
        if (is_known) {
            continue;
        }
        json_key(json, bytes_from_text(path));
        json_begin_object(json);
        for (size_t same = i; same < routes->count; same++) {
            if (strcmp(routes->rows[same]->path, path) == 0) {
                write_operation(json, routes->rows[same]);
            }
        }
        json_end_object(json);
    }
    json_end_object(json);
}

static const char *match_name(unsigned index)
{
    return search_match_name((enum search_match)index);
}

static const char *layer_name_at(unsigned index)
{
    return layer_name((enum atlas_layer)index);
}

// An enumeration that other layers name.
static void write_names(struct json_writer *json, const char *schema,
                        const char *(*name_at)(unsigned index), unsigned count)
{
    json_key(json, bytes_from_text(schema));
    json_begin_object(json);
    JSON_KEY(json, "enum");
    json_begin_array(json);
    for (unsigned i = 0; i < count; i++) {
        json_text_of(json, name_at(i));
    }
    json_end_array(json);
    json_end_object(json);
}

void openapi_write(const char *version, const struct routes *routes, struct buffer *out)
{
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    write_pair(&json, "openapi", "3.1.0");
    JSON_KEY(&json, "info");
    json_begin_object(&json);
    write_pair(&json, "title", "Rhumb");
    write_pair(&json, "version", version);
    write_pair(&json, "description",
               "Geocoding over an atlas built from open data. WGS 84 throughout; points as "
               "parameters are LAT,LON, in GeoJSON [lon, lat]; lengths are metres. An unknown or "
               "ill-formed parameter is answered 400 with its name; nothing found is 200 with no "
               "features.");
    JSON_KEY(&json, "license");
    json_begin_object(&json);
    write_pair(&json, "name", "Apache-2.0");
    write_pair(&json, "identifier", "Apache-2.0");
    json_end_object(&json);
    json_end_object(&json);
    JSON_KEY(&json, "servers");
    json_raw(&json, BYTES_OF("[{\"url\":\"/\"}]"));
    // A key is needed only where the server was started with some.
    JSON_KEY(&json, "security");
    json_raw(&json, BYTES_OF("[{},{\"bearer\":[]},{\"header\":[]},{\"query\":[]}]"));
    write_paths(&json, routes);
    JSON_KEY(&json, "components");
    json_raw(&json, bytes_from_text(schemas));
    write_names(&json, "MatchType", match_name, MATCH_COUNT);
    write_names(&json, "Layer", layer_name_at, LAYER_COUNT);
    for (const struct route_table *const *table = routes_tables(); *table != NULL; table++) {
        if ((*table)->schemas != NULL) {
            buffer_append_u8(out, ',');
            buffer_append_text(out, (*table)->schemas);
        }
    }
    buffer_append_text(out, responses);
    json_end_object(&json);
}
