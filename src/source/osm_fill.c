// What the tags of an object say, filled into its feature.
#include "source/country_code.h"
#include "source/osm_tags_private.h"
#include "source/text_clean.h"

#define NUMBER_MAX 999999

static bool is_letter(uint8_t byte)
{
    return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

bool osm_leading_number(struct bytes text, uint32_t *number, char *letter)
{
    uint32_t value = 0;
    size_t digits = 0;
    while (digits < text.size && is_digit(text.data[digits]) && value <= NUMBER_MAX) {
        value = value * 10 + (uint32_t)(text.data[digits++] - '0');
    }
    if (digits == 0 || value > NUMBER_MAX) {
        return false;
    }
    const size_t space = digits < text.size && text.data[digits] == ' ';
    const bool has_letter = text.size == digits + space + 1 && is_letter(text.data[text.size - 1]);
    *number = value;
    *letter = has_letter ? (char)(text.data[text.size - 1] | 0x20) : 0;
    return true;
}

// Counts people: "12345", "12 345", "12,345"; anything else is unknown.
static uint64_t population_parse(struct bytes text)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];
        if (is_digit(byte) && value < UINT64_C(100000000000)) {
            value = value * 10 + (uint64_t)(byte - '0');
        } else if (byte != ' ' && byte != ',' && byte != '\'') {
            return 0;
        }
    }
    return value;
}

// "US-NY", "GB-ENG": a country, a dash, one to three letters or digits.
static void region_parse(struct bytes text, char code[8])
{
    char country[3];
    const struct bytes front = {.data = text.data, .size = 2};
    if (text.size < 4 || text.size > 6 || text.data[2] != '-' ||
        !country_code_parse(front, country)) {
        return;
    }
    for (size_t i = 3; i < text.size; i++) {
        if (!is_letter(text.data[i]) && !is_digit(text.data[i])) {
            return;
        }
    }
    memcpy(code, text.data, text.size);
    code[text.size] = 0;
}

static struct bytes wikidata_parse(struct bytes text)
{
    struct bytes first = {0};
    if (!text_part_next(&text, ';', &first) || first.size < 2 || first.size > 12 ||
        first.data[0] != 'Q') {
        return (struct bytes){0};
    }
    for (size_t i = 1; i < first.size; i++) {
        if (!is_digit(first.data[i])) {
            return (struct bytes){0};
        }
    }
    return first;
}

static uint8_t admin_level_parse(struct bytes text)
{
    uint32_t level = 0;
    char letter;
    return osm_leading_number(text, &level, &letter) && level >= 2 && level <= 11 ? (uint8_t)level
                                                                                  : 0;
}

static void name_append(struct feature_name *names, size_t *used, struct bytes text,
                        struct osm_key_info info)
{
    if (text.size == 0) {
        return;
    }
    struct feature_name *const name = &names[(*used)++];
    *name = (struct feature_name){.text = text, .role = (enum name_role)info.name_role};
    memcpy(name->language, info.language, sizeof(name->language));
}

static size_t parts_count(struct bytes text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.size; i++) {
        count += text.data[i] == ';';
    }
    return count;
}

// Names in the order of the tags, the main one first; lists are taken apart at ';', except for the
// main and localised names, where people write it into the name.
static enum status names_fill(const struct osm_tag *tags, size_t count, unsigned roles,
                              struct pool *pool, struct feature *feature, struct fault *fault)
{
    size_t capacity = 1;
    for (size_t i = 0; i < count; i++) {
        capacity += parts_count(tags[i].value);
    }
    struct feature_name *const names = pool_take(pool, capacity, sizeof(*names));
    if (names == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the names of an object");
    }
    size_t used = 0;
    for (unsigned turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < count; i++) {
            const struct osm_tag *const tag = &tags[i];
            const bool is_main = tag->info.key == OSM_KEY_NAME && tag->info.name_role == NAME_MAIN;
            if (tag->info.key != OSM_KEY_NAME || is_main != (turn == 0)) {
                continue;
            }
            struct bytes rest = text_clean(tag->value, pool);
            if (is_main || tag->info.name_role == NAME_LOCALISED) {
                name_append(names, &used, rest, tag->info);
                continue;
            }
            for (struct bytes part; text_part_next(&rest, ';', &part);) {
                name_append(names, &used, part, tag->info);
            }
        }
    }
    // A shop without a name of its own goes by its brand; a street's number is a name too.
    if (used == 0) {
        const struct osm_key_info main = {.key = OSM_KEY_NAME, .name_role = NAME_MAIN};
        name_append(names, &used, text_clean(osm_tag_value(tags, count, OSM_KEY_BRAND), pool),
                    main);
    }
    struct bytes reference = text_clean(osm_tag_value(tags, count, OSM_KEY_REFERENCE), pool);
    const struct osm_key_info numbered = {.key = OSM_KEY_NAME, .name_role = NAME_REFERENCE};
    if ((roles & FEATURE_STREET) != 0 || feature->category == CATEGORY_TRANSIT_AIRPORT) {
        for (struct bytes part; used < capacity && text_part_next(&reference, ';', &part);) {
            name_append(names, &used, part, numbered);
        }
    }
    feature->names = names;
    feature->name_count = used;
    return STATUS_OK;
}

