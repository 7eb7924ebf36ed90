// The parts of a structured query: what the words of each may name, and what they weigh.
#include "search/search_private.h"
#include "source/country_code.h"

#define LAYER_BIT(layer) (1U << (unsigned)(layer))

// Neighbours in the hierarchy are let in: what a country calls a borough, its data may have as a county.
static const unsigned part_layers[QUERY_PART_COUNT] = {
    [PART_NAME] = LAYER_BIT(LAYER_POI),
    [PART_NUMBER] = 0, // is looked up among house rows
    [PART_STREET] = LAYER_BIT(LAYER_STREET),
    [PART_UNIT] = 0, // as the number
    [PART_NEIGHBOURHOOD] =
        LAYER_BIT(LAYER_NEIGHBOURHOOD) | LAYER_BIT(LAYER_BOROUGH) | LAYER_BIT(LAYER_LOCALITY),
    [PART_BOROUGH] = LAYER_BIT(LAYER_BOROUGH) | LAYER_BIT(LAYER_NEIGHBOURHOOD) |
                     LAYER_BIT(LAYER_LOCALITY) | LAYER_BIT(LAYER_COUNTY),
    [PART_LOCALITY] = LAYER_BIT(LAYER_LOCALITY) | LAYER_BIT(LAYER_BOROUGH) |
                      LAYER_BIT(LAYER_NEIGHBOURHOOD) | LAYER_BIT(LAYER_COUNTY),
    [PART_COUNTY] = LAYER_BIT(LAYER_COUNTY) | LAYER_BIT(LAYER_REGION) | LAYER_BIT(LAYER_LOCALITY),
    [PART_REGION] = LAYER_BIT(LAYER_REGION) | LAYER_BIT(LAYER_COUNTY),
    [PART_POSTCODE] = LAYER_BIT(LAYER_POSTCODE),
    [PART_COUNTRY] = LAYER_BIT(LAYER_COUNTRY),
    [QUERY_PART_FREE] = LAYER_BIT(LAYER_COUNT) - 1,
    [QUERY_PART_SETTLED] = 0,
};

// Data often lacks what lies between the town and the country: it says less than street and town do.
static const float part_weights[QUERY_PART_COUNT] = {
    [PART_NAME] = 1,          [PART_NUMBER] = 1,           [PART_STREET] = 1,
    [PART_UNIT] = 0.5F,       [PART_NEIGHBOURHOOD] = 0.4F, [PART_BOROUGH] = 0.4F,
    [PART_LOCALITY] = 1,      [PART_COUNTY] = 0.4F,        [PART_REGION] = 0.4F,
    [PART_POSTCODE] = 1,      [PART_COUNTRY] = 0.4F,       [QUERY_PART_FREE] = 1,
    [QUERY_PART_SETTLED] = 0,
};

unsigned part_layers_of(unsigned part)
{
    return part_layers[part];
}

const char *search_part_name(enum search_part part)
{
    static const char *const names[SEARCH_PART_COUNT] = {
        [PART_NAME] = "name",
        [PART_NUMBER] = "number",
        [PART_STREET] = "street",
        [PART_UNIT] = "unit",
        [PART_NEIGHBOURHOOD] = "neighbourhood",
        [PART_BOROUGH] = "borough",
        [PART_LOCALITY] = "locality",
        [PART_COUNTY] = "county",
        [PART_REGION] = "region",
        [PART_POSTCODE] = "postcode",
        [PART_COUNTRY] = "country",
    };
    return names[part];
}

unsigned search_part_layers(enum search_part part)
{
    return part_layers[part];
}

float part_weight(unsigned part)
{
    return part_weights[part];
}

float part_unit_credit(const struct query_words *query, struct bytes own)
{
    if (query->unit.size == 0) {
        return 0;
    }
    return part_weights[PART_UNIT] * (own.size == 0                    ? 0.6F
                                      : unit_agrees(&query->unit, own) ? 1
                                                                       : 0);
}

unsigned part_layers_of_words(const struct query_words *query, word_mask mask)
{
    if (mask == 0) {
        return 0;
    }
    const unsigned part = query->words[__builtin_ctz(mask)].part;
    for (word_mask rest = mask & (mask - 1); rest != 0; rest &= rest - 1) {
        if (query->words[__builtin_ctz(rest)].part != part) {
            return 0;
        }
    }
    return part_layers[part];
}

static word_mask words_of(const struct query_words *query, unsigned part)
{
    word_mask mask = 0;
    for (unsigned i = 0; i < query->count; i++) {
        mask |= query->words[i].part == part ? (word_mask)1 << i : 0;
    }
    return mask;
}

// --- The region by its code ---

// "NY" of "US-NY", whatever the case.
static bool is_code_of(struct bytes code, struct bytes text)
{
    if (code.size != text.size + 3) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        if ((code.data[i + 3] | 0x20) != text.data[i]) {
            return false;
        }
    }
    return true;
}

