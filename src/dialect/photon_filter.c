// What passes the layers, tags and categories that a request asks for.
#include <string.h>

#include "dialect/photon_private.h"

const char *const photon_type_names[PHOTON_TYPE_COUNT] = {
    [PHOTON_HOUSE] = "house",       [PHOTON_STREET] = "street",   [PHOTON_LOCALITY] = "locality",
    [PHOTON_DISTRICT] = "district", [PHOTON_CITY] = "city",       [PHOTON_COUNTY] = "county",
    [PHOTON_STATE] = "state",       [PHOTON_COUNTRY] = "country", [PHOTON_OTHER] = "other",
};

// Where the things of a type are.
static const unsigned type_layers[PHOTON_TYPE_COUNT] = {
    [PHOTON_HOUSE] = 1U << LAYER_ADDRESS | 1U << LAYER_POI,
    [PHOTON_STREET] = 1U << LAYER_STREET | 1U << LAYER_INTERSECTION,
    [PHOTON_LOCALITY] = 1U << LAYER_NEIGHBOURHOOD,
    [PHOTON_DISTRICT] = 1U << LAYER_BOROUGH | 1U << LAYER_NEIGHBOURHOOD,
    [PHOTON_CITY] = 1U << LAYER_LOCALITY,
    [PHOTON_COUNTY] = 1U << LAYER_COUNTY,
    [PHOTON_STATE] = 1U << LAYER_REGION,
    [PHOTON_COUNTRY] = 1U << LAYER_COUNTRY,
    [PHOTON_OTHER] = 1U << LAYER_POI | 1U << LAYER_POSTCODE,
};

enum {
    AREAS = 1U << LAYER_COUNTRY | 1U << LAYER_REGION | 1U << LAYER_COUNTY | 1U << LAYER_LOCALITY |
            1U << LAYER_BOROUGH | 1U << LAYER_NEIGHBOURHOOD | 1U << LAYER_POSTCODE,
};

// Where the things are whose tag has this key; what is not listed is a place of interest.
static unsigned key_layers(struct bytes key)
{
    static const struct {
        const char *key;
        unsigned layers;
    } rows[] = {
        {"place", AREAS | 1U << LAYER_ADDRESS | 1U << LAYER_STREET | 1U << LAYER_POI},
        {"boundary", AREAS | 1U << LAYER_POI},
        {"highway", 1U << LAYER_STREET | 1U << LAYER_INTERSECTION | 1U << LAYER_POI},
        {"building", 1U << LAYER_ADDRESS | 1U << LAYER_POI},
        {"landuse", AREAS | 1U << LAYER_POI},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (bytes_equal(key, bytes_from_text(rows[i].key))) {
            return rows[i].layers;
        }
    }
    return 1U << LAYER_POI | 1U << LAYER_ADDRESS | 1U << LAYER_STREET;
}

unsigned photon_layers(const struct photon_filter *filter)
{
    const unsigned all = (1U << LAYER_COUNT) - 1;
    unsigned layers = filter->types == 0 ? all : 0;
    for (unsigned type = 0; type < PHOTON_TYPE_COUNT; type++) {
        layers |= (filter->types & 1U << type) != 0 ? type_layers[type] : 0;
    }
    unsigned of_tags = 0;
    bool has_tags = false;
    for (unsigned i = 0; i < filter->tag_count; i++) {
        const struct photon_tag *const tag = &filter->tags[i];
        if (tag->kind != PHOTON_TAG_EXCLUDE) {
            has_tags = true;
            of_tags |= tag->key.size == 0 ? all : key_layers(tag->key);
        }
    }
    layers &= has_tags ? of_tags : all;
    return layers == all ? 0 : layers;
}

