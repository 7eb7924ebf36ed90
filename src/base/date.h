// Date: instants as people and protocols write them. UTC, proleptic Gregorian; pure, any thread.
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdint.h>

#include "base/bytes.h"

struct date {
    int year;
    unsigned month, day; // 1..12, 1..31
    unsigned hour, minute, second;
    unsigned weekday; // 0 is Thursday, the first of 1970
};

struct date date_of(int64_t seconds_since_1970);

// "1994-11-06T08:49:37.123Z" (RFC 3339); years 0 to 9999.
#define DATE_RFC3339_SIZE 24
void date_format_rfc3339(int64_t since_1970_us, char text[DATE_RFC3339_SIZE + 1]);

// Reads RFC 3339: "1994-11-06T08:49:37.123Z", with an offset "+01:00" instead of Z, a blank instead of
// the T, any number of decimals (those beyond microseconds are cut), second 60 as the one after 59; or the
// day alone, "1994-11-06", which is its beginning. False for anything else, also 30 February.
bool date_parse_rfc3339(struct bytes text, int64_t *since_1970_us);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110); years 0 to 9999.
#define DATE_HTTP_SIZE 29
void date_format_http(int64_t seconds_since_1970, char text[DATE_HTTP_SIZE + 1]);

#endif
