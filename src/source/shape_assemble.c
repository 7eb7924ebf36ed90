// Rings out of loose segments. Every segment that is there an odd number of times joins two places;
// the graph of places is walked along unused segments, and whenever the walk comes back to a place it
// is on, the loop since then is cut out as a ring. A place where the walk cannot go on is dropped
// from its end: that segment belongs to no ring. Each segment is used once: the walk is linear.
#include <stdlib.h>
#include <string.h>

#include "source/shape.h"

struct segment {
    struct geo_point ends[2]; // the lesser first
    uint32_t places[2];
    bool is_inner;
    bool is_used;
};

// One end of a segment, sorted by place: what leaves from where.
struct leaving {
    struct geo_point point;
    uint32_t segment;
};

struct place {
    struct geo_point point;
    uint32_t first, end;    // its leavings; `first` moves past the used ones
    uint32_t path_position; // 0: not on the path
};

struct step {
    uint32_t place;
    uint32_t segment; // that led here; of no meaning for the first
};

struct assembly {
    struct segment *segments;
    uint32_t segment_count;
    struct leaving *leavings;
    struct place *places;
    uint32_t place_count;
    struct step *path;
    uint32_t path_count;
    struct geo_point *points;
    uint32_t point_count;
    uint32_t *ring_end;
    bool *is_inner; // of each ring: made of inner ways alone
    uint32_t ring_count;
    uint32_t dropped_count;
};

static int point_compare(struct geo_point left, struct geo_point right)
{
    if (left.lng_e7 != right.lng_e7) {
        return left.lng_e7 < right.lng_e7 ? -1 : 1;
    }
    return (left.lat_e7 > right.lat_e7) - (left.lat_e7 < right.lat_e7);
}

static int by_ends(const void *left, const void *right)
{
    const struct segment *const a = left;
    const struct segment *const b = right;
    const int order = point_compare(a->ends[0], b->ends[0]);
    return order != 0 ? order : point_compare(a->ends[1], b->ends[1]);
}

// The order of equal segments, one of which is kept, must not be left to the sort.
static int by_ends_and_role(const void *left, const void *right)
{
    const struct segment *const a = left;
    const struct segment *const b = right;
    const int order = by_ends(left, right);
    return order != 0 ? order : (int)a->is_inner - (int)b->is_inner;
}

static int by_place(const void *left, const void *right)
{
    const struct leaving *const a = left;
    const struct leaving *const b = right;
    const int order = point_compare(a->point, b->point);
    return order != 0 ? order : (a->segment > b->segment) - (a->segment < b->segment);
}

static void segments_gather(struct assembly *work, const struct shape_way *ways, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 1; j < ways[i].point_count; j++) {
            const struct geo_point from = ways[i].points[j - 1];
            const struct geo_point to = ways[i].points[j];
            const int order = point_compare(from, to);
            if (order != 0) {
                work->segments[work->segment_count++] =
                    (struct segment){.ends = {order < 0 ? from : to, order < 0 ? to : from},
                                     .is_inner = ways[i].role == SHAPE_INNER};
            }
        }
    }
}

// Of equal segments an odd one is kept: what two ways share is inside the area, not its border.
static void segments_cancel(struct assembly *work)
{
    qsort(work->segments, work->segment_count, sizeof(*work->segments), by_ends_and_role);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < work->segment_count;) {
        uint32_t end = i + 1;
        while (end < work->segment_count &&
               by_ends(&work->segments[i], &work->segments[end]) == 0) {
            end++;
        }
        if ((end - i) % 2 == 1) {
            work->segments[kept++] = work->segments[i];
        }
        i = end;
    }
    work->segment_count = kept;
}

static void places_make(struct assembly *work)
{
    const uint32_t count = 2 * work->segment_count;
    for (uint32_t i = 0; i < count; i++) {
        work->leavings[i] =
            (struct leaving){.point = work->segments[i / 2].ends[i % 2], .segment = i / 2};
    }
    qsort(work->leavings, count, sizeof(*work->leavings), by_place);
    for (uint32_t i = 0; i < count; i++) {
        const struct geo_point point = work->leavings[i].point;
        if (i == 0 || !geo_point_equal(point, work->leavings[i - 1].point)) {
            work->places[work->place_count++] =
                (struct place){.point = point, .first = i, .end = i};
        }
        struct segment *const segment = &work->segments[work->leavings[i].segment];
        const unsigned side = geo_point_equal(point, segment->ends[0]) ? 0 : 1;
        segment->places[side] = work->place_count - 1;
        work->places[work->place_count - 1].end = i + 1;
    }
}

static void path_push(struct assembly *work, uint32_t place, uint32_t segment)
{
    work->path[work->path_count++] = (struct step){.place = place, .segment = segment};
    work->places[place].path_position = work->path_count;
}

static void path_pop(struct assembly *work)
{
    const struct step last = work->path[--work->path_count];
    work->places[last.place].path_position = 0;
}

