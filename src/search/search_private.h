// What the files of the search share: a query taken apart, and what its words were found to be.
//
//   text --query.c--> words --match.c--> name matches --candidate.c--> scored results
//                        ^                   |
//                        +---repair.c--------+  when words are left over: corrections, spaces,
//                                               names of which only some words were given
//
// Words are counted from 0 and sets of them are bit masks, so that "which words does this explain"
// and "do these two overlap" are single instructions.
#ifndef SEARCH_SEARCH_PRIVATE_H
#define SEARCH_SEARCH_PRIVATE_H

#include "base/arena.h"
#include "search/kind.h"
#include "search/overlay_private.h"
#include "search/search.h"
#include "search/unit.h"
#include "text/phrase.h"

#define WORDS_MAX    32  // further words of a query are ignored
#define READINGS_MAX 12  // of one word: as it stands, expanded
#define NUMBERS_MAX  12  // places where a house number may stand
#define MATCHES_MAX  512 // names found in the query
#define RESULTS_MORE 16  // that are kept beyond the limit, for what comes twice
#define RESULTS_MAX  (SEARCH_LIMIT_MAX + RESULTS_MORE)

#define WEIGHT_OF_MARK 0.05F // of a word that need not be explained

typedef uint32_t word_mask;

// What a word came from: an enum search_part, the free text, or a part that has been dealt with.
#define QUERY_PART_FREE    SEARCH_PART_COUNT
#define QUERY_PART_SETTLED (SEARCH_PART_COUNT + 1)
#define QUERY_PART_COUNT   (SEARCH_PART_COUNT + 2)

// One way to read a word: as folded, or expanded ("st" street, saint), or corrected.
struct reading {
    struct bytes text; // one or more folded words joined by one space
    float penalty;     // subtracted from the quality of a match that needs it
};

struct query_word {
    struct reading readings[READINGS_MAX];
    unsigned reading_count;
    const struct reading *corrections; // more readings, of repair_words
    unsigned correction_count;
    unsigned corrected_edits; // that were allowed for them
    float weight;             // share in the whole: a long word says more than "a"
    bool is_numeric;          // begins with a digit
    bool is_joined;           // a '/', '@' or '+' stands between it and the word before
    uint8_t part;             // what the words of a match must share
};

struct query_number {
    word_mask mask;
    uint32_t number;
    uint32_t suffix; // as in struct atlas_house
    bool is_prefix;  // may go on ("1" of "12"): autocomplete's last word
};

struct query_words {
    struct query_word words[WORDS_MAX];
    unsigned count;
    word_mask all;
    float weight; // of all
    struct query_number numbers[NUMBERS_MAX];
    unsigned number_count;
    bool is_begun;     // autocomplete: more may come
    bool has_open_end; // and the last word may be unfinished
    struct unit unit;  // PART_UNIT; its weight is in `weight`, it has no word
};

// Names that explain the words of `mask`: one ordinal, or with `last` > `first` the range that
// begins with what was typed.
struct name_match {
    word_mask mask;
    uint32_t first; // name ordinals [first, last]
    uint32_t last;
    float quality; // 1: as it stands in the data
    bool is_prefix;
    bool is_corrected;        // by repair.c, or by spaces put in or left out
    struct fst_cursor cursor; // of a prefix: what has been read
    unsigned layers;          // bit of each layer that the words may name; match_add sets it
};

// Results this much below the best are noise to whoever asked for the best.
static const float score_margin = 0.75F;

// A share of the query explained at least this well needs no further search.
static const float share_enough = 0.955F;

struct searcher {
    struct memory_account *account;
    struct text_folder *folder;
    struct kind_index *kinds;
    struct arena arena;
    void *arena_memory;
    struct buffer texts; // scratch: what a live object says of itself
    struct text_query text;
    struct query_words query;
    struct name_match matches[MATCHES_MAX];
    unsigned match_count;
    struct search_result results[RESULTS_MAX]; // kept best first
    unsigned result_count;
    unsigned result_limit;
    const struct atlas *atlas;             // of the search under way; NULL: none
    const struct overlay_snapshot *hiding; // what live objects hide of it; NULL: nothing
    float best_share;                      // of the query's weight that the best result explains
    word_mask best_mask;
};

// searcher.c: forgets the search before.
void searcher_begin(struct searcher *searcher, const struct search_world *world, unsigned limit);

// query.c: takes the text apart into words, their readings and the numbers among them.
enum status query_read(struct searcher *searcher, const struct search_query *given,
                       bool has_open_end, struct fault *fault);

// Puts the spaces in that are missing between numbers and words ("landstrasse12", "12landstrasse") and
// reads the query again. False when none are missing.
bool query_unglue(struct searcher *searcher, struct search_query *given, bool has_open_end);

// part.c: layers that words of a part may name; what such a word weighs, of 1.
unsigned part_layers_of(unsigned part);
float part_weight(unsigned part);
// What the unit that was asked for is worth where `own` is the unit: where none is known it may exist.
float part_unit_credit(const struct query_words *query, struct bytes own);
// 0 when the words are of several parts.
unsigned part_layers_of_words(const struct query_words *query, word_mask mask);
// After matches_find: a region may be given by its code ("NY").
void part_region_find(struct searcher *searcher, const struct atlas *atlas);
// After the first matches_find: the country becomes a filter of `query`.
void part_country_settle(struct searcher *searcher, const struct atlas *atlas,
                         struct search_query *query);

// forward.c: answers what the text names.
enum status search_names(struct searcher *searcher, const struct search_world *world,
                         const struct search_query *given, bool has_open_end,
                         struct search_result *results, unsigned *count, struct fault *fault);

// literal.c: answers a text that is a point, a code or an id; `is_literal` false: it is none.
enum status literal_search(struct searcher *searcher, const struct search_world *world,
                           const struct search_query *query, bool *is_literal,
                           struct search_result *results, unsigned *count, struct fault *fault);

// candidate.c: inside the box and the shape, where there are such.
bool candidate_lies_within(const struct search_query *query, struct geo_point point);

// match.c: finds every run of words that is a name; with an open end also what it begins.
void matches_find(struct searcher *searcher, const struct atlas *atlas, bool may_break_words);
// Refuses what mixes parts.
void match_add(struct searcher *searcher, struct name_match match);

// order.c: brings the kept results into the order they are given in: exact ones before corrected ones of
// the same words, each thing once, noise left out; says how sure they are. Returns how many are left.
unsigned results_order(struct searcher *searcher);

// result.c: keeps a result if it is among the best; one a reference.
void result_add(struct searcher *searcher, const struct search_result *result);

// candidate.c: scores the documents of every match against the whole query.
void candidates_score(struct searcher *searcher, const struct atlas *atlas,
                      const struct search_query *query);

// repair.c: what to try when the best result leaves words unexplained. The last attempt at the words
// looks farther, and at all of them.
void repair_words(struct searcher *searcher, const struct atlas *atlas, bool is_last);
void repair_names(struct searcher *searcher, const struct atlas *atlas);

// All readings of a word, corrections last.
static inline unsigned word_reading_count(const struct query_word *word)
{
    return word->reading_count + word->correction_count;
}

static inline const struct reading *word_reading(const struct query_word *word, unsigned index)
{
    return index < word->reading_count ? &word->readings[index]
                                       : &word->corrections[index - word->reading_count];
}

static inline float mask_weight(const struct query_words *query, word_mask mask)
{
    float weight = 0;
    for (; mask != 0; mask &= mask - 1) {
        weight += query->words[__builtin_ctz(mask)].weight;
    }
    return weight;
}

#endif
