// Names that go on from what was typed: all of a few; of many those near the caller, and the weightiest.
#include "index/ranges.h"
#include "search/scoring.h"

enum {
    NAMES_FEW = 48,      // are all looked at
    NAMES_HEAVIEST = 32, // of more
    NEAR_ENOUGH = 24,    // found around the caller
    NEAR_BUDGET = 3000,  // documents around the caller that are looked at
};

static void name_score(struct scoring *scoring, uint32_t name)
{
    candidate_name_score(scoring, name);
    candidate_places_score(scoring, name);
}

static void heaviest_score(struct scoring *scoring)
{
    struct searcher *const searcher = scoring->searcher;
    const struct name_match *const subject = scoring->subject;
    SCOPED(arena_rewind) const struct arena_mark scratch = arena_mark(&searcher->arena);
    struct fst_matches found = {0};
    status_ignore(
        fst_top(&scoring->atlas->names, &subject->cursor, NAMES_HEAVIEST, &searcher->arena, &found),
        "without memory there are fewer completions");
    for (size_t i = 0; i < found.count; i++) {
        if (found.items[i].value < scoring->atlas->header->name_count) {
            name_score(scoring, (uint32_t)found.items[i].value);
        }
    }
}

// Of the documents of one layer in a circle, those whose main name begins so.
static unsigned layer_score(struct scoring *scoring, const struct ranges_region *region, int layer,
                            unsigned *budget)
{
    const struct atlas *const atlas = scoring->atlas;
    const struct name_match *const subject = scoring->subject;
    const struct range table = {atlas->header->layer_first[layer],
                                atlas->header->layer_first[layer + 1]};
    struct range ranges[RANGES_MAX];
    const unsigned count = ranges_in_region(atlas->cells, table, region, ranges);
    unsigned found = 0;
    for (unsigned i = 0; i < count; i++) {
        for (uint32_t doc = ranges[i].first; doc < ranges[i].end && *budget != 0; doc++) {
            (*budget)--;
            if (atlas->docs[doc].phrase >= subject->first &&
                atlas->docs[doc].phrase <= subject->last) {
                candidate_posting(scoring, doc); // NAME_CLASS_MAIN is 0
                found++;
            }
        }
    }
    return found;
}

static void near_score(struct scoring *scoring)
{
    static const double radii_m[] = {700, 3000, 15000};
    unsigned budget = NEAR_BUDGET;
    for (size_t i = 0; i < COUNT_OF(radii_m) && budget != 0; i++) {
        const struct ranges_region region = ranges_region_cap(scoring->query->near, radii_m[i]);
        unsigned found = 0;
        for (int layer = LAYER_LOCALITY; layer <= LAYER_POI; layer++) {
            found += layer_score(scoring, &region, layer, &budget);
        }
        if (found >= NEAR_ENOUGH) {
            return;
        }
    }
}

void completions_score(struct scoring *scoring)
{
    const struct name_match *const subject = scoring->subject;
    numbers_in_range_score(scoring);
    if (subject->last - subject->first < NAMES_FEW) {
        for (uint32_t name = subject->first; name <= subject->last; name++) {
            name_score(scoring, name);
        }
        return;
    }
    if (scoring->query->has_near) {
        near_score(scoring);
    }
    heaviest_score(scoring);
}
