// Abbreviation: the words that street and place names are shortened with, in seven languages and
// Catalan: "st" is street, saint, sankt or sint; "str" Straße, street, straat or strada.
//
// The tables (abbreviation_tables.c) hold a row for each (language, short form, full form), all folded.
// An index over them answers, for a word, every full form in any language: a query does not say its
// language. The builder, which knows the country, takes those of its languages. Full forms are single
// words and are not looked up again.
//
// The index is built once for a folder and only read afterwards. Pure; any thread.
#ifndef TEXT_ABBREVIATION_H
#define TEXT_ABBREVIATION_H

#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"

// Bits of a set of languages.
enum text_language {
    LANGUAGE_ENGLISH = 1 << 0,
    LANGUAGE_GERMAN = 1 << 1,
    LANGUAGE_FRENCH = 1 << 2,
    LANGUAGE_SPANISH = 1 << 3,
    LANGUAGE_ITALIAN = 1 << 4,
    LANGUAGE_DUTCH = 1 << 5,
    LANGUAGE_PORTUGUESE = 1 << 6,
    LANGUAGE_CATALAN = 1 << 7,
};
#define LANGUAGE_ALL 0xffU

// Where in a name the short form stands for this full form.
enum abbreviation_stand {
    STANDS_ANYWHERE = 0,
    STANDS_BEFORE, // before what it belongs to: saint, calle, rue
    STANDS_AFTER,  // behind it: street, road
};

struct abbreviation_row {
    const char *word; // short form
    const char *full;
    enum abbreviation_stand stand;
    bool is_weak; // the short form is also a word or a letter of its own ("bar", "des", "c")
};

struct abbreviation_table {
    enum text_language language;
    const struct abbreviation_row *rows;
    size_t count;
};

extern const struct abbreviation_table abbreviation_tables[];
extern const size_t abbreviation_table_count;

#define ABBREVIATION_READINGS_MAX 7
#define ABBREVIATION_WORD_MAX     12 // bytes of the longest short form

struct abbreviation_reading {
    struct bytes full;
    unsigned languages;      // of enum text_language
    unsigned weak_languages; // those of them in which the short form is also a word of its own
    enum abbreviation_stand stand;
};

struct abbreviation {
    uint64_t word[2]; // the bytes, zero-padded
    unsigned reading_count;
    struct abbreviation_reading readings[ABBREVIATION_READINGS_MAX];
};

struct abbreviation_index;

MUST_USE enum status abbreviation_index_new(struct memory_account *account,
                                            struct abbreviation_index **index, struct fault *fault);
void abbreviation_index_free(struct abbreviation_index *index);

// The full forms of a folded word, or NULL if it is no abbreviation.
const struct abbreviation *abbreviation_find(const struct abbreviation_index *index,
                                             struct bytes word);

// The languages of street signs in a country (two letters, the first in the high byte); LANGUAGE_ALL
// for 0; 0 for a country whose languages are not among ours.
unsigned abbreviation_languages_of(uint16_t country);

// Endings that are shortened inside German and Dutch compounds: hauptstr -> hauptstrasse, kerkstr ->
// kerkstraat.
struct abbreviation_ending {
    struct bytes word; // "str"
    struct bytes full; // "strasse"
    enum text_language language;
    bool needs_dot; // only "…g." is "…gasse"
};
extern const struct abbreviation_ending abbreviation_endings[];
extern const size_t abbreviation_ending_count;

// Street types that German and Dutch join to the name or not: "Feldkircher Strasse" and
// "Feldkircherstrasse" are the same street. Folded.
struct abbreviation_type {
    struct bytes word;
    enum text_language language;
};
extern const struct abbreviation_type abbreviation_joined_types[];
extern const size_t abbreviation_joined_type_count;

// Ordinals that are written in digits or in words.
struct abbreviation_ordinal {
    struct bytes digits; // "5th"
    struct bytes word;   // "fifth"
    enum text_language language;
};
extern const struct abbreviation_ordinal abbreviation_ordinals[];
extern const size_t abbreviation_ordinal_count;

#endif
