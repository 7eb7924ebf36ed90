// Keys of tags: which we read, and what each is for.
#include "source/osm_tags.h"

// Keys we read, in the order of memcmp. The rank says which of several categories an object gets.
static const struct key_row {
    const char *text;
    enum osm_key key;
    uint8_t category_rank;
    bool is_fact; // kept as it is, beside what it is read for
} key_rows[] = {
    {"ISO3166-1", OSM_KEY_COUNTRY_CODE, 0, false},
    {"ISO3166-1:alpha2", OSM_KEY_COUNTRY_CODE, 0, false},
    {"ISO3166-2", OSM_KEY_REGION_CODE, 0, false},
    {"access", OSM_KEY_FACT, 0, true},
    {"addr:city", OSM_KEY_CITY, 0, false},
    {"addr:conscriptionnumber", OSM_KEY_CONSCRIPTION_NUMBER, 0, false},
    {"addr:country", OSM_KEY_COUNTRY, 0, false},
    {"addr:district", OSM_KEY_DISTRICT, 0, false},
    {"addr:flats", OSM_KEY_UNIT, 0, false},
    {"addr:hamlet", OSM_KEY_ADDRESS_PLACE, 0, false},
    {"addr:housenumber", OSM_KEY_NUMBER, 0, false},
    {"addr:interpolation", OSM_KEY_INTERPOLATION, 0, false},
    {"addr:neighbourhood", OSM_KEY_SUBURB, 0, false},
    {"addr:place", OSM_KEY_ADDRESS_PLACE, 0, false},
    {"addr:postcode", OSM_KEY_POSTCODE, 0, false},
    {"addr:province", OSM_KEY_STATE, 0, false},
    {"addr:state", OSM_KEY_STATE, 0, false},
    {"addr:street", OSM_KEY_STREET, 0, false},
    {"addr:streetnumber", OSM_KEY_STREET_NUMBER, 0, false},
    {"addr:suburb", OSM_KEY_SUBURB, 0, false},
    {"addr:unit", OSM_KEY_UNIT, 0, false},
    {"addr:village", OSM_KEY_CITY, 0, false},
    {"admin_level", OSM_KEY_ADMIN_LEVEL, 0, false},
    {"aerialway", OSM_KEY_CATEGORY, 13, false},
    {"aeroway", OSM_KEY_CATEGORY, 1, false},
    {"amenity", OSM_KEY_CATEGORY, 3, false},
    {"area", OSM_KEY_AREA, 0, false},
    {"border_type", OSM_KEY_FACT, 0, true},
    {"boundary", OSM_KEY_BOUNDARY, 16, false},
    {"brand", OSM_KEY_BRAND, 0, true},
    {"brand:wikidata", OSM_KEY_FACT, 0, true},
    {"brand:wikipedia", OSM_KEY_FACT, 0, true},
    {"building", OSM_KEY_CATEGORY, 25, false},
    {"capital", OSM_KEY_FACT, 0, true},
    {"contact:email", OSM_KEY_FACT, 0, true},
    {"contact:facebook", OSM_KEY_FACT, 0, true},
    {"contact:fax", OSM_KEY_FACT, 0, true},
    {"contact:instagram", OSM_KEY_FACT, 0, true},
    {"contact:mobile", OSM_KEY_FACT, 0, true},
    {"contact:phone", OSM_KEY_FACT, 0, true},
    {"contact:website", OSM_KEY_FACT, 0, true},
    {"country_code_iso3166_1_alpha_2", OSM_KEY_COUNTRY_CODE, 0, false},
    {"craft", OSM_KEY_CATEGORY, 9, false},
    {"cuisine", OSM_KEY_FACT, 0, true},
    {"delivery", OSM_KEY_FACT, 0, true},
    {"denomination", OSM_KEY_FACT, 0, true},
    {"designation", OSM_KEY_FACT, 0, true},
    {"diet:vegan", OSM_KEY_FACT, 0, true},
    {"diet:vegetarian", OSM_KEY_FACT, 0, true},
    {"diplomatic", OSM_KEY_CATEGORY, 21, false},
    {"dispensing", OSM_KEY_FACT, 0, true},
    {"drive_through", OSM_KEY_FACT, 0, true},
    {"ele", OSM_KEY_FACT, 0, true},
    {"email", OSM_KEY_FACT, 0, true},
    {"emergency", OSM_KEY_CATEGORY, 22, false},
    {"faa", OSM_KEY_FACT, 0, true},
    {"fax", OSM_KEY_FACT, 0, true},
    {"fee", OSM_KEY_FACT, 0, true},
    {"healthcare", OSM_KEY_CATEGORY, 7, false},
    {"heritage", OSM_KEY_FACT, 0, true},
    {"highway", OSM_KEY_HIGHWAY, 11, false},
    {"historic", OSM_KEY_CATEGORY, 10, false},
    {"iata", OSM_KEY_REFERENCE, 0, true},
    {"icao", OSM_KEY_FACT, 0, true},
    {"internet_access", OSM_KEY_FACT, 0, true},
    {"landuse", OSM_KEY_CATEGORY, 17, false},
    {"leisure", OSM_KEY_CATEGORY, 6, false},
    {"level", OSM_KEY_FACT, 0, true},
    {"linked_place", OSM_KEY_FACT, 0, true},
    {"man_made", OSM_KEY_CATEGORY, 19, false},
    {"military", OSM_KEY_CATEGORY, 20, false},
    {"mountain_pass", OSM_KEY_CATEGORY, 24, false},
    {"natural", OSM_KEY_CATEGORY, 14, false},
    {"network", OSM_KEY_FACT, 0, true},
    {"office", OSM_KEY_CATEGORY, 8, false},
    {"official_status", OSM_KEY_FACT, 0, true},
    {"opening_hours", OSM_KEY_OPENING_HOURS, 0, true},
    {"operator", OSM_KEY_FACT, 0, true},
    {"operator:wikidata", OSM_KEY_FACT, 0, true},
    {"outdoor_seating", OSM_KEY_FACT, 0, true},
    {"phone", OSM_KEY_FACT, 0, true},
    {"place", OSM_KEY_PLACE, 0, false},
    {"population", OSM_KEY_POPULATION, 0, true},
    {"postal_code", OSM_KEY_POSTAL_CODE, 0, false},
    {"power", OSM_KEY_CATEGORY, 23, false},
    {"public_transport", OSM_KEY_CATEGORY, 12, false},
    {"railway", OSM_KEY_CATEGORY, 2, false},
    {"ref", OSM_KEY_REFERENCE, 0, true},
    {"religion", OSM_KEY_FACT, 0, true},
    {"shop", OSM_KEY_CATEGORY, 4, false},
    {"smoking", OSM_KEY_FACT, 0, true},
    {"sport", OSM_KEY_FACT, 0, true},
    {"stars", OSM_KEY_FACT, 0, true},
    {"start_date", OSM_KEY_FACT, 0, true},
    {"takeaway", OSM_KEY_FACT, 0, true},
    {"tourism", OSM_KEY_CATEGORY, 5, false},
    {"type", OSM_KEY_TYPE, 0, false},
    {"url", OSM_KEY_FACT, 0, true},
    {"water", OSM_KEY_CATEGORY, 18, false},
    {"waterway", OSM_KEY_CATEGORY, 15, false},
    {"website", OSM_KEY_FACT, 0, true},
    {"wheelchair", OSM_KEY_FACT, 0, true},
    {"wikidata", OSM_KEY_WIKIDATA, 0, true},
    {"wikimedia_commons", OSM_KEY_FACT, 0, true},
    {"wikipedia", OSM_KEY_WIKIPEDIA, 0, true},
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
                                         .category_rank = key_rows[middle].category_rank,
                                         .is_fact = key_rows[middle].is_fact};
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    struct osm_key_info info;
    if (key.size > 10 && memcmp(key.data, "wikipedia:", 10) == 0 &&
        language_parse((struct bytes){.data = key.data + 10, .size = key.size - 10},
                       info.language)) {
        return (struct osm_key_info){.key = OSM_KEY_WIKIPEDIA, .is_fact = true};
    }
    return name_classify(key, &info) ? info : (struct osm_key_info){0};
}
