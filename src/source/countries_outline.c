#include <stdio.h>

#include "source/countries_private.h"
#include "source/country_code.h"
#include "source/text_clean.h"

static const struct code_row {
    const char *key; // lower case
    enum code_rank rank;
} code_rows[] = {
    {"iso_a2_eh", CODE_A2_EH},  {"iso_a2", CODE_A2}, {"iso3166-1-alpha-2", CODE_A2},
    {"iso_a3_eh", CODE_A3_EH},  {"iso_a3", CODE_A3}, {"iso3166-1-alpha-3", CODE_A3},
    {"adm0_a3", CODE_ADMIN_A3},
};

// Numbers of the US Census Bureau that are countries in ISO 3166-1.
static const struct territory_row {
    char state[3];
    char country[3];
} territories[] = {{"60", "AS"}, {"66", "GU"}, {"69", "MP"}, {"72", "PR"}, {"78", "VI"}};

// What the Census Bureau calls its counties, where it is short.
static const struct county_row {
    const char *kind, *word;
} county_words[] = {
    {"County", "County"},  {"Parish", "Parish"},     {"Borough", "Borough"},
    {"CA", "Census Area"}, {"Muno", "Municipality"}, {"Muni", "Municipality"},
};

static bool text_is(struct bytes bytes, const char *text)
{
    return bytes_equal(bytes, bytes_from_text(text));
}

void outline_begin(struct outline *outline, enum input_kind wanted, struct pool *pool)
{
    *outline = (struct outline){.pool = pool, .wanted = wanted, .rank = CODE_NONE};
}

static struct bytes kept(struct outline *outline, struct bytes text)
{
    text = text_clean(text, outline->pool);
    uint8_t *const copy = pool_take(outline->pool, text.size, 1);
    if (copy == NULL || text.size == 0) {
        return (struct bytes){0};
    }
    memcpy(copy, text.data, text.size);
    return (struct bytes){.data = copy, .size = text.size};
}

// The main name goes to the front; the same text is not kept twice for one language.
static void name_add(struct outline *outline, struct bytes text, enum name_role role,
                     const char *language)
{
    size_t at = 0;
    text = kept(outline, text);
    while (at < outline->name_count && !(bytes_equal(outline->names[at].text, text) &&
                                         strcmp(outline->names[at].language, language) == 0)) {
        at++;
    }
    if (text.size == 0 || at == OUTLINE_NAMES_MAX ||
        (at < outline->name_count && role != NAME_MAIN)) {
        return;
    }
    outline->name_count += at == outline->name_count;
    struct feature_name *const name = &outline->names[at];
    *name = (struct feature_name){.text = text, .role = role};
    memcpy(name->language, language, strlen(language) + 1);
    if (role == NAME_MAIN) {
        const struct feature_name main = *name;
        *name = outline->names[0];
        outline->names[0] = main;
    }
}

// "WY|Wyo.": one name each.
static void names_add(struct outline *outline, struct bytes list, enum name_role role)
{
    while (list.size != 0) {
        const uint8_t *const bar = memchr(list.data, '|', list.size);
        const size_t size = bar == NULL ? list.size : (size_t)(bar - list.data);
        name_add(outline, (struct bytes){.data = list.data, .size = size}, role, "");
        const size_t step = size + (bar != NULL);
        list = (struct bytes){.data = list.data + step, .size = list.size - step};
    }
}

static void code_set(struct outline *outline, enum code_rank rank, struct bytes value)
{
    char code[3];
    const bool is_code =
        rank <= CODE_A2 ? country_code_parse(value, code) : country_code_from_three(value, code);
    if (is_code && rank < outline->rank) {
        memcpy(outline->country, code, sizeof(code));
        outline->rank = rank;
    }
}

// "name_de" and "name_zht" (traditional Chinese) are names in a language.
static bool language_of(const char *key, char language[12])
{
    const size_t size = strlen(key);
    if (strncmp(key, "name_", 5) != 0 || size < 7 || size > 8) {
        return false;
    }
    if (strcmp(key + 5, "zht") == 0) {
        memcpy(language, "zh-Hant", sizeof("zh-Hant"));
        return true;
    }
    if (size != 7) {
        return false; // name_len, name_alt
    }
    memcpy(language, key + 5, 3);
    return true;
}

