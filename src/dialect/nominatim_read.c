// Parameters as Nominatim reads them, and its errors.
#include <stdarg.h>
#include <stdio.h>

#include "dialect/nominatim_private.h"

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

static void write_error(const struct nominatim *nominatim, unsigned status, struct bytes message)
{
    struct buffer *const out = nominatim->reply->out;
    if (nominatim->format == NOMINATIM_TEXT) {
        buffer_append_bytes(out, message);
        return;
    }
    if (nominatim->format == NOMINATIM_XML) {
        buffer_append_format(out,
                             "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<error>\n"
                             "  <code>%u</code>\n  <message>",
                             status);
        nominatim_xml_text(out, message);
        buffer_append_text(out, "</message>\n</error>\n");
        return;
    }
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    JSON_KEY(&json, "error");
    json_begin_object(&json);
    JSON_KEY(&json, "code");
    json_unsigned(&json, status);
    JSON_KEY(&json, "message");
    json_text(&json, message);
    json_end_object(&json);
    json_end_object(&json);
}

void nominatim_fail(struct nominatim *nominatim, unsigned status, const char *format, ...)
{
    char message[320];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    buffer_clear(nominatim->reply->out);
    nominatim->reply->status = status;
    nominatim->reply->content_type = content_type(nominatim->format);
    write_error(nominatim, status, bytes_from_text(message));
}

// Names joined by dots, as a page would call a function: it is written into a script.
static bool is_callback(struct bytes text)
{
    bool begins = true;
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t c = text.data[i];
        const bool is_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        const bool is_digit = c >= '0' && c <= '9';
        if (c == '.' && !begins) {
            begins = true;
        } else if (is_letter || c == '_' || (is_digit && !begins)) {
            begins = false;
        } else {
            return false;
        }
    }
    return !begins;
}

static bool read_callback(struct nominatim *nominatim)
{
    struct bytes callback;
    const bool is_json = nominatim->format != NOMINATIM_XML && nominatim->format != NOMINATIM_TEXT;
    if (!is_json || !form_find(&nominatim->form, "json_callback", &callback)) {
        return true;
    }
    if (!is_callback(callback)) {
        nominatim_fail(nominatim, 400, "Invalid json_callback value");
        return false;
    }
    nominatim->callback = callback;
    return true;
}

bool nominatim_read_format(struct nominatim *nominatim, unsigned formats,
                           enum nominatim_format fallback)
{
    struct bytes name;
    char list[80] = "";
    size_t used = 0;
    nominatim->format = fallback;
    bool is_known = !form_find(&nominatim->form, "format", &name);
    for (unsigned i = 0; i < COUNT_OF(format_names) && !is_known; i++) {
        if ((formats & 1U << i) == 0) {
            continue;
        }
        if (bytes_equal(name, bytes_from_text(format_names[i]))) {
            nominatim->format = (enum nominatim_format)i;
            is_known = true;
        }
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used == 0 ? "" : ", ",
                                 format_names[i]);
    }
    nominatim->reply->content_type = content_type(nominatim->format);
    if (!is_known) {
        nominatim_fail(nominatim, 400, "Parameter 'format' must be one of: %s", list);
        return false;
    }
    return read_callback(nominatim);
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

static bool read_outline(struct nominatim *nominatim)
{
    static const struct {
        const char *name;
        enum nominatim_outline outline;
    } rows[] = {{"polygon_geojson", NOMINATIM_OUTLINE_GEOJSON},
                {"polygon_kml", NOMINATIM_OUTLINE_KML},
                {"polygon_svg", NOMINATIM_OUTLINE_SVG},
                {"polygon_text", NOMINATIM_OUTLINE_TEXT}};
    const bool is_geojson =
        nominatim->format == NOMINATIM_GEOJSON || nominatim->format == NOMINATIM_GEOCODEJSON;
    struct bytes text;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if ((is_geojson && i > 0) || !nominatim_flag(nominatim, rows[i].name, false)) {
            continue;
        }
        if (nominatim->outline != NOMINATIM_NO_OUTLINE) {
            nominatim_fail(nominatim, 400, "Too many polygon output options selected.");
            return false;
        }
        nominatim->outline = rows[i].outline;
    }
    return !form_find(&nominatim->form, "polygon_threshold", &text) ||
           nominatim_read_number(nominatim, "polygon_threshold", &nominatim->threshold_deg);
}

bool nominatim_read_details(struct nominatim *nominatim, bool has_address)
{
    nominatim->has_address = nominatim_flag(nominatim, "addressdetails", has_address);
    nominatim->has_extratags = nominatim_flag(nominatim, "extratags", false);
    nominatim->has_namedetails = nominatim_flag(nominatim, "namedetails", false);
    nominatim->has_entrances = nominatim_flag(nominatim, "entrances", false);
    return read_outline(nominatim);
}

bool nominatim_read_themes(struct nominatim *nominatim, unsigned fallback, unsigned *themes)
{
    static const char *const names[] = {"address", "poi", "railway", "natural", "manmade"};
    struct bytes rest;
    struct bytes item;
    *themes = fallback;
    if (!form_find(&nominatim->form, "layer", &rest)) {
        return true;
    }
    *themes = 0;
    while (form_next(&rest, ',', &item)) {
        unsigned i = 0;
        while (i < COUNT_OF(names) && !bytes_equal(item, bytes_from_text(names[i]))) {
            i++;
        }
        if (i == COUNT_OF(names)) {
            nominatim_fail(nominatim, 400,
                           "Parameter 'layer' takes a comma-separated list of: address, poi, "
                           "railway, natural, manmade");
            return false;
        }
        *themes |= 1U << i;
    }
    return true;
}

bool nominatim_parse_osm_id(struct bytes text, char *osm_type, int64_t *osm_id)
{
    if (text.size < 2) {
        return false;
    }
    const char type = (char)(text.data[0] & 0xdf);
    const uint8_t first = text.data[1];
    if ((type != 'N' && type != 'W' && type != 'R') || first < '0' || first > '9' ||
        !form_parse_whole((struct bytes){text.data + 1, text.size - 1}, osm_id)) {
        return false;
    }
    *osm_type = type;
    return true;
}
