#include "geo/cell.h"

#include <assert.h>

#include "geo/face.h"

enum { STEP_MASK = (1 << CURVE_STEP_BITS) - 1 };

// A direction in the frame of its face, without branches, as places differ. Faces 3 to 5 are faces
// 0 to 2 seen from behind, with u and v in each other's place; here they keep the place of 0 to 2.
struct facing {
    unsigned axis; // the longest, the last of equals: 0, 1 or 2
    bool is_behind;
    trig_twin uv;
};

static inline trig_twin selected(trig_twin_bits mask, trig_twin yes, trig_twin no)
{
    return (trig_twin)((mask & (trig_twin_bits)yes) | (~mask & (trig_twin_bits)no));
}

static inline struct facing facing_of(struct face_vector p)
{
    const trig_twin x = {p.x, p.x};
    const trig_twin y = {p.y, p.y};
    const trig_twin z = {p.z, p.z};
    const trig_twin_bits is_x = (trig_twin_bits)(trig_twin_size(x) > trig_twin_size(y));
    const trig_twin longer = selected(is_x, trig_twin_size(x), trig_twin_size(y));
    const trig_twin_bits is_not_z = (trig_twin_bits)(longer > trig_twin_size(z));
    const trig_twin along = selected(is_not_z, selected(is_x, x, y), z);
    // Axis 0: (y, z) / x; axis 1: (-x, z) / y; axis 2: (-x, -y) / z.
    const trig_twin_bits is_plain = {is_x[0] & is_not_z[0], is_not_z[0]};
    const trig_twin across = selected(is_plain, (trig_twin){p.y, p.z}, (trig_twin){-p.x, -p.y});
    return (struct facing){
        .axis = (unsigned)((~is_not_z[0] & 2) | (~is_x[0] & is_not_z[0] & 1)),
        .is_behind = along[0] < 0,
        .uv = across / along,
    };
}

// One step of five levels: `turn` is the orientation, in its place in an entry.
static inline uint64_t curve_step(uint64_t position, uint32_t i, uint32_t j, int shift,
                                  uint32_t *turn)
{
    const uint32_t high = (shift == 0 ? i << CURVE_STEP_BITS : i >> (shift - CURVE_STEP_BITS)) &
                          (CURVE_PLACE & ~STEP_MASK);
    const uint32_t entry = curve_positions[*turn | high | (j >> shift & STEP_MASK)];
    *turn = entry & CURVE_TURN;
    return position << (2 * CURVE_STEP_BITS) | (entry & CURVE_PLACE);
}

// Along the curve from the face's corner.
static inline uint64_t position_on_face(uint32_t i, uint32_t j, uint32_t orientation)
{
    uint32_t turn = orientation << (2 * CURVE_STEP_BITS);
    uint64_t position = curve_step(0, i, j, 25, &turn);
    position = curve_step(position, i, j, 20, &turn);
    position = curve_step(position, i, j, 15, &turn);
    position = curve_step(position, i, j, 10, &turn);
    position = curve_step(position, i, j, 5, &turn);
    return curve_step(position, i, j, 0, &turn);
}

cell_id face_cell_from_square(int face, uint32_t i, uint32_t j)
{
    const uint64_t position = position_on_face(i, j, (uint32_t)face & CURVE_SWAPPED);
    return (uint64_t)face << 61 | position << 1 | 1;
}

// The leaves at (u, v): s = sqrt(1 + 3 u) / 2 for u >= 0, else 1 - sqrt(1 - 3 u) / 2, to the
// nearest whole, halves to even. The differences to 0.5 are exact, so both signs are one formula.
static inline trig_twin_bits leaves_at(trig_twin uv)
{
    const trig_twin inner = TRIG_TWIN(1) + TRIG_TWIN(3) * trig_twin_size(uv);
    const trig_twin root = {sqrt(inner[0]), sqrt(inner[1])};
    const trig_twin above = TRIG_TWIN(0.5) * root - TRIG_TWIN(0.5);
    const trig_twin_bits sign = (trig_twin_bits)uv & TRIG_SIGN;
    const trig_twin s = TRIG_TWIN(0.5) + (trig_twin)((trig_twin_bits)above ^ sign);
    return (trig_twin_bits)((TRIG_TWIN(FACE_SIDE) * s - TRIG_TWIN(0.5)) + TRIG_TWIN(TRIG_ROUNDER));
}

static inline uint32_t leaf_on_face(uint64_t bits)
{
    const int32_t leaf = (int32_t)bits; // -1 to FACE_SIDE
    if (UNLIKELY((uint32_t)leaf >= FACE_SIDE)) {
        return leaf < 0 ? 0 : FACE_SIDE - 1;
    }
    return (uint32_t)leaf;
}

