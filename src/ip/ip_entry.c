// One record of a file: maps of maps, in MaxMind's layouts.
#include <stdio.h>
#include <string.h>

#include "geo/point.h"
#include "ip/ip_book_private.h"
#include "text/utf8.h"

enum { TEXT_SIZE_MAX = 200, PATH_MAX_PARTS = 5 };

struct reading {
    const MMDB_s *file;
    MMDB_entry_s entry;
    const struct languages *languages;
    struct arena *arena; // NULL: texts are left where they are
    enum status status;
};

// The value at a path, when it is there and of the type.
static bool value_at(struct reading *reading, const char *const *path, uint32_t type,
                     MMDB_entry_data_s *value)
{
    if (reading->status != STATUS_OK) {
        return false;
    }
    const int got = MMDB_aget_value(&reading->entry, value, path);
    if (got == MMDB_SUCCESS) {
        return value->has_data && value->type == type;
    }
    if (got != MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR &&
        got != MMDB_INVALID_LOOKUP_PATH_ERROR) {
        reading->status = STATUS_CORRUPT;
    }
    return false;
}

// A copy without what is no UTF-8 and without control characters.
static struct bytes text_of(struct reading *reading, const MMDB_entry_data_s *value)
{
    const uint8_t *at = (const uint8_t *)value->utf8_string;
    const uint8_t *const end = at + value->data_size;
    const size_t size = value->data_size < TEXT_SIZE_MAX ? value->data_size : TEXT_SIZE_MAX;
    if (reading->arena == NULL || size == 0) {
        return (struct bytes){.data = at, .size = size};
    }
    uint8_t *const copy = arena_take(reading->arena, size + 4, 1, 1);
    if (copy == NULL) {
        reading->status = STATUS_NO_MEMORY;
        return (struct bytes){0};
    }
    size_t written = 0;
    while (at < end && written < size) {
        const uint32_t code = utf8_next(&at, end);
        if (code != UTF8_REPLACEMENT && code >= ' ' && (code < 0x7f || code > 0x9f)) {
            written += utf8_put(copy + written, code);
        }
    }
    return (struct bytes){.data = copy, .size = written};
}

static void take_text(struct reading *reading, const char *const *path, struct bytes *text)
{
    MMDB_entry_data_s value;
    if (text->size == 0 && value_at(reading, path, MMDB_DATA_TYPE_UTF8_STRING, &value)) {
        *text = text_of(reading, &value);
    }
}

// Whether names under `key` ("pt-BR") serve a reader of `wanted` ("pt", "pt-PT").
static bool key_serves(const char *key, const char *wanted)
{
    const size_t size = strcspn(key, "-");
    return size == strcspn(wanted, "-") && memcmp(key, wanted, size) == 0;
}

static bool take_name_in(struct reading *reading, const char **path, size_t last, const char *key,
                         struct bytes *text)
{
    path[last] = key;
    take_text(reading, path, text);
    return text->size != 0;
}

// Of the map of names at a path whose last part is left open.
static void take_name(struct reading *reading, const char **path, size_t last, struct bytes *text)
{
    const struct languages *const languages = reading->languages;
    if (text->size != 0) {
        return;
    }
    for (unsigned i = 0; i < languages->count; i++) {
        if (take_name_in(reading, path, last, languages->tags[i], text)) {
            return;
        }
        // "fr" for "fr-CA"; else what the file says it has, "pt-BR" for "pt".
        char primary[12];
        const size_t size = strcspn(languages->tags[i], "-");
        memcpy(primary, languages->tags[i], size);
        primary[size] = '\0';
        if (take_name_in(reading, path, last, primary, text)) {
            return;
        }
        for (size_t k = 0; k < reading->file->metadata.languages.count; k++) {
            const char *const key = reading->file->metadata.languages.names[k];
            if (key != NULL && key_serves(key, languages->tags[i]) &&
                take_name_in(reading, path, last, key, text)) {
                return;
            }
        }
    }
    (void)take_name_in(reading, path, last, "en", text);
}

#define PATH(...) ((const char *[PATH_MAX_PARTS + 1]){__VA_ARGS__})

static void take_number(struct reading *reading, const char *const *path, uint32_t *number)
{
    MMDB_entry_data_s value;
    if (*number == 0 && value_at(reading, path, MMDB_DATA_TYPE_UINT32, &value)) {
        *number = value.uint32;
    }
}

static void take_areas(struct reading *reading, struct ip_place *place)
{
    // The country of the address, else that of who had it registered.
    take_text(reading, PATH("country", "iso_code"), &place->country_code);
    take_name(reading, PATH("country", "names"), 2, &place->country);
    take_text(reading, PATH("registered_country", "iso_code"), &place->country_code);
    take_name(reading, PATH("registered_country", "names"), 2, &place->country);
    take_text(reading, PATH("continent", "code"), &place->continent_code);
    take_name(reading, PATH("continent", "names"), 2, &place->continent);
    take_name(reading, PATH("city", "names"), 2, &place->locality);
    take_text(reading, PATH("postal", "code"), &place->postcode);
    if (place->region.size == 0 && place->region_code.size == 0) {
        struct bytes code = {0};
        take_name(reading, PATH("subdivisions", "0", "names"), 3, &place->region);
        take_name(reading, PATH("subdivisions", "1", "names"), 3, &place->county);
        take_text(reading, PATH("subdivisions", "0", "iso_code"), &code);
        if (code.size != 0 && code.size <= 3 && place->country_code.size == 2 &&
            reading->arena != NULL) {
            char *const full = ARENA_NEW(reading->arena, char, 8);
            if (full == NULL) {
                reading->status = STATUS_NO_MEMORY;
                return;
            }
            const int size = snprintf(full, 8, "%.2s-%.*s", (const char *)place->country_code.data,
                                      (int)code.size, (const char *)code.data);
            place->region_code = (struct bytes){(const uint8_t *)full, (size_t)size};
        }
    }
}

static void take_location(struct reading *reading, struct ip_place *place)
{
    MMDB_entry_data_s lat;
    MMDB_entry_data_s lng;
    take_text(reading, PATH("location", "time_zone"), &place->zone);
    if (place->has_point ||
        !value_at(reading, PATH("location", "latitude"), MMDB_DATA_TYPE_DOUBLE, &lat) ||
        !value_at(reading, PATH("location", "longitude"), MMDB_DATA_TYPE_DOUBLE, &lng)) {
        return;
    }
    if (!(lat.double_value >= -90 && lat.double_value <= 90 && lng.double_value >= -180 &&
          lng.double_value <= 180)) {
        return;
    }
    MMDB_entry_data_s radius;
    place->has_point = true;
    place->point = GEO_POINT(lng.double_value, lat.double_value);
    if (value_at(reading, PATH("location", "accuracy_radius"), MMDB_DATA_TYPE_UINT16, &radius)) {
        place->accuracy_m = radius.uint16 * 1000U;
    }
}

enum status ip_entry_read(const MMDB_s *file, const MMDB_entry_s *entry,
                          const struct languages *languages, struct arena *arena,
                          struct ip_place *place)
{
    struct reading reading = {
        .file = file, .entry = *entry, .languages = languages, .arena = arena};
    take_areas(&reading, place);
    take_location(&reading, place);
    // In files of networks at the top, in those of everything under the traits.
    take_number(&reading, PATH("autonomous_system_number"), &place->asn);
    take_number(&reading, PATH("traits", "autonomous_system_number"), &place->asn);
    take_text(&reading, PATH("autonomous_system_organization"), &place->organisation);
    take_text(&reading, PATH("traits", "autonomous_system_organization"), &place->organisation);
    return reading.status;
}
