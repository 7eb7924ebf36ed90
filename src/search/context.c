// Do the other names in the query name something around a candidate?
#include "geo/distance.h"
#include "search/scoring.h"

double context_radius_m(enum atlas_layer layer)
{
    return layer == LAYER_LOCALITY ? 10000 : layer >= LAYER_BOROUGH ? 4000 : 0;
}

static bool list_has(struct atlas_list list, uint32_t doc)
{
    for (uint32_t i = 0; i < list.count; i++) {
        if (list.items[i] == doc) {
            return true;
        }
    }
    return false;
}

// How far `match` names something around the candidate: 1 it contains it, 0 not at all.
static float context_credit(const struct atlas *atlas, const struct name_match *match,
                            const struct surroundings *around)
{
    if (match->is_prefix) {
        for (uint32_t i = 0; i < around->chain.count; i++) {
            const uint32_t phrase = atlas->docs[around->chain.items[i]].phrase;
            if (phrase >= match->first && phrase <= match->last) {
                return 1;
            }
        }
        return 0;
    }
    const uint32_t street_first = atlas->header->layer_first[LAYER_STREET];
    const struct postings postings = postings_of(atlas, match->first);
    float credit = 0;
    for (uint32_t i = 0; i < postings.count; i++) {
        const uint32_t doc = postings.items[i] & ATLAS_POSTING_DOC;
        if (doc >= street_first && around->street == UINT32_MAX) {
            break; // documents are numbered by layer: nothing further on contains anything
        }
        if (doc == around->street || list_has(around->chain, doc)) {
            return 1;
        }
        if (doc < street_first) {
            // A postcode inside the town that is looked for agrees with it too.
            if (list_has(atlas_chain(atlas, atlas->docs[doc].chain), around->doc)) {
                return 1;
            }
            const double radius_m = context_radius_m((enum atlas_layer)atlas->docs[doc].layer);
            if (credit <= 0 && radius_m > 0 &&
                distance_m(atlas_point(atlas, doc), around->point) < radius_m) {
                credit = 0.6F;
            }
        }
    }
    return credit;
}

void contexts_explain(const struct scoring *scoring, const struct surroundings *around,
                      struct explained *explained)
{
    const struct query_words *const query = &scoring->searcher->query;
    for (unsigned i = 0; i < scoring->context_count && explained->mask != query->all; i++) {
        const struct name_match *const match = &scoring->contexts[i];
        if ((match->mask & explained->mask) != 0) {
            continue;
        }
        const float credit = context_credit(scoring->atlas, match, around);
        if (credit > 0) {
            explained->mask |= match->mask;
            explained->context += credit * match->quality * mask_weight(query, match->mask);
            explained->is_prefix = explained->is_prefix || match->is_prefix;
        }
    }
}

static bool has_context_docs(const struct atlas *atlas, const struct name_match *match)
{
    if (match->is_prefix) {
        return true;
    }
    const struct postings postings = postings_of(atlas, match->first);
    return postings.count != 0 &&
           ((postings.items[0] & ATLAS_POSTING_DOC) < atlas->header->layer_first[LAYER_POI]);
}

void contexts_gather(struct scoring *scoring)
{
    const struct searcher *const searcher = scoring->searcher;
    for (unsigned i = 0; i < searcher->match_count; i++) {
        const struct name_match *const match = &searcher->matches[i];
        if (!has_context_docs(scoring->atlas, match)) {
            continue;
        }
        const float weight = match->quality * mask_weight(&searcher->query, match->mask);
        unsigned at =
            scoring->context_count < CONTEXTS_MAX ? scoring->context_count++ : CONTEXTS_MAX - 1;
        for (; at > 0; at--) {
            const struct name_match *const before = &scoring->contexts[at - 1];
            if (before->quality * mask_weight(&searcher->query, before->mask) >= weight) {
                break;
            }
            scoring->contexts[at] = *before;
        }
        scoring->contexts[at] = *match;
    }
}
