#include "source/osm_tags.h"

#include "source/category.h"
#include "source/country_code.h"
#include "source/text_clean.h"

#define NUMBER_MAX 999999

// Keys we read, in the order of memcmp. The rank says which of several categories an object gets.
static const struct key_row {
    const char *text;
    enum osm_key key;
    uint8_t category_rank;
} key_rows[] = {
    {"ISO3166-1", OSM_KEY_COUNTRY_CODE, 0},
    {"ISO3166-1:alpha2", OSM_KEY_COUNTRY_CODE, 0},
    {"ISO3166-2", OSM_KEY_REGION_CODE, 0},
    {"addr:city", OSM_KEY_CITY, 0},
    {"addr:conscriptionnumber", OSM_KEY_CONSCRIPTION_NUMBER, 0},
    {"addr:country", OSM_KEY_COUNTRY, 0},
    {"addr:district", OSM_KEY_DISTRICT, 0},
    {"addr:flats", OSM_KEY_UNIT, 0},
    {"addr:hamlet", OSM_KEY_ADDRESS_PLACE, 0},
    {"addr:housenumber", OSM_KEY_NUMBER, 0},
    {"addr:interpolation", OSM_KEY_INTERPOLATION, 0},
    {"addr:neighbourhood", OSM_KEY_SUBURB, 0},
    {"addr:place", OSM_KEY_ADDRESS_PLACE, 0},
    {"addr:postcode", OSM_KEY_POSTCODE, 0},
    {"addr:province", OSM_KEY_STATE, 0},
    {"addr:state", OSM_KEY_STATE, 0},
    {"addr:street", OSM_KEY_STREET, 0},
    {"addr:streetnumber", OSM_KEY_STREET_NUMBER, 0},
    {"addr:suburb", OSM_KEY_SUBURB, 0},
    {"addr:unit", OSM_KEY_UNIT, 0},
    {"addr:village", OSM_KEY_CITY, 0},
    {"admin_level", OSM_KEY_ADMIN_LEVEL, 0},
    {"aerialway", OSM_KEY_CATEGORY, 13},
    {"aeroway", OSM_KEY_CATEGORY, 1},
    {"amenity", OSM_KEY_CATEGORY, 3},
    {"area", OSM_KEY_AREA, 0},
    {"boundary", OSM_KEY_BOUNDARY, 16},
    {"brand", OSM_KEY_BRAND, 0},
    {"building", OSM_KEY_CATEGORY, 25},
    {"country_code_iso3166_1_alpha_2", OSM_KEY_COUNTRY_CODE, 0},
    {"craft", OSM_KEY_CATEGORY, 9},
    {"diplomatic", OSM_KEY_CATEGORY, 21},
    {"emergency", OSM_KEY_CATEGORY, 22},
    {"healthcare", OSM_KEY_CATEGORY, 7},
    {"highway", OSM_KEY_HIGHWAY, 11},
    {"historic", OSM_KEY_CATEGORY, 10},
    {"iata", OSM_KEY_REFERENCE, 0},
    {"landuse", OSM_KEY_CATEGORY, 17},
    {"leisure", OSM_KEY_CATEGORY, 6},
    {"man_made", OSM_KEY_CATEGORY, 19},
    {"military", OSM_KEY_CATEGORY, 20},
    {"mountain_pass", OSM_KEY_CATEGORY, 24},
    {"natural", OSM_KEY_CATEGORY, 14},
    {"office", OSM_KEY_CATEGORY, 8},
    {"opening_hours", OSM_KEY_OPENING_HOURS, 0},
    {"place", OSM_KEY_PLACE, 0},
    {"population", OSM_KEY_POPULATION, 0},
    {"postal_code", OSM_KEY_POSTAL_CODE, 0},
    {"power", OSM_KEY_CATEGORY, 23},
    {"public_transport", OSM_KEY_CATEGORY, 12},
    {"railway", OSM_KEY_CATEGORY, 2},
    {"ref", OSM_KEY_REFERENCE, 0},
    {"shop", OSM_KEY_CATEGORY, 4},
    {"tourism", OSM_KEY_CATEGORY, 5},
    {"type", OSM_KEY_TYPE, 0},
    {"water", OSM_KEY_CATEGORY, 18},
    {"waterway", OSM_KEY_CATEGORY, 15},
    {"wikidata", OSM_KEY_WIKIDATA, 0},
    {"wikipedia", OSM_KEY_WIKIPEDIA, 0},
};

