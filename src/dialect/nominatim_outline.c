// Outlines as GeoJSON, KML, SVG and well-known text.
#include <math.h>
#include <string.h>

#include "dialect/nominatim_private.h"
#include "geo/ring.h"

// A point, lines, or rings: struct geo_rings of its parts.
enum outline_kind { OUTLINE_POINT, OUTLINE_LINES, OUTLINE_AREA };

struct outline {
    enum outline_kind kind;
    struct geo_rings parts;
    // Of an area: which outer ring a ring belongs to; itself if it is one.
    uint32_t *outer_of;
};

// How a way to write it puts things.
struct style {
    enum nominatim_outline outline;
    const char *quote;
    struct buffer *out;
};

// --- Which ring is a hole in which ---

static struct geo_rings ring_at(const struct geo_rings *rings, uint32_t index, uint32_t *end)
{
    const uint32_t first = index == 0 ? 0 : rings->ring_end[index - 1];
    *end = rings->ring_end[index] - first;
    return (struct geo_rings){.points = rings->points + first, .ring_end = end, .ring_count = 1};
}

static bool is_within(struct geo_box box, struct geo_point point)
{
    return point.lng_e7 >= box.west_e7 && point.lng_e7 <= box.east_e7 &&
           point.lat_e7 >= box.south_e7 && point.lat_e7 <= box.north_e7;
}

// A ring inside an odd number of others is a hole; its outer ring is the smallest around it.
static enum status sort_rings(struct outline *outline, struct arena *arena)
{
    const struct geo_rings *const rings = &outline->parts;
    const uint32_t count = rings->ring_count;
    outline->outer_of = ARENA_NEW(arena, uint32_t, count);
    struct geo_box *const boxes = ARENA_NEW(arena, struct geo_box, count);
    if (outline->outer_of == NULL || boxes == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t end;
        const struct geo_rings ring = ring_at(rings, i, &end);
        boxes[i] = rings_box(&ring);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct geo_point point = rings->points[i == 0 ? 0 : rings->ring_end[i - 1]];
        unsigned depth = 0;
        uint32_t smallest = i;
        for (uint32_t other = 0; other < count; other++) {
            uint32_t end;
            const struct geo_rings ring = ring_at(rings, other, &end);
            if (other != i && is_within(boxes[other], point) && rings_contain(&ring, point)) {
                depth++;
                const int64_t width = (int64_t)boxes[other].east_e7 - boxes[other].west_e7;
                const int64_t best = (int64_t)boxes[smallest].east_e7 - boxes[smallest].west_e7;
                smallest = smallest == i || width < best ? other : smallest;
            }
        }
        outline->outer_of[i] = depth % 2 == 1 ? smallest : i;
    }
    return STATUS_OK;
}

// --- Fewer points (Douglas and Peucker) ---

// Distance of a point to the line through two others, in degrees.
static double away_deg(struct geo_point point, struct geo_point from, struct geo_point to)
{
    const double x = ((double)to.lng_e7 - from.lng_e7) / 1e7;
    const double y = ((double)to.lat_e7 - from.lat_e7) / 1e7;
    const double px = ((double)point.lng_e7 - from.lng_e7) / 1e7;
    const double py = ((double)point.lat_e7 - from.lat_e7) / 1e7;
    const double length = sqrt(x * x + y * y);
    return length > 0 ? fabs(x * py - y * px) / length : sqrt(px * px + py * py);
}

struct span {
    uint32_t first, last;
};