bool photon_filter_is_fine(const struct photon_filter *filter)
{
    const unsigned mixed =
        1U << PHOTON_LOCALITY | 1U << PHOTON_DISTRICT | 1U << PHOTON_OTHER | 1U << PHOTON_HOUSE;
    return (filter->types & mixed) != 0 || filter->tag_count != 0 || filter->include_count != 0 ||
           filter->exclude_count != 0;
}

// --- what the filter comes to in categories

// Adds what a tag with this key and value can be, either of size 0: any. False: also other things than
// places of interest, or nothing that has a category.
static bool tag_categories(struct bytes key, struct bytes value, struct category_set *categories)
{
    const char *row_key = NULL;
    const char *row_value = NULL;
    enum category category = CATEGORY_NONE;
    bool has_any = false;
    if (key.size != 0 && value.size == 0 && (key_layers(key) & AREAS) != 0) {
        return false;
    }
    if (bytes_equal(key, BYTES_OF("highway")) && value.size == 0) {
        return false; // streets
    }
    for (size_t i = 0; category_tag_at(i, &row_key, &row_value, &category); i++) {
        const bool has_value = value.size == 0 || strcmp(row_value, "*") == 0 ||
                               bytes_equal(value, bytes_from_text(row_value));
        if ((key.size == 0 || bytes_equal(key, bytes_from_text(row_key))) && has_value) {
            category_set_add(categories, category);
            has_any = true;
        }
    }
    return has_any;
}

// "osm.amenity.cafe", "osm.amenity", or a category of ours.
static bool include_categories(struct bytes name, struct category_set *categories)
{
    struct bytes rest = name;
    struct bytes group, key;
    struct bytes value = {0};
    if (!form_next(&rest, '.', &group) || !bytes_equal(group, BYTES_OF("osm"))) {
        return category_set_add_name(categories, name);
    }
    return form_next(&rest, '.', &key) && (rest.data == NULL || form_next(&rest, '.', &value)) &&
           tag_categories(key, value, categories);
}

bool photon_categories(const struct photon_filter *filter, struct category_set *categories)
{
    const unsigned of_places = 1U << PHOTON_HOUSE | 1U << PHOTON_OTHER;
    bool is_told = false;
    if (filter->types != 0 && (filter->types & ~of_places) != 0) {
        return false;
    }
    for (unsigned i = 0; i < filter->tag_count; i++) {
        const struct photon_tag *const tag = &filter->tags[i];
        if (tag->kind == PHOTON_TAG_INCLUDE && !tag_categories(tag->key, tag->value, categories)) {
            return false;
        }
        if (tag->kind == PHOTON_TAG_OTHER_VALUE &&
            !tag_categories(tag->key, (struct bytes){0}, categories)) {
            return false;
        }
        is_told |= tag->kind != PHOTON_TAG_EXCLUDE;
    }
    struct bytes list =
        filter->include_count == 0 || is_told ? (struct bytes){0} : filter->includes[0];
    struct bytes name;
    while (form_next(&list, ',', &name)) {
        if (!include_categories(name, categories)) {
            return false;
        }
        is_told = true;
    }
    return is_told;
}

// Takes the "!" before a word away; false: there is none.
static bool take_not(struct bytes *word)
{
    if (word->size == 0 || word->data[0] != '!') {
        return false;
    }
    word->data++;
    word->size--;
    return true;
}

bool photon_tag_read(struct bytes text, struct photon_tag *tag)
{
    struct bytes rest = text;
    struct bytes key, value = {0};
    if (text.size == 0 || !form_next(&rest, ':', &key)) {
        return false;
    }
    const bool has_value = form_next(&rest, ':', &value);
    if (rest.data != NULL) {
        return false;
    }
    const bool excludes_key = take_not(&key);
    const bool excludes_value = take_not(&value);
    if (has_value ? value.size == 0 : key.size == 0) {
        return false;
    }
    *tag = (struct photon_tag){.key = key, .value = value};
    if (excludes_value && !excludes_key && key.size != 0) {
        tag->kind = PHOTON_TAG_OTHER_VALUE;
    } else {
        tag->kind = excludes_key || excludes_value ? PHOTON_TAG_EXCLUDE : PHOTON_TAG_INCLUDE;
    }
    return true;
}

