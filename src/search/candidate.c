// Scores documents against the whole query.
//
// One match is taken as what is looked for (the street, the place, the shop); the other matches that
// do not overlap it are asked whether they name something that contains it; the numbers whether it
// has such a house. What share of the query's words is explained, and how well, is the score;
// importance and nearness decide between equals.
#include <stddef.h>
#include <string.h>

#include "geo/distance.h"
#include "search/scoring.h"

// The share explained counts this much; importance and nearness together stay below one word.
static const float share_weight = 4.0F;
// Words of the name itself say a little more than those of places around it: "Temple Bar" the pub, not
// the bar at the temple.
static const float whole_name_bonus = 0.04F;
// A house of that number in another town is worse than the street, without the number, in the right one.
static const float wrong_town_malus = 0.04F;
static const float importance_weight = 0.35F;
static const float nearness_weight = 0.45F;
// Of a query that is explained, its last word typed or begun.
static const float share_whole = 0.93F;

// Of importance, for being far from the middle of the place that was named.
static const float middle_weight = 0.1F;

enum { DOCS_MAX = 4096 }; // of one name that are looked at

static const float class_penalties[] = {
    [NAME_CLASS_MAIN] = 0,    [NAME_CLASS_LOCALISED] = 0.005F, [NAME_CLASS_ALTERNATIVE] = 0.01F,
    [NAME_CLASS_OLD] = 0.03F, [NAME_CLASS_VARIANT] = 0.02F,
};

static bool box_has(const struct geo_box *box, struct geo_point point)
{
    const bool is_between = box->west_e7 <= box->east_e7
                                ? point.lng_e7 >= box->west_e7 && point.lng_e7 <= box->east_e7
                                : point.lng_e7 >= box->west_e7 || point.lng_e7 <= box->east_e7;
    return is_between && point.lat_e7 >= box->south_e7 && point.lat_e7 <= box->north_e7;
}

bool candidate_lies_within(const struct search_query *query, struct geo_point point)
{
    return (!query->has_box || box_has(&query->box, point)) &&
           (query->within == NULL || shape_contains_point(*query->within, point));
}

bool candidate_passes(const struct search_query *query, enum atlas_layer layer, uint16_t country,
                      struct geo_point point)
{
    if (query->layers != 0 && (query->layers & 1U << layer) == 0) {
        return false;
    }
    bool is_country = query->country_count == 0;
    for (unsigned i = 0; i < query->country_count; i++) {
        is_country = is_country || query->countries[i] == country;
    }
    return is_country && candidate_lies_within(query, point);
}

static enum search_match match_of(const struct scoring *scoring, const struct explained *explained,
                                  uint32_t reference, float share)
{
    const struct query_words *const query = &scoring->searcher->query;
    if ((explained->is_prefix || scoring->subject->is_prefix)) {
        return MATCH_PREFIX;
    }
    if (mask_weight(query, query->all & ~explained->mask) > WEIGHT_OF_MARK) {
        const bool is_house = (reference & ATLAS_REF_HOUSE) != 0;
        return !is_house && query->number_count != 0 &&
                       (query->all & ~explained->mask & ~query->numbers[0].mask) == 0
                   ? MATCH_STREET
                   : MATCH_PARTIAL;
    }
    if ((reference & ATLAS_REF_HOUSE) != 0 &&
        atlas_id_unpack(scoring->atlas->house_ids[reference & ~ATLAS_REF_HOUSE]).kind ==
            SOURCE_DERIVED) {
        return MATCH_INTERPOLATED;
    }
    if (explained->guess == GUESS_BETWEEN) {
        return MATCH_INTERPOLATED;
    }
    if (explained->guess == GUESS_BESIDE) {
        return MATCH_STREET;
    }
    if (explained->is_corrected) {
        return MATCH_CORRECTED;
    }
    return explained->is_loose || share <= 0.90F ? MATCH_PARTIAL : MATCH_EXACT;
}

