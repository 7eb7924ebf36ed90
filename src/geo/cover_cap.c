#include "geo/cover_private.h"
#include "geo/distance.h"

// Places are whole units, so the circle is taken a little larger to cover, smaller to say "inside".
#define ROUNDING_RAD 2e-9

// Squares are told from the circle in their face's frame, where their sides are the planes u =
// const and v = const through the earth's middle. `lines` and `corners` are shared by the four
// quarters.
struct frame {
    struct face_vector centre;
    double u[3], v[3];
    double u_off[3], v_off[3];     // of the centre from the planes, times their normals' lengths
    double u_norm2[3], v_norm2[3]; // those, squared
};

static struct frame frame_of(const struct cover_circle *cap, const struct face_square *square)
{
    struct frame frame = {.centre = face_frame(square->face, cap->direction)};
    const int64_t half = INT64_C(1) << (CELL_LEVEL_MAX - square->level - 1);
    for (int k = 0; k < 3; k++) {
        frame.u[k] = face_u_from_i(square->i + k * half);
        frame.v[k] = face_u_from_i(square->j + k * half);
        frame.u_off[k] = frame.centre.x - frame.u[k] * frame.centre.z;
        frame.v_off[k] = frame.centre.y - frame.v[k] * frame.centre.z;
        frame.u_norm2[k] = 1 + frame.u[k] * frame.u[k];
        frame.v_norm2[k] = 1 + frame.v[k] * frame.v[k];
    }
    return frame;
}

// How far is the centre beyond a plane: 0 inside, 1 outside but within the radius, 2 farther?
static int beyond(double off, double norm2, double sin_radius)
{
    return off >= 0 ? 0 : off * off <= sin_radius * sin_radius * norm2 ? 1 : 2;
}

// Is the foot of the perpendicular on a side within the side? `off`, `norm2` and `line` are of the
// side's plane, the centre's coordinates (across it, along it, outwards); low and high bound the
// side.
static bool foot_is_on_side(double off, double norm2, double line, double along, double out,
                            double low, double high)
{
    const double foot_along = along * norm2;
    const double foot_out = out * norm2 + line * off;
    return foot_out > 0 && foot_along >= low * foot_out && foot_along <= high * foot_out;
}

// Squared sine of the angle from the centre to a corner, times the corner's squared length: the
// cross product, which keeps its digits where a cosine would be all nines. Infinite behind the
// centre.
static double corner_off(const struct frame *frame, int a, int b)
{
    const struct face_vector centre = frame->centre;
    const double dot = frame->u[a] * centre.x + frame->v[b] * centre.y + centre.z;
    const double across = frame->u[a] * centre.y - frame->v[b] * centre.x;
    const double off =
        frame->u_off[a] * frame->u_off[a] + frame->v_off[b] * frame->v_off[b] + across * across;
    return dot > 0 ? off / (frame->u_norm2[a] + frame->v_norm2[b] - 1) : (double)INFINITY;
}

