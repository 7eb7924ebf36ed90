#include "dialect/nominatim.h"

#include <stdio.h>

#include "base/date.h"
#include "dialect/nominatim_private.h"

typedef enum status endpoint_function(struct nominatim *nominatim);

static const char *const endpoints[] = {"/search", "/reverse", "/lookup",
                                        "/status", "/details", NULL};
static endpoint_function *const functions[] = {
    nominatim_search, nominatim_reverse, nominatim_lookup, nominatim_status, nominatim_details};

enum status nominatim_status(struct nominatim *nominatim)
{
    const unsigned formats = 1U << NOMINATIM_TEXT | 1U << NOMINATIM_JSON;
    if (!nominatim_read_format(nominatim, formats, NOMINATIM_TEXT)) {
        return STATUS_OK;
    }
    const struct atlas *const atlas = nominatim->world->atlas;
    const bool is_ready = nominatim->request->is_ready;
    struct buffer *const out = nominatim->reply->out;
    if (nominatim->format == NOMINATIM_TEXT) {
        nominatim->reply->status = is_ready ? 200 : 500;
        buffer_append_text(out, is_ready ? "OK" : "ERROR: No database");
        return STATUS_OK;
    }
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    JSON_KEY(&json, "status");
    json_unsigned(&json, is_ready ? 0 : 700);
    JSON_KEY(&json, "message");
    json_text_of(&json, is_ready ? "OK" : "No database");
    int64_t newest_s = 0;
    for (uint32_t i = 0; atlas != NULL && i < atlas->source_count; i++) {
        const int64_t time_s = atlas->sources[i].data_time_s;
        newest_s = time_s > newest_s ? time_s : newest_s;
    }
    if (newest_s != 0) {
        const struct date date = date_of(newest_s);
        char text[40];
        (void)snprintf(text, sizeof(text), "%04d-%02u-%02uT%02u:%02u:%02u+00:00", date.year,
                       date.month, date.day, date.hour, date.minute, date.second);
        JSON_KEY(&json, "data_updated");
        json_text_of(&json, text);
    }
    JSON_KEY(&json, "software_version");
    json_text_of(&json, "rhumb " RHUMB_VERSION);
    if (atlas != NULL) {
        JSON_KEY(&json, "database_version");
        json_text(&json, atlas_string(atlas, atlas->header->builder));
    }
    json_end_object(&json);
    return STATUS_OK;
}

// --- Whom to name ---

uint64_t nominatim_source(const struct nominatim *nominatim, const struct search_result *result)
{
    if (result->object != NULL) {
        return 0;
    }
    const uint8_t source = atlas_source_of(nominatim->world->atlas, result->reference);
    return source < 64 ? UINT64_C(1) << source : 0;
}

void nominatim_credit(struct nominatim *nominatim, const struct search_result *result)
{
    nominatim->sources |= nominatim_source(nominatim, result);
}

// "© Somebody, CC BY 4.0. https://…"
static size_t write_credit(const struct atlas *atlas, const struct atlas_source *source, char *text,
                           size_t size)
{
    const struct bytes whom = atlas_string(atlas, source->attribution);
    const struct bytes licence = atlas_string(atlas, source->licence);
    const struct bytes url = atlas_string(atlas, source->url);
    const int written =
        snprintf(text, size, "%.*s%s%.*s%s%.*s", (int)whom.size, (const char *)whom.data,
                 licence.size == 0 ? "" : ", ", (int)licence.size, (const char *)licence.data,
                 url.size == 0 ? "" : ". ", (int)url.size, (const char *)url.data);
    return written < 0 ? 0 : (size_t)written < size ? (size_t)written : size - 1;
}

