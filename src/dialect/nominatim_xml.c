// Answers in XML.
#include <stdio.h>

#include "base/date.h"
#include "dialect/nominatim_private.h"

// What no XML document may hold, and what is no UTF-8, becomes U+FFFD.
void nominatim_xml_text(struct buffer *out, struct bytes text)
{
    while (text.size != 0) {
        const size_t size = bytes_character_size(text);
        const uint8_t c = text.data[0];
        const bool is_control = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
        const bool is_noncharacter =
            size == 3 && c == 0xef && text.data[1] == 0xbf && text.data[2] >= 0xbe;
        if (size == 0 || is_control || is_noncharacter) {
            buffer_append_text(out, "\xef\xbf\xbd");
        } else if (c == '<') {
            buffer_append_text(out, "&lt;");
        } else if (c == '>') {
            buffer_append_text(out, "&gt;");
        } else if (c == '&') {
            buffer_append_text(out, "&amp;");
        } else if (c == '"') {
            buffer_append_text(out, "&quot;");
        } else if (c < 0x20) {
            buffer_append_format(out, "&#%u;", c);
        } else {
            buffer_append(out, text.data, size);
        }
        text.data += size == 0 ? 1 : size;
        text.size -= size == 0 ? 1 : size;
    }
}

static void attribute(struct buffer *out, const char *name, struct bytes value)
{
    buffer_append_u8(out, ' ');
    buffer_append_text(out, name);
    buffer_append_text(out, "=\"");
    nominatim_xml_text(out, value);
    buffer_append_u8(out, '"');
}

static void attribute_number(struct buffer *out, const char *name, int64_t value)
{
    buffer_append_format(out, " %s=\"%lld\"", name, (long long)value);
}

// A label is made of a tag's value where OSM has no better word: what is no name in XML becomes "_".
static void write_name(struct buffer *out, struct bytes label)
{
    for (size_t i = 0; i < label.size; i++) {
        const uint8_t c = label.data[i];
        const bool is_letter = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c >= 0x80;
        const bool is_inner = (c >= '0' && c <= '9') || c == '-' || c == '.';
        buffer_append_u8(out, is_letter || (is_inner && i != 0) ? c : '_');
    }
}

static void element(struct buffer *out, struct bytes label, struct bytes text)
{
    buffer_append_u8(out, '<');
    write_name(out, label);
    buffer_append_u8(out, '>');
    nominatim_xml_text(out, text);
    buffer_append_text(out, "</");
    write_name(out, label);
    buffer_append_u8(out, '>');
}

static void write_timestamp(struct buffer *out, int64_t now_us)
{
    static const char days[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const struct date date = date_of(now_us / 1000000);
    buffer_append_format(out, " timestamp=\"%s, %02u %s %04d %02u:%02u:%02u +00:00\"",
                         days[date.weekday % 7], date.day, months[(date.month - 1) % 12], date.year,
                         date.hour, date.minute, date.second);
}

static const char *root_name(const struct nominatim *nominatim)
{
    return nominatim->kind == NOMINATIM_REVERSE  ? "reversegeocode"
           : nominatim->kind == NOMINATIM_LOOKUP ? "lookupresults"
                                                 : "searchresults";
}

void nominatim_xml_begin(struct nominatim *nominatim)
{
    struct buffer *const out = nominatim->reply->out;
    buffer_append_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<");
    buffer_append_text(out, root_name(nominatim));
    write_timestamp(out, nominatim->request->now_us);
    attribute(out, "attribution", nominatim_licence(nominatim, nominatim->sources));
    attribute(out, "querystring", nominatim->query);
    if (nominatim->kind != NOMINATIM_REVERSE) {
        attribute(out, "polygon",
                  nominatim->outline != NOMINATIM_NO_OUTLINE ? BYTES_OF("true")
                                                             : BYTES_OF("false"));
        if (nominatim->viewbox.size != 0) {
            attribute(out, "viewbox", nominatim->viewbox);
        }
        if (nominatim->excluded.size != 0) {
            attribute(out, "exclude_place_ids", nominatim->excluded);
        }
        attribute(out, "more_url", nominatim->more);
    }
    buffer_append_u8(out, '>');
}

void nominatim_xml_end(struct nominatim *nominatim)
{
    struct buffer *const out = nominatim->reply->out;
    if (nominatim->kind == NOMINATIM_REVERSE && nominatim->place_count == 0) {
        buffer_append_text(out, "<error>Unable to geocode</error>");
    }
    buffer_append_text(out, "</");
    buffer_append_text(out, root_name(nominatim));
    buffer_append_u8(out, '>');
}

static void write_box(struct buffer *out, const struct geo_box *box)
{
    const int32_t values[] = {box->south_e7, box->north_e7, box->west_e7, box->east_e7};
    buffer_append_text(out, " boundingbox=\"");
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        char text[NOMINATIM_DEGREES_SIZE];
        if (i != 0) {
            buffer_append_u8(out, ',');
        }
        buffer_append_bytes(out, nominatim_degrees(values[i], text));
    }
    buffer_append_u8(out, '"');
}

