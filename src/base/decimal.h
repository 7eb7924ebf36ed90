// Decimal: doubles as text and back, exactly.
//
// Reading gives the double nearest to what is written (ties to even); writing gives the fewest digits
// that read back as the same double, and of those the nearest: what Go's strconv and JavaScript
// print. Nothing depends on a locale. Pure; any thread.
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include "base/bytes.h"

// The whole text: sign, digits, point, digits, exponent, of which a digit must be there: "7", "-.5",
// "+1.e3". False for anything else: blanks, "inf", "nan", hexadecimal. Too large is infinite, too small
// is 0, as IEEE 754 rounds. At most DECIMAL_READ_SIZE bytes.
#define DECIMAL_READ_SIZE 1000
bool decimal_parse(struct bytes text, double *value);

// Writes without an exponent ("100000000000000000000000", "0.000001"); "NaN", "Infinity" and "-Infinity";
// -0 is "-0". Returns the size; there is no NUL.
#define DECIMAL_SIZE 336
size_t decimal_format(double value, char text[DECIMAL_SIZE]);

// The digits alone: value = ±0.DIGITS * 10^exponent, 1 to 17 of them, no zeros at either end but for
// 0 itself ("0", exponent 1). Finite values only.
struct decimal {
    char digits[17];
    unsigned count;
    int exponent;
    bool is_negative;
};
struct decimal decimal_of(double value);

#endif
