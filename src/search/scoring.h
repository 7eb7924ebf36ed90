// What scores a candidate: the match taken as what is looked for, and what the other matches and the
// numbers say of it. Private to the search.
//
//   candidate.c  documents and what a result is worth
//   context.c    do the other names in the query name something around the candidate?
//   number.c     house rows of a street, and of numbers typed before their street
//   crossing.c   where streets of two names meet
//   completion.c names that go on from what was typed
//   kind.c       categories: "bakery in Vaduz"
//   narrow.c     names with very many documents: only those where the query points
#ifndef SEARCH_SCORING_H
#define SEARCH_SCORING_H

#include "search/search_private.h"
#include "source/category.h"

enum { CONTEXTS_MAX = 24, CONTEXT_SLOTS = 1024 };

// Which contexts each place is named by: open addressing, so that a candidate asks once for each
// document around it, however many places share a name.
struct context_table {
    uint32_t docs[CONTEXT_SLOTS];     // UINT32_MAX: free
    uint32_t contexts[CONTEXT_SLOTS]; // bit of each
    unsigned count;
    uint32_t unlisted; // contexts whose places did not all fit
};

struct scoring {
    struct searcher *searcher;
    const struct atlas *atlas;
    const struct search_query *query;
    struct name_match contexts[CONTEXTS_MAX]; // heaviest first
    unsigned context_count;
    struct context_table table;
    word_mask context_words;          // of all contexts that name places
    word_mask number_words;           // of all numbers
    const struct name_match *subject; // what is taken as looked for
    float class_penalty;
    const struct geo_point
        *middle;           // between equals, what is nearer to it comes first; NULL: nothing
    float even_importance; // stands for that of every candidate; 0: each has its own
    const struct name_match
        *crossing; // the street that those of the subject's name are to meet; or
                   // NULL: the documents of the name are looked for themselves
};

// What one candidate has explained so far.
struct explained {
    word_mask mask;
    float text, context, number; // weights of words, times quality
    bool is_prefix;
    bool is_corrected;
    bool is_loose; // a place named is near, but does not contain it
    enum search_guess guess;
    uint32_t guessed, beside; // as in struct search_result
};

// Documents of a name: numbers with the class of the name, ascending.
struct postings {
    const uint32_t *items;
    uint32_t count;
};

static inline struct postings postings_of(const struct atlas *atlas, uint32_t name)
{
    const uint32_t first = atlas->name_index[name];
    const uint32_t end = atlas->name_index[name + 1]; // 0 when the file was cut short under the map
    return (struct postings){atlas->name_docs + first, end > first ? end - first : 0};
}

// First of the postings whose document is not below `doc`.
static inline uint32_t postings_lower(struct postings postings, uint32_t doc)
{
    uint32_t low = 0;
    uint32_t high = postings.count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if ((postings.items[middle] & ATLAS_POSTING_DOC) < doc) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static inline bool postings_have(struct postings postings, uint32_t doc)
{
    const uint32_t at = postings_lower(postings, doc);
    return at < postings.count && (postings.items[at] & ATLAS_POSTING_DOC) == doc;
}

// --- candidate.c

bool candidate_passes(const struct search_query *query, enum atlas_layer layer, uint16_t country,
                      struct geo_point point);
// Turns what was explained into terms, score and confidence; returns the share of the query's weight.
float candidate_rate(struct searcher *searcher, const struct search_query *query,
                     const struct explained *explained, float importance,
                     struct search_result *result);
struct explained candidate_begin(const struct scoring *scoring);
void candidate_finish(const struct scoring *scoring, uint32_t reference,
                      const struct atlas_doc *doc, struct geo_point point,
                      struct explained explained);
void candidate_posting(struct scoring *scoring, uint32_t posting);
// The streets and places of interest of a name, the subject's.
void candidate_name_score(struct scoring *scoring, uint32_t name);
// Its places: they have no houses, so what they can explain is known beforehand.
void candidate_places_score(struct scoring *scoring, uint32_t name);

// --- completion.c

// Scores what the subject, an unfinished name, may become.
void completions_score(struct scoring *scoring);

// --- context.c

// What a candidate offers to contexts: the documents around it, and itself.
struct surroundings {
    struct atlas_list chain;
    uint32_t doc;    // the candidate itself, or its street
    uint32_t street; // UINT32_MAX, or a street that contains it (of a place of interest)
    struct geo_point point;
};

void contexts_gather(struct scoring *scoring);
// Takes what agrees strictly (a name of something that contains the candidate), or also loosely (of a
// place near it, of something inside it).
void contexts_explain(const struct scoring *scoring, const struct surroundings *around,
                      bool may_be_loose, struct explained *explained);

#define CONTEXT_LOOSE_CREDIT  0.6F
#define CONTEXT_INSIDE_CREDIT 0.8F

// How near the pin of a place must be for its name to be accepted loosely; 0 never.
double context_radius_m(enum atlas_layer layer);

// --- number.c

// Scores the houses of a street that the query's numbers name.
void numbers_score(const struct scoring *scoring, uint32_t street);
// "115-27 2": of all streets of the subject's range, those that have the number.
void numbers_in_range_score(const struct scoring *scoring);
// Nothing but a number so far: the houses around that have it, or whose number begins so.
void numbers_alone_score(struct scoring *scoring);

// --- crossing.c

// Scores the crossings that the query names two streets of.
void crossings_score(struct scoring *scoring);
// Those of a street with streets of the name scoring->crossing.
void crossings_of_street(const struct scoring *scoring, uint32_t street);

// --- kind.c

// Scores what the query asks for by its kind.
void kinds_score(struct scoring *scoring);
// The lists of places of interest of the categories that have some; returns how many.
unsigned kind_lists(const struct atlas *atlas, const struct category_set *categories,
                    struct atlas_list lists[CATEGORY_COUNT]);

// --- narrow.c

// Scores a name's documents where the query's other words, or its caller, are. False when the others
// are to be looked at too: there are few, or nothing says where, or nothing right was found there.
bool narrow_score(struct scoring *scoring, struct postings postings);

#endif
