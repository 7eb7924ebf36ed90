// Distance: how many typing errors apart two words are.
//
// Optimal string alignment: insertions, deletions, substitutions and transpositions of neighbours cost
// one each, and no part is edited twice (Boytsov, "Indexing methods for approximate dictionary
// searching", JEA 16, 2011, section 2). Only the band of cells that can stay within the bound is
// computed: O((2 bound + 1) x length). Pure; any thread; allocates nothing.
#ifndef TEXT_DISTANCE_H
#define TEXT_DISTANCE_H

#include "base/bytes.h"

#define TEXT_DISTANCE_BOUND_MAX 7
#define TEXT_DISTANCE_WORD_MAX  256 // code points; longer words count as infinitely far unless equal

// The distance in code points between two UTF-8 texts if it is at most `bound`
// (<= TEXT_DISTANCE_BOUND_MAX), else bound + 1. A byte that is not UTF-8 counts as one code point.
unsigned text_distance(struct bytes left, struct bytes right, unsigned bound);

// The least distance between `typed` and any beginning of `word`, with the same bound: 0 when it is a
// prefix.
unsigned text_distance_prefix(struct bytes typed, struct bytes word, unsigned bound);

#endif
