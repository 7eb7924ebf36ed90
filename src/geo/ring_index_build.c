#include <assert.h>
#include <math.h>

#include "geo/ring_index.h"

enum {
    GRID_SIDE_MAX = 16384,
    GRID_SHIFT_MAX = 31,
    GRID_POINTS_MIN = 16, // fewer edges are looked at one by one
    LISTINGS_A_POINT_MAX = 8,
};

// An edge leaves every point but the last of its chain. Chains are rings, closed, or what the
// antimeridian cuts them to.
enum point_mark { POINT_ENDS_CHAIN = 1 };

struct builder {
    struct buffer points; // struct geo_point
    struct buffer marks;  // uint8_t, one a point
    struct buffer rings;  // uint32_t: first point of each ring that is one closed chain, or is cut
    struct ring_index grid;
    uint32_t *listing_ends; // by cell: where its edges end in `listings`
    uint32_t *listings;     // edges by cell
    uint8_t *is_odd;        // by cell
    struct buffer runs;     // struct ring_run
};

// Where an edge lies within a column: rows that it may touch.
struct stretch {
    bool is_in_column;
    uint32_t first_row, last_row;
};

static const struct geo_point *points_of(const struct builder *builder)
{
    const void *const points = builder->points.data;
    return points;
}

static uint32_t point_count_of(const struct builder *builder)
{
    return (uint32_t)(builder->points.size / sizeof(struct geo_point));
}

static bool has_edge(const struct builder *builder, uint32_t point)
{
    return (builder->marks.data[point] & POINT_ENDS_CHAIN) == 0;
}

static void append_point(struct builder *builder, struct geo_point point, uint8_t mark)
{
    buffer_append(&builder->points, &point, sizeof(point));
    buffer_append_u8(&builder->marks, mark);
}

static void append_ring(struct builder *builder, const struct geo_point *points, uint32_t count)
{
    buffer_append_u32(&builder->rings, point_count_of(builder));
    for (uint32_t i = 0; i < count; i++) {
        const struct geo_point from = points[i];
        const struct geo_point to = points[i + 1 < count ? i + 1 : 0];
        if (i + 1 == count && geo_point_equal(from, to)) {
            break; // closed already
        }
        struct ring_edge pieces[2];
        append_point(builder, from, 0);
        if (ring_edge_cut(from, to, pieces) == 2) {
            append_point(builder, pieces[0].to, POINT_ENDS_CHAIN);
            append_point(builder, pieces[1].from, 0);
        }
    }
    append_point(builder, points[0], POINT_ENDS_CHAIN);
}

static enum status append_rings(struct builder *builder, const struct geo_rings *rings)
{
    for (uint32_t ring = 0; ring < rings->ring_count; ring++) {
        const uint32_t begin = ring == 0 ? 0 : rings->ring_end[ring - 1];
        const uint32_t count = rings->ring_end[ring] - begin;
        if (count > 0) {
            append_ring(builder, rings->points + begin, count);
        }
    }
    buffer_append_u32(&builder->rings, point_count_of(builder));
    TRY(buffer_status(&builder->marks));
    TRY(buffer_status(&builder->rings));
    return buffer_status(&builder->points);
}

static struct geo_box box_of(const struct builder *builder)
{
    const struct geo_point *const points = points_of(builder);
    struct geo_box box = {.west_e7 = points[0].lng_e7,
                          .south_e7 = points[0].lat_e7,
                          .east_e7 = points[0].lng_e7,
                          .north_e7 = points[0].lat_e7};
    for (uint32_t i = 1; i < point_count_of(builder); i++) {
        box.west_e7 = points[i].lng_e7 < box.west_e7 ? points[i].lng_e7 : box.west_e7;
        box.east_e7 = points[i].lng_e7 > box.east_e7 ? points[i].lng_e7 : box.east_e7;
        box.south_e7 = points[i].lat_e7 < box.south_e7 ? points[i].lat_e7 : box.south_e7;
        box.north_e7 = points[i].lat_e7 > box.north_e7 ? points[i].lat_e7 : box.north_e7;
    }
    return box;
}

// The finest division of a length into at most `limit` pieces of a power of two; the whole globe
// may keep two, as a shift of 32 bits would not be one.
static uint8_t shift_for(int64_t length_e7, int64_t limit)
{
    uint8_t shift = 0;
    while (shift < GRID_SHIFT_MAX && (length_e7 >> shift) + 1 > limit) {
        shift++;
    }
    return shift;
}

static uint32_t column_of(const struct ring_index *grid, int32_t lng_e7)
{
    return ((uint32_t)lng_e7 - (uint32_t)grid->box.west_e7) >> grid->column_shift;
}

