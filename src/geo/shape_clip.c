// What of a shape lies in a box.
//
// Lines are cut edge by edge (Liang and Barsky, ACM TOG 3, 1984), rings side by side (Sutherland and
// Hodgman, CACM 17, 1974), both unrolled around the globe, so that a box may lie across the
// antimeridian. New corners are rounded to units. Where a ring leaves and comes back, the pieces stay
// joined along the box's side, which has no area.
#include "geo/shape_private.h"

#define TURN_E7 (2 * (int64_t)GEO_LNG_MAX)

enum { CIRCLE_EDGES = 64, SIDES = 4 };

// A place unrolled: longitudes beyond 180 go on counting.
struct place {
    int64_t lng_e7, lat_e7;
};

struct window {
    int64_t west_e7, south_e7, east_e7, north_e7;
};

struct clipping {
    struct window window;
    struct buffer *out;
    struct buffer run[2];    // struct place: a line or ring, and what a side leaves of it
    struct buffer points;    // struct geo_point: what is left
    struct buffer ring_ends; // uint32_t
};

static void append_place(struct buffer *run, int64_t lng_e7, int64_t lat_e7)
{
    const struct place place = {.lng_e7 = lng_e7, .lat_e7 = lat_e7};
    buffer_append(run, &place, sizeof(place));
}

static struct place place_at(const struct buffer *run, size_t at)
{
    struct place place;
    memcpy(&place, run->data + at * sizeof(place), sizeof(place));
    return place;
}

static size_t place_count(const struct buffer *run)
{
    return run->size / sizeof(struct place);
}

static void append_point(struct clipping *clipping, struct place place)
{
    int64_t lng_e7 = place.lng_e7;
    while (lng_e7 > GEO_LNG_MAX) {
        lng_e7 -= TURN_E7;
    }
    while (lng_e7 < -GEO_LNG_MAX) {
        lng_e7 += TURN_E7;
    }
    const struct geo_point point = {.lng_e7 = (int32_t)lng_e7, .lat_e7 = (int32_t)place.lat_e7};
    buffer_append(&clipping->points, &point, sizeof(point));
}

// How far a place is inside of a side: negative outside.
static int64_t depth_of(const struct window *window, int side, struct place place)
{
    return side == 0   ? place.lng_e7 - window->west_e7
           : side == 1 ? window->east_e7 - place.lng_e7
           : side == 2 ? place.lat_e7 - window->south_e7
                       : window->north_e7 - place.lat_e7;
}

static int64_t rounded(__int128 over, int64_t under)
{
    const __int128 half = over < 0 ? -(under / 2) : under / 2;
    return (int64_t)((over + half) / under);
}

// The place at which the way from inside to outside leaves; `in` and `out` are the depths.
static struct place place_cut(struct place from, struct place to, int64_t in, int64_t out)
{
    const int64_t whole = in - out;
    return (struct place){
        .lng_e7 = from.lng_e7 + rounded((__int128)(to.lng_e7 - from.lng_e7) * in, whole),
        .lat_e7 = from.lat_e7 + rounded((__int128)(to.lat_e7 - from.lat_e7) * in, whole)};
}

static void clip_ring_by_side(struct clipping *clipping, int side, const struct buffer *from,
                              struct buffer *to)
{
    const size_t count = place_count(from);
    buffer_clear(to);
    for (size_t i = 0; i < count; i++) {
        const struct place here = place_at(from, i);
        const struct place next = place_at(from, i + 1 < count ? i + 1 : 0);
        const int64_t depth = depth_of(&clipping->window, side, here);
        const int64_t next_depth = depth_of(&clipping->window, side, next);
        if (depth >= 0) {
            append_place(to, here.lng_e7, here.lat_e7);
        }
        if ((depth >= 0) != (next_depth >= 0)) {
            // Always from the inside, so that both directions cut alike.
            const struct place cut = depth >= 0 ? place_cut(here, next, depth, next_depth)
                                                : place_cut(next, here, next_depth, depth);
            append_place(to, cut.lng_e7, cut.lat_e7);
        }
    }
}

// Are there three corners that are not on one line?
static bool has_area(const struct buffer *run)
{
    const size_t count = place_count(run);
    size_t second = 1;
    while (second < count && memcmp(run->data, run->data + second * sizeof(struct place),
                                    sizeof(struct place)) == 0) {
        second++;
    }
    for (size_t i = second + 1; i < count; i++) {
        const struct place first = place_at(run, 0);
        const struct place other = place_at(run, second);
        const struct place third = place_at(run, i);
        if ((__int128)(other.lng_e7 - first.lng_e7) * (third.lat_e7 - first.lat_e7) !=
            (__int128)(other.lat_e7 - first.lat_e7) * (third.lng_e7 - first.lng_e7)) {
            return true;
        }
    }
    return false;
}

