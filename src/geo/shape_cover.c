// Cells of shapes: lines, and groups as the union of their parts.
#include "geo/cover_private.h"
#include "geo/distance.h"
#include "geo/shape_private.h"

// Does a straight edge meet a window of the map?
static bool edge_meets_window(struct ring_edge edge, struct geo_box window)
{
    const struct geo_point corners[4] = {{.lng_e7 = window.west_e7, .lat_e7 = window.south_e7},
                                         {.lng_e7 = window.east_e7, .lat_e7 = window.south_e7},
                                         {.lng_e7 = window.east_e7, .lat_e7 = window.north_e7},
                                         {.lng_e7 = window.west_e7, .lat_e7 = window.north_e7}};
    bool is_some_left = false;
    bool is_some_right = false;
    for (int i = 0; i < 4; i++) {
        const int side = ring_edge_side(edge.from, edge.to, corners[i]);
        is_some_left |= side >= 0;
        is_some_right |= side <= 0;
    }
    return is_some_left && is_some_right;
}

static bool edges_meet_box(const struct edges *edges, struct geo_box box)
{
    struct geo_box windows[2];
    const int count = box_windows(box, windows);
    for (int i = 0; i < count; i++) {
        struct edge_search search = edge_search(edges, windows[i]);
        struct ring_edge edge;
        while (edge_next(&search, &edge)) {
            if (edge_meets_window(edge, windows[i])) {
                return true;
            }
        }
    }
    return false;
}

static void relate_edges(const struct edges *edges, const struct face_square *square,
                         enum cover_relation relations[4])
{
    for (int quarter = 0; quarter < 4; quarter++) {
        const struct face_square child = cover_quarter(square, quarter >> 1, quarter & 1);
        const struct geo_box box = cover_square_box(&child);
        struct geo_box line;
        const bool is_met = edges_meet_box(edges, box) ||
                            (cover_pole_line(box, &line) && edges_meet_box(edges, line));
        relations[quarter] = is_met ? COVER_EDGE : COVER_OUTSIDE;
    }
}

static void relate_shape(const void *context, const struct face_square *square,
                         enum cover_relation relations[4]);

static void relate_group(struct shape group, const struct face_square *square,
                         enum cover_relation relations[4])
{
    const struct geo_box box = cover_square_box(square);
    struct geo_box line;
    const bool has_pole = cover_pole_line(box, &line);
    struct shape_rest rest = shape_parts(group);
    struct shape part;
    while (shape_part_next(&rest, &part)) {
        if (shape_is_empty(part) ||
            (!box_meets(box, shape_box(part)) && !(has_pole && box_meets(line, shape_box(part))))) {
            continue;
        }
        enum cover_relation of_part[4];
        relate_shape(&part, square, of_part);
        for (int quarter = 0; quarter < 4; quarter++) {
            if (of_part[quarter] > relations[quarter]) {
                relations[quarter] = of_part[quarter];
            }
        }
    }
}

static void relate_shape(const void *context, const struct face_square *square,
                         enum cover_relation relations[4])
{
    const struct shape shape = *(const struct shape *)context;
    const struct geo_box box = shape_box(shape);
    struct ring_index index;
    struct cover_circle circle;
    struct edges_room room;
    struct edges edges;
    for (int quarter = 0; quarter < 4; quarter++) {
        relations[quarter] = COVER_OUTSIDE;
    }
    switch (shape_kind(shape)) {
    case SHAPE_BOX:
        cover_relate_box(&box, square, relations);
        break;
    case SHAPE_POLYGON:
        if (shape_polygon_index(shape, &index)) {
            cover_relate_rings(&index, square, relations);
        }
        break;
    case SHAPE_CIRCLE:
        circle = cover_circle_of(shape_centre(shape), shape_circle_radius_m(shape));
        cover_relate_circle(&circle, square, relations);
        break;
    case SHAPE_POINT:
    case SHAPE_LINE:
        edges = edges_of_shape(shape, &room);
        relate_edges(&edges, square, relations);
        break;
    case SHAPE_GROUP:
        relate_group(shape, square, relations);
        break;
    }
}

size_t shape_cover(struct shape shape, const struct cover_options *options,
                   struct cover_cell *cells)
{
    if (shape_is_empty(shape)) {
        return 0;
    }
    if (shape_kind(shape) == SHAPE_POINT) {
        cells[0] =
            (struct cover_cell){.cell = cell_from_point(shape_centre(shape), options->max_level)};
        return 1;
    }
    if (shape_kind(shape) == SHAPE_CIRCLE) {
        return cover_cap(shape_centre(shape), shape_circle_radius_m(shape), options, cells);
    }
    const struct geo_box box = shape_box(shape);
    const struct geo_point centre = geo_box_centre(box);
    const struct cover_region region = {.relate = relate_shape, .context = &shape};
    const bool has_pole = box.north_e7 == GEO_LAT_MAX || box.south_e7 == -GEO_LAT_MAX;
    const double radius_m =
        has_pole ? DISTANCE_EARTH_RADIUS_M * TRIG_PI : cover_box_radius_m(box, centre);
    return cover_split(&region, centre, radius_m, options, cells);
}