// How far half as near is: a tile of the map, at zoom 13 five kilometres.
static float near_scale_m(const struct search_query *query)
{
    static const float tile_of_zoom_0_m = 40075016;
    const unsigned zoom = query->near_zoom == 0 ? 13 : query->near_zoom;
    return tile_of_zoom_0_m / (float)(1U << (zoom < SEARCH_ZOOM_MAX ? zoom : SEARCH_ZOOM_MAX));
}

// Whether it is an area around the caller: he is in it, wherever its pin is.
static bool holds_near(const struct searcher *searcher, const struct search_query *query,
                       const struct search_result *result)
{
    const struct atlas *const atlas = searcher->atlas;
    if (atlas == NULL || result->reference >= atlas_layer_first(atlas, LAYER_STREET)) {
        return false;
    }
    const uint32_t box = atlas->docs[result->reference].box;
    return box != 0 && box_has(&atlas->boxes[box - 1], query->near);
}

float candidate_rate(struct searcher *searcher, const struct search_query *query,
                     const struct explained *explained, float importance,
                     struct search_result *result)
{
    const float whole = searcher->query.weight;
    const float share = (explained->text + explained->context + explained->number) / whole;
    struct search_terms *const terms = &result->terms;
    terms->text = (share_weight + whole_name_bonus) * explained->text / whole;
    terms->context = share_weight * explained->context / whole;
    terms->number = (share_weight - wrong_town_malus) * explained->number / whole;
    terms->importance = importance_weight * importance;
    if (query->has_near) {
        result->distance_m = distance_m(query->near, result->point);
        const double away_m = holds_near(searcher, query, result) ? 0 : result->distance_m;
        const float scale_m = near_scale_m(query);
        terms->nearness = nearness_weight * scale_m / (scale_m + (float)away_m);
    }
    result->words = explained->mask;
    result->is_corrected = explained->is_corrected;
    result->score =
        terms->text + terms->context + terms->number + terms->importance + terms->nearness;
    result->confidence = share >= 1 ? 1 : share * share;
    if (share > searcher->best_share) {
        searcher->best_share = share;
        searcher->best_mask = explained->mask;
    }
    return share;
}

// All but the number agrees: the street is sure, the place on it is not.
static float street_confidence(const struct query_words *query, const struct explained *explained)
{
    static const float street_most = 0.7F;
    const float rest = query->weight - mask_weight(query, query->numbers[0].mask);
    const float share = rest > 0 ? (explained->text + explained->context) / rest : 0;
    return share >= 1 ? street_most : street_most * share * share;
}

// 0 to 1. The step of an importance is coarse: of two towns of one step the larger comes first, by less than
// the step.
static float importance_of(const struct atlas_doc *doc)
{
    static const float population_share = 1e-10F;
    const uint32_t counted = 30000000;
    const uint32_t population = doc->population < counted ? doc->population : counted;
    return (float)doc->importance / 255 + population_share * (float)population;
}

void candidate_finish(const struct scoring *scoring, uint32_t reference,
                      const struct atlas_doc *doc, struct geo_point point,
                      struct explained explained)
{
    struct search_result result = {.reference = reference, .point = point, .distance_m = -1};
    float importance = scoring->even_importance > 0 ? scoring->even_importance : importance_of(doc);
    if (scoring->middle != NULL) {
        const float away_m = (float)distance_m(*scoring->middle, point);
        importance -= middle_weight * away_m / (away_m + 5000);
    }
    const float share =
        candidate_rate(scoring->searcher, scoring->query, &explained, importance, &result);
    result.match = match_of(scoring, &explained, reference, share);
    if (result.match == MATCH_STREET) {
        result.confidence = street_confidence(&scoring->searcher->query, &explained);
    }
    result.guess = explained.guess;
    result.number = explained.guessed;
    result.beside = explained.beside;
    result_add(scoring->searcher, &result);
}

