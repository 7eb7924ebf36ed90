// What kind of thing a document is, what else is known of it, and what it is called.
#include <string.h>

#include "atlas/describe_private.h"
#include "atlas/kind.h"
#include "source/category.h"

static void kind_set(struct description *description, struct atlas_kind kind)
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
        kind_set(description, (struct atlas_kind){"place", "house"});
        return;
    }
    if (atlas_is_crossing(reference)) {
        const uint32_t street = atlas_crossing_of(atlas, reference)->street_a;
        description->importance = (float)atlas->docs[street].importance / 255;
        kind_set(description, (struct atlas_kind){"highway", "crossing"});
        return;
    }
    const struct atlas_doc *const doc = &atlas->docs[reference];
    description->importance = (float)doc->importance / 255;
    description->admin_level = doc->admin_level;
    description->place_type = (enum place_type)doc->place_type;
    description->facts = atlas_facts(atlas, reference);
    if (description->facts.count == 0) {
        const struct bytes name = doc->layer == LAYER_POI
                                      ? atlas_string(atlas, atlas->categories[doc->category])
                                      : (struct bytes){0};
        kind_set(description, doc->layer == LAYER_POI
                                  ? atlas_kind_category((uint16_t)category_from_name(name))
                                  : atlas_kind_of(doc));
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
