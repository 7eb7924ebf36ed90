#include "atlas/build_score.h"

#include "source/category.h"
#include "source/feature.h"

static uint8_t clamped(int score, int low, int high)
{
    return (uint8_t)(score < low ? low : score > high ? high : score);
}

// 16 * log2, in whole numbers: 0 for 0 and 1, linear between powers of two.
static int log2_sixteenths(uint64_t value)
{
    if (value < 2) {
        return 0;
    }
    const int power = 63 - __builtin_clzll(value);
    const uint64_t rest = value - (UINT64_C(1) << power);
    const uint64_t part = power >= 4 ? rest >> (power - 4) : rest << (4 - power);
    return power * 16 + (int)part;
}

// What a place of this type has when nobody says how many live there.
static int typical_score(const struct atlas_doc *doc)
{
    static const uint8_t scores[] = {
        [PLACE_MUNICIPALITY] = 115, [PLACE_CITY] = 165,   [PLACE_TOWN] = 140,
        [PLACE_VILLAGE] = 105,      [PLACE_HAMLET] = 80,  [PLACE_ISOLATED] = 50,
        [PLACE_BOROUGH] = 115,      [PLACE_SUBURB] = 105, [PLACE_QUARTER] = 90,
        [PLACE_NEIGHBOURHOOD] = 80, [PLACE_ISLAND] = 75,
    };
    static const uint8_t layer_scores[] = {
        [LAYER_COUNTRY] = 225,  [LAYER_REGION] = 180, [LAYER_COUNTY] = 125,
        [LAYER_LOCALITY] = 105, [LAYER_BOROUGH] = 95, [LAYER_NEIGHBOURHOOD] = 75,
    };
    // Regions and counties without a level are landscapes more often than not.
    const bool is_landscape = doc->admin_level == 0 && doc->population == 0 &&
                              (doc->layer == LAYER_REGION || doc->layer == LAYER_COUNTY);
    const int by_layer = is_landscape ? 100 : layer_scores[doc->layer];
    const int by_type = doc->place_type < COUNT_OF(scores) ? scores[doc->place_type] : 0;
    return doc->layer >= LAYER_LOCALITY && by_type != 0 ? by_type : by_layer;
}

uint8_t build_place_importance(const struct atlas_doc *doc, bool is_known, bool is_cut)
{
    int score = typical_score(doc);
    if (doc->population != 0) {
        // 100 people 98, 1,000 120, 10,000 142, 100,000 163, 1 million 185, 10 million 207.
        const int by_people = 55 + log2_sixteenths(doc->population) * 13 / 32;
        switch (doc->layer) {
        case LAYER_COUNTRY:
            score = 205 + log2_sixteenths(doc->population) / 10;
            break;
        case LAYER_REGION:
            score = (score + by_people + 10) / 2;
            break;
        case LAYER_COUNTY:
            score = (score + by_people - 20) / 2;
            break;
        default:
            score = (score + 3 * by_people + 10) / 4;
            break;
        }
    }
    score += is_known ? 5 : 0;
    if (is_cut) {
        return clamped(score * 2 / 3, 40, 219);
    }
    return doc->layer == LAYER_COUNTRY ? clamped(score, 220, 255) : clamped(score, 40, 219);
}

uint8_t build_postcode_importance(void)
{
    return 60;
}

uint8_t build_street_importance(unsigned street_rank, uint32_t house_count, bool is_known)
{
    const int houses = log2_sixteenths(house_count + UINT64_C(1)) / 8; // 100 houses: 13
    return clamped(40 + 4 * (int)street_rank + houses + (is_known ? 5 : 0), 40, 90);
}

uint8_t build_poi_importance(uint16_t category, bool is_known)
{
    return clamped(30 + category_importance(category) * 7 / 10 + (is_known ? 20 : 0), 30, 120);
}
