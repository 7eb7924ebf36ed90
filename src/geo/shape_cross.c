// Containment of lines and areas in lines and areas, exactly.
//
// An edge is walked from its beginning to its end. Where it meets an edge of a region, what lies to
// its left and to its right may change; the places are fractions of whole numbers and are put in order
// by comparing products of 128 bits. Between two places the walk knows of each region whether
// the left side, the right side and the edge itself belong to it. One area lies within another when
// on no side of any edge of either there is something of the inner that is not of the outer: each
// face that the edges cut the map into lies beside one of them.
#include "geo/shape_private.h"

enum { EVENTS_MAX = 48 };

typedef unsigned __int128 product;

// A place of the walk: a share of its length, 0 < over < under.
struct share {
    uint64_t over, under;
};

struct event {
    struct share share;
    int32_t covered[2]; // edges along the walk that begin less those that end
    bool turns_left[2], turns_right[2];
};

struct side {
    bool left, right;
    int32_t covered;
};

struct crossing {
    const struct edges *regions[2];
    struct ring_edge walk;
    struct share from; // events up to here are done
    struct event events[EVENTS_MAX];
    int event_count;
    bool has_more;
    struct side sides[2];
};

static int share_order(struct share left, struct share right)
{
    const product a = (product)left.over * right.under;
    const product b = (product)right.over * left.under;
    return (a > b) - (a < b);
}

// (ax, ay) x (bx, by).
static __int128 cross_of(int64_t ax, int64_t ay, int64_t bx, int64_t by)
{
    return (__int128)ax * by - (__int128)ay * bx;
}

static struct event *event_at(struct crossing *crossing, struct share share)
{
    int at = crossing->event_count;
    while (at > 0) {
        const int order = share_order(share, crossing->events[at - 1].share);
        if (order == 0) {
            return &crossing->events[at - 1];
        }
        if (order > 0) {
            break;
        }
        at--;
    }
    if (crossing->event_count == EVENTS_MAX) {
        crossing->has_more = true;
        if (at == EVENTS_MAX) {
            return NULL; // later than all we have room for: the next time round
        }
        crossing->event_count--;
    }
    memmove(&crossing->events[at + 1], &crossing->events[at],
            (size_t)(crossing->event_count - at) * sizeof(struct event));
    crossing->event_count++;
    crossing->events[at] = (struct event){.share = share};
    return &crossing->events[at];
}

static bool is_inside_walk(const struct crossing *crossing, __int128 over, __int128 under)
{
    return over > 0 && over < under &&
           share_order((struct share){(uint64_t)over, (uint64_t)under}, crossing->from) > 0;
}

// An edge along the walk: covers it from one place to another.
static void add_cover(struct crossing *crossing, int region, struct ring_edge edge)
{
    const struct ring_edge walk = crossing->walk;
    const int64_t dx = (int64_t)walk.to.lng_e7 - walk.from.lng_e7;
    const int64_t dy = (int64_t)walk.to.lat_e7 - walk.from.lat_e7;
    const bool is_wide = dx != 0;
    const int64_t length = is_wide ? dx : dy;
    int64_t begin = is_wide ? (int64_t)edge.from.lng_e7 - walk.from.lng_e7
                            : (int64_t)edge.from.lat_e7 - walk.from.lat_e7;
    int64_t end = is_wide ? (int64_t)edge.to.lng_e7 - walk.from.lng_e7
                          : (int64_t)edge.to.lat_e7 - walk.from.lat_e7;
    const int64_t under = length < 0 ? -length : length;
    begin = length < 0 ? -begin : begin;
    end = length < 0 ? -end : end;
    if (begin > end) {
        const int64_t swapped = begin;
        begin = end;
        end = swapped;
    }
    if (begin == end || end <= 0 || begin >= under) {
        return;
    }
    const bool is_first_time = crossing->from.over == 0;
    if (begin <= 0) {
        // Of an area, what begins along an edge has it on one side only.
        crossing->sides[region].covered += is_first_time;
        crossing->sides[region].right ^= is_first_time && crossing->regions[region]->is_area;
    } else if (is_inside_walk(crossing, begin, under)) {
        struct event *const event =
            event_at(crossing, (struct share){(uint64_t)begin, (uint64_t)under});
        if (event != NULL) {
            event->covered[region]++;
        }
    }
    if (end < under && is_inside_walk(crossing, end, under)) {
        struct event *const event =
            event_at(crossing, (struct share){(uint64_t)end, (uint64_t)under});
        if (event != NULL) {
            event->covered[region]--;
        }
    }
}