static bool label_byte(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') ||
           byte == '_' || byte == '-';
}

bool photon_category_is_valid(struct bytes list)
{
    struct bytes category, label;
    bool is_valid = list.size != 0;
    while (is_valid && form_next(&list, ',', &category)) {
        unsigned labels = 0;
        while (is_valid && form_next(&category, '.', &label)) {
            is_valid = label.size != 0;
            for (size_t i = 0; i < label.size; i++) {
                is_valid &= label_byte(label.data[i]);
            }
            labels++;
        }
        is_valid &= labels >= 2;
    }
    return is_valid;
}

// Is `wanted` the category or a beginning of it, label by label? Takes the category apart from where
// its labels come from: "osm" + key + value.
static bool category_covers(struct bytes wanted, const struct bytes *labels, size_t label_count)
{
    struct bytes label;
    size_t i = 0;
    while (form_next(&wanted, '.', &label)) {
        if (i == label_count || !bytes_equal(label, labels[i])) {
            return false;
        }
        i++;
    }
    return true;
}

static bool has_category(const struct description *description, struct bytes wanted)
{
    const struct bytes osm[] = {BYTES_OF("osm"), description->osm_key, description->osm_value};
    if (category_covers(wanted, osm, description->osm_key.size == 0 ? 1 : COUNT_OF(osm))) {
        return true;
    }
    struct bytes own[4];
    struct bytes rest = description->category;
    size_t count = 0;
    while (rest.size != 0 && count < COUNT_OF(own) && form_next(&rest, '.', &own[count])) {
        count++;
    }
    return count != 0 && category_covers(wanted, own, count);
}

static bool has_one_of(const struct description *description, struct bytes list)
{
    struct bytes category;
    while (form_next(&list, ',', &category)) {
        if (has_category(description, category)) {
            return true;
        }
    }
    return false;
}

static bool has_all_of(const struct description *description, struct bytes list)
{
    struct bytes category;
    while (form_next(&list, ',', &category)) {
        if (!has_category(description, category)) {
            return false;
        }
    }
    return true;
}

static bool categories_pass(const struct photon_filter *filter,
                            const struct description *description)
{
    for (unsigned i = 0; i < filter->include_count; i++) {
        if (!has_one_of(description, filter->includes[i])) {
            return false;
        }
    }
    for (unsigned i = 0; i < filter->exclude_count; i++) {
        if (has_all_of(description, filter->excludes[i])) {
            return false;
        }
    }
    return true;
}

// Nothing that is excluded, and one of what is included when anything is.
static bool tags_pass(const struct photon_filter *filter, struct bytes key, struct bytes value)
{
    bool must_have = false;
    bool has = false;
    for (unsigned i = 0; i < filter->tag_count; i++) {
        const struct photon_tag *const tag = &filter->tags[i];
        const bool has_key = tag->key.size == 0 || bytes_equal(tag->key, key);
        const bool has_value = tag->value.size == 0 || bytes_equal(tag->value, value);
        switch (tag->kind) {
        case PHOTON_TAG_EXCLUDE:
            if (has_key && has_value) {
                return false;
            }
            break;
        case PHOTON_TAG_INCLUDE:
            must_have = true;
            has |= has_key && has_value;
            break;
        case PHOTON_TAG_OTHER_VALUE:
            must_have = true;
            has |= has_key && !has_value;
            break;
        }
    }
    return has || !must_have;
}

bool photon_passes(const struct photon_filter *filter, const struct description *description)
{
    if (filter->types != 0 && (filter->types & 1U << photon_type_of(description)) == 0) {
        return false;
    }
    return tags_pass(filter, description->osm_key, description->osm_value) &&
           categories_pass(filter, description);
}
