// What the coverings of different regions share: the region answers for four squares, cover_split
// does the rest.
#ifndef GEO_COVER_PRIVATE_H
#define GEO_COVER_PRIVATE_H

#include "geo/cover.h"
#include "geo/face.h"

enum cover_relation { COVER_OUTSIDE, COVER_EDGE, COVER_INSIDE };

// A cell with what its children need to know.
struct cover_square {
    struct face_square square;
    cell_id cell;
    uint8_t orientation; // of the curve in it
};

struct cover_region {
    // Of the square's four quarters, relations[di << 1 | dj]. The square is no leaf.
    void (*relate)(const void *context, const struct face_square *square,
                   enum cover_relation relations[4]);
    const void *context;
};

// Covers a region that lies within the circle.
size_t cover_split(const struct cover_region *region, struct geo_point centre, double radius_m,
                   const struct cover_options *options, struct cover_cell *cells);

// The regions we know; contexts: struct geo_box, struct ring_index, struct cover_circle.
void cover_relate_box(const void *box, const struct face_square *square,
                      enum cover_relation relations[4]);
void cover_relate_rings(const void *rings, const struct face_square *square,
                        enum cover_relation relations[4]);
void cover_relate_circle(const void *circle, const struct face_square *square,
                         enum cover_relation relations[4]);

struct cover_circle {
    double sin_radius;
    double inner_sin2; // squared sine of the smaller radius; negative when there is none
    bool is_inverted;  // the cap is what the circle of the antipode leaves
    struct face_vector direction;
};
struct cover_circle cover_circle_of(struct geo_point centre, double radius_m);

// A circle that holds the box; nearly the globe when the box is large.
double cover_box_radius_m(struct geo_box box, struct geo_point centre);
// The box of a square, grown by what rounding may leave out; `line` is the line on the map that is
// the pole when the square touches one.
struct geo_box cover_square_box(const struct face_square *square);
MUST_USE bool cover_pole_line(struct geo_box cell, struct geo_box *line);

// The quarter of a square: di, dj 0 or 1.
static inline struct face_square cover_quarter(const struct face_square *square, int di, int dj)
{
    const int32_t half = (int32_t)1 << (CELL_LEVEL_MAX - square->level - 1);
    return (struct face_square){.face = square->face,
                                .level = square->level + 1,
                                .i = square->i + di * half,
                                .j = square->j + dj * half};
}

#endif
