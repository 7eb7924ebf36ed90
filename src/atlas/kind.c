#include "atlas/kind.h"

#include "base/attributes.h"
#include "source/category.h"
#include "source/feature.h"

static const char *place_word(unsigned place_type)
{
    static const char *const words[] = {
        [PLACE_CONTINENT] = "continent",
        [PLACE_COUNTRY] = "country",
        [PLACE_REGION] = "state",
        [PLACE_COUNTY] = "county",
        [PLACE_MUNICIPALITY] = "municipality",
        [PLACE_CITY] = "city",
        [PLACE_TOWN] = "town",
        [PLACE_VILLAGE] = "village",
        [PLACE_HAMLET] = "hamlet",
        [PLACE_ISOLATED] = "locality",
        [PLACE_BOROUGH] = "borough",
        [PLACE_SUBURB] = "suburb",
        [PLACE_QUARTER] = "quarter",
        [PLACE_NEIGHBOURHOOD] = "neighbourhood",
        [PLACE_ISLAND] = "island",
        [PLACE_SQUARE] = "square",
    };
    return place_type < COUNT_OF(words) ? words[place_type] : NULL;
}

static const char *layer_word(enum atlas_layer layer)
{
    static const char *const words[] = {
        [LAYER_COUNTRY] = "country",   [LAYER_REGION] = "state",
        [LAYER_COUNTY] = "county",     [LAYER_LOCALITY] = "locality",
        [LAYER_BOROUGH] = "suburb",    [LAYER_NEIGHBOURHOOD] = "neighbourhood",
        [LAYER_POSTCODE] = "postcode",
    };
    return (unsigned)layer < COUNT_OF(words) ? words[layer] : NULL;
}

// By the rank of a way (source/feature.h); of rank 0 nothing better is known than that it is one.
static const char *way_word(unsigned rank)
{
    static const char *const words[] = {"road",     "service",   "living_street", "residential",
                                        "tertiary", "secondary", "primary",       "motorway"};
    return words[rank < COUNT_OF(words) ? rank : 0];
}

struct atlas_kind atlas_kind_of(const struct atlas_doc *doc)
{
    const enum atlas_layer layer = (enum atlas_layer)doc->layer;
    if (layer == LAYER_STREET) {
        return (struct atlas_kind){"highway", way_word(doc->category)};
    }
    if (doc->admin_level != 0) {
        return (struct atlas_kind){"boundary", "administrative"};
    }
    const char *const word = place_word(doc->place_type);
    return (struct atlas_kind){"place", word != NULL ? word : layer_word(layer)};
}

struct atlas_kind atlas_kind_category(uint16_t category)
{
    struct atlas_kind kind = {NULL, NULL};
    (void)category_to_tag(category, &kind.key, &kind.value);
    return kind;
}
