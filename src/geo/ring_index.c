#include "geo/ring_index.h"

#include <math.h>

_Static_assert(sizeof(struct geo_point) == 8 && sizeof(struct geo_box) == 16, "formats");

static uint64_t index_size(const struct ring_index *index)
{
    const uint64_t cells = (uint64_t)index->columns * index->rows + 1;
    return RING_INDEX_HEADER_SIZE + index->point_count * (uint64_t)sizeof(struct geo_point) +
           index->run_count * (uint64_t)sizeof(struct ring_run) + (cells + 1) / 2 * 8;
}

bool ring_index_open(struct bytes bytes, struct ring_index *index)
{
    *index = (struct ring_index){0};
    if (bytes.size < RING_INDEX_HEADER_SIZE) {
        return false;
    }
    struct ring_index opened = {
        .column_shift = bytes.data[28] & 31,
        .row_shift = bytes.data[29] & 31,
        .poles = bytes.data[30],
    };
    memcpy(&opened.box, bytes.data, sizeof(opened.box));
    memcpy(&opened.point_count, bytes.data + 16, sizeof(opened.point_count));
    memcpy(&opened.run_count, bytes.data + 20, sizeof(opened.run_count));
    memcpy(&opened.columns, bytes.data + 24, sizeof(opened.columns));
    memcpy(&opened.rows, bytes.data + 26, sizeof(opened.rows));
    if (index_size(&opened) != bytes.size) {
        return false;
    }
    opened.points = bytes.data + RING_INDEX_HEADER_SIZE;
    opened.runs = opened.points + opened.point_count * sizeof(struct geo_point);
    opened.cells = opened.runs + opened.run_count * sizeof(struct ring_run);
    *index = opened;
    return true;
}

static enum status verify_header(const struct ring_index *index, struct fault *fault)
{
    const struct geo_box box = index->box;
    const int64_t width_e7 = (int64_t)box.east_e7 - box.west_e7;
    const int64_t height_e7 = (int64_t)box.north_e7 - box.south_e7;
    const bool is_empty = index->columns == 0 && index->rows == 0;
    if (is_empty) {
        return index->run_count == 0
                   ? STATUS_OK
                   : fault_set(fault, STATUS_CORRUPT, "a shape without a grid has edges");
    }
    if (width_e7 < 0 || height_e7 < 0 || box.west_e7 < -GEO_LNG_MAX || box.east_e7 > GEO_LNG_MAX ||
        box.south_e7 < -GEO_LAT_MAX || box.north_e7 > GEO_LAT_MAX) {
        return fault_set(fault, STATUS_CORRUPT, "the box of a shape is off the globe");
    }
    if (width_e7 >> index->column_shift != index->columns - 1 ||
        height_e7 >> index->row_shift != index->rows - 1) {
        return fault_set(fault, STATUS_CORRUPT, "the grid of a shape does not fit its box");
    }
    return STATUS_OK;
}

enum status ring_index_verify(struct bytes bytes, struct fault *fault)
{
    struct ring_index index;
    if (!ring_index_open(bytes, &index)) {
        return fault_set(fault, STATUS_CORRUPT, "a shape cannot have %zu bytes", bytes.size);
    }
    TRY(verify_header(&index, fault));
    const uint64_t cell_count = (uint64_t)index.columns * index.rows;
    for (uint64_t i = 0; i < cell_count; i++) {
        if (ring_index_cell(&index, i) >> 1 > ring_index_cell(&index, i + 1) >> 1) {
            return fault_set(fault, STATUS_CORRUPT, "the runs of a shape are out of order");
        }
    }
    if (ring_index_cell(&index, cell_count) >> 1 != index.run_count) {
        return fault_set(fault, STATUS_CORRUPT, "a shape has runs that no cell lists");
    }
    for (uint32_t i = 0; i < index.run_count; i++) {
        const struct ring_run run = ring_index_run(&index, i);
        const uint32_t count = run.count & RING_RUN_COUNT;
        if (run.first >= index.point_count || count >= index.point_count - run.first) {
            return fault_set(fault, STATUS_CORRUPT, "a run of a shape has no points");
        }
    }
    for (uint32_t i = 0; i < index.point_count; i++) {
        if (!geo_point_is_valid(ring_index_point(&index, i))) {
            return fault_set(fault, STATUS_CORRUPT, "a point of a shape is off the globe");
        }
    }
    return STATUS_OK;
}

