// Glob: patterns of names, as Redis and Tile38 write them.
//
//   *        any run of characters, also none      [a-c] [^a-c]   one of a set, one not of it
//   ?        one character                         \x             x itself
//
// Bytes that are not UTF-8 count as characters of one byte. Time is at most the product of both sizes
// (one mark to go back to, no recursion). Pure; any thread.
#ifndef TEXT_GLOB_H
#define TEXT_GLOB_H

#include "base/bytes.h"

bool glob_matches(struct bytes pattern, struct bytes text);

// Does the pattern match one text only, itself?
bool glob_is_plain(struct bytes pattern);

// What every match begins with: the plain beginning of the pattern; for scans in order of name.
struct bytes glob_prefix(struct bytes pattern);

#endif
