// Unit: the flat, suite or floor of an address, whatever it is called: "Apt 4B", "#4b", "unit 4 B".
//
// Its key is its letters and digits in lower case without the words that say that it is one. Pure; any
// thread.
#ifndef SEARCH_UNIT_H
#define SEARCH_UNIT_H

#include "base/bytes.h"

enum { UNIT_KEY_SIZE = 16 };

struct unit {
    uint8_t size; // 0: none
    uint8_t key[UNIT_KEY_SIZE];
};

// Does the word say that a unit follows, like "apt" or "suite"? In lower case.
bool unit_is_designator(struct bytes word);
// False, with a size of 0, when the text says no unit. What a longer key has beyond the room is left out.
bool unit_read(struct bytes text, struct unit *unit);
// Is it the unit of this text?
bool unit_agrees(const struct unit *unit, struct bytes text);

#endif
