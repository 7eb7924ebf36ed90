// House number: "12", "12a", "12 A", "12-14", "194-06", "12/3", "12 bis", "12½" in one order.
//
// A house number is its leading digits and a suffix. The suffix is the folded rest without blanks;
// a '-' or '/' stays only before a digit, so that "12a", "12 A", "12-a" and "12/a" are one number and
// "194-06" and "19406" are two. The order is (number, suffix bytes): 12 < 12-14 < 12/3 < 12a < 13.
//
// Works on folded text (text/fold.h). Pure; any thread.
#ifndef TEXT_HOUSE_NUMBER_H
#define TEXT_HOUSE_NUMBER_H

#include "base/bytes.h"

#define HOUSE_NUMBER_SUFFIX_SIZE 14

struct house_number {
    uint32_t number;
    uint8_t suffix_size;
    char suffix[HOUSE_NUMBER_SUFFIX_SIZE]; // zero-padded
};

// Reads a whole text: false, and nothing written, unless all of it is one house number (it begins with
// at most nine digits, the suffix fits and is at most one word of up to four letters with digits).
bool house_number_parse(struct bytes folded, struct house_number *number);

// Reads whatever stands where a number should: a house number, or else ("s/n", "A1", "km. 22") number 0
// with its letters and digits, as many as fit, as the suffix. False when it has none.
bool house_number_read(struct bytes folded, struct house_number *number);

// The first four bytes of the suffix, big-endian, zero-padded: orders like the suffix as far as it goes.
uint32_t house_number_suffix_key(const struct house_number *number);

#endif
