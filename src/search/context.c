// Do the other names in the query name something around a candidate?
#include <string.h>

#include "geo/distance.h"
#include "search/scoring.h"

enum { PLACES_MAX = 128 }; // of one name that are looked at one by one

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

// Whether something around the candidate has a name that begins with what was typed.
static bool prefix_agrees(const struct atlas *atlas, const struct name_match *match,
                          const struct surroundings *around)
{
    for (uint32_t i = 0; i < around->chain.count; i++) {
        const uint32_t phrase = atlas->docs[around->chain.items[i]].phrase;
        if (phrase >= match->first && phrase <= match->last) {
            return true;
        }
    }
    return false;
}

// Whether the candidate is known to be in another area than this place, of the same kind: then that it
// is near does not help. Places without an area may reach anywhere.
static bool is_elsewhere(const struct atlas *atlas, const struct atlas_doc *place,
                         struct atlas_list chain)
{
    for (uint32_t i = 0; place->box != 0 && i < chain.count; i++) {
        const struct atlas_doc *const other = &atlas->docs[chain.items[i]];
        if (other->layer == place->layer && other->box != 0) {
            return true;
        }
    }
    return false;
}

// Whether the pin of one of the places is so near that its name may stand for the right one.
static bool is_loosely_near(const struct atlas *atlas, struct postings places, unsigned layers,
                            const struct surroundings *around)
{
    const struct geo_point point = around->point;
    static const double e7_per_m = 1e7 / 111000;
    for (uint32_t i = 0; i < places.count; i++) {
        const struct atlas_doc *const doc = &atlas->docs[places.items[i] & ATLAS_POSTING_DOC];
        const double radius_m =
            (layers & 1U << doc->layer) != 0 ? context_radius_m((enum atlas_layer)doc->layer) : 0;
        const double north_e7 = (double)doc->lat_e7 - (double)point.lat_e7;
        if (north_e7 < radius_m * e7_per_m && -north_e7 < radius_m * e7_per_m &&
            distance_m((struct geo_point){doc->lng_e7, doc->lat_e7}, point) < radius_m &&
            !is_elsewhere(atlas, doc, around->chain)) {
            return true;
        }
    }
    return false;
}

static struct postings places_of(const struct atlas *atlas, const struct name_match *match)
{
    struct postings postings = postings_of(atlas, match->first);
    // Documents are numbered by layer: the places come first, and only they contain anything.
    postings.count = postings_lower(postings, atlas->header->layer_first[LAYER_STREET]);
    return postings;
}

static uint32_t *slot_of(struct context_table *table, uint32_t doc)
{
    uint32_t at = doc * UINT32_C(2654435769) >> 22;
    while (table->docs[at] != UINT32_MAX && table->docs[at] != doc) {
        at = (at + 1) % CONTEXT_SLOTS;
    }
    if (table->docs[at] == UINT32_MAX) {
        table->docs[at] = doc;
        table->contexts[at] = 0;
        table->count++;
    }
    return &table->contexts[at];
}

// The contexts that name a place, among those in the table.
static uint32_t table_find(const struct context_table *table, uint32_t doc)
{
    uint32_t at = doc * UINT32_C(2654435769) >> 22;
    while (table->docs[at] != UINT32_MAX) {
        if (table->docs[at] == doc) {
            return table->contexts[at];
        }
        at = (at + 1) % CONTEXT_SLOTS;
    }
    return 0;
}

static bool may_name(const struct atlas *atlas, const struct name_match *match, uint32_t doc)
{
    return (match->layers & 1U << atlas->docs[doc].layer) != 0;
}

static void table_fill(struct scoring *scoring)
{
    struct context_table *const table = &scoring->table;
    memset(table->docs, 0xff, sizeof(table->docs));
    for (unsigned i = 0; i < scoring->context_count; i++) {
        const struct name_match *const match = &scoring->contexts[i];
        if (match->is_prefix) {
            scoring->context_words |= match->mask;
            continue;
        }
        const struct postings places = places_of(scoring->atlas, match);
        scoring->context_words |= places.count != 0 ? match->mask : 0;
        if (table->count + places.count > CONTEXT_SLOTS / 2) {
            table->unlisted |= 1U << i;
            continue;
        }
        for (uint32_t k = 0; k < places.count; k++) {
            const uint32_t doc = places.items[k] & ATLAS_POSTING_DOC;
            if (may_name(scoring->atlas, match, doc)) {
                *slot_of(table, doc) |= 1U << i;
            }
        }
    }
}

