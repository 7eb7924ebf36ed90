// Ordinal: numbers of streets, which people write with their ending or without ("217 st", "217th street").
//
// Pure; any thread.
#ifndef TEXT_ORDINAL_H
#define TEXT_ORDINAL_H

#include "base/bytes.h"

#define ORDINAL_SIZE_MAX 8

// The other way to write a folded number of up to four digits: "217th" for "217", "217" for "217th" (also
// "3e", "2eme", "1er"). Writes at most ORDINAL_SIZE_MAX bytes to `other` and returns how many; 0 when the
// word is no such number.
size_t ordinal_other(struct bytes word, uint8_t other[ORDINAL_SIZE_MAX]);

#endif