// Is an odd number of a run's edges above the point? With the marks, of the whole ring near the
// cell.
static bool run_is_odd_above(const struct ring_index *index, struct ring_run run,
                             struct geo_point point)
{
    const uint32_t count = run.count & RING_RUN_COUNT;
    if (run.first >= index->point_count || count >= index->point_count - run.first) {
        return false; // a page of the section has turned to zeros
    }
    bool is_west = ring_index_point(index, run.first).lng_e7 <= point.lng_e7;
    bool is_odd = is_west && (run.count & RING_RUN_STARTS_ABOVE) != 0;
    for (uint32_t i = run.first; i < run.first + count; i++) {
        const bool is_next_west = ring_index_point(index, i + 1).lng_e7 <= point.lng_e7;
        if (is_west != is_next_west) {
            is_odd ^= ring_edge_is_above(ring_index_point(index, i), ring_index_point(index, i + 1),
                                         point);
            is_west = is_next_west;
        }
    }
    return is_odd ^ (is_west && run.count >> 31 != 0);
}

static bool run_passes(const struct ring_index *index, struct ring_run run, struct geo_point point)
{
    const uint32_t count = run.count & RING_RUN_COUNT;
    if (run.first >= index->point_count || count >= index->point_count - run.first) {
        return false;
    }
    for (uint32_t i = run.first; i < run.first + count; i++) {
        if (ring_edge_holds(ring_index_point(index, i), ring_index_point(index, i + 1), point)) {
            return true;
        }
    }
    return false;
}

// The grid's cell that holds the point; false when none does.
static bool cell_of_point(const struct ring_index *index, struct geo_point point, uint32_t *cell)
{
    if (point.lat_e7 < index->box.south_e7 || point.lat_e7 > index->box.north_e7 ||
        point.lng_e7 < index->box.west_e7 || point.lng_e7 > index->box.east_e7) {
        return false;
    }
    const uint32_t column =
        ((uint32_t)point.lng_e7 - (uint32_t)index->box.west_e7) >> index->column_shift;
    const uint32_t row =
        ((uint32_t)point.lat_e7 - (uint32_t)index->box.south_e7) >> index->row_shift;
    *cell = column * (uint32_t)index->rows + row;
    return column < index->columns && row < index->rows; // else only of unverified bytes
}

static uint32_t cell_end(const struct ring_index *index, uint32_t cell)
{
    const uint32_t end = ring_index_cell(index, (uint64_t)cell + 1) >> 1;
    return end < index->run_count ? end : index->run_count;
}

bool ring_index_contains(const struct ring_index *index, struct geo_point point)
{
    if (point.lng_e7 == GEO_LNG_MAX) {
        point.lng_e7 = -GEO_LNG_MAX;
    }
    if (point.lat_e7 < index->box.south_e7) {
        return (index->poles & RING_HAS_SOUTH) != 0;
    }
    uint32_t cell;
    if (!cell_of_point(index, point, &cell)) {
        return (index->poles & RING_HAS_NORTH) != 0;
    }
    const uint32_t begin = ring_index_cell(index, cell);
    const uint32_t end = cell_end(index, cell);
    bool is_inside = (begin & 1) != 0;
    for (uint32_t i = begin >> 1; i < end; i++) {
        is_inside ^= run_is_odd_above(index, ring_index_run(index, i), point);
    }
    return is_inside;
}

bool ring_index_covers(const struct ring_index *index, struct geo_point point)
{
    uint32_t cell;
    if (cell_of_point(index, point, &cell)) {
        const uint32_t end = cell_end(index, cell);
        for (uint32_t i = ring_index_cell(index, cell) >> 1; i < end; i++) {
            if (run_passes(index, ring_index_run(index, i), point)) {
                return true;
            }
        }
    }
    return ring_index_contains(index, point);
}