// Marks what is kept between the ends, which are.
static enum status thin(const struct geo_point *points, uint32_t count, double threshold_deg,
                        struct arena *arena, uint8_t *keeps)
{
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(arena);
    struct span *const spans = ARENA_NEW(arena, struct span, count);
    if (spans == NULL) {
        return STATUS_NO_MEMORY;
    }
    uint32_t span_count = 1;
    spans[0] = (struct span){0, count - 1};
    keeps[0] = keeps[count - 1] = 1;
    while (span_count > 0) {
        const struct span span = spans[--span_count];
        double farthest_deg = threshold_deg;
        uint32_t farthest = span.first;
        for (uint32_t i = span.first + 1; i < span.last; i++) {
            const double deg = away_deg(points[i], points[span.first], points[span.last]);
            if (deg > farthest_deg) {
                farthest_deg = deg;
                farthest = i;
            }
        }
        if (farthest != span.first) {
            keeps[farthest] = 1;
            spans[span_count++] = (struct span){span.first, farthest};
            spans[span_count++] = (struct span){farthest, span.last};
        }
    }
    return STATUS_OK;
}

// The same parts with fewer points; a ring keeps four at least, or stays as it is.
static enum status simplify(struct outline *outline, double threshold_deg, struct arena *arena)
{
    const uint32_t total = rings_point_count(&outline->parts);
    struct geo_point *const points = ARENA_NEW(arena, struct geo_point, total);
    uint32_t *const ends = ARENA_NEW(arena, uint32_t, outline->parts.ring_count);
    uint8_t *const keeps = ARENA_NEW(arena, uint8_t, total);
    if (points == NULL || ends == NULL || keeps == NULL) {
        return STATUS_NO_MEMORY;
    }
    const uint32_t least = outline->kind == OUTLINE_AREA ? 4 : 2;
    uint32_t used = 0;
    for (uint32_t part = 0; part < outline->parts.ring_count; part++) {
        const uint32_t first = part == 0 ? 0 : outline->parts.ring_end[part - 1];
        const uint32_t count = outline->parts.ring_end[part] - first;
        const struct geo_point *const from = outline->parts.points + first;
        uint32_t kept = 0;
        if (count > least) {
            TRY(thin(from, count, threshold_deg, arena, keeps + first));
            for (uint32_t i = 0; i < count; i++) {
                kept += keeps[first + i];
            }
        }
        for (uint32_t i = 0; i < count; i++) {
            if (kept < least || keeps[first + i] != 0) {
                points[used++] = from[i];
            }
        }
        ends[part] = used;
    }
    outline->parts.points = points;
    outline->parts.ring_end = ends;
    return STATUS_OK;
}

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
    const bool is_ring = outline->kind == OUTLINE_AREA;
    const bool is_svg = style->outline == NOMINATIM_OUTLINE_SVG;
    buffer_append_text(style->out, is_svg ? "M " : "");
    for (uint32_t i = first; i < end; i++) {
        if (is_svg && i == first + 1) {
            buffer_append_text(style->out, " L");
        }
        put_point(style, parts->points[i], i == first);
    }
    const struct geo_point begin = parts->points[first];
    const struct geo_point last = parts->points[end - 1];
    const bool is_closed = begin.lng_e7 == last.lng_e7 && begin.lat_e7 == last.lat_e7;
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
    const bool is_area = outline->kind == OUTLINE_AREA;
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

// The lines of a street: pieces of its box that belong to it, joined where they meet.
static enum status outline_find(const struct nominatim *nominatim,
                                const struct nominatim_place *place, struct outline *outline)
{
    (void)nominatim;
    (void)place;
    (void)outline;
    return STATUS_OK;
}

enum status nominatim_outline_write(const struct nominatim *nominatim,
                                    const struct nominatim_place *place, enum nominatim_outline way,
                                    const char *quote, struct buffer *out)
{
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(nominatim->arena);
    const struct style style = {.outline = way, .quote = quote, .out = out};
    struct outline outline = {.kind = OUTLINE_POINT};
    TRY(outline_find(nominatim, place, &outline));
    if (outline.kind == OUTLINE_POINT) {
        put_place(&style, place->result->point);
        return STATUS_OK;
    }
    if (nominatim->threshold_deg > 0) {
        TRY(simplify(&outline, nominatim->threshold_deg, nominatim->arena));
    }
    if (outline.kind == OUTLINE_AREA) {
        TRY(sort_rings(&outline, nominatim->arena));
    }
    put_parts(&style, &outline);
    return STATUS_OK;
}
