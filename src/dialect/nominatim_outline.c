// Outlines as GeoJSON, KML, SVG and well-known text.
#include "atlas/outline.h"
#include "dialect/nominatim_private.h"
#include "dialect/outline.h"
#include "geo/outline.h"

// Lines, or the rings of an area.
struct outline {
    bool is_area;
    struct geo_rings parts;
    const uint32_t *outer_of; // of an area: the ring that a ring is a hole in, itself if it is none
};

// How a way to write it puts things.
struct style {
    enum nominatim_outline outline;
    const char *quote;
    struct buffer *out;
};

// --- Writing ---

static void put_number(struct buffer *out, int32_t value_e7)
{
    struct json_writer json = {.out = out};
    json_e7(&json, value_e7);
}

// One place of a run of them.
static void put_point(const struct style *style, struct geo_point point, bool is_first)
{
    struct buffer *const out = style->out;
    switch (style->outline) {
    case NOMINATIM_OUTLINE_GEOJSON:
        buffer_append_text(out, is_first ? "[" : ",[");
        put_number(out, point.lng_e7);
        buffer_append_u8(out, ',');
        put_number(out, point.lat_e7);
        buffer_append_u8(out, ']');
        break;
    case NOMINATIM_OUTLINE_KML:
        buffer_append_text(out, is_first ? "" : " ");
        put_number(out, point.lng_e7);
        buffer_append_u8(out, ',');
        put_number(out, point.lat_e7);
        break;
    case NOMINATIM_OUTLINE_SVG:
        buffer_append_text(out, is_first ? "" : " ");
        put_number(out, point.lng_e7);
        buffer_append_u8(out, ' ');
        put_number(out, -point.lat_e7);
        break;
    case NOMINATIM_OUTLINE_TEXT:
    case NOMINATIM_NO_OUTLINE:
        buffer_append_text(out, is_first ? "" : ",");
        put_number(out, point.lng_e7);
        buffer_append_u8(out, ' ');
        put_number(out, point.lat_e7);
        break;
    }
}

// The points of one part; rings end where they begin. SVG names the first apart.
static void put_run(const struct style *style, const struct outline *outline, uint32_t part)
{
    const struct geo_rings *const parts = &outline->parts;
    const uint32_t first = part == 0 ? 0 : parts->ring_end[part - 1];
    const uint32_t end = parts->ring_end[part];
    const bool is_ring = outline->is_area;
    const bool is_svg = style->outline == NOMINATIM_OUTLINE_SVG;
    const struct geo_point begin = parts->points[first];
    const struct geo_point last = parts->points[end - 1];
    const bool is_closed = begin.lng_e7 == last.lng_e7 && begin.lat_e7 == last.lat_e7;
    buffer_append_text(style->out, is_svg ? "M " : "");
    // Where a ring ends at its beginning, SVG closes it with a letter.
    for (uint32_t i = first; i < end - (is_svg && is_ring && is_closed ? 1 : 0); i++) {
        if (is_svg && i == first + 1) {
            buffer_append_text(style->out, " L");
        }
        put_point(style, parts->points[i], i == first);
    }
    if (is_svg) {
        buffer_append_text(style->out, is_ring ? " Z" : "");
    } else if (is_ring && !is_closed) {
        put_point(style, begin, false);
    }
}

// What stands around things, by way to write it: words of a table.
struct brackets {
    const char *begin, *between, *end;
};

static void put_polygon(const struct style *style, const struct outline *outline, uint32_t outer)
{
    static const struct brackets rings[] = {
        [NOMINATIM_OUTLINE_GEOJSON] = {"[[", "],[", "]]"},
        [NOMINATIM_OUTLINE_KML] = {"<Polygon><outerBoundaryIs><LinearRing><coordinates>",
                                   "</coordinates></LinearRing></innerBoundaryIs>", "</Polygon>"},
        [NOMINATIM_OUTLINE_SVG] = {"", " ", ""},
        [NOMINATIM_OUTLINE_TEXT] = {"((", "),(", "))"},
    };
    const bool is_kml = style->outline == NOMINATIM_OUTLINE_KML;
    const struct brackets *const around = &rings[style->outline];
    buffer_append_text(style->out, around->begin);
    put_run(style, outline, outer);
    if (is_kml) {
        buffer_append_text(style->out, "</coordinates></LinearRing></outerBoundaryIs>");
    }
    for (uint32_t i = 0; i < outline->parts.ring_count; i++) {
        if (i == outer || outline->outer_of[i] != outer) {
            continue;
        }
        if (is_kml) {
            buffer_append_text(style->out, "<innerBoundaryIs><LinearRing><coordinates>");
            put_run(style, outline, i);
        }
        buffer_append_text(style->out, around->between);
        if (!is_kml) {
            put_run(style, outline, i);
        }
    }
    buffer_append_text(style->out, around->end);
}

static void put_line(const struct style *style, const struct outline *outline, uint32_t part)
{
    static const struct brackets lines[] = {
        [NOMINATIM_OUTLINE_GEOJSON] = {"[", "", "]"},
        [NOMINATIM_OUTLINE_KML] = {"<LineString><coordinates>", "", "</coordinates></LineString>"},
        [NOMINATIM_OUTLINE_SVG] = {"", "", ""},
        [NOMINATIM_OUTLINE_TEXT] = {"(", "", ")"},
    };
    buffer_append_text(style->out, lines[style->outline].begin);
    put_run(style, outline, part);
    buffer_append_text(style->out, lines[style->outline].end);
}

