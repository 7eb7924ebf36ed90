// Shapes into bytes.
#include "geo/shape_private.h"

static void append_point(struct buffer *out, struct geo_point point)
{
    buffer_append_u32(out, (uint32_t)point.lng_e7);
    buffer_append_u32(out, (uint32_t)point.lat_e7);
}

static void append_box(struct buffer *out, struct geo_box box)
{
    buffer_append_u32(out, (uint32_t)box.west_e7);
    buffer_append_u32(out, (uint32_t)box.south_e7);
    buffer_append_u32(out, (uint32_t)box.east_e7);
    buffer_append_u32(out, (uint32_t)box.north_e7);
}

static void append_header(struct buffer *out, enum shape_kind kind, uint64_t size)
{
    buffer_append_u32(out, (uint32_t)kind); // and three zeros
    buffer_append_u32(out, (uint32_t)size);
    out->failed |= size > UINT32_MAX;
}

// Sets a part's size once it is known.
static void end_part(struct buffer *out, size_t begun)
{
    if (out->failed) {
        return;
    }
    const size_t size = out->size - begun;
    out->failed |= size > UINT32_MAX;
    for (unsigned i = 0; i < 4; i++) {
        out->data[begun + PART_SIZE + i] = (uint8_t)(size >> (8 * i));
    }
}

void shape_add_point(struct buffer *out, struct geo_point point)
{
    append_header(out, SHAPE_POINT, SIZE_OF_POINT);
    append_point(out, point);
}

void shape_add_box(struct buffer *out, struct geo_box box)
{
    append_header(out, SHAPE_BOX, SIZE_OF_BOX);
    append_box(out, box);
}

void shape_add_circle(struct buffer *out, struct geo_point centre, double radius_m)
{
    const double kept_m = radius_m > 0 ? radius_m : 0;
    const struct geo_box point = {.west_e7 = centre.lng_e7,
                                  .south_e7 = centre.lat_e7,
                                  .east_e7 = centre.lng_e7,
                                  .north_e7 = centre.lat_e7};
    append_header(out, SHAPE_CIRCLE, SIZE_OF_CIRCLE);
    append_box(out, kept_m > 0 ? geo_box_around(centre, kept_m) : point);
    append_point(out, centre);
    buffer_append(out, &kept_m, sizeof(kept_m));
}

// Chains: points of rings or lines, cut at the antimeridian as geo/ring_index_build.c does it.
struct chains {
    struct buffer points, ends;
};

static uint32_t chained(const struct chains *chains)
{
    return (uint32_t)(chains->points.size / sizeof(struct geo_point));
}

static void chain_run(struct chains *chains, const struct geo_point *points, uint32_t count,
                      bool is_ring)
{
    const bool is_closed = is_ring && count > 1 && geo_point_equal(points[0], points[count - 1]);
    const uint32_t edges = is_ring && !is_closed && count > 1 ? count : count - 1;
    append_point(&chains->points, points[0]);
    for (uint32_t i = 0; i < edges; i++) {
        const struct geo_point to = points[i + 1 < count ? i + 1 : 0];
        struct ring_edge pieces[2];
        if (ring_edge_cut(points[i], to, pieces) == 2) {
            append_point(&chains->points, pieces[0].to);
            buffer_append_u32(&chains->ends, chained(chains) | CHAIN_GOES_ON);
            append_point(&chains->points, pieces[1].from);
        }
        append_point(&chains->points, to);
    }
    if (edges == 0 && !is_ring) {
        append_point(&chains->points, points[0]); // an edge of no length
    }
    buffer_append_u32(&chains->ends, chained(chains));
}

static struct geo_point point_of(const struct chains *chains, uint32_t at)
{
    const uint8_t *const point = chains->points.data + (size_t)at * sizeof(struct geo_point);
    return (struct geo_point){.lng_e7 = ring_index_i32(point), .lat_e7 = ring_index_i32(point + 4)};
}

static void append_chunks(struct buffer *out, const struct chains *chains)
{
    const uint32_t count = chained(chains);
    for (uint32_t chunk = 0; chunk < chunk_count_of(count); chunk++) {
        const uint32_t first = chunk * SHAPE_CHUNK;
        struct geo_point point = point_of(chains, first);
        struct geo_box box = {.west_e7 = point.lng_e7,
                              .south_e7 = point.lat_e7,
                              .east_e7 = point.lng_e7,
                              .north_e7 = point.lat_e7};
        for (uint32_t i = first + 1; i <= first + SHAPE_CHUNK && i < count; i++) {
            point = point_of(chains, i);
            box.west_e7 = point.lng_e7 < box.west_e7 ? point.lng_e7 : box.west_e7;
            box.east_e7 = point.lng_e7 > box.east_e7 ? point.lng_e7 : box.east_e7;
            box.south_e7 = point.lat_e7 < box.south_e7 ? point.lat_e7 : box.south_e7;
            box.north_e7 = point.lat_e7 > box.north_e7 ? point.lat_e7 : box.north_e7;
        }
        append_box(out, box);
    }
}