static const struct name_row {
    const char *text; // the key, or what stands before ":language"
    enum name_role role;
} name_rows[] = {
    {"name", NAME_MAIN},
    {"alt_name", NAME_ALTERNATIVE},
    {"official_name", NAME_OFFICIAL},
    {"short_name", NAME_SHORT},
    {"old_name", NAME_OLD},
    {"loc_name", NAME_LOCAL},
    {"int_name", NAME_INTERNATIONAL},
    {"nat_name", NAME_ALTERNATIVE},
    {"reg_name", NAME_ALTERNATIVE},
};

static bool text_is(struct bytes bytes, const char *text)
{
    return bytes_equal(bytes, bytes_from_text(text));
}

static bool is_letter(uint8_t byte)
{
    return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

// "de", "zh-Hant", "sr_Latn": two or three lower-case letters, then subtags. Keys such as
// "name:etymology" and "name:source" are about the name and no language.
static bool language_parse(struct bytes text, char *language)
{
    size_t primary = 0;
    while (primary < text.size && text.data[primary] >= 'a' && text.data[primary] <= 'z') {
        primary++;
    }
    if (primary < 2 || primary > 3 || text.size > 11 ||
        (primary < text.size && text.data[primary] != '-' && text.data[primary] != '_')) {
        return false;
    }
    memset(language, 0, 12);
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i] == '_' ? '-' : text.data[i];
        if (!is_letter(byte) && !is_digit(byte) && byte != '-') {
            return false;
        }
        language[i] = (char)byte;
    }
    return language[text.size - 1] != '-';
}

static bool name_classify(struct bytes key, struct osm_key_info *info)
{
    for (size_t i = 0; i < COUNT_OF(name_rows); i++) {
        const struct bytes stem = bytes_from_text(name_rows[i].text);
        if (key.size < stem.size || memcmp(key.data, stem.data, stem.size) != 0) {
            continue;
        }
        const struct bytes rest = {.data = key.data + stem.size, .size = key.size - stem.size};
        *info = (struct osm_key_info){.key = OSM_KEY_NAME, .name_role = (uint8_t)name_rows[i].role};
        if (rest.size == 0) {
            return true;
        }
        if (rest.data[0] == '_' && rest.size == 2 && is_digit(rest.data[1])) {
            return true; // alt_name_1
        }
        if (rest.data[0] != ':') {
            return false;
        }
        const struct bytes suffix = {.data = rest.data + 1, .size = rest.size - 1};
        const bool is_main = name_rows[i].role == NAME_MAIN;
        if (language_parse(suffix, info->language)) {
            info->name_role = is_main ? NAME_LOCALISED : info->name_role;
            return true;
        }
        if (is_main && (text_is(suffix, "left") || text_is(suffix, "right"))) {
            info->name_role = NAME_ALTERNATIVE;
            return true;
        }
        return name_rows[i].role == NAME_OLD; // old_name:1900-1950
    }
    return false;
}