void part_region_find(struct searcher *searcher, const struct atlas *atlas)
{
    const struct query_words *const query = &searcher->query;
    const word_mask mask = words_of(query, PART_REGION);
    if (mask == 0 || (mask & (mask - 1)) != 0) {
        return;
    }
    const struct bytes text = query->words[__builtin_ctz(mask)].readings[0].text;
    if (text.size > 3) {
        return;
    }
    for (uint32_t doc = atlas_layer_first(atlas, LAYER_REGION);
         doc < atlas_layer_first(atlas, LAYER_COUNTY); doc++) {
        const struct atlas_doc *const region = &atlas->docs[doc];
        if (is_code_of(atlas_string(atlas, region->region_code), text)) {
            match_add(searcher, (struct name_match){.mask = mask,
                                                    .first = region->phrase,
                                                    .last = region->phrase,
                                                    .quality = 1});
        }
    }
}

// --- The country, which excludes ---

static uint16_t packed_code(const char code[3])
{
    return (uint16_t)((unsigned char)code[0] << 8 | (unsigned char)code[1]);
}

// The codes of the countries that have the name; those without one are of no use.
static unsigned codes_of_name(const struct searcher *searcher, const struct atlas *atlas,
                              word_mask words, uint16_t codes[SEARCH_COUNTRIES_MAX])
{
    unsigned count = 0;
    for (unsigned i = 0; i < searcher->match_count; i++) {
        const struct name_match *const match = &searcher->matches[i];
        if (match->mask != words) {
            continue;
        }
        const uint32_t end = atlas->name_index[match->first + 1];
        for (uint32_t at = atlas->name_index[match->first]; at < end; at++) {
            const uint32_t doc = atlas->name_docs[at] & ATLAS_POSTING_DOC;
            if (doc >= atlas_layer_first(atlas, LAYER_REGION)) {
                break; // countries come first
            }
            if (atlas->docs[doc].country != 0 && count + 1 < SEARCH_COUNTRIES_MAX) {
                codes[count++] = atlas->docs[doc].country;
            }
        }
    }
    return count;
}

// The words of the part have said what they can: they are neither looked up nor counted any more.
static void words_settle(struct searcher *searcher, word_mask words)
{
    struct query_words *const query = &searcher->query;
    query->weight -= mask_weight(query, words);
    query->all &= ~words;
    for (word_mask rest = words; rest != 0; rest &= rest - 1) {
        struct query_word *const word = &query->words[__builtin_ctz(rest)];
        word->part = QUERY_PART_SETTLED;
        word->weight = 0;
    }
    unsigned kept = 0;
    for (unsigned i = 0; i < searcher->match_count; i++) {
        if ((searcher->matches[i].mask & words) == 0) {
            searcher->matches[kept++] = searcher->matches[i];
        }
    }
    searcher->match_count = kept;
}

// Only these countries, and what is of no known one; of those the caller asked for besides, if any.
static void countries_keep(struct search_query *query, const uint16_t *codes, unsigned count)
{
    uint16_t kept[SEARCH_COUNTRIES_MAX] = {0};
    unsigned kept_count = 0;
    for (unsigned i = 0; i < count; i++) {
        bool is_wanted = query->country_count == 0;
        for (unsigned k = 0; k < query->country_count; k++) {
            is_wanted = is_wanted || query->countries[k] == codes[i];
        }
        if (is_wanted && kept_count + 1 < SEARCH_COUNTRIES_MAX) {
            kept[kept_count++] = codes[i];
        }
    }
    kept[kept_count++] = 0;
    memcpy(query->countries, kept, sizeof(kept));
    query->country_count = kept_count;
}

// Nothing but a country was asked for: it is the answer.
static void countries_match(struct searcher *searcher, const struct atlas *atlas, word_mask words,
                            const uint16_t *codes, unsigned count)
{
    const uint32_t end = atlas == NULL ? 0 : atlas_layer_first(atlas, LAYER_REGION);
    for (uint32_t doc = 0; doc < end; doc++) {
        const uint32_t phrase = atlas->docs[doc].phrase;
        for (unsigned i = 0; i < count; i++) {
            if (atlas->docs[doc].country == codes[i]) {
                match_add(searcher,
                          (struct name_match){
                              .mask = words, .first = phrase, .last = phrase, .quality = 1});
            }
        }
    }
}

void part_country_settle(struct searcher *searcher, const struct atlas *atlas,
                         struct search_query *query)
{
    const word_mask words = words_of(&searcher->query, PART_COUNTRY);
    const struct bytes text = query->parts[PART_COUNTRY];
    if (words == 0) {
        return;
    }
    char code[3];
    uint16_t codes[SEARCH_COUNTRIES_MAX] = {0};
    unsigned count = 0;
    if (country_code_parse(text, code) || country_code_from_three(text, code)) {
        // What people write for the one country whose code is another.
        const bool is_uk = code[0] == 'U' && code[1] == 'K';
        codes[count++] = packed_code(is_uk ? "GB" : code);
    } else if (atlas != NULL) {
        count = codes_of_name(searcher, atlas, words, codes);
    }
    if (count != 0 && searcher->query.all == words) {
        countries_match(searcher, atlas, words, codes, count);
        return;
    }
    // An atlas without countries cannot know a name.
    const bool has_countries = atlas != NULL && atlas_layer_first(atlas, LAYER_REGION) != 0;
    if (count != 0) {
        countries_keep(query, codes, count);
    }
    if (count != 0 || !has_countries) {
        words_settle(searcher, words);
    }
}
