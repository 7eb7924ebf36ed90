// Fold: what people do not mean when they type: case, accents, width, kinds of quotes and dashes.
//
// Folding is Unicode's NFKC_Casefold, then: combining marks go where they are accents (Latin, Greek,
// Cyrillic) or optional vowel points (Arabic, Hebrew) and stay where they are vowels (Devanagari,
// Thai …); letters that do not decompose become their plain neighbours (ø o, ł l, đ d, æ ae, œ oe,
// þ th; ß ss is Unicode's own); digits of every script become ASCII; Arabic letter variants become one;
// quotes become ', dashes -, spaces and control characters a blank; "king's" becomes "kings" and
// "o'connell" "oconnell"; the dot of "paral·lel" goes. Other scripts stay in their own letters. What is
// not UTF-8 becomes blanks. Punctuation stays, for the tokeniser to see. text_fold(text_fold(x)) is
// text_fold(x).
//
// ASCII, Latin, Greek, Cyrillic and general punctuation (U+0000–U+052F, U+1E00–U+206F) go through a
// table that a folder fills from ICU when it is made (about 1 ms); text with anything else goes through
// ICU whole. Measured: see docs/benchmarks.md.
//
// A folder is used by one thread at a time. Results depend on ICU's data: text_tables_version() tells
// which, and an archive built with another one is to be refused.
#ifndef TEXT_FOLD_H
#define TEXT_FOLD_H

#include "base/buffer.h"

// The letters in a text may not exceed this; longer input is OUT_OF_RANGE.
#define TEXT_FOLD_SIZE_MAX ((size_t)1 << 20)

struct text_folder;
struct abbreviation_index;

// Fails: NO_MEMORY; UNSUPPORTED when ICU's data is missing.
MUST_USE enum status text_folder_new(struct memory_account *account, struct text_folder **folder,
                                     struct fault *fault);
void text_folder_free(struct text_folder *folder);

// The abbreviations, as long as the folder.
const struct abbreviation_index *text_folder_abbreviations(const struct text_folder *folder);

// Appends the folded text to `out` (always valid UTF-8). Fails: NO_MEMORY, OUT_OF_RANGE.
MUST_USE enum status text_fold(struct text_folder *folder, struct bytes text, struct buffer *out);

// The same into the caller's memory. Fails also with NO_SPACE when `capacity` is too small; what is
// in `out` is then undefined. Text that goes through the table never allocates.
MUST_USE enum status text_fold_into(struct text_folder *folder, struct bytes text, uint8_t *out,
                                    size_t capacity, size_t *out_size);

// The same, by ICU alone: what the table is filled from and tested against.
MUST_USE enum status text_fold_by_icu(struct text_folder *folder, struct bytes text, uint8_t *out,
                                      size_t capacity, size_t *out_size);

// ICU's and Unicode's version and that of our own tables: "icu 72.1 unicode 15.0 rhumb 1". Static.
// Whoever changes folding, tokens, abbreviations or phrases raises the last number.
const char *text_tables_version(void);

#endif
