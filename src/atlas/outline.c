#include "atlas/outline.h"

#include <stdlib.h>

#include "geo/ring_index.h"

static bool jumps(struct geo_point from, struct geo_point to)
{
    const int64_t turn = (int64_t)to.lng_e7 - from.lng_e7;
    return turn > GEO_LNG_MAX || turn < -(int64_t)GEO_LNG_MAX;
}

// One past the last point of the closed ring that begins at `first`.
static uint32_t ring_end_of(const struct geo_point *points, uint32_t first, uint32_t count)
{
    uint32_t end = first + 1;
    while (end < count && !geo_point_equal(points[end], points[first])) {
        end++;
    }
    return end < count ? end + 1 : count;
}

static uint32_t rings_count(const struct geo_point *points, uint32_t count)
{
    uint32_t rings = 0;
    for (uint32_t at = 0; at < count; at = ring_end_of(points, at, count)) {
        rings++;
    }
    return rings;
}

// Points of a ring between two jumps over the antimeridian; both ends lie on it.
struct chain {
    uint32_t first, count; // in the points of the outline, which go round within their ring
    uint32_t ring_first, ring_count;
    bool is_used;
};

struct chain_end {
    int32_t lng_e7, lat_e7;
    uint32_t chain;
    bool is_last;
};

struct cutting {
    const struct geo_rings *rings;
    struct chain *chains;
    struct chain_end *ends; // along the antimeridian: an even one and the next belong together
    uint32_t chain_count, chain_capacity;
    struct geo_point *points; // what comes out
    uint32_t *ring_end;
    uint32_t point_count, ring_count, point_capacity;
};

static struct geo_point chain_point(const struct cutting *cutting, const struct chain *chain,
                                    uint32_t at)
{
    // The last point of a ring is its first again.
    const uint32_t ring_at = (chain->first - chain->ring_first + at) % (chain->ring_count - 1);
    return cutting->rings->points[chain->ring_first + ring_at];
}

static int by_place(const void *left, const void *right)
{
    const struct chain_end *const a = left;
    const struct chain_end *const b = right;
    if (a->lng_e7 != b->lng_e7) {
        return a->lng_e7 < b->lng_e7 ? -1 : 1;
    }
    if (a->lat_e7 != b->lat_e7) {
        return a->lat_e7 < b->lat_e7 ? -1 : 1;
    }
    return (a->chain > b->chain) - (a->chain < b->chain);
}

// The chains of one ring; a ring without a jump goes out as it is.
static void ring_part(struct cutting *cutting, uint32_t first, uint32_t count)
{
    const struct geo_point *const points = cutting->rings->points + first;
    uint32_t last_jump = UINT32_MAX; // the jump goes from this point to the next
    uint32_t first_jump = UINT32_MAX;
    for (uint32_t i = 0; i + 1 < count; i++) {
        if (jumps(points[i], points[i + 1])) {
            if (last_jump != UINT32_MAX) {
                cutting->chains[cutting->chain_count++] =
                    (struct chain){.first = first + last_jump + 1,
                                   .count = i - last_jump,
                                   .ring_first = first,
                                   .ring_count = count};
            }
            first_jump = first_jump == UINT32_MAX ? i : first_jump;
            last_jump = i;
        }
    }
    if (last_jump == UINT32_MAX) {
        memcpy(cutting->points + cutting->point_count, points, count * sizeof(*points));
        cutting->point_count += count;
        cutting->ring_end[cutting->ring_count++] = cutting->point_count;
        return;
    }
    cutting->chains[cutting->chain_count++] =
        (struct chain){.first = first + last_jump + 1,
                       .count = count - 1 - last_jump - 1 + first_jump + 1,
                       .ring_first = first,
                       .ring_count = count};
}

static void ends_sort(struct cutting *cutting)
{
    for (uint32_t i = 0; i < cutting->chain_count; i++) {
        const struct chain *const chain = &cutting->chains[i];
        for (uint32_t k = 0; k < 2; k++) {
            const struct geo_point point =
                chain_point(cutting, chain, k == 0 ? 0 : chain->count - 1);
            cutting->ends[2 * i + k] = (struct chain_end){
                .lng_e7 = point.lng_e7, .lat_e7 = point.lat_e7, .chain = i, .is_last = k == 1};
        }
    }
    qsort(cutting->ends, 2 * (size_t)cutting->chain_count, sizeof(*cutting->ends), by_place);
}

static uint32_t end_index(const struct cutting *cutting, uint32_t chain, bool is_last)
{
    uint32_t i = 0;
    while (cutting->ends[i].chain != chain || cutting->ends[i].is_last != is_last) {
        i++;
    }
    return i;
}