struct osm_key_info osm_key_classify(struct bytes key)
{
    size_t low = 0;
    size_t high = COUNT_OF(key_rows);
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = bytes_compare(key, bytes_from_text(key_rows[middle].text));
        if (order == 0) {
            return (struct osm_key_info){.key = (uint8_t)key_rows[middle].key,
                                         .category_rank = key_rows[middle].category_rank};
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    struct osm_key_info info;
    return name_classify(key, &info) ? info : (struct osm_key_info){0};
}

struct bytes osm_tag_value(const struct osm_tag *tags, size_t count, enum osm_key key)
{
    for (size_t i = 0; i < count; i++) {
        if (tags[i].info.key == key) {
            return tags[i].value;
        }
    }
    return (struct bytes){0};
}

// ---- what an object is --------------------------------------------------------------------------

// Rank of a way that people give an address on; -1 for what is no street.
static int street_rank(struct bytes highway)
{
    static const struct {
        const char *value;
        int rank;
    } rows[] = {
        {"residential", 3},  {"footway", 0},       {"service", 1},      {"track", 0},
        {"unclassified", 3}, {"path", 0},          {"tertiary", 4},     {"secondary", 5},
        {"primary", 6},      {"cycleway", 0},      {"steps", 0},        {"living_street", 2},
        {"pedestrian", 2},   {"trunk", 6},         {"motorway", 7},     {"road", 3},
        {"bridleway", 0},    {"tertiary_link", 3}, {"primary_link", 4}, {"secondary_link", 4},
        {"trunk_link", 5},   {"motorway_link", 5}, {"busway", 1},       {"construction", 1},
        {"escape", 0},       {"corridor", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (text_is(highway, rows[i].value)) {
            return rows[i].rank;
        }
    }
    return -1;
}

static enum place_type place_parse(struct bytes value)
{
    static const struct {
        const char *value;
        enum place_type type;
    } rows[] = {
        {"continent", PLACE_CONTINENT},
        {"country", PLACE_COUNTRY},
        {"state", PLACE_REGION},
        {"province", PLACE_REGION},
        {"region", PLACE_REGION},
        {"county", PLACE_COUNTY},
        {"district", PLACE_COUNTY},
        {"municipality", PLACE_MUNICIPALITY},
        {"city", PLACE_CITY},
        {"town", PLACE_TOWN},
        {"village", PLACE_VILLAGE},
        {"hamlet", PLACE_HAMLET},
        {"isolated_dwelling", PLACE_ISOLATED},
        {"farm", PLACE_ISOLATED},
        {"locality", PLACE_ISOLATED},
        {"borough", PLACE_BOROUGH},
        {"suburb", PLACE_SUBURB},
        {"quarter", PLACE_QUARTER},
        {"neighbourhood", PLACE_NEIGHBOURHOOD},
        {"allotments", PLACE_NEIGHBOURHOOD},
        {"island", PLACE_ISLAND},
        {"islet", PLACE_ISLAND},
        {"archipelago", PLACE_ISLAND},
        {"square", PLACE_SQUARE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (text_is(value, rows[i].value)) {
            return rows[i].type;
        }
    }
    return PLACE_NONE;
}

static enum interpolation interpolation_parse(struct bytes value)
{
    return text_is(value, "all")          ? INTERPOLATION_ALL
           : text_is(value, "even")       ? INTERPOLATION_EVEN
           : text_is(value, "odd")        ? INTERPOLATION_ODD
           : text_is(value, "alphabetic") ? INTERPOLATION_ALPHABETIC
                                          : INTERPOLATION_NONE;
}

static bool has_name(const struct osm_tag *tags, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (tags[i].info.key == OSM_KEY_NAME && tags[i].value.size != 0) {
            return true;
        }
    }
    return false;
}

// A river is mapped as hundreds of ways of the same name: only its relation is one thing.
static bool is_piece(const struct osm_tag *tag, struct osm_shape shape)
{
    return shape.type == 'w' && !shape.is_closed && text_is(tag->key, "waterway") &&
           !text_is(tag->value, "waterfall");
}

static enum category category_of(const struct osm_tag *tags, size_t count, struct osm_shape shape)
{
    enum category best = CATEGORY_NONE;
    uint8_t best_rank = UINT8_MAX;
    for (size_t i = 0; i < count; i++) {
        const uint8_t rank = tags[i].info.category_rank;
        if (rank != 0 && rank < best_rank && !is_piece(&tags[i], shape)) {
            const enum category category = category_from_tag(tags[i].key, tags[i].value);
            best = category == CATEGORY_NONE ? best : category;
            best_rank = category == CATEGORY_NONE ? best_rank : rank;
        }
    }
    return best;
}

static bool may_be_area(struct osm_shape shape)
{
    return shape.type != 'n' && shape.is_closed;
}

// Which keys of interest an object has, as a set of 1 << key.
static uint64_t keys_of(const struct osm_tag *tags, size_t count)
{
    uint64_t keys = 0;
    for (size_t i = 0; i < count; i++) {
        keys |= UINT64_C(1) << tags[i].info.key;
        keys |= (uint64_t)(tags[i].info.category_rank != 0) << OSM_KEY_CATEGORY;
    }
    return keys;
}

static bool has_key(uint64_t keys, enum osm_key key)
{
    return (keys >> key & 1) != 0;
}

static unsigned boundary_roles(const struct osm_tag *tags, size_t count, struct osm_shape shape,
                               bool is_named)
{
    const struct bytes boundary = osm_tag_value(tags, count, OSM_KEY_BOUNDARY);
    if (shape.type == 'n' || (shape.type == 'w' && !shape.is_closed)) {
        return 0;
    }
    if (text_is(boundary, "postal_code")) {
        return FEATURE_POSTCODE;
    }
    return text_is(boundary, "administrative") && is_named ? FEATURE_AREA : 0;
}

unsigned osm_tags_roles(const struct osm_tag *tags, size_t count, struct osm_shape shape)
{
    const uint64_t keys = keys_of(tags, count);
    const bool is_named = has_key(keys, OSM_KEY_NAME) && has_name(tags, count);
    unsigned roles = 0;
    if (has_key(keys, OSM_KEY_NUMBER) || has_key(keys, OSM_KEY_CONSCRIPTION_NUMBER) ||
        has_key(keys, OSM_KEY_STREET_NUMBER)) {
        roles |= FEATURE_ADDRESS;
    }
    // A building "24-28" that says how its range is to be read is a house, not a line of houses.
    if ((roles & FEATURE_ADDRESS) == 0 && has_key(keys, OSM_KEY_INTERPOLATION) &&
        shape.type == 'w' &&
        interpolation_parse(osm_tag_value(tags, count, OSM_KEY_INTERPOLATION)) !=
            INTERPOLATION_NONE) {
        roles |= FEATURE_INTERPOLATION;
    }
    if (has_key(keys, OSM_KEY_HIGHWAY) && shape.type == 'w' && is_named &&
        street_rank(osm_tag_value(tags, count, OSM_KEY_HIGHWAY)) >= 0) {
        roles |= FEATURE_STREET;
    }
    if (has_key(keys, OSM_KEY_PLACE) && is_named) {
        const enum place_type type = place_parse(osm_tag_value(tags, count, OSM_KEY_PLACE));
        roles |= type == PLACE_NONE ? 0 : FEATURE_PLACE;
        // The outline of a settlement contains its houses; an island's or a square's says less.
        if (type >= PLACE_REGION && type <= PLACE_NEIGHBOURHOOD && type != PLACE_ISOLATED &&
            may_be_area(shape)) {
            roles |= FEATURE_AREA;
        }
    }
    if (has_key(keys, OSM_KEY_BOUNDARY)) {
        roles |= boundary_roles(tags, count, shape, is_named);
    }
    if (has_key(keys, OSM_KEY_CATEGORY) && (roles & (FEATURE_AREA | FEATURE_STREET)) == 0 &&
        (is_named || has_key(keys, OSM_KEY_BRAND)) &&
        category_of(tags, count, shape) != CATEGORY_NONE) {
        roles |= FEATURE_POI;
    }
    return roles;
}

// ---- filling a feature --------------------------------------------------------------------------

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

enum status osm_feature_fill(const struct osm_tag *tags, size_t count, struct osm_shape shape,
                             struct pool *pool, struct feature *feature, struct fault *fault)
{
    const unsigned roles = osm_tags_roles(tags, count, shape);
    feature->roles = roles;
    if ((roles & FEATURE_POI) != 0) {
        feature->category = (uint16_t)category_of(tags, count, shape);
    }
    if ((roles & FEATURE_STREET) != 0) {
        feature->street_rank = (uint8_t)street_rank(osm_tag_value(tags, count, OSM_KEY_HIGHWAY));
    }
    if ((roles & FEATURE_PLACE) != 0) {
        feature->place_type = place_parse(osm_tag_value(tags, count, OSM_KEY_PLACE));
    }
    if ((roles & FEATURE_INTERPOLATION) != 0) {
        feature->interpolation =
            interpolation_parse(osm_tag_value(tags, count, OSM_KEY_INTERPOLATION));
    }
    address_fill(tags, count, pool, &feature->address);
    if ((roles & FEATURE_POSTCODE) != 0) {
        feature->address.postcode = postcode_of(tags, count, pool);
    }
    codes_fill(tags, count, pool, feature);
    return names_fill(tags, count, roles, pool, feature, fault);
}

// ---- tags as bytes ------------------------------------------------------------------------------

void osm_tags_encode(const struct osm_tag *tags, size_t count, struct buffer *out)
{
    buffer_append_varint(out, count);
    for (size_t i = 0; i < count; i++) {
        buffer_append(out, &tags[i].info, sizeof(tags[i].info));
        buffer_append_varint(out, tags[i].key.size);
        buffer_append_bytes(out, tags[i].key);
        buffer_append_varint(out, tags[i].value.size);
        buffer_append_bytes(out, tags[i].value);
    }
}

enum status osm_tags_decode(struct reader *reader, struct pool *pool, struct osm_tag **tags,
                            size_t *count)
{
    const uint64_t wanted = reader_varint(reader);
    if (reader->overrun || wanted > reader->rest.size) {
        return STATUS_CORRUPT;
    }
    struct osm_tag *const decoded = pool_take(pool, (size_t)wanted, sizeof(*decoded));
    if (decoded == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < wanted; i++) {
        const struct bytes info = reader_take(reader, sizeof(decoded[i].info));
        if (info.size != 0) {
            memcpy(&decoded[i].info, info.data, sizeof(decoded[i].info));
        }
        decoded[i].key = reader_take(reader, (size_t)reader_varint(reader));
        decoded[i].value = reader_take(reader, (size_t)reader_varint(reader));
    }
    if (reader->overrun) {
        return STATUS_CORRUPT;
    }
    *tags = decoded;
    *count = (size_t)wanted;
    return STATUS_OK;
}
