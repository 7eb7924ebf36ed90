#include "text/zone.h"

#include <string.h>
#include <unicode/ucal.h>

#include "base/status.h"

static bool wide_name(struct bytes name, UChar wide[ZONE_NAME_SIZE_MAX + 1])
{
    if (name.size == 0 || name.size > ZONE_NAME_SIZE_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.size; i++) {
        wide[i] = name.data[i];
    }
    wide[name.size] = 0;
    return true;
}

bool zone_is_known(struct bytes name)
{
    UChar wide[ZONE_NAME_SIZE_MAX + 1];
    if (!wide_name(name, wide)) {
        return false;
    }
    // ucal_open takes any name for GMT; only known ones have a canonical form.
    UChar canonical[128];
    UBool is_system = false;
    UErrorCode error = U_ZERO_ERROR;
    (void)ucal_getCanonicalTimeZoneID(wide, (int32_t)name.size, canonical, 128, &is_system, &error);
    return U_SUCCESS(error) && is_system;
}

static UCalendar *calendar_open(struct bytes name)
{
    UChar wide[ZONE_NAME_SIZE_MAX + 1];
    if (!zone_is_known(name) || !wide_name(name, wide)) {
        return NULL;
    }
    UErrorCode error = U_ZERO_ERROR;
    UCalendar *const calendar = ucal_open(wide, (int32_t)name.size, "en", UCAL_GREGORIAN, &error);
    return U_SUCCESS(error) ? calendar : NULL;
}

static bool word_read(const UChar *name, int32_t size, char word[ZONE_ABBREVIATION_SIZE])
{
    bool is_word = size > 1 && size < ZONE_ABBREVIATION_SIZE;
    for (int32_t i = 0; is_word && i < size; i++) {
        is_word = name[i] >= 'A' && name[i] <= 'Z';
        word[i] = (char)name[i];
    }
    word[is_word ? size : 0] = '\0';
    return is_word;
}

void zone_abbreviation(struct bytes name, bool is_dst, char abbreviation[ZONE_ABBREVIATION_SIZE])
{
    // Which English knows a short name depends on the country it is spoken in; "GMT+1" is the answer
    // of those that know none.
    static const char *const locales[] = {"en_US", "en_150", "en_GB", "en_AU",
                                          "en_NZ", "en_IN",  "en_ZA", "en_CA"};
    UCalendar *const calendar = calendar_open(name);
    abbreviation[0] = '\0';
    for (size_t i = 0; i < COUNT_OF(locales) && calendar != NULL; i++) {
        UChar text[ZONE_ABBREVIATION_SIZE];
        UErrorCode error = U_ZERO_ERROR;
        const int32_t size =
            ucal_getTimeZoneDisplayName(calendar, is_dst ? UCAL_SHORT_DST : UCAL_SHORT_STANDARD,
                                        locales[i], text, ZONE_ABBREVIATION_SIZE, &error);
        if (U_SUCCESS(error) && word_read(text, size, abbreviation)) {
            break;
        }
    }
    if (calendar != NULL) {
        ucal_close(calendar);
    }
}

// When the clocks changed last, or change next; the end of time when they do not.
static int64_t change_us(UCalendar *calendar, UTimeZoneTransitionType type, int64_t never_us)
{
    UDate date = 0;
    UErrorCode error = U_ZERO_ERROR;
    const UBool is_there = ucal_getTimeZoneTransitionDate(calendar, type, &date, &error);
    return U_SUCCESS(error) && is_there ? (int64_t)date * 1000 : never_us;
}

static void moment_read(UCalendar *calendar, int64_t at_us, struct zone_moment *moment)
{
    UErrorCode error = U_ZERO_ERROR;
    const int64_t floor_ms = at_us / 1000 - (at_us % 1000 < 0 ? 1 : 0);
    ucal_setMillis(calendar, (double)floor_ms, &error);
    const int32_t zone_ms = ucal_get(calendar, UCAL_ZONE_OFFSET, &error);
    const int32_t dst_ms = ucal_get(calendar, UCAL_DST_OFFSET, &error);
    *moment = (struct zone_moment){
        .from_us = change_us(calendar, UCAL_TZ_TRANSITION_PREVIOUS_INCLUSIVE, INT64_MIN),
        .until_us = change_us(calendar, UCAL_TZ_TRANSITION_NEXT, INT64_MAX),
        .offset_s = U_SUCCESS(error) ? (zone_ms + dst_ms) / 1000 : 0,
        .is_dst = U_SUCCESS(error) && dst_ms != 0,
    };
}

bool zone_moment_at(struct bytes name, int64_t at_us, struct zone_moment *moment)
{
    UCalendar *const calendar = calendar_open(name);
    if (calendar != NULL) {
        moment_read(calendar, at_us, moment);
        ucal_close(calendar);
    }
    return calendar != NULL;
}

const struct zone_cached *zone_cache_at(struct zone_cache *cache, struct bytes name, int64_t at_us)
{
    if (name.size == 0 || name.size > ZONE_NAME_SIZE_MAX) {
        return NULL;
    }
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < name.size; i++) {
        hash = (hash ^ name.data[i]) * 16777619U;
    }
    struct zone_cached *const item = &cache->items[(hash ^ hash >> 16) % ZONE_CACHE_SIZE];
    const bool is_same =
        item->name_size == name.size && memcmp(item->name, name.data, name.size) == 0;
    if (!is_same || at_us < item->moment.from_us || at_us >= item->moment.until_us) {
        struct zone_moment moment;
        if (!zone_moment_at(name, at_us, &moment)) {
            return NULL;
        }
        zone_abbreviation(name, moment.is_dst, item->abbreviation);
        item->moment = moment;
        item->name_size = (uint8_t)name.size;
        memcpy(item->name, name.data, name.size);
    }
    return item;
}