static void write_ids(struct buffer *out, const struct nominatim *nominatim,
                      const struct nominatim_place *place)
{
    if (place->place_id != 0) {
        attribute_number(out, "place_id", (int64_t)place->place_id);
    }
    if (place->osm_type != 0) {
        attribute(out, "osm_type", bytes_from_text(nominatim_type_word(place->osm_type)));
        attribute_number(out, "osm_id", place->osm_id);
    }
    struct bytes reference;
    if (place->result->object == NULL &&
        description_fact(nominatim->world->atlas, &place->description, "ref", &reference)) {
        attribute(out, "ref", reference);
    }
    char text[NOMINATIM_DEGREES_SIZE];
    attribute(out, "lat", nominatim_degrees(place->result->point.lat_e7, text));
    attribute(out, "lon", nominatim_degrees(place->result->point.lng_e7, text));
    write_box(out, &place->box);
    attribute_number(out, "place_rank", place->rank_search);
    attribute_number(out, "address_rank", place->rank_address);
}

// The outline as an attribute; KML is an element of its own.
static void write_outline_attribute(const struct nominatim *nominatim, struct buffer *out,
                                    const struct nominatim_place *place)
{
    static const char *const names[] = {[NOMINATIM_OUTLINE_GEOJSON] = "geojson",
                                        [NOMINATIM_OUTLINE_SVG] = "geosvg",
                                        [NOMINATIM_OUTLINE_TEXT] = "geotext"};
    if (nominatim->outline == NOMINATIM_NO_OUTLINE || nominatim->outline == NOMINATIM_OUTLINE_KML) {
        return;
    }
    buffer_append_format(out, " %s=\"", names[nominatim->outline]);
    nominatim_outline_write(nominatim, place, nominatim->outline, "&quot;", out);
    buffer_append_u8(out, '"');
}

static void write_kml(const struct nominatim *nominatim, struct buffer *out,
                      const struct nominatim_place *place)
{
    if (nominatim->outline != NOMINATIM_OUTLINE_KML) {
        return;
    }
    buffer_append_text(out, "<geokml>");
    nominatim_outline_write(nominatim, place, NOMINATIM_OUTLINE_KML, "", out);
    buffer_append_text(out, "</geokml>");
}

static void write_address(struct buffer *out, const struct nominatim_place *place)
{
    for (unsigned i = 0; i < place->line_count; i++) {
        const struct nominatim_line *const line = &place->lines[i];
        if (nominatim_line_is_first(place, i)) {
            element(out, line->label, line->name);
        }
        if (line->region_code.size != 0 && line->admin_level != 0) {
            char name[24];
            const int size = snprintf(name, sizeof(name), "ISO3166-2-lvl%u", line->admin_level);
            element(out, (struct bytes){(const uint8_t *)name, (size_t)size}, line->region_code);
        }
    }
    if (place->country_code[0] != '\0') {
        element(out, BYTES_OF("country_code"), bytes_from_text(place->country_code));
    }
}

static void write_tag(void *context, struct bytes key, struct bytes value)
{
    struct buffer *const out = context;
    buffer_append_text(out, "<tag");
    attribute(out, "key", key);
    attribute(out, "value", value);
    buffer_append_text(out, "/>");
}

static void write_name_element(void *context, struct bytes key, struct bytes value)
{
    struct buffer *const out = context;
    buffer_append_text(out, "<name");
    attribute(out, "desc", key);
    buffer_append_u8(out, '>');
    nominatim_xml_text(out, value);
    buffer_append_text(out, "</name>");
}

static void write_details(const struct nominatim *nominatim, struct buffer *out,
                          const struct nominatim_place *place)
{
    if (nominatim->has_extratags) {
        buffer_append_text(out, "<extratags>");
        nominatim_each_tag(nominatim, place, write_tag, out);
        buffer_append_text(out, "</extratags>");
    }
    if (nominatim->has_namedetails) {
        buffer_append_text(out, "<namedetails>");
        nominatim_each_name(nominatim, place, write_name_element, out);
        buffer_append_text(out, "</namedetails>");
    }
    if (nominatim->has_entrances) {
        buffer_append_text(out, "<entrances/>");
    }
}

// <result …>name</result><addressparts>…</addressparts>
static void add_to_reverse(struct nominatim *nominatim, const struct nominatim_place *place)
{
    struct buffer *const out = nominatim->reply->out;
    buffer_append_text(out, "<result");
    write_ids(out, nominatim, place);
    write_outline_attribute(nominatim, out, place);
    buffer_append_u8(out, '>');
    nominatim_xml_text(out, place->display_name);
    buffer_append_text(out, "</result>");
    if (nominatim->has_address) {
        buffer_append_text(out, "<addressparts>");
        write_address(out, place);
        buffer_append_text(out, "</addressparts>");
    }
    write_details(nominatim, out, place);
    write_kml(nominatim, out, place);
}

void nominatim_xml_add(struct nominatim *nominatim, const struct nominatim_place *place)
{
    struct buffer *const out = nominatim->reply->out;
    if (nominatim->kind == NOMINATIM_REVERSE) {
        add_to_reverse(nominatim, place);
        return;
    }
    buffer_append_text(out, "<place");
    write_ids(out, nominatim, place);
    attribute(out, "display_name", place->display_name);
    attribute(out, "class", place->key);
    attribute(out, "type", place->value);
    struct json_writer number = {.out = out};
    buffer_append_text(out, " importance=\"");
    json_decimal(&number, place->importance, 9);
    buffer_append_u8(out, '"');
    write_outline_attribute(nominatim, out, place);
    buffer_append_u8(out, '>');
    write_details(nominatim, out, place);
    write_kml(nominatim, out, place);
    if (nominatim->has_address) {
        write_address(out, place);
    }
    buffer_append_text(out, "</place>");
}
