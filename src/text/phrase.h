// Phrase: the one normal form in which names are stored and asked for.
//
// A phrase is a name folded, split into words and written in full, its words joined by one blank:
// "Feldkircher Str." is "feldkircher strasse". The builder stores for each name its phrase and a few
// other readings (text_phrases_read); a query is read into words, each with every reading that any
// language gives it (text_query_read), and any run of its words, one reading each, joined by blanks, is
// a phrase to look up. The contract between the two:
//
// 1. A name typed exactly as it is written finds itself: the phrase is among the readings of its words.
// 2. A name typed with known abbreviations where it has full words, or the other way, finds itself,
//    whenever the table that knows the abbreviation is of a language of the name's country.
// 3. German and Dutch street types may be joined or not ("Feldkircherstrasse", "haupt strasse"), German
//    umlauts may be typed ae oe ue, ordinals in words ("5th avenue", "fifth avenue"), and postcodes with
//    or without blanks: the builder stores these as further readings, a query needs none.
//
// Left to the searcher: words left out ("rua consolacao" for "Rua da Consolação"), typing errors.
//
// One thread at a time for a folder. Nothing allocates when the text is Latin, Greek or Cyrillic and
// the caller's buffers have grown to their size.
#ifndef TEXT_PHRASE_H
#define TEXT_PHRASE_H

#include "text/abbreviation.h"
#include "text/fold.h"
#include "text/token.h"

// Words of a name beyond this are left out of its phrases.
#define TEXT_PHRASE_WORDS_MAX    32
#define TEXT_PHRASE_VARIANTS_MAX 4

enum text_phrase_kind {
    PHRASE_NAME, // of a place, an area, a place of interest
    PHRASE_STREET,
    PHRASE_POSTCODE,
};

struct text_phrase {
    struct bytes text; // words joined by one blank; never empty
    unsigned word_count;
};

// Zero it, set `memory.account`, use it for any number of names, then buffer_free(&memory).
struct text_phrases {
    struct buffer memory;                                  // holds the texts
    unsigned count;                                        // 0 when the name has no letter or digit
    struct text_phrase variants[TEXT_PHRASE_VARIANTS_MAX]; // the main one first; all different
};

// The phrases of a name in a country (two letters, first in the high byte; 0 unknown). They live until
// the next call. Fails: NO_MEMORY, OUT_OF_RANGE (name beyond TEXT_FOLD_SIZE_MAX).
MUST_USE enum status text_phrases_read(struct text_folder *folder, struct bytes name,
                                       uint16_t country, enum text_phrase_kind kind,
                                       struct text_phrases *phrases);

#define TEXT_QUERY_TOKENS_MAX   48
#define TEXT_QUERY_READINGS_MAX (ABBREVIATION_READINGS_MAX + 1)
#define TEXT_QUERY_FOLDED_MAX   2048

struct text_query_word {
    struct text_token token; // where it stands; spans two tokens for "v.le" (viale)
    // Every reading, probable ones first: full forms and the word as typed, which is always one.
    unsigned reading_count;
    struct bytes readings[TEXT_QUERY_READINGS_MAX];
    // The word says that a number follows ("nr", "no", "n°") and one does: to be passed over.
    bool is_number_sign;
};

// About 20 KB, the caller's; readings point into it or to static memory, so it must not be copied.
struct text_query {
    unsigned word_count;
    struct text_query_word words[TEXT_QUERY_TOKENS_MAX];
    size_t folded_size;
    uint8_t folded[TEXT_QUERY_FOLDED_MAX];
    size_t scratch_size;
    uint8_t scratch[4 * TEXT_QUERY_FOLDED_MAX]; // compounds in full ("hauptstrasse")
};

// Reads a query. Fails: OUT_OF_RANGE when it has more than TEXT_QUERY_TOKENS_MAX words or folds to more
// than TEXT_QUERY_FOLDED_MAX bytes; NO_MEMORY.
MUST_USE enum status text_query_read(struct text_folder *folder, struct bytes text,
                                     struct text_query *query, struct fault *fault);

// The folded text from the beginning of word `first` to the end of word `last`, punctuation included:
// what house_number_parse takes.
static inline struct bytes text_query_span(const struct text_query *query, unsigned first,
                                           unsigned last)
{
    const uint32_t begin = query->words[first].token.offset;
    const uint32_t end = query->words[last].token.offset + query->words[last].token.size;
    return (struct bytes){.data = query->folded + begin, .size = end - begin};
}

#endif
