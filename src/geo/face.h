// Face: the six sides of the cube behind cells, and the squares on them.
//
// A face has axes u, v in [-1, 1] and a normal w; (i, j) counts leaf cells along u and v, 0 to 2^30
// - 1. The quadratic projection between them is S2's. Only geo and index use this file. Pure; any
// thread.
#ifndef GEO_FACE_H
#define GEO_FACE_H

#include <math.h>

#include "geo/cell.h"
#include "geo/curve.h"
#include "geo/trig.h"

#define FACE_SIDE (1 << CELL_LEVEL_MAX) // leaves along one side

// A direction; unit length unless said otherwise.
struct face_vector {
    double x, y, z;
};

// A square of leaves: side << size_level long, its corner at (i, j).
struct face_square {
    int face;
    int level;
    int32_t i, j; // of its lowest leaf
};

static inline struct face_vector face_vector_from_point(struct geo_point point)
{
    trig_twin sines; // of latitude, longitude
    trig_twin cosines;
    const trig_twin angles_rad = {trig_rad_from_e7(point.lat_e7), trig_rad_from_e7(point.lng_e7)};
    trig_sin_cos_of_two(angles_rad, &sines, &cosines);
    return (struct face_vector){
        .x = cosines[1] * cosines[0], .y = sines[1] * cosines[0], .z = sines[0]};
}

struct geo_point face_point_from_vector(struct face_vector vector);

// (u, v, w) of a direction in a face's frame; w > 0 on its half of the globe.
static inline struct face_vector face_frame(int face, struct face_vector p)
{
    switch (face) {
    case 0:
        return (struct face_vector){.x = p.y, .y = p.z, .z = p.x};
    case 1:
        return (struct face_vector){.x = -p.x, .y = p.z, .z = p.y};
    case 2:
        return (struct face_vector){.x = -p.x, .y = -p.y, .z = p.z};
    case 3:
        return (struct face_vector){.x = -p.z, .y = -p.y, .z = -p.x};
    case 4:
        return (struct face_vector){.x = -p.z, .y = p.x, .z = -p.y};
    default:
        return (struct face_vector){.x = p.y, .y = p.x, .z = -p.z};
    }
}

// The way back; not of unit length when (u, v, w) is not.
struct face_vector face_unframe(int face, struct face_vector frame);

// Position in [0, 1] along an axis, and where it lies on the face.
static inline double face_u_from_s(double s)
{
    return s >= 0.5 ? (1 / 3.0) * (4 * s * s - 1) : (1 / 3.0) * (1 - 4 * (1 - s) * (1 - s));
}

// u of the line before leaf i; i to FACE_SIDE.
static inline double face_u_from_i(int64_t i)
{
    return face_u_from_s((double)i * (1.0 / FACE_SIDE));
}

cell_id face_cell_from_square(int face, uint32_t i, uint32_t j);
struct face_square face_square_from_cell(cell_id cell);

// The cell of `level` whose lowest leaf is at (i, j), which may lie up to one face's side outside:
// then the cell lies on the face that is folded there, as the globe is one surface.
cell_id face_cell_wrapped(int face, int64_t i, int64_t j, int level);

#endif
