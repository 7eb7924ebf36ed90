// Kinds: "bakery in Vaduz", "restaurants near Monaco", "hotel 94103", "nearest pharmacy".
//
// Words that mean a category are tried as what is looked for when all the others say where: names of places, and
// the words that join the two. What is found competes with things of that name: "Hotel Post" stays the hotel.
#include "search/kind.h"

#include "geo/distance.h"
#include "search/nearby.h"
#include "search/scoring.h"
#include "text/connector.h"

static const double reach_m = 50000;      // around who asks
static const float beside_a_name = 0.86F; // "Hotel Triesen" may be its name
// Of one kind none is better known than another: where somebody asks from a point, only that counts.
static const float even_importance = 0.5F;

static word_mask words_from(unsigned first, unsigned count)
{
    return count == 0 ? 0 : (((word_mask)1 << count) - 1) << first; // `first` may be past the last
}

// The folded words as typed, from one on.
static unsigned typed_words(const struct query_words *query, unsigned first, struct bytes *words,
                            unsigned capacity)
{
    unsigned count = 0;
    for (; count < capacity && first + count < query->count; count++) {
        words[count] = query->words[first + count].readings[0].text;
    }
    return count;
}

static unsigned phrase_at(const struct query_words *query, enum connector_role role, unsigned first)
{
    struct bytes words[CONNECTOR_WORDS_MAX];
    const unsigned count = typed_words(query, first, words, CONNECTOR_WORDS_MAX);
    return (unsigned)connector_match(role, words, count);
}

// A kind in the query, with what joins it to the place.
struct kind {
    word_mask words;  // that mean it
    word_mask joints; // "in", "near me"
    struct category_set categories;
};

// How many words the phrases take that may follow a kind, by where they begin.
struct joints {
    uint8_t here[WORDS_MAX + 1], where[WORDS_MAX + 1];
};

static void joints_find(const struct query_words *query, struct joints *joints)
{
    for (unsigned at = 0; at <= query->count; at++) {
        joints->here[at] = (uint8_t)phrase_at(query, CONNECTOR_HERE, at);
        joints->where[at] = (uint8_t)phrase_at(query, CONNECTOR_WHERE, at);
    }
}

static struct kind kind_at(const struct query_words *query, const struct joints *joints,
                           unsigned first, unsigned count)
{
    struct kind kind = {.words = words_from(first, count)};
    const unsigned end = first + count;
    const unsigned here = joints->here[end];
    const unsigned where = joints->where[end];
    const unsigned joint = where > here || end + here < query->count ? where : here;
    kind.joints = words_from(end, joint);
    if (first != 0 && joints->here[0] == first) {
        kind.joints |= words_from(0, first); // "nearest pharmacy"
    }
    return kind;
}

// The places of interest of a category of ours, by its name in the atlas.
static struct atlas_list pois_of(const struct atlas *atlas, enum category category)
{
    const struct bytes name = bytes_from_text(category_name((uint16_t)category));
    if ((uint32_t)category < atlas->category_count &&
        bytes_equal(atlas_string(atlas, atlas->categories[category]), name)) {
        return atlas_category_pois(atlas, category);
    }
    for (uint32_t i = 0; i < atlas->category_count; i++) {
        if (bytes_equal(atlas_string(atlas, atlas->categories[i]), name)) {
            return atlas_category_pois(atlas, i);
        }
    }
    return (struct atlas_list){0};
}

unsigned kind_lists(const struct atlas *atlas, const struct category_set *categories,
                    struct atlas_list lists[CATEGORY_COUNT])
{
    unsigned count = 0;
    for (unsigned i = 1; i < CATEGORY_COUNT; i++) {
        if (category_set_has(categories, (enum category)i)) {
            lists[count] = pois_of(atlas, (enum category)i);
            count += lists[count].count != 0 ? 1 : 0;
        }
    }
    return count;
}

static bool poi_wanted(void *context, uint32_t doc)
{
    const struct scoring *const scoring = context;
    return candidate_passes(scoring->query, LAYER_POI, scoring->atlas->docs[doc].country,
                            atlas_point(scoring->atlas, doc));
}

