// Scores documents against the whole query.
//
// One match is taken as what is looked for (the street, the place, the shop); the other matches that
// do not overlap it are asked whether they name something that contains it; the numbers whether it
// has such a house. What share of the query's words is explained, and how well, is the score;
// importance and nearness decide between equals.
#include <assert.h>
#include <math.h>

#include "geo/distance.h"
#include "index/ranges.h"
#include "search/search_private.h"

// The share explained counts this much; importance and nearness together stay below one word.
static const float share_weight = 4.0F;
static const float share_whole =
    0.93F; // of a query that is explained, its last word typed or begun
static const float importance_weight = 0.35F;
static const double near_radius_m = 25000; // where documents of a common name are looked for
static const float nearness_weight = 0.45F;

enum {
    CONTEXTS_MAX = 24,
    DOCS_MAX = 4096, // of one name that are looked at
    DOCS_FEW = 256,  // are looked at without asking where
    ROWS_MAX = 12,   // house rows of one number
};

struct scoring {
    struct searcher *searcher;
    const struct atlas *atlas;
    const struct search_query *query;
    struct name_match contexts[CONTEXTS_MAX]; // heaviest first
    unsigned context_count;
    const struct name_match *subject; // what is taken as looked for
    float class_penalty;
};

// What one candidate has explained so far.
struct explained {
    word_mask mask;
    float text, context, number; // weights of words, times quality
    bool is_number_exact, is_prefix;
};

static const float class_penalties[] = {
    [NAME_CLASS_MAIN] = 0,    [NAME_CLASS_LOCALISED] = 0.01F, [NAME_CLASS_ALTERNATIVE] = 0.02F,
    [NAME_CLASS_OLD] = 0.05F, [NAME_CLASS_VARIANT] = 0.03F,
};

struct slice {
    const uint32_t *items;
    uint32_t count;
};

static struct slice postings_of(const struct atlas *atlas, uint32_t name)
{
    const uint32_t first = atlas->name_index[name];
    return (struct slice){atlas->name_docs + first, atlas->name_index[name + 1] - first};
}

// --- results, kept best first -------------------------------------------------------------------

static bool result_precedes(const struct search_result *left, const struct search_result *right)
{
    if (left->score > right->score || left->score < right->score) {
        return left->score > right->score;
    }
    return left->reference < right->reference;
}

static void result_add(struct searcher *searcher, const struct search_result *result)
{
    unsigned count = searcher->result_count;
    if (count == searcher->result_limit &&
        !result_precedes(result, &searcher->results[count - 1])) {
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        if (searcher->results[i].reference == result->reference) {
            if (!result_precedes(result, &searcher->results[i])) {
                return;
            }
            for (unsigned j = i; j + 1 < count; j++) {
                searcher->results[j] = searcher->results[j + 1];
            }
            count--;
            break;
        }
    }
    unsigned at = count < searcher->result_limit ? count++ : count - 1;
    for (; at > 0 && result_precedes(result, &searcher->results[at - 1]); at--) {
        searcher->results[at] = searcher->results[at - 1];
    }
    searcher->results[at] = *result;
    searcher->result_count = count;
}

// --- contexts -----------------------------------------------------------------------------------

// How near the pin of a place must be for its name to be accepted loosely, by layer.
static double loose_radius_m(enum atlas_layer layer)
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

// What a candidate offers to contexts: the documents around it, and itself.
struct surroundings {
    struct atlas_list chain;
    uint32_t doc;    // the candidate itself, or its street
    uint32_t street; // UINT32_MAX, or a street that contains it (of a place of interest)
    struct geo_point point;
};

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
    const struct slice postings = postings_of(atlas, match->first);
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
            const double radius_m = loose_radius_m((enum atlas_layer)atlas->docs[doc].layer);
            if (credit <= 0 && radius_m > 0 &&
                distance_m(atlas_point(atlas, doc), around->point) < radius_m) {
                credit = 0.6F;
            }
        }
    }
    return credit;
}

