// Edges of lines, polygons and boxes: found near a window of the map, and meeting each other.
#include "geo/shape_private.h"

struct edges edges_of_part(struct shape shape)
{
    const uint8_t *const data = shape.bytes.data;
    struct edges edges = {
        .box = part_box_at(data + PART_BOX),
        .point_count = ring_index_u32(data + PART_POINT_COUNT),
        .chain_count = ring_index_u32(data + PART_CHAIN_COUNT),
        .chains = data + PART_CHAINS,
        .is_area = data[PART_KIND] == SHAPE_POLYGON,
    };
    edges.chunk_count = chunk_count_of(edges.point_count);
    edges.chunks = edges.chains + edges.chain_count * sizeof(uint32_t);
    edges.points = edges.chunks + edges.chunk_count * sizeof(struct geo_box);
    if (edges.is_area) {
        const uint8_t *const index = edges.points; // geo/ring_index.h
        edges.has_north = (index[30] & RING_HAS_NORTH) != 0;
        edges.points = index + RING_INDEX_HEADER_SIZE;
    }
    return edges;
}

static struct edges edges_in_room(const struct edges_room *room, uint32_t chain_count)
{
    const void *const points = room->points;
    const void *const chains = room->chains;
    return (struct edges){.point_count = room->chains[chain_count - 1],
                          .chain_count = chain_count,
                          .points = points,
                          .chains = chains};
}

struct edges edges_of_box(struct geo_box box, struct edges_room *room)
{
    const struct geo_point corners[4] = {{.lng_e7 = box.west_e7, .lat_e7 = box.south_e7},
                                         {.lng_e7 = box.east_e7, .lat_e7 = box.south_e7},
                                         {.lng_e7 = box.east_e7, .lat_e7 = box.north_e7},
                                         {.lng_e7 = box.west_e7, .lat_e7 = box.north_e7}};
    uint32_t chain_count = 1;
    if (geo_box_crosses_antimeridian(box)) {
        // Two chains that are open where the antimeridian cuts the box.
        const struct geo_point points[8] = {{.lng_e7 = GEO_LNG_MAX, .lat_e7 = box.north_e7},
                                            corners[3],
                                            corners[0],
                                            {.lng_e7 = GEO_LNG_MAX, .lat_e7 = box.south_e7},
                                            {.lng_e7 = -GEO_LNG_MAX, .lat_e7 = box.south_e7},
                                            corners[1],
                                            corners[2],
                                            {.lng_e7 = -GEO_LNG_MAX, .lat_e7 = box.north_e7}};
        memcpy(room->points, points, sizeof(points));
        room->chains[0] = 4;
        room->chains[1] = 8;
        chain_count = 2;
    } else {
        memcpy(room->points, corners, sizeof(corners));
        room->points[4] = corners[0];
        room->chains[0] = 5;
    }
    struct edges edges = edges_in_room(room, chain_count);
    edges.box = box;
    edges.is_area = true;
    return edges;
}

struct edges edges_of_segment(struct geo_point from, struct geo_point to, struct edges_room *room)
{
    struct ring_edge pieces[2];
    const int count = ring_edge_cut(from, to, pieces);
    struct geo_box box = GEO_BOX_EMPTY;
    for (int i = 0; i < count; i++) {
        room->points[2 * i] = pieces[i].from;
        room->points[2 * i + 1] = pieces[i].to;
        room->chains[i] = 2 * ((uint32_t)i + 1);
        box = geo_box_union(box, edge_box(pieces[i]));
    }
    struct edges edges = edges_in_room(room, (uint32_t)count);
    edges.box = box;
    return edges;
}

static bool windows_meet(struct geo_box left, struct geo_box right)
{
    return left.west_e7 <= right.east_e7 && right.west_e7 <= left.east_e7 &&
           left.south_e7 <= right.north_e7 && right.south_e7 <= left.north_e7;
}

struct edge_search edge_search(const struct edges *edges, struct geo_box window)
{
    return (struct edge_search){.edges = edges,
                                .window = window,
                                .chunk_end = edges->chunk_count == 0 ? 1 : edges->chunk_count};
}