// With u and v in each other's place, and the axes of the curve too, the curve is the same: the
// axis alone decides its orientation.
static inline cell_id leaf_from_vector(struct face_vector p)
{
    const struct facing facing = facing_of(p);
    const trig_twin_bits leaves = leaves_at(facing.uv);
    const uint64_t face = facing.axis + (facing.is_behind ? 3 : 0);
    const uint64_t position = position_on_face(leaf_on_face(leaves[0]), leaf_on_face(leaves[1]),
                                               facing.axis & CURVE_SWAPPED);
    return face << 61 | position << 1 | 1;
}

cell_id cell_from_point(struct geo_point point, int level)
{
    assert(level >= 0 && level <= CELL_LEVEL_MAX);
    return cell_parent(leaf_from_vector(face_vector_from_point(point)), level);
}

struct face_square face_square_from_cell(cell_id cell)
{
    const int face = cell_face(cell);
    const int level = cell_level(cell);
    const uint64_t leaf = cell_range_min(cell);
    uint32_t i = 0;
    uint32_t j = 0;
    uint32_t turn = ((uint32_t)face & CURVE_SWAPPED) << (2 * CURVE_STEP_BITS);
    for (int shift = 2 * (CELL_LEVEL_MAX - CURVE_STEP_BITS) + 1; shift > 0;
         shift -= 2 * CURVE_STEP_BITS) {
        const uint32_t entry = curve_squares[turn | ((uint32_t)(leaf >> shift) & CURVE_PLACE)];
        i = i << CURVE_STEP_BITS | (entry >> CURVE_STEP_BITS & STEP_MASK);
        j = j << CURVE_STEP_BITS | (entry & STEP_MASK);
        turn = entry & CURVE_TURN;
    }
    // The first leaf along the curve need not be the lowest corner.
    const uint32_t side = UINT32_C(1) << (CELL_LEVEL_MAX - level);
    return (struct face_square){.face = face,
                                .level = level,
                                .i = (int32_t)(i & ~(side - 1)),
                                .j = (int32_t)(j & ~(side - 1))};
}

struct face_vector face_unframe(int face, struct face_vector f)
{
    switch (face) {
    case 0:
        return (struct face_vector){.x = f.z, .y = f.x, .z = f.y};
    case 1:
        return (struct face_vector){.x = -f.x, .y = f.z, .z = f.y};
    case 2:
        return (struct face_vector){.x = -f.x, .y = -f.y, .z = f.z};
    case 3:
        return (struct face_vector){.x = -f.z, .y = -f.y, .z = -f.x};
    case 4:
        return (struct face_vector){.x = f.y, .y = -f.z, .z = -f.x};
    default:
        return (struct face_vector){.x = f.y, .y = f.x, .z = -f.z};
    }
}

struct geo_point face_point_from_vector(struct face_vector p)
{
    const double e7_from_rad = 180 / TRIG_PI * GEO_DEGREE_E7;
    const double lng_e7 = trig_atan2(p.y, p.x) * e7_from_rad;
    const double lat_e7 = trig_atan2(p.z, sqrt(p.x * p.x + p.y * p.y)) * e7_from_rad;
    return (struct geo_point){.lng_e7 = (int32_t)trig_low_bits(lng_e7 + TRIG_ROUNDER),
                              .lat_e7 = (int32_t)trig_low_bits(lat_e7 + TRIG_ROUNDER)};
}

struct geo_point cell_centre(cell_id cell)
{
    assert(cell_is_valid(cell));
    const struct face_square square = face_square_from_cell(cell);
    const double half = 0.5 / (double)(UINT64_C(1) << square.level);
    const struct face_vector frame = {
        .x = face_u_from_s((double)square.i * (1.0 / FACE_SIDE) + half),
        .y = face_u_from_s((double)square.j * (1.0 / FACE_SIDE) + half),
        .z = 1,
    };
    return face_point_from_vector(face_unframe(square.face, frame));
}

bool cell_is_valid(cell_id cell)
{
    return cell_face(cell) < CELL_FACES &&
           (cell_lowest_bit(cell) & UINT64_C(0x1555555555555555)) != 0;
}

