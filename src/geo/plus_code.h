// Plus code: a place as a short word (Open Location Code, github.com/google/open-location-code), "8FVC9G8F+6X".
//
// Ten digits of base 20 halve the globe by turns in latitude and longitude down to 1/8000 degree; up to five
// more divide by 5 and 4. A short code lacks digits in front, which a place near it gives back. Letters in
// either case. Pure; any thread.
#ifndef GEO_PLUS_CODE_H
#define GEO_PLUS_CODE_H

#include "base/bytes.h"
#include "geo/point.h"

#define PLUS_CODE_SIZE 17 // of the longest with its '+', and a zero byte

enum plus_code_kind {
    PLUS_CODE_NONE, // not one
    PLUS_CODE_SHORT,
    PLUS_CODE_FULL,
};

// What the whole text is.
enum plus_code_kind plus_code_kind(struct bytes text);

// The area of a full code; its middle is the place. False: it is none.
bool plus_code_decode(struct bytes text, struct geo_box *box);

// Of a full or short code, the place nearest to `near` that it may mean. False: it is none.
bool plus_code_find(struct bytes text, struct geo_point near, struct geo_point *point);

// The code of `digits` digits (2, 4, 6, 8, 10 to 15; others are taken as 10).
void plus_code_format(struct geo_point point, unsigned digits, char code[PLUS_CODE_SIZE]);

#endif