// Cuts the loop that begins at the path's `position` (counted from 1) and is closed by `closing`.
static void ring_cut(struct assembly *work, uint32_t position, uint32_t closing)
{
    bool is_inner = work->segments[closing].is_inner;
    for (uint32_t i = position - 1; i < work->path_count; i++) {
        work->points[work->point_count++] = work->places[work->path[i].place].point;
        if (i >= position) {
            is_inner = is_inner && work->segments[work->path[i].segment].is_inner;
        }
    }
    work->is_inner[work->ring_count] = is_inner;
    work->ring_end[work->ring_count++] = work->point_count;
    while (work->path_count > position) {
        path_pop(work);
    }
}

// An unused segment that leaves the place, or UINT32_MAX.
static uint32_t leaving_take(struct assembly *work, struct place *place)
{
    while (place->first < place->end) {
        const uint32_t segment = work->leavings[place->first++].segment;
        if (!work->segments[segment].is_used) {
            work->segments[segment].is_used = true;
            return segment;
        }
    }
    return UINT32_MAX;
}

static void walk_from(struct assembly *work, uint32_t start)
{
    path_push(work, start, UINT32_MAX);
    while (work->path_count > 0) {
        const uint32_t here = work->path[work->path_count - 1].place;
        const uint32_t taken = leaving_take(work, &work->places[here]);
        if (taken == UINT32_MAX) {
            work->dropped_count += work->path_count > 1;
            path_pop(work);
            continue;
        }
        const struct segment *const segment = &work->segments[taken];
        const uint32_t next = segment->places[segment->places[0] == here ? 1 : 0];
        if (work->places[next].path_position != 0) {
            ring_cut(work, work->places[next].path_position, taken);
        } else {
            path_push(work, next, taken);
        }
    }
}

static struct geo_rings ring_alone(const struct assembly *work, uint32_t ring, uint32_t *end)
{
    const uint32_t begin = ring == 0 ? 0 : work->ring_end[ring - 1];
    *end = work->ring_end[ring] - begin;
    return (struct geo_rings){.points = work->points + begin, .ring_end = end, .ring_count = 1};
}

// Is the ring a hole that no outer ring holds?
static bool is_orphan(const struct assembly *work, uint32_t ring)
{
    const struct geo_point point = work->points[ring == 0 ? 0 : work->ring_end[ring - 1]];
    bool is_held = !work->is_inner[ring];
    for (uint32_t i = 0; i < work->ring_count && !is_held; i++) {
        uint32_t end;
        const struct geo_rings other = ring_alone(work, i, &end);
        is_held = !work->is_inner[i] && rings_contain(&other, point);
    }
    return !is_held;
}

// A hole whose outer ring was lost would turn into an area: it is left out.
static void orphans_drop(struct assembly *work, bool *is_dropped)
{
    for (uint32_t i = 0; i < work->ring_count; i++) {
        is_dropped[i] = is_orphan(work, i);
    }
    uint32_t begin = 0;
    uint32_t kept_points = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < work->ring_count; i++) {
        const uint32_t end = work->ring_end[i]; // before a kept ring may write there
        const uint32_t size = end - begin;
        if (!is_dropped[i]) {
            memmove(work->points + kept_points, work->points + begin, size * sizeof(*work->points));
            kept_points += size;
            work->ring_end[kept++] = kept_points;
        }
        begin = end;
    }
    work->ring_count = kept;
}

static bool assembly_allocate(struct assembly *work, size_t segments, struct pool *pool)
{
    work->segments = pool_take(pool, segments, sizeof(*work->segments));
    work->leavings = pool_take(pool, 2 * segments, sizeof(*work->leavings));
    work->places = pool_take(pool, 2 * segments, sizeof(*work->places));
    work->path = pool_take(pool, segments + 1, sizeof(*work->path));
    work->points = pool_take(pool, segments, sizeof(*work->points));
    work->ring_end = pool_take(pool, segments / 3 + 1, sizeof(*work->ring_end));
    work->is_inner = pool_take(pool, segments / 3 + 1, sizeof(*work->is_inner));
    return work->segments != NULL && work->leavings != NULL && work->places != NULL &&
           work->path != NULL && work->points != NULL && work->ring_end != NULL &&
           work->is_inner != NULL;
}

bool shape_assemble(const struct shape_way *ways, size_t count, struct pool *pool,
                    struct geo_rings *rings, bool *is_whole)
{
    size_t segments = 0;
    for (size_t i = 0; i < count; i++) {
        segments += ways[i].point_count;
    }
    struct assembly work = {0};
    if (segments > UINT32_MAX / 2 || !assembly_allocate(&work, segments, pool)) {
        return false;
    }
    segments_gather(&work, ways, count);
    segments_cancel(&work);
    places_make(&work);
    for (uint32_t i = 0; i < work.place_count; i++) {
        walk_from(&work, i);
    }
    *is_whole = work.dropped_count == 0;
    if (work.dropped_count != 0) {
        bool *const is_dropped = pool_take(pool, work.ring_count, sizeof(*is_dropped));
        if (is_dropped == NULL) {
            return false;
        }
        orphans_drop(&work, is_dropped);
    }
    *rings = (struct geo_rings){
        .points = work.points, .ring_end = work.ring_end, .ring_count = work.ring_count};
    return true;
}
