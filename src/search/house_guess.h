// House guess: where a number is that no row of its street has.
//
//   range      "12-14" is there and 14 is asked for
//   between    there are numbers of its side (odd or even) below and above: as far between them
//   beside     there is one near on one side only, or the same number with another suffix
//
// Pure; any thread.
#ifndef SEARCH_HOUSE_GUESS_H
#define SEARCH_HOUSE_GUESS_H

#include "atlas/atlas.h"
#include "search/search.h"

struct house_guess {
    enum search_guess guess;
    uint32_t row;           // RANGE, BESIDE: that is meant; BETWEEN: the nearest by number
    struct geo_point point; // where it is
};

// For rows [first, end) of one street, ascending by number. GUESS_NONE: nothing is near.
struct house_guess house_guess(const struct atlas *atlas, uint32_t first, uint32_t end,
                               uint32_t number);

#endif
