// Category words: what people call a category when they ask for one: "bakery", "Bäckereien", "boulangerie".
//
// A row holds the words of one category in one language, singular and plural, separated by commas. A word may
// stand in the rows of several categories: it then means all of them. docs/categories.md shows the same rows.
// Pure; any thread.
#ifndef SOURCE_CATEGORY_WORDS_H
#define SOURCE_CATEGORY_WORDS_H

#include <stddef.h>

#include "source/category.h"

struct category_words {
    enum category category;
    const char *language; // "en"
    const char *words;    // "bakery,bakeries,baker"
};

// NULL past the end.
const struct category_words *category_words_at(size_t index);

#endif
