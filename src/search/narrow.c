// A name with very many documents is looked at only where the query's other words, or its caller, are.
//
// Documents of a layer are numbered by cell: a region is a few ranges of numbers, and a posting list is
// cut by them (index/ranges.h).
#include "geo/distance.h"
#include "index/ranges.h"
#include "search/scoring.h"

static const double near_radius_m = 25000;
static const double unknown_radius_m = 5000; // of a postcode without an area
enum {
    POSTINGS_FEW = 24,   // are all looked at at once
    POSTINGS_MANY = 256, // are never all looked at when the query says where
    PLACES_RARE = 4,     // as many places say where
    PLACES_MAX = 24,     // of one name
    BUDGET = 4096,       // documents that are scored
};

// Scores the postings of one layer that lie in the ranges, as many as the budget allows.
static void ranges_score(struct scoring *scoring, struct postings postings,
                         const struct range *ranges, unsigned range_count, unsigned *budget)
{
    for (unsigned i = 0; i < range_count; i++) {
        for (uint32_t at = postings_lower(postings, ranges[i].first);
             at<postings.count && * budget> 0 &&
             (postings.items[at] & ATLAS_POSTING_DOC) < ranges[i].end;
             at++) {
            candidate_posting(scoring, postings.items[at]);
            (*budget)--;
        }
    }
}

// A circle that holds a place: its box, or what may be around its pin.
static double circle_around(const struct atlas *atlas, uint32_t place, struct geo_point *centre)
{
    const struct atlas_doc *const doc = &atlas->docs[place];
    *centre = atlas_point(atlas, place);
    if (doc->box == 0) {
        const double radius_m = context_radius_m((enum atlas_layer)doc->layer);
        return radius_m > 0 ? radius_m : unknown_radius_m;
    }
    const struct geo_box box = atlas->boxes[doc->box - 1];
    const struct geo_point corners[] = {{box.west_e7, box.south_e7},
                                        {box.west_e7, box.north_e7},
                                        {box.east_e7, box.south_e7},
                                        {box.east_e7, box.north_e7}};
    double radius_m = 0;
    for (size_t i = 0; i < COUNT_OF(corners); i++) {
        const double corner_m = distance_m(*centre, corners[i]);
        radius_m = corner_m > radius_m ? corner_m : radius_m;
    }
    return radius_m;
}

// Of the streets and places of interest of a name, those in a circle.
static void circle_score(struct scoring *scoring, struct postings postings, struct geo_point centre,
                         double radius_m, unsigned *budget)
{
    const struct atlas *const atlas = scoring->atlas;
    const struct ranges_region region = ranges_region_cap(centre, radius_m);
    for (int layer = LAYER_STREET; layer <= LAYER_POI; layer++) {
        const struct range table = {atlas->header->layer_first[layer],
                                    atlas->header->layer_first[layer + 1]};
        struct range ranges[RANGES_MAX];
        const unsigned count = ranges_in_region(atlas->cells, table, &region, ranges);
        ranges_score(scoring, postings, ranges, count, budget);
    }
}

// Places that one of the query's other names names; none where it overlaps the subject.
static struct postings places_of(const struct scoring *scoring, unsigned context)
{
    const struct name_match *const match = &scoring->contexts[context];
    if (match->is_prefix || (match->mask & scoring->subject->mask) != 0) {
        return (struct postings){0};
    }
    struct postings postings = postings_of(scoring->atlas, match->first);
    postings.count = postings_lower(postings, scoring->atlas->header->layer_first[LAYER_STREET]);
    return postings;
}

static void places_score(struct scoring *scoring, struct postings postings, struct postings places,
                         unsigned *budget)
{
    for (uint32_t i = 0; i < places.count && i < PLACES_MAX; i++) {
        struct geo_point centre;
        const double radius_m =
            circle_around(scoring->atlas, places.items[i] & ATLAS_POSTING_DOC, &centre);
        circle_score(scoring, postings, centre, radius_m, budget);
    }
}

// The other name that names the fewest places says most.
static struct postings places_rarest(const struct scoring *scoring)
{
    struct postings rarest = {.count = PLACES_RARE + 1};
    for (unsigned i = 0; i < scoring->context_count; i++) {
        const struct postings places = places_of(scoring, i);
        if (places.count != 0 && places.count < rarest.count) {
            rarest = places;
        }
    }
    return rarest.items == NULL ? (struct postings){0} : rarest;
}

bool narrow_score(struct scoring *scoring, struct postings postings)
{
    if (postings.count <= POSTINGS_FEW) {
        return false;
    }
    unsigned budget = BUDGET;
    const struct postings rarest = places_rarest(scoring);
    places_score(scoring, postings, rarest, &budget);
    if (rarest.count == 0 && scoring->query->has_near) {
        circle_score(scoring, postings, scoring->query->near, near_radius_m, &budget);
    }
    if (scoring->searcher->best_share >= share_enough || postings.count <= POSTINGS_MANY) {
        return scoring->searcher->best_share >= share_enough;
    }
    bool is_narrow = rarest.count != 0 || scoring->query->has_near;
    for (unsigned i = 0; i < scoring->context_count; i++) {
        const struct postings places = places_of(scoring, i);
        places_score(scoring, postings, places, &budget);
        is_narrow = is_narrow || places.count != 0;
    }
    if (scoring->query->has_near) {
        circle_score(scoring, postings, scoring->query->near, near_radius_m, &budget);
    }
    return is_narrow;
}