static void clip_ring(struct clipping *clipping)
{
    struct buffer kept = {.account = clipping->out->account};
    buffer_append_bytes(&kept, buffer_bytes(&clipping->run[0]));
    for (int side = 0; side < SIDES && !kept.failed; side++) {
        clip_ring_by_side(clipping, side, &kept, &clipping->run[1]);
        buffer_clear(&kept);
        buffer_append_bytes(&kept, buffer_bytes(&clipping->run[1]));
    }
    const size_t count = place_count(&kept);
    if (has_area(&kept)) {
        for (size_t i = 0; i <= count; i++) {
            append_point(clipping, place_at(&kept, i < count ? i : 0));
        }
        buffer_append_u32(&clipping->ring_ends,
                          (uint32_t)(clipping->points.size / sizeof(struct geo_point)));
    }
    clipping->out->failed |= kept.failed || clipping->run[1].failed;
    buffer_free(&kept);
}

static const struct geo_point *points_of(const struct clipping *clipping)
{
    const void *const points = clipping->points.data;
    return points;
}

static void end_line(struct clipping *clipping)
{
    const uint32_t count = (uint32_t)(clipping->points.size / sizeof(struct geo_point));
    if (count > 1 && !clipping->points.failed) {
        shape_add_line(clipping->out, points_of(clipping), count);
    }
    buffer_clear(&clipping->points);
}

static void clip_line(struct clipping *clipping)
{
    const size_t count = place_count(&clipping->run[0]);
    for (size_t i = 0; i + 1 < count; i++) {
        struct place from = place_at(&clipping->run[0], i);
        struct place to = place_at(&clipping->run[0], i + 1);
        bool is_outside = false;
        bool is_cut_short = false;
        for (int side = 0; side < SIDES && !is_outside; side++) {
            const int64_t begin = depth_of(&clipping->window, side, from);
            const int64_t end = depth_of(&clipping->window, side, to);
            is_outside = begin < 0 && end < 0;
            if (begin >= 0 && end < 0) {
                to = place_cut(from, to, begin, end);
                is_cut_short = true;
            } else if (begin < 0 && end >= 0) {
                from = place_cut(to, from, end, begin);
                end_line(clipping);
            }
        }
        if (is_outside) {
            end_line(clipping);
            continue;
        }
        if (clipping->points.size == 0) {
            append_point(clipping, from);
        }
        append_point(clipping, to);
        if (is_cut_short) {
            end_line(clipping);
        }
    }
    end_line(clipping);
}

// A ring once around the globe is closed over the pole it holds.
static void end_run(struct clipping *clipping, bool is_ring, bool has_north)
{
    struct buffer *const run = &clipping->run[0];
    if (place_count(run) == 0 || run->failed) {
        clipping->out->failed |= run->failed;
        return;
    }
    const struct place first = place_at(run, 0);
    const struct place last = place_at(run, place_count(run) - 1);
    const int64_t turned_e7 = last.lng_e7 - first.lng_e7;
    if (is_ring && (turned_e7 >= TURN_E7 || turned_e7 <= -TURN_E7)) {
        const int64_t pole_e7 = has_north ? GEO_LAT_MAX : -GEO_LAT_MAX;
        append_place(run, last.lng_e7, pole_e7);
        append_place(run, first.lng_e7, pole_e7);
    }
    if (is_ring) {
        clip_ring(clipping);
    } else {
        clip_line(clipping);
    }
    buffer_clear(run);
}

// Unrolls every line or ring of the part and clips it by one window.
static void clip_runs(struct clipping *clipping, struct shape shape)
{
    const bool is_ring = shape_kind(shape) == SHAPE_POLYGON;
    const bool has_north = is_ring && shape_box(shape).north_e7 == GEO_LAT_MAX;
    const int32_t west_e7 = shape_box(shape).west_e7;
    struct shape_walk walk = {0};
    struct geo_point point;
    struct geo_point before = {0};
    int64_t lng_e7 = 0;
    bool starts;
    buffer_clear(&clipping->run[0]);
    while (shape_point_next(shape, &walk, &point, &starts)) {
        if (starts) {
            end_run(clipping, is_ring, has_north);
            // From the box's western side on, so that holes stay where their rings are.
            lng_e7 = point.lng_e7 + (point.lng_e7 < west_e7 ? TURN_E7 : 0);
        } else {
            struct ring_edge pieces[2];
            const int64_t apart_e7 = (int64_t)point.lng_e7 - before.lng_e7;
            const bool is_cut = ring_edge_cut(before, point, pieces) == 2;
            lng_e7 += !is_cut ? apart_e7 : apart_e7 < 0 ? apart_e7 + TURN_E7 : apart_e7 - TURN_E7;
        }
        append_place(&clipping->run[0], lng_e7, point.lat_e7);
        before = point;
    }
    end_run(clipping, is_ring, has_north);
}

