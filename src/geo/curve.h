// The Hilbert curve on a face of the cube: tables that walk five levels at a step.
//
// Entry: (position << 2 | orientation after), or (i << 5 | j) << 2 | orientation after. Index:
// orientation << 10 | ten bits of square (i << 5 | j) or position. Made by tools/geo_tables.py. The
// curve's orientation has bit 0 for swapped axes and bit 1 for both axes reversed.
#ifndef GEO_CURVE_H
#define GEO_CURVE_H

#include <stdint.h>

enum {
    CURVE_STEP_BITS = 5,
    CURVE_ENTRIES = 4 << (2 * CURVE_STEP_BITS),
    CURVE_SWAPPED = 1,
};

extern const uint16_t curve_positions[CURVE_ENTRIES];
extern const uint16_t curve_squares[CURVE_ENTRIES];

#endif