static bool is_code_byte(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

// "US-VT". Natural Earth marks what it made up with '~' ("US-X01~"): no code of ISO's.
static void region_code_set(struct outline *outline, struct bytes value)
{
    char country[3];
    outline->region_given = kept(outline, value);
    if (value.size < 4 || value.size > 6 || value.data[2] != '-' ||
        !country_code_parse((struct bytes){.data = value.data, .size = 2}, country)) {
        return;
    }
    for (size_t i = 3; i < value.size; i++) {
        if (!is_code_byte(value.data[i])) {
            return;
        }
    }
    memcpy(outline->region, value.data, value.size);
    memcpy(outline->region, country, 2);
    outline->region[value.size] = '\0';
}

static bool zone_is_name(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];
        if (!is_code_byte(byte & (byte >= 'a' && byte <= 'z' ? 0xdf : 0xff)) &&
            memchr("/_+-", byte, 4) == NULL) {
            return false;
        }
    }
    return text.size != 0 && text.size < 64;
}

static void zone_set(struct outline *outline, const char *key, struct bytes value)
{
    const bool is_key =
        strcmp(key, "tzid") == 0 ||
        (outline->wanted == INPUT_ZONES &&
         (strcmp(key, "timezone") == 0 || strcmp(key, "zone") == 0 || strcmp(key, "tz") == 0));
    if (is_key && zone_is_name(value)) {
        outline->zone = kept(outline, value);
    }
}

// Natural Earth's names are for maps: "Bosnia and Herz." has a long form to be written.
static bool is_cut(const struct outline *outline)
{
    const struct bytes main = outline->name_count == 0 ? (struct bytes){0} : outline->names[0].text;
    return main.size != 0 && memchr(main.data, '.', main.size) != NULL;
}

static void name_set(struct outline *outline, const char *key, struct bytes value)
{
    char language[12];
    if (strcmp(key, "name") == 0) {
        name_add(outline, value, NAME_MAIN, "");
    } else if (strcmp(key, "name_long") == 0 && is_cut(outline)) {
        name_add(outline, value, NAME_MAIN, "");
    } else if (strcmp(key, "name_alt") == 0) {
        names_add(outline, value, NAME_ALTERNATIVE);
    } else if (strcmp(key, "name_long") == 0 || strcmp(key, "geounit") == 0 ||
               strcmp(key, "gn_name") == 0) {
        name_add(outline, value, NAME_ALTERNATIVE, "");
    } else if (strcmp(key, "name_local") == 0) {
        name_add(outline, value, NAME_LOCAL, "");
    } else if (strcmp(key, "formal_en") == 0) {
        name_add(outline, value, NAME_OFFICIAL, "en");
    } else if (language_of(key, language)) {
        name_add(outline, value, NAME_LOCALISED, language);
    }
}

void outline_property(struct outline *outline, const char *key, struct bytes value)
{
    for (size_t i = 0; i < COUNT_OF(code_rows); i++) {
        if (strcmp(key, code_rows[i].key) == 0) {
            code_set(outline, code_rows[i].rank, value);
        }
    }
    name_set(outline, key, value);
    zone_set(outline, key, value);
    if (strcmp(key, "wikidataid") == 0) {
        outline->wikidata = kept(outline, value);
    } else if (strcmp(key, "iso_3166_2") == 0) {
        outline->has_region_key = true;
        region_code_set(outline, value);
    } else if (strcmp(key, "adm1_code") == 0) {
        outline->has_region_key = true;
        outline->region_own = kept(outline, value);
    } else if (strcmp(key, "geo_id") == 0) {
        outline->county = kept(outline, value);
    } else if (strcmp(key, "lsad") == 0) {
        outline->county_kind = kept(outline, value);
    } else if (strcmp(key, "admin") == 0) {
        outline->admin = kept(outline, value);
    }
}

// A number for "US" and "VT" or "50007": 1 for 0 to 36 for Z, base 37, above the country's.
static bool region_number(const char country[3], struct bytes code, int64_t *number)
{
    int64_t value = 0;
    if (code.size == 0 || code.size > 6) {
        return false;
    }
    for (size_t i = 0; i < code.size; i++) {
        const uint8_t byte = code.data[i];
        if (!is_code_byte(byte)) {
            return false;
        }
        value = value * 37 + (byte <= '9' ? byte - '0' + 1 : byte - 'A' + 11);
    }
    *number = value * 26 * 26 + country_code_number(country);
    return true;
}

static struct bytes behind_dash(struct bytes text)
{
    const uint8_t *const dash = text.size == 0 ? NULL : memchr(text.data, '-', text.size);
    if (dash == NULL) {
        return (struct bytes){0};
    }
    const size_t skip = (size_t)(dash - text.data) + 1;
    const bool is_made_up = text.data[text.size - 1] == '~';
    return (struct bytes){.data = dash + 1, .size = text.size - skip - (is_made_up ? 1 : 0)};
}

