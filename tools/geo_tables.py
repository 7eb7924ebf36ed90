#!/usr/bin/env python3
"""Writes the tables of src/geo: sines and arc tangents in two doubles, and the Hilbert curve.

usage: geo_tables.py OUTPUT.c      (run by the build)
"""
import sys
from decimal import Decimal, getcontext

getcontext().prec = 60
STEPS, SINES, TANGENTS, BITS = 256, 203, 257, 5


def sin_cos(x):
    sin, cos, term = Decimal(0), Decimal(0), Decimal(1)
    for i in range(1, 80):
        cos, sin = (cos + term, sin) if i % 2 else (cos, sin + term)
        term = term * x / i * (1 if i % 2 else -1)
    return sin, cos


def atan(x):
    # Newton on tan(y) = x: y += cos(y) * (x cos(y) - sin(y)), quadratic from a double's accuracy on.
    import math
    y = Decimal(math.atan(float(x)))
    for _ in range(4):
        sin, cos = sin_cos(y)
        y += cos * (x * cos - sin)
    return y


def pair(value):
    high = float(value)
    return f"{high.hex()}, {float(value - Decimal(high)).hex()}"


# The curve of one cell: position -> (i, j) for the four orientations (bit 0: axes swapped, bit 1: both
# reversed), and what the orientation becomes in each of the four children.
ORDER = [[0, 1, 3, 2], [0, 2, 3, 1], [3, 2, 0, 1], [3, 1, 0, 2]]
TURN = [1, 0, 0, 3]


def curve():
    """[orientation][i bits, j bits] -> orientation, position; and the way back."""
    forward, backward = [], []
    for start in range(4):
        to_position = [0] * 4**BITS
        to_square = [0] * 4**BITS
        for position in range(4**BITS):
            orientation, i, j = start, 0, 0
            for shift in range(2 * (BITS - 1), -1, -2):
                step = position >> shift & 3
                square = ORDER[orientation][step]
                i, j = i << 1 | square >> 1, j << 1 | square & 1
                orientation ^= TURN[step]
            to_position[i << BITS | j] = orientation << 2 * BITS | position
            to_square[position] = orientation << 2 * BITS | i << BITS | j
        forward += to_position
        backward += to_square
    return forward, backward


def rows(values, width):
    for at in range(0, len(values), width):
        yield "    " + ", ".join(str(v) for v in values[at:at + width]) + ","


def main():
    lines = ['#include "geo/curve.h"', '#include "geo/trig.h"', "",
             "const struct trig_entry trig_table[TRIG_SINES] = {"]
    for i in range(SINES):
        sin, cos = sin_cos(Decimal(i) / STEPS)
        lines.append(f"    {{{pair(sin)}, {pair(cos)}}},")
    lines += ["};", "", "const struct trig_arc trig_arcs[TRIG_TANGENTS] = {"]
    for i in range(TANGENTS):
        lines.append(f"    {{{pair(atan(Decimal(i) / STEPS))}}},")
    forward, backward = curve()
    lines += ["};", "", "const uint16_t curve_positions[CURVE_ENTRIES] = {", *rows(forward, 16),
              "};", "", "const uint16_t curve_squares[CURVE_ENTRIES] = {", *rows(backward, 16), "};"]
    with open(sys.argv[1], "w", encoding="ascii") as output:
        output.write("\n".join(lines) + "\n")


main()
