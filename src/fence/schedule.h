// Schedule: when a fence is open.
//
// Hours of the week in the clock of a time zone (text/zone.h), and a validity. Hours that end before they
// begin go on after midnight and belong to the day they began. On the day a clock is put forward or
// back, hours mean what the wall clock shows: from 02:30 on a day without 02:30 begins at 03:00.
//
// A schedule is immutable; any thread.
#ifndef FENCE_SCHEDULE_H
#define FENCE_SCHEDULE_H

#include "base/bytes.h"
#include "base/status.h"

enum { SCHEDULE_PERIODS_MAX = 32, SCHEDULE_ZONE_SIZE_MAX = 63, SCHEDULE_DAY_MINUTES = 1440 };

struct schedule_period {
    uint8_t days;                       // bit 0: Monday … bit 6: Sunday
    uint16_t from_minute, until_minute; // of the day, [from, until); until 1440: midnight
};

// All zero: always open.
struct schedule {
    struct bytes zone; // "Europe/Vienna"; empty: UTC
    struct schedule_period periods[SCHEDULE_PERIODS_MAX];
    unsigned period_count;                 // 0: all hours
    int64_t valid_from_us, valid_until_us; // wall clock, [from, until); 0: no bound
};

static inline bool schedule_is_always(const struct schedule *schedule)
{
    return schedule->period_count == 0 && schedule->valid_from_us == 0 &&
           schedule->valid_until_us == 0;
}

// Is it open at that moment, and until when does that stay so (or a moment before it: ask again)?
bool schedule_is_open(const struct schedule *schedule, int64_t at_us, int64_t *until_us);

#endif