// Chains joined along the antimeridian: inside lies between every two neighbouring ends on it.
static void chains_join(struct cutting *cutting, uint32_t from)
{
    const uint32_t ring_first = cutting->point_count;
    uint32_t at = from;
    bool is_forward = true;
    do {
        struct chain *const chain = &cutting->chains[at];
        chain->is_used = true;
        for (uint32_t i = 0; i < chain->count; i++) {
            const uint32_t point = is_forward ? i : chain->count - 1 - i;
            cutting->points[cutting->point_count++] = chain_point(cutting, chain, point);
        }
        const struct chain_end *const next = &cutting->ends[end_index(cutting, at, is_forward) ^ 1];
        at = next->chain;
        is_forward = !next->is_last;
    } while (!cutting->chains[at].is_used);
    cutting->points[cutting->point_count++] = cutting->points[ring_first];
    cutting->ring_end[cutting->ring_count++] = cutting->point_count;
}

// How often the rings go over the antimeridian; UINT32_MAX when one goes round a pole.
static uint32_t jumps_count(const struct geo_rings *rings)
{
    uint32_t total = 0;
    for (uint32_t ring = 0, at = 0; ring < rings->ring_count; at = rings->ring_end[ring++]) {
        uint32_t own = 0;
        for (uint32_t i = at; i + 1 < rings->ring_end[ring]; i++) {
            own += jumps(rings->points[i], rings->points[i + 1]) ? 1 : 0;
        }
        if (own % 2 != 0) {
            return UINT32_MAX;
        }
        total += own;
    }
    return total;
}

// The same area with rings that do not cross the antimeridian. Around a pole it stays as it is.
static bool outline_cut(struct geo_rings *rings, struct arena *arena)
{
    const uint32_t jump_count = jumps_count(rings);
    if (jump_count == 0 || jump_count == UINT32_MAX) {
        return true;
    }
    const uint32_t point_count = rings_point_count(rings);
    struct cutting cutting = {
        .rings = rings,
        .chains = ARENA_NEW(arena, struct chain, jump_count),
        .ends = ARENA_NEW(arena, struct chain_end, 2 * (size_t)jump_count),
        .points = ARENA_NEW(arena, struct geo_point, point_count + jump_count),
        .ring_end = ARENA_NEW(arena, uint32_t, rings->ring_count + jump_count),
    };
    if (cutting.chains == NULL || cutting.ends == NULL || cutting.points == NULL ||
        cutting.ring_end == NULL) {
        return false;
    }
    for (uint32_t ring = 0, at = 0; ring < rings->ring_count; at = rings->ring_end[ring++]) {
        ring_part(&cutting, at, rings->ring_end[ring] - at);
    }
    ends_sort(&cutting);
    for (uint32_t i = 0; i < cutting.chain_count; i++) {
        if (!cutting.chains[i].is_used) {
            chains_join(&cutting, i);
        }
    }
    *rings = (struct geo_rings){
        .points = cutting.points, .ring_end = cutting.ring_end, .ring_count = cutting.ring_count};
    return true;
}

// Of one area the points stay where they are; of several they are put together.
static bool areas_points(const struct atlas *atlas, uint32_t first, size_t count,
                         struct arena *arena, const struct geo_point **points, uint32_t *total)
{
    struct ring_index shape;
    *total = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!areas_shape(&atlas->areas, first + i, &shape)) {
            return false;
        }
        *total += shape.point_count;
    }
    if (count == 1) {
        const void *const borrowed = shape.points; // 8-aligned in the section
        *points = borrowed;
        return true;
    }
    struct geo_point *const copy = ARENA_NEW(arena, struct geo_point, *total);
    if (copy == NULL) {
        return false;
    }
    uint32_t used = 0;
    for (uint32_t i = 0; i < count && areas_shape(&atlas->areas, first + i, &shape); i++) {
        const uint32_t room = *total - used;
        const uint32_t own = shape.point_count < room ? shape.point_count : room;
        memcpy(copy + used, shape.points, own * sizeof(*copy));
        used += own;
    }
    *total = used;
    *points = copy;
    return true;
}

bool atlas_outline(const struct atlas *atlas, uint32_t doc, struct arena *arena,
                   struct geo_rings *rings)
{
    uint32_t first = 0;
    const size_t count =
        (atlas->header->flags & ATLAS_AREAS_ASCEND) == 0 ? 0 : areas_of(&atlas->areas, doc, &first);
    const struct geo_point *points = NULL;
    uint32_t point_count = 0;
    if (count == 0 || !areas_points(atlas, first, count, arena, &points, &point_count)) {
        return false;
    }
    const uint32_t ring_count = rings_count(points, point_count);
    uint32_t *const ring_end = ARENA_NEW(arena, uint32_t, ring_count);
    if (ring_end == NULL || ring_count == 0) {
        return false;
    }
    for (uint32_t ring = 0, at = 0; ring < ring_count; ring++) {
        at = ring_end_of(points, at, point_count);
        ring_end[ring] = at;
    }
    struct geo_rings found = {.points = points, .ring_end = ring_end, .ring_count = ring_count};
    if (!outline_cut(&found, arena)) {
        return false;
    }
    *rings = found;
    return true;
}
