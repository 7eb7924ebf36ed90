#include "geo/cover.h"

#include <assert.h>

#include "geo/cover_private.h"
#include "geo/distance.h"

// The curve within a cell of each orientation: quarter (i << 1 | j) of each position, and how the
// orientation changes there. The same as in tools/geo_tables.py.
static const uint8_t quarters[4][4] = {{0, 1, 3, 2}, {0, 2, 3, 1}, {3, 2, 0, 1}, {3, 1, 0, 2}};
static const uint8_t turns[4] = {1, 0, 0, 3};

// One step of s, the position along a face in [0, 1], is at least this angle.
#define ANGLE_OF_FACE_MIN_RAD 0.9428090415820634 // 2 sqrt(2) / 3

struct candidate {
    struct cover_square at;
    uint8_t children; // how many touch the region
    uint8_t relations[4];
    bool is_inside;
};

struct covering {
    const struct cover_region *region;
    const struct cover_options *options;
    struct cover_cell *cells;
    size_t cell_count;
    // Candidates of the level at hand and of the next.
    struct candidate lists[2][COVER_CELLS_MAX];
    size_t list_counts[2];
};

static struct cover_square square_over(cell_id cell)
{
    uint8_t orientation = cell_face(cell) & CURVE_SWAPPED;
    for (int level = 1; level <= cell_level(cell); level++) {
        orientation ^= turns[cell >> (2 * (CELL_LEVEL_MAX - level) + 1) & 3];
    }
    return (struct cover_square){
        .square = face_square_from_cell(cell), .cell = cell, .orientation = orientation};
}

static struct cover_square child_of(const struct cover_square *parent, int position)
{
    const int quarter = quarters[parent->orientation][position];
    return (struct cover_square){
        .square = cover_quarter(&parent->square, quarter >> 1, quarter & 1),
        .cell = cell_child(parent->cell, position),
        .orientation = parent->orientation ^ turns[position],
    };
}

static void add_result(struct covering *covering, cell_id cell, bool is_inside)
{
    covering->cells[covering->cell_count++] =
        (struct cover_cell){.cell = cell, .is_inside = is_inside};
}

// A cell that touches the region: settled when nothing is gained by splitting it, else a candidate.
static void add_cell(struct covering *covering, int list, const struct cover_square *at,
                     bool is_inside)
{
    if (is_inside || at->square.level >= covering->options->max_level) {
        add_result(covering, at->cell, is_inside);
        return;
    }
    struct candidate candidate = {.at = *at};
    enum cover_relation relations[4];
    covering->region->relate(covering->region->context, &at->square, relations);
    for (int i = 0; i < 4; i++) {
        candidate.relations[i] = (uint8_t)relations[i];
        candidate.children = (uint8_t)(candidate.children + (relations[i] != COVER_OUTSIDE));
    }
    if (candidate.children >
        0) { // the exact tests of the quarters may tell better than the whole's
        covering->lists[list][covering->list_counts[list]++] = candidate;
    }
}

static void split(struct covering *covering, const struct candidate *candidate, int next)
{
    for (int position = 0; position < 4; position++) {
        const struct cover_square child = child_of(&candidate->at, position);
        const int quarter = quarters[candidate->at.orientation][position];
        if (candidate->relations[quarter] != COVER_OUTSIDE) {
            add_cell(covering, next, &child, candidate->relations[quarter] == COVER_INSIDE);
        }
    }
}

// Splits the level's candidates, those with fewest children first, while the count allows.
static void split_level(struct covering *covering, int list)
{
    const int next = 1 - list;
    size_t waiting = covering->list_counts[list];
    for (int children = 1; children <= 4; children++) {
        for (size_t i = 0; i < covering->list_counts[list]; i++) {
            const struct candidate *const candidate = &covering->lists[list][i];
            if (candidate->children != children) {
                continue;
            }
            waiting--;
            const size_t others = covering->cell_count + covering->list_counts[next] + waiting;
            if (children == 1 ||
                others + (size_t)children <= (size_t)covering->options->max_cells) {
                split(covering, candidate, next);
            } else {
                add_result(covering, candidate->at.cell, false);
            }
        }
    }
    covering->list_counts[list] = 0;
}

