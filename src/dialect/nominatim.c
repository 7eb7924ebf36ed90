#include "dialect/nominatim.h"

#include <stdarg.h>
#include <stdio.h>

#include "dialect/nominatim_private.h"

enum { ENDPOINT_SEARCH, ENDPOINT_COUNT };

static const char *const endpoints[] = {[ENDPOINT_SEARCH] = "/search", NULL};

static const char *const format_names[] = {
    [NOMINATIM_XML] = "xml",
    [NOMINATIM_JSON] = "json",
    [NOMINATIM_JSONV2] = "jsonv2",
    [NOMINATIM_GEOJSON] = "geojson",
    [NOMINATIM_GEOCODEJSON] = "geocodejson",
    [NOMINATIM_TEXT] = "text",
};

static const char *content_type(enum nominatim_format format)
{
    return format == NOMINATIM_XML    ? "text/xml; charset=utf-8"
           : format == NOMINATIM_TEXT ? "text/plain; charset=utf-8"
                                      : "application/json; charset=utf-8";
}

void nominatim_fail(struct nominatim *nominatim, unsigned status, const char *format, ...)
{
    struct buffer *const out = nominatim->reply->out;
    char message[320];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    buffer_clear(out);
    nominatim->reply->status = status;
    nominatim->reply->content_type = content_type(nominatim->format);
    if (nominatim->format == NOMINATIM_TEXT) {
        buffer_append_text(out, message);
        return;
    }
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    JSON_KEY(&json, "error");
    json_begin_object(&json);
    JSON_KEY(&json, "code");
    json_unsigned(&json, status);
    JSON_KEY(&json, "message");
    json_text_of(&json, message);
    json_end_object(&json);
    json_end_object(&json);
}

bool nominatim_read_format(struct nominatim *nominatim, unsigned formats,
                           enum nominatim_format fallback)
{
    struct bytes name;
    nominatim->format = fallback;
    nominatim->reply->content_type = content_type(fallback);
    if (!form_find(&nominatim->form, "format", &name)) {
        return true;
    }
    char list[80] = "";
    size_t used = 0;
    for (unsigned i = 0; i < COUNT_OF(format_names); i++) {
        if ((formats & 1U << i) == 0) {
            continue;
        }
        if (bytes_equal(name, bytes_from_text(format_names[i]))) {
            nominatim->format = (enum nominatim_format)i;
            nominatim->reply->content_type = content_type(nominatim->format);
            return true;
        }
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used == 0 ? "" : ", ",
                                 format_names[i]);
    }
    nominatim_fail(nominatim, 400, "Parameter 'format' must be one of: %s", list);
    return false;
}

bool nominatim_read_whole(struct nominatim *nominatim, const char *name, int64_t fallback,
                          int64_t *value)
{
    struct bytes text;
    *value = fallback;
    if (!form_find(&nominatim->form, name, &text) || form_parse_whole(text, value)) {
        return true;
    }
    nominatim_fail(nominatim, 400, "Parameter '%s' must be a number.", name);
    return false;
}

bool nominatim_read_number(struct nominatim *nominatim, const char *name, double *value)
{
    struct bytes text;
    if (!form_find(&nominatim->form, name, &text)) {
        nominatim_fail(nominatim, 400, "Parameter '%s' missing.", name);
        return false;
    }
    if (!form_parse_number(text, value)) {
        nominatim_fail(nominatim, 400, "Parameter '%s' must be a number.", name);
        return false;
    }
    return true;
}

bool nominatim_flag(const struct nominatim *nominatim, const char *name, bool fallback)
{
    struct bytes text;
    return form_find(&nominatim->form, name, &text) ? !bytes_equal(text, BYTES_OF("0")) : fallback;
}

void nominatim_read_details(struct nominatim *nominatim, bool has_address)
{
    nominatim->has_address = nominatim_flag(nominatim, "addressdetails", has_address);
    nominatim->has_extratags = nominatim_flag(nominatim, "extratags", false);
    nominatim->has_namedetails = nominatim_flag(nominatim, "namedetails", false);
}

static enum status run(struct nominatim *nominatim)
{
    const struct dialect_request *const request = nominatim->request;
    TRY(form_read(request->query, nominatim->arena, &nominatim->form));
    const struct bytes given = form_text(&nominatim->form, "accept-language");
    parameter_accept_languages(given.size != 0 ? given : request->accept_language,
                               &nominatim->languages);
    if (request->endpoint == ENDPOINT_COUNT) {
        nominatim->format = NOMINATIM_TEXT;
        nominatim_fail(nominatim, 404,
                       "Not found: there are /search, /reverse, /lookup, /details "
                       "and /status");
        return STATUS_OK;
    }
    if (!request->is_ready) {
        nominatim_fail(nominatim, 503, "No atlas is served.");
        return STATUS_OK;
    }
    return nominatim_search(nominatim);
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
