// Keys within a few typing errors of a pattern.
//
// The distance is optimal string alignment over code points: an insertion, a deletion, a
// substitution or a swap of neighbours is one edit, and no code point is edited twice. The automaton
// is a set of bit rows, one per number of edits (Wu, Manber: Fast Text Searching Allowing Errors,
// 1992; swaps as Hyyrö: A Bit-Vector Algorithm for Computing Levenshtein and Damerau Edit Distances,
// 2003), stepped along the arcs of the map: a branch is left as soon as its rows are empty, and once
// all edits are spent only the arcs that the pattern names are tried.
//
// Patterns and keys are UTF-8; a key that is not is not found.
// Pure; any thread; uses about 50 KB of stack.
#ifndef FST_FST_FUZZY_H
#define FST_FST_FUZZY_H

#include "fst/fst.h"

#define FST_FUZZY_DISTANCE_MAX 2
#define FST_FUZZY_SIZE_MAX     62 // code points of a pattern

struct fst_fuzzy_options {
    uint32_t distance_max; // 0, 1 or 2
    uint32_t exact_prefix; // leading code points of the pattern that must stand as they are
    uint32_t step_budget;  // nodes and arcs that may be looked at before giving up; 0: 2^20
};

// Called for each key found. `match->key` is what follows the start cursor, valid during the call.
// False ends the search.
typedef bool (*fst_fuzzy_visit)(void *context, const struct fst_match *match);

// Every key below `start` within the distance, each once, in no promised but a repeatable order.
// Fails: OUT_OF_RANGE for a pattern that is no UTF-8 or too long, or a distance above 2; BUSY when
// the budget ran out (what was visited so far is right).
// Cost: 10^5 words, one core of a busy machine: 15 us for distance 1, 230 us for 2; 230,000 words of
// all scripts: 80 and 800 us. Most of it goes into other first letters: with an `exact_prefix` of 1 it
// is 5 and 40 us for both.
MUST_USE enum status fst_fuzzy(const struct fst *fst, const struct fst_cursor *start,
                               struct bytes pattern, const struct fst_fuzzy_options *options,
                               fst_fuzzy_visit visit, void *context);

// The `limit` best keys below `start` of which some beginning is within the distance of the pattern
// ("bahnhofs" with one edit finds "banhofstrasse"): fewest edits first, then heaviest, then in key
// order. Items and keys live in `arena`.
// Fails: as fst_fuzzy; NO_MEMORY when the arena is full. With BUSY `matches` holds what was found.
MUST_USE enum status fst_fuzzy_top(const struct fst *fst, const struct fst_cursor *start,
                                   struct bytes pattern, const struct fst_fuzzy_options *options,
                                   size_t limit, struct arena *arena, struct fst_matches *matches);

#endif