static void add_edge(struct crossing *crossing, int region, struct ring_edge edge)
{
    const struct ring_edge walk = crossing->walk;
    const int from = ring_edge_side(walk.from, walk.to, edge.from);
    const int to = ring_edge_side(walk.from, walk.to, edge.to);
    if (from == 0 && to == 0) {
        add_cover(crossing, region, edge);
        return;
    }
    const bool turns_left = (from > 0) != (to > 0);
    const bool turns_right = (from < 0) != (to < 0);
    if (!crossing->regions[region]->is_area || (!turns_left && !turns_right)) {
        return;
    }
    const int64_t ex = (int64_t)edge.to.lng_e7 - edge.from.lng_e7;
    const int64_t ey = (int64_t)edge.to.lat_e7 - edge.from.lat_e7;
    __int128 over = cross_of((int64_t)edge.from.lng_e7 - walk.from.lng_e7,
                             (int64_t)edge.from.lat_e7 - walk.from.lat_e7, ex, ey);
    __int128 under = cross_of((int64_t)walk.to.lng_e7 - walk.from.lng_e7,
                              (int64_t)walk.to.lat_e7 - walk.from.lat_e7, ex, ey);
    if (under < 0) {
        over = -over;
        under = -under;
    }
    if (!is_inside_walk(crossing, over, under)) {
        return;
    }
    struct event *const event = event_at(crossing, (struct share){(uint64_t)over, (uint64_t)under});
    if (event != NULL) {
        event->turns_left[region] ^= turns_left;
        event->turns_right[region] ^= turns_right;
    }
}

// Is the place a hair's breadth on from the walk's beginning, and a hair of that to its left, inside?
// Counts the edges above it.
static bool begins_inside(const struct edges *region, struct ring_edge walk)
{
    const struct geo_point begin = walk.from;
    const int64_t dx = (int64_t)walk.to.lng_e7 - begin.lng_e7;
    const int64_t dy = (int64_t)walk.to.lat_e7 - begin.lat_e7;
    const bool is_shifted_east = dx > 0 || (dx == 0 && dy < 0);
    const struct geo_box above = {.west_e7 = begin.lng_e7,
                                  .south_e7 = begin.lat_e7,
                                  .east_e7 = begin.lng_e7,
                                  .north_e7 = GEO_LAT_MAX};
    bool is_inside = region->has_north;
    struct edge_search search = edge_search(region, above);
    struct ring_edge edge;
    while (edge_next(&search, &edge)) {
        const bool is_from_west =
            is_shifted_east ? edge.from.lng_e7 <= begin.lng_e7 : edge.from.lng_e7 < begin.lng_e7;
        const bool is_to_west =
            is_shifted_east ? edge.to.lng_e7 <= begin.lng_e7 : edge.to.lng_e7 < begin.lng_e7;
        if (is_from_west == is_to_west) {
            continue;
        }
        const struct geo_point west = is_from_west ? edge.from : edge.to;
        const struct geo_point east = is_from_west ? edge.to : edge.from;
        int side = ring_edge_side(west, east, begin);
        if (side == 0) { // it begins on the edge: where does it go from there?
            const __int128 turn = cross_of((int64_t)east.lng_e7 - west.lng_e7,
                                           (int64_t)east.lat_e7 - west.lat_e7, dx, dy);
            side = turn > 0 ? 1 : turn < 0 ? -1 : dx > 0 ? 1 : -1;
        }
        is_inside ^= side < 0;
    }
    return is_inside;
}

