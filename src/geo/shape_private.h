// What the files of shape share: views of the parts, edges near a box, and boxes on the round globe.
#ifndef GEO_SHAPE_PRIVATE_H
#define GEO_SHAPE_PRIVATE_H

#include "geo/ring_index.h"
#include "geo/shape.h"

enum {
    PART_KIND = 0,
    PART_SIZE = 4,
    PART_POINT = 8,
    PART_BOX = 8,
    PART_CENTRE = 24,
    PART_RADIUS = 32,
    PART_PARTS = 24,
    PART_POINT_COUNT = 24,
    PART_CHAIN_COUNT = 28,
    PART_CHAINS = 32,
    SIZE_OF_POINT = 16,
    SIZE_OF_BOX = 24,
    SIZE_OF_CIRCLE = 40,
    CHUNKED_POINTS_MIN = 2 * SHAPE_CHUNK,
};

#define CHAIN_GOES_ON (UINT32_C(1) << 31)

// Chunks of a part of so many points.
static inline uint32_t chunk_count_of(uint32_t point_count)
{
    return point_count < CHUNKED_POINTS_MIN ? 0 : (point_count - 2) / SHAPE_CHUNK + 1;
}

// The edges of a line, a polygon or a box: chains of points on the map, none of which crosses the
// antimeridian.
struct edges {
    struct geo_box box; // of the shape, round the globe
    uint32_t point_count, chain_count, chunk_count;
    const uint8_t *points;       // struct geo_point, any alignment
    const uint8_t *chains;       // uint32_t
    const uint8_t *chunks;       // struct geo_box
    const struct geo_box *spans; // of every `span` chunks, for many searches; NULL: not made
    uint32_t span;
    bool is_area;
    bool has_north; // the area holds the north pole inside a ring around it
};

// Room for the edges of a box or a segment.
struct edges_room {
    struct geo_point points[8];
    uint32_t chains[2];
};

// Of a line or a polygon.
struct edges edges_of_part(struct shape shape);
struct edges edges_of_box(struct geo_box box, struct edges_room *room);
struct edges edges_of_segment(struct geo_point from, struct geo_point to, struct edges_room *room);

static inline struct geo_point edges_point(const struct edges *edges, uint32_t at)
{
    const uint8_t *const point = edges->points + (size_t)at * sizeof(struct geo_point);
    return (struct geo_point){.lng_e7 = ring_index_i32(point), .lat_e7 = ring_index_i32(point + 4)};
}

static inline uint32_t edges_chain(const struct edges *edges, uint32_t at)
{
    return ring_index_u32(edges->chains + (size_t)at * sizeof(uint32_t));
}

static inline struct geo_box part_box_at(const uint8_t *at)
{
    return (struct geo_box){.west_e7 = ring_index_i32(at),
                            .south_e7 = ring_index_i32(at + 4),
                            .east_e7 = ring_index_i32(at + 8),
                            .north_e7 = ring_index_i32(at + 12)};
}

// Room for the boxes of spans. Made once, they let each of many searches pass over most chunks.
enum { EDGE_SPANS_MAX = 256 };
struct edge_spans {
    struct geo_box boxes[EDGE_SPANS_MAX];
};
void edges_span(struct edges *edges, struct edge_spans *room);

// The edges whose boxes meet a window of the map (west <= east), each once.
struct edge_search {
    const struct edges *edges;
    struct geo_box window;
    uint32_t chunk, chunk_end, at, end, chain, chain_end;
};
struct edge_search edge_search(const struct edges *edges, struct geo_box window);
MUST_USE bool edge_next(struct edge_search *search, struct ring_edge *edge);
// All of them.
#define EDGE_WINDOW_ALL                         \
    ((struct geo_box){.west_e7 = -GEO_LNG_MAX,  \
                      .south_e7 = -GEO_LAT_MAX, \
                      .east_e7 = GEO_LNG_MAX,   \
                      .north_e7 = GEO_LAT_MAX})

static inline struct geo_box edge_box(struct ring_edge edge)
{
    const bool is_eastwards = edge.from.lng_e7 <= edge.to.lng_e7;
    const bool is_northwards = edge.from.lat_e7 <= edge.to.lat_e7;
    return (struct geo_box){.west_e7 = is_eastwards ? edge.from.lng_e7 : edge.to.lng_e7,
                            .south_e7 = is_northwards ? edge.from.lat_e7 : edge.to.lat_e7,
                            .east_e7 = is_eastwards ? edge.to.lng_e7 : edge.from.lng_e7,
                            .north_e7 = is_northwards ? edge.to.lat_e7 : edge.from.lat_e7};
}

// The antimeridian is written 180 and -180. What of an edge lies on it, written the other way.
MUST_USE bool edge_mirrored(struct ring_edge edge, struct ring_edge *mirrored);
bool edge_meets(struct ring_edge left, struct ring_edge right);

bool edges_meet(const struct edges *left, const struct edges *right);
bool edges_hold_point(const struct edges *edges, struct geo_point point); // on an edge
// Does every place of `inner` lie in `outer`? Either is a line or an area. (shape_cross.c)
bool edges_contain(const struct edges *outer, const struct edges *inner);

// Boxes on the round globe, where 180 and -180 are one and touching is meeting; 90 degrees of
// latitude is one place.
bool box_meets(struct geo_box left, struct geo_box right);
bool box_holds(struct geo_box outer, struct geo_box inner);
bool box_holds_point(struct geo_box box, struct geo_point point);
// What of a round box lies on the map: one or two windows. A side on the antimeridian that is not also
// the other side counts as both.
int box_windows(struct geo_box box, struct geo_box windows[2]);
static inline bool box_is_point(struct geo_box box)
{
    return box.west_e7 == box.east_e7 && box.south_e7 == box.north_e7;
}
// Are both at the same pole?
static inline bool box_shares_pole(struct geo_box left, struct geo_box right)
{
    return (left.north_e7 == GEO_LAT_MAX && right.north_e7 == GEO_LAT_MAX) ||
           (left.south_e7 == -GEO_LAT_MAX && right.south_e7 == -GEO_LAT_MAX);
}

// The distance from the point to the nearest place of the edges; infinite when it is above the limit.
// (shape_distance.c)
double edges_nearest_m(const struct edges *edges, struct geo_point point, double limit_m);
// Is every place of the edges within the distance of the point?
bool edges_are_within_m(const struct edges *edges, struct geo_point point, double distance_m);
// A polygon's index. False when its bytes are not what they say.
MUST_USE bool shape_polygon_index(struct shape polygon, struct ring_index *index);
// Every kind but circles and groups as edges. (shape_relate.c)
struct edges edges_of_shape(struct shape shape, struct edges_room *room);

#endif
