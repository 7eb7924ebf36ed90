// Trigonometry of our own: sine, cosine and arc tangent that give the same bits on every machine.
//
// libm's functions differ between versions and between machines with and without fused
// multiply-add. These use only +, -, *, / and sqrt, which IEEE 754 defines to the bit, with tables
// made by tools/geo_tables.py from 60-digit decimals. Method: reduce by quarter turns held in two
// doubles (Cody and Waite), look up the nearest multiple of 1/256 in two doubles, correct by a
// short Taylor series (Gal and Bachelis, "An accurate elementary mathematical library", ACM TOMS
// 17, 1991).
//
// Errors, measured against 64-bit arithmetic: sine and cosine at most 0.65 units in the last place
// and correctly rounded for 998 of 1000 arguments (as glibc's are); arc tangent at most 1.6. Pure;
// any thread.
#ifndef GEO_TRIG_H
#define GEO_TRIG_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/attributes.h"

#define TRIG_PI 0x1.921fb54442d18p+1

enum { TRIG_STEPS = 256, TRIG_SINES = 203, TRIG_TANGENTS = 257 };

struct trig_entry {
    double sin, sin_rest, cos, cos_rest; // of i / TRIG_STEPS
};
extern const struct trig_entry trig_table[TRIG_SINES];

struct trig_arc {
    double arc, arc_rest; // arc tangent of i / TRIG_STEPS
};
extern const struct trig_arc trig_arcs[TRIG_TANGENTS];

struct trig_pair {
    double sin, cos;
};

// A double of this size has units in its last place: adding it rounds to a whole number, which then
// stands in the low bits.
#define TRIG_ROUNDER 0x1.8p52

// Two numbers worked on at once, as a place has two angles; and their bits.
typedef double trig_twin VECTOR(16);
typedef uint64_t trig_twin_bits VECTOR(16);

#define TRIG_SIGN        (UINT64_C(1) << 63)
#define TRIG_TWIN(value) ((trig_twin){(value), (value)})

static inline uint32_t trig_low_bits(double rounded)
{
    uint64_t bits;
    memcpy(&bits, &rounded, sizeof(bits));
    return (uint32_t)bits;
}

static inline trig_twin trig_twin_size(trig_twin value)
{
    return (trig_twin)((trig_twin_bits)value & ~TRIG_SIGN);
}

// Of two angles within +-pi (and a little more), in radians. Without branches, as places differ.
static inline void trig_sin_cos_of_two(trig_twin angles_rad, trig_twin *sines, trig_twin *cosines)
{
    const trig_twin quarter_rad = TRIG_TWIN(0x1.921fb54442d18p+0);
    const trig_twin quarter_rest_rad = TRIG_TWIN(0x1.1a62633145c07p-54);
    const trig_twin rounder = TRIG_TWIN(TRIG_ROUNDER);

    const trig_twin size = trig_twin_size(angles_rad);
    const trig_twin rounded = size * TRIG_TWIN(2 / TRIG_PI) + rounder;
    const trig_twin quarters = rounded - rounder;           // 0, 1 or 2
    const trig_twin turned = size - quarters * quarter_rad; // exact
    const trig_twin_bits turned_sign = (trig_twin_bits)turned & TRIG_SIGN;

    const trig_twin left = trig_twin_size(turned);
    const trig_twin left_rest = // the sign is the opposite of what was turned
        (trig_twin)((trig_twin_bits)(quarters * quarter_rest_rad) ^ turned_sign ^ TRIG_SIGN);
    const trig_twin step = left * TRIG_TWIN(TRIG_STEPS) + rounder;
    const struct trig_entry *const first = &trig_table[trig_low_bits(step[0])];
    const struct trig_entry *const second = &trig_table[trig_low_bits(step[1])];
    const trig_twin sin = {first->sin, second->sin};
    const trig_twin cos = {first->cos, second->cos};
    const trig_twin sin_rest = {first->sin_rest, second->sin_rest};
    const trig_twin cos_rest = {first->cos_rest, second->cos_rest};

    const trig_twin rest = left - (step - rounder) * TRIG_TWIN(1.0 / TRIG_STEPS); // exact, <= 1/512
    const trig_twin square = rest * rest;
    const trig_twin sin_series =
        left_rest + rest * square * (TRIG_TWIN(-1.0 / 6) + square * TRIG_TWIN(1.0 / 120));
    const trig_twin cos_less_one = square * (TRIG_TWIN(-0.5) + square * TRIG_TWIN(1.0 / 24));
    // sin(a + b) = sin a + b + what is small, the first sum kept exactly in two parts.
    const trig_twin sum = sin + rest;
    const trig_twin sum_rest = (sin - sum) + rest;
    const trig_twin sin_left = sum + (sum_rest + (sin_rest + sin * cos_less_one +
                                                  (cos - TRIG_TWIN(1)) * rest + cos * sin_series));
    const trig_twin cos_left = cos + (cos_rest + (cos * cos_less_one - sin * (rest + sin_series)));

    // Quarter turns: (s, c), (c, -s), (-s, -c).
    const trig_twin_bits quarter = (trig_twin_bits)rounded;
    const trig_twin_bits sin_bits = (trig_twin_bits)sin_left ^ turned_sign;
    const trig_twin_bits cos_bits = (trig_twin_bits)cos_left;
    const trig_twin_bits swap = (sin_bits ^ cos_bits) & (0 - (quarter & 1));
    const trig_twin_bits sin_sign =
        ((quarter & 2) << 62) ^ ((trig_twin_bits)angles_rad & TRIG_SIGN);
    const trig_twin_bits cos_sign = ((quarter + 1) & 2) << 62;
    *sines = (trig_twin)(sin_bits ^ swap ^ sin_sign);
    *cosines = (trig_twin)(cos_bits ^ swap ^ cos_sign);
}

static inline struct trig_pair trig_sin_cos(double angle_rad)
{
    trig_twin sines;
    trig_twin cosines;
    trig_sin_cos_of_two((trig_twin){angle_rad, angle_rad}, &sines, &cosines);
    return (struct trig_pair){.sin = sines[0], .cos = cosines[0]};
}

// 1e-7 degrees in radians, rounded as s2geometry does.
static inline double trig_rad_from_e7(int32_t angle_e7)
{
    return TRIG_PI / 180 * (1e-7 * angle_e7);
}

// The angle of (x, y) from the x axis, within +-pi; 0 for the origin.
double trig_atan2(double y, double x);

// x within -1 to 1; beyond, the nearer end is taken.
double trig_asin(double x);

#endif