static void clip_chained(struct shape shape, struct geo_box box, struct buffer *out)
{
    struct clipping clipping = {.out = out,
                                .run = {{.account = out->account}, {.account = out->account}},
                                .points = {.account = out->account},
                                .ring_ends = {.account = out->account}};
    const int64_t east_e7 = box.east_e7 + (geo_box_crosses_antimeridian(box) ? TURN_E7 : 0);
    for (int turn = -1; turn <= 1; turn++) {
        clipping.window = (struct window){.west_e7 = box.west_e7 + turn * TURN_E7,
                                          .south_e7 = box.south_e7,
                                          .east_e7 = east_e7 + turn * TURN_E7,
                                          .north_e7 = box.north_e7};
        buffer_clear(&clipping.points);
        buffer_clear(&clipping.ring_ends);
        clip_runs(&clipping, shape);
        out->failed |= clipping.points.failed || clipping.ring_ends.failed;
        if (clipping.ring_ends.size > 0 && !out->failed) {
            const void *const ends = clipping.ring_ends.data;
            shape_add_polygon(out, points_of(&clipping), ends,
                              (uint32_t)(clipping.ring_ends.size / sizeof(uint32_t)));
        }
    }
    buffer_free(&clipping.run[0]);
    buffer_free(&clipping.run[1]);
    buffer_free(&clipping.points);
    buffer_free(&clipping.ring_ends);
}

// The larger of the western and southern sides, the smaller of the others.
static struct geo_box box_common(struct geo_box left, struct geo_box right)
{
    return (struct geo_box){
        .west_e7 = left.west_e7 > right.west_e7 ? left.west_e7 : right.west_e7,
        .south_e7 = left.south_e7 > right.south_e7 ? left.south_e7 : right.south_e7,
        .east_e7 = left.east_e7 < right.east_e7 ? left.east_e7 : right.east_e7,
        .north_e7 = left.north_e7 < right.north_e7 ? left.north_e7 : right.north_e7};
}

// What two windows of the map share.
static void clip_box(struct geo_box left, struct geo_box right, struct buffer *out)
{
    struct geo_box left_windows[2];
    struct geo_box right_windows[2];
    const int left_count = geo_box_crosses_antimeridian(left) ? box_windows(left, left_windows) : 1;
    const int right_count =
        geo_box_crosses_antimeridian(right) ? box_windows(right, right_windows) : 1;
    if (left_count == 2 && right_count == 2) { // both go across, and so does what they share
        shape_add_box(out, box_common(left, right));
        return;
    }
    for (int i = 0; i < left_count; i++) {
        for (int j = 0; j < right_count; j++) {
            const struct geo_box both = box_common(left_count == 1 ? left : left_windows[i],
                                                   right_count == 1 ? right : right_windows[j]);
            if (both.west_e7 <= both.east_e7 && both.south_e7 <= both.north_e7) {
                shape_add_box(out, both);
            }
        }
    }
}

// Appends the pieces, none to several.
static void clip_part(struct shape shape, struct geo_box box, struct buffer *out)
{
    struct buffer circle = {.account = out->account};
    struct shape_rest rest;
    struct shape part;
    if (shape_is_empty(shape) || !box_meets(shape_box(shape), box)) {
        return;
    }
    switch (shape_kind(shape)) {
    case SHAPE_POINT:
        buffer_append_bytes(out, shape.bytes);
        break;
    case SHAPE_BOX:
        clip_box(shape_box(shape), box, out);
        break;
    case SHAPE_LINE:
    case SHAPE_POLYGON:
        if (box_holds(box, shape_box(shape))) {
            buffer_append_bytes(out, shape.bytes);
        } else {
            clip_chained(shape, box, out);
        }
        break;
    case SHAPE_CIRCLE:
        shape_add_circle_polygon(&circle, shape_centre(shape), shape_circle_radius_m(shape),
                                 CIRCLE_EDGES);
        out->failed |= circle.failed;
        if (!circle.failed) {
            clip_part((struct shape){buffer_bytes(&circle)}, box, out);
        }
        buffer_free(&circle);
        break;
    case SHAPE_GROUP:
        rest = shape_parts(shape);
        while (shape_part_next(&rest, &part)) {
            clip_part(part, box, out);
        }
        break;
    }
}

void shape_clip(struct shape shape, struct geo_box box, struct buffer *out)
{
    struct buffer pieces = {.account = out->account};
    clip_part(shape, box, &pieces);
    out->failed |= pieces.failed;
    if (!pieces.failed) {
        const bool is_one =
            pieces.size != 0 && ring_index_u32(pieces.data + PART_SIZE) == pieces.size;
        const size_t begun = is_one ? 0 : shape_group_begin(out);
        buffer_append_bytes(out, buffer_bytes(&pieces));
        if (!is_one) {
            shape_group_end(out, begun);
        }
    }
    buffer_free(&pieces);
}