static uint32_t row_of(const struct ring_index *grid, int64_t lat_e7)
{
    const int64_t kept = lat_e7 < grid->box.south_e7   ? grid->box.south_e7
                         : lat_e7 > grid->box.north_e7 ? grid->box.north_e7
                                                       : lat_e7;
    return (uint32_t)(kept - grid->box.south_e7) >> grid->row_shift;
}

static int64_t column_begin_e7(const struct ring_index *grid, uint32_t column)
{
    return grid->box.west_e7 + ((int64_t)column << grid->column_shift);
}

static double lat_on_edge(struct geo_point west, struct geo_point east, int64_t lng_e7)
{
    const double share = (double)(lng_e7 - west.lng_e7) / ((double)east.lng_e7 - west.lng_e7);
    return west.lat_e7 + share * ((double)east.lat_e7 - west.lat_e7);
}

// Rows of the column's part of an edge, one unit of rounding to the safe side.
static struct stretch stretch_in_column(const struct builder *builder, uint32_t edge,
                                        uint32_t column)
{
    const struct ring_index *const grid = &builder->grid;
    const struct geo_point *const ends = points_of(builder) + edge;
    const bool is_eastwards = ends[0].lng_e7 <= ends[1].lng_e7;
    const struct geo_point west = ends[is_eastwards ? 0 : 1];
    const struct geo_point east = ends[is_eastwards ? 1 : 0];
    const int64_t begin_e7 = column_begin_e7(grid, column);
    const int64_t last_e7 = column_begin_e7(grid, column + 1) - 1;
    if (east.lng_e7 < begin_e7 || west.lng_e7 > last_e7) {
        return (struct stretch){.is_in_column = false};
    }
    int64_t low_e7 = west.lat_e7;
    int64_t high_e7 = east.lat_e7;
    if (west.lng_e7 < begin_e7) {
        low_e7 = (int64_t)lat_on_edge(west, east, begin_e7);
    }
    if (east.lng_e7 > last_e7) {
        high_e7 = (int64_t)lat_on_edge(west, east, last_e7);
    }
    const int64_t south_e7 = (low_e7 < high_e7 ? low_e7 : high_e7) - 2;
    const int64_t north_e7 = (low_e7 < high_e7 ? high_e7 : low_e7) + 2;
    return (struct stretch){.is_in_column = true,
                            .first_row = row_of(grid, south_e7),
                            .last_row = row_of(grid, north_e7)};
}

struct columns {
    uint32_t first, last;
};

static struct columns columns_of(const struct builder *builder, uint32_t edge)
{
    const struct geo_point *const ends = points_of(builder) + edge;
    const uint32_t from = column_of(&builder->grid, ends[0].lng_e7);
    const uint32_t to = column_of(&builder->grid, ends[1].lng_e7);
    return from < to ? (struct columns){from, to} : (struct columns){to, from};
}

// Counts each cell's edges into listing_ends; returns their sum, or more than `limit` at once when
// it would be above.
static uint64_t count_listings(struct builder *builder, uint64_t limit)
{
    uint64_t total = 0;
    for (uint32_t edge = 0; edge + 1 < point_count_of(builder) && total <= limit; edge++) {
        if (!has_edge(builder, edge)) {
            continue;
        }
        const struct columns columns = columns_of(builder, edge);
        for (uint32_t column = columns.first; column <= columns.last && total <= limit; column++) {
            const struct stretch stretch = stretch_in_column(builder, edge, column);
            for (uint32_t row = stretch.first_row; row <= stretch.last_row; row++) {
                builder->listing_ends[column * (uint32_t)builder->grid.rows + row]++;
            }
            total += stretch.last_row - stretch.first_row + 1;
        }
    }
    return total;
}

static uint32_t cell_count_of(const struct builder *builder)
{
    return (uint32_t)builder->grid.columns * builder->grid.rows;
}

static void set_grid(struct builder *builder, uint8_t column_shift, uint8_t row_shift)
{
    struct ring_index *const grid = &builder->grid;
    const int64_t width_e7 = (int64_t)grid->box.east_e7 - grid->box.west_e7;
    const int64_t height_e7 = (int64_t)grid->box.north_e7 - grid->box.south_e7;
    grid->column_shift = column_shift;
    grid->row_shift = row_shift;
    grid->columns = (uint16_t)((width_e7 >> column_shift) + 1);
    grid->rows = (uint16_t)((height_e7 >> row_shift) + 1);
}

