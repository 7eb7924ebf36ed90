#include <math.h>

#include "base/date.h"
#include "filter/cql.h"

// Instants. ------------------------------------------------------------------------------------------

bool cql_reads_instant(struct cql *cql, size_t at, struct bytes text, struct value *instant)
{
    int64_t time_us = 0;
    if (!date_parse_rfc3339(text, &time_us)) {
        compilation_fail(cql->compilation, at,
                         "\"%.*s\" is no instant: write 2026-11-21 or 2026-11-21T15:04:05Z",
                         (int)(text.size < 40 ? text.size : 40), (const char *)text.data);
        return false;
    }
    *instant = (struct value){.kind = VALUE_TIME, .time_us = time_us};
    return true;
}

struct node *cql_instant(struct cql *cql)
{
    const size_t at = cql->token.at;
    const bool is_date = cql_is_word(cql, "DATE");
    if (!is_date && !cql_is_word(cql, "TIMESTAMP")) {
        return NULL;
    }
    cql_advance(cql);
    cql_expect_sign(cql, "(");
    if (cql->token.kind != CQL_TEXT) {
        cql_unexpected(cql, "a text");
        return &cql->compilation->broken;
    }
    struct value instant = value_null();
    if (cql_reads_instant(cql, cql->token.at, cql->token.text, &instant) &&
        is_date != (cql->token.text.size == 10)) {
        compilation_fail(cql->compilation, cql->token.at, "%s",
                         is_date ? "a DATE has no time of day: write TIMESTAMP"
                                 : "a TIMESTAMP has a time of day: write DATE");
    }
    cql_advance(cql);
    cql_expect_sign(cql, ")");
    return node_constant(cql->compilation, at, instant);
}

// Geometries: well-known text, longitude before latitude. ----------------------------------------------

struct wkt {
    struct cql *cql;
    struct buffer *out;
    struct geo_point *points;
    size_t point_count, point_capacity;
    uint32_t *ends; // of rings
    size_t end_count, end_capacity;
    bool has_z;
};

static double number(struct cql *cql)
{
    bool is_negative = false;
    while (cql_is_sign(cql, "-") || cql_is_sign(cql, "+")) {
        is_negative ^= cql_is_sign(cql, "-");
        cql_advance(cql);
    }
    if (cql->token.kind != CQL_NUMBER) {
        cql_unexpected(cql, "a number");
        return 0;
    }
    const double value = cql->token.number;
    cql_advance(cql);
    return is_negative ? -value : value;
}

static double angle(struct cql *cql, double limit_deg, const char *name)
{
    const size_t at = cql->token.at;
    const double angle_deg = number(cql);
    if (!(fabs(angle_deg) <= limit_deg)) {
        compilation_fail(cql->compilation, at, "a %s lies between -%.0f and %.0f degrees", name,
                         limit_deg, limit_deg);
        return 0;
    }
    return angle_deg;
}

// "lng lat" or "lng lat z".
static struct geo_point position(struct wkt *wkt)
{
    struct cql *const cql = wkt->cql;
    const double lng_deg = angle(cql, 180, "longitude");
    const double lat_deg = angle(cql, 90, "latitude");
    if (wkt->has_z || cql->token.kind == CQL_NUMBER || cql_is_sign(cql, "-")) {
        (void)number(cql);
    }
    return GEO_POINT(lng_deg, lat_deg);
}

// Positions between parentheses, added to the points.
static void positions(struct wkt *wkt, size_t min, bool is_ring)
{
    struct compilation *const compilation = wkt->cql->compilation;
    const size_t at = wkt->cql->token.at;
    const size_t begin = wkt->point_count;
    cql_expect_sign(wkt->cql, "(");
    do {
        if (!memory_grow(compilation->account, &wkt->points, &wkt->point_capacity,
                         wkt->point_count + 1, sizeof(*wkt->points))) {
            compilation_has_no_memory(compilation);
            return;
        }
        wkt->points[wkt->point_count++] = position(wkt);
    } while (cql_take_sign(wkt->cql, ","));
    cql_expect_sign(wkt->cql, ")");
    if (compilation->status != STATUS_OK) {
        return;
    }
    if (wkt->point_count - begin < min) {
        compilation_fail(compilation, at, "%s has at least %zu positions",
                         is_ring ? "a ring" : "a line", min);
    } else if (is_ring && !geo_point_equal(wkt->points[begin], wkt->points[wkt->point_count - 1])) {
        compilation_fail(compilation, at, "a ring ends where it begins");
    }
}

static void point(struct wkt *wkt)
{
    cql_expect_sign(wkt->cql, "(");
    const struct geo_point point = position(wkt);
    cql_expect_sign(wkt->cql, ")");
    shape_add_point(wkt->out, point);
}

static void line(struct wkt *wkt)
{
    wkt->point_count = 0;
    positions(wkt, 2, false);
    if (wkt->cql->compilation->status == STATUS_OK) {
        shape_add_line(wkt->out, wkt->points, (uint32_t)wkt->point_count);
    }
}