static void sort_cells(struct cover_cell *cells, size_t count)
{
    for (size_t gap = count / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < count; i++) {
            const struct cover_cell moved = cells[i];
            size_t at = i;
            for (; at >= gap && cells[at - gap].cell > moved.cell; at -= gap) {
                cells[at] = cells[at - gap];
            }
            cells[at] = moved;
        }
    }
}

// Four children in a row become their parent, and it perhaps a child among four.
static size_t merge_cells(struct cover_cell *cells, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct cover_cell cell = cells[i];
        while (kept >= 3 && cell_level(cell.cell) > 0) {
            const cell_id parent = cell_parent(cell.cell, cell_level(cell.cell) - 1);
            const struct cover_cell *const before = &cells[kept - 3];
            if (cell.cell != cell_child(parent, 3) || before[0].cell != cell_child(parent, 0) ||
                before[1].cell != cell_child(parent, 1) ||
                before[2].cell != cell_child(parent, 2)) {
                break;
            }
            cell.cell = parent;
            cell.is_inside &= before[0].is_inside && before[1].is_inside && before[2].is_inside;
            kept -= 3;
        }
        cells[kept++] = cell;
    }
    return kept;
}

// The at most four cells of one level that hold the circle; 0 when it reaches over the face's edge.
static size_t cells_around(struct geo_point centre, double radius_m, int max_level,
                           cell_id around[4])
{
    const struct face_square leaf = face_square_from_cell(cell_from_point(centre, CELL_LEVEL_MAX));
    const double reach = radius_m / DISTANCE_EARTH_RADIUS_M / ANGLE_OF_FACE_MIN_RAD * FACE_SIDE + 2;
    if (leaf.i - reach < 0 || leaf.i + reach >= FACE_SIDE || leaf.j - reach < 0 ||
        leaf.j + reach >= FACE_SIDE) {
        return 0;
    }
    const int32_t width = (int32_t)reach;
    int shift = CELL_LEVEL_MAX - max_level;
    while (((leaf.i + width) >> shift) - ((leaf.i - width) >> shift) > 1 ||
           ((leaf.j + width) >> shift) - ((leaf.j - width) >> shift) > 1) {
        shift++;
    }
    size_t count = 0;
    for (int32_t i = (leaf.i - width) >> shift; i <= (leaf.i + width) >> shift; i++) {
        for (int32_t j = (leaf.j - width) >> shift; j <= (leaf.j + width) >> shift; j++) {
            const cell_id cell =
                face_cell_from_square(leaf.face, (uint32_t)i << shift, (uint32_t)j << shift);
            around[count++] = cell_parent(cell, CELL_LEVEL_MAX - shift);
        }
    }
    return count;
}

size_t cover_split(const struct cover_region *region, struct geo_point centre, double radius_m,
                   const struct cover_options *options, struct cover_cell *cells)
{
    assert(options->max_cells >= COVER_CELLS_MIN && options->max_cells <= COVER_CELLS_MAX);
    assert(options->max_level >= 0 && options->max_level <= CELL_LEVEL_MAX);
    struct covering covering;
    covering.region = region;
    covering.options = options;
    covering.cells = cells;
    covering.cell_count = 0;
    covering.list_counts[0] = 0;
    covering.list_counts[1] = 0;

    cell_id first[CELL_FACES];
    size_t first_count = cells_around(centre, radius_m, options->max_level, first);
    if (first_count == 0) {
        for (; first_count < CELL_FACES; first_count++) {
            first[first_count] = cell_from_face((int)first_count);
        }
    }
    for (size_t i = 0; i < first_count; i++) {
        const struct cover_square square = square_over(first[i]);
        add_cell(&covering, 0, &square, false);
    }
    for (int list = 0; covering.list_counts[list] > 0; list = 1 - list) {
        split_level(&covering, list);
    }
    sort_cells(cells, covering.cell_count);
    return merge_cells(cells, covering.cell_count);
}
