// Regex: regular expressions in RE2's syntax, matched in time linear in the text.
//
// Literals, ., classes [a-z^], \d \w \s \D \W \S, [[:alpha:]], anchors ^ $ \A \z \b \B, groups (…) (?:…)
// (?i) (?s) (?m) (?-i:…) (?P<name>…), alternation, * + ? {n,m} and their lazy forms (which find
// the same texts), \Q…\E, \x41 \x{2014} and the usual escapes, \pL and the general categories.
// No back references and no look-around: RE2 has none either.
//
// Thompson's simulation: all threads of the automaton step over a character together, so no pattern can
// take exponential time (R. Cox, "Regular Expression Matching Can Be Simple And Fast", 2007). Matching
// takes (characters × instructions) steps at most, allocates nothing. A regex is flat and immutable; any
// thread.
#ifndef FILTER_REGEX_H
#define FILTER_REGEX_H

#include "base/bytes.h"
#include "base/status.h"

enum { REGEX_COUNT_MAX = 1000, REGEX_RANGE_MAX = 1000, REGEX_DEPTH_MAX = 64 };

// Characters from low to high; or a property of Unicode.
struct regex_range {
    uint32_t low, high; // REGEX_CATEGORY: low is what to compare, high a mask or a script
};
enum { REGEX_CATEGORY = 1U << 24, REGEX_SCRIPT = 1U << 25, REGEX_NOT = 1U << 26 };

enum regex_kind {
    REGEX_JUMP,
    REGEX_SPLIT, // to both
    REGEX_MATCH,
    REGEX_CHARACTER,
    REGEX_ANY,
    REGEX_ANY_BUT_NEWLINE,
    REGEX_CLASS,
    REGEX_BEGIN, // of the text
    REGEX_END,
    REGEX_BEGIN_LINE,
    REGEX_END_LINE,
    REGEX_WORD_EDGE,
    REGEX_NO_WORD_EDGE,
};

struct regex_instruction {
    uint8_t kind;
    bool is_inverted;     // class
    bool is_fold;         // character, class: without regard to case
    uint16_t next, other; // instructions; `other` of a split
    uint16_t first, count;
    uint32_t character;
};

struct regex {
    const struct regex_instruction *code;
    const struct regex_range *ranges;
    uint16_t count, range_count, start;
};

// A regex with its memory.
struct regex_room {
    struct regex regex;
    struct regex_instruction code[REGEX_COUNT_MAX];
    struct regex_range ranges[REGEX_RANGE_MAX];
};

// Fails: OUT_OF_RANGE with a sentence naming the column.
MUST_USE enum status regex_compile(struct bytes pattern, struct regex_room *room,
                                   struct fault *fault);

// Is there a match anywhere in the text? Bytes that are not UTF-8 count as U+FFFD.
bool regex_matches(const struct regex *regex, struct bytes text);

#endif
