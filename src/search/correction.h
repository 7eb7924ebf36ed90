// Correction: the words of a dictionary that a word may have been meant as.
//
// Two ways: by typing errors (fst_fuzzy) and by ear (text/sound.h). Each correction says what it costs;
// those that cost least come first, then the heaviest words. Private to the search.
#ifndef SEARCH_CORRECTION_H
#define SEARCH_CORRECTION_H

#include "base/arena.h"
#include "fst/fst.h"

enum { CORRECTIONS_MAX = 40, CORRECTION_SIZE_MAX = 48 };

struct correction {
    uint8_t key[CORRECTION_SIZE_MAX];
    uint32_t size;
    uint32_t weight;
    float penalty; // subtracted from the quality of a match that needs it
};

// The best so far, best first; zero `count` before.
struct corrections {
    struct correction items[CORRECTIONS_MAX];
    unsigned count;
    unsigned limit; // at most this many are kept
};

// Words within so many edits (1 or 2); with an open end also words that go on from there.
void corrections_find(const struct fst *words, struct bytes text, unsigned edits, bool is_open,
                      struct arena *arena, struct corrections *best);

// Words that sound alike.
void corrections_sound(const struct fst *words, struct bytes text, struct corrections *best);

#endif
