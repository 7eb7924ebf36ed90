// Kind: words that ask for a category instead of a name: "bakery in Vaduz". Private to the search.
#ifndef SEARCH_KIND_H
#define SEARCH_KIND_H

#include "base/memory.h"
#include "source/category.h"
#include "text/fold.h"

// The words of source/category_words.h, folded. Made once for a searcher, then only read.
struct kind_index;

MUST_USE enum status kind_index_new(struct memory_account *account, struct text_folder *folder,
                                    struct kind_index **index, struct fault *fault);
void kind_index_free(struct kind_index *index);

#define KIND_WORDS_MAX 5 // of the longest phrase

// Adds the categories that `count` folded words together mean. False: they are no kind.
bool kind_find(const struct kind_index *index, const struct bytes *words, size_t count,
               struct category_set *categories);

#endif