// About as many cells as points, fewer when long edges would be listed too often.
static enum status choose_grid(struct builder *builder, struct memory_account *account)
{
    const uint32_t count = point_count_of(builder);
    int64_t side = 1;
    while (count >= GRID_POINTS_MIN && side < GRID_SIDE_MAX && side * side < count) {
        side++;
    }
    const struct geo_box box = builder->grid.box;
    uint8_t column_shift = shift_for((int64_t)box.east_e7 - box.west_e7, side);
    uint8_t row_shift = shift_for((int64_t)box.north_e7 - box.south_e7, side);
    set_grid(builder, column_shift, row_shift);
    const uint32_t cells_max = cell_count_of(builder);
    builder->listing_ends = memory_take_zeroed(account, cells_max + 1, sizeof(uint32_t));
    builder->is_odd = memory_take_zeroed(account, cells_max, 1);
    if (builder->listing_ends == NULL || builder->is_odd == NULL) {
        return STATUS_NO_MEMORY;
    }
    const uint64_t limit = (uint64_t)count * LISTINGS_A_POINT_MAX;
    while (count_listings(builder, limit) > limit &&
           (column_shift < GRID_SHIFT_MAX || row_shift < GRID_SHIFT_MAX)) {
        memset(builder->listing_ends, 0, (cells_max + 1) * sizeof(uint32_t));
        column_shift = (uint8_t)(column_shift + (column_shift < GRID_SHIFT_MAX));
        row_shift = (uint8_t)(row_shift + (row_shift < GRID_SHIFT_MAX));
        set_grid(builder, column_shift, row_shift);
    }
    return STATUS_OK;
}

// Lists each cell's edges in their order, and counts for each cell the edges that are above it at
// the column's western side.
static enum status list_edges(struct builder *builder, struct memory_account *account)
{
    const uint32_t cells = cell_count_of(builder);
    uint32_t begin = 0;
    for (uint32_t cell = 0; cell < cells; cell++) {
        const uint32_t count = builder->listing_ends[cell];
        builder->listing_ends[cell] = begin; // moves to the end as edges come
        begin += count;
    }
    builder->listings = memory_take(account, begin + 1, sizeof(uint32_t));
    if (builder->listings == NULL) {
        return STATUS_NO_MEMORY;
    }
    const uint32_t rows = builder->grid.rows;
    const struct geo_point *const points = points_of(builder);
    for (uint32_t edge = 0; edge + 1 < point_count_of(builder); edge++) {
        if (!has_edge(builder, edge)) {
            continue;
        }
        const struct columns columns = columns_of(builder, edge);
        for (uint32_t column = columns.first; column <= columns.last; column++) {
            const struct stretch stretch = stretch_in_column(builder, edge, column);
            for (uint32_t row = stretch.first_row; row <= stretch.last_row; row++) {
                builder->listings[builder->listing_ends[column * rows + row]++] = edge;
            }
            const int64_t begin_e7 = column_begin_e7(&builder->grid, column);
            const bool crosses =
                (points[edge].lng_e7 <= begin_e7) != (points[edge + 1].lng_e7 <= begin_e7);
            if (crosses && stretch.first_row > 0) {
                builder->is_odd[column * rows + stretch.first_row - 1] ^= 1;
            }
        }
    }
    return STATUS_OK;
}

// Turns "changes below this row" into "odd in this row", from the north down.
static void sum_odd(struct builder *builder)
{
    const uint32_t rows = builder->grid.rows;
    for (uint32_t column = 0; column < builder->grid.columns; column++) {
        uint8_t odd = builder->grid.poles & RING_HAS_NORTH;
        for (uint32_t row = rows; row-- > 0;) {
            odd ^= builder->is_odd[column * rows + row];
            builder->is_odd[column * rows + row] = odd;
        }
    }
}

// First point of the ring that point belongs to, and of the next ring.
static void ring_around(const struct builder *builder, uint32_t point, uint32_t *begin,
                        uint32_t *end)
{
    const void *const data = builder->rings.data;
    const uint32_t *const rings = data;
    size_t low = 0;
    size_t high = builder->rings.size / sizeof(uint32_t) - 1;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (rings[middle] <= point) {
            low = middle;
        } else {
            high = middle;
        }
    }
    *begin = rings[low];
    *end = rings[high];
}

static bool is_above(const struct builder *builder, uint32_t edge, uint32_t column, uint32_t row)
{
    const struct stretch stretch = stretch_in_column(builder, edge, column);
    return stretch.is_in_column && stretch.first_row > row;
}

// Does the ring come from above before the edge? At a cut it comes from the antimeridian, which no
// cell holds inside.
static bool comes_from_above(const struct builder *builder, uint32_t edge, uint32_t column,
                             uint32_t row)
{
    uint32_t begin;
    uint32_t end;
    ring_around(builder, edge, &begin, &end);
    if (edge == begin) {
        return end - begin >= 2 && has_edge(builder, end - 2) &&
               is_above(builder, end - 2, column, row);
    }
    return has_edge(builder, edge - 1) && is_above(builder, edge - 1, column, row);
}

static bool goes_above(const struct builder *builder, uint32_t edge, uint32_t column, uint32_t row)
{
    uint32_t begin;
    uint32_t end;
    ring_around(builder, edge, &begin, &end);
    const uint32_t next = edge + 2 == end ? begin : edge + 1;
    return has_edge(builder, next) && is_above(builder, next, column, row);
}