struct bytes nominatim_licence(const struct nominatim *nominatim, uint64_t sources)
{
    enum { SIZE = 2048 };
    const struct atlas *const atlas = nominatim->world->atlas;
    bool has_osm = false;
    bool has_others = false;
    for (uint32_t i = 0; atlas != NULL && i < atlas->source_count && i < 64; i++) {
        const bool is_meant = (sources & UINT64_C(1) << i) != 0;
        const bool is_osm = atlas->sources[i].kind == SOURCE_OSM;
        has_osm = has_osm || (is_meant && is_osm);
        has_others = has_others || (is_meant && !is_osm &&
                                    atlas_string(atlas, atlas->sources[i].attribution).size != 0);
    }
    char *const text = has_others ? ARENA_NEW(nominatim->arena, char, SIZE) : NULL;
    if (text == NULL) {
        return bytes_from_text(NOMINATIM_LICENCE);
    }
    size_t used = has_osm ? sizeof(NOMINATIM_LICENCE) - 1 : 0;
    memcpy(text, NOMINATIM_LICENCE, used);
    for (uint32_t i = 0; i < atlas->source_count && i < 64; i++) {
        const struct atlas_source *const source = &atlas->sources[i];
        if ((sources & UINT64_C(1) << i) != 0 && source->kind != SOURCE_OSM &&
            atlas_string(atlas, source->attribution).size != 0 && used + 3 < SIZE) {
            memcpy(text + used, "; ", used == 0 ? 0 : 2);
            used += used == 0 ? 0 : 2;
            used += write_credit(atlas, source, text + used, SIZE - used);
        }
    }
    return (struct bytes){(const uint8_t *)text, used};
}

// --- Answers ---

void nominatim_callback_begin(struct nominatim *nominatim)
{
    nominatim->json = (struct json_writer){.out = nominatim->reply->out};
    if (nominatim->callback.size != 0) {
        nominatim->reply->content_type = "application/javascript; charset=utf-8";
        buffer_append_bytes(nominatim->reply->out, nominatim->callback);
        buffer_append_u8(nominatim->reply->out, '(');
    }
}

void nominatim_callback_end(struct nominatim *nominatim)
{
    if (nominatim->callback.size != 0) {
        buffer_append_u8(nominatim->reply->out, ')');
    }
}

void nominatim_begin(struct nominatim *nominatim, enum nominatim_kind kind)
{
    nominatim->kind = kind;
    nominatim->json = (struct json_writer){.out = nominatim->reply->out};
    nominatim->place_count = 0;
    if (nominatim->format == NOMINATIM_XML) {
        nominatim_xml_begin(nominatim);
        return;
    }
    nominatim_callback_begin(nominatim);
    nominatim_json_begin(nominatim);
}

void nominatim_add(struct nominatim *nominatim, const struct nominatim_place *place)
{
    if (nominatim->format == NOMINATIM_XML) {
        nominatim_xml_add(nominatim, place);
    } else {
        nominatim_json_add(nominatim, place);
    }
    nominatim->place_count++;
}

void nominatim_end(struct nominatim *nominatim)
{
    if (nominatim->format == NOMINATIM_XML) {
        nominatim_xml_end(nominatim);
        return;
    }
    nominatim_json_end(nominatim);
    nominatim_callback_end(nominatim);
}

// --- The dialect ---

static enum status run(struct nominatim *nominatim)
{
    const struct dialect_request *const request = nominatim->request;
    TRY(form_read(request->query, nominatim->arena, &nominatim->form));
    const struct bytes given = form_text(&nominatim->form, "accept-language");
    parameter_accept_languages(given.size != 0 ? given : request->accept_language,
                               &nominatim->languages);
    if (request->endpoint >= COUNT_OF(functions)) {
        nominatim->format = NOMINATIM_TEXT;
        nominatim_fail(nominatim, 404,
                       "Not found: there are /search, /reverse, /lookup, /details and /status.");
        return STATUS_OK;
    }
    if (!request->is_ready && functions[request->endpoint] != nominatim_status) {
        nominatim_fail(nominatim, 503, "No atlas is served.");
        return STATUS_OK;
    }
    return functions[request->endpoint](nominatim);
}

static void answer(struct commander *commander, const struct search_world *world,
                   const struct dialect_request *request, struct dialect_reply *reply)
{
    struct nominatim nominatim = {
        .commander = commander,
        .world = world,
        .request = request,
        .reply = reply,
        .arena = ask_arena(commander),
        .format = NOMINATIM_JSON,
    };
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(nominatim.arena);
    if (run(&nominatim) != STATUS_OK) {
        nominatim_fail(&nominatim, 500, "The server has no memory for the answer.");
    }
}

const struct dialect dialect_nominatim = {
    .name = "nominatim", .endpoints = endpoints, .suffix = ".php", .answer = answer};
