// Ring index: rings as flat bytes that answer "is this point inside" in a few nanoseconds.
//
// A grid lies over the rings' box. Most cells of it no edge passes: they say inside or outside at
// once. The others list the runs of edges that pass them, and whether the number of edges above,
// which the runs do not hold, is odd:
//
//        +-----+-----+-----+      The line from P to the north crosses the edges of its own cell,
//        |  in | in  |/    |      counted one by one, and those of the cells above, which are odd
//        |_____|__/--+ out |      or even in number wherever in the cell P is. Where a run goes on
//        |    /|  P  |     |      upwards into a cell above, its last point tells on which side
//        +-----+-----+-----+      of P it does; such ends are marked.
//
// Answers are exactly those of rings_contain (whole numbers, the same edge rule). The bytes have no
// pointers, live at any place of an archive's section, a row or a record, and are about 11 a point.
//
//   OFFSET  SIZE              MEANING
//   0       16                struct geo_box of the edges, antimeridian cut: west <= east
//   16      4                 points
//   20      4                 runs
//   24      2, 2              columns, rows
//   28      1, 1              log2 of a column's width and of a row's height, in units
//   30      1                 1: holds the north pole, 2: the south pole
//   31      1                 zero
//   32      8 * points        struct geo_point; rings closed, one after another
//   ...     8 * runs          struct ring_run
//   ...     4 * (cells + 1)   column by column from the south: first run << 1 | odd above
//   ...     to 8              zero
//
// Reading is pure and for any thread; it never leaves the bytes, even unverified ones.
#ifndef GEO_RING_INDEX_H
#define GEO_RING_INDEX_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "geo/ring.h"

enum {
    RING_INDEX_HEADER_SIZE = 32,
    RING_INDEX_POINTS_MAX = 1 << 28,
    RING_RUN_COUNT = 0x3fffffff,           // mask of struct ring_run.count
    RING_RUN_STARTS_ABOVE = 1 << 30,       // before its first point the ring is above the cell
    RING_RUN_ENDS_ABOVE = (int)(1U << 31), // after its last
    RING_HAS_NORTH = 1,
    RING_HAS_SOUTH = 2,
};

struct ring_run {
    uint32_t first; // point where the run begins
    uint32_t count; // edges, with the marks above
};
_Static_assert(sizeof(struct ring_run) == 8, "ring_run is a format");

// A view; the bytes are the caller's. Zeroed, it holds nothing.
struct ring_index {
    struct geo_box box;
    uint32_t point_count;
    uint32_t run_count;
    uint16_t columns, rows;
    uint8_t column_shift, row_shift;
    uint8_t poles;
    // At any alignment: read through the functions below.
    const uint8_t *points; // struct geo_point
    const uint8_t *runs;   // struct ring_run
    const uint8_t *cells;  // uint32_t
};

static inline uint32_t ring_index_u32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof(value));
    return value;
}

static inline int32_t ring_index_i32(const uint8_t *at)
{
    int32_t value;
    memcpy(&value, at, sizeof(value));
    return value;
}

static inline struct geo_point ring_index_point(const struct ring_index *index, uint32_t at)
{
    const uint8_t *const point = index->points + (size_t)at * sizeof(struct geo_point);
    return (struct geo_point){.lng_e7 = ring_index_i32(point), .lat_e7 = ring_index_i32(point + 4)};
}

static inline struct ring_run ring_index_run(const struct ring_index *index, uint32_t at)
{
    const uint8_t *const run = index->runs + (size_t)at * sizeof(struct ring_run);
    return (struct ring_run){.first = ring_index_u32(run), .count = ring_index_u32(run + 4)};
}

static inline uint32_t ring_index_cell(const struct ring_index *index, uint64_t at)
{
    return ring_index_u32(index->cells + at * sizeof(uint32_t));
}

// Appends the index of the rings to `out` and pads it to a multiple of 8; `out` begins at one.
// Scratch of about 20 bytes a point comes from the buffer's account.
// Fails: NO_MEMORY; OUT_OF_RANGE with more than RING_INDEX_POINTS_MAX points.
MUST_USE enum status ring_index_build(const struct geo_rings *rings, struct buffer *out,
                                      struct fault *fault);

// O(1). False when the size is not what the header says; then the view is empty.
bool ring_index_open(struct bytes bytes, struct ring_index *index);

// Are all counts, runs and points within bounds? Fails: CORRUPT.
MUST_USE enum status ring_index_verify(struct bytes bytes, struct fault *fault);

// The answer of rings_contain. Cost: 21 ns for 10 points, 57 ns for 1,000, 196 ns for 10,000 of a
// ragged star, half of the questions near its edge; GEOS prepared takes 69, 610 and 7,643 ns in the
// same run (tests/oracle/ring_bench.cc).
bool ring_index_contains(const struct ring_index *index, struct geo_point point);

// The same with the edges themselves inside, every place of them: the closed area. A point at 180
// degrees is asked as it is written; at -180 it is another question.
bool ring_index_covers(const struct ring_index *index, struct geo_point point);

// A convex quadrilateral on the map, counter-clockwise, grown by `margin` units on all sides. East
// of 180 or west of -180 nothing is found.
struct ring_quad {
    double lng_e7[4];
    double lat_e7[4];
    double margin_e7;
};

// Does any edge pass through the quadrilateral?
bool ring_index_meets(const struct ring_index *index, const struct ring_quad *quad);

#endif
