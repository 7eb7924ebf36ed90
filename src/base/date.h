// Date: instants as people and protocols write them. UTC, proleptic Gregorian; pure, any thread.
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdint.h>

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

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110); years 0 to 9999.
#define DATE_HTTP_SIZE 29
void date_format_http(int64_t seconds_since_1970, char text[DATE_HTTP_SIZE + 1]);

#endif
