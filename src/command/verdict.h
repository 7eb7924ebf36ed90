// Verdict: what the data says to each part of an address that was given.
//
// A part is given as such (street=…) or found in a line of text, where it is whatever words say the
// name that the data has. Names in any language count, abbreviations are words in full, and neighbours
// in the hierarchy may stand for each other as they do in the search.
#ifndef COMMAND_VERDICT_H
#define COMMAND_VERDICT_H

#include "command/ask.h"

enum verdict {
    VERDICT_NONE,       // neither given nor known
    VERDICT_CONFIRMED,  // as in the data
    VERDICT_CORRECTED,  // the data has another: `value`
    VERDICT_MISSING,    // not given, and needed
    VERDICT_UNEXPECTED, // given, and not in the data
    VERDICT_INFERRED, // not given, taken from the data; of a number: computed between its neighbours
};
#define VERDICT_COUNT 6
const char *verdict_name(enum verdict verdict);

enum verdict_reason {
    REASON_NONE,
    REASON_SPELLING,     // corrected: a typing error, a word left out
    REASON_DIFFERS,      // corrected: something else is there
    REASON_UNKNOWN,      // unexpected: there are such, but not this one
    REASON_NONE_KNOWN,   // unexpected: the data knows none here at all
    REASON_INTERPOLATED, // inferred
};
#define REASON_COUNT 6
const char *verdict_reason_name(enum verdict_reason reason);

struct part_verdict {
    enum verdict verdict;
    enum verdict_reason reason;
    struct bytes given; // size 0: not given
    struct bytes value; // the standard form; size 0: the data has none
};

#define VERDICT_WORDS_MAX 16

struct verdicts {
    struct part_verdict parts[SEARCH_PART_COUNT];
    struct bytes unmatched[VERDICT_WORDS_MAX]; // words of the line that say nothing known, folded
    unsigned unmatched_count;
};

// Judges what was asked by what was found. `line` has size 0 when only parts were given. Texts lie in
// the query, the atlas and `arena`. Fails: NO_MEMORY, OUT_OF_RANGE (the line is too long).
MUST_USE enum status verdicts_find(struct commander *commander, const struct search_world *world,
                                   struct bytes line, const struct bytes parts[SEARCH_PART_COUNT],
                                   const struct search_result *result,
                                   const struct description *description, struct verdicts *verdicts,
                                   struct fault *fault);

#endif