static enum cover_relation relate_quarter(const struct cover_circle *cap, const struct frame *frame,
                                          int a, int b, double offs[3][3])
{
    const struct face_vector centre = frame->centre;
    const int west = beyond(frame->u_off[a], frame->u_norm2[a], cap->sin_radius);
    const int east = beyond(-frame->u_off[a + 1], frame->u_norm2[a + 1], cap->sin_radius);
    const int south = beyond(frame->v_off[b], frame->v_norm2[b], cap->sin_radius);
    const int north = beyond(-frame->v_off[b + 1], frame->v_norm2[b + 1], cap->sin_radius);
    if (west == 2 || east == 2 || south == 2 || north == 2) {
        return COVER_OUTSIDE;
    }
    const double near_west = offs[a][b] < offs[a][b + 1] ? offs[a][b] : offs[a][b + 1];
    const double near_east =
        offs[a + 1][b] < offs[a + 1][b + 1] ? offs[a + 1][b] : offs[a + 1][b + 1];
    const double far_west = offs[a][b] < offs[a][b + 1] ? offs[a][b + 1] : offs[a][b];
    const double far_east =
        offs[a + 1][b] < offs[a + 1][b + 1] ? offs[a + 1][b + 1] : offs[a + 1][b];
    if (far_west <= cap->inner_sin2 && far_east <= cap->inner_sin2) {
        return COVER_INSIDE;
    }
    const double sin2 = cap->sin_radius * cap->sin_radius;
    if (near_west <= sin2 || near_east <= sin2) {
        return COVER_EDGE;
    }
    if (west + east + south + north == 0) {
        return COVER_EDGE; // the centre is in the quarter
    }
    const int u = west != 0 ? a : a + 1;
    const int v = south != 0 ? b : b + 1;
    const bool touches_u =
        (west | east) != 0 && foot_is_on_side(frame->u_off[u], frame->u_norm2[u], frame->u[u],
                                              centre.y, centre.z, frame->v[b], frame->v[b + 1]);
    const bool touches_v =
        (south | north) != 0 && foot_is_on_side(frame->v_off[v], frame->v_norm2[v], frame->v[v],
                                                centre.x, centre.z, frame->u[a], frame->u[a + 1]);
    return touches_u || touches_v ? COVER_EDGE : COVER_OUTSIDE;
}

void cover_relate_circle(const void *context, const struct face_square *square,
                         enum cover_relation relations[4])
{
    const struct cover_circle *const cap = context;
    const struct frame frame = frame_of(cap, square);
    double offs[3][3];
    for (int a = 0; a < 3; a++) {
        for (int b = 0; b < 3; b++) {
            offs[a][b] = corner_off(&frame, a, b);
        }
    }
    for (int quarter = 0; quarter < 4; quarter++) {
        enum cover_relation relation = relate_quarter(cap, &frame, quarter >> 1, quarter & 1, offs);
        if (cap->is_inverted && relation != COVER_EDGE) {
            relation = relation == COVER_INSIDE ? COVER_OUTSIDE : COVER_INSIDE;
        }
        relations[quarter] = relation;
    }
}

static double radius_rad_of(double radius_m)
{
    const double whole_rad = radius_m / DISTANCE_EARTH_RADIUS_M;
    return whole_rad < TRIG_PI ? whole_rad : TRIG_PI;
}

struct cover_circle cover_circle_of(struct geo_point centre, double radius_m)
{
    const double radius_rad = radius_rad_of(radius_m);
    struct cover_circle cap = {.direction = face_vector_from_point(centre)};
    double circle_rad = radius_rad;
    if (radius_rad > TRIG_PI / 2) {
        cap.is_inverted = true;
        circle_rad = TRIG_PI - radius_rad;
        cap.direction = (struct face_vector){
            .x = -cap.direction.x, .y = -cap.direction.y, .z = -cap.direction.z};
    }
    const double outer_rad = circle_rad + ROUNDING_RAD;
    const double inner_rad = circle_rad - ROUNDING_RAD;
    const double inner_sine = inner_rad > 0 ? trig_sin_cos(inner_rad).sin : 0;
    cap.sin_radius = trig_sin_cos(outer_rad < TRIG_PI / 2 ? outer_rad : TRIG_PI / 2).sin;
    cap.inner_sin2 = inner_rad > 0 ? inner_sine * inner_sine : -1;
    return cap;
}

size_t cover_cap(struct geo_point centre, double radius_m, const struct cover_options *options,
                 struct cover_cell *cells)
{
    if (!(radius_m >= 0)) {
        return 0;
    }
    const struct cover_circle cap = cover_circle_of(centre, radius_m);
    const struct cover_region region = {.relate = cover_relate_circle, .context = &cap};
    return cover_split(&region, centre,
                       (radius_rad_of(radius_m) + ROUNDING_RAD) * DISTANCE_EARTH_RADIUS_M, options,
                       cells);
}
