// Sound: other spellings of what a word sounds like ("phleet" fleet, "skare" square).
//
// A folded word is read as every sequence of letters that are written for one sound ("sc", or "s" and
// "c"), and each gets the spellings that sound alike in some of our languages; a searcher follows them
// through its dictionary, so that no key of the sound is stored and none has to be agreed on. The
// table (sound.c) is of groups, not of one language's rules: "c" is with "k" and with "s".
//
// Pure; any thread. Texts are static or point into the word.
#ifndef TEXT_SOUND_H
#define TEXT_SOUND_H

#include <stdbool.h>

#include "base/bytes.h"

#define SOUND_WORD_SIZE_MAX 24 // longer words have no sounds
#define SOUND_COUNT_MAX     80
#define SOUND_SPELLINGS_MAX 28

// One character of the word, or some letters of it that are in the table.
struct sound {
    struct bytes typed;
    uint8_t begin;      // where in the word
    bool may_be_silent; // the word may be right without it
    uint8_t spelling_count;
    struct bytes spellings[SOUND_SPELLINGS_MAX]; // others; never what was typed
};

// The sounds of a folded word, ascending by `begin`, at each the single character first; 0 when the word
// is too long.
unsigned sound_read(struct bytes word, struct sound sounds[SOUND_COUNT_MAX]);

#endif