static bool country_fill(struct outline *outline, struct feature *feature)
{
    if (outline->rank == CODE_NONE) {
        return false;
    }
    name_add(outline, outline->admin, NAME_ALTERNATIVE, "");
    feature->id.kind = SOURCE_COUNTRIES;
    feature->id.number = country_code_number(outline->country);
    feature->roles = FEATURE_COUNTRY_SHAPE;
    feature->place_type = PLACE_COUNTRY;
    feature->admin_level = 2;
    memcpy(feature->country_code, outline->country, sizeof(outline->country));
    return true;
}

static bool region_fill(struct outline *outline, struct feature *feature)
{
    if (outline->rank == CODE_NONE && outline->region[0] != '\0') {
        memcpy(outline->country, outline->region, 2);
        outline->rank = CODE_A2;
    }
    if (outline->rank == CODE_NONE || outline->name_count == 0) {
        return false;
    }
    // A region of what ISO calls a country of its own is listed under both.
    if (outline->region[0] != '\0') {
        memcpy(outline->country, outline->region, 2);
    }
    feature->id.kind = SOURCE_REGIONS;
    if (!region_number(outline->country, behind_dash(outline->region_given), &feature->id.number) &&
        !region_number(outline->country, behind_dash(outline->region_own), &feature->id.number)) {
        return false;
    }
    feature->roles = FEATURE_REGION_SHAPE;
    feature->place_type = PLACE_REGION;
    feature->admin_level = 4;
    memcpy(feature->region_code, outline->region, sizeof(outline->region));
    return true;
}

// "Autauga" is known as "Autauga County".
static void county_name(struct outline *outline)
{
    for (size_t i = 0; i < COUNT_OF(county_words); i++) {
        if (text_is(outline->county_kind, county_words[i].kind)) {
            char text[160];
            const struct bytes name = outline->names[0].text;
            const int size = snprintf(text, sizeof(text), "%.*s %s", (int)name.size,
                                      (const char *)name.data, county_words[i].word);
            if (size > 0 && (size_t)size < sizeof(text)) {
                outline->names[0].role = NAME_ALTERNATIVE;
                name_add(outline, bytes_from_text(text), NAME_MAIN, "");
            }
            return;
        }
    }
}

// "0500000US01001": county 001 of state 01.
static bool county_fill(struct outline *outline, struct feature *feature)
{
    static const char front[] = "0500000US";
    const struct bytes id = outline->county;
    if (id.size != sizeof(front) - 1 + 5 || memcmp(id.data, front, sizeof(front) - 1) != 0 ||
        outline->name_count == 0) {
        return false;
    }
    const struct bytes code = {.data = id.data + sizeof(front) - 1, .size = 5};
    memcpy(outline->country, "US", 3);
    for (size_t i = 0; i < COUNT_OF(territories); i++) {
        if (memcmp(code.data, territories[i].state, 2) == 0) {
            memcpy(outline->country, territories[i].country, 3);
        }
    }
    county_name(outline);
    feature->id.kind = SOURCE_REGIONS;
    feature->roles = FEATURE_REGION_SHAPE;
    feature->place_type = PLACE_COUNTY;
    feature->admin_level = 6;
    return region_number("US", code, &feature->id.number);
}

static bool zone_fill(struct outline *outline, struct feature *feature)
{
    outline->names[0] = (struct feature_name){.text = outline->zone, .role = NAME_MAIN};
    outline->name_count = 1;
    feature->id.kind = SOURCE_COUNTRIES;
    feature->roles = FEATURE_ZONE_SHAPE;
    return outline->zone.size != 0;
}

static enum outline_kind kind_of(const struct outline *outline)
{
    if (outline->wanted >= INPUT_REGIONS && outline->wanted <= INPUT_ZONES) {
        return (enum outline_kind)(OUTLINE_REGION + (outline->wanted - INPUT_REGIONS));
    }
    if (outline->zone.size != 0) {
        return OUTLINE_ZONE;
    }
    if (outline->county.size != 0) {
        return OUTLINE_COUNTY;
    }
    return outline->has_region_key ? OUTLINE_REGION : OUTLINE_COUNTRY;
}

bool outline_fill(struct outline *outline, struct feature *feature)
{
    static bool (*const fills[OUTLINE_KIND_COUNT])(struct outline *, struct feature *) = {
        [OUTLINE_COUNTRY] = country_fill,
        [OUTLINE_REGION] = region_fill,
        [OUTLINE_COUNTY] = county_fill,
        [OUTLINE_ZONE] = zone_fill,
    };
    outline->kind = kind_of(outline);
    if (!fills[outline->kind](outline, feature)) {
        return false;
    }
    feature->names = outline->names;
    feature->name_count = outline->name_count;
    feature->population = outline->population;
    feature->wikidata = outline->wikidata;
    memcpy(feature->address.country, outline->country, sizeof(outline->country));
    return true;
}