// Separating axes: do all corners of the quadrilateral lie on the far side of one of its own edges
// from the edge's ends, or all on one side of the edge?
static bool edge_meets_quad(struct geo_point from, struct geo_point to,
                            const struct ring_quad *quad)
{
    for (int i = 0; i < 4; i++) {
        const int next = (i + 1) & 3;
        const double x = quad->lng_e7[next] - quad->lng_e7[i];
        const double y = quad->lat_e7[next] - quad->lat_e7[i];
        const double room = quad->margin_e7 * sqrt(x * x + y * y);
        const double from_off =
            x * (from.lat_e7 - quad->lat_e7[i]) - y * (from.lng_e7 - quad->lng_e7[i]);
        const double to_off = x * (to.lat_e7 - quad->lat_e7[i]) - y * (to.lng_e7 - quad->lng_e7[i]);
        if (from_off < -room && to_off < -room) {
            return false;
        }
    }
    const double x = (double)to.lng_e7 - from.lng_e7;
    const double y = (double)to.lat_e7 - from.lat_e7;
    const double room = quad->margin_e7 * sqrt(x * x + y * y);
    bool is_some_left = false;
    bool is_some_right = false;
    for (int i = 0; i < 4; i++) {
        const double off =
            x * (quad->lat_e7[i] - from.lat_e7) - y * (quad->lng_e7[i] - from.lng_e7);
        is_some_left |= off >= -room;
        is_some_right |= off <= room;
    }
    return is_some_left && is_some_right;
}

static bool run_meets_quad(const struct ring_index *index, struct ring_run run,
                           const struct ring_quad *quad)
{
    const uint32_t count = run.count & RING_RUN_COUNT;
    if (run.first >= index->point_count || count >= index->point_count - run.first) {
        return false;
    }
    for (uint32_t i = run.first; i < run.first + count; i++) {
        if (edge_meets_quad(ring_index_point(index, i), ring_index_point(index, i + 1), quad)) {
            return true;
        }
    }
    return false;
}

// The grid's columns or rows that a stretch of the map touches; false when none.
static bool grid_range(double low_e7, double high_e7, int32_t begin_e7, int32_t end_e7, int shift,
                       uint32_t *first, uint32_t *last)
{
    if (high_e7 < begin_e7 || low_e7 > end_e7) {
        return false;
    }
    const double low = low_e7 > begin_e7 ? low_e7 - begin_e7 : 0;
    const double high = (high_e7 < end_e7 ? high_e7 : end_e7) - begin_e7;
    *first = (uint32_t)low >> shift;
    *last = (uint32_t)high >> shift;
    return true;
}

bool ring_index_meets(const struct ring_index *index, const struct ring_quad *quad)
{
    double low_lng = quad->lng_e7[0];
    double high_lng = low_lng;
    double low_lat = quad->lat_e7[0];
    double high_lat = low_lat;
    for (int i = 1; i < 4; i++) {
        low_lng = quad->lng_e7[i] < low_lng ? quad->lng_e7[i] : low_lng;
        high_lng = quad->lng_e7[i] > high_lng ? quad->lng_e7[i] : high_lng;
        low_lat = quad->lat_e7[i] < low_lat ? quad->lat_e7[i] : low_lat;
        high_lat = quad->lat_e7[i] > high_lat ? quad->lat_e7[i] : high_lat;
    }
    const double margin = quad->margin_e7;
    uint32_t column;
    uint32_t last_column;
    uint32_t first_row;
    uint32_t last_row;
    if (index->columns == 0 ||
        !grid_range(low_lng - margin, high_lng + margin, index->box.west_e7, index->box.east_e7,
                    index->column_shift, &column, &last_column) ||
        !grid_range(low_lat - margin, high_lat + margin, index->box.south_e7, index->box.north_e7,
                    index->row_shift, &first_row, &last_row)) {
        return false;
    }
    for (; column <= last_column && column < index->columns; column++) {
        for (uint32_t row = first_row; row <= last_row && row < index->rows; row++) {
            const uint32_t cell = column * (uint32_t)index->rows + row;
            const uint32_t end = cell_end(index, cell);
            for (uint32_t i = ring_index_cell(index, cell) >> 1; i < end; i++) {
                if (run_meets_quad(index, ring_index_run(index, i), quad)) {
                    return true;
                }
            }
        }
    }
    return false;
}
