// Intersections: "A & B", "corner of A and B", "Ecke A/B", "esquina de A con B".
//
// Where something in the text may join two streets, every name that ends before it is tried with every
// name that begins behind it; whether streets of the two names meet is for the atlas to say. The
// crossing is then scored as everything else: by the share of the words it explains.
#include "search/scoring.h"
#include "text/connector.h"

// A gap or some words that may stand between two streets.
struct junction {
    unsigned last;  // word of what is before it
    unsigned first; // word of what is behind it
    word_mask mask; // its own words
};

enum { JUNCTIONS_MAX = 16, ARTICLES_MAX = 2, PAIRS_MAX = 96 };

static word_mask words_between(unsigned first, unsigned end)
{
    return end <= first ? 0 : (((word_mask)1 << (end - first)) - 1) << first;
}

static unsigned phrase_at(const struct query_words *query, enum connector_role role, unsigned first)
{
    struct bytes words[CONNECTOR_WORDS_MAX];
    unsigned count = 0;
    for (; count < CONNECTOR_WORDS_MAX && first + count < query->count; count++) {
        words[count] = query->words[first + count].readings[0].text;
    }
    return (unsigned)connector_match(role, words, count);
}

static unsigned junctions_find(const struct query_words *query, unsigned lead,
                               struct junction junctions[JUNCTIONS_MAX])
{
    unsigned count = 0;
    for (unsigned i = lead + 1; i < query->count && count < JUNCTIONS_MAX; i++) {
        const unsigned taken = phrase_at(query, CONNECTOR_BETWEEN, i);
        if (taken != 0 && i + taken < query->count) {
            junctions[count++] = (struct junction){
                .last = i - 1, .first = i + taken, .mask = words_between(i, i + taken)};
        } else if (query->words[i].is_joined || lead != 0) {
            junctions[count++] = (struct junction){.last = i - 1, .first = i};
        }
    }
    return count;
}

// The words from `begin` on that stand before a name that begins at word `first`: all of them articles.
static bool are_articles(const struct query_words *query, unsigned begin, unsigned first)
{
    while (begin < first) {
        const unsigned taken = phrase_at(query, CONNECTOR_ARTICLE, begin);
        if (taken == 0) {
            return false;
        }
        begin += taken;
    }
    return begin == first;
}

static unsigned first_word(word_mask mask)
{
    return (unsigned)__builtin_ctz(mask);
}

static unsigned last_word(word_mask mask)
{
    return 31U - (unsigned)__builtin_clz(mask);
}

static bool names_streets(const struct atlas *atlas, const struct name_match *match)
{
    if ((match->layers & 1U << LAYER_STREET) == 0) {
        return false;
    }
    if (match->is_prefix) {
        return true;
    }
    const struct postings postings = postings_of(atlas, match->first);
    const uint32_t at = postings_lower(postings, atlas_layer_first(atlas, LAYER_STREET));
    return at < postings.count &&
           (postings.items[at] & ATLAS_POSTING_DOC) < atlas_layer_first(atlas, LAYER_POI);
}

// --- a pair of names ---

static bool other_is(const struct scoring *scoring, uint32_t street)
{
    const struct name_match *const other = scoring->crossing;
    const uint32_t phrase = scoring->atlas->docs[street].phrase;
    return other->is_prefix ? phrase >= other->first && phrase <= other->last
                            : phrase == other->first ||
                                  postings_have(postings_of(scoring->atlas, other->first), street);
}

static void row_score(const struct scoring *scoring, uint32_t row)
{
    const struct atlas *const atlas = scoring->atlas;
    const struct atlas_crossing *const crossing = &atlas->crossings[row];
    const struct atlas_doc *const a = &atlas->docs[crossing->street_a];
    const struct atlas_doc *const b = &atlas->docs[crossing->street_b];
    const struct surroundings around = {
        .chain = atlas_chain(atlas, crossing->chain),
        .doc = crossing->street_a,
        .street = UINT32_MAX,
        .point = {.lng_e7 = crossing->lng_e7, .lat_e7 = crossing->lat_e7},
    };
    if (candidate_passes(scoring->query, LAYER_INTERSECTION, a->country, around.point)) {
        struct explained explained = candidate_begin(scoring);
        contexts_explain(scoring, &around, true, &explained);
        candidate_finish(scoring, row | ATLAS_REF_CROSSING, a->importance > b->importance ? a : b,
                         around.point, explained);
    }
}

