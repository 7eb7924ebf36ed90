// What kind of thing a document is, what else is known of it, and what it is called.
#include <string.h>

#include "atlas/describe_private.h"

struct kind {
    const char *key, *value;
};

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

// What a document without facts must be: made by the builder, or by one that wrote none.
static struct kind kind_of(const struct atlas_doc *doc)
{
    const enum atlas_layer layer = (enum atlas_layer)doc->layer;
    if (layer == LAYER_STREET) {
        return (struct kind){"highway", way_word(doc->category)};
    }
    if (layer == LAYER_POI) {
        return (struct kind){NULL, NULL};
    }
    if (doc->admin_level != 0) {
        return (struct kind){"boundary", "administrative"};
    }
    const char *const word = place_word(doc->place_type);
    return (struct kind){"place", word != NULL ? word : layer_word(layer)};
}

static void kind_set(struct description *description, struct kind kind)
{
    if (kind.value != NULL) {
        description->osm_key = bytes_from_text(kind.key);
        description->osm_value = bytes_from_text(kind.value);
    }
}

void describe_kind(const struct atlas *atlas, uint32_t reference, struct description *description)
{
    description->source = atlas_source_of(atlas, reference);
    if ((reference & ATLAS_REF_HOUSE) != 0) {
        const uint32_t street = atlas->houses[reference & ~ATLAS_REF_HOUSE].street;
        description->importance = (float)atlas->docs[street].importance / 255;
        kind_set(description, (struct kind){"place", "house"});
        return;
    }
    if (atlas_is_crossing(reference)) {
        const uint32_t street = atlas_crossing_of(atlas, reference)->street_a;
        description->importance = (float)atlas->docs[street].importance / 255;
        kind_set(description, (struct kind){"highway", "crossing"});
        return;
    }
    const struct atlas_doc *const doc = &atlas->docs[reference];
    description->importance = (float)doc->importance / 255;
    description->admin_level = doc->admin_level;
    description->place_type = (enum place_type)doc->place_type;
    description->facts = atlas_facts(atlas, reference);
    if (description->facts.count == 0) {
        kind_set(description, kind_of(doc));
        return;
    }
    description->osm_key = atlas_string(atlas, description->facts.items[0]);
    description->osm_value = atlas_string(atlas, description->facts.items[1]);
}

bool description_fact(const struct atlas *atlas, const struct description *description,
                      const char *key, struct bytes *value)
{
    const struct bytes wanted = bytes_from_text(key);
    for (uint32_t i = 0; i < description->facts.count; i++) {
        const uint32_t *const pair = description->facts.items + 2 * (size_t)i;
        if (bytes_equal(atlas_string(atlas, pair[0]), wanted)) {
            *value = atlas_string(atlas, pair[1]);
            return true;
        }
    }
    return false;
}

unsigned describe_names(const struct atlas *atlas, uint32_t reference, struct described_name *names,
                        unsigned capacity)
{
    if ((reference & ATLAS_REF_HOUSE) != 0 || atlas_is_crossing(reference)) {
        return 0;
    }
    const struct atlas_doc *const doc = &atlas->docs[reference];
    const uint32_t *const list = atlas->variants + doc->variants;
    if (capacity != 0) {
        names[0] =
            (struct described_name){.text = atlas_string(atlas, doc->name), .role = NAME_MAIN};
    }
    for (uint32_t i = 0; i < list[0] && i + 1 < capacity; i++) {
        const uint32_t *const variant = list + 1 + 3 * (size_t)i;
        names[i + 1] = (struct described_name){.text = atlas_string(atlas, variant[2]),
                                               .language = atlas_string(atlas, variant[0]),
                                               .role = (enum name_role)variant[1]};
    }
    return list[0] + 1;
}