static void append_chained(struct buffer *out, enum shape_kind kind, struct geo_box box,
                           const struct chains *chains)
{
    append_header(out, kind, 0);
    append_box(out, box);
    buffer_append_u32(out, chained(chains));
    buffer_append_u32(out, (uint32_t)(chains->ends.size / sizeof(uint32_t)));
    buffer_append_bytes(out, buffer_bytes(&chains->ends));
    append_chunks(out, chains);
}

static void add_empty(struct buffer *out)
{
    shape_group_end(out, shape_group_begin(out));
}

// All longitudes between the most western and the most eastern place of a line as it is walked.
static struct geo_box line_box(const struct geo_point *points, uint32_t count)
{
    int64_t lng_e7 = points[0].lng_e7;
    int64_t west_e7 = lng_e7;
    int64_t east_e7 = lng_e7;
    struct geo_box box = {.south_e7 = points[0].lat_e7, .north_e7 = points[0].lat_e7};
    for (uint32_t i = 1; i < count; i++) {
        struct ring_edge pieces[2];
        const bool is_cut = ring_edge_cut(points[i - 1], points[i], pieces) == 2;
        const int64_t apart_e7 = (int64_t)points[i].lng_e7 - points[i - 1].lng_e7;
        lng_e7 += !is_cut        ? apart_e7
                  : apart_e7 < 0 ? apart_e7 + 2 * (int64_t)GEO_LNG_MAX
                                 : apart_e7 - 2 * (int64_t)GEO_LNG_MAX;
        west_e7 = lng_e7 < west_e7 ? lng_e7 : west_e7;
        east_e7 = lng_e7 > east_e7 ? lng_e7 : east_e7;
        box.south_e7 = points[i].lat_e7 < box.south_e7 ? points[i].lat_e7 : box.south_e7;
        box.north_e7 = points[i].lat_e7 > box.north_e7 ? points[i].lat_e7 : box.north_e7;
    }
    if (east_e7 - west_e7 >= 2 * (int64_t)GEO_LNG_MAX) {
        box.west_e7 = -GEO_LNG_MAX;
        box.east_e7 = GEO_LNG_MAX;
    } else {
        box.west_e7 =
            (int32_t)(west_e7 < -GEO_LNG_MAX ? west_e7 + 2 * (int64_t)GEO_LNG_MAX : west_e7);
        box.east_e7 =
            (int32_t)(east_e7 > GEO_LNG_MAX ? east_e7 - 2 * (int64_t)GEO_LNG_MAX : east_e7);
    }
    return box;
}

void shape_add_line(struct buffer *out, const struct geo_point *points, uint32_t count)
{
    if (count == 0) {
        add_empty(out);
        return;
    }
    struct chains chains = {.points = {.account = out->account}, .ends = {.account = out->account}};
    const size_t begun = out->size;
    chain_run(&chains, points, count, false);
    out->failed |= chains.points.failed || chains.ends.failed;
    if (!out->failed) {
        append_chained(out, SHAPE_LINE, line_box(points, count), &chains);
        buffer_append_bytes(out, buffer_bytes(&chains.points));
        end_part(out, begun);
    }
    buffer_free(&chains.points);
    buffer_free(&chains.ends);
}

void shape_add_polygon(struct buffer *out, const struct geo_point *points, const uint32_t *ring_end,
                       uint32_t ring_count)
{
    const struct geo_rings rings = {
        .points = points, .ring_end = ring_end, .ring_count = ring_count};
    if (rings_point_count(&rings) == 0) {
        add_empty(out);
        return;
    }
    struct chains chains = {.points = {.account = out->account}, .ends = {.account = out->account}};
    struct buffer index = {.account = out->account};
    const size_t begun = out->size;
    for (uint32_t ring = 0; ring < ring_count; ring++) {
        const uint32_t begin = ring == 0 ? 0 : ring_end[ring - 1];
        if (ring_end[ring] > begin) {
            chain_run(&chains, points + begin, ring_end[ring] - begin, true);
        }
    }
    out->failed |= chains.points.failed || chains.ends.failed ||
                   ring_index_build(&rings, &index, NULL) != STATUS_OK;
    if (!out->failed) {
        append_chained(out, SHAPE_POLYGON, rings_box(&rings), &chains);
        buffer_append_bytes(out, buffer_bytes(&index));
        end_part(out, begun);
    }
    buffer_free(&chains.points);
    buffer_free(&chains.ends);
    buffer_free(&index);
}

size_t shape_group_begin(struct buffer *out)
{
    const size_t begun = out->size;
    append_header(out, SHAPE_GROUP, 0);
    append_box(out, GEO_BOX_EMPTY);
    return begun;
}

void shape_group_end(struct buffer *out, size_t begun)
{
    end_part(out, begun);
    if (out->failed) {
        return;
    }
    const struct shape group = {.bytes = {.data = out->data + begun, .size = out->size - begun}};
    struct geo_box box = GEO_BOX_EMPTY;
    struct shape_rest rest = shape_parts(group);
    struct shape part;
    while (shape_part_next(&rest, &part)) {
        box = geo_box_union(box, shape_box(part));
    }
    memcpy(out->data + begun + PART_BOX, &box, sizeof(box));
}