static void contexts_explain(const struct scoring *scoring, const struct surroundings *around,
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

// --- one candidate ------------------------------------------------------------------------------

static bool box_has(const struct geo_box *box, struct geo_point point)
{
    const bool is_between = box->west_e7 <= box->east_e7
                                ? point.lng_e7 >= box->west_e7 && point.lng_e7 <= box->east_e7
                                : point.lng_e7 >= box->west_e7 || point.lng_e7 <= box->east_e7;
    return is_between && point.lat_e7 >= box->south_e7 && point.lat_e7 <= box->north_e7;
}

static bool filters_pass(const struct search_query *query, enum atlas_layer layer, uint16_t country,
                         struct geo_point point)
{
    if (query->layers != 0 && (query->layers & 1U << layer) == 0) {
        return false;
    }
    bool is_country = query->country_count == 0;
    for (unsigned i = 0; i < query->country_count; i++) {
        is_country = is_country || query->countries[i] == country;
    }
    return is_country && (!query->has_box || box_has(&query->box, point));
}

static enum search_match match_of(const struct scoring *scoring, const struct explained *explained,
                                  uint32_t reference, float share)
{
    const struct query_words *const query = &scoring->searcher->query;
    if ((explained->is_prefix || scoring->subject->is_prefix)) {
        return MATCH_PREFIX;
    }
    if (explained->mask != query->all) {
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
    return share > 0.96F ? MATCH_EXACT : MATCH_CORRECTED;
}

static void candidate_finish(const struct scoring *scoring, uint32_t reference,
                             const struct atlas_doc *doc, struct geo_point point,
                             struct explained explained)
{
    struct searcher *const searcher = scoring->searcher;
    const float whole = searcher->query.weight;
    const float share = (explained.text + explained.context + explained.number) / whole;

    struct search_result result = {.reference = reference, .point = point, .distance_m = -1};
    result.terms.text = share_weight * explained.text / whole;
    result.terms.context = share_weight * explained.context / whole;
    result.terms.number = share_weight * explained.number / whole;
    result.terms.importance = importance_weight * (float)doc->importance / 255;
    if (scoring->query->has_near) {
        result.distance_m = distance_m(scoring->query->near, point);
        result.terms.nearness = nearness_weight * 5000 / (5000 + (float)result.distance_m);
    }
    result.score = result.terms.text + result.terms.context + result.terms.number +
                   result.terms.importance + result.terms.nearness;
    result.confidence = share >= 1 ? 1 : share * share;
    result.match = match_of(scoring, &explained, reference, share);
    if (share > searcher->best_share) {
        searcher->best_share = share;
        searcher->best_mask = explained.mask;
    }
    result_add(searcher, &result);
}

static struct explained subject_explained(const struct scoring *scoring)
{
    const struct name_match *const subject = scoring->subject;
    const float quality = subject->quality - scoring->class_penalty;
    return (struct explained){
        .mask = subject->mask,
        .text = quality * mask_weight(&scoring->searcher->query, subject->mask),
    };
}

// --- house numbers ------------------------------------------------------------------------------

// First row of [first, end) whose (number, suffix) is not below the given one.
static uint32_t row_lower(const struct atlas_house *houses, uint32_t first, uint32_t end,
                          uint32_t number, uint32_t suffix)
{
    while (first < end) {
        const uint32_t middle = first + (end - first) / 2;
        const struct atlas_house *const row = &houses[middle];
        if (row->number < number || (row->number == number && row->suffix < suffix)) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return first;
}

// A row's answer to the number asked for: 1 the very number, less for "12" where there is "12a".
static float number_credit(const struct atlas_house *row, const struct query_number *number)
{
    if (row->number == number->number && row->suffix == number->suffix) {
        return 1;
    }
    if (number->is_prefix) {
        return row->number == number->number ? 0.93F : 0.95F;
    }
    return row->suffix == 0 || number->suffix == 0 ? 0.6F : 0.25F;
}

static void house_score(const struct scoring *scoring, uint32_t index, uint32_t street,
                        const struct query_number *number)
{
    const struct atlas *const atlas = scoring->atlas;
    const struct atlas_house *const house = &atlas->houses[index];
    const struct atlas_doc *const doc = &atlas->docs[street];
    const struct geo_point point = {.lng_e7 = house->lng_e7, .lat_e7 = house->lat_e7};
    if (!filters_pass(scoring->query, LAYER_ADDRESS, doc->country, point)) {
        return;
    }
    struct explained explained = subject_explained(scoring);
    explained.mask |= number->mask;
    const float credit = number_credit(house, number);
    explained.number = credit * mask_weight(&scoring->searcher->query, number->mask);
    explained.is_prefix = credit < 1 && number->is_prefix;
    const struct surroundings around = {
        .chain = atlas_chain(atlas, house->chain),
        .doc = street,
        .street = UINT32_MAX,
        .point = point,
    };
    contexts_explain(scoring, &around, &explained);
    candidate_finish(scoring, index | ATLAS_REF_HOUSE, doc, point, explained);
}

// The last of the suffixes that begin with what was typed: "-2" -> "-2\xff\xff".
static uint32_t suffix_end(uint32_t suffix)
{
    uint32_t rest = UINT32_MAX;
    while ((suffix & rest) != 0) {
        rest >>= 8;
    }
    return suffix | rest;
}

// Takes the rows of numbers [low, high], each number once; `suffix` to `end_suffix` of one number.
static unsigned rows_take(const struct atlas_house *houses, uint32_t row, uint32_t end,
                          uint32_t high, uint32_t end_suffix, uint32_t rows[ROWS_MAX],
                          unsigned count)
{
    for (; row < end && houses[row].number <= high && houses[row].suffix <= end_suffix &&
           count < ROWS_MAX;
         row++) {
        if (count == 0 || houses[rows[count - 1]].number != houses[row].number ||
            houses[rows[count - 1]].suffix != houses[row].suffix) {
            rows[count++] = row;
        }
    }
    return count;
}

// Rows whose number begins with what was typed so far: 1, 10-19, 100-199 …; 205-2, 205-20 …
static unsigned rows_with_prefix(const struct atlas_house *houses, uint32_t first, uint32_t end,
                                 const struct query_number *number, uint32_t rows[ROWS_MAX])
{
    if (number->suffix != 0 || number->number == 0) {
        const uint32_t row = row_lower(houses, first, end, number->number, number->suffix);
        return rows_take(houses, row, end, number->number, suffix_end(number->suffix), rows, 0);
    }
    unsigned count = 0;
    uint64_t low = number->number;
    uint64_t high = number->number;
    for (; low <= 99999 && count < ROWS_MAX; low *= 10, high = high * 10 + 9) {
        const uint32_t row = row_lower(houses, first, end, (uint32_t)low, 0);
        count = rows_take(houses, row, end, (uint32_t)high, UINT32_MAX, rows, count);
    }
    return count;
}

// Scores the street's houses of a number; false when it has none.
static bool number_score(const struct scoring *scoring, uint32_t street,
                         const struct query_number *number)
{
    const struct atlas_house *const houses = scoring->atlas->houses;
    const struct atlas_street *const rows = atlas_street_of(scoring->atlas, street);
    const uint32_t first = rows->house_first;
    const uint32_t end = first + rows->house_count;

    uint32_t found[ROWS_MAX];
    unsigned count = 0;
    uint32_t row = row_lower(houses, first, end, number->number, number->suffix);
    while (row < end && count < ROWS_MAX && houses[row].number == number->number &&
           houses[row].suffix == number->suffix) {
        found[count++] = row++;
    }
    if (count == 0 && !number->is_prefix &&
        number->number != 0) { // the same number with another suffix is near
        row = row_lower(houses, first, end, number->number, 0);
        while (row < end && count < ROWS_MAX && houses[row].number == number->number) {
            found[count++] = row++;
        }
    }
    for (unsigned i = 0; i < count; i++) {
        house_score(scoring, found[i], street, number);
    }
    if (number->is_prefix) {
        const unsigned more = rows_with_prefix(houses, first, end, number, found);
        for (unsigned i = 0; i < more; i++) {
            house_score(scoring, found[i], street, number);
        }
        count += more;
    }
    return count != 0;
}

// --- numbers before streets ---------------------------------------------------------------------

// Where a (number, suffix, phrase) stands, or would stand, among all rows by number.
static uint32_t number_lower(const struct atlas *atlas, uint32_t number, uint32_t suffix,
                             uint32_t phrase)
{
    uint32_t low = 0;
    uint32_t high = atlas->header->house_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const struct atlas_house *const row = &atlas->houses[atlas->numbers[middle]];
        bool is_before = row->number < number || (row->number == number && row->suffix < suffix);
        if (row->number == number && row->suffix == suffix) {
            is_before = atlas->docs[row->street].phrase < phrase;
        }
        if (is_before) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// The rows among [first, end) of NUMBERS that are nearest to where the caller is.
static unsigned rows_nearest(const struct scoring *scoring, uint32_t first, uint32_t end,
                             uint32_t rows[ROWS_MAX])
{
    enum { ROWS_LOOKED_AT = 4096 };
    const struct atlas *const atlas = scoring->atlas;
    end = end - first > ROWS_LOOKED_AT ? first + ROWS_LOOKED_AT : end;
    double away_m[ROWS_MAX];
    unsigned count = 0;
    for (uint32_t i = first; i < end; i++) {
        const uint32_t row = atlas->numbers[i];
        const double away =
            scoring->query->has_near
                ? distance_m(scoring->query->near, atlas_point(atlas, row | ATLAS_REF_HOUSE))
                : (double)(i - first);
        unsigned at = count < ROWS_MAX ? count++ : ROWS_MAX;
        for (; at > 0 && away_m[at - 1] > away; at--) {
            if (at < ROWS_MAX) {
                away_m[at] = away_m[at - 1];
                rows[at] = rows[at - 1];
            }
        }
        if (at < ROWS_MAX) {
            away_m[at] = away;
            rows[at] = row;
        }
    }
    return count;
}

static void rows_score(const struct scoring *scoring, const struct query_number *number,
                       uint32_t first, uint32_t end)
{
    uint32_t rows[ROWS_MAX];
    const unsigned count = first < end ? rows_nearest(scoring, first, end, rows) : 0;
    for (unsigned i = 0; i < count; i++) {
        house_score(scoring, rows[i], scoring->atlas->houses[rows[i]].street, number);
    }
}

// "115-27 2": of all streets that begin with 2, those that have the number.
static void numbers_in_range_score(const struct scoring *scoring)
{
    const struct query_words *const query = &scoring->searcher->query;
    const struct name_match *const subject = scoring->subject;
    for (unsigned i = 0; i < query->number_count; i++) {
        const struct query_number *const number = &query->numbers[i];
        if ((number->mask & subject->mask) == 0) {
            rows_score(
                scoring, number,
                number_lower(scoring->atlas, number->number, number->suffix, subject->first),
                number_lower(scoring->atlas, number->number, number->suffix, subject->last + 1));
        }
    }
}

// Nothing but a number so far: the houses around that have it, or whose number begins so.
static void numbers_alone_score(struct scoring *scoring)
{
    static const struct name_match nothing = {.quality = 1};
    const struct query_words *const query = &scoring->searcher->query;
    scoring->subject = &nothing;
    scoring->class_penalty = 0;
    for (unsigned i = 0; i < query->number_count; i++) {
        const struct query_number *const number = &query->numbers[i];
        if (number->mask == query->all) {
            const uint32_t end_suffix = suffix_end(number->suffix);
            rows_score(scoring, number,
                       number_lower(scoring->atlas, number->number, number->suffix, 0),
                       number_lower(scoring->atlas, number->number, end_suffix, UINT32_MAX));
        }
    }
}

// --- documents ----------------------------------------------------------------------------------

static void street_score(const struct scoring *scoring, uint32_t street)
{
    const struct query_words *const query = &scoring->searcher->query;
    bool has_house = false;
    for (unsigned i = 0; i < query->number_count; i++) {
        if ((query->numbers[i].mask & scoring->subject->mask) == 0) {
            has_house = number_score(scoring, street, &query->numbers[i]) || has_house;
        }
    }
    const struct atlas *const atlas = scoring->atlas;
    const struct atlas_doc *const doc = &atlas->docs[street];
    const struct geo_point point = atlas_point(atlas, street);
    if (!filters_pass(scoring->query, LAYER_STREET, doc->country, point)) {
        return;
    }
    struct explained explained = subject_explained(scoring);
    const struct surroundings around = {
        .chain = atlas_chain(atlas, atlas_street_of(atlas, street)->contexts),
        .doc = street,
        .street = UINT32_MAX,
        .point = point,
    };
    contexts_explain(scoring, &around, &explained);
    candidate_finish(scoring, street, doc, point, explained);
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
    if (!filters_pass(scoring->query, (enum atlas_layer)doc->layer, doc->country, point)) {
        return;
    }
    struct explained explained = subject_explained(scoring);
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
    contexts_explain(scoring, &around, &explained);
    candidate_finish(scoring, reference, doc, point, explained);
}

static void posting_score(struct scoring *scoring, uint32_t posting)
{
    const uint32_t class = posting >> ATLAS_POSTING_SHIFT;
    scoring->class_penalty = class < COUNT_OF(class_penalties) ? class_penalties[class] : 0;
    doc_score(scoring, posting & ATLAS_POSTING_DOC);
}

// First of the postings whose document is not below `doc`.
static uint32_t posting_lower(struct slice postings, uint32_t doc)
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
static void ranges_score(struct scoring *scoring, struct slice postings, const struct range *ranges,
                         unsigned range_count, unsigned *budget)
{
    for (unsigned i = 0; i < range_count; i++) {
        for (uint32_t at = posting_lower(postings, ranges[i].first);
             at<postings.count && * budget> 0 &&
             (postings.items[at] & ATLAS_POSTING_DOC) < ranges[i].end;
             at++) {
            posting_score(scoring, postings.items[at]);
            (*budget)--;
        }
    }
}

// Of the streets and places of interest of a name, those in the area, or around the pin, of a place.
static void place_score(struct scoring *scoring, struct slice postings, uint32_t place,
                        unsigned *budget)
{
    const struct atlas *const atlas = scoring->atlas;
    const struct atlas_doc *const doc = &atlas->docs[place];
    const double radius_m = loose_radius_m((enum atlas_layer)doc->layer);
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

// A name with very many documents is asked for where the query's other words, or its caller, are.
// False when neither says where.
static bool name_score_narrowed(struct scoring *scoring, struct slice postings)
{
    const struct atlas *const atlas = scoring->atlas;
    const uint32_t street_first = atlas->header->layer_first[LAYER_STREET];
    unsigned budget = DOCS_MAX;
    bool is_narrow = false;
    for (unsigned i = 0; i < scoring->context_count; i++) {
        const struct name_match *const match = &scoring->contexts[i];
        if (match->is_prefix || (match->mask & scoring->subject->mask) != 0) {
            continue;
        }
        const struct slice places = postings_of(atlas, match->first);
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

static void name_score(struct scoring *scoring, uint32_t name)
{
    const struct slice postings = postings_of(scoring->atlas, name);
    if (postings.count > DOCS_FEW && name_score_narrowed(scoring, postings)) {
        return;
    }
    const uint32_t count = postings.count < DOCS_MAX ? postings.count : DOCS_MAX;
    for (uint32_t i = 0; i < count; i++) {
        posting_score(scoring, postings.items[i]);
    }
}

// The completions of an unfinished name: all of a few, else the weightiest.
static void prefix_score(struct scoring *scoring)
{
    enum { COMPLETIONS_MAX = 48 };
    const struct name_match *const subject = scoring->subject;
    numbers_in_range_score(scoring);
    const uint32_t last = subject->last - subject->first < COMPLETIONS_MAX
                              ? subject->last
                              : subject->first + COMPLETIONS_MAX - 1;
    for (uint32_t name = subject->first; name <= last; name++) {
        name_score(scoring, name);
    }
}

// --- the whole query ----------------------------------------------------------------------------

static bool has_context_docs(const struct atlas *atlas, const struct name_match *match)
{
    if (match->is_prefix) {
        return true;
    }
    const struct slice postings = postings_of(atlas, match->first);
    return postings.count != 0 &&
           ((postings.items[0] & ATLAS_POSTING_DOC) < atlas->header->layer_first[LAYER_POI]);
}

static void contexts_gather(struct scoring *scoring)
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

void candidates_score(struct searcher *searcher, const struct atlas *atlas,
                      const struct search_query *query)
{
    struct scoring scoring = {.searcher = searcher, .atlas = atlas, .query = query};
    contexts_gather(&scoring);
    for (unsigned i = 0; i < searcher->match_count; i++) {
        scoring.subject = &searcher->matches[i];
        if (!scoring.subject->is_prefix) {
            name_score(&scoring, scoring.subject->first);
        }
    }
    for (unsigned i = 0; i < searcher->match_count; i++) {
        scoring.subject = &searcher->matches[i];
        // What only part of the words begins is of no interest once something explains them all.
        if (scoring.subject->is_prefix &&
            (scoring.subject->mask == searcher->query.all || searcher->best_share < share_whole)) {
            prefix_score(&scoring);
        }
    }
    if (searcher->query.has_open_end) {
        numbers_alone_score(&scoring);
    }
}
