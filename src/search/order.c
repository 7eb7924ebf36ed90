// The order that results are given in, and how sure they are.
//
// What was kept is ordered by score. On top of that: an answer that needed corrections never stands
// before one that explains the same words as typed; a street in several pieces, a shop drawn as a node
// and as an area, one house number on several objects come once; what explains next to nothing is left
// out; and where several answers are as good and lie apart, none is sure.
#include <math.h>

#include "geo/distance.h"
#include "search/search_private.h"

static const float confidence_least = 0.08F;
static const float score_alike_near = 0.03F; // where nearness has told them apart
static const float score_alike = 0.1F;       // less than this is no difference
static const double apart_m = 1000;          // from here on two answers are two
static const float step_behind = 0.001F;     // of a corrected answer
static const float context_alike = 0.001F;

// The score that a corrected result must stay below: that of the worst exact one of its words.
static float exact_score(const struct searcher *searcher, const struct search_result *corrected)
{
    float score = INFINITY;
    for (unsigned i = 0; i < searcher->result_count; i++) {
        const struct search_result *const exact = &searcher->results[i];
        if (!exact->is_corrected && (corrected->words & ~exact->words) == 0 &&
            exact->terms.context + context_alike >= corrected->terms.context &&
            exact->score < score) {
            score = exact->score;
        }
    }
    return score;
}

static void corrected_lower(struct searcher *searcher)
{
    for (unsigned i = 0; i < searcher->result_count; i++) {
        struct search_result result = searcher->results[i];
        const float most = result.is_corrected ? exact_score(searcher, &result) : INFINITY;
        if (result.score < most) {
            continue;
        }
        result.terms.correction = most - step_behind - result.score;
        result.score = most - step_behind;
        unsigned at = i;
        for (; at + 1 < searcher->result_count && searcher->results[at + 1].score > result.score;
             at++) {
            searcher->results[at] = searcher->results[at + 1];
        }
        searcher->results[at] = result;
        i -= at != i ? 1 : 0; // another stands here now
    }
}

// The most specific town or district around a document; UINT32_MAX: none.
static uint32_t town_of(const struct atlas *atlas, uint32_t doc)
{
    const struct atlas_list chain = atlas_chain(atlas, atlas->docs[doc].chain);
    for (uint32_t i = 0; i < chain.count; i++) {
        if (atlas->docs[chain.items[i]].layer == LAYER_LOCALITY) {
            return chain.items[i];
        }
    }
    return UINT32_MAX;
}

static bool is_same_house(const struct atlas *atlas, uint32_t left, uint32_t right)
{
    const struct atlas_house *const a = &atlas->houses[left & ~ATLAS_REF_HOUSE];
    const struct atlas_house *const b = &atlas->houses[right & ~ATLAS_REF_HOUSE];
    return a->street == b->street && a->number == b->number && a->suffix == b->suffix &&
           a->unit == b->unit;
}

// Whether two points are at least so far apart; the distance is computed only where the latitudes and
// longitudes leave it open.
static bool are_apart(struct geo_point a, struct geo_point b, double least_m)
{
    static const double m_per_e7 = 0.0111;
    const double north_m = fabs((double)a.lat_e7 - (double)b.lat_e7) * m_per_e7;
    const double east_m = fabs((double)a.lng_e7 - (double)b.lng_e7) * m_per_e7; // at the equator
    if (north_m >= least_m * 1.01) {
        return true;
    }
    return north_m + east_m >= least_m && distance_m(a, b) >= least_m;
}

static bool is_same_doc(const struct atlas *atlas, const struct search_result *left,
                        const struct search_result *right)
{
    static const double street_m = 6000;
    static const double poi_m = 200;
    static const double place_m = 2000;
    const struct atlas_doc *const a = &atlas->docs[left->reference];
    const struct atlas_doc *const b = &atlas->docs[right->reference];
    if (a->id == b->id) {
        return true; // of two tables
    }
    if (a->layer != b->layer || a->phrase != b->phrase || a->category != b->category) {
        return false;
    }
    if (a->layer == LAYER_STREET) {
        return town_of(atlas, left->reference) == town_of(atlas, right->reference) &&
               !are_apart(left->point, right->point, street_m);
    }
    return !are_apart(left->point, right->point, a->layer == LAYER_POI ? poi_m : place_m);
}

// Whether both are the same thing, drawn twice.
static bool is_same(const struct atlas *atlas, const struct search_result *left,
                    const struct search_result *right)
{
    static const double house_m = 150;
    if (atlas == NULL || left->object != NULL || right->object != NULL) {
        return false;
    }
    const bool is_house = (left->reference & ATLAS_REF_HOUSE) != 0;
    if (is_house != ((right->reference & ATLAS_REF_HOUSE) != 0)) {
        return false;
    }
    if (is_house) {
        return is_same_house(atlas, left->reference, right->reference) &&
               !are_apart(left->point, right->point, house_m);
    }
    return left->reference < atlas->doc_count && right->reference < atlas->doc_count &&
           is_same_doc(atlas, left, right);
}

static bool is_repeated(const struct searcher *searcher, unsigned kept,
                        const struct search_result *result)
{
    for (unsigned i = 0; i < kept; i++) {
        if (is_same(searcher->atlas, &searcher->results[i], result)) {
            return true;
        }
    }
    return false;
}

// Of several that are as good and lie apart one may be meant as well as another.
static void ambiguity_weigh(struct search_result *results, unsigned count)
{
    const float alike = results[0].distance_m >= 0 ? score_alike_near : score_alike;
    float others = 0;
    for (unsigned i = 1; i < count; i++) {
        const float behind = results[0].score - results[i].score;
        if (behind < alike && are_apart(results[0].point, results[i].point, apart_m)) {
            others += 1 - behind / alike;
        }
    }
    results[0].confidence /= 1 + others / 2 < 2 ? 1 + others / 2 : 2;
    for (unsigned i = 1; i < count; i++) {
        if (results[i].confidence > results[i - 1].confidence) {
            results[i].confidence = results[i - 1].confidence;
        }
    }
}

unsigned results_order(struct searcher *searcher)
{
    corrected_lower(searcher);
    unsigned kept = 0;
    for (unsigned i = 0; i < searcher->result_count; i++) {
        const struct search_result result = searcher->results[i];
        if (result.score >= searcher->results[0].score - score_margin &&
            result.confidence >= confidence_least && !is_repeated(searcher, kept, &result)) {
            searcher->results[kept++] = result;
        }
    }
    searcher->result_count = kept;
    if (kept != 0) {
        ambiguity_weigh(searcher->results, kept);
    }
    return kept;
}
