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

// Days since 1970, by the same eras.
static int64_t day_number(int year, unsigned month, unsigned day)
{
    const int64_t from_march_year = month <= 2 ? year - 1 : year;
    const int64_t era = (from_march_year >= 0 ? from_march_year : from_march_year - 399) / 400;
    const int64_t year_of_era = from_march_year - era * 400;
    const int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year -
           719468;
}

// `count` digits at the front, stepped over; latches like any reader.
static unsigned take_digits(struct reader *reader, size_t count)
{
    const struct bytes digits = reader_take(reader, count);
    unsigned value = 0;
    for (size_t i = 0; i < digits.size; i++) {
        const unsigned digit = (unsigned)digits.data[i] - '0';
        reader->overrun |= digit > 9;
        value = value * 10 + digit % 10;
    }
    return value;
}

static void take_sign(struct reader *reader, char sign)
{
    reader->overrun |= reader_u8(reader) != (uint8_t)sign;
}

static int64_t take_decimals(struct reader *reader)
{
    if (reader->rest.size == 0 || reader->rest.data[0] != '.') {
        return 0;
    }
    (void)reader_u8(reader);
    int64_t unit = 100000;
    int64_t decimals = 0;
    size_t count = 0;
    for (; reader->rest.size > 0 && (unsigned)reader->rest.data[0] - '0' <= 9; count++) {
        decimals += ((int64_t)reader_u8(reader) - '0') * unit;
        unit /= 10;
    }
    reader->overrun |= count == 0;
    return decimals;
}

static int64_t take_offset_us(struct reader *reader)
{
    const uint8_t sign = reader_u8(reader);
    if (sign == 'Z' || sign == 'z') {
        return 0;
    }
    const unsigned hours = take_digits(reader, 2);
    take_sign(reader, ':');
    const unsigned minutes = take_digits(reader, 2);
    reader->overrun |= (sign != '+' && sign != '-') || hours > 23 || minutes > 59;
    const int64_t offset_us = ((int64_t)hours * 60 + minutes) * 60000000;
    return sign == '-' ? -offset_us : offset_us;
}

bool date_parse_rfc3339(struct bytes text, int64_t *since_1970_us)
{
    static const uint8_t lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct reader reader = {.rest = text};
    const int year = (int)take_digits(&reader, 4);
    take_sign(&reader, '-');
    const unsigned month = take_digits(&reader, 2);
    take_sign(&reader, '-');
    const unsigned day = take_digits(&reader, 2);
    if (reader.overrun || month < 1 || month > 12 || day < 1 || day > lengths[month - 1] ||
        (month == 2 && day == 29 && (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0)))) {
        return false;
    }
    int64_t of_day_us = 0;
    if (reader.rest.size > 0) {
        const uint8_t between = reader_u8(&reader);
        const unsigned hour = take_digits(&reader, 2);
        take_sign(&reader, ':');
        const unsigned minute = take_digits(&reader, 2);
        take_sign(&reader, ':');
        const unsigned second = take_digits(&reader, 2);
        of_day_us =
            (((int64_t)hour * 60 + minute) * 60 + second) * 1000000 + take_decimals(&reader);
        of_day_us -= take_offset_us(&reader);
        if ((between != 'T' && between != 't' && between != ' ') || hour > 23 || minute > 59 ||
            second > 60) {
            return false;
        }
    }
    if (reader.overrun || reader.rest.size > 0) {
        return false;
    }
    *since_1970_us = day_number(year, month, day) * INT64_C(86400000000) + of_day_us;
    return true;
}
