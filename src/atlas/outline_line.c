// The lines of a street, joined from the pieces of the line index.
#include <stdlib.h>

#include "atlas/outline.h"

struct piece_end {
    struct geo_point point;
    uint32_t piece;
};

struct joining {
    struct lines_item *pieces;
    uint8_t *is_used;
    struct piece_end *ends; // two of each piece, by point
    uint32_t piece_count, piece_capacity;
    struct geo_point *points; // what comes out
    uint32_t *line_end;
    uint32_t point_count, line_count;
};

static void piece_count(void *context, const struct lines_item *item)
{
    uint32_t *const count = context;
    *count += geo_point_equal(item->from, item->to) ? 0 : 1;
}

static void piece_take(void *context, const struct lines_item *item)
{
    struct joining *const joining = context;
    if (joining->piece_count < joining->piece_capacity && !geo_point_equal(item->from, item->to)) {
        joining->pieces[joining->piece_count++] = *item;
    }
}

static int point_order(struct geo_point a, struct geo_point b)
{
    if (a.lng_e7 != b.lng_e7) {
        return a.lng_e7 < b.lng_e7 ? -1 : 1;
    }
    return (a.lat_e7 > b.lat_e7) - (a.lat_e7 < b.lat_e7);
}

static int by_point(const void *left, const void *right)
{
    const struct piece_end *const a = left;
    const struct piece_end *const b = right;
    const int order = point_order(a->point, b->point);
    return order != 0 ? order : (a->piece > b->piece) - (a->piece < b->piece);
}

// The ends at a point: the first, and how many.
static uint32_t ends_at(const struct joining *joining, struct geo_point point, uint32_t *first)
{
    const uint32_t all = 2 * joining->piece_count;
    uint32_t low = 0;
    for (uint32_t high = all; low < high;) {
        const uint32_t middle = low + (high - low) / 2;
        if (point_order(joining->ends[middle].point, point) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    uint32_t count = 0;
    while (low + count < all && geo_point_equal(joining->ends[low + count].point, point)) {
        count++;
    }
    *first = low;
    return count;
}

// A line from a point along a piece, through every place where just two pieces meet.
static void line_follow(struct joining *joining, struct geo_point from, uint32_t piece)
{
    joining->points[joining->point_count++] = from;
    for (uint32_t next = piece; next != UINT32_MAX;) {
        const struct lines_item *const item = &joining->pieces[next];
        joining->is_used[next] = 1;
        from = geo_point_equal(item->from, from) ? item->to : item->from;
        joining->points[joining->point_count++] = from;
        uint32_t first = 0;
        const uint32_t count = ends_at(joining, from, &first);
        next = UINT32_MAX;
        for (uint32_t i = first; count == 2 && i < first + 2; i++) {
            next = joining->is_used[joining->ends[i].piece] == 0 ? joining->ends[i].piece : next;
        }
    }
    joining->line_end[joining->line_count++] = joining->point_count;
}

static void lines_join(struct joining *joining)
{
    for (uint32_t i = 0; i < joining->piece_count; i++) {
        joining->ends[2 * i] = (struct piece_end){joining->pieces[i].from, i};
        joining->ends[2 * i + 1] = (struct piece_end){joining->pieces[i].to, i};
    }
    qsort(joining->ends, 2 * (size_t)joining->piece_count, sizeof(*joining->ends), by_point);
    // From where lines end or branch; what is left then goes round.
    for (unsigned turn = 0; turn < 2; turn++) {
        for (uint32_t i = 0; i < 2 * joining->piece_count; i++) {
            const struct piece_end *const end = &joining->ends[i];
            uint32_t first = 0;
            if (joining->is_used[end->piece] == 0 &&
                (turn == 1 || ends_at(joining, end->point, &first) != 2)) {
                line_follow(joining, end->point, end->piece);
            }
        }
    }
}

bool atlas_line(const struct atlas *atlas, uint32_t doc, struct arena *arena,
                struct geo_rings *lines)
{
    const uint32_t *const layer_first = atlas->header->layer_first;
    if (doc < layer_first[LAYER_STREET] || doc >= layer_first[LAYER_STREET + 1] ||
        atlas->docs[doc].box == 0) {
        return false;
    }
    const struct geo_box box = atlas->boxes[atlas->docs[doc].box - 1];
    const uint32_t street = doc - layer_first[LAYER_STREET];
    uint32_t count = 0;
    lines_within(&atlas->lines, box, street, piece_count, &count);
    if (count == 0) {
        return false;
    }
    struct joining joining = {
        .pieces = ARENA_NEW(arena, struct lines_item, count),
        .is_used = ARENA_NEW(arena, uint8_t, count),
        .ends = ARENA_NEW(arena, struct piece_end, 2 * (size_t)count),
        .points = ARENA_NEW(arena, struct geo_point, 2 * (size_t)count),
        .line_end = ARENA_NEW(arena, uint32_t, count),
        .piece_capacity = count,
    };
    if (joining.pieces == NULL || joining.is_used == NULL || joining.ends == NULL ||
        joining.points == NULL || joining.line_end == NULL) {
        return false;
    }
    lines_within(&atlas->lines, box, street, piece_take, &joining);
    lines_join(&joining);
    *lines = (struct geo_rings){
        .points = joining.points, .ring_end = joining.line_end, .ring_count = joining.line_count};
    return true;
}
