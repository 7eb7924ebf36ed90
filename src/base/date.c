#include "base/date.h"

#include <string.h>

// By eras of 400 years that begin in March (Hinnant: chrono-compatible low-level date algorithms).
static void set_day(struct date *date, int64_t days)
{
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const unsigned of_era = (unsigned)(days - era * 146097);
    const unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned from_march = (5 * of_year + 2) / 153;
    date->day = of_year - (153 * from_march + 2) / 5 + 1;
    date->month = from_march < 10 ? from_march + 3 : from_march - 9;
    date->year = (int)(era * 400 + year_of_era) + (date->month <= 2 ? 1 : 0);
}

struct date date_of(int64_t seconds_since_1970)
{
    const int64_t seconds = seconds_since_1970;
    const int64_t days = (seconds >= 0 ? seconds : seconds - 86399) / 86400;
    const unsigned second = (unsigned)(seconds - days * 86400);
    struct date date = {
        .hour = second / 3600,
        .minute = second / 60 % 60,
        .second = second % 60,
        .weekday = (unsigned)((days % 7 + 7) % 7),
    };
    set_day(&date, days);
    return date;
}

static void put_digits(char *text, unsigned value, unsigned count)
{
    while (count > 0) {
        text[--count] = (char)('0' + value % 10);
        value /= 10;
    }
}

void date_format_rfc3339(int64_t since_1970_us, char text[DATE_RFC3339_SIZE + 1])
{
    const int64_t us = since_1970_us;
    const int64_t seconds = (us >= 0 ? us : us - 999999) / 1000000;
    const struct date date = date_of(seconds);
    memcpy(text, "1970-01-01T00:00:00.000Z", DATE_RFC3339_SIZE + 1);
    put_digits(text, (unsigned)date.year, 4);
    put_digits(text + 5, date.month, 2);
    put_digits(text + 8, date.day, 2);
    put_digits(text + 11, date.hour, 2);
    put_digits(text + 14, date.minute, 2);
    put_digits(text + 17, date.second, 2);
    put_digits(text + 20, (unsigned)(us - seconds * 1000000) / 1000, 3);
}

void date_format_http(int64_t seconds_since_1970, char text[DATE_HTTP_SIZE + 1])
{
    static const char days[] = "ThuFriSatSunMonTueWed";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const struct date date = date_of(seconds_since_1970);
    memcpy(text, "Thu, 01 Jan 1970 00:00:00 GMT", DATE_HTTP_SIZE + 1);
    memcpy(text, &days[(size_t)date.weekday * 3], 3);
    put_digits(text + 5, date.day, 2);
    memcpy(text + 8, &months[((size_t)date.month - 1) * 3], 3);
    put_digits(text + 12, (unsigned)date.year, 4);
    put_digits(text + 17, date.hour, 2);
    put_digits(text + 20, date.minute, 2);
    put_digits(text + 23, date.second, 2);
}
