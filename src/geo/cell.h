// Cell: a square of the globe as 64 bits, the same ids as every S2 library.
//
// The sphere is projected on a cube; each face is split in four, thirty times, along a Hilbert
// curve (quadratic projection, S2's orientation). An id is three bits of face, two bits for each
// level, a one, and zeros: ids sort along the curve, and a cell's descendants are one range of ids.
//
//      63  61 60                              0
//      | face | c1 c2 ... c(level) | 1 | 0...0 |        side of a cell: 7842 km / 2^level, about
//
// Ids equal those of s2geometry's S2CellId(S2LatLng::FromE7(lat, lng)): tests/oracle/cell_oracle.cc
// compares 10^6 points a run and compared 3 * 10^7 once. 0 is no cell. Unless said otherwise, a
// function asserts that ids are valid. Pure; any thread.
#ifndef GEO_CELL_H
#define GEO_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "geo/point.h"

typedef uint64_t cell_id;

enum {
    CELL_LEVEL_MAX = 30,
    CELL_FACES = 6,
    CELL_TOKEN_SIZE = 17, // with the NUL
    CELL_NEIGHBOURS_MAX = 8,
};

// Cost: 36 ns; s2geometry takes 96 ns for places of the globe and 80 ns for places of a city in the
// same run (tests/oracle/cell_bench.cc). Places on the seams of the faces (odd multiples of 45
// degrees of longitude) may get the cell on the other side: there the last bit of a cosine decides,
// and 1 of 500 differs from glibc's.
cell_id cell_from_point(struct geo_point point, int level);

// The point is inside the cell, at its middle in S2's (s, t) coordinates.
struct geo_point cell_centre(cell_id cell);

// For ids from outside: is it one?
bool cell_is_valid(cell_id cell);

static inline uint64_t cell_lowest_bit(cell_id cell)
{
    return cell & (~cell + 1);
}

static inline int cell_level(cell_id cell)
{
    return CELL_LEVEL_MAX - (__builtin_ctzll(cell) >> 1);
}

static inline int cell_face(cell_id cell)
{
    return (int)(cell >> 61);
}

// `level` is at most the cell's own.
static inline cell_id cell_parent(cell_id cell, int level)
{
    const uint64_t bit = UINT64_C(1) << (2 * (CELL_LEVEL_MAX - level));
    return (cell & (~bit + 1)) | bit;
}

// The first and the last leaf (level 30) in the cell.
static inline cell_id cell_range_min(cell_id cell)
{
    return cell - (cell_lowest_bit(cell) - 1);
}

static inline cell_id cell_range_max(cell_id cell)
{
    return cell + (cell_lowest_bit(cell) - 1);
}

static inline bool cell_contains(cell_id outer, cell_id inner)
{
    return inner >= cell_range_min(outer) && inner <= cell_range_max(outer);
}

// `position` 0 to 3, along the curve. The cell is not a leaf.
static inline cell_id cell_child(cell_id cell, int position)
{
    const uint64_t bit = cell_lowest_bit(cell) >> 2;
    return cell - 3 * bit + 2 * (uint64_t)position * bit;
}

// The cell of level 0 that is face 0 to 5.
static inline cell_id cell_from_face(int face)
{
    return (cell_id)face << 61 | UINT64_C(1) << 60;
}

// The four cells of the same level that share an edge: down, right, up, left on the cell's face.
void cell_edge_neighbours(cell_id cell, cell_id neighbours[4]);

// Cells of `level` (the cell's own or finer) that touch the cell, corners too, sorted, none twice;
// returns how many there are and writes at most `capacity` of them. There are 4 * 2^(level
// difference) + 4, fewer at a cube's corner.
size_t cell_all_neighbours(cell_id cell, int level, cell_id *neighbours, size_t capacity);

// Smallest box that holds the cell, rounded outwards to whole units. A cell that touches a pole
// has every longitude of its quarter; the two faces at the poles have all.
struct geo_box cell_box(cell_id cell);

// S2's token: the id in hexadecimal without trailing zeros; "X" for 0. Returns its length.
size_t cell_token_format(cell_id cell, char token[CELL_TOKEN_SIZE]);

// False when the text is no token of a valid cell; then nothing is written.
MUST_USE bool cell_token_parse(struct bytes token, cell_id *cell);

#endif