// The chain that a point belongs to.
static uint32_t chain_of(const struct edges *edges, uint32_t point)
{
    uint32_t low = 0;
    uint32_t high = edges->chain_count - 1;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if ((edges_chain(edges, middle) & ~CHAIN_GOES_ON) > point) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

void edges_span(struct edges *edges, struct edge_spans *room)
{
    uint32_t span = SHAPE_CHUNK;
    while (edges->chunk_count > 0 && (edges->chunk_count - 1) / span >= EDGE_SPANS_MAX) {
        span *= 2;
    }
    if (edges->chunk_count < 2 * span) {
        return;
    }
    for (uint32_t chunk = 0; chunk < edges->chunk_count; chunk++) {
        const struct geo_box box = part_box_at(edges->chunks + chunk * sizeof(struct geo_box));
        struct geo_box *const all = &room->boxes[chunk / span];
        if (chunk % span == 0) {
            *all = box;
        }
        all->west_e7 = box.west_e7 < all->west_e7 ? box.west_e7 : all->west_e7;
        all->east_e7 = box.east_e7 > all->east_e7 ? box.east_e7 : all->east_e7;
        all->south_e7 = box.south_e7 < all->south_e7 ? box.south_e7 : all->south_e7;
        all->north_e7 = box.north_e7 > all->north_e7 ? box.north_e7 : all->north_e7;
    }
    edges->spans = room->boxes;
    edges->span = span;
}

// Goes to the next chunk that meets the window.
static bool next_chunk(struct edge_search *search)
{
    const struct edges *const edges = search->edges;
    while (search->chunk < search->chunk_end) {
        if (edges->spans != NULL && search->chunk % edges->span == 0 &&
            !windows_meet(edges->spans[search->chunk / edges->span], search->window)) {
            search->chunk += edges->span;
            continue;
        }
        const uint32_t chunk = search->chunk++;
        if (edges->chunk_count != 0 &&
            !windows_meet(part_box_at(edges->chunks + chunk * sizeof(struct geo_box)),
                          search->window)) {
            continue;
        }
        const uint32_t last = edges->point_count - 1; // no edge leaves it
        search->at = chunk * SHAPE_CHUNK;
        search->end = edges->chunk_count == 0 || last - search->at < SHAPE_CHUNK
                          ? last
                          : search->at + SHAPE_CHUNK;
        search->chain = chain_of(edges, search->at);
        search->chain_end = edges_chain(edges, search->chain) & ~CHAIN_GOES_ON;
        return true;
    }
    return false;
}

bool edge_next(struct edge_search *search, struct ring_edge *edge)
{
    const struct edges *const edges = search->edges;
    for (;;) {
        if (search->at >= search->end && !next_chunk(search)) {
            return false;
        }
        if (search->at >= search->end) {
            continue;
        }
        const uint32_t at = search->at++;
        if (at + 1 == search->chain_end) {
            search->chain++;
            search->chain_end = edges_chain(edges, search->chain) & ~CHAIN_GOES_ON;
            continue;
        }
        *edge =
            (struct ring_edge){.from = edges_point(edges, at), .to = edges_point(edges, at + 1)};
        if (windows_meet(edge_box(*edge), search->window)) {
            return true;
        }
    }
}

bool edge_mirrored(struct ring_edge edge, struct ring_edge *mirrored)
{
    const bool has_from = edge.from.lng_e7 == GEO_LNG_MAX || edge.from.lng_e7 == -GEO_LNG_MAX;
    const bool has_to = edge.to.lng_e7 == GEO_LNG_MAX || edge.to.lng_e7 == -GEO_LNG_MAX;
    if (!has_from && !has_to) {
        return false;
    }
    *mirrored = (struct ring_edge){.from = has_from ? edge.from : edge.to,
                                   .to = has_to && edge.to.lng_e7 == edge.from.lng_e7 ? edge.to
                                         : has_from                                   ? edge.from
                                                                                      : edge.to};
    mirrored->from.lng_e7 = -mirrored->from.lng_e7;
    mirrored->to.lng_e7 = -mirrored->to.lng_e7;
    return true;
}

bool edge_meets(struct ring_edge left, struct ring_edge right)
{
    if (!windows_meet(edge_box(left), edge_box(right))) {
        return false;
    }
    const int from = ring_edge_side(left.from, left.to, right.from);
    const int to = ring_edge_side(left.from, left.to, right.to);
    if (from * to > 0) {
        return false;
    }
    const int begin = ring_edge_side(right.from, right.to, left.from);
    const int end = ring_edge_side(right.from, right.to, left.to);
    return begin * end <= 0;
}

static bool edge_meets_any(const struct edges *edges, struct ring_edge edge)
{
    struct edge_search search = edge_search(edges, edge_box(edge));
    struct ring_edge other;
    while (edge_next(&search, &other)) {
        if (edge_meets(edge, other)) {
            return true;
        }
    }
    return false;
}

bool edges_meet(const struct edges *left, const struct edges *right)
{
    const bool is_left_small = left->point_count < right->point_count;
    const struct edges *const few = is_left_small ? left : right;
    const struct edges *const many = is_left_small ? right : left;
    struct geo_box windows[2];
    const int count = box_windows(many->box, windows);
    for (int i = 0; i < count; i++) {
        struct edge_search search = edge_search(few, windows[i]);
        struct ring_edge edge;
        while (edge_next(&search, &edge)) {
            struct ring_edge mirrored;
            if (edge_meets_any(many, edge) ||
                (edge_mirrored(edge, &mirrored) && edge_meets_any(many, mirrored))) {
                return true;
            }
        }
    }
    return false;
}

bool edges_hold_point(const struct edges *edges, struct geo_point point)
{
    const struct ring_edge edge = {.from = point, .to = point};
    struct ring_edge mirrored;
    return edge_meets_any(edges, edge) ||
           (edge_mirrored(edge, &mirrored) && edge_meets_any(edges, mirrored));
}