struct explained candidate_begin(const struct scoring *scoring)
{
    const struct name_match *const subject = scoring->subject;
    const float quality = subject->quality - scoring->class_penalty;
    return (struct explained){
        .mask = subject->mask,
        .is_corrected = subject->is_corrected,
        .text = quality * mask_weight(&scoring->searcher->query, subject->mask),
    };
}

// Whether what explains so much at most cannot come near the best result there is.
static bool is_hopeless(const struct scoring *scoring, float most, uint8_t importance)
{
    const struct searcher *const searcher = scoring->searcher;
    const float score = share_weight * most / searcher->query.weight +
                        importance_weight * (float)importance / 255 +
                        (scoring->query->has_near ? nearness_weight : 0);
    return searcher->result_count != 0 && score < searcher->results[0].score - score_margin;
}

static void street_score(const struct scoring *scoring, uint32_t street)
{
    const struct atlas *const atlas = scoring->atlas;
    const struct query_words *const query = &scoring->searcher->query;
    const struct atlas_doc *const doc = &atlas->docs[street];
    const struct surroundings around = {
        .chain = atlas_chain(atlas, atlas_street_of(atlas, street)->contexts),
        .doc = street,
        .street = UINT32_MAX,
        .point = atlas_point(atlas, street),
    };
    struct explained explained = candidate_begin(scoring);
    contexts_explain(scoring, &around, false, &explained);
    const word_mask left = query->all & ~explained.mask;
    const float loose = CONTEXT_LOOSE_CREDIT *
                        mask_weight(query, left & scoring->context_words & ~scoring->number_words);
    const float most = explained.text + explained.context + loose +
                       mask_weight(query, left & scoring->number_words);
    if (is_hopeless(scoring, most, doc->importance)) {
        return;
    }
    numbers_score(scoring, street);
    if (candidate_passes(scoring->query, LAYER_STREET, doc->country, around.point)) {
        explained = candidate_begin(scoring);
        contexts_explain(scoring, &around, true, &explained);
        candidate_finish(scoring, street, doc, around.point, explained);
    }
}

static void poi_number_explain(const struct scoring *scoring, const struct atlas_house *house,
                               struct explained *explained)
{
    const struct query_words *const query = &scoring->searcher->query;
    for (unsigned i = 0; i < query->number_count; i++) {
        const struct query_number *const number = &query->numbers[i];
        if ((number->mask & explained->mask) == 0 && house->number == number->number &&
            house->suffix == number->suffix) {
            explained->mask |= number->mask;
            explained->number += mask_weight(query, number->mask);
            return;
        }
    }
}

static void doc_score(const struct scoring *scoring, uint32_t reference)
{
    const struct atlas *const atlas = scoring->atlas;
    const struct atlas_doc *const doc = &atlas->docs[reference];
    if (doc->layer == LAYER_STREET) {
        street_score(scoring, reference);
        return;
    }
    const struct geo_point point = atlas_point(atlas, reference);
    if (!candidate_passes(scoring->query, (enum atlas_layer)doc->layer, doc->country, point)) {
        return;
    }
    struct explained explained = candidate_begin(scoring);
    struct surroundings around = {
        .chain = atlas_chain(atlas, doc->chain),
        .doc = reference,
        .street = UINT32_MAX,
        .point = point,
    };
    if (doc->layer == LAYER_POI) {
        const struct atlas_poi *const poi =
            &atlas->pois[reference - atlas_layer_first(atlas, LAYER_POI)];
        if (poi->house != 0) {
            const struct atlas_house *const house = &atlas->houses[poi->house - 1];
            around.street = house->street;
            around.chain = atlas_chain(atlas, house->chain);
            poi_number_explain(scoring, house, &explained);
        }
    }
    contexts_explain(scoring, &around, true, &explained);
    candidate_finish(scoring, reference, doc, point, explained);
}

