// The best keys of a map below some starting places: the search under fst_top and fst_fuzzy_top.
//
// A candidate is a path not yet followed: "from here, the arc in slot 3 or a later one". Its weight is
// that of the best key it leads to, so the heaviest candidate is the next answer: it is followed to
// that key, and every arc and key passed on the way becomes a candidate. A candidate stands for all
// later slots of its node (arcs lie best first), so each node passed adds at most two, and no more
// are kept than answers are wanted. One thread.
#ifndef FST_FST_BEST_H
#define FST_FST_BEST_H

#include "fst/fst_private.h"

enum best_kind {
    BEST_NODE, // the node itself and everything below it
    BEST_ARC,  // the arc in `slot` and the later ones
    BEST_KEY,  // the key that ends here
};

struct best_candidate {
    uint32_t weight;
    uint16_t slot;
    uint8_t kind;
    uint8_t label;  // of the arc
    uint64_t order; // first 8 bytes of prefix and label, big-endian: decides most ties
    const uint8_t *prefix;
    uint32_t prefix_size;
    struct fst_cursor cursor; // after the prefix
};

struct best_search {
    const struct fst *fst;
    struct arena *arena; // takes the candidates and the answers' keys
    size_t wanted;       // answers still to come, and so candidates worth keeping
    size_t count;
    struct best_candidate *candidates; // worst first
};

// A search for `limit` keys.
// Fails: NO_MEMORY when the arena is full.
MUST_USE enum status best_begin(struct best_search *search, const struct fst *fst, size_t limit,
                                struct arena *arena);

// Adds a starting place; `prefix` is what its keys begin with and must stay where it is. No
// starting place lies below another. False when it is not among those worth keeping.
bool best_add(struct best_search *search, const struct fst_cursor *cursor, struct bytes prefix);

// Whether a candidate of this weight could be worth keeping.
static inline bool best_may_add(const struct best_search *search, uint32_t weight)
{
    return search->count < search->wanted ||
           (search->wanted != 0 && weight >= search->candidates[0].weight);
}

// The next best key.
// Fails: NOT_FOUND when there is none left, NO_MEMORY when the arena is full.
MUST_USE enum status best_next(struct best_search *search, struct fst_match *match);

#endif