// Joins the cell's edges to runs and settles what is odd above it.
static void append_runs(struct builder *builder, uint32_t cell, uint32_t begin, uint32_t end)
{
    const uint32_t column = cell / builder->grid.rows;
    const uint32_t row = cell % builder->grid.rows;
    const int64_t west_e7 = column_begin_e7(&builder->grid, column);
    const struct geo_point *const points = points_of(builder);
    for (uint32_t at = begin; at < end;) {
        const uint32_t first = builder->listings[at];
        uint32_t count = 1;
        while (at + count < end && builder->listings[at + count] == first + count) {
            count++;
        }
        struct ring_run run = {.first = first, .count = count};
        if (comes_from_above(builder, first, column, row)) {
            run.count |= RING_RUN_STARTS_ABOVE;
            builder->is_odd[cell] ^= points[first].lng_e7 <= west_e7;
        }
        if (goes_above(builder, first + count - 1, column, row)) {
            run.count |= (uint32_t)RING_RUN_ENDS_ABOVE;
            builder->is_odd[cell] ^= points[first + count].lng_e7 <= west_e7;
        }
        buffer_append(&builder->runs, &run, sizeof(run));
        at += count;
    }
}

static void append_header(const struct builder *builder, struct buffer *out)
{
    const struct ring_index *const grid = &builder->grid;
    const uint8_t shifts[4] = {grid->column_shift, grid->row_shift, grid->poles, 0};
    buffer_append(out, &grid->box, sizeof(grid->box));
    buffer_append_u32(out, point_count_of(builder));
    buffer_append_u32(out, (uint32_t)(builder->runs.size / sizeof(struct ring_run)));
    buffer_append(out, &grid->columns, sizeof(grid->columns));
    buffer_append(out, &grid->rows, sizeof(grid->rows));
    buffer_append(out, shifts, sizeof(shifts));
}

static enum status write_index(struct builder *builder, struct buffer *out)
{
    const uint32_t cells = cell_count_of(builder);
    uint32_t begin = 0;
    for (uint32_t cell = 0; cell < cells; cell++) {
        const uint32_t end = builder->listing_ends[cell];
        const uint32_t first_run = (uint32_t)(builder->runs.size / sizeof(struct ring_run));
        append_runs(builder, cell, begin, end);
        builder->listing_ends[cell] = first_run << 1 | builder->is_odd[cell];
        begin = end;
    }
    if (cells > 0) {
        builder->listing_ends[cells] = (uint32_t)(builder->runs.size / sizeof(struct ring_run))
                                       << 1;
    }
    TRY(buffer_status(&builder->runs));
    append_header(builder, out);
    buffer_append(out, builder->points.data, builder->points.size);
    buffer_append(out, builder->runs.data, builder->runs.size);
    for (uint32_t cell = 0; cell <= cells; cell++) {
        buffer_append_u32(out, cells > 0 ? builder->listing_ends[cell] : 0);
    }
    if (cells % 2 == 0) {
        buffer_append_u32(out, 0);
    }
    return buffer_status(out);
}

static enum status build(struct builder *builder, const struct geo_rings *rings, struct buffer *out)
{
    struct memory_account *const account = out->account;
    const struct ring_poles poles = rings_poles(rings);
    builder->grid.poles =
        (uint8_t)((poles.has_north ? RING_HAS_NORTH : 0) | (poles.has_south ? RING_HAS_SOUTH : 0));
    TRY(append_rings(builder, rings));
    if (point_count_of(builder) > 0) {
        builder->grid.box = box_of(builder);
        TRY(choose_grid(builder, account));
        TRY(list_edges(builder, account));
        sum_odd(builder);
    }
    return write_index(builder, out);
}

enum status ring_index_build(const struct geo_rings *rings, struct buffer *out, struct fault *fault)
{
    assert(out->size % 8 == 0);
    if (rings_point_count(rings) > RING_INDEX_POINTS_MAX / 4) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "a shape of %u points is too large",
                         rings_point_count(rings));
    }
    struct builder builder = {.points = {.account = out->account},
                              .marks = {.account = out->account},
                              .rings = {.account = out->account},
                              .runs = {.account = out->account}};
    const enum status status = build(&builder, rings, out);
    buffer_free(&builder.points);
    buffer_free(&builder.marks);
    buffer_free(&builder.rings);
    buffer_free(&builder.runs);
    memory_give(builder.listing_ends);
    memory_give(builder.listings);
    memory_give(builder.is_odd);
    return status == STATUS_NO_MEMORY
               ? fault_set(fault, status, "no memory for a shape of %u points",
                           rings_point_count(rings))
               : status;
}
