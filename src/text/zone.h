// Zone: what the clocks of a time zone show, by ICU's copy of the time zone database.
//
// Pure: no file is read, no clock asked. Each call opens and closes a calendar of ICU's (some 20 us, its
// memory is not accounted): who asks often keeps the answer, which says how long it holds
// (struct zone_cache). Any thread.
#ifndef TEXT_ZONE_H
#define TEXT_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum { ZONE_NAME_SIZE_MAX = 63 };

struct zone_moment {
    int64_t from_us, until_us; // it holds in [from, until), in microseconds since 1970
    int32_t offset_s;          // local time minus UTC
    bool is_dst;
};

// Is there such a zone? Links of the database ("Europe/Busingen") are.
bool zone_is_known(struct bytes name);

// What holds at a moment; false leaves `moment` alone: there is no such zone.
bool zone_moment_at(struct bytes name, int64_t at_us, struct zone_moment *moment);

// What clocks show is called "CET", "CEST"; "" where no letters are in use.
enum { ZONE_ABBREVIATION_SIZE = 8 };
void zone_abbreviation(struct bytes name, bool is_dst, char abbreviation[ZONE_ABBREVIATION_SIZE]);

// The zones asked for last, of one thread. Zeroed, it is empty.
enum { ZONE_CACHE_SIZE = 64 };
struct zone_cache {
    struct zone_cached {
        uint8_t name_size; // 0: nothing
        char name[ZONE_NAME_SIZE_MAX];
        struct zone_moment moment;
        char abbreviation[ZONE_ABBREVIATION_SIZE];
    } items[ZONE_CACHE_SIZE];
};

// NULL: no such zone. Good until the next call. Cost: 20 ns when it holds.
const struct zone_cached *zone_cache_at(struct zone_cache *cache, struct bytes name, int64_t at_us);

#endif
