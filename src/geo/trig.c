#include "geo/trig.h"

// Of a ratio within 0 to 1.
static double trig_atan_of_ratio(double small, double large)
{
    const double ratio = small / large;
    const double step = ratio * TRIG_STEPS + TRIG_ROUNDER;
    const struct trig_arc *const known = &trig_arcs[trig_low_bits(step)];
    const double tangent = (step - TRIG_ROUNDER) * (1.0 / TRIG_STEPS);
    // tan(a - b) = (tan a - tan b) / (1 + tan a tan b); what is left is at most 1/128.
    const double rest = (small - tangent * large) / (large + tangent * small);
    const double square = rest * rest;
    const double series =
        rest * square * (-1.0 / 3 + square * (1.0 / 5 - square * (1.0 / 7 - square * (1.0 / 9))));
    return known->arc + (known->arc_rest + (rest + series));
}

double trig_atan2(double y, double x)
{
    const double height = fabs(y);
    const double width = fabs(x);
    if (!(height > 0)) {
        return x < 0 ? TRIG_PI : 0;
    }
    double angle_rad = height <= width ? trig_atan_of_ratio(height, width)
                                       : TRIG_PI / 2 - trig_atan_of_ratio(width, height);
    if (x < 0) {
        angle_rad = TRIG_PI - angle_rad;
    }
    return y < 0 ? -angle_rad : angle_rad;
}

double trig_asin(double x)
{
    if (x >= 1) {
        return TRIG_PI / 2;
    }
    if (x <= -1) {
        return -TRIG_PI / 2;
    }
    return trig_atan2(x, sqrt((1 - x) * (1 + x)));
}