// The contexts that name something that contains the candidate.
static uint32_t contexts_agreed(const struct scoring *scoring, const struct surroundings *around)
{
    uint32_t agreed = 0;
    for (uint32_t i = 0; i < around->chain.count; i++) {
        agreed |= table_find(&scoring->table, around->chain.items[i]);
    }
    for (unsigned i = 0; i < scoring->context_count; i++) {
        const struct name_match *const match = &scoring->contexts[i];
        bool agrees = false;
        if (match->is_prefix) {
            agrees = prefix_agrees(scoring->atlas, match, around);
        } else if ((scoring->table.unlisted & 1U << i) != 0) {
            const struct postings places = places_of(scoring->atlas, match);
            for (uint32_t k = 0; k < around->chain.count && !agrees; k++) {
                agrees = may_name(scoring->atlas, match, around->chain.items[k]) &&
                         postings_have(places, around->chain.items[k]);
            }
        }
        if (!match->is_prefix && around->street != UINT32_MAX && !agrees &&
            may_name(scoring->atlas, match, around->street)) {
            agrees = postings_have(postings_of(scoring->atlas, match->first), around->street);
        }
        agreed |= agrees ? 1U << i : 0;
    }
    return agreed;
}

// What a name is worth that names nothing around the candidate.
static float loose_credit(const struct atlas *atlas, const struct name_match *match,
                          const struct surroundings *around)
{
    if (match->is_prefix) {
        return 0;
    }
    struct postings places = places_of(atlas, match);
    places.count = places.count < PLACES_MAX ? places.count : PLACES_MAX;
    if (around->doc < atlas->header->layer_first[LAYER_STREET]) {
        // A postcode inside the town that is looked for agrees with it too; of "Paris, France" the
        // smaller is looked for, though France holds a Paris.
        for (uint32_t i = 0; i < places.count; i++) {
            const uint32_t doc = places.items[i] & ATLAS_POSTING_DOC;
            if (may_name(atlas, match, doc) &&
                list_has(atlas_chain(atlas, atlas->docs[doc].chain), around->doc)) {
                return atlas->docs[doc].layer == LAYER_POSTCODE ? 1 : CONTEXT_INSIDE_CREDIT;
            }
        }
    }
    return is_loosely_near(atlas, places, match->layers, around) ? CONTEXT_LOOSE_CREDIT : 0;
}

static void context_take(const struct scoring *scoring, const struct name_match *match,
                         float credit, struct explained *explained)
{
    explained->mask |= match->mask;
    explained->context +=
        credit * match->quality * mask_weight(&scoring->searcher->query, match->mask);
    explained->is_prefix = explained->is_prefix || match->is_prefix;
    explained->is_corrected = explained->is_corrected || match->is_corrected;
}

void contexts_explain(const struct scoring *scoring, const struct surroundings *around,
                      bool may_be_loose, struct explained *explained)
{
    const word_mask all = scoring->searcher->query.all;
    const uint32_t agreed = contexts_agreed(scoring, around);
    for (uint32_t left = agreed; left != 0 && explained->mask != all; left &= left - 1) {
        const struct name_match *const match = &scoring->contexts[__builtin_ctz(left)];
        if ((match->mask & explained->mask) == 0) {
            context_take(scoring, match, 1, explained);
        }
    }
    for (unsigned i = 0; may_be_loose && i < scoring->context_count && explained->mask != all;
         i++) {
        const struct name_match *const match = &scoring->contexts[i];
        if ((match->mask & explained->mask) == 0) {
            const float credit = loose_credit(scoring->atlas, match, around);
            if (credit > 0) {
                explained->is_loose = explained->is_loose || credit <= CONTEXT_LOOSE_CREDIT;
                context_take(scoring, match, credit, explained);
            }
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
    for (unsigned i = 0; i < searcher->query.number_count; i++) {
        scoring->number_words |= searcher->query.numbers[i].mask;
    }
    table_fill(scoring);
}