void candidate_posting(struct scoring *scoring, uint32_t posting)
{
    const uint32_t class = posting >> ATLAS_POSTING_SHIFT;
    const uint32_t layer = scoring->atlas->docs[posting & ATLAS_POSTING_DOC].layer;
    if ((scoring->subject->layers & 1U << layer) == 0) {
        return;
    }
    scoring->class_penalty = class < COUNT_OF(class_penalties) ? class_penalties[class] : 0;
    if (scoring->crossing != NULL) {
        crossings_of_street(scoring, posting & ATLAS_POSTING_DOC);
        return;
    }
    doc_score(scoring, posting & ATLAS_POSTING_DOC);
}

void candidate_name_score(struct scoring *scoring, uint32_t name)
{
    const struct postings postings = postings_of(scoring->atlas, name);
    if (narrow_score(scoring, postings)) {
        return;
    }
    const uint32_t first =
        postings_lower(postings, scoring->atlas->header->layer_first[LAYER_STREET]);
    const uint32_t count = postings.count < first + DOCS_MAX ? postings.count : first + DOCS_MAX;
    for (uint32_t i = first; i < count; i++) {
        candidate_posting(scoring, postings.items[i]);
    }
}

void candidate_places_score(struct scoring *scoring, uint32_t name)
{
    const struct postings postings = postings_of(scoring->atlas, name);
    const uint32_t count =
        postings_lower(postings, scoring->atlas->header->layer_first[LAYER_STREET]);
    const word_mask words = scoring->subject->mask | scoring->context_words;
    if (is_hopeless(scoring, mask_weight(&scoring->searcher->query, words), UINT8_MAX)) {
        return;
    }
    for (uint32_t i = 0; i < count && i < DOCS_MAX; i++) {
        candidate_posting(scoring, postings.items[i]);
    }
}

// The matches that are whole names, those of most words first: what they explain rules others out.
static unsigned subjects_order(const struct searcher *searcher, uint16_t order[MATCHES_MAX])
{
    unsigned count = 0;
    for (unsigned i = 0; i < searcher->match_count; i++) {
        if (searcher->matches[i].is_prefix) {
            continue;
        }
        const int words = __builtin_popcount(searcher->matches[i].mask);
        unsigned at = count++;
        for (; at > 0 && __builtin_popcount(searcher->matches[order[at - 1]].mask) < words; at--) {
            order[at] = order[at - 1];
        }
        order[at] = (uint16_t)i;
    }
    return count;
}

void candidates_score(struct searcher *searcher, const struct atlas *atlas,
                      const struct search_query *query)
{
    UNINITIALIZED struct scoring scoring;
    memset(&scoring, 0, offsetof(struct scoring, table));
    scoring.table.count = 0;
    scoring.table.unlisted = 0;
    scoring.context_words = 0;
    scoring.number_words = 0;
    scoring.subject = NULL;
    scoring.class_penalty = 0;
    scoring.crossing = NULL;
    scoring.even_importance = 0;
    scoring.middle = NULL;
    scoring.searcher = searcher;
    scoring.atlas = atlas;
    scoring.query = query;
    contexts_gather(&scoring);
    crossings_score(&scoring);
    kinds_score(&scoring);
    uint16_t order[MATCHES_MAX];
    const unsigned count = subjects_order(searcher, order);
    for (unsigned i = 0; i < count; i++) {
        scoring.subject = &searcher->matches[order[i]];
        candidate_name_score(&scoring, scoring.subject->first);
    }
    for (unsigned i = 0; i < count; i++) {
        scoring.subject = &searcher->matches[order[i]];
        candidate_places_score(&scoring, scoring.subject->first);
    }
    for (unsigned i = 0; i < searcher->match_count; i++) {
        scoring.subject = &searcher->matches[i];
        // What only part of the words begins is of no interest once something explains them all.
        if (scoring.subject->is_prefix &&
            (scoring.subject->mask == searcher->query.all || searcher->best_share < share_whole)) {
            completions_score(&scoring);
        }
    }
    if (searcher->query.is_begun) {
        numbers_alone_score(&scoring);
    }
}
