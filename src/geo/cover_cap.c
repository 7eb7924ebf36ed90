#include "geo/cover_private.h"
#include "geo/distance.h"

struct cap {
    struct geo_point centre;
    double sin_radius, cos_radius;
    bool is_inverted; // the cap is what the circle of the antipode leaves
    struct face_vector direction;
};

// Squares are told from the circle in their face's frame, where their sides are the planes u = const
// and v = const through the earth's middle. `lines` and `corners` are shared by the four quarters.
struct frame {
    struct face_vector centre;
    double u[3], v[3];
    double u_off[3], v_off[3];     // of the centre from the planes, times their normals' lengths
    double u_norm2[3], v_norm2[3]; // those, squared
};

static struct frame frame_of(const struct cap *cap, const struct face_square *square)
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

// Is the foot of the perpendicular on a side within the side? `off`, `norm2` and `line` are of the side's
// plane, the centre's coordinates (across it, along it, outwards); low and high bound the side.
static bool foot_is_on_side(double off, double norm2, double line, double along, double out,
                            double low, double high)
{
    const double foot_along = along * norm2;
    const double foot_out = out * norm2 + line * off;
    return foot_out > 0 && foot_along >= low * foot_out && foot_along <= high * foot_out;
}

static bool corner_is_inside(const struct cap *cap, const struct frame *frame, int a, int b)
{
    const double dot =
        frame->u[a] * frame->centre.x + frame->v[b] * frame->centre.y + frame->centre.z;
    const double norm2 = frame->u_norm2[a] + frame->v_norm2[b] - 1;
    return dot > 0 && dot * dot >= cap->cos_radius * cap->cos_radius * norm2;
}

static enum cover_relation relate_quarter(const struct cap *cap, const struct frame *frame, int a,
                                          int b, bool inside[3][3])
{
    const struct face_vector centre = frame->centre;
    const int west = beyond(frame->u_off[a], frame->u_norm2[a], cap->sin_radius);
    const int east = beyond(-frame->u_off[a + 1], frame->u_norm2[a + 1], cap->sin_radius);
    const int south = beyond(frame->v_off[b], frame->v_norm2[b], cap->sin_radius);
    const int north = beyond(-frame->v_off[b + 1], frame->v_norm2[b + 1], cap->sin_radius);
    if (west == 2 || east == 2 || south == 2 || north == 2) {
        return COVER_OUTSIDE;
    }
    const int corners = inside[a][b] + inside[a][b + 1] + inside[a + 1][b] + inside[a + 1][b + 1];
    if (corners > 0) {
        return corners == 4 ? COVER_INSIDE : COVER_EDGE;
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

static void relate_cap(const void *context, const struct face_square *square,
                       enum cover_relation relations[4])
{
    const struct cap *const cap = context;
    const struct frame frame = frame_of(cap, square);
    bool inside[3][3];
    for (int a = 0; a < 3; a++) {
        for (int b = 0; b < 3; b++) {
            inside[a][b] = corner_is_inside(cap, &frame, a, b);
        }
    }
    for (int quarter = 0; quarter < 4; quarter++) {
        enum cover_relation relation =
            relate_quarter(cap, &frame, quarter >> 1, quarter & 1, inside);
        if (cap->is_inverted && relation != COVER_EDGE) {
            relation = relation == COVER_INSIDE ? COVER_OUTSIDE : COVER_INSIDE;
        }
        relations[quarter] = relation;
    }
}

size_t cover_cap(struct geo_point centre, double radius_m, const struct cover_options *options,
                 struct cover_cell *cells)
{
    if (!(radius_m >= 0)) {
        return 0;
    }
    // A centimetre more, so that a place rounded to its unit is not lost at the rim.
    const double wanted_rad = radius_m / DISTANCE_EARTH_RADIUS_M + 2e-9;
    const double radius_rad = wanted_rad < TRIG_PI ? wanted_rad : TRIG_PI;
    struct cap cap = {.centre = centre, .direction = face_vector_from_point(centre)};
    struct trig_pair radius = trig_sin_cos(radius_rad);
    if (radius.cos < 0) {
        cap.is_inverted = true;
        radius = trig_sin_cos(TRIG_PI - radius_rad);
        cap.direction = (struct face_vector){
            .x = -cap.direction.x, .y = -cap.direction.y, .z = -cap.direction.z};
    }
    cap.sin_radius = radius.sin;
    cap.cos_radius = radius.cos;
    const struct cover_region region = {.relate = relate_cap, .context = &cap};
    return cover_split(&region, centre, radius_rad * DISTANCE_EARTH_RADIUS_M, options, cells);
}