// In Czechia and Slovakia a house has a number of its place and one of its street: "123/4".
static struct bytes number_join(struct bytes conscription, struct bytes street, struct pool *pool)
{
    if (conscription.size == 0 || street.size == 0) {
        return conscription.size == 0 ? street : conscription;
    }
    uint8_t *const text = pool_take(pool, conscription.size + 1 + street.size, 1);
    if (text == NULL) {
        return conscription;
    }
    memcpy(text, conscription.data, conscription.size);
    text[conscription.size] = '/';
    memcpy(text + conscription.size + 1, street.data, street.size);
    return (struct bytes){.data = text, .size = conscription.size + 1 + street.size};
}

static void address_fill(const struct osm_tag *tags, size_t count, struct pool *pool,
                         struct feature_address *address)
{
    struct bytes conscription = {0};
    struct bytes street_number = {0};
    struct bytes *const slots[] = {
        [OSM_KEY_NUMBER] = &address->number,      [OSM_KEY_CONSCRIPTION_NUMBER] = &conscription,
        [OSM_KEY_STREET_NUMBER] = &street_number, [OSM_KEY_UNIT] = &address->unit,
        [OSM_KEY_STREET] = &address->street,      [OSM_KEY_ADDRESS_PLACE] = &address->place,
        [OSM_KEY_SUBURB] = &address->suburb,      [OSM_KEY_CITY] = &address->city,
        [OSM_KEY_DISTRICT] = &address->district,  [OSM_KEY_STATE] = &address->state,
        [OSM_KEY_POSTCODE] = &address->postcode,
    };
    for (size_t i = 0; i < count; i++) {
        const unsigned key = tags[i].info.key;
        if (key < COUNT_OF(slots) && slots[key] != NULL && slots[key]->size == 0) {
            *slots[key] = text_clean(tags[i].value, pool);
        } else if (key == OSM_KEY_COUNTRY) {
            (void)country_code_parse(text_clean(tags[i].value, pool), address->country);
        }
    }
    if (address->number.size == 0) {
        address->number = number_join(conscription, street_number, pool);
    }
    if (address->postcode.size == 0) {
        address->postcode = text_clean(osm_tag_value(tags, count, OSM_KEY_POSTAL_CODE), pool);
    }
}

// The code of a postcode area: postal_code, else what else may hold it.
static struct bytes postcode_of(const struct osm_tag *tags, size_t count, struct pool *pool)
{
    static const enum osm_key keys[] = {OSM_KEY_POSTAL_CODE, OSM_KEY_POSTCODE, OSM_KEY_REFERENCE,
                                        OSM_KEY_NAME};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const struct bytes value = text_clean(osm_tag_value(tags, count, keys[i]), pool);
        if (value.size != 0) {
            return value;
        }
    }
    return (struct bytes){0};
}

static void codes_fill(const struct osm_tag *tags, size_t count, struct pool *pool,
                       struct feature *feature)
{
    for (size_t i = 0; i < count; i++) {
        const struct bytes value = text_clean(tags[i].value, pool);
        if (tags[i].info.key == OSM_KEY_COUNTRY_CODE) {
            (void)country_code_parse(value, feature->country_code);
        } else if (tags[i].info.key == OSM_KEY_REGION_CODE) {
            region_parse(value, feature->region_code);
        } else if (tags[i].info.key == OSM_KEY_POPULATION) {
            feature->population = population_parse(value);
        } else if (tags[i].info.key == OSM_KEY_WIKIDATA) {
            feature->wikidata = wikidata_parse(value);
        } else if (tags[i].info.key == OSM_KEY_WIKIPEDIA) {
            feature->has_wikipedia = value.size != 0;
        } else if (tags[i].info.key == OSM_KEY_OPENING_HOURS) {
            feature->opening_hours = value;
        } else if (tags[i].info.key == OSM_KEY_ADMIN_LEVEL) {
            feature->admin_level = admin_level_parse(value);
        }
    }
}