// Those nearest to who asks.
static void nearest_score(struct scoring *scoring, const struct atlas_list *lists, unsigned count)
{
    struct nearby_hit hits[SEARCH_LIMIT_MAX];
    const struct nearby nearby = {
        .atlas = scoring->atlas,
        .centre = scoring->query->near,
        .radius_m = reach_m,
        .lists = lists,
        .list_count = count,
        .wanted = poi_wanted,
        .context = scoring,
    };
    const unsigned found =
        count == 0 ? 0 : nearby_find(&nearby, hits, scoring->searcher->result_limit);
    for (unsigned i = 0; i < found; i++) {
        candidate_posting(scoring, hits[i].doc);
    }
}

// The pin of the place that the other words name, of the heaviest name if there are several.
static bool middle_find(const struct scoring *scoring, word_mask kind, struct geo_point *middle)
{
    const struct atlas *const atlas = scoring->atlas;
    for (unsigned i = 0; i < scoring->context_count; i++) {
        const struct name_match *const match = &scoring->contexts[i];
        const struct postings places =
            match->is_prefix ? (struct postings){0} : postings_of(atlas, match->first);
        if ((match->mask & kind) == 0 && places.count != 0 &&
            (places.items[0] & ATLAS_POSTING_DOC) < atlas_layer_first(atlas, LAYER_STREET)) {
            *middle = atlas_point(atlas, places.items[0] & ATLAS_POSTING_DOC);
            return true;
        }
    }
    return false;
}

static void kind_score(struct scoring *scoring, const struct kind *kind, bool has_place)
{
    enum { POIS_MAX = 4096 };
    struct atlas_list lists[CATEGORY_COUNT];
    const unsigned count = kind_lists(scoring->atlas, &kind->categories, lists);
    const struct name_match subject = {
        .mask = kind->words | kind->joints,
        .quality = has_place && kind->joints == 0 ? beside_a_name : 1,
        .layers = 1U << LAYER_POI,
    };
    scoring->subject = &subject;
    scoring->class_penalty = 0;
    scoring->even_importance = scoring->query->has_near ? even_importance : 0;
    struct geo_point middle;
    if (!scoring->query->has_near && middle_find(scoring, subject.mask, &middle)) {
        scoring->middle = &middle;
    }
    if (!has_place && scoring->query->has_near) {
        nearest_score(scoring, lists, count);
    }
    for (unsigned i = 0; (has_place || !scoring->query->has_near) && i < count; i++) {
        const struct postings postings = {.items = lists[i].items, .count = lists[i].count};
        if (narrow_score(scoring, postings)) {
            continue;
        }
        for (uint32_t k = 0; k < postings.count && k < POIS_MAX; k++) {
            candidate_posting(scoring, postings.items[k]);
        }
    }
    scoring->even_importance = 0;
    scoring->middle = NULL;
    scoring->subject = NULL;
}

void kinds_score(struct scoring *scoring)
{
    const struct query_words *const query = &scoring->searcher->query;
    if (scoring->atlas->category_index == NULL ||
        (scoring->query->layers != 0 && (scoring->query->layers & 1U << LAYER_POI) == 0)) {
        return;
    }
    struct joints joints;
    joints_find(query, &joints);
    for (unsigned first = 0; first < query->count; first++) {
        struct bytes words[KIND_WORDS_MAX];
        unsigned count = typed_words(query, first, words, KIND_WORDS_MAX);
        for (; count > 0; count--) {
            struct kind kind = kind_at(query, &joints, first, count);
            const word_mask rest = query->all & ~(kind.words | kind.joints);
            // Of an address in parts only the name of a place may be a kind: "Marche" is a region too.
            const unsigned layers = part_layers_of_words(query, kind.words);
            if ((rest & ~scoring->context_words) == 0 && (layers & 1U << LAYER_POI) != 0 &&
                kind_find(scoring->searcher->kinds, words, count, &kind.categories)) {
                kind_score(scoring, &kind, rest != 0);
                break;
            }
        }
    }
}