// "POLYGON", {"type":"Polygon","coordinates": …
static void put_name(const struct style *style, const char *geojson, const char *text)
{
    if (style->outline == NOMINATIM_OUTLINE_GEOJSON) {
        const char *const quote = style->quote;
        buffer_append_format(style->out, "{%stype%s:%s%s%s,%scoordinates%s:", quote, quote, quote,
                             geojson, quote, quote, quote);
    } else if (style->outline == NOMINATIM_OUTLINE_TEXT) {
        buffer_append_text(style->out, text);
    }
}

static void put_parts(const struct style *style, const struct outline *outline)
{
    static const struct brackets many[] = {
        [NOMINATIM_OUTLINE_GEOJSON] = {"[", ",", "]"},
        [NOMINATIM_OUTLINE_KML] = {"<MultiGeometry>", "", "</MultiGeometry>"},
        [NOMINATIM_OUTLINE_SVG] = {"", " ", ""},
        [NOMINATIM_OUTLINE_TEXT] = {"(", ",", ")"},
    };
    const bool is_area = outline->is_area;
    uint32_t count = 0;
    for (uint32_t i = 0; i < outline->parts.ring_count; i++) {
        count += !is_area || outline->outer_of[i] == i ? 1 : 0;
    }
    const struct brackets *const around = &many[style->outline];
    if (is_area) {
        put_name(style, count == 1 ? "Polygon" : "MultiPolygon",
                 count == 1 ? "POLYGON" : "MULTIPOLYGON");
    } else {
        put_name(style, count == 1 ? "LineString" : "MultiLineString",
                 count == 1 ? "LINESTRING" : "MULTILINESTRING");
    }
    buffer_append_text(style->out, count == 1 ? "" : around->begin);
    bool is_first = true;
    for (uint32_t i = 0; i < outline->parts.ring_count; i++) {
        if (is_area && outline->outer_of[i] != i) {
            continue;
        }
        buffer_append_text(style->out, is_first ? "" : around->between);
        is_first = false;
        if (is_area) {
            put_polygon(style, outline, i);
        } else {
            put_line(style, outline, i);
        }
    }
    buffer_append_text(style->out, count == 1 ? "" : around->end);
    buffer_append_text(style->out, style->outline == NOMINATIM_OUTLINE_GEOJSON ? "}" : "");
}

static void put_place(const struct style *style, struct geo_point point)
{
    struct buffer *const out = style->out;
    if (style->outline == NOMINATIM_OUTLINE_SVG) {
        buffer_append_format(out, "cx=%s", style->quote);
        put_number(out, point.lng_e7);
        buffer_append_format(out, "%s cy=%s", style->quote, style->quote);
        put_number(out, -point.lat_e7);
        buffer_append_text(out, style->quote);
    } else if (style->outline == NOMINATIM_OUTLINE_KML) {
        buffer_append_text(out, "<Point><coordinates>");
        put_point(style, point, true);
        buffer_append_text(out, "</coordinates></Point>");
    } else {
        const bool is_geojson = style->outline == NOMINATIM_OUTLINE_GEOJSON;
        put_name(style, "Point", "POINT(");
        put_point(style, point, true);
        buffer_append_u8(out, is_geojson ? '}' : ')');
    }
}

// A document may have no outline: then its point is.
static bool outline_find(const struct outline_question *question, struct outline *outline)
{
    const struct search_result *const result = question->result;
    struct arena *const arena = question->arena;
    if (result->object != NULL || question->layer > LAYER_STREET) {
        return false;
    }
    outline->is_area = question->layer != LAYER_STREET;
    if (outline->is_area
            ? !atlas_outline(question->atlas, result->reference, arena, &outline->parts)
            : !atlas_line(question->atlas, result->reference, arena, &outline->parts)) {
        return false;
    }
    struct geo_rings simple;
    if (question->threshold_deg > 0 &&
        outline_simplify(&outline->parts, question->threshold_deg * 1e7, arena, &simple)) {
        outline->parts = simple;
    }
    if (outline->is_area) {
        outline->outer_of = outline_nest(&outline->parts, arena);
        return outline->outer_of != NULL;
    }
    return true;
}

static void answer(const struct outline_question *question, const struct style *style)
{
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(question->arena);
    struct outline outline = {0};
    if (outline_find(question, &outline)) {
        put_parts(style, &outline);
    } else {
        put_place(style, question->result->point);
    }
}

void nominatim_outline_write(const struct nominatim *nominatim, const struct nominatim_place *place,
                             enum nominatim_outline way, const char *quote, struct buffer *out)
{
    const struct outline_question question = {
        .atlas = nominatim->world->atlas,
        .arena = nominatim->arena,
        .result = place->result,
        .layer = place->description.layer,
        .threshold_deg = nominatim->threshold_deg,
    };
    answer(&question, &(struct style){.outline = way, .quote = quote, .out = out});
}

void outline_geojson_write(const struct outline_question *question, struct buffer *out)
{
    answer(question,
           &(struct style){.outline = NOMINATIM_OUTLINE_GEOJSON, .quote = "\"", .out = out});
}