// First row whose street_a is not below the given one; of the reversed order, whose street_b is not.
static uint32_t row_lower(const struct atlas *atlas, uint32_t street, bool is_reversed)
{
    uint32_t low = 0;
    uint32_t high = atlas->crossing_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const uint32_t at = is_reversed
                                ? atlas->crossings[atlas->crossings_reversed[middle]].street_b
                                : atlas->crossings[middle].street_a;
        if (at < street) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void crossings_of_street(const struct scoring *scoring, uint32_t street)
{
    const struct atlas *const atlas = scoring->atlas;
    for (uint32_t row = row_lower(atlas, street, false);
         row < atlas->crossing_count && atlas->crossings[row].street_a == street; row++) {
        if (other_is(scoring, atlas->crossings[row].street_b)) {
            row_score(scoring, row);
        }
    }
    for (uint32_t at = row_lower(atlas, street, true); at < atlas->crossing_count; at++) {
        const uint32_t row = atlas->crossings_reversed[at];
        if (atlas->crossings[row].street_b != street) {
            break;
        }
        if (other_is(scoring, atlas->crossings[row].street_a)) {
            row_score(scoring, row);
        }
    }
}

// Two names and what is between and before them, as one name that streets are looked up by.
static void pair_score(struct scoring *scoring, const struct name_match *left,
                       const struct name_match *right, word_mask joints)
{
    const struct query_words *const query = &scoring->searcher->query;
    const word_mask names = left->mask | right->mask;
    const float left_weight = mask_weight(query, left->mask);
    const float right_weight = mask_weight(query, right->mask);
    const bool is_left_rarer =
        right->is_prefix || postings_of(scoring->atlas, left->first).count <=
                                postings_of(scoring->atlas, right->first).count;
    const struct name_match pair = {
        .mask = names | joints,
        .first = is_left_rarer ? left->first : right->first,
        .last = is_left_rarer ? left->first : right->first,
        .quality = (left->quality * left_weight + right->quality * right_weight) /
                   (left_weight + right_weight),
        .is_prefix = right->is_prefix,
        .is_corrected = left->is_corrected || right->is_corrected,
        .layers = 1U << LAYER_STREET,
    };
    scoring->subject = &pair;
    scoring->crossing = is_left_rarer ? right : left;
    candidate_name_score(scoring, pair.first);
    scoring->crossing = NULL;
    scoring->subject = NULL;
}

static void junction_score(struct scoring *scoring, const struct junction *junction, unsigned lead,
                           unsigned *budget)
{
    const struct searcher *const searcher = scoring->searcher;
    const struct query_words *const query = &searcher->query;
    for (unsigned i = 0; i < searcher->match_count; i++) {
        const struct name_match *const left = &searcher->matches[i];
        if (left->is_prefix || last_word(left->mask) != junction->last ||
            !names_streets(scoring->atlas, left)) {
            continue;
        }
        const unsigned begin = first_word(left->mask);
        const bool is_led = lead != 0 && lead <= begin && are_articles(query, lead, begin);
        for (unsigned k = 0; k < searcher->match_count; k++) {
            const struct name_match *const right = &searcher->matches[k];
            const unsigned first = first_word(right->mask);
            if (first < junction->first || (right->mask & left->mask) != 0 ||
                !are_articles(query, junction->first, first) ||
                !names_streets(scoring->atlas, right) || *budget == 0) {
                continue;
            }
            (*budget)--;
            pair_score(scoring, left, right,
                       junction->mask | words_between(junction->first, first) |
                           (is_led ? words_between(0, begin) : 0));
        }
    }
}

void crossings_score(struct scoring *scoring)
{
    const struct query_words *const query = &scoring->searcher->query;
    if (scoring->atlas->crossing_count == 0 || query->count < 2 ||
        (scoring->query->layers != 0 && (scoring->query->layers & 1U << LAYER_INTERSECTION) == 0)) {
        return;
    }
    const unsigned lead = phrase_at(query, CONNECTOR_BEFORE, 0);
    struct junction junctions[JUNCTIONS_MAX];
    const unsigned count = junctions_find(query, lead, junctions);
    unsigned budget = PAIRS_MAX;
    for (unsigned i = 0; i < count; i++) {
        junction_score(scoring, &junctions[i], lead, &budget);
    }
}