static double clamped(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

// S2 moves a leaf just outside a face to where the straight (linear) continuation of the face
// meets the next face; for cells that touch the edge this is the cell across it.
cell_id face_cell_wrapped(int face, int64_t i, int64_t j, int level)
{
    if (i >= 0 && i < FACE_SIDE && j >= 0 && j < FACE_SIDE) {
        return cell_parent(face_cell_from_square(face, (uint32_t)i, (uint32_t)j), level);
    }
    const int64_t near_i = i < -1 ? -1 : i > FACE_SIDE ? FACE_SIDE : i;
    const int64_t near_j = j < -1 ? -1 : j > FACE_SIDE ? FACE_SIDE : j;
    const double limit =
        0x1.0000000000001p+0; // just over the edge, so that the next face is longest
    const double scale = 1.0 / FACE_SIDE;
    const double u = clamped(scale * (double)(2 * (near_i - FACE_SIDE / 2) + 1), -limit, limit);
    const double v = clamped(scale * (double)(2 * (near_j - FACE_SIDE / 2) + 1), -limit, limit);
    const struct face_vector direction =
        face_unframe(face, (struct face_vector){.x = u, .y = v, .z = 1});
    const struct facing facing = facing_of(direction);
    const int next = (int)facing.axis + (facing.is_behind ? 3 : 0);
    const struct face_vector frame = face_frame(next, direction);
    const double last = FACE_SIDE - 1;
    const double across = FACE_SIDE * 0.5 * (frame.x / frame.z + 1) - 0.5;
    const double along = FACE_SIDE * 0.5 * (frame.y / frame.z + 1) - 0.5;
    const double next_i = clamped(across, 0, last) + TRIG_ROUNDER;
    const double next_j = clamped(along, 0, last) + TRIG_ROUNDER;
    return cell_parent(face_cell_from_square(next, trig_low_bits(next_i), trig_low_bits(next_j)),
                       level);
}

void cell_edge_neighbours(cell_id cell, cell_id neighbours[4])
{
    assert(cell_is_valid(cell));
    const struct face_square square = face_square_from_cell(cell);
    const int64_t side = INT64_C(1) << (CELL_LEVEL_MAX - square.level);
    const int64_t i = square.i;
    const int64_t j = square.j;
    neighbours[0] = face_cell_wrapped(square.face, i, j - side, square.level);
    neighbours[1] = face_cell_wrapped(square.face, i + side, j, square.level);
    neighbours[2] = face_cell_wrapped(square.face, i, j + side, square.level);
    neighbours[3] = face_cell_wrapped(square.face, i - side, j, square.level);
}

// Keeps `neighbours` sorted and without doubles.
static void neighbour_add(cell_id *neighbours, size_t *count, size_t capacity, cell_id cell)
{
    const size_t stored = *count < capacity ? *count : capacity;
    size_t at = stored;
    while (at > 0 && neighbours[at - 1] > cell) {
        at--;
    }
    if (at > 0 && neighbours[at - 1] == cell) {
        return;
    }
    if (stored < capacity) {
        memmove(&neighbours[at + 1], &neighbours[at], (stored - at) * sizeof(*neighbours));
        neighbours[at] = cell;
    }
    ++*count;
}

size_t cell_all_neighbours(cell_id cell, int level, cell_id *neighbours, size_t capacity)
{
    assert(cell_is_valid(cell) && level >= cell_level(cell) && level <= CELL_LEVEL_MAX);
    const struct face_square square = face_square_from_cell(cell);
    const int64_t side = INT64_C(1) << (CELL_LEVEL_MAX - square.level);
    const int64_t step = INT64_C(1) << (CELL_LEVEL_MAX - level);
    size_t count = 0;
    for (int64_t offset = -step; offset <= side; offset += step) {
        const bool is_corner = offset < 0 || offset >= side;
        const int64_t i = square.i + offset;
        const int64_t j = square.j + offset;
        const cell_id around[4] = {
            face_cell_wrapped(square.face, i, square.j - step, level),
            face_cell_wrapped(square.face, i, square.j + side, level),
            is_corner ? 0 : face_cell_wrapped(square.face, square.i - step, j, level),
            is_corner ? 0 : face_cell_wrapped(square.face, square.i + side, j, level),
        };
        for (int k = 0; k < (is_corner ? 2 : 4); k++) {
            neighbour_add(neighbours, &count, capacity, around[k]);
        }
    }
    return count;
}

size_t cell_token_format(cell_id cell, char token[CELL_TOKEN_SIZE])
{
    if (cell == 0) {
        token[0] = 'X';
        token[1] = '\0';
        return 1;
    }
    size_t size = 0;
    for (cell_id rest = cell; rest != 0; rest <<= 4) {
        token[size++] = "0123456789abcdef"[rest >> 60];
    }
    token[size] = '\0';
    return size;
}

bool cell_token_parse(struct bytes token, cell_id *cell)
{
    if (token.size == 0 || token.size >= CELL_TOKEN_SIZE) {
        return false;
    }
    cell_id parsed = 0;
    for (size_t i = 0; i < token.size; i++) {
        const uint8_t letter = token.data[i];
        const uint8_t lower = letter | 0x20;
        if (letter >= '0' && letter <= '9') {
            parsed |= (cell_id)(letter - '0') << (60 - 4 * i);
        } else if (lower >= 'a' && lower <= 'f') {
            parsed |= (cell_id)(lower - 'a' + 10) << (60 - 4 * i);
        } else {
            return false;
        }
    }
    if (!cell_is_valid(parsed)) {
        return false;
    }
    *cell = parsed;
    return true;
}

// To whole units outwards, with room for the rounding of the arithmetic.
static int64_t unit_below(double units)
{
    const double lower = units - 0.01;
    const int64_t whole = (int64_t)lower;
    return (double)whole > lower ? whole - 1 : whole;
}

static int32_t lng_wrapped(int64_t lng_e7)
{
    return (int32_t)(lng_e7 > GEO_LNG_MAX    ? lng_e7 - 2 * (int64_t)GEO_LNG_MAX
                     : lng_e7 < -GEO_LNG_MAX ? lng_e7 + 2 * (int64_t)GEO_LNG_MAX
                                             : lng_e7);
}

static struct geo_box face_box(int face)
{
    const int32_t corner_lat_e7 = 352643896; // atan(1 / sqrt(2)), where three faces meet
    const int32_t octant_e7 = 45 * GEO_DEGREE_E7;
    struct geo_box box = {.west_e7 = -GEO_LNG_MAX,
                          .south_e7 = -octant_e7,
                          .east_e7 = GEO_LNG_MAX,
                          .north_e7 = octant_e7};
    if (face == 2) {
        box.south_e7 = corner_lat_e7;
        box.north_e7 = GEO_LAT_MAX;
    } else if (face == 5) {
        box.south_e7 = -GEO_LAT_MAX;
        box.north_e7 = -corner_lat_e7;
    } else {
        const int quarter = face < 2 ? face : face - 1 - 4; // 0, 1, -2, -1 turns from Greenwich
        box.west_e7 = lng_wrapped((int64_t)quarter * 2 * octant_e7 - octant_e7);
        box.east_e7 = lng_wrapped((int64_t)quarter * 2 * octant_e7 + octant_e7);
    }
    return box;
}

// Below level 0 a cell lies in one quarter of its face, where longitude and latitude grow or fall
// steadily along u and v: the corners are the extremes.
struct geo_box cell_box(cell_id cell)
{
    assert(cell_is_valid(cell));
    const struct face_square square = face_square_from_cell(cell);
    if (square.level == 0) {
        return face_box(square.face);
    }
    const double e7_from_rad = 180 / TRIG_PI * GEO_DEGREE_E7;
    const int64_t side = INT64_C(1) << (CELL_LEVEL_MAX - square.level);
    const int32_t middle_e7 = cell_centre(cell).lng_e7;
    double turn_low_e7 = 0;
    double turn_high_e7 = 0;
    double lat_low_e7 = GEO_LAT_MAX;
    double lat_high_e7 = -GEO_LAT_MAX;
    for (int corner = 0; corner < 4; corner++) {
        const struct face_vector p =
            face_unframe(square.face, (struct face_vector){
                                          .x = face_u_from_i(square.i + (corner & 1) * side),
                                          .y = face_u_from_i(square.j + (corner >> 1) * side),
                                          .z = 1,
                                      });
        const double radius = sqrt(p.x * p.x + p.y * p.y);
        const double lat_e7 = trig_atan2(p.z, radius) * e7_from_rad;
        lat_low_e7 = lat_e7 < lat_low_e7 ? lat_e7 : lat_low_e7;
        lat_high_e7 = lat_e7 > lat_high_e7 ? lat_e7 : lat_high_e7;
        if (radius > 0) {
            double turn_e7 = trig_atan2(p.y, p.x) * e7_from_rad - middle_e7;
            turn_e7 += turn_e7 > GEO_LNG_MAX    ? -2.0 * GEO_LNG_MAX
                       : turn_e7 < -GEO_LNG_MAX ? 2.0 * GEO_LNG_MAX
                                                : 0;
            turn_low_e7 = turn_e7 < turn_low_e7 ? turn_e7 : turn_low_e7;
            turn_high_e7 = turn_e7 > turn_high_e7 ? turn_e7 : turn_high_e7;
        }
    }
    const int64_t south_e7 = unit_below(lat_low_e7);
    const int64_t north_e7 = -unit_below(-lat_high_e7);
    return (struct geo_box){
        .west_e7 = lng_wrapped(middle_e7 + unit_below(turn_low_e7)),
        .south_e7 = (int32_t)(south_e7 < -GEO_LAT_MAX ? -GEO_LAT_MAX : south_e7),
        .east_e7 = lng_wrapped(middle_e7 - unit_below(-turn_high_e7)),
        .north_e7 = (int32_t)(north_e7 > GEO_LAT_MAX ? GEO_LAT_MAX : north_e7),
    };
}