static void polygon(struct wkt *wkt)
{
    struct compilation *const compilation = wkt->cql->compilation;
    wkt->point_count = 0;
    wkt->end_count = 0;
    cql_expect_sign(wkt->cql, "(");
    do {
        positions(wkt, 4, true);
        if (!memory_grow(compilation->account, &wkt->ends, &wkt->end_capacity, wkt->end_count + 1,
                         sizeof(*wkt->ends))) {
            compilation_has_no_memory(compilation);
            return;
        }
        wkt->ends[wkt->end_count++] = (uint32_t)wkt->point_count;
    } while (cql_take_sign(wkt->cql, ","));
    cql_expect_sign(wkt->cql, ")");
    if (compilation->status == STATUS_OK) {
        shape_add_polygon(wkt->out, wkt->points, wkt->ends, (uint32_t)wkt->end_count);
    }
}

// MULTIPOINT has its positions with or without parentheses of their own.
static void loose_point(struct wkt *wkt)
{
    if (cql_is_sign(wkt->cql, "(")) {
        point(wkt);
    } else {
        shape_add_point(wkt->out, position(wkt));
    }
}

static void group(struct wkt *wkt, void (*part)(struct wkt *wkt))
{
    const size_t begun = shape_group_begin(wkt->out);
    cql_expect_sign(wkt->cql, "(");
    do {
        part(wkt);
    } while (cql_take_sign(wkt->cql, ","));
    cql_expect_sign(wkt->cql, ")");
    shape_group_end(wkt->out, begun);
}

// Four numbers, or six with heights: west, south, east, north. West of east crosses the antimeridian.
static void box(struct wkt *wkt)
{
    struct cql *const cql = wkt->cql;
    double numbers[6] = {0};
    size_t at[6] = {0};
    size_t count = 0;
    const size_t begin = cql->token.at;
    cql_expect_sign(cql, "(");
    do {
        at[count] = cql->token.at;
        numbers[count++] = number(cql);
    } while (count < 6 && cql_take_sign(cql, ","));
    cql_expect_sign(cql, ")");
    if (count != 4 && count != 6) {
        compilation_fail(cql->compilation, begin,
                         "BBOX has four numbers (west, south, east, north) or six");
        return;
    }
    const size_t east = count / 2;
    for (size_t i = 0; i < count; i++) {
        const size_t axis = i % east;
        if (axis < 2 && !(fabs(numbers[i]) <= (axis == 0 ? 180 : 90))) {
            compilation_fail(cql->compilation, at[i], "a %s out of range",
                             axis == 0 ? "longitude" : "latitude");
            return;
        }
    }
    const struct geo_point low = GEO_POINT(numbers[0], numbers[1]);
    const struct geo_point high = GEO_POINT(numbers[east], numbers[east + 1]);
    if (low.lat_e7 > high.lat_e7) {
        compilation_fail(cql->compilation, at[1], "the south of a BBOX lies north of its north");
        return;
    }
    shape_add_box(wkt->out, (struct geo_box){.west_e7 = low.lng_e7,
                                             .south_e7 = low.lat_e7,
                                             .east_e7 = high.lng_e7,
                                             .north_e7 = high.lat_e7});
}

static bool literal(struct wkt *wkt);

static void member(struct wkt *wkt)
{
    if (!literal(wkt)) {
        cql_unexpected(wkt->cql, "a geometry");
    }
}

static void collection(struct wkt *wkt)
{
    if (compilation_descend(wkt->cql->compilation, wkt->cql->token.at)) {
        group(wkt, member);
        compilation_ascend(wkt->cql->compilation);
    } else {
        wkt->cql->token.kind = CQL_END;
    }
}

static void multi_point(struct wkt *wkt)
{
    group(wkt, loose_point);
}

static void multi_line(struct wkt *wkt)
{
    group(wkt, line);
}

static void multi_polygon(struct wkt *wkt)
{
    group(wkt, polygon);
}

static bool literal(struct wkt *wkt)
{
    static const struct {
        const char *name;
        void (*read)(struct wkt *wkt);
    } rows[] = {
        {"POINT", point},
        {"LINESTRING", line},
        {"POLYGON", polygon},
        {"MULTIPOINT", multi_point},
        {"MULTILINESTRING", multi_line},
        {"MULTIPOLYGON", multi_polygon},
        {"GEOMETRYCOLLECTION", collection},
        {"BBOX", box},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (cql_take_word(wkt->cql, rows[i].name)) {
            const bool had_z = wkt->has_z;
            wkt->has_z = cql_take_word(wkt->cql, "Z");
            rows[i].read(wkt);
            wkt->has_z = had_z;
            return true;
        }
    }
    return false;
}

static void wkt_free(struct wkt *wkt)
{
    memory_give(wkt->points);
    memory_give(wkt->ends);
}

struct node *cql_shape(struct cql *cql)
{
    struct compilation *const compilation = cql->compilation;
    const size_t at = cql->token.at;
    struct buffer out SCOPED(buffer_free) = {.account = compilation->account};
    struct wkt wkt SCOPED(wkt_free) = {.cql = cql, .out = &out};
    if (!literal(&wkt)) {
        return NULL;
    }
    if (out.failed) {
        compilation_has_no_memory(compilation);
    }
    if (compilation->status != STATUS_OK) {
        return &compilation->broken;
    }
    const struct shape shape = {.bytes = node_keep(compilation, buffer_bytes(&out))};
    return node_constant(compilation, at, (struct value){.kind = VALUE_SHAPE, .shape = shape});
}
