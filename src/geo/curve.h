// The Hilbert curve on a face of the cube: tables that walk five levels at a step.
//
// An entry is the orientation after the step in bits 10 and 11, and below it the position, or i <<
// 5 | j. The index is the same of what is known: orientation before, square or position. Made by
// tools/geo_tables.py. Of an orientation, bit 0 says that the axes are swapped, bit 1 that both are
// reversed.
#ifndef GEO_CURVE_H
#define GEO_CURVE_H

#include <stdint.h>

enum {
    CURVE_STEP_BITS = 5,
    CURVE_ENTRIES = 4 << (2 * CURVE_STEP_BITS),
    CURVE_SWAPPED = 1,
    CURVE_PLACE = (1 << (2 * CURVE_STEP_BITS)) - 1, // mask of position or square in an entry
    CURVE_TURN = 3 << (2 * CURVE_STEP_BITS),        // mask of the orientation
};

extern const uint16_t curve_positions[CURVE_ENTRIES];
extern const uint16_t curve_squares[CURVE_ENTRIES];

#endif
