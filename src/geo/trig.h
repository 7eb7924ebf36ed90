// Trigonometry of our own: sine, cosine and arc tangent that give the same bits on every machine.
//
// libm's functions differ between versions and between machines with and without fused
// multiply-add. These use only +, -, *, / and sqrt, which IEEE 754 defines to the bit, with tables
// made by tools/geo_tables.py from 60-digit decimals. Method: reduce by quarter turns held in two
// doubles (Cody and Waite), look up the nearest multiple of 1/256 in two doubles, correct by a short
// Taylor series (Gal and Bachelis, "An accurate elementary mathematical library", ACM TOMS 17, 1991).
//
// Errors, measured against 64-bit arithmetic: sine and cosine at most 0.65 units in the last place and
// correctly rounded for 998 of 1000 arguments (as glibc's are); arc tangent at most 1.6. Pure; any thread.
#ifndef GEO_TRIG_H
#define GEO_TRIG_H

#include <math.h>
#include <stdint.h>
#include <string.h>

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

static inline uint32_t trig_low_bits(double rounded)
{
    uint64_t bits;
    memcpy(&bits, &rounded, sizeof(bits));
    return (uint32_t)bits;
}

// Of an angle within +-pi (and a little more), in radians.
static inline struct trig_pair trig_sin_cos(double angle_rad)
{
    const double quarter_rad = 0x1.921fb54442d18p+0;
    const double quarter_rest_rad = 0x1.1a62633145c07p-54;

    const double size = fabs(angle_rad);
    const double rounded = size * (2 / TRIG_PI) + TRIG_ROUNDER;
    const double quarters = rounded - TRIG_ROUNDER;      // 0, 1 or 2
    const double turned = size - quarters * quarter_rad; // exact
    const double turned_rest =
        turned < 0 ? quarters * quarter_rest_rad : -quarters * quarter_rest_rad;

    const double left = fabs(turned);
    const double step = left * TRIG_STEPS + TRIG_ROUNDER;
    const struct trig_entry *const entry = &trig_table[trig_low_bits(step)];
    const double rest = left - (step - TRIG_ROUNDER) * (1.0 / TRIG_STEPS); // exact, <= 1/128
    const double square = rest * rest;
    const double sin_series = turned_rest + rest * square * (-1.0 / 6 + square * (1.0 / 120));
    const double cos_less_one = square * (-0.5 + square * (1.0 / 24));
    // sin(a + b) = sin a + b + what is small, the first sum kept exactly in two parts.
    const double sum = entry->sin + rest;
    const double sum_rest = (entry->sin - sum) + rest;
    const double sin_left = sum + (sum_rest + (entry->sin_rest + entry->sin * cos_less_one +
                                               (entry->cos - 1) * rest + entry->cos * sin_series));
    const double cos_left =
        entry->cos +
        (entry->cos_rest + (entry->cos * cos_less_one - entry->sin * (rest + sin_series)));

    const uint32_t quarter = trig_low_bits(rounded);
    const double sin_turned = turned < 0 ? -sin_left : sin_left;
    const double sin_size = (quarter & 1) != 0 ? cos_left : quarter != 0 ? -sin_turned : sin_turned;
    const double cos_size = (quarter & 1) != 0 ? -sin_turned : quarter != 0 ? -cos_left : cos_left;
    return (struct trig_pair){.sin = angle_rad < 0 ? -sin_size : sin_size, .cos = cos_size};
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
