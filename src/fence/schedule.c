#include "fence/schedule.h"

#include "text/zone.h"

#define MINUTE_US INT64_C(60000000)
#define DAY_US    (SCHEDULE_DAY_MINUTES * MINUTE_US)

enum { DAYS_AHEAD = 9 }; // a week, the day before it and the day after

static int64_t floor_day(int64_t at_us)
{
    const int64_t day = at_us / DAY_US;
    return at_us < 0 && day * DAY_US != at_us ? day - 1 : day;
}

// Is local time within some period; else or then, the next local edge after it.
static bool hours_hold(const struct schedule *schedule, int64_t local_us, int64_t *edge_us)
{
    const int64_t today = floor_day(local_us);
    bool is_open = false;
    int64_t open_until_us = local_us;
    int64_t opens_us = INT64_MAX;
    for (unsigned i = 0; i < schedule->period_count; i++) {
        const struct schedule_period *const period = &schedule->periods[i];
        for (int64_t day = today - 1; day < today + DAYS_AHEAD; day++) {
            const unsigned weekday =
                (unsigned)(((day + 3) % 7 + 7) % 7); // 1970 began on a Thursday
            if ((period->days >> weekday & 1) == 0) {
                continue;
            }
            const bool is_overnight = period->until_minute <= period->from_minute;
            const int64_t from_us = day * DAY_US + period->from_minute * MINUTE_US;
            const int64_t until_us =
                day * DAY_US + period->until_minute * MINUTE_US + (is_overnight ? DAY_US : 0);
            if (from_us <= local_us && local_us < until_us) {
                is_open = true;
                open_until_us = until_us > open_until_us ? until_us : open_until_us;
            } else if (from_us > local_us && from_us < opens_us) {
                opens_us = from_us;
            }
        }
    }
    *edge_us = is_open ? open_until_us : opens_us;
    return is_open;
}

bool schedule_is_open(const struct schedule *schedule, int64_t at_us, int64_t *until_us)
{
    *until_us = INT64_MAX;
    if (schedule->valid_from_us != 0 && at_us < schedule->valid_from_us) {
        *until_us = schedule->valid_from_us;
        return false;
    }
    if (schedule->valid_until_us != 0) {
        if (at_us >= schedule->valid_until_us) {
            return false;
        }
        *until_us = schedule->valid_until_us;
    }
    if (schedule->period_count == 0) {
        return true;
    }
    struct zone_moment clock = {.until_us = INT64_MAX}; // UTC
    if (schedule->zone.size != 0) {
        (void)zone_moment_at(schedule->zone, at_us, &clock);
    }
    const int64_t offset_us = clock.offset_s * INT64_C(1000000);
    int64_t edge_us;
    const bool is_open = hours_hold(schedule, at_us + offset_us, &edge_us);
    if (edge_us != INT64_MAX) {
        const int64_t edge_utc_us = edge_us - offset_us;
        // Where the clocks change before the edge, ask again when they do.
        const int64_t next_us = edge_utc_us < clock.until_us ? edge_utc_us : clock.until_us;
        *until_us = next_us < *until_us ? next_us : *until_us;
    }
    return is_open;
}
