#include "serve/openapi.h"

#include <stdio.h>

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
    "\"geometry\":{\"type\":\"object\",\"required\":[\"type\",\"coordinates\"],\"properties\":{"
    "\"type\":{\"const\":\"Point\"},\"coordinates\":{\"type\":\"array\",\"description\":"
    "\"longitude, "
    "latitude in degrees, WGS "
    "84.\",\"items\":{\"type\":\"number\"},\"minItems\":2,\"maxItems\":2}}},"
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
    "\"distance_m\":{\"type\":\"number\",\"description\":\"Metres from the point asked about.\"},"
    "\"category\":{\"type\":\"string\"},\"opening_hours\":{\"type\":\"string\"},"
    "\"population\":{\"type\":\"integer\"},"
    "\"components\":{\"$ref\":\"#/components/schemas/Components\"},"
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
    "\"region\":{\"type\":\"string\"},\"region_code\":{\"type\":\"string\",\"description\":\"ISO "
    "3166-2\"},\"country\":{\"type\":\"string\"},\"country_code\":{\"type\":\"string\","
    "\"description\":\"ISO 3166-1 alpha-2\"}}},"
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

// What the server answers besides commands.
static const struct {
    const char *path, *id, *summary, *type, *also; // `also`: another status, with its meaning
} services[] = {
    {"/healthz", "health", "Says that the process lives.", "application/json", NULL},
    {"/readyz", "ready", "Says whether an atlas is served.", "application/json",
     "No atlas is served, or the server is about to end."},
    {"/metrics", "metrics", "Counts and timings in the text format of Prometheus.", "text/plain",
     NULL},
    {"/v1/openapi.json", "openapi", "This document.", "application/json", NULL},
};

static void write_pair(struct json_writer *json, const char *key, const char *text)
{
    json_key(json, bytes_from_text(key));
    json_text_of(json, text);
}

static void write_number_schema(struct json_writer *json, const struct parameter *parameter)
{
    write_pair(json, "type", parameter->kind == PARAMETER_COUNT ? "integer" : "number");
    JSON_KEY(json, "minimum");
    json_unsigned(json, parameter->minimum);
    JSON_KEY(json, "maximum");
    json_unsigned(json, parameter->maximum);
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

static void write_schema(struct json_writer *json, const struct parameter *parameter)
{
    JSON_KEY(json, "schema");
    json_begin_object(json);
    switch (parameter->kind) {
    case PARAMETER_TEXT:
        write_text_schema(json, NULL);
        JSON_KEY(json, "minLength");
        json_unsigned(json, 1);
        JSON_KEY(json, "maxLength");
        json_unsigned(json, SEARCH_TEXT_SIZE_MAX);
        break;
    case PARAMETER_ID:
        write_pair(json, "$ref", "#/components/schemas/Id");
        break;
    case PARAMETER_POINT:
        write_text_schema(json, "^" DECIMAL "," DECIMAL "$");
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
    case PARAMETER_METRES:
        write_number_schema(json, parameter);
        break;
    case PARAMETER_SWITCH:
        JSON_KEY(json, "enum");
        json_raw(json, BYTES_OF("[\"0\",\"1\",\"false\",\"true\"]"));
        write_pair(json, "default", parameter->fallback);
        break;
    }
    json_end_object(json);
}

static void write_parameter(struct json_writer *json, const struct parameter *parameter)
{
    const bool is_in_path = parameter->kind == PARAMETER_ID;
    json_begin_object(json);
    write_pair(json, "name", parameter->name);
    write_pair(json, "in", is_in_path ? "path" : "query");
    if (parameter->is_required) {
        JSON_KEY(json, "required");
        json_bool(json, true);
    }
    write_pair(json, "description", parameter->help);
    write_schema(json, parameter);
    const bool is_number =
        parameter->kind == PARAMETER_COUNT || parameter->kind == PARAMETER_METRES ||
        parameter->kind == PARAMETER_LATITUDE || parameter->kind == PARAMETER_LONGITUDE;
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

static void write_command(struct json_writer *json, const struct command *command)
{
    const bool is_by_id = command->parameters[0].kind == PARAMETER_ID;
    JSON_KEY(json, "get");
    json_begin_object(json);
    write_pair(json, "operationId", command->name);
    write_pair(json, "summary", command->summary);
    JSON_KEY(json, "parameters");
    json_begin_array(json);
    for (size_t i = 0; i < command->parameter_count; i++) {
        write_parameter(json, &command->parameters[i]);
    }
    json_end_array(json);
    JSON_KEY(json, "responses");
    json_begin_object(json);
    write_response(json, "200", is_by_id ? "The place." : "What was found, perhaps nothing.",
                   "application/json", "#/components/schemas/FeatureCollection");
    if (is_by_id) {
        write_response(json, "404", "No place has this id.", "application/json",
                       "#/components/schemas/Error");
    }
    write_default_response(json);
    json_end_object(json);
    json_end_object(json);
}

static void write_service(struct json_writer *json, size_t index)
{
    JSON_KEY(json, "get");
    json_begin_object(json);
    write_pair(json, "operationId", services[index].id);
    write_pair(json, "summary", services[index].summary);
    JSON_KEY(json, "responses");
    json_begin_object(json);
    write_response(json, "200", services[index].summary, services[index].type, NULL);
    if (services[index].also != NULL) {
        write_response(json, "503", services[index].also, services[index].type,
                       "#/components/schemas/Error");
    }
    write_default_response(json);
    json_end_object(json);
    json_end_object(json);
}

static void write_paths(struct json_writer *json)
{
    JSON_KEY(json, "paths");
    json_begin_object(json);
    for (const struct command *const *command = command_list(); *command != NULL; command++) {
        const bool is_by_id = (*command)->parameters[0].kind == PARAMETER_ID;
        char path[64] = "/v1/places/{id}";
        if (!is_by_id) {
            (void)snprintf(path, sizeof(path), "/v1/%s", (*command)->name);
        }
        json_key(json, bytes_from_text(path));
        json_begin_object(json);
        write_command(json, *command);
        json_end_object(json);
    }
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        json_key(json, bytes_from_text(services[i].path));
        json_begin_object(json);
        write_service(json, i);
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

void openapi_write(const char *version, struct buffer *out)
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
    write_paths(&json);
    JSON_KEY(&json, "components");
    json_raw(&json, bytes_from_text(schemas));
    write_names(&json, "MatchType", match_name, MATCH_COUNT);
    write_names(&json, "Layer", layer_name_at, LAYER_COUNT);
    buffer_append_text(out, responses);
    json_end_object(&json);
}