static void gather(struct crossing *crossing)
{
    crossing->event_count = 0;
    crossing->has_more = false;
    for (int region = 0; region < 2; region++) {
        struct edge_search search =
            edge_search(crossing->regions[region], edge_box(crossing->walk));
        struct ring_edge edge;
        while (edge_next(&search, &edge)) {
            add_edge(crossing, region, edge);
        }
    }
}

static bool side_is_in(struct side side)
{
    return side.covered > 0 || side.left || side.right;
}

// Nothing of the inner may lie beside the outer; when the walk is along the inner, it must itself
// lie in the outer.
static bool sides_hold(const struct crossing *crossing, bool is_inner)
{
    const struct side outer = crossing->sides[0];
    const struct side inner = crossing->sides[1];
    return (!inner.left || outer.left) && (!inner.right || outer.right) &&
           (!is_inner || side_is_in(outer));
}

static bool walk_holds(const struct edges *outer, const struct edges *inner, struct ring_edge walk,
                       bool is_inner)
{
    struct crossing crossing = {.regions = {outer, inner}, .walk = walk, .from = {0, 1}};
    for (int region = 0; region < 2; region++) {
        const struct edges *const edges = crossing.regions[region];
        const bool is_inside = edges->is_area && begins_inside(edges, walk);
        crossing.sides[region] = (struct side){.left = is_inside, .right = is_inside};
    }
    do {
        gather(&crossing);
        for (int i = 0; i < crossing.event_count; i++) {
            if (!sides_hold(&crossing, is_inner)) {
                return false;
            }
            const struct event *const event = &crossing.events[i];
            for (int region = 0; region < 2; region++) {
                struct side *const side = &crossing.sides[region];
                side->left ^= event->turns_left[region];
                side->right ^= event->turns_right[region];
                side->covered += event->covered[region];
            }
            crossing.from = event->share;
        }
    } while (crossing.has_more);
    return sides_hold(&crossing, is_inner);
}

static bool edges_hold_place(const struct edges *edges, struct geo_point point)
{
    if (edges_hold_point(edges, point)) {
        return true;
    }
    const struct ring_edge east = {.from = point,
                                   .to = {.lng_e7 = point.lng_e7 + 1, .lat_e7 = point.lat_e7}};
    return edges->is_area && begins_inside(edges, east);
}

static bool inner_edge_holds(const struct edges *outer, const struct edges *inner,
                             struct ring_edge edge)
{
    if (geo_point_equal(edge.from, edge.to)) {
        struct geo_point place = edge.from;
        place.lng_e7 = place.lng_e7 == GEO_LNG_MAX ? -GEO_LNG_MAX : place.lng_e7;
        return edges_hold_place(outer, place);
    }
    if (walk_holds(outer, inner, edge, true)) {
        return true;
    }
    struct ring_edge mirrored;
    return edge_mirrored(edge, &mirrored) && edge.from.lng_e7 == edge.to.lng_e7 &&
           walk_holds(outer, inner, mirrored, true);
}

bool edges_contain(const struct edges *outer, const struct edges *inner)
{
    struct edge_search search = edge_search(inner, EDGE_WINDOW_ALL);
    struct ring_edge edge;
    while (edge_next(&search, &edge)) {
        if (!inner_edge_holds(outer, inner, edge)) {
            return false;
        }
    }
    if (!inner->is_area || !outer->is_area) {
        return true;
    }
    struct geo_box windows[2];
    const int count = box_windows(inner->box, windows);
    for (int i = 0; i < count; i++) {
        search = edge_search(outer, windows[i]);
        while (edge_next(&search, &edge)) {
            if (!geo_point_equal(edge.from, edge.to) && !walk_holds(outer, inner, edge, false)) {
                return false;
            }
        }
    }
    return true;
}
