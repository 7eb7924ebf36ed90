#include "deliver/backoff.h"

enum { SECOND_US = 1000000, DAY_S = 86400 };

int64_t backoff_wait_us(const struct backoff *backoff, unsigned attempts, uint64_t chance)
{
    int64_t bound = backoff->base_us;
    for (unsigned i = 1; i < attempts && bound < backoff->cap_us; i++) {
        bound *= 2;
    }
    bound = bound < backoff->cap_us ? bound : backoff->cap_us;
    return (int64_t)((unsigned __int128)chance * (uint64_t)(bound + 1) >> 64);
}

static bool take_number(struct bytes *text, size_t digits_min, size_t digits_max, int64_t *number)
{
    int64_t value = 0;
    size_t digits = 0;
    while (digits < text->size && digits < digits_max && text->data[digits] >= '0' &&
           text->data[digits] <= '9') {
        value = value * 10 + (text->data[digits] - '0');
        digits++;
    }
    text->data += digits;
    text->size -= digits;
    *number = value;
    return digits >= digits_min;
}

static bool take_text(struct bytes *text, const char *wanted)
{
    const struct bytes literal = bytes_from_text(wanted);
    if (text->size < literal.size || memcmp(text->data, literal.data, literal.size) != 0) {
        return false;
    }
    text->data += literal.size;
    text->size -= literal.size;
    return true;
}

static bool take_month(struct bytes *text, int64_t *month)
{
    static const char names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (int i = 0; i < 12; i++) {
        if (take_text(text, names[i])) {
            *month = i + 1;
            return true;
        }
    }
    return false;
}

// Days since 1970 (H. Hinnant, chrono-Compatible Low-Level Date Algorithms).
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2 ? 1 : 0;
    const int64_t era = year / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

// "Sun, 06 Nov 1994 08:49:37 GMT"; the two older forms of RFC 9110 are not sent any more.
static bool parse_date(struct bytes text, int64_t *seconds)
{
    int64_t day = 0;
    int64_t month = 0;
    int64_t year = 0;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    if (text.size < 5) {
        return false;
    }
    text.data += 3;
    text.size -= 3;
    if (!take_text(&text, ", ") || !take_number(&text, 2, 2, &day) || !take_text(&text, " ") ||
        !take_month(&text, &month) || !take_text(&text, " ") || !take_number(&text, 4, 4, &year) ||
        !take_text(&text, " ") || !take_number(&text, 2, 2, &hour) || !take_text(&text, ":") ||
        !take_number(&text, 2, 2, &minute) || !take_text(&text, ":") ||
        !take_number(&text, 2, 2, &second) || !take_text(&text, " GMT") || text.size != 0) {
        return false;
    }
    *seconds = days_of(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second;
    return day >= 1 && day <= 31 && hour < 24 && minute < 60 && second <= 60;
}

bool backoff_retry_after(struct bytes value, int64_t now_us, int64_t *wait_us)
{
    struct bytes rest = value;
    int64_t seconds = 0;
    if (take_number(&rest, 1, 18, &seconds) && rest.size == 0) {
        *wait_us = (seconds < DAY_S ? seconds : DAY_S) * SECOND_US;
        return true;
    }
    if (!parse_date(value, &seconds)) {
        return false;
    }
    const int64_t wait = seconds * SECOND_US - now_us;
    const int64_t longest = (int64_t)DAY_S * SECOND_US;
    *wait_us = wait < 0 ? 0 : wait < longest ? wait : longest;
    return true;
}