// What kind of thing it is: the tag that made it one.
static void kind_fill(const struct osm_tag *tags, size_t count, const struct osm_tag *category,
                      struct pool *pool, struct feature *feature)
{
    const unsigned roles = feature->roles;
    struct bytes key = {0};
    struct bytes value = {0};
    if ((roles & FEATURE_STREET) != 0) {
        key = BYTES_OF("highway");
        value = osm_tag_value(tags, count, OSM_KEY_HIGHWAY);
    } else if (category != NULL) {
        key = category->key;
        value = category->value;
    } else if ((roles & (FEATURE_AREA | FEATURE_POSTCODE)) != 0) {
        key = BYTES_OF("boundary");
        value = osm_tag_value(tags, count, OSM_KEY_BOUNDARY);
    }
    if (value.size == 0 && (roles & FEATURE_PLACE) != 0) {
        key = BYTES_OF("place");
        value = osm_tag_value(tags, count, OSM_KEY_PLACE);
    }
    value = text_clean(value, pool);
    if (value.size != 0 && value.size <= FEATURE_FACT_SIZE_MAX) {
        feature->kind = (struct feature_fact){.key = key, .value = value};
    }
}

static enum status facts_fill(const struct osm_tag *tags, size_t count, struct pool *pool,
                              struct feature *feature, struct fault *fault)
{
    struct feature_fact *const facts = pool_take(pool, FEATURE_FACTS_MAX, sizeof(*facts));
    if (facts == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the tags of an object");
    }
    size_t used = 0;
    // The settlement that a boundary is of.
    const bool is_boundary = bytes_equal(feature->kind.key, BYTES_OF("boundary"));
    for (size_t i = 0; i < count && used < FEATURE_FACTS_MAX; i++) {
        const bool is_place = is_boundary && tags[i].info.key == OSM_KEY_PLACE;
        if (!tags[i].info.is_fact && !is_place) {
            continue;
        }
        const struct bytes value = text_clean(tags[i].value, pool);
        if (value.size != 0 && value.size <= FEATURE_FACT_SIZE_MAX) {
            facts[used++] = (struct feature_fact){.key = is_place ? BYTES_OF("place") : tags[i].key,
                                                  .value = value};
        }
    }
    feature->facts = facts;
    feature->fact_count = used;
    return STATUS_OK;
}

// Addresses alone are many, and have nothing to keep.
static enum status more_fill(const struct osm_tag *tags, size_t count,
                             const struct osm_tag *category, struct pool *pool,
                             struct feature *feature, struct fault *fault)
{
    enum {
        THINGS = FEATURE_STREET | FEATURE_PLACE | FEATURE_AREA | FEATURE_POI | FEATURE_POSTCODE
    };
    if ((feature->roles & THINGS) == 0) {
        return STATUS_OK;
    }
    kind_fill(tags, count, category, pool, feature);
    return facts_fill(tags, count, pool, feature, fault);
}

enum status osm_feature_fill(const struct osm_tag *tags, size_t count, struct osm_shape shape,
                             struct pool *pool, struct feature *feature, struct fault *fault)
{
    const unsigned roles = osm_tags_roles(tags, count, shape);
    const struct osm_tag *category = NULL;
    feature->roles = roles;
    if ((roles & FEATURE_POI) != 0) {
        feature->category = (uint16_t)osm_category(tags, count, shape, &category);
    }
    if ((roles & FEATURE_STREET) != 0) {
        feature->street_rank =
            (uint8_t)osm_street_rank(osm_tag_value(tags, count, OSM_KEY_HIGHWAY));
    }
    if ((roles & FEATURE_PLACE) != 0) {
        feature->place_type = osm_place_type(osm_tag_value(tags, count, OSM_KEY_PLACE));
    }
    if ((roles & FEATURE_INTERPOLATION) != 0) {
        feature->interpolation =
            osm_interpolation(osm_tag_value(tags, count, OSM_KEY_INTERPOLATION));
    }
    address_fill(tags, count, pool, &feature->address);
    if ((roles & FEATURE_POSTCODE) != 0) {
        feature->address.postcode = postcode_of(tags, count, pool);
    }
    codes_fill(tags, count, pool, feature);
    TRY(more_fill(tags, count, category, pool, feature, fault));
    return names_fill(tags, count, roles, pool, feature, fault);
}
