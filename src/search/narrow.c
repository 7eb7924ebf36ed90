// A name with very many documents is looked at only where the query's other words, or its caller, are.
//
// Documents of a layer are numbered by cell: a region is a few ranges of numbers, and a posting list is
// cut by them (index/ranges.h).
#include "index/ranges.h"
#include "search/scoring.h"

static const double near_radius_m = 25000;
enum { BUDGET = 4096 }; // documents that are scored

// First of the postings whose document is not below `doc`.
static uint32_t posting_lower(struct postings postings, uint32_t doc)
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

// Scores the postings of one layer that lie in the ranges, as many as the budget allows.
static void ranges_score(struct scoring *scoring, struct postings postings,
                         const struct range *ranges, unsigned range_count, unsigned *budget)
{
    for (unsigned i = 0; i < range_count; i++) {
        for (uint32_t at = posting_lower(postings, ranges[i].first);
             at<postings.count && * budget> 0 &&
             (postings.items[at] & ATLAS_POSTING_DOC) < ranges[i].end;
             at++) {
            candidate_posting(scoring, postings.items[at]);
            (*budget)--;
        }
    }
}

// Of the streets and places of interest of a name, those in the area, or around the pin, of a place.
static void place_score(struct scoring *scoring, struct postings postings, uint32_t place,
                        unsigned *budget)
{
    const struct atlas *const atlas = scoring->atlas;
    const struct atlas_doc *const doc = &atlas->docs[place];
    const double radius_m = context_radius_m((enum atlas_layer)doc->layer);
    for (int layer = LAYER_STREET; layer <= LAYER_POI; layer++) {
        const struct range table = {atlas->header->layer_first[layer],
                                    atlas->header->layer_first[layer + 1]};
        struct range ranges[RANGES_MAX];
        const unsigned count =
            doc->box != 0 ? ranges_in_box(atlas->cells, table, atlas->boxes[doc->box - 1], ranges)
                          : ranges_in_cap(atlas->cells, table, atlas_point(atlas, place),
                                          radius_m > 0 ? radius_m : 5000, ranges);
        ranges_score(scoring, postings, ranges, count, budget);
    }
}

bool narrow_score(struct scoring *scoring, struct postings postings)
{
    const struct atlas *const atlas = scoring->atlas;
    const uint32_t street_first = atlas->header->layer_first[LAYER_STREET];
    unsigned budget = BUDGET;
    bool is_narrow = false;
    for (unsigned i = 0; i < scoring->context_count; i++) {
        const struct name_match *const match = &scoring->contexts[i];
        if (match->is_prefix || (match->mask & scoring->subject->mask) != 0) {
            continue;
        }
        const struct postings places = postings_of(atlas, match->first);
        for (uint32_t k = 0; k < places.count && k < CONTEXTS_MAX; k++) {
            const uint32_t place = places.items[k] & ATLAS_POSTING_DOC;
            if (place >= street_first) {
                break;
            }
            place_score(scoring, postings, place, &budget);
            is_narrow = true;
        }
    }
    if (scoring->query->has_near) {
        for (int layer = LAYER_STREET; layer <= LAYER_POI; layer++) {
            const struct range table = {atlas->header->layer_first[layer],
                                        atlas->header->layer_first[layer + 1]};
            struct range ranges[RANGES_MAX];
            const unsigned count =
                ranges_in_cap(atlas->cells, table, scoring->query->near, near_radius_m, ranges);
            ranges_score(scoring, postings, ranges, count, &budget);
        }
        is_narrow = true;
    }
    return is_narrow;
}
